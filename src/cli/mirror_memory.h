/* A bundle in memory: a store for mirror.h, and the files of it as the library reads them. */
#ifndef UNDERSIGNED_MIRROR_MEMORY_H
#define UNDERSIGNED_MIRROR_MEMORY_H

#include "mirror.h"

#include "undersign.h"

/* Zero-initialise. */
struct mirror_memory {
	struct mirror_memory_file *files;
	size_t n, capacity;
};

struct mirror_store mirror_memory_store(struct mirror_memory *memory);
/* Forgets what was not put or kept since the last begin; then all is to be put or kept again. */
void mirror_memory_begin(struct mirror_memory *memory);
/* Those that were put or kept since the begin. Views of memory, which must stay as it is. */
struct undersign_files mirror_memory_files(struct mirror_memory *memory);
void mirror_memory_free(struct mirror_memory *memory);

#endif

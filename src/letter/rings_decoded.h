/* What a cache keeps of one roster (doc/formats.md 7.4). For rings.c alone. */
#ifndef UNDERSIGNED_RINGS_DECODED_H
#define UNDERSIGNED_RINGS_DECODED_H

#include "manifest.h"
#include "points.h"
#include "ring.h"
#include "rings.h"

#define RINGS_DECODED_HEADER_LEN ((size_t)128)
#define RINGS_DECODED_NAME_MAX   ((size_t)96)

struct rings_decoded {
	const struct rings_cache *cache; /* NULL: nothing is to be kept */
	char name[RINGS_DECODED_NAME_MAX];
	uint8_t record[SHA256_BYTES];
	uint32_t column, n;
	struct bytes decoded; /* the forms that were read, not checked yet; may be none */
	bool is_refused;      /* something was read that cannot be this roster's */
};

/* Looks for a roster's forms. cache may be NULL; nothing is kept in class raw-key. */
struct rings_decoded rings_decoded_read(const struct rings_cache *cache,
					const struct manifest_roster *roster,
					const struct points *points);
/* After all entries were appended to the list, whose decoded was that of *kept: writes what is
 * missing or was false. */
void rings_decoded_keep(const struct rings_decoded *kept, const struct list *list);

#endif

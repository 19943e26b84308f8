/* The parts of opening a bundle, for bundle*.c alone. */
#ifndef UNDERSIGNED_BUNDLE_PARTS_H
#define UNDERSIGNED_BUNDLE_PARTS_H

#include "bundle.h"
#include "tile.h"

/* A file of entries that is being read. */
struct bundle_entries {
	bool is_open;
	uint64_t index;
	size_t file;
	uint32_t n;
	struct bytes entries[TILE_WIDTH];
};

/* A bundle that is being opened. */
struct bundle_load {
	struct bundle *bundle;
	const struct bundle_files *files;
	const struct bundle_options *options;
	struct arena *arena;
	struct problem *problem;
	uint32_t *by_name;     /* indexes of the files, in ascending order of names */
	bool *is_expected;     /* of each file */
	struct bytes *records; /* of each roster of the manifest: its signed note in the log */
	bool *key_is_used;
	struct bundle_entries *walked; /* by bundle_tiles_walk; NULL before */
	struct bundle_entries *again;  /* by bundle_tiles_entry */
	/* Progress of the phase that runs, as a part of the whole. */
	struct progress progress;
	uint64_t phase_begin, phase_end;
};
/* Units of progress of the whole, and the phases' shares. */
#define BUNDLE_UNITS       1000
#define BUNDLE_UNITS_FILES 100
#define BUNDLE_UNITS_RINGS 300

void bundle_load_phase(struct bundle_load *load, uint64_t begin, uint64_t end);

/* --- bundle_names.c --- */

/* Orders the names. E_CONFLICT for one that stands twice. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_names_index(struct bundle_load *load);
/* The index of a file, which is expected from now on; E_MISSING. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_names_expect(struct bundle_load *load,
							       size_t *out, struct bytes name);
/* Expects all files of the letter and the log; then nothing may be left over. E_MISSING,
 * E_INVALID. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_names_check(struct bundle_load *load);
/* A view of a file until it is released; what read returned, and the problem. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_names_read(struct bundle_load *load,
							     struct bytes *out, size_t file);
/* A copy of a file that is not longer than max. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_names_copy(struct bundle_load *load, struct bytes *out, struct bytes name, size_t max);
/* "This bundle was changed": where is the file, or the place within it. */
enum undersign_status bundle_names_changed(struct problem *problem, struct bytes name);

/* --- bundle_tiles.c --- */

/* Checks all tiles and entries against the checkpoint's root, and fills in load->records. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_tiles_check(struct bundle_load *load);
/* Calls take with each entry in order; stops at its first failure. What was given must lead to the
 * checkpoint's root, since files may have changed after bundle_tiles_check. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_tiles_walk(struct bundle_load *load,
		  enum undersign_status (*take)(struct bundle_load *load, struct bytes entry));
/* Gives an entry again, during or after the walk; it stays until the next call. cookie: the
 * bundle_load. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_tiles_entry(void *cookie, struct bytes *out,
							      uint64_t entry);
/* Releases the file that bundle_tiles_entry gave from last. */
void bundle_tiles_close(struct bundle_load *load);

#endif

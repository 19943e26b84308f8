/* Invented rosters and letters for the tests of this folder. A person is a number: the same number
 * is the same element in every roster of its class and column. */
#ifndef UNDERSIGNED_TEST_LETTER_SAMPLE_H
#define UNDERSIGNED_TEST_LETTER_SAMPLE_H

#include "manifest.h"
#include "points.h"
#include "rings.h"
#include "snapshot.h"
#include "testing.h"

#include "arena.h"

#define SAMPLE_COLUMNS 2

/* An arena over malloc that frees all of its blocks at once. */
struct sample_memory {
	struct arena arena;
	void *blocks[4096];
	size_t n_blocks;
	size_t n_bytes; /* asked for in all */
};
void sample_memory_begin(struct sample_memory *memory);
void sample_memory_end(struct sample_memory *memory);

struct sample_roster {
	struct snapshot_record record;
	uint8_t id[SHA256_BYTES];
	struct bytes points[SAMPLE_COLUMNS]; /* one in class raw-key */
};

/* The element of a person: an Ed25519 public key, or a commitment in a column from 1. */
void sample_source(uint8_t out[static POINT_BYTES], enum roster_class class_of_members,
		   uint32_t column, uint32_t person);
/* A roster of these persons in this order, with its record. */
void sample_roster_of(struct sample_roster *out, struct arena *arena, const char *name,
		      const char *organisation, enum roster_class class_of_members,
		      const uint32_t *persons, uint32_t n);
/* The persons first, first + 1, ... */
void sample_roster(struct sample_roster *out, struct arena *arena, const char *name,
		   const char *organisation, enum roster_class class_of_members, uint32_t first,
		   uint32_t n);
/* The ID of the record as it is now. */
void sample_roster_seal(struct sample_roster *roster);
/* The points file of a letter's column (0 in class raw-key). */
struct bytes sample_points(const struct sample_roster *roster, uint32_t column);

struct note_key sample_key(const char *name, uint8_t seed);

/* A letter over these rosters, column 1 of those enrolled, ring-min 16 and hold-min 3, not written:
 * without rings. */
void sample_letter(struct manifest *out, struct arena *arena, const struct sample_roster *rosters,
		   size_t n);
/* Plans its rings with these groups, writes it and reads it again into *out. */
void sample_finish(struct manifest *out, struct arena *arena, const struct manifest_group *groups,
		   size_t n_groups);
/* The text of a manifest that is not finished, as it is. */
struct bytes sample_text(const struct manifest *manifest, struct arena *arena);

#endif

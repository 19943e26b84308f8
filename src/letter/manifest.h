/* A letter's manifest (doc/formats.md 3.3): its texts by hash, its times, the rosters and the rings
 * that its statements may hide among. Public; variable time.
 *
 * A roster's class follows from its column: 0 is a raw-key roster, any other an enrolled one. So
 * the ring rules, all but those about names of organisations and about repeats, hold or fail by the
 * text alone. Rosters are numbered from 1 in the text, from 0 here. */
#ifndef UNDERSIGNED_MANIFEST_H
#define UNDERSIGNED_MANIFEST_H

#include "arena.h"
#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "protocol.h"
#include "roster.h"
#include "sha2.h"
#include "shape.h"
#include "snapshot.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_TEXT_MAX    ((size_t)1 << 20) /* of the letter in one language */
#define MANIFEST_ROSTERS_MAX 1000
#define MANIFEST_RINGS_MAX   (2 * MANIFEST_ROSTERS_MAX)
#define MANIFEST_RING_FLOOR  16
#define MANIFEST_HOLD_FLOOR  3

/* The letter in one language. */
struct manifest_text {
	struct bytes language;
	struct bytes title;
	uint64_t len;
	uint8_t sha256[SHA256_BYTES];
};

struct manifest_roster {
	uint8_t record[SHA256_BYTES]; /* ID of the base snapshot's record */
	uint32_t column;              /* 0 for raw keys */
	uint64_t members;             /* N of the base snapshot */
	struct bytes name;
};

enum manifest_ring_type { MANIFEST_RING_OWN, MANIFEST_RING_GROUP, MANIFEST_RING_ALL };

struct manifest_ring {
	enum roster_class class_of_members;
	enum manifest_ring_type type;
	struct bytes name;       /* an own ring's is its roster's */
	const uint32_t *rosters; /* ascending, from 0; those of its class for a ring of all */
	size_t n_rosters;
};

/* A question of a poll. */
struct manifest_question {
	struct bytes text;
	const struct bytes *options; /* as many as the shape's question has */
};

/* What makes a letter a poll (3.5): its members give sealed answers in place of signatures. */
#define MANIFEST_SUMS_MAX 1400 /* rings times options: a trustee's share fits one record */
struct manifest_poll {
	uint8_t trustees[SHA256_BYTES]; /* ID of the record of their key */
	uint64_t quorum;                /* answers; 0: none */
	struct shape shape;             /* without questions: the letter is no poll */
	const struct manifest_question *questions;
};

/* Views into the text; arrays from the arena. */
struct manifest {
	struct bytes text; /* the note's text, without signatures */
	uint8_t context[HASH_BYTES];
	uint8_t sha512[SHA512_BYTES]; /* what messages cover (protocol 10.6) */

	const struct manifest_text *texts; /* in the order of the text */
	size_t n_texts;
	size_t authoritative; /* index in texts */
	struct bytes to;      /* may be empty */
	struct note_key organiser;
	struct note_key log;
	uint64_t opens, closes; /* epochs */
	uint64_t ring_min, hold_min;
	const struct manifest_roster *rosters;
	size_t n_rosters;
	const struct manifest_ring *rings; /* in the order of the text */
	size_t n_rings;
	struct manifest_poll poll;
};

static inline bool manifest_is_poll(const struct manifest *manifest)
{
	return manifest->poll.shape.n_questions > 0;
}

static inline enum roster_class manifest_roster_class(const struct manifest_roster *roster)
{
	return roster->column == 0 ? ROSTER_RAW_KEY : ROSTER_ENROLLED;
}

/* Parses a manifest's text and checks every rule of 3.3 that it can break by itself. text must live
 * as long as *out. E_FORMAT, *problem has line and rule; or E_MEMORY. *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status manifest_parse(struct manifest *out, struct bytes text,
							  struct arena *arena,
							  struct problem *problem);

/* Writes the text; text, context and sha512 are not looked at. What is written is a manifest only
 * if manifest_parse takes it. */
void manifest_write(struct writer *writer, const struct manifest *manifest);

/* The letter's id: the context in lower-case hexadecimal. */
#define MANIFEST_ID_LEN (2 * (size_t)HASH_BYTES)
void manifest_id(uint8_t out[static MANIFEST_ID_LEN], const struct manifest *manifest);

/* The index of a language, n_texts if there is none. */
size_t manifest_find_text(const struct manifest *manifest, struct bytes language);
/* The index of a ring by its name, n_rings if there is none. */
size_t manifest_find_ring(const struct manifest *manifest, struct bytes name);
/* The ring of all of a class: its ring `all`, or the own ring of its only roster; n_rings if the
 * class has no roster. */
size_t manifest_ring_of_all(const struct manifest *manifest, enum roster_class class_of_members);
bool manifest_ring_is_of_all(const struct manifest *manifest, size_t ring);
/* The own ring of a roster, or the group that it is in; n_rings if neither. */
size_t manifest_ring_of_roster(const struct manifest *manifest, size_t roster);

/* That a content is the letter's text of this index: length, hash, UTF-8. E_INVALID, E_FORMAT. */
UNDERSIGN_MUST_CHECK enum undersign_status manifest_check_text(const struct manifest *manifest,
							       size_t text, struct bytes content,
							       struct problem *problem);

/* The rules of 3.3 that need the rosters: names, classes, columns and members as in their records,
 * no ring of several with an organisation's name, and, where ring_sizes is not NULL, ring_min of
 * every group: ring_sizes[r] is the number of entries of ring r after the removal of repeats.
 * bases: the record of each roster's base snapshot. E_INVALID; *problem names the line's key and
 * number, and the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
manifest_check_rings(const struct manifest *manifest, const struct snapshot_record *const *bases,
		     const uint64_t *ring_sizes, struct problem *problem);

/* A group as the organiser asks for it. */
struct manifest_group {
	struct bytes name;
	const uint32_t *rosters; /* from 0, in any order */
	size_t n_rosters;
};

/* Makes manifest->rings from its rosters and ring_min: exactly those of 3.3, with these groups, and
 * the two names for the rings of all (not looked at where there is none). Rosters that are too
 * small and in no group are left without. E_USAGE if a group breaks a rule, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
manifest_plan_rings(struct manifest *manifest, const struct manifest_group *groups, size_t n_groups,
		    struct bytes all_enrolled, struct bytes all_raw_key, struct arena *arena,
		    struct problem *problem);

#endif

/* A letter from its members' secrets to its bundle, in memory: what the tests of the sequencer, the
 * replay, the tally and the bundle share. Real keys and real proofs; small rings. */
#ifndef UNDERSIGNED_TEST_LETTER_DESK_H
#define UNDERSIGNED_TEST_LETTER_DESK_H

#include "sample.h"

#include "bundle.h"
#include "opening.h"
#include "replay.h"
#include "sequencer.h"
#include "tile.h"

enum {
	DESK_ROSTERS_MAX = 8,
	DESK_MEMBERS_MAX = 64,
	DESK_RECORDS_MAX = 8,
	DESK_ENTRIES_MAX = 70000,
	DESK_FILES_MAX = 600,
	DESK_STATEMENTS_MAX = 1024,
};

/* Keys of notes, made from one byte each. */
enum desk_signer {
	DESK_LOG = 1,
	DESK_ORGANISER,
	DESK_STEWARD,
	DESK_WITNESS,
	DESK_STRANGER,
	DESK_TRUSTEE, /* the first of three */
};

struct desk_roster {
	const char *name;
	const char *organisation;
	enum roster_class class_of_members;
	uint32_t n;      /* members in the newest snapshot */
	uint32_t n_made; /* openings: more than n for members who come later */
	bool is_in_group;
	struct opening openings[DESK_MEMBERS_MAX];
	uint8_t sources[DESK_MEMBERS_MAX][POINT_BYTES];
	size_t n_records; /* one a snapshot */
	struct snapshot_record records[DESK_RECORDS_MAX];
	struct bytes notes[DESK_RECORDS_MAX];
	uint8_t ids[DESK_RECORDS_MAX][SHA256_BYTES];
};

struct desk {
	struct sample_memory memory;
	struct arena *arena;
	struct test_random random;
	struct random_source source; /* over random */
	struct desk_roster rosters[DESK_ROSTERS_MAX];
	size_t n_rosters;
	uint64_t opens, closes, ring_min, hold_min;
	const char *language, *title, *text; /* of the letter */
	const char *second_language;         /* NULL: there is one language */
	const char *second_title, *second_text;
	const char *to;
	const char *list_source, *steward, *group; /* of every roster; of the small ones */
	struct manifest manifest;
	struct bytes manifest_note;
	struct scope scope;
	struct bytes log[DESK_ENTRIES_MAX];
	size_t n_log;
	uint64_t epoch; /* the next one */
	struct bytes held[DESK_STATEMENTS_MAX];
	size_t n_held;
	/* What the last epoch did with its files: held ones first, then those given. */
	struct bytes files[DESK_STATEMENTS_MAX];
	enum sequencer_fate fates[DESK_STATEMENTS_MAX];
	size_t n_files;
	struct letter_rings *rings; /* as of the log's end, for those who sign */
	struct replay *replay;
	struct replay_letter *letter;
	bool has_witness;
	bool has_fake_proofs; /* of the right length, and nothing else: for tests of order alone */
	uint32_t n_points[DESK_ROSTERS_MAX]; /* members in the bundle's points files; 0: all */
	/* Where the letter is a poll (desk_poll.h): what its manifest says; what the next entries
	 * answer. */
	const struct manifest_poll *poll;
	struct answer_poll poll_about;
	struct answer_secret poll_secret;
	uint8_t poll_ciphertexts[CIPHERTEXT_BYTES * SHAPE_ALL_MAX];
};

extern struct generators desk_generators;
/* Once, in main. */
void desk_begin_program(void);

/* An empty desk: opens 1, closes 4, ring-min 16, hold-min 3. */
void desk_begin(struct desk *desk, uint64_t seed);
void desk_end(struct desk *desk);
/* Adds a roster of n members, and n_later of whom come later. */
struct desk_roster *desk_add(struct desk *desk, const char *name, const char *organisation,
			     enum roster_class class_of_members, uint32_t n, uint32_t n_later);
/* The usual letter: Alder (16), Birch (18), Cedar (9) and Dogwood (8) as a group, and Keys (16). */
enum { DESK_ALDER, DESK_BIRCH, DESK_CEDAR, DESK_DOGWOOD, DESK_KEYS };
void desk_add_usual(struct desk *desk);
/* This member of one roster has the tags of that member of the other. Before desk_publish. */
void desk_share(struct desk *desk, size_t roster, uint32_t member, size_t of_roster,
		uint32_t of_member);
/* The points file of a roster's first n members. */
struct bytes desk_points(struct desk *desk, size_t roster, uint32_t n);
/* Makes snapshots and the manifest. */
void desk_make_letter(struct desk *desk);
/* desk_make_letter, and epoch 0 with the log's record, the rosters', the manifest and `open`. */
void desk_publish(struct desk *desk);

/* Signed notes, from the arena. */
struct note_key desk_key(enum desk_signer signer);
struct bytes desk_note(struct desk *desk, enum desk_signer signer, struct bytes text);
/* Signed by the log, and by the witness if there is one. */
struct bytes desk_checkpoint_note(struct desk *desk, struct bytes text);
struct bytes desk_record_log(struct desk *desk);
struct bytes desk_record_open(struct desk *desk);
struct bytes desk_record_close(struct desk *desk, uint64_t epoch);
/* A new snapshot of a roster with its first n members; its note. */
struct bytes desk_snapshot(struct desk *desk, size_t roster, uint32_t n);
/* An extension to the newest snapshots. */
struct bytes desk_record_extend(struct desk *desk, uint32_t version);
/* The epoch's header. */
struct bytes desk_header(struct desk *desk, uint64_t epoch);
struct bytes desk_header_dated(struct desk *desk, uint64_t number, uint64_t seconds);

/* The number of a ring of the manifest by its name. */
uint32_t desk_ring(const struct desk *desk, const char *name);
#define DESK_ALL_ENROLLED "All enrolled members"
#define DESK_ALL_KEYS     "All SSH keys"

/* A signature's entry in a ring of a version; in the newest with UINT32_MAX. */
struct bytes desk_entry(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
			uint32_t ring, uint32_t version);
struct bytes desk_file(struct desk *desk, struct bytes first, struct bytes second);
/* A statement file in the member's own ring or group; with a second proof if it is wanted. */
struct bytes desk_sign(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
		       bool with_second);
/* In the ring of all of its class. */
struct bytes desk_sign_all(struct desk *desk, size_t roster, uint32_t member, uint32_t seq);
struct bytes desk_withdraw(struct desk *desk, size_t roster, uint32_t member, uint32_t seq);
/* By somebody who is on no roster. */
struct bytes desk_withdraw_stranger(struct desk *desk, uint32_t seq);

/* Makes the next epoch from held and given files; what it makes must be accepted by the replay.
 * Fates of the given files are in desk->fates from n_held (as it was) on. */
void desk_run(struct desk *desk, const struct bytes *records, size_t n_records,
	      const struct bytes *files, size_t n_files);
/* The fate of a file in the last epoch. */
enum sequencer_fate desk_fate(const struct desk *desk, struct bytes file);
/* Appends an entry as it is: what a malicious desk does. */
void desk_append(struct desk *desk, struct bytes entry);
/* Orders the entries from this one on as an epoch has them. */
void desk_order(struct desk *desk, size_t first, uint64_t epoch);

/* Reads the log again from its beginning, over the points as they are now. The replay's status. */
enum undersign_status desk_replay(struct desk *desk, bool with_proofs, struct problem *problem);
void desk_count(struct desk *desk, struct tally *out);

/* A bundle in memory. */
struct desk_bundle {
	struct bundle_files files;
	struct bytes names[DESK_FILES_MAX];
	struct bytes contents[DESK_FILES_MAX];
	size_t n_open; /* read and not released */
	/* A file that changes while the bundle is read: from its read number from_read on (from 1)
	 * it holds this. NULL: none does. */
	struct bytes changed;
	size_t changing, from_read;
	size_t n_reads[DESK_FILES_MAX];
};
void desk_bundle_make(struct desk *desk, struct desk_bundle *out);
size_t desk_bundle_find(const struct desk_bundle *bundle, const char *name);
enum undersign_status desk_bundle_open(struct bundle **out, const struct desk_bundle *bundle,
				       const struct bundle_options *options,
				       struct sample_memory *memory, struct problem *problem);
/* Made from the desk as it is, opened, which must succeed. The bundle lives as long as the desk. */
struct bundle *desk_open(struct desk *desk);
/* It must be refused at this place, by a rule that holds this text. */
void desk_assert_refused(struct desk *desk, const char *where, const char *rule_part);

#endif

/* Undersigned: count the members of rosters that signed a letter, without learning who.
 *
 * The one public header. Everything here is pure: bytes in, bytes out; no files, no clock, no
 * network, no global state but the choice of a backend. Randomness, memory and the files of a
 * bundle come from the caller through small structs of callbacks, whose first argument is always
 * the struct's cookie. The formats are described in doc/formats.md, the proofs in doc/protocol.md.
 *
 * Order of arguments: context, outputs, inputs, then callbacks and flags; a length follows its
 * pointer. Functions that return a status return UNDERSIGN_OK (0) or tell why not; outputs are then
 * zeroed or untouched, never half-written. Texts are UTF-8 and not terminated unless said.
 *
 * Functions that take a secret run in time that does not depend on it, nor on the member's place in
 * the ring; those that take none may run in variable time. Secrets inside are wiped before return.
 */
#ifndef UNDERSIGN_H
#define UNDERSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UNDERSIGN_MUST_CHECK __attribute__((warn_unused_result))
#define UNDERSIGN_API        __attribute__((visibility("default")))

enum undersign_status {
	UNDERSIGN_OK = 0,
	UNDERSIGN_E_INVALID,  /* what was given does not hold: a proof, a signature, a rule */
	UNDERSIGN_E_FORMAT,   /* what was given cannot be parsed */
	UNDERSIGN_E_ENCODING, /* a point or scalar is not canonical */
	UNDERSIGN_E_LIMIT,    /* longer, larger or more than the format allows */
	UNDERSIGN_E_MISSING,  /* something that is named is not there */
	UNDERSIGN_E_CONFLICT, /* it contradicts something that holds already */
	UNDERSIGN_E_USAGE,    /* the caller asked for something that makes no sense */
	UNDERSIGN_E_RANDOM,   /* the source of randomness failed */
	UNDERSIGN_E_MEMORY,   /* there is not enough memory */
	UNDERSIGN_E_SYSTEM    /* the machine failed: disk, file, permission */
};

/* A short English text. Never NULL. */
UNDERSIGN_API const char *undersign_status_text(enum undersign_status status);

/* --- What the caller supplies ------------------------------------------------------------------
 */

/* A view; owns nothing. data may be NULL if len is 0. */
struct undersign_bytes {
	const uint8_t *data;
	size_t len;
};

/* Fills out with len fresh bytes of the operating system's generator, or fails. */
struct undersign_random {
	enum undersign_status (*fill)(void *cookie, uint8_t *out, size_t len);
	void *cookie;
};

/* Gives blocks of memory, aligned to 64, that stay until the caller frees them all: after the last
 * use of everything that was made from them. NULL if there is none. limit: bytes in all, SIZE_MAX
 * for none. */
struct undersign_memory {
	void *(*take)(void *cookie, size_t len);
	void *cookie;
	size_t limit;
};

/* Called now and then with what is done of all there is to do. report may be NULL. */
struct undersign_progress {
	void (*report)(void *cookie, uint64_t done, uint64_t total);
	void *cookie;
};

/* Threads: run calls task(context, i) once for each i < n_tasks, from up to n_threads threads at a
 * time, in any order, and returns when all have ended. No result depends on it. A NULL pointer to
 * it: none but the caller's. */
struct undersign_parallel {
	unsigned n_threads;
	void (*run)(void *cookie, void (*task)(void *context, size_t i), void *context,
		    size_t n_tasks);
	void *cookie;
};

/* What is wrong, where, and by which rule: three terminated texts for people. */
#define UNDERSIGN_TEXT_LEN 256
struct undersign_problem {
	char where[UNDERSIGN_TEXT_LEN];
	char rule[UNDERSIGN_TEXT_LEN];
	char what[UNDERSIGN_TEXT_LEN];
};

/* --- Start --------------------------------------------------------------------------------------
 */

/* Chooses how large operations are computed: NULL for the best that the processor supports and that
 * passes its self-test, else by name ("portable", ...). Optional; without it "portable" is used.
 * Call it before any thread starts. An unusable name is an error and changes nothing. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status undersign_init(const char *backend);
UNDERSIGN_API const char *undersign_backend(void);

/* --- Secrets and enrolment (protocol 3, 4.3) -----------------------------------------------------
 */

#define UNDERSIGN_SECRET_BYTES  160 /* s_1 .. s_4, r */
#define UNDERSIGN_POINT_BYTES   32
#define UNDERSIGN_SCOPE_BYTES   37
#define UNDERSIGN_COLUMNS_MAX   16
#define UNDERSIGN_REQUEST_MAX   8192
#define UNDERSIGN_META_MAX      32
#define UNDERSIGN_STATEMENT_MAX 16384

/* A fresh secret for one column; each scalar from its own 64 bytes of random. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_secret_new(uint8_t secret[UNDERSIGN_SECRET_BYTES], const struct undersign_random *random);

/* The secret of an existing Ed25519 key, for raw-key rosters, from its 32-byte seed. */
UNDERSIGN_API void undersign_secret_from_ed25519(uint8_t secret[UNDERSIGN_SECRET_BYTES],
						 const uint8_t seed[32]);

/* The member's element in the ring. E_ENCODING if the secret is not canonical or is zero. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_commitment(uint8_t out[UNDERSIGN_POINT_BYTES],
		     const uint8_t secret[UNDERSIGN_SECRET_BYTES]);

/* The member's tag in a scope: what makes him count once. E_ENCODING as above. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_tag(uint8_t out[UNDERSIGN_POINT_BYTES], const uint8_t secret[UNDERSIGN_SECRET_BYTES],
	      const uint8_t scope[UNDERSIGN_SCOPE_BYTES]);

/* Makes secrets for n_columns columns and the enrolment request that goes to the steward
 * (formats 4.1). meta may be empty, and never holds a name. secrets: n_columns times 160 bytes. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_enrolment_new(uint8_t request[UNDERSIGN_REQUEST_MAX], size_t *request_len,
			uint8_t *secrets, struct undersign_bytes roster, uint32_t edition,
			struct undersign_bytes meta, uint32_t n_columns,
			const struct undersign_random *random);

/* As undersign_enrolment_new, for somebody who is on another roster already and shall count once:
 * columns whose bit (1 << (c - 1)) is set in given begin with the other roster's secret in secrets,
 * and end with one that has the same tags and another commitment: nobody sees that one person is on
 * both lists, unless he signs a letter in rings of both. E_ENCODING if a given secret is not
 * canonical or is zero. On failure all of secrets is wiped. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_enrolment_with(uint8_t request[UNDERSIGN_REQUEST_MAX], size_t *request_len,
			 uint8_t *secrets, uint32_t given, struct undersign_bytes roster,
			 uint32_t edition, struct undersign_bytes meta, uint32_t n_columns,
			 const struct undersign_random *random);

/* OK if the request is well-formed and all its proofs hold. problem may be NULL. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_enrolment_check(struct undersign_bytes request, struct undersign_problem *problem);

/* Vouches for somebody's enrolment request with the secret of one's own column of the same roster
 * and edition (formats 4.4): the text goes to the steward, who learns which entry vouches. E_FORMAT
 * or another error of undersign_enrolment_check if the request is not good (problem may be NULL),
 * E_ENCODING if the secret is not canonical or is zero. */
#define UNDERSIGN_VOUCH_MAX 1024
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_vouch_new(uint8_t vouch[UNDERSIGN_VOUCH_MAX], size_t *vouch_len,
		    struct undersign_bytes request, uint32_t column,
		    const uint8_t secret[UNDERSIGN_SECRET_BYTES],
		    const struct undersign_random *random, struct undersign_problem *problem);

/* --- Rings, signatures, batches (protocol 4, 6)
 * --------------------------------------------------- */

/* An ordered public list of members, with their points decoded. */
struct undersign_ring;

/* A ring of one organisation from a points file (formats 4.3), the first n_members of it (0: all);
 * org is the roster's name. parallel: whose threads open it, and sign and verify over it; NULL:
 * none. What it points to must outlive the ring; the struct itself is copied. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_ring_open(struct undersign_ring **out, struct undersign_bytes org,
		    struct undersign_bytes points, uint64_t n_members,
		    const struct undersign_memory *memory,
		    const struct undersign_parallel *parallel, struct undersign_problem *problem);
/* A ring of several organisations (protocol 4.4b), in this order, repeats removed; with the threads
 * of the first. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_ring_join(struct undersign_ring **out, struct undersign_bytes name,
		    const struct undersign_ring *const *rings, size_t n_rings,
		    const struct undersign_memory *memory, struct undersign_problem *problem);
UNDERSIGN_API uint64_t undersign_ring_members(const struct undersign_ring *ring);
UNDERSIGN_API void undersign_ring_id(uint8_t out[32], const struct undersign_ring *ring);

/* Bytes of a signature's proof in a ring of n members; 0 if there is no such ring. */
UNDERSIGN_API size_t undersign_proof_len(uint64_t n_members);

/* The proof of protocol 6.1. E_MISSING if the secret's element is not in the ring; E_RANDOM if
 * there is no randomness. The proof has verified before it is given out. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_sign(uint8_t *proof, size_t capacity, size_t *proof_len,
	       const struct undersign_ring *ring, const uint8_t scope[UNDERSIGN_SCOPE_BYTES],
	       struct undersign_bytes message, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
	       const struct undersign_random *random, const struct undersign_memory *memory,
	       const struct undersign_progress *progress);

/* One proof to be verified. */
struct undersign_item {
	const struct undersign_ring *ring;
	const uint8_t *scope; /* UNDERSIGN_SCOPE_BYTES */
	struct undersign_bytes message;
	struct undersign_bytes proof;
};

/* Verifies n proofs, any mix of rings and scopes, with few multiplications; is_valid[i] says of
 * each whether it holds. random may be NULL (the weights then come from the proofs alone). OK if
 * all hold, E_INVALID if not all do. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_verify(bool *is_valid, const struct undersign_item *items, size_t n,
		 const struct undersign_random *random, const struct undersign_memory *memory,
		 const struct undersign_progress *progress);

/* The message that a signature of a letter covers (protocol 10.6), and the letter's scope (10.2).
 * manifest is the note's text without signatures. */
#define UNDERSIGN_LETTER_MESSAGE_BYTES 71
UNDERSIGN_API void undersign_letter_message(uint8_t out[UNDERSIGN_LETTER_MESSAGE_BYTES],
					    struct undersign_bytes manifest, uint32_t seq);
UNDERSIGN_API void undersign_letter_scope(uint8_t out[UNDERSIGN_SCOPE_BYTES],
					  struct undersign_bytes manifest);

/* --- Bundles: verify and tally (formats 6, 7)
 * ------------------------------------------------------ */

/* The files of a bundle: names relative to its root. read gives a view that stays until release. */
struct undersign_files {
	size_t n_files;
	struct undersign_bytes (*name)(void *cookie, size_t i);
	enum undersign_status (*read)(void *cookie, size_t i, struct undersign_bytes *out);
	void (*release)(void *cookie, size_t i);
	void *cookie;
};

enum undersign_class { UNDERSIGN_ENROLLED = 1, UNDERSIGN_RAW_KEY = 2 };

struct undersign_ring_count {
	struct undersign_bytes name;
	enum undersign_class class_of_members;
	bool is_own;        /* of one roster */
	bool is_all;        /* of all rosters of its class; an own ring may be that too */
	uint64_t n_rosters; /* how many, and which, counted from 0 */
	const uint32_t *rosters;
	uint64_t members;    /* of the last version, repeats removed */
	uint64_t signatures; /* published and effective */
};

struct undersign_roster_count {
	struct undersign_bytes name;
	struct undersign_bytes organisation;
	struct undersign_bytes source;
	struct undersign_bytes steward;
	enum undersign_class class_of_members;
	uint32_t edition;
	uint32_t column;      /* 0 for raw keys */
	uint64_t column_burn; /* seconds since 1970; 0 for raw keys */
	uint64_t column_from; /* first and last day of the period */
	uint64_t column_until;
	uint64_t members;
	uint8_t id[32]; /* of the snapshot's record */
};

struct undersign_organisation_count {
	struct undersign_bytes name;
	uint64_t n_rosters;
	const uint32_t *rosters; /* counted from 0 */
	uint64_t signatures;     /* in its own rings */
	bool is_represented;
};

struct undersign_growth {
	uint64_t epoch;
	uint64_t date;       /* seconds since 1970 */
	uint64_t signatures; /* total that counted when this epoch was published */
};

/* What replaying the log yields. Every number that is shown anywhere is one of these. */
struct undersign_tally {
	uint64_t total, enrolled, raw_key, withdrawn;
	uint64_t represented;
	size_t n_rings, n_rosters, n_organisations, n_growth, n_notices;
	const struct undersign_ring_count *rings;
	const struct undersign_roster_count *rosters;
	const struct undersign_organisation_count *organisations;
	const struct undersign_growth *growth;
	/* What is not an error but must be said: a void extension, a void closing. */
	const struct undersign_problem *notices;
};

/* What became of the bundle's page, index.html. One of this library's version that is not what the
 * rest of the bundle gives makes the whole bundle be refused. */
enum undersign_page {
	UNDERSIGN_PAGE_NONE,    /* the bundle has none */
	UNDERSIGN_PAGE_CHECKED, /* it was made again from the rest, and is the same */
	/* Of another version of the renderer, or the library was built without one: not checked. */
	UNDERSIGN_PAGE_OTHER_VERSION,
};

struct undersign_bundle_info {
	uint8_t letter[32]; /* its id, not yet in hexadecimal */
	struct undersign_bytes manifest;
	struct undersign_bytes title; /* in the authoritative language */
	struct undersign_bytes text;  /* in the authoritative language, Markdown */
	struct undersign_bytes to;    /* may be empty */
	struct undersign_bytes origin;
	uint64_t epoch, date, epoch_seconds; /* date: seconds since 1970 */
	uint64_t log_size;
	uint8_t root[32];
	uint64_t opens, closes; /* epochs; closes as shortened by a closing record */
	uint64_t opens_date, closes_date;
	bool is_opened; /* its opening is in the log */
	uint32_t ring_min, hold_min;
	uint32_t version; /* last version of the rosters that holds */
	/* Anchored: the log by the policy, and the letter by its id; both together make a verdict.
	 */
	bool log_is_anchored, letter_is_anchored;
	uint32_t n_witnesses, n_cosigned; /* of the policy; how many cosigned this checkpoint */
	enum undersign_page page;
};

/* Where decoded points of rosters are kept from one run to the next, under names that the library
 * makes (letters, digits, - and .). Nothing that is read there is believed: each point is checked
 * against its entry, so that whoever can write there can waste time and change no outcome. What
 * fails in keeping is the callbacks' own to tell. */
struct undersign_ring_cache {
	/* What is kept under a name; empty if nothing is. It stays until the next call of
	 * read. */
	struct undersign_bytes (*read)(void *cookie, const char *name);
	/* What was read is not right, or of another roster; it will be replaced. */
	void (*refuse)(void *cookie, const char *name);
	/* Replaces what is kept, in parts: begin, put any number of times, then end, which takes it
	 * as whole. */
	void (*begin)(void *cookie, const char *name);
	void (*put)(void *cookie, struct undersign_bytes part);
	void (*end)(void *cookie);
	void *cookie;
};

struct undersign_bundle_options {
	struct undersign_bytes policy; /* a tlog-policy file, or empty */
	const uint8_t *letter;         /* 32 bytes that the letter's id must equal, or NULL */
	/* Threads that open the bundle and then sign and check over its rings, or NULL. What it
	 * points to must outlive the bundle; the struct itself is copied. */
	const struct undersign_parallel *parallel;
	const struct undersign_ring_cache *cache; /* while it is opened; NULL: none */
};

/* A bundle that has been verified: every file, every proof. */
struct undersign_bundle;

/* Verifies everything. OK if it holds; else *out is NULL and *problem names the first fault.
 * files must stay readable as long as the bundle is used. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_open(struct undersign_bundle **out, const struct undersign_files *files,
		      const struct undersign_bundle_options *options,
		      const struct undersign_random *random, const struct undersign_memory *memory,
		      const struct undersign_progress *progress, struct undersign_problem *problem);
UNDERSIGN_API const struct undersign_bundle_info *
undersign_bundle_info(const struct undersign_bundle *bundle);
UNDERSIGN_API const struct undersign_tally *
undersign_bundle_tally(const struct undersign_bundle *bundle);

/* What is recorded around the letter (formats 3.5, 6.4 and 9), as JSON or CSV: who takes part,
 * stances, citations, demands and moves, replies, notices; what holds and by which rule another
 * does not. *out lives as long as the memory; empty if nothing is recorded. */
enum undersign_story_form { UNDERSIGN_STORY_JSON, UNDERSIGN_STORY_CSV };
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_story(struct undersign_bytes *out, const struct undersign_bundle *bundle,
		       enum undersign_story_form form, const struct undersign_memory *memory);

/* What the stewards of a roster have logged besides the list (formats 4.9). */
struct undersign_acts {
	uint32_t records;           /* that hold */
	uint32_t words, stewards;   /* so many of these give their word; 0: they do not serve */
	uint32_t vouchers, vouches; /* so many members vouch, each so often; 0: they do not serve */
	uint32_t refused;           /* requests, for whatever reason */
	uint32_t samples;           /* whose evidence was opened */
	uint32_t sampled, opened;   /* entries of the last one, and of how many evidence held */
};
/* acts[r] of roster r of the tally; *n_bad: how many records name one of these rosters and do not
 * hold, which changes no count; *problem: the first of them. E_MEMORY. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_acts(struct undersign_acts *acts, uint32_t *n_bad,
		      const struct undersign_bundle *bundle, const struct undersign_memory *memory,
		      struct undersign_problem *problem);

/* How many letters of the log, this one included, use the same column of a roster (a number of
 * tally.rosters): up to four stay unlinked whatever may be computed one day (protocol 3.3). */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_uses(uint32_t *out, const struct undersign_bundle *bundle, uint32_t roster,
		      const struct undersign_memory *memory);

/* --- Statements of a letter (formats 5)
 * ------------------------------------------------------------ */

/* Where a member stands: the ring of his own roster (or the group that it is in; UINT32_MAX if
 * neither), and the ring of all of his class; numbers of tally.rings. */
struct undersign_place {
	uint32_t roster;
	uint32_t own_ring;
	uint32_t all_ring;
	uint32_t next_seq; /* one more than the highest that is published for the member's tag */
};

/* E_MISSING if the secret's element is in no roster of the letter. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_place(struct undersign_place *out, const struct undersign_bundle *bundle,
		       const uint8_t secret[UNDERSIGN_SECRET_BYTES]);

/* Signs: makes a statement file over ring (a number of tally.rings, in its newest version), with a
 * second proof over the ring of all if with_second is true and ring is another one. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_sign(uint8_t *statement, size_t capacity, size_t *statement_len,
		      const struct undersign_bundle *bundle, uint32_t ring, bool with_second,
		      uint32_t seq, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
		      const struct undersign_random *random, const struct undersign_memory *memory,
		      const struct undersign_progress *progress);

/* Withdraws whatever the member's tag has signed with a lower seq. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_withdraw(uint8_t *statement, size_t capacity, size_t *statement_len,
			  const struct undersign_bundle *bundle, uint32_t seq,
			  const uint8_t secret[UNDERSIGN_SECRET_BYTES],
			  const struct undersign_random *random);

/* OK if a statement file is one of this letter and all its proofs hold. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_statement_check(const struct undersign_bundle *bundle, struct undersign_bytes statement,
			  const struct undersign_memory *memory, struct undersign_problem *problem);

enum undersign_fate {
	UNDERSIGN_UNKNOWN,    /* not in this log */
	UNDERSIGN_WAITING,    /* not in it, and the letter is still open */
	UNDERSIGN_PUBLISHED,  /* in it, and effective */
	UNDERSIGN_SUPERSEDED, /* a later one of the same tag is effective */
	UNDERSIGN_WITHDRAWN   /* in it, and withdrawn */
};

struct undersign_whereabouts {
	enum undersign_fate fate;
	uint64_t entry; /* number in the log, if published */
	uint64_t epoch, date;
	bool is_second; /* it was published by its second proof */
};

/* What has become of a statement file (`verify --mine`). E_FORMAT, E_INVALID if it is not one. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_statement_find(struct undersign_whereabouts *out, const struct undersign_bundle *bundle,
			 struct undersign_bytes statement, struct undersign_problem *problem);

enum undersign_promise_fate {
	UNDERSIGN_PROMISE_KEPT,   /* in the log, or replaced there by a later one */
	UNDERSIGN_PROMISE_OPEN,   /* not yet; the letter is not closed in this log */
	UNDERSIGN_PROMISE_BROKEN, /* not, and the letter is closed */
	UNDERSIGN_PROMISE_VOID,   /* not, but no second proof was given: nothing was owed */
};

/* What has become of a desk's promise (formats 10.3) about a statement file. All signatures and
 * proofs are verified, so that BROKEN is evidence for anybody who has bundle, promise and file. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_promise_check(enum undersign_promise_fate *out, const struct undersign_bundle *bundle,
			struct undersign_bytes promise, struct undersign_bytes statement,
			const struct undersign_memory *memory, struct undersign_problem *problem);

/* --- Polls (protocol 14, formats 11)
 * ---------------------------------------------------------------- */

#define UNDERSIGN_OPTIONS_MAX          32 /* of all questions of a poll */
#define UNDERSIGN_TRUSTEE_SECRET_BYTES 32
#define UNDERSIGN_SHARE_MAX            65536

enum undersign_poll_state {
	UNDERSIGN_POLL_SEALED, /* the log has no epoch after the closing: nothing is added up */
	UNDERSIGN_POLL_CLOSED, /* it is, and shares of trustees are missing */
	UNDERSIGN_POLL_OPENED
};

struct undersign_poll_question {
	struct undersign_bytes text;
	uint32_t min, max; /* so many options are chosen */
	uint32_t n_options;
	const struct undersign_bytes *options;
};

/* Answers that are opened together: never fewer than hold_min. */
struct undersign_poll_group {
	uint32_t ring; /* under which they are shown: a number of tally.rings */
	size_t n_rings;
	const uint32_t *rings; /* whose answers are in it */
	uint64_t answers;
	const uint64_t *counts; /* of each option of all questions in order; NULL until opened */
};

struct undersign_poll_trustee {
	struct undersign_bytes name;
	bool has_given; /* a share that holds is in the log */
	bool has_lied;  /* one that does not */
};

struct undersign_poll {
	enum undersign_poll_state state;
	uint64_t quorum; /* 0: none */
	bool has_quorum;
	uint64_t answers;  /* members who answered, in all */
	uint64_t withheld; /* of these, in no group: fewer than hold_min of their class */
	size_t n_questions, n_options, n_groups, n_trustees;
	const struct undersign_poll_question *questions;
	const struct undersign_poll_group *groups;
	const uint64_t *totals; /* of each option; NULL until opened */
	uint32_t threshold;     /* so many trustees open the sums */
	const struct undersign_poll_trustee *trustees;
	uint8_t sums[32]; /* their fingerprint; zeros while sealed, or if there are none */
};

/* What the bundle's poll has come to; NULL if the letter is no poll. In one, the tally's signatures
 * are answers. */
UNDERSIGN_API const struct undersign_poll *
undersign_bundle_poll(const struct undersign_bundle *bundle);

/* As undersign_bundle_sign, for a poll: choices is 0 or 1 for each option of all questions, and is
 * secret. E_INVALID if a question has too few or too many; E_MISSING if the trustees' key is not in
 * the log. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status undersign_bundle_answer(
	uint8_t *statement, size_t capacity, size_t *statement_len,
	const struct undersign_bundle *bundle, const uint8_t *choices, uint32_t ring,
	bool with_second, uint32_t seq, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
	const struct undersign_random *random, const struct undersign_memory *memory,
	const struct undersign_progress *progress);

/* A trustee's share of the sums that this bundle shows to be the ones: the text of the record, to
 * be signed by the trustee (number *out_trustee of poll.trustees, from 0). secret: of its key. The
 * caller gives it away for one poll.sums of a letter only, and keeps for which: shares of the sums
 * of two logs, one with an answer more, tell that answer.
 * E_USAGE if the letter is no poll, E_INVALID if it is not closed, there is nothing to open, or the
 * secret is no trustee's; *problem tells. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_bundle_share(uint8_t share[UNDERSIGN_SHARE_MAX], size_t *share_len, uint32_t *out_trustee,
		       const struct undersign_bundle *bundle,
		       const uint8_t secret[UNDERSIGN_TRUSTEE_SECRET_BYTES],
		       const struct undersign_random *random, const struct undersign_memory *memory,
		       struct undersign_problem *problem);

/* --- Claims (protocol 7, formats 8.2)
 * --------------------------------------------------------------- */

#define UNDERSIGN_CLAIM_MAX 8192

/* Makes a claim: "I am this entry, and this published signature is mine". Anybody can check it, for
 * ever. E_MISSING if no effective signature with the member's tag is on the letter: a claim is
 * never made about a tag that is not there. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_claim_new(uint8_t claim[UNDERSIGN_CLAIM_MAX], size_t *claim_len,
		    const struct undersign_bundle *bundle, struct undersign_bytes text,
		    const uint8_t secret[UNDERSIGN_SECRET_BYTES],
		    const struct undersign_random *random);
/* As above, convincing only the holder of verifier's secret; verifier is a verifier-key text. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_claim_new_for(uint8_t claim[UNDERSIGN_CLAIM_MAX], size_t *claim_len,
			const struct undersign_bundle *bundle, struct undersign_bytes text,
			struct undersign_bytes verifier,
			const uint8_t secret[UNDERSIGN_SECRET_BYTES],
			const struct undersign_random *random);

struct undersign_claim_info {
	struct undersign_bytes ring, text;
	struct undersign_bytes verifier; /* name of the designated verifier; empty if for anybody */
	uint64_t index, members;
};
/* OK if it holds, and the tag has an effective signature on the letter. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_claim_check(struct undersign_claim_info *out, const struct undersign_bundle *bundle,
		      struct undersign_bytes claim, struct undersign_problem *problem);

/* A key for claims that shall convince one verifier only: the public text with its proof of
 * possession, and the secret one (formats 8.2). */
#define UNDERSIGN_VERIFIER_MAX 1024
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_verifier_new(uint8_t public_text[UNDERSIGN_VERIFIER_MAX], size_t *public_len,
		       uint8_t secret_text[UNDERSIGN_VERIFIER_MAX], size_t *secret_len,
		       struct undersign_bytes name, const struct undersign_random *random);

/* --- The log (C2SP)
 * ------------------------------------------------------------------------------------ */

struct undersign_checkpoint {
	uint64_t size;
	uint8_t root[32];
	struct undersign_bytes origin;
	uint32_t n_witnesses, n_cosigned;
};
/* Verifies a checkpoint's note by a policy: the log's key and the quorum of witnesses. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_checkpoint_verify(struct undersign_checkpoint *out, struct undersign_bytes note,
			    struct undersign_bytes policy, struct undersign_problem *problem);
/* Verifies that entry is in the log: a tlog-proof file, by a policy. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_inclusion_verify(uint64_t *out_index, struct undersign_bytes entry,
			   struct undersign_bytes tlog_proof, struct undersign_bytes policy,
			   struct undersign_problem *problem);
/* Writes a tlog-proof for the bundle's entry of this number. */
UNDERSIGN_API UNDERSIGN_MUST_CHECK enum undersign_status
undersign_inclusion_prove(uint8_t *out, size_t capacity, size_t *out_len,
			  const struct undersign_bundle *bundle, uint64_t entry);

#ifdef __cplusplus
}
#endif

#endif

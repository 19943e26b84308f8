/* What the tests of rosters share: an arena of malloc'ed blocks, a steward, members with requests,
 * files written into memory. */
#ifndef UNDERSIGNED_TEST_MEMBERS_H
#define UNDERSIGNED_TEST_MEMBERS_H

#include "admission.h"
#include "audit.h"
#include "edition.h"
#include "enrolment.h"
#include "snapshot.h"

#include "arena.h"
#include "testing.h"

#include <sodium.h>

/* --- memory ------------------------------------------------------------------------------------
 */

#define TEST_BLOCKS_MAX 4096

struct test_memory {
	void *blocks[TEST_BLOCKS_MAX];
	size_t n;
};

static inline void *test_memory_grow(void *cookie, size_t len)
{
	struct test_memory *memory = cookie;

	if (memory->n == TEST_BLOCKS_MAX)
		return NULL;
	void *block = aligned_alloc(64, (len + 63) / 64 * 64);
	if (block)
		memory->blocks[memory->n++] = block;
	return block;
}

static inline struct arena test_arena(struct test_memory *memory)
{
	return (struct arena){.grow = test_memory_grow, .cookie = memory, .limit = SIZE_MAX};
}

static inline void test_memory_free(struct test_memory *memory)
{
	for (size_t i = 0; i < memory->n; i++)
		free(memory->blocks[i]);
	memory->n = 0;
}

/* --- randomness and keys -----------------------------------------------------------------------
 */

static struct test_random random_state;
static struct generators generators;

static inline enum undersign_status test_fill(void *cookie, uint8_t *out, size_t len)
{
	test_random_fill(cookie, out, len);
	return UNDERSIGN_OK;
}

static const struct random_source test_source = {test_fill, &random_state};

struct test_key {
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct note_key key;
	struct note_signer signer;
};

static inline enum undersign_status
test_sign_note(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES], struct bytes message)
{
	const struct test_key *key = cookie;

	crypto_sign_detached(sig, NULL, message.data, message.len, key->secret);
	return UNDERSIGN_OK;
}

/* *out must stay where it is. */
static inline void test_key_new(struct test_key *out, const char *name)
{
	uint8_t seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];

	test_random_fill(&random_state, seed, sizeof seed);
	crypto_sign_seed_keypair(public_key, out->secret, seed);
	assert_int_equal(note_key_new(&out->key, BYTES(name), NOTE_KEY_NOTE, public_key),
			 UNDERSIGN_OK);
	out->signer = (struct note_signer){BYTES(name), {0}, test_sign_note, out};
	memcpy(out->signer.public_key, public_key, sizeof public_key);
}

/* A signed note of the text in the arena. */
static inline struct bytes test_note(struct arena *arena, struct bytes text, struct test_key *key)
{
	size_t capacity = text.len + 2 * NOTE_SIGNATURE_LINE_MAX;
	struct writer writer = writer_new(arena_take(arena, capacity, 1), capacity);

	assert_int_equal(note_sign(&writer, text, &key->signer, 1), UNDERSIGN_OK);
	return writer_view(&writer);
}

/* --- members -----------------------------------------------------------------------------------
 */

/* Signs the proofs of an enrolment anew, after its fields were filled in; openings: one a column.
 */
static inline void test_prove(struct enrolment *enrolment, const struct opening *openings)
{
	for (uint32_t c = 1; c <= enrolment->n_columns; c++) {
		struct enrolment_column *column = &enrolment->columns[c - 1];
		struct sigma_registration registration = enrolment_registration(enrolment, c);

		opening_commit_encoded(column->commitment, &generators, &openings[c - 1]);
		assert_int_equal(sigma_register_make(column->proof, &generators, &registration,
						     &openings[c - 1], &test_source),
				 UNDERSIGN_OK);
	}
}

static inline void test_enrolment(struct enrolment *out, const char *roster, uint32_t edition,
				  uint32_t n_columns)
{
	struct opening openings[ROSTER_COLUMNS_MAX];

	memset(out, 0, sizeof *out);
	out->roster = BYTES(roster);
	out->edition = edition;
	out->n_columns = n_columns;
	for (uint32_t c = 0; c < n_columns; c++)
		assert_int_equal(opening_new(&openings[c], &test_source), UNDERSIGN_OK);
	test_prove(out, openings);
}

static inline struct bytes test_request_text(struct arena *arena, const struct enrolment *enrolment)
{
	struct writer writer =
		writer_new(arena_take(arena, ENROLMENT_LEN_MAX, 1), ENROLMENT_LEN_MAX);

	enrolment_write(&writer, enrolment);
	return writer_view(&writer);
}

static inline struct bytes test_request(struct arena *arena, const char *roster, uint32_t edition,
					uint32_t n_columns)
{
	struct enrolment enrolment;

	test_enrolment(&enrolment, roster, edition, n_columns);
	return test_request_text(arena, &enrolment);
}

static inline struct bytes test_admission(struct arena *arena, const char *roster, uint32_t edition,
					  const struct bytes *requests, uint32_t n,
					  struct test_key *key)
{
	uint8_t(*fingerprints)[SHA256_BYTES] = arena_take(arena, n, SHA256_BYTES);
	struct admission admission = {
		.roster = BYTES(roster), .edition = edition, .date = 1900000000, .key = key->key};
	struct writer writer = writer_new(arena_take(arena, ROSTER_TEXT_MAX, 1), ROSTER_TEXT_MAX);

	for (uint32_t i = 0; i < n; i++)
		enrolment_fingerprint(fingerprints[i], requests[i]);
	assert_int_equal(admission_write(&writer, &admission,
					 (const uint8_t(*)[SHA256_BYTES])fingerprints, n),
			 UNDERSIGN_OK);
	return test_note(arena, writer_view(&writer), key);
}

/* --- files -------------------------------------------------------------------------------------
 */

struct test_files {
	uint32_t n_points;
	struct bytes points[ROSTER_COLUMNS_MAX];
	struct bytes archive;
};

static inline struct bytes test_written(struct arena *arena, const struct edition *edition,
					uint32_t column)
{
	struct writer size = writer_new(NULL, 0);

	if (column == 0)
		edition_write_archive(&size, edition);
	else
		edition_write_points(&size, edition, column);
	struct writer writer = writer_new(arena_take(arena, size.len + 1, 1), size.len);
	if (column == 0)
		edition_write_archive(&writer, edition);
	else
		edition_write_points(&writer, edition, column);
	return writer_view(&writer);
}

static inline void test_files_of(struct test_files *out, struct arena *arena,
				 const struct edition *edition)
{
	out->n_points = edition->n_lists;
	for (uint32_t c = 1; c <= edition->n_lists; c++)
		out->points[c - 1] = test_written(arena, edition, c);
	out->archive = test_written(arena, edition, 0);
}

static inline enum undersign_status test_reopen(struct edition *out,
						const struct edition_rules *rules,
						const struct test_files *files, struct arena *arena,
						struct problem *problem)
{
	struct points points[ROSTER_COLUMNS_MAX];

	for (uint32_t i = 0; i < files->n_points; i++) {
		enum undersign_status status = points_parse(&points[i], files->points[i], problem);

		if (status != UNDERSIGN_OK)
			return status;
	}
	return edition_new(out, rules, points, files->n_points, files->archive, &generators, arena,
			   problem);
}

/* An edition without entries. */
static inline void test_empty(struct edition *out, const struct edition_rules *rules,
			      struct arena *arena)
{
	struct points points[ROSTER_COLUMNS_MAX] = {0};
	uint32_t n = rules->class_of_members == ROSTER_ENROLLED ? rules->n_columns : 1;

	for (uint32_t i = 0; i < n; i++)
		points[i].class_of_members = rules->class_of_members;
	assert_int_equal(
		edition_new(out, rules, points, n, bytes_from(NULL, 0), &generators, arena, NULL),
		UNDERSIGN_OK);
}

/* The signed record of all entries of an edition. */
static inline struct bytes test_snapshot(struct arena *arena, const struct edition *edition,
					 struct test_key *key)
{
	struct snapshot_record record = {
		.roster = edition->rules.roster,
		.organisation = BYTES("Institute for Hydrology, Cadwen"),
		.date = 1900022400,
		.source = BYTES("staff list of May"),
		.steward = BYTES("L. Marsh"),
	};
	struct writer writer = writer_new(arena_take(arena, 16384, 1), 16384);

	if (edition->rules.class_of_members == ROSTER_ENROLLED)
		assert_int_equal(
			calendar_make(&record.calendar, 1900000000, edition->rules.n_columns, 3, 7),
			UNDERSIGN_OK);
	else
		record.persons = SNAPSHOT_PERSONS_FILE;
	assert_int_equal(edition_describe(&record, edition, NULL), UNDERSIGN_OK);
	assert_int_equal(snapshot_write(&writer, &record, NULL), UNDERSIGN_OK);
	return test_note(arena, writer_view(&writer), key);
}

static inline void test_members_begin(void)
{
	random_state = test_random_new();
	if (sodium_init() < 0)
		exit(1);
	generators_new(&generators);
}

#endif

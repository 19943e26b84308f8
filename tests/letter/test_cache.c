/* Decoded points that are kept (doc/formats.md 7.4): whatever stands in the cache, rings are the
 * same as without; what is not right is told and replaced. */
#include "world.h"

#include "batch.h"
#include "ed25519.h"
#include "rings_decoded.h"

#include <stdio.h>

#define FILES_MAX 8
#define FILE_MAX  (RINGS_DECODED_HEADER_LEN + 64 * POINT_DECODED_BYTES)

/* A cache in memory. */
struct kept {
	struct kept_file {
		char name[RINGS_DECODED_NAME_MAX];
		uint8_t data[FILE_MAX];
		size_t len;
	} files[FILES_MAX];
	size_t n;
	struct kept_file *open;
	size_t n_refused, n_begun, n_ended;
};

static struct kept_file *find(struct kept *kept, const char *name)
{
	for (size_t i = 0; i < kept->n; i++)
		if (strcmp(kept->files[i].name, name) == 0)
			return &kept->files[i];
	return NULL;
}

static struct bytes read_kept(void *cookie, const char *name)
{
	struct kept_file *file = find(cookie, name);

	return file ? bytes_from(file->data, file->len) : bytes_from(NULL, 0);
}

static void refuse(void *cookie, const char *name)
{
	struct kept *kept = cookie;

	assert_non_null(find(kept, name));
	kept->n_refused++;
}

static void begin(void *cookie, const char *name)
{
	struct kept *kept = cookie;

	assert_null(kept->open);
	kept->open = find(kept, name);
	if (!kept->open) {
		assert_true(kept->n < FILES_MAX);
		kept->open = &kept->files[kept->n++];
		snprintf(kept->open->name, sizeof kept->open->name, "%s", name);
	}
	kept->open->len = 0;
	kept->n_begun++;
}

static void put(void *cookie, struct bytes part)
{
	struct kept *kept = cookie;

	assert_non_null(kept->open);
	assert_true(part.len <= FILE_MAX - kept->open->len);
	memcpy(kept->open->data + kept->open->len, part.data, part.len);
	kept->open->len += part.len;
}

static void end(void *cookie)
{
	struct kept *kept = cookie;

	assert_non_null(kept->open);
	kept->open = NULL;
	kept->n_ended++;
}

static struct world world;
static struct kept kept, good;

static enum undersign_status try_open(struct letter_rings **out, bool with_cache)
{
	const struct rings_cache cache = {read_kept, refuse, begin, put, end, &kept};

	kept.n_refused = kept.n_begun = kept.n_ended = 0;
	return rings_open(out, &world.letter, world.sources, &world.memory.arena, NULL,
			  with_cache ? &cache : NULL, NULL, &world.problem);
}

/* Opens with the cache and without: the same elements, as the same points. */
static void open_both(void)
{
	struct letter_rings *with, *without;
	uint8_t one[POINT_DECODED_BYTES], other[POINT_DECODED_BYTES];

	assert_int_equal(try_open(&without, false), UNDERSIGN_OK);
	assert_int_equal(try_open(&with, true), UNDERSIGN_OK);
	assert_int_equal(kept.n_begun, kept.n_ended);
	assert_int_equal(with->universe.n, without->universe.n);
	assert_memory_equal(with->universe.encodings, without->universe.encodings,
			    POINT_BYTES * with->universe.n);
	for (size_t i = 0; i < with->universe.n; i++) {
		points_write_decoded(one, &with->universe.points[i], 1);
		points_write_decoded(other, &without->universe.points[i], 1);
		assert_memory_equal(one, other, sizeof one);
	}
	assert_int_equal(with->n_by_id, without->n_by_id);
	for (size_t i = 0; i < with->n_by_id; i++)
		assert_memory_equal(with->by_id[i]->ring.id, without->by_id[i]->ring.id,
				    HASH_BYTES);
}

static void fill(void)
{
	memset(&kept, 0, sizeof kept);
	world_begin(&world);
	open_both();
	good = kept;
}

static void assert_is_good(void)
{
	assert_int_equal(kept.n, good.n);
	for (size_t i = 0; i < good.n; i++) {
		assert_int_equal(kept.files[i].len, good.files[i].len);
		assert_memory_equal(kept.files[i].data, good.files[i].data, good.files[i].len);
	}
}

static void is_written_once(void **state)
{
	(void)state;
	fill();
	/* Raw keys are not kept. */
	assert_int_equal(kept.n, N_ROSTERS - 1);
	assert_int_equal(kept.n_begun, N_ROSTERS - 1);
	assert_int_equal(kept.n_refused, 0);
	assert_int_equal(kept.files[0].len, RINGS_DECODED_HEADER_LEN + 20 * POINT_DECODED_BYTES);
	open_both();
	assert_int_equal(kept.n_begun, 0);
	assert_int_equal(kept.n_refused, 0);
	assert_is_good();
	world_end(&world);
}

/* The file of Alder was changed: told once, replaced, and no ring is another. */
static void expect_replaced(void)
{
	open_both();
	if (kept.n_refused != 1 || kept.n_begun != 1)
		fail_msg("refused %zu, written %zu", kept.n_refused, kept.n_begun);
	assert_is_good();
}

static void replaces_what_has_another_length(void **state)
{
	static const size_t lens[] = {1,
				      RINGS_DECODED_HEADER_LEN - 1,
				      RINGS_DECODED_HEADER_LEN,
				      RINGS_DECODED_HEADER_LEN + 1,
				      RINGS_DECODED_HEADER_LEN + 19 * POINT_DECODED_BYTES,
				      RINGS_DECODED_HEADER_LEN + 20 * POINT_DECODED_BYTES - 1,
				      RINGS_DECODED_HEADER_LEN + 20 * POINT_DECODED_BYTES + 1,
				      RINGS_DECODED_HEADER_LEN + 21 * POINT_DECODED_BYTES};

	(void)state;
	fill();
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		kept.files[0].len = lens[i];
		expect_replaced();
	}
	/* Nothing is no fault. */
	kept.files[0].len = 0;
	open_both();
	assert_int_equal(kept.n_refused, 0);
	assert_int_equal(kept.n_begun, 1);
	assert_is_good();
	world_end(&world);
}

static void replaces_what_was_changed(void **state)
{
	(void)state;
	fill();
	/* Each byte of the header, of the first point and of the last. */
	for (size_t at = 0; at < good.files[0].len; at++) {
		if (at >= RINGS_DECODED_HEADER_LEN + POINT_DECODED_BYTES &&
		    at < good.files[0].len - POINT_DECODED_BYTES)
			continue;
		kept.files[0].data[at] ^= (uint8_t)(1u << at % 8);
		expect_replaced();
	}
	/* Another roster's, with its header and without. */
	memcpy(kept.files[0].data, good.files[1].data, good.files[1].len);
	kept.files[0].len = good.files[1].len;
	expect_replaced();
	memcpy(kept.files[0].data + RINGS_DECODED_HEADER_LEN,
	       good.files[1].data + RINGS_DECODED_HEADER_LEN, 17 * POINT_DECODED_BYTES);
	expect_replaced();
	memset(kept.files[0].data + RINGS_DECODED_HEADER_LEN, 0, 20 * POINT_DECODED_BYTES);
	expect_replaced();
	world_end(&world);
}

/* The points of the same element that decoding does not give. */
static void replaces_other_representatives(void **state)
{
	uint8_t *const at = kept.files[0].data + RINGS_DECODED_HEADER_LEN + 3 * POINT_DECODED_BYTES;
	struct fe x, y, other_x, other_y;

	(void)state;
	fill();
	for (unsigned k = 1; k < 4; k++) {
		fe_decode(&x, at);
		fe_decode(&y, at + FE_BYTES);
		if (k & 1) {
			fe_neg(&x, &x);
			fe_carry(&x, &x);
			fe_neg(&y, &y);
			fe_carry(&y, &y);
		}
		other_x = x;
		other_y = y;
		if (k & 2) {
			fe_mul(&other_x, &y, &fe_sqrt_m1);
			fe_mul(&other_y, &x, &fe_sqrt_m1);
		}
		fe_encode(at, &other_x);
		fe_encode(at + FE_BYTES, &other_y);
		expect_replaced();
	}
	world_end(&world);
}

/* A roster that grew has its first entries kept; the rest is decoded and added without a word. */
static void adds_what_is_missing(void **state)
{
	struct kept_file *const file = &kept.files[0];

	(void)state;
	fill();
	for (uint8_t n = 0; n < 20; n++) {
		file->data[strlen("undersigned decoded points v1\n") + SHA256_BYTES + 4] = n;
		file->len = RINGS_DECODED_HEADER_LEN + n * POINT_DECODED_BYTES;
		open_both();
		assert_int_equal(kept.n_refused, 0);
		assert_int_equal(kept.n_begun, 1);
		assert_is_good();
	}
	world_end(&world);
}

/* What is refused leaves nothing behind: the roster before it has been kept, it has not. */
static void keeps_nothing_that_is_refused(void **state)
{
	struct letter_rings *rings;

	(void)state;
	memset(&kept, 0, sizeof kept);
	world_begin(&world);
	world.rosters[BIRCH].record.roots[0][0] ^= 1;
	assert_int_equal(try_open(&rings, true), UNDERSIGN_E_INVALID);
	assert_int_equal(kept.n, 1);
	world_end(&world);
}

/* An element that came first as a raw key has that key's point in the table, which may be another
 * of its class; its commitment's form is that of decoding all the same. */
static void writes_what_decoding_gives(void **state)
{
	enum { N = 16 };
	static _Alignas(64) uint8_t memory[65536];
	uint8_t sources[N][POINT_BYTES], keys[N][POINT_BYTES], decoded[N][POINT_DECODED_BYTES];
	struct entry raw[N], commitments[N];
	uint32_t members[2][N];
	struct affine out[N], points[N];
	struct problem problem;
	struct universe universe;
	struct list list;
	size_t n_other = 0;

	(void)state;
	assert_true(universe_memory_len(N) <= sizeof memory);
	universe_new(&universe, N, memory, sizeof memory);
	for (uint32_t i = 0; i < N; i++) {
		struct point point;

		sample_source(keys[i], ROSTER_RAW_KEY, 0, i);
		assert_int_equal(ed25519_key_to_point_vartime(&point, keys[i]), UNDERSIGN_OK);
		point_encode(sources[i], &point);
		raw[i] = (struct entry){ENTRY_RAW_KEY, keys[i], {NULL, 0}};
		commitments[i] = (struct entry){ENTRY_COMMITMENT, sources[i], {NULL, 0}};
	}
	list_begin(&list, &universe, members[0], N);
	assert_int_equal(list_append(&list, raw, N, &problem), UNDERSIGN_OK);
	list_begin(&list, &universe, members[1], N);
	assert_int_equal(list_append(&list, commitments, N, &problem), UNDERSIGN_OK);
	assert_int_equal(universe.n, N);
	list_write_decoded(decoded[0], &list, 0, N);
	assert_int_equal(points_recall_vartime(out, sources[0], decoded[0], N), N);
	/* That there was something to tell apart. */
	for (size_t i = 0; i < N; i++) {
		points_write_decoded(decoded[0], &universe.points[i], 1);
		n_other += points_recall_vartime(points, sources[i], decoded[0], 1) == 0;
	}
	assert_true(n_other > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_written_once),
		cmocka_unit_test(replaces_what_has_another_length),
		cmocka_unit_test(replaces_what_was_changed),
		cmocka_unit_test(replaces_other_representatives),
		cmocka_unit_test(adds_what_is_missing),
		cmocka_unit_test(keeps_nothing_that_is_refused),
		cmocka_unit_test(writes_what_decoding_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

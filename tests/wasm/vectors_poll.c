/* Calls for the tests alone: tests/vectors/poll.json, as vectors.c has proof.json. One poll at a
 * time. */
#include "heap.h"
#include "wasm.h"

#include "answer.h"
#include "count.h"
#include "share.h"
#include "sums.h"

#include "ct.h"
#include "memory.h"

/* Opens a key and a poll: names, keys, deals and acceptances of n trustees, one list after the
 * other; the shape as triples. Writes the ceremony, Y and the key's ID. */
WASM_EXPORT("vectors_poll")
bool vectors_poll(uint8_t *out, uint32_t threshold, const struct bytes *files, uint32_t n,
		  struct bytes shape, const uint8_t *scope);
WASM_EXPORT("vectors_answer")
bool vectors_answer(const uint8_t *ring, const uint8_t *tag, struct bytes answer);
/* Sums of answers, one of each option. */
WASM_EXPORT("vectors_sums")
bool vectors_sums(uint8_t *out, const struct bytes *answers, uint32_t n);
WASM_EXPORT("vectors_share")
bool vectors_share(uint32_t trustee, const uint8_t *sums, struct bytes share);
/* The counts that the shares of `threshold` trustees open; max is the most there can be. */
WASM_EXPORT("vectors_counts")
bool vectors_counts(uint32_t *out, const unsigned *trustees, const struct bytes *shares,
		    const uint8_t *sums, uint32_t max);

static struct ceremony ceremony;
static struct trustees trustees;
static struct shape shape;
static struct answer_poll poll;

bool vectors_poll(uint8_t *out, uint32_t threshold, const struct bytes *files, uint32_t n,
		  struct bytes triples, const uint8_t *scope)
{
	const uint8_t *keys[TRUSTEES_MAX], *accepts[TRUSTEES_MAX];
	struct problem problem;

	CHECK(n <= TRUSTEES_MAX && triples.len <= 3 * SHAPE_QUESTIONS_MAX);
	for (uint32_t i = 0; i < n; i++) {
		keys[i] = files[n + i].data;
		accepts[i] = files[3 * n + i].data;
	}
	if (ceremony_new(&ceremony, threshold, files, keys, n, &problem) != UNDERSIGN_OK ||
	    trustees_new(&trustees, &ceremony, files + 2 * n, accepts, &problem) != UNDERSIGN_OK)
		return false;
	shape.n_questions = (uint8_t)(triples.len / 3);
	for (size_t q = 0; q < shape.n_questions; q++)
		shape.questions[q] = (struct shape_question){
			triples.data[3 * q], triples.data[3 * q + 1], triples.data[3 * q + 2]};
	poll = (struct answer_poll){&trustees.key, &shape, scope};
	memcpy(out, ceremony.id, HASH_BYTES);
	memcpy(out + HASH_BYTES, trustees.key.encoded, POINT_BYTES);
	memcpy(out + HASH_BYTES + POINT_BYTES, trustees.key.id, HASH_BYTES);
	return shape_is_valid(&shape);
}

/* One by one and in a batch: both must say the same. */
bool vectors_answer(const uint8_t *ring, const uint8_t *tag, struct bytes answer)
{
	const struct answer_item item = {ring, tag, answer};
	const size_t len = answer_batch_scratch_len(&shape, 1);
	void *scratch = heap_take(len);
	bool verdict;

	CHECK(scratch);
	const bool alone = answer_is_valid_vartime(&poll, &item);
	const bool batch =
		answer_batch_is_valid_vartime(&verdict, &poll, &item, 1, NULL, scratch, len);
	CHECK(batch == verdict && alone == verdict);
	return alone;
}

bool vectors_sums(uint8_t *out, const struct bytes *answers, uint32_t n)
{
	const size_t n_options = shape_n_options(&shape);
	struct sums_cell cells[SHAPE_ALL_MAX];

	sums_begin(cells, n_options);
	for (uint32_t k = 0; k < n; k++)
		if (sums_add_vartime(cells, answers[k].data, n_options) != UNDERSIGN_OK)
			return false;
	sums_encode(out, cells, n_options);
	return true;
}

static struct share_poll about(const uint8_t *sums)
{
	return (struct share_poll){&trustees, poll.scope, sums, shape_n_options(&shape)};
}

bool vectors_share(uint32_t trustee, const uint8_t *sums, struct bytes share)
{
	const struct share_poll of = about(sums);
	uint8_t scratch[POINT_BYTES * SHAPE_ALL_MAX];

	return share_is_valid_vartime(&of, trustee, share, scratch);
}

bool vectors_counts(uint32_t *out, const unsigned *numbers, const struct bytes *shares,
		    const uint8_t *sums, uint32_t max)
{
	const struct share_poll of = about(sums);
	const size_t len = count_table_len(max);
	struct point opened[SHAPE_ALL_MAX];
	struct count_table table;
	uint64_t count;
	void *memory = heap_take(len);

	CHECK(memory);
	if (share_combine_vartime(opened, &of, numbers, shares) != UNDERSIGN_OK)
		return false;
	count_table_new(&table, max, memory, len);
	for (size_t k = 0; k < of.n_sums; k++) {
		if (count_find_vartime(&count, &table, &opened[k]) != UNDERSIGN_OK)
			return false;
		out[k] = (uint32_t)count;
	}
	return true;
}

/* What comes from outside of a poll, as bytes (protocol 14): answers, deals, decryption shares. The
 * batch and the definition say the same of every answer. */
#include "fuzz.h"

#include "answer.h"
#include "share.h"

#include <stdlib.h>

enum { TRUSTEES = 2 };

/* A key by hand: 5 G, of two trustees with shares of f = 5 + 7 X. */
static void make_trustees(struct trustees *out)
{
	struct scalar scalar;
	struct point point;

	*out = (struct trustees){.threshold = 2, .n = TRUSTEES};
	scalar_from_u64(&scalar, 5);
	point_mul_base(&point, &scalar);
	affine_from_point(&out->key.y, &point);
	point_encode(out->key.encoded, &point);
	for (unsigned j = 1; j <= TRUSTEES; j++) {
		scalar_from_u64(&scalar, 5 + 7 * j);
		point_mul_base(&point, &scalar);
		affine_from_point(&out->verifiers[j - 1], &point);
	}
}

static void try_answer(const struct trustees *trustees, struct bytes input)
{
	static const struct shape shape = {1, {{2, 1, 1}}};
	static const uint8_t scope[SCOPE_BYTES], ring[HASH_BYTES], tag[POINT_BYTES];
	const struct answer_poll poll = {&trustees->key, &shape, scope};
	const struct answer_item item = {ring, tag, input};
	const size_t len = answer_batch_scratch_len(&shape, 1);
	void *scratch = aligned_alloc(64, (len + 63) / 64 * 64);
	bool verdict;

	if (!scratch)
		abort();
	const bool is_valid = answer_is_valid_vartime(&poll, &item);
	CHECK(answer_batch_is_valid_vartime(&verdict, &poll, &item, 1, NULL, scratch, len) ==
	      is_valid);
	CHECK(verdict == is_valid);
	free(scratch);
}

/* What is claimed to be two sums, then a share of them. */
static void try_share(const struct trustees *trustees, struct bytes input)
{
	static const uint8_t scope[SCOPE_BYTES];
	uint8_t scratch[2 * POINT_BYTES];

	if (input.len < 2 * CIPHERTEXT_BYTES)
		return;
	const struct share_poll poll = {trustees, scope, input.data, 2};
	(void)share_is_valid_vartime(
		&poll, 1, bytes_part(input, 2 * CIPHERTEXT_BYTES, input.len - 2 * CIPHERTEXT_BYTES),
		scratch);
}

/* Keys are taken as they come: no discrete logarithm of them is known, so no deal is valid but by
 * its own proof. */
static void try_deal(const struct trustees *trustees, struct bytes input)
{
	struct ceremony ceremony = {.threshold = 2, .n = TRUSTEES};
	uint8_t complaint[TRUSTEE_COMPLAINT_BYTES] = {0};

	for (unsigned i = 0; i < TRUSTEES; i++) {
		struct point point;

		point_from_affine(&point, &trustees->verifiers[i]);
		point_encode(ceremony.keys[i], &point);
	}
	if (!trustee_deal_is_valid_vartime(&ceremony, 1, input))
		return;
	(void)trustee_complaint_judge_vartime(&ceremony, input, 1, 2, complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trustees trustees;
	struct bytes input = bytes_from(data, size);
	struct cursor cursor = cursor_new(input);
	const uint8_t what = cursor_u8(&cursor);

	make_trustees(&trustees);
	switch (what & 3) {
	case 0:
		try_answer(&trustees, cursor.rest);
		break;
	case 1:
		try_share(&trustees, cursor.rest);
		break;
	default:
		try_deal(&trustees, cursor.rest);
	}
	return 0;
}

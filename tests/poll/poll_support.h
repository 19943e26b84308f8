/* What the tests of polls share: trustees whose secrets are known, a poll, answers to it. */
#ifndef UNDERSIGNED_TEST_POLL_SUPPORT_H
#define UNDERSIGNED_TEST_POLL_SUPPORT_H

#include "support.h"

#include "answer.h"
#include "answer_with.h"
#include "count.h"
#include "shape.h"
#include "share.h"
#include "sums.h"
#include "trustees.h"

/* A key made by all three steps of 14.2. */
struct test_trustees {
	unsigned threshold, n;
	struct bytes names[TRUSTEES_MAX];
	struct scalar secrets[TRUSTEES_MAX];
	uint8_t keys[TRUSTEES_MAX][TRUSTEE_KEY_BYTES];
	const uint8_t *key_at[TRUSTEES_MAX];
	struct ceremony ceremony;
	uint8_t dealt[TRUSTEES_MAX][TRUSTEE_DEAL_MAX];
	struct bytes deals[TRUSTEES_MAX];
	struct scalar shares[TRUSTEES_MAX];
	uint8_t accepts[TRUSTEES_MAX][TRUSTEE_ACCEPT_BYTES];
	const uint8_t *accept_at[TRUSTEES_MAX];
	struct trustees trustees;
};
void test_trustees_new(struct test_trustees *out, unsigned threshold, unsigned n);

/* A deal by hand, with a proof that holds: of the polynomial f and of tau; 1 too much is in it for
 * the trustee wrong_for, if that is not 0. */
void test_deal_with(uint8_t *out, const struct ceremony *ceremony, unsigned i,
		    const struct scalar *f, const struct scalar *tau, unsigned wrong_for);

/* A poll with its key and scope; the shape is copied. */
struct test_poll {
	struct shape shape;
	struct scope scope;
	struct answer_poll poll;
};
void test_poll_new(struct test_poll *out, const struct test_trustees *trustees,
		   const struct shape *shape, const char *manifest);
/* One question, exactly one of four. */
extern const struct shape test_one_of_four;

/* An answer in a ring of its own name, with a random tag. */
struct test_answer {
	uint8_t choices[SHAPE_ALL_MAX];
	uint8_t ring_id[HASH_BYTES], tag[POINT_BYTES];
	struct answer_secret secret;
	uint8_t data[ANSWER_LEN_MAX];
	struct answer_item item;
};
/* Allowed choices at random, then test_answer_make. */
void test_answer_new(struct test_answer *out, const struct test_poll *poll);
/* With the choices that stand in *out already. */
void test_answer_make(struct test_answer *out, const struct test_poll *poll);
bool test_answer_is_valid(const struct test_answer *answer, const struct test_poll *poll);
/* The batch's verdict about one, which must be that of the definition. */
bool test_answer_both(const struct answer_poll *poll, const struct answer_item *item);
/* Randomness for hedges. */
extern struct opening test_opening;
void poll_support_begin(const char *program);

#endif

/* Signatures at the edges (attack C-13): after the descriptions of Wycheproof's test vectors for
 * EdDSA, ECDSA and RSA PKCS #1 v1.5, made with keys and messages of each run. Of every family the
 * verdict is known from how the case was made. Controls: every good signature, of every key, and
 * good ones at the edge, are taken. */
#ifndef UNDERSIGNED_TEST_EDGES_H
#define UNDERSIGNED_TEST_EDGES_H

#include "bytes.h"

#include "testing.h"

static struct test_random random_state;
static unsigned n_cases;

static inline void expect(bool is_taken, bool is_good, const char *family, unsigned number)
{
	n_cases++;
	if (is_taken != is_good)
		fail_msg("%s, case %u: %s", family, number, is_taken ? "taken" : "refused");
}

static inline struct bytes random_message(uint8_t out[static 64])
{
	test_random_fill(&random_state, out, 64);
	return bytes_from(out, 1 + test_random_below(&random_state, 63));
}

#endif

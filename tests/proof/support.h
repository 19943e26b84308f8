/* What the tests of proofs share: seeded randomness, rings whose secrets are known, the vectors'
 * tape. Everything is deterministic in UNDERSIGN_SEED. */
#ifndef UNDERSIGNED_TEST_PROOF_SUPPORT_H
#define UNDERSIGNED_TEST_PROOF_SUPPORT_H

#include "nonce.h"
#include "opening.h"
#include "protocol.h"
#include "ring.h"
#include "scope.h"
#include "verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above. */
#include <cmocka.h>

extern struct generators generators;

/* Reads UNDERSIGN_SEED and UNDERSIGN_BACKEND, prints the seed, makes the generators. Call first in
 * main. Ends the program with 77, skipped, if the machine has no such backend. */
void support_begin(const char *program);
/* Whether UNDERSIGN_FULL=1 asks for the full length. */
bool support_is_full(void);

extern const struct random_source support_random;
uint64_t support_u64(void);
/* Below limit. */
uint64_t support_below(uint64_t limit);
struct scalar support_scalar(void);

/* Aborts when there is no memory; aligned to 64; freed by free. */
void *support_memory(size_t len);

/* A ring of its own universe whose members' openings are known. */
struct test_ring {
	size_t n;
	struct opening *openings;
	uint8_t (*sources)[POINT_BYTES];
	struct entry *entries;
	void *memory;
	uint32_t *members;
	struct universe universe;
	struct list list;
	struct snapshot at;
	struct ring ring;
};
/* n members of kind (a) in the organisation. */
void test_ring_new(struct test_ring *out, size_t n, const char *org);
/* From given entries; the openings are the caller's to fill in, or not. */
void test_ring_from_entries(struct test_ring *out, const struct entry *entries, size_t n,
			    const char *org);
/* n entries of which only number i has an opening that is known: quick for large n. */
void test_ring_new_large(struct test_ring *out, size_t n, size_t i, const char *org);
void test_ring_free(struct test_ring *ring);

/* A proof by member i, which must succeed; malloc'ed. */
struct bytes test_sign(const struct ring *ring, const struct scope *scope, struct bytes message,
		       const struct opening *opening);
/* As test_sign, with the nonces given. */
struct bytes test_sign_with(const struct ring *ring, const struct scope *scope,
			    struct bytes message, const struct opening *opening,
			    const struct nonce_source *nonces);
bool test_is_valid(const struct ring *ring, const struct scope *scope, struct bytes message,
		   struct bytes proof);
bool test_is_valid_under(const struct generators *used, const struct ring *ring,
			 const struct scope *scope, struct bytes message, struct bytes proof);

/* The vectors' tape: the k-th scalar is SHA-512("test tape" || u64le(k)) mod l, from start + 1. */
struct tape {
	uint64_t k;
};
struct nonce_source tape_nonces(struct tape *tape);
/* Nonces from support_random, unhedged. */
extern const struct nonce_source support_nonces;

/* Points from scalars and back to bytes, for attacks. */
struct point test_mul(const struct scalar *scalar, const struct point *point);
struct point test_base_mul(const struct scalar *scalar);
struct point test_decode(const uint8_t *encoding);
void test_encode(uint8_t *out, const struct point *point);
struct scalar test_scalar_decode(const uint8_t *encoding);
struct scalar test_u64(uint64_t value);
struct scalar test_product(struct scalar a, struct scalar b);
struct scalar test_sum(struct scalar a, struct scalar b);
struct scalar test_difference(struct scalar a, struct scalar b);
struct point test_point_sum(struct point a, struct point b);
struct point test_from_affine(const struct affine *affine);
struct affine test_affine(struct point point);

#endif

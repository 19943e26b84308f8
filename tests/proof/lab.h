/* A prover and a verifier that follow protocol 6 literally, one term after the other, with every
 * choice open: selectors that select nothing, nonces of any kind, checks left out. Attacks are made
 * with it, and the weakened variants that they break. Also an independent check of the real
 * verifier, with which it shares group and hash only. */
#ifndef UNDERSIGNED_TEST_PROOF_LAB_H
#define UNDERSIGNED_TEST_PROOF_LAB_H

#include "layout.h"
#include "support.h"

#define LAB_ELEMENTS_MAX 64 /* N' */

struct lab {
	const struct generators *generators;
	const struct ring *ring;
	const struct scope *scope;
	struct bytes message;
	struct digits digits;
	size_t n_padded; /* N' */
	struct point elements[LAB_ELEMENTS_MAX];

	/* What the prover chooses. */
	struct scalar sigma[PROOF_DIGITS][PROOF_RADIX];
	struct scalar a[PROOF_DIGITS][PROOF_RADIX];
	struct scalar r_a, r_b, rho[PROOF_DIGITS], kappa[TAG_DIMENSION];
	struct opening opening; /* of the sum that the selectors select */
	uint8_t tag[POINT_BYTES];
};

/* Elements with the protocol's padding, random nonces, selectors zero, tag that of the opening. */
void lab_begin(struct lab *lab, const struct ring *ring, const struct scope *scope,
	       struct bytes message, const struct opening *opening);
/* Selects index k < N', padding or not. */
void lab_select(struct lab *lab, size_t k);

/* The first message into a proof of proof_len(N) bytes: T, A, B, X, Y. */
void lab_commit(const struct lab *lab, uint8_t *proof);
/* The responses to a challenge. */
void lab_respond(const struct lab *lab, uint8_t *proof, const struct scalar *x);
/* The coefficients of prod_d (sigma_{d,k_d} x + a_{d,k_d}). */
void lab_polynomial(const struct lab *lab, size_t k, struct scalar out[PROOF_DIGITS + 1]);
/* Both, with the protocol's challenge; malloc'ed. */
struct bytes lab_prove(const struct lab *lab);

/* Weaknesses of lab_verify. */
enum lab_weakness {
	LAB_SOUND = 0,
	LAB_WITHOUT_E1 = 1,
	LAB_WITHOUT_PADDING = 2, /* the padding terms are left out of the sum */
	LAB_WITHOUT_TAG_CHECK = 4
};
bool lab_verify(unsigned weaknesses, const struct generators *used, const struct ring *ring,
		const struct scope *scope, struct bytes message, struct bytes proof);
/* E1 + E2 + E3, left minus right, weights 1: what a batch without random weights would add up. */
struct point lab_residual(const struct ring *ring, const struct scope *scope, struct bytes message,
			  struct bytes proof);
/* phi_k of given responses. */
struct scalar lab_phi(const struct layout_scalars *in, size_t k);

/* Access to parts of a proof. */
uint8_t *lab_point_at(struct bytes proof, unsigned index);
uint8_t *lab_scalar_at(struct bytes proof, const struct digits *digits, unsigned index);
unsigned lab_n_f(const struct digits *digits);
/* scalar += delta; point += delta * base, in place. */
void lab_add_scalar(uint8_t *at, struct scalar delta);
void lab_add_point(uint8_t *at, struct scalar delta, const struct affine *base);
struct bytes lab_copy(struct bytes bytes);

#endif

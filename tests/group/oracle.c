/* Compiled twice: as it stands for the group as it is used, and with the flags of the oracle. */
#include "oracle.h"
#include "batch.h"
#include "ed25519.h"
#include "field.h"

#include <string.h>

#ifdef UNDERSIGNED_FIELD_25
#define ORACLE(name) oracle25_##name
#else
#define ORACLE(name) oracle51_##name
#endif

static void compute_field(uint8_t *out, enum operation operation, const uint8_t *a,
			  const uint8_t *b)
{
	uint64_t verdict = 0;
	struct fe x, y, z;

	fe_decode(&x, a);
	fe_decode(&y, b);
	if (operation == FIELD_ADD)
		fe_add(&z, &x, &y);
	else if (operation == FIELD_SUB)
		fe_sub(&z, &x, &y);
	else if (operation == FIELD_MUL)
		fe_mul(&z, &x, &y);
	else if (operation == FIELD_SQ)
		fe_sq(&z, &x);
	else if (operation == FIELD_INVERT)
		fe_invert(&z, &x);
	else
		verdict = fe_sqrt_ratio(&z, &x, &y);
	fe_encode(out, &z);
	out[0] ^= (uint8_t)verdict;
}

static void compute_scalar(uint8_t *out, enum operation operation, const uint8_t *a,
			   const uint8_t *b)
{
	struct scalar_accumulator sum = {{0}};
	uint8_t wide[64];
	struct scalar x, y;

	memcpy(wide, a, 32);
	memcpy(wide + 32, b, 32);
	scalar_reduce(&x, a);
	scalar_reduce(&y, b);
	if (operation == SCALAR_ADD) {
		scalar_add(&x, &x, &y);
	} else if (operation == SCALAR_SUB) {
		scalar_sub(&x, &x, &y);
	} else if (operation == SCALAR_MUL) {
		scalar_mul(&x, &x, &y);
	} else if (operation == SCALAR_REDUCE_WIDE) {
		scalar_reduce_wide(&x, wide);
	} else if (operation == SCALAR_INVERT) {
		scalar_invert(&x, &x);
	} else {
		for (int i = 0; i < 100; i++) {
			scalar_accumulate(&sum, &x, &y);
			scalar_accumulate(&sum, &x, &x);
		}
		scalar_accumulator_reduce(&x, &sum);
	}
	scalar_encode(out, &x);
}

void ORACLE(compute)(uint8_t out[static 32], enum operation operation, const uint8_t a[static 32],
		     const uint8_t b[static 32])
{
	uint8_t wide[64];
	struct scalar x;
	struct point p;

	if (operation <= FIELD_SQRT_RATIO) {
		compute_field(out, operation, a, b);
		return;
	}
	if (operation <= SCALAR_ACCUMULATE) {
		compute_scalar(out, operation, a, b);
		return;
	}
	memcpy(wide, operation == POINT_MUL ? b : a, 32);
	memcpy(wide + 32, b, 32);
	scalar_reduce(&x, a);
	if (operation == POINT_DECODE) {
		if (point_decode_vartime(&p, a) != UNDERSIGN_OK) {
			memset(out, 0xff, 32);
			return;
		}
	} else if (operation == POINT_UNIFORM) {
		point_from_uniform(&p, wide);
	} else if (operation == POINT_HASH) {
		point_hash_vartime(&p, bytes_from(a, 32), bytes_from(b, 32));
	} else if (operation == POINT_MUL) {
		point_from_uniform(&p, wide);
		point_mul(&p, &x, &p);
	} else if (operation == POINT_MUL_BASE) {
		point_mul_base(&p, &x);
	} else {
		ed25519_seed_to_key(out, a);
		return;
	}
	point_encode(out, &p);
}

void ORACLE(msm)(uint8_t out[static 32], const uint8_t *scalars, const uint8_t *points, size_t n)
{
	static struct affine decoded[512];
	static struct scalar reduced[512];
	_Alignas(64) static uint8_t scratch[512 * 1600];
	struct point sum;

	CHECK(n <= 512 && msm_scratch_len(n) <= sizeof scratch);
	CHECK(points_decode_vartime(decoded, points, n) == n);
	for (size_t i = 0; i < n; i++)
		scalar_reduce(&reduced[i], scalars + 32 * i);
	msm_vartime(&sum, reduced, decoded, n, scratch, sizeof scratch);
	point_encode(out, &sum);
}

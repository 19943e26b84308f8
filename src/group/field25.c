#include "field.h"

#if !UNDERSIGNED_HAS_WIDE

void fe_decode(struct fe *out, const uint8_t in[static 32])
{
	uint64_t bits = 0;
	int n_bits = 0, next = 0;

	for (int i = 0; i < 10; i++) {
		/* The last limb takes 25 of the 26 bits that are left. */
		for (; n_bits < FE_BITS(i) && next < 32; n_bits += 8)
			bits |= (uint64_t)in[next++] << n_bits;
		out->limb[i] = (uint32_t)bits & FE_MASK(i);
		bits >>= FE_BITS(i);
		n_bits -= FE_BITS(i);
	}
}

void fe_encode(uint8_t out[static 32], const struct fe *a)
{
	struct fe t;
	uint32_t *const r = t.limb;
	uint32_t quotient = 19;
	uint64_t bits = 0;
	int n_bits = 0, next = 0;

	/* Magnitude 1 is below 2 p, so that the quotient by p is 0 or 1: the carry out of a + 19.
	 */
	fe_carry(&t, a);
	for (int i = 0; i < 10; i++)
		quotient = (r[i] + quotient) >> FE_BITS(i);
	r[0] += 19 * quotient;
	for (int i = 0; i < 9; i++) {
		r[i + 1] += r[i] >> FE_BITS(i);
		r[i] &= FE_MASK(i);
	}
	r[9] &= FE_MASK25;
	for (int i = 0; i < 10; i++) {
		bits |= (uint64_t)r[i] << n_bits;
		for (n_bits += FE_BITS(i); n_bits >= 8; n_bits -= 8) {
			out[next++] = (uint8_t)bits;
			bits >>= 8;
		}
	}
	out[31] = (uint8_t)bits;
}

#endif

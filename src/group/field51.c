#include "field.h"

#if UNDERSIGNED_HAS_WIDE

static uint64_t load_u64le(const uint8_t *in)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | in[i];
	return value;
}

static void store_u64le(uint8_t *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

void fe_decode(struct fe *out, const uint8_t in[static 32])
{
	const uint64_t w0 = load_u64le(in), w1 = load_u64le(in + 8), w2 = load_u64le(in + 16),
		       w3 = load_u64le(in + 24) & (UINT64_MAX >> 1);

	*out = (struct fe)FE_FROM_WORDS(w0, w1, w2, w3);
}

void fe_encode(uint8_t out[static 32], const struct fe *a)
{
	struct fe t;
	uint64_t *const r = t.limb;
	uint64_t quotient;

	/* Magnitude 1 is below 2 p, so that the quotient by p is 0 or 1: the carry out of a + 19.
	 */
	fe_carry(&t, a);
	quotient = 19;
	for (int i = 0; i < 5; i++)
		quotient = (r[i] + quotient) >> 51;
	r[0] += 19 * quotient;
	for (int i = 0; i < 4; i++) {
		r[i + 1] += r[i] >> 51;
		r[i] &= FE_MASK51;
	}
	r[4] &= FE_MASK51;
	store_u64le(out, r[0] | r[1] << 51);
	store_u64le(out + 8, r[1] >> 13 | r[2] << 38);
	store_u64le(out + 16, r[2] >> 26 | r[3] << 25);
	store_u64le(out + 24, r[3] >> 39 | r[4] << 12);
}

#endif

/* How the multiscalar multiplications cut scalars into signed digits: steps 1 and 2 of
 * msm_template.h, which explains them. */
#ifndef UNDERSIGNED_MSM_RECODE_H
#define UNDERSIGNED_MSM_RECODE_H

#include "scalar.h"

#define MSM_SCALAR_BITS 252
#define MSM_NEGATIVE    (UINT64_C(1) << 63)

static const struct scalar msm_order = {
	{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}};
static const struct scalar msm_half_order = {
	{0x2c09318d2e7ae9f6, 0x0a6f7cef517bce6b, 0, 0x0800000000000000}};

static inline unsigned msm_n_windows(unsigned window)
{
	unsigned n = 0;

	while (n * window < MSM_SCALAR_BITS)
		n++;
	return n;
}

/* out = a + b or a - b, four limbs, without a carry out. */
static inline void msm_limbs_add(uint64_t *out, const uint64_t *a, const uint64_t *b)
{
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t sum = a[i] + b[i], with_carry = sum + carry;

		carry = (uint64_t)(sum < a[i]) | (uint64_t)(with_carry < sum);
		out[i] = with_carry;
	}
}

/* True if there is a borrow: a < b. */
static inline bool msm_limbs_sub(uint64_t *out, const uint64_t *a, const uint64_t *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t less = a[i] - b[i], with_borrow = less - borrow;

		borrow = (uint64_t)(a[i] < b[i]) | (uint64_t)(less < borrow);
		out[i] = with_borrow;
	}
	return borrow;
}

/* Steps 1 and 2; the sign becomes the highest bit. */
static inline void msm_recode_vartime(struct scalar *out, const struct scalar *in, size_t n,
				      unsigned window, unsigned n_windows)
{
	struct scalar offset = scalar_zero, unused;

	for (unsigned i = 0; i + 1 < n_windows; i++) {
		const unsigned at = i * window + window - 1;

		offset.limb[at / 64] |= UINT64_C(1) << at % 64;
	}
	for (size_t i = 0; i < n; i++) {
		const bool is_negative =
			msm_limbs_sub(unused.limb, msm_half_order.limb, in[i].limb);

		out[i] = in[i];
		if (is_negative)
			msm_limbs_sub(out[i].limb, msm_order.limb, in[i].limb);
		msm_limbs_add(out[i].limb, out[i].limb, offset.limb);
		out[i].limb[3] |= is_negative ? MSM_NEGATIVE : 0;
	}
}

/* Where a window lies in the recoded scalars. */
struct msm_cut {
	unsigned limb, shift, next, bits;
	int32_t offset;
};

static inline struct msm_cut msm_window_cut(unsigned number, unsigned window, unsigned n_windows)
{
	const unsigned at = number * window;
	const bool is_top = number + 1 == n_windows;

	return (struct msm_cut){
		.limb = at / 64,
		.shift = at % 64,
		.next = at / 64 < 3 ? at / 64 + 1 : 3,
		/* The top window takes what is left below the sign. */
		.bits = is_top ? 255 - at : window,
		.offset = is_top ? 0 : (int32_t)1 << (window - 1),
	};
}

#endif

/* Products modulo l, eight at a time: five limbs of 52 bits, which the multiply-add instructions
 * take whole. The reduction is that of scalar.c: with l = 2^252 + c, x = x_0 + 2^252 x_1,
 * c x_1 = y_0 + 2^252 y_1 and z = c y_1, x = x_0 - y_0 + z modulo l.
 *
 * x < l^2 < 2^505, so x_1 < 2^253; c < 2^125, so c x_1 < 2^378 and y_1 < 2^126; z < 2^251. A column
 * of a product is the sum of at most ten halves below 2^52. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "field_ifma.h"

#define BITS 52
#define MASK ((UINT64_C(1) << BITS) - 1)
/* Bits of 2^252 in the fifth limb. */
#define TOP_BITS 44
#define TOP_MASK ((UINT64_C(1) << TOP_BITS) - 1)

/* c and l */
static const uint64_t excess[3] = {0x2631a5cf5d3ed, 0xdea2f79cd6581, 0x14def9};
static const uint64_t order[5] = {0x2631a5cf5d3ed, 0xdea2f79cd6581, 0x14def9, 0,
				  UINT64_C(1) << TOP_BITS};

/* out (n_a + n_b limbs) = a * b, whose limbs are below 2^52. */
ALWAYS_INLINE void limbs_mul(__m512i *out, const __m512i *a, const int n_a, const __m512i *b,
			     const int n_b)
{
	const __m512i mask = lanes_all(MASK);
	__m512i carry = _mm512_setzero_si512();

	for (int k = 0; k < n_a + n_b; k++)
		out[k] = _mm512_setzero_si512();
	for (int i = 0; i < n_a; i++)
		for (int j = 0; j < n_b; j++) {
			out[i + j] = _mm512_madd52lo_epu64(out[i + j], a[i], b[j]);
			out[i + j + 1] = _mm512_madd52hi_epu64(out[i + j + 1], a[i], b[j]);
		}
	for (int k = 0; k < n_a + n_b; k++) {
		const __m512i sum = _mm512_add_epi64(out[k], carry);

		out[k] = _mm512_and_si512(sum, mask);
		carry = _mm512_srli_epi64(sum, BITS);
	}
}

/* out (n limbs) = in >> 252, and in mod 2^252 remains. */
ALWAYS_INLINE void limbs_split(__m512i *out, const int n, __m512i *in)
{
	const __m512i mask = lanes_all(MASK);

	for (int i = 0; i < n; i++)
		out[i] = _mm512_and_si512(
			_mm512_or_si512(_mm512_srli_epi64(in[4 + i], TOP_BITS),
					_mm512_slli_epi64(in[5 + i], BITS - TOP_BITS)),
			mask);
	in[4] = _mm512_and_si512(in[4], lanes_all(TOP_MASK));
}

/* Signed limbs become non-negative, but for the last. */
ALWAYS_INLINE void limbs_carry(__m512i limb[static 5])
{
	const __m512i mask = lanes_all(MASK);

	for (int i = 0; i < 4; i++) {
		limb[i + 1] = _mm512_add_epi64(limb[i + 1], _mm512_srai_epi64(limb[i], BITS));
		limb[i] = _mm512_and_si512(limb[i], mask);
	}
}

/* a -= l unless that is negative. */
ALWAYS_INLINE void limbs_sub_order(__m512i a[static 5])
{
	__m512i less[5], is_negative;

	for (int i = 0; i < 5; i++)
		less[i] = _mm512_sub_epi64(a[i], lanes_all(order[i]));
	limbs_carry(less);
	is_negative = _mm512_srai_epi64(less[4], 63);
	for (int i = 0; i < 5; i++)
		a[i] = _mm512_or_si512(_mm512_and_si512(is_negative, a[i]),
				       _mm512_andnot_si512(is_negative, less[i]));
}

ALWAYS_INLINE void limbs_load(__m512i limb[static 5], const uint64_t *const row[static LANES])
{
	const __m512i mask = lanes_all(MASK);
	__m512i word[4];

	lanes_load_words(word, row, 0);
	limb[0] = _mm512_and_si512(word[0], mask);
	for (int i = 1; i < 4; i++)
		limb[i] = _mm512_and_si512(
			_mm512_or_si512(_mm512_srli_epi64(word[i - 1], 64 - 12 * (unsigned)i),
					_mm512_slli_epi64(word[i], 12 * (unsigned)i)),
			mask);
	limb[4] = _mm512_srli_epi64(word[3], 16);
}

ALWAYS_INLINE void limbs_store(uint64_t *const row[static LANES], const __m512i limb[static 5])
{
	__m512i word[4];

	for (int i = 0; i < 4; i++)
		word[i] = _mm512_or_si512(_mm512_srli_epi64(limb[i], 12 * (unsigned)i),
					  _mm512_slli_epi64(limb[i + 1], BITS - 12 * (unsigned)i));
	lanes_store_words(row, 0, word);
}

ALWAYS_INLINE void multiply(__m512i out[static 5], const __m512i a[static 5],
			    const __m512i b[static 5])
{
	const __m512i c[3] = {lanes_all(excess[0]), lanes_all(excess[1]), lanes_all(excess[2])};
	__m512i x[10], x1[5], y[8], y1[3], z[6];

	limbs_mul(x, a, 5, b, 5);
	limbs_split(x1, 5, x);
	limbs_mul(y, x1, 5, c, 3);
	limbs_split(y1, 3, y);
	limbs_mul(z, y1, 3, c, 3);
	/* x_0 - y_0 + z + l is positive and below 3 l. */
	for (int i = 0; i < 5; i++)
		out[i] = _mm512_add_epi64(_mm512_sub_epi64(x[i], y[i]),
					  _mm512_add_epi64(z[i], lanes_all(order[i])));
	limbs_carry(out);
	limbs_sub_order(out);
	limbs_sub_order(out);
}

void scalars_ifma_multiply(struct scalar *out, size_t out_step, const struct scalar *a,
			   size_t a_step, const struct scalar *b, size_t b_step, size_t n)
{
	const uint8_t *const from_a = (const void *)a, *const from_b = (const void *)b;
	uint8_t *const to = (void *)out;
	__m512i x[5], y[5];
	struct scalar unused;

	for (size_t first = 0; first < n; first += LANES) {
		const uint64_t *rows_a[LANES], *rows_b[LANES];
		uint64_t *rows[LANES];

		/* Lanes without a product do the first one again. */
		for (size_t i = 0; i < LANES; i++) {
			const bool is_used = first + i < n;
			const size_t at = is_used ? first + i : first;

			rows_a[i] = (const void *)(from_a + at * a_step);
			rows_b[i] = (const void *)(from_b + at * b_step);
			rows[i] = is_used ? (void *)(to + at * out_step) : unused.limb;
		}
		limbs_load(x, rows_a);
		limbs_load(y, rows_b);
		multiply(x, x, y);
		limbs_store(rows, x);
	}
}

#endif

/* The matrix product with AVX-512 IFMA: eight products of 52 bits added in one instruction. */
#include "matrix_backend.h"

#include <stddef.h>
#include <stdint.h>

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

/* gcc's header would include the C library's for its allocation functions. */
#define _MM_MALLOC_H_INCLUDED
#include <immintrin.h>

#define LANES        8
#define TILE_ROWS    6
#define TILE_VECTORS 4

struct lanes {
	__m512i v;
};

static inline struct lanes lanes_load_u32(const uint32_t *in)
{
	return (struct lanes){
		_mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)in))};
}

static inline void lanes_store_u32(uint32_t *out, struct lanes a)
{
	_mm256_storeu_si256((__m256i *)(void *)out, _mm512_cvtepi64_epi32(a.v));
}

static inline struct lanes lanes_load(const uint64_t *in)
{
	return (struct lanes){_mm512_loadu_si512(in)};
}

static inline void lanes_store(uint64_t *out, struct lanes a)
{
	_mm512_storeu_si512(out, a.v);
}

static inline struct lanes lanes_all(uint64_t value)
{
	return (struct lanes){_mm512_set1_epi64((long long)value)};
}

static inline struct lanes lanes_mul_add(struct lanes sum, struct lanes a, struct lanes b)
{
	return (struct lanes){_mm512_madd52lo_epu64(sum.v, a.v, b.v)};
}

static inline struct lanes lanes_shift_down(struct lanes a, unsigned n_bits)
{
	return (struct lanes){_mm512_srli_epi64(a.v, n_bits)};
}

static inline struct lanes lanes_low(struct lanes a, unsigned n_bits)
{
	return (struct lanes){_mm512_and_si512(a.v, _mm512_set1_epi64((1LL << n_bits) - 1))};
}

#include "matrix_template.h"

void matrix_ifma_prepare(void *prepared, const struct scalar *columns, size_t n_columns,
			 size_t n_terms)
{
	matrix_template_prepare(prepared, columns, n_columns, n_terms);
}

void matrix_ifma_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
			  const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
			  size_t scratch_len)
{
	matrix_template_multiply(out, rows, n_rows, prepared, n_columns, n_terms, scratch,
				 scratch_len);
}

#endif

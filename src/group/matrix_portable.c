/* The matrix product with what every machine has: products of 32 by 32 bits; two at a time with
 * SSE2, which every x86-64 has. */
#include "matrix_backend.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__) && !defined(UNDERSIGNED_FIELD_25)

/* gcc's header would include the C library's for its allocation functions. */
#define _MM_MALLOC_H_INCLUDED
#include <emmintrin.h>

#define LANES        2
#define TILE_ROWS    2
#define TILE_VECTORS 4

struct lanes {
	__m128i v;
};

/* The upper halves are noise, which the multiplication does not read. */
static inline struct lanes lanes_load_u32(const uint32_t *in)
{
	const __m128i both = _mm_loadl_epi64((const __m128i *)(const void *)in);

	return (struct lanes){_mm_unpacklo_epi32(both, both)};
}

static inline void lanes_store_u32(uint32_t *out, struct lanes a)
{
	_mm_storel_epi64((__m128i *)(void *)out, _mm_shuffle_epi32(a.v, 0x88));
}

static inline struct lanes lanes_load(const uint64_t *in)
{
	return (struct lanes){_mm_loadu_si128((const __m128i *)(const void *)in)};
}

static inline void lanes_store(uint64_t *out, struct lanes a)
{
	_mm_storeu_si128((__m128i *)(void *)out, a.v);
}

static inline struct lanes lanes_all(uint64_t value)
{
	return (struct lanes){_mm_set1_epi64x((long long)value)};
}

static inline struct lanes lanes_mul_add(struct lanes sum, struct lanes a, struct lanes b)
{
	return (struct lanes){_mm_add_epi64(sum.v, _mm_mul_epu32(a.v, b.v))};
}

static inline struct lanes lanes_shift_down(struct lanes a, int n_bits)
{
	return (struct lanes){_mm_srli_epi64(a.v, n_bits)};
}

static inline struct lanes lanes_low(struct lanes a, int n_bits)
{
	return (struct lanes){
		_mm_and_si128(a.v, _mm_set1_epi64x((long long)((UINT64_C(1) << n_bits) - 1)))};
}

#else

#define LANES        1
#define TILE_ROWS    2
#define TILE_VECTORS 4

struct lanes {
	uint64_t v;
};

static inline struct lanes lanes_load_u32(const uint32_t *in)
{
	return (struct lanes){*in};
}

static inline void lanes_store_u32(uint32_t *out, struct lanes a)
{
	*out = (uint32_t)a.v;
}

static inline struct lanes lanes_load(const uint64_t *in)
{
	return (struct lanes){*in};
}

static inline void lanes_store(uint64_t *out, struct lanes a)
{
	*out = a.v;
}

static inline struct lanes lanes_all(uint64_t value)
{
	return (struct lanes){value};
}

/* The narrow operands let a 32-bit machine multiply once. */
static inline struct lanes lanes_mul_add(struct lanes sum, struct lanes a, struct lanes b)
{
	return (struct lanes){sum.v + (uint64_t)(uint32_t)a.v * (uint32_t)b.v};
}

static inline struct lanes lanes_shift_down(struct lanes a, int n_bits)
{
	return (struct lanes){a.v >> n_bits};
}

static inline struct lanes lanes_low(struct lanes a, int n_bits)
{
	return (struct lanes){a.v & ((UINT64_C(1) << n_bits) - 1)};
}

#endif

#include "matrix_template.h"

size_t matrix_prepared_len(size_t n_columns, size_t n_terms)
{
	const size_t width = matrix_block_columns(n_columns);

	return (n_columns + width - 1) / width * width * n_terms * N_MODULI * sizeof(uint32_t);
}

size_t matrix_multiply_scratch_len(size_t n_terms)
{
	return matrix_backend_scratch_len(n_terms);
}

void matrix_portable_prepare(void *prepared, const struct scalar *columns, size_t n_columns,
			     size_t n_terms)
{
	matrix_template_prepare(prepared, columns, n_columns, n_terms);
}

void matrix_portable_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
			      const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
			      size_t scratch_len)
{
	matrix_template_multiply(out, rows, n_rows, prepared, n_columns, n_terms, scratch,
				 scratch_len);
}

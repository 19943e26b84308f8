/* What the backends' matrix products share: sizes and the layout of prepared columns. Internal to
 * this folder. */
#ifndef UNDERSIGNED_MATRIX_BACKEND_H
#define UNDERSIGNED_MATRIX_BACKEND_H

#include "batch.h"

#define N_MODULI  20
#define LIMB_BITS 26
#define N_LIMBS   10 /* of a scalar */

#define BLOCK_COLUMNS_MAX 32

struct matrix_scratch {
	uint64_t sums[N_MODULI][MATRIX_ROWS][BLOCK_COLUMNS_MAX];
};

/* Columns stand in blocks of so many; the last one is filled up with zeros. */
static inline size_t matrix_block_columns(size_t n_columns)
{
	return n_columns > 16 ? BLOCK_COLUMNS_MAX : n_columns > 8 ? 16 : 8;
}

/* What matrix_multiply_scratch_len says: sums of one pass, residues of its rows. */
static inline size_t matrix_backend_scratch_len(size_t n_terms)
{
	return sizeof(struct matrix_scratch) + n_terms * N_MODULI * MATRIX_ROWS * sizeof(uint64_t);
}

void matrix_portable_prepare(void *prepared, const struct scalar *columns, size_t n_columns,
			     size_t n_terms);
void matrix_portable_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
			      const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
			      size_t scratch_len);
/* Requires a processor with AVX-512 F and IFMA. */
void matrix_ifma_prepare(void *prepared, const struct scalar *columns, size_t n_columns,
			 size_t n_terms);
void matrix_ifma_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
			  const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
			  size_t scratch_len);

#endif

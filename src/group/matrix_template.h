/* The matrix product modulo l (protocol 6.4) in a residue number system, for a vector type that the
 * including file defines:
 *
 *     struct lanes, LANES            LANES unsigned integers below 2^64
 *     lanes_load_u32, lanes_store_u32, lanes_load, lanes_store     from and to consecutive ones
 *     lanes_all(value)               the same in every lane
 *     lanes_mul_add(sum, a, b)       sum + a b, where a < 2^32, b < 2^32, a b < 2^52
 *     lanes_shift_down(a, n_bits), lanes_low(a, n_bits)
 *     TILE_ROWS (divides MATRIX_ROWS), TILE_VECTORS (of a column block)
 *
 * A scalar becomes 20 residues below 2^26 (they need not be below their modulus); up to 4096
 * products of 52 bits fit 64, and their sums are below the product of all moduli: the result is
 * exact. Then, with s_j the sums and M the product of the moduli m_j,
 *
 *     x_j = s_j / (M/m_j) mod m_j,   X = sum x_j (M/m_j) - a M,   a = floor(sum x_j / m_j),
 *
 * all in integers: the fraction of sum x_j/m_j is X/M < 1 - 2^-9, and what the truncated
 * reciprocals lose is below 2^-20, so adding 2^-10 before the floor makes it exact.
 *
 * 1. Columns once for all: residues in blocks of up to 32 columns, each [modulus][term][column].
 * 2. Rows in passes of MATRIX_ROWS: residues [modulus][term][row].
 * 3. For each pass and block and modulus tiles of sums in registers. 4. Back to scalars.
 *
 * No branch and no address depends on the values. */
#ifndef UNDERSIGNED_MATRIX_TEMPLATE_H
#define UNDERSIGNED_MATRIX_TEMPLATE_H

#include "batch.h"
#include "ct.h"
#include "matrix_backend.h"
#include "residues_table.h"

#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

static inline struct lanes lanes_fold(struct lanes a, struct lanes gap)
{
	return lanes_mul_add(lanes_low(a, LIMB_BITS), lanes_shift_down(a, LIMB_BITS), gap);
}

/* The residues below 2^26 of LANES scalars, of which n are given and the others zero. */
static void matrix_residues(struct lanes out[static N_MODULI], const struct scalar *in, size_t n)
{
	uint64_t limbs[N_LIMBS][LANES] = {{0}};

	for (size_t at = 0; at < n; at++)
		for (unsigned i = 0; i < N_LIMBS; i++) {
			const unsigned bit = LIMB_BITS * i, word = bit >> 6, skip = bit & 63;
			uint64_t value = in[at].limb[word] >> skip;

			if (skip > 64 - LIMB_BITS && word < 3)
				value |= in[at].limb[word + 1] << (64 - skip);
			limbs[i][at] = value & LIMB_MASK;
		}
	for (unsigned j = 0; j < N_MODULI; j++) {
		const struct lanes gap = lanes_all(moduli_gap[j]);
		struct lanes sum = lanes_load(limbs[0]);

		/* 10 products: below 2^55.4, 2^38.5, 2^26.1 and 2^26. */
		for (unsigned i = 1; i < N_LIMBS; i++)
			sum = lanes_mul_add(sum, lanes_load(limbs[i]),
					    lanes_all(moduli_power[j][i]));
		for (unsigned fold = 0; fold < 3; fold++)
			sum = lanes_fold(sum, gap);
		out[j] = sum;
	}
	wipe(limbs, sizeof limbs);
}

static void matrix_template_prepare(void *prepared, const struct scalar *columns, size_t n_columns,
				    size_t n_terms)
{
	const size_t width = matrix_block_columns(n_columns);
	struct lanes residues[N_MODULI];
	uint32_t *block = prepared;

	for (size_t first = 0; first < n_columns;
	     first += width, block += N_MODULI * n_terms * width)
		for (size_t t = 0; t < n_terms; t++)
			for (size_t c = 0; c < width; c += LANES) {
				const size_t at = first + c;
				const size_t left = at < n_columns ? n_columns - at : 0;

				matrix_residues(residues, columns + t * n_columns + (left ? at : 0),
						left < LANES ? left : LANES);
				for (unsigned j = 0; j < N_MODULI; j++)
					lanes_store_u32(block + (j * n_terms + t) * width + c,
							residues[j]);
			}
	wipe(residues, sizeof residues);
}

/* out[r][c] = sum over t of rows[t][r] columns[t][c] for one tile */
static inline __attribute__((always_inline)) void matrix_tile(uint64_t *out, const uint64_t *rows,
							      const uint32_t *columns,
							      size_t n_terms, size_t width,
							      const unsigned n_vectors)
{
	struct lanes sums[TILE_ROWS][TILE_VECTORS];

	for (unsigned r = 0; r < TILE_ROWS; r++)
		for (unsigned v = 0; v < n_vectors; v++)
			sums[r][v] = lanes_all(0);
	for (size_t t = 0; t < n_terms; t++) {
		struct lanes b[TILE_VECTORS];

		for (unsigned v = 0; v < n_vectors; v++)
			b[v] = lanes_load_u32(columns + t * width + LANES * v);
		for (unsigned r = 0; r < TILE_ROWS; r++) {
			const struct lanes a = lanes_all(rows[t * MATRIX_ROWS + r]);

			for (unsigned v = 0; v < n_vectors; v++)
				sums[r][v] = lanes_mul_add(sums[r][v], a, b[v]);
		}
	}
	for (unsigned r = 0; r < TILE_ROWS; r++)
		for (unsigned v = 0; v < n_vectors; v++)
			lanes_store(out + r * BLOCK_COLUMNS_MAX + LANES * v, sums[r][v]);
}

/* All sums of one modulus for n_rows rows and one block of columns. */
static void matrix_block(uint64_t *out, const uint64_t *rows, size_t n_rows,
			 const uint32_t *columns, size_t n_terms, size_t width)
{
	for (size_t r = 0; r < n_rows; r += TILE_ROWS) {
		uint64_t *const to = out + r * BLOCK_COLUMNS_MAX;
		size_t c = 0;

		for (; c + TILE_VECTORS * LANES <= width; c += TILE_VECTORS * LANES)
			matrix_tile(to + c, rows + r, columns + c, n_terms, width, TILE_VECTORS);
		for (; c < width; c += LANES)
			matrix_tile(to + c, rows + r, columns + c, n_terms, width, 1);
	}
}

/* LANES scalars from their sums, sums[j * step] of modulus j. */
static void matrix_from_sums(struct scalar *out, size_t n, const uint64_t *sums, size_t step)
{
	const struct lanes half = lanes_all(UINT64_C(1) << 41);
	struct lanes columns[N_LIMBS], quotient = half;
	uint64_t limbs[N_LIMBS][LANES];

	for (unsigned i = 0; i < N_LIMBS; i++)
		columns[i] = lanes_all(0);
	for (unsigned j = 0; j < N_MODULI; j++) {
		const struct lanes gap = lanes_all(moduli_gap[j]);
		struct lanes x = lanes_load(sums + j * step);

		/* 2^32 = 2^6 gap: below 2^47.1, 2^30.2, 2^26.1 and 2^26, and after the product
		 * 2^52, 2^35, 2^26.1, 2^26. */
		x = lanes_mul_add(lanes_low(x, 32), lanes_shift_down(x, 32),
				  lanes_all((uint64_t)moduli_gap[j] << 6));
		for (unsigned fold = 0; fold < 3; fold++)
			x = lanes_fold(x, gap);
		x = lanes_mul_add(lanes_all(0), x, lanes_all(moduli_inverse[j]));
		for (unsigned fold = 0; fold < 3; fold++)
			x = lanes_fold(x, gap);
		quotient = lanes_mul_add(quotient, x, lanes_all(moduli_reciprocal[j]));
		for (unsigned i = 0; i < N_LIMBS; i++)
			columns[i] = lanes_mul_add(columns[i], x, lanes_all(moduli_cofactor[j][i]));
	}
	quotient = lanes_shift_down(quotient, 51);
	for (unsigned i = 0; i < N_LIMBS; i++)
		lanes_store(limbs[i], lanes_mul_add(columns[i], quotient,
						    lanes_all(moduli_product_negative[i])));
	for (size_t at = 0; at < n; at++) {
		/* c of l = 2^252 + c in digits of 32 bits */
		static const uint64_t c[4] = {0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de};
		static const uint64_t order[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0,
						  0x1000000000000000};
		uint64_t low[4] = {0}, product[4] = {0}, high, carry = 0, borrow = 0, mask;

		/* The value is below 20 (2^26 + 1) l < 2^283, so what is above 2^252 is below 2^31.
		 */
		for (unsigned i = 0; i < N_LIMBS; i++) {
			const unsigned bit = LIMB_BITS * i, word = bit >> 6, skip = bit & 63;
			uint64_t limb;

			carry += limbs[i][at];
			limb = i + 1 < N_LIMBS ? carry & LIMB_MASK
					       : carry & ((UINT64_C(1) << 18) - 1);
			low[word] |= limb << skip;
			if (skip > 64 - LIMB_BITS && word < 3)
				low[word + 1] |= limb >> (64 - skip);
			if (i + 1 < N_LIMBS)
				carry >>= LIMB_BITS;
		}
		/* 2^252 = -c */
		high = carry >> 18;
		carry = 0;
		for (unsigned i = 0; i < 4; i++) {
			carry += high * c[i];
			product[i >> 1] |= (carry & 0xffffffff) << (i & 1 ? 32 : 0);
			carry >>= 32;
		}
		product[2] = carry;
		for (unsigned i = 0; i < 4; i++) {
			const uint64_t difference = low[i] - product[i];
			const uint64_t under = low[i] < product[i];

			low[i] = difference - borrow;
			borrow = under | (difference < borrow);
		}
		mask = 0 - borrow;
		carry = 0;
		for (unsigned i = 0; i < 4; i++) {
			const uint64_t sum = low[i] + (order[i] & mask);
			const uint64_t over = sum < low[i];

			out[at].limb[i] = sum + carry;
			carry = over | (out[at].limb[i] < carry);
		}
	}
}

static void matrix_template_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
				     const void *prepared, size_t n_columns, size_t n_terms,
				     void *scratch, size_t scratch_len)
{
	const size_t width = matrix_block_columns(n_columns);
	const size_t n_used = (n_rows + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
	struct matrix_scratch *const own = scratch;
	uint64_t *const left = (uint64_t *)(own + 1);
	const uint32_t *block = prepared;
	struct lanes residues[N_MODULI];

	CHECK(n_terms >= 1 && n_terms <= MATRIX_TERMS_MAX && n_rows <= MATRIX_ROWS);
	CHECK(scratch_len >= matrix_backend_scratch_len(n_terms));
	for (size_t t = 0; t < n_terms; t++)
		for (size_t r = 0; r < MATRIX_ROWS; r += LANES) {
			const size_t given = r < n_rows ? n_rows - r : 0;

			matrix_residues(residues, rows + t * n_rows + (given ? r : 0),
					given < LANES ? given : LANES);
			for (unsigned j = 0; j < N_MODULI; j++)
				lanes_store(left + (j * n_terms + t) * MATRIX_ROWS + r,
					    residues[j]);
		}
	for (size_t first = 0; first < n_columns; first += width) {
		for (unsigned j = 0; j < N_MODULI; j++, block += n_terms * width)
			matrix_block(&own->sums[j][0][0], left + j * n_terms * MATRIX_ROWS, n_used,
				     block, n_terms, width);
		for (size_t r = 0; r < n_rows; r++)
			for (size_t c = 0; c < width && first + c < n_columns; c += LANES) {
				const size_t here = n_columns - first - c;

				matrix_from_sums(out + r * n_columns + first + c,
						 here < LANES ? here : LANES, &own->sums[0][r][c],
						 (size_t)MATRIX_ROWS * BLOCK_COLUMNS_MAX);
			}
	}
}

#endif

/* The large operations, dispatched once per call to the chosen backend (doc/architecture.md,
 * "Backends"). Scratch comes from the caller, aligned to 64 bytes. */
#ifndef UNDERSIGNED_BATCH_H
#define UNDERSIGNED_BATCH_H

#include "point.h"

/* Sum of scalars[i] * points[i]. Public data. Straus for few points, Pippenger for many; the time
 * does not grow with the choice of scalars. n may be 0 (the identity).
 * Requires: scratch_len >= msm_scratch_len(n). */
size_t msm_scratch_len(size_t n);
void msm_vartime(struct point *out, const struct scalar *scalars, const struct affine *points,
		 size_t n, void *scratch, size_t scratch_len);

/* Strictly decodes n encodings of POINT_BYTES each (RFC 9496). Public data.
 * Returns the number of leading encodings that are good: n if all are; then out[0..n-1] hold. */
UNDERSIGN_MUST_CHECK size_t points_decode_vartime(struct affine *out, const uint8_t *in, size_t n);
/* The decoded form of an encoding, to be kept beside it: x, then y, 32 bytes each, canonical. */
#define POINT_DECODED_BYTES 64
void points_write_decoded(uint8_t *decoded, const struct affine *in, size_t n);
/* Decodes n encodings of which decoded claims the outcomes. Nothing is believed: each is checked
 * against its encoding with nine products in place of an exponentiation, and taken if and only if
 * points_decode_vartime has the same outcome (doc/field-bounds.md). Public data.
 * Returns the number of leading ones that are right: n if all are; then out[0..n-1] hold. */
UNDERSIGN_MUST_CHECK size_t points_recall_vartime(struct affine *out, const uint8_t *in,
						  const uint8_t *decoded, size_t n);
/* The canonical encodings of n points with Z = 1, POINT_BYTES each. Constant time. */
void points_encode(uint8_t *out, const struct affine *in, size_t n);

/* As point_combine: the sum of scalars[i] * points[i] for few secret scalars.
 * Requires: 1 <= n <= POINT_COMBINE_MAX. */
void points_combine(struct point *out, const struct scalar *scalars, const struct point *points,
		    size_t n);

/* The prover's contraction (protocol 6.2) of up to three digits d of radix n_d, for any number of
 * units: for the cells W_k of each, k = sum over d of k_d times the radices before,
 *
 *     sum over k of prod over d of (sigma_{d,k_d} x + a_{d,k_d}) W_k,   sigma_{d,c} = [c = i_d],
 *
 * a polynomial in x. It is prepared once for all units, by a function that all backends share. */
#define CONTRACTION_DIGITS 3
#define CONTRACTION_RADIX  4
#define CONTRACTION_CELLS  64
#define CONTRACTION_TERMS  4  /* of a table */
#define CONTRACTION_TABLES 17 /* 27 and 27 and 9 terms */
#define CONTRACTION_BITS   253

/* What it is to the backends; secret, but for the counts and places. */
struct contraction {
	unsigned n_digits, radix[CONTRACTION_DIGITS];
	size_t n_cells, n_tables;
	uint64_t digit[CONTRACTION_DIGITS]; /* i_d */
	/* Terms of degree g are those of the tables from first_table[g] up to that of g + 1. */
	size_t first_table[CONTRACTION_DIGITS + 1];
	struct contraction_table {
		unsigned n_terms, place[CONTRACTION_TERMS];
		/* For each bit: whether the first term counts negatively, and above that for each
		 * other one whether it does not as the first. */
		uint8_t signs[CONTRACTION_BITS];
	} tables[CONTRACTION_TABLES];
};

/* Constant time in digit and a; the caller wipes *out.
 * Requires: 1 <= n_digits <= 3; 2 <= radix[d] <= 4; digit[d] < radix[d]; a[d][0] = - sum of the
 * other a[d][c], c < radix[d]. */
void contraction_new(struct contraction *out, unsigned n_digits, const unsigned *radix,
		     const uint64_t *digit, const struct scalar (*a)[CONTRACTION_RADIX]);
/* in has by->n_cells of each unit, out takes by->n_digits + 1 coefficients of each, from that of
 * degree 0 on. Constant time in the points and in all that is secret in *by.
 * Requires: out does not alias in; scratch_len >= contraction_scratch_len(). */
size_t contraction_scratch_len(void);
void points_contract_each(struct point *out, const struct point *in, size_t n_units,
			  const struct contraction *by, void *scratch, size_t scratch_len);

/* b32 (protocol 10.2: the first 32 bytes of SHA-512) of n messages of len bytes each, that stand
 * one after the other; out has B32_BYTES for each. Constant time, but for public data only: nothing
 * is wiped. Requires: out does not alias in; len <= B32_EACH_MAX, what one block of SHA-512 holds.
 */
#define B32_BYTES    32
#define B32_EACH_MAX 111
void b32_each(uint8_t *out, const uint8_t *in, size_t n, size_t len);

/* out[i] = a[i] b[i] modulo l for n products. Elements of each stand step bytes apart, which is a
 * multiple of 8; 0 is one for all. Constant time in the values.
 * Requires: out is a or b, step by step, or apart from both. */
void scalars_multiply(struct scalar *out, size_t out_step, const struct scalar *a, size_t a_step,
		      const struct scalar *b, size_t b_step, size_t n);

/* The matrix product modulo l (protocol 6.4), for MATRIX_ROWS rows at a time:
 * out[r * n_columns + c] = sum over t of rows[t * n_rows + r] * columns[t * n_columns + c].
 * The columns are prepared once for any number of calls. Constant time in the values.
 * Requires: 1 <= n_terms <= MATRIX_TERMS_MAX, 1 <= n_rows <= MATRIX_ROWS; prepared has
 * matrix_prepared_len bytes, scratch matrix_multiply_scratch_len, both aligned to 64; the backend
 * that prepared the columns is the one that multiplies. */
#define MATRIX_ROWS      24
#define MATRIX_TERMS_MAX 4096
size_t matrix_prepared_len(size_t n_columns, size_t n_terms);
void matrix_prepare(void *prepared, const struct scalar *columns, size_t n_columns, size_t n_terms);
size_t matrix_multiply_scratch_len(size_t n_terms);
void matrix_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
		     const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
		     size_t scratch_len);

#endif

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

/* The prover's contraction step (protocol 6.2): for each group g < n_groups,
 * out[g] = sum over c < n_terms of scalars[c] * in[g * n_terms + c].
 * Constant time in scalars and points; the scalars run over all groups.
 * Requires: 1 <= n_terms <= 4; out does not alias in; scratch_len >= combine_scratch_len(). */
size_t combine_scratch_len(void);
void points_combine_each(struct point *out, const struct point *in, size_t n_groups,
			 const struct scalar *scalars, size_t n_terms, void *scratch,
			 size_t scratch_len);

/* b32 (protocol 10.2: the first 32 bytes of SHA-512) of n messages of len bytes each, that stand
 * one after the other; out has B32_BYTES for each. Constant time, but for public data only: nothing
 * is wiped. Requires: out does not alias in; len <= B32_EACH_MAX, what one block of SHA-512 holds.
 */
#define B32_BYTES    32
#define B32_EACH_MAX 111
void b32_each(uint8_t *out, const uint8_t *in, size_t n, size_t len);

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

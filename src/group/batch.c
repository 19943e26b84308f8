#include "batch.h"

#include "backend.h"

size_t msm_scratch_len(size_t n)
{
	return backend_current()->msm_scratch_len(n);
}

void msm_vartime(struct point *out, const struct scalar *scalars, const struct affine *points,
		 size_t n, void *scratch, size_t scratch_len)
{
	backend_current()->msm_vartime(out, scalars, points, n, scratch, scratch_len);
}

size_t points_decode_vartime(struct affine *out, const uint8_t *in, size_t n)
{
	return backend_current()->points_decode_vartime(out, in, n);
}

size_t points_recall_vartime(struct affine *out, const uint8_t *in, const uint8_t *decoded,
			     size_t n)
{
	return backend_current()->points_recall_vartime(out, in, decoded, n);
}

void points_write_decoded(uint8_t *decoded, const struct affine *in, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct point point;

		point_from_affine(&point, &in[i]);
		fe_encode(decoded + POINT_DECODED_BYTES * i, &point.x);
		fe_encode(decoded + POINT_DECODED_BYTES * i + FE_BYTES, &point.y);
	}
}

void points_encode(uint8_t *out, const struct affine *in, size_t n)
{
	backend_current()->points_encode(out, in, n);
}

void points_combine(struct point *out, const struct scalar *scalars, const struct point *points,
		    size_t n)
{
	backend_current()->points_combine(out, scalars, points, n);
}

size_t contraction_scratch_len(void)
{
	return backend_current()->contraction_scratch_len();
}

void points_contract_each(struct point *out, const struct point *in, size_t n_units,
			  const struct contraction *by, void *scratch, size_t scratch_len)
{
	backend_current()->points_contract_each(out, in, n_units, by, scratch, scratch_len);
}

void scalars_multiply(struct scalar *out, size_t out_step, const struct scalar *a, size_t a_step,
		      const struct scalar *b, size_t b_step, size_t n)
{
	backend_current()->scalars_multiply(out, out_step, a, a_step, b, b_step, n);
}

void matrix_prepare(void *prepared, const struct scalar *columns, size_t n_columns, size_t n_terms)
{
	backend_current()->matrix_prepare(prepared, columns, n_columns, n_terms);
}

void matrix_multiply(struct scalar *out, const struct scalar *rows, size_t n_rows,
		     const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
		     size_t scratch_len)
{
	backend_current()->matrix_multiply(out, rows, n_rows, prepared, n_columns, n_terms, scratch,
					   scratch_len);
}

void b32_each(uint8_t *out, const uint8_t *in, size_t n, size_t len)
{
	CHECK(len <= B32_EACH_MAX);
	backend_current()->b32_each(out, in, n, len);
}

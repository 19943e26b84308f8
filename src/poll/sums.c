#include "sums.h"

#include "batch.h"

void sums_begin(struct sums_cell *cells, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		point_identity(&cells[k].r);
		point_identity(&cells[k].s);
	}
}

enum undersign_status sums_add_vartime(struct sums_cell *cells, const uint8_t *ciphertexts,
				       size_t n)
{
	struct affine points[2 * SHAPE_ALL_MAX];

	CHECK(n <= SHAPE_ALL_MAX);
	if (points_decode_vartime(points, ciphertexts, 2 * n) != 2 * n)
		return UNDERSIGN_E_ENCODING;
	for (size_t k = 0; k < n; k++) {
		struct point r, s;

		point_from_affine(&r, &points[2 * k]);
		point_from_affine(&s, &points[2 * k + 1]);
		point_add(&cells[k].r, &cells[k].r, &r);
		point_add(&cells[k].s, &cells[k].s, &s);
	}
	return UNDERSIGN_OK;
}

void sums_encode(uint8_t *out, const struct sums_cell *cells, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		point_encode(out + CIPHERTEXT_BYTES * k, &cells[k].r);
		point_encode(out + CIPHERTEXT_BYTES * k + POINT_BYTES, &cells[k].s);
	}
}

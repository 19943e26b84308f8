#include "layout.h"

#include "transcript.h"

#include "batch.h"

void layout_challenge(struct scalar *out, const struct ring *ring, const struct scope *scope,
		      struct bytes message, const uint8_t *proof)
{
	struct digits digits = digits_of_ring(ring->n);
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "sign");
	transcript_u8(&transcript, "base", PROOF_RADIX);
	transcript_u8(&transcript, "k", TAG_DIMENSION);
	transcript_item(&transcript, "ring", bytes_from(ring->id, HASH_BYTES));
	transcript_u64(&transcript, "N", ring->n);
	transcript_item(&transcript, "scope", bytes_from(scope->bytes, SCOPE_BYTES));
	transcript_item(&transcript, "msg", message);
	transcript_point(&transcript, "T", proof + POINT_BYTES * LAYOUT_T);
	transcript_point(&transcript, "A", proof + POINT_BYTES * LAYOUT_A);
	transcript_point(&transcript, "B", proof + POINT_BYTES * LAYOUT_B);
	for (unsigned d = 0; d < digits.n_digits; d++)
		transcript_point(&transcript, "X", proof + POINT_BYTES * (LAYOUT_X + d));
	transcript_point(&transcript, "Y", proof + POINT_BYTES * layout_y(&digits));
	transcript_challenge(out, &transcript);
}

void layout_powers(struct scalar *x, const struct scalar *challenge, unsigned n_digits)
{
	x[0] = scalar_one;
	for (unsigned e = 1; e <= n_digits; e++)
		scalar_mul(&x[e], &x[e - 1], challenge);
}

static bool take_scalar(struct scalar *out, struct cursor *cursor)
{
	struct bytes encoding = cursor_take(cursor, SCALAR_BYTES);

	return encoding.len == SCALAR_BYTES && scalar_decode(out, encoding.data) == UNDERSIGN_OK;
}

bool layout_decode_vartime(struct layout_scalars *out, struct affine *points,
			   const struct proof_item *item)
{
	size_t n_points, len = proof_len(item->ring->n);
	struct cursor cursor;
	struct scalar challenge;

	if (len == 0 || item->proof.len != len)
		return false;
	out->digits = digits_of_ring(item->ring->n);
	n_points = layout_n_points(&out->digits);
	/* Scalars first: they cost less to refuse. */
	cursor = cursor_new(
		bytes_part(item->proof, POINT_BYTES * n_points, len - POINT_BYTES * n_points));
	for (unsigned d = 0; d < out->digits.n_digits; d++)
		for (unsigned c = 1; c < digits_radix(&out->digits, d); c++)
			if (!take_scalar(&out->f[d][c], &cursor))
				return false;
	if (!take_scalar(&out->z_a, &cursor))
		return false;
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		if (!take_scalar(&out->z[j], &cursor))
			return false;
	if (!take_scalar(&out->z_r, &cursor) || !cursor_is_at_end(&cursor))
		return false;
	if (points_decode_vartime(points, item->proof.data, n_points) != n_points ||
	    affine_is_identity_vartime(&points[LAYOUT_T]))
		return false;
	layout_challenge(&challenge, item->ring, item->scope, item->message, item->proof.data);
	if (scalar_is_zero(&challenge))
		return false;
	layout_powers(out->x, &challenge, out->digits.n_digits);
	for (unsigned d = 0; d < out->digits.n_digits; d++) {
		out->f[d][0] = challenge;
		for (unsigned c = 1; c < digits_radix(&out->digits, d); c++)
			scalar_sub(&out->f[d][0], &out->f[d][0], &out->f[d][c]);
	}
	return true;
}

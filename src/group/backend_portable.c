#include "backend.h"
#include "contract_backend.h"
#include "edwards.h"
#include "matrix_backend.h"
#include "memory.h"
#include "ristretto.h"
#include "sha2.h"

struct msm_bucket {
	struct point sum;
};

static inline void msm_bucket_clear(struct msm_bucket *bucket)
{
	point_identity(&bucket->sum);
}

static inline void msm_bucket_prefetch(const struct msm_bucket *bucket)
{
	__builtin_prefetch(bucket, 1);
	__builtin_prefetch((const uint8_t *)bucket + 64, 1);
	__builtin_prefetch((const uint8_t *)bucket + 128, 1);
}

/* The sign is as good as random: it chooses operands, a branch would be mispredicted. */
static inline void msm_bucket_add_vartime(struct msm_bucket *bucket, const struct affine *b,
					  bool negative)
{
	struct point *const a = &bucket->sum;
	const struct fe *const with_e = negative ? &b->y_plus_x : &b->y_minus_x;
	const struct fe *const with_h = negative ? &b->y_minus_x : &b->y_plus_x;
	struct fe e, fg[2], h, c, d;

	fe_sub(&e, &a->y, &a->x);
	fe_mul(&e, &e, with_e);
	fe_add(&h, &a->y, &a->x);
	fe_mul(&h, &h, with_h);
	fe_mul(&c, &a->t, &b->xy2d);
	fe_add(&d, &a->z, &a->z);
	fe_sub(&fg[negative], &d, &c);
	fe_add(&fg[!negative], &d, &c);
	fe_add(&d, &h, &e);
	fe_sub(&e, &h, &e);
	edwards_finish(a, &e, &fg[0], &fg[1], &d, true);
}

static inline bool msm_bucket_is_empty_vartime(const struct msm_bucket *bucket)
{
	static const struct fe zero;

	return memcmp(&bucket->sum.x, &zero, sizeof zero) == 0;
}

static inline void msm_bucket_read(struct point *out, const struct msm_bucket *bucket)
{
	*out = bucket->sum;
}

#include "msm_template.h"

static bool portable_is_supported(void)
{
	return true;
}

/* Z = 1 */
static void affine_from_decoded(struct affine *out, const struct point *a)
{
	struct fe other;

	fe_add(&other, &a->y, &a->x);
	fe_carry(&out->y_plus_x, &other);
	fe_sub(&other, &a->y, &a->x);
	fe_carry(&out->y_minus_x, &other);
	fe_mul(&out->xy2d, &a->t, &fe_2d);
}

static size_t portable_points_decode_vartime(struct affine *out, const uint8_t *in, size_t n)
{
	struct ristretto_decoding decodings[FE_LANES];
	struct fe ones[FE_LANES], radicands[FE_LANES], roots[FE_LANES];
	uint64_t was_square[FE_LANES];
	struct point point;

	for (size_t i = 0; i < FE_LANES; i++)
		fe_one(&ones[i]);
	for (size_t at = 0; at < n; at += FE_LANES) {
		const size_t n_lanes = n - at < FE_LANES ? n - at : FE_LANES;

		for (size_t i = 0; i < FE_LANES; i++)
			ristretto_decode_begin(&decodings[i], &radicands[i],
					       in + POINT_BYTES * (at + (i < n_lanes ? i : 0)));
		fe_sqrt_ratio_lanes(roots, was_square, ones, radicands);
		for (size_t i = 0; i < n_lanes; i++) {
			if (!ristretto_decode_end(&point, &decodings[i], &roots[i], was_square[i]))
				return at + i;
			affine_from_decoded(&out[at + i], &point);
		}
	}
	return n;
}

static size_t portable_points_recall_vartime(struct affine *out, const uint8_t *in,
					     const uint8_t *decoded, size_t n)
{
	struct point point;

	for (size_t i = 0; i < n; i++) {
		if (!ristretto_recall(&point, in + POINT_BYTES * i,
				      decoded + POINT_DECODED_BYTES * i))
			return i;
		affine_from_decoded(&out[i], &point);
	}
	return n;
}

static void portable_points_encode(uint8_t *out, const struct affine *in, size_t n)
{
	struct ristretto_encoding encodings[FE_LANES];
	struct fe ones[FE_LANES], radicands[FE_LANES], roots[FE_LANES];
	uint64_t was_square[FE_LANES];
	struct point points[FE_LANES];

	for (size_t i = 0; i < FE_LANES; i++)
		fe_one(&ones[i]);
	for (size_t at = 0; at < n; at += FE_LANES) {
		const size_t n_lanes = n - at < FE_LANES ? n - at : FE_LANES;

		for (size_t i = 0; i < FE_LANES; i++) {
			point_from_affine(&points[i], &in[at + (i < n_lanes ? i : 0)]);
			ristretto_encode_begin(&encodings[i], &radicands[i], &points[i]);
		}
		fe_sqrt_ratio_lanes(roots, was_square, ones, radicands);
		for (size_t i = 0; i < n_lanes; i++)
			ristretto_encode_end(out + POINT_BYTES * (at + i), &encodings[i],
					     &points[i], &roots[i]);
	}
	wipe(points, sizeof points);
	wipe(encodings, sizeof encodings);
	wipe(radicands, sizeof radicands);
	wipe(roots, sizeof roots);
}

static void portable_b32_each(uint8_t *out, const uint8_t *in, size_t n, size_t len)
{
	uint8_t digest[SHA512_BYTES];

	for (size_t i = 0; i < n; i++) {
		sha512(digest, bytes_from(in + i * len, len));
		memcpy(out + i * B32_BYTES, digest, B32_BYTES);
	}
}

static void portable_scalars_multiply(struct scalar *out, size_t out_step, const struct scalar *a,
				      size_t a_step, const struct scalar *b, size_t b_step,
				      size_t n)
{
	const uint8_t *from_a = (const void *)a, *from_b = (const void *)b;
	uint8_t *to = (void *)out;

	for (size_t i = 0; i < n; i++, to += out_step, from_a += a_step, from_b += b_step)
		scalar_mul((void *)to, (const void *)from_a, (const void *)from_b);
}

const struct backend backend_portable = {
	.name = "portable",
	.is_supported = portable_is_supported,
	.msm_scratch_len = msm_template_scratch_len,
	.msm_vartime = msm_template_vartime,
	.points_decode_vartime = portable_points_decode_vartime,
	.points_recall_vartime = portable_points_recall_vartime,
	.points_encode = portable_points_encode,
	.points_combine = point_combine,
	.contraction_scratch_len = contract_portable_scratch_len,
	.points_contract_each = contract_portable_each,
	.b32_each = portable_b32_each,
	.scalars_multiply = portable_scalars_multiply,
	.matrix_prepare = matrix_portable_prepare,
	.matrix_multiply = matrix_portable_multiply,
};

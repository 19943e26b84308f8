/* The text of the multiscalar multiplication, included once by each backend, which defines first:
 *
 * struct msm_bucket                                   a sum of points
 * msm_bucket_clear(bucket)                            to the identity
 * msm_bucket_prefetch(bucket)
 * msm_bucket_add_vartime(bucket, affine, negative)    += or -= a point
 * msm_bucket_is_empty_vartime(bucket)                 the identity?
 * msm_bucket_read(point, bucket)
 *
 * Few points (Straus): a table of odd multiples for each, non-adjacent forms, shared doublings:
 * about 252 doublings and 8 + 42 additions a point.
 *
 * Many points (Pippenger), with windows of c bits:
 * 1. A scalar above l/2 is replaced by l less it, and the point's sign changed: |s| < 2^252, so
 *    that ceil(252/c) windows suffice.
 * 2. 2^(c-1) is added to every window but the top one; a digit is then the window's bits less
 *    2^(c-1), in [-2^(c-1), 2^(c-1)), and the top one at most 2^(c-1). Both replace a scalar by
 *    one number and a sign in place; digits are cut from it when needed.
 * 3. For each window, from the top: c doublings of the result;
 * 4. each point is added to, or subtracted from, the bucket of its digit (n additions, 7M);
 * 5. sum of d * bucket[d] by running sums from the highest bucket (2^c additions, 9M).
 *
 * Cost: ceil(252/c) * (7 n + 9 * 2^c) products and 252 doublings. Digits 0 aside, it is the same
 * for any scalars. */
#include "edwards.h"
#include "memory.h"
#include "msm_recode.h"

#define MSM_STRAUS_MAX 160
#define MSM_WINDOW_MIN 5
#define MSM_WINDOW_MAX 16
#define MSM_AHEAD      4

/* The window of least cost. Measured: an addition of step 5 costs 1.3 times one of step 4. */
static unsigned msm_window(size_t n)
{
	unsigned best = MSM_WINDOW_MIN;
	uint64_t best_cost = UINT64_MAX;

	for (unsigned c = MSM_WINDOW_MIN; c <= MSM_WINDOW_MAX; c++) {
		uint64_t cost = msm_n_windows(c) * (10 * (uint64_t)n + (UINT64_C(13) << c));

		if (cost < best_cost) {
			best_cost = cost;
			best = c;
		}
	}
	return best;
}

static size_t msm_aligned_len(size_t len)
{
	return (len + 63) & ~(size_t)63;
}

static size_t msm_template_scratch_len(size_t n)
{
	if (n <= MSM_STRAUS_MAX)
		return n * (EDWARDS_TABLE_LEN * sizeof(struct cached) + EDWARDS_NAF_LEN);
	return msm_aligned_len(n * sizeof(struct scalar)) +
	       (sizeof(struct msm_bucket) << (msm_window(n) - 1));
}

static void msm_straus_vartime(struct point *out, const struct scalar *scalars,
			       const struct affine *points, size_t n, void *scratch)
{
	struct cached(*tables)[EDWARDS_TABLE_LEN] = scratch;
	int8_t(*digits)[EDWARDS_NAF_LEN] = (void *)(tables + n);

	for (size_t i = 0; i < n; i++) {
		struct point point;

		point_from_affine(&point, &points[i]);
		edwards_odd_table(tables[i], &point);
		edwards_naf_vartime(digits[i], &scalars[i]);
	}
	edwards_combine_vartime(out, (const struct cached(*)[EDWARDS_TABLE_LEN])tables,
				(const int8_t(*)[EDWARDS_NAF_LEN])digits, n);
}

static int32_t msm_digit(const struct scalar *recoded, const struct msm_cut *cut)
{
	uint64_t bits = recoded->limb[cut->limb] >> cut->shift;
	int32_t digit, sign;

	/* A left shift by 64 - shift, in two steps since that may be 64. */
	bits |= recoded->limb[cut->next] << 1 << (63 - cut->shift);
	digit = (int32_t)(bits & ((UINT64_C(1) << cut->bits) - 1)) - cut->offset;
	sign = -(int32_t)(recoded->limb[3] >> 63);
	return (digit ^ sign) - sign;
}

static size_t msm_bucket_of(int32_t digit)
{
	return (size_t)(digit < 0 ? -digit : digit) - 1;
}

/* Step 4. */
static void msm_fill_buckets_vartime(struct msm_bucket *buckets, const struct scalar *recoded,
				     const struct affine *points, size_t n,
				     const struct msm_cut *cut)
{
	int32_t ahead[MSM_AHEAD] = {0};

	for (size_t i = 0; i < n + MSM_AHEAD; i++) {
		const int32_t digit = ahead[i % MSM_AHEAD];

		if (i < n) {
			const int32_t later = msm_digit(&recoded[i], cut);

			ahead[i % MSM_AHEAD] = later;
			if (later != 0)
				msm_bucket_prefetch(&buckets[msm_bucket_of(later)]);
		}
		if (i >= MSM_AHEAD && digit != 0)
			msm_bucket_add_vartime(&buckets[msm_bucket_of(digit)],
					       &points[i - MSM_AHEAD], digit < 0);
	}
}

/* Step 5: result += sum of (i + 1) * buckets[i]. */
static void msm_sum_buckets_vartime(struct point *result, const struct msm_bucket *buckets,
				    size_t n_buckets)
{
	struct point running, point;

	point_identity(&running);
	for (size_t i = n_buckets; i-- > 0;) {
		if (!msm_bucket_is_empty_vartime(&buckets[i])) {
			msm_bucket_read(&point, &buckets[i]);
			point_add(&running, &running, &point);
		}
		point_add(result, result, &running);
	}
}

static void msm_pippenger_vartime(struct point *out, const struct scalar *scalars,
				  const struct affine *points, size_t n, void *scratch)
{
	const unsigned window = msm_window(n), n_windows = msm_n_windows(window);
	const size_t n_buckets = (size_t)1 << (window - 1);
	struct scalar *recoded = scratch;
	struct msm_bucket *buckets =
		(void *)((uint8_t *)scratch + msm_aligned_len(n * sizeof *recoded));

	msm_recode_vartime(recoded, scalars, n, window, n_windows);
	point_identity(out);
	for (unsigned i = n_windows; i-- > 0;) {
		const bool is_top = i + 1 == n_windows;
		const struct msm_cut cut = msm_window_cut(i, window, n_windows);

		for (unsigned j = 0; j < window && !is_top; j++)
			point_double(out, out);
		for (size_t j = 0; j < n_buckets; j++)
			msm_bucket_clear(&buckets[j]);
		msm_fill_buckets_vartime(buckets, recoded, points, n, &cut);
		msm_sum_buckets_vartime(out, buckets, n_buckets);
	}
}

static void msm_template_vartime(struct point *out, const struct scalar *scalars,
				 const struct affine *points, size_t n, void *scratch,
				 size_t scratch_len)
{
	CHECK(scratch_len >= msm_template_scratch_len(n));
	if (n == 0)
		point_identity(out);
	else if (n <= MSM_STRAUS_MAX)
		msm_straus_vartime(out, scalars, points, n, scratch);
	else
		msm_pippenger_vartime(out, scalars, points, n, scratch);
}

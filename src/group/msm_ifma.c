/* The multiscalar multiplication with eight windows side by side, one in each lane.
 *
 * 1. Scalars are recoded as in msm_template.h, so that ceil(252/c) signed digits of c bits suffice.
 * 2. For each group of eight windows: each point is added to eight buckets, one for each lane, by
 *    the lane's digit. Buckets are 160 bytes in one piece; five transposes of eight times four
 *    words bring them into lanes and back. Digit 0 has a bucket that is not read again.
 * 3. Each lane sums d * bucket[d] by running sums from the highest bucket.
 * 4. The window sums are combined by doublings, in scalar code.
 *
 * Cost: ceil(ceil(252/c) / 8) * (7 n + 9 * 2^c) products of eight lanes, whatever the digits are.
 * Groups are counted, not windows: good widths have just below a multiple of 8 windows. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "edwards_ifma.h"

#include "backend.h"
#include "edwards.h"
#include "memory.h"
#include "msm_recode.h"

/* Up to here the portable method is faster. */
#define FEW_MAX 10
/* Buckets are fetched so many points ahead. */
#define AHEAD 4

/* The widths worth considering: no other has as few groups with less buckets. 16, which has two,
 * has more buckets than a cache holds, and was slower for 2^20 points. */
static const struct width {
	unsigned window, n_groups;
} widths[] = {{4, 8}, {5, 7}, {6, 6}, {7, 5}, {8, 4}, {11, 3}};

#define N_WIDTHS (sizeof widths / sizeof widths[0])

struct bucket {
	uint64_t words[POINT8_WORDS];
};

/* What is added to the buckets of a point: where they are, in bytes from the first, and signs. */
struct choice {
	_Alignas(64) uint64_t at[LANES];
	__mmask8 is_negative;
};

/* Where the lanes' windows lie in recoded scalars, as struct msm_cut says it of one. */
struct cuts {
	__m512i limb, shift, next, left_shift, mask, offset, first_bucket;
};

static size_t n_buckets(unsigned window)
{
	return ((size_t)1 << (window - 1)) + 1;
}

/* The width of least cost, an addition of step 3 costing about as much as one of step 2. */
static const struct width *choose_width(size_t n)
{
	const struct width *best = &widths[0];
	uint64_t best_cost = UINT64_MAX;

	for (size_t i = 0; i < N_WIDTHS; i++) {
		const uint64_t cost =
			widths[i].n_groups * ((uint64_t)n + (UINT64_C(1) << widths[i].window));

		if (cost < best_cost) {
			best_cost = cost;
			best = &widths[i];
		}
	}
	return best;
}

static size_t aligned_len(size_t len)
{
	return (len + 63) & ~(size_t)63;
}

size_t msm_ifma_scratch_len(size_t n)
{
	if (n <= FEW_MAX)
		return backend_portable.msm_scratch_len(n);
	return aligned_len(n * sizeof(struct scalar)) +
	       n_buckets(choose_width(n)->window) * LANES * sizeof(struct bucket);
}

static struct cuts group_cuts(unsigned group, unsigned window)
{
	const unsigned n_windows = msm_n_windows(window);
	uint64_t limb[LANES], shift[LANES], next[LANES], mask[LANES], offset[LANES], first[LANES];

	for (unsigned i = 0; i < LANES; i++) {
		const unsigned number = group * LANES + i;
		const struct msm_cut cut = msm_window_cut(
			number < n_windows ? number : n_windows - 1, window, n_windows);

		limb[i] = cut.limb;
		shift[i] = cut.shift;
		next[i] = cut.next;
		/* Lanes without a window have digit 0. */
		mask[i] = number < n_windows ? (UINT64_C(1) << cut.bits) - 1 : 0;
		offset[i] = number < n_windows ? (uint64_t)cut.offset : 0;
		first[i] = i * n_buckets(window) * sizeof(struct bucket);
	}
	return (struct cuts){
		.limb = _mm512_loadu_si512(limb),
		.shift = _mm512_loadu_si512(shift),
		.next = _mm512_loadu_si512(next),
		.left_shift = _mm512_sub_epi64(lanes_all(64), _mm512_loadu_si512(shift)),
		.mask = _mm512_loadu_si512(mask),
		.offset = _mm512_loadu_si512(offset),
		.first_bucket = _mm512_loadu_si512(first),
	};
}

ALWAYS_INLINE void choose_buckets(struct choice *out, const struct scalar *recoded,
				  const struct cuts *cuts)
{
	const __m512i limbs =
		_mm512_castsi256_si512(_mm256_loadu_si256((const void *)recoded->limb));
	const __m512i sign = lanes_all(0 - (recoded->limb[3] >> 63));
	const __m512i low = _mm512_srlv_epi64(_mm512_permutexvar_epi64(cuts->limb, limbs),
					      cuts->shift),
		      high = _mm512_sllv_epi64(_mm512_permutexvar_epi64(cuts->next, limbs),
					       cuts->left_shift);
	__m512i digit = _mm512_and_si512(_mm512_or_si512(low, high), cuts->mask), size;

	digit = _mm512_sub_epi64(digit, cuts->offset);
	digit = _mm512_sub_epi64(_mm512_xor_si512(digit, sign), sign);
	size = _mm512_abs_epi64(digit);
	/* 160 = 128 + 32 */
	size = _mm512_add_epi64(_mm512_slli_epi64(size, 7), _mm512_slli_epi64(size, 5));
	_mm512_store_si512(out->at, _mm512_add_epi64(size, cuts->first_bucket));
	out->is_negative = _mm512_movepi64_mask(digit);
}

_Static_assert(sizeof(struct bucket) == 160, "choose_buckets multiplies by 160");

ALWAYS_INLINE void prefetch_buckets(const uint8_t *buckets, const struct choice *choice)
{
	for (size_t i = 0; i < LANES; i++) {
		const uint8_t *const bucket = buckets + choice->at[i];

		__builtin_prefetch(bucket, 1);
		__builtin_prefetch(bucket + 64, 1);
		__builtin_prefetch(bucket + 128, 1);
	}
}

/* sum += b, or -= b in the lanes of the mask. 7M */
static __attribute__((noinline)) void add_affine(struct point8 *sum, const struct affine *b,
						 __mmask8 is_negative)
{
	const struct fe8 plus = fe8_all(&b->y_plus_x), minus = fe8_all(&b->y_minus_x);
	struct affine8 with = {
		.y_minus_x = fe8_select(is_negative, &plus, &minus),
		.y_plus_x = fe8_select(is_negative, &minus, &plus),
		.xy2d = fe8_all(&b->xy2d),
	};

	/* 2 p less it, not carried: below 2^52. */
	with.xy2d.limb[0] = _mm512_mask_sub_epi64(
		with.xy2d.limb[0], is_negative, lanes_all(2 * (FE_MASK51 - 18)), with.xy2d.limb[0]);
	for (size_t i = 1; i < 5; i++)
		with.xy2d.limb[i] =
			_mm512_mask_sub_epi64(with.xy2d.limb[i], is_negative,
					      lanes_all(2 * FE_MASK51), with.xy2d.limb[i]);
	point8_add_affine(sum, sum, &with, true, point8_nothing_beside, NULL);
}

ALWAYS_INLINE void add_to_buckets(uint8_t *buckets, const struct choice *choice,
				  const struct affine *point)
{
	struct point8 sum;
	uint64_t *row[LANES];

	for (size_t i = 0; i < LANES; i++)
		row[i] = (uint64_t *)(void *)(buckets + choice->at[i]);
	point8_load_words(&sum, (const uint64_t *const *)row);
	add_affine(&sum, point, choice->is_negative);
	point8_store_words(row, &sum);
}

/* Step 2. */
static void fill_buckets_vartime(uint8_t *buckets, const struct scalar *recoded,
				 const struct affine *points, size_t n, const struct cuts *cuts)
{
	struct choice ahead[AHEAD];

	for (size_t i = 0; i < n + AHEAD; i++) {
		struct choice *const choice = &ahead[i % AHEAD];

		if (i >= AHEAD)
			add_to_buckets(buckets, choice, &points[i - AHEAD]);
		if (i < n) {
			choose_buckets(choice, &recoded[i], cuts);
			prefetch_buckets(buckets, choice);
		}
	}
}

static __attribute__((noinline)) void add_point8(struct point8 *sum, const struct point8 *b,
						 const struct fe8 *twice_d)
{
	const struct cached8 cached = cached8_from_point8(b, twice_d);

	point8_add_cached(sum, sum, &cached, true);
}

/* Step 3. */
static void sum_buckets(struct point8 *out, const struct bucket *buckets, size_t n_own)
{
	const struct fe8 twice_d = fe8_all(&fe_2d);
	struct point8 running = point8_identity(), bucket;

	*out = point8_identity();
	for (size_t i = n_own; i-- > 1;) {
		const uint64_t *row[LANES];

		for (size_t lane = 0; lane < LANES; lane++)
			row[lane] = buckets[lane * n_own + i].words;
		point8_load_words(&bucket, row);
		add_point8(&running, &bucket, &twice_d);
		add_point8(out, &running, &twice_d);
	}
}

static void many_vartime(struct point *out, const struct scalar *scalars,
			 const struct affine *points, size_t n, void *scratch)
{
	static const struct bucket empty = {{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}};
	const struct width *const width = choose_width(n);
	const unsigned window = width->window, n_windows = msm_n_windows(window);
	const size_t n_own = n_buckets(window);
	struct scalar *const recoded = scratch;
	struct bucket *const buckets =
		(void *)((uint8_t *)scratch + aligned_len(n * sizeof *recoded));

	msm_recode_vartime(recoded, scalars, n, window, n_windows);
	point_identity(out);
	for (unsigned group = width->n_groups; group-- > 0;) {
		const struct cuts cuts = group_cuts(group, window);
		struct point8 sums8;
		struct point sums[LANES], *rows[LANES];

		for (size_t i = 0; i < n_own * LANES; i++)
			buckets[i] = empty;
		fill_buckets_vartime((uint8_t *)buckets, recoded, points, n, &cuts);
		sum_buckets(&sums8, buckets, n_own);
		for (unsigned lane = 0; lane < LANES; lane++)
			rows[lane] = &sums[lane];
		point8_store(rows, &sums8);
		for (unsigned lane = LANES; lane-- > 0;) {
			const unsigned number = group * LANES + lane;

			if (number >= n_windows)
				continue;
			for (unsigned i = 0; i < window && number + 1 < n_windows; i++)
				point_double(out, out);
			point_add(out, out, &sums[lane]);
		}
	}
}

void msm_ifma_vartime(struct point *out, const struct scalar *scalars, const struct affine *points,
		      size_t n, void *scratch, size_t scratch_len)
{
	CHECK(scratch_len >= msm_ifma_scratch_len(n));
	if (n <= FEW_MAX)
		backend_portable.msm_vartime(out, scalars, points, n, scratch, scratch_len);
	else
		many_vartime(out, scalars, points, n, scratch);
}

#endif

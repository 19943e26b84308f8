#include "protocol.h"

#include "bytes.h"

#define DST_GENERATORS PROTOCOL_DST "gen"

static void generator(struct affine *out, struct bytes input)
{
	struct point point;

	point_hash_vartime(&point, bytes_from_text(DST_GENERATORS), input);
	affine_from_point(out, &point);
}

void generators_new(struct generators *out)
{
	struct point base;

	point_base(&base);
	affine_from_point(&out->g[0], &base);
	for (unsigned j = 2; j <= TAG_DIMENSION; j++) {
		uint8_t input[] = {'G', (uint8_t)j};

		generator(&out->g[j - 1], bytes_from(input, sizeof input));
	}
	generator(&out->h, bytes_from_text("H"));
	for (unsigned d = 0; d < PROOF_DIGITS; d++)
		for (unsigned c = 0; c < PROOF_RADIX; c++) {
			uint8_t input[] = {'P', (uint8_t)d, (uint8_t)c};

			generator(&out->p[d][c], bytes_from(input, sizeof input));
			input[0] = 'Q';
			generator(&out->q[d][c], bytes_from(input, sizeof input));
		}
}

struct digits digits_of_ring(uint64_t n)
{
	struct digits digits = {1, 0};
	uint64_t below = 1; /* 4^(m-1) */

	CHECK(n >= RING_MIN && n <= RING_MAX);
	while (below * PROOF_RADIX < n) {
		below *= PROOF_RADIX;
		digits.n_digits++;
	}
	digits.top_radix = (unsigned)((n + below - 1) >> (2 * (digits.n_digits - 1)));
	return digits;
}

size_t proof_len(uint64_t n)
{
	struct digits digits;

	if (n < RING_MIN || n > RING_MAX)
		return 0;
	digits = digits_of_ring(n);
	return 32 *
	       (size_t)(PROOF_RADIX * (digits.n_digits - 1) + digits.top_radix + 6 + TAG_DIMENSION);
}

/* What the tests of the group share: hexadecimal, random elements, libsodium as the oracle. */
#ifndef UNDERSIGNED_GROUP_TESTING_H
#define UNDERSIGNED_GROUP_TESTING_H

#include "testing.h"

#include "encoding.h"
#include "point.h"

#include <sodium.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static inline void from_hex(uint8_t *out, size_t len, const char *text)
{
	assert_int_equal(hex_decode(out, len, bytes_from_text(text)), UNDERSIGN_OK);
}

static inline void random_scalar(struct test_random *random, struct scalar *out)
{
	uint8_t wide[SCALAR_WIDE_BYTES];

	test_random_fill(random, wide, sizeof wide);
	scalar_reduce_wide(out, wide);
}

/* An element, and the same as libsodium has it. */
static inline void random_point(struct test_random *random, struct point *out,
				uint8_t bytes[static POINT_BYTES])
{
	uint8_t uniform[64];

	test_random_fill(random, uniform, sizeof uniform);
	assert_int_equal(crypto_core_ristretto255_from_hash(bytes, uniform), 0);
	assert_int_equal(point_decode_vartime(out, bytes), UNDERSIGN_OK);
}

/* sum += scalar * point, by libsodium; sum starts as zeros. */
static inline void oracle_mul_add(uint8_t sum[static POINT_BYTES], const struct scalar *scalar,
				  const uint8_t point[static POINT_BYTES])
{
	uint8_t scalar_bytes[SCALAR_BYTES], product[POINT_BYTES];

	scalar_encode(scalar_bytes, scalar);
	/* It reports the identity as an error. */
	if (crypto_scalarmult_ristretto255(product, scalar_bytes, point) == 0)
		assert_int_equal(crypto_core_ristretto255_add(sum, sum, product), 0);
}

static inline void assert_point_is(const struct point *point,
				   const uint8_t expected[static POINT_BYTES])
{
	uint8_t bytes[POINT_BYTES];

	point_encode(bytes, point);
	assert_memory_equal(bytes, expected, POINT_BYTES);
}

#endif

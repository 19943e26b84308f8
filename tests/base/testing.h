/* What every test program needs: cmocka, a seed that is printed and can be given again, and the
 * choice between the short and the full form. */
#ifndef UNDERSIGNED_TESTING_H
#define UNDERSIGNED_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"

/* splitmix64: for tests only. */
struct test_random {
	uint64_t state;
};

static inline uint64_t test_random_u64(struct test_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Below limit, which is not 0. */
static inline size_t test_random_below(struct test_random *random, size_t limit)
{
	return (size_t)(test_random_u64(random) % limit);
}

static inline void test_random_fill(struct test_random *random, void *out, size_t len)
{
	uint8_t *to = out;

	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)test_random_u64(random);
}

/* From UNDERSIGN_SEED, else 1; printed so that a failure can be seen again. */
static inline struct test_random test_random_new(void)
{
	const char *text = getenv("UNDERSIGN_SEED");
	struct test_random random = {text ? strtoull(text, NULL, 0) : 1};

	print_message("UNDERSIGN_SEED=%llu\n", (unsigned long long)random.state);
	return random;
}

/* UNDERSIGN_FULL=1: everything, however long. */
static inline bool test_is_full(void)
{
	const char *text = getenv("UNDERSIGN_FULL");

	return text && strcmp(text, "1") == 0;
}

#define BYTES(text) bytes_from_text(text)
/* A literal that may hold zero bytes. */
#define LITERAL(text) bytes_from(text, sizeof(text) - 1)

#define assert_bytes_equal(a, b)                                                                   \
	do {                                                                                       \
		struct bytes left = (a);                                                           \
		struct bytes right = (b);                                                          \
		assert_int_equal(left.len, right.len);                                             \
		if (left.len > 0)                                                                  \
			assert_memory_equal(left.data, right.data, left.len);                      \
	} while (0)

#endif

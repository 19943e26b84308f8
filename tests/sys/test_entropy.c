/* C-10 in short form: a generator that fails, stops, is interrupted or repeats itself gives an
 * error and zeros, never weak bytes. This file's getrandom stands in for the machine's. */
#include "testing.h"

#include "entropy.h"

#include <errno.h>
#include <sys/random.h>

enum kind {
	WORKING,
	SHORT_READS,
	INTERRUPTED,
	INTERRUPTED_FOR_EVER,
	NOT_THERE,
	NOTHING,
	TOO_MUCH,
	CONSTANT_BYTE,
	CONSTANT_STREAM,
	STUCK_LATER,
	FAILS_IN_THE_MIDDLE,
};

static enum kind kind;
static unsigned calls;
static struct test_random pretended;

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
	uint8_t *to = out;
	struct test_random stream = {7};

	(void)flags;
	calls++;
	switch (kind) {
	case SHORT_READS:
		len = len > 3 ? 3 : len;
		break;
	case INTERRUPTED:
		if (calls % 3 != 0) {
			errno = EINTR;
			return -1;
		}
		break;
	case INTERRUPTED_FOR_EVER:
		errno = EINTR;
		return -1;
	case NOT_THERE:
		errno = ENOSYS;
		return -1;
	case NOTHING:
		return 0;
	case TOO_MUCH:
		return (ssize_t)len + 1;
	case CONSTANT_BYTE:
		memset(to, 0xaa, len);
		return (ssize_t)len;
	case CONSTANT_STREAM:
		test_random_fill(&stream, to, len);
		return (ssize_t)len;
	case STUCK_LATER:
		if (calls > 10) {
			test_random_fill(&stream, to, len);
			return (ssize_t)len;
		}
		break;
	case FAILS_IN_THE_MIDDLE:
		if (calls > 3) {
			errno = EIO;
			return -1;
		}
		len = len > 16 ? 16 : len;
		break;
	case WORKING:
		break;
	}
	test_random_fill(&pretended, to, len);
	return (ssize_t)len;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != 0)
			return false;
	}
	return true;
}

static void begin(enum kind which)
{
	kind = which;
	calls = 0;
	pretended = (struct test_random){1};
}

static void complete_or_nothing(void **state)
{
	static const enum kind good[] = {WORKING, SHORT_READS, INTERRUPTED};
	static const enum kind bad[] = {
		INTERRUPTED_FOR_EVER, NOT_THERE,          NOTHING, TOO_MUCH, CONSTANT_BYTE,
		CONSTANT_STREAM,      FAILS_IN_THE_MIDDLE};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct entropy entropy = {0};
		struct random_source source = entropy_source(&entropy);
		uint8_t last[64] = {0};

		begin(good[i]);
		for (int round = 0; round < 1000; round++) {
			uint8_t out[64] = {0};

			assert_int_equal(source.fill(source.cookie, out, sizeof out), UNDERSIGN_OK);
			assert_memory_not_equal(out, last, sizeof out);
			assert_false(is_zero(out + 48, 16));
			memcpy(last, out, sizeof out);
		}
		entropy_close(&entropy);
		assert_true(is_zero((const uint8_t *)&entropy, sizeof entropy));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct entropy entropy = {0};
		struct undersign_random source = entropy_random(&entropy);
		uint8_t out[64];

		begin(bad[i]);
		memset(out, 1, sizeof out);
		assert_int_equal(source.fill(source.cookie, out, sizeof out), UNDERSIGN_E_RANDOM);
		assert_true(is_zero(out, sizeof out));
		/* Once failed, never trusted again. */
		begin(WORKING);
		memset(out, 1, sizeof out);
		assert_int_equal(source.fill(source.cookie, out, sizeof out), UNDERSIGN_E_RANDOM);
		assert_true(is_zero(out, sizeof out));
	}
}

/* A machine that is restored from a snapshot again and again, or a generator that gets stuck:
 * noticed before anything that came twice is given out. */
static void gets_stuck_later(void **state)
{
	struct entropy entropy = {0};
	struct random_source source = entropy_source(&entropy);
	uint8_t seen[20][32];
	size_t n = 0;

	(void)state;
	begin(STUCK_LATER);
	while (n < 20 && source.fill(source.cookie, seen[n], 32) == UNDERSIGN_OK)
		n++;
	/* Two calls a fill and one more before the first; the stuck stream is told at its second
	 * call. */
	assert_in_range(n, 4, 6);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], 32);
	}
	assert_true(is_zero(seen[n], 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_or_nothing),
		cmocka_unit_test(gets_stuck_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

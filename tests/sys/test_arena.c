/* Memory for arenas, and the clock. */
#include "testing.h"

#include "arena_heap.h"
#include "clock.h"

static void gives_and_limits(void **state)
{
	struct arena_heap heap;

	(void)state;
	arena_heap_open(&heap, SIZE_MAX, true);
	for (size_t len = 1; len < 4000000; len = len * 3 + 1) {
		uint8_t *data = arena_take(&heap.arena, len, 64);

		assert_non_null(data);
		assert_int_equal((uintptr_t)data % 64, 0);
		memset(data, 0xff, len * 64);
	}
	arena_heap_close(&heap);
	assert_null(heap.blocks);
	arena_heap_close(&heap);

	arena_heap_open(&heap, 1000000, false);
	struct undersign_memory memory = arena_heap_memory(&heap);
	assert_int_equal(memory.limit, 1000000);
	assert_non_null(memory.take(memory.cookie, 600000));
	assert_null(memory.take(memory.cookie, 600000));
	assert_non_null(memory.take(memory.cookie, 400000));
	assert_null(memory.take(memory.cookie, 1));
	assert_null(memory.take(memory.cookie, SIZE_MAX));
	arena_heap_close(&heap);
	arena_heap_open(&heap, SIZE_MAX, false);
	memory = arena_heap_memory(&heap);
	assert_null(memory.take(memory.cookie, SIZE_MAX));
	assert_null(memory.take(memory.cookie, SIZE_MAX - 100));
	arena_heap_close(&heap);
}

static void tells_the_time(void **state)
{
	static const uint64_t bad[] = {0, 1577836799, UINT64_C(253402300800), UINT64_MAX};
	struct problem problem = {0};
	struct clock_source clock = clock_system();
	uint64_t now;
	uint64_t fixed = 1935446400;

	(void)state;
	assert_int_equal(clock_now(&now, &clock, &problem), UNDERSIGN_OK);
	assert_true(now > 1577836800);
	clock = clock_fixed(&fixed);
	assert_int_equal(clock_now(&now, &clock, &problem), UNDERSIGN_OK);
	assert_int_equal(now, 1935446400);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		fixed = bad[i];
		assert_int_equal(clock_now(&now, &clock, &problem), UNDERSIGN_E_SYSTEM);
		assert_int_equal(now, 0);
		assert_true(problem_is_set(&problem));
	}
	assert_true(clock_elapsed() <= clock_elapsed());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_and_limits),
		cmocka_unit_test(tells_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

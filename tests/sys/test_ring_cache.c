/* A folder of decoded points: whole files only, private, and nothing but a regular file is read. */
#include "testing.h"

#include "ring_cache.h"
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#define NAME "0123-1.decoded"

static char scratch[SCRATCH_PATH_MAX];
static struct ring_cache *cache;
static struct undersign_ring_cache calls;

static int enter(void **state)
{
	struct problem problem = {0};

	(void)state;
	scratch_enter(scratch);
	if (mkdir("cache", 0700) != 0 || ring_cache_open(&cache, "cache", &problem) != UNDERSIGN_OK)
		return -1;
	calls = ring_cache_public(cache);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	ring_cache_close(cache);
	scratch_leave(scratch);
	return 0;
}

static void write_parts(const char *first, const char *second)
{
	calls.begin(calls.cookie, NAME);
	calls.put(calls.cookie, (struct undersign_bytes){(const uint8_t *)first, strlen(first)});
	calls.put(calls.cookie, (struct undersign_bytes){(const uint8_t *)second, strlen(second)});
	calls.end(calls.cookie);
}

static void assert_read(const char *expected)
{
	const struct undersign_bytes got = calls.read(calls.cookie, NAME);

	assert_int_equal(got.len, strlen(expected));
	if (got.len > 0)
		assert_memory_equal(got.data, expected, got.len);
}

static void gives_what_was_written(void **state)
{
	struct stat info;

	(void)state;
	assert_read("");
	write_parts("one", "two");
	assert_read("onetwo");
	assert_int_equal(stat("cache/" NAME, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	write_parts("three", "");
	assert_read("three");
	assert_int_equal(scratch_count("cache"), 1);
	assert_null(ring_cache_problem(cache));
	calls.refuse(calls.cookie, NAME);
	assert_int_equal(ring_cache_refused(cache), 1);
}

/* What was read stays as it was when somebody writes into the file, or cuts it off, which kills
 * whoever has it mapped. */
static void keeps_what_it_has_read(void **state)
{
	static const char text[] = "decoded";
	struct undersign_bytes got;
	FILE *file;

	(void)state;
	write_parts(text, "");
	got = calls.read(calls.cookie, NAME);
	assert_int_equal(got.len, strlen(text));
	file = fopen("cache/" NAME, "r+");
	assert_non_null(file);
	assert_int_equal(fputs("another", file), 1);
	assert_int_equal(fclose(file), 0);
	assert_memory_equal(got.data, text, got.len);
	assert_int_equal(truncate("cache/" NAME, 0), 0);
	assert_memory_equal(got.data, text, got.len);
	assert_read("");
}

/* What was read stays as it was when somebody replaces the file, and an unfinished file is none.
 */
static void stands_beside_other_writers(void **state)
{
	struct ring_cache *other;
	struct problem problem;
	struct undersign_bytes got;

	(void)state;
	write_parts("old", "");
	got = calls.read(calls.cookie, NAME);
	assert_int_equal(ring_cache_open(&other, "cache", &problem), UNDERSIGN_OK);
	const struct undersign_ring_cache others = ring_cache_public(other);
	others.begin(others.cookie, NAME);
	others.put(others.cookie, (struct undersign_bytes){(const uint8_t *)"other", 5});
	calls.begin(calls.cookie, NAME);
	calls.put(calls.cookie, (struct undersign_bytes){(const uint8_t *)"newest", 6});
	assert_true(scratch_holds("cache/" NAME, BYTES("old")));
	others.end(others.cookie);
	assert_true(scratch_holds("cache/" NAME, BYTES("other")));
	calls.end(calls.cookie);
	assert_memory_equal(got.data, "old", 3);
	assert_read("newest");
	/* Given up in the middle. */
	others.begin(others.cookie, NAME);
	others.put(others.cookie, (struct undersign_bytes){(const uint8_t *)"never", 5});
	ring_cache_close(other);
	assert_read("newest");
	assert_int_equal(scratch_count("cache"), 1);
}

static void reads_regular_files_alone(void **state)
{
	(void)state;
	scratch_put("elsewhere", BYTES("content"));
	assert_int_equal(symlink("../elsewhere", "cache/" NAME), 0);
	assert_read("");
	assert_non_null(ring_cache_problem(cache));
	assert_int_equal(unlink("cache/" NAME), 0);
	assert_int_equal(mkfifo("cache/" NAME, 0600), 0);
	assert_read("");
	assert_int_equal(unlink("cache/" NAME), 0);
	/* As long as no roster: sparse, so nothing is read of it. */
	scratch_put("cache/" NAME, BYTES("x"));
	assert_int_equal(truncate("cache/" NAME, (off_t)1 << 40), 0);
	assert_read("");
	assert_int_equal(truncate("cache/" NAME, 0), 0);
	assert_read("");
}

static void goes_on_without_a_folder(void **state)
{
	struct ring_cache *other;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(ring_cache_open(&other, "none", &problem), UNDERSIGN_E_MISSING);
	assert_null(other);
	scratch_put("file", BYTES("x"));
	assert_int_equal(ring_cache_open(&other, "file", &problem), UNDERSIGN_E_INVALID);
	assert_null(other);
	/* Gone since (as good as unwritable, for root too). */
	assert_int_equal(rmdir("cache"), 0);
	write_parts("one", "two");
	assert_non_null(ring_cache_problem(cache));
	assert_read("");
	assert_int_equal(mkdir("cache", 0700), 0);
	write_parts("one", "two");
	assert_read("onetwo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_what_was_written, enter, leave),
		cmocka_unit_test_setup_teardown(keeps_what_it_has_read, enter, leave),
		cmocka_unit_test_setup_teardown(stands_beside_other_writers, enter, leave),
		cmocka_unit_test_setup_teardown(reads_regular_files_alone, enter, leave),
		cmocka_unit_test_setup_teardown(goes_on_without_a_folder, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

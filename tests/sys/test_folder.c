/* Folders: listed in order, refused for what does not belong, written as a whole, removed. */
#include "testing.h"

#include "folder.h"
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char scratch[SCRATCH_PATH_MAX];

static int enter(void **state)
{
	(void)state;
	scratch_enter(scratch);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	scratch_leave(scratch);
	return 0;
}

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void names(void **state)
{
	static const char *const good[] = {
		"a",
		"tile/entries/x001/234.p/17",
		"texts/en-GB.md",
		"..a",
		"a..",
		".a",
		"a/b/c",
		"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
		HUNDRED,
	};
	static const char *const bad[] = {
		"",          "/",        "/a",
		"a/",        "a//b",     ".",
		"..",        "a/.",      "a/../b",
		"./a",       "a b",      "a\n",
		"a\x7f",     "\xc3\xa4", "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
		HUNDRED "x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(folder_name_is_valid(BYTES(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(folder_name_is_valid(BYTES(bad[i])));
	assert_false(folder_name_is_valid(bytes_from("a\0b", 3)));
}

static void lists_in_order(void **state)
{
	static const char *const wanted[] = {"a",    "a-b", "a.d/z", "b/c/d",
					     "b/c0", "b0",  "tile",  "x001/234"};
	struct problem problem = {0};
	struct folder_list list;

	(void)state;
	assert_int_equal(folder_make("f/b/c", FILE_PUBLIC, &problem), UNDERSIGN_OK);
	assert_int_equal(folder_make("f/a.d/", FILE_PUBLIC, &problem), UNDERSIGN_OK);
	assert_int_equal(folder_make("f/x001", FILE_PRIVATE, &problem), UNDERSIGN_OK);
	assert_int_equal(folder_make("f/x001", FILE_PUBLIC, &problem), UNDERSIGN_OK);
	for (size_t i = 8; i-- > 0;) {
		char path[64];

		(void)snprintf(path, sizeof path, "f/%s", wanted[i]);
		scratch_put(path, BYTES(wanted[i]));
	}
	assert_int_equal(folder_list(&list, "f", &problem), UNDERSIGN_OK);
	assert_int_equal(list.n, 8);
	for (size_t i = 0; i < 8; i++) {
		struct file_content content;

		assert_string_equal(list.entries[i].name, wanted[i]);
		assert_int_equal(list.entries[i].len, strlen(wanted[i]));
		assert_int_equal(folder_read(&content, "f", list.entries[i].name, 100, &problem),
				 UNDERSIGN_OK);
		assert_bytes_equal(file_content_view(&content), BYTES(wanted[i]));
		file_content_free(&content);
	}
	folder_list_free(&list);
	assert_int_equal(folder_make("f/a/b", FILE_PUBLIC, &problem), UNDERSIGN_E_CONFLICT);
	assert_string_equal(problem.where, "folder f/a/b");
	assert_int_equal(folder_list(&list, "f/a", &problem), UNDERSIGN_E_MISSING);
	assert_int_equal(folder_list(&list, "none", &problem), UNDERSIGN_E_MISSING);
	assert_string_equal(problem.where, "folder none");
}

/* Each makes one folder unfit; the name of what is wrong is in the problem. */
static void make_link(void)
{
	assert_int_equal(symlink("ok", "f/bad"), 0);
}
static void make_folder_link(void)
{
	assert_int_equal(symlink("/", "f/bad"), 0);
}
static void make_pipe(void)
{
	assert_int_equal(mkfifo("f/bad", 0666), 0);
}
static void make_empty(void)
{
	assert_int_equal(mkdir("f/bad", 0777), 0);
}
static void make_space(void)
{
	scratch_put("f/bad name", BYTES("x"));
}
static void make_control(void)
{
	scratch_put("f/bad\033[2J", BYTES("x"));
}
static void make_not_utf8(void)
{
	scratch_put("f/bad\xff", BYTES("x"));
}
static void make_long(void)
{
	scratch_put("f/bad0123456789012345678901234567890123456789012345678901234567890123456789"
		    "012345678901234567890123456789",
		    BYTES("x"));
}
static void make_deep(void)
{
	assert_int_equal(
		folder_make("f/bad/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", FILE_PUBLIC, NULL),
		UNDERSIGN_OK);
}

static void refuses_what_does_not_belong(void **state)
{
	static void (*const make[])(void) = {make_link,     make_folder_link, make_pipe,
					     make_empty,    make_space,       make_control,
					     make_not_utf8, make_long,        make_deep};

	(void)state;
	for (size_t i = 0; i < sizeof make / sizeof make[0]; i++) {
		struct problem problem = {0};
		struct folder_list list;

		assert_int_equal(mkdir("f", 0777), 0);
		scratch_put("f/ok", BYTES("x"));
		assert_int_equal(folder_list(&list, "f", &problem), UNDERSIGN_OK);
		assert_int_equal(list.n, 1);
		folder_list_free(&list);
		make[i]();
		assert_int_equal(folder_list(&list, "f", &problem), UNDERSIGN_E_INVALID);
		assert_null(list.entries);
		assert_non_null(strstr(problem.where, "folder f, file bad"));
		assert_null(strchr(problem.where, '\033'));
		/* Nor is such a folder replaced: it is not one of ours. */
		const struct folder_file file = {"new", BYTES("x")};
		assert_int_equal(folder_write("f", &file, 1, FILE_REPLACE, &problem),
				 UNDERSIGN_E_INVALID);
		assert_true(scratch_holds("f/ok", BYTES("x")));
		assert_int_equal(scratch_count("."), 1);
		assert_int_equal(folder_remove("f", &problem), UNDERSIGN_OK);
		assert_false(file_exists("f"));
	}
}

static void reads_no_link(void **state)
{
	struct file_content content;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(mkdir("f", 0777), 0);
	scratch_put("outside", BYTES("x"));
	assert_int_equal(symlink("../outside", "f/in"), 0);
	assert_int_equal(folder_read(&content, "f", "in", 10, &problem), UNDERSIGN_E_INVALID);
	assert_null(content.data);
}

/* Removing a folder touches nothing that its links point to. */
static void removes(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_int_equal(folder_make("keep", FILE_PUBLIC, NULL), UNDERSIGN_OK);
	scratch_put("keep/a", BYTES("x"));
	assert_int_equal(folder_make("f/1/2/3/4", FILE_PUBLIC, NULL), UNDERSIGN_OK);
	assert_int_equal(folder_make("f/1/b", FILE_PUBLIC, NULL), UNDERSIGN_OK);
	scratch_put("f/1/2/3/x", BYTES("x"));
	scratch_put("f/1/b/y", BYTES("x"));
	assert_int_equal(symlink("../keep", "f/link"), 0);
	assert_int_equal(symlink("keep", "link"), 0);
	assert_int_equal(folder_remove("f", &problem), UNDERSIGN_OK);
	assert_int_equal(folder_remove("f", &problem), UNDERSIGN_OK);
	assert_int_not_equal(folder_remove("link", &problem), UNDERSIGN_OK);
	assert_true(scratch_holds("keep/a", BYTES("x")));
	assert_int_equal(scratch_count("."), 2);
}

static const struct folder_file first[] = {
	{"checkpoint", {(const uint8_t *)"one", 3}},
	{"tile/0/000", {(const uint8_t *)"first", 5}},
	{"tile/entries/000", {NULL, 0}},
};
static const struct folder_file second[] = {
	{"tile/0/000", {(const uint8_t *)"second", 6}},
	{"checkpoint", {(const uint8_t *)"two", 3}},
	{"keys", {(const uint8_t *)"k", 1}},
};

static bool is_first(void)
{
	struct folder_list list;
	bool is_it = folder_list(&list, "f", NULL) == UNDERSIGN_OK && list.n == 3 &&
		     scratch_holds("f/checkpoint", BYTES("one")) &&
		     scratch_holds("f/tile/0/000", BYTES("first")) &&
		     scratch_holds("f/tile/entries/000", BYTES(""));

	folder_list_free(&list);
	return is_it;
}

static bool is_second(void)
{
	struct folder_list list;
	bool is_it = folder_list(&list, "f", NULL) == UNDERSIGN_OK && list.n == 3 &&
		     scratch_holds("f/checkpoint", BYTES("two")) &&
		     scratch_holds("f/tile/0/000", BYTES("second")) &&
		     scratch_holds("f/keys", BYTES("k"));

	folder_list_free(&list);
	return is_it;
}

static void writes_as_a_whole(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_int_equal(folder_write("f/", first, 3, FILE_NEW, &problem), UNDERSIGN_OK);
	assert_true(is_first());
	assert_int_equal(folder_write("f", second, 3, FILE_NEW, &problem), UNDERSIGN_E_CONFLICT);
	assert_true(is_first());
	assert_int_equal(folder_write("f", second, 3, FILE_REPLACE, &problem), UNDERSIGN_OK);
	assert_true(is_second());
	assert_int_equal(scratch_count("."), 1);
	scratch_put("file", BYTES("x"));
	assert_int_equal(folder_write("file", first, 3, FILE_REPLACE, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(folder_write("none/f", first, 3, FILE_REPLACE, &problem),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(scratch_count("."), 2);
}

static void refuses_bad_names(void **state)
{
	static const struct folder_file cases[][2] = {
		{{"a", {NULL, 0}}, {"a", {NULL, 0}}},   {{"a", {NULL, 0}}, {"a/b", {NULL, 0}}},
		{{"a/b", {NULL, 0}}, {"a", {NULL, 0}}}, {{"a", {NULL, 0}}, {"../b", {NULL, 0}}},
		{{"a", {NULL, 0}}, {"/b", {NULL, 0}}},  {{"a", {NULL, 0}}, {"", {NULL, 0}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problem problem = {0};

		assert_int_equal(folder_write("f", cases[i], 2, FILE_NEW, &problem),
				 UNDERSIGN_E_USAGE);
		assert_true(problem_is_set(&problem));
		assert_int_equal(scratch_count("."), 0);
	}
}

static void full_disk_leaves_the_old(void **state)
{
	static uint8_t data[100000];
	const struct folder_file files[] = {{"a", {data, 10}}, {"b/c", {data, sizeof data}}};

	(void)state;
	assert_int_equal(folder_write("f", first, 3, FILE_NEW, NULL), UNDERSIGN_OK);
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit limit = {65536, 65536};
		struct problem problem = {0};
		bool is_good =
			setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
			folder_write("f", files, 2, FILE_REPLACE, &problem) == UNDERSIGN_E_SYSTEM &&
			strcmp(problem.where, "folder f, file b/c") == 0;

		_exit(is_good ? 0 : 1);
	}
	assert_int_equal(scratch_wait(child), 0);
	assert_true(is_first());
	assert_int_equal(scratch_count("."), 1);
}

/* kill -9 at random moments: the folder is always one of the two, whole; what a killed writer left
 * beside it goes with the next one. */
static void killed_at_any_moment(void **state)
{
	struct test_random random = test_random_new();
	int rounds = test_is_full() ? 300 : 15;

	(void)state;
	assert_int_equal(folder_write("f", first, 3, FILE_NEW, NULL), UNDERSIGN_OK);
	for (int round = 0; round < rounds; round++) {
		pid_t child = fork();
		if (child == 0) {
			for (int i = 0;; i++) {
				if (folder_write("f", i % 2 ? first : second, 3, FILE_REPLACE,
						 NULL) != UNDERSIGN_OK)
					_exit(1);
			}
		}
		struct timespec wait = {0, (long)test_random_below(&random, 30000000)};
		(void)nanosleep(&wait, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(scratch_wait(child), 1000 + SIGKILL);
		assert_true(is_first() || is_second());
	}
	assert_int_equal(folder_write("f", first, 3, FILE_REPLACE, NULL), UNDERSIGN_OK);
	assert_true(is_first());
	assert_int_equal(scratch_count("."), 1);
}

/* Two programs at once: the second is told, and breaks nothing. */
static void one_writer_at_a_time(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_int_equal(folder_write("f", first, 3, FILE_NEW, NULL), UNDERSIGN_OK);
	int other = open("f", O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(folder_write("f", second, 3, FILE_REPLACE, &problem),
			 UNDERSIGN_E_CONFLICT);
	assert_non_null(strstr(problem.what, "another one is writing it"));
	(void)close(other);
	assert_int_equal(mkdir(".f.new", 0777), 0);
	scratch_put(".f.new/half", BYTES("x"));
	other = open(".f.new", O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(folder_write("f", second, 3, FILE_REPLACE, &problem),
			 UNDERSIGN_E_CONFLICT);
	assert_true(scratch_holds(".f.new/half", BYTES("x")));
	assert_true(is_first());
	(void)close(other);
	/* Nobody holds it any more: left over. */
	assert_int_equal(folder_write("f", second, 3, FILE_REPLACE, &problem), UNDERSIGN_OK);
	assert_true(is_second());
	assert_int_equal(scratch_count("."), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(lists_in_order, enter, leave),
		cmocka_unit_test_setup_teardown(refuses_what_does_not_belong, enter, leave),
		cmocka_unit_test_setup_teardown(reads_no_link, enter, leave),
		cmocka_unit_test_setup_teardown(removes, enter, leave),
		cmocka_unit_test_setup_teardown(writes_as_a_whole, enter, leave),
		cmocka_unit_test_setup_teardown(refuses_bad_names, enter, leave),
		cmocka_unit_test_setup_teardown(full_disk_leaves_the_old, enter, leave),
		cmocka_unit_test_setup_teardown(killed_at_any_moment, enter, leave),
		cmocka_unit_test_setup_teardown(one_writer_at_a_time, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

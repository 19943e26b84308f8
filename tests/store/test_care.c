/* What store.h promises of care, of either engine: checks, copies, whose the files are. */
#include "testing.h"

#include "support.h"

#include <dirent.h>
#include <sys/stat.h>

static void checking(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct problem problem = {0};

	(void)state;
	assert_int_equal(store_check(store, NULL), UNDERSIGN_OK);
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 0, 30, 5000), UNDERSIGN_OK);
	assert_int_equal(support_close(store, 0, 40, NULL, 0), UNDERSIGN_OK);
	assert_int_equal(store_check(store, NULL), UNDERSIGN_OK);
	/* One byte of one item. */
	support_sql("UPDATE held SET content = (SELECT content FROM held ORDER BY hash DESC LIMIT "
		    "1) WHERE hash = (SELECT hash FROM held ORDER BY hash LIMIT 1)");
	assert_int_equal(store_check(store, &problem), UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.what, "restore"));
	support_sql("DELETE FROM held");
	assert_int_equal(store_check(store, NULL), UNDERSIGN_OK);
	/* An entry is gone: in the middle, at the end, at the start. */
	support_sql("DELETE FROM entries WHERE number = 20");
	problem = (struct problem){0};
	assert_int_equal(store_check(store, &problem), UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.what, "20"));
	support_sql("DELETE FROM entries WHERE number >= 20");
	assert_int_equal(store_check(store, NULL), UNDERSIGN_E_FORMAT);
	support_sql("DELETE FROM entries WHERE number < 3");
	assert_int_equal(store_check(store, NULL), UNDERSIGN_E_FORMAT);
	store_close(store);
}

/* The folder has nothing but the store and its copy. */
static void every_file_is_private(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		struct stat info;

		assert_int_equal(stat(entry->d_name, &info), 0);
		if (!S_ISREG(info.st_mode))
			continue;
		if ((info.st_mode & 0777) != 0600)
			fail_msg("%s has mode %o", entry->d_name, info.st_mode & 0777);
		n++;
	}
	(void)closedir(folder);
	assert_true(n >= 9);
}

static void copying(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct store_options options = support_options(STORE_SEALER);
	struct store *copy;
	char path[SUPPORT_URL_MAX + 8];
	struct bytes value;

	(void)state;
	(void)snprintf(path, sizeof path, "%s-copy", support_url());
	assert_int_equal(support_close(store, 0, 40, NULL, 0), UNDERSIGN_OK);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	assert_int_equal(support_close(store, 40, 10, NULL, 0), UNDERSIGN_OK);
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 0, 30, 5000), UNDERSIGN_OK);
	assert_int_equal(store_write_value(store, "a", BYTES("b"), NULL), UNDERSIGN_OK);
	if (support_is_postgresql()) {
		struct problem problem = {0};

		assert_int_equal(store_copy(store, path, &problem), UNDERSIGN_E_USAGE);
		assert_non_null(strstr(problem.what, "pg_dump"));
		store_close(store);
		return;
	}
	assert_int_equal(store_copy(store, path, NULL), UNDERSIGN_OK);
	assert_int_equal(store_copy(store, path, NULL), UNDERSIGN_E_CONFLICT);
	every_file_is_private();
	/* The original goes on. */
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 30, 1, 5000), UNDERSIGN_OK);
	store_close(store);
	options.url = path;
	options.may_create = false;
	assert_int_equal(store_open(&copy, &options, NULL), UNDERSIGN_OK);
	assert_int_equal(store_check(copy, NULL), UNDERSIGN_OK);
	assert_int_equal(support_held(copy, STORE_STATEMENT), 30);
	assert_int_equal(support_read(copy, 0), 50);
	assert_bytes_equal(support_state(copy).checkpoint, BYTES("log\n50\n"));
	assert_int_equal(store_read_value(&value, copy, "a", support_arena(), NULL), UNDERSIGN_OK);
	assert_int_equal(support_close(copy, 50, 10, NULL, 0), UNDERSIGN_OK);
	store_close(copy);
}

/* What is held is nobody's business: whatever the umask, SQLite's files are for their owner alone.
 */
static void files_are_for_their_owner(void **state)
{
	static const char *const endings[] = {"",      "-log",      "-wal",   "-log-wal",
					      "-copy", "-copy-log", "-sealer"};
	struct store *store;
	char path[SUPPORT_URL_MAX + 8];
	size_t n = 0;

	(void)state;
	if (support_is_postgresql())
		return;
	const mode_t before = umask(0);
	store = support_open(STORE_SEALER);
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 0, 3, 500), UNDERSIGN_OK);
	(void)snprintf(path, sizeof path, "%s-copy", support_url());
	assert_int_equal(store_copy(store, path, NULL), UNDERSIGN_OK);
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		const char *url = support_url();
		struct stat info;

		if (strncmp(url, "sqlite:", 7) == 0)
			url += 7;
		(void)snprintf(path, sizeof path, "%s%s", url, endings[i]);
		if (stat(path, &info) != 0)
			continue;
		n++;
		if ((info.st_mode & 0777) != 0600)
			print_message("%s: %o\n", path, (unsigned)info.st_mode);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
	assert_true(n >= 5);
	store_close(store);
	(void)umask(before);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(checking),
		EACH(copying),
		EACH(files_are_for_their_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

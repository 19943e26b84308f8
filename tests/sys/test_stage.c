/* A folder in the making: kept when it is stopped, pruned, swapped into place. */
#include "testing.h"

#include "folder_stage.h"
#include "scratch.h"

#include <sys/stat.h>
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

static struct folder_stage *open_stage(enum folder_stage_start start)
{
	struct folder_stage *stage;

	assert_int_equal(folder_stage_open(&stage, "m", "fetch", start, FILE_REPLACE, NULL),
			 UNDERSIGN_OK);
	return stage;
}

static void put(struct folder_stage *stage, const char *name, const char *content)
{
	assert_int_equal(folder_stage_put(stage, name, BYTES(content), NULL), UNDERSIGN_OK);
}

static void assert_content(const char *path, const char *expected)
{
	struct file_content content;

	assert_int_equal(file_read(&content, path, 100, FILE_PUBLIC, NULL), UNDERSIGN_OK);
	assert_int_equal(content.len, strlen(expected));
	assert_memory_equal(content.data, expected, content.len);
	file_content_free(&content);
}

static void make_first(void)
{
	struct folder_stage *stage = open_stage(FOLDER_STAGE_EMPTY);

	put(stage, "checkpoint", "1");
	put(stage, "tile/0/000.p/1", "one");
	put(stage, "tile/entries/000", "whole");
	assert_int_equal(folder_stage_commit(stage, NULL), UNDERSIGN_OK);
	folder_stage_free(stage, true);
	assert_false(file_exists(".m.fetch"));
}

static void swaps_what_was_put_and_kept(void **state)
{
	struct file_content content;
	struct folder_list list;
	struct stat before, after;

	(void)state;
	make_first();
	assert_int_equal(stat("m/tile/entries/000", &before), 0);
	struct folder_stage *stage = open_stage(FOLDER_STAGE_RESUMED);
	assert_string_equal(folder_stage_path(stage), ".m.fetch");
	assert_int_equal(folder_stage_read(&content, stage, "tile/entries/000", 100, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(content.len, 5);
	file_content_free(&content);
	assert_int_equal(folder_stage_read(&content, stage, "none", 100, NULL),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(folder_stage_keep(stage, "tile/entries/000", NULL), UNDERSIGN_OK);
	assert_int_equal(folder_stage_keep(stage, "none", NULL), UNDERSIGN_E_MISSING);
	put(stage, "checkpoint", "2");
	/* The old folder is whole until the commit. */
	assert_content("m/checkpoint", "1");
	assert_content("m/tile/0/000.p/1", "one");
	assert_int_equal(folder_stage_put(stage, "checkpoint", BYTES("3"), NULL),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(folder_stage_put(stage, "../x", BYTES("3"), NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(folder_stage_prune(stage, NULL), UNDERSIGN_OK);
	assert_int_equal(folder_stage_commit(stage, NULL), UNDERSIGN_OK);
	folder_stage_free(stage, false);
	assert_int_equal(folder_list(&list, "m", NULL), UNDERSIGN_OK);
	assert_int_equal(list.n, 2);
	folder_list_free(&list);
	assert_content("m/checkpoint", "2");
	assert_int_equal(stat("m/tile/entries/000", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_false(file_exists(".m.fetch"));
}

static void goes_on_where_it_was_stopped(void **state)
{
	struct folder_list list;

	(void)state;
	make_first();
	struct folder_stage *stage = open_stage(FOLDER_STAGE_RESUMED);
	put(stage, "checkpoint", "2");
	put(stage, "tile/0/000.p/2", "two");
	put(stage, "tile/0/000.p/3", "three");
	folder_stage_free(stage, true); /* stopped */
	assert_content("m/checkpoint", "1");
	assert_int_equal(mkdir(".m.fetch/empty", 0700), 0);
	assert_int_equal(symlink("/etc/passwd", ".m.fetch/link"), 0);

	stage = open_stage(FOLDER_STAGE_RESUMED);
	assert_int_equal(folder_stage_keep(stage, "tile/0/000.p/2", NULL), UNDERSIGN_OK);
	put(stage, "checkpoint", "3"); /* the stopped one's is replaced */
	assert_int_equal(folder_stage_prune(stage, NULL), UNDERSIGN_OK);
	assert_int_equal(folder_list(&list, ".m.fetch", NULL), UNDERSIGN_OK);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.entries[1].name, "tile/0/000.p/2");
	folder_list_free(&list);
	assert_int_equal(folder_stage_commit(stage, NULL), UNDERSIGN_OK);
	folder_stage_free(stage, true);
	assert_content("m/checkpoint", "3");
}

/* A file that is linked into the new folder must not be written through. */
static void never_writes_to_the_old_folder(void **state)
{
	(void)state;
	make_first();
	struct folder_stage *stage = open_stage(FOLDER_STAGE_RESUMED);
	assert_int_equal(folder_stage_keep(stage, "tile/entries/000", NULL), UNDERSIGN_OK);
	folder_stage_free(stage, true);
	stage = open_stage(FOLDER_STAGE_RESUMED);
	put(stage, "tile/entries/000", "other");
	assert_content("m/tile/entries/000", "whole");
	folder_stage_free(stage, false);
	assert_false(file_exists(".m.fetch"));
}

static void one_at_a_time_and_another_name(void **state)
{
	struct folder_stage *second;

	(void)state;
	make_first();
	struct folder_stage *stage = open_stage(FOLDER_STAGE_EMPTY);
	assert_int_equal(
		folder_stage_open(&second, "m", "fetch", FOLDER_STAGE_RESUMED, FILE_REPLACE, NULL),
		UNDERSIGN_E_CONFLICT);
	assert_null(second);
	put(stage, "checkpoint", "4");
	assert_int_equal(folder_stage_rename(stage, "m", NULL), UNDERSIGN_E_CONFLICT);
	assert_int_equal(folder_stage_rename(stage, "m.fork", NULL), UNDERSIGN_OK);
	folder_stage_free(stage, false);
	assert_content("m.fork/checkpoint", "4");
	assert_content("m/checkpoint", "1");
	assert_int_equal(
		folder_stage_open(&second, "m", "fetch", FOLDER_STAGE_EMPTY, FILE_NEW, NULL),
		UNDERSIGN_E_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(swaps_what_was_put_and_kept, enter, leave),
		cmocka_unit_test_setup_teardown(goes_on_where_it_was_stopped, enter, leave),
		cmocka_unit_test_setup_teardown(never_writes_to_the_old_folder, enter, leave),
		cmocka_unit_test_setup_teardown(one_at_a_time_and_another_name, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* File systems that lack what files and folders prefer: no /proc for files without a name, no
 * exchange of two names, no rename that keeps what is there. This file's access and renameat2 stand
 * in for the machine's. */
#include "testing.h"

#include "file.h"
#include "folder.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static int renameat2_error; /* 0: it works, without flags */
static unsigned renamings;

int access(const char *path, int mode)
{
	(void)path;
	(void)mode;
	errno = ENOENT;
	return -1;
}

int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags)
{
	(void)flags;
	renamings++;
	if (renameat2_error != 0) {
		errno = renameat2_error;
		return -1;
	}
	return renameat(old_folder, old, new_folder, new);
}

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

static void files_with_a_temporary_name(void **state)
{
	static const int errors[] = {0, ENOSYS, EINVAL};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct problem problem = {0};
		struct file_writer *writer;

		renameat2_error = errors[i];
		renamings = 0;
		assert_int_equal(file_writer_open(&writer, "a", FILE_PRIVATE, FILE_NEW, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(file_writer_put(writer, BYTES("x"), &problem), UNDERSIGN_OK);
		/* It has one, and nobody else may read it. */
		assert_int_equal(scratch_count("."), 1);
		assert_false(file_exists("a"));
		assert_int_equal(file_writer_commit(writer, &problem), UNDERSIGN_OK);
		file_writer_free(writer);
		assert_int_equal(renamings, 1);
		assert_true(scratch_holds("a", BYTES("x")));
		assert_false(file_is_exposed("a"));
		assert_int_equal(scratch_count("."), 1);

		assert_int_equal(file_write("a", BYTES("y"), FILE_PUBLIC, FILE_REPLACE, &problem),
				 UNDERSIGN_OK);
		assert_true(scratch_holds("a", BYTES("y")));
		assert_int_equal(file_writer_open(&writer, "b", FILE_PUBLIC, FILE_NEW, &problem),
				 UNDERSIGN_OK);
		file_writer_free(writer);
		assert_int_equal(scratch_count("."), 1);
		assert_int_equal(unlink("a"), 0);
	}
}

/* The name is taken while the file is written. */
static void keeps_what_is_there(void **state)
{
	static const int errors[] = {ENOSYS, EEXIST};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct problem problem = {0};
		struct file_writer *writer;

		renameat2_error = errors[i];
		assert_int_equal(file_writer_open(&writer, "a", FILE_PUBLIC, FILE_NEW, &problem),
				 UNDERSIGN_OK);
		scratch_put("a", BYTES("theirs"));
		assert_int_equal(file_writer_commit(writer, &problem), UNDERSIGN_E_CONFLICT);
		file_writer_free(writer);
		assert_true(scratch_holds("a", BYTES("theirs")));
		assert_int_equal(scratch_count("."), 1);
		assert_int_equal(unlink("a"), 0);
	}
}

/* A signal in the middle waits until the temporary file is gone. */
static void signals_wait(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		pid_t child = fork();

		if (child == 0) {
			struct file_writer *writer;

			/* Whoever runs the tests may have it ignored, as nohup does. */
			(void)signal(numbers[i], SIG_DFL);
			if (file_writer_open(&writer, "a", FILE_PUBLIC, FILE_NEW, NULL) !=
			    UNDERSIGN_OK)
				_exit(1);
			(void)raise(numbers[i]);
			if (file_writer_put(writer, BYTES("x"), NULL) != UNDERSIGN_OK)
				_exit(2);
			file_writer_free(writer);
			_exit(3); /* it should have ended before */
		}
		assert_int_equal(scratch_wait(child), 1000 + numbers[i]);
		assert_int_equal(scratch_count("."), 0);
	}
}

static void folders_in_two_steps(void **state)
{
	static const struct folder_file old[] = {{"a", {(const uint8_t *)"old", 3}}};
	static const struct folder_file new[] = {{"b/c", {(const uint8_t *)"new", 3}}};
	static const int errors[] = {ENOSYS, EINVAL};
	struct problem problem = {0};

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		renameat2_error = errors[i];
		renamings = 0;
		assert_int_equal(folder_write("f", old, 1, FILE_NEW, &problem), UNDERSIGN_OK);
		assert_true(scratch_holds("f/a", BYTES("old")));
		assert_int_equal(folder_write("f", new, 1, FILE_REPLACE, &problem), UNDERSIGN_OK);
		assert_int_equal(renamings, 2);
		assert_true(scratch_holds("f/b/c", BYTES("new")));
		assert_false(file_exists("f/a"));
		assert_int_equal(scratch_count("."), 1);
		assert_int_equal(folder_remove("f", &problem), UNDERSIGN_OK);
	}
	/* The machine fails at the swap: the old one stays, the new one goes. */
	renameat2_error = 0;
	assert_int_equal(folder_write("f", old, 1, FILE_NEW, &problem), UNDERSIGN_OK);
	renameat2_error = EIO;
	assert_int_equal(folder_write("f", new, 1, FILE_REPLACE, &problem), UNDERSIGN_E_SYSTEM);
	assert_true(scratch_holds("f/a", BYTES("old")));
	assert_int_equal(scratch_count("."), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_with_a_temporary_name, enter, leave),
		cmocka_unit_test_setup_teardown(keeps_what_is_there, enter, leave),
		cmocka_unit_test_setup_teardown(signals_wait, enter, leave),
		cmocka_unit_test_setup_teardown(folders_in_two_steps, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

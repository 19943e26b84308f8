/* Files: read whole, written completely or not at all, burnt. */
#include "testing.h"

#include "file.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void reads_what_was_written(void **state)
{
	struct test_random random = test_random_new();
	static const size_t lens[] = {0, 1, 4095, 4096, 65535, 65536, 200000};
	static uint8_t data[200000];

	(void)state;
	test_random_fill(&random, data, sizeof data);
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		struct bytes content = bytes_from(data, lens[i]);
		struct file_content read;
		struct problem problem = {0};

		assert_int_equal(file_write("a", content, FILE_PUBLIC, FILE_REPLACE, &problem),
				 UNDERSIGN_OK);
		for (int access = FILE_PUBLIC; access <= FILE_PRIVATE; access++) {
			assert_int_equal(
				file_read(&read, "a", lens[i], (enum file_access)access, &problem),
				UNDERSIGN_OK);
			assert_bytes_equal(file_content_view(&read), content);
			file_content_free(&read);
			int fd = open("a", O_RDONLY);
			assert_int_equal(file_read_fd(&read, fd, "a", lens[i],
						      (enum file_access)access, &problem),
					 UNDERSIGN_OK);
			(void)close(fd);
			assert_bytes_equal(file_content_view(&read), content);
			file_content_free(&read);
		}
		if (lens[i] == 0)
			continue;
		assert_int_equal(file_read(&read, "a", lens[i] - 1, FILE_PUBLIC, &problem),
				 UNDERSIGN_E_LIMIT);
		assert_null(read.data);
		int fd = open("a", O_RDONLY);
		assert_int_equal(file_read_fd(&read, fd, "a", lens[i] - 1, FILE_PUBLIC, &problem),
				 UNDERSIGN_E_LIMIT);
		(void)close(fd);
		assert_null(read.data);
		assert_string_equal(problem.where, "file a");
	}
	assert_int_equal(scratch_count("."), 1);
}

/* Everything that cannot be read says which file, and why. */
static void refuses_to_read(void **state)
{
	static const struct {
		const char *path;
		enum undersign_status status;
		const char *what;
	} cases[] = {
		{"none", UNDERSIGN_E_MISSING, "it is not there: check the name"},
		{"folder", UNDERSIGN_E_INVALID, "it is a folder: give the name of a file"},
		{"pipe", UNDERSIGN_E_INVALID, "it is a device, a pipe or the like"},
		{"/dev/zero", UNDERSIGN_E_INVALID, "it is a device, a pipe or the like"},
		{"dangling", UNDERSIGN_E_MISSING, "it is not there: check the name"},
		{"file/a", UNDERSIGN_E_MISSING,
		 "a part of the path is not a folder: check the name"},
	};

	(void)state;
	assert_int_equal(mkdir("folder", 0777), 0);
	assert_int_equal(mkfifo("pipe", 0666), 0);
	assert_int_equal(symlink("none", "dangling"), 0);
	scratch_put("file", BYTES("x"));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problem problem = {0};
		struct file_content read;

		assert_int_equal(file_read(&read, cases[i].path, 10, FILE_PUBLIC, &problem),
				 cases[i].status);
		assert_null(read.data);
		assert_non_null(strstr(problem.where, cases[i].path));
		assert_string_equal(problem.what, cases[i].what);
	}
	assert_true(file_exists("dangling"));
	assert_false(file_exists("none"));
	assert_true(file_is_folder("folder"));
	assert_false(file_is_folder("file"));
}

static mode_t mode_of(const char *path)
{
	struct stat info;

	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 07777;
}

static void modes_and_existing(void **state)
{
	struct problem problem = {0};

	(void)state;
	(void)umask(0022);
	assert_int_equal(file_write("open", BYTES("x"), FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(mode_of("open"), 0644);
	assert_true(file_is_exposed("open"));
	(void)umask(0);
	assert_int_equal(file_write("closed", BYTES("x"), FILE_PRIVATE, FILE_NEW, &problem),
			 UNDERSIGN_OK);
	(void)umask(0022);
	assert_int_equal(mode_of("closed"), 0600);
	assert_false(file_is_exposed("closed"));

	/* What is there stays, unless told. */
	assert_int_equal(file_write("open", BYTES("y"), FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_E_CONFLICT);
	assert_true(scratch_holds("open", BYTES("x")));
	assert_string_equal(problem.where, "file open");
	assert_int_equal(file_write("open", BYTES("y"), FILE_PRIVATE, FILE_REPLACE, &problem),
			 UNDERSIGN_OK);
	assert_true(scratch_holds("open", BYTES("y")));
	assert_int_equal(mode_of("open"), 0600);

	/* Only a regular file is replaced: neither a link nor what it points to. */
	assert_int_equal(symlink("open", "link"), 0);
	assert_int_equal(mkdir("folder", 0777), 0);
	assert_int_equal(file_write("link", BYTES("z"), FILE_PUBLIC, FILE_REPLACE, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(file_write("folder", BYTES("z"), FILE_PUBLIC, FILE_REPLACE, &problem),
			 UNDERSIGN_E_INVALID);
	assert_true(scratch_holds("open", BYTES("y")));
	assert_int_equal(file_write("none/a", BYTES("z"), FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(file_write("a/", BYTES("z"), FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(file_write("", BYTES("z"), FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(file_write("..", BYTES("z"), FILE_PUBLIC, FILE_REPLACE, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(scratch_count("."), 4);
}

/* A writer that somebody else overtakes: the file that was there first stays. */
static void loses_the_race_politely(void **state)
{
	struct problem problem = {0};
	struct file_writer *writer;

	(void)state;
	assert_int_equal(file_writer_open(&writer, "a", FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(file_writer_put(writer, BYTES("mine"), &problem), UNDERSIGN_OK);
	scratch_put("a", BYTES("theirs"));
	assert_int_equal(file_writer_commit(writer, &problem), UNDERSIGN_E_CONFLICT);
	file_writer_free(writer);
	assert_true(scratch_holds("a", BYTES("theirs")));

	assert_int_equal(file_writer_open(&writer, "b", FILE_PUBLIC, FILE_NEW, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(file_writer_put(writer, BYTES("given up"), &problem), UNDERSIGN_OK);
	file_writer_free(writer);
	assert_int_equal(scratch_count("."), 1);
}

/* A disk of 64 KiB (a limit on the size of files stands for it): nothing is left behind, the old
 * file is as it was, and the program lives and can say why. */
static void full_disk_leaves_nothing(void **state)
{
	static uint8_t data[100000];

	(void)state;
	scratch_put("old", BYTES("old"));
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit limit = {65536, 65536};
		struct problem problem = {0};
		bool is_good = setrlimit(RLIMIT_FSIZE, &limit) == 0;

		is_good = is_good && file_write("new", bytes_from(data, sizeof data), FILE_PUBLIC,
						FILE_NEW, &problem) == UNDERSIGN_E_SYSTEM;
		is_good = is_good && strcmp(problem.where, "file new") == 0;
		is_good = is_good && strstr(problem.what, "raise the limit") != NULL;
		is_good = is_good && file_write("old", bytes_from(data, sizeof data), FILE_PUBLIC,
						FILE_REPLACE, &problem) == UNDERSIGN_E_SYSTEM;
		/* Positive control: what fits is written. */
		is_good = is_good && file_write("fits", bytes_from(data, 65536), FILE_PUBLIC,
						FILE_NEW, &problem) == UNDERSIGN_OK;
		_exit(is_good ? 0 : 1);
	}
	assert_int_equal(scratch_wait(child), 0);
	assert_true(scratch_holds("old", BYTES("old")));
	assert_int_equal(scratch_count("."), 2);
}

/* The same on a file system that is full, where this machine lets us mount one. */
static void full_tmpfs_leaves_nothing(void **state)
{
	static uint8_t data[200000];
	struct problem problem = {0};

	(void)state;
	assert_int_equal(mkdir("disk", 0777), 0);
	if (mount("none", "disk", "tmpfs", 0, "size=128k") != 0) {
		print_message("no right to mount: left out\n");
		return;
	}
	enum undersign_status status = file_write("disk/new", bytes_from(data, sizeof data),
						  FILE_PUBLIC, FILE_NEW, &problem);
	size_t n = scratch_count("disk");
	enum undersign_status small =
		file_write("disk/fits", bytes_from(data, 4096), FILE_PUBLIC, FILE_NEW, NULL);
	assert_int_equal(umount("disk"), 0);
	assert_int_equal(status, UNDERSIGN_E_SYSTEM);
	assert_string_equal(problem.what, "no space left: make room and do it again");
	assert_int_equal(n, 0);
	assert_int_equal(small, UNDERSIGN_OK);
}

/* A child that replaces a file over and over is ended at random moments: the file is always one of
 * the two contents, whole. */
static void ended_at_any_moment(void **state, int number)
{
	struct test_random random = test_random_new();
	static uint8_t even[300000];
	static uint8_t odd[300000];
	int rounds = test_is_full() ? 500 : 25;

	(void)state;
	memset(even, 'e', sizeof even);
	memset(odd, 'o', sizeof odd);
	scratch_put("a", bytes_from(even, sizeof even));
	for (int round = 0; round < rounds; round++) {
		pid_t child = fork();
		if (child == 0) {
			for (int i = 0;; i++) {
				if (file_write("a", bytes_from(i % 2 ? even : odd, sizeof even),
					       FILE_PUBLIC, FILE_REPLACE, NULL) != UNDERSIGN_OK)
					_exit(1);
			}
		}
		struct timespec wait = {0, (long)test_random_below(&random, 20000000)};
		(void)nanosleep(&wait, NULL);
		assert_int_equal(kill(child, number), 0);
		assert_int_equal(scratch_wait(child), 1000 + number);
		assert_true(scratch_holds("a", bytes_from(even, sizeof even)) ||
			    scratch_holds("a", bytes_from(odd, sizeof odd)));
		/* What can wait for the end of a write leaves no other file at all. */
		if (number != SIGKILL)
			assert_int_equal(scratch_count("."), 1);
	}
}

static void killed_at_any_moment(void **state)
{
	ended_at_any_moment(state, SIGKILL);
}

static void terminated_at_any_moment(void **state)
{
	ended_at_any_moment(state, SIGTERM);
}

/* kill -9 in the middle of writing a new file: there is no file of any name. */
static void killed_in_the_middle(void **state)
{
	int pipes[2];
	uint8_t byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		struct file_writer *writer;

		if (file_writer_open(&writer, "a", FILE_PRIVATE, FILE_NEW, NULL) != UNDERSIGN_OK ||
		    file_writer_put(writer, BYTES("half"), NULL) != UNDERSIGN_OK)
			_exit(1);
		(void)!write(pipes[1], "x", 1);
		(void)pause();
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(scratch_wait(child), 1000 + SIGKILL);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	assert_false(file_exists("a"));
	/* A file system without files that have no name would keep a temporary one. */
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0) {
		assert_int_equal(scratch_count("."), 0);
		(void)close(fd);
	}
}

/* Another name of the same file shows what became of its content. */
static void burns(void **state)
{
	struct problem problem = {0};
	static const uint8_t zeros[6];

	(void)state;
	scratch_put("a", BYTES("secret"));
	assert_int_equal(link("a", "witness"), 0);
	assert_int_equal(file_replace_and_burn("a", BYTES("new"), &problem), UNDERSIGN_OK);
	assert_true(scratch_holds("a", BYTES("new")));
	assert_int_equal(mode_of("a"), 0600);
	assert_true(scratch_holds("witness", bytes_from(zeros, 6)));
	assert_int_equal(scratch_count("."), 2);

	assert_int_equal(unlink("witness"), 0);
	assert_int_equal(link("a", "witness"), 0);
	int fd = open("a", O_RDONLY);
	assert_int_equal(file_burn("a", &problem), UNDERSIGN_OK);
	assert_false(file_exists("a"));
	assert_true(scratch_holds("witness", BYTES("")));
	(void)close(fd);

	assert_int_equal(file_burn("a", &problem), UNDERSIGN_E_MISSING);
	assert_int_equal(symlink("witness", "link"), 0);
	assert_int_equal(file_burn("link", &problem), UNDERSIGN_E_INVALID);
	assert_int_equal(file_burn(".", &problem), UNDERSIGN_E_INVALID);
	assert_int_equal(file_replace_and_burn("none", BYTES("x"), &problem), UNDERSIGN_E_MISSING);
	assert_int_equal(scratch_count("."), 2);
}

/* A full disk while a column is burnt: the old file is whole, nothing else is there. */
static void burning_on_a_full_disk(void **state)
{
	(void)state;
	scratch_put("a", BYTES("secret"));
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit limit = {2, 2};
		struct problem problem = {0};
		bool is_good =
			setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
			file_replace_and_burn("a", BYTES("newer"), &problem) == UNDERSIGN_E_SYSTEM;

		_exit(is_good ? 0 : 1);
	}
	assert_int_equal(scratch_wait(child), 0);
	assert_true(scratch_holds("a", BYTES("secret")));
	assert_int_equal(scratch_count("."), 1);
}

static void writes_to_descriptors(void **state)
{
	struct problem problem = {0};
	int pipes[2];
	char got[8] = {0};

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(file_write_fd(pipes[1], "out", BYTES("abc"), &problem), UNDERSIGN_OK);
	assert_int_equal(read(pipes[0], got, sizeof got), 3);
	assert_string_equal(got, "abc");
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	int full = open("/dev/full", O_WRONLY);
	assert_true(full >= 0);
	assert_int_equal(file_write_fd(full, "out", BYTES("abc"), &problem), UNDERSIGN_E_SYSTEM);
	assert_string_equal(problem.where, "file out");
	(void)close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_what_was_written, enter, leave),
		cmocka_unit_test_setup_teardown(refuses_to_read, enter, leave),
		cmocka_unit_test_setup_teardown(modes_and_existing, enter, leave),
		cmocka_unit_test_setup_teardown(loses_the_race_politely, enter, leave),
		cmocka_unit_test_setup_teardown(full_disk_leaves_nothing, enter, leave),
		cmocka_unit_test_setup_teardown(full_tmpfs_leaves_nothing, enter, leave),
		cmocka_unit_test_setup_teardown(killed_at_any_moment, enter, leave),
		cmocka_unit_test_setup_teardown(terminated_at_any_moment, enter, leave),
		cmocka_unit_test_setup_teardown(killed_in_the_middle, enter, leave),
		cmocka_unit_test_setup_teardown(burns, enter, leave),
		cmocka_unit_test_setup_teardown(burning_on_a_full_disk, enter, leave),
		cmocka_unit_test_setup_teardown(writes_to_descriptors, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

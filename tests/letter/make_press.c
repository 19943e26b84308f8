/* Writes the test letter of the press kit and what is wrong with it (src/cli/press_tests). Its
 * server, which has the log's key, lies: logs and signatures are as they should be but for one
 * entry, so that nothing but that entry can be refused. The secrets follow from the seed below and
 * are nobody's. Usage: make-press-tests FOLDER */
#include "desk.h"

#include "bundle_tar.h"

enum { OFFICE_A, OFFICE_B };
#define NAME_A "Test Office A, enrolled"
#define NAME_B "Test Office B, enrolled"

static struct desk desk;
static size_t begin_of_1;

static void begin(void)
{
	struct bytes files[4];

	desk_begin(&desk, 0);
	desk.random.state = 20310403;
	desk.title = "A test letter";
	desk.to = "whoever tests undersign verify";
	desk.text = "This letter is a test. Its members were made up by a program.\n";
	desk_add(&desk, NAME_A, "Test Office A", ROSTER_ENROLLED, 16, 0);
	desk_add(&desk, NAME_B, "Test Office B", ROSTER_ENROLLED, 16, 0);
	desk_publish(&desk);
	begin_of_1 = desk.n_log;
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_sign(&desk, OFFICE_A, i, 1, false);
	desk_run(&desk, NULL, 0, files, 4);
	assert_int_equal(desk_open(&desk)->tally.total, 4);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct folder_file *)a)->name, ((const struct folder_file *)b)->name);
}

static void write_bundle(const char *folder, const char *name)
{
	static struct desk_bundle bundle;
	static char names[DESK_FILES_MAX][FOLDER_NAME_MAX + 1];
	static struct folder_file files[DESK_FILES_MAX];
	struct file_content tar;
	struct problem problem = {0};
	char path[4096];

	desk_bundle_make(&desk, &bundle);
	for (size_t i = 0; i < bundle.files.n; i++) {
		snprintf(names[i], sizeof names[i], "%.*s", (int)bundle.names[i].len,
			 (const char *)bundle.names[i].data);
		files[i] = (struct folder_file){names[i], bundle.contents[i]};
	}
	qsort(files, bundle.files.n, sizeof files[0], compare);
	assert_int_equal(bundle_tar_make(&tar, files, bundle.files.n), UNDERSIGN_OK);
	assert_true(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
	assert_int_equal(
		file_write(path, file_content_view(&tar), FILE_PUBLIC, FILE_REPLACE, &problem),
		UNDERSIGN_OK);
	file_content_free(&tar);
}

/* A member of office B, whose statement says that it is one of office A. */
static void add_ineligible(void)
{
	const uint32_t ring_a = desk_ring(&desk, NAME_A), ring_b = desk_ring(&desk, NAME_B);
	const struct bytes entry = desk_entry(&desk, OFFICE_B, 0, 1, ring_b, 0);
	struct statement statement;
	struct writer writer =
		writer_new(arena_take(desk.arena, 1, STATEMENT_LETTER_MAX), STATEMENT_LETTER_MAX);

	assert_int_equal(statement_parse(&statement, entry, NULL), UNDERSIGN_OK);
	memcpy(statement.ring_id, rings_last(desk.rings, ring_a)->ring.id, HASH_BYTES);
	statement_write(&writer, &statement);
	desk_append(&desk, writer_view(&writer));
	desk_order(&desk, begin_of_1 + 1, 1);
	desk_assert_refused(&desk, "entry ", "a proof holds for its ring");
}

static void add_copy(void)
{
	const size_t at = begin_of_1 + 1;

	memmove(&desk.log[at + 1], &desk.log[at], (desk.n_log - at) * sizeof desk.log[0]);
	desk.n_log++;
	desk_assert_refused(&desk, "entry ", "no entry stands in the log twice");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	desk_begin_program();
	begin();
	write_bundle(argv[1], "test-letter.tar");
	add_ineligible();
	write_bundle(argv[1], "ineligible-signer.tar");
	desk_end(&desk);
	begin();
	add_copy();
	write_bundle(argv[1], "second-signature.tar");
	desk_end(&desk);
	return 0;
}

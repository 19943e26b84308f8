/* Canonical tar files: what packing gives, and that nothing else is read. */
#include "testing.h"

#include "bundle_source.h"
#include "bundle_tar.h"
#include "folder.h"
#include "scratch.h"

#include <sys/resource.h>
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

/* --- A tar file made by hand, after the table in bundle_tar.h --- */

#define TAR_MAX 16384

struct tar {
	uint8_t data[TAR_MAX];
	size_t len;
};

static void put_text(uint8_t *header, size_t offset, const char *text)
{
	memcpy(header + offset, text, strlen(text));
}

static void put_sum(uint8_t *header)
{
	unsigned sum = 0;
	char text[8];

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += header[i];
	(void)snprintf(text, sizeof text, "%06o", sum);
	memcpy(header + 148, text, 7);
	header[155] = ' ';
}

/* The header; its content and padding come after it. */
static uint8_t *put_member(struct tar *tar, const char *name, struct bytes content)
{
	uint8_t *header = tar->data + tar->len;
	char len[16];

	put_text(header, 0, name);
	put_text(header, 100, "000644 ");
	put_text(header, 108, "000000 ");
	put_text(header, 116, "000000 ");
	(void)snprintf(len, sizeof len, "%011zo ", content.len);
	put_text(header, 124, len);
	put_text(header, 136, "00000000000 ");
	header[156] = '0';
	put_text(header, 257, "ustar");
	put_text(header, 263, "00");
	put_text(header, 329, "000000 ");
	put_text(header, 337, "000000 ");
	put_sum(header);
	if (content.len > 0)
		memcpy(header + 512, content.data, content.len);
	tar->len += 512 + (content.len + 511) / 512 * 512;
	return header;
}

static const char text_700[] =
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789"
	"0123456789012345678901234567890123456789012345678901234567890123456789";

static const struct folder_file files[] = {
	{"checkpoint", {(const uint8_t *)text_700, 700}},
	{"keys", {(const uint8_t *)text_700, 512}},
	{"texts/en.md", {NULL, 0}},
	{"tile/entries/000.p/17", {(const uint8_t *)"x", 1}},
};
#define N_FILES 4
/* Where the headers stand, in order of names: checkpoint, keys, texts.., tile.. */
static const size_t order[N_FILES] = {0, 1, 2, 3};

static void make_good(struct tar *tar)
{
	*tar = (struct tar){0};
	for (size_t i = 0; i < N_FILES; i++)
		(void)put_member(tar, files[order[i]].name, files[order[i]].content);
	tar->len += 1024;
}

static enum undersign_status read_memory(void *cookie, uint64_t offset, uint8_t *out, size_t n)
{
	const struct tar *tar = cookie;

	if (offset > tar->len || n > tar->len - offset)
		return UNDERSIGN_E_SYSTEM;
	memcpy(out, tar->data + offset, n);
	return UNDERSIGN_OK;
}

static enum undersign_status index_of(struct bundle_tar_index *out, struct tar *tar,
				      struct problem *problem)
{
	const struct bundle_tar_input input = {read_memory, tar, tar->len};

	*problem = (struct problem){0};
	return bundle_tar_index(out, &input, problem);
}

static void assert_refused(struct tar *tar, const char *where, const char *what)
{
	struct bundle_tar_index index;
	struct problem problem;

	assert_int_equal(index_of(&index, tar, &problem), UNDERSIGN_E_FORMAT);
	assert_null(index.members);
	assert_true(problem.rule[0] != '\0');
	if (strcmp(problem.where, where) != 0 || !strstr(problem.what, what))
		fail_msg("%s: %s, not %s: %s", problem.where, problem.what, where, what);
}

static void packs_to_the_byte(void **state)
{
	static struct tar tar;
	struct problem problem = {0};
	struct bundle_tar_index index;

	(void)state;
	make_good(&tar);
	assert_int_equal(folder_write("f", files, N_FILES, FILE_NEW, &problem), UNDERSIGN_OK);
	assert_int_equal(bundle_tar_pack("a.tar", "f", FILE_NEW, &problem), UNDERSIGN_OK);
	assert_true(scratch_holds("a.tar", bytes_from(tar.data, tar.len)));
	/* Neither times nor modes nor the order of making matter. */
	assert_int_equal(chmod("f/keys", 0600), 0);
	assert_int_equal(chmod("f/checkpoint", 0755), 0);
	assert_int_equal(bundle_tar_pack("a.tar", "f", FILE_NEW, &problem), UNDERSIGN_E_CONFLICT);
	assert_int_equal(bundle_tar_pack("a.tar", "f", FILE_REPLACE, &problem), UNDERSIGN_OK);
	assert_true(scratch_holds("a.tar", bytes_from(tar.data, tar.len)));
	assert_int_equal(bundle_tar_pack("b.tar", "none", FILE_NEW, &problem), UNDERSIGN_E_MISSING);
	assert_int_equal(symlink("keys", "f/link"), 0);
	assert_int_equal(bundle_tar_pack("b.tar", "f", FILE_NEW, &problem), UNDERSIGN_E_INVALID);
	assert_int_equal(scratch_count("."), 2);

	assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_OK);
	assert_int_equal(index.n, N_FILES);
	for (size_t i = 0; i < N_FILES; i++) {
		const struct folder_file *file = &files[order[i]];

		assert_string_equal(index.members[i].name, file->name);
		assert_bytes_equal(bytes_from(tar.data + index.members[i].offset,
					      (size_t)index.members[i].len),
				   file->content);
	}
	bundle_tar_index_free(&index);
}

static void full_disk_leaves_nothing(void **state)
{
	static uint8_t data[60000];
	const struct folder_file large[] = {{"a", {data, sizeof data}}, {"b", {data, sizeof data}}};

	(void)state;
	assert_int_equal(folder_write("f", large, 2, FILE_NEW, NULL), UNDERSIGN_OK);
	pid_t child = fork();
	if (child == 0) {
		const struct rlimit limit = {65536, 65536};
		struct problem problem = {0};
		bool is_good =
			setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
			bundle_tar_pack("a.tar", "f", FILE_NEW, &problem) == UNDERSIGN_E_SYSTEM &&
			strcmp(problem.where, "file a.tar") == 0;

		_exit(is_good ? 0 : 1);
	}
	assert_int_equal(scratch_wait(child), 0);
	assert_int_equal(scratch_count("."), 1);
}

/* No file at all is a tar file too; a bundle it is not. */
static void empty(void **state)
{
	static struct tar tar;
	struct bundle_tar_index index;
	struct problem problem;

	(void)state;
	tar.len = 1024;
	assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_OK);
	assert_int_equal(index.n, 0);
	bundle_tar_index_free(&index);
	static const size_t lens[] = {0, 1, 511, 512, 1023, 1025, 1536, 10240};
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		tar.len = lens[i];
		assert_refused(&tar, "the end of the file", "");
	}
}

/* Every byte of headers and padding: any other value is refused, whether or not the check sum is
 * put right. */
static void every_other_byte_is_refused(void **state)
{
	static struct tar tar;
	size_t n_refused = 0;

	(void)state;
	make_good(&tar);
	for (size_t at = 0; at < tar.len; at++) {
		size_t in_header = at % 512;
		/* Contents are not the tar file's business: 700 bytes from 512, 512 from 2048, 1
		 * at the end. */
		bool is_content =
			(at >= 512 && at < 1212) || (at >= 2048 && at < 2560) || at == 3584;
		bool is_header = at < 512 || (at >= 1536 && at < 2048) || (at >= 2560 && at < 3584);
		struct bundle_tar_index index;
		struct problem problem;
		static struct tar other;

		if (is_content)
			continue;
		for (int i = 0; i < (is_header ? 4 : 2); i++) {
			static const uint8_t changes[] = {0x01, 0x80};

			other = tar;
			other.data[at] ^= changes[i % 2];
			if (i >= 2)
				put_sum(other.data + at / 512 * 512);
			/* A name that differs but is still in order is another tar file. */
			bool is_name = in_header < 100 && is_header && i >= 2;
			/* So is one whose last block holds a few bytes more or less. */
			bool is_len = in_header >= 124 && in_header < 135 && is_header && i >= 2;
			enum undersign_status status = index_of(&index, &other, &problem);
			if (status == UNDERSIGN_OK && !is_name && !is_len &&
			    !(i >= 2 && in_header >= 148 && in_header < 156))
				fail_msg("byte %zu was not refused", at);
			n_refused += status != UNDERSIGN_OK;
			bundle_tar_index_free(&index);
		}
	}
	assert_true(n_refused > 5000);
}

static void fields(void **state)
{
	static const struct {
		size_t offset;
		const char *text;
		const char *what;
	} cases[] = {
		{100, "000755 ", "mode"},
		{100, "0000644", "mode"},
		{108, "001750 ", "owner"},
		{116, "000001 ", "group"},
		{124, "00000001274\0", "length is written otherwise"},
		{124, "       1274 ", "length is written otherwise"},
		{136, "14567012345 ", "time"},
		{156, "5", "not a regular file"},
		{156, "2", "not a regular file"},
		{156, "1", "not a regular file"},
		{156, "3", "not a regular file"},
		{156, "x", "not a regular file"},
		{156, "g", "not a regular file"},
		{156, "L", "not a regular file"},
		{157, "keys", "name of a link"},
		{257, "ustar  ", "magic"},
		{265, "root", "owner's name"},
		{297, "root", "group's name"},
		{329, "000001 ", "device"},
		{345, "prefix", "prefix"},
		{500, "x", "zeros at its end"},
	};
	static struct tar tar;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make_good(&tar);
		put_text(tar.data, cases[i].offset, cases[i].text);
		if (cases[i].offset == 124)
			tar.data[135] = cases[i].text[11] == ' ' ? ' ' : '\0';
		put_sum(tar.data);
		assert_refused(&tar, "file checkpoint", cases[i].what);
	}
	/* As old tar files have it: no digit for a regular file, a check sum with other blanks. */
	make_good(&tar);
	tar.data[156] = 0;
	put_sum(tar.data);
	assert_refused(&tar, "file checkpoint", "not a regular file");
	make_good(&tar);
	tar.data[154] = ' ';
	tar.data[155] = 0;
	assert_refused(&tar, "file checkpoint", "check sum");
	make_good(&tar);
	tar.data[1300] = 1;
	assert_refused(&tar, "file checkpoint", "padded");
	make_good(&tar);
	tar.data[tar.len - 1] = 1;
	assert_refused(&tar, "the end of the file", "zeros");
}

static void order_and_names(void **state)
{
	static const char *const bad[] = {"/etc/passwd", "../a", "a/../b", "./a",      "a/",
					  "a//b",        "a b",  "a\tb",   "\xc3\xa4", ""};
	static struct tar tar;
	struct bytes none = bytes_from(NULL, 0);

	(void)state;
	tar = (struct tar){0};
	(void)put_member(&tar, "b", none);
	(void)put_member(&tar, "a", none);
	tar.len += 1024;
	assert_refused(&tar, "file a", "too late");
	tar = (struct tar){0};
	(void)put_member(&tar, "a", none);
	(void)put_member(&tar, "a", none);
	tar.len += 1024;
	assert_refused(&tar, "file a", "twice");
	/* Bytes, not letters, make the order: '-' is before '/', 'B' before 'a'. */
	tar = (struct tar){0};
	(void)put_member(&tar, "B", none);
	(void)put_member(&tar, "a-", none);
	(void)put_member(&tar, "a/b", none);
	tar.len += 1024;
	struct bundle_tar_index index;
	struct problem problem;
	assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_OK);
	bundle_tar_index_free(&index);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		tar = (struct tar){0};
		(void)put_member(&tar, bad[i], none);
		tar.len += 1024;
		assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_E_FORMAT);
		assert_non_null(strstr(problem.rule, "visible ASCII"));
	}
	/* Something after the name's end. */
	tar = (struct tar){0};
	put_text(put_member(&tar, "a", none), 50, "hidden");
	put_sum(tar.data);
	tar.len += 1024;
	assert_refused(&tar, "file a", "name");
	/* A name of 100 bytes, the longest. */
	tar = (struct tar){0};
	char name[101];
	memset(name, 'n', 100);
	name[100] = '\0';
	(void)put_member(&tar, name, none);
	tar.len += 1024;
	assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_OK);
	assert_string_equal(index.members[0].name, name);
	bundle_tar_index_free(&index);
}

static void cut_off_or_longer(void **state)
{
	static struct tar tar;

	(void)state;
	make_good(&tar);
	size_t whole = tar.len;
	for (tar.len = 0; tar.len < whole; tar.len += tar.len % 512 == 511 ? 1 : 73) {
		struct bundle_tar_index index;
		struct problem problem;

		assert_int_equal(index_of(&index, &tar, &problem), UNDERSIGN_E_FORMAT);
		assert_true(problem_is_set(&problem));
	}
	for (tar.len = whole + 1; tar.len <= whole + 1024; tar.len += 1023)
		assert_refused(&tar, "the end of the file", "follows");
	/* A length that reaches beyond the end. */
	make_good(&tar);
	put_text(tar.data, 124, "77777777777 ");
	put_sum(tar.data);
	assert_refused(&tar, "file checkpoint", "cut off");
}

/* A folder and its tar file look the same through a bundle's eyes. */
static void source_is_the_same(void **state)
{
	struct problem problem = {0};
	const char *const paths[] = {"f", "a.tar"};

	(void)state;
	assert_int_equal(folder_write("f", files, N_FILES, FILE_NEW, &problem), UNDERSIGN_OK);
	assert_int_equal(bundle_tar_pack("a.tar", "f", FILE_NEW, &problem), UNDERSIGN_OK);
	for (size_t p = 0; p < 2; p++) {
		struct bundle_source *source;

		assert_int_equal(bundle_source_open(&source, paths[p], &problem), UNDERSIGN_OK);
		struct undersign_files view = bundle_source_files(source);
		struct bundle_files module_view = bundle_source_module_files(source);
		assert_int_equal(view.n_files, N_FILES);
		assert_int_equal(module_view.n, N_FILES);
		for (size_t i = 0; i < N_FILES; i++) {
			struct undersign_bytes name = view.name(view.cookie, i);
			struct undersign_bytes content;
			struct bytes again;

			assert_bytes_equal(bytes_from(name.data, name.len),
					   BYTES(files[order[i]].name));
			assert_bytes_equal(module_view.name(module_view.cookie, i),
					   BYTES(files[order[i]].name));
			assert_int_equal(view.read(view.cookie, i, &content), UNDERSIGN_OK);
			assert_bytes_equal(bytes_from(content.data, content.len),
					   files[order[i]].content);
			assert_int_equal(module_view.read(module_view.cookie, i, &again),
					 UNDERSIGN_OK);
			assert_ptr_equal(again.data, content.data);
			view.release(view.cookie, i);
			view.release(view.cookie, i);
		}
		/* One is left read: closing gives it back. */
		struct undersign_bytes content;
		assert_int_equal(view.read(view.cookie, 0, &content), UNDERSIGN_OK);
		assert_false(problem_is_set(bundle_source_problem(source)));
		bundle_source_close(source);
	}
	bundle_source_close(NULL);
}

/* What is replaced or cut while it is open is noticed; the two are never mixed. */
static void changes_are_noticed(void **state)
{
	struct problem problem = {0};
	struct bundle_source *source;
	struct undersign_bytes content;

	(void)state;
	assert_int_equal(folder_write("f", files, N_FILES, FILE_NEW, &problem), UNDERSIGN_OK);
	assert_int_equal(bundle_tar_pack("a.tar", "f", FILE_NEW, &problem), UNDERSIGN_OK);
	assert_int_equal(bundle_source_open(&source, "f", &problem), UNDERSIGN_OK);
	struct undersign_files view = bundle_source_files(source);
	scratch_put("f/keys", BYTES("shorter"));
	assert_int_equal(view.read(view.cookie, 1, &content), UNDERSIGN_E_INVALID);
	assert_null(content.data);
	assert_string_equal(bundle_source_problem(source)->where, "file keys");
	assert_int_equal(folder_write("f", files, 1, FILE_REPLACE, &problem), UNDERSIGN_OK);
	assert_int_equal(view.read(view.cookie, 0, &content), UNDERSIGN_E_MISSING);
	bundle_source_close(source);

	assert_int_equal(bundle_source_open(&source, "a.tar", &problem), UNDERSIGN_OK);
	view = bundle_source_files(source);
	assert_int_equal(truncate("a.tar", 1000), 0);
	assert_int_equal(view.read(view.cookie, 0, &content), UNDERSIGN_E_SYSTEM);
	assert_string_equal(bundle_source_problem(source)->where, "file checkpoint");
	bundle_source_close(source);

	assert_int_equal(bundle_source_open(&source, "a.tar", &problem), UNDERSIGN_E_FORMAT);
	assert_null(source);
	assert_string_equal(problem.where, "tar file a.tar, file checkpoint");
	assert_int_equal(bundle_source_open(&source, "none", &problem), UNDERSIGN_E_MISSING);
	assert_int_equal(mkfifo("pipe", 0666), 0);
	assert_int_equal(bundle_source_open(&source, "pipe", &problem), UNDERSIGN_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packs_to_the_byte, enter, leave),
		cmocka_unit_test_setup_teardown(full_disk_leaves_nothing, enter, leave),
		cmocka_unit_test(empty),
		cmocka_unit_test(every_other_byte_is_refused),
		cmocka_unit_test(fields),
		cmocka_unit_test(order_and_names),
		cmocka_unit_test(cut_off_or_longer),
		cmocka_unit_test_setup_teardown(source_is_the_same, enter, leave),
		cmocka_unit_test_setup_teardown(changes_are_noticed, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"
#include "testing.h"

static void compares(void **state)
{
	struct bytes none = bytes_from(NULL, 0);

	(void)state;
	assert_true(bytes_are_equal(BYTES("ab"), BYTES("ab")));
	assert_false(bytes_are_equal(BYTES("ab"), BYTES("abc")));
	assert_false(bytes_are_equal(BYTES("ab"), BYTES("ac")));
	assert_true(bytes_are_equal(none, BYTES("")));
	assert_true(bytes_begin_with(BYTES("abc"), BYTES("ab")));
	assert_true(bytes_begin_with(BYTES("abc"), none));
	assert_false(bytes_begin_with(BYTES("ab"), BYTES("abc")));
	assert_true(bytes_compare(BYTES("a"), BYTES("ab")) < 0);
	assert_true(bytes_compare(BYTES("ab"), BYTES("a")) > 0);
	assert_true(bytes_compare(BYTES("b"), BYTES("ab")) > 0);
	assert_true(bytes_compare(BYTES("\xff"), BYTES("a")) > 0);
	assert_true(bytes_compare(none, BYTES("")) == 0);
	assert_bytes_equal(bytes_part(BYTES("abcd"), 1, 2), BYTES("bc"));
	assert_bytes_equal(bytes_part(BYTES("abcd"), 4, 0), BYTES(""));
}

static void reads_what_was_written(void **state)
{
	struct test_random random = test_random_new();

	(void)state;
	for (size_t round = 0; round < 1000; round++) {
		uint64_t value = test_random_u64(&random);
		uint8_t buffer[29];
		uint8_t copied[1];
		struct writer writer = writer_new(buffer, sizeof buffer);

		writer_u8(&writer, (uint8_t)value);
		writer_u16le(&writer, (uint16_t)value);
		writer_u32le(&writer, (uint32_t)value);
		writer_u64le(&writer, value);
		writer_u16be(&writer, (uint16_t)value);
		writer_u32be(&writer, (uint32_t)value);
		writer_u64be(&writer, value);
		assert_int_equal(writer.len, 29);
		struct cursor cursor = cursor_new(writer_view(&writer));
		assert_int_equal(cursor_u8(&cursor), (uint8_t)value);
		assert_int_equal(cursor_u16le(&cursor), (uint16_t)value);
		assert_int_equal(cursor_u32le(&cursor), (uint32_t)value);
		assert_true(cursor_u64le(&cursor) == value);
		assert_int_equal(cursor_u16be(&cursor), (uint16_t)value);
		assert_int_equal(cursor_u32be(&cursor), (uint32_t)value);
		assert_false(cursor_is_at_end(&cursor));
		assert_true(cursor_u64be(&cursor) == value);
		assert_true(cursor_is_at_end(&cursor));
		assert_int_equal(cursor.offset, 29);
		cursor_copy(&cursor, copied, 0);
		assert_true(cursor_is_at_end(&cursor));
	}
}

static void byte_order_is_as_named(void **state)
{
	uint8_t buffer[28];
	struct writer writer = writer_new(buffer, sizeof buffer);

	(void)state;
	writer_u16le(&writer, 0x0102);
	writer_u32le(&writer, 0x01020304);
	writer_u64le(&writer, UINT64_C(0x0102030405060708));
	writer_u16be(&writer, 0x0102);
	writer_u32be(&writer, 0x01020304);
	writer_u64be(&writer, UINT64_C(0x0102030405060708));
	assert_bytes_equal(writer_view(&writer),
			   LITERAL("\2\1\4\3\2\1\10\7\6\5\4\3\2\1\1\2\1\2\3\4\1\2\3\4\5\6\7\10"));
}

static void cursor_failure_is_sticky(void **state)
{
	struct cursor cursor = cursor_new(LITERAL("\1\2\3"));
	uint8_t copied[4] = {9, 9, 9, 9};

	(void)state;
	assert_int_equal(cursor_u16le(&cursor), 0x0201);
	assert_int_equal(cursor_u16le(&cursor), 0); /* one byte is left */
	assert_true(cursor.has_failed);
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_int_equal(cursor_take(&cursor, 0).len, 0);
	cursor_copy(&cursor, copied, sizeof copied);
	assert_bytes_equal(bytes_from(copied, 4), LITERAL("\0\0\0\0"));
	assert_false(cursor_is_at_end(&cursor));
	assert_int_equal(cursor.offset, 2);
	cursor = cursor_new(BYTES("abc"));
	assert_int_equal(cursor_take(&cursor, SIZE_MAX).len, 0);
	assert_true(cursor.has_failed);
}

static void writer_counts_what_does_not_fit(void **state)
{
	uint8_t buffer[6] = {0, 0, 0, 0, 0xaa, 0xaa};
	struct writer writer = writer_new(buffer, 4);
	struct writer measure = writer_new(NULL, 0);

	(void)state;
	writer_text(&writer, "abc");
	assert_false(writer.has_overflowed);
	writer_text(&writer, "de");
	assert_true(writer.has_overflowed);
	writer_text(&writer, "f"); /* would fit, but something before it is missing */
	assert_int_equal(writer.len, 6);
	assert_bytes_equal(bytes_from(buffer, 6), LITERAL("abc\0\xaa\xaa"));
	writer_bytes(&measure, bytes_from(NULL, 0));
	assert_false(measure.has_overflowed);
	writer_base64(&measure, LITERAL("abcd"));
	writer_hex(&measure, LITERAL("abcd"));
	writer_decimal(&measure, 1000);
	assert_true(measure.has_overflowed);
	assert_int_equal(measure.len, 8 + 8 + 4);
	/* Exactly full is not too full. */
	writer = writer_new(buffer, 6);
	writer_text(&writer, "abcdef");
	assert_bytes_equal(writer_view(&writer), BYTES("abcdef"));
}

static void writes_numbers(void **state)
{
	const struct {
		uint64_t value;
		const char *text;
	} cases[] = {{0, "0"},
		     {9, "9"},
		     {10, "10"},
		     {1234067, "1234067"},
		     {UINT64_MAX, "18446744073709551615"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t buffer[20];
		struct writer writer = writer_new(buffer, sizeof buffer);

		writer_decimal(&writer, cases[i].value);
		assert_bytes_equal(writer_view(&writer), BYTES(cases[i].text));
	}
}

struct block_list {
	void *blocks[8];
	size_t n_blocks;
	bool is_empty;
};

static void *grow(void *cookie, size_t len)
{
	struct block_list *list = cookie;

	if (list->is_empty || list->n_blocks == 8)
		return NULL;
	list->blocks[list->n_blocks] = aligned_alloc(64, (len + 63) & ~(size_t)63);
	memset(list->blocks[list->n_blocks], 0xcc, len);
	return list->blocks[list->n_blocks++];
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct block_list list = {.n_blocks = 0};
	struct arena arena = {.grow = grow, .cookie = &list, .limit = SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		size_t size = i % 7 == 0 ? 64 + i : 1 + i % 63;
		uint8_t *memory = arena_take(&arena, 3, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % (size >= 64 ? 64 : 16), 0);
		for (size_t j = 0; j < 3 * size; j++)
			assert_int_equal(memory[j], 0);
		memset(memory, 0xee, 3 * size);
	}
	assert_int_equal(list.n_blocks, 1);
	assert_non_null(arena_take(&arena, 1, 3000000)); /* larger than a block */
	assert_int_equal(list.n_blocks, 2);
	assert_non_null(arena_take(&arena, 0, 8));
	assert_bytes_equal(arena_copy(&arena, BYTES("kept")), BYTES("kept"));
	assert_non_null(arena_copy(&arena, bytes_from(NULL, 0)).data);
	for (size_t i = 0; i < list.n_blocks; i++)
		free(list.blocks[i]);
}

static void arena_refuses(void **state)
{
	struct block_list list = {.is_empty = true};
	uint8_t block[256];
	struct arena fixed = {.block = block, .capacity = sizeof block};
	struct arena failing = {.grow = grow, .cookie = &list, .limit = SIZE_MAX};
	struct arena limited = {.grow = grow, .cookie = &list, .limit = 1000};

	(void)state;
	assert_null(arena_take(&fixed, SIZE_MAX, 2));
	assert_null(arena_take(&fixed, SIZE_MAX / 2 + 1, 2));
	assert_null(arena_take(&fixed, 1, 257));
	assert_non_null(arena_take(&fixed, 1, 128));
	assert_null(arena_take(&fixed, 1, 128 + 1));
	assert_null(arena_take(&failing, 1, 1));
	assert_null(arena_copy(&failing, BYTES("x")).data);
	list.is_empty = false;
	assert_null(arena_take(&limited, 1, 1001));
	assert_non_null(arena_take(&limited, 1, 600));
	assert_null(arena_take(&limited, 1, 600));
	assert_int_equal(list.n_blocks, 1);
	free(list.blocks[0]);
}

static void problem_shows_only_what_is_printable(void **state)
{
	struct problem problem = {{0}, {0}, {0}};
	char many[400];

	(void)state;
	assert_false(problem_is_set(NULL));
	assert_false(problem_is_set(&problem));
	problem_where_number(&problem, "line", 14);
	problem_inside(&problem, "file", BYTES("x\x1b[2J"));
	problem_inside_number(&problem, "entry", 7);
	assert_string_equal(problem.where, "entry 7, file x?[2J, line 14");
	problem_what(&problem, "found", LITERAL("a\0b\xff\xc2\x9b\xe2\x80\xae\xc3\xa9"));
	assert_string_equal(problem.what, "found a?b???\xc3\xa9");
	problem_what_numbers(&problem, "{1} of {2} only", 2, 3);
	assert_string_equal(problem.what, "2 of 3 only");
	problem_rule_name(&problem, "must be `{1}`", BYTES("key"));
	assert_string_equal(problem.rule, "must be `key`");
	problem_rule_number(&problem, "at most {1} bytes", 5);
	assert_string_equal(problem.rule, "at most 5 bytes");
	problem_what_numbers(&problem, "bundle {1} only", 2, 3);
	assert_string_equal(problem.what, "bundle 2 only");
	assert_true(problem_is_set(&problem));
	/* Cut where a character ends, and terminated. */
	for (size_t i = 0; i < sizeof many; i += 2)
		memcpy(many + i, "\xc3\xa9", 2);
	problem_what(&problem, "", bytes_from(many, sizeof many));
	assert_int_equal(strlen(problem.what), PROBLEM_TEXT_LEN - 2);
	problem_where(&problem, "file", bytes_from(many, sizeof many));
	problem_inside(&problem, "bundle", BYTES("b"));
	assert_true(strlen(problem.where) < PROBLEM_TEXT_LEN);
	problem_where(NULL, "file", BYTES("x"));
	problem_rule(NULL, "rule");
	problem_what_numbers(NULL, "{1}", 1, 0);
	problem_rule_number(NULL, "{1}", 1);
	problem_rule_name(NULL, "{1}", BYTES("x"));
}

static void every_status_has_its_text(void **state)
{
	(void)state;
	for (int i = UNDERSIGN_OK; i <= UNDERSIGN_E_SYSTEM; i++) {
		for (int j = UNDERSIGN_OK; j < i; j++)
			assert_string_not_equal(undersign_status_text((enum undersign_status)i),
						undersign_status_text((enum undersign_status)j));
	}
	assert_non_null(undersign_status_text((enum undersign_status)9999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(byte_order_is_as_named),
		cmocka_unit_test(cursor_failure_is_sticky),
		cmocka_unit_test(writer_counts_what_does_not_fit),
		cmocka_unit_test(writes_numbers),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(arena_refuses),
		cmocka_unit_test(problem_shows_only_what_is_printable),
		cmocka_unit_test(every_status_has_its_text),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}

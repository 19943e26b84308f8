#include "line.h"
#include "testing.h"

/* A reader over a text, and what it says. */
static struct problem said;

static struct line_reader read_text(struct bytes text)
{
	memset(&said, 0, sizeof said);
	return line_reader_new(text, &said);
}

static void assert_said(struct line_reader *reader, const char *where, const char *rule_part)
{
	assert_int_equal(line_end(reader), UNDERSIGN_E_FORMAT);
	assert_string_equal(said.where, where);
	assert_non_null(strstr(said.rule, rule_part));
}

static void reads_a_text(void **state)
{
	struct line_reader reader =
		read_text(BYTES("undersigned test v1\nname A \xc3\x89 B\nn 42\nid 0aff\nroot QUJD\n"
				"pair 7 c0 QQ== the rest of it\n"));
	uint8_t out[3];
	struct bytes value;

	(void)state;
	line_header(&reader, "undersigned test v1");
	assert_true(line_is_next(&reader, "name"));
	assert_false(line_is_next(&reader, "nam"));
	assert_false(line_is_next(&reader, "n"));
	assert_bytes_equal(line_value(&reader, "name"), BYTES("A \xc3\x89 B"));
	assert_true(line_decimal(&reader, "n", 42) == 42);
	line_hex(&reader, "id", out, 2);
	assert_bytes_equal(bytes_from(out, 2), LITERAL("\x0a\xff"));
	line_base64(&reader, "root", out, 3);
	assert_bytes_equal(bytes_from(out, 3), BYTES("ABC"));
	value = line_value(&reader, "pair");
	assert_true(field_decimal(&reader, &value, 9) == 7);
	field_hex(&reader, &value, out, 1);
	assert_int_equal(out[0], 0xc0);
	field_base64(&reader, &value, out, 1);
	assert_int_equal(out[0], 'A');
	assert_bytes_equal(field_rest(&reader, &value), BYTES("the rest of it"));
	field_end(&reader, value);
	assert_false(line_is_next(&reader, "name"));
	assert_int_equal(line_end(&reader), UNDERSIGN_OK);
	assert_false(problem_is_set(&said));
}

static void refuses_texts_at_once(void **state)
{
	const struct {
		struct bytes text;
		const char *where;
		const char *rule_part;
	} cases[] = {
		{{NULL, 0}, "line 1", "at least one line"},
		{LITERAL("a"), "line 1", "end in a newline"},
		{LITERAL("a\nb"), "line 2", "end in a newline"},
		{LITERAL("\n"), "line 1", "no empty line"},
		{LITERAL("a\n\nb\n"), "line 2", "no empty line"},
		{LITERAL("a\nb\n\n"), "line 3", "no empty line"},
		{LITERAL("a\r\nb\n"), "line 1", "control character"},
		{LITERAL("a\nb\tc\n"), "line 2", "control character"},
		{LITERAL("a\0\n"), "line 1", "control character"},
		{LITERAL("a\x7f\n"), "line 1", "control character"},
		{LITERAL("a\x1b[0m\n"), "line 1", "control character"},
		{LITERAL("a\nb \xff\n"), "line 2", "UTF-8"},
		{LITERAL("a\nb \xc3\n"), "line 2", "UTF-8"},
		{LITERAL("a\nb \xed\xa0\x80\n"), "line 2", "UTF-8"},
		{LITERAL("a\nb \xc0\x80\n"), "line 2", "UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line_reader reader = read_text(cases[i].text);

		assert_true(reader.has_failed);
		assert_int_equal(line_value(&reader, "a").len, 0);
		assert_said(&reader, cases[i].where, cases[i].rule_part);
		/* Without a place to say it. */
		reader = line_reader_new(cases[i].text, NULL);
		assert_true(reader.has_failed);
	}
}

static void value_of(struct line_reader *reader)
{
	line_header(reader, "h");
	(void)line_value(reader, "key");
}

static void refuses_lines(void **state)
{
	const char *bad[] = {"h\nkey\n",          "h\nkey \n",         "h\nkey  v\n", "h\nkey v \n",
			     "h\n key v\n",       "h\nKey v\n",        "h\nkeys v\n", "h\nke v\n",
			     "h\nother v\n",      "h\nkey=v\n",        "h\nkey:v\n",  "H\nkey v\n",
			     "h \nkey v\n",       "hh\nkey v\n",       "key v\n",     "h\n",
			     "h\nkey v\nkey v\n", "h\nkey v\nmore v\n"};
	char text[2 + 4 + 4097 + 2];

	(void)state;
	struct line_reader good = read_text(BYTES("h\nkey v\n"));
	value_of(&good);
	assert_int_equal(line_end(&good), UNDERSIGN_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct line_reader reader = read_text(BYTES(bad[i]));

		value_of(&reader);
		assert_int_equal(line_end(&reader), UNDERSIGN_E_FORMAT);
		assert_true(said.where[0] != '\0' && said.rule[0] != '\0');
	}
	/* 4096 bytes are a value, 4097 are not. */
	for (size_t len = 4096; len <= 4097; len++) {
		memcpy(text, "h\nkey ", 6);
		memset(text + 6, 'v', len);
		text[6 + len] = '\n';
		struct line_reader reader = read_text(bytes_from(text, 7 + len));

		value_of(&reader);
		assert_int_equal(line_end(&reader),
				 len == 4096 ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
}

static void names_place_and_rule(void **state)
{
	struct line_reader reader = read_text(BYTES("h\nkey v\n"));
	uint8_t out[32];

	(void)state;
	line_header(&reader, "h");
	(void)line_value(&reader, "roster");
	assert_said(&reader, "line 2", "`roster VALUE`");
	assert_string_equal(said.what, "found key v");
	reader = read_text(BYTES("h\n"));
	value_of(&reader);
	assert_said(&reader, "line 2", "`key VALUE`");
	assert_string_equal(said.what, "the text ends before it");
	reader = read_text(BYTES("h\nkey 9\n"));
	line_header(&reader, "h");
	assert_true(line_decimal(&reader, "key", 8) == 0);
	assert_said(&reader, "line 2", "at most 8");
	reader = read_text(BYTES("h\nkey 9\n"));
	line_header(&reader, "h");
	memset(out, 0xee, sizeof out);
	line_hex(&reader, "key", out, sizeof out);
	assert_said(&reader, "line 2", "32 bytes in lower-case hexadecimal");
	assert_int_equal(out[0] | out[31], 0);
	reader = read_text(BYTES("h\nkey 9\n"));
	line_header(&reader, "h");
	memset(out, 0xee, sizeof out);
	line_base64(&reader, "key", out, sizeof out);
	assert_said(&reader, "line 2", "32 bytes in base64");
	assert_int_equal(out[0] | out[31], 0);
	reader = read_text(BYTES("h\nkey v\n"));
	value_of(&reader);
	line_fail(&reader, "the date must be later", BYTES("2020-01-01"));
	line_fail(&reader, "the first failure stays", bytes_from(NULL, 0));
	assert_said(&reader, "line 2", "the date must be later");
	assert_string_equal(said.what, "2020-01-01");
}

/* Reads `key <value>` as two fields and no more. */
static enum undersign_status two_fields(const char *line)
{
	struct line_reader reader = read_text(BYTES(line));
	struct bytes value = line_value(&reader, "key");

	(void)field_take(&reader, &value);
	(void)field_take(&reader, &value);
	field_end(&reader, value);
	return line_end(&reader);
}

static void splits_fields_strictly(void **state)
{
	struct line_reader reader = read_text(BYTES("key a b  c\n"));
	struct bytes value = line_value(&reader, "key");
	uint8_t out[2] = {7, 7};

	(void)state;
	assert_int_equal(two_fields("key a b\n"), UNDERSIGN_OK);
	assert_int_equal(two_fields("key a\n"), UNDERSIGN_E_FORMAT);
	assert_int_equal(two_fields("key a b c\n"), UNDERSIGN_E_FORMAT);
	assert_int_equal(two_fields("key a  b\n"), UNDERSIGN_E_FORMAT);
	assert_int_equal(two_fields("key a b  c\n"), UNDERSIGN_E_FORMAT);
	/* After a failure everything is empty or zero. */
	reader = read_text(BYTES("key a b  c\n"));
	value = line_value(&reader, "key");
	(void)field_take(&reader, &value);
	(void)field_take(&reader, &value);
	assert_int_equal(field_take(&reader, &value).len, 0);
	assert_int_equal(field_rest(&reader, &value).len, 0);
	field_hex(&reader, &value, out, 2);
	assert_int_equal(out[0] | out[1], 0);
	assert_int_equal(line_end(&reader), UNDERSIGN_E_FORMAT);
	/* The rest must be there. */
	reader = read_text(BYTES("key a\n"));
	value = line_value(&reader, "key");
	(void)field_take(&reader, &value);
	assert_int_equal(field_rest(&reader, &value).len, 0);
	assert_int_equal(line_end(&reader), UNDERSIGN_E_FORMAT);
}

static void reads_what_it_writes(void **state)
{
	uint8_t buffer[64];
	struct writer writer = writer_new(buffer, sizeof buffer);

	(void)state;
	line_write(&writer, "title", BYTES("en A letter"));
	assert_bytes_equal(writer_view(&writer), BYTES("title en A letter\n"));
	struct line_reader reader = read_text(writer_view(&writer));
	assert_bytes_equal(line_value(&reader, "title"), BYTES("en A letter"));
	assert_int_equal(line_end(&reader), UNDERSIGN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_text),           cmocka_unit_test(refuses_texts_at_once),
		cmocka_unit_test(refuses_lines),          cmocka_unit_test(names_place_and_rule),
		cmocka_unit_test(splits_fields_strictly), cmocka_unit_test(reads_what_it_writes),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}

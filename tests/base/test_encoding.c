#include "encoding.h"
#include "testing.h"

#include <sodium.h>
#include <time.h>

static void hex_is_strict(void **state)
{
	const char *bad[] = {"",   "0",   "001", "0G", "A0", "a ", " a",
			     "0x", "a\n", "zz",  "0/", "0:", "0`", "0g"};
	uint8_t out[2];
	uint8_t text[4];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		out[0] = 0xee;
		assert_int_equal(hex_decode(out, 1, BYTES(bad[i])), UNDERSIGN_E_FORMAT);
		assert_int_equal(out[0], 0);
	}
	for (unsigned value = 0; value < 65536; value++) {
		struct writer writer = writer_new(text, sizeof text);
		uint8_t in[2] = {(uint8_t)(value >> 8), (uint8_t)value};
		char expected[5];

		writer_hex(&writer, bytes_from(in, 2));
		(void)snprintf(expected, sizeof expected, "%04x", value);
		assert_memory_equal(text, expected, 4);
		assert_int_equal(hex_decode(out, 2, writer_view(&writer)), UNDERSIGN_OK);
		assert_memory_equal(out, in, 2);
	}
	assert_int_equal(hex_decode(out, 0, BYTES("")), UNDERSIGN_OK);
}

static void base64_agrees_with_libsodium(void **state)
{
	struct test_random random = test_random_new();
	uint8_t in[100];
	uint8_t out[100];
	uint8_t text[140];
	char expected[140];
	size_t len;

	(void)state;
	for (size_t in_len = 0; in_len <= sizeof in; in_len++) {
		for (size_t round = 0; round < 20; round++) {
			struct writer writer = writer_new(text, sizeof text);

			test_random_fill(&random, in, in_len);
			writer_base64(&writer, bytes_from(in, in_len));
			sodium_bin2base64(expected, sizeof expected, in, in_len,
					  sodium_base64_VARIANT_ORIGINAL);
			assert_bytes_equal(writer_view(&writer), BYTES(expected));
			assert_int_equal(writer.len, base64_encoded_len(in_len));
			assert_int_equal(base64_decode(out, &len, in_len, writer_view(&writer)),
					 UNDERSIGN_OK);
			assert_bytes_equal(bytes_from(out, len), bytes_from(in, in_len));
			assert_int_equal(base64_decode_exactly(out, in_len, writer_view(&writer)),
					 UNDERSIGN_OK);
			if (in_len == 0)
				continue;
			assert_int_equal(base64_decode(out, &len, in_len - 1, writer_view(&writer)),
					 UNDERSIGN_E_LIMIT);
			assert_int_equal(len, 0);
		}
	}
}

/* Of all texts of four bytes from a small set, those accepted are what the encoder writes. */
static void base64_has_one_spelling(void **state)
{
	const char digits[] = "AQZag4z09+/=-_ \n\r.,";
	size_t n = sizeof digits; /* the zero byte too */
	uint8_t out[3];
	size_t len;
	size_t n_accepted = 0;

	(void)state;
	for (size_t i = 0; i < n * n * n * n; i++) {
		const char text[4] = {digits[i % n], digits[i / n % n], digits[i / n / n % n],
				      digits[i / n / n / n]};
		uint8_t again[4];
		struct writer writer = writer_new(again, sizeof again);

		if (base64_decode(out, &len, sizeof out, bytes_from(text, 4)) != UNDERSIGN_OK)
			continue;
		writer_base64(&writer, bytes_from(out, len));
		assert_bytes_equal(writer_view(&writer), bytes_from(text, 4));
		n_accepted++;
	}
	assert_true(n_accepted > 10000);
}

static void base64_refuses(void **state)
{
	const char *bad[] = {"A",      "AA",        "AAA",      "=",    "==",       "===",
			     "====",   "A===",      "AB==",     "AAB=", "AA=A",     "=AAA",
			     "AAAA=",  "AAAA====",  "AA==AAAA", "A A=", "AAA-",     "AA=\n",
			     "AAAA\n", " AAAA",     "AAAA ",    "AAA_", "AA==AA==", "QUI",
			     "QUI",    "\303\251AA"};
	uint8_t out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(out, 0xee, sizeof out);
		assert_int_equal(base64_decode(out, &len, sizeof out, BYTES(bad[i])),
				 UNDERSIGN_E_FORMAT);
		assert_int_equal(len, 0);
		for (size_t j = 0; j < sizeof out; j++)
			assert_int_equal(out[j], 0);
	}
	/* A length that is not the one asked for. */
	assert_int_equal(base64_decode_exactly(out, 3, BYTES("QUJD")), UNDERSIGN_OK);
	assert_int_equal(base64_decode_exactly(out, 2, BYTES("QUJD")), UNDERSIGN_E_FORMAT);
	assert_int_equal(base64_decode_exactly(out, 4, BYTES("QUJD")), UNDERSIGN_E_FORMAT);
	assert_int_equal(out[0], 0);
}

static void decimal_is_strict(void **state)
{
	const char *bad[] = {"",    "00",  "01",  "+1",  "-1", "-0",    " 1",      "1 ",
			     "1\n", "1.0", "1e3", "0x1", "a",  "1,000", "\xd9\xa1"};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		value = 7;
		assert_int_equal(decimal_decode(&value, BYTES(bad[i]), UINT64_MAX),
				 UNDERSIGN_E_FORMAT);
		assert_true(value == 0);
	}
	assert_int_equal(decimal_decode(&value, BYTES("0"), 0), UNDERSIGN_OK);
	assert_int_equal(decimal_decode(&value, BYTES("18446744073709551615"), UINT64_MAX),
			 UNDERSIGN_OK);
	assert_true(value == UINT64_MAX);
	assert_int_equal(decimal_decode(&value, BYTES("18446744073709551616"), UINT64_MAX),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(decimal_decode(&value, BYTES("99999999999999999999"), UINT64_MAX),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(decimal_decode(&value, BYTES("256"), 255), UNDERSIGN_E_LIMIT);
	assert_int_equal(decimal_decode(&value, BYTES("255"), 255), UNDERSIGN_OK);
	assert_true(value == 255);
}

/* Encodes without any rule of UTF-8 but the bit pattern. */
static size_t encode(uint8_t out[4], uint32_t code, size_t len)
{
	static const uint8_t marks[5] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (len == 1) {
		out[0] = (uint8_t)code;
		return 1;
	}
	for (size_t i = len; i > 1; i--) {
		out[i - 1] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (uint8_t)(marks[len] | code);
	return len;
}

static void utf8_has_one_spelling(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x120000; code++) {
		size_t right = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		bool is_code = code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);

		for (size_t len = right; len <= 4; len++) {
			uint8_t text[4];
			uint32_t found;
			struct bytes view = bytes_from(text, encode(text, code, len));
			bool is_good = is_code && len == right;

			assert_int_equal(utf8_is_valid(view), is_good);
			assert_int_equal(utf8_first(&found, view), is_good ? len : 0);
			assert_int_equal(found, is_good ? code : 0);
			if (len > 1) /* cut short */
				assert_false(utf8_is_valid(bytes_part(view, 0, len - 1)));
		}
	}
	assert_true(utf8_is_valid(bytes_from(NULL, 0)));
	assert_true(utf8_is_valid(BYTES("na\xc3\xafve \xf0\x9f\x98\x80")));
	assert_false(utf8_is_valid(BYTES("\x80")));
	assert_false(utf8_is_valid(BYTES("a\xc3")));
	assert_false(utf8_is_valid(BYTES("\303a")));
	assert_false(utf8_is_valid(BYTES("\xf8\x88\x80\x80\x80")));
}

static void dates_agree_with_gmtime(void **state)
{
	uint64_t last_day = DATE_MAX_SECONDS / 86400;

	(void)state;
	for (uint64_t day = 0; day <= last_day; day++) {
		/* A second of the day, another one each day. */
		uint64_t seconds = day * 86400 + day * 7919 % 86400;
		time_t when = (time_t)seconds;
		struct tm tm;
		char expected[64];
		uint8_t text[DATE_TIME_LEN];
		uint64_t back;

		if (day > 40000 && day < last_day - 2000 && day % 97 != 0 && !test_is_full())
			continue;
		assert_non_null(gmtime_r(&when, &tm));
		(void)strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", &tm);
		date_time_encode(text, seconds);
		assert_memory_equal(text, expected, DATE_TIME_LEN);
		assert_int_equal(date_time_decode(&back, bytes_from(text, DATE_TIME_LEN)),
				 UNDERSIGN_OK);
		assert_true(back == seconds);
		date_encode(text, seconds);
		assert_memory_equal(text, expected, DATE_LEN);
		assert_int_equal(date_decode(&back, bytes_from(text, DATE_LEN)), UNDERSIGN_OK);
		assert_true(back == day * 86400);
	}
}

static void dates_are_strict(void **state)
{
	const char *bad[] = {"1969-12-31", "2031-00-01",  "2031-13-01",  "2031-01-00",
			     "2031-01-32", "2031-04-31",  "2031-02-29",  "2100-02-29",
			     "2032-02-30", "2031-1-1",    "2031-01-1",   "31-01-01",
			     "2031/01/01", " 2031-01-01", "2031-01-01 ", "2031-01-01\n",
			     "+031-01-01", "10000-01-01", "2031-01-0a",  "",
			     "2031-01--1"};
	const char *bad_times[] = {
		"2031-05-03T24:00:00Z",      "2031-05-03T10:60:00Z",   "2031-05-03T10:00:60Z",
		"2031-05-03T10:00:61Z",      "2031-05-03t10:00:05Z",   "2031-05-03T10:00:05z",
		"2031-05-03 10:00:05Z",      "2031-05-03T10:00:05",    "2031-05-03T10:00:05+",
		"2031-05-03T10:00:05+00:00", "2031-05-03T10:00:05.5Z", "2031-05-03T10-00-05Z",
		"2031-02-29T10:00:05Z",      "2031-05-03T1:00:005Z",   "2031-05-03",
		"2031-05-03T-1:00:05Z"};
	uint64_t seconds;
	uint8_t text[DATE_TIME_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(date_decode(&seconds, BYTES(bad[i])), UNDERSIGN_E_FORMAT);
		assert_true(seconds == 0);
	}
	for (size_t i = 0; i < sizeof bad_times / sizeof bad_times[0]; i++) {
		assert_int_equal(date_time_decode(&seconds, BYTES(bad_times[i])),
				 UNDERSIGN_E_FORMAT);
		assert_true(seconds == 0);
	}
	assert_int_equal(date_time_decode(&seconds, BYTES("2023-11-14T22:13:20Z")), UNDERSIGN_OK);
	assert_true(seconds == 1700000000);
	assert_int_equal(date_decode(&seconds, BYTES("2000-02-29")), UNDERSIGN_OK);
	assert_true(seconds == 951782400);
	assert_int_equal(date_time_decode(&seconds, BYTES("9999-12-31T23:59:59Z")), UNDERSIGN_OK);
	assert_true(seconds == DATE_MAX_SECONDS);
	date_time_encode(text, UINT64_MAX);
	assert_memory_equal(text, "9999-12-31T23:59:59Z", DATE_TIME_LEN);
	date_encode(text, DATE_MAX_SECONDS + 1);
	assert_memory_equal(text, "9999-12-31", DATE_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_is_strict),
		cmocka_unit_test(base64_agrees_with_libsodium),
		cmocka_unit_test(base64_has_one_spelling),
		cmocka_unit_test(base64_refuses),
		cmocka_unit_test(decimal_is_strict),
		cmocka_unit_test(utf8_has_one_spelling),
		cmocka_unit_test(dates_agree_with_gmtime),
		cmocka_unit_test(dates_are_strict),
	};

	return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}

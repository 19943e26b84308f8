#include "fuzz.h"

#include "encoding.h"

#include <stdlib.h>

static void check_texts(struct bytes text, uint8_t *buffer, uint8_t *again, size_t capacity)
{
	struct writer writer = writer_new(again, capacity);
	uint8_t date[DATE_TIME_LEN];
	uint64_t value;
	size_t len;

	if (base64_decode(buffer, &len, capacity, text) == UNDERSIGN_OK) {
		writer_base64(&writer, bytes_from(buffer, len));
		CHECK(bytes_are_equal(writer_view(&writer), text));
		CHECK(base64_encoded_len(len) == text.len);
	}
	writer = writer_new(again, capacity);
	if (hex_decode(buffer, text.len / 2, text) == UNDERSIGN_OK) {
		writer_hex(&writer, bytes_from(buffer, text.len / 2));
		CHECK(bytes_are_equal(writer_view(&writer), text));
	}
	writer = writer_new(again, capacity);
	if (decimal_decode(&value, text, UINT64_MAX) == UNDERSIGN_OK) {
		writer_decimal(&writer, value);
		CHECK(bytes_are_equal(writer_view(&writer), text));
	}
	if (date_decode(&value, text) == UNDERSIGN_OK) {
		date_encode(date, value);
		CHECK(bytes_are_equal(bytes_from(date, DATE_LEN), text) && value % 86400 == 0);
	}
	if (date_time_decode(&value, text) == UNDERSIGN_OK) {
		date_time_encode(date, value);
		CHECK(bytes_are_equal(bytes_from(date, DATE_TIME_LEN), text));
	}
}

static void check_bytes(struct bytes bytes, uint8_t *buffer, uint8_t *again, size_t capacity)
{
	struct cursor cursor = cursor_new(bytes);
	uint8_t date[DATE_TIME_LEN];
	uint64_t value;
	size_t len;

	struct writer writer = writer_new(again, capacity);
	writer_base64(&writer, bytes);
	CHECK(base64_decode(buffer, &len, capacity, writer_view(&writer)) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(bytes_from(buffer, len), bytes));
	writer = writer_new(again, capacity);
	writer_hex(&writer, bytes);
	CHECK(hex_decode(buffer, bytes.len, writer_view(&writer)) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(bytes_from(buffer, bytes.len), bytes));
	uint64_t seconds = cursor_u64le(&cursor) % (DATE_MAX_SECONDS + 1);
	date_time_encode(date, seconds);
	CHECK(date_time_decode(&value, bytes_from(date, sizeof date)) == UNDERSIGN_OK);
	CHECK(value == seconds);
	/* Valid as a whole exactly if valid in its two parts, cut before a character's start. */
	size_t cut = bytes.len / 2;
	while (cut > 0 && (bytes.data[cut] & 0xc0) == 0x80)
		cut--;
	CHECK(utf8_is_valid(bytes) == (utf8_is_valid(bytes_part(bytes, 0, cut)) &&
				       utf8_is_valid(bytes_part(bytes, cut, bytes.len - cut))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t capacity = 2 * len + 8;
	uint8_t *buffer = malloc(capacity);
	uint8_t *again = malloc(capacity);

	CHECK(buffer && again);
	check_texts(bytes_from(data, len), buffer, again, capacity);
	check_bytes(bytes_from(data, len), buffer, again, capacity);
	free(buffer);
	free(again);
	return 0;
}

#include "encoding.h"

#include "ct.h"
#include "memory.h"

/* 1 if low <= value <= high, else 0; no branch. Requires: all below 2^31. */
static uint32_t is_within(uint32_t value, uint32_t low, uint32_t high)
{
	return 1 & ~(((value - low) | (high - value)) >> 31);
}

/* The value of a lower-case digit, or 0 and *bad becomes 1. */
static uint32_t hex_value(uint8_t digit, uint32_t *bad)
{
	uint32_t is_decimal = is_within(digit, '0', '9');
	uint32_t is_letter = is_within(digit, 'a', 'f');

	*bad |= 1 ^ (is_decimal | is_letter);
	return ((0 - is_decimal) & (uint32_t)(digit - '0')) |
	       ((0 - is_letter) & (uint32_t)(digit - 'a' + 10));
}

enum undersign_status hex_decode(uint8_t *out, size_t out_len, struct bytes text)
{
	uint32_t bad = 0;

	if (out_len > 0)
		memset(out, 0, out_len);
	if (text.len >> 1 != out_len || (text.len & 1) != 0)
		return UNDERSIGN_E_FORMAT;
	for (size_t i = 0; i < out_len; i++) {
		uint32_t high = hex_value(text.data[2 * i], &bad);
		uint32_t low = hex_value(text.data[2 * i + 1], &bad);

		out[i] = (uint8_t)(high << 4 | low);
	}
	/* Whether a text is well formed is told to its sender anyway. */
	ct_declassify(&bad, sizeof bad);
	if (bad) {
		wipe(out, out_len);
		return UNDERSIGN_E_FORMAT;
	}
	return UNDERSIGN_OK;
}

static uint32_t base64_value(uint8_t digit, uint32_t *bad)
{
	uint32_t is_upper = is_within(digit, 'A', 'Z');
	uint32_t is_lower = is_within(digit, 'a', 'z');
	uint32_t is_decimal = is_within(digit, '0', '9');
	uint32_t is_plus = is_within(digit, '+', '+');
	uint32_t is_slash = is_within(digit, '/', '/');

	*bad |= 1 ^ (is_upper | is_lower | is_decimal | is_plus | is_slash);
	return ((0 - is_upper) & (uint32_t)(digit - 'A')) |
	       ((0 - is_lower) & (uint32_t)(digit - 'a' + 26)) |
	       ((0 - is_decimal) & (uint32_t)(digit - '0' + 52)) | ((0 - is_plus) & 62) |
	       ((0 - is_slash) & 63);
}

enum undersign_status base64_decode(uint8_t *out, size_t *out_len, size_t capacity,
				    struct bytes text)
{
	size_t n_padding = 0;
	uint32_t bad = 0;

	*out_len = 0;
	if (capacity > 0)
		memset(out, 0, capacity);
	if ((text.len & 3) != 0)
		return UNDERSIGN_E_FORMAT;
	if (text.len > 0 && text.data[text.len - 1] == '=')
		n_padding = text.data[text.len - 2] == '=' ? 2 : 1;
	size_t len = (text.len >> 2) * 3 - n_padding;
	if (len > capacity)
		return UNDERSIGN_E_LIMIT;
	for (size_t i = 0, done = 0; i < text.len; i += 4) {
		uint32_t group = 0;
		size_t n_digits = i + 4 == text.len ? 4 - n_padding : 4;

		for (size_t j = 0; j < n_digits; j++)
			group |= base64_value(text.data[i + j], &bad) << (18 - 6 * j);
		uint8_t decoded[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8),
				      (uint8_t)group};
		for (size_t j = 0; j < 3; j++) {
			if (done < len)
				out[done++] = decoded[j];
			else
				bad |= decoded[j]; /* unused bits */
		}
		wipe(decoded, sizeof decoded);
	}
	/* Whether a text is well formed is told to its sender anyway. */
	ct_declassify(&bad, sizeof bad);
	if (bad) {
		wipe(out, len);
		return UNDERSIGN_E_FORMAT;
	}
	*out_len = len;
	return UNDERSIGN_OK;
}

enum undersign_status base64_decode_exactly(uint8_t *out, size_t out_len, struct bytes text)
{
	size_t len;
	enum undersign_status status = base64_decode(out, &len, out_len, text);

	if (status == UNDERSIGN_OK && len == out_len)
		return UNDERSIGN_OK;
	wipe(out, out_len);
	return UNDERSIGN_E_FORMAT;
}

enum undersign_status decimal_decode(uint64_t *out, struct bytes text, uint64_t limit)
{
	uint64_t value = 0;

	*out = 0;
	if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
		return UNDERSIGN_E_FORMAT;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return UNDERSIGN_E_FORMAT;
	}
	/* No overflow built-in: where there is no 128-bit product it calls the compiler library.
	 */
	for (size_t i = 0; i < text.len; i++) {
		const uint64_t digit = (uint64_t)(text.data[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return UNDERSIGN_E_LIMIT;
		value = value * 10 + digit;
	}
	if (value > limit)
		return UNDERSIGN_E_LIMIT;
	*out = value;
	return UNDERSIGN_OK;
}

size_t utf8_first(uint32_t *out_code, struct bytes text)
{
	*out_code = 0;
	if (text.len == 0)
		return 0;
	uint8_t first = text.data[0];
	size_t len = first < 0x80   ? 1
		     : first < 0xc2 ? 0 /* a continuation, or an overlong form */
		     : first < 0xe0 ? 2
		     : first < 0xf0 ? 3
		     : first < 0xf5 ? 4
				    : 0;
	if (len == 0 || len > text.len)
		return 0;
	uint32_t code = len == 1 ? first : first & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text.data[i] & 0x3f);
	}
	if ((len == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
	    (len == 4 && (code < 0x10000 || code > 0x10ffff)))
		return 0;
	*out_code = code;
	return len;
}

bool utf8_is_valid(struct bytes text)
{
	for (size_t i = 0; i < text.len;) {
		uint32_t code;
		size_t len = utf8_first(&code, bytes_part(text, i, text.len - i));

		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

#define SECONDS_PER_DAY UINT64_C(86400)

/* Days since 1970-01-01. The year is turned to begin in March, so that the leap day is its last;
 * 719468 days are from 0000-03-01 to 1970-01-01. Months of the turned year: 153 days in five. */
static uint64_t days_from_date(uint64_t year, uint64_t month, uint64_t day)
{
	uint64_t turned_year = month < 3 ? year - 1 : year;
	uint64_t turned_month = month < 3 ? month + 9 : month - 3;

	return 365 * turned_year + turned_year / 4 - turned_year / 100 + turned_year / 400 +
	       (153 * turned_month + 2) / 5 + day - 1 - 719468;
}

static void date_from_days(uint64_t *year, uint64_t *month, uint64_t *day, uint64_t days)
{
	uint64_t since = days + 719468;
	uint64_t era = since / 146097; /* days of 400 years */
	uint64_t day_of_era = since % 146097;
	uint64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	uint64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t turned_month = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * turned_month + 2) / 5 + 1;
	*month = turned_month < 10 ? turned_month + 3 : turned_month - 9;
	*year = year_of_era + era * 400 + (*month < 3);
}

static uint64_t days_in_month(uint64_t year, uint64_t month)
{
	static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return (uint64_t)days[month - 1] + (month == 2 && is_leap);
}

/* The number of exactly len digits at offset, leading zeros allowed; UINT64_MAX if it is not. */
static uint64_t digits_at(struct bytes text, size_t offset, size_t len)
{
	uint64_t value = 0;

	for (size_t i = offset; i < offset + len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return UINT64_MAX;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	return value;
}

enum undersign_status date_decode(uint64_t *out_seconds, struct bytes text)
{
	*out_seconds = 0;
	if (text.len != DATE_LEN || text.data[4] != '-' || text.data[7] != '-')
		return UNDERSIGN_E_FORMAT;
	uint64_t year = digits_at(text, 0, 4);
	uint64_t month = digits_at(text, 5, 2);
	uint64_t day = digits_at(text, 8, 2);
	if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1)
		return UNDERSIGN_E_FORMAT;
	if (day > days_in_month(year, month))
		return UNDERSIGN_E_FORMAT;
	*out_seconds = days_from_date(year, month, day) * SECONDS_PER_DAY;
	return UNDERSIGN_OK;
}

enum undersign_status date_time_decode(uint64_t *out_seconds, struct bytes text)
{
	uint64_t midnight;

	*out_seconds = 0;
	if (text.len != DATE_TIME_LEN || text.data[10] != 'T' || text.data[13] != ':' ||
	    text.data[16] != ':' || text.data[19] != 'Z')
		return UNDERSIGN_E_FORMAT;
	uint64_t hour = digits_at(text, 11, 2);
	uint64_t minute = digits_at(text, 14, 2);
	uint64_t second = digits_at(text, 17, 2);
	if (hour > 23 || minute > 59 || second > 59)
		return UNDERSIGN_E_FORMAT;
	enum undersign_status status = date_decode(&midnight, bytes_part(text, 0, DATE_LEN));
	if (status != UNDERSIGN_OK)
		return status;
	*out_seconds = midnight + hour * 3600 + minute * 60 + second;
	return UNDERSIGN_OK;
}

static void put_digits(uint8_t *out, size_t len, uint64_t value)
{
	for (size_t i = len; i > 0; i--) {
		out[i - 1] = (uint8_t)('0' + value % 10);
		value /= 10;
	}
}

void date_encode(uint8_t out[static DATE_LEN], uint64_t seconds)
{
	uint64_t year;
	uint64_t month;
	uint64_t day;

	if (seconds > DATE_MAX_SECONDS)
		seconds = DATE_MAX_SECONDS;
	date_from_days(&year, &month, &day, seconds / SECONDS_PER_DAY);
	put_digits(out, 4, year);
	out[4] = '-';
	put_digits(out + 5, 2, month);
	out[7] = '-';
	put_digits(out + 8, 2, day);
}

void date_time_encode(uint8_t out[static DATE_TIME_LEN], uint64_t seconds)
{
	if (seconds > DATE_MAX_SECONDS)
		seconds = DATE_MAX_SECONDS;
	uint64_t of_day = seconds % SECONDS_PER_DAY;
	date_encode(out, seconds);
	out[10] = 'T';
	put_digits(out + 11, 2, of_day / 3600);
	out[13] = ':';
	put_digits(out + 14, 2, of_day / 60 % 60);
	out[16] = ':';
	put_digits(out + 17, 2, of_day % 60);
	out[19] = 'Z';
}

#include "calendar.h"

#include "encoding.h"
#include "memory.h"

static uint64_t date_field(struct line_reader *reader, struct bytes *value)
{
	struct bytes field = field_take(reader, value);
	uint64_t seconds = 0;

	if (!reader->has_failed && date_decode(&seconds, field) != UNDERSIGN_OK)
		line_fail(reader, "a date is YYYY-MM-DD, from 1970 to 9999", field);
	return seconds;
}

struct calendar_column calendar_column_read(struct line_reader *reader, struct bytes *value,
					    const struct calendar_column *previous)
{
	struct calendar_column column;
	struct bytes all = *value;

	column.from = date_field(reader, value);
	column.until = date_field(reader, value);
	column.burn = date_field(reader, value);
	if (!reader->has_failed && (column.from > column.until || column.until >= column.burn))
		line_fail(reader,
			  "a column's dates are in order: from, until (not earlier), burn (later)",
			  all);
	if (!reader->has_failed && previous && column.from <= previous->until)
		line_fail(reader, "a column begins after the end of the one before", all);
	return column;
}

static void write_date(struct writer *writer, uint64_t seconds)
{
	uint8_t text[DATE_LEN];

	date_encode(text, seconds);
	writer_put(writer, text, sizeof text);
}

void calendar_column_write(struct writer *writer, const struct calendar_column *column)
{
	write_date(writer, column->from);
	writer_u8(writer, ' ');
	write_date(writer, column->until);
	writer_u8(writer, ' ');
	write_date(writer, column->burn);
}

void calendar_read(struct line_reader *reader, struct calendar *out)
{
	memset(out, 0, sizeof *out);
	do {
		struct bytes value = line_value(reader, "column");
		uint64_t number = field_decimal(reader, &value, UINT32_MAX);

		if (!reader->has_failed && number != out->n + 1)
			line_fail(reader, "columns are numbered 1, 2, 3 and so on", value);
		if (!reader->has_failed && out->n == ROSTER_COLUMNS_MAX)
			line_fail(reader, "a roster has at most 16 columns", value);
		if (reader->has_failed)
			return;
		struct calendar_column *previous = out->n > 0 ? &out->columns[out->n - 1] : NULL;
		out->columns[out->n] = calendar_column_read(reader, &value, previous);
		field_end(reader, value);
		out->n++;
	} while (line_is_next(reader, "column"));
}

void calendar_write(struct writer *writer, const struct calendar *calendar)
{
	for (uint32_t i = 0; i < calendar->n; i++) {
		writer_text(writer, "column ");
		writer_decimal(writer, i + 1);
		writer_u8(writer, ' ');
		calendar_column_write(writer, &calendar->columns[i]);
		writer_u8(writer, '\n');
	}
}

bool calendar_is_equal(const struct calendar *a, const struct calendar *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct calendar_column *left = &a->columns[i];
		const struct calendar_column *right = &b->columns[i];

		if (left->from != right->from || left->until != right->until ||
		    left->burn != right->burn)
			return false;
	}
	return true;
}

bool calendar_covers(const struct calendar_column *column, uint64_t first, uint64_t last)
{
	return first >= column->from && last < column->until + CALENDAR_DAY;
}

uint32_t calendar_column_at(const struct calendar *calendar, uint64_t seconds)
{
	for (uint32_t i = 0; i < calendar->n; i++) {
		if (calendar_covers(&calendar->columns[i], seconds, seconds))
			return i + 1;
	}
	return 0;
}

bool calendar_is_due(const struct calendar_column *column, uint64_t seconds)
{
	return seconds >= column->burn;
}

/* The first of a month, counted from January of year 0; 0 if it is not one of 1970 to 9999. */
static uint64_t first_of_month(uint32_t year, uint32_t month)
{
	uint8_t text[DATE_LEN] = "0000-00-01";
	uint64_t seconds = 0;

	for (uint32_t i = 0; i < year && text[0] <= '9'; i++) {
		/* A counter of four decimal digits. */
		size_t digit = 3;

		while (digit > 0 && text[digit] == '9')
			text[digit--] = '0';
		text[digit]++;
	}
	text[5] = month >= 10 ? '1' : '0';
	text[6] = (uint8_t)('0' + (month >= 10 ? month - 10 : month));
	if (date_decode(&seconds, bytes_from(text, sizeof text)) != UNDERSIGN_OK)
		return 0;
	return seconds;
}

enum undersign_status calendar_make(struct calendar *out, uint64_t start, uint32_t n,
				    uint32_t months, uint32_t burn_days)
{
	uint8_t text[DATE_LEN];

	memset(out, 0, sizeof *out);
	if (n == 0 || n > ROSTER_COLUMNS_MAX || months == 0 || months > 12 || burn_days == 0 ||
	    burn_days > 366 || start > DATE_MAX_SECONDS)
		return UNDERSIGN_E_LIMIT;
	date_encode(text, start);
	uint32_t year = (uint32_t)(text[0] - '0') * 1000 + (uint32_t)(text[1] - '0') * 100 +
			(uint32_t)(text[2] - '0') * 10 + (uint32_t)(text[3] - '0');
	uint32_t month = (uint32_t)(text[5] - '0') * 10 + (uint32_t)(text[6] - '0');
	uint64_t from = first_of_month(year, month);
	for (uint32_t i = 0; i < n; i++) {
		month += months;
		if (month > 12) {
			month -= 12;
			year++;
		}
		uint64_t next = first_of_month(year, month);
		struct calendar_column column = {
			.from = from,
			.until = next - CALENDAR_DAY,
			.burn = next + (uint64_t)(burn_days - 1) * CALENDAR_DAY,
		};
		if (next == 0 || column.burn > DATE_MAX_SECONDS) {
			memset(out, 0, sizeof *out);
			return UNDERSIGN_E_LIMIT;
		}
		out->columns[i] = column;
		from = next;
	}
	out->n = n;
	return UNDERSIGN_OK;
}

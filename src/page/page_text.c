#include "page_parts.h"

#include "encoding.h"

void page_html(struct page *page, const char *html)
{
	writer_text(page->out, html);
}

void page_decimal(struct page *page, uint64_t number)
{
	writer_decimal(page->out, number);
}

void page_number(struct page *page, uint64_t number)
{
	uint8_t digits[20];
	struct writer writer = writer_new(digits, sizeof digits);

	writer_decimal(&writer, number);
	for (size_t i = 0; i < writer.len; i++) {
		if (i > 0 && (writer.len - i) % 3 == 0)
			writer_text(page->out, page->words->thousands);
		writer_u8(page->out, digits[i]);
	}
}

uint64_t page_per_mille(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (2000 * part + whole) / (2 * whole);
}

static void write_tenths(struct page *page, uint64_t tenths)
{
	page_number(page, tenths / 10);
	writer_text(page->out, page->words->decimal);
	writer_decimal(page->out, tenths % 10);
}

void page_share(struct page *page, uint64_t per_mille)
{
	write_tenths(page, per_mille);
	writer_text(page->out, page->words->percent);
}

void page_percent(struct page *page, uint64_t part, uint64_t whole)
{
	const uint64_t hundredths = whole == 0 || part >= whole ? 10000 : 10000 * part / whole;

	writer_decimal(page->out, whole == 0 ? 0 : hundredths / 100);
	if (whole != 0 && hundredths % 100 != 0) {
		writer_u8(page->out, '.');
		writer_u8(page->out, (uint8_t)('0' + hundredths / 10 % 10));
		writer_u8(page->out, (uint8_t)('0' + hundredths % 10));
	}
	writer_u8(page->out, '%');
}

static bool has_times(const struct page *page)
{
	return page->log->epoch_seconds % 86400 != 0;
}

void page_day(struct page *page, uint64_t seconds)
{
	uint8_t date[DATE_LEN];
	uint64_t month, day;

	date_encode(date, seconds);
	month = (uint64_t)(date[5] - '0') * 10 + (uint64_t)(date[6] - '0');
	day = (uint64_t)(date[8] - '0') * 10 + (uint64_t)(date[9] - '0');
	const char *name = words_text(page->words, (enum word)(WORD_JANUARY + month - 1), 0);
	page_say(page, WORD_DATE, {PAGE_PLAIN, day, {NULL, 0}}, FILL_PLAIN(bytes_from_text(name)),
		 FILL_PLAIN(bytes_from(date, 4)));
}

/* 3 May 2031, or with the time where epochs are shorter than days. */
static void write_date(struct page *page, uint64_t seconds)
{
	uint8_t text[DATE_TIME_LEN];
	const char *format = words_text(page->words, WORD_DATE_TIME, 0);

	if (!has_times(page)) {
		page_day(page, seconds);
		return;
	}
	date_time_encode(text, seconds);
	for (const char *at = format; *at != '\0'; at++) {
		if (at[0] == '{' && at[1] != '\0' && at[2] == '}') {
			if (at[1] == '1')
				page_day(page, seconds);
			else
				writer_bytes(page->out, bytes_from(text + 11, 8));
			at += 2;
		} else {
			writer_u8(page->out, (uint8_t)*at);
		}
	}
}

void page_date(struct page *page, uint64_t seconds)
{
	uint8_t text[DATE_TIME_LEN];

	page_html(page, "<time datetime=\"");
	if (has_times(page)) {
		date_time_encode(text, seconds);
		writer_bytes(page->out, bytes_from(text, DATE_TIME_LEN));
	} else {
		date_encode(text, seconds);
		writer_bytes(page->out, bytes_from(text, DATE_LEN));
	}
	page_html(page, "\">");
	write_date(page, seconds);
	page_html(page, "</time>");
}

void page_time(struct page *page, uint64_t seconds)
{
	uint8_t text[DATE_LEN];

	date_encode(text, seconds);
	page_html(page, "<time datetime=\"");
	writer_bytes(page->out, bytes_from(text, DATE_LEN));
	page_html(page, "\">");
	page_day(page, seconds);
	page_html(page, "</time>");
}

uint64_t page_epoch_date(struct page *page, uint64_t epoch)
{
	uint64_t seconds = DATE_MAX_SECONDS;

	/* After the year 9999 nothing is told apart any more. */
	(void)!record_log_instant(&seconds, page->log, epoch);
	return seconds;
}

static void write_fill(struct page *page, const struct page_fill *fill, bool is_plain)
{
	switch (fill->kind) {
	case PAGE_NUMBER:
		page_number(page, fill->number);
		break;
	case PAGE_NAME:
		if (is_plain)
			html_text(page->out, fill->text);
		else
			html_name(page->out, fill->text);
		break;
	case PAGE_DATE:
		if (is_plain)
			write_date(page, fill->number);
		else
			page_date(page, fill->number);
		break;
	case PAGE_DAY:
		if (is_plain)
			page_day(page, fill->number);
		else
			page_time(page, fill->number);
		break;
	case PAGE_SHARE:
		page_share(page, fill->number);
		break;
	case PAGE_TENTHS:
		write_tenths(page, fill->number);
		break;
	case PAGE_PLAIN:
		if (fill->text.data)
			html_text(page->out, fill->text);
		else
			writer_decimal(page->out, fill->number);
		break;
	}
}

static void say(struct page *page, enum word word, const struct page_fill *fills, size_t n,
		bool is_plain)
{
	const char *text = words_text(page->words, word, n > 0 ? fills[0].number : 0);

	for (const char *at = text; *at != '\0'; at++) {
		if (at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}') {
			const size_t i = (size_t)(at[1] - '1');
			if (i < n)
				write_fill(page, &fills[i], is_plain);
			at += 2;
		} else {
			writer_u8(page->out, (uint8_t)*at);
		}
	}
}

void page_say_filled(struct page *page, enum word word, const struct page_fill *fills, size_t n)
{
	say(page, word, fills, n, false);
}

void page_say_plain(struct page *page, enum word word, const struct page_fill *fills, size_t n)
{
	say(page, word, fills, n, true);
}

void page_word(struct page *page, enum word word)
{
	say(page, word, NULL, 0, false);
}

void page_wrap(struct page *page, const char *before, enum word word, const char *after)
{
	page_html(page, before);
	page_word(page, word);
	page_html(page, after);
}

void page_begin_section(struct page *page, const char *id, const char *classes, enum word head,
			enum word note)
{
	page_html(page, "\n<section id=\"");
	page_html(page, id);
	if (classes) {
		page_html(page, "\" class=\"");
		page_html(page, classes);
	}
	page_wrap(page, "\">\n<div class=\"l\"><h2>", head, "</h2>\n");
	if (note != WORDS_N)
		page_wrap(page, "<p class=\"n\">", note, "</p>\n");
}

void page_end_section(struct page *page)
{
	page_html(page, "</div>\n</section>\n");
}

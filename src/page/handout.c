#include "handout.h"

#include "handout_parts.h"

#include "encoding.h"
#include "memory.h"
#include "records_parts.h"
#include "rings.h"
#include "story_json.h"

#define PAPER "#fffefb"
#define RULE  "#d9d5ca"
#define BLUE  "#0b5b7d"
#define OCHRE "#935608"
#define FONT  "font-family=\"system-ui,Noto Sans,Noto Sans Arabic,DejaVu Sans,Arial,sans-serif\""

#define FEED_MAX 50 /* of the latest epochs with statements */

const char *handout_name(enum handout what)
{
	static const char *const names[HANDOUT_N] = {
		[HANDOUT_BADGE] = "badge.svg", [HANDOUT_COUNTER] = "counter.html",
		[HANDOUT_CARD] = "card.svg",   [HANDOUT_FEED] = "feed.atom",
		[HANDOUT_TABLE] = "tally.csv", [HANDOUT_STORY] = "story.csv",
		[HANDOUT_POLLS] = "polls.csv",
	};
	return names[what];
}

const char *handout_type(enum handout what)
{
	static const char *const types[HANDOUT_N] = {
		[HANDOUT_BADGE] = "image/svg+xml",
		[HANDOUT_COUNTER] = "text/html; charset=utf-8",
		[HANDOUT_CARD] = "image/svg+xml",
		[HANDOUT_FEED] = "application/atom+xml",
		[HANDOUT_TABLE] = "text/csv; charset=utf-8",
		[HANDOUT_STORY] = "text/csv; charset=utf-8",
		[HANDOUT_POLLS] = "text/csv; charset=utf-8",
	};
	return types[what];
}

bool handout_is_of(enum handout what, const struct manifest *manifest)
{
	return what != HANDOUT_POLLS || manifest_is_poll(manifest);
}

/* --- Pictures ---------------------------------------------------------------------------------
 */

void handout_begin_line(struct page *page, struct writer *kept, struct handout_line *line)
{
	*kept = *page->out;
	*page->out = writer_new(line->text, sizeof line->text);
}

void handout_end_line(struct page *page, const struct writer *kept, struct handout_line *line)
{
	line->len = page->out->has_overflowed ? 0 : writer_view(page->out).len;
	line->n_characters = 0;
	for (size_t i = 0; i < line->len; i++)
		line->n_characters += (line->text[i] & 0xc0) != 0x80;
	*page->out = *kept;
}

static void write_line(struct page *page, const struct handout_line *line)
{
	writer_bytes(page->out, bytes_from(line->text, line->len));
}

/* What every picture says. */
struct picture_lines {
	struct handout_line number, caption, as_of;
};

static void make_lines(struct page *page, struct picture_lines *lines)
{
	const struct tally *tally = page->tally;
	const struct page_fill caption[] = {FILL_NUMBER(tally->total),
					    FILL_NUMBER(tally->represented),
					    FILL_NUMBER(tally->n_organisations)};
	const struct page_fill as_of[] = {FILL_NUMBER(page->epoch),
					  FILL_DATE(page_epoch_date(page, page->epoch))};
	const struct page_fill members[] = {FILL_NUMBER(page_members(page))};
	struct writer kept;

	handout_begin_line(page, &kept, &lines->number);
	page_number(page, page->poll ? page->poll->answers : tally->total);
	handout_end_line(page, &kept, &lines->number);
	handout_begin_line(page, &kept, &lines->caption);
	if (page->poll)
		page_say_plain(page, WORD_POLL_CAPTION, members, 1);
	else
		page_say_plain(page, WORD_CAPTION, caption, 3);
	handout_end_line(page, &kept, &lines->caption);
	handout_begin_line(page, &kept, &lines->as_of);
	page_say_plain(page, WORD_AS_OF, as_of, 2);
	handout_end_line(page, &kept, &lines->as_of);
}

static bool is_right_to_left(const struct page *page)
{
	return words_is_right_to_left(bytes_from_text(page->words->language));
}

/* A text that begins `at` units from where its language begins to be read. */
void handout_write_text(struct page *page, const struct handout_line *line, uint64_t at, uint64_t y,
			uint64_t width, const char *attributes)
{
	const bool is_turned = is_right_to_left(page);

	page_html(page, "<text x=\"");
	page_decimal(page, is_turned ? width - at : at);
	page_html(page, "\" y=\"");
	page_decimal(page, y);
	page_html(page, is_turned ? "\" direction=\"rtl\" " : "\" ");
	page_html(page, attributes);
	page_html(page, ">");
	write_line(page, line);
	page_html(page, "</text>\n");
}

static void begin_svg(struct page *page, const struct picture_lines *lines, uint64_t width,
		      uint64_t height)
{
	page_html(page, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"");
	page_decimal(page, width);
	page_html(page, "\" height=\"");
	page_decimal(page, height);
	page_html(page, "\" viewBox=\"0 0 ");
	page_decimal(page, width);
	page_html(page, " ");
	page_decimal(page, height);
	page_html(page, "\" role=\"img\" xml:lang=\"");
	page_html(page, page->words->language);
	page_html(page, "\" aria-label=\"");
	write_line(page, &lines->number);
	page_html(page, " ");
	write_line(page, &lines->caption);
	page_html(page, " ");
	write_line(page, &lines->as_of);
	page_html(page, "\" " FONT ">\n");
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void write_badge(struct page *page)
{
	struct picture_lines lines;

	make_lines(page, &lines);
	const uint64_t begin = 16, beside = begin + 22 * lines.number.n_characters + 10;
	uint64_t width =
		beside +
		larger(15 * lines.caption.n_characters, 14 * lines.as_of.n_characters) / 2 + 12;
	uint64_t height = 64;
	if (page->poll)
		handout_poll_room(page, &width, &height);
	begin_svg(page, &lines, width, height);
	page_html(page, "<rect x=\".5\" y=\".5\" width=\"");
	page_decimal(page, width - 1);
	page_html(page, "\" height=\"");
	page_decimal(page, height - 1);
	page_html(page, "\" rx=\"3\" fill=\"" PAPER "\" stroke=\"" HANDOUT_SOFT "\"/>\n<rect x=\"");
	page_decimal(page, is_right_to_left(page) ? width - 5 : 1);
	page_html(page, "\" y=\"1\" width=\"4\" height=\"");
	page_decimal(page, height - 2);
	page_html(page, "\" fill=\"" BLUE "\"/>\n");
	handout_write_text(page, &lines.number, begin, 44, width,
			   "font-size=\"34\" font-weight=\"700\" fill=\"" HANDOUT_INK "\"");
	handout_write_text(page, &lines.caption, beside, 28, width,
			   "font-size=\"14\" fill=\"" HANDOUT_INK "\"");
	handout_write_text(page, &lines.as_of, beside, 48, width,
			   "font-size=\"13\" fill=\"" HANDOUT_SOFT "\"");
	if (page->poll)
		handout_poll_rows(page, begin, width);
	page_html(page, "</svg>\n");
}

static void write_counter(struct page *page)
{
	page_html(page, "<!doctype html>\n<html lang=\"");
	page_html(page, page->words->language);
	page_html(page, is_right_to_left(page) ? "\" dir=\"rtl\"" : "\" dir=\"ltr\"");
	page_html(page, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	const struct page_fill fills[] = {
		FILL_NUMBER(page->tally->total),
		FILL_NAME(page->manifest->texts[page->manifest->authoritative].title),
		FILL_DATE(page_epoch_date(page, page->epoch))};
	if (page->poll)
		html_text(page->out, page->manifest->texts[page->manifest->authoritative].title);
	else
		page_say_plain(page, WORD_TITLE, fills, 3);
	page_html(page, "</title>\n<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			"'none'; base-uri 'none'; form-action 'none'\">\n</head>\n<body>\n"
			"<a href=\"./\" target=\"_top\" rel=\"noopener\">");
	write_badge(page);
	page_html(page, "</a>\n</body>\n</html>\n");
}

#define CARD_WIDTH  1200
#define CARD_HEIGHT 630
#define CARD_EDGE   80

/* As large as its line allows. */
static void write_card_line(struct page *page, const struct handout_line *line, uint64_t y,
			    uint64_t most, const char *fill)
{
	uint8_t attributes[96] = {0};
	struct writer writer = writer_new(attributes, sizeof attributes - 1);
	const uint64_t room = CARD_WIDTH - 2 * CARD_EDGE;
	const uint64_t n = line->n_characters == 0 ? 1 : line->n_characters;
	const uint64_t size = room * 100 / (58 * n);

	writer_text(&writer, "font-size=\"");
	writer_decimal(&writer, size < most ? size : most);
	writer_text(&writer, "\" ");
	writer_text(&writer, fill);
	handout_write_text(page, line, CARD_EDGE, y, CARD_WIDTH, (const char *)attributes);
}

static void write_card_bar(struct page *page)
{
	const struct tally *tally = page->tally;
	const uint64_t members = page_members(page);
	const uint64_t room = CARD_WIDTH - 2 * CARD_EDGE;
	const uint64_t a = members == 0 ? 0 : room * tally->enrolled / members;
	const uint64_t b = members == 0 ? 0 : room * tally->raw_key / members;
	const bool is_turned = is_right_to_left(page);

	page_html(page, "<rect x=\"80\" y=\"540\" width=\"1040\" height=\"18\" fill=\"" RULE
			"\"/>\n<rect y=\"540\" height=\"18\" fill=\"" BLUE "\" x=\"");
	page_decimal(page, is_turned ? CARD_WIDTH - CARD_EDGE - a : CARD_EDGE);
	page_html(page, "\" width=\"");
	page_decimal(page, a);
	page_html(page, "\"/>\n<rect y=\"540\" height=\"18\" fill=\"" OCHRE "\" x=\"");
	page_decimal(page, is_turned ? CARD_WIDTH - CARD_EDGE - a - b : CARD_EDGE + a);
	page_html(page, "\" width=\"");
	page_decimal(page, b);
	page_html(page, "\"/>\n");
}

static void write_card(struct page *page)
{
	static const struct handout_line mast = {"Undersigned", 11, 11};
	struct picture_lines lines;

	make_lines(page, &lines);
	begin_svg(page, &lines, CARD_WIDTH, CARD_HEIGHT);
	page_html(page, "<rect width=\"1200\" height=\"630\" fill=\"" PAPER "\"/>\n");
	handout_write_text(page, &mast, CARD_EDGE, 96, CARD_WIDTH,
			   "font-size=\"32\" font-weight=\"700\" fill=\"" HANDOUT_INK "\"");
	page_html(page, "<rect x=\"80\" y=\"118\" width=\"1040\" height=\"6\" fill=\"" HANDOUT_INK
			"\"/>\n");
	write_card_line(page, &lines.number, 370, 260,
			"font-weight=\"700\" fill=\"" HANDOUT_INK "\"");
	write_card_line(page, &lines.caption, 440, 46, "fill=\"" HANDOUT_INK "\"");
	write_card_line(page, &lines.as_of, 500, 36, "fill=\"" HANDOUT_SOFT "\"");
	if (page->poll)
		handout_poll_card(page, CARD_EDGE, CARD_WIDTH);
	else
		write_card_bar(page);
	page_html(page, "</svg>\n");
}

/* --- News -------------------------------------------------------------------------------------
 */

/* A name that stays: a UUID (RFC 9562, version 8) of the letter and of what is told. */
static void write_feed_id(struct page *page, const char *kind, uint64_t epoch)
{
	uint8_t text[HASH_BYTES + 48], hash[SHA256_BYTES];
	struct writer writer = writer_new(text, sizeof text);

	writer_bytes(&writer, bytes_from(page->manifest->context, HASH_BYTES));
	writer_text(&writer, kind);
	writer_decimal(&writer, epoch);
	sha256(hash, writer_view(&writer));
	hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x80);
	hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
	page_html(page, "<id>urn:uuid:");
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			page_html(page, "-");
		writer_hex(page->out, bytes_from(hash + i, 1));
	}
	page_html(page, "</id>\n");
}

static void write_updated(struct page *page, uint64_t epoch)
{
	uint8_t text[DATE_TIME_LEN];

	date_time_encode(text, page_epoch_date(page, epoch));
	page_html(page, "<updated>");
	writer_bytes(page->out, bytes_from(text, sizeof text));
	page_html(page, "</updated>\n");
}

static void begin_entry(struct page *page)
{
	page_html(page, "<entry>\n<title>");
}

static void say_of_entry(struct page *page, const char *kind, uint64_t epoch)
{
	page_html(page, "</title>\n");
	write_feed_id(page, kind, epoch);
	write_updated(page, epoch);
	page_html(page, page->poll ? "<link rel=\"alternate\" type=\"text/html\" href=\"./\"/>\n"
				     "<summary>"
				   : "<link rel=\"alternate\" type=\"text/html\" "
				     "href=\"./#events\"/>\n<summary>");
}

static void end_entry(struct page *page)
{
	page_html(page, "</summary>\n</entry>\n");
}

static void write_entry(struct page *page, const char *kind, uint64_t epoch, enum word word,
			const struct page_fill *fills, size_t n)
{
	begin_entry(page);
	page_say_plain(page, word, fills, n);
	say_of_entry(page, kind, epoch);
	page_say_plain(page, word, fills, n);
	end_entry(page);
}

/* Its answers, which it has in place of a title's few words. */
static void write_opened(struct page *page)
{
	begin_entry(page);
	page_say_plain(page, WORD_EVENT_POLL_OPENED, NULL, 0);
	say_of_entry(page, "result", page->poll->opened_in);
	handout_say_result(page);
	end_entry(page);
}

static void write_growth(struct page *page, const struct tally_growth *growth)
{
	const struct page_fill now[] = {FILL_NUMBER(growth->total), FILL_NUMBER(growth->epoch)};
	const struct page_fill gone[] = {FILL_NUMBER(growth->removed)};

	write_entry(page, "count", growth->epoch, page->poll ? WORD_EVENT_POLL_NOW : WORD_EVENT_NOW,
		    now, 2);
	if (growth->removed > 0)
		write_entry(page, "withdrawn", growth->epoch,
			    page->poll ? WORD_EVENT_POLL_WITHDREW : WORD_EVENT_WITHDREW, gone, 1);
}

/* What happened around the letter; the entry's number in the log names it for good. */
static void write_record(struct page *page, uint32_t record)
{
	const struct story_item *item = page->story->records[record].item;

	begin_entry(page);
	records_say_event(page, record, true);
	page_html(page, "</title>\n");
	write_feed_id(page, "record", item->entry);
	write_updated(page, item->epoch);
	page_html(page,
		  "<link rel=\"alternate\" type=\"text/html\" href=\"./#events\"/>\n<summary>");
	records_say_event(page, record, true);
	end_entry(page);
}

/* The epoch of the newest of what is told. */
static uint64_t last_news(const struct page *page, uint64_t logged)
{
	uint64_t last = logged;

	if (page->letter->opened_at != REPLAY_NONE && page->letter->opening <= page->epoch)
		last = larger(last, page->letter->opening);
	if (page->tally->n_growth > 0)
		last = larger(last, page->tally->growth[page->tally->n_growth - 1].epoch);
	for (size_t i = 0; i < records_n_events(page); i++)
		last = larger(last, page->story->records[page->events[i]].item->epoch);
	if (page->poll && page->poll->state == POLL_OPENED)
		last = larger(last, page->poll->opened_in);
	return page_is_closed(page) ? larger(last, page->closing) : last;
}

static void write_feed(struct page *page)
{
	const struct tally *tally = page->tally;
	const uint64_t logged = replay_epoch_of(page->source->replay, page->letter->logged_at);
	const struct page_fill fills[] = {FILL_NUMBER(logged)};

	page_html(page, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed "
			"xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"");
	page_html(page, page->words->language);
	page_html(page, "\">\n<title>");
	html_text(page->out, page->manifest->texts[page->manifest->authoritative].title);
	page_html(page, "</title>\n");
	write_feed_id(page, "feed", 0);
	write_updated(page, last_news(page, logged));
	page_html(page, "<author><name>");
	html_text(page->out, page->manifest->organiser.name);
	page_html(page, "</name></author>\n<link rel=\"self\" type=\"application/atom+xml\" "
			"href=\"feed.atom\"/>\n<link rel=\"alternate\" type=\"text/html\" "
			"href=\"./\"/>\n");
	if (page->poll && page->poll->state == POLL_OPENED)
		write_opened(page);
	if (page_is_closed(page))
		write_entry(page, "closed", page->closing, WORD_EVENT_CLOSED, NULL, 0);
	for (size_t i = 0; i < records_n_events(page); i++)
		write_record(page, page->events[i]);
	for (size_t i = tally->n_growth; i > 0 && i + FEED_MAX > tally->n_growth; i--)
		write_growth(page, &tally->growth[i - 1]);
	if (page->letter->opened_at != REPLAY_NONE && page->letter->opening <= page->epoch)
		write_entry(page, "opened", page->letter->opening,
			    page->poll ? WORD_EVENT_POLL_STARTED : WORD_EVENT_OPENED, NULL, 0);
	write_entry(page, "logged", logged, page->poll ? WORD_EVENT_POLL_LOGGED : WORD_EVENT_LOGGED,
		    fills, 1);
	page_html(page, "</feed>\n");
}

/* --- The table --------------------------------------------------------------------------------
 */

/* An apostrophe before what a spreadsheet would take for a formula. */
void handout_csv_text(struct writer *writer, struct bytes text)
{
	writer_u8(writer, '"');
	if (text.len > 0 && (text.data[0] == '=' || text.data[0] == '+' || text.data[0] == '-' ||
			     text.data[0] == '@'))
		writer_u8(writer, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			writer_u8(writer, '"');
		writer_u8(writer, text.data[i]);
	}
	writer_u8(writer, '"');
}

static void write_table(struct page *page)
{
	page_html(page, "ring,class,members,signatures\r\n");
	for (size_t i = 0; i < page->manifest->n_rings; i++) {
		const struct manifest_ring *ring = &page->manifest->rings[i];

		handout_csv_text(page->out, ring->name);
		page_html(page,
			  ring->class_of_members == ROSTER_RAW_KEY ? ",raw-key," : ",enrolled,");
		page_decimal(page, rings_last(page->letter->rings, i)->ring.n);
		page_html(page, ",");
		page_decimal(page, page->tally->rings[i]);
		page_html(page, "\r\n");
	}
}

static void write_story(struct page *page)
{
	story_csv_write(page->out, page->story);
}

enum undersign_status handout_make(struct bytes *out, enum handout what,
				   const struct page_source *source, struct arena *arena)
{
	static void (*const writers[HANDOUT_N])(struct page * page) = {
		[HANDOUT_BADGE] = write_badge,         [HANDOUT_COUNTER] = write_counter,
		[HANDOUT_CARD] = write_card,           [HANDOUT_FEED] = write_feed,
		[HANDOUT_TABLE] = write_table,         [HANDOUT_STORY] = write_story,
		[HANDOUT_POLLS] = handout_write_polls,
	};
	return page_render(out, writers[what], source, arena);
}

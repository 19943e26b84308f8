#include "records_parts.h"

#include "memory.h"
#include "sorting.h"

const struct records_caps *records_caps(const struct page *page)
{
	static const struct records_caps caps[RECORDS_BREVITY_MAX + 1] = {
		{.chart_rows = 16,
		 .steps = 24,
		 .changes = 40,
		 .standings = 32,
		 .moves = 6,
		 .replies = 12,
		 .citations = 6,
		 .names = 120,
		 .notices = 24,
		 .events = 32,
		 .difference = 40000},
		{.chart_rows = 10,
		 .steps = 14,
		 .changes = 16,
		 .standings = 14,
		 .moves = 3,
		 .replies = 4,
		 .citations = 3,
		 .names = 60,
		 .notices = 8,
		 .events = 16,
		 .difference = 24000},
		{.chart_rows = 6,
		 .steps = 8,
		 .changes = 6,
		 .standings = 6,
		 .moves = 1,
		 .replies = 2,
		 .citations = 2,
		 .names = 60,
		 .notices = 4,
		 .events = 12,
		 .difference = 12000},
		{.chart_rows = 3,
		 .steps = 4,
		 .changes = 0,
		 .standings = 2,
		 .moves = 0,
		 .replies = 0,
		 .citations = 1,
		 .names = 30,
		 .notices = 3,
		 .events = 2,
		 .difference = 4000},
	};

	return &caps[page->brevity];
}

size_t records_n_events(const struct page *page)
{
	const size_t most = records_caps(page)->events;

	return page->n_events > most ? most : page->n_events;
}

const struct story_text *records_text(const struct page *page, uint32_t record)
{
	return &page->story->records[record].item->text;
}

bool records_is_shown(const struct page *page, uint32_t record, enum story_kind kind)
{
	return page->story->records[record].state == STORY_HOLDS &&
	       records_text(page, record)->kind == kind;
}

size_t records_count(const struct page *page, enum story_kind kind)
{
	size_t n = 0;

	for (uint32_t i = 0; i < page->story->n; i++)
		n += records_is_shown(page, i, kind);
	return n;
}

enum word records_state_word(enum story_demand_state state)
{
	return (enum word)(WORD_STATE_OPEN + (int)state);
}

/* --- Parts of texts -----------------------------------------------------------------------------
 */

static bool is_address(struct bytes text)
{
	if (!bytes_begin_with(text, bytes_from_text("https://")) &&
	    !bytes_begin_with(text, bytes_from_text("http://")))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
			return false;
	return true;
}

static void write_address(struct page *page, struct bytes source)
{
	page_html(page, "<a rel=\"nofollow noopener noreferrer\" href=\"");
	if (!html_address(page->out, source))
		page_html(page, "#");
	page_wrap(page, "\">", WORD_SOURCE, "</a>");
}

void records_write_source(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);
	const struct bytes source = story_value(text, "source");
	struct story_copy copy;

	if (is_address(source)) {
		write_address(page, source);
		page_html(page, ", ");
	} else if (source.len > 0) {
		html_name(page->out, source);
		page_html(page, ", ");
	}
	if (story_copy(&copy, text)) {
		page_say(page, WORD_COPIED, FILL_DAY(copy.date));
		page_html(page, ", ");
	}
	page_say(page, WORD_ENTRY, FILL_NUMBER(page->story->records[record].item->entry));
}

void records_write_author(struct page *page, uint32_t record)
{
	const struct bytes name = story_actor_name(records_text(page, record));

	page_say(page,
		 page->story->records[record].is_signed ? WORD_SIGNED_BY_ITS_KEY : WORD_CITED_ONLY,
		 FILL_NAME(name));
}

void records_write_quote(struct page *page, struct bytes words)
{
	page_say(page, WORD_QUOTED, FILL_NAME(words));
}

void records_write_left_out(struct page *page, size_t n)
{
	if (n == 0)
		return;
	page_html(page, "<p class=\"n\">");
	page_say(page, WORD_RECORDS_LEFT_OUT, FILL_NUMBER(n));
	page_html(page, "</p>\n");
}

void records_write_heads(struct page *page, const enum word *words, const char *const *classes,
			 size_t n)
{
	page_html(page, "<thead><tr>");
	for (size_t i = 0; i < n; i++) {
		page_html(page, "<th scope=\"col\"");
		if (classes && classes[i]) {
			page_html(page, " class=\"");
			page_html(page, classes[i]);
			page_html(page, "\"");
		}
		page_wrap(page, ">", words[i], "</th>");
	}
	page_html(page, "</tr></thead><tbody>\n");
}

void records_write_grade(struct page *page, uint32_t grade)
{
	if (grade < page->story->n_grades)
		html_name(page->out, page->story->grades[grade]);
	else
		page_word(page, WORD_GRADE_WITHDRAWN);
}

/* --- Events -------------------------------------------------------------------------------------
 */

static bool is_event(const struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);

	if (page->story->records[record].state == STORY_VOID ||
	    page->story->records[record].state == STORY_REMOVED)
		return false;
	switch (text->kind) {
	case STORY_DELIVERY:
		return page->story->records[record].state == STORY_HOLDS;
	case STORY_REPLY:
		return true;
	case STORY_STANCE:
		return page->story->records[record].state == STORY_HOLDS &&
		       story_value_is(text, "grade", "withdrawn");
	case STORY_NOTICE:
		return story_value_is(text, "about", "removal") ||
		       story_value_is(text, "about", "correction");
	default:
		return false;
	}
}

/* The moves that change the state of a demand. */
static void find_changes(struct page *page, const struct story_demand *demand)
{
	enum story_demand_state state = STORY_OPEN;

	for (size_t m = 0; m < demand->n_moves; m++) {
		const struct bytes word =
			story_value(records_text(page, demand->moves[m]), "state");

		if (word.len == 0 || story_state_named(word) == state)
			continue;
		state = story_state_named(word);
		page->events[page->n_events++] = demand->moves[m];
	}
}

static int compare_events(const void *items, uint32_t a, uint32_t b)
{
	const struct page *page = items;
	const uint64_t left = records_text(page, a)->date;
	const uint64_t right = records_text(page, b)->date;

	if (left != right)
		return left > right ? -1 : 1;
	return (a < b) - (a > b);
}

enum undersign_status records_find_events(struct page *page)
{
	page->events = ARENA_TAKE(page->arena, uint32_t, page->story->n);
	if (!page->events)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < page->story->n; i++)
		if (is_event(page, i))
			page->events[page->n_events++] = i;
	for (size_t d = 0; d < page->story->n_demands; d++)
		find_changes(page, &page->story->demands[d]);
	sorting_indexes(page->events, page->n_events, compare_events, page);
	return UNDERSIGN_OK;
}

/* The words of an event, and what is filled in. */
static enum word event_word(const struct story_text *text)
{
	switch (text->kind) {
	case STORY_DELIVERY:
		return WORD_EVENT_DELIVERED;
	case STORY_REPLY:
		return text->is_revision ? WORD_EVENT_REVISED_REPLY : WORD_EVENT_REPLIED;
	case STORY_MOVE:
		return WORD_EVENT_DEMAND;
	case STORY_STANCE:
		return WORD_EVENT_TOOK_BACK;
	default:
		return story_value_is(text, "about", "removal") ? WORD_EVENT_REMOVED
								: WORD_EVENT_CORRECTED;
	}
}

void records_say_event(struct page *page, uint32_t record, bool is_plain)
{
	const struct story_text *text = records_text(page, record);
	const struct page_fill fill = text->kind == STORY_MOVE
					      ? FILL_NUMBER(story_number(text, "demand"))
					      : FILL_NAME(story_actor_name(text));

	if (is_plain)
		page_say_plain(page, event_word(text), &fill, 1);
	else
		page_say_filled(page, event_word(text), &fill, 1);
	if (text->kind == STORY_MOVE)
		page_wrap(page, " ",
			  records_state_word(story_state_named(story_value(text, "state"))), "");
}

void records_write_events(struct page *page, uint64_t since)
{
	while (page->next_event < records_n_events(page) &&
	       records_text(page, page->events[page->next_event])->date >= since) {
		const uint32_t record = page->events[page->next_event++];

		page_html(page, "<tr><td>");
		page_time(page, records_text(page, record)->date);
		page_html(page, "</td><td>");
		records_say_event(page, record, false);
		page_html(page, "</td></tr>\n");
	}
}

/* --- The sections -------------------------------------------------------------------------------
 */

static bool has_demands(const struct page *page)
{
	return page->story->n_demands > 0;
}
static bool has_replies(const struct page *page)
{
	return records_count(page, STORY_REPLY) + records_count(page, STORY_DELIVERY) > 0;
}
static bool has_stances(const struct page *page)
{
	return page->story->n_standings > 0;
}
static bool has_cited(const struct page *page)
{
	return records_count(page, STORY_CITATION) > 0;
}
static bool has_named(const struct page *page)
{
	return records_count(page, STORY_ENDORSEMENT) > 0;
}
static bool has_notices(const struct page *page)
{
	return records_count(page, STORY_NOTICE) + page->story->voids > 0;
}

static bool has_versions(const struct page *page)
{
	return records_count(page, STORY_EARLIER) > 0;
}

static const struct {
	const char *id;
	enum word word;
	bool (*is_there)(const struct page *page);
	void (*write)(struct page *page);
} sections[] = {
	{"versions", WORD_VERSIONS, has_versions, records_write_versions},
	{"demands", WORD_DEMANDS, has_demands, records_write_demands},
	{"replies", WORD_REPLIES, has_replies, records_write_replies},
	{"stances", WORD_STANCES, has_stances, records_write_stances},
	{"cited", WORD_CITED, has_cited, records_write_cited},
	{"named", WORD_NAMED, has_named, records_write_named},
	{"notices", WORD_NOTICES, has_notices, records_write_notices},
};
#define BEFORE_EVENTS 5
#define N_SECTIONS    (sizeof sections / sizeof sections[0])

void records_write_links(struct page *page)
{
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (!sections[i].is_there(page))
			continue;
		page_html(page, "<li><a href=\"#");
		page_html(page, sections[i].id);
		page_wrap(page, "\">", sections[i].word, "</a></li>\n");
	}
}

static void write_sections(struct page *page, size_t from, size_t until)
{
	for (size_t i = from; i < until; i++)
		if (sections[i].is_there(page))
			sections[i].write(page);
}

void records_write_before_events(struct page *page)
{
	write_sections(page, 0, BEFORE_EVENTS);
}

void records_write_after_events(struct page *page)
{
	write_sections(page, BEFORE_EVENTS, N_SECTIONS);
}

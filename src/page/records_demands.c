#include "records_parts.h"

static void write_move(struct page *page, uint32_t record)
{
	const struct story_text *move = records_text(page, record);
	const struct bytes state = story_value(move, "state");

	page_html(page, "<p>");
	page_time(page, move->date);
	page_html(page, ", ");
	html_name(page->out, story_actor_name(move));
	if (state.len > 0) {
		page_wrap(page, " (", records_state_word(story_state_named(state)), ")");
	}
	page_html(page, ": ");
	html_text(page->out, story_value(move, "words"));
	page_html(page, " <span class=\"n\">");
	page_word(page,
		  page->story->records[record].is_signed ? WORD_SIGNED_SHORT : WORD_CITED_SHORT);
	page_html(page, ", ");
	records_write_source(page, record);
	page_html(page, "</span></p>\n");
}

static void write_row(struct page *page, const struct story_demand *demand)
{
	const size_t first = demand->n_moves > records_caps(page)->moves
				     ? demand->n_moves - records_caps(page)->moves
				     : 0;

	page_html(page, "<tr><th scope=\"row\">");
	page_number(page, demand->number);
	page_html(page, ". ");
	html_name(page->out, story_value(records_text(page, demand->record), "text"));
	page_wrap(page, "</th><td class=\"f st\">", records_state_word(demand->state),
		  "</td><td class=\"s\">");
	page_time(page, demand->since);
	page_html(page, "</td><td class=\"wide\">");
	for (size_t i = first; i < demand->n_moves; i++)
		write_move(page, demand->moves[i]);
	page_html(page, "</td></tr>\n");
}

static void write_mediators(struct page *page)
{
	for (size_t i = 0; i < page->story->n_actors; i++) {
		const struct story_actor *actor = &page->story->actors[i];

		if (!bytes_are_equal(actor->role, bytes_from_text("mediator")))
			continue;
		page_html(page, "<p class=\"n\">");
		page_say(page, WORD_MEDIATOR, FILL_NAME(actor->name));
		page_html(page, "</p>\n");
	}
}

void records_write_demands(struct page *page)
{
	static const enum word heads[] = {WORD_DEMAND, WORD_STATE, WORD_SINCE, WORD_HOW_THERE};
	static const char *const classes[] = {NULL, "f", "s", "wide"};
	const struct story *story = page->story;
	const size_t most = records_caps(page)->moves;
	uint64_t n_met = 0, n_refused = 0;
	size_t left_out = 0;

	for (size_t i = 0; i < story->n_demands; i++) {
		n_met += story->demands[i].state == STORY_MET;
		n_refused += story->demands[i].state == STORY_REFUSED;
		if (story->demands[i].n_moves > most)
			left_out += story->demands[i].n_moves - most;
	}
	page_begin_section(page, "demands", NULL, WORD_DEMANDS, WORD_DEMANDS_NOTE);
	write_mediators(page);
	page_html(page, "</div>\n<div class=\"r\">\n<table class=\"w\"><caption><b>");
	page_say(page, WORD_DEMANDS_MET, FILL_NUMBER(n_met), FILL_NUMBER(story->n_demands),
		 FILL_NUMBER(n_refused));
	page_html(page, "</b></caption>");
	records_write_heads(page, heads, classes, 4);
	for (size_t i = 0; i < story->n_demands; i++)
		write_row(page, &story->demands[i]);
	page_html(page, "</tbody></table>\n");
	records_write_left_out(page, left_out);
	page_end_section(page);
}

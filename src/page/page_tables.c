#include "page_parts.h"

static const struct manifest_ring *ring_at(const struct page *page, size_t row)
{
	return &page->manifest->rings[page->order[row]];
}

/* A ring of all that is nobody's own: its signers hide among all. */
static bool is_of_everybody(const struct manifest_ring *ring)
{
	return ring->type == MANIFEST_RING_ALL;
}

static void write_bar(struct page *page, uint64_t count, uint64_t members)
{
	page_html(page, "<td class=\"bar\">");
	if (count > 0) {
		page_html(page, "<svg width=\"100%\" height=\"12\" aria-hidden=\"true\"><rect "
				"width=\"");
		page_percent(page, count, members);
		page_html(page, "\" height=\"12\"/></svg>");
	}
	page_html(page, "</td></tr>\n");
}

static void write_numbers(struct page *page, uint64_t count, uint64_t members, bool has_share)
{
	page_html(page, "</th><td>");
	page_number(page, count);
	page_html(page, "</td><td>");
	page_number(page, members);
	page_html(page, "</td><td>");
	if (has_share)
		page_share(page, page_per_mille(count, members));
	page_html(page, "</td>");
	write_bar(page, has_share ? count : 0, members);
}

static void begin_note(struct page *page)
{
	page_html(page, "<tr class=\"x\"><td colspan=\"5\">");
}

static void end_note(struct page *page)
{
	page_html(page, "</td></tr>\n");
}

/* Names of rosters with their numbers of members. */
static void write_members_of(struct page *page, const uint32_t *rosters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint32_t roster = rosters[i];

		page_html(page, i > 0 ? ", " : "");
		html_name(page->out, page->manifest->rosters[roster].name);
		page_html(page, "&nbsp;(");
		page_number(page, page->letter->rings->rosters[roster].last.n);
		page_html(page, ")");
	}
}

static void write_notes(struct page *page, const struct manifest_ring *ring, uint64_t count,
			uint64_t members)
{
	if (ring->type == MANIFEST_RING_GROUP) {
		begin_note(page);
		write_members_of(page, ring->rosters, ring->n_rosters);
		page_html(page, ": ");
		page_say(page, WORD_GROUP, FILL_NUMBER(page->manifest->ring_min));
		end_note(page);
	}
	if (is_of_everybody(ring)) {
		begin_note(page);
		page_word(page, WORD_ALL_NOTE);
		end_note(page);
	} else if (count > 0 && count >= members) {
		begin_note(page);
		page_word(page, WORD_FULL);
		end_note(page);
	} else if (2 * count > members) {
		begin_note(page);
		page_word(page, WORD_HIGH);
		end_note(page);
	}
}

static void write_row(struct page *page, size_t row)
{
	const struct manifest_ring *ring = ring_at(page, row);
	const uint64_t count = page->tally->rings[page->order[row]];
	const uint64_t members = rings_last(page->letter->rings, page->order[row])->ring.n;

	page_html(page, is_of_everybody(ring) ? "<tr class=\"all\"><th scope=\"row\">"
					      : "<tr><th scope=\"row\">");
	html_name(page->out, ring->name);
	if (count > 0 || is_of_everybody(ring)) {
		write_numbers(page, count, members, !is_of_everybody(ring));
	} else {
		/* Nothing is said of a number that was never published. */
		page_html(page, "</th><td>");
		page_say(page, WORD_BELOW, FILL_NUMBER(page->manifest->hold_min));
		page_html(page, "</td><td>");
		page_number(page, members);
		page_html(page, "</td><td>–</td>");
		write_bar(page, 0, members);
	}
	write_notes(page, ring, count, members);
}

/* Rosters of the class that no ring but that of all has. */
static void write_smallest(struct page *page, enum roster_class class_of_members)
{
	bool is_first = true;

	for (uint32_t r = 0; r < page->manifest->n_rosters; r++) {
		if (manifest_roster_class(&page->manifest->rosters[r]) != class_of_members ||
		    manifest_ring_of_roster(page->manifest, r) < page->manifest->n_rings)
			continue;
		if (is_first) {
			begin_note(page);
			page_wrap(page, "", WORD_ALL_ONLY, " ");
		} else {
			page_html(page, ", ");
		}
		write_members_of(page, &r, 1);
		is_first = false;
	}
	if (!is_first)
		end_note(page);
}

static void write_heads(struct page *page)
{
	static const enum word heads[] = {WORD_ORGANISATION, WORD_SIGNED, WORD_MEMBERS,
					  WORD_SHARE_HEAD};

	page_html(page, "<thead><tr>");
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		page_wrap(page, "<th scope=\"col\">", heads[i], "</th>");
	page_html(page, "<td class=\"bar\"></td></tr></thead><tbody>\n");
}

static void write_table(struct page *page, enum roster_class class_of_members, uint64_t total)
{
	const bool is_raw = class_of_members == ROSTER_RAW_KEY;
	const uint64_t members = page->members[class_of_members];
	uint64_t sum = 0;
	bool has_below = false;

	if (members == 0)
		return;
	page_html(page, is_raw ? "<table class=\"o\" id=\"raw\"><caption><b>"
			       : "<table class=\"o\" id=\"enrolled\"><caption><b>");
	page_word(page, is_raw ? WORD_RAW_TABLE : WORD_ENROLLED_TABLE);
	page_html(page, "</b></caption>");
	write_heads(page);
	for (size_t row = 0; row < page->manifest->n_rings; row++) {
		const struct manifest_ring *ring = ring_at(page, row);
		if (ring->class_of_members != class_of_members)
			continue;
		write_row(page, row);
		sum += page->tally->rings[page->order[row]];
		has_below |= page->tally->rings[page->order[row]] == 0 && !is_of_everybody(ring);
	}
	write_smallest(page, class_of_members);
	page_wrap(page, "<tr class=\"sum\"><th scope=\"row\">",
		  is_raw ? WORD_ALL_RAW : WORD_ALL_ENROLLED, "");
	write_numbers(page, total, members, true);
	page_html(page, "</tbody></table>\n");
	if (sum > total) {
		page_html(page, "<p class=\"n\">");
		page_say(page, WORD_OVERLAP, FILL_NUMBER(sum - total), FILL_NUMBER(sum));
		page_html(page, "</p>\n");
	}
	if (has_below) {
		page_html(page, "<p class=\"n\">");
		page_say(page, WORD_BELOW_NOTE, FILL_NUMBER(page->manifest->hold_min));
		page_html(page, "</p>\n");
	}
}

/* What stands in the log and counts for nothing. */
static void write_void(struct page *page)
{
	if (page->letter->n_notices == 0)
		return;
	page_wrap(page, "<h3>", WORD_VOID, "</h3>\n<ul class=\"plain\">\n");
	for (size_t i = 0; i < page->letter->n_notices; i++) {
		page_html(page, "<li lang=\"en\" dir=\"ltr\">");
		html_text(page->out, bytes_from_text(page->letter->notices[i].where));
		page_html(page, ": ");
		html_text(page->out, bytes_from_text(page->letter->notices[i].what));
		page_html(page, "</li>\n");
	}
	page_html(page, "</ul>\n");
}

void page_write_tables(struct page *page)
{
	page_begin_section(page, "tables", NULL, WORD_COUNTED, WORD_COUNTED_NOTE);
	page_wrap(page, "<p class=\"n\">", WORD_COUNTED_HONEST, " ");
	page_wrap(page, "<a href=\"#rosters\">", WORD_ROSTERS_LINK,
		  "</a></p></div>\n<div class=\"r\">\n");
	write_table(page, ROSTER_ENROLLED, page->tally->enrolled);
	write_table(page, ROSTER_RAW_KEY, page->tally->raw_key);
	write_void(page);
	page_end_section(page);
}

static void write_roster(struct page *page, size_t r)
{
	const struct rings_roster *roster = &page->letter->rings->rosters[r];
	const struct snapshot_record *record = roster->record;

	page_html(page, "<tr><th scope=\"row\" class=\"f\">");
	html_name(page->out, record->roster);
	if (!bytes_are_equal(record->roster, record->organisation)) {
		page_html(page, "<br><small>");
		html_name(page->out, record->organisation);
		page_html(page, "</small>");
	}
	page_html(page, "</th><td class=\"s\">");
	page_number(page, roster->last.n);
	page_html(page, "</td><td class=\"wide\">");
	html_name(page->out, record->source);
	page_html(page, "</td><td class=\"wide\">");
	html_name(page->out, record->steward);
	page_html(page, "<br><small>");
	page_say(page, WORD_EDITION, {PAGE_PLAIN, record->edition, {NULL, 0}});
	page_html(page, ", ");
	page_day(page, record->date);
	page_html(page, "</small></td></tr>\n");
}

void page_write_rosters(struct page *page)
{
	page_begin_section(page, "rosters", NULL, WORD_ROSTERS, WORD_ROSTERS_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<table class=\"w\">");
	page_wrap(page, "<caption class=\"skip\">", WORD_ROSTERS, "</caption><thead><tr>");
	page_wrap(page, "<th scope=\"col\" class=\"f\">", WORD_ROSTER, "</th>");
	page_wrap(page, "<th scope=\"col\" class=\"s\">", WORD_MEMBERS, "</th>");
	page_wrap(page, "<th scope=\"col\" class=\"wide\">", WORD_SOURCE, "</th>");
	page_wrap(page, "<th scope=\"col\" class=\"wide\">", WORD_STEWARD,
		  "</th></tr></thead><tbody>\n");
	for (size_t r = 0; r < page->manifest->n_rosters; r++)
		write_roster(page, r);
	page_html(page, "</tbody></table>\n");
	page_end_section(page);
}

#include "page_parts.h"

#include "qr.h"

static void write_bar(struct page *page)
{
	const struct tally *tally = page->tally;
	const uint64_t members = page->members[ROSTER_ENROLLED] + page->members[ROSTER_RAW_KEY];

	page_html(page, "<svg class=\"fl\" width=\"100%\" height=\"14\" aria-hidden=\"true\"><rect "
			"class=\"T\" width=\"100%\" height=\"14\"/><rect class=\"A\" width=\"");
	page_percent(page, tally->enrolled, members);
	page_html(page, "\" height=\"14\"/><rect class=\"B\" x=\"");
	page_percent(page, tally->enrolled, members);
	page_html(page, "\" width=\"");
	page_percent(page, tally->raw_key, members);
	page_html(page, "\" height=\"14\"/></svg>\n<p class=\"n\">");
	page_say(page, WORD_SHARE, FILL_NUMBER(members),
		 FILL_SHARE(page_per_mille(tally->total, members)));
	page_html(page, "</p>\n");
}

static void write_class(struct page *page, const char *class, uint64_t count, enum word name,
			enum word about, uint64_t members)
{
	if (members == 0)
		return;
	page_html(page, class);
	page_html(page, "<dt><b>");
	page_number(page, count);
	page_wrap(page, "</b> ", name, "</dt><dd>");
	page_say(page, about, FILL_NUMBER(members));
	page_html(page, "</dd></div>\n");
}

static void write_caption(struct page *page)
{
	const struct tally *tally = page->tally;

	page_html(page, "<p class=\"big\">");
	page_number(page, tally->total);
	page_html(page, "</p>\n<p class=\"cap\"><b>");
	page_say(page, WORD_CAPTION, FILL_NUMBER(tally->total), FILL_NUMBER(tally->represented),
		 FILL_NUMBER(tally->n_organisations));
	page_html(page, "</b><br><span>");
	page_say(page, WORD_AS_OF, FILL_NUMBER(page->epoch),
		 FILL_DATE(page_epoch_date(page, page->epoch)));
	page_html(page, " ");
	if (page_is_closed(page)) {
		page_say(page, WORD_FINAL, FILL_DATE(page_epoch_date(page, page->closing)));
	} else {
		if (tally->n_growth == 0)
			page_wrap(page, "", WORD_NONE, " ");
		page_say(page, WORD_NEXT, FILL_DATE(page_epoch_date(page, page->epoch + 1)));
	}
	page_html(page, "</span></p>\n");
}

/* For whoever has it on paper. In capitals: they take less room. */
static void write_qr(struct page *page, struct bytes id)
{
	uint8_t text[MANIFEST_ID_LEN];
	uint8_t label[256];
	struct writer *out = page->out;
	struct writer writer = writer_new(label, sizeof label);
	struct qr qr;

	for (size_t i = 0; i < id.len; i++)
		text[i] = (uint8_t)(id.data[i] >= 'a' ? id.data[i] - 'a' + 'A' : id.data[i]);
	page->out = &writer;
	page_word(page, WORD_QR);
	page->out = out;
	if (qr_encode(&qr, bytes_from(text, sizeof text)) != UNDERSIGN_OK || writer.has_overflowed)
		return;
	page_html(page, "<div class=\"qr\">");
	qr_write_svg(page->out, &qr, writer_view(&writer));
	page_html(page, "</div>\n");
}

/* In groups of four, as people read it out. */
static void write_fingerprint(struct page *page)
{
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, page->manifest);
	page_html(page, "<p class=\"fp\">");
	for (size_t i = 0; i < sizeof id; i += 4) {
		page_html(page, i > 0 ? " <span>" : "<span>");
		writer_bytes(page->out, bytes_from(id + i, 4));
		page_html(page, "</span>");
	}
	page_html(page, "</p>\n");
	write_qr(page, bytes_from(id, sizeof id));
}

void page_write_count(struct page *page)
{
	const struct tally *tally = page->tally;

	page_html(page, "\n<div class=\"count\" id=\"count\">\n<div>\n");
	write_caption(page);
	write_bar(page);
	page_html(page, "<dl class=\"cls\">\n");
	write_class(page, "<div class=\"ca\">", tally->enrolled, WORD_ENROLLED, WORD_ENROLLED_OF,
		    page->members[ROSTER_ENROLLED]);
	write_class(page, "<div class=\"cb\">", tally->raw_key, WORD_RAW, WORD_RAW_OF,
		    page->members[ROSTER_RAW_KEY]);
	page_html(page, "</dl>\n<p class=\"n\">");
	if (tally->withdrawn > 0) {
		page_say(page, WORD_WITHDRAWN, FILL_NUMBER(tally->withdrawn));
		page_html(page, " ");
	}
	page_wrap(page, "<a href=\"#not\">", WORD_NOT_MEAN,
		  "</a></p>\n</div>\n<div class=\"id\">\n");
	page_wrap(page, "<h2>", WORD_RIGHT_LETTER, "</h2>\n");
	page_wrap(page, "<p class=\"n\">", WORD_RIGHT_LETTER_HOW, "</p>\n");
	write_fingerprint(page);
	page_wrap(page, "<p class=\"n np\">", WORD_RECOUNT, " ");
	page_wrap(page, "<a href=\"#verify\">", WORD_RECOUNT_LINK, "</a></p>\n</div>\n</div>\n\n");
}

#include "page_parts.h"

#define SHORT_ID 8 /* of a citation */

void page_write_not(struct page *page)
{
	page_begin_section(page, "not", NULL, WORD_NOT_MEAN, WORD_NOT_MEAN_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<ol class=\"plain\">\n");
	for (unsigned i = 0; i < 7; i++)
		page_wrap(page, "<li>", (enum word)(WORD_NOT_1 + i), "</li>\n");
	page_html(page, "</ol>\n");
	page_end_section(page);
}

static void write_step(struct page *page, enum word head, enum word how)
{
	page_wrap(page, "<li><strong>", head, "</strong> ");
	page_word(page, how);
	page_html(page, "</li>\n");
}

/* The latest day on which a secret of this letter is due; 0 if no list has any. */
static uint64_t last_burn(const struct page *page)
{
	uint64_t last = 0;

	for (size_t r = 0; r < page->manifest->n_rosters; r++) {
		const uint32_t column = page->manifest->rosters[r].column;
		const struct snapshot_record *record = page->letter->rings->rosters[r].record;

		if (column > 0 && record->calendar.columns[column - 1].burn > last)
			last = record->calendar.columns[column - 1].burn;
	}
	return last;
}

static void write_burn(struct page *page)
{
	const uint64_t day = last_burn(page);
	const char *text = words_text(page->words, WORD_STEP_BURN_HOW, 0);

	if (day == 0)
		return;
	page_wrap(page, "<li><strong>", WORD_STEP_BURN, "</strong> ");
	for (; *text != '\0'; text++) {
		if (text[0] == '{' && text[1] == '1' && text[2] == '}') {
			page_day(page, day);
			text += 2;
		} else {
			writer_u8(page->out, (uint8_t)*text);
		}
	}
	page_html(page, "</li>\n");
}

void page_write_sign(struct page *page)
{
	if (page_is_closed(page))
		return;
	page_begin_section(page, "sign", "np", WORD_SIGN, WORD_SIGN_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<div class=\"panel warn\"><p>");
	page_wrap(page, "<strong>", WORD_NOT_AT_WORK, "</strong> ");
	page_word(page, WORD_NOT_AT_WORK_HOW);
	page_html(page, "</p></div>\n<ol class=\"steps\">\n");
	write_step(page, WORD_STEP_GET, WORD_STEP_GET_HOW);
	write_step(page, WORD_STEP_OFFLINE, WORD_STEP_OFFLINE_HOW);
	write_step(page, WORD_STEP_LOOK, WORD_STEP_LOOK_HOW);
	page_wrap(page, "<li><strong>", WORD_STEP_SAVE, "</strong> ");
	page_word(page, WORD_STEP_SAVE_HOW);
	page_html(page, "<pre><code>undersign sign bundle --credential me.credential -o "
			"note.undersigned</code></pre></li>\n");
	page_wrap(page, "<li><strong>", WORD_STEP_DELIVER, "</strong> ");
	page_word(page, WORD_STEP_DELIVER_HOW);
	page_wrap(page, " <a href=\"deliver\">", WORD_STEP_DELIVER_FORM, "</a> ");
	page_word(page, WORD_STEP_DELIVER_WHERE);
	page_html(page, "</li>\n");
	write_step(page, WORD_STEP_CHECK, WORD_STEP_CHECK_HOW);
	write_burn(page);
	page_html(page, "</ol>\n");
	page_end_section(page);
}

static void write_id(struct page *page)
{
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, page->manifest);
	writer_bytes(page->out, bytes_from(id, sizeof id));
}

/* What web/page.js makes its button of: the words, apart by bars, and the number that the page
 * shows. */
static void write_recount(struct page *page)
{
	page_html(page, "<div id=\"recount\" data-total=\"");
	page_decimal(page, page->tally->total);
	page_html(page, "\" data-words=\"");
	for (unsigned word = WORD_RECOUNT_BUTTON; word <= WORD_RECOUNT_NO_WASM; word++) {
		if (word != WORD_RECOUNT_BUTTON)
			page_html(page, "|");
		html_text(page->out, bytes_from_text(words_text(page->words, (enum word)word, 0)));
	}
	page_html(page, "\"></div>\n");
}

static void write_commands(struct page *page)
{
	page_wrap(page, "<p>", WORD_VERIFY_FETCH, "</p>\n");
	page_html(page, "<pre><code>undersign fetch --policy policy.txt --letter ");
	write_id(page);
	page_html(page, " ADDRESS bundle</code></pre>\n");
	page_wrap(page, "<p>", WORD_VERIFY_HOW, "</p>\n");
	page_html(page, "<pre><code>undersign verify --policy policy.txt --letter ");
	write_id(page);
	page_html(page, " bundle</code></pre>\n");
	page_wrap(page, "<p>", WORD_VERIFY_ANCHOR, "</p>\n");
}

void page_write_address(struct page *page)
{
	page_html(page, "<a href=\"as-of-");
	page_decimal(page, replay_size(page->source->replay));
	page_html(page, ".html\">as-of-");
	page_decimal(page, replay_size(page->source->replay));
	page_html(page, ".html</a>");
}

static void write_hashes(struct page *page)
{
	const struct tally *tally = page->tally;
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, page->manifest);
	page_wrap(page, "<dl class=\"fact\" id=\"hashes\">\n<dt>", WORD_LETTER, "</dt><dd><code>");
	write_id(page);
	page_html(page, "</code></dd>\n<dt>");
	page_say(page, WORD_LOG, FILL_NUMBER(page->epoch));
	page_html(page, "</dt><dd>");
	html_name(page->out, page->log->log.name);
	page_html(page, ", ");
	page_say(page, WORD_LOG_ENTRIES, FILL_NUMBER(replay_size(page->source->replay)));
	page_html(page, " <code>");
	writer_base64(page->out,
		      bytes_from(page->source->root.bytes, sizeof page->source->root.bytes));
	page_wrap(page, "</code></dd>\n<dt>", WORD_CITE, "</dt><dd>");
	page_say(page, WORD_CITE_AS, FILL_NUMBER(tally->total), FILL_NUMBER(tally->represented),
		 FILL_NUMBER(tally->n_organisations), FILL_NUMBER(page->epoch),
		 FILL_DATE(page_epoch_date(page, page->epoch)),
		 FILL_PLAIN(bytes_from(id, SHORT_ID)));
	page_html(page, "<br>");
	page_word(page, WORD_CITE_ADDRESS);
	page_html(page, " ");
	page_write_address(page);
	page_html(page, "</dd>\n</dl>\n");
}

/* The kit that the log gives out, if it does. */
static void write_kit(struct page *page)
{
	uint64_t entry;
	const struct kit_record *kit = replay_kit(page->source->replay, &entry);

	if (!kit)
		return;
	page_wrap(page, "<h3 id=\"kit\">", WORD_KIT, "</h3>\n<p>");
	page_say(page, WORD_KIT_HOW, FILL_NAME(kit->version), FILL_NUMBER(kit->length),
		 FILL_DATE(page_epoch_date(page, replay_epoch_of(page->source->replay, entry))));
	page_html(page, " <a href=\"kit.html\">kit.html</a></p>\n<p class=\"n\">SHA-256 <code>");
	writer_hex(page->out, bytes_from(kit->sha256, sizeof kit->sha256));
	page_html(page, "</code></p>\n");
}

static void write_file(struct page *page, const char *name, enum word about)
{
	page_html(page, "<li><a href=\"");
	page_html(page, name);
	page_html(page, "\">");
	page_html(page, name);
	page_wrap(page, "</a>: ", about, "</li>\n");
}

static void write_files(struct page *page)
{
	page_begin_section(page, "files", "np", WORD_FILES, WORD_FILES_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<ul class=\"plain\">\n");
	write_file(page, "manifest", WORD_FILE_MANIFEST);
	write_file(page, "checkpoint", WORD_FILE_CHECKPOINT);
	write_file(page, "keys", WORD_FILE_KEYS);
	for (size_t i = 0; i < page->manifest->n_texts; i++) {
		page_html(page, "<li><a href=\"texts/");
		html_text(page->out, page->manifest->texts[i].language);
		page_html(page, ".md\">texts/");
		html_text(page->out, page->manifest->texts[i].language);
		page_html(page, ".md</a></li>\n");
	}
	page_html(page, "</ul>\n");
	page_end_section(page);
}

/* Beside the bundle, where a desk serves it. */
void page_write_handouts(struct page *page)
{
	static const struct {
		const char *name;
		enum word about;
		bool is_of_poll, is_of_story;
	} rows[] = {{.name = "badge.svg", .about = WORD_HANDOUT_BADGE},
		    {.name = "counter.html", .about = WORD_HANDOUT_COUNTER},
		    {.name = "feed.atom", .about = WORD_HANDOUT_FEED},
		    {.name = "tally.json", .about = WORD_HANDOUT_JSON},
		    {.name = "tally.csv", .about = WORD_HANDOUT_CSV},
		    {.name = "polls.csv", .about = WORD_HANDOUT_POLLS, .is_of_poll = true},
		    {.name = "story.csv", .about = WORD_HANDOUT_STORY, .is_of_story = true}};

	page_begin_section(page, "handouts", "np", WORD_HANDOUTS, WORD_HANDOUTS_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<ul class=\"plain\">\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if ((!rows[i].is_of_poll || page->poll) &&
		    (!rows[i].is_of_story || page->story->n > 0))
			write_file(page, rows[i].name, rows[i].about);
	page_html(page, "</ul>\n");
	page_end_section(page);
}

static void begin_verify(struct page *page)
{
	page_begin_section(page, "verify", NULL, WORD_VERIFY, WORD_VERIFY_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n");
	write_recount(page);
	write_commands(page);
}

/* A poll is not cited, and has nothing beside its bundle. */
void page_write_recount(struct page *page)
{
	begin_verify(page);
	write_kit(page);
	page_end_section(page);
}

void page_write_verify(struct page *page)
{
	begin_verify(page);
	write_hashes(page);
	write_kit(page);
	page_end_section(page);
	write_files(page);
	page_write_handouts(page);
}

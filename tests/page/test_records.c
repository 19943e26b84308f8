/* The story around a letter on its page, in JSON and in CSV: what each record looks like, text that
 * wants to be more than text, and a page of 500 records. */
#include "desk.h"

#include "difference.h"
#include "encoding.h"
#include "handout.h"
#include "html_check.h"
#include "page.h"
#include "story_json.h"

#include <time.h>

enum { RECORDS_MAX = 520 };

#define SOURCE                                                                                     \
	"source https://news.example/1\n"                                                          \
	"copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 2030-12-31\n"

static struct desk desk;
static struct bytes records[RECORDS_MAX];
static size_t n_records;

static int begin(void **state)
{
	(void)state;
	desk_begin(&desk, 1);
	desk.text = "# Publish\n\nTwo thirds of the *public* want it.\n";
	desk_add_usual(&desk);
	desk_publish(&desk);
	n_records = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	desk_end(&desk);
	return 0;
}

/* A record whose ID is returned; day: of 2030. */
static const uint8_t *add(const char *kind, enum desk_signer author, unsigned month, unsigned day,
			  const uint8_t *revises, const char *lines)
{
	uint8_t *data = arena_take(desk.arena, 1, ROSTER_TEXT_MAX);
	uint8_t *id = arena_take(desk.arena, 1, SHA256_BYTES);
	struct writer writer = writer_new(data, ROSTER_TEXT_MAX);
	struct note_key key = desk_key(author);
	char date[16];
	uint64_t seconds;

	snprintf(date, sizeof date, "2030-%02u-%02u", month, day);
	assert_int_equal(date_decode(&seconds, BYTES(date)), UNDERSIGN_OK);
	story_text_write_head(&writer, story_kind_named(BYTES(kind)), desk.manifest.context, &key,
			      seconds, revises);
	writer_text(&writer, lines);
	sha256(id, writer_view(&writer));
	assert_true(n_records < RECORDS_MAX);
	records[n_records++] = desk_note(&desk, author, writer_view(&writer));
	return id;
}

static const char *with_key(const char *lines, enum desk_signer signer)
{
	char *out = arena_take(desk.arena, 1, 2000);
	struct note_key key = desk_key(signer);
	struct writer writer = writer_new(out, 1999);

	writer_text(&writer, lines);
	writer_text(&writer, "key ");
	note_key_write(&writer, &key);
	writer_text(&writer, "\n");
	return out;
}

static struct bytes make(void)
{
	struct problem problem = {0};
	struct bytes page;
	struct bytes text = BYTES(desk.text);

	desk_run(&desk, records, n_records, NULL, 0);
	assert_int_equal(desk_replay(&desk, false, &problem), UNDERSIGN_OK);
	const struct page_source source = {
		.replay = desk.replay, .letter = desk.letter, .texts = &text};
	assert_int_equal(page_make(&page, &source, desk.arena), UNDERSIGN_OK);
	uint8_t *copy = arena_take(desk.arena, page.len + 1, 1);
	memcpy(copy, page.data, page.len);
	const char *fault = html_check(bytes_from(copy, page.len));
	if (fault)
		fail_msg("%s", fault);
	if (getenv("UNDERSIGN_PAGES")) {
		char path[4096];
		static unsigned n;
		snprintf(path, sizeof path, "%s/records-%u.html", getenv("UNDERSIGN_PAGES"), ++n);
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(fwrite(copy, 1, page.len, file), page.len);
		assert_int_equal(fclose(file), 0);
	}
	return bytes_from(copy, page.len);
}

static void assert_has(struct bytes page, const char *text)
{
	if (!strstr((const char *)page.data, text))
		fail_msg("the page does not have: %s", text);
}

static void assert_has_not(struct bytes page, const char *text)
{
	if (strstr((const char *)page.data, text))
		fail_msg("the page has: %s", text);
}

static void add_beginning(void)
{
	add("actor", DESK_ORGANISER, 10, 1, NULL,
	    with_key("role addressed\nname Ministry\n", DESK_STEWARD));
	add("actor", DESK_ORGANISER, 10, 1, NULL, "role mediator\nname Ombudsperson\n");
	add("actor", DESK_ORGANISER, 10, 1, NULL,
	    with_key("role person\nname Ilse Varnhem\nabout hydrologist\n", DESK_STRANGER));
	add("scale", DESK_ORGANISER, 10, 1, NULL, "grade in words\ngrade all\n");
	add("demand", DESK_ORGANISER, 10, 1, NULL, "number 1\ntext Publish within 24 hours\n");
}

/* For a parser that others wrote: in the folder UNDERSIGN_PAGES. */
static void save_table(const char *name, struct bytes table)
{
	char path[4096];

	if (!getenv("UNDERSIGN_PAGES"))
		return;
	snprintf(path, sizeof path, "%s/%s-story.csv", getenv("UNDERSIGN_PAGES"), name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(table.data, 1, table.len, file), table.len);
	assert_int_equal(fclose(file), 0);
}

static void shows_each_kind(void **state)
{
	(void)state;
	add_beginning();
	add("delivery", DESK_ORGANISER, 10, 2, NULL, "actor Ministry\nwords By hand.\n" SOURCE);
	const uint8_t *reply = add("reply", DESK_STEWARD, 10, 12, NULL,
				   "actor Ministry\ntext We cannot publish it.\ntext Sorry.\n");
	add("reply", DESK_STEWARD, 10, 22, reply,
	    "actor Ministry\ntext We shall publish it.\ntext Sorry.\n");
	add("reply", DESK_ORGANISER, 10, 17, NULL, "actor Council\ntext Why not?\n" SOURCE);
	add("move", DESK_STEWARD, 10, 22, NULL,
	    "demand 1\nactor Ministry\nstate offered\nwords From January.\n");
	add("stance", DESK_ORGANISER, 10, 3, NULL,
	    "actor Brisk\ngrade in words\nquote Right in principle.\n" SOURCE);
	add("stance", DESK_ORGANISER, 10, 9, NULL, "actor Brisk\ngrade all\n" SOURCE);
	add("stance", DESK_ORGANISER, 10, 5, NULL, "actor Galden\ngrade in words\n" SOURCE);
	add("stance", DESK_ORGANISER, 10, 28, NULL, "actor Galden\ngrade withdrawn\n" SOURCE);
	add("citation", DESK_ORGANISER, 10, 3, NULL,
	    "claim Two thirds of the public\n" SOURCE
	    "asked-by Halm Institute\npaid-by Clear Records\nquestion Should they?\n"
	    "answer 410 yes, certainly\nanswer 250 rather yes\nanswer 340 no\nmerged 1,2\n"
	    "asked 1329\npopulation registered water customers\nsampling random\n"
	    "mode by telephone\nfrom 2030-09-06\nuntil 2030-09-19\nweighting by age\n");
	add("endorsement", DESK_STRANGER, 10, 20, NULL, "actor Ilse Varnhem\nstate given\n");
	add("notice", DESK_ORGANISER, 10, 21, NULL, "about correction\nwords A name was wrong.\n");
	struct bytes page = make();
	assert_has(page, "0 of 1 demands are met, 0 refused");
	assert_has(page, "<td class=\"f st\">offered</td>");
	assert_has(page, "Mediator: <bdi>Ombudsperson</bdi>.");
	assert_has(page, "<del>cannot</del> <ins>shall</ins> publish it.</p>\n<p>Sorry.</p>");
	assert_has(page, "Signed with <bdi>Ministry</bdi>’s key, checked.");
	assert_has(page, "not signed by <bdi>Council</bdi>.");
	assert_has(page, "Handed to <bdi>Ministry</bdi> on <time datetime=\"2030-10-02\">");
	assert_has(page, "1 of 2 institutions stands at: <bdi>all</bdi>");
	assert_has(page, "<line class=\"g3\"");
	assert_has(page, "“<bdi>Two thirds of the public</bdi>”");
	assert_has(page, "<p class=\"head\">66.0");
	assert_has(page, "<span class=\"s\">± 2.5 points</span>");
	assert_has(page, "<dd>± 2.5 points at 66.0");
	assert_has(page, "± 2.7 at most");
	assert_has(page, "The letter writes “<bdi>public</bdi>”. The poll asked: "
			 "<bdi>registered water customers</bdi>.");
	assert_has(page, " joins 2 answers:");
	assert_has_not(page, "do not stand in the letter");
	assert_has(page, "<b>People.</b> <bdi>Ilse Varnhem</bdi>, <bdi>hydrologist</bdi>");
	assert_has(page, "Removals so far: none.");
	assert_has(page, "<bdi>Galden</bdi> took back its stance.");
	assert_has(page, "<bdi>Ministry</bdi> revised its reply.");
	assert_has(page, "<a href=\"#stances\">");

	struct bytes text = BYTES(desk.text), feed;
	const struct page_source source = {
		.replay = desk.replay, .letter = desk.letter, .texts = &text};
	assert_int_equal(handout_make(&feed, HANDOUT_FEED, &source, desk.arena), UNDERSIGN_OK);
	uint8_t *copy = arena_take(desk.arena, feed.len + 1, 1);
	memcpy(copy, feed.data, feed.len);
	feed = bytes_from(copy, feed.len);
	assert_has(feed, "<title>Ministry revised its reply.</title>");
	assert_has(feed, "<title>Demand 1: offered</title>");
	assert_has_not(feed, "<bdi>");
	assert_int_equal(handout_make(&feed, HANDOUT_STORY, &source, desk.arena), UNDERSIGN_OK);
	save_table("told", feed);
	assert_has(page, "<a href=\"story.csv\">");
}

/* What a record says is text: in HTML, in attributes, in drawings. */
static void shows_hostile_text_as_text(void **state)
{
#define EVIL                                                                                       \
	"</text></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'\xe2\x80\xae&amp;"
	(void)state;
	add("actor", DESK_ORGANISER, 10, 1, NULL, "role mediator\nname " EVIL "\n");
	add("scale", DESK_ORGANISER, 10, 1, NULL, "grade " EVIL "\ngrade all\n");
	add("demand", DESK_ORGANISER, 10, 1, NULL, "number 1\ntext " EVIL "\n");
	add("stance", DESK_ORGANISER, 10, 2, NULL,
	    "actor " EVIL "\ngrade " EVIL "\nquote " EVIL "\nsource javascript:alert(1)\n"
	    "copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 2030-12-31\n");
	add("stance", DESK_ORGANISER, 10, 3, NULL,
	    "actor " EVIL "\ngrade all\nsource https://x.example/\"onclick=alert(1)//\n"
	    "copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 2030-12-31\n");
	add("move", DESK_ORGANISER, 10, 3, NULL,
	    "demand 1\nactor " EVIL "\nwords " EVIL "\n" SOURCE);
	add("reply", DESK_ORGANISER, 10, 3, NULL, "actor " EVIL "\ntext " EVIL "\n" SOURCE);
	add("citation", DESK_ORGANISER, 10, 3, NULL,
	    "claim " EVIL "\nquote " EVIL "\n" SOURCE "asked-by " EVIL "\npaid-by " EVIL
	    "\nquestion " EVIL "\nanswer 500 " EVIL "\nanswer 500 " EVIL
	    "\nmerged 1,2\nasked 10\npopulation " EVIL "\ncalled " EVIL
	    "\nsampling quota\nmode " EVIL "\nfrom 2030-09-06\nuntil 2030-09-19\nweighting " EVIL
	    "\n");
	add("notice", DESK_ORGANISER, 10, 3, NULL, "about correction\nwords " EVIL "\n");
	struct bytes page = make();
	assert_has_not(page, "<script>alert");
	assert_has_not(page, "<img");
	assert_has_not(page, "href=\"javascript");
	assert_has_not(page, "\xe2\x80\xae");
	assert_has(page, "&lt;script&gt;alert(1)&lt;/script&gt;");

	uint8_t *data = arena_take(desk.arena, 1, 1 << 20);
	struct writer writer = writer_new(data, (1 << 20) - 1);
	struct story story;
	assert_int_equal(replay_story(&story, desk.letter, desk.arena), UNDERSIGN_OK);
	story_json_write(&writer, &story, &(struct story_letter){0});
	assert_has(writer_view(&writer), "onerror=alert(1)>\\\"'");
	writer = writer_new(data, (1 << 20) - 1);
	memset(data, 0, 1 << 20);
	story_csv_write(&writer, &story);
	assert_has(writer_view(&writer), "onerror=alert(1)>\"\"'");
	save_table("evil", writer_view(&writer));
}

/* Its earlier versions with their counts, and what changed in the text, whatever its lines are. */
static void shows_versions(void **state)
{
#define VERSION(id, title, opened, signed, text)                                                   \
	"earlier " id "\ntitle " title "\nopened " opened "\nas-of 2030-09-20\n" signed text
	static char long_text[50000];

	(void)state;
	add("earlier", DESK_ORGANISER, 10, 1, NULL,
	    VERSION("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "The <b>second</b>",
		    "2030-09-10", "signed 12\n",
		    "text # Publish\ntext Two thirds of the <i>costs</i> want it.\n"));
	add("earlier", DESK_ORGANISER, 10, 1, NULL,
	    VERSION("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "The first", "2030-09-01",
		    "signed 1234\n", "text Something else.\n"));
	struct bytes page = make();
	assert_has(page, "<section id=\"versions\">");
	assert_has(page, "<a href=\"#versions\">");
	assert_has(page, "<tr><th scope=\"row\">1</th><td><bdi>The first</bdi>");
	assert_has(page, "<b>1,234</b>");
	assert_has(page,
		   "<tr><th scope=\"row\">2</th><td><bdi>The &lt;b&gt;second&lt;/b&gt;</bdi>");
	assert_has(page, "<tr><th scope=\"row\">3</th>");
	assert_has(page, "this is as the organiser says it");
	assert_has(page, "From version 2 to version 3");
	assert_has(page,
		   "<p># Publish</p>\n<p>Two thirds of the <del>&lt;i&gt;costs&lt;/i&gt;</del> "
		   "<ins>*public*</ins> want it.</p>");
	assert_has_not(page, "Something else.");

	/* A text that is too long for the page is only named. */
	n_records = 0; /* those stand in the log */
	size_t len = (size_t)snprintf(long_text, sizeof long_text,
				      VERSION("%s", "The third", "2030-09-15", "", ""),
				      "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	for (unsigned i = 0; i < 21; i++) {
		memcpy(long_text + len, "text ", 5);
		memset(long_text + len + 5, 'x', 2000);
		long_text[len + 2005] = '\n';
		len += 2006;
	}
	long_text[len] = '\0';
	add("earlier", DESK_ORGANISER, 10, 1, NULL, long_text);
	page = make();
	assert_has(page, "<tr><th scope=\"row\">3</th><td><bdi>The third</bdi>");
	assert_has(page, "<b>0</b>");
	assert_has(page, "Too long for this page");
	assert_has_not(page, "<del>");
	assert_true(page.len <= PAGE_LEN_MEANT);
}

static void guards_spreadsheets(void **state)
{
	uint8_t data[4000] = {0};
	struct writer writer = writer_new(data, sizeof data - 1);
	struct story story;

	(void)state;
	add("scale", DESK_ORGANISER, 10, 1, NULL, "grade a\ngrade b\n");
	add("stance", DESK_ORGANISER, 10, 1, NULL,
	    "actor =HYPERLINK(1)\ngrade a\nquote @SUM(1)\n" SOURCE);
	(void)make();
	assert_int_equal(replay_story(&story, desk.letter, desk.arena), UNDERSIGN_OK);
	story_csv_write(&writer, &story);
	assert_has(writer_view(&writer), "\"'=HYPERLINK(1)\"");
	assert_has(writer_view(&writer), "\"'@SUM(1)\"");
	save_table("formulas", writer_view(&writer));
}

static void hides_what_was_removed(void **state)
{
	char lines[300];
	char id[64] = {0};
	struct writer writer = writer_new(id, sizeof id - 1);

	(void)state;
	add_beginning();
	const uint8_t *move =
		add("move", DESK_ORGANISER, 10, 3, NULL,
		    "demand 1\nactor Council\nstate met\nwords Ask A. Person.\n" SOURCE);
	writer_base64(&writer, bytes_from(move, SHA256_BYTES));
	snprintf(lines, sizeof lines,
		 "about removal\nof %s\nreason private-person\nuntil 2030-11-01\nwords w\n", id);
	add("notice", DESK_ORGANISER, 10, 4, NULL, lines);
	struct bytes page = make();
	assert_has_not(page, "A. Person");
	assert_has(page, "Removals so far: 1.");
	assert_has(page, "names a private person");
	assert_has(page, "<td class=\"f st\">still open</td>");
}

/* 500 records: the page stays within the bar of all pages, and says what it leaves out. */
static void holds_five_hundred(void **state)
{
	static const char *const grades[] = {"in words", "some", "all", "withdrawn"};
	struct timespec before, after;
	char lines[1000];

	(void)state;
	add("actor", DESK_ORGANISER, 10, 1, NULL,
	    with_key("role addressed\nname Ministry\n", DESK_STEWARD));
	add("scale", DESK_ORGANISER, 10, 1, NULL, "grade in words\ngrade some\ngrade all\n");
	for (unsigned i = 1; i <= 12; i++) {
		snprintf(lines, sizeof lines, "number %u\ntext Publish the %u. list of all\n", i,
			 i);
		add("demand", DESK_ORGANISER, 10, 1, NULL, lines);
	}
	while (n_records < 500) {
		const unsigned i = (unsigned)n_records;

		switch (i % 5) {
		case 0:
			snprintf(
				lines, sizeof lines,
				"demand %u\nactor Council of Waterworks\nstate %s\n"
				"words The council moved for the %u. time, in some words.\n" SOURCE,
				i % 12 + 1, i % 2 ? "offered" : "refused", i);
			add("move", DESK_ORGANISER, 10 + i % 3, 1 + i % 28, NULL, lines);
			break;
		case 1:
			snprintf(lines, sizeof lines,
				 "actor Council of the %u. valley\ntext We have said so %u "
				 "times.\n" SOURCE,
				 i, i);
			add("reply", DESK_ORGANISER, 10 + i % 3, 1 + i % 28, NULL, lines);
			break;
		default:
			snprintf(lines, sizeof lines,
				 "actor Waterworks of the %u. valley\ngrade %s\n"
				 "quote We said something that is about this long, number "
				 "%u.\n" SOURCE,
				 i % 70, grades[i / 7 % 4], i);
			add("stance", DESK_ORGANISER, 10 + i % 3, 1 + i % 28, NULL, lines);
		}
	}
	(void)make();
	struct bytes text = BYTES(desk.text);
	const struct page_source source = {
		.replay = desk.replay, .letter = desk.letter, .texts = &text};
	struct bytes page;
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(page_make(&page, &source, desk.arena), UNDERSIGN_OK);
	clock_gettime(CLOCK_MONOTONIC, &after);
	print_message("a page of %zu records: %zu bytes, %.1f ms\n", desk.letter->n_story, page.len,
		      (double)(after.tv_sec - before.tv_sec) * 1e3 +
			      (double)(after.tv_nsec - before.tv_nsec) / 1e6);
	assert_int_equal(desk.letter->n_story, 500);
	assert_true(page.len <= 60000);
	uint8_t *copy = arena_take(desk.arena, page.len + 1, 1);
	memcpy(copy, page.data, page.len);
	assert_has(bytes_from(copy, page.len), "records are left out here; undersign record list "
					       "has them.");
}

static void assert_difference(const char *before, const char *after, const char *wanted)
{
	uint8_t data[1000] = {0};
	struct writer writer = writer_new(data, sizeof data - 1);

	assert_int_equal(difference_write(&writer, BYTES(before), BYTES(after), desk.arena),
			 UNDERSIGN_OK);
	assert_string_equal((const char *)data, wanted);
}

static void tells_differences(void **state)
{
	(void)state;
	assert_difference("a b c\n", "a b c\n", "<p>a b c</p>\n");
	assert_difference("a b c\n", "a x c\n", "<p>a <del>b</del> <ins>x</ins> c</p>\n");
	assert_difference("a\n", "a b\n", "<p>a <ins>b</ins></p>\n");
	assert_difference("a b\n", "b\n", "<p><del>a</del> b</p>\n");
	assert_difference("", "a\nb\n", "<p><ins>a</ins></p>\n<p><ins>b</ins></p>\n");
	assert_difference("a\nb\n", "a b\n", "<p>a b</p>\n");
	assert_difference("<b>\n", "&\n", "<p><del>&lt;b&gt;</del> <ins>&amp;</ins></p>\n");
	assert_difference("", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shows_each_kind, begin, end),
		cmocka_unit_test_setup_teardown(shows_hostile_text_as_text, begin, end),
		cmocka_unit_test_setup_teardown(shows_versions, begin, end),
		cmocka_unit_test_setup_teardown(guards_spreadsheets, begin, end),
		cmocka_unit_test_setup_teardown(hides_what_was_removed, begin, end),
		cmocka_unit_test_setup_teardown(holds_five_hundred, begin, end),
		cmocka_unit_test_setup_teardown(tells_differences, begin, end),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

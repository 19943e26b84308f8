/* The page of a poll while it is sealed, after it closed and once it is opened: what it shows, and
 * that it shows no count before. */
#include "desk_poll.h"

#include "handout.h"
#include "html_check.h"
#include "page.h"

static struct desk desk;
static struct desk_poll poll;

static int begin(void **state)
{
	(void)state;
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_poll_begin(&poll, &desk, 8);
	desk_poll_publish(&poll, &desk);
	return 0;
}

static int end(void **state)
{
	(void)state;
	desk_end(&desk);
	return 0;
}

static struct page_source source_of(const struct bytes *text)
{
	struct problem problem = {0};

	assert_int_equal(desk_replay(&desk, false, &problem), UNDERSIGN_OK);
	return (struct page_source){.replay = desk.replay, .letter = desk.letter, .texts = text};
}

static char *make(void)
{
	struct problem problem = {0};
	const struct bytes text = BYTES(desk.text);
	const struct page_source source = source_of(&text);
	enum page_verdict verdict;
	struct bytes page;

	assert_int_equal(page_make(&page, &source, desk.arena), UNDERSIGN_OK);
	assert_int_equal(page_check(&verdict, page, &source, desk.arena, &problem), UNDERSIGN_OK);
	assert_int_equal(verdict, PAGE_SAME);
	char *copy = arena_take(desk.arena, page.len + 1, 1);
	memcpy(copy, page.data, page.len);
	copy[page.len] = '\0';
	const char *fault = html_check(bytes_from(copy, page.len));
	if (fault)
		fail_msg("%s", fault);
	if (getenv("UNDERSIGN_PAGES")) {
		char path[4096];
		static unsigned n;
		snprintf(path, sizeof path, "%s/poll-%u.html", getenv("UNDERSIGN_PAGES"), ++n);
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(fwrite(copy, 1, page.len, file), page.len);
		assert_int_equal(fclose(file), 0);
	}
	return copy;
}

static void assert_has(const char *page, const char *text)
{
	if (!strstr(page, text))
		fail_msg("the page does not have: %s", text);
}

static void assert_has_not(const char *page, const char *text)
{
	if (strstr(page, text))
		fail_msg("the page has: %s", text);
}

static void run_past(uint64_t epoch)
{
	while (desk.epoch <= epoch)
		desk_run(&desk, NULL, 0, NULL, 0);
}

static void close_poll(void)
{
	run_past(desk.closes + 1);
}

static void give_share(unsigned j, bool is_false)
{
	const struct bytes share = desk_share_record(&desk, &poll, j, is_false);

	desk_run(&desk, &share, 1, NULL, 0);
}

/* Six of Alder, four of Birch: first question 3, 3, 0, 4. */
static void answer(void)
{
	struct bytes files[10];

	for (uint32_t i = 0; i < 6; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, i % 2, false);
	for (uint32_t i = 0; i < 4; i++)
		files[6 + i] = desk_answer(&desk, DESK_BIRCH, i, 1, 3, false);
	desk_run(&desk, NULL, 0, files, 10);
}

static char *hand_out(enum handout what)
{
	const struct bytes text = BYTES(desk.text);
	const struct page_source source = source_of(&text);
	struct bytes made;

	assert_int_equal(handout_make(&made, what, &source, desk.arena), UNDERSIGN_OK);
	if (getenv("UNDERSIGN_PAGES")) {
		char path[4096];
		static unsigned n;
		snprintf(path, sizeof path, "%s/poll-%02u-%s", getenv("UNDERSIGN_PAGES"), n++,
			 handout_name(what));
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
		assert_int_equal(fclose(file), 0);
	}
	char *copy = arena_take(desk.arena, made.len + 1, 1);
	memcpy(copy, made.data, made.len);
	copy[made.len] = '\0';
	return copy;
}

static void test_states(void **state)
{
	const char *page;

	(void)state;
	answer();
	page = make();
	assert_has(page, "<p class=\"n\">Sealed until");
	assert_has_not(page, "<rect");
	/* What web/page.js makes its button of. */
	assert_has(page,
		   "<div id=\"recount\" data-total=\"10\" data-words=\"Recount in this browser|");
	assert_has(page, "<pre><code>undersign verify --policy policy.txt --letter ");
	assert_has(page, "as-of-");
	assert_has(page, "</script>\n</body>\n</html>\n");
	/* The closing's epoch could still go on. */
	run_past(desk.closes);
	page = make();
	assert_has(page, "<p class=\"n\">Sealed until");
	assert_has_not(page, "Closed, and not opened yet");
	close_poll();
	page = make();
	assert_has_not(page, "<p class=\"n\">Sealed until");
	assert_has(page, "Closed, and not opened yet");
	assert_has_not(page, "<rect");
	give_share(3, false);
	assert_has_not(make(), "<rect");
	give_share(1, false);
	page = make();
	assert_has(page, "</th><td>3</td><td>30.0\xc2\xa0%</td>");
	assert_has(page, "</th><td>4</td><td>40.0\xc2\xa0%</td>");
	assert_has(page, "<h3><bdi>Alder, enrolled</bdi>: 6</h3>");
	assert_has(page, "<h3><bdi>Birch, enrolled</bdi>: 4</h3>");
	assert_has_not(page, "Closed, and not opened yet");
}

/* Nobody answered: nothing is to be opened, and no share is divided by none. */
static void test_nobody(void **state)
{
	const char *page;

	(void)state;
	assert_has(make(), "<p class=\"n\">Sealed until");
	close_poll();
	page = make();
	assert_has_not(page, "<rect");
	assert_has_not(page, "Closed, and not opened yet");
}

/* A manifest whose trustees' record is not in the log yet: there is a page, without them. */
static void test_no_trustees(void **state)
{
	const char *page;

	(void)state;
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_poll_begin(&poll, &desk, 8);
	desk_publish(&desk);
	page = make();
	assert_has(page, "The quorum of 8");
	assert_has_not(page, "trustees together");
	close_poll();
	assert_has_not(make(), "trustees");
	desk_end(&desk);
}

/* Two bytes of one count exchanged, as by who wants another outcome. */
static void test_changed(void **state)
{
	const struct bytes text = BYTES(desk.text);
	struct problem problem = {0};
	enum page_verdict verdict;

	(void)state;
	answer();
	close_poll();
	give_share(2, false);
	give_share(3, false);
	char *page = make();
	char *count = strstr(page, "</th><td>4</td>");
	const struct page_source source = source_of(&text);
	assert_non_null(count);
	count[strlen("</th><td>")] = '5';
	assert_int_equal(page_check(&verdict, BYTES(page), &source, desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
}

/* What others show: the turnout while it is sealed, the answers once they are opened. */
static void test_handed_out(void **state)
{
	(void)state;
	answer();
	for (unsigned what = 0; what < HANDOUT_N; what++)
		if (what != HANDOUT_TABLE)
			assert_has_not(hand_out((enum handout)what), "signature");
	const char *made = hand_out(HANDOUT_BADGE);
	assert_has(made, ">10</text>");
	assert_has(made, " members answered</text>");
	assert_has(made, ">Sealed until ");
	assert_has(hand_out(HANDOUT_COUNTER), ">Sealed until ");
	assert_has(hand_out(HANDOUT_CARD), ">Sealed until ");
	assert_has(hand_out(HANDOUT_FEED), "closed: 10 answers.</title>");
	assert_has_not(hand_out(HANDOUT_FEED), "The answers were opened");
	made = hand_out(HANDOUT_POLLS);
	assert_has(made, "question,question_text,option,option_text,ring,answers,count,state\r\n");
	assert_has(made, ",\"\",10,,sealed\r\n");
	assert_has_not(made, "Alder");
	close_poll();
	assert_has(hand_out(HANDOUT_BADGE), ">Closed, and not opened yet.</text>");
	assert_has(hand_out(HANDOUT_POLLS), ",\"\",10,,closed\r\n");
	give_share(3, false);
	give_share(1, false);
	made = hand_out(HANDOUT_BADGE);
	assert_has(made, ">4 (40.0\xc2\xa0%) ");
	assert_has_not(made, "not opened yet");
	made = hand_out(HANDOUT_FEED);
	assert_has(made, "<title>The answers were opened, as sums.</title>");
	assert_has(made, ": 4 (40.0\xc2\xa0%)");
	assert_has_not(made, "signature");
	made = hand_out(HANDOUT_POLLS);
	assert_has(made, ",\"\",10,4,opened\r\n");
	assert_has(made, ",\"Alder, enrolled\",6,3,opened\r\n");
	assert_has(made, ",\"Birch, enrolled\",4,4,opened\r\n");
}

/* What it does not mean, with this poll's own numbers. */
static void test_says_what_it_does_not_mean(void **state)
{
	(void)state;
	answer();
	const char *page = make();
	assert_has(page, "It is not a sample.");
	assert_has(page, "only in sums of at least 3.");
	assert_has(page, "2 of the 3 trustees together could break their word");
	assert_has(page, "Of members by raw key, a future computer would also see who answered.");
	assert_has_not(page, "Those who did not sign");
	assert_has(page, "<a href=\"as-of-");
	assert_has(page, "<a href=\"polls.csv\">");
	assert_true(strlen(page) <= PAGE_LEN_MEANT);
}

/* A log in which the record of the trustees' key is still missing: no answer stands in it, and
 * whoever opens the bundle is told so much. */
static void test_without_trustees(void **state)
{
	const char *page;

	(void)state;
	desk_publish(&desk);
	page = make();
	assert_has_not(page, "<p class=\"n\">Sealed until");
	assert_has_not(page, "trustees together");
	assert_has(hand_out(HANDOUT_BADGE), " members answered</text>");
	close_poll();
	assert_has_not(make(), "<rect");
}

static int begin_bare(void **state)
{
	(void)state;
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_poll_begin(&poll, &desk, 8);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody, begin, end),
		cmocka_unit_test_setup_teardown(test_changed, begin, end),
		cmocka_unit_test(test_no_trustees),
		cmocka_unit_test_setup_teardown(test_handed_out, begin, end),
		cmocka_unit_test_setup_teardown(test_says_what_it_does_not_mean, begin, end),
		cmocka_unit_test_setup_teardown(test_without_trustees, begin_bare, end),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What others show of a letter's count: badge, counter, card, feed, table; and the organiser's page
 * of a desk. test_share.py gives what this writes to parsers that others wrote. */
#include "desk.h"

#include "desk_page.h"
#include "handout.h"
#include "html_check.h"

static struct desk desk;

static void publish_usual(void)
{
	struct bytes files[16];
	size_t n = 0;

	desk_add_usual(&desk);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 6; i++)
		files[n++] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	for (uint32_t i = 0; i < 2; i++)
		files[n++] = desk_sign(&desk, DESK_CEDAR, i, 1, false);
	for (uint32_t i = 0; i < 5; i++)
		files[n++] = desk_sign(&desk, DESK_KEYS, i, 1, false);
	desk_run(&desk, NULL, 0, files, n);
	n = 0;
	for (uint32_t i = 0; i < 3; i++)
		files[n++] = desk_sign(&desk, DESK_BIRCH, i, 1, false);
	files[n++] = desk_withdraw(&desk, DESK_KEYS, 1, 2);
	desk_run(&desk, NULL, 0, files, n);
}

static void source_of(struct page_source *out, struct bytes texts[static 2])
{
	struct problem problem = {0};

	assert_int_equal(desk_replay(&desk, false, &problem), UNDERSIGN_OK);
	texts[0] = BYTES(desk.text);
	texts[1] = BYTES(desk.second_text ? desk.second_text : "");
	*out = (struct page_source){.replay = desk.replay, .letter = desk.letter, .texts = texts};
	memset(&out->root, 7, sizeof out->root);
}

/* For the other parsers: in the folder UNDERSIGN_PAGES. */
static void save(const char *language, const char *name, struct bytes content)
{
	char path[4096];

	if (!getenv("UNDERSIGN_PAGES"))
		return;
	snprintf(path, sizeof path, "%s/%s-%s", getenv("UNDERSIGN_PAGES"), language, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

static struct bytes make(const char *name, enum handout what)
{
	struct page_source source;
	struct bytes texts[2];
	struct bytes made;

	source_of(&source, texts);
	assert_int_equal(handout_make(&made, what, &source, desk.arena), UNDERSIGN_OK);
	save(name, handout_name(what), made);
	uint8_t *copy = arena_take(desk.arena, made.len + 1, 1);
	memcpy(copy, made.data, made.len);
	return bytes_from(copy, made.len);
}

static void assert_has(struct bytes text, const char *wanted)
{
	if (!strstr((const char *)text.data, wanted))
		fail_msg("it does not have: %s\nin:\n%.*s", wanted, (int)text.len,
			 (const char *)text.data);
}

static void assert_not(struct bytes text, const char *unwanted)
{
	if (strstr((const char *)text.data, unwanted))
		fail_msg("it has: %s", unwanted);
}

static void test_each_language(void **state)
{
	static const struct {
		const char *language, *caption;
	} cases[] = {
		{"en", ">signatures from 2 of 4 organisations</text>"},
		{"de", ">Unterschriften aus 2 von 4 Organisationen</text>"},
		{"fr", ">signatures de 2 organisations sur 4</text>"},
		{"es", ">firmas de 2 de 4 organizaciones</text>"},
		{"ar", ">توقيعًا من 2 من أصل 4 جهة</text>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *language = cases[i].language;

		desk_begin(&desk, 29);
		desk.language = language;
		publish_usual();
		for (unsigned what = 0; what < HANDOUT_N; what++) {
			if (what == HANDOUT_POLLS)
				continue;
			const struct bytes made = make(language, (enum handout)what);

			assert_true(made.len > 0 && made.len < 16000);
			assert_not(made, "<script");
			assert_not(made, "style=");
			if (what <= HANDOUT_CARD)
				assert_has(made, cases[i].caption);
		}
		desk_end(&desk);
	}
}

static void test_says_the_count(void **state)
{
	(void)state;
	desk_begin(&desk, 30);
	publish_usual();
	struct bytes made = make("count", HANDOUT_BADGE);
	assert_has(made, "aria-label=\"13 signatures from 2 of 4 organisations as of epoch 2,");
	assert_has(made, "font-weight=\"700\" fill=\"#1b1b19\">13</text>");
	made = make("count", HANDOUT_COUNTER);
	assert_has(made, "<a href=\"./\" target=\"_top\" rel=\"noopener\"><svg ");
	made = make("count", HANDOUT_FEED);
	assert_has(made, "<title>Epoch 2 closed: 13 signatures.</title>");
	assert_has(made, "<title>1 signer withdrew. Nobody can tell who.</title>");
	assert_has(made, "<updated>2031-01-03T00:00:00Z</updated>");
	made = make("count", HANDOUT_TABLE);
	assert_has(made, "ring,class,members,signatures\r\n\"Alder, enrolled\",enrolled,16,6\r\n");
	/* Two of Cedar are held: their number is nowhere. */
	assert_has(made, "\"The small ones\",enrolled,17,0\r\n");
	desk_end(&desk);
}

static void test_hostile_text_is_text(void **state)
{
	(void)state;
	desk_begin(&desk, 31);
	desk.title = "</title><script>alert(1)</script>\xe2\x80\xae\"><!--]]>";
	desk.group = "=cmd|' /C calc'!A0";
	desk_add(&desk, "@SUM(1+1) \"quoted\"", "+1", ROSTER_ENROLLED, 20, 0);
	desk_add(&desk, "-2+3", "</svg>", ROSTER_ENROLLED, 20, 0);
	desk_publish(&desk);
	struct bytes files[4];
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_sign(&desk, 0, i, 1, false);
	desk_run(&desk, NULL, 0, files, 4);
	for (unsigned what = 0; what < HANDOUT_POLLS; what++) {
		const struct bytes made = make("hostile", (enum handout)what);
		assert_not(made, "<script");
		assert_not(made, "\xe2\x80\xae");
	}
	const struct bytes table = make("hostile", HANDOUT_TABLE);
	assert_has(table, "\r\n\"'@SUM(1+1) \"\"quoted\"\"\",enrolled,20,4\r\n\"'-2+3\",enrolled");
	desk_end(&desk);
}

static void assert_sound(struct bytes page)
{
	/* The checker wants a letter's page: the line that names its version. */
	static const char begin[] = "<!doctype html>\n<!-- undersigned page 1 -->\n";
	const size_t len = strlen("<!doctype html>\n"), begin_len = sizeof begin - 1;
	uint8_t *copy = arena_take(desk.arena, begin_len + page.len + 1, 1);

	memcpy(copy, begin, begin_len);
	memcpy(copy + begin_len, page.data + len, page.len - len);
	const char *fault = html_check(bytes_from(copy, begin_len + page.len - len));
	if (fault)
		fail_msg("%s", fault);
}

static struct bytes make_desk_page(const char *language, uint64_t published)
{
	static const struct desk_page_witness witnesses[] = {
		{{(const uint8_t *)"witness.example/<1>", 19}, true},
		{{(const uint8_t *)"witness.example/2", 17}, false}};
	struct page_source letter;
	struct bytes texts[2];
	struct bytes made;

	source_of(&letter, texts);
	const struct desk_page_source source = {
		.title = BYTES("Desk <i>"),
		.language = BYTES(language),
		.replay = desk.replay,
		.letters = &letter,
		.n_letters = 1,
		.n_unlogged = 2,
		.published = published,
		.root = letter.root,
		.witnesses = witnesses,
		.n_witnesses = 2,
		.files_len = 12345678,
	};
	assert_int_equal(desk_page_make(&made, &source, desk.arena), UNDERSIGN_OK);
	save(language, "desk.html", made);
	uint8_t *copy = arena_take(desk.arena, made.len + 1, 1);
	memcpy(copy, made.data, made.len);
	return bytes_from(copy, made.len);
}

static void test_desk_page(void **state)
{
	static const char *const languages[] = {"en", "de", "fr", "es", "ar"};

	(void)state;
	desk_begin(&desk, 32);
	publish_usual();
	for (size_t i = 0; i < 5; i++)
		assert_sound(make_desk_page(languages[i], desk.n_log));
	struct bytes made = make_desk_page("en", desk.n_log);
	assert_has(made, "<bdi>witness.example/&lt;1&gt;</bdi>: has signed the last checkpoint");
	assert_has(made, "<bdi>witness.example/2</bdi>: has not signed the last checkpoint");
	assert_has(made, "<dd>13 MB</dd>");
	assert_has(made, "less than 1 GB free.");
	assert_has(made, "2 letters of the configuration are not in the log yet.");
	assert_has(made, "<b>13 signatures from 2 of 4 organisations</b>");
	assert_has(made, "<td>below 3</td>");
	/* What is closed and not published, nobody else knows. */
	made = make_desk_page("en", desk.n_log - 1);
	assert_sound(made);
	assert_has(made, "An epoch was closed and is not published yet.");
	assert_not(made, "13 signatures");
	assert_not(made, "Alder");
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_language),
		cmocka_unit_test(test_says_the_count),
		cmocka_unit_test(test_hostile_text_is_text),
		cmocka_unit_test(test_desk_page),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The letter's page: what it says, what it must not say, and text that wants to be more than text
 * (issue of the pages; attack W-1 as far as the file goes). */
#include "desk.h"

#include "html_check.h"
#include "page.h"
#include "words.h"

/* SHA-256 of the page of test_is_pinned. If it differs, readers of older programs would be told
 * that an honest page is forged: raise PAGE_VERSION with it. */
#define PINNED_VERSION "9"
#define PINNED         "9ecc05efeb09982cd91a22ce94b0bb87a0816968350609a23f5a7f6cbf034a4a"

static struct desk desk;

static void begin(void)
{
	desk_begin(&desk, 23);
}

/* Alder: four of 16 sign, two of them in the ring of all; Birch: three of 18; Cedar and Dogwood:
 * two of them, which are held; keys: five, one of whom withdraws. */
static void publish_usual(void)
{
	struct bytes files[16], late[2];
	size_t n = 0;

	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++)
		files[n++] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	for (uint32_t i = 3; i < 6; i++)
		files[n++] = desk_sign_all(&desk, DESK_ALDER, i, 1);
	for (uint32_t i = 0; i < 2; i++)
		files[n++] = desk_sign(&desk, DESK_CEDAR, i, 1, false);
	for (uint32_t i = 0; i < 5; i++)
		files[n++] = desk_sign(&desk, DESK_KEYS, i, 1, false);
	desk_run(&desk, NULL, 0, files, n);
	n = 0;
	for (uint32_t i = 0; i < 3; i++)
		files[n++] = desk_sign(&desk, DESK_BIRCH, i, 1, false);
	late[0] = desk_withdraw(&desk, DESK_KEYS, 1, 2);
	files[n++] = late[0];
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

/* For a browser, if somebody asks: in the folder UNDERSIGN_PAGES, numbered. */
static void save(struct bytes page)
{
	static unsigned n;
	char path[4096];

	if (!getenv("UNDERSIGN_PAGES"))
		return;
	snprintf(path, sizeof path, "%s/%u.html", getenv("UNDERSIGN_PAGES"), ++n);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(page.data, 1, page.len, file), page.len);
	assert_int_equal(fclose(file), 0);
}

static struct bytes make(void)
{
	struct page_source source;
	struct bytes texts[2];
	struct bytes page;

	source_of(&source, texts);
	assert_int_equal(page_make(&page, &source, desk.arena), UNDERSIGN_OK);
	/* A text that ends, for strstr. */
	uint8_t *copy = arena_take(desk.arena, page.len + 1, 1);
	assert_non_null(copy);
	memcpy(copy, page.data, page.len);
	save(page);
	return bytes_from(copy, page.len);
}

static bool has(struct bytes page, const char *text)
{
	return strstr((const char *)page.data, text) != NULL;
}

static void assert_has(struct bytes page, const char *text)
{
	if (!has(page, text))
		fail_msg("the page does not have: %s", text);
}

static void assert_sound(struct bytes page)
{
	const char *fault = html_check(page);

	if (fault)
		fail_msg("%s", fault);
}

static void test_says_the_count(void **state)
{
	(void)state;
	begin();
	desk_add_usual(&desk);
	publish_usual();
	const struct bytes page = make();
	assert_sound(page);
	assert_has(page, "<p class=\"big\">13</p>");
	assert_has(page, "<b>signatures from 2 of 4 organisations</b>");
	assert_has(page, "as of epoch 2, <time datetime=");
	assert_has(page, "<b>9</b> enrolled");
	assert_has(page, "<b>4</b> raw key");
	assert_has(page, "1 signature was withdrawn by its signer and is not counted.");
	assert_has(page, "<td>below 3</td>");
	assert_has(page,
		   "<bdi>Cedar, enrolled</bdi>&nbsp;(9), <bdi>Dogwood, enrolled</bdi>&nbsp;(8): "
		   "counted as one group: each has fewer than 16 members.");
	assert_has(page, "1 signer withdrew. Nobody can tell who.");
	assert_has(page, "It counts entries on rosters, not people.");
	assert_has(page, "undersign verify --policy policy.txt --letter ");
	assert_has(page, "default-src 'none'; style-src 'sha256-");
	assert_has(page,
		   "' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; base-uri 'none'");
	assert_has(page,
		   "<div id=\"recount\" data-total=\"13\" data-words=\"Recount in this browser|");
	assert_true(page.len <= 60000);
	desk_end(&desk);
}

/* What is held is nowhere: the page is that of a log in which nobody of them has signed. */
static void test_says_nothing_of_what_is_held(void **state)
{
	(void)state;
	begin();
	desk_add_usual(&desk);
	desk_publish(&desk);
	struct bytes files[2];
	for (uint32_t i = 0; i < 2; i++)
		files[i] = desk_sign(&desk, DESK_CEDAR, i, 1, false);
	desk_run(&desk, NULL, 0, files, 2);
	const struct bytes page = make();
	assert_sound(page);
	assert_has(page, "<p class=\"big\">0</p>");
	assert_has(page, "No signature has been published yet.");
	assert_false(has(page, "id=\"growth\""));
	desk_end(&desk);
}

static void test_before_opening_and_after_closing(void **state)
{
	(void)state;
	begin();
	desk.opens = 3;
	desk.closes = 5;
	desk_add_usual(&desk);
	desk_publish(&desk);
	struct bytes page = make();
	assert_sound(page);
	assert_has(page, "Signing starts");
	assert_has(page, "id=\"sign\"");
	while (desk.epoch <= 5)
		desk_run(&desk, NULL, 0, NULL, 0);
	page = make();
	assert_sound(page);
	assert_has(page, "This count is final.");
	assert_has(page, "Closed. Nothing more is accepted.");
	assert_false(has(page, "id=\"sign\""));
	desk_end(&desk);
}

static void test_is_derived_again(void **state)
{
	struct page_source source;
	struct bytes texts[2];
	struct problem problem = {0};
	enum page_verdict verdict;

	(void)state;
	begin();
	desk_add_usual(&desk);
	publish_usual();
	const struct bytes page = make();
	source_of(&source, texts);
	assert_int_equal(page_check(&verdict, page, &source, desk.arena, &problem), UNDERSIGN_OK);
	assert_int_equal(verdict, PAGE_SAME);
	/* A count that is one higher, a byte that is missing, one too many. */
	uint8_t *changed = arena_take(desk.arena, page.len + 1, 1);
	memcpy(changed, page.data, page.len);
	changed[(size_t)(strstr((const char *)page.data, "big\">13") - (const char *)page.data) +
		6]++;
	assert_int_equal(
		page_check(&verdict, bytes_from(changed, page.len), &source, desk.arena, &problem),
		UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.where, "index.html"));
	memcpy(changed, page.data, page.len);
	assert_int_equal(page_check(&verdict, bytes_from(changed, page.len - 1), &source,
				    desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(page_check(&verdict, bytes_from(changed, page.len + 1), &source,
				    desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	/* What another version has written is not for this one to judge. */
	const struct bytes other =
		BYTES("<!doctype html>\n<!-- undersigned page 999 -->\nanything");
	assert_int_equal(page_check(&verdict, other, &source, desk.arena, &problem), UNDERSIGN_OK);
	assert_int_equal(verdict, PAGE_OTHER_VERSION);
	const struct bytes nameless[] = {BYTES(""), BYTES("<!doctype html>\n"),
					 BYTES("<!doctype html>\n<!-- undersigned page  -->\n"),
					 BYTES("<!doctype html>\n<!-- undersigned page 1 2 -->\n"),
					 BYTES("<!doctype html>\n<!-- undersigned page 2 --")};
	for (size_t i = 0; i < sizeof nameless / sizeof nameless[0]; i++)
		assert_int_equal(page_check(&verdict, nameless[i], &source, desk.arena, &problem),
				 UNDERSIGN_E_INVALID);
	/* The root is in it. */
	source.root.bytes[0]++;
	assert_int_equal(page_check(&verdict, page, &source, desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	desk_end(&desk);
}

#define RLO "\xe2\x80\xae"

static const char hostile_text[] =
	"# <script>alert(1)</script>\n\n"
	"<img src=x onerror=alert(1)>\n\n"
	"A [link](javascript:alert(1)), [another](JaVaScRiPt&#58;alert(1)), [a "
	"third](data:text/html,x), "
	"[tabs](java&#9;script:alert(1)), [none](//evil.example/), [relative](verify.html), "
	"[good](https://example.org/?a=1&b=\"2\" \"a title\"), <mailto:a@example.org>, "
	"<javascript:alert(1)>.\n\n"
	"![picture <b>](https://example.org/x.png) ![](javascript:x)\n\n"
	"> > > > - 1. **_`nested`_** &lt;b&gt; &#60;i&#62; &#x202e; &#0; &copy; &nosuch;\n\n" RLO
	"turned and [" RLO "in a link](https://example.org/)\n\n"
	"```\n</code></pre><script>alert(2)</script>\n```\n\n"
	"</div></section></main></body></html>\n\n"
	"- [ ] a <style>p{}</style>\n\n"
	"&quot;&apos; ' \" \\<b\\>\n";

static void test_hostile_text_is_text(void **state)
{
	static char long_text[sizeof hostile_text + 32000];
	static char source[4200];
	char word[ROSTER_NAME_MAX + 1] = {0};
	const char *name = "<b title=\"x\">&amp; " RLO "\xe2\x81\xa6 Office";

	(void)state;
	memset(word, 'W', sizeof word - 1);
	strcpy(long_text, hostile_text);
	for (size_t i = 0; i < 10000; i++)
		strcat(long_text + i, "w");
	strcat(long_text, " ");
	begin();
	desk.title = "</title><script>alert(1)</script>" RLO "\"><!--";
	desk.to = "<svg onload=alert(1)>" RLO;
	desk.text = long_text;
	desk.second_language = "ar";
	desk.second_title = "\xd8\xb1\xd8\xb3\xd8\xa7\xd9\x84\xd8\xa9 <i>";
	desk.second_text = "\xd9\x86\xd8\xb5 <i>\n";
	strcpy(source, "[source](javascript:alert(2)) <iframe src=x> " RLO "**_w_** ");
	memset(source + strlen(source), 's', 4000); /* a value has at most 4096 */
	desk.list_source = source;
	desk.steward = "</td></tr></table><script>alert(3)</script> \xe2\x81\xa7 M";
	desk.group = "<u>small</u> &amp; ![x](javascript:alert(4))" RLO;
	desk_add(&desk, name, "A & <i>B</i>", ROSTER_ENROLLED, 20, 0);
	desk_add(&desk, "Small <b>1</b>", "</summary>", ROSTER_ENROLLED, 9, 0)->is_in_group = true;
	desk_add(&desk, word, "Small 2", ROSTER_ENROLLED, 9, 0)->is_in_group = true;
	desk_publish(&desk);
	struct bytes files[4];
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_sign(&desk, 0, i, 1, false);
	desk_run(&desk, NULL, 0, files, 4);
	const struct bytes page = make();
	assert_sound(page);
	assert_has(
		page,
		"&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\xef\xbf\xbd&quot;&gt;&lt;!--");
	assert_has(page, "<h3>&lt;script&gt;alert(1)&lt;/script&gt;</h3>");
	assert_has(page, "A link, another, a third, tabs, none, relative, <a rel=");
	assert_has(page, "href=\"https://example.org/?a=1&amp;b=%222%22\">good</a>");
	assert_has(page, "href=\"mailto:a@example.org\">");
	assert_has(page, "picture &lt;b&gt;");
	assert_has(page, "lang=\"ar\" dir=\"rtl\"");
	assert_has(page, "<bdi>&lt;b title=&quot;x&quot;&gt;&amp;amp; \xef\xbf\xbd\xef\xbf\xbd "
			 "Office</bdi>");
	assert_has(page,
		   "<td class=\"wide\"><bdi>[source](javascript:alert(2)) &lt;iframe src=x&gt; "
		   "\xef\xbf\xbd**_w_** ssss");
	assert_has(page,
		   "<bdi>&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;&lt;script&gt;alert(3)&lt;/script&gt; "
		   "\xef\xbf\xbd M</bdi>");
	assert_has(page,
		   "&lt;u&gt;small&lt;/u&gt; &amp;amp; ![x](javascript:alert(4))\xef\xbf\xbd");
	assert_has(page, "Small &lt;b&gt;1&lt;/b&gt;");
	assert_has(page, word);
	assert_false(has(page, RLO));
	assert_false(has(page, "\xe2\x81\xa7"));
	assert_false(has(page, "<img"));
	assert_false(has(page, "javascript:alert(1)\""));
	desk_end(&desk);
}

/* The page speaks the authoritative text's language, if it has its words; else English. */
static void test_speaks(void **state)
{
	static const struct {
		const char *language, *words;
	} cases[] = {
		{"de", "<html lang=\"de\" dir=\"ltr\">"},
		{"de", "<b>Unterschriften aus 2 von 4 Organisationen</b>"},
		{"de", "19,4\xc2\xa0% der 67 Mitglieder"},
		{"de-CH", "Diese Seite kann nicht"},
		{"ar", "<html lang=\"ar\" dir=\"rtl\">"},
		{"ar", "<b>توقيعًا من 2 من أصل 4 جهة</b>"},
		{"ar", "سُحب توقيع واحد"},
		{"arc", "<html lang=\"en\" dir=\"ltr\">"},
		{"xx", "signatures from 2 of 4 organisations"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		begin();
		desk.language = cases[i].language;
		desk_add_usual(&desk);
		publish_usual();
		const struct bytes page = make();
		assert_sound(page);
		assert_has(page, cases[i].words);
		assert_true(page.len <= 60000);
		desk_end(&desk);
	}
}

static void test_plurals(void **state)
{
	static const struct {
		uint64_t n;
		unsigned form;
	} arabic[] = {{0, 0},  {1, 1},   {2, 2},   {3, 3},   {10, 3},  {11, 4},
		      {99, 4}, {100, 5}, {102, 5}, {103, 3}, {111, 4}, {1000, 5}};
	const struct words *words = words_for(BYTES("ar-EG"));

	(void)state;
	for (size_t i = 0; i < sizeof arabic / sizeof arabic[0]; i++)
		assert_int_equal(words->form(arabic[i].n), arabic[i].form);
	assert_string_equal(words_text(words_for(BYTES("de")), WORD_CAPTION, 1),
			    "Unterschrift aus {2} von {3} Organisationen");
	assert_ptr_equal(words_for(BYTES("zz")), words_for(BYTES("en")));
	assert_true(words_is_right_to_left(BYTES("FA-ir")));
	assert_false(words_is_right_to_left(BYTES("far")));
}

/* The checker itself finds what is planted. */
static void test_checker_finds(void **state)
{
	static const char *const planted[] = {
		"<script>alert(1)</script>",
		"<img src=\"x\">",
		"<p onclick=\"x\">",
		"<a href=\"javascript:x\">x</a>",
		"<a href=\"//evil.example/\">x</a>",
		"<p style=\"x\"></p>",
		"</div>",
		"<p>",
		"<b",
		"a > b",
	};

	(void)state;
	begin();
	desk_add_usual(&desk);
	desk_publish(&desk);
	const struct bytes page = make();
	assert_sound(page);
	const size_t at =
		(size_t)(strstr((const char *)page.data, "<main>") - (const char *)page.data) + 6;
	for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
		const size_t len = strlen(planted[i]);
		char *with = arena_take(desk.arena, page.len + len + 1, 1);
		memcpy(with, page.data, at);
		memcpy(with + at, planted[i], len);
		memcpy(with + at + len, page.data + at, page.len - at);
		if (!html_check(bytes_from(with, page.len + len)))
			fail_msg("not found: %s", planted[i]);
	}
	desk_end(&desk);
}

static void test_is_pinned(void **state)
{
	uint8_t hash[SHA256_BYTES];
	uint8_t text[2 * SHA256_BYTES + 1] = {0};
	struct writer writer = writer_new(text, 2 * SHA256_BYTES);

	(void)state;
	begin();
	desk.random.state = 1; /* whatever UNDERSIGN_SEED is */
	desk.text = "# A heading\n\nA *text* with [a link](https://example.org/) & **more**.\n\n"
		    "1. one\n2. two\n\n> cited\n";
	desk.second_language = "fa";
	desk.second_title = "A second";
	desk.second_text = "Another text.\n";
	desk_add_usual(&desk);
	publish_usual();
	const struct bytes page = make();
	sha256(hash, page);
	writer_hex(&writer, bytes_from(hash, sizeof hash));
	assert_string_equal(PAGE_VERSION, PINNED_VERSION);
	assert_string_equal((const char *)text, PINNED);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_the_count),
		cmocka_unit_test(test_says_nothing_of_what_is_held),
		cmocka_unit_test(test_before_opening_and_after_closing),
		cmocka_unit_test(test_is_derived_again),
		cmocka_unit_test(test_hostile_text_is_text),
		cmocka_unit_test(test_speaks),
		cmocka_unit_test(test_plurals),
		cmocka_unit_test(test_checker_finds),
		cmocka_unit_test(test_is_pinned),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

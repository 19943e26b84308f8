/* Stories around letters: texts one after another, parted by empty lines, as records of one log.
 * What is taken has one form; telling never fails, and says of each record what it is. */
#include "fuzz.h"

#include "roster.h"
#include "story.h"

#define ITEMS_MAX 64

/* What was parsed is written again as the same text. */
static void check_form(const struct story_text *text)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	struct writer writer = writer_new(again, sizeof again);
	struct bytes rest = text->lines;
	struct bytes key, value;
	struct story_copy copy;
	struct story_poll poll;
	struct bytes called;
	static const char *const languages[] = {"ar", "de", "en", "es", "fr", ""};

	story_text_write_head(&writer, text->kind, text->letter, &text->author, text->date,
			      text->is_revision ? text->revises : NULL);
	while (story_next_line(&rest, &key, &value)) {
		writer_bytes(&writer, key);
		writer_u8(&writer, ' ');
		writer_bytes(&writer, value);
		writer_u8(&writer, '\n');
	}
	CHECK(bytes_are_equal(writer_view(&writer), text->text));
	if (story_copy(&copy, text))
		CHECK(story_value(text, "source").len > 0);
	if (story_poll(&poll, text))
		CHECK(poll.joined <= 1000 && poll.error <= poll.error_most);
	(void)story_lints(&called, text, text->text,
			  bytes_from_text(languages[text->text.len % 6]));
}

static size_t end_of(struct bytes text)
{
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.data[i] == '\n' && text.data[i + 1] == '\n')
			return i + 1;
	return text.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 21] __attribute__((aligned(64)));
	static struct story_item items[ITEMS_MAX];
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct bytes rest = bytes_from(data, len);
	const struct note_key *organiser = NULL;
	struct story story;
	size_t n = 0;

	while (rest.len > 0 && n < ITEMS_MAX) {
		const size_t end = end_of(rest);
		struct problem problem = {0};
		struct story_item *item = &items[n];
		enum undersign_status status =
			story_text_parse(&item->text, bytes_part(rest, 0, end), &problem);

		CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
		rest = bytes_part(rest, end, rest.len - end);
		if (rest.len > 0)
			rest = bytes_part(rest, 1, rest.len - 1);
		if (status != UNDERSIGN_OK)
			continue;
		check_form(&item->text);
		sha256(item->id, item->text.text);
		item->entry = 2 + n;
		item->epoch = n / 4;
		item->seconds = UINT64_C(4000000000);
		if (!organiser)
			organiser = &item->text.author;
		n++;
	}
	if (n == 0)
		return 0;
	const enum undersign_status status = story_tell(&story, items, n, organiser, &arena);
	CHECK(status == UNDERSIGN_OK || status == UNDERSIGN_E_MEMORY);
	for (size_t i = 0; status == UNDERSIGN_OK && i < story.n; i++)
		CHECK((story.records[i].state == STORY_VOID) == (story.records[i].rule != NULL));
	return 0;
}

#include "tale.h"

#include "encoding.h"

#define DAY 86400

void tale_begin(struct tale *tale)
{
	memset(tale, 0, sizeof *tale);
	sample_memory_begin(&tale->memory);
	tale->organiser = sample_key("organiser.example", TALE_ORGANISER);
	tale->day = 10;
}

void tale_end(struct tale *tale)
{
	sample_memory_end(&tale->memory);
}

static struct note_key key_of(enum tale_signer signer)
{
	static const char *const names[] = {"",
					    "organiser.example",
					    "ministry.example",
					    "mediator.example",
					    "person.example",
					    "stranger.example"};

	return sample_key(names[signer], (uint8_t)signer);
}

const char *tale_vkey(enum tale_signer signer)
{
	static char text[8][NOTE_KEY_TEXT_MAX + 1];
	struct writer writer = writer_new(text[signer], NOTE_KEY_TEXT_MAX);
	struct note_key key = key_of(signer);

	note_key_write(&writer, &key);
	text[signer][writer.len] = '\0';
	return text[signer];
}

const char *tale_id(const uint8_t *id)
{
	static char text[4][64];
	static size_t turn;
	char *out = text[turn++ % 4];
	struct writer writer = writer_new(out, 63);

	writer_base64(&writer, bytes_from(id, SHA256_BYTES));
	out[writer.len] = '\0';
	return out;
}

struct bytes tale_text(struct tale *tale, const char *kind, enum tale_signer signer,
		       const uint8_t *revises, const char *lines)
{
	uint8_t letter[HASH_BYTES] = {7};
	uint8_t *data = arena_take(&tale->memory.arena, 1, ROSTER_TEXT_MAX);
	struct writer writer = writer_new(data, ROSTER_TEXT_MAX);
	struct note_key key = key_of(signer);

	story_text_write_head(&writer, story_kind_named(BYTES(kind)), letter, &key, tale->day * DAY,
			      revises);
	writer_text(&writer, lines);
	return writer_view(&writer);
}

const uint8_t *tale_add(struct tale *tale, const char *kind, enum tale_signer signer,
			const uint8_t *revises, const char *lines)
{
	struct bytes text = tale_text(tale, kind, signer, revises, lines);
	struct story_item *item = &tale->items[tale->n];
	struct problem problem = {0};

	assert_true(tale->n < TALE_MAX);
	if (story_text_parse(&item->text, text, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	sha256(item->id, text);
	item->entry = 10 + tale->n++;
	item->epoch = tale->epoch;
	item->seconds = (100 + tale->epoch) * DAY;
	/* Items are moved about by tests: their IDs stay where they were given. */
	return arena_copy(&tale->memory.arena, bytes_from(item->id, SHA256_BYTES)).data;
}

void tale_tell(struct tale *tale)
{
	assert_int_equal(story_tell(&tale->story, tale->items, tale->n, &tale->organiser,
				    &tale->memory.arena),
			 UNDERSIGN_OK);
}

const struct story_record *tale_record(const struct tale *tale, const uint8_t *id)
{
	const uint32_t at = story_find(&tale->story, id);

	assert_true(at != STORY_NO);
	return &tale->story.records[at];
}

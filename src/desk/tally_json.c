#include "tally_json.h"

#include "encoding.h"
#include "json_rows.h"
#include "manifest.h"
#include "poll_json.h"
#include "rings.h"
#include "snapshot.h"
#include "story_json.h"
#include "tally.h"

#include <stdlib.h>

#include <jansson.h>

/* All texts of a log are UTF-8 without controls. */
static json_t *string(struct bytes bytes)
{
	return json_stringn((const char *)bytes.data, bytes.len);
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *hex(struct bytes bytes)
{
	uint8_t out[2 * 64];
	struct writer writer = writer_new(out, sizeof out);

	writer_hex(&writer, bytes);
	return string(writer_view(&writer));
}

static json_t *base64(struct bytes bytes)
{
	uint8_t out[64];
	struct writer writer = writer_new(out, sizeof out);

	writer_base64(&writer, bytes);
	return string(writer_view(&writer));
}

static json_t *date(const struct record_log *log, uint64_t epoch)
{
	uint8_t out[DATE_TIME_LEN];
	struct writer writer = writer_new(out, sizeof out);
	uint64_t seconds;

	if (record_log_instant(&seconds, log, epoch) != UNDERSIGN_OK)
		return json_null();
	record_log_date_write(&writer, log, seconds);
	return string(writer_view(&writer));
}

static const char *class_text(enum roster_class class_of_members)
{
	return class_of_members == ROSTER_RAW_KEY ? "raw-key" : "enrolled";
}

static json_t *rings(const struct replay_letter *letter, const struct tally *tally)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < tally->n_rings; i++) {
		const struct manifest_ring *ring = &letter->manifest->rings[i];
		rows = json_rows_add(rows, json_pack("{s:o, s:s, s:o, s:o}", "name",
						     string(ring->name), "class",
						     class_text(ring->class_of_members), "members",
						     number(rings_last(letter->rings, i)->ring.n),
						     "signatures", number(tally->rings[i])));
	}
	return rows;
}

/* A record has one text only, so writing it again gives what was signed. */
static json_t *roster(const struct snapshot_record *record, uint8_t *scratch)
{
	struct writer writer = writer_new(scratch, ROSTER_TEXT_MAX);
	uint8_t id[SHA256_BYTES];

	if (snapshot_write(&writer, record, NULL) != UNDERSIGN_OK)
		return NULL;
	snapshot_id(id, writer_view(&writer));
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name", string(record->roster),
			 "class", class_text(record->class_of_members), "members",
			 number(record->members), "edition", number(record->edition), "source",
			 string(record->source), "steward", string(record->steward), "hash",
			 hex(bytes_from(id, sizeof id)));
}

static json_t *organisations(const struct replay_letter *letter, const struct tally *tally,
			     uint8_t *scratch)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < tally->n_organisations; i++) {
		const struct tally_organisation *organisation = &tally->organisations[i];
		json_t *rosters = json_array();
		for (size_t j = 0; j < organisation->n_rosters; j++)
			rosters = json_rows_add(
				rosters,
				roster(letter->rings->rosters[organisation->rosters[j]].record,
				       scratch));
		rows = json_rows_add(rows,
				     json_pack("{s:o, s:o, s:o}", "name",
					       string(organisation->name), "rosters", rosters,
					       "signatures", number(organisation->signatures)));
	}
	return rows;
}

static json_t *growth(const struct record_log *log, const struct tally *tally)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < tally->n_growth; i++)
		rows = json_rows_add(rows, json_pack("{s:o, s:o, s:o}", "epoch",
						     number(tally->growth[i].epoch), "date",
						     date(log, tally->growth[i].epoch), "total",
						     number(tally->growth[i].total)));
	return rows;
}

static json_t *object(const struct replay *replay, const struct replay_letter *letter,
		      const struct tally *tally, const struct merkle_hash *root, uint8_t *scratch)
{
	const struct record_log *log = replay_log(replay);
	const uint64_t epoch = replay_epoch(replay);

	return json_pack(
		"{s:o, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, s:o}",
		"letter", hex(bytes_from(letter->manifest->context, HASH_BYTES)), "as_of", "epoch",
		number(epoch), "date", date(log, epoch), "log_size", number(replay_size(replay)),
		"root", base64(bytes_from(root->bytes, sizeof root->bytes)), "signatures", "total",
		number(tally->total), "enrolled", number(tally->enrolled), "raw_key",
		number(tally->raw_key), "withdrawn", number(tally->withdrawn),
		"organisations_represented", number(tally->represented), "rings",
		rings(letter, tally), "organisations", organisations(letter, tally, scratch),
		"growth", growth(log, tally));
}

/* What is recorded around the letter; nothing is added if nothing is. */
static enum undersign_status add_story(json_t *json, const struct replay_letter *letter,
				       struct bytes text, struct arena *arena)
{
	const struct manifest *manifest = letter->manifest;
	const struct story_letter about = {
		.text = text, .language = manifest->texts[manifest->authoritative].language};
	struct writer writer = writer_new(NULL, 0);
	struct story story;

	if (letter->n_story == 0)
		return UNDERSIGN_OK;
	enum undersign_status status = replay_story(&story, letter, arena);
	if (status != UNDERSIGN_OK)
		return status;
	story_json_write(&writer, &story, &about);
	const size_t len = writer.len;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	writer = writer_new(data, len);
	story_json_write(&writer, &story, &about);
	json_t *object = json_loadb((const char *)data, len, 0, NULL);
	return object && json_object_set_new(json, "story", object) == 0 ? UNDERSIGN_OK
									 : UNDERSIGN_E_MEMORY;
}

enum undersign_status tally_json(struct bytes *out, const struct replay *replay,
				 const struct replay_letter *letter, const struct merkle_hash *root,
				 struct bytes text, struct arena *arena)
{
	const struct manifest *manifest = letter->manifest;
	struct bytes *names = ARENA_TAKE(arena, struct bytes, manifest->n_rosters);
	uint8_t *scratch = ARENA_TAKE(arena, uint8_t, ROSTER_TEXT_MAX);
	struct tally tally;

	if (!names || !scratch)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++)
		names[i] = letter->rings->rosters[i].record->organisation;
	enum undersign_status status = tally_count(&tally, manifest, names, letter->statements,
						   letter->n_statements, arena);
	if (status != UNDERSIGN_OK)
		return status;
	json_t *json = object(replay, letter, &tally, root, scratch);
	if (json)
		status = add_story(json, letter, text, arena);
	if (json && status == UNDERSIGN_OK)
		status = poll_json_add(json, replay, letter, arena);
	char *dumped = json && status == UNDERSIGN_OK
			       ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6))
			       : NULL;
	json_decref(json);
	if (dumped)
		*out = arena_copy(arena, bytes_from_text(dumped));
	free(dumped);
	return dumped && out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

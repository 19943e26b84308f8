#include "tally_json.h"

#include "poll_json.h"
#include "session.h"

const char *tally_json_class(enum undersign_class class_of_members)
{
	return class_of_members == UNDERSIGN_RAW_KEY ? "raw-key" : "enrolled";
}

static void write_signatures(struct json *json, const struct undersign_tally *tally)
{
	json_begin_object(json, "signatures");
	json_number(json, "total", tally->total);
	json_number(json, "enrolled", tally->enrolled);
	json_number(json, "raw_key", tally->raw_key);
	json_number(json, "withdrawn", tally->withdrawn);
	json_end_object(json);
	json_number(json, "organisations_represented", tally->represented);
}

static void write_rings(struct json *json, const struct undersign_tally *tally)
{
	json_begin_array(json, "rings");
	for (size_t i = 0; i < tally->n_rings; i++) {
		const struct undersign_ring_count *ring = &tally->rings[i];
		json_begin_object(json, NULL);
		json_text(json, "name", ring->name);
		json_c_text(json, "class", tally_json_class(ring->class_of_members));
		json_number(json, "members", ring->members);
		json_number(json, "signatures", ring->signatures);
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_roster(struct json *json, const struct undersign_roster_count *roster)
{
	json_begin_object(json, NULL);
	json_text(json, "name", roster->name);
	json_c_text(json, "class", tally_json_class(roster->class_of_members));
	json_number(json, "members", roster->members);
	json_number(json, "edition", roster->edition);
	json_text(json, "source", roster->source);
	json_text(json, "steward", roster->steward);
	json_hex(json, "hash", roster->id, sizeof roster->id);
	json_end_object(json);
}

static void write_organisations(struct json *json, const struct undersign_tally *tally)
{
	json_begin_array(json, "organisations");
	for (size_t i = 0; i < tally->n_organisations; i++) {
		const struct undersign_organisation_count *organisation = &tally->organisations[i];
		json_begin_object(json, NULL);
		json_text(json, "name", organisation->name);
		json_begin_array(json, "rosters");
		for (size_t j = 0; j < organisation->n_rosters; j++)
			write_roster(json, &tally->rosters[organisation->rosters[j]]);
		json_end_array(json);
		json_number(json, "signatures", organisation->signatures);
		json_end_object(json);
	}
	json_end_array(json);
}

static const char *page_text(enum undersign_page page)
{
	switch (page) {
	case UNDERSIGN_PAGE_CHECKED:
		return "checked";
	case UNDERSIGN_PAGE_OTHER_VERSION:
		return "unchecked";
	case UNDERSIGN_PAGE_NONE:
		break;
	}
	return "none";
}

/* What is recorded around the letter; nothing if nothing is. */
static void write_story(struct json *json, const struct undersign_bundle *bundle)
{
	struct undersign_memory memory = session_memory;
	struct undersign_bytes story;

	if (undersign_bundle_story(&story, bundle, UNDERSIGN_STORY_JSON, &memory) == UNDERSIGN_OK &&
	    story.len > 0)
		json_written(json, "story", story);
}

void tally_json_write(struct json *json, const void *cookie)
{
	const struct undersign_bundle_info *info = undersign_bundle_info(cookie);
	const struct undersign_tally *tally = undersign_bundle_tally(cookie);
	const struct undersign_poll *poll = undersign_bundle_poll(cookie);

	json_begin_object(json, NULL);
	json_bool(json, "valid", true);
	json_bool(json, "anchored", info->log_is_anchored && info->letter_is_anchored);
	json_hex(json, "letter", info->letter, sizeof info->letter);
	json_begin_object(json, "as_of");
	json_number(json, "epoch", info->epoch);
	json_date(json, "date", info->date, info->epoch_seconds % 86400 != 0);
	json_number(json, "log_size", info->log_size);
	json_base64(json, "root", info->root, sizeof info->root);
	json_end_object(json);
	write_signatures(json, tally);
	write_rings(json, tally);
	write_organisations(json, tally);
	json_c_text(json, "page", page_text(info->page));
	json_begin_array(json, "problems");
	json_end_array(json);
	write_story(json, cookie);
	if (poll)
		poll_json_write(json, "poll", poll, tally);
	json_end_object(json);
	writer_u8(&json->writer, '\n');
}

void tally_json_write_refusal(struct json *json, const void *cookie)
{
	static const struct undersign_tally nothing;
	const struct tally_json_refusal *refusal = cookie;

	json_begin_object(json, NULL);
	json_bool(json, "valid", false);
	json_bool(json, "anchored", false);
	json_null(json, "letter");
	json_null(json, "as_of");
	write_signatures(json, &nothing);
	write_rings(json, &nothing);
	write_organisations(json, &nothing);
	json_null(json, "page");
	json_begin_array(json, "problems");
	json_begin_object(json, NULL);
	session_write_problem(json, refusal->status, refusal->problem);
	json_end_object(json);
	json_end_array(json);
	json_end_object(json);
	writer_u8(&json->writer, '\n');
}

/* Calls about a bundle as a whole. */
#include "heap.h"
#include "session.h"
#include "tally_json.h"
#include "wasm.h"

/* The bundle's files lie in memory: reading is looking. */
struct file_table {
	const struct wasm_file *files;
};

static struct undersign_bytes file_name(void *cookie, size_t i)
{
	const struct file_table *table = cookie;
	return table->files[i].name;
}

static enum undersign_status file_read(void *cookie, size_t i, struct undersign_bytes *out)
{
	const struct file_table *table = cookie;
	*out = table->files[i].content;
	return UNDERSIGN_OK;
}

static void file_release(void *cookie, size_t i)
{
	(void)cookie;
	(void)i;
}

enum undersign_status wasm_open(const struct wasm_file *files, size_t n_files,
				const uint8_t *policy, size_t policy_len, const uint8_t *letter)
{
	/* Both are asked of as long as the bundle is open. */
	static struct file_table table;
	static struct undersign_files source;
	const struct undersign_bundle_options options = {{policy, policy_len}, letter, NULL, NULL};
	struct undersign_problem problem = {{0}, {0}, {0}};
	struct undersign_bundle *bundle;

	session_set_bundle(NULL);
	table.files = files;
	source = (struct undersign_files){n_files, file_name, file_read, file_release, &table};
	enum undersign_status status =
		undersign_bundle_open(&bundle, &source, &options, &session_random, &session_memory,
				      &session_progress, &problem);
	if (status != UNDERSIGN_OK) {
		const struct tally_json_refusal refusal = {status, &problem};
		const enum undersign_status said =
			session_reply_json(tally_json_write_refusal, &refusal);
		return said == UNDERSIGN_OK ? status : said;
	}
	session_set_bundle(bundle);
	return session_reply_json(tally_json_write, bundle);
}

static void write_letter(struct json *json, const void *cookie)
{
	const struct undersign_bundle_info *info = cookie;
	const bool has_time = info->epoch_seconds % 86400 != 0;

	json_begin_object(json, NULL);
	json_hex(json, "id", info->letter, sizeof info->letter);
	json_text(json, "title", info->title);
	json_text(json, "text", info->text);
	json_text(json, "to", info->to);
	json_text(json, "origin", info->origin);
	json_number(json, "epoch", info->epoch);
	json_date(json, "date", info->date, has_time);
	json_number(json, "epoch_seconds", info->epoch_seconds);
	json_bool(json, "is_opened", info->is_opened);
	json_number(json, "opens", info->opens);
	json_date(json, "opens_date", info->opens_date, has_time);
	json_number(json, "closes", info->closes);
	json_date(json, "closes_date", info->closes_date, has_time);
	json_number(json, "ring_min", info->ring_min);
	json_number(json, "hold_min", info->hold_min);
	json_number(json, "version", info->version);
	json_bool(json, "log_is_anchored", info->log_is_anchored);
	json_bool(json, "letter_is_anchored", info->letter_is_anchored);
	json_number(json, "witnesses", info->n_witnesses);
	json_number(json, "cosigned", info->n_cosigned);
	json_c_text(json, "page",
		    info->page == UNDERSIGN_PAGE_CHECKED ? "checked"
		    : info->page == UNDERSIGN_PAGE_NONE  ? "none"
							 : "other");
	json_end_object(json);
}

enum undersign_status wasm_letter(void)
{
	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	return session_end(
		session_reply_json(write_letter, undersign_bundle_info(session_bundle())));
}

struct standing {
	struct undersign_place place;
	const struct undersign_roster_count *roster;
	uint32_t n_uses;
};

static void write_ring(struct json *json, const char *key, uint32_t ring)
{
	if (ring == UINT32_MAX)
		json_null(json, key);
	else
		json_number(json, key, ring);
}

static void write_standing(struct json *json, const void *cookie)
{
	const struct standing *standing = cookie;
	const struct undersign_roster_count *roster = standing->roster;

	json_begin_object(json, NULL);
	json_begin_object(json, "roster");
	json_text(json, "name", roster->name);
	json_text(json, "organisation", roster->organisation);
	json_c_text(json, "class", tally_json_class(roster->class_of_members));
	json_number(json, "members", roster->members);
	json_number(json, "edition", roster->edition);
	json_number(json, "column", roster->column);
	if (roster->column > 0) {
		json_date(json, "from", roster->column_from, false);
		json_date(json, "until", roster->column_until, false);
		json_date(json, "burn", roster->column_burn, false);
	}
	json_hex(json, "hash", roster->id, sizeof roster->id);
	json_end_object(json);
	write_ring(json, "own_ring", standing->place.own_ring);
	write_ring(json, "all_ring", standing->place.all_ring);
	json_number(json, "next_seq", standing->place.next_seq);
	json_number(json, "column_uses", standing->n_uses);
	json_end_object(json);
}

enum undersign_status wasm_place(const uint8_t *secret)
{
	struct standing standing = {.n_uses = 0};

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	enum undersign_status status =
		undersign_bundle_place(&standing.place, session_bundle(), secret);
	if (status == UNDERSIGN_OK) {
		standing.roster =
			&undersign_bundle_tally(session_bundle())->rosters[standing.place.roster];
		status = undersign_bundle_uses(&standing.n_uses, session_bundle(),
					       standing.place.roster, &session_memory);
	}
	if (status == UNDERSIGN_OK)
		status = session_reply_json(write_standing, &standing);
	return session_end(status);
}

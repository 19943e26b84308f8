#include "mirror_parts.h"

#include "order.h"
#include "points.h"
#include "rings.h"

#include <stdio.h>
#include <string.h>

#define MANIFEST_NAME  "manifest"
#define PAGE_LEN_LIMIT ((size_t)1 << 26)

static void name_text(char out[static BUNDLE_NAME_MAX + 1], const struct manifest_text *text)
{
	struct writer writer = writer_new((uint8_t *)out, BUNDLE_NAME_MAX);

	bundle_write_text_name(&writer, text);
	out[writer_view(&writer).len] = '\0';
}

static void name_points(char out[static BUNDLE_NAME_MAX + 1], size_t roster)
{
	struct writer writer = writer_new((uint8_t *)out, BUNDLE_NAME_MAX);

	bundle_write_points_name(&writer, roster + 1);
	out[writer_view(&writer).len] = '\0';
}

/* --- manifest and texts --- */

static enum undersign_status check_manifest(struct mirror *mirror)
{
	const struct manifest *manifest = &mirror->manifest;
	uint64_t total = 0;

	if (!note_key_is_equal(&manifest->log, &mirror->log))
		return mirror_refuse(mirror, MANIFEST_NAME, "the letter's log is another");
	if (mirror->has_seen &&
	    !bytes_are_equal(mirror->manifest_note, mirror->orders->seen_manifest))
		return mirror_refuse(mirror, MANIFEST_NAME,
				     "this is another letter than the one that was fetched before");
	for (size_t i = 0; i < manifest->n_texts; i++)
		mirror_expect(mirror, manifest->texts[i].len);
	for (size_t i = 0; i < manifest->n_rosters; i++)
		total += manifest->rosters[i].members;
	mirror_expect(mirror, total * (POINT_BYTES + 1));
	return rings_check_total(total, mirror->problem);
}

enum undersign_status mirror_take_manifest(struct mirror *mirror)
{
	struct http_reply reply = {0};
	struct note note;
	enum undersign_status status = UNDERSIGN_OK;
	const bool is_known = mirror->has_seen && bytes_are_equal(http_reply_body(&mirror->note),
								  mirror->orders->seen_checkpoint);

	if (is_known)
		mirror->manifest_note = mirror->orders->seen_manifest;
	else
		status = mirror_get(&reply, mirror, MANIFEST_NAME, NOTE_LEN_MAX);
	if (status == UNDERSIGN_OK && !is_known) {
		mirror->manifest_note = arena_copy(&mirror->heap.arena, http_reply_body(&reply));
		status = mirror->manifest_note.data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	}
	http_reply_free(&reply);
	if (status != UNDERSIGN_OK)
		return status;
	status = note_parse(&note, mirror->manifest_note, mirror->problem);
	if (status == UNDERSIGN_OK)
		status = manifest_parse(&mirror->manifest, note.text, &mirror->heap.arena,
					mirror->problem);
	if (status != UNDERSIGN_OK)
		problem_inside(mirror->problem, "file", bytes_from_text(MANIFEST_NAME));
	if (status == UNDERSIGN_OK)
		status = check_manifest(mirror);
	return status == UNDERSIGN_OK ? mirror_put(mirror, MANIFEST_NAME, mirror->manifest_note)
				      : status;
}

static enum undersign_status take_text(struct mirror *mirror, size_t number)
{
	const struct manifest_text *text = &mirror->manifest.texts[number];
	char name[BUNDLE_NAME_MAX + 1];
	struct file_content content = {0};
	struct http_reply reply = {0};
	enum undersign_status status;

	name_text(name, text);
	if (mirror->store->read(mirror->store->cookie, &content, name, MANIFEST_TEXT_MAX) ==
		    UNDERSIGN_OK &&
	    manifest_check_text(&mirror->manifest, number, file_content_view(&content), NULL) ==
		    UNDERSIGN_OK) {
		status = mirror_keep(mirror, name);
	} else {
		status = mirror_get(&reply, mirror, name, (size_t)text->len);
		if (status == UNDERSIGN_OK &&
		    manifest_check_text(&mirror->manifest, number, http_reply_body(&reply), NULL) !=
			    UNDERSIGN_OK)
			status = mirror_refuse(mirror, name, "it does not match its hash");
		if (status == UNDERSIGN_OK)
			status = mirror_put(mirror, name, http_reply_body(&reply));
	}
	mirror_settle(mirror, text->len);
	file_content_free(&content);
	http_reply_free(&reply);
	return status;
}

enum undersign_status mirror_take_texts(struct mirror *mirror)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < mirror->manifest.n_texts && status == UNDERSIGN_OK; i++)
		status = take_text(mirror, i);
	return status;
}

/* --- what the log says of the letter's rosters --- */

static enum undersign_status note_record(struct mirror *mirror, uint64_t number, struct bytes text)
{
	if (mirror->n_records == mirror->records_capacity) {
		const size_t capacity = 2 * mirror->records_capacity + 64;
		struct mirror_record *records =
			ARENA_TAKE(&mirror->heap.arena, struct mirror_record, capacity);

		if (!records)
			return UNDERSIGN_E_MEMORY;
		if (mirror->n_records > 0)
			memcpy(records, mirror->records, mirror->n_records * sizeof *records);
		mirror->records = records;
		mirror->records_capacity = capacity;
	}
	struct mirror_record *record = &mirror->records[mirror->n_records++];
	record_id(record->id, text);
	record->entry = number;
	return UNDERSIGN_OK;
}

/* One that cannot be read, is of another letter or not its organiser's changes nothing here. */
static enum undersign_status note_extension(struct mirror *mirror, struct bytes entry)
{
	const struct bytes copy = arena_copy(&mirror->heap.arena, entry);
	struct record_extend extension;
	struct note_verdict verdict;
	struct note note;

	if (!copy.data)
		return UNDERSIGN_E_MEMORY;
	if (note_parse(&note, copy, NULL) != UNDERSIGN_OK ||
	    record_extend_parse(&extension, note.text, &mirror->heap.arena, NULL) != UNDERSIGN_OK ||
	    memcmp(extension.letter, mirror->manifest.context, HASH_BYTES) != 0 ||
	    record_extend_check(&extension, &mirror->manifest, NULL) != UNDERSIGN_OK ||
	    note_verify(&verdict, &note, &mirror->manifest.organiser, 1, NOTE_UNKNOWN_IGNORED,
			NULL) != UNDERSIGN_OK)
		return UNDERSIGN_OK;
	if (mirror->n_extensions == mirror->extensions_capacity) {
		const size_t capacity = 2 * mirror->extensions_capacity + 16;
		struct record_extend *extensions =
			ARENA_TAKE(&mirror->heap.arena, struct record_extend, capacity);

		if (!extensions)
			return UNDERSIGN_E_MEMORY;
		if (mirror->n_extensions > 0)
			memcpy(extensions, mirror->extensions,
			       mirror->n_extensions * sizeof *extensions);
		mirror->extensions = extensions;
		mirror->extensions_capacity = capacity;
	}
	mirror->extensions[mirror->n_extensions++] = extension;
	return UNDERSIGN_OK;
}

enum undersign_status mirror_note_entry(struct mirror *mirror, uint64_t number, struct bytes entry)
{
	struct note note;

	if (order_kind_of(entry) != ORDER_RECORD)
		return UNDERSIGN_OK;
	switch (record_kind_of(entry)) {
	case RECORD_LETTER:
		if (bytes_are_equal(entry, mirror->manifest_note))
			mirror->manifest_is_logged = true;
		return UNDERSIGN_OK;
	case RECORD_ROSTER:
		return note_parse(&note, entry, NULL) == UNDERSIGN_OK
			       ? note_record(mirror, number, note.text)
			       : UNDERSIGN_OK;
	case RECORD_EXTEND:
		return note_extension(mirror, entry);
	case RECORD_LOG:
	case RECORD_OPEN:
	case RECORD_CLOSE:
	case RECORD_OTHER:
		break;
	}
	return UNDERSIGN_OK;
}

/* --- points --- */

/* What the points of a roster may be in one version: 0 is that of the manifest. */
struct version {
	uint64_t members;
	uint8_t root[HASH_BYTES];
};

static const uint8_t *version_record(const struct mirror *mirror, size_t roster, size_t version)
{
	return version == 0 ? mirror->manifest.rosters[roster].record
			    : mirror->extensions[version - 1].rosters[roster].record;
}

static uint64_t version_members(const struct mirror *mirror, size_t roster, size_t version)
{
	return version == 0 ? mirror->manifest.rosters[roster].members
			    : mirror->extensions[version - 1].rosters[roster].members;
}

static enum undersign_status find_version(struct version *out, struct mirror *mirror, size_t roster,
					  size_t version)
{
	const uint8_t *id = version_record(mirror, roster, version);
	struct snapshot_record record;
	struct bytes entry;
	struct note note;
	size_t i = 0;

	while (i < mirror->n_records && memcmp(mirror->records[i].id, id, SHA256_BYTES) != 0)
		i++;
	if (i == mirror->n_records)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = mirror_read_entry(&entry, mirror, mirror->records[i].entry);
	if (status == UNDERSIGN_OK)
		status = note_parse(&note, entry, NULL);
	if (status == UNDERSIGN_OK)
		status = snapshot_parse(&record, note.text, NULL);
	const uint8_t *root =
		status == UNDERSIGN_OK
			? snapshot_root(&record, mirror->manifest.rosters[roster].column)
			: NULL;
	if (!root)
		return status == UNDERSIGN_OK ? UNDERSIGN_E_INVALID : status;
	out->members = record.members;
	memcpy(out->root, root, HASH_BYTES);
	return UNDERSIGN_OK;
}

static bool points_match(struct bytes content, const struct version *version)
{
	uint8_t root[HASH_BYTES];
	struct points points;

	if (points_parse(&points, content, NULL) != UNDERSIGN_OK || points.n != version->members ||
	    points.n == 0)
		return false;
	points_root(root, &points, points.n);
	return memcmp(root, version->root, HASH_BYTES) == 0;
}

/* True if they are those of one of the versions. */
static bool points_match_any(struct mirror *mirror, size_t roster, struct bytes content)
{
	const uint8_t *tried = NULL;
	struct version version;

	for (size_t v = mirror->n_extensions + 1; v-- > 0;) {
		const uint8_t *id = version_record(mirror, roster, v);

		if (tried && memcmp(tried, id, SHA256_BYTES) == 0)
			continue;
		tried = id;
		if (find_version(&version, mirror, roster, v) == UNDERSIGN_OK &&
		    points_match(content, &version))
			return true;
	}
	return false;
}

/* The newest version's are wanted; if that one turns out to be void, an earlier one's. What holds,
 * only the bundle's verification can say. */
static enum undersign_status take_roster(struct mirror *mirror, size_t roster)
{
	struct version newest;
	uint64_t most = 0;
	char name[BUNDLE_NAME_MAX + 1];
	struct file_content content = {0};
	struct http_reply reply = {0};
	enum undersign_status status;

	name_points(name, roster);
	for (size_t v = 0; v <= mirror->n_extensions; v++)
		if (version_members(mirror, roster, v) > most)
			most = version_members(mirror, roster, v);
	const size_t limit = POINTS_HEADER_LEN + (size_t)most * POINTS_ENTRY_LEN_MAX;
	if (find_version(&newest, mirror, roster, mirror->n_extensions) == UNDERSIGN_OK &&
	    mirror->store->read(mirror->store->cookie, &content, name, limit) == UNDERSIGN_OK &&
	    points_match(file_content_view(&content), &newest)) {
		status = mirror_keep(mirror, name);
	} else {
		status = mirror_get(&reply, mirror, name, limit);
		if (status == UNDERSIGN_OK &&
		    !points_match_any(mirror, roster, http_reply_body(&reply)))
			status = mirror_refuse(mirror, name,
					       "it does not match its roster's record in the log");
		if (status == UNDERSIGN_OK)
			status = mirror_put(mirror, name, http_reply_body(&reply));
	}
	mirror_settle(mirror, mirror->manifest.rosters[roster].members * (POINT_BYTES + 1));
	file_content_free(&content);
	http_reply_free(&reply);
	return status;
}

enum undersign_status mirror_take_points(struct mirror *mirror)
{
	enum undersign_status status = UNDERSIGN_OK;

	if (!mirror->manifest_is_logged)
		return mirror_refuse(mirror, MANIFEST_NAME, "the log does not have it");
	for (size_t r = 0; r < mirror->manifest.n_rosters && status == UNDERSIGN_OK; r++)
		status = take_roster(mirror, r);
	return status;
}

/* --- the page --- */

/* What it says, the bundle's verification compares; a server need not have one. */
enum undersign_status mirror_take_page(struct mirror *mirror)
{
	const bool is_known = mirror->has_seen && bytes_are_equal(http_reply_body(&mirror->note),
								  mirror->orders->seen_checkpoint);
	struct file_content content = {0};
	struct http_reply reply;
	enum undersign_status status = mirror->store->read(mirror->store->cookie, &content,
							   BUNDLE_PAGE_NAME, PAGE_LEN_LIMIT);

	file_content_free(&content);
	mirror->page_is_kept = is_known && status == UNDERSIGN_OK && !mirror->page_is_distrusted;
	if (mirror->page_is_kept)
		return mirror_keep(mirror, BUNDLE_PAGE_NAME);
	status = mirror_get(&reply, mirror, BUNDLE_PAGE_NAME, PAGE_LEN_LIMIT);
	if (status == UNDERSIGN_OK)
		status = mirror_put(mirror, BUNDLE_PAGE_NAME, http_reply_body(&reply));
	if (status == UNDERSIGN_E_MISSING && reply.status == 404) {
		*mirror->problem = (struct problem){{0}, {0}, {0}};
		status = UNDERSIGN_OK;
	}
	http_reply_free(&reply);
	return status;
}

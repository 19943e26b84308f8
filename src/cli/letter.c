#include "cli.h"
#include "letter_verbs.h"

#include "encoding.h"
#include "points.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A letter's folder that gets a further record of its organiser. */
struct change {
	const char *path;
	const char *key;
	struct arena_heap heap;
	struct letter_folder folder;
	struct signer *signer;
};

static enum undersign_status change_open(struct change *change, struct problem *problem)
{
	arena_heap_open(&change->heap, SIZE_MAX, false);
	enum undersign_status status =
		letter_folder_open(&change->folder, change->path, &change->heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&change->signer, change->key, problem);
	if (status == UNDERSIGN_OK &&
	    !note_key_is_equal(signer_key(change->signer), &change->folder.manifest.organiser)) {
		problem_where(problem, "file", bytes_from_text(change->key));
		problem_rule(problem, "a letter's records are signed by its organiser");
		problem_what(problem, "the organiser's key is that of",
			     change->folder.manifest.organiser.name);
		status = UNDERSIGN_E_INVALID;
	}
	return status;
}

static void change_close(struct change *change)
{
	signer_close(change->signer);
	arena_heap_close(&change->heap);
}

static enum undersign_status change_write(const struct change *change, const char *name,
					  struct bytes content, enum file_existing existing,
					  struct problem *problem)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", change->path, name);
	return file_write(path, content, FILE_PUBLIC, existing, problem);
}

/* Signs a text and writes it as a new file of the folder. */
static enum undersign_status change_sign(struct change *change, const char *name, struct bytes text,
					 struct problem *problem)
{
	struct bytes note;
	enum undersign_status status =
		letter_sign(&note, text, change->signer, &change->heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = change_write(change, name, note, FILE_NEW, problem);
	return status;
}

#define KEY_OPTION(change)                                                                         \
	{                                                                                          \
		.name = "--key", .letter = "-k", .value = "FILE",                                  \
		.about = "the organiser's private key", .is_required = true, .text = &(change).key \
	}

int letter_open(int argc, char **argv)
{
	struct change change = {0};
	const struct option options[] = {KEY_OPTION(change)};
	const struct options_form form = {
		.usage = "undersign letter open FOLDER --key FILE",
		.about = "Signs the record that opens a letter: from the epoch that its manifest "
			 "names, and not before this record is published, it can be signed. Leave "
			 "people time to look at the rosters first: seven days.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	uint8_t data[256];
	struct writer writer = writer_new(data, sizeof data);
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	change.path = operands.at[0];
	enum undersign_status status = change_open(&change, &problem);
	if (status == UNDERSIGN_OK) {
		struct record_open record;
		memcpy(record.letter, change.folder.manifest.context, sizeof record.letter);
		record_open_write(&writer, &record);
		status = change_sign(&change, "open", writer_view(&writer), &problem);
	}
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "The letter was not opened.", &problem, NULL);
	else
		talk_paragraph("Made %s/open. Next: undersign publish.", change.path);
	change_close(&change);
	return code;
}

int letter_close(int argc, char **argv)
{
	struct change change = {0};
	const char *epoch = NULL, *desk = NULL;
	const struct option options[] = {
		KEY_OPTION(change),
		{.name = "--epoch",
		 .value = "EPOCH|DATE",
		 .about = "the last epoch that takes statements",
		 .is_required = true,
		 .text = &epoch},
		{.name = "--desk",
		 .value = "FOLDER",
		 .about = "the desk, where the epoch is given as a date",
		 .text = &desk},
	};
	const struct options_form form = {
		.usage = "undersign letter close FOLDER --key FILE --epoch EPOCH",
		.about = "Signs the record that closes a letter earlier than its manifest says.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct record_log log = {.epoch_seconds = 1, .begins = UINT64_MAX};
	uint8_t data[256];
	struct writer writer = writer_new(data, sizeof data);
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	change.path = operands.at[0];
	enum undersign_status status = change_open(&change, &problem);
	if (status == UNDERSIGN_OK && desk)
		status = letter_read_log(&log, desk, &change.heap.arena, &problem);
	struct record_close record = {.epoch = 0};
	if (status == UNDERSIGN_OK)
		status = letter_read_epoch(&record.epoch, "--epoch", epoch, &log, &problem);
	if (status == UNDERSIGN_OK && record.epoch > change.folder.manifest.closes) {
		problem_where(&problem, "option --epoch", bytes_from(NULL, 0));
		problem_rule(&problem, "a letter is closed earlier, never later");
		problem_what_numbers(&problem, "epoch {1} is after epoch {2}", record.epoch,
				     change.folder.manifest.closes);
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK) {
		memcpy(record.letter, change.folder.manifest.context, sizeof record.letter);
		record_close_write(&writer, &record);
		status = change_sign(&change, "close", writer_view(&writer), &problem);
	}
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "The letter was not closed.", &problem, NULL);
	else
		talk_paragraph("Made %s/close. Next: undersign publish.", change.path);
	change_close(&change);
	return code;
}

/* A roster of the letter that has grown. */
struct growth {
	bool has_grown;
	struct letter_roster roster;
};

/* The record that the last version so far names for roster i (from 0). */
static enum undersign_status last_record(struct snapshot_record *out, uint8_t *out_id,
					 const struct letter_folder *folder, size_t i,
					 struct problem *problem)
{
	struct note note;
	char name[64];
	struct bytes content = {NULL, 0};

	for (uint32_t v = folder->last_version; v > 0 && !content.data; v--) {
		snprintf(name, sizeof name, "records/%zu-%" PRIu32 ".note", i + 1, v);
		content = letter_folder_file(folder, name);
	}
	if (!content.data) {
		snprintf(name, sizeof name, "records/%zu.note", i + 1);
		content = letter_folder_file(folder, name);
	}
	enum undersign_status status = snapshot_open(out, &note, content, problem);
	if (status == UNDERSIGN_OK)
		snapshot_id(out_id, note.text);
	else
		problem_inside(problem, "file", bytes_from_text(name));
	return status;
}

/* Matches a roster's folder with the manifest, and checks that it goes on from the last version. */
static enum undersign_status match_growth(struct growth *growths, struct change *change,
					  const char *path, struct problem *problem)
{
	const struct manifest *manifest = &change->folder.manifest;
	struct letter_roster roster;
	struct snapshot_record last = {0};
	struct points before = {0}, after = {0};
	uint8_t id[SHA256_BYTES];
	size_t i = 0;

	enum undersign_status status = letter_roster_open(&roster, path, problem);
	while (status == UNDERSIGN_OK && i < manifest->n_rosters &&
	       !bytes_are_equal(manifest->rosters[i].name, roster.record.roster))
		i++;
	if (status == UNDERSIGN_OK && (i == manifest->n_rosters || growths[i].has_grown)) {
		problem_rule(problem, "each roster of the letter once, and no other");
		problem_what(problem, "", roster.record.roster);
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = last_record(&last, id, &change->folder, i, problem);
	if (status == UNDERSIGN_OK)
		status = snapshot_check_same_edition(&last, &roster.record, problem);
	if (status == UNDERSIGN_OK && roster.record.members < last.members) {
		problem_rule(problem, "within a letter entries are only added");
		problem_what_numbers(problem, "{1} after {2}", roster.record.members, last.members);
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = letter_roster_take(&roster, manifest->rosters[i].column,
					    &change->heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = points_parse(&before, change->folder.points[i], problem);
	if (status == UNDERSIGN_OK)
		status = points_parse(&after, roster.points, problem);
	if (status == UNDERSIGN_OK && !points_is_prefix(&before, &after)) {
		problem_rule(problem, "within a letter entries are only added, never changed, "
				      "removed or put in another order");
		problem_what(problem, "the new list does not begin with the old one",
			     bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status != UNDERSIGN_OK) {
		letter_roster_close(&roster);
		problem_inside(problem, "roster", bytes_from_text(path));
		return status;
	}
	growths[i].has_grown = roster.record.members > last.members;
	growths[i].roster = roster;
	return UNDERSIGN_OK;
}

/* Fills the record's rosters from those that have grown and those that have not. */
static enum undersign_status fill_extend(struct record_extend_roster *out,
					 const struct growth *growths, const struct change *change,
					 struct problem *problem)
{
	for (size_t i = 0; i < change->folder.manifest.n_rosters; i++) {
		struct snapshot_record last;
		enum undersign_status status =
			last_record(&last, out[i].record, &change->folder, i, problem);
		if (status != UNDERSIGN_OK)
			return status;
		out[i].members = last.members;
		out[i].name = change->folder.manifest.rosters[i].name;
		if (growths[i].has_grown) {
			memcpy(out[i].record, growths[i].roster.id, sizeof out[i].record);
			out[i].members = growths[i].roster.record.members;
		}
	}
	return UNDERSIGN_OK;
}

/* New points and records first: they say nothing without the record `extend`. */
static enum undersign_status write_growth(struct change *change, const struct growth *growths,
					  uint32_t version, struct problem *problem)
{
	for (size_t i = 0; i < change->folder.manifest.n_rosters; i++) {
		char name[64];
		if (!growths[i].has_grown)
			continue;
		snprintf(name, sizeof name, "rosters/%zu.points", i + 1);
		enum undersign_status status =
			change_write(change, name, growths[i].roster.points, FILE_REPLACE, problem);
		snprintf(name, sizeof name, "records/%zu-%" PRIu32 ".note", i + 1, version);
		if (status == UNDERSIGN_OK)
			status = change_write(change, name, growths[i].roster.note, FILE_REPLACE,
					      problem);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status extend(struct change *change, const struct option_list *paths,
				    struct growth *growths, struct problem *problem)
{
	const size_t n = change->folder.manifest.n_rosters;
	struct record_extend record = {.version = change->folder.last_version + 1, .n_rosters = n};
	struct record_extend_roster *rosters =
		ARENA_TAKE(&change->heap.arena, struct record_extend_roster, n);
	uint8_t *data = ARENA_TAKE(&change->heap.arena, uint8_t, ROSTER_TEXT_MAX);
	enum undersign_status status = rosters && data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, data ? ROSTER_TEXT_MAX : 0);
	size_t n_grown = 0;
	char name[64];

	for (size_t i = 0; i < paths->n && status == UNDERSIGN_OK; i++)
		status = match_growth(growths, change, paths->at[i], problem);
	for (size_t i = 0; i < n; i++)
		n_grown += growths[i].has_grown;
	if (status == UNDERSIGN_OK && n_grown == 0) {
		problem_rule(problem, "an extension adds members");
		problem_what(problem, "no roster has a newer snapshot", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = fill_extend(rosters, growths, change, problem);
	if (status != UNDERSIGN_OK)
		return status;
	record.rosters = rosters;
	memcpy(record.letter, change->folder.manifest.context, sizeof record.letter);
	record_extend_write(&writer, &record);
	if (writer.has_overflowed)
		return UNDERSIGN_E_LIMIT;
	status = write_growth(change, growths, record.version, problem);
	snprintf(name, sizeof name, "extend-%" PRIu32, record.version);
	if (status == UNDERSIGN_OK)
		status = change_sign(change, name, writer_view(&writer), problem);
	if (status == UNDERSIGN_OK)
		talk_paragraph(
			"Made %s/%s: %zu of %zu rosters have grown. Next: undersign publish.",
			change->path, name, n_grown, n);
	return status;
}

int letter_extend(int argc, char **argv)
{
	static struct option_list rosters;
	struct change change = {0};
	struct growth *growths = NULL;
	const struct option options[] = {
		KEY_OPTION(change),
		{.name = "--roster",
		 .value = "FOLDER",
		 .about = "a roster of the letter that has a newer snapshot; once for each",
		 .is_required = true,
		 .list = &rosters},
	};
	const struct options_form form = {
		.usage = "undersign letter extend FOLDER --key FILE --roster FOLDER...",
		.about = "Signs the record of the letter's next version, with members who were "
			 "admitted since. Rarely, and many at once, so that a new member does not "
			 "stand out; at most one an epoch.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	change.path = operands.at[0];
	enum undersign_status status = change_open(&change, &problem);
	const size_t n = status == UNDERSIGN_OK ? change.folder.manifest.n_rosters : 0;
	if (status == UNDERSIGN_OK) {
		growths = ARENA_TAKE(&change.heap.arena, struct growth, n);
		status =
			growths ? extend(&change, &rosters, growths, &problem) : UNDERSIGN_E_MEMORY;
	}
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "The letter was not extended.", &problem, NULL);
	for (size_t i = 0; growths && i < n; i++)
		if (growths[i].roster.note.data)
			letter_roster_close(&growths[i].roster);
	change_close(&change);
	return code;
}

static void show(const struct manifest *manifest)
{
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, manifest);
	output_text(bytes_from(id, sizeof id));
	printf("\n");
	for (size_t i = 0; i < manifest->n_texts; i++) {
		printf("%c %.*s  ", i == manifest->authoritative ? '*' : ' ',
		       (int)manifest->texts[i].language.len,
		       (const char *)manifest->texts[i].language.data);
		output_text(manifest->texts[i].title);
		printf("\n");
	}
	output_say("epochs %" PRIu64 " to %" PRIu64 ", rings of %" PRIu64
		   " and more, released from %" PRIu64 " new signatures on\n",
		   manifest->opens, manifest->closes, manifest->ring_min, manifest->hold_min);
	for (size_t i = 0; i < manifest->n_rings; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];
		uint64_t members = 0;
		for (size_t j = 0; j < ring->n_rosters; j++)
			members += manifest->rosters[ring->rosters[j]].members;
		printf("  ");
		output_padded(ring->name, 50);
		printf(" %-8s %8" PRIu64 "%s\n", roster_class_text(ring->class_of_members), members,
		       ring->n_rosters > 1 ? _(" with repeats") : "");
	}
}

int letter_show(int argc, char **argv)
{
	const struct options_form form = {
		.usage = "undersign letter show FOLDER",
		.about = "Prints a letter's id, titles, epochs and rings.",
		.options = NULL,
		.n_options = 0,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct letter_folder folder;
	struct arena_heap heap;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status =
		letter_folder_open(&folder, operands.at[0], &heap.arena, &problem);
	code = CLI_YES;
	if (status == UNDERSIGN_OK)
		show(&folder.manifest);
	else
		code = talk_refuse(status, "This is not a letter's folder.", &problem, NULL);
	arena_heap_close(&heap);
	return code;
}

int letter_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"new", letter_new, "make a letter from texts and rosters", true},
		{"open", letter_open, "open it for signatures", true},
		{"extend", letter_extend, "add members who were admitted since", true},
		{"close", letter_close, "close it earlier than its manifest says", true},
		{"show", letter_show, "its id, titles, epochs and rings", false},
		{"versions", letter_versions, "compare its versions, and their counts", false},
	};
	return cli_dispatch("undersign letter", verbs, sizeof(verbs) / sizeof(verbs[0]), argc,
			    argv);
}

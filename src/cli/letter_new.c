#include "cli.h"
#include "dates.h"
#include "letter_rings.h"
#include "letter_verbs.h"
#include "poll_files.h"

#include "bundle.h"
#include "encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char headline[] = N_("No letter was made.");

struct new_orders {
	const char *path;
	const char *key;
	const char *desk;
	struct option_list titles, texts, rosters, groups;
	const char *authoritative;
	const char *to;
	const char *opens, *closes;
	const char *all_enrolled, *all_raw_key;
	const char *poll, *trustees;
	const char *group_small; /* what proposed groups are called; NULL: none are */
	uint64_t ring_min, hold_min;
	uint64_t column;
};

/* A letter in the making. */
struct making {
	struct arena *arena;
	const struct new_orders *orders;
	struct record_log log;
	struct manifest manifest;
	struct manifest_text *texts;
	struct bytes *contents; /* of the texts */
	struct letter_roster *rosters;
	size_t n_open;                    /* of the rosters */
	struct bytes trustees, questions; /* of a poll */
};

static enum undersign_status refuse_option(struct problem *problem, const char *option,
					   const char *rule, const char *text)
{
	problem_where(problem, "option", bytes_from_text(option));
	problem_rule(problem, rule);
	problem_what(problem, "", bytes_from_text(text));
	return UNDERSIGN_E_USAGE;
}

/* "en:..." into language and rest. */
static bool split(struct bytes *out_before, const char **out_after, const char *text, char mark)
{
	const char *place = strchr(text, mark);

	if (!place || place == text || place[1] == '\0')
		return false;
	*out_before = bytes_from(text, (size_t)(place - text));
	*out_after = place + 1;
	return true;
}

static enum undersign_status read_texts(struct making *making, struct problem *problem)
{
	const struct new_orders *orders = making->orders;
	const size_t n = orders->titles.n;

	making->texts = ARENA_TAKE(making->arena, struct manifest_text, n);
	making->contents = ARENA_TAKE(making->arena, struct bytes, n);
	if (!making->texts || !making->contents)
		return UNDERSIGN_E_MEMORY;
	if (orders->texts.n != n)
		return refuse_option(problem, "--text", "one text for each title",
				     "their numbers differ");
	for (size_t i = 0; i < n; i++) {
		struct manifest_text *text = &making->texts[i];
		struct bytes language;
		const char *rest;
		struct file_content content;

		if (!split(&text->language, &rest, orders->titles.at[i], ':'))
			return refuse_option(problem, "--title", "LANGUAGE:TITLE",
					     orders->titles.at[i]);
		text->title = bytes_from_text(rest);
		if (!split(&language, &rest, orders->texts.at[i], ':') ||
		    !bytes_are_equal(language, text->language))
			return refuse_option(problem, "--text",
					     "LANGUAGE:FILE, in the order of the titles",
					     orders->texts.at[i]);
		enum undersign_status status =
			cli_read(&content, rest, MANIFEST_TEXT_MAX, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		making->contents[i] = arena_copy(making->arena, file_content_view(&content));
		file_content_free(&content);
		if (!making->contents[i].data)
			return UNDERSIGN_E_MEMORY;
		text->len = making->contents[i].len;
		sha256(text->sha256, making->contents[i]);
	}
	making->manifest.texts = making->texts;
	making->manifest.n_texts = n;
	if (!orders->authoritative)
		return UNDERSIGN_OK;
	making->manifest.authoritative =
		manifest_find_text(&making->manifest, bytes_from_text(orders->authoritative));
	if (making->manifest.authoritative == n)
		return refuse_option(problem, "--authoritative", "one of the letter's languages",
				     orders->authoritative);
	return UNDERSIGN_OK;
}

static enum undersign_status read_times(struct making *making, struct problem *problem)
{
	const struct new_orders *orders = making->orders;
	enum undersign_status status =
		letter_read_log(&making->log, orders->desk, making->arena, problem);

	if (status == UNDERSIGN_OK)
		status = letter_read_epoch(&making->manifest.opens, "--opens", orders->opens,
					   &making->log, problem);
	if (status == UNDERSIGN_OK)
		status = letter_read_epoch(&making->manifest.closes, "--closes", orders->closes,
					   &making->log, problem);
	if (status == UNDERSIGN_OK && making->manifest.closes <= making->manifest.opens)
		status = refuse_option(problem, "--closes", "a letter closes after it opens",
				       orders->closes);
	making->manifest.log = making->log.log;
	return status;
}

/* The column whose period holds the whole letter. */
static enum undersign_status choose_column(uint32_t *out, const struct making *making,
					   const struct letter_roster *roster,
					   struct problem *problem)
{
	const struct calendar *calendar = &roster->record.calendar;
	uint64_t first, last;
	char from[DATES_TEXT_LEN], until[DATES_TEXT_LEN], what[200];

	*out = 0;
	if (roster->record.class_of_members == ROSTER_RAW_KEY)
		return UNDERSIGN_OK;
	enum undersign_status status =
		record_log_instant(&first, &making->log, making->manifest.opens);
	if (status == UNDERSIGN_OK)
		status = record_log_instant(&last, &making->log, making->manifest.closes);
	if (status != UNDERSIGN_OK)
		return status;
	for (uint32_t c = 1; c <= calendar->n; c++) {
		const bool is_meant = making->orders->column == 0 || making->orders->column == c;
		if (is_meant && calendar_covers(&calendar->columns[c - 1], first, last)) {
			*out = c;
			return UNDERSIGN_OK;
		}
	}
	problem_rule(problem, "a letter lies within the period of one column of each roster");
	snprintf(what, sizeof what, _("no column covers %.30s to %.30s in"), dates_day(from, first),
		 dates_day(until, last));
	problem_what(problem, what, roster->record.roster);
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status read_rosters(struct making *making, struct problem *problem)
{
	const struct new_orders *orders = making->orders;
	const size_t n = orders->rosters.n;
	struct manifest_roster *lines = ARENA_TAKE(making->arena, struct manifest_roster, n);
	enum undersign_status status = UNDERSIGN_OK;

	making->rosters = ARENA_TAKE(making->arena, struct letter_roster, n);
	if (!lines || !making->rosters)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		struct letter_roster *roster = &making->rosters[i];
		uint32_t column = 0;
		making->n_open++;
		status = letter_roster_open(roster, orders->rosters.at[i], problem);
		if (status == UNDERSIGN_OK)
			status = choose_column(&column, making, roster, problem);
		if (status == UNDERSIGN_OK)
			status = letter_roster_take(roster, column, making->arena, problem);
		if (status != UNDERSIGN_OK)
			break;
		memcpy(lines[i].record, roster->id, sizeof lines[i].record);
		lines[i].column = column;
		lines[i].members = roster->record.members;
		lines[i].name = roster->record.roster;
	}
	making->manifest.rosters = lines;
	making->manifest.n_rosters = n;
	return status;
}

/* "NAME=ROSTER;ROSTER;..." */
static enum undersign_status read_group(struct manifest_group *out, const struct making *making,
					const char *text, struct problem *problem)
{
	const struct manifest *manifest = &making->manifest;
	uint32_t *numbers = ARENA_TAKE(making->arena, uint32_t, manifest->n_rosters);
	const char *rest;

	if (!numbers)
		return UNDERSIGN_E_MEMORY;
	if (!split(&out->name, &rest, text, '='))
		return refuse_option(problem, "--group", "NAME=ROSTER;ROSTER;...", text);
	for (const char *end; *rest; rest = *end ? end + 1 : end) {
		end = strchrnul(rest, ';');
		const struct bytes name = bytes_from(rest, (size_t)(end - rest));
		size_t i = 0;
		while (i < manifest->n_rosters && !bytes_are_equal(manifest->rosters[i].name, name))
			i++;
		if (i == manifest->n_rosters || out->n_rosters == manifest->n_rosters)
			return refuse_option(problem, "--group", "rosters of the letter, by name",
					     rest);
		numbers[out->n_rosters++] = (uint32_t)i;
	}
	out->rosters = numbers;
	return UNDERSIGN_OK;
}

static enum undersign_status plan_rings(struct making *making, struct problem *problem)
{
	const struct new_orders *orders = making->orders;
	struct manifest_group *groups =
		ARENA_TAKE(making->arena, struct manifest_group,
			   orders->groups.n + making->manifest.n_rosters + 1);
	size_t n = orders->groups.n;
	enum undersign_status status = UNDERSIGN_OK;

	if (!groups)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < orders->groups.n && status == UNDERSIGN_OK; i++)
		status = read_group(&groups[i], making, orders->groups.at[i], problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (orders->group_small)
		n = letter_rings_group(groups, n, &making->manifest, orders->group_small,
				       making->arena);
	if (n == SIZE_MAX)
		return UNDERSIGN_E_MEMORY;
	return manifest_plan_rings(&making->manifest, groups, n,
				   bytes_from_text(orders->all_enrolled),
				   bytes_from_text(orders->all_raw_key), making->arena, problem);
}

/* A poll's lines, as far as they are not checked with the whole. */
static enum undersign_status read_poll(struct making *making, struct problem *problem)
{
	const struct new_orders *orders = making->orders;
	struct poll_trustees *trustees = ARENA_TAKE(making->arena, struct poll_trustees, 1);
	struct note note;

	if (!trustees)
		return UNDERSIGN_E_MEMORY;
	if (!orders->poll != !orders->trustees)
		return refuse_option(problem, "--poll",
				     "a poll has questions and trustees: --poll and --trustees",
				     "one of them is missing");
	if (!orders->poll)
		return UNDERSIGN_OK;
	enum undersign_status status =
		poll_files_read(&making->questions, orders->poll, making->arena, problem);
	if (status == UNDERSIGN_OK)
		status = poll_files_read(&making->trustees, orders->trustees, making->arena,
					 problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = note_parse(&note, making->trustees, problem);
	if (status == UNDERSIGN_OK)
		status = poll_trustees_parse(trustees, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = poll_text_check_signature(&note, &trustees->key, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(orders->trustees));
	record_id(making->manifest.poll.trustees, note.text);
	return status;
}

static void write_poll(struct writer *writer, const struct making *making)
{
	writer_text(writer, "trustees ");
	writer_base64(writer, bytes_from(making->manifest.poll.trustees, SHA256_BYTES));
	writer_text(writer, "\n");
	if (!bytes_begin_with(making->questions, bytes_from_text("quorum ")))
		writer_text(writer, "quorum 0\n");
	writer_bytes(writer, making->questions);
}

/* Writes the text, and takes it only if it is a manifest that fits its rosters. */
static enum undersign_status make_text(struct bytes *out, struct making *making,
				       struct problem *problem)
{
	const size_t n = making->manifest.n_rosters;
	uint8_t *data = ARENA_TAKE(making->arena, uint8_t, ROSTER_TEXT_MAX);
	const struct snapshot_record **bases =
		ARENA_TAKE(making->arena, const struct snapshot_record *, n);
	struct manifest again;

	if (!data || !bases)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, ROSTER_TEXT_MAX);
	manifest_write(&writer, &making->manifest);
	if (making->questions.len > 0)
		write_poll(&writer, making);
	if (writer.has_overflowed) {
		problem_rule(problem, "a manifest has at most 65,000 bytes: about 400 rosters");
		problem_what_numbers(problem, "it would have {1} of {2}", writer.len,
				     ROSTER_TEXT_MAX);
		return UNDERSIGN_E_LIMIT;
	}
	*out = writer_view(&writer);
	enum undersign_status status = manifest_parse(&again, *out, making->arena, problem);
	for (size_t i = 0; i < n; i++)
		bases[i] = &making->rosters[i].record;
	if (status == UNDERSIGN_OK)
		status = manifest_check_rings(&again, bases, NULL, problem);
	if (status == UNDERSIGN_OK)
		making->manifest = again;
	return status;
}

static const char *name_of(struct making *making, const char *format, size_t number)
{
	char text[64];

	snprintf(text, sizeof text, format, number);
	return (const char *)arena_copy(making->arena, bytes_from(text, strlen(text) + 1)).data;
}

static enum undersign_status write_folder(struct making *making, struct bytes note,
					  struct problem *problem)
{
	const struct manifest *manifest = &making->manifest;
	const size_t n =
		1 + manifest->n_texts + 2 * manifest->n_rosters + manifest_is_poll(manifest);
	struct folder_file *files = ARENA_TAKE(making->arena, struct folder_file, n);
	size_t k = 0;

	if (!files)
		return UNDERSIGN_E_MEMORY;
	files[k++] = (struct folder_file){"manifest", note};
	if (manifest_is_poll(manifest))
		files[k++] = (struct folder_file){"trustees", making->trustees};
	for (size_t i = 0; i < manifest->n_texts; i++) {
		char *name = ARENA_TAKE(making->arena, char, BUNDLE_NAME_MAX + 1);
		if (!name)
			return UNDERSIGN_E_MEMORY;
		struct writer writer = writer_new(name, BUNDLE_NAME_MAX);
		bundle_write_text_name(&writer, &manifest->texts[i]);
		files[k++] = (struct folder_file){name, making->contents[i]};
	}
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		files[k++] = (struct folder_file){name_of(making, "records/%zu.note", i + 1),
						  making->rosters[i].note};
		files[k++] = (struct folder_file){name_of(making, "rosters/%zu.points", i + 1),
						  making->rosters[i].points};
	}
	for (size_t i = 0; i < n; i++)
		if (!files[i].name)
			return UNDERSIGN_E_MEMORY;
	return folder_write(making->orders->path, files, n, FILE_NEW, problem);
}

static void say_rings(const struct making *making)
{
	const struct manifest *manifest = &making->manifest;

	for (size_t i = 0; i < manifest->n_rosters; i++) {
		const struct manifest_roster *roster = &manifest->rosters[i];
		if (manifest_ring_of_roster(manifest, i) < manifest->n_rings)
			continue;
		talk_paragraph("%.*s has %" PRIu64 " members, fewer than %" PRIu64
			       ", and is in no group: its members can sign in the ring of all "
			       "only.",
			       (int)roster->name.len, (const char *)roster->name.data,
			       roster->members, manifest->ring_min);
	}
}

static int make_letter(const struct new_orders *orders)
{
	struct arena_heap heap;
	struct making making = {.orders = orders, .arena = &heap.arena};
	struct problem problem = {0};
	struct signer *signer = NULL;
	struct bytes text, note;
	int code = CLI_YES;

	arena_heap_open(&heap, SIZE_MAX, false);
	making.manifest.to = bytes_from_text(orders->to ? orders->to : "");
	making.manifest.ring_min = orders->ring_min;
	making.manifest.hold_min = orders->hold_min;
	enum undersign_status status = signer_open(&signer, orders->key, &problem);
	if (status == UNDERSIGN_OK)
		making.manifest.organiser = *signer_key(signer);
	if (status == UNDERSIGN_OK)
		status = read_texts(&making, &problem);
	if (status == UNDERSIGN_OK)
		status = read_poll(&making, &problem);
	if (status == UNDERSIGN_OK)
		status = read_times(&making, &problem);
	if (status == UNDERSIGN_OK)
		status = read_rosters(&making, &problem);
	if (status == UNDERSIGN_OK)
		status = plan_rings(&making, &problem);
	if (status == UNDERSIGN_OK)
		status = letter_say_uses(orders->desk, making.rosters, making.manifest.n_rosters,
					 making.arena, &problem);
	if (status == UNDERSIGN_OK)
		status = make_text(&text, &making, &problem);
	if (status == UNDERSIGN_OK)
		status = letter_sign(&note, text, signer, making.arena, &problem);
	if (status == UNDERSIGN_OK)
		status = write_folder(&making, note, &problem);
	if (status == UNDERSIGN_OK) {
		uint8_t id[MANIFEST_ID_LEN];
		manifest_id(id, &making.manifest);
		output_text(bytes_from(id, sizeof id));
		printf("\n");
		letter_rings_say(&making.manifest);
		say_rings(&making);
		talk_paragraph("Made %s. Next: undersign letter open, then undersign publish.",
			       orders->path);
		talk_fingerprint(stderr, _("  letter"), 10, making.manifest.context);
	} else {
		code = talk_refuse(status, headline, &problem, NULL);
	}
	for (size_t i = 0; i < making.n_open; i++)
		letter_roster_close(&making.rosters[i]);
	signer_close(signer);
	arena_heap_close(&heap);
	return code;
}

int letter_new(int argc, char **argv)
{
	static struct new_orders orders = {.all_enrolled = "Ring of all enrolled",
					   .all_raw_key = "Ring of all raw-key",
					   .ring_min = 30,
					   .hold_min = 5};
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the organiser's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--desk",
		 .value = "FOLDER",
		 .about = "the desk whose log will have the letter",
		 .is_required = true,
		 .text = &orders.desk},
		{.name = "--title",
		 .value = "LANGUAGE:TITLE",
		 .about = "once for each language",
		 .is_required = true,
		 .list = &orders.titles},
		{.name = "--text",
		 .value = "LANGUAGE:FILE",
		 .about = "the letter in Markdown, in the order of the titles",
		 .is_required = true,
		 .list = &orders.texts},
		{.name = "--authoritative",
		 .value = "LANGUAGE",
		 .about = "the language that counts; the first",
		 .text = &orders.authoritative},
		{.name = "--to",
		 .value = "TEXT",
		 .about = "whom the letter is addressed to",
		 .text = &orders.to},
		{.name = "--roster",
		 .value = "FOLDER",
		 .about = "a roster, with its newest snapshot; once for each",
		 .is_required = true,
		 .list = &orders.rosters},
		{.name = "--poll",
		 .value = "FILE",
		 .about = "a poll in place of a letter to be signed: lines `quorum NUMBER`, "
			  "`question LEAST MOST TEXT`, `option TEXT`",
		 .text = &orders.poll},
		{.name = "--trustees",
		 .value = "FILE",
		 .about = "with --poll: the record of its trustees' key, of undersign poll "
			  "trustees",
		 .text = &orders.trustees},
		{.name = "--group",
		 .value = "NAME=ROSTER;ROSTER",
		 .about = "rosters too small for a ring of their own, counted as one group",
		 .list = &orders.groups},
		{.name = "--group-small",
		 .value = "NAME",
		 .about = "propose groups for all other rosters that are too small: \"NAME 1\", "
			  "\"NAME 2\"",
		 .text = &orders.group_small},
		{.name = "--opens",
		 .value = "EPOCH|DATE",
		 .about = "when the first signatures can be published",
		 .is_required = true,
		 .text = &orders.opens},
		{.name = "--closes",
		 .value = "EPOCH|DATE",
		 .about = "when the last ones are",
		 .is_required = true,
		 .text = &orders.closes},
		{.name = "--ring-min",
		 .value = "NUMBER",
		 .about = "members from which a list has a ring of its own (30)",
		 .number = &orders.ring_min,
		 .least = MANIFEST_RING_FLOOR,
		 .most = RING_MAX},
		{.name = "--hold-min",
		 .value = "NUMBER",
		 .about = "new signatures of a ring that are published together (5)",
		 .number = &orders.hold_min,
		 .least = MANIFEST_HOLD_FLOOR,
		 .most = RING_MAX},
		{.name = "--column",
		 .value = "NUMBER",
		 .about = "the rosters' column; the one whose period holds the letter",
		 .number = &orders.column,
		 .least = 1,
		 .most = UNDERSIGN_COLUMNS_MAX},
		{.name = "--all-enrolled",
		 .value = "NAME",
		 .about = "name of the ring of all enrolled members",
		 .text = &orders.all_enrolled},
		{.name = "--all-raw-key",
		 .value = "NAME",
		 .about = "name of the ring of all members with raw keys",
		 .text = &orders.all_raw_key},
	};
	const struct options_form form = {
		.usage = "undersign letter new FOLDER --key FILE --desk FOLDER --title "
			 "LANGUAGE:TITLE --text LANGUAGE:FILE --roster FOLDER --opens EPOCH "
			 "--closes EPOCH",
		.about = "Makes a letter: its manifest names texts, rosters and rings, once and "
			 "for all, and its hash is the letter's id, which is printed.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.path = operands.at[0];
	return make_letter(&orders);
}

#include "cli.h"
#include "letter_verbs.h"
#include "record_earlier.h"
#include "record_verbs.h"

#include "encoding.h"
#include "folder.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

#define COPY_MAX    ((size_t)256 * 1024 * 1024)
#define LINES_MAX   64
#define RECORDS_MAX 10000

static const char headline[] = N_("The record was not made.");

struct add_orders {
	const char *key, *date, *revises, *copied, *out, *bundle;
	enum story_kind kind;
	const char *letter;
	/* The values of each key of a line, of whatever kind. */
	const char *keys[LINES_MAX];
	struct option_list values[LINES_MAX];
	size_t n_keys;
};

struct adding {
	struct add_orders *orders;
	struct arena_heap heap;
	struct arena *arena;
	struct signer *signer;
	struct manifest manifest;
	struct file_content copy;
	struct story_copy copied;
	uint64_t date;
};

/* --- Options ------------------------------------------------------------------------------------
 */

/* A key of a line is an option of that name, but for the author's private key's. */
static const char *option_of(const char *key)
{
	static char names[LINES_MAX][24];
	static size_t n;
	char *name = names[n++ % LINES_MAX];

	snprintf(name, sizeof names[0], "--%s", strcmp(key, "key") == 0 ? "vkey" : key);
	return name;
}

static struct option_list *values_of(struct add_orders *orders, const char *key)
{
	for (size_t i = 0; i < orders->n_keys; i++)
		if (strcmp(orders->keys[i], key) == 0)
			return &orders->values[i];
	orders->keys[orders->n_keys] = key;
	return &orders->values[orders->n_keys++];
}

static const char *value_name(const struct story_rule *rule)
{
	switch (rule->form) {
	case STORY_WORD:
		return "WORD";
	case STORY_DATE:
		return "DATE";
	case STORY_NUMBER:
		return "NUMBER";
	case STORY_VKEY:
		return "VKEY";
	case STORY_ID:
		return "ID";
	case STORY_COPY:
		return "FILE";
	default:
		return "TEXT";
	}
}

/* One option for each key of all kinds. */
static size_t collect_options(struct option *out, struct add_orders *orders)
{
	size_t n = 0;

	for (int kind = 0; kind < STORY_KINDS; kind++) {
		size_t n_rules;
		const struct story_rule *rules = story_rules(&n_rules, (enum story_kind)kind);

		for (size_t i = 0; i < n_rules; i++) {
			const size_t before = orders->n_keys;
			struct option_list *values = values_of(orders, rules[i].key);

			if (orders->n_keys == before)
				continue;
			out[n++] = (struct option){.name = option_of(rules[i].key),
						   .value = value_name(&rules[i]),
						   .about = rules[i].words,
						   .list = values};
		}
	}
	return n;
}

/* --- What the record is made of -----------------------------------------------------------------
 */

static enum undersign_status open_letter(struct adding *adding, struct problem *problem)
{
	struct file_content content;
	struct note_verdict verdict;
	struct note note;
	char path[4096];

	snprintf(path, sizeof path, "%s/manifest", adding->orders->letter);
	enum undersign_status status = cli_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const struct bytes copy = arena_copy(adding->arena, file_content_view(&content));
	file_content_free(&content);
	if (!copy.data)
		return UNDERSIGN_E_MEMORY;
	status = note_parse(&note, copy, problem);
	if (status == UNDERSIGN_OK)
		status = manifest_parse(&adding->manifest, note.text, adding->arena, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &adding->manifest.organiser, 1,
				     NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

static enum undersign_status read_date(uint64_t *out, const char *option, const char *text,
				       struct problem *problem)
{
	if (!text) {
		enum undersign_status status = cli_now(out, problem);
		*out -= *out % 86400;
		return status;
	}
	if (date_decode(out, bytes_from_text(text)) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	problem_where(problem, "option", bytes_from_text(option));
	problem_rule(problem, "a date is YYYY-MM-DD");
	problem_what(problem, "", bytes_from_text(text));
	return UNDERSIGN_E_USAGE;
}

/* An ID as `record list` prints it, or the file of the record itself. */
static enum undersign_status read_id(uint8_t out[static SHA256_BYTES], const char *option,
				     const char *text, struct problem *problem)
{
	struct file_content content;
	struct note note;

	if (hex_decode(out, SHA256_BYTES, bytes_from_text(text)) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	if (file_exists(text)) {
		enum undersign_status status =
			cli_read(&content, text, NOTE_LEN_MAX, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		status = note_parse(&note, file_content_view(&content), problem);
		if (status == UNDERSIGN_OK)
			record_id(out, note.text);
		else
			problem_inside(problem, "file", bytes_from_text(text));
		file_content_free(&content);
		return status;
	}
	problem_where(problem, "option", bytes_from_text(option));
	problem_rule(problem, "a record's id, 64 digits as undersign record list prints it, or its "
			      "file");
	problem_what(problem, "", bytes_from_text(text));
	return UNDERSIGN_E_USAGE;
}

static enum undersign_status read_copy(struct adding *adding, const char *path,
				       struct problem *problem)
{
	enum undersign_status status =
		cli_read(&adding->copy, path, COPY_MAX, FILE_PUBLIC, problem);

	if (status == UNDERSIGN_OK)
		status = read_date(&adding->copied.date, "--copied", adding->orders->copied,
				   problem);
	if (status != UNDERSIGN_OK)
		return status;
	adding->copied.len = adding->copy.len;
	sha256(adding->copied.sha256, file_content_view(&adding->copy));
	return UNDERSIGN_OK;
}

static enum undersign_status write_value(struct adding *adding, struct writer *writer,
					 const struct story_rule *rule, const char *value,
					 struct problem *problem)
{
	uint8_t id[SHA256_BYTES];
	enum undersign_status status;

	if (rule->form == STORY_COPY) {
		status = read_copy(adding, value, problem);
		if (status == UNDERSIGN_OK)
			story_copy_write(writer, &adding->copied);
		return status;
	}
	if (rule->form != STORY_ID) {
		line_write(writer, rule->key, bytes_from_text(value));
		return UNDERSIGN_OK;
	}
	status = read_id(id, "--of", value, problem);
	if (status != UNDERSIGN_OK)
		return status;
	writer_text(writer, rule->key);
	writer_u8(writer, ' ');
	writer_base64(writer, bytes_from(id, sizeof id));
	writer_u8(writer, '\n');
	return UNDERSIGN_OK;
}

/* From the bundle of the earlier version, in place of options. */
static enum undersign_status read_bundle(struct adding *adding, struct add_orders *orders,
					 struct problem *problem)
{
	const struct opened_options trust = {0};
	struct record_earlier *taken = ARENA_TAKE(adding->arena, struct record_earlier, 1);
	struct opened opened = {0};
	bool is_long = false;

	if (!taken)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = opened_open(&opened, orders->bundle, &trust, problem);
	if (status == UNDERSIGN_OK)
		status = record_earlier_take(taken, &is_long, &opened, adding->arena);
	opened_close(&opened);
	if (status != UNDERSIGN_OK)
		return status;
	*values_of(orders, "earlier") = taken->earlier;
	*values_of(orders, "title") = taken->title;
	*values_of(orders, "opened") = taken->opened;
	*values_of(orders, "as-of") = taken->as_of;
	*values_of(orders, "signed") = taken->n_signed;
	*values_of(orders, "text") = taken->text;
	if (is_long)
		talk_paragraph("warning: the text of the earlier version is too long for a record; "
			       "the page will not show what changed.");
	return UNDERSIGN_OK;
}

/* An option that is of other kinds only. */
static enum undersign_status check_options(const struct add_orders *orders, struct problem *problem)
{
	size_t n;
	const struct story_rule *rules = story_rules(&n, orders->kind);

	for (size_t k = 0; k < orders->n_keys; k++) {
		size_t i = 0;

		while (i < n && strcmp(rules[i].key, orders->keys[k]) != 0)
			i++;
		if (i < n || orders->values[k].n == 0)
			continue;
		problem_where(problem, "option", bytes_from_text(option_of(orders->keys[k])));
		problem_rule_name(problem, "a record of kind `{1}` has only its own lines",
				  bytes_from_text(story_kind_name(orders->kind)));
		problem_what(problem, "this is none of them", bytes_from(NULL, 0));
		return UNDERSIGN_E_USAGE;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status make_text(struct bytes *out, struct adding *adding,
				       struct problem *problem)
{
	const struct add_orders *orders = adding->orders;
	uint8_t *data = ARENA_TAKE(adding->arena, uint8_t, ROSTER_TEXT_MAX);
	struct writer writer = writer_new(data, ROSTER_TEXT_MAX);
	uint8_t revises[SHA256_BYTES];
	size_t n;
	const struct story_rule *rules = story_rules(&n, orders->kind);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = check_options(orders, problem);
	if (status == UNDERSIGN_OK)
		status = read_date(&adding->date, "--date", orders->date, problem);
	if (status == UNDERSIGN_OK && orders->revises) {
		if (orders->kind == STORY_SCALE || orders->kind == STORY_NOTICE) {
			problem_where(problem, "option", bytes_from_text("--revises"));
			problem_rule(problem, "scales and notices are not revised");
			return UNDERSIGN_E_USAGE;
		}
		status = read_id(revises, "--revises", orders->revises, problem);
	}
	if (status != UNDERSIGN_OK)
		return status;
	story_text_write_head(&writer, orders->kind, adding->manifest.context,
			      signer_key(adding->signer), adding->date,
			      orders->revises ? revises : NULL);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (strcmp(orders->keys[k], rules[i].key) != 0)
			k++;
		for (size_t v = 0; v < orders->values[k].n && status == UNDERSIGN_OK; v++)
			status = write_value(adding, &writer, &rules[i], orders->values[k].at[v],
					     problem);
	}
	if (status != UNDERSIGN_OK)
		return status;
	if (writer.has_overflowed) {
		problem_rule(problem, "a record has at most 65,000 bytes");
		return UNDERSIGN_E_LIMIT;
	}
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* --- Whether it would hold ----------------------------------------------------------------------
 */

/* The organiser's folder; of anything else only the manifest is looked at. */
static bool is_letter_folder(const char *letter)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/records", letter);
	return file_is_folder(path);
}

static size_t take_story(struct story_item *items, const struct adding *adding,
			 const struct folder_file *files, size_t n_files)
{
	size_t n = 0;

	for (size_t i = 0; i < n_files && n < RECORDS_MAX; i++) {
		struct note note;

		if (strncmp(files[i].name, "story/", 6) != 0 ||
		    note_parse(&note, files[i].content, NULL) != UNDERSIGN_OK ||
		    story_text_parse(&items[n].text, note.text, NULL) != UNDERSIGN_OK ||
		    memcmp(items[n].text.letter, adding->manifest.context, HASH_BYTES) != 0)
			continue;
		record_id(items[n].id, note.text);
		items[n] = (struct story_item){items[n].text, {0}, n, 0, DATE_MAX_SECONDS};
		record_id(items[n].id, note.text);
		n++;
	}
	return n;
}

/* Beside the other records of the folder, as if all stood in one epoch, this one last: what is void
 * there can never hold. */
static enum undersign_status check_story(struct adding *adding, const struct story_text *text,
					 struct problem *problem)
{
	struct folder_file *files;
	struct story story;
	size_t n_files;

	enum undersign_status status = letter_folder_read(&files, &n_files, adding->orders->letter,
							  adding->arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct story_item *items = ARENA_TAKE(adding->arena, struct story_item, n_files + 1);
	if (!items)
		return UNDERSIGN_E_MEMORY;
	size_t n = take_story(items, adding, files, n_files);
	items[n] = (struct story_item){.text = *text, .entry = n, .seconds = DATE_MAX_SECONDS};
	record_id(items[n].id, text->text);
	n++;
	status = story_tell(&story, items, n, &adding->manifest.organiser, adding->arena);
	if (status != UNDERSIGN_OK)
		return status;
	if (story.records[n - 1].state != STORY_VOID)
		return UNDERSIGN_OK;
	problem_where(problem, "record", bytes_from(NULL, 0));
	problem_rule(problem, story.records[n - 1].rule);
	problem_what(problem, "beside the records of", bytes_from_text(adding->orders->letter));
	return UNDERSIGN_E_INVALID;
}

static void warn(const struct adding *adding, const struct story_text *text)
{
	static const char *const warnings[] = {
		N_("the share joins several answers; the page will say which"),
		N_("the letter's word for those asked is not the poll's"),
		N_("a percentage in the claim is not the share of the poll"),
		N_("half lies within the sampling error"),
		N_("nobody was drawn at random: there is no sampling error"),
		N_("these words do not stand in the letter's text"),
	};
	const struct manifest_text *language =
		&adding->manifest.texts[adding->manifest.authoritative];
	char path[4096];
	struct file_content letter = {0};
	struct bytes called;

	snprintf(path, sizeof path, "%s/texts/%.*s.md", adding->orders->letter,
		 (int)language->language.len, (const char *)language->language.data);
	(void)!cli_read(&letter, path, MANIFEST_TEXT_MAX, FILE_PUBLIC, NULL);
	const unsigned lints =
		story_lints(&called, text, file_content_view(&letter), language->language);
	for (unsigned i = 0; i < sizeof warnings / sizeof warnings[0]; i++)
		if (lints & 1u << i)
			talk_paragraph("warning: %s.", catalogue_text(warnings[i]));
	file_content_free(&letter);
}

/* --- Writing ------------------------------------------------------------------------------------
 */

static enum undersign_status write_copy(const struct adding *adding, struct problem *problem)
{
	char folder[2048], path[4096], name[2 * SHA256_BYTES + 1] = {0};
	struct writer writer = writer_new(name, sizeof name - 1);
	size_t len = strlen(adding->orders->letter);

	if (!adding->copy.data)
		return UNDERSIGN_OK;
	while (len > 1 && adding->orders->letter[len - 1] == '/')
		len--;
	snprintf(folder, sizeof folder, "%.*s.copies", (int)len, adding->orders->letter);
	enum undersign_status status = folder_make(folder, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	writer_hex(&writer, bytes_from(adding->copied.sha256, SHA256_BYTES));
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return file_exists(path) ? UNDERSIGN_OK
				 : file_write(path, file_content_view(&adding->copy), FILE_PUBLIC,
					      FILE_NEW, problem);
}

static enum undersign_status write_record(char *path, size_t path_len, const struct adding *adding,
					  struct bytes text, struct bytes note,
					  struct problem *problem)
{
	uint8_t id[SHA256_BYTES];
	char start[9] = {0};
	struct writer writer = writer_new(start, sizeof start - 1);

	if (adding->orders->out) {
		snprintf(path, path_len, "%s", adding->orders->out);
		return cli_write(path, note, FILE_PUBLIC, FILE_NEW, problem);
	}
	record_id(id, text);
	writer_hex(&writer, bytes_from(id, 4));
	snprintf(path, path_len, "%s/story", adding->orders->letter);
	enum undersign_status status = folder_make(path, FILE_PUBLIC, problem);
	if (status == UNDERSIGN_OK)
		status = write_copy(adding, problem);
	snprintf(path, path_len, "%s/story/%s-%s.note", adding->orders->letter,
		 story_kind_name(adding->orders->kind), start);
	return status == UNDERSIGN_OK ? file_write(path, note, FILE_PUBLIC, FILE_NEW, problem)
				      : status;
}

static enum undersign_status add(struct adding *adding, char *path, size_t path_len,
				 struct problem *problem)
{
	struct story_text parsed;
	struct bytes text, note;

	enum undersign_status status = open_letter(adding, problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&adding->signer, adding->orders->key, problem);
	if (status == UNDERSIGN_OK && adding->orders->bundle)
		status = read_bundle(adding, adding->orders, problem);
	if (status == UNDERSIGN_OK)
		status = make_text(&text, adding, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = story_text_parse(&parsed, text, problem);
	if (status == UNDERSIGN_OK && is_letter_folder(adding->orders->letter))
		status = check_story(adding, &parsed, problem);
	if (status == UNDERSIGN_OK && !adding->orders->out &&
	    !is_letter_folder(adding->orders->letter)) {
		problem_where(problem, "option", bytes_from_text("-o"));
		problem_rule(problem, "beside a bundle, -o says where the record goes");
		status = UNDERSIGN_E_USAGE;
	}
	if (status == UNDERSIGN_OK)
		status = letter_sign(&note, text, adding->signer, adding->arena, problem);
	if (status == UNDERSIGN_OK)
		status = write_record(path, path_len, adding, text, note, problem);
	if (status == UNDERSIGN_OK && adding->orders->kind == STORY_CITATION)
		warn(adding, &parsed);
	return status;
}

static int run(struct add_orders *orders)
{
	struct adding adding = {.orders = orders};
	struct problem problem = {0};
	char path[4096];

	arena_heap_open(&adding.heap, SIZE_MAX, false);
	adding.arena = &adding.heap.arena;
	const enum undersign_status status = add(&adding, path, sizeof path, &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, headline, &problem, NULL);
	} else {
		output_text(bytes_from_text(path));
		printf("\n");
		if (orders->out)
			talk_paragraph("Next: undersign deliver, or give it to the desk.");
		else
			talk_paragraph("Next: undersign publish DESK --letter FOLDER.");
	}
	file_content_free(&adding.copy);
	signer_close(adding.signer);
	arena_heap_close(&adding.heap);
	return code;
}

int record_add(int argc, char **argv)
{
	static struct add_orders orders;
	static struct option options[LINES_MAX + 8];
	size_t n = 0;

	options[n++] = (struct option){.name = "--key",
				       .letter = "-k",
				       .value = "FILE",
				       .about = "the author's private key",
				       .is_required = true,
				       .text = &orders.key};
	options[n++] = (struct option){.name = "--date",
				       .value = "DATE",
				       .about = "the day of what is told; today",
				       .text = &orders.date};
	options[n++] = (struct option){.name = "--revises",
				       .value = "ID|FILE",
				       .about = "the record that this one is a new version of",
				       .text = &orders.revises};
	options[n++] = (struct option){.name = "--copied",
				       .value = "DATE",
				       .about = "the day on which --copy was made; today",
				       .text = &orders.copied};
	options[n++] = (struct option){.name = "--output",
				       .letter = "-o",
				       .value = "FILE",
				       .about = "where the record goes (LETTER/story)",
				       .text = &orders.out};
	options[n++] = (struct option){.name = "--bundle",
				       .value = "BUNDLE",
				       .about = "of an earlier version: what is said of it comes "
						"from there",
				       .text = &orders.bundle};
	n += collect_options(options + n, &orders);
	const struct options_form form = {
		.usage = "undersign record add KIND LETTER --key FILE [--actor NAME] ...",
		.about = "Signs a record of what happens around a letter. KIND is actor, scale, "
			 "endorsement, stance, citation, demand, move, reply, delivery, notice or "
			 "earlier; "
			 "LETTER the letter's folder, or a bundle of it and -o FILE. The lines of "
			 "each kind stand in formats 3.5, and each is an option of its name; the "
			 "key of an actor or of a revocation is --vkey. What cannot hold beside "
			 "the other records of the folder is refused.",
		.options = options,
		.n_options = n,
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.kind = story_kind_named(bytes_from_text(operands.at[0]));
	if (orders.kind == STORY_KINDS)
		return options_refuse(&form, "There is no record of the kind %s.", operands.at[0]);
	if (orders.bundle && orders.kind != STORY_EARLIER)
		return options_refuse(&form, "--bundle goes with records of the kind earlier.");
	orders.letter = operands.at[1];
	return run(&orders);
}

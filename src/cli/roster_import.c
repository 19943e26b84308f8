#include "cli.h"
#include "roster_folder.h"
#include "roster_verbs.h"
#include "ssh_keys.h"

#include <string.h>

static const char headline[] = N_("Nobody was entered.");

struct import_orders {
	const char *from, *key;
	bool is_declared, is_json;
};

/* What was read, and what became of it. */
struct import_result {
	const struct ssh_keys_file *files;
	struct ssh_keys keys;
	uint32_t n_entered;
	uint32_t n_known; /* usable, but on the roster already */
	bool *is_known;   /* of each line */
};

static const struct {
	const char *name;
	enum ssh_keys_form form;
	enum ssh_keys_persons persons;
	enum snapshot_persons published;
} forms[] = {
	{"authorized_keys", SSH_KEYS_AUTHORIZED, SSH_KEYS_BY_COMMENT, SNAPSHOT_PERSONS_COMMENT},
	{"allowed_signers", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL,
	 SNAPSHOT_PERSONS_PRINCIPAL},
	{"keys", SSH_KEYS_BARE, SSH_KEYS_BY_FILE, SNAPSHOT_PERSONS_FILE},
};
#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

static enum undersign_status read_files(struct import_result *out, const struct operands *operands,
					enum ssh_keys_form form, enum ssh_keys_persons persons,
					struct arena *arena, struct problem *problem)
{
	uint64_t now;
	enum undersign_status status = cli_now(&now, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct ssh_keys_file *files = ARENA_TAKE(arena, struct ssh_keys_file, operands->n);
	if (!files)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < operands->n; i++) {
		struct file_content content;
		status = cli_read(&content, operands->at[i], SSH_KEYS_FILE_MAX, FILE_PUBLIC,
				  problem);
		if (status != UNDERSIGN_OK)
			return status;
		files[i] = (struct ssh_keys_file){
			.name = bytes_from_text(operands->at[i]),
			.form = form,
			.content = arena_copy(arena, file_content_view(&content)),
		};
		bool is_copied = content.len == 0 || files[i].content.data;
		file_content_free(&content);
		if (!is_copied)
			return UNDERSIGN_E_MEMORY;
	}
	out->files = files;
	return ssh_keys_read(&out->keys, files, operands->n, persons, now, arena, problem);
}

/* One person, one key: of keys that were entered before nobody knows any more whose they are. */
static enum undersign_status check_persons(const struct roster_folder *folder,
					   enum snapshot_persons published, struct problem *problem)
{
	if (folder->edition.n == 0)
		return UNDERSIGN_OK;
	if (published == SNAPSHOT_PERSONS_DECLARED && folder->fixed.persons == published)
		return UNDERSIGN_OK;
	problem_where(problem, "roster", folder->fixed.roster);
	problem_rule(problem, "the keys of an edition are entered at once, so that one person has "
			      "one key; only declared ones may follow declared ones");
	problem_what_numbers(problem,
			     "there are {1} entries in edition {2}; begin the next edition",
			     folder->edition.n, folder->fixed.edition);
	return UNDERSIGN_E_CONFLICT;
}

static enum undersign_status enter_keys(struct roster_folder *folder, struct import_result *result,
					struct problem *problem)
{
	result->is_known = ARENA_TAKE(&folder->heap.arena, bool, result->keys.n + 1);
	if (!result->is_known)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < result->keys.n; i++) {
		const struct ssh_keys_line *line = &result->keys.lines[i];
		if (line->reason != SSH_KEYS_USABLE)
			continue;
		enum undersign_status status =
			edition_add_key(&folder->edition, line->key, bytes_from(NULL, 0), problem);
		if (status == UNDERSIGN_E_CONFLICT) {
			result->is_known[i] = true;
			result->n_known++;
			*problem = (struct problem){0};
		} else if (status != UNDERSIGN_OK) {
			problem_inside_number(problem, "line", line->number);
			problem_inside(problem, "file", result->files[line->file].name);
			return status;
		} else {
			result->n_entered++;
		}
	}
	if (result->n_entered > 0)
		return UNDERSIGN_OK;
	problem_rule(problem, "at least one line holds a new ssh-ed25519 key");
	problem_what_numbers(problem, "none of {1} lines in {2} or more files does", result->keys.n,
			     result->files ? 1 : 0);
	return UNDERSIGN_E_INVALID;
}

static void explain(struct problem *out, const struct import_result *result, uint32_t i)
{
	const struct ssh_keys_line *line = &result->keys.lines[i];
	*out = (struct problem){0};
	if (result->is_known && result->is_known[i]) {
		problem_where_number(out, "line", line->number);
		problem_inside(out, "file", result->files[line->file].name);
		problem_rule(out, "a key stands in an edition once");
		problem_what(out, "it is on this roster already", bytes_from(NULL, 0));
		return;
	}
	ssh_keys_explain(out, line, result->files);
}

static bool is_refused(const struct import_result *result, uint32_t i)
{
	return result->keys.lines[i].reason != SSH_KEYS_USABLE ||
	       (result->is_known && result->is_known[i]);
}

static void say_refused(const struct import_result *result)
{
	for (uint32_t i = 0; i < result->keys.n; i++) {
		if (!is_refused(result, i))
			continue;
		struct problem problem;
		const struct ssh_keys_line *line = &result->keys.lines[i];
		explain(&problem, result, i);
		/* As compilers do, so that editors find the place. */
		talk_say("%.*s:%u: %s\n", (int)result->files[line->file].name.len,
			 (const char *)result->files[line->file].name.data, (unsigned)line->number,
			 result->is_known && result->is_known[i]
				 ? _("known")
				 : catalogue_text(ssh_keys_reason_text(line->reason)));
		talk_fault_row(stderr, TALK_WHAT, problem.what);
		talk_fault_row(stderr, TALK_RULE, problem.rule);
	}
}

static void print_json(const struct import_result *result, uint32_t n_members)
{
	json_t *rows = json_array();
	for (uint32_t i = 0; i < result->keys.n; i++) {
		if (!is_refused(result, i))
			continue;
		struct problem problem;
		const struct ssh_keys_line *line = &result->keys.lines[i];
		bool is_known = result->is_known && result->is_known[i];
		explain(&problem, result, i);
		json_array_append_new(
			rows, json_pack("{s:o, s:I, s:s, s:o, s:o}", "file",
					output_json_text(result->files[line->file].name), "line",
					(json_int_t)line->number, "reason",
					is_known ? "known" : ssh_keys_reason_text(line->reason),
					"rule", output_json_text(bytes_from_text(problem.rule)),
					"what", output_json_text(bytes_from_text(problem.what))));
	}
	output_json(json_pack("{s:I, s:I, s:I, s:o}", "lines", (json_int_t)result->keys.n,
			      "entered", (json_int_t)result->n_entered, "members",
			      (json_int_t)n_members, "refused", rows));
}

static int import(const struct import_orders *orders, size_t form, const struct operands *operands)
{
	struct problem problem = {0};
	struct roster_folder folder;
	struct signer *signer = NULL;
	struct import_result result = {0};
	const struct operands files = {operands->n - 1, operands->at + 1};
	enum ssh_keys_persons persons =
		orders->is_declared ? SSH_KEYS_DECLARED : forms[form].persons;
	enum snapshot_persons published =
		orders->is_declared ? SNAPSHOT_PERSONS_DECLARED : forms[form].published;

	enum undersign_status status = roster_folder_open(&folder, operands->at[0], true, &problem);
	if (status == UNDERSIGN_OK && folder.fixed.class_of_members != ROSTER_RAW_KEY) {
		problem_where(&problem, "roster", folder.fixed.roster);
		problem_rule(&problem, "keys are entered on a roster of class raw-key");
		problem_what(&problem, "its class is enrolled", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK && orders->key)
		status = roster_open_key(&signer, orders->key, &folder.fixed.key, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_load(&folder, &problem);
	if (status == UNDERSIGN_OK)
		status = check_persons(&folder, published, &problem);
	if (status == UNDERSIGN_OK)
		status = read_files(&result, &files, forms[form].form, persons, &folder.heap.arena,
				    &problem);
	if (status == UNDERSIGN_OK)
		status = enter_keys(&folder, &result, &problem);
	/* First how persons were told apart: alone it says nothing yet. */
	if (status == UNDERSIGN_OK) {
		folder.fixed.persons = published;
		status = roster_folder_save_fixed(&folder, &problem);
	}
	if (status == UNDERSIGN_OK)
		status = roster_folder_save(&folder, &problem);
	if (status != UNDERSIGN_OK)
		result.n_entered = 0;

	if (orders->is_json)
		print_json(&result, status == UNDERSIGN_OK ? folder.edition.n : 0);
	else
		say_refused(&result);
	int code = CLI_YES;
	if (status == UNDERSIGN_OK)
		talk_paragraph("Entered %u of %u lines. The roster has %u entries now. Next: "
			       "undersign roster snapshot %s",
			       (unsigned)result.n_entered, (unsigned)result.keys.n,
			       (unsigned)folder.edition.n, operands->at[0]);
	else
		code = talk_refuse(status, headline, &problem, NULL);
	signer_close(signer);
	roster_folder_close(&folder);
	return code;
}

int roster_import(int argc, char **argv)
{
	struct import_orders orders = {0};
	const struct option options[] = {
		{.name = "--from",
		 .value = "FORM",
		 .about = "authorized_keys (a person is a comment), allowed_signers (a person is a "
			  "principal) or keys (a person is a file)",
		 .is_required = true,
		 .text = &orders.from},
		{.name = "--one-key-per-person-declared",
		 .about = "you declare that no two keys are of one person; this is published",
		 .flag = &orders.is_declared},
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the steward's private key: only checked to be the roster's",
		 .text = &orders.key},
		{.name = "--json",
		 .about = "the report as JSON on standard output",
		 .flag = &orders.is_json},
	};
	const struct options_form form = {
		.usage = "undersign roster import FOLDER --from FORM FILE...",
		.about = "Enters members by their ssh-ed25519 public keys, one a person, on a "
			 "roster "
			 "of class raw-key. Every line that cannot serve is reported, with the "
			 "reason; "
			 "the others are entered. Exit 1 if none is.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	for (size_t i = 0; i < N_FORMS; i++) {
		if (strcmp(orders.from, forms[i].name) == 0)
			return import(&orders, i, &operands);
	}
	return options_refuse(&form,
			      "--from is authorized_keys, allowed_signers or keys, not \"%s\".",
			      orders.from);
}

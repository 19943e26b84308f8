#include "admit_evidence.h"
#include "archive.h"
#include "cli.h"
#include "encoding.h"
#include "enrolment.h"
#include "entropy.h"
#include "roster_folder.h"
#include "roster_verbs.h"
#include "threads.h"

#include <stdlib.h>
#include <string.h>

static const char headline[] = N_("Nobody was admitted.");

struct admit_batch {
	const char **paths;
	bool *are_from_folder; /* beside the paths */
	size_t n_paths;        /* that there is room for */
	size_t n_known;        /* of folders, left out: they stand on the roster */
	struct bytes *requests;
	uint8_t (*fingerprints)[SHA256_BYTES];
	struct admit_evidence *evidence; /* NULL: on the steward's word */
	size_t n;
};

#define ENDING ".request"

static bool is_request_name(const char *name)
{
	const size_t len = strlen(name);

	return len > strlen(ENDING) && strcmp(name + len - strlen(ENDING), ENDING) == 0;
}

/* The requests in a folder, NAME.request each; what else is there is evidence. */
static enum undersign_status list_requests(const char ***out, size_t *out_n, const char *folder,
					   struct arena *arena, struct problem *problem)
{
	struct folder_list list;
	enum undersign_status status = folder_list(&list, folder, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const char **paths = ARENA_TAKE(arena, const char *, list.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < list.n && paths; i++) {
		const char *name = list.entries[i].name;
		const size_t len = strlen(folder) + 1 + strlen(name) + 1;
		if (!is_request_name(name))
			continue;
		char *path = ARENA_TAKE(arena, char, len);
		if (path)
			snprintf(path, len, "%s/%s", folder, name);
		else
			status = UNDERSIGN_E_MEMORY;
		paths[n++] = path;
	}
	folder_list_free(&list);
	if (!paths || status != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	if (n == 0) {
		problem_where(problem, "folder", bytes_from_text(folder));
		problem_rule(problem, "a folder of requests has files NAME" ENDING);
		problem_what(problem, "there is none", bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	*out = paths;
	*out_n = n;
	return UNDERSIGN_OK;
}

/* What the operands name: files as they are, of folders the requests in them. */
static enum undersign_status find_requests(struct admit_batch *out, const struct operands *operands,
					   struct arena *arena, struct problem *problem)
{
	for (size_t i = 0; i < operands->n; i++) {
		const char *one = operands->at[i], **found = &one, **all;
		size_t n = 1;
		if (strcmp(one, "-") != 0 && file_is_folder(one)) {
			enum undersign_status status =
				list_requests(&found, &n, one, arena, problem);
			if (status != UNDERSIGN_OK)
				return status;
		}
		/* Twice as much each time: the number of operands is nobody's to choose. */
		if (out->n + n > out->n_paths) {
			const size_t capacity = 2 * (out->n + n);
			bool *are_from_folder = ARENA_TAKE(arena, bool, capacity);
			all = ARENA_TAKE(arena, const char *, capacity);
			if (!all || !are_from_folder)
				return UNDERSIGN_E_MEMORY;
			if (out->n > 0) {
				memcpy(all, out->paths, out->n * sizeof(*all));
				memcpy(are_from_folder, out->are_from_folder, out->n);
			}
			out->paths = all;
			out->are_from_folder = are_from_folder;
			out->n_paths = capacity;
		}
		memcpy(out->paths + out->n, found, n * sizeof(*found));
		memset(out->are_from_folder + out->n, found != &one, n);
		out->n += n;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status read_requests(struct admit_batch *out, struct arena *arena,
					   struct problem *problem)
{
	const size_t n = out->n;
	out->requests = ARENA_TAKE(arena, struct bytes, n);
	out->fingerprints = arena_take(arena, n, SHA256_BYTES);
	if (!out->requests || !out->fingerprints)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		struct file_content content;
		enum undersign_status status =
			cli_read(&content, out->paths[i], ENROLMENT_LEN_MAX, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		out->requests[i] = arena_copy(arena, file_content_view(&content));
		bool is_copied = content.len == 0 || out->requests[i].data;
		file_content_free(&content);
		if (!is_copied)
			return UNDERSIGN_E_MEMORY;
		enrolment_fingerprint(out->fingerprints[i], out->requests[i]);
	}
	return UNDERSIGN_OK;
}

static enum undersign_status write_admission(struct writer *writer,
					     const struct admission *admission,
					     const struct admit_batch *batch, size_t first,
					     uint32_t n, struct arena *arena)
{
	const uint8_t(*fingerprints)[SHA256_BYTES] =
		(const uint8_t(*)[SHA256_BYTES])batch->fingerprints + first;
	if (!batch->evidence)
		return admission_write(writer, admission, fingerprints, n);
	struct admission_grounds *grounds = ARENA_TAKE(arena, struct admission_grounds, n);
	if (!grounds)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < n; i++)
		grounds[i] = batch->evidence[first + i].grounds;
	return admission_write_grounds(writer, admission, fingerprints, grounds, n);
}

/* The signed note that admits requests first to first + n - 1. */
static enum undersign_status sign_admission(struct bytes *out, struct roster_folder *folder,
					    struct signer *signer, uint64_t date,
					    const struct admit_batch *batch, size_t first,
					    uint32_t n, struct problem *problem)
{
	struct admission admission = {
		.roster = folder->fixed.roster,
		.edition = folder->fixed.edition,
		.date = date,
		.key = folder->fixed.key,
	};
	uint8_t *text = malloc(ROSTER_TEXT_MAX);
	uint8_t *note = malloc(NOTE_LEN_MAX);
	enum undersign_status status = text && note ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	struct writer text_writer = writer_new(text, ROSTER_TEXT_MAX);
	struct writer note_writer = writer_new(note, NOTE_LEN_MAX);
	struct note_signer note_signer = signer_note_signer(signer);
	if (status == UNDERSIGN_OK)
		status = write_admission(&text_writer, &admission, batch, first, n,
					 &folder->heap.arena);
	if (status == UNDERSIGN_OK)
		status = note_sign(&note_writer, writer_view(&text_writer), &note_signer, 1);
	if (status == UNDERSIGN_OK) {
		*out = arena_copy(&folder->heap.arena, writer_view(&note_writer));
		if (!out->data)
			status = UNDERSIGN_E_MEMORY;
	} else {
		problem_where(problem, "admission", bytes_from(NULL, 0));
	}
	free(text);
	free(note);
	return status;
}

/* An admission for each, signed in as few notes as hold them. */
static enum undersign_status sign_all(struct bytes *out, struct roster_folder *folder,
				      struct signer *signer, uint64_t date,
				      const struct admit_batch *batch, struct problem *problem)
{
	const uint32_t most = batch->evidence ? ADMISSION_GROUNDS_MAX : ADMISSION_REQUESTS_MAX;
	struct bytes note = {NULL, 0};
	for (size_t i = 0; i < batch->n; i++) {
		if (i % most == 0) {
			const size_t left = batch->n - i;
			const uint32_t n = left < most ? (uint32_t)left : most;
			const enum undersign_status status =
				sign_admission(&note, folder, signer, date, batch, i, n, problem);
			if (status != UNDERSIGN_OK)
				return status;
		}
		out[i] = note;
	}
	return UNDERSIGN_OK;
}

/* Adds all, or says which cannot be: nothing is written before all were. */
static enum undersign_status add_all(struct roster_folder *folder, struct signer *signer,
				     const struct admit_orders *orders,
				     const struct admit_batch *batch, struct problem *problem)
{
	struct bytes *notes = ARENA_TAKE(&folder->heap.arena, struct bytes, batch->n);
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	struct threads threads = {0};
	uint8_t fresh[32];
	size_t n = batch->n;
	enum undersign_status status = notes ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = sign_all(notes, folder, signer, orders->date, batch, problem);
	if (status == UNDERSIGN_OK)
		status = random.fill(random.cookie, fresh, sizeof(fresh));
	entropy_close(&entropy);
	if (status != UNDERSIGN_OK)
		return status;
	threads_begin(&threads, orders->n_threads);
	status = edition_add_requests(&folder->edition, &n, batch->requests, notes, batch->n, fresh,
				      &threads.parallel, problem);
	threads_end(&threads);
	if (status != UNDERSIGN_OK && n < batch->n)
		problem_inside(problem, "file", bytes_from_text(batch->paths[n]));
	return status;
}

static void print_admitted(const struct roster_folder *folder, const struct admit_batch *batch,
			   bool is_json)
{
	json_t *rows = is_json ? json_array() : NULL;
	uint32_t first = folder->edition.n - (uint32_t)batch->n;
	for (size_t i = 0; i < batch->n; i++) {
		uint8_t hex[2 * SHA256_BYTES];
		struct writer writer = writer_new(hex, sizeof(hex));
		writer_hex(&writer, bytes_from(batch->fingerprints[i], SHA256_BYTES));
		struct bytes path = bytes_from_text(batch->paths[i]);
		if (is_json) {
			json_t *row = json_pack("{s:I, s:o, s:o}", "entry", (json_int_t)(first + i),
						"request", output_json_text(writer_view(&writer)),
						"file", output_json_text(path));
			if (batch->evidence)
				json_object_set_new(row, "evidence",
						    json_string(evidence_kind_text(
							    batch->evidence[i].grounds.kind)));
			json_array_append_new(rows, row);
			continue;
		}
		output_text(writer_view(&writer));
		printf(" %u ", (unsigned)(first + i));
		output_text(path);
		putchar('\n');
	}
	if (is_json)
		output_json(json_pack("{s:o, s:I}", "admitted", rows, "members",
				      (json_int_t)folder->edition.n));
}

/* Checks every request's evidence, before the steward's key is opened. */
static enum undersign_status check_evidence(struct admit_batch *batch, struct roster_folder *folder,
					    const struct evidence_folder *keep,
					    const struct admit_orders *orders,
					    struct problem *problem)
{
	batch->evidence = ARENA_TAKE(&folder->heap.arena, struct admit_evidence, batch->n);
	if (!batch->evidence)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < batch->n; i++) {
		batch->evidence[i].path = batch->paths[i];
		batch->evidence[i].request = batch->requests[i];
		batch->evidence[i].fingerprint = batch->fingerprints[i];
	}
	return admit_evidence_check(batch->evidence, batch->n, keep, &folder->fixed, orders,
				    &folder->heap.arena, problem);
}

/* Leaves out what a folder has and the roster has too: a folder may be filled from a desk again and
 * again. Files that were named one by one are refused if they stand already. */
static enum undersign_status leave_out_known(struct admit_batch *batch,
					     struct roster_folder *folder)
{
	struct archive_reader reader = archive_read(file_content_view(&folder->archive), NULL);
	struct archive_entry entry;
	struct element_set known;
	size_t kept = 0;
	element_set_begin(&known, &folder->heap.arena);
	while (archive_next(&reader, &entry)) {
		uint8_t fingerprint[SHA256_BYTES];
		enrolment_fingerprint(fingerprint, entry.request);
		const enum undersign_status status =
			element_set_add(&known, fingerprint, (struct element_place){0, 0});
		if (status == UNDERSIGN_E_MEMORY)
			return status;
	}
	for (size_t i = 0; i < batch->n; i++) {
		if (batch->are_from_folder[i] && element_set_find(&known, batch->fingerprints[i]))
			continue;
		batch->paths[kept] = batch->paths[i];
		batch->requests[kept] = batch->requests[i];
		memmove(batch->fingerprints[kept++], batch->fingerprints[i], SHA256_BYTES);
	}
	batch->n_known = batch->n - kept;
	batch->n = kept;
	return UNDERSIGN_OK;
}

/* What the roster asks for where no foreign key serves, and who is on it. */
static enum undersign_status take_rules(struct evidence_rules *rules, struct roster_folder *folder,
					struct admit_orders *orders, struct problem *problem)
{
	bool is_there;
	enum undersign_status status = roster_folder_rules(rules, &is_there, folder, problem);
	orders->rules = is_there ? rules : NULL;
	orders->edition = &folder->edition;
	return status;
}

static int admit(const struct operands *operands, const char *key, struct admit_orders *orders,
		 bool is_json)
{
	struct problem problem = {0};
	struct roster_folder folder;
	struct evidence_folder keep = {0};
	struct evidence_rules rules;
	struct signer *signer = NULL;
	struct admit_batch batch = {0};
	const char *path = operands->at[0];
	const struct operands requests = {operands->n - 1, operands->at + 1};
	const bool has_evidence = orders->keep != NULL;
	enum undersign_status status = roster_folder_open(&folder, path, true, &problem);
	if (status == UNDERSIGN_OK && folder.fixed.class_of_members != ROSTER_ENROLLED) {
		problem_where(&problem, "roster", folder.fixed.roster);
		problem_rule(&problem, "a roster of raw keys takes no requests");
		problem_what(&problem, "its class is raw-key", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK && orders->date == UINT64_MAX)
		status = cli_now(&orders->date, &problem);
	if (status == UNDERSIGN_OK)
		status = find_requests(&batch, &requests, &folder.heap.arena, &problem);
	if (status == UNDERSIGN_OK)
		status = read_requests(&batch, &folder.heap.arena, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_load(&folder, &problem);
	if (status == UNDERSIGN_OK)
		status = leave_out_known(&batch, &folder);
	if (status == UNDERSIGN_OK && batch.n == 0) {
		talk_paragraph("Nobody new: all %zu requests stand on the roster.", batch.n_known);
		roster_folder_close(&folder);
		return CLI_YES;
	}
	if (status == UNDERSIGN_OK && has_evidence)
		status = take_rules(&rules, &folder, orders, &problem);
	if (status == UNDERSIGN_OK && has_evidence)
		status = evidence_folder_open(&keep, orders->keep, &folder.fixed, &problem);
	if (status == UNDERSIGN_OK && has_evidence)
		status = check_evidence(&batch, &folder, &keep, orders, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_open_key(&signer, key, &folder.fixed.key, &problem);
	if (status == UNDERSIGN_OK)
		status = add_all(&folder, signer, orders, &batch, &problem);
	if (status == UNDERSIGN_OK && has_evidence)
		status = admit_evidence_keep(batch.evidence, batch.n, &keep, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_save(&folder, &problem);
	int code = CLI_YES;
	if (status == UNDERSIGN_OK && batch.n_known > 0)
		talk_paragraph("%zu requests stand on the roster already; they are left out.",
			       batch.n_known);
	if (status == UNDERSIGN_OK) {
		print_admitted(&folder, &batch, is_json);
		if (has_evidence)
			admit_evidence_tell(batch.evidence, batch.n, &keep, orders->date);
		talk_paragraph("Admitted %zu. The roster has %u entries now. Next: undersign "
			       "roster snapshot %s",
			       batch.n, (unsigned)folder.edition.n, path);
	} else {
		code = talk_refuse(status, headline, &problem,
				   batch.n > 0 ? "leave that request out, or ask its member for "
						 "another; the roster is as it was"
					       : NULL);
	}
	signer_close(signer);
	evidence_folder_close(&keep);
	roster_folder_close(&folder);
	return code;
}

int roster_admit(int argc, char **argv)
{
	const char *key = NULL;
	struct option_list against = {0};
	struct option_list evidence = {0};
	struct admit_orders orders = {
		.evidence = &evidence, .against = &against, .date = UINT64_MAX};
	bool is_json = false;
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the steward's private key",
		 .is_required = true,
		 .text = &key},
		{.name = "--date",
		 .value = "DATE",
		 .about = "the admission's date; today",
		 .date = &orders.date},
		{.name = "--against",
		 .value = "FILE",
		 .about = "with --keep: a file that says whose keys are whose (allowed signers, or "
			  "keys named NAME.keys; OpenPGP keyrings; root and other certificates, "
			  "revocation lists). Each request's evidence stands beside it, as "
			  "REQUEST.sig, .asc, .p7s, .stewards or .vouch; the last two need the "
			  "roster's rules instead. May stand several times",
		 .list = &against},
		{.name = "--evidence",
		 .value = "FILE",
		 .about = "the evidence, if there is one request; of vouching members one file "
			  "each",
		 .list = &evidence},
		{.name = "--organisation",
		 .value = "NAME",
		 .about = "refuse certificates of another one: O and OU of the subject, with a "
			  "comma and a space between",
		 .text = &orders.organisation},
		{.name = "--keep",
		 .value = "FOLDER",
		 .about = "admit on evidence: your private folder of this edition's evidence, made "
			  "if it is not there. It says who enrolled, and is burnt at the "
			  "calendar's end",
		 .text = &orders.keep},
		{.name = "--json", .about = "print what was admitted as JSON", .flag = &is_json},
		THREADS_OPTION(orders.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign roster admit FOLDER --key FILE REQUEST...\n"
			 "undersign roster admit FOLDER --key FILE --keep FOLDER [--against "
			 "FILE...]\n"
			 "       REQUEST...",
		.about =
			"Enters members by their enrolment requests: all of them or, if one is "
			"wrong, "
			"none. You say with your signature that each request is that of a member "
			"of "
			"the organisation, and that nobody enters twice; so compare the "
			"fingerprint "
			"with the member, face to face or by telephone, before you admit. A "
			"REQUEST that is a folder stands for the files NAME.request in it, but for "
			"those that were admitted before. Prints "
			"the fingerprint, the entry's number and the file of each.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (!orders.keep && against.n + evidence.n > 0)
		return options_refuse(&form, "Evidence needs --keep.");
	if (evidence.n > 0 && operands.n != 2)
		return options_refuse(&form, "--evidence goes with one request.");
	return admit(&operands, key, &orders, is_json);
}

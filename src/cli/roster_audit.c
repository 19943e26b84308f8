#include "audit.h"
#include "cli.h"
#include "encoding.h"
#include "entropy.h"
#include "refusals.h"
#include "roster_folder.h"
#include "roster_verbs.h"
#include "terminal.h"
#include "threads.h"

#include <inttypes.h>
#include <stdlib.h>

struct audit_orders {
	const char *vkey;
	uint64_t since, n_threads;
	bool is_list_only, is_json;
};

/* "word": the steward's, without evidence. */
static const char *kind_text(int kind)
{
	return kind == 0 ? "word" : evidence_kind_text((enum evidence_kind)kind);
}

static void print_json(const struct audit_report *report, bool is_valid)
{
	json_t *rows = json_array();
	size_t n =
		report->n_problems < AUDIT_PROBLEMS_MAX ? report->n_problems : AUDIT_PROBLEMS_MAX;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(rows, output_json_problem(report->problems[i].where,
								report->problems[i].rule,
								report->problems[i].what));
	json_t *kinds = json_object();
	for (int kind = 0; kind < EVIDENCE_N_KINDS; kind++)
		json_object_set_new(kinds, kind_text(kind), json_integer(report->n_of_kind[kind]));
	json_t *questions = json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "busiest_date",
		output_json_date(report->busiest_date), "busiest_admissions",
		(json_int_t)report->busiest_n, "since", (json_int_t)report->n_since, "dated_back",
		(json_int_t)report->n_back, "vouchers", (json_int_t)report->n_vouchers, "at_cap",
		(json_int_t)report->n_at_cap, "small_additions", (json_int_t)report->n_small);
	output_json(json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:o}", "valid",
			      is_valid, "entries", (json_int_t)report->n_entries, "listed",
			      (json_int_t)report->n_listed, "columns",
			      (json_int_t)report->n_columns, "proofs", (json_int_t)report->n_proofs,
			      "admissions", (json_int_t)report->n_admissions, "evidence", kinds,
			      "snapshots", (json_int_t)report->n_snapshots, "questions", questions,
			      "n_problems", (json_int_t)report->n_problems, "problems", rows));
}

#define LABEL_WIDTH 13

static void print_number(const char *label, uint64_t number)
{
	output_label(label, LABEL_WIDTH);
	printf("%" PRIu64 "\n", number);
}

/* Kinds have the names that --evidence and the records have. */
static void print_kind(int kind, uint64_t number)
{
	char label[64];

	(void)snprintf(label, sizeof label, _("  by %s"), kind_text(kind));
	output_label(label, LABEL_WIDTH + 1);
	printf("%" PRIu64 "\n", number);
}

static void print_report(const struct audit_report *report, bool is_raw,
			 const struct audit_orders *orders)
{
	const uint64_t since = orders->since;

	print_number(N_("entries"), report->n_entries);
	print_number(N_("listed"), report->n_listed);
	if (!is_raw)
		print_number(N_("columns"), report->n_columns);
	if (!is_raw && !orders->is_list_only) {
		print_number(N_("proofs"), report->n_proofs);
		print_number(N_("admissions"), report->n_admissions);
		for (int kind = 0; kind < EVIDENCE_N_KINDS; kind++) {
			if (report->n_of_kind[kind] > 0)
				print_kind(kind, report->n_of_kind[kind]);
		}
	}
	print_number(N_("snapshots"), report->n_snapshots);
	if (report->n_small > 0) {
		output_label(N_("additions"), LABEL_WIDTH);
		output_say("%u snapshots add so few to one of the same day that they "
			   "stand out\n",
			   (unsigned)report->n_small);
	}
	if (is_raw || report->busiest_n == 0)
		return;
	uint8_t date[DATE_LEN];
	date_encode(date, report->busiest_date);
	output_label(N_("busiest day"), LABEL_WIDTH);
	output_say("%.*s, %u admissions\n", (int)sizeof(date), (const char *)date,
		   (unsigned)report->busiest_n);
	if (since > 0) {
		date_encode(date, since);
		output_label(N_("since"), LABEL_WIDTH);
		output_say("%.*s: %u admissions\n", (int)sizeof(date), (const char *)date,
			   (unsigned)report->n_since);
	}
	if (report->n_back > 0) {
		output_label(N_("dates"), LABEL_WIDTH);
		output_say("%u admissions are dated before the one before\n",
			   (unsigned)report->n_back);
	}
	if (report->n_vouchers > 0) {
		output_label(N_("vouchers"), LABEL_WIDTH);
		output_say("%u members, %u as often as they may\n", (unsigned)report->n_vouchers,
			   (unsigned)report->n_at_cap);
	}
}

static int refuse_report(const struct audit_report *report, bool is_silent)
{
	size_t n =
		report->n_problems < AUDIT_PROBLEMS_MAX ? report->n_problems : AUDIT_PROBLEMS_MAX;
	for (size_t i = 0; i < n && !is_silent; i++)
		talk_refuse(UNDERSIGN_E_INVALID, i == 0 ? "REFUSED. Do not use this roster." : "",
			    &report->problems[i], NULL);
	if (report->n_problems > n)
		talk_paragraph("and %zu more.", report->n_problems - n);
	talk_fault_row(stderr, TALK_DO, "keep this copy, and ask the steward for another");
	return CLI_NO;
}

/* The snapshots fit one another; they must fit the folder's own words too. */
static enum undersign_status check_fixed(struct audit_report *out,
					 const struct roster_folder *folder,
					 const struct roster_folder_note *notes, size_t n)
{
	struct note *parsed = malloc(sizeof(*parsed));
	if (!parsed)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = UNDERSIGN_OK;
	for (size_t i = 0; i < n; i++) {
		struct snapshot_record record;
		struct problem problem = {0};
		/* What cannot be opened has been told. */
		if (snapshot_open(&record, parsed, notes[i].note, NULL) != UNDERSIGN_OK ||
		    snapshot_check_same_edition(&folder->fixed, &record, &problem) == UNDERSIGN_OK)
			continue;
		problem_where(&problem, "file snapshots/", bytes_from_text(notes[i].name));
		if (out->n_problems < AUDIT_PROBLEMS_MAX)
			out->problems[out->n_problems] = problem;
		out->n_problems++;
		status = UNDERSIGN_E_INVALID;
	}
	free(parsed);
	return status;
}

/* What was refused, if anything was: by the roster's key, for this edition. */
static enum undersign_status read_refusals(struct refusals *out, bool *out_is_there,
					   struct roster_folder *folder, struct problem *problem)
{
	struct file_content content;
	const char *path = roster_folder_name(folder, "refusals");
	*out_is_there = false;
	if (!path)
		return UNDERSIGN_E_MEMORY;
	if (!file_exists(path))
		return UNDERSIGN_OK;
	enum undersign_status status =
		file_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = refusals_open(out, file_content_view(&content), problem);
	if (status == UNDERSIGN_OK && (!note_key_is_equal(&out->key, &folder->fixed.key) ||
				       !bytes_are_equal(out->roster, folder->fixed.roster) ||
				       out->edition != folder->fixed.edition)) {
		problem_rule(problem, "refusals are of this roster and edition");
		problem_what(problem, "these are of another", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text("refusals"));
	*out_is_there = status == UNDERSIGN_OK;
	/* Only the numbers are read on. */
	file_content_free(&content);
	return status;
}

static void print_refusals(const struct refusals *refusals)
{
	output_label(N_("refused"), LABEL_WIDTH - 1);
	for (int reason = 0; reason < REFUSAL_N_REASONS; reason++) {
		if (refusals->n_of[reason] > 0)
			printf(" %s %u", refusals_reason_text((enum refusal_reason)reason),
			       (unsigned)refusals->n_of[reason]);
	}
	printf("\n");
}

static enum undersign_status audit(struct audit_report *out, struct roster_folder *folder,
				   const struct note_key *key, const struct audit_orders *orders,
				   struct problem *problem)
{
	struct roster_folder_note *notes;
	struct evidence_rules rules;
	bool has_rules;
	struct bytes points[ROSTER_COLUMNS_MAX];
	size_t n;
	uint8_t fresh[32];
	enum undersign_status status = roster_folder_notes(&notes, &n, folder, problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_rules(&rules, &has_rules, folder, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes *snapshots = ARENA_TAKE(&folder->heap.arena, struct bytes, n + 1);
	if (!snapshots)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		snapshots[i] = notes[i].note;
	for (uint32_t i = 0; i < folder->n_points; i++)
		points[i] = file_content_view(&folder->points[i]);
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	status = random.fill(random.cookie, fresh, sizeof(fresh));
	entropy_close(&entropy);
	if (status != UNDERSIGN_OK)
		return status;
	struct audit_input input = {
		.points = points,
		.n_points = folder->n_points,
		.archive = file_content_view(&folder->archive),
		.snapshots = snapshots,
		.n_snapshots = n,
		.key = key,
		.rules = has_rules ? &rules : NULL,
		.since = orders->since,
		.is_list_only = orders->is_list_only,
	};
	struct threads threads;
	struct terminal_progress bar;
	threads_begin(&threads, orders->n_threads);
	input.parallel = &threads.parallel;
	terminal_progress_begin(&bar, _("checking"));
	bar.noun = _("entries");
	status = audit_edition(out, &input, &folder->generators, fresh, &bar.progress,
			       &folder->heap.arena);
	threads_end(&threads);
	terminal_progress_end(&bar, orders->is_list_only ? out->n_entries : out->n_proofs,
			      orders->is_list_only ? _("entries") : _("proofs"),
			      status == UNDERSIGN_OK);
	if (status != UNDERSIGN_OK && status != UNDERSIGN_E_INVALID)
		return status;
	enum undersign_status also = check_fixed(out, folder, notes, n);
	return also == UNDERSIGN_OK ? status : also;
}

int roster_audit(int argc, char **argv)
{
	struct audit_orders orders = {0};
	const struct option options[] = {
		{.name = "--vkey",
		 .value = "VKEY",
		 .about = "the steward's key, known from elsewhere than this folder",
		 .text = &orders.vkey},
		{.name = "--since",
		 .value = "DATE",
		 .about = "count what was admitted on that day or later: after a letter was "
			  "opened, say",
		 .date = &orders.since},
		{.name = "--without-archive",
		 .about =
			 "check hashes, points and duplicates alone: where the archive is missing, "
			 "or too long to wait for. Requests, proofs and admissions are then not "
			 "checked",
		 .flag = &orders.is_list_only},
		{.name = "--json", .about = "the report as JSON", .flag = &orders.is_json},
		THREADS_OPTION(orders.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign roster audit FOLDER [--vkey VKEY] [--since DATE]\n"
			 "       [--without-archive] [--json] [--threads NUMBER]",
		.about =
			"Checks everything again: every proof of possession, every admission, "
			"every "
			"entry, and that all snapshots are of this list. Exit 1 with the place and "
			"the rule if anything is wrong. It cannot know whether the members exist.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct problem problem = {0};
	struct roster_folder folder;
	struct note_key key;
	struct refusals refusals;
	bool has_refusals = false;
	struct audit_report *report = calloc(1, sizeof(*report));
	enum undersign_status status = report ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK && orders.vkey)
		status = note_key_parse(&key, bytes_from_text(orders.vkey), &problem);
	if (status != UNDERSIGN_OK) {
		free(report);
		return talk_refuse(status, "This roster cannot be audited.", &problem, NULL);
	}
	status = orders.is_list_only ? roster_folder_open_list(&folder, operands.at[0], &problem)
				     : roster_folder_open(&folder, operands.at[0], false, &problem);
	if (status == UNDERSIGN_OK)
		status = read_refusals(&refusals, &has_refusals, &folder, &problem);
	if (status == UNDERSIGN_OK)
		status = audit(report, &folder, orders.vkey ? &key : NULL, &orders, &problem);
	bool is_told = status == UNDERSIGN_E_INVALID && report->n_problems > 0;
	if (status == UNDERSIGN_OK || is_told) {
		bool is_raw = folder.fixed.class_of_members == ROSTER_RAW_KEY;
		if (orders.is_json)
			print_json(report, status == UNDERSIGN_OK);
		else
			print_report(report, is_raw, &orders);
		if (!orders.is_json && has_refusals)
			print_refusals(&refusals);
	}
	if (status == UNDERSIGN_OK && orders.is_list_only) {
		talk_paragraph("The list holds. Of requests, proofs and admissions nothing was "
			       "looked at.");
		code = CLI_YES;
	} else if (status == UNDERSIGN_OK) {
		talk_paragraph(
			"Everything holds. Whether the members exist, only the steward knows.");
		code = CLI_YES;
	} else if (is_told) {
		code = refuse_report(report, orders.is_json);
	} else {
		code = talk_refuse(status, "This roster cannot be audited.", &problem, NULL);
	}
	roster_folder_close(&folder);
	free(report);
	return code;
}

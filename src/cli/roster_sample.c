#include "checkpoint.h"
#include "cli.h"
#include "policy.h"
#include "roster_verbs.h"
#include "sample.h"
#include "sample_evidence.h"

#include <stdlib.h>
#include <string.h>

static const char headline[] = N_("No sample was drawn.");

struct sample_orders {
	const char *snapshot, *checkpoint, *policy, *opened;
	const char *key, *record; /* what the steward logs of it; NULL: nothing */
	uint64_t date;
	const struct option_list *against;
	uint64_t k;
	bool is_json;
};

/* The snapshot's note: of this roster, signed, and a prefix of what the folder holds. */
static enum undersign_status open_snapshot(uint8_t id[static SHA256_BYTES],
					   struct snapshot_record *record,
					   struct roster_folder *folder,
					   const struct sample_orders *orders,
					   struct problem *problem)
{
	struct file_content content;
	enum undersign_status status =
		cli_read(&content, orders->snapshot, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes text = arena_copy(&folder->heap.arena, file_content_view(&content));
	file_content_free(&content);
	struct note *note = ARENA_TAKE(&folder->heap.arena, struct note, 1);
	if (!text.data || !note)
		return UNDERSIGN_E_MEMORY;
	status = snapshot_open(record, note, text, problem);
	if (status == UNDERSIGN_OK &&
	    (!note_key_is_equal(&record->key, &folder->fixed.key) ||
	     !bytes_are_equal(record->roster, folder->fixed.roster) ||
	     record->edition != folder->fixed.edition || record->members > folder->edition.n)) {
		problem_rule(problem, "the snapshot is of this roster and edition");
		problem_what(problem, "it is of another, or of more entries", bytes_from(NULL, 0));
		status = UNDERSIGN_E_CONFLICT;
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(orders->snapshot));
	else
		snapshot_id(id, note->text);
	return status;
}

/* Witnesses that saw the checkpoint after the day of the snapshot make the quorum alone. */
static enum undersign_status check_later(const struct policy *policy,
					 const struct note_verdict *verdict, uint64_t snapshot_date,
					 struct problem *problem)
{
	bool is_later[POLICY_WITNESSES_MAX] = {false};
	size_t n = 0;
	for (size_t i = 0; i < policy->n_witnesses; i++) {
		is_later[i] = note_verdict_seconds(verdict, 1 + i) >= snapshot_date + CALENDAR_DAY;
		n += is_later[i];
	}
	if (n > 0 && policy_quorum_is_met(policy, is_later))
		return UNDERSIGN_OK;
	problem_rule(problem, "the checkpoint was witnessed after the day of the snapshot, by a "
			      "quorum of the policy: then nobody could choose the sample");
	problem_what_numbers(problem, "{1} of {2} witnesses say so", n, policy->n_witnesses);
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status open_checkpoint(struct bytes *out_text, struct roster_folder *folder,
					     const struct sample_orders *orders,
					     uint64_t snapshot_date, struct problem *problem)
{
	struct file_content policy_file = {0}, file = {0};
	struct policy *policy = ARENA_TAKE(&folder->heap.arena, struct policy, 1);
	struct note *note = ARENA_TAKE(&folder->heap.arena, struct note, 1);
	struct checkpoint checkpoint;
	struct note_verdict verdict;
	size_t log;
	enum undersign_status status = policy && note ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = cli_read(&policy_file, orders->policy, POLICY_LEN_MAX, FILE_PUBLIC,
				  problem);
	if (status == UNDERSIGN_OK) {
		status = policy_parse(policy, file_content_view(&policy_file), problem);
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "policy", bytes_from_text(orders->policy));
	}
	if (status == UNDERSIGN_OK)
		status = cli_read(&file, orders->checkpoint, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status == UNDERSIGN_OK) {
		status = policy_open_checkpoint(&checkpoint, note, &verdict, &log, policy,
						file_content_view(&file), problem);
		if (status == UNDERSIGN_OK)
			status = check_later(policy, &verdict, snapshot_date, problem);
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "checkpoint", bytes_from_text(orders->checkpoint));
	}
	if (status == UNDERSIGN_OK) {
		*out_text = arena_copy(&folder->heap.arena, note->text);
		if (!out_text->data)
			status = UNDERSIGN_E_MEMORY;
	}
	file_content_free(&file);
	file_content_free(&policy_file);
	return status;
}

/* Fills in what a record of it says of snapshot and checkpoint. */
static enum undersign_status draw(struct sampled **out, uint32_t *out_k,
				  struct sample_record *out_record, struct roster_folder *folder,
				  const struct sample_orders *orders, struct problem *problem)
{
	uint8_t *id = out_record->snapshot, seed[SHA256_BYTES];
	uint32_t numbers[SAMPLE_MAX];
	struct snapshot_record record;
	struct bytes checkpoint;
	enum undersign_status status = open_snapshot(id, &record, folder, orders, problem);
	if (status == UNDERSIGN_OK)
		status = open_checkpoint(&checkpoint, folder, orders, record.date, problem);
	if (status != UNDERSIGN_OK)
		return status;
	uint32_t k = orders->k < record.members ? (uint32_t)orders->k : record.members;
	sha256(out_record->checkpoint, checkpoint);
	sample_seed(seed, id, checkpoint);
	sample_draw(numbers, k, record.members, seed);
	*out = ARENA_TAKE(&folder->heap.arena, struct sampled, k);
	if (!*out)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < k; i++)
		(*out)[i].entry = numbers[i];
	*out_k = k;
	return sample_evidence_find(*out, k, folder, problem);
}

static void print_one(const struct sampled *entry, json_t *rows)
{
	uint8_t hex[2 * SHA256_BYTES];
	struct writer writer = writer_new(hex, sizeof(hex));
	const char *kind = entry->has_grounds ? evidence_kind_text(entry->grounds.kind) : "word";
	writer_hex(&writer, bytes_from(entry->fingerprint, SHA256_BYTES));
	if (rows) {
		json_array_append_new(rows, json_pack("{s:I, s:o, s:s, s:b}", "entry",
						      (json_int_t)entry->entry, "request",
						      output_json_text(writer_view(&writer)),
						      "kind", kind, "opened", entry->is_opened));
		return;
	}
	printf("%u ", (unsigned)entry->entry);
	output_text(writer_view(&writer));
	printf(" %s", kind);
	if (entry->is_opened && entry->holder.len > 0) {
		printf(" ");
		output_text(entry->holder);
	}
	printf("\n");
}

static void tell(const struct sampled *entries, uint32_t k, const struct sample_orders *orders)
{
	uint32_t n_grounds = 0, n_opened = 0;
	for (uint32_t i = 0; i < k; i++) {
		n_grounds += entries[i].has_grounds;
		n_opened += entries[i].is_opened;
	}
	if (!orders->opened)
		talk_paragraph("Whoever gives the same snapshot and checkpoint draws the same "
			       "entries. The steward opens the evidence of %u of %u (the others "
			       "are there on the steward's word): the files of these requests in "
			       "the folder that roster admit keeps. Then: --opened FOLDER.",
			       (unsigned)n_grounds, (unsigned)k);
	else
		talk_paragraph("%u of %u were opened: each is the evidence whose hash was "
			       "published, and holds. %u are there on the steward's word alone. "
			       "You know now who these enrolled members are; delete it when you "
			       "have written.",
			       (unsigned)n_opened, (unsigned)k, (unsigned)(k - n_grounds));
}

/* The steward's signed word of what was opened, for the log (formats 4.7). */
static enum undersign_status write_record(struct sample_record *record,
					  const struct roster_folder *folder,
					  const struct sampled *entries, uint32_t k,
					  const struct sample_orders *orders,
					  struct problem *problem)
{
	uint8_t text[4096], note[8192];
	struct writer text_writer = writer_new(text, sizeof(text));
	struct writer note_writer = writer_new(note, sizeof(note));
	struct signer *signer = NULL;
	record->roster = folder->fixed.roster;
	record->edition = folder->fixed.edition;
	record->key = folder->fixed.key;
	record->date = orders->date;
	record->n_drawn = k;
	record->n_opened = 0;
	for (uint32_t i = 0; i < k; i++)
		record->n_opened += entries[i].is_opened;
	enum undersign_status status = UNDERSIGN_OK;
	if (orders->date == UINT64_MAX)
		status = cli_now(&record->date, problem);
	if (status == UNDERSIGN_OK)
		status = roster_open_key(&signer, orders->key, &folder->fixed.key, problem);
	if (status == UNDERSIGN_OK) {
		struct note_signer note_signer = signer_note_signer(signer);
		sample_record_write(&text_writer, record);
		status = note_sign(&note_writer, writer_view(&text_writer), &note_signer, 1);
	}
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->record, writer_view(&note_writer), FILE_PUBLIC, FILE_NEW,
				   problem);
	signer_close(signer);
	return status;
}

static int sample(const char *path, const struct sample_orders *orders)
{
	struct problem problem = {0};
	struct roster_folder folder;
	struct sampled *entries = NULL;
	struct sample_record record = {0};
	uint32_t k = 0;
	enum undersign_status status = roster_folder_open(&folder, path, false, &problem);
	if (status == UNDERSIGN_OK && folder.fixed.class_of_members != ROSTER_ENROLLED) {
		problem_rule(&problem, "evidence is that of enrolled members");
		problem_what(&problem, "this roster is of raw keys", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = roster_folder_load(&folder, &problem);
	if (status == UNDERSIGN_OK)
		status = draw(&entries, &k, &record, &folder, orders, &problem);
	if (status == UNDERSIGN_OK && orders->opened)
		status = sample_evidence_check(entries, k, &folder, orders->opened, orders->against,
					       &problem);
	const bool has_held = status == UNDERSIGN_OK;
	if (status == UNDERSIGN_OK && orders->record)
		status = write_record(&record, &folder, entries, k, orders, &problem);
	int code = CLI_YES;
	if (has_held && status != UNDERSIGN_OK) {
		code = talk_refuse(status, "No record of it was written.", &problem, NULL);
	} else if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, entries ? "What was opened does not hold." : headline,
				   &problem, NULL);
	} else {
		json_t *rows = orders->is_json ? json_array() : NULL;
		for (uint32_t i = 0; i < k; i++)
			print_one(&entries[i], rows);
		if (rows)
			output_json(json_pack("{s:o}", "sample", rows));
		tell(entries, k, orders);
	}
	roster_folder_close(&folder);
	return code;
}

int roster_sample(int argc, char **argv)
{
	struct option_list against = {0};
	struct sample_orders orders = {.against = &against, .k = 20, .date = UINT64_MAX};
	const struct option options[] = {
		{.name = "--snapshot",
		 .value = "FILE",
		 .about = "the signed record of the entries that are drawn from",
		 .is_required = true,
		 .text = &orders.snapshot},
		{.name = "--checkpoint",
		 .value = "FILE",
		 .about = "a log's checkpoint, witnessed later than the snapshot: the first one "
			  "that the auditor named beforehand",
		 .is_required = true,
		 .text = &orders.checkpoint},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "whose logs and witnesses you trust",
		 .is_required = true,
		 .text = &orders.policy},
		{.name = "--size",
		 .letter = "-n",
		 .value = "NUMBER",
		 .about = "how many entries; 20",
		 .number = &orders.k,
		 .least = 1,
		 .most = SAMPLE_MAX},
		{.name = "--opened",
		 .value = "FOLDER",
		 .about = "check what the steward opened: files REQUEST.evidence, one for each "
			  "entry drawn that has evidence",
		 .text = &orders.opened},
		{.name = "--against",
		 .value = "FILE",
		 .about = "with --opened: a file that the evidence was checked against; may stand "
			  "several times",
		 .list = &against},
		{.name = "--record",
		 .value = "FILE",
		 .about = "with --opened and --key, for the steward: write and sign how many were "
			  "drawn and opened, to be published (undersign publish --record)",
		 .text = &orders.record},
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "with --record: the roster's private key",
		 .text = &orders.key},
		{.name = "--date",
		 .value = "DATE",
		 .about = "with --record: its date; today",
		 .date = &orders.date},
		{.name = "--json", .about = "as JSON, without names", .flag = &orders.is_json},
	};
	const struct options_form form = {
		.usage =
			"undersign roster sample FOLDER --snapshot FILE --checkpoint FILE --policy "
			"FILE\n       [--size NUMBER] [--opened FOLDER --against FILE...]\n"
			"       [--record FILE --key FILE]",
		.about = "Draws entries that nobody could choose, whose evidence the steward opens "
			 "to an auditor or a journalist, and checks what was opened against the "
			 "published hashes.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (against.n > 0 && !orders.opened)
		return options_refuse(&form, "--against goes with --opened.");
	if (orders.record && !(orders.opened && orders.key))
		return options_refuse(&form, "--record goes with --opened and --key.");
	return sample(operands.at[0], &orders);
}

#include "cli.h"
#include "encoding.h"
#include "points.h"
#include "roster_folder.h"
#include "roster_verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY 86400

static const char headline[] = N_("No snapshot was signed.");
static const char few_remedy[] =
	"wait until there are more, or until tomorrow: who is new stands out among few. Who was "
	"admitted "
	"stays admitted; an edition may state another number (undersign roster rules --additions)";

struct snapshot_orders {
	const char *path, *key;
	uint64_t date;
	bool is_json;
};

static void print_snapshot(const struct snapshot_orders *orders, const char *path,
			   const struct snapshot_record *record, const struct note *note)
{
	uint8_t id[SHA256_BYTES], hex[2 * SHA256_BYTES];
	struct writer writer = writer_new(hex, sizeof(hex));
	snapshot_id(id, note->text);
	writer_hex(&writer, bytes_from(id, sizeof(id)));
	if (orders->is_json) {
		output_json(json_pack("{s:o, s:I, s:o, s:o}", "id",
				      output_json_text(writer_view(&writer)), "members",
				      (json_int_t)record->members, "date",
				      output_json_date(record->date), "file",
				      output_json_text(bytes_from_text(path))));
	} else {
		output_text(writer_view(&writer));
		putchar('\n');
	}
	talk_paragraph("%s: the first %u entries. Anybody who shall compare it needs:", path,
		       (unsigned)record->members);
	talk_fingerprint(stderr, _("  list"), 10, id);
}

/* E_CONFLICT unless the roots of an earlier note are those of the entries that it names. */
static enum undersign_status check_note(const struct roster_folder *folder,
					const struct roster_folder_note *note,
					struct snapshot_record *record, struct note *parsed,
					struct problem *problem)
{
	enum undersign_status status = snapshot_open(record, parsed, note->note, problem);
	if (status == UNDERSIGN_OK)
		status = snapshot_check_same_edition(&folder->fixed, record, problem);
	if (status == UNDERSIGN_OK && record->members > folder->edition.n) {
		problem_rule(problem, "entries are only added in an edition");
		problem_what_numbers(problem, "it names {1} entries, there are {2}",
				     record->members, folder->edition.n);
		status = UNDERSIGN_E_CONFLICT;
	}
	for (uint32_t i = 0; i < folder->n_points && status == UNDERSIGN_OK; i++) {
		struct points points;
		uint8_t root[HASH_BYTES];
		status = points_parse(&points, file_content_view(&folder->points[i]), problem);
		if (status != UNDERSIGN_OK)
			break;
		points_root(root, &points, record->members);
		if (memcmp(root, record->roots[i], sizeof(root)) == 0)
			continue;
		problem_rule(problem, "the entries that were signed are the first of the list");
		problem_what(problem, "its root is not that of the list's first entries",
			     bytes_from(NULL, 0));
		status = UNDERSIGN_E_CONFLICT;
	}
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(note->name));
		problem_inside(problem, "folder", bytes_from_text("snapshots"));
	}
	return status;
}

/* Looks at the note of most entries that was signed before. *out_is_there if it names all that
 * there are now: it is then in *record and *parsed. */
static enum undersign_status check_last(bool *out_is_there, const char **out_name,
					struct roster_folder *folder,
					struct snapshot_record *record, struct note *parsed,
					struct problem *problem)
{
	struct roster_folder_note *notes;
	size_t n;
	uint32_t most = 0;
	const struct roster_folder_note *last = NULL;
	*out_is_there = false;
	enum undersign_status status = roster_folder_notes(&notes, &n, folder, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		status = snapshot_open(record, parsed, notes[i].note, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(notes[i].name));
			problem_inside(problem, "folder", bytes_from_text("snapshots"));
		} else if (record->members > most) {
			most = record->members;
			last = &notes[i];
		}
	}
	if (status != UNDERSIGN_OK || !last)
		return status;
	status = check_note(folder, last, record, parsed, problem);
	*out_is_there = status == UNDERSIGN_OK && record->members == folder->edition.n;
	*out_name = last->name;
	return status;
}

/* Signs the record of all entries into out, whose parts are then in *record and *parsed. */
static enum undersign_status sign_record(struct writer *out, const struct roster_folder *folder,
					 struct signer *signer, uint64_t date,
					 struct snapshot_record *record, struct note *parsed,
					 struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX];
	struct writer writer = writer_new(text, sizeof(text));
	*record = (struct snapshot_record){0};
	enum undersign_status status = edition_describe(record, &folder->edition, problem);
	if (status != UNDERSIGN_OK)
		return status;
	record->roster = folder->fixed.roster;
	record->organisation = folder->fixed.organisation;
	record->source = folder->fixed.source;
	record->steward = folder->fixed.steward;
	record->persons = folder->fixed.persons;
	record->calendar = folder->fixed.calendar;
	record->date = date;
	status = snapshot_write(&writer, record, problem);
	if (status == UNDERSIGN_OK && writer.has_overflowed)
		status = UNDERSIGN_E_LIMIT;
	struct note_signer note_signer = signer_note_signer(signer);
	if (status == UNDERSIGN_OK)
		status = note_sign(out, writer_view(&writer), &note_signer, 1);
	if (status == UNDERSIGN_OK)
		status = snapshot_open(record, parsed, writer_view(out), problem);
	return status;
}

/* Who is new stands out among few: whoever knows who enrolled lately, or sees the member sign soon
 * after, guesses the entry. So additions wait for one another, or for the next day. */
static enum undersign_status check_batch(struct roster_folder *folder,
					 const struct snapshot_record *last, uint64_t date,
					 struct problem *problem)
{
	struct evidence_rules rules;
	bool is_there;
	const uint32_t n_new = folder->edition.n - last->members;
	if (folder->fixed.class_of_members != ROSTER_ENROLLED)
		return UNDERSIGN_OK;
	enum undersign_status status = roster_folder_rules(&rules, &is_there, folder, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const uint32_t least = evidence_rules_additions(is_there ? &rules : NULL);
	if (n_new >= least || date / DAY > last->date / DAY)
		return UNDERSIGN_OK;
	problem_where(problem, "roster", folder->fixed.roster);
	problem_rule_number(
		problem, "entries that are added to a list of the same day, at least: {1}", least);
	problem_what_numbers(problem, "{1} entered since the last snapshot, of {2}", n_new,
			     last->members);
	return UNDERSIGN_E_CONFLICT;
}

/* A day has passed, and still they are few. */
static void say_few(uint32_t n_before, uint32_t n_now)
{
	if (n_before == 0 || n_now - n_before >= EVIDENCE_ADDITIONS_DEFAULT)
		return;
	talk_paragraph("Only %u entered since the last snapshot. Letters that name both lists show "
		       "which entries are new; among fewer than %d they stand out. Unless a letter "
		       "needs it now, let the next ones wait until there are more.",
		       (unsigned)(n_now - n_before), EVIDENCE_ADDITIONS_DEFAULT);
}

static enum undersign_status write_note(struct roster_folder *folder, const char *path,
					struct bytes note, struct problem *problem)
{
	const char *snapshots = roster_folder_name(folder, "snapshots");
	if (!snapshots || !path)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = folder_make(snapshots, FILE_PUBLIC, problem);
	if (status == UNDERSIGN_OK)
		status = file_write(path, note, FILE_PUBLIC, FILE_NEW, problem);
	/* Not if it holds other notes. */
	if (status != UNDERSIGN_OK)
		(void)rmdir(snapshots);
	return status;
}

static int take_snapshot(const struct snapshot_orders *orders)
{
	static uint8_t note[NOTE_LEN_MAX];
	static struct note parsed;
	struct problem problem = {0};
	struct roster_folder folder;
	struct signer *signer = NULL;
	struct snapshot_record record;
	struct writer writer = writer_new(note, sizeof(note));
	uint64_t date = orders->date;
	bool is_there = false;
	const char *name = NULL, *remedy = NULL;
	char new_name[64];
	enum undersign_status status = roster_folder_open(&folder, orders->path, true, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_open_key(&signer, orders->key, &folder.fixed.key, &problem);
	if (status == UNDERSIGN_OK && date == UINT64_MAX)
		status = cli_now(&date, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_load(&folder, &problem);
	if (status == UNDERSIGN_OK)
		status = check_last(&is_there, &name, &folder, &record, &parsed, &problem);
	const uint32_t n_before = status == UNDERSIGN_OK && name ? record.members : 0;
	if (status == UNDERSIGN_OK && is_there) {
		snprintf(new_name, sizeof(new_name), "snapshots/%.40s", name);
		name = roster_folder_name(&folder, new_name);
		if (!name)
			status = UNDERSIGN_E_MEMORY;
		talk_paragraph("Nobody entered since the last snapshot; here it is again.");
		if (status == UNDERSIGN_OK)
			print_snapshot(orders, name, &record, &parsed);
	} else if (status == UNDERSIGN_OK) {
		if (name)
			status = check_batch(&folder, &record, date, &problem);
		if (status != UNDERSIGN_OK)
			remedy = few_remedy;
		if (status == UNDERSIGN_OK)
			status = sign_record(&writer, &folder, signer, date, &record, &parsed,
					     &problem);
		if (status == UNDERSIGN_OK) {
			snprintf(new_name, sizeof(new_name), "snapshots/%u.note",
				 (unsigned)record.members);
			name = roster_folder_name(&folder, new_name);
			status = write_note(&folder, name, writer_view(&writer), &problem);
		}
		if (status == UNDERSIGN_OK)
			print_snapshot(orders, name, &record, &parsed);
		if (status == UNDERSIGN_OK)
			say_few(n_before, record.members);
	}
	int code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, remedy);
	signer_close(signer);
	roster_folder_close(&folder);
	return code;
}

int roster_snapshot(int argc, char **argv)
{
	struct snapshot_orders orders = {.date = UINT64_MAX};
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the steward's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--date",
		 .value = "DATE",
		 .about = "the snapshot's date; today",
		 .date = &orders.date},
		{.name = "--json",
		 .about = "id, members, date and file as JSON",
		 .flag = &orders.is_json},
	};
	const struct options_form form = {
		.usage = "undersign roster snapshot FOLDER --key FILE [--date DATE]",
		.about = "Signs the list as it stands into FOLDER/snapshots/N.note, N being the "
			 "number "
			 "of entries, and prints its id. Letters name rosters by such notes.",
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
	return take_snapshot(&orders);
}

#include "cli.h"
#include "refusals.h"
#include "roster_folder.h"
#include "roster_verbs.h"

#include <string.h>

static const char headline[] = N_("Nothing was noted.");

/* What was refused so far; zeros if nothing was. */
static enum undersign_status read_before(struct refusals *out, struct roster_folder *folder,
					 const char *path, struct problem *problem)
{
	struct file_content content;
	memset(out, 0, sizeof(*out));
	if (file_exists(path)) {
		enum undersign_status status =
			file_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		status = refusals_open(out, file_content_view(&content), problem);
		if (status == UNDERSIGN_OK &&
		    (!note_key_is_equal(&out->key, &folder->fixed.key) ||
		     !bytes_are_equal(out->roster, folder->fixed.roster) ||
		     out->edition != folder->fixed.edition)) {
			problem_rule(problem, "refusals are of this roster and edition");
			problem_what(problem, "these are of another", bytes_from(NULL, 0));
			status = UNDERSIGN_E_CONFLICT;
		}
		file_content_free(&content);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(path));
			return status;
		}
	}
	out->roster = folder->fixed.roster;
	out->edition = folder->fixed.edition;
	out->key = folder->fixed.key;
	return UNDERSIGN_OK;
}

static enum undersign_status write_note(const char *path, struct signer *signer,
					const struct refusals *refusals, struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX], note[NOTE_LEN_MAX];
	struct writer text_writer = writer_new(text, sizeof(text));
	struct writer note_writer = writer_new(note, sizeof(note));
	struct note_signer note_signer = signer_note_signer(signer);
	refusals_write(&text_writer, refusals);
	enum undersign_status status =
		note_sign(&note_writer, writer_view(&text_writer), &note_signer, 1);
	if (status == UNDERSIGN_OK)
		status = file_write(path, writer_view(&note_writer), FILE_PUBLIC, FILE_REPLACE,
				    problem);
	return status;
}

static int refuse(const char *path, const char *key, enum refusal_reason reason, uint32_t n,
		  uint64_t date)
{
	struct problem problem = {0};
	struct roster_folder folder;
	struct refusals refusals;
	struct signer *signer = NULL;
	const char *name = NULL;
	enum undersign_status status = roster_folder_open(&folder, path, true, &problem);
	if (status == UNDERSIGN_OK && date == UINT64_MAX)
		status = cli_now(&date, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_open_key(&signer, key, &folder.fixed.key, &problem);
	if (status == UNDERSIGN_OK) {
		name = roster_folder_name(&folder, "refusals");
		status =
			name ? read_before(&refusals, &folder, name, &problem) : UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK && refusals.n_of[reason] > UINT32_MAX - n)
		status = UNDERSIGN_E_LIMIT;
	if (status == UNDERSIGN_OK) {
		refusals.n_of[reason] += n;
		refusals.date = date;
		status = write_note(name, signer, &refusals, &problem);
	}
	int code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	else
		talk_paragraph("Noted: %u refused as %s, %u in this edition. It says nothing of "
			       "whom. Delete the requests, and tell who asked.",
			       (unsigned)n, refusals_reason_text(reason),
			       (unsigned)refusals.n_of[reason]);
	signer_close(signer);
	roster_folder_close(&folder);
	return code;
}

int roster_refuse(int argc, char **argv)
{
	const char *key = NULL, *word = NULL;
	uint64_t n = 1, date = UINT64_MAX;
	enum refusal_reason reason;
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the steward's private key",
		 .is_required = true,
		 .text = &key},
		{.name = "--reason",
		 .value = "CODE",
		 .about = "no-evidence, bad-evidence, not-member, twice, late or withdrawn",
		 .is_required = true,
		 .text = &word},
		{.name = "--number",
		 .value = "NUMBER",
		 .about = "how many requests; 1",
		 .number = &n,
		 .least = 1,
		 .most = UINT32_MAX},
		{.name = "--date", .value = "DATE", .about = "today", .date = &date},
	};
	const struct options_form form = {
		.usage = "undersign roster refuse FOLDER --key FILE --reason CODE [--number "
			 "NUMBER]",
		.about = "Notes in FOLDER/refusals, signed and public, that requests were "
			 "refused: by reason and number only.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (!refusals_reason_parse(&reason, bytes_from_text(word)))
		return options_refuse(&form, "There is no such reason.");
	return refuse(operands.at[0], key, reason, (uint32_t)n, date);
}

#include "cli.h"
#include "evidence_rules.h"
#include "roster_folder.h"
#include "roster_verbs.h"

#include <string.h>

static const char headline[] = N_("No rules were made.");

struct rules_orders {
	const char *key;
	const struct option_list *stewards;
	uint64_t n_words, n_vouchers, vouches_max, additions;
};

static enum undersign_status take_stewards(struct evidence_rules *rules,
					   const struct rules_orders *orders,
					   struct problem *problem)
{
	rules->n_words = (uint32_t)orders->n_words;
	for (size_t i = 0; i < orders->stewards->n; i++) {
		if (i == EVIDENCE_STEWARDS_MAX) {
			problem_rule(problem, "a roster has at most 16 stewards");
			return UNDERSIGN_E_LIMIT;
		}
		enum undersign_status status = note_key_parse(
			&rules->stewards[i], bytes_from_text(orders->stewards->at[i]), problem);
		if (status != UNDERSIGN_OK)
			return status;
		rules->n_stewards++;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status sign(struct bytes *out, struct roster_folder *folder,
				  struct signer *signer, const struct evidence_rules *rules,
				  struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX], note[NOTE_LEN_MAX];
	struct writer text_writer = writer_new(text, sizeof(text));
	struct writer note_writer = writer_new(note, sizeof(note));
	struct note_signer note_signer = signer_note_signer(signer);
	(void)folder;
	enum undersign_status status = evidence_rules_write(&text_writer, rules, problem);
	if (status == UNDERSIGN_OK)
		status = note_sign(&note_writer, writer_view(&text_writer), &note_signer, 1);
	if (status == UNDERSIGN_OK)
		*out = writer_view(&note_writer);
	return status;
}

static int make(const char *path, const struct rules_orders *orders)
{
	struct problem problem = {0};
	struct roster_folder folder;
	struct signer *signer = NULL;
	struct bytes note = {NULL, 0};
	enum undersign_status status = roster_folder_open(&folder, path, true, &problem);
	if (status == UNDERSIGN_OK && folder.fixed.class_of_members != ROSTER_ENROLLED) {
		problem_where(&problem, "roster", folder.fixed.roster);
		problem_rule(&problem, "a roster of raw keys takes no requests");
		status = UNDERSIGN_E_INVALID;
	}
	struct evidence_rules rules = {
		.roster = folder.fixed.roster,
		.edition = folder.fixed.edition,
		.n_vouchers = (uint32_t)orders->n_vouchers,
		.vouches_max = (uint32_t)orders->vouches_max,
		.additions = (uint32_t)orders->additions,
		.key = folder.fixed.key,
	};
	if (status == UNDERSIGN_OK)
		status = take_stewards(&rules, orders, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_open_key(&signer, orders->key, &folder.fixed.key, &problem);
	if (status == UNDERSIGN_OK)
		status = sign(&note, &folder, signer, &rules, &problem);
	const char *name = status == UNDERSIGN_OK ? roster_folder_name(&folder, "rules") : NULL;
	if (status == UNDERSIGN_OK && !name)
		status = UNDERSIGN_E_MEMORY;
	/* An edition's rules stand: whoever was admitted was admitted by them. */
	if (status == UNDERSIGN_OK)
		status = file_write(name, note, FILE_PUBLIC, FILE_NEW, &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	else
		talk_paragraph("Made %s/rules. It goes with the roster's files; it cannot be "
			       "changed in this edition.",
			       path);
	signer_close(signer);
	roster_folder_close(&folder);
	return code;
}

int roster_rules(int argc, char **argv)
{
	struct option_list stewards = {0};
	struct rules_orders orders = {.stewards = &stewards};
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the roster's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--words",
		 .value = "NUMBER",
		 .about = "how many of the stewards must give their word",
		 .number = &orders.n_words,
		 .least = 1,
		 .most = EVIDENCE_STEWARDS_MAX},
		{.name = "--steward",
		 .value = "VKEY",
		 .about = "a steward's key; may stand several times",
		 .list = &stewards},
		{.name = "--vouchers",
		 .value = "NUMBER",
		 .about = "how many members must vouch",
		 .number = &orders.n_vouchers,
		 .least = 1,
		 .most = EVIDENCE_VOUCHERS_MAX},
		{.name = "--vouches",
		 .value = "NUMBER",
		 .about = "how often one member may, in this edition",
		 .number = &orders.vouches_max,
		 .least = 1,
		 .most = EVIDENCE_CAP_MAX},
		{.name = "--additions",
		 .value = "NUMBER",
		 .about = "how many new entries are signed together at least, unless a day has "
			  "passed since the snapshot before; 5. With fewer a new member stands out",
		 .number = &orders.additions,
		 .least = 1,
		 .most = EVIDENCE_ADDITIONS_MAX},
	};
	const struct options_form form = {
		.usage = "undersign roster rules FOLDER --key FILE [--words NUMBER --steward "
			 "VKEY...]\n"
			 "       [--vouchers NUMBER --vouches NUMBER] [--additions NUMBER]",
		.about = "States, once for an edition, what counts as evidence where members hold "
			 "no key: the word of so many stewards, or the vouching of so many "
			 "members, each so often at most; and how many additions go together. "
			 "Signed, and public.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if ((orders.n_words > 0) != (stewards.n > 0))
		return options_refuse(&form, "--words and --steward go together.");
	if ((orders.n_vouchers > 0) != (orders.vouches_max > 0))
		return options_refuse(&form, "--vouchers and --vouches go together.");
	if (orders.n_words + orders.n_vouchers + orders.additions == 0)
		return options_refuse(&form, "Say --words, --vouchers or --additions, or all.");
	return make(operands.at[0], &orders);
}

/* The steps of a poll's trustees: roll, deal, accept, and their key; then, after the close, shares.
 * Every file is public but the secret. */
#include "poll_files.h"

#include "cli.h"
#include "file.h"
#include "letter_folder.h"
#include "opened.h"
#include "secret.h"

#include <stdio.h>
#include <string.h>

static struct writer text_writer(struct arena *arena)
{
	return writer_new(ARENA_TAKE(arena, uint8_t, POLL_TEXT_MAX), POLL_TEXT_MAX);
}

/* --- roll --- */

static enum undersign_status make_roll(struct poll_files *files, const struct operands *operands,
				       uint64_t threshold, const char *output,
				       struct problem *problem)
{
	struct poll_trustee trustees[TRUSTEES_MAX];
	struct writer writer = text_writer(&files->heap.arena);
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < operands->n && status == UNDERSIGN_OK; i++) {
		struct bytes note;

		status = poll_files_read(&note, operands->at[i], &files->heap.arena, problem);
		if (status == UNDERSIGN_OK) {
			status = poll_key_parse(&trustees[i], note, problem);
			if (status != UNDERSIGN_OK)
				problem_inside(problem, "file", bytes_from_text(operands->at[i]));
		}
	}
	if (status != UNDERSIGN_OK)
		return status;
	poll_roll_write(&writer, (unsigned)threshold, trustees, (unsigned)operands->n);
	status = poll_roll_parse(&files->roll, writer_view(&writer), problem);
	if (status == UNDERSIGN_OK)
		status = cli_write(output, writer_view(&writer), FILE_PUBLIC, FILE_NEW, problem);
	return status;
}

int poll_roll(int argc, char **argv)
{
	const char *output = NULL;
	uint64_t threshold = 0;
	const struct option options[] = {
		{.name = "--threshold",
		 .letter = "-t",
		 .value = "NUMBER",
		 .about = "so many trustees together open the sums; fewer cannot",
		 .is_required = true,
		 .number = &threshold,
		 .least = 1,
		 .most = TRUSTEES_MAX},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the roll, for every trustee",
		 .is_required = true,
		 .text = &output},
	};
	const struct options_form form = {
		.usage = "undersign poll roll --threshold NUMBER -o FILE KEY...",
		.about = "Puts the trustees' keys into one roll, in this order. Every trustee "
			 "compares its fingerprint with the others before going on.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = TRUSTEES_MAX,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = poll_files_open(&files, NULL, NULL, NULL, &problem);
	if (status == UNDERSIGN_OK)
		status = make_roll(&files, &operands, threshold, output, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "No roll was made.", &problem, NULL);
	else
		talk_fingerprint(stderr, "  roll", 10, files.roll.ceremony.id);
	poll_files_close(&files);
	return code;
}

/* --- What each trustee makes --- */

struct trustee_orders {
	const char *secret, *key, *output, *complaint;
};

#define TRUSTEE_OPTIONS(orders)                                                                    \
	{.name = "--secret",                                                                       \
	 .value = "FILE",                                                                          \
	 .about = "your secret, of undersign poll key",                                            \
	 .is_required = true,                                                                      \
	 .text = &(orders).secret},                                                                \
		{.name = "--key",                                                                  \
		 .letter = "-k",                                                                   \
		 .value = "FILE",                                                                  \
		 .about = "the private key that signs your files",                                 \
		 .is_required = true,                                                              \
		 .text = &(orders).key},                                                           \
	{                                                                                          \
		.name = "--output", .letter = "-o", .value = "FILE",                               \
		.about = "the new file, which is public", .is_required = true,                     \
		.text = &(orders).output                                                           \
	}

static enum undersign_status make_deal(struct poll_files *files, const char *output,
				       struct problem *problem)
{
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	struct writer writer = text_writer(&files->heap.arena);
	uint8_t deal[TRUSTEE_DEAL_MAX];
	enum undersign_status status =
		trustee_deal_make(deal, &files->roll.ceremony, files->own, &random);

	if (status == UNDERSIGN_OK) {
		poll_deal_write(&writer, &files->roll, files->own, deal);
		status = poll_files_write(output, writer_view(&writer), files->signer,
					  &files->heap.arena, problem);
	}
	entropy_close(&entropy);
	return status;
}

int poll_deal(int argc, char **argv)
{
	struct trustee_orders orders = {0};
	const struct option options[] = {TRUSTEE_OPTIONS(orders)};
	const struct options_form form = {
		.usage = "undersign poll deal ROLL --secret FILE --key FILE -o FILE",
		.about = "Deals every trustee of the roll its part of a fresh secret, each part "
			 "readable for that trustee only. Compare the roll's fingerprint first.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status =
		poll_files_open(&files, operands.at[0], orders.secret, orders.key, &problem);
	if (status == UNDERSIGN_OK) {
		talk_fingerprint(stderr, "  roll", 10, files.roll.ceremony.id);
		status = make_deal(&files, orders.output, &problem);
	}
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "Nothing was dealt.", &problem, NULL);
	else
		talk_paragraph("%s goes to every trustee.", orders.output);
	poll_files_close(&files);
	return code;
}

/* What one of the others dealt is wrong: it is named, and shown if that was asked for. */
static enum undersign_status complain(struct poll_files *files, const struct poll_trustees *record,
				      unsigned liar, const struct random_source *random,
				      const char *path, struct problem *problem)
{
	struct writer writer = text_writer(&files->heap.arena);
	uint8_t complaint[TRUSTEE_COMPLAINT_BYTES];

	problem_where_number(problem, "trustee", liar);
	problem_rule(problem, "what a trustee deals fits what it has published");
	problem_what(problem, "wrong for you is the deal of",
		     files->roll.trustees[liar - 1].signer.name);
	if (!path)
		return UNDERSIGN_E_INVALID;
	enum undersign_status status =
		trustee_complaint_make(complaint, &files->roll.ceremony, record->deals[liar - 1],
				       liar, files->own, files->secret, random);
	if (status != UNDERSIGN_OK)
		return status;
	poll_complaint_write(&writer, &files->roll, liar, files->own, complaint);
	status = cli_write(path, writer_view(&writer), FILE_PUBLIC, FILE_NEW, problem);
	return status == UNDERSIGN_OK ? UNDERSIGN_E_INVALID : status;
}

static enum undersign_status accept_deals(struct poll_files *files, const struct operands *operands,
					  const struct trustee_orders *orders,
					  struct problem *problem)
{
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	struct poll_trustees *record = ARENA_TAKE(&files->heap.arena, struct poll_trustees, 1);
	struct writer writer = text_writer(&files->heap.arena);
	struct scalar *share = secret_take(sizeof *share);
	uint8_t accept[TRUSTEE_ACCEPT_BYTES];
	unsigned liar;
	enum undersign_status status = record && share ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	if (status == UNDERSIGN_OK) {
		record->roll = files->roll;
		status = poll_files_read_deals(record, operands->at + 1, operands->n - 1,
					       &files->heap.arena, problem);
	}
	if (status == UNDERSIGN_OK) {
		status = trustee_share_open(share, &liar, &files->roll.ceremony, record->deals,
					    files->own, files->secret);
		if (status == UNDERSIGN_E_INVALID)
			status = complain(files, record, liar, &random, orders->complaint, problem);
	}
	if (status == UNDERSIGN_OK)
		status = trustee_accept_make(accept, &files->roll.ceremony, record->deals,
					     files->own, share, &random);
	if (status == UNDERSIGN_OK) {
		poll_accept_write(&writer, &files->roll, record->deals, files->own, accept);
		status = poll_files_write(orders->output, writer_view(&writer), files->signer,
					  &files->heap.arena, problem);
	}
	secret_free(share);
	entropy_close(&entropy);
	return status;
}

int poll_accept(int argc, char **argv)
{
	struct trustee_orders orders = {0};
	const struct option options[] = {
		TRUSTEE_OPTIONS(orders),
		{.name = "--complaint",
		 .value = "FILE",
		 .about = "if a deal is wrong, write there what shows it to everybody",
		 .text = &orders.complaint},
	};
	const struct options_form form = {
		.usage = "undersign poll accept ROLL DEAL... --secret FILE --key FILE -o FILE",
		.about = "Checks what all trustees dealt you, and says that you have your share. "
			 "Without everybody's acceptance there is no key.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status =
		poll_files_open(&files, operands.at[0], orders.secret, orders.key, &problem);
	if (status == UNDERSIGN_OK)
		status = accept_deals(&files, &operands, &orders, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "Nothing was accepted.", &problem,
				   "give the complaint to all, and begin anew without whoever is "
				   "at fault");
	else
		talk_paragraph("%s goes to whoever publishes the trustees' key.", orders.output);
	poll_files_close(&files);
	return code;
}

/* --- judge --- */

static enum undersign_status judge(struct poll_files *files, const struct operands *operands,
				   enum trustee_blame *out, unsigned *out_i, unsigned *out_j,
				   struct problem *problem)
{
	uint8_t deal[TRUSTEE_DEAL_MAX], complaint[TRUSTEE_COMPLAINT_BYTES];
	struct arena *arena = &files->heap.arena;
	struct bytes note, text;
	unsigned dealer = 0;
	enum undersign_status status = poll_files_read(&note, operands->at[1], arena, problem);

	if (status == UNDERSIGN_OK)
		status = poll_deal_parse(&dealer, deal, &files->roll, note, problem);
	if (status == UNDERSIGN_OK)
		status = poll_files_read(&text, operands->at[2], arena, problem);
	if (status == UNDERSIGN_OK)
		status = poll_complaint_parse(out_i, out_j, complaint, &files->roll, text, problem);
	if (status == UNDERSIGN_OK && dealer != *out_i) {
		problem_rule(problem, "a complaint is judged with the deal that it is about");
		problem_what_numbers(problem, "it is about trustee {1}, the deal is of {2}", *out_i,
				     dealer);
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		*out = trustee_complaint_judge_vartime(
			&files->roll.ceremony,
			bytes_from(deal, trustee_deal_len(&files->roll.ceremony)), *out_i, *out_j,
			complaint);
	return status;
}

int poll_judge(int argc, char **argv)
{
	const struct options_form form = {
		.usage = "undersign poll judge ROLL DEAL COMPLAINT",
		.about = "Says who is at fault: the trustee who dealt, or the one who complains. "
			 "Anybody can do it.",
		.options = NULL,
		.n_options = 0,
		.least = 3,
		.most = 3,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	enum trustee_blame blame = TRUSTEE_BLAME_NOBODY;
	unsigned i = 0, j = 0;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status =
		poll_files_open(&files, operands.at[0], NULL, NULL, &problem);
	if (status == UNDERSIGN_OK)
		status = judge(&files, &operands, &blame, &i, &j, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, "Nothing can be said.", &problem, NULL);
	} else if (blame == TRUSTEE_BLAME_NOBODY) {
		code = talk_fault(UNDERSIGN_E_INVALID, "Nothing can be said.", "complaint",
				  "a complaint has a proof", "it does not hold", NULL);
	} else {
		const unsigned who = blame == TRUSTEE_BLAME_DEALER ? i : j;
		output_text(files.roll.trustees[who - 1].signer.name);
		printf("\n");
		talk_paragraph("Trustee %u is at fault: %s.", who,
			       blame == TRUSTEE_BLAME_DEALER ? "what it dealt is wrong"
							     : "what it complains about is right");
	}
	poll_files_close(&files);
	return code;
}

/* --- The record of the key --- */

static enum undersign_status read_accepts(struct poll_trustees *record,
					  const struct operands *operands, struct arena *arena,
					  struct problem *problem)
{
	bool has_accept[TRUSTEES_MAX] = {false};
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t k = 1; k < operands->n && status == UNDERSIGN_OK; k++) {
		uint8_t accept[TRUSTEE_ACCEPT_BYTES], signature[ED25519_SIGNATURE_BYTES];
		struct bytes note;
		unsigned j;

		status = poll_files_read(&note, operands->at[k], arena, problem);
		if (status != UNDERSIGN_OK || !poll_text_is(note, POLL_ACCEPT_HEADER))
			continue;
		status = poll_accept_parse(&j, accept, signature, &record->roll, record->deals,
					   note, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(operands->at[k]));
			continue;
		}
		memcpy(record->accepts[j - 1], accept, sizeof accept);
		memcpy(record->signatures[j - 1], signature, sizeof signature);
		has_accept[j - 1] = true;
	}
	for (unsigned j = 0; j < record->roll.ceremony.n && status == UNDERSIGN_OK; j++) {
		if (has_accept[j])
			continue;
		problem_where_number(problem, "trustee", j + 1);
		problem_rule(problem, "every trustee accepts what it was dealt");
		problem_what(problem, "there is no acceptance of",
			     record->roll.trustees[j].signer.name);
		status = UNDERSIGN_E_MISSING;
	}
	return status;
}

static enum undersign_status make_record(struct poll_files *files, const struct operands *operands,
					 const char *output, struct problem *problem)
{
	struct arena *arena = &files->heap.arena;
	struct poll_trustees *record = ARENA_TAKE(arena, struct poll_trustees, 1);
	struct poll_trustees *again = ARENA_TAKE(arena, struct poll_trustees, 1);
	struct writer writer = text_writer(arena);
	enum undersign_status status = record && again ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	if (status == UNDERSIGN_OK) {
		record->roll = files->roll;
		record->key = *signer_key(files->signer);
		status = poll_files_read_deals(record, operands->at + 1, operands->n - 1, arena,
					       problem);
	}
	if (status == UNDERSIGN_OK)
		status = read_accepts(record, operands, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	poll_trustees_write(&writer, record);
	status = poll_trustees_parse(again, writer_view(&writer), problem);
	if (status == UNDERSIGN_OK)
		status = poll_files_write(output, writer_view(&writer), files->signer, arena,
					  problem);
	return status;
}

int poll_trustees(int argc, char **argv)
{
	const char *key = NULL, *output = NULL;
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "your private key: you publish the record",
		 .is_required = true,
		 .text = &key},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the record, for undersign letter new --trustees",
		 .is_required = true,
		 .text = &output},
	};
	const struct options_form form = {
		.usage = "undersign poll trustees ROLL DEAL... ACCEPTANCE... --key FILE -o FILE",
		.about = "Makes the record of the trustees' key from all of their files, and "
			 "checks every proof of it, as everybody can.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 3,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = poll_files_open(&files, operands.at[0], NULL, key, &problem);
	if (status == UNDERSIGN_OK)
		status = make_record(&files, &operands, output, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "No record was made.", &problem, NULL);
	else
		talk_paragraph(
			"Made %s: %u of %u trustees open the sums of the polls that name it.",
			output, files.roll.ceremony.threshold, files.roll.ceremony.n);
	poll_files_close(&files);
	return code;
}

int poll_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"key", poll_key, "a trustee's secret and key", true},
		{"roll", poll_roll, "who the trustees are, and how many open the sums", false},
		{"deal", poll_deal, "deal every trustee a share", true},
		{"accept", poll_accept, "check what you were dealt, and accept it", true},
		{"judge", poll_judge, "who is at fault, from a complaint", false},
		{"trustees", poll_trustees, "the record of the trustees' key", true},
		{"share", poll_share, "after the close: your share of the sums", true},
		{"add", poll_add, "put a trustee's share into the poll's folder", false},
	};
	return cli_dispatch("undersign poll", verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

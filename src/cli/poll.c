/* The steps of a poll's trustees: roll, deal, accept, and their key; then, after the close, shares.
 * Every file is public but the secret. */
#include "poll_files.h"

#include "cli.h"
#include "entropy.h"
#include "file.h"
#include "secret.h"

#include <stdio.h>
#include <string.h>

static struct writer text_writer(struct arena *arena)
{
	return writer_new(ARENA_TAKE(arena, uint8_t, POLL_TEXT_MAX), POLL_TEXT_MAX);
}

/* --- roll --- */

struct roll_orders {
	struct poll_orders own;
	uint64_t threshold;
};

static enum undersign_status make_roll(struct poll_files *files, const struct operands *operands,
				       void *cookie, struct problem *problem)
{
	const struct roll_orders *orders = cookie;
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
	poll_roll_write(&writer, (unsigned)orders->threshold, trustees, (unsigned)operands->n);
	status = poll_roll_parse(&files->roll, writer_view(&writer), problem);
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->own.output, writer_view(&writer), FILE_PUBLIC, FILE_NEW,
				   problem);
	return status;
}

static void say_roll(const struct poll_files *files, const struct operands *operands,
		     const void *cookie)
{
	(void)operands;
	(void)cookie;
	talk_fingerprint(stderr, "  roll", 10, files->roll.ceremony.id);
	if (2 * files->roll.ceremony.threshold > files->roll.ceremony.n)
		return;
	talk_paragraph("warning: half of the trustees are enough. Two groups of them who are shown "
		       "different logs could open sums that differ by one answer. Let more than "
		       "half be needed, or name witnesses.");
}

int poll_roll(int argc, char **argv)
{
	struct roll_orders orders = {.own = POLL_ORDERS_NEW};
	const struct option options[] = {
		{.name = "--threshold",
		 .letter = "-t",
		 .value = "NUMBER",
		 .about = "so many trustees together open the sums; fewer cannot",
		 .is_required = true,
		 .number = &orders.threshold,
		 .least = 1,
		 .most = TRUSTEES_MAX},
		POLL_OPTION_OUTPUT(orders.own, "the roll, for every trustee"),
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
	const struct poll_step step = {.form = &form,
				       .orders = &orders.own,
				       .headline = N_("No roll was made."),
				       .run = make_roll,
				       .say = say_roll,
				       .cookie = &orders};

	return poll_files_run(&step, argc, argv);
}

/* --- What each trustee makes --- */

#define TRUSTEE_OPTIONS(orders)                                                                    \
	POLL_OPTION_SECRET(orders), POLL_OPTION_KEY(orders, POLL_KEY_OF_TRUSTEE),                  \
		POLL_OPTION_OUTPUT(orders, "the new file, which is public"),                       \
		POLL_OPTION_PASSPHRASE(orders)

static enum undersign_status make_deal(struct poll_files *files, const struct operands *operands,
				       void *cookie, struct problem *problem)
{
	const struct poll_orders *orders = cookie;
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	struct writer writer = text_writer(&files->heap.arena);
	uint8_t deal[TRUSTEE_DEAL_MAX];

	(void)operands;
	talk_fingerprint(stderr, "  roll", 10, files->roll.ceremony.id);
	enum undersign_status status =
		trustee_deal_make(deal, &files->roll.ceremony, files->own, &random);

	if (status == UNDERSIGN_OK) {
		poll_deal_write(&writer, &files->roll, files->own, deal);
		status = poll_files_write(orders->output, writer_view(&writer), files->signer,
					  &files->heap.arena, problem);
	}
	entropy_close(&entropy);
	return status;
}

static void say_deal(const struct poll_files *files, const struct operands *operands,
		     const void *cookie)
{
	const struct poll_orders *orders = cookie;

	(void)files;
	(void)operands;
	talk_paragraph("%s goes to every trustee.", orders->output);
}

int poll_deal(int argc, char **argv)
{
	struct poll_orders orders = POLL_ORDERS_NEW;
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
	const struct poll_step step = {.form = &form,
				       .orders = &orders,
				       .has_roll = true,
				       .headline = N_("Nothing was dealt."),
				       .run = make_deal,
				       .say = say_deal,
				       .cookie = &orders};

	return poll_files_run(&step, argc, argv);
}

struct accept_orders {
	struct poll_orders own;
	const char *complaint;
};

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
					  void *cookie, struct problem *problem)
{
	const struct accept_orders *orders = cookie;
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
		status = poll_files_write(orders->own.output, writer_view(&writer), files->signer,
					  &files->heap.arena, problem);
	}
	secret_free(share);
	entropy_close(&entropy);
	return status;
}

static void say_accept(const struct poll_files *files, const struct operands *operands,
		       const void *cookie)
{
	const struct accept_orders *orders = cookie;

	(void)files;
	(void)operands;
	talk_paragraph("%s goes to whoever publishes the trustees' key.", orders->own.output);
}

int poll_accept(int argc, char **argv)
{
	struct accept_orders orders = {.own = POLL_ORDERS_NEW};
	const struct option options[] = {
		TRUSTEE_OPTIONS(orders.own),
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
	const struct poll_step step = {
		.form = &form,
		.orders = &orders.own,
		.has_roll = true,
		.headline = N_("Nothing was accepted."),
		.remedy = N_("give the complaint to all, and begin anew without whoever is at "
			     "fault"),
		.run = accept_deals,
		.say = say_accept,
		.cookie = &orders};

	return poll_files_run(&step, argc, argv);
}

/* --- judge --- */

struct verdict {
	enum trustee_blame blame;
	unsigned dealer, complainer;
};

static enum undersign_status judge(struct poll_files *files, const struct operands *operands,
				   void *cookie, struct problem *problem)
{
	struct verdict *out = cookie;
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
		status = poll_complaint_parse(&out->dealer, &out->complainer, complaint,
					      &files->roll, text, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (dealer != out->dealer) {
		problem_rule(problem, "a complaint is judged with the deal that it is about");
		problem_what_numbers(problem, "it is about trustee {1}, the deal is of {2}",
				     out->dealer, dealer);
		return UNDERSIGN_E_INVALID;
	}
	out->blame = trustee_complaint_judge_vartime(
		&files->roll.ceremony, bytes_from(deal, trustee_deal_len(&files->roll.ceremony)),
		out->dealer, out->complainer, complaint);
	if (out->blame != TRUSTEE_BLAME_NOBODY)
		return UNDERSIGN_OK;
	problem_where(problem, "complaint", bytes_from(NULL, 0));
	problem_rule(problem, "a complaint has a proof");
	problem_what(problem, "it does not hold", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static void say_verdict(const struct poll_files *files, const struct operands *operands,
			const void *cookie)
{
	const struct verdict *verdict = cookie;
	const bool is_dealer = verdict->blame == TRUSTEE_BLAME_DEALER;
	const unsigned who = is_dealer ? verdict->dealer : verdict->complainer;

	(void)operands;
	output_text(files->roll.trustees[who - 1].signer.name);
	printf("\n");
	if (is_dealer)
		talk_paragraph("Trustee %u is at fault: what it dealt is wrong.", who);
	else
		talk_paragraph("Trustee %u is at fault: what it complains about is right.", who);
}

int poll_judge(int argc, char **argv)
{
	const struct poll_orders orders = POLL_ORDERS_NEW;
	struct verdict verdict = {0};
	const struct options_form form = {
		.usage = "undersign poll judge ROLL DEAL COMPLAINT",
		.about = "Says who is at fault: the trustee who dealt, or the one who complains. "
			 "Anybody can do it.",
		.options = NULL,
		.n_options = 0,
		.least = 3,
		.most = 3,
	};
	const struct poll_step step = {.form = &form,
				       .orders = &orders,
				       .has_roll = true,
				       .headline = N_("Nothing can be said."),
				       .run = judge,
				       .say = say_verdict,
				       .cookie = &verdict};

	return poll_files_run(&step, argc, argv);
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
					 void *cookie, struct problem *problem)
{
	const struct poll_orders *orders = cookie;
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
		status = poll_files_write(orders->output, writer_view(&writer), files->signer,
					  arena, problem);
	return status;
}

static void say_record(const struct poll_files *files, const struct operands *operands,
		       const void *cookie)
{
	const struct poll_orders *orders = cookie;

	(void)operands;
	talk_paragraph("Made %s: %u of %u trustees open the sums of the polls that name it.",
		       orders->output, files->roll.ceremony.threshold, files->roll.ceremony.n);
}

int poll_trustees(int argc, char **argv)
{
	struct poll_orders orders = POLL_ORDERS_NEW;
	const struct option options[] = {
		POLL_OPTION_KEY(orders, "your private key: you publish the record"),
		POLL_OPTION_OUTPUT(orders, "the record, for undersign letter new --trustees"),
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
	const struct poll_step step = {.form = &form,
				       .orders = &orders,
				       .has_roll = true,
				       .headline = N_("No record was made."),
				       .run = make_record,
				       .say = say_record,
				       .cookie = &orders};

	return poll_files_run(&step, argc, argv);
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
		{"burn", poll_burn, "once it is opened: destroy your secret", true},
	};
	return cli_dispatch("undersign poll", verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

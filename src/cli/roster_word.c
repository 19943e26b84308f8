#include "cli.h"
#include "enrolment.h"
#include "roster_folder.h"
#include "roster_verbs.h"
#include "word.h"

#include <stdlib.h>
#include <string.h>

static const char headline[] = N_("No word was given.");

struct word_orders {
	const char *request, *key, *person, *output;
};

/* The word that is signed: a new one, or the one that another steward has signed already. */
static enum undersign_status take_word(struct word *out, struct note *note, struct bytes before,
				       const struct word_orders *orders, struct bytes request,
				       struct problem *problem)
{
	struct enrolment enrolment;
	enum undersign_status status = enrolment_parse(&enrolment, request, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(orders->request));
		return status;
	}
	memset(out, 0, sizeof(*out));
	out->roster = enrolment.roster;
	out->edition = enrolment.edition;
	enrolment_fingerprint(out->request, request);
	if (orders->person)
		out->person = bytes_from_text(orders->person);
	if (before.len == 0)
		return UNDERSIGN_OK;
	struct word other;
	status = note_parse(note, before, problem);
	if (status == UNDERSIGN_OK)
		status = word_parse(&other, note->text, problem);
	if (status == UNDERSIGN_OK &&
	    (memcmp(other.request, out->request, sizeof(out->request)) != 0 ||
	     (orders->person && !bytes_are_equal(other.person, out->person)))) {
		problem_rule(problem, "all stewards give their word on one request and one person");
		problem_what(problem, "the word that is there is on another", bytes_from(NULL, 0));
		status = UNDERSIGN_E_CONFLICT;
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(orders->output));
	else
		*out = other;
	return status;
}

static enum undersign_status sign(struct writer *writer, struct signer *signer,
				  const struct word *word, const struct note *note,
				  struct bytes before, struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX];
	struct writer text_writer = writer_new(text, sizeof(text));
	struct note_signer note_signer = signer_note_signer(signer);
	if (before.len > 0) {
		writer_bytes(writer, before);
		return note_sign_line(writer, note->text, &note_signer);
	}
	enum undersign_status status = word_write(&text_writer, word, problem);
	if (status == UNDERSIGN_OK)
		status = note_sign(writer, writer_view(&text_writer), &note_signer, 1);
	return status;
}

static int give(const struct word_orders *orders)
{
	static uint8_t out[NOTE_LEN_MAX];
	struct problem problem = {0};
	struct file_content request = {0}, before = {0};
	struct signer *signer = NULL;
	struct note *note = malloc(sizeof(*note));
	struct word word;
	struct writer writer = writer_new(out, sizeof(out));
	enum undersign_status status = note ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = cli_read(&request, orders->request, ENROLMENT_LEN_MAX, FILE_PUBLIC,
				  &problem);
	if (status == UNDERSIGN_OK && file_exists(orders->output))
		status = file_read(&before, orders->output, NOTE_LEN_MAX, FILE_PUBLIC, &problem);
	if (status == UNDERSIGN_OK)
		status = take_word(&word, note, file_content_view(&before), orders,
				   file_content_view(&request), &problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&signer, orders->key, &problem);
	if (status == UNDERSIGN_OK)
		status = sign(&writer, signer, &word, note, file_content_view(&before), &problem);
	if (status == UNDERSIGN_OK)
		status = file_write(orders->output, writer_view(&writer), FILE_PRIVATE,
				    FILE_REPLACE, &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, headline, &problem, NULL);
	} else {
		talk_paragraph("%s has your word that the request is that of a member. It goes to "
			       "the next steward, or to whoever admits. You answer for it.",
			       orders->output);
	}
	signer_close(signer);
	file_content_free(&before);
	file_content_free(&request);
	free(note);
	return code;
}

int roster_word(int argc, char **argv)
{
	struct word_orders orders = {0};
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "your own private key, one of the rules' stewards",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "REQUEST.stewards; if it is there, your signature joins the others",
		 .is_required = true,
		 .text = &orders.output},
		{.name = "--person",
		 .value = "NAME",
		 .about =
			 "who it is, as all lists of this roster name people: nobody enters twice. "
			 "Kept in private, published as a salted hash",
		 .text = &orders.person},
	};
	const struct options_form form = {
		.usage = "undersign roster word REQUEST --key FILE -o REQUEST.stewards [--person "
			 "NAME]",
		.about = "Gives a steward's word that a request is that of a member. Compare the "
			 "fingerprint with the member, face to face or by telephone, before.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.request = operands.at[0];
	return give(&orders);
}

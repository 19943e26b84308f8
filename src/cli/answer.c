#include "cli.h"
#include "encoding.h"
#include "secret.h"
#include "sign.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whence the choices come; never from arguments, which others on the machine can see. */
struct answer_orders {
	struct sign_orders sign;
	uint64_t choices_fd; /* UINT64_MAX: ask */
};

/* What is chosen may be told to nobody: it is not repeated in an error. */
static enum undersign_status refuse(struct problem *problem, size_t question)
{
	problem_where_number(problem, "question", question + 1);
	problem_rule(problem, "an answer is numbers of its options, with commas between, or - for "
			      "none, and as many as the question allows");
	problem_what(problem, "this is none", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* "2", "1,3" or "-" into the options of one question. */
static bool read_choices(uint8_t *out, const struct undersign_poll_question *question,
			 struct bytes text)
{
	uint32_t n = 0;

	if (text.len == 1 && text.data[0] == '-')
		return question->min == 0;
	for (size_t start = 0; start <= text.len;) {
		size_t end = start;
		uint64_t number;

		while (end < text.len && text.data[end] != ',')
			end++;
		if (decimal_decode(&number, bytes_part(text, start, end - start),
				   question->n_options) != UNDERSIGN_OK ||
		    number == 0 || out[number - 1] != 0)
			return false;
		out[number - 1] = 1;
		n++;
		start = end + 1;
	}
	return n >= question->min && n <= question->max;
}

static void print_question(const struct undersign_poll_question *question)
{
	talk_say("\n");
	talk_row(stderr, "", 0, bytes_from(question->text.data, question->text.len));
	for (uint32_t o = 0; o < question->n_options; o++) {
		char label[16];

		snprintf(label, sizeof label, "  %" PRIu32, o + 1);
		talk_row(stderr, label, 5,
			 bytes_from(question->options[o].data, question->options[o].len));
	}
	if (question->max > 1 && question->min < question->max)
		talk_say("  (%" PRIu32 " to %" PRIu32 " of them, with commas between)\n",
			 question->min, question->max);
	else if (question->max > 1)
		talk_say("  (%" PRIu32 " of them, with commas between)\n", question->max);
	if (question->min == 0)
		talk_say("  (- for none)\n");
}

static enum undersign_status ask(uint8_t *choices, const struct undersign_poll *poll,
				 struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	char *answer = secret_take(TERMINAL_ANSWER_MAX);

	if (!answer)
		return UNDERSIGN_E_MEMORY;
	for (size_t q = 0; q < poll->n_questions && status == UNDERSIGN_OK; q++) {
		print_question(&poll->questions[q]);
		if (!terminal_ask(answer, _("Your answer: ")) ||
		    !read_choices(choices, &poll->questions[q], bytes_from_text(answer)))
			status = refuse(problem, q);
		choices += poll->questions[q].n_options;
	}
	secret_free(answer);
	return status;
}

/* One line: the answers of all questions, with semicolons between. */
static enum undersign_status read_line(uint8_t *choices, const struct undersign_poll *poll, int fd,
				       struct problem *problem)
{
	uint8_t *line = secret_take(TERMINAL_ANSWER_MAX);
	size_t len, start = 0;

	if (!line)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		terminal_passphrase(line, TERMINAL_ANSWER_MAX, &len, "", fd, problem);
	for (size_t q = 0; q < poll->n_questions && status == UNDERSIGN_OK; q++) {
		size_t end = start;

		while (end < len && line[end] != ';')
			end++;
		if (start > len || (q + 1 == poll->n_questions && end != len) ||
		    !read_choices(choices, &poll->questions[q],
				  bytes_from(line + start, end - start)))
			status = refuse(problem, q);
		choices += poll->questions[q].n_options;
		start = end + 1;
	}
	secret_free(line);
	return status;
}

static enum undersign_status choose(void *cookie, uint8_t *choices,
				    const struct undersign_poll *poll, struct problem *problem)
{
	const struct answer_orders *orders = cookie;

	talk_say("\n");
	talk_paragraph("Your answer is sealed: only sums are opened, after the close, by %" PRIu32
		       " of %zu trustees together. So many of them could also open single answers, "
		       "but not see that one is yours. So could, one day, a computer that breaks "
		       "the cipher: from it an enrolled member stays hidden, an SSH key does not.",
		       poll->threshold, poll->n_trustees);
	talk_say("\n");
	for (size_t j = 0; j < poll->n_trustees; j++)
		talk_row(stderr, j == 0 ? _("  trustees") : "", 12,
			 bytes_from(poll->trustees[j].name.data, poll->trustees[j].name.len));
	if (orders->choices_fd == UINT64_MAX)
		return ask(choices, poll, problem);
	return read_line(choices, poll, (int)orders->choices_fd, problem);
}

bool answer_is_right_command(const struct signing *signing, bool is_answer)
{
	const struct undersign_poll *poll = undersign_bundle_poll(signing->opened.bundle);
	static const char headline[] = N_("Nothing was signed. Nothing is left behind.");

	if ((poll != NULL) != is_answer) {
		talk_fault(UNDERSIGN_E_INVALID, headline, "this bundle",
			   "letters are signed, polls are answered",
			   poll ? "it is a poll" : "it is a letter",
			   poll ? "undersign answer" : "undersign sign");
		return false;
	}
	if (!poll || poll->n_trustees > 0)
		return true;
	talk_fault(UNDERSIGN_E_MISSING, headline, "this bundle",
		   "a poll is answered once its trustees' key is in the log", "it is not there yet",
		   NULL);
	return false;
}

bool answer_confirm(void)
{
	return terminal_word(_("Type \"answer\" to go on, anything else to stop: "), "answer");
}

void answer_say(const char *path, size_t len)
{
	talk_say("\nAnswered. Not delivered yet.\n  %s, %zu.%zu kB. It counts once it is delivered "
		 "and published.\n",
		 path, len / 1000, len % 1000 / 100);
	talk_say("  Whoever finds it with you can say that you answered; not what, unless the\n"
		 "  trustees help. Delete it afterwards. Keep it on a USB stick, not in a cloud\n"
		 "  and not in a mail. Anybody may deliver it, later, from any device.\n");
}

int answer_command(int argc, char **argv)
{
	struct answer_orders orders = {.sign = {.who.passphrase_fd = UINT64_MAX},
				       .choices_fd = UINT64_MAX};
	const struct option options[] = {
		SIGN_OPTIONS(orders.sign),
		{.name = "--choices-fd",
		 .value = "NUMBER",
		 .about = "read the answers from this descriptor: one line, such as 2;1,3",
		 .number = &orders.choices_fd,
		 .least = 0,
		 .most = 1023},
	};
	const struct options_form form = {
		.usage = "undersign answer BUNDLE --credential FILE | --ssh-key FILE -o FILE",
		.about =
			"Answers a poll, offline, after verifying its bundle and showing how well "
			"you are hidden. Not at work, not on a device or network of your employer.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	orders.sign.choose = choose;
	orders.sign.cookie = &orders;
	return sign_run(&orders.sign, &form, argc, argv);
}

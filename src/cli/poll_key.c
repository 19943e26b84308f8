/* A trustee's secret: made before a poll, burnt after it. */
#include "poll_files.h"

#include "cli.h"
#include "entropy.h"
#include "file.h"
#include "opened.h"
#include "secret.h"
#include "terminal.h"
#include "trustee_file.h"

#include <string.h>
#include <unistd.h>

/* --- key --- */

struct key_orders {
	struct poll_orders own;
	bool is_open; /* no passphrase */
};

static enum undersign_status seal(struct trustee_file *file, const struct key_orders *orders,
				  const struct random_source *random, struct problem *problem)
{
	const int fd = orders->own.passphrase_fd == UINT64_MAX ? TERMINAL_ASK
							       : (int)orders->own.passphrase_fd;
	size_t len;

	if (orders->is_open)
		return UNDERSIGN_OK;
	uint8_t *passphrase = secret_take(SECRET_SEAL_PASS_MAX);
	if (!passphrase)
		return UNDERSIGN_E_MEMORY;
	if (fd == TERMINAL_ASK)
		talk_paragraph("Six words that you can remember. Nobody can reset it. Without it "
			       "the secret is lost, and the other trustees open the poll without "
			       "you, if they are enough.");
	enum undersign_status status = terminal_new_passphrase(
		passphrase, SECRET_SEAL_PASS_MAX, &len, _("New passphrase: "), fd, problem);
	if (status == UNDERSIGN_OK)
		status = trustee_file_seal(file, bytes_from(passphrase, len),
					   SECRET_SEAL_OPERATIONS_DEFAULT, SECRET_SEAL_MEMORY_MAX,
					   random, problem);
	secret_free(passphrase);
	return status;
}

/* The secret's file and the public one, or none. */
static enum undersign_status write_files(struct poll_files *files, const char *path,
					 const struct key_orders *orders,
					 const struct trustee_file *file, struct bytes text,
					 struct problem *problem)
{
	enum undersign_status status = trustee_file_create(path, file, problem);

	if (status != UNDERSIGN_OK)
		return status;
	status = poll_files_write(orders->own.output, text, files->signer, &files->heap.arena,
				  problem);
	if (status != UNDERSIGN_OK && file_burn(path, NULL) != UNDERSIGN_OK)
		talk_paragraph("%s is left over; delete it.", path);
	return status;
}

static enum undersign_status make_key(struct poll_files *files, const struct operands *operands,
				      void *cookie, struct problem *problem)
{
	const struct key_orders *orders = cookie;
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	uint8_t vkey[NOTE_KEY_TEXT_MAX], text[1024];
	struct writer name = writer_new(vkey, sizeof vkey), writer = writer_new(text, sizeof text);
	struct poll_trustee own = {.signer = *signer_key(files->signer)};
	struct trustee_file *file = NULL;
	struct scalar *secret = secret_take(sizeof *secret);
	enum undersign_status status = secret ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	note_key_write(&name, &own.signer);
	own.name = writer_view(&name);
	if (status == UNDERSIGN_OK)
		status = trustee_key_new(secret, own.key, own.name, &random);
	if (status == UNDERSIGN_OK) {
		file = trustee_file_new(secret);
		status = file ? seal(file, orders, &random, problem) : UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK) {
		poll_key_write(&writer, &own);
		status = write_files(files, operands->at[0], orders, file, writer_view(&writer),
				     problem);
	}
	trustee_file_free(file);
	secret_free(secret);
	entropy_close(&entropy);
	return status;
}

static void say_key(const struct poll_files *files, const struct operands *operands,
		    const void *cookie)
{
	const struct key_orders *orders = cookie;

	(void)files;
	talk_paragraph("Made %s: keep it to yourself. %s goes to whoever makes the roll.",
		       operands->at[0], orders->own.output);
}

int poll_key(int argc, char **argv)
{
	struct key_orders orders = {.own = POLL_ORDERS_NEW};
	const struct option options[] = {
		POLL_OPTION_KEY(orders.own, POLL_KEY_OF_TRUSTEE),
		POLL_OPTION_OUTPUT(orders.own, "what you give to the other trustees"),
		POLL_OPTION_PASSPHRASE(orders.own),
		{.name = "--no-passphrase",
		 .about = "do not seal the secret: whoever gets the file has it",
		 .flag = &orders.is_open},
	};
	const struct options_form form = {
		.usage = "undersign poll key SECRET --key FILE -o FILE",
		.about = "Makes a trustee's secret, in the new file SECRET, sealed with a "
			 "passphrase, and the public half of it. The secret is all that a trustee "
			 "keeps; use it for one poll's trustees only, and burn it once the poll "
			 "is opened: undersign poll burn.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	/* The secret is this command's to make, not to read. */
	const struct poll_step step = {.form = &form,
				       .orders = &orders.own,
				       .headline = N_("No trustee's key was made."),
				       .run = make_key,
				       .say = say_key,
				       .cookie = &orders};

	return poll_files_run(&step, argc, argv);
}

/* --- burn --- */

struct burn_orders {
	const char *secret;
	bool is_sure;
	struct opened_options trust;
};

/* As long as it is not opened, each secret may be one that is needed. */
static enum undersign_status check_opened(const struct opened *opened, struct problem *problem)
{
	const struct undersign_poll *poll = undersign_bundle_poll(opened->bundle);
	const bool is_over =
		poll && (poll->state == UNDERSIGN_POLL_OPENED ||
			 (poll->state == UNDERSIGN_POLL_CLOSED && poll->n_groups == 0));

	if (is_over)
		return UNDERSIGN_OK;
	problem_where(problem, "this bundle", bytes_from(NULL, 0));
	problem_rule(problem, "a trustee's secret is kept until the poll is opened");
	problem_what(problem, poll ? N_("it is not opened in this bundle") : N_("it is no poll's"),
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* Only a trustee's secret: nobody loses another file by a slip. */
static enum undersign_status burn_secret(const char *path, struct problem *problem)
{
	struct trustee_file *file;
	enum undersign_status status = trustee_file_read(&file, path, problem);

	trustee_file_free(file);
	return status == UNDERSIGN_OK ? file_burn(path, problem) : status;
}

static int burn(const struct burn_orders *orders, const struct opened *opened)
{
	struct problem problem = {0};
	enum undersign_status status = check_opened(opened, &problem);

	if (status == UNDERSIGN_OK && !orders->is_sure && isatty(STDIN_FILENO)) {
		talk_paragraph("The poll is opened. As long as enough trustees keep their secrets, "
			       "single answers can be read, though not whose they are. If other "
			       "polls name the same trustees, wait until these are opened too.");
		if (!terminal_word(_("Type \"burn\" to go on, anything else to stop: "), "burn")) {
			talk_say("Nothing was burnt.\n");
			return CLI_NO;
		}
	}
	if (status == UNDERSIGN_OK)
		status = burn_secret(orders->secret, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Nothing was burnt.", &problem, NULL);
	talk_paragraph("%s is removed. No share can be made with it any more.", orders->secret);
	talk_paragraph("%s", catalogue_text(FILE_BURN_CAVEAT));
	return CLI_YES;
}

int poll_burn(int argc, char **argv)
{
	struct burn_orders orders = {0};
	const struct option options[] = {
		POLL_OPTION_SECRET(orders),
		{.name = "--yes", .about = "do not ask", .flag = &orders.is_sure},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &orders.trust.policy},
		{.name = "--letter",
		 .value = "ID",
		 .about = "as in verify",
		 .text = &orders.trust.letter},
		THREADS_OPTION(orders.trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign poll burn BUNDLE --secret FILE",
		.about = "Destroys a trustee's secret once the poll is opened, after verifying its "
			 "bundle. A USB stick or an SSD may keep what the file held, out of sight, "
			 "until it needs the room; what was sealed with a passphrase is sealed "
			 "there too. Copies and backups are yours to delete. No passphrase is "
			 "needed.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct opened opened;
	int code;

	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status =
		opened_open(&opened, operands.at[0], &orders.trust, &problem);
	code = status == UNDERSIGN_OK ? burn(&orders, &opened) : opened_refuse(status, &problem);
	opened_close(&opened);
	return code;
}

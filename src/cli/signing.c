#include "signing.h"

#include "cli.h"
#include "dates.h"
#include "member.h"
#include "secret.h"
#include "ssh_private.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool signing_options_are_complete(int *out_exit, const struct signing_orders *orders,
				  const struct options_form *form)
{
	if (!orders->credential == !orders->ssh_key) {
		*out_exit = options_refuse(form, "Say one of --credential and --ssh-key.");
		return false;
	}
	return true;
}

enum undersign_status signing_check_open(const struct signing *signing, struct problem *problem)
{
	const struct undersign_bundle_info *info = signing->opened.info;
	char date[OPENED_DATE_LEN], what[PROBLEM_TEXT_LEN];
	uint64_t now = 0;

	enum undersign_status status = cli_now(&now, problem);
	if (status != UNDERSIGN_OK)
		return status;
	problem_where(problem, "letter", bytes_from(NULL, 0));
	/* By the log or, where the bundle is an old one, by the clock. */
	const bool has_come =
		info->epoch + 1 >= info->opens || now + info->epoch_seconds >= info->opens_date;
	if (!info->is_opened || !has_come) {
		problem_rule(problem, "a letter is signed after it was opened");
		if (has_come)
			snprintf(what, sizeof what,
				 _("Not open yet: its opening is not in this bundle, which ends "
				   "with epoch %" PRIu64 ". Get a newer one."),
				 info->epoch);
		else
			snprintf(what, sizeof what, _("Not open yet. Signing starts on %s."),
				 opened_date(date, &signing->opened, info->opens_date));
		problem_what(problem, what, bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	if (info->epoch >= info->closes || now > info->closes_date + info->epoch_seconds) {
		problem_rule(problem, "nothing is accepted after the closing");
		snprintf(what, sizeof what, _("Closed since %s."),
			 opened_date(date, &signing->opened, info->closes_date));
		problem_what(problem, what, bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	/* A statement names the version of its list, so it tells how old the bundle was. */
	if (now > info->date + 2 * info->epoch_seconds)
		talk_paragraph("This bundle ends with epoch %" PRIu64 ", %s. A signature shows how "
			       "old the bundle was with which it was made. Get the newest, where "
			       "everybody gets it.",
			       info->epoch, opened_date(date, &signing->opened, info->date));
	memset(problem, 0, sizeof *problem);
	return UNDERSIGN_OK;
}

static int descriptor(const struct signing_orders *orders)
{
	return orders->passphrase_fd == UINT64_MAX ? TERMINAL_ASK : (int)orders->passphrase_fd;
}

/* The letter's roster that a credential is of. */
static enum undersign_status find_roster(const struct undersign_roster_count **out,
					 const struct signing *signing,
					 const struct credential *credential,
					 struct problem *problem)
{
	const struct undersign_tally *tally = signing->opened.tally;
	const struct bytes name = credential_name(credential);

	for (size_t i = 0; i < tally->n_rosters; i++) {
		const struct undersign_roster_count *roster = &tally->rosters[i];
		if (roster->class_of_members == UNDERSIGN_ENROLLED &&
		    roster->edition == credential->edition &&
		    bytes_are_equal(bytes_from(roster->name.data, roster->name.len), name)) {
			*out = roster;
			return UNDERSIGN_OK;
		}
	}
	problem_rule(problem, "a letter is signed with a credential of one of its lists");
	problem_what(problem, "this credential is of another list or edition:", name);
	return UNDERSIGN_E_MISSING;
}

/* A credential's dates come from a file that nobody signed; the list's own are signed. */
static void compare_calendars(const struct undersign_roster_count *roster,
			      const struct credential *credential)
{
	char mine[DATES_TEXT_LEN], theirs[DATES_TEXT_LEN];

	if (roster->column > credential->n_columns)
		return;
	const struct credential_column *column = &credential->columns[roster->column - 1];
	if (column->burn == roster->column_burn)
		return;
	talk_paragraph("Your credential says that this period's secret is burnt on %s; your list, "
		       "which its steward signed, says on %s. Somebody may have changed what you "
		       "enrolled with. Burn on the earlier day, and ask your steward.",
		       dates_day(mine, column->burn), dates_day(theirs, roster->column_burn));
}

static enum undersign_status read_credential(struct signing *signing,
					     const struct signing_orders *orders,
					     struct problem *problem)
{
	struct credential *credential;
	uint64_t now;

	enum undersign_status status = cli_now(&now, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = member_open(&credential, orders->credential, now, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = find_roster(&signing->roster, signing, credential, problem);
	if (status == UNDERSIGN_OK)
		compare_calendars(signing->roster, credential);
	if (status == UNDERSIGN_OK)
		status = member_secret(signing->secret, credential, signing->roster->column,
				       orders->credential, descriptor(orders), problem);
	credential_free(credential);
	return status;
}

struct ssh_question {
	const char *path;
	int fd;
	struct problem *problem;
};

static enum undersign_status ask_ssh(void *cookie, char *out, size_t len)
{
	const struct ssh_question *question = cookie;
	char prompt[TERMINAL_COLUMNS];
	size_t n = 0;

	snprintf(prompt, sizeof prompt, _("Passphrase for %.50s: "), question->path);
	enum undersign_status status = terminal_passphrase((uint8_t *)out, len - 1, &n, prompt,
							   question->fd, question->problem);
	out[status == UNDERSIGN_OK ? n : 0] = '\0';
	return status;
}

static enum undersign_status
read_ssh_key(struct signing *signing, const struct signing_orders *orders, struct problem *problem)
{
	struct ssh_question question = {orders->ssh_key, descriptor(orders), problem};
	const struct ssh_private_passphrase passphrase = {ask_ssh, &question};
	uint8_t public_key[ED25519_PUBLIC_BYTES];
	struct file_content file;

	enum undersign_status status =
		cli_read(&file, orders->ssh_key, SSH_PRIVATE_FILE_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	uint8_t *seed = secret_take(ED25519_SEED_BYTES);
	status = seed ? ssh_private_read(seed, public_key, NULL, file_content_view(&file),
					 &passphrase, problem)
		      : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		undersign_secret_from_ed25519(signing->secret, seed);
	else if (status == UNDERSIGN_E_USAGE)
		status = UNDERSIGN_E_INVALID; /* another kind of key is wrong data */
	secret_free(seed);
	file_content_free(&file);
	return status;
}

static enum undersign_status find_place(struct signing *signing, struct problem *problem)
{
	enum undersign_status status =
		undersign_bundle_place(&signing->place, signing->opened.bundle, signing->secret);
	if (status == UNDERSIGN_OK) {
		signing->roster = &signing->opened.tally->rosters[signing->place.roster];
		return UNDERSIGN_OK;
	}
	if (status != UNDERSIGN_E_MISSING)
		return status;
	problem_rule(problem, "who signs stands on one of the letter's lists");
	if (signing->roster)
		problem_what(problem,
			     "you are not on this list as the letter has it; you may have been "
			     "admitted after its lists were fixed: wait for its next extension, or "
			     "ask your steward",
			     bytes_from(NULL, 0));
	else
		problem_what(problem, "this key is on no list of this letter", bytes_from(NULL, 0));
	return status;
}

bool signing_open(struct signing *out, int *out_exit, const struct signing_orders *orders,
		  enum undersign_status (*announce)(const struct signing *signing,
						    struct problem *problem),
		  const char *headline)
{
	struct problem problem = {0};
	const char *path = orders->credential ? orders->credential : orders->ssh_key;

	memset(out, 0, sizeof *out);
	enum undersign_status status =
		opened_open(&out->opened, orders->path, &orders->trust, &problem);
	if (status != UNDERSIGN_OK) {
		*out_exit = opened_refuse(status, &problem);
		return false;
	}
	if (announce) {
		status = announce(out, &problem);
		if (status != UNDERSIGN_OK) {
			*out_exit = talk_refuse(status, headline, &problem, NULL);
			return false;
		}
	}
	out->secret = secret_take(UNDERSIGN_SECRET_BYTES);
	if (!out->secret)
		status = UNDERSIGN_E_MEMORY;
	else if (orders->credential)
		status = read_credential(out, orders, &problem);
	else
		status = read_ssh_key(out, orders, &problem);
	if (status == UNDERSIGN_OK)
		status = find_place(out, &problem);
	if (status == UNDERSIGN_OK)
		return true;
	if (problem.where[0] == '\0')
		problem_where(&problem, "file", bytes_from_text(path));
	*out_exit = talk_refuse(status, headline, &problem, NULL);
	return false;
}

void signing_close(struct signing *signing)
{
	secret_free(signing->secret);
	opened_close(&signing->opened);
	memset(signing, 0, sizeof *signing);
}

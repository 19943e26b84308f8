/* After a poll's close: a trustee's share, and its way into the log. */
#include "poll_files.h"

#include "cli.h"
#include "file.h"
#include "letter_folder.h"
#include "opened.h"
#include "secret.h"

#include <stdio.h>
#include <string.h>

#define NOTED_HEADER "undersigned trustee-opened v1"

struct share_orders {
	struct poll_orders own;
	struct opened_options trust;
};

/* Notes that the sums of this poll are opened, in a new file beside the secret; refuses if there is
 * one that tells of other sums. Before the share is written: a share without a note could be one of
 * two. */
static enum undersign_status note_sums(const struct opened *opened,
				       const struct share_orders *orders, struct problem *problem)
{
	uint8_t text[256];
	struct writer writer = writer_new(text, sizeof text);
	char letter[2 * HASH_BYTES + 1] = {0}, path[4096];
	struct writer hex = writer_new((uint8_t *)letter, sizeof letter - 1);
	struct file_content before;

	writer_hex(&hex, bytes_from(opened->info->letter, HASH_BYTES));
	writer_text(&writer, NOTED_HEADER "\nletter ");
	writer_text(&writer, letter);
	writer_text(&writer, "\nsums ");
	writer_hex(&writer, bytes_from(undersign_bundle_poll(opened->bundle)->sums, HASH_BYTES));
	writer_text(&writer, "\n");
	if ((size_t)snprintf(path, sizeof path, "%s.opened-%s", orders->own.secret, letter) >=
	    sizeof path) {
		problem_where(problem, "file", bytes_from_text(orders->own.secret));
		problem_rule(problem, "a note of what was opened is written beside it");
		problem_what(problem, "its path is too long", bytes_from(NULL, 0));
		return UNDERSIGN_E_USAGE;
	}
	enum undersign_status status =
		file_write(path, writer_view(&writer), FILE_PRIVATE, FILE_NEW, problem);
	if (status != UNDERSIGN_E_CONFLICT)
		return status;
	status = cli_read(&before, path, sizeof text, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!bytes_are_equal(file_content_view(&before), writer_view(&writer))) {
		problem_where(problem, "file", bytes_from_text(path));
		problem_rule(problem,
			     "a trustee makes shares of one list of sums of a poll: of two "
			     "lists that differ by one answer, they tell that answer");
		problem_what(problem, "it tells of other sums than those of this bundle",
			     bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	} else {
		*problem = (struct problem){0};
	}
	file_content_free(&before);
	return status;
}

/* What the trustee compares with the others, and with whom nobody else has cosigned. */
static void say_sums(const struct opened *opened)
{
	talk_fingerprint(stderr, _("  sums"), 10, undersign_bundle_poll(opened->bundle)->sums);
	if (opened->info->log_is_anchored && opened->info->n_cosigned > 0)
		return;
	talk_paragraph("warning: no witness of a policy of yours has signed this log. Compare the "
		       "fingerprint of the sums with the other trustees before you give the share "
		       "away: whoever shows each of you another log can learn single answers.");
}

static enum undersign_status make_share(const struct opened *opened, struct poll_files *files,
					const struct share_orders *orders, struct problem *problem)
{
	struct undersign_problem fault = {{0}, {0}, {0}};
	uint8_t *text = ARENA_TAKE(&files->heap.arena, uint8_t, UNDERSIGN_SHARE_MAX);
	uint8_t *secret = secret_take(SCALAR_BYTES);
	uint32_t trustee;
	size_t len;
	enum undersign_status status = text && secret ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	if (status == UNDERSIGN_OK) {
		scalar_encode(secret, files->secret);
		status = undersign_bundle_share(text, &len, &trustee, opened->bundle, secret,
						&opened->random, &opened->memory, &fault);
	}
	secret_free(secret);
	if (status != UNDERSIGN_OK) {
		problem_where(problem, "this poll", bytes_from(NULL, 0));
		problem_rule(problem, fault.rule);
		problem_what(problem, fault.what, bytes_from(NULL, 0));
		return status;
	}
	const struct undersign_bytes name =
		undersign_bundle_poll(opened->bundle)->trustees[trustee].name;
	if (!bytes_are_equal(bytes_from(name.data, name.len), signer_key(files->signer)->name)) {
		problem_where(problem, "file", bytes_from_text(orders->own.key));
		problem_rule(problem, "a share is signed by its trustee");
		problem_what(problem, "this is not the key of", bytes_from(name.data, name.len));
		return UNDERSIGN_E_INVALID;
	}
	say_sums(opened);
	status = note_sums(opened, orders, problem);
	if (status != UNDERSIGN_OK)
		return status;
	return poll_files_write(orders->own.output, bytes_from(text, len), files->signer,
				&files->heap.arena, problem);
}

int poll_share(int argc, char **argv)
{
	struct share_orders orders = {.own = POLL_ORDERS_NEW};
	const struct option options[] = {
		POLL_OPTION_SECRET(orders.own),
		POLL_OPTION_KEY(orders.own, POLL_KEY_OF_TRUSTEE),
		POLL_OPTION_OUTPUT(orders.own, "your share's new file, which is public"),
		POLL_OPTION_PASSPHRASE(orders.own),
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
		.usage = "undersign poll share BUNDLE --secret FILE --key FILE -o FILE",
		.about = "Makes a trustee's share of the sums of a poll that is closed, after "
			 "verifying its bundle and adding up the answers itself. Of one poll it "
			 "makes shares of one list of sums only, and keeps a note of it beside the "
			 "secret. Give --policy: whoever could show each trustee another log could "
			 "learn single answers.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	struct opened opened;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status =
		opened_open(&opened, operands.at[0], &orders.trust, &problem);
	if (status != UNDERSIGN_OK) {
		code = opened_refuse(status, &problem);
		opened_close(&opened);
		return code;
	}
	status = poll_files_open(&files, NULL, &orders.own, &problem);
	if (status == UNDERSIGN_OK)
		status = make_share(&opened, &files, &orders, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "No share was made.", &problem, NULL);
	else
		talk_paragraph("Made %s. It goes to the desk, or to the organiser: undersign poll "
			       "add. Keep your secret until the poll is opened; then: undersign "
			       "poll burn.",
			       orders.own.output);
	poll_files_close(&files);
	opened_close(&opened);
	return code;
}

static enum undersign_status add_share(const char *folder_path, const char *path,
				       struct arena *arena, char *out, size_t out_len,
				       struct problem *problem)
{
	struct letter_folder folder;
	struct poll_share share;
	struct note note;
	struct bytes content;
	enum undersign_status status = letter_folder_open(&folder, folder_path, arena, problem);

	if (status == UNDERSIGN_OK)
		status = poll_files_read(&content, path, arena, problem);
	if (status == UNDERSIGN_OK)
		status = note_parse(&note, content, problem);
	if (status == UNDERSIGN_OK)
		status = poll_share_parse(&share, note.text, arena, problem);
	if (status == UNDERSIGN_OK &&
	    memcmp(share.letter, folder.manifest.context, HASH_BYTES) != 0) {
		problem_rule(problem, "a share is of the poll of this folder");
		problem_what(problem, "it is of another", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	if (status != UNDERSIGN_OK)
		return status;
	snprintf(out, out_len, "%s/share-%u", folder_path, share.trustee);
	return file_write(out, content, FILE_PUBLIC, FILE_NEW, problem);
}

int poll_add(int argc, char **argv)
{
	const struct options_form form = {
		.usage = "undersign poll add FOLDER SHARE",
		.about = "Puts a trustee's share into the folder of its poll, for undersign "
			 "publish, which checks it.",
		.options = NULL,
		.n_options = 0,
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	struct problem problem = {0};
	struct arena_heap heap;
	char name[4096];
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status =
		add_share(operands.at[0], operands.at[1], &heap.arena, name, sizeof name, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "Nothing was added.", &problem, NULL);
	else
		talk_paragraph("Made %s. Next: undersign publish --letter %s.", name,
			       operands.at[0]);
	arena_heap_close(&heap);
	return code;
}

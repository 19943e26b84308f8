#include "poll_files.h"

#include "cli.h"
#include "letter_verbs.h"
#include "secret.h"
#include "terminal.h"
#include "trustee_file.h"

#include <stdio.h>
#include <string.h>

enum undersign_status poll_files_read(struct bytes *out, const char *path, struct arena *arena,
				      struct problem *problem)
{
	struct file_content content;
	enum undersign_status status = cli_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);

	if (status != UNDERSIGN_OK)
		return status;
	*out = arena_copy(arena, file_content_view(&content));
	file_content_free(&content);
	return out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

/* The passphrase of a sealed secret, in memory for secrets; none if it is not sealed. */
static enum undersign_status ask_passphrase(uint8_t *out, size_t *out_len,
					    const struct trustee_file *file,
					    const struct poll_orders *orders,
					    struct problem *problem)
{
	char prompt[TERMINAL_COLUMNS];

	*out_len = 0;
	if (!file->seal.is_sealed)
		return UNDERSIGN_OK;
	snprintf(prompt, sizeof prompt, _("Passphrase for %s: "), orders->secret);
	return terminal_passphrase(out, SECRET_SEAL_PASS_MAX, out_len, prompt,
				   orders->passphrase_fd == UINT64_MAX ? TERMINAL_ASK
								       : (int)orders->passphrase_fd,
				   problem);
}

static enum undersign_status open_secret(struct poll_files *out, const struct poll_orders *orders,
					 struct problem *problem)
{
	struct trustee_file *file = NULL;
	uint8_t *passphrase = secret_take(SECRET_SEAL_PASS_MAX);
	size_t len = 0;
	enum undersign_status status = UNDERSIGN_E_MEMORY;

	out->secret = secret_take(sizeof *out->secret);
	if (out->secret && passphrase)
		status = trustee_file_read(&file, orders->secret, problem);
	if (status == UNDERSIGN_OK)
		status = ask_passphrase(passphrase, &len, file, orders, problem);
	if (status == UNDERSIGN_OK) {
		status = trustee_file_open(out->secret, file, bytes_from(passphrase, len), problem);
		if (status != UNDERSIGN_OK)
			problem_where(problem, "file", bytes_from_text(orders->secret));
	}
	trustee_file_free(file);
	secret_free(passphrase);
	return status;
}

static enum undersign_status refuse(struct problem *problem, const char *path, const char *rule,
				    const char *what)
{
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

enum undersign_status poll_files_open(struct poll_files *out, const char *roll,
				      const struct poll_orders *orders, struct problem *problem)
{
	const char *secret = orders->secret, *key = orders->key;
	enum undersign_status status = UNDERSIGN_OK;
	struct bytes text;

	memset(out, 0, sizeof *out);
	arena_heap_open(&out->heap, SIZE_MAX, false);
	if (roll)
		status = poll_files_read(&text, roll, &out->heap.arena, problem);
	if (roll && status == UNDERSIGN_OK) {
		status = poll_roll_parse(&out->roll, text, problem);
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "file", bytes_from_text(roll));
	}
	if (secret && status == UNDERSIGN_OK)
		status = open_secret(out, orders, problem);
	if (key && status == UNDERSIGN_OK)
		status = signer_open(&out->signer, key, problem);
	if (status != UNDERSIGN_OK || !roll || !secret)
		return status;
	out->own = ceremony_find(&out->roll.ceremony, out->secret);
	if (out->own == 0)
		return refuse(problem, secret, "a trustee of this roll",
			      "the secret is that of none of them");
	if (key && poll_roll_find(&out->roll, signer_key(out->signer)) != out->own)
		return refuse(problem, key, "the key with which this trustee signs",
			      "the roll has another for it");
	return UNDERSIGN_OK;
}

void poll_files_close(struct poll_files *files)
{
	signer_close(files->signer);
	secret_free(files->secret);
	arena_heap_close(&files->heap);
}

enum undersign_status poll_files_write(const char *path, struct bytes text, struct signer *signer,
				       struct arena *arena, struct problem *problem)
{
	struct bytes note;
	enum undersign_status status = letter_sign(&note, text, signer, arena, problem);

	if (status == UNDERSIGN_OK)
		status = cli_write(path, note, FILE_PUBLIC, FILE_NEW, problem);
	return status;
}

enum undersign_status poll_files_read_deals(struct poll_trustees *out, char **paths, size_t n,
					    struct arena *arena, struct problem *problem)
{
	const size_t len = trustee_deal_len(&out->roll.ceremony);
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t k = 0; k < n && status == UNDERSIGN_OK; k++) {
		uint8_t deal[TRUSTEE_DEAL_MAX];
		struct bytes note;
		unsigned i;

		status = poll_files_read(&note, paths[k], arena, problem);
		if (status != UNDERSIGN_OK || !poll_text_is(note, POLL_DEAL_HEADER))
			continue;
		status = poll_deal_parse(&i, deal, &out->roll, note, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(paths[k]));
			continue;
		}
		if (out->deals[i - 1].len > 0 && memcmp(out->dealt[i - 1], deal, len) != 0)
			return refuse(problem, paths[k], "each trustee deals once",
				      "another deal of this trustee was given");
		memcpy(out->dealt[i - 1], deal, len);
		out->deals[i - 1] = bytes_from(out->dealt[i - 1], len);
	}
	for (unsigned i = 0; i < out->roll.ceremony.n && status == UNDERSIGN_OK; i++) {
		if (out->deals[i].len > 0)
			continue;
		problem_where_number(problem, "trustee", i + 1);
		problem_rule(problem, "the deals of all trustees are given");
		problem_what(problem, "there is none of", out->roll.trustees[i].signer.name);
		status = UNDERSIGN_E_MISSING;
	}
	return status;
}

int poll_files_run(const struct poll_step *step, int argc, char **argv)
{
	struct operands operands;
	struct problem problem = {0};
	struct poll_files files;
	int code;

	if (!options_read(&operands, &code, step->form, argc, argv))
		return code;
	enum undersign_status status = poll_files_open(
		&files, step->has_roll ? operands.at[0] : NULL, step->orders, &problem);
	if (status == UNDERSIGN_OK)
		status = step->run(&files, &operands, step->cookie, &problem);
	if (status == UNDERSIGN_OK)
		step->say(&files, &operands, step->cookie);
	else
		code = talk_refuse(status, step->headline, &problem, step->remedy);
	poll_files_close(&files);
	return status == UNDERSIGN_OK ? CLI_YES : code;
}

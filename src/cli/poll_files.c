#include "poll_files.h"

#include "cli.h"
#include "encoding.h"
#include "entropy.h"
#include "letter_verbs.h"
#include "secret.h"

#include <string.h>

#define SECRET_HEADER "undersigned trustee-secret v1"
#define SECRET_MAX    256

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

enum undersign_status poll_files_read_secret(struct scalar *secret, const char *path,
					     struct problem *problem)
{
	struct file_content content;
	uint8_t *encoded = secret_take(SCALAR_BYTES);
	enum undersign_status status = cli_read(&content, path, SECRET_MAX, FILE_PRIVATE, problem);

	if (status == UNDERSIGN_OK && encoded) {
		struct line_reader reader = line_reader_new(file_content_view(&content), NULL);

		line_header(&reader, SECRET_HEADER);
		line_base64(&reader, "secret", encoded, SCALAR_BYTES);
		status = line_end(&reader);
		if (status == UNDERSIGN_OK)
			status = scalar_decode(secret, encoded);
		if (status != UNDERSIGN_OK) {
			problem_where(problem, "file", bytes_from_text(path));
			problem_rule(problem, "a trustee's secret, as undersign poll key made it");
			problem_what(problem, "it holds something else (not shown)",
				     bytes_from(NULL, 0));
		}
		file_content_free(&content);
	} else if (status == UNDERSIGN_OK) {
		file_content_free(&content);
		status = UNDERSIGN_E_MEMORY;
	}
	secret_free(encoded);
	return status;
}

static enum undersign_status open_secret(struct poll_files *out, const char *path,
					 struct problem *problem)
{
	out->secret = secret_take(sizeof *out->secret);
	if (!out->secret)
		return UNDERSIGN_E_MEMORY;
	return poll_files_read_secret(out->secret, path, problem);
}

static enum undersign_status refuse(struct problem *problem, const char *path, const char *rule,
				    const char *what)
{
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

enum undersign_status poll_files_open(struct poll_files *out, const char *roll, const char *secret,
				      const char *key, struct problem *problem)
{
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
		status = open_secret(out, secret, problem);
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

/* --- poll key --- */

static enum undersign_status make_key(const char *path, const char *output,
				      struct poll_files *files, struct problem *problem)
{
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	uint8_t vkey[NOTE_KEY_TEXT_MAX], text[1024];
	struct writer name = writer_new(vkey, sizeof vkey), writer = writer_new(text, sizeof text);
	struct poll_trustee own = {.signer = *signer_key(files->signer)};
	uint8_t *content = secret_take(SECRET_MAX);
	struct scalar *secret = secret_take(sizeof *secret);
	enum undersign_status status = content && secret ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	note_key_write(&name, &own.signer);
	own.name = writer_view(&name);
	if (status == UNDERSIGN_OK)
		status = trustee_key_new(secret, own.key, own.name, &random);
	if (status == UNDERSIGN_OK) {
		struct writer hidden = writer_new(content, SECRET_MAX);
		uint8_t *encoded = content + SECRET_MAX - SCALAR_BYTES;

		scalar_encode(encoded, secret);
		writer_text(&hidden, SECRET_HEADER "\nsecret ");
		writer_base64(&hidden, bytes_from(encoded, SCALAR_BYTES));
		writer_text(&hidden, "\n");
		status = file_write(path, writer_view(&hidden), FILE_PRIVATE, FILE_NEW, problem);
	}
	if (status == UNDERSIGN_OK) {
		poll_key_write(&writer, &own);
		status = poll_files_write(output, writer_view(&writer), files->signer,
					  &files->heap.arena, problem);
	}
	secret_free(secret);
	secret_free(content);
	entropy_close(&entropy);
	return status;
}

int poll_key(int argc, char **argv)
{
	const char *key = NULL, *output = NULL;
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the private key that signs your files, of undersign key new",
		 .is_required = true,
		 .text = &key},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "what you give to the other trustees",
		 .is_required = true,
		 .text = &output},
	};
	const struct options_form form = {
		.usage = "undersign poll key SECRET --key FILE -o FILE",
		.about = "Makes a trustee's secret, in the new file SECRET, and the public half of "
			 "it. The secret is all that a trustee keeps; use it for one poll's "
			 "trustees only, and delete it after the count.",
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
	enum undersign_status status = poll_files_open(&files, NULL, NULL, key, &problem);
	if (status == UNDERSIGN_OK)
		status = make_key(operands.at[0], output, &files, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, "No trustee's key was made.", &problem, NULL);
	else
		talk_paragraph("Made %s: keep it to yourself. %s goes to whoever makes the roll.",
			       operands.at[0], output);
	poll_files_close(&files);
	return code;
}

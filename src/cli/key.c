#include "cli.h"

#include "entropy.h"
#include "note.h"
#include "secret.h"
#include "signer.h"

#include <stdio.h>
#include <string.h>

static int refuse_key(enum undersign_status status, const struct problem *problem)
{
	return talk_refuse(status, "No key was made.", problem, NULL);
}

static int print_key(const struct note_key *key, bool is_json)
{
	uint8_t text[NOTE_KEY_TEXT_MAX];
	struct writer writer = writer_new(text, sizeof(text));
	note_key_write(&writer, key);
	if (is_json) {
		uint8_t id[4] = {(uint8_t)(key->id >> 24), (uint8_t)(key->id >> 16),
				 (uint8_t)(key->id >> 8), (uint8_t)key->id};
		output_json(json_pack("{s:o, s:o, s:s, s:o}", "name", output_json_text(key->name),
				      "id", output_json_hex(bytes_from(id, sizeof(id))), "type",
				      key->type == NOTE_KEY_NOTE ? "note" : "cosignature", "vkey",
				      output_json_text(writer_view(&writer))));
		return CLI_YES;
	}
	output_text(writer_view(&writer));
	putchar('\n');
	return CLI_YES;
}

static int key_new(int argc, char **argv)
{
	const char *path = NULL;
	const struct option options[] = {
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the private key's new file, readable for you alone",
		 .is_required = true,
		 .text = &path},
	};
	const struct options_form form = {
		.usage = "undersign key new NAME -o FILE",
		.about =
			"Makes the key of an organiser, a steward or a log and prints its public "
			"half "
			"(vkey). NAME tells people whose key it is; a log's is its origin, such as "
			"desk.example/letters. It holds neither spaces nor a plus sign.",
		.options = options,
		.n_options = 1,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct problem problem = {0};
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	struct signer *signer;
	enum undersign_status status =
		signer_new(&signer, path, bytes_from_text(operands.at[0]), &random, &problem);
	if (status == UNDERSIGN_OK) {
		code = print_key(signer_key(signer), false);
		talk_paragraph("Made %s. Whoever has it can sign as %s: keep it to yourself, and "
			       "keep a copy.",
			       path, operands.at[0]);
	} else {
		/* A name that makes no key is wrong data, not a wrong call. */
		code = refuse_key(status == UNDERSIGN_E_USAGE ? UNDERSIGN_E_FORMAT : status,
				  &problem);
	}
	signer_close(signer);
	entropy_close(&entropy);
	return code;
}

static int key_show(int argc, char **argv)
{
	bool is_json = false;
	const struct option options[] = {
		{.name = "--json", .about = "name, id, type and vkey as JSON", .flag = &is_json},
	};
	const struct options_form form = {
		.usage = "undersign key show FILE",
		.about = "Prints the public half (vkey) of a private key's file, or checks a file "
			 "that holds one vkey and prints it again.",
		.options = options,
		.n_options = 1,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	const char *path = operands.at[0];
	struct problem problem = {0};
	struct file_content content;
	enum undersign_status status =
		cli_read(&content, path, NOTE_PRIVATE_KEY_TEXT_MAX + 1, FILE_PRIVATE, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "This key cannot be shown.", &problem, NULL);
	struct bytes line = file_content_view(&content);
	if (line.len > 0 && line.data[line.len - 1] == '\n')
		line.len--;
	if (bytes_begin_with(line, bytes_from_text("PRIVATE+KEY+"))) {
		struct note_private_key *key = secret_take(sizeof(*key));
		status = key ? note_private_key_parse(key, line, &problem) : UNDERSIGN_E_MEMORY;
		if (status == UNDERSIGN_OK) {
			code = print_key(&key->key, is_json);
			if (strcmp(path, "-") != 0 && file_is_exposed(path))
				talk_paragraph("Others than you can read %s. Do: chmod 600 %s",
					       path, path);
		}
		secret_free(key);
	} else {
		struct note_key key;
		status = note_key_parse(&key, line, &problem);
		if (status == UNDERSIGN_OK)
			code = print_key(&key, is_json);
		else
			problem_what(&problem, "found something else (not shown: it may be secret)",
				     bytes_from(NULL, 0));
	}
	if (status != UNDERSIGN_OK) {
		problem_inside(&problem, "file", bytes_from_text(path));
		code = talk_refuse(status, "This is not a key.", &problem,
				   "give a file that undersign key new made, or its vkey");
	}
	file_content_free(&content);
	return code;
}

/* As signer_new, for the key of one who is to be convinced alone. */
static int key_verifier(int argc, char **argv)
{
	const char *path = NULL;
	const struct option options[] = {
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the secret's new file, readable for you alone",
		 .is_required = true,
		 .text = &path},
	};
	const struct options_form form = {
		.usage = "undersign key verifier NAME -o FILE",
		.about = "Makes a key for claims that shall convince you and nobody else, and "
			 "prints "
			 "its public half, which you give to whoever is to make such a claim. NAME "
			 "is yours.",
		.options = options,
		.n_options = 1,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct problem problem = {0};
	struct entropy entropy = {0};
	struct undersign_random random = entropy_random(&entropy);
	uint8_t public_text[UNDERSIGN_VERIFIER_MAX];
	size_t public_len = 0, secret_len = 0;
	struct bytes name = bytes_from_text(operands.at[0]);
	uint8_t *secret_text = secret_take(UNDERSIGN_VERIFIER_MAX);
	enum undersign_status status = UNDERSIGN_E_MEMORY;
	if (secret_text)
		status = undersign_verifier_new(public_text, &public_len, secret_text, &secret_len,
						(struct undersign_bytes){name.data, name.len},
						&random);
	if (status == UNDERSIGN_E_USAGE || status == UNDERSIGN_E_FORMAT ||
	    status == UNDERSIGN_E_LIMIT) {
		status = UNDERSIGN_E_FORMAT;
		problem_where(&problem, "name", name);
		problem_rule(&problem, "a name has 1 to 128 bytes, no control character, and no "
				       "space at either end");
	}
	if (status == UNDERSIGN_OK)
		status = file_write(path, bytes_from(secret_text, secret_len), FILE_PRIVATE,
				    FILE_NEW, &problem);
	if (status == UNDERSIGN_OK) {
		fwrite(public_text, 1, public_len, stdout);
		talk_paragraph("Made %s. Keep it to yourself: whoever has it can make up claims "
			       "that are addressed to %s.",
			       path, operands.at[0]);
		code = CLI_YES;
	} else {
		code = refuse_key(status, &problem);
	}
	secret_free(secret_text);
	entropy_close(&entropy);
	return code;
}

int key_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"new", key_new, "a key for an organiser, a steward or a log", true},
		{"show", key_show, "the public half of a key", true},
		{"verifier", key_verifier, "a key for claims that convince only you", true},
	};
	return cli_dispatch("undersign key", verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

#include "ssh_evidence.h"

#include "encoding.h"
#include "memory.h"
#include "ssh_line.h"
#include "ssh_options.h"
#include "ssh_persons.h"
#include "ssh_signature.h"

struct search {
	const struct evidence_question *question;
	const struct ssh_signature *signature;
	struct bytes base64; /* of the signer's key, as a line has it */
	const struct evidence_source *source;
	struct ssh_line line; /* the one that serves */
	bool is_bare;         /* its file's form */
	bool has_key;         /* a line had the key, and *problem says why it does not serve */
	struct problem *problem;
};

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what, struct bytes detail)
{
	problem_rule(problem, rule);
	problem_what(problem, what, detail);
	return status;
}

static bool ends_with(struct bytes bytes, const char *end)
{
	size_t len = bytes_from_text(end).len;

	return bytes.len >= len &&
	       bytes_are_equal(bytes_part(bytes, bytes.len - len, len), bytes_from_text(end));
}

static bool is_bare(const struct evidence_source *source)
{
	return ends_with(source->name, ".keys") || ends_with(source->name, ".pub");
}

/* Why the options of a line with the signer's key keep it from serving; NULL if they do not. */
static const char *why_not(struct bytes *detail, const struct ssh_line *line, uint64_t seconds)
{
	struct ssh_options options;

	if (line->options.len == 0)
		return NULL;
	*detail = line->options;
	if (!ssh_options_parse_signers(&options, detail, line->options))
		return "its options are not good:";
	if (options.is_cert_authority)
		return "it is there as a certificate authority, which vouches for others:";
	if (options.valid_before > 0 && seconds > options.valid_before)
		return "it has expired:";
	if (options.valid_after > 0 && seconds < options.valid_after)
		return "it is not valid yet:";
	if (options.has_namespaces &&
	    !ssh_options_match(bytes_from_text(SSH_EVIDENCE_NAMESPACE), options.namespaces))
		return "it is not for this namespace, " SSH_EVIDENCE_NAMESPACE ":";
	return NULL;
}

/* True if the line is the signer's and serves. */
static bool serves(struct search *search, struct bytes text, uint64_t number)
{
	struct ssh_line line;
	bool is_bare_file = is_bare(search->source);

	ssh_line_parse(&line, text, is_bare_file ? SSH_KEYS_BARE : SSH_KEYS_ALLOWED_SIGNERS);
	if (line.base64.len == 0 || !bytes_are_equal(line.base64, search->base64) ||
	    !bytes_are_equal(line.type, search->signature->key.name))
		return false;
	struct bytes detail = bytes_from(NULL, 0);
	const char *why = why_not(&detail, &line, search->question->seconds);
	if (!why) {
		search->line = line;
		search->is_bare = is_bare_file;
		return true;
	}
	if (search->has_key)
		return false;
	search->has_key = true;
	problem_where_number(search->problem, "line", number);
	problem_inside(search->problem, "file", search->source->name);
	problem_rule(search->problem, "the signer's key serves by what its line in the list says");
	problem_what(search->problem, why, detail);
	return false;
}

static enum undersign_status find_signer(struct search *search)
{
	const struct evidence_question *question = search->question;

	for (size_t i = 0; i < question->n_against; i++) {
		struct bytes content = question->against[i].content;

		search->source = &question->against[i];
		for (uint64_t number = 1; content.len > 0; number++) {
			struct bytes text = ssh_line_take(&content);

			if (ssh_line_is_content(text) && serves(search, text, number)) {
				if (search->problem)
					*search->problem = (struct problem){0};
				return UNDERSIGN_OK;
			}
		}
	}
	if (search->has_key)
		return UNDERSIGN_E_INVALID;
	return refuse(search->problem, UNDERSIGN_E_INVALID,
		      "evidence is signed with a key of the lists that it is checked against",
		      "this key is in none of them:", search->base64);
}

/* "alice" of "keys/alice.keys". */
static struct bytes name_of_file(struct bytes path)
{
	size_t start = path.len, end = path.len;

	while (start > 0 && path.data[start - 1] != '/')
		start--;
	while (end > start && path.data[end - 1] != '.')
		end--;
	return end > start ? bytes_part(path, start, end - 1 - start)
			   : bytes_part(path, start, path.len - start);
}

static enum undersign_status encode_key(struct bytes *out, struct bytes blob, struct arena *arena)
{
	size_t len = base64_encoded_len(blob.len);
	uint8_t *base64 = ARENA_TAKE(arena, uint8_t, len + 1);
	struct writer writer = writer_new(base64, len);

	if (!base64)
		return UNDERSIGN_E_MEMORY;
	writer_base64(&writer, blob);
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

static enum undersign_status answer(struct evidence_answer *out, const struct search *search,
				    struct arena *arena)
{
	const struct ssh_line *line = &search->line;
	struct bytes name = search->is_bare ? name_of_file(search->source->name) : line->principals;
	bool is_named = search->is_bare || ssh_persons_are_named(name);

	out->kind = EVIDENCE_SSH;
	out->identity = search->signature->key_blob;
	out->holder = name;
	out->strength = ssh_public_strength(&search->signature->key, arena);
	if (is_named)
		out->person = evidence_lower(arena, name);
	if (!out->strength || (is_named && name.len > 0 && !out->person.data)) {
		memset(out, 0, sizeof *out);
		return UNDERSIGN_E_MEMORY;
	}
	return UNDERSIGN_OK;
}

enum undersign_status ssh_evidence_check(struct evidence_answer *out,
					 const struct evidence_question *question,
					 struct arena *arena, struct problem *problem)
{
	struct ssh_signature signature;

	memset(out, 0, sizeof *out);
	enum undersign_status status =
		ssh_signature_parse(&signature, question->evidence, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!bytes_are_equal(signature.name_space, bytes_from_text(SSH_EVIDENCE_NAMESPACE)))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "evidence is signed in the namespace " SSH_EVIDENCE_NAMESPACE
			      " (ssh-keygen -n)",
			      "it is signed in", signature.name_space);
	struct search search = {.question = question, .signature = &signature, .problem = problem};
	status = encode_key(&search.base64, signature.key_blob, arena);
	if (status == UNDERSIGN_OK)
		status = find_signer(&search);
	if (status != UNDERSIGN_OK)
		return status;
	if (!ssh_signature_is_valid_vartime(&signature, bytes_from_text(SSH_EVIDENCE_NAMESPACE),
					    question->request))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "the signature is over this very request, and by a token only after "
			      "its owner touched it",
			      "it does not hold: another request was signed, or one byte differs",
			      bytes_from(NULL, 0));
	return answer(out, &search, arena);
}

#include "cosigners.h"

#include "client.h"
#include "encoding.h"
#include "witness.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define POSTS_MAX   4 /* of one witness: others may move it on meanwhile */
#define TIMEOUT_MS  20000
#define REPLY_MAX   ((size_t)64 * 1024)
#define URL_LEN     2048
#define SECONDS_OFF 86400 /* a cosignature's time may be so far from ours */
#define SIZE_TYPE   "text/x.tlog.size"
#define ADD         "/add-checkpoint"
#define CHECKPOINT  "/checkpoint"

/* What all threads of one asking share; none of it changes meanwhile. */
struct asking {
	const struct cosigners_options *options;
	const struct note_key *log;
	const struct checkpoint *checkpoint;
	struct bytes text, signed_text; /* the second with the log's signature */
	uint64_t old_size;
	const struct merkle_reader *reader;
	pthread_mutex_t mutex; /* guards the reader */
};

/* One witness. */
struct asked {
	struct asking *asking;
	const struct policy_witness *witness;
	struct http_client *client;
	struct cosigner_result *result;
	pthread_t thread;
	bool has_thread;
	char url[URL_LEN];
	size_t url_len; /* of the prefix */
	size_t line_len;
	uint8_t line[NOTE_SIGNATURE_LINE_MAX];
	uint8_t *evidence; /* of malloc */
	size_t evidence_len;
};

static void conclude(struct asked *asked, enum cosigner_outcome outcome, const char *rule,
		     const char *what)
{
	struct problem *problem = &asked->result->problem;

	asked->result->outcome = outcome;
	problem_where(problem, "witness", asked->witness->name);
	if (rule)
		problem_rule(problem, rule);
	if (what)
		problem_what(problem, what, bytes_from(NULL, 0));
}

static enum undersign_status prove(struct merkle_proof *out, struct asking *asking,
				   uint64_t old_size)
{
	pthread_mutex_lock(&asking->mutex);
	const enum undersign_status status =
		merkle_prove_consistency(out, old_size, asking->checkpoint->size, asking->reader);
	pthread_mutex_unlock(&asking->mutex);
	return status;
}

static enum undersign_status find_root(struct merkle_hash *out, struct asking *asking,
				       uint64_t size)
{
	pthread_mutex_lock(&asking->mutex);
	const enum undersign_status status = merkle_root_at(out, size, asking->reader);
	pthread_mutex_unlock(&asking->mutex);
	return status;
}

/* Keeps a reply's body, which must be one cosignature at least, if it is the witness's. */
static void take_cosignature(struct asked *asked, struct bytes body)
{
	const struct asking *asking = asked->asking;
	static const char rule[] =
		N_("a witness answers with its cosignature of the checkpoint that it was sent");
	struct note note;
	struct note_verdict verdict;
	const size_t len = asking->text.len + 1 + body.len;
	uint8_t *text = malloc(len);

	if (!text) {
		conclude(asked, COSIGNER_SILENT, "there is memory", "there is none left");
		return;
	}
	struct writer writer = writer_new(text, len);
	writer_bytes(&writer, asking->text);
	writer_u8(&writer, '\n');
	writer_bytes(&writer, body);
	if (note_parse(&note, writer_view(&writer), NULL) != UNDERSIGN_OK ||
	    !bytes_are_equal(note.text, asking->text) ||
	    note_verify(&verdict, &note, &asked->witness->key, 1, NOTE_UNKNOWN_IGNORED, NULL) !=
		    UNDERSIGN_OK) {
		conclude(asked, COSIGNER_LIED, rule,
			 "it is none of this witness's key, or of another text");
		goto out;
	}
	const uint64_t seconds = note_verdict_seconds(&verdict, 0);
	const uint64_t now = asking->options->now;
	if (seconds > now + SECONDS_OFF || seconds + SECONDS_OFF < now) {
		conclude(asked, COSIGNER_LIED, "a cosignature's time is within a day of ours",
			 "it is not: one of the two clocks is wrong");
		goto out;
	}
	for (size_t i = 0; i < note.n_signatures; i++) {
		if (verdict.key_of[i] != 0 || verdict.seconds_of[i] != seconds)
			continue;
		memcpy(asked->line, note.signatures[i].line.data, note.signatures[i].line.len);
		asked->line_len = note.signatures[i].line.len;
		break;
	}
	asked->result->seconds = seconds;
	asked->result->outcome = COSIGNER_SIGNED;
out:
	free(text);
}

/* Asks. False without a reply, and the outcome says so. */
static bool ask(struct asked *asked, struct http_reply *reply, const char *path, struct bytes body,
		size_t limit)
{
	const struct http_request request = {
		.url = asked->url,
		.is_post = body.len > 0,
		.body = body,
		.content_type = "text/plain; charset=utf-8",
		.limit = limit,
	};

	strcpy(asked->url + asked->url_len, path);
	const enum undersign_status status =
		http_client_request(asked->client, reply, &request, &asked->result->problem);
	if (status == UNDERSIGN_OK) {
		asked->result->status = reply->status;
		return true;
	}
	asked->result->outcome = status == UNDERSIGN_E_LIMIT ? COSIGNER_LIED : COSIGNER_SILENT;
	return false;
}

/* Whether a signed checkpoint of our own log speaks against ours. */
static bool is_against(struct asked *asked, struct bytes note_text)
{
	struct asking *asking = asked->asking;
	struct note note;
	struct checkpoint checkpoint;
	struct note_verdict verdict;
	struct merkle_hash root;

	if (note_parse(&note, note_text, NULL) != UNDERSIGN_OK ||
	    checkpoint_parse(&checkpoint, note.text, NULL) != UNDERSIGN_OK ||
	    note_verify(&verdict, &note, asking->log, 1, NOTE_UNKNOWN_IGNORED, NULL) !=
		    UNDERSIGN_OK)
		return false;
	asked->result->size = checkpoint.size;
	if (checkpoint.size > asking->checkpoint->size)
		return true;
	return find_root(&root, asking, checkpoint.size) == UNDERSIGN_OK &&
	       !merkle_hash_is_equal(&root, &checkpoint.root);
}

/* A witness has seen something else: what it shows for it. */
static void look(struct asked *asked, enum cosigner_outcome without, const char *rule,
		 const char *what)
{
	char path[1 + WITNESS_ORIGIN_HEX_LEN + sizeof CHECKPOINT] = "/";
	struct http_reply reply;
	const int status = asked->result->status;

	witness_origin_hex((uint8_t *)path + 1, asked->asking->log->name);
	strcpy(path + 1 + WITNESS_ORIGIN_HEX_LEN, CHECKPOINT);
	if (ask(asked, &reply, path, bytes_from(NULL, 0), NOTE_LEN_MAX) && reply.status == 200 &&
	    is_against(asked, http_reply_body(&reply))) {
		asked->evidence = malloc(reply.body_len);
		if (asked->evidence) {
			memcpy(asked->evidence, reply.body, reply.body_len);
			asked->evidence_len = reply.body_len;
		}
		conclude(asked, COSIGNER_PROVES, "a log's key signs one log, which only grows",
			 "it shows our own signature on a larger log or on another one");
	} else {
		asked->result->status = status;
		conclude(asked, without, rule, what);
	}
	http_reply_free(&reply);
}

/* Takes the size from a reply of 409. False if there is none. */
static bool read_size(uint64_t *out, const struct http_reply *reply)
{
	const struct bytes body = http_reply_body(reply);

	return strcmp(reply->content_type, SIZE_TYPE) == 0 && body.len > 1 &&
	       body.data[body.len - 1] == '\n' &&
	       decimal_decode(out, bytes_part(body, 0, body.len - 1), MERKLE_SIZE_MAX) ==
		       UNDERSIGN_OK;
}

/* True if it is worth asking again from *old_size on. */
static bool take_reply(struct asked *asked, const struct http_reply *reply, uint64_t *old_size)
{
	static const char stale[] = N_("a witness that is not up to date names another size");
	const uint64_t ours = asked->asking->checkpoint->size;
	uint64_t size;

	switch (reply->status) {
	case 200:
		take_cosignature(asked, http_reply_body(reply));
		return false;
	case 409:
		if (!read_size(&size, reply) || size == *old_size) {
			conclude(asked, COSIGNER_LIED, stale, "it names none");
			return false;
		}
		if (size <= ours) {
			if (!asked->result->has_named)
				asked->result->named = size;
			asked->result->has_named = true;
			*old_size = size;
			return true;
		}
		asked->result->size = size;
		look(asked, COSIGNER_AHEAD, "no witness has seen more of a log than there is",
		     "it claims to, and shows no signature of the log for it");
		return false;
	case 422:
		look(asked, COSIGNER_REFUSED, "the log holds what the witness cosigned before",
		     "the witness says no, and shows nothing for it");
		return false;
	default:
		conclude(asked, COSIGNER_REFUSED, NULL, "it gave no cosignature");
		problem_rule_number(&asked->result->problem, "a witness answers 200, not {1}",
				    (uint64_t)reply->status);
		return false;
	}
}

/* One round. True if there is to be another. */
static bool submit(struct asked *asked, uint64_t *old_size)
{
	struct asking *asking = asked->asking;
	struct merkle_proof proof;
	struct http_reply reply;
	const size_t capacity = WITNESS_SUBMISSION_LEN_MAX;

	if (prove(&proof, asking, *old_size) != UNDERSIGN_OK) {
		conclude(asked, COSIGNER_SILENT, "the log's own hashes can be read",
			 "they cannot: no proof was made");
		return false;
	}
	uint8_t *body = malloc(capacity);
	if (!body) {
		conclude(asked, COSIGNER_SILENT, "there is memory", "there is none left");
		return false;
	}
	struct writer writer = writer_new(body, capacity);
	witness_write(&writer, *old_size, &proof, asking->signed_text);
	const bool has_reply = ask(asked, &reply, ADD, writer_view(&writer), REPLY_MAX);
	const bool again = has_reply && take_reply(asked, &reply, old_size);
	http_reply_free(&reply);
	free(body);
	return again;
}

static void *run(void *cookie)
{
	struct asked *asked = cookie;
	uint64_t old_size = asked->asking->old_size;
	int n = 0;

	while (submit(asked, &old_size))
		if (++n == POSTS_MAX) {
			conclude(asked, COSIGNER_REFUSED, "a witness stands still for a moment",
				 "it names another size each time");
			break;
		}
	return NULL;
}

/* Its address and its connection. False if it is not asked. */
static bool prepare(struct asked *asked)
{
	const struct cosigners_options *options = asked->asking->options;
	struct bytes url = asked->witness->url;
	const struct http_client_options client = {
		.proxy = options->proxy,
		.timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS,
		.connect_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS,
	};

	if (url.len > 0 && url.data[url.len - 1] == '/')
		url.len--;
	if (url.len == 0) {
		conclude(asked, COSIGNER_UNASKED, "the policy says where a witness is",
			 "it does not");
		return false;
	}
	if (url.len + WITNESS_ORIGIN_HEX_LEN + sizeof ADD + sizeof CHECKPOINT > URL_LEN) {
		conclude(asked, COSIGNER_UNASKED, "an address has at most 2,048 bytes",
			 "this one has more");
		return false;
	}
	memcpy(asked->url, url.data, url.len);
	asked->url[url.len] = '\0';
	asked->url_len = url.len;
	if (!http_url_is_valid(asked->url)) {
		conclude(asked, COSIGNER_UNASKED,
			 "a witness's address is of http or https, without a query", "it is not");
		return false;
	}
	if (http_client_open(&asked->client, &client, &asked->result->problem) != UNDERSIGN_OK) {
		asked->result->outcome = COSIGNER_SILENT;
		return false;
	}
	return true;
}

/* All at once; each has its own connection. */
static void ask_all(struct asked *asked, size_t n)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (size_t i = 0; i < n; i++) {
		if (!prepare(&asked[i]))
			continue;
		asked[i].has_thread = pthread_create(&asked[i].thread, NULL, run, &asked[i]) == 0;
		if (!asked[i].has_thread)
			run(&asked[i]);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; i < n; i++) {
		if (asked[i].has_thread)
			pthread_join(asked[i].thread, NULL);
		http_client_close(asked[i].client);
	}
}

/* The note with every cosignature that holds, judged by the policy itself. */
static enum undersign_status collect(struct cosigned *out, const struct asked *asked,
				     const struct asking *asking, struct arena *arena,
				     struct problem *problem)
{
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	size_t log, n_signed = 0;
	const size_t capacity =
		asking->signed_text.len + out->n_witnesses * (size_t)NOTE_SIGNATURE_LINE_MAX;
	uint8_t *buffer = arena_take(arena, capacity, 1);

	if (!buffer)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(buffer, capacity);
	writer_bytes(&writer, asking->signed_text);
	for (size_t i = 0; i < out->n_witnesses; i++) {
		/* The log's own is one of the signatures that a note can have. */
		if (out->results[i].outcome != COSIGNER_SIGNED ||
		    ++n_signed > NOTE_SIGNATURES_MAX - 1)
			continue;
		writer_put(&writer, asked[i].line, asked[i].line_len);
	}
	out->note = writer_view(&writer);
	enum undersign_status status = policy_open_checkpoint(
		&checkpoint, &note, &verdict, &log, asking->options->policy, out->note, problem);
	out->is_met = status == UNDERSIGN_OK;
	if (status != UNDERSIGN_E_INVALID)
		return status;
	problem_where(problem, "witnesses", bytes_from(NULL, 0));
	problem_what_numbers(problem, "{1} of {2} cosigned", n_signed, out->n_witnesses);
	return UNDERSIGN_E_LIMIT;
}

/* E_CONFLICT if a witness proves that the log's key has signed another log. */
static enum undersign_status judge(struct cosigned *out, const struct asked *asked,
				   const struct asking *asking, struct arena *arena,
				   struct problem *problem)
{
	for (size_t i = 0; i < out->n_witnesses; i++) {
		const struct cosigner_result *result = &out->results[i];
		if (result->outcome != COSIGNER_PROVES)
			continue;
		if (asked[i].evidence)
			out->evidence = arena_copy(
				arena, bytes_from(asked[i].evidence, asked[i].evidence_len));
		problem_where(problem, "witness", asked[i].witness->name);
		problem_rule(problem, "a log's key signs one log, which only grows");
		problem_what_numbers(
			problem,
			"it shows our own signature on {1} entries, against ours of {2}: the store "
			"was rolled back or forked, or others have the key. Sign nothing; keep "
			"what it showed; get the newest log from a mirror",
			result->size, asking->checkpoint->size);
		return UNDERSIGN_E_CONFLICT;
	}
	return collect(out, asked, asking, arena, problem);
}

/* The log of the policy that has signed, and its text with that one signature. */
static enum undersign_status open_checkpoint(struct asking *asking, struct checkpoint *checkpoint,
					     struct bytes input, struct arena *arena,
					     struct problem *problem)
{
	const struct policy *policy = asking->options->policy;
	struct note note;
	struct note_verdict verdict;
	size_t signature = 0;

	enum undersign_status status = note_parse(&note, input, problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_parse(checkpoint, note.text, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < policy->n_logs && !asking->log; i++)
		if (bytes_are_equal(policy->logs[i].key.name, checkpoint->origin))
			asking->log = &policy->logs[i].key;
	if (!asking->log) {
		problem_where(problem, "policy", bytes_from(NULL, 0));
		problem_rule_name(problem, "it has a `log` line for `{1}`", checkpoint->origin);
		problem_what(problem, "it has none: add one", bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	status = checkpoint_open(checkpoint, &note, &verdict, input, asking->log, 1,
				 NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK)
		return status;
	while (verdict.key_of[signature] != 0)
		signature++;
	const struct bytes line = note.signatures[signature].line;
	uint8_t *buffer = arena_take(arena, note.text.len + 1 + line.len, 1);
	if (!buffer)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(buffer, note.text.len + 1 + line.len);
	writer_bytes(&writer, note.text);
	writer_u8(&writer, '\n');
	writer_bytes(&writer, line);
	asking->signed_text = writer_view(&writer);
	asking->text = bytes_part(asking->signed_text, 0, note.text.len);
	asking->checkpoint = checkpoint;
	return UNDERSIGN_OK;
}

enum undersign_status cosigners_ask(struct cosigned *out, const struct cosigners_options *options,
				    struct bytes input, const struct merkle_reader *reader,
				    uint64_t old_size, struct arena *arena, struct problem *problem)
{
	const struct policy *policy = options->policy;
	struct asking asking = {.options = options, .reader = reader};
	struct checkpoint checkpoint;
	struct asked *asked = NULL;

	memset(out, 0, sizeof *out);
	out->n_witnesses = policy->n_witnesses;
	enum undersign_status status = open_checkpoint(&asking, &checkpoint, input, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	asking.old_size = old_size < checkpoint.size ? old_size : checkpoint.size;
	asked = calloc(policy->n_witnesses + 1, sizeof *asked);
	if (!asked || pthread_mutex_init(&asking.mutex, NULL) != 0) {
		free(asked);
		return UNDERSIGN_E_MEMORY;
	}
	for (size_t i = 0; i < policy->n_witnesses; i++) {
		asked[i].asking = &asking;
		asked[i].witness = &policy->witnesses[i];
		asked[i].result = &out->results[i];
	}
	ask_all(asked, policy->n_witnesses);
	status = judge(out, asked, &asking, arena, problem);
	pthread_mutex_destroy(&asking.mutex);
	for (size_t i = 0; i < policy->n_witnesses; i++)
		free(asked[i].evidence);
	free(asked);
	return status;
}

void cosigner_result_write(struct writer *writer, const struct policy_witness *witness,
			   const struct cosigner_result *result)
{
	static const char *const outcomes[] = {
		[COSIGNER_UNASKED] = "was not asked",
		[COSIGNER_SIGNED] = "has cosigned",
		[COSIGNER_SILENT] = "did not answer",
		[COSIGNER_REFUSED] = "refused",
		[COSIGNER_LIED] = "lied",
		[COSIGNER_AHEAD] = "claims a larger log",
		[COSIGNER_PROVES] = "shows another log",
	};

	writer_bytes(writer, witness->name);
	writer_u8(writer, ' ');
	writer_text(writer, outcomes[result->outcome]);
	if (result->outcome != COSIGNER_SIGNED && problem_is_set(&result->problem)) {
		writer_text(writer, ": ");
		writer_text(writer, result->problem.rule);
		writer_text(writer, ": ");
		writer_text(writer, result->problem.what);
	}
}

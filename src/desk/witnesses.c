#include "witnesses.h"

#include "cosigners.h"

#include "arena_heap.h"
#include "file.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKS "socks5h://"

struct witnesses {
	struct arena_heap heap;
	struct policy policy;
	const char *proxy; /* HOST:PORT */
	uint32_t timeout_ms;
	struct note_key keys[POLICY_WITNESSES_MAX];
	void (*warn)(void *cookie, const struct problem *problem);
	void *cookie;
};

static void warn(const struct witnesses *witnesses, const struct problem *problem)
{
	if (witnesses->warn)
		witnesses->warn(witnesses->cookie, problem);
}

static enum undersign_status read_policy(struct witnesses *witnesses, const char *path,
					 struct problem *problem)
{
	struct file_content content;

	enum undersign_status status =
		file_read(&content, path, POLICY_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const struct bytes text = arena_copy(&witnesses->heap.arena, file_content_view(&content));
	file_content_free(&content);
	if (!text.data)
		return UNDERSIGN_E_MEMORY;
	status = policy_parse(&witnesses->policy, text, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	for (size_t i = 0; i < witnesses->policy.n_witnesses && status == UNDERSIGN_OK; i++)
		witnesses->keys[i] = witnesses->policy.witnesses[i].key;
	return status;
}

struct published_witnesses witnesses_keys(const struct witnesses *witnesses)
{
	if (!witnesses)
		return (struct published_witnesses){NULL, 0};
	return (struct published_witnesses){witnesses->keys, witnesses->policy.n_witnesses};
}

static enum undersign_status check_policy(const struct witnesses *witnesses,
					  const struct note_key *log, const char *path,
					  struct problem *problem)
{
	struct problem weak[POLICY_WARNINGS_MAX] = {0};
	bool is_there = false;

	for (size_t i = 0; i < witnesses->policy.n_logs; i++)
		is_there |= note_key_is_equal(&witnesses->policy.logs[i].key, log);
	if (!is_there) {
		problem_where(problem, "file", bytes_from_text(path));
		problem_rule(problem, "the policy of a desk's witnesses names the desk's log");
		problem_what(problem, "there is no such line for", log->name);
		return UNDERSIGN_E_MISSING;
	}
	const size_t n = policy_lint(&witnesses->policy, weak);
	for (size_t i = 0; i < n; i++)
		warn(witnesses, &weak[i]);
	return UNDERSIGN_OK;
}

enum undersign_status witnesses_open(struct witnesses **out, const struct config *config,
				     const struct desk_state *state,
				     void (*warn_with)(void *cookie, const struct problem *problem),
				     void *cookie, struct problem *problem)
{
	struct witnesses *witnesses;

	*out = NULL;
	if (!config->witness_policy)
		return UNDERSIGN_OK;
	witnesses = calloc(1, sizeof *witnesses);
	if (!witnesses)
		return UNDERSIGN_E_MEMORY;
	arena_heap_open(&witnesses->heap, SIZE_MAX, false);
	witnesses->warn = warn_with;
	witnesses->cookie = cookie;
	witnesses->timeout_ms = config->witness_timeout_ms;
	witnesses->proxy = config->witness_proxy;
	if (witnesses->proxy && strncmp(witnesses->proxy, SOCKS, strlen(SOCKS)) == 0)
		witnesses->proxy += strlen(SOCKS);
	enum undersign_status status = read_policy(witnesses, config->witness_policy, problem);
	if (status == UNDERSIGN_OK)
		status = check_policy(witnesses, &state->log.log, config->witness_policy, problem);
	if (status == UNDERSIGN_OK)
		*out = witnesses;
	else
		witnesses_close(witnesses);
	return status;
}

void witnesses_close(struct witnesses *witnesses)
{
	if (witnesses)
		arena_heap_close(&witnesses->heap);
	free(witnesses);
}

/* Each that did not sign, and why. */
static void tell(const struct witnesses *witnesses, const struct cosigned *cosigned)
{
	for (size_t i = 0; i < cosigned->n_witnesses; i++) {
		const struct cosigner_result *result = &cosigned->results[i];
		struct problem problem = {0};
		uint8_t text[PROBLEM_TEXT_LEN];
		struct writer writer = writer_new(text, sizeof text);

		if (result->outcome == COSIGNER_SIGNED || result->outcome == COSIGNER_UNASKED)
			continue;
		cosigner_result_write(&writer, &witnesses->policy.witnesses[i], result);
		problem_where(&problem, "witness", witnesses->policy.witnesses[i].name);
		problem_what(&problem, "", writer_view(&writer));
		warn(witnesses, &problem);
	}
}

/* A witness that names less than it has cosigned on the published checkpoint has lost its state, or
 * was given an old copy of it: it could cosign another log of that size. It is told; its
 * cosignature stays, for whose policy it is in must know. */
static void tell_forgetful(const struct witnesses *witnesses, const struct cosigned *cosigned,
			   const struct desk_state *state)
{
	struct file_content content = {0};
	char path[4096];

	snprintf(path, sizeof path, "%s/checkpoint", state->config->published);
	if (!file_exists(path) ||
	    file_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, NULL) != UNDERSIGN_OK)
		return;
	for (size_t i = 0; i < cosigned->n_witnesses; i++) {
		const struct note_key keys[] = {state->log.log, witnesses->keys[i]};
		const struct cosigner_result *result = &cosigned->results[i];
		struct checkpoint published;
		struct note_verdict verdict;
		struct problem problem = {0};
		struct note note;
		if (!result->has_named ||
		    checkpoint_open(&published, &note, &verdict, file_content_view(&content), keys,
				    2, NOTE_UNKNOWN_IGNORED, NULL) != UNDERSIGN_OK ||
		    !note_verdict_has(&verdict, 1) || result->named >= published.size)
			continue;
		problem_where(&problem, "witness", witnesses->policy.witnesses[i].name);
		problem_rule(&problem, "a witness keeps what it has cosigned");
		problem_what_numbers(
			&problem,
			"it has cosigned {1} entries and knows of {2}: its state was lost or set "
			"back. It needs a new key, and policies that name it have to be changed",
			published.size, result->named);
		warn(witnesses, &problem);
	}
	file_content_free(&content);
}

enum undersign_status witnesses_ask(struct bytes *out, struct bytes *evidence,
				    struct witnesses *witnesses, const struct desk_state *state,
				    uint64_t before, uint64_t now, struct arena *arena,
				    struct problem *problem)
{
	const struct cosigners_options options = {.policy = &witnesses->policy,
						  .proxy = witnesses->proxy,
						  .timeout_ms = witnesses->timeout_ms,
						  .now = now};
	const uint64_t size = state->view->size;
	struct merkle_hash *extra =
		ARENA_TAKE(arena, struct merkle_hash, merkle_levels_extra(size) + 1);
	struct cosigned *cosigned = ARENA_TAKE(arena, struct cosigned, 1);
	struct merkle_levels levels;

	*evidence = bytes_from(NULL, 0);
	if (!extra || !cosigned)
		return UNDERSIGN_E_MEMORY;
	merkle_levels_make(&levels, state->leaves, size, extra);
	const struct merkle_reader reader = merkle_levels_reader(&levels);
	*cosigned = (struct cosigned){0};
	enum undersign_status status = cosigners_ask(cosigned, &options, state->checkpoint, &reader,
						     before, arena, problem);
	tell(witnesses, cosigned);
	tell_forgetful(witnesses, cosigned, state);
	*out = cosigned->note;
	*evidence = cosigned->evidence;
	return status;
}

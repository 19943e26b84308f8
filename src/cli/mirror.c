#include "mirror_parts.h"

#include "catalogue.h"
#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEYS_LEN_MAX   ((size_t)1 << 20)
#define MEMORY_MAX     ((size_t)1 << 30) /* of notes and lists, whatever the log says */
#define ATTEMPTS_MAX   4                 /* for one file */
#define PAUSE_S        2                 /* before another, unless the server says when */
#define PAUSE_MOST_S   60
#define STALL_S        60
#define REQUEST_S      120
#define BYTES_A_SECOND 4096 /* that a server must manage over a large file */

/* --- one file --- */

static void report(struct mirror *mirror)
{
	const uint64_t left = mirror->expected > 0 ? mirror->expected : 1;

	if (!mirror->orders->is_silent)
		progress_report(&mirror->bar.progress, mirror->n_bytes, mirror->n_bytes + left);
}

void mirror_expect(struct mirror *mirror, uint64_t len)
{
	mirror->expected += len;
}

void mirror_settle(struct mirror *mirror, uint64_t len)
{
	mirror->expected -= len < mirror->expected ? len : mirror->expected;
}

static void take_received(void *cookie, size_t n)
{
	struct mirror *mirror = cookie;

	mirror->n_bytes += n;
	report(mirror);
}

enum undersign_status mirror_refuse(struct mirror *mirror, const char *name, const char *what)
{
	problem_where(mirror->problem, "file", bytes_from_text(name));
	problem_rule(mirror->problem, "what a server gives matches what names it");
	problem_what(mirror->problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status refuse_amount(struct mirror *mirror)
{
	mirror->is_cut = true;
	problem_where(mirror->problem, "server", bytes_from(NULL, 0));
	problem_rule_number(mirror->problem, "it sends at most {1} bytes (--limit)",
			    mirror->orders->most_bytes);
	problem_what(mirror->problem, "this bundle is larger, or the server sends without end",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_LIMIT;
}

static uint32_t timeout_ms(size_t limit)
{
	const uint64_t ms = 1000 * (REQUEST_S + (uint64_t)limit / BYTES_A_SECOND);

	return ms < UINT32_MAX / 2 ? (uint32_t)ms : UINT32_MAX / 2;
}

static void pause_for(const struct http_reply *reply)
{
	const uint32_t asked = reply->retry_after_s;
	struct timespec rest = {.tv_sec = asked == 0             ? PAUSE_S
					  : asked < PAUSE_MOST_S ? (time_t)asked
								 : PAUSE_MOST_S};

	while (nanosleep(&rest, &rest) != 0)
		;
}

/* True if the next time the answer may be another: a server that never answered is not there. */
static bool is_worth_another(const struct mirror *mirror, enum undersign_status status,
			     const struct http_reply *reply)
{
	return (status == UNDERSIGN_E_MISSING && mirror->n_bytes > 0) ||
	       (status == UNDERSIGN_OK && (reply->status == 503 || reply->status == 429));
}

static enum undersign_status judge(struct mirror *mirror, const struct http_reply *reply,
				   const char *name)
{
	if (reply->status == 200)
		return UNDERSIGN_OK;
	problem_where(mirror->problem, "file", bytes_from_text(name));
	problem_rule(mirror->problem, "the address serves every file of the bundle under its name");
	problem_what_numbers(mirror->problem, "the server answered with status {1}",
			     (uint64_t)reply->status, 0);
	if (reply->status == 503 || reply->status == 429)
		mirror->is_cut = true;
	return UNDERSIGN_E_MISSING;
}

enum undersign_status mirror_get(struct http_reply *out, struct mirror *mirror, const char *name,
				 size_t limit)
{
	char url[2200];
	const uint64_t left = mirror->orders->most_bytes - mirror->n_bytes;
	struct http_request request = {.url = url,
				       .limit = left < limit ? (size_t)left : limit,
				       .timeout_ms = timeout_ms(limit),
				       .received = take_received,
				       .cookie = mirror};
	enum undersign_status status = UNDERSIGN_OK;

	*out = (struct http_reply){0};
	if (mirror->n_bytes >= mirror->orders->most_bytes)
		return refuse_amount(mirror);
	(void)snprintf(url, sizeof url, "%s/%s", mirror->orders->url, name);
	for (unsigned attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
		if (attempt > 1)
			pause_for(out);
		http_reply_free(out);
		mirror->n_requests++;
		status = http_client_request(mirror->client, out, &request, mirror->problem);
		if (!is_worth_another(mirror, status, out))
			break;
	}
	if (status == UNDERSIGN_OK)
		return judge(mirror, out, name);
	/* A long reply is the server's doing, unless it is our limit that it reached. */
	if (status == UNDERSIGN_E_LIMIT && left < limit)
		return refuse_amount(mirror);
	if (status == UNDERSIGN_E_LIMIT)
		return mirror_refuse(mirror, name, "it is longer than it can be");
	mirror->is_cut = true;
	return status;
}

static enum undersign_status own(struct mirror *mirror, enum undersign_status status)
{
	if (status != UNDERSIGN_OK)
		mirror->is_cut = true;
	return status;
}

enum undersign_status mirror_put(struct mirror *mirror, const char *name, struct bytes content)
{
	return own(mirror,
		   mirror->store->put(mirror->store->cookie, name, content, mirror->problem));
}

enum undersign_status mirror_keep(struct mirror *mirror, const char *name)
{
	return own(mirror, mirror->store->keep(mirror->store->cookie, name, mirror->problem));
}

/* --- checkpoint and keys --- */

/* The log's key, from whom it is known: the bundle that was there, the policy, else the server's
 * list of keys, of which one must have the log's name and have signed. */
static enum undersign_status find_key(struct mirror *mirror, struct bytes keys,
				      const struct note *note)
{
	struct checkpoint checkpoint;
	enum undersign_status status = checkpoint_parse(&checkpoint, note->text, mirror->problem);

	for (size_t begin = 0, i = 0; i < keys.len && status == UNDERSIGN_OK; i++) {
		struct note_verdict verdict;

		if (keys.data[i] != '\n')
			continue;
		status = note_key_parse(&mirror->log, bytes_part(keys, begin, i - begin),
					mirror->problem);
		begin = i + 1;
		if (status == UNDERSIGN_OK && mirror->log.type == NOTE_KEY_NOTE &&
		    bytes_are_equal(mirror->log.name, checkpoint.origin) &&
		    note_verify(&verdict, note, &mirror->log, 1, NOTE_UNKNOWN_IGNORED, NULL) ==
			    UNDERSIGN_OK)
			return UNDERSIGN_OK;
	}
	if (status != UNDERSIGN_OK)
		return status;
	return mirror_refuse(mirror, "keys", "no key of the log that signed the checkpoint");
}

static enum undersign_status open_with_policy(struct mirror *mirror)
{
	struct policy *policy = ARENA_TAKE(&mirror->heap.arena, struct policy, 1);
	struct note_verdict verdict;
	struct note note;
	size_t log;

	if (!policy)
		return own(mirror, UNDERSIGN_E_MEMORY);
	enum undersign_status status =
		policy_parse(policy, mirror->orders->policy, mirror->problem);
	if (status == UNDERSIGN_OK)
		status = policy_open_checkpoint(&mirror->checkpoint, &note, &verdict, &log, policy,
						http_reply_body(&mirror->note), mirror->problem);
	if (status == UNDERSIGN_OK)
		mirror->log = policy->logs[log].key;
	return status;
}

/* All that can be said of a checkpoint by itself. */
static enum undersign_status open_checkpoint(struct mirror *mirror, struct bytes keys)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = UNDERSIGN_OK;

	if (mirror->orders->policy.len > 0)
		status = open_with_policy(mirror);
	if (status == UNDERSIGN_OK)
		status = note_parse(&note, http_reply_body(&mirror->note), mirror->problem);
	if (status == UNDERSIGN_OK && mirror->has_seen)
		mirror->log = mirror->seen_manifest.log;
	else if (status == UNDERSIGN_OK && mirror->orders->policy.len == 0)
		status = find_key(mirror, keys, &note);
	if (status == UNDERSIGN_OK)
		status = checkpoint_open(&mirror->checkpoint, &note, &verdict,
					 http_reply_body(&mirror->note), &mirror->log, 1,
					 NOTE_UNKNOWN_IGNORED, mirror->problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(mirror->problem, "file", bytes_from_text("checkpoint"));
		return status;
	}
	if (mirror->checkpoint.size == 0 || mirror->checkpoint.size > UINT64_C(1) << 40 ||
	    tile_count(mirror->checkpoint.size) > FOLDER_FILES_MAX / 2)
		return mirror_refuse(mirror, "checkpoint",
				     "a log without entries, or of more than a bundle can have");
	return UNDERSIGN_OK;
}

static bool is_unchanged(const struct mirror *mirror)
{
	return mirror->has_seen &&
	       bytes_are_equal(http_reply_body(&mirror->note), mirror->orders->seen_checkpoint);
}

static enum undersign_status take_keys(struct mirror *mirror, struct bytes *out)
{
	struct http_reply reply;

	if (is_unchanged(mirror) && mirror->orders->seen_keys.len > 0) {
		*out = mirror->orders->seen_keys;
		return mirror_put(mirror, "keys", *out);
	}
	enum undersign_status status = mirror_get(&reply, mirror, "keys", KEYS_LEN_MAX);
	if (status == UNDERSIGN_OK)
		status = mirror_put(mirror, "keys", http_reply_body(&reply));
	if (status == UNDERSIGN_OK) {
		*out = arena_copy(&mirror->heap.arena, http_reply_body(&reply));
		status = out->data ? UNDERSIGN_OK : own(mirror, UNDERSIGN_E_MEMORY);
	}
	http_reply_free(&reply);
	return status;
}

/* A checkpoint that is not of a later state than the one seen. */
static enum undersign_status compare_with_seen(struct mirror *mirror)
{
	const struct checkpoint *seen = &mirror->seen;
	const struct checkpoint *shown = &mirror->checkpoint;
	struct merkle_hash root = seen->root;

	if (!mirror->has_seen || shown->size > seen->size)
		return UNDERSIGN_OK;
	if (shown->size < seen->size &&
	    mirror_root_at(&root, mirror, seen->size, shown->size) != UNDERSIGN_OK)
		root = shown->root; /* what was there is damaged: nothing can be said */
	const bool is_fork = !merkle_hash_is_equal(&root, &shown->root);
	if (!is_fork && shown->size == seen->size)
		return UNDERSIGN_OK;
	mirror->split = is_fork ? MIRROR_FORKED : MIRROR_OLDER;
	return UNDERSIGN_E_CONFLICT;
}

static enum undersign_status take_checkpoint(struct mirror *mirror)
{
	struct bytes keys = {0};
	enum undersign_status status =
		mirror_get(&mirror->note, mirror, "checkpoint", NOTE_LEN_MAX);

	if (status == UNDERSIGN_OK)
		status = take_keys(mirror, &keys);
	if (status == UNDERSIGN_OK)
		status = open_checkpoint(mirror, keys);
	return status == UNDERSIGN_OK ? compare_with_seen(mirror) : status;
}

/* --- the whole --- */

static enum undersign_status take_all(struct mirror *mirror)
{
	enum undersign_status status = take_checkpoint(mirror);

	if (status != UNDERSIGN_OK)
		return status;
	mirror_expect(mirror, mirror->checkpoint.size * (MERKLE_BYTES + MIRROR_ENTRY_GUESS));
	status = mirror_take_manifest(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_take_tiles(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_check_seen(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_take_entries(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_take_texts(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_take_points(mirror);
	if (status == UNDERSIGN_OK)
		status = mirror_take_page(mirror);
	/* Last: with it a store is a bundle. */
	return status == UNDERSIGN_OK
		       ? mirror_put(mirror, "checkpoint", http_reply_body(&mirror->note))
		       : status;
}

static void forget_call(struct mirror *mirror)
{
	http_reply_free(&mirror->note);
	arena_heap_close(&mirror->heap);
	mirror->checkpoint = (struct checkpoint){0};
	mirror->manifest = (struct manifest){0};
	mirror->manifest_note = bytes_from(NULL, 0);
	mirror->manifest_is_logged = false;
	mirror->records = NULL;
	mirror->n_records = mirror->records_capacity = 0;
	mirror->extensions = NULL;
	mirror->n_extensions = mirror->extensions_capacity = 0;
	mirror->expected = 0;
	mirror->is_cut = false;
	mirror->split = MIRROR_NO_SPLIT;
	mirror->page_is_kept = false;
}

enum undersign_status mirror_take(struct mirror *mirror, const struct mirror_store *store,
				  struct problem *problem)
{
	forget_call(mirror);
	arena_heap_open(&mirror->heap, MEMORY_MAX, false);
	mirror->store = store;
	mirror->problem = problem;
	if (!mirror->orders->is_silent) {
		terminal_progress_begin(&mirror->bar, _("fetching"));
		mirror->bar.is_bytes = true;
	}
	enum undersign_status status = take_all(mirror);
	if (!mirror->orders->is_silent)
		terminal_progress_end(&mirror->bar, mirror->n_bytes, _("bytes"),
				      status == UNDERSIGN_OK);
	if (status == UNDERSIGN_E_MEMORY)
		mirror->is_cut = true;
	return status;
}

/* What was there must be what it says it is, or nothing can be held against it. */
static enum undersign_status open_seen(struct mirror *mirror, struct problem *problem)
{
	const struct mirror_orders *orders = mirror->orders;
	struct note_verdict verdict;
	struct note note;

	if (orders->seen_checkpoint.len == 0)
		return UNDERSIGN_OK;
	enum undersign_status status = note_parse(&note, orders->seen_manifest, problem);
	if (status == UNDERSIGN_OK)
		status = manifest_parse(&mirror->seen_manifest, note.text, &mirror->seen_heap.arena,
					problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_open(&mirror->seen, &note, &verdict, orders->seen_checkpoint,
					 &mirror->seen_manifest.log, 1, NOTE_UNKNOWN_IGNORED,
					 problem);
	mirror->has_seen = status == UNDERSIGN_OK;
	return status;
}

enum undersign_status mirror_open(struct mirror **out, const struct mirror_orders *orders,
				  struct problem *problem)
{
	const struct http_client_options options = {.proxy = orders->proxy, .stall_s = STALL_S};
	struct mirror *mirror = calloc(1, sizeof *mirror);

	*out = NULL;
	if (!mirror)
		return UNDERSIGN_E_MEMORY;
	mirror->orders = orders;
	arena_heap_open(&mirror->seen_heap, MEMORY_MAX, false);
	enum undersign_status status = http_client_open(&mirror->client, &options, problem);
	if (status == UNDERSIGN_OK)
		status = open_seen(mirror, problem);
	if (status == UNDERSIGN_OK)
		*out = mirror;
	else
		mirror_close(mirror);
	return status;
}

bool mirror_is_cut(const struct mirror *mirror)
{
	return mirror->is_cut;
}

/* Whether another checkpoint is served by now. */
static bool is_another(struct mirror *mirror)
{
	struct http_reply reply;

	mirror->problem = NULL;
	enum undersign_status status = mirror_get(&reply, mirror, "checkpoint", NOTE_LEN_MAX);
	const bool has_moved =
		status == UNDERSIGN_OK &&
		!bytes_are_equal(http_reply_body(&reply), http_reply_body(&mirror->note));
	http_reply_free(&reply);
	return has_moved;
}

/* The checkpoint is written last: for a moment the files beside it are those of the next one. */
bool mirror_has_moved(struct mirror *mirror)
{
	static const long wait_ms[] = {0, 100, 400};

	for (size_t i = 0; i < sizeof wait_ms / sizeof wait_ms[0]; i++) {
		const struct timespec wait = {wait_ms[i] / 1000, wait_ms[i] % 1000 * 1000000};
		nanosleep(&wait, NULL);
		if (is_another(mirror))
			return true;
	}
	return false;
}

bool mirror_distrust_page(struct mirror *mirror)
{
	if (!mirror->page_is_kept)
		return false;
	mirror->page_is_distrusted = true;
	return true;
}

enum mirror_split mirror_split_of(const struct mirror *mirror)
{
	return mirror->split;
}

struct bytes mirror_shown_checkpoint(const struct mirror *mirror)
{
	return http_reply_body(&mirror->note);
}

uint64_t mirror_request_count(const struct mirror *mirror)
{
	return mirror->n_requests;
}

uint64_t mirror_byte_count(const struct mirror *mirror)
{
	return mirror->n_bytes;
}

void mirror_close(struct mirror *mirror)
{
	if (!mirror)
		return;
	forget_call(mirror);
	arena_heap_close(&mirror->seen_heap);
	http_client_close(mirror->client);
	free(mirror);
}

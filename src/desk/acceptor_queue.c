#include "acceptor_inside.h"

#include <stdlib.h>
#include <string.h>

/* --- Answers ----------------------------------------------------------------------------------
 */

void acceptor_refuse(void (*answer)(void *cookie, const struct acceptor_answer *answer),
		     void *cookie, enum acceptor_verdict verdict, const struct problem *problem)
{
	const struct acceptor_answer is = {.verdict = verdict, .problem = problem};
	answer(cookie, &is);
}

static const struct problem busy = {
	.where = "the desk",
	.rule = "everything is checked before it is taken",
	.what = "it is busy. Nothing was lost and nothing was taken: come back later"};

void acceptor_refuse_busy(void (*answer)(void *cookie, const struct acceptor_answer *answer),
			  void *cookie)
{
	acceptor_refuse(answer, cookie, ACCEPTOR_BUSY, &busy);
}

void acceptor_answer(struct acceptor_waiting *waiting, const struct acceptor_answer *answer)
{
	struct acceptor_joined *joined = waiting->joined;

	waiting->answer(waiting->cookie, answer);
	while (joined) {
		struct acceptor_joined *next = joined->next;
		joined->answer(joined->cookie, answer);
		free(joined);
		joined = next;
	}
	free(waiting);
}

void acceptor_answer_busy(struct acceptor_waiting *first)
{
	const struct acceptor_answer is = {.verdict = ACCEPTOR_BUSY, .problem = &busy};

	while (first) {
		struct acceptor_waiting *next = first->next;
		acceptor_answer(first, &is);
		first = next;
	}
}

/* --- The queue --------------------------------------------------------------------------------
 */

static struct acceptor_waiting **bucket_of(struct acceptor *acceptor,
					   const uint8_t hash[static SHA512_BYTES])
{
	return &acceptor->buckets[(hash[0] | hash[1] << 8) % ACCEPTOR_BUCKETS];
}

/* What waits already with this content, for this place. */
static struct acceptor_waiting *find(struct acceptor *acceptor,
				     const struct acceptor_waiting *waiting)
{
	struct acceptor_waiting *at = *bucket_of(acceptor, waiting->hash);

	while (at &&
	       (at->kind != waiting->kind || memcmp(at->hash, waiting->hash, SHA512_BYTES) != 0 ||
		memcmp(at->letter, waiting->letter, HASH_BYTES) != 0))
		at = at->in_bucket;
	return at;
}

static bool join(struct acceptor_waiting *there, const struct acceptor_waiting *waiting)
{
	struct acceptor_joined *joined = malloc(sizeof *joined);

	if (!joined)
		return false;
	*joined = (struct acceptor_joined){there->joined, waiting->answer, waiting->cookie};
	there->joined = joined;
	return true;
}

static bool add(struct acceptor *acceptor, struct acceptor_waiting *waiting)
{
	const size_t most = acceptor->options.config->queue_max;
	struct acceptor_waiting **bucket = bucket_of(acceptor, waiting->hash);

	if (acceptor->n_waiting >= most ||
	    (waiting->is_unpaid && acceptor->n_unpaid >= (most + 3) / 4))
		return false;
	waiting->next = NULL;
	*acceptor->last = waiting;
	acceptor->last = &waiting->next;
	waiting->in_bucket = *bucket;
	*bucket = waiting;
	acceptor->n_waiting++;
	acceptor->n_unpaid += waiting->is_unpaid;
	pthread_cond_signal(&acceptor->has_work);
	return true;
}

bool acceptor_enqueue(struct acceptor *acceptor, struct acceptor_waiting *waiting)
{
	bool is_taken = false, is_joined = false;

	pthread_mutex_lock(&acceptor->lock);
	if (acceptor->is_running && !acceptor->is_stopped) {
		struct acceptor_waiting *there = find(acceptor, waiting);
		is_joined = there && join(there, waiting);
		is_taken = is_joined || (!there && add(acceptor, waiting));
	}
	pthread_mutex_unlock(&acceptor->lock);
	if (is_joined)
		free(waiting);
	return is_taken;
}

struct acceptor_waiting *acceptor_dequeue(struct acceptor *acceptor, size_t most, size_t *out_n)
{
	struct acceptor_waiting *first = acceptor->first;
	struct acceptor_waiting **cut = &acceptor->first;

	for (*out_n = 0; *cut && *out_n < most; ++*out_n) {
		struct acceptor_waiting *waiting = *cut;
		struct acceptor_waiting **at = bucket_of(acceptor, waiting->hash);
		while (*at != waiting)
			at = &(*at)->in_bucket;
		*at = waiting->in_bucket;
		acceptor->n_unpaid -= waiting->is_unpaid;
		acceptor->n_waiting--;
		cut = &waiting->next;
	}
	struct acceptor_waiting *rest = *cut;
	*cut = NULL;
	acceptor->first = rest;
	if (!rest)
		acceptor->last = &acceptor->first;
	return first;
}

/* What acceptor.c (opening, taking) and acceptor_work.c (working) share. Internal. */
#ifndef UNDERSIGNED_ACCEPTOR_INSIDE_H
#define UNDERSIGNED_ACCEPTOR_INSIDE_H

#include "acceptor.h"
#include "desk_state.h"

#include "arena_heap.h"
#include "sha2.h"
#include "signer.h"
#include "store.h"

#include <pthread.h>

#define ACCEPTOR_LETTERS_MAX CONFIG_LETTERS_MAX

#define ACCEPTOR_BUCKETS 1024

/* Somebody else who delivers what waits already. */
struct acceptor_joined {
	struct acceptor_joined *next;
	void (*answer)(void *cookie, const struct acceptor_answer *answer);
	void *cookie;
};

/* What waits. */
struct acceptor_waiting {
	struct acceptor_waiting *next, *in_bucket;
	struct acceptor_joined *joined;
	enum store_kind kind;
	bool is_unpaid; /* without a stamp, though the desk asks for one */
	bool is_early;  /* its letter was not open when it came, by what was known then */
	uint8_t letter[HASH_BYTES];
	uint8_t hash[SHA512_BYTES];
	void (*answer)(void *cookie, const struct acceptor_answer *answer);
	void *cookie;
	size_t len;
	uint8_t content[];
};

/* A letter as the cheap checks see it. */
struct acceptor_window {
	uint8_t id[HASH_BYTES];
	bool is_open;
	uint64_t opening, closing;
};

struct acceptor {
	struct acceptor_options options;
	struct desk_state state;
	struct store *store;
	struct signer *signer;
	struct generators generators;
	struct bytes appointment; /* from its heap; empty: none yet */
	struct arena_heap appointment_heap;
	uint64_t n_held[STORE_KINDS + 1]; /* by kind; at most, since some came again */
	/* Of each letter: when it closes by a record that waits for the log; REPLAY_NONE. */
	uint64_t pending_closing[ACCEPTOR_LETTERS_MAX];

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t has_work;
	bool is_running, is_stopped;
	struct acceptor_waiting *first, **last;
	struct acceptor_waiting *buckets[ACCEPTOR_BUCKETS]; /* the same, by their hashes */
	size_t n_waiting, n_unpaid;
	bool is_ready;
	uint64_t epoch;
	struct acceptor_window windows[ACCEPTOR_LETTERS_MAX];
	size_t n_windows;
};

void acceptor_warn(const struct acceptor *acceptor, const struct problem *problem);
/* The letter is here and takes statements now: HELD, CLOSED or UNKNOWN. *out_epoch: in which. By
 * any thread. */
enum acceptor_verdict acceptor_check_window(struct acceptor *acceptor,
					    const uint8_t letter[static HASH_BYTES],
					    uint64_t *out_epoch, bool *out_is_early,
					    struct problem *problem);
void acceptor_refuse(void (*answer)(void *cookie, const struct acceptor_answer *answer),
		     void *cookie, enum acceptor_verdict verdict, const struct problem *problem);
void acceptor_refuse_busy(void (*answer)(void *cookie, const struct acceptor_answer *answer),
			  void *cookie);
/* Answers everybody who delivered it, and frees it. */
void acceptor_answer(struct acceptor_waiting *waiting, const struct acceptor_answer *answer);
/* The same with all of a list. */
void acceptor_answer_busy(struct acceptor_waiting *first);
/* Puts it into the queue, which owns it then; false if that is full, or nobody works on it. What
 * waits there already has one place, and is answered to all at once: one stamp, or one valid
 * statement, keeps nobody out. What has paid nothing, as forms cannot, has a quarter of the queue.
 */
bool acceptor_enqueue(struct acceptor *acceptor, struct acceptor_waiting *waiting);
/* Takes up to so many out of the queue. Requires: the lock. */
struct acceptor_waiting *acceptor_dequeue(struct acceptor *acceptor, size_t most, size_t *out_n);
/* Counts what is held, so that what came again does not count twice. */
UNDERSIGN_MUST_CHECK enum undersign_status acceptor_count_held(struct acceptor *acceptor,
							       struct problem *problem);
/* Reads what is new in the store, and shows it to the threads that take deliveries. */
UNDERSIGN_MUST_CHECK enum undersign_status acceptor_refresh(struct acceptor *acceptor,
							    struct problem *problem);

#endif

#include "server_slots.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define COMING_MS  60000 /* then its owner has failed to take it up, for want of memory */
#define KEPT_MS    250   /* who has been waited for less is not cut to make room */
#define REPLY_STEP 4096  /* for so many bytes a reply gets a 60th of its limit more */

struct slot {
	int fd;
	enum server_phase phase;
	uint32_t n_requests;
	uint32_t next; /* of those that are free */
	uint32_t n_uses;
	size_t listener;
	uint64_t since_ms, until_ms;
	size_t received; /* of a body */
};

struct server_slots {
	pthread_mutex_t mutex; /* guards everything below */
	struct server_limits limits;
	uint32_t n, n_open, first_free;
	bool is_wanted; /* somebody found none free */
	struct slot slots[];
};

uint64_t server_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct server_slots *server_slots_new(uint32_t n, const struct server_limits *limits)
{
	struct server_slots *slots = calloc(1, sizeof *slots + n * sizeof slots->slots[0]);

	if (!slots)
		return NULL;
	if (pthread_mutex_init(&slots->mutex, NULL) != 0) {
		free(slots);
		return NULL;
	}
	slots->limits = *limits;
	slots->n = n;
	for (uint32_t i = 0; i < n; i++)
		slots->slots[i].next = i + 1 < n ? i + 1 : SERVER_SLOT_NONE;
	slots->first_free = n ? 0 : SERVER_SLOT_NONE;
	return slots;
}

void server_slots_free(struct server_slots *slots)
{
	if (!slots)
		return;
	pthread_mutex_destroy(&slots->mutex);
	free(slots);
}

/* The mutex is held. */
static void set(struct server_slots *slots, struct slot *slot, enum server_phase phase,
		uint64_t len)
{
	static const uint64_t never = UINT64_MAX;
	const uint64_t now = server_clock_ms();

	slot->phase = phase;
	slot->since_ms = now;
	slot->received = 0;
	switch (phase) {
	case SERVER_COMING:
		slot->until_ms = now + COMING_MS;
		break;
	case SERVER_HEADERS:
		slot->until_ms = now + slots->limits.header_ms;
		break;
	case SERVER_BODY:
		slot->until_ms = now + slots->limits.body_ms;
		break;
	case SERVER_REPLY:
		slot->until_ms = now + slots->limits.reply_ms +
				 len / REPLY_STEP * (slots->limits.reply_ms / 60);
		break;
	case SERVER_FREE:
	case SERVER_HANDLING:
	case SERVER_CUT:
		slot->until_ms = never;
		break;
	}
}

/* The mutex is held. */
static void release(struct server_slots *slots, struct slot *slot)
{
	slot->phase = SERVER_FREE;
	slot->fd = -1;
	slot->next = slots->first_free;
	slots->first_free = (uint32_t)(slot - slots->slots);
	slots->n_open--;
}

/* The mutex is held, so the socket is not closed yet. */
static void cut(struct server_slots *slots, struct slot *slot)
{
	shutdown(slot->fd, SHUT_RDWR);
	set(slots, slot, SERVER_CUT, 0);
}

bool server_slots_take(uint64_t *out_ticket, struct server_slots *slots, int fd, size_t listener)
{
	pthread_mutex_lock(&slots->mutex);
	const uint32_t at = slots->first_free;
	const bool is_free = at != SERVER_SLOT_NONE;
	slots->is_wanted = !is_free;
	if (is_free) {
		struct slot *slot = &slots->slots[at];
		slots->first_free = slot->next;
		slots->n_open++;
		slot->fd = fd;
		slot->listener = listener;
		slot->n_requests = 0;
		set(slots, slot, SERVER_COMING, 0);
		*out_ticket = (uint64_t)++slot->n_uses << 32 | at;
	}
	pthread_mutex_unlock(&slots->mutex);
	return is_free;
}

/* The mutex is held. NULL if the ticket's use of the slot has ended. */
static struct slot *find_coming(struct server_slots *slots, uint64_t ticket)
{
	struct slot *slot = &slots->slots[(uint32_t)ticket];

	return slot->n_uses == ticket >> 32 && slot->phase == SERVER_COMING ? slot : NULL;
}

uint32_t server_slots_start(struct server_slots *slots, uint64_t ticket)
{
	pthread_mutex_lock(&slots->mutex);
	struct slot *slot = find_coming(slots, ticket);
	if (slot)
		set(slots, slot, SERVER_HEADERS, 0);
	pthread_mutex_unlock(&slots->mutex);
	return slot ? (uint32_t)ticket : SERVER_SLOT_NONE;
}

void server_slots_forget(struct server_slots *slots, uint64_t ticket)
{
	pthread_mutex_lock(&slots->mutex);
	struct slot *slot = find_coming(slots, ticket);
	if (slot)
		release(slots, slot);
	pthread_mutex_unlock(&slots->mutex);
}

bool server_slots_give_back(struct server_slots *slots, uint32_t slot)
{
	pthread_mutex_lock(&slots->mutex);
	const bool is_wanted = slots->is_wanted;
	release(slots, &slots->slots[slot]);
	slots->is_wanted = false;
	pthread_mutex_unlock(&slots->mutex);
	return is_wanted;
}

void server_slots_set(struct server_slots *slots, uint32_t slot, enum server_phase phase,
		      uint64_t len)
{
	pthread_mutex_lock(&slots->mutex);
	if (slots->slots[slot].phase != SERVER_CUT)
		set(slots, &slots->slots[slot], phase, len);
	pthread_mutex_unlock(&slots->mutex);
}

size_t server_slots_listener(const struct server_slots *slots, uint32_t slot)
{
	return slots->slots[slot].listener;
}

uint32_t server_slots_count_request(struct server_slots *slots, uint32_t slot)
{
	pthread_mutex_lock(&slots->mutex);
	const uint32_t n = ++slots->slots[slot].n_requests;
	pthread_mutex_unlock(&slots->mutex);
	return n;
}

void server_slots_received(struct server_slots *slots, uint32_t slot, size_t len)
{
	pthread_mutex_lock(&slots->mutex);
	slots->slots[slot].received += len;
	pthread_mutex_unlock(&slots->mutex);
}

size_t server_slots_sweep(struct server_slots *slots)
{
	const uint64_t now = server_clock_ms();

	pthread_mutex_lock(&slots->mutex);
	for (uint32_t i = 0; i < slots->n; i++) {
		struct slot *slot = &slots->slots[i];
		if (slot->phase == SERVER_FREE || slot->until_ms > now)
			continue;
		if (slot->phase == SERVER_COMING)
			release(slots, slot);
		else
			cut(slots, slot);
	}
	const size_t n_open = slots->n_open;
	pthread_mutex_unlock(&slots->mutex);
	return n_open;
}

void server_slots_make_room(struct server_slots *slots)
{
	const uint64_t now = server_clock_ms();
	struct slot *head = NULL, *body = NULL;
	bool is_coming = false;

	pthread_mutex_lock(&slots->mutex);
	for (uint32_t i = 0; i < slots->n; i++) {
		struct slot *slot = &slots->slots[i];
		is_coming = is_coming || slot->phase == SERVER_CUT;
		if (now - slot->since_ms <= KEPT_MS)
			continue;
		if (slot->phase == SERVER_HEADERS && (!head || slot->since_ms < head->since_ms))
			head = slot;
		if (slot->phase == SERVER_BODY && (!body || slot->received < body->received))
			body = slot;
	}
	if (!is_coming && (head || body))
		cut(slots, head ? head : body);
	slots->is_wanted = true;
	pthread_mutex_unlock(&slots->mutex);
}

void server_slots_cut_idle(struct server_slots *slots)
{
	pthread_mutex_lock(&slots->mutex);
	for (uint32_t i = 0; i < slots->n; i++)
		if (slots->slots[i].phase == SERVER_HEADERS)
			cut(slots, &slots->slots[i]);
	pthread_mutex_unlock(&slots->mutex);
}

size_t server_slots_busy(struct server_slots *slots)
{
	size_t n = 0;

	pthread_mutex_lock(&slots->mutex);
	for (uint32_t i = 0; i < slots->n; i++) {
		const enum server_phase phase = slots->slots[i].phase;
		n += phase == SERVER_BODY || phase == SERVER_HANDLING || phase == SERVER_REPLY;
	}
	pthread_mutex_unlock(&slots->mutex);
	return n;
}

size_t server_slots_open(struct server_slots *slots)
{
	pthread_mutex_lock(&slots->mutex);
	const size_t n = slots->n_open;
	pthread_mutex_unlock(&slots->mutex);
	return n;
}

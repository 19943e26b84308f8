/* A server's connections: what each is waiting for, since when, and until when. A connection that
 * is late is cut by shutting its socket down; closing it is left to whoever owns it. Nothing is
 * kept of whom it is with. By several threads at once. Only for files of this folder. */
#ifndef UNDERSIGNED_SERVER_SLOTS_H
#define UNDERSIGNED_SERVER_SLOTS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_SLOT_NONE UINT32_MAX

enum server_phase {
	SERVER_FREE,
	SERVER_COMING,   /* its owner has not taken it up yet: it is not touched */
	SERVER_HEADERS,  /* the peer has to send a request's head */
	SERVER_BODY,     /* the peer has to send a request's body */
	SERVER_HANDLING, /* we have to answer: no limit */
	SERVER_REPLY,    /* the peer has to take the answer */
	SERVER_CUT,      /* shut down */
};

struct server_limits {
	uint64_t header_ms, body_ms, reply_ms;
};

struct server_slots;

/* NULL if there is no memory. */
struct server_slots *server_slots_new(uint32_t n, const struct server_limits *limits);
void server_slots_free(struct server_slots *slots);

/* A slot for a socket that its owner will take up; false if all are taken. */
bool server_slots_take(uint64_t *out_ticket, struct server_slots *slots, int fd, size_t listener);
/* The owner has taken it up: the slot; SERVER_SLOT_NONE if that took so long that it is lost. */
uint32_t server_slots_start(struct server_slots *slots, uint64_t ticket);
/* The owner has not, and will not. */
void server_slots_forget(struct server_slots *slots, uint64_t ticket);
/* Before its socket is closed. True if somebody may be waiting for a free slot. */
bool server_slots_give_back(struct server_slots *slots, uint32_t slot);
/* len: bytes of the reply, for SERVER_REPLY. */
void server_slots_set(struct server_slots *slots, uint32_t slot, enum server_phase phase,
		      uint64_t len);
size_t server_slots_listener(const struct server_slots *slots, uint32_t slot);
/* Counts a request of this connection: 1 is the first. */
uint32_t server_slots_count_request(struct server_slots *slots, uint32_t slot);

/* Cuts what is late. Returns how many connections there are. */
size_t server_slots_sweep(struct server_slots *slots);
/* Counts bytes of a body that have come. */
void server_slots_received(struct server_slots *slots, uint32_t slot, size_t len);
/* Makes room: unless one is on its way out already, cuts the connection whose peer has kept us
 * waiting for a request's head the longest; without one, of those who owe a body the one that has
 * sent the least. Nobody is cut in its first quarter of a second. The next that is given back is
 * waited for. */
void server_slots_make_room(struct server_slots *slots);
/* Cuts all from whom a request's head is expected. */
void server_slots_cut_idle(struct server_slots *slots);
/* Connections of which a request is under way. */
size_t server_slots_busy(struct server_slots *slots);
size_t server_slots_open(struct server_slots *slots);

/* Milliseconds of a clock that never goes back. */
uint64_t server_clock_ms(void);

#endif

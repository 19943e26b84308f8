#include "server_inside.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWEEP_MS 200 /* how late a late connection may be cut */
#define PAUSE_MS 20  /* when the system has no descriptor left, and none is given back */
#define BURST    64  /* connections taken from one socket before the next is looked at */

void server_door_wake(struct server_door *door)
{
	const uint64_t one = 1;
	const ssize_t n = write(door->wake, &one, sizeof one);

	(void)n; /* full: it wakes in any case */
}

/* A connection for which there is no slot yet. */
struct waiting {
	int fd;
	size_t listener;
};

/* False if there is still no slot. */
static bool hand_over(struct server_door *door, struct waiting *waiting)
{
	uint64_t ticket;

	if (!server_slots_take(&ticket, door->slots, waiting->fd, waiting->listener))
		return false;
	door->hand_over(door->cookie, waiting->fd, ticket);
	waiting->fd = -1;
	return true;
}

/* Accepts what waits at one socket, as long as there are slots. False if the system has no
 * descriptor left. */
static bool accept_some(struct server_door *door, struct waiting *waiting, size_t listener)
{
	for (int i = 0; i < BURST; i++) {
		/* The peer's address is not asked for. */
		waiting->fd = accept4(door->sockets[listener].fd, NULL, NULL,
				      SOCK_NONBLOCK | SOCK_CLOEXEC);
		waiting->listener = listener;
		if (waiting->fd >= 0) {
			if (!hand_over(door, waiting))
				return true;
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			return false;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return true;
		}
	}
	return true;
}

static void *run(void *cookie)
{
	struct server_door *door = cookie;
	struct waiting waiting = {.fd = -1};
	struct pollfd polled[HTTP_SERVER_LISTENERS_MAX + 1];
	struct pollfd *const wake = &polled[door->n_sockets];
	uint64_t swept_ms = server_clock_ms();
	bool is_starved = false;

	for (size_t i = 0; i < door->n_sockets; i++)
		polled[i] = (struct pollfd){.fd = door->sockets[i].fd, .events = POLLIN};
	*wake = (struct pollfd){.fd = door->wake, .events = POLLIN};
	while (!door->is_closing) {
		uint64_t count;
		const bool is_full = waiting.fd >= 0;
		/* While one waits, the sockets keep the others. */
		const int n = is_full      ? poll(wake, 1, SWEEP_MS)
			      : is_starved ? poll(wake, 1, PAUSE_MS)
					   : poll(polled, (nfds_t)door->n_sockets + 1, SWEEP_MS);
		if (n > 0 && wake->revents && read(door->wake, &count, sizeof count) < 0)
			count = 0;
		if (server_clock_ms() - swept_ms >= SWEEP_MS) {
			server_slots_sweep(door->slots);
			swept_ms = server_clock_ms();
		}
		if (is_full && !hand_over(door, &waiting)) {
			server_slots_make_room(door->slots);
			continue;
		}
		const bool was_starved = is_starved;
		is_starved = false;
		for (size_t i = 0; !is_full && !is_starved && i < door->n_sockets; i++)
			if ((was_starved || (n > 0 && polled[i].revents)) && waiting.fd < 0)
				is_starved = !accept_some(door, &waiting, i);
		if (waiting.fd >= 0 || is_starved)
			server_slots_make_room(door->slots);
	}
	if (waiting.fd >= 0)
		close(waiting.fd);
	return NULL;
}

enum undersign_status server_door_open(struct server_door *door)
{
	door->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (door->wake < 0)
		return UNDERSIGN_E_SYSTEM;
	if (pthread_create(&door->thread, NULL, run, door) != 0) {
		close(door->wake);
		return UNDERSIGN_E_SYSTEM;
	}
	door->has_thread = true;
	return UNDERSIGN_OK;
}

void server_door_close(struct server_door *door)
{
	if (door->has_thread) {
		door->is_closing = true;
		server_door_wake(door);
		pthread_join(door->thread, NULL);
		close(door->wake);
		door->has_thread = false;
	}
	for (size_t i = 0; i < door->n_sockets; i++)
		server_socket_close(&door->sockets[i]);
	door->n_sockets = 0;
}

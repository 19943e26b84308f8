#include "server_listen.h"

#include "encoding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG       1024
#define ACTIVATED_MAX 64
#define ACTIVATED_FD  3 /* the first that systemd hands over */

static enum undersign_status fail(struct problem *problem, const struct http_listener *listener,
				  enum undersign_status status, const char *rule, const char *what)
{
	problem_where(problem, "listener", bytes_from_text(listener->address));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status fail_errno(struct problem *problem,
					const struct http_listener *listener, int number)
{
	const enum undersign_status status = number == EADDRINUSE ? UNDERSIGN_E_CONFLICT
					     : number == ENOMEM   ? UNDERSIGN_E_MEMORY
								  : UNDERSIGN_E_SYSTEM;

	problem_where(problem, "listener", bytes_from_text(listener->address));
	problem_rule(problem, "the address can be listened on");
	problem_what(problem, "the system says:", bytes_from_text(strerror(number)));
	return status;
}

static int make_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* True if somebody answers at the path, or it cannot be told. */
static bool is_alive(const struct sockaddr_un *address)
{
	const int fd = make_socket(AF_UNIX);
	if (fd < 0)
		return true;
	const bool refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
			     errno == ECONNREFUSED;
	close(fd);
	return !refused;
}

static enum undersign_status
open_unix(struct server_socket *out, const struct http_listener *listener, struct problem *problem)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const mode_t mode = listener->mode ? (mode_t)listener->mode : 0660;
	struct stat status;

	if (strlen(listener->address) >= sizeof address.sun_path || listener->address[0] == '\0')
		return fail(problem, listener, UNDERSIGN_E_LIMIT,
			    "the path of a Unix socket has 1 to 107 bytes", "it has not");
	strcpy(address.sun_path, listener->address);
	if (lstat(listener->address, &status) == 0) {
		if (!S_ISSOCK(status.st_mode))
			return fail(problem, listener, UNDERSIGN_E_CONFLICT,
				    "a socket is made where nothing else is",
				    "a file is there that is no socket; choose another path");
		if (is_alive(&address))
			return fail(problem, listener, UNDERSIGN_E_CONFLICT,
				    "one program listens at a path",
				    "another does already; stop it, or choose another path");
		unlink(listener->address);
	}
	const int fd = make_socket(AF_UNIX);
	if (fd < 0)
		return fail_errno(problem, listener, errno);
	/* The mode is there from the start: bind applies the umask to that of the descriptor. */
	if (fchmod(fd, mode) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		const int number = errno;
		close(fd);
		return fail_errno(problem, listener, number);
	}
	/* What the umask took away comes back before anybody is listened to. */
	if (chmod(listener->address, mode) != 0 || listen(fd, BACKLOG) != 0) {
		const int number = errno;
		unlink(listener->address);
		close(fd);
		return fail_errno(problem, listener, number);
	}
	*out = (struct server_socket){.fd = fd, .path = listener->address};
	return UNDERSIGN_OK;
}

static enum undersign_status open_tcp(struct server_socket *out,
				      const struct http_listener *listener, struct problem *problem)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(listener->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(listener->port)};
	const bool is_v4 = inet_pton(AF_INET, listener->address, &v4.sin_addr) == 1;
	const bool is_v6 = !is_v4 && inet_pton(AF_INET6, listener->address, &v6.sin6_addr) == 1;
	struct sockaddr *const address = is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	socklen_t len = is_v4 ? sizeof v4 : sizeof v6;
	const int on = 1;

	if (!is_v4 && !is_v6)
		return fail(problem, listener, UNDERSIGN_E_USAGE,
			    "a TCP listener has an IP address", "give one, not a name");
	const int fd = make_socket(is_v4 ? AF_INET : AF_INET6);
	if (fd < 0)
		return fail_errno(problem, listener, errno);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    (is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
	    bind(fd, address, len) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, address, &len) != 0) {
		const int number = errno;
		close(fd);
		return fail_errno(problem, listener, number);
	}
	*out = (struct server_socket){.fd = fd, .port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port)};
	return UNDERSIGN_OK;
}

/* The position of a name in LISTEN_FDNAMES, whose names stand apart by colons. */
static bool find_name(size_t *out, const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	const size_t len = strlen(name);

	for (size_t i = 0; names; i++) {
		const size_t here = strcspn(names, ":");
		if (here == len && memcmp(names, name, len) == 0) {
			*out = i;
			return true;
		}
		names = names[here] == ':' ? names + here + 1 : NULL;
	}
	return false;
}

/* sd_listen_fds(3): the variables count for the process that they name alone. */
static enum undersign_status open_activated(struct server_socket *out,
					    const struct http_listener *listener,
					    struct problem *problem)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	uint64_t number = 0, n = 0;
	size_t at = 0;
	int is_listening = 0;
	socklen_t len = sizeof is_listening;

	if (!pid || !count ||
	    decimal_decode(&number, bytes_from_text(pid), INT32_MAX) != UNDERSIGN_OK ||
	    number != (uint64_t)getpid() ||
	    decimal_decode(&n, bytes_from_text(count), ACTIVATED_MAX) != UNDERSIGN_OK ||
	    !find_name(&at, listener->address) || at >= n)
		return fail(problem, listener, UNDERSIGN_E_MISSING,
			    "systemd hands over a socket of this name (FileDescriptorName=)",
			    "it did not; start by the socket unit, or listen on unix: or tcp:");
	const int fd = ACTIVATED_FD + (int)at;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0 || !is_listening)
		return fail(problem, listener, UNDERSIGN_E_SYSTEM,
			    "what systemd hands over is a stream socket that listens",
			    "it is not (ListenStream=, Accept=no)");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		return fail_errno(problem, listener, errno);
	*out = (struct server_socket){.fd = fd};
	return UNDERSIGN_OK;
}

enum undersign_status server_socket_open(struct server_socket *out,
					 const struct http_listener *listener,
					 struct problem *problem)
{
	*out = (struct server_socket){.fd = -1};
	switch (listener->kind) {
	case HTTP_LISTENER_UNIX:
		return open_unix(out, listener, problem);
	case HTTP_LISTENER_TCP:
		return open_tcp(out, listener, problem);
	case HTTP_LISTENER_ACTIVATED:
		return open_activated(out, listener, problem);
	}
	undersign_abort("a kind of listener", __FILE__, __LINE__);
}

void server_socket_close(struct server_socket *socket)
{
	if (socket->path)
		unlink(socket->path);
	if (socket->fd >= 0)
		close(socket->fd);
	*socket = (struct server_socket){.fd = -1};
}

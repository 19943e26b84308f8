/* The HTTP server with real sockets: what a handler gets and what a peer gets; answers now and
 * later; stopping; what is refused at opening. The attacks are in test_server.py. */
#include "testing.h"

#include "server.h"

#include "scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[SCRATCH_PATH_MAX];

/* What the handler does, and what it saw last. */
struct seen {
	char path[256], query[256], header[256];
	bool is_post;
	size_t listener;
	size_t body_len;
	char body[64];
	struct http_call *_Atomic waiting; /* of /wait */
	atomic_uint n;
	const char *file;
};

static size_t body_limit(void *cookie, const struct http_call *call)
{
	(void)cookie;
	assert_true(call->is_post);
	assert_int_equal(call->body.len, 0);
	return strcmp(call->path, "/take") == 0 ? 32 : 0;
}

static void keep(struct seen *seen, const struct http_call *call)
{
	const char *header = http_call_header(call, "x-test");

	snprintf(seen->path, sizeof seen->path, "%s", call->path);
	snprintf(seen->query, sizeof seen->query, "%s", call->query ? call->query : "-");
	snprintf(seen->header, sizeof seen->header, "%s", header ? header : "-");
	seen->is_post = call->is_post;
	seen->listener = call->listener;
	seen->body_len = call->body.len;
	if (call->body.len > 0)
		memcpy(seen->body, call->body.data, call->body.len);
	atomic_fetch_add(&seen->n, 1);
}

static void answer_file(struct http_call *call, const struct seen *seen)
{
	struct http_answer answer = {
		.status = 200,
		.content_type = "application/octet-stream",
		.fields = {{"Cache-Control", "max-age=60"}, {"X-Other", "yes"}},
		.n_fields = 2,
		.kind = HTTP_BODY_FILE,
		.file = open(seen->file, O_RDONLY | O_CLOEXEC),
		.file_len = 100000,
	};

	assert_true(answer.file >= 0);
	http_call_answer(call, &answer);
}

static void handle(void *cookie, struct http_call *call)
{
	struct seen *seen = cookie;

	keep(seen, call);
	if (strcmp(call->path, "/wait") == 0) {
		seen->waiting = call;
	} else if (strcmp(call->path, "/file") == 0) {
		answer_file(call, seen);
	} else if (strcmp(call->path, "/owned") == 0) {
		struct http_answer answer = {.status = 200, .kind = HTTP_BODY_OWNED};
		answer.body = bytes_from(strdup("owned"), 5);
		http_call_answer(call, &answer);
	} else if (strcmp(call->path, "/last") == 0) {
		const struct http_answer answer = {.status = 200, .is_last = true};
		http_call_answer(call, &answer);
	} else {
		http_call_answer_bytes(call, 200, "text/plain", bytes_from_text("fine"));
	}
}

static struct seen seen;

static struct http_server *open_server(uint32_t n_threads)
{
	static const struct http_field fixed[] = {{"X-Fixed", "always"}};
	static char path[SCRATCH_PATH_MAX + 8];
	snprintf(path, sizeof path, "%s/socket", folder);
	const struct http_listener listeners[] = {
		{.kind = HTTP_LISTENER_TCP, .address = "127.0.0.1"},
		{.kind = HTTP_LISTENER_UNIX, .address = path, .mode = 0620},
	};
	const struct http_server_options options = {
		.listeners = listeners,
		.n_listeners = 2,
		.handler = {body_limit, handle, &seen},
		.n_threads = n_threads,
		.connections_max = 64,
		.fixed = fixed,
		.n_fixed = 1,
	};
	struct problem problem = {0};
	struct http_server *server;

	seen = (struct seen){.file = "file"};
	assert_int_equal(http_server_open(&server, &options, &problem), UNDERSIGN_OK);
	return server;
}

static int connect_tcp(const struct http_server *server)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(http_server_port(server, 0)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static int connect_unix(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(address.sun_path, "socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		fail_msg("connect: %s", strerror(errno));
	return fd;
}

static void send_text(int fd, const char *text)
{
	/* To send nothing would fail too, once the other side has closed. */
	if (text[0] != '\0')
		assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until the peer closes, or, with a length, until so many bytes are there. */
static size_t receive(int fd, char *out, size_t capacity, size_t wanted)
{
	size_t len = 0;

	while (len < wanted && len + 1 < capacity) {
		const ssize_t n = recv(fd, out + len, capacity - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
	return len;
}

static char reply[256 * 1024];

/* One request, and all that comes until the server closes. */
static const char *ask(int fd, const char *request)
{
	send_text(fd, request);
	receive(fd, reply, sizeof reply, SIZE_MAX);
	close(fd);
	return reply;
}

#define END "Host: h\r\nConnection: close\r\n\r\n"

static void hands_over_requests(void **state)
{
	struct http_server *server = open_server(2);

	(void)state;
	const char *got =
		ask(connect_tcp(server),
		    "GET /a/b.c-d_e~f+g=1@2:3?x=1&y=%20 HTTP/1.1\r\nX-Test: \t one two\r\n" END);
	assert_non_null(strstr(got, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(got, "\r\nX-Fixed: always\r\n"));
	assert_non_null(strstr(got, "\r\nContent-Type: text/plain\r\n"));
	assert_non_null(strstr(got, "\r\n\r\nfine"));
	/* P-5: neither the time nor the program. */
	assert_null(strstr(got, "\r\nDate:"));
	assert_null(strstr(got, "\r\nServer:"));
	assert_string_equal(seen.path, "/a/b.c-d_e~f+g=1@2:3");
	assert_string_equal(seen.query, "x=1&y=%20");
	assert_string_equal(seen.header, "one two");
	assert_false(seen.is_post);
	assert_int_equal(seen.listener, 0);

	got = ask(connect_unix(),
		  "POST /take HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde");
	assert_non_null(strstr(got, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(got, "\r\nConnection: close\r\n"));
	assert_true(seen.is_post);
	assert_int_equal(seen.listener, 1);
	assert_int_equal(seen.body_len, 5);
	assert_memory_equal(seen.body, "abcde", 5);
	assert_string_equal(seen.header, "-");
	assert_string_equal(seen.query, "-");

	got = ask(connect_tcp(server), "HEAD /x HTTP/1.1\r\nX-Test: a\r\nX-Test: b\r\n" END);
	assert_non_null(strstr(got, "\r\nContent-Length: 4\r\n"));
	assert_null(strstr(got, "fine"));
	assert_string_equal(seen.header, "-"); /* twice is not once */
	http_server_close(server);
}

static void keeps_a_connection_for_gets(void **state)
{
	struct http_server *server = open_server(1);
	const int fd = connect_tcp(server);

	(void)state;
	for (int i = 0; i < 999; i++) {
		send_text(fd, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
		receive(fd, reply, sizeof reply, 60);
		assert_non_null(strstr(reply, "\r\n\r\nfine"));
		assert_null(strstr(reply, "Connection: close"));
	}
	assert_int_equal(http_server_connections(server), 1);
	assert_non_null(strstr(ask(fd, "GET /again HTTP/1.1\r\nHost: h\r\n\r\n"),
			       "\r\nConnection: close\r\n"));
	assert_int_equal(seen.n, 1000);
	assert_non_null(strstr(ask(connect_tcp(server), "GET /last HTTP/1.1\r\nHost: h\r\n\r\n"),
			       "\r\nConnection: close\r\n"));
	http_server_close(server);
}

static void answers_in_every_kind(void **state)
{
	struct http_server *server = open_server(2);
	static uint8_t content[100000];

	(void)state;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	scratch_put("file", bytes_from(content, sizeof content));
	const int fd = connect_tcp(server);
	send_text(fd, "GET /file HTTP/1.1\r\n" END);
	const size_t len = receive(fd, reply, sizeof reply, SIZE_MAX);
	close(fd);
	assert_true(len > sizeof content);
	assert_non_null(strstr(reply, "\r\nCache-Control: max-age=60\r\n"));
	assert_non_null(strstr(reply, "\r\nX-Other: yes\r\n"));
	assert_memory_equal(reply + len - sizeof content, content, sizeof content);
	assert_non_null(
		strstr(ask(connect_tcp(server), "GET /owned HTTP/1.1\r\n" END), "\r\n\r\nowned"));
	http_server_close(server);
}

static struct http_call *wait_for_call(void)
{
	for (int i = 0; i < 3000; i++) {
		if (seen.waiting)
			return seen.waiting;
		usleep(10000);
	}
	fail_msg("no call came");
	return NULL;
}

static void answers_later(void **state)
{
	struct http_server *server = open_server(2);

	(void)state;
	for (int i = 0; i < 20; i++) {
		seen.waiting = NULL;
		const int fd = i % 2 ? connect_tcp(server) : connect_unix();
		send_text(fd, "GET /wait HTTP/1.1\r\n" END);
		struct http_call *call = wait_for_call();
		/* The thread is free for others meanwhile. */
		assert_non_null(
			strstr(ask(connect_unix(), "GET /x HTTP/1.1\r\n" END), "\r\n\r\nfine"));
		http_call_answer_bytes(call, 202, "text/plain", bytes_from_text("late"));
		assert_non_null(strstr(ask(fd, ""), "HTTP/1.1 202 Accepted\r\n"));
		assert_non_null(strstr(reply, "\r\n\r\nlate"));
	}
	/* A peer that has gone does no harm. */
	seen.waiting = NULL;
	const int fd = connect_tcp(server);
	send_text(fd, "GET /wait HTTP/1.1\r\n" END);
	struct http_call *call = wait_for_call();
	close(fd);
	http_call_answer_bytes(call, 200, NULL, bytes_from_text("late"));
	http_server_close(server);
}

static void *stop(void *server)
{
	http_server_stop(server, 60000);
	return NULL;
}

static void stops_behind_its_calls(void **state)
{
	struct http_server *server = open_server(2);
	pthread_t thread;

	(void)state;
	const int idle = connect_tcp(server);
	const int fd = connect_tcp(server);
	send_text(fd, "GET /wait HTTP/1.1\r\n" END);
	struct http_call *call = wait_for_call();
	assert_int_equal(pthread_create(&thread, NULL, stop, server), 0);
	/* It stops listening first, and lets go of whoever asks for nothing. */
	assert_int_equal(receive(idle, reply, sizeof reply, SIZE_MAX), 0);
	close(idle);
	assert_false(access("socket", F_OK) == 0);
	http_call_answer_bytes(call, 200, NULL, bytes_from_text("finished"));
	assert_non_null(strstr(ask(fd, ""), "\r\n\r\nfinished"));
	assert_int_equal(pthread_join(thread, NULL), 0);
	http_server_close(server);
}

static void forgets_calls_after_the_limit(void **state)
{
	struct http_server *server = open_server(2);

	(void)state;
	const int fd = connect_tcp(server);
	send_text(fd, "GET /wait HTTP/1.1\r\n" END);
	struct http_call *call = wait_for_call();
	http_server_stop(server, 50);
	/* Still allowed, to nobody's use. */
	http_call_answer_bytes(call, 200, NULL, bytes_from_text("too late"));
	assert_null(strstr(ask(fd, ""), "too late"));
	http_server_close(server);
}

static enum undersign_status try_open(const struct http_listener *listener, struct problem *problem)
{
	const struct http_server_options options = {
		.listeners = listener, .n_listeners = 1, .handler = {body_limit, handle, &seen}};
	struct http_server *server = NULL;

	*problem = (struct problem){0};
	const enum undersign_status status = http_server_open(&server, &options, problem);
	http_server_close(server);
	return status;
}

static void listens_strictly(void **state)
{
	struct http_server *server = open_server(1);
	struct problem problem;
	struct stat status;
	struct http_listener listener = {.kind = HTTP_LISTENER_TCP, .address = "127.0.0.1"};

	(void)state;
	assert_int_equal(stat("socket", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0620);
	listener.port = http_server_port(server, 0);
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_E_CONFLICT);
	assert_string_equal(problem.where, "listener 127.0.0.1");
	listener.address = "localhost";
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_E_USAGE);
	listener = (struct http_listener){.kind = HTTP_LISTENER_UNIX, .address = "socket"};
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_E_CONFLICT);
	/* The one that is listened on is untouched. */
	assert_non_null(strstr(ask(connect_unix(), "GET /x HTTP/1.1\r\n" END), "fine"));
	listener.address = "plain";
	scratch_put("plain", bytes_from_text("a file"));
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_E_CONFLICT);
	assert_true(scratch_holds("plain", bytes_from_text("a file")));
	listener = (struct http_listener){.kind = HTTP_LISTENER_ACTIVATED, .address = "desk"};
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_E_MISSING);
	http_server_close(server);
	assert_false(access("socket", F_OK) == 0);

	/* What a killed program left behind is replaced. */
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "stale"};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	listener = (struct http_listener){.kind = HTTP_LISTENER_UNIX, .address = "stale"};
	assert_int_equal(try_open(&listener, &problem), UNDERSIGN_OK);
}

/* In a process of its own: descriptors from 3 on are given away. */
static int run_activated(void)
{
	char pid[32];
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	const int made = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(made, (struct sockaddr *)&address, len) != 0 || listen(made, 5) != 0 ||
	    getsockname(made, (struct sockaddr *)&address, &len) != 0 || dup2(made, 4) != 4)
		return 2;
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "metrics:desk", 1);
	const struct http_listener listener = {.kind = HTTP_LISTENER_ACTIVATED, .address = "desk"};
	const struct http_server_options options = {
		.listeners = &listener, .n_listeners = 1, .handler = {body_limit, handle, &seen}};
	struct http_server *server;
	struct problem problem = {0};
	if (http_server_open(&server, &options, &problem) != UNDERSIGN_OK)
		return 3;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, len) != 0)
		return 4;
	send_text(fd, "GET /x HTTP/1.1\r\n" END);
	receive(fd, reply, sizeof reply, SIZE_MAX);
	http_server_close(server);
	return strstr(reply, "fine") ? 0 : 5;
}

static void takes_over_from_systemd(void **state)
{
	(void)state;
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(run_activated());
	assert_int_equal(scratch_wait(child), 0);
}

static int set_up(void **state)
{
	(void)state;
	scratch_enter(folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_leave(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_over_from_systemd),
		cmocka_unit_test(hands_over_requests),
		cmocka_unit_test(keeps_a_connection_for_gets),
		cmocka_unit_test(answers_in_every_kind),
		cmocka_unit_test(answers_later),
		cmocka_unit_test(stops_behind_its_calls),
		cmocka_unit_test(forgets_calls_after_the_limit),
		cmocka_unit_test(listens_strictly),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

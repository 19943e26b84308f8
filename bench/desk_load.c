/* Load on a desk of this machine: deliveries, each on a connection of its own, or reads on
 * connections that stay. Prints answers a second and times. Bounded by what it is given.
 *
 *     undersign-desk-load ADDRESS deliver CLIENTS LETTER STATEMENT...
 *     undersign-desk-load ADDRESS read CLIENTS SECONDS PATH...
 *
 * ADDRESS: 127.0.0.1:PORT, or the path of a Unix socket. A STATEMENT may be a folder of them. */
#include "envelope.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct load {
	const char *address;
	bool is_read;
	double end; /* of reading */
	char **requests;
	size_t *lens;
	size_t n;
	double *times; /* of each delivery; of reads those of the first so many */
	atomic_size_t next, answered, accepted, failed;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(3);
}

static int dial(const char *address)
{
	const char *colon = strchr(address, ':');
	int fd;

	if (colon) {
		char host[64] = {0};
		struct sockaddr_in to = {.sin_family = AF_INET,
					 .sin_port = htons((uint16_t)atoi(colon + 1))};
		memcpy(host, address, (size_t)(colon - address) & 63);
		if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
			die(address);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
			return fd;
	} else {
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		snprintf(to.sun_path, sizeof to.sun_path, "%s", address);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		for (int i = 0; i < 1000; i++) {
			if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
				return fd;
			if (errno != EAGAIN)
				break;
			usleep(1000);
		}
	}
	close(fd);
	return -1;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		const ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Reads one answer; its status, 0 if there is none. */
static int read_answer(int fd, bool is_kept)
{
	char buffer[65536];
	size_t len = 0, want = SIZE_MAX;

	while (len < sizeof buffer - 1 && len < want) {
		const ssize_t n = recv(fd, buffer + len, sizeof buffer - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		buffer[len] = '\0';
		const char *end = strstr(buffer, "\r\n\r\n");
		const char *length = strcasestr(buffer, "content-length:");
		if (is_kept && end && length && length < end)
			want = (size_t)(end + 4 - buffer) + (size_t)atoll(length + 15);
	}
	return len > 12 ? atoi(buffer + 9) : 0;
}

static void count(struct load *load, size_t i, int status, double begin)
{
	if (i < load->n || !load->is_read)
		load->times[i] = now() - begin;
	atomic_fetch_add(&load->answered, 1);
	if (status == 202 || status == 200)
		atomic_fetch_add(&load->accepted, 1);
	else if (status == 0)
		atomic_fetch_add(&load->failed, 1);
}

static void *deliver(void *cookie)
{
	struct load *load = cookie;
	size_t i;

	while ((i = atomic_fetch_add(&load->next, 1)) < load->n) {
		const double begin = now();
		const int fd = dial(load->address);
		int status = 0;
		if (fd >= 0 && send_all(fd, load->requests[i], load->lens[i]))
			status = read_answer(fd, false);
		close(fd);
		count(load, i, status, begin);
	}
	return NULL;
}

static void *read_paths(void *cookie)
{
	struct load *load = cookie;
	int fd = -1, n = 0;

	while (now() < load->end) {
		const size_t i = atomic_fetch_add(&load->next, 1);
		const double begin = now();
		if (fd < 0 || n++ == 900) {
			close(fd);
			fd = dial(load->address);
			n = 0;
		}
		int status = 0;
		if (fd >= 0 && send_all(fd, load->requests[i % load->n], load->lens[i % load->n]))
			status = read_answer(fd, true);
		count(load, i % load->n, status, begin);
		if (status == 0) {
			close(fd);
			fd = -1;
		}
	}
	close(fd);
	return NULL;
}

static void add_request(struct load *load, char *request, size_t len)
{
	load->requests = realloc(load->requests, (load->n + 1) * sizeof *load->requests);
	load->lens = realloc(load->lens, (load->n + 1) * sizeof *load->lens);
	if (!load->requests || !load->lens)
		die("memory");
	load->requests[load->n] = request;
	load->lens[load->n++] = len;
}

static void add_statement(struct load *load, const char *letter, const char *path)
{
	uint8_t file[ENVELOPE_CONTENT_MAX], envelope[ENVELOPE_BYTES];
	FILE *in = fopen(path, "rb");

	if (!in)
		die(path);
	const size_t len = fread(file, 1, sizeof file, in);
	fclose(in);
	if (envelope_write(envelope, bytes_from(file, len)) != UNDERSIGN_OK)
		die(path);
	char *request = malloc(512 + ENVELOPE_BYTES);
	if (!request)
		die("memory");
	const int head = snprintf(request, 512,
				  "POST /letters/%s/statements HTTP/1.1\r\nHost: desk\r\n"
				  "Content-Type: application/octet-stream\r\n"
				  "Content-Length: %d\r\n\r\n",
				  letter, ENVELOPE_BYTES);
	memcpy(request + head, envelope, ENVELOPE_BYTES);
	add_request(load, request, (size_t)head + ENVELOPE_BYTES);
}

static void add_statements(struct load *load, const char *letter, const char *path)
{
	struct stat facts;

	if (stat(path, &facts) != 0)
		die(path);
	if (!S_ISDIR(facts.st_mode)) {
		add_statement(load, letter, path);
		return;
	}
	DIR *folder = opendir(path);
	for (const struct dirent *entry; folder && (entry = readdir(folder));) {
		char name[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		add_statement(load, letter, name);
	}
	closedir(folder);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct load load;
	pthread_t threads[1024];

	if (argc < 6 || (strcmp(argv[2], "deliver") != 0 && strcmp(argv[2], "read") != 0)) {
		fprintf(stderr,
			"usage: undersign-desk-load ADDRESS deliver CLIENTS LETTER STATEMENT...\n"
			"       undersign-desk-load ADDRESS read CLIENTS SECONDS PATH...\n");
		return 2;
	}
	load.address = argv[1];
	load.is_read = strcmp(argv[2], "read") == 0;
	const size_t clients = (size_t)atoi(argv[3]) < 1024 ? (size_t)atoi(argv[3]) : 1024;
	for (int i = 5; i < argc; i++) {
		if (!load.is_read) {
			add_statements(&load, argv[4], argv[i]);
			continue;
		}
		char *request = malloc(4096);
		if (!request)
			die("memory");
		const int len =
			snprintf(request, 4096, "GET %s HTTP/1.1\r\nHost: desk\r\n\r\n", argv[i]);
		add_request(&load, request, (size_t)len);
	}
	load.times = calloc(load.n + 1, sizeof *load.times);
	const double begin = now();
	load.end = begin + atof(argv[4]);
	for (size_t i = 0; i < clients; i++)
		if (pthread_create(&threads[i], NULL, load.is_read ? read_paths : deliver, &load) !=
		    0)
			die("thread");
	for (size_t i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	const double seconds = now() - begin;
	qsort(load.times, load.n, sizeof *load.times, compare);
	printf("%zu answers in %.2f s: %.0f a second; %zu good, %zu without an answer",
	       load.answered, seconds, (double)load.answered / seconds, load.accepted, load.failed);
	if (!load.is_read)
		printf("; p50 %.1f ms, p99 %.1f ms, longest %.1f ms", 1e3 * load.times[load.n / 2],
		       1e3 * load.times[load.n * 99 / 100], 1e3 * load.times[load.n - 1]);
	printf("\n");
	return load.failed > 0;
}

/* A store's user for tests of faults: reads commands, one a line, and answers each with one line.
 *
 *     open ROLE                     ok | refused STATUS WORDS
 *     wait MS                       of what is opened from now on; keep N
 *     hold EPOCH FIRST N LEN        held FIRST N | refused ...
 *     turn EPOCH, close, take-back, check, count, state, copy PATH
 *     held, log                     the items' numbers in the order in which they are read
 *     careless                      acknowledge before holding, and open again after a failure:
 *                                   the planted fault
 *     end                           closes and ends; the end of the input: ends without closing
 *
 * An item is 8 bytes of its number, then what follows from it. `close` publishes what is held for
 * the epoch before, in the order of the hashes, and erases it; but for every `keep`-th number. */
#include "store.h"

#include "arena_heap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *url;
static struct store *store;
static enum store_role role;
static bool is_careless;
static uint32_t wait_ms = 5000;
static uint64_t keep; /* every so many stay held; 0: none */

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void fill(uint8_t *out, size_t len, uint64_t number)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i < 8 ? number >> 8 * i
					 : mix(number * 0x9e3779b97f4a7c15u + i / 8) >> i % 8 * 8);
}

static uint64_t number_of(struct bytes content)
{
	struct cursor cursor = cursor_new(content);

	return cursor_u64le(&cursor);
}

/* Straight to the descriptor: what was answered has been answered, whatever happens next. */
static void answer(const char *text)
{
	size_t len = strlen(text);

	if (write(STDOUT_FILENO, text, len) != (ssize_t)len)
		_exit(4);
}

static void answer_status(enum undersign_status status, const struct problem *problem,
			  const char *good)
{
	char text[1024];

	if (status == UNDERSIGN_OK)
		(void)snprintf(text, sizeof text, "%s\n", good);
	else
		(void)snprintf(text, sizeof text, "refused %d %s: %s: %s\n", (int)status,
			       problem->where, problem->rule, problem->what);
	answer(text);
}

static enum undersign_status open_store(struct problem *problem)
{
	struct store_options options = {.url = url,
					.role = role,
					.may_create = role == STORE_SEALER,
					.first_epoch = 5,
					.wait_ms = wait_ms};

	store_close(store);
	store = NULL;
	memset(options.log, 0x4c, sizeof options.log);
	return store_open(&store, &options, problem);
}

/* As the store would say it. */
static const char no_memory[] = "refused 9 the driver: : no memory\n";

static void hold(uint64_t epoch, uint64_t first, size_t n, size_t len)
{
	struct store_item *items = calloc(n, sizeof *items);
	uint8_t *contents = malloc(n * len);
	struct problem problem = {0};
	enum undersign_status status;
	char good[64];

	(void)snprintf(good, sizeof good, "held %" PRIu64 " %zu", first, n);
	if (!items || !contents) {
		free(items);
		free(contents);
		answer(no_memory);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t *content = contents + i * len;

		fill(content, len, first + i);
		items[i].kind = STORE_STATEMENT;
		items[i].content = bytes_from(content, len);
		sha512(items[i].hash, items[i].content);
	}
	if (is_careless)
		answer_status(UNDERSIGN_OK, NULL, good);
	status = store_hold(store, epoch, items, n, &problem);
	if (is_careless && status != UNDERSIGN_OK) {
		struct problem ignored = {0};

		if (open_store(&ignored) != UNDERSIGN_OK)
			_exit(5);
	}
	if (!is_careless)
		answer_status(status, &problem, good);
	free(contents);
	free(items);
}

struct gathering {
	struct arena *arena;
	struct bytes *entries;
	struct store_key *keys;
	size_t n, capacity;
};

static enum undersign_status gather(void *cookie, const struct store_item *item,
				    struct problem *problem)
{
	struct gathering *all = cookie;

	(void)problem;
	if (keep && number_of(item->content) % keep == 0)
		return UNDERSIGN_OK;
	if (all->n == all->capacity)
		return UNDERSIGN_E_MEMORY;
	all->entries[all->n] = arena_copy(all->arena, item->content);
	all->keys[all->n].kind = item->kind;
	memcpy(all->keys[all->n].hash, item->hash, sizeof item->hash);
	return all->entries[all->n++].data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

static void close_epoch(void)
{
	struct problem problem = {0};
	struct arena_heap heap;
	struct gathering all = {.arena = &heap.arena};
	struct store_state state = {0};
	struct store_closing closing = {0};
	char checkpoint[64], good[64];
	uint64_t count = 0;
	enum undersign_status status;

	arena_heap_open(&heap, SIZE_MAX, false);
	status = store_read_state(&state, store, &heap.arena, &problem);
	if (status == UNDERSIGN_OK)
		status = store_count(&count, store, STORE_STATEMENT, &problem);
	/* Others may hold meanwhile. */
	all.capacity = (size_t)count + 1000;
	all.entries = ARENA_TAKE(&heap.arena, struct bytes, all.capacity);
	all.keys = ARENA_TAKE(&heap.arena, struct store_key, all.capacity);
	if (!all.entries || !all.keys)
		status = UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = store_read_held(store, STORE_STATEMENT, gather, &all, &problem);
	(void)snprintf(checkpoint, sizeof checkpoint, "size %" PRIu64 " epoch %" PRIu64 "\n",
		       state.size + all.n, state.takes);
	closing.size_before = state.size;
	closing.checkpoint_before = state.checkpoint;
	closing.checkpoint = bytes_from_text(checkpoint);
	closing.entries = all.entries;
	closing.n_entries = all.n;
	closing.erased = all.keys;
	closing.n_erased = all.n;
	/* The same checkpoint once more would make no sense. */
	if (status == UNDERSIGN_OK && all.n > 0)
		status = store_close_epoch(store, &closing, &problem);
	(void)snprintf(good, sizeof good, "%s %" PRIu64, all.n > 0 ? "closed" : "nothing, still",
		       state.size + all.n);
	answer_status(status, &problem, good);
	arena_heap_close(&heap);
}

static enum undersign_status print_held(void *cookie, const struct store_item *item,
					struct problem *problem)
{
	uint8_t *expected = malloc(item->content.len);
	enum undersign_status status = UNDERSIGN_OK;

	(void)cookie;
	(void)problem;
	if (!expected)
		return UNDERSIGN_E_MEMORY;
	fill(expected, item->content.len, number_of(item->content));
	if (memcmp(expected, item->content.data, item->content.len) != 0)
		status = UNDERSIGN_E_INVALID;
	free(expected);
	printf("%" PRIu64 " ", number_of(item->content));
	return status;
}

static enum undersign_status print_entry(void *cookie, uint64_t number, struct bytes entry,
					 struct problem *problem)
{
	struct store_item item = {.content = entry};

	(void)number;
	return print_held(cookie, &item, problem);
}

static void show_state(void)
{
	struct problem problem = {0};
	struct arena_heap heap;
	struct store_state state;
	char good[256];
	enum undersign_status status;

	arena_heap_open(&heap, SIZE_MAX, false);
	status = store_read_state(&state, store, &heap.arena, &problem);
	(void)snprintf(good, sizeof good, "takes %" PRIu64 " size %" PRIu64 " checkpoint %.*s",
		       state.takes, state.size,
		       state.checkpoint.len ? (int)state.checkpoint.len - 1 : 0,
		       (const char *)state.checkpoint.data);
	answer_status(status, &problem, good);
	arena_heap_close(&heap);
}

static void simple(const char *word, const char *path)
{
	struct problem problem = {0};
	enum undersign_status status = UNDERSIGN_E_USAGE;

	if (strcmp(word, "take-back") == 0)
		status = store_take_back(store, &problem);
	else if (strcmp(word, "check") == 0)
		status = store_check(store, &problem);
	else if (strcmp(word, "copy") == 0)
		status = store_copy(store, path, &problem);
	else if (strcmp(word, "held") == 0)
		status = store_read_held(store, STORE_STATEMENT, print_held, NULL, &problem);
	else if (strcmp(word, "log") == 0)
		status = store_read_log(store, 0, print_entry, NULL, &problem);
	if (fflush(stdout) != 0)
		_exit(4);
	answer_status(status, &problem, "ok");
}

static void run(char *line)
{
	struct problem problem = {0};
	char word[32] = "", name[512] = "";
	uint64_t epoch, first;
	size_t n, len;

	if (sscanf(line, "%31s %511s", word, name) < 1)
		return;
	if (strcmp(word, "open") == 0) {
		role = strcmp(name, "sealer") == 0     ? STORE_SEALER
		       : strcmp(name, "acceptor") == 0 ? STORE_ACCEPTOR
						       : STORE_READER;
		answer_status(open_store(&problem), &problem, "ok");
	} else if (strcmp(word, "careless") == 0) {
		is_careless = true;
		answer("ok\n");
	} else if (sscanf(line, "wait %" SCNu32, &wait_ms) == 1) {
		answer("ok\n");
	} else if (sscanf(line, "keep %" SCNu64, &keep) == 1) {
		answer("ok\n");
	} else if (!store) {
		answer("no store\n");
	} else if (sscanf(line, "hold %" SCNu64 " %" SCNu64 " %zu %zu", &epoch, &first, &n, &len) ==
		   4) {
		hold(epoch, first, n, len);
	} else if (sscanf(line, "turn %" SCNu64, &epoch) == 1) {
		answer_status(store_turn(store, epoch, &problem), &problem, "turned");
	} else if (strcmp(word, "close") == 0) {
		close_epoch();
	} else if (strcmp(word, "state") == 0) {
		show_state();
	} else if (strcmp(word, "end") == 0) {
		store_close(store);
		_exit(0);
	} else {
		simple(word, name);
	}
}

int main(int argc, char **argv)
{
	char line[1024];

	if (argc != 2)
		return 2;
	url = argv[1];
	while (fgets(line, sizeof line, stdin))
		run(line);
	/* As a process that is killed: nothing is closed. */
	_exit(0);
}

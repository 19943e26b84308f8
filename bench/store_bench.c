/* How many statements a store holds durably in a second, for batches and lengths; then an epoch of
 * 20,000 closed and taken back. Usage: undersign-store-bench URL [SECONDS]
 *
 * URL names a store that is not there yet; it is made and filled. */
#include "store.h"

#include "arena_heap.h"
#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static struct store *store;
static uint64_t next = 1;

static void must(enum undersign_status status, const struct problem *problem)
{
	if (status == UNDERSIGN_OK)
		return;
	(void)fprintf(stderr, "%s: %s: %s\n", problem->where, problem->rule, problem->what);
	exit(3);
}

static uint64_t fresh(void)
{
	uint64_t z = next += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* n items of this length, other ones each time. */
static void hold(size_t n, size_t len)
{
	static struct store_item items[STORE_BATCH_MAX];
	uint64_t *contents = malloc(n * len);
	struct problem problem = {0};

	if (!contents)
		exit(3);
	for (size_t i = 0; i < n * len / 8; i++)
		contents[i] = fresh();
	for (size_t i = 0; i < n; i++) {
		items[i].kind = STORE_STATEMENT;
		items[i].content = bytes_from((uint8_t *)contents + i * len, len);
		sha512(items[i].hash, items[i].content);
	}
	must(store_hold(store, 0, items, n, &problem), &problem);
	free(contents);
}

static double elapsed_since(double begun)
{
	return clock_elapsed() - begun;
}

static void measure_holding(double seconds)
{
	static const size_t lens[] = {1504, 4096, 6000, 16384};
	static const size_t batches[] = {1, 16, 64, 256, 1024};

	printf("%8s %8s %12s %12s\n", "batch", "bytes", "a second", "ms a batch");
	for (size_t j = 0; j < sizeof lens / sizeof lens[0]; j++) {
		for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
			double begun = clock_elapsed();
			size_t n_batches = 0;

			while (elapsed_since(begun) < seconds) {
				hold(batches[i], lens[j]);
				n_batches++;
			}
			printf("%8zu %8zu %12.0f %12.2f\n", batches[i], lens[j],
			       (double)(n_batches * batches[i]) / elapsed_since(begun),
			       1000 * elapsed_since(begun) / (double)n_batches);
			(void)fflush(stdout);
		}
	}
}

struct gathering {
	struct arena *arena;
	struct bytes *entries;
	struct store_key *keys;
	size_t n;
};

static enum undersign_status gather(void *cookie, const struct store_item *item,
				    struct problem *problem)
{
	struct gathering *all = cookie;

	(void)problem;
	all->entries[all->n] = arena_copy(all->arena, item->content);
	all->keys[all->n].kind = item->kind;
	memcpy(all->keys[all->n].hash, item->hash, sizeof item->hash);
	return all->entries[all->n++].data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

/* Publishes all that is held. */
static void close_all(const char *what)
{
	struct problem problem = {0};
	struct arena_heap heap;
	struct gathering all = {.arena = &heap.arena};
	struct store_state state;
	struct store_closing closing = {0};
	char checkpoint[32];
	uint64_t count;
	double begun;

	arena_heap_open(&heap, SIZE_MAX, false);
	must(store_read_state(&state, store, &heap.arena, &problem), &problem);
	must(store_count(&count, store, STORE_STATEMENT, &problem), &problem);
	all.entries = ARENA_TAKE(&heap.arena, struct bytes, (size_t)count);
	all.keys = ARENA_TAKE(&heap.arena, struct store_key, (size_t)count);
	if (!all.entries || !all.keys)
		exit(3);
	begun = clock_elapsed();
	must(store_read_held(store, STORE_STATEMENT, gather, &all, &problem), &problem);
	printf("%s, %zu: read %.2f s", what, all.n, elapsed_since(begun));
	(void)snprintf(checkpoint, sizeof checkpoint, "%" PRIu64, state.size + all.n);
	closing = (struct store_closing){
		.size_before = state.size,
		.checkpoint_before = state.checkpoint,
		.checkpoint = bytes_from_text(checkpoint),
		.entries = all.entries,
		.n_entries = all.n,
		.erased = all.keys,
		.n_erased = all.n,
	};
	begun = clock_elapsed();
	must(store_close_epoch(store, &closing, &problem), &problem);
	printf(", closed %.2f s", elapsed_since(begun));
	begun = clock_elapsed();
	must(store_take_back(store, &problem), &problem);
	printf(", taken back %.2f s\n", elapsed_since(begun));
	arena_heap_close(&heap);
}

int main(int argc, char **argv)
{
	struct store_options options = {.role = STORE_SEALER, .may_create = true};
	struct problem problem = {0};
	struct rusage usage;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: undersign-store-bench URL [SECONDS]\n");
		return 2;
	}
	options.url = argv[1];
	must(store_open(&store, &options, &problem), &problem);
	measure_holding(argc > 2 ? strtod(argv[2], NULL) : 2);
	close_all("everything");
	for (int i = 0; i < 20; i++)
		hold(1000, 4096);
	close_all("an epoch");
	for (int i = 0; i < 20; i++)
		hold(1000, 4096);
	close_all("the next");
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("largest memory %ld MiB\n", usage.ru_maxrss / 1024);
	store_close(store);
	return 0;
}

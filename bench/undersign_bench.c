/* Benchmarks. Prints a table, or with --json one object a line:
 *
 *     {"name":"verify","n":16384,"m":500,"backend":"portable","threads":1,"ns":1234}
 *
 * ns is the processor time of the whole operation on one thread, the best of several runs, since
 * other users of the machine can only make it longer: n members or points, m statements.
 * `libsodium_scalarmult` is one multiplication, the unit of the ratios; it is measured again before
 * each other figure, so that ratios are of one moment. Names as arguments select; --full measures
 * the large sizes too.
 * --bundle DIR: the bundle for verify_bundle (build/demo/bundle). UNDERSIGN_BACKEND: the backend.
 */
#include "arena_heap.h"
#include "backend.h"
#include "batch.h"
#include "bundle_source.h"
#include "ct.h"
#include "entropy.h"
#include "memory.h"
#include "opening.h"
#include "problem.h"
#include "ring.h"
#include "scope.h"
#include "sign.h"
#include "undersign.h"
#include "verify.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool wants_json;
static bool is_full; /* the large sizes too */
static const char *bundle_path = "build/demo/bundle";
static double unit_ns; /* libsodium's scalar multiplication, measured last */

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "undersign-bench: %s\n", what);
	exit(3);
}

static void *allocate(size_t len)
{
	void *memory = aligned_alloc(64, (len + 63) / 64 * 64);
	if (!memory)
		die("not enough memory");
	return memory;
}

/* Best time of run(cookie): at least three runs and a second, but one alone if it takes long. */
static uint64_t measure(void (*run)(void *cookie), void *cookie)
{
	uint64_t best = UINT64_MAX;
	uint64_t spent = 0;

	for (int n = 0; n < 1000 && (n < 3 || spent < 1000000000U) && spent < 10000000000U; n++) {
		const uint64_t start = now_ns();
		run(cookie);
		const uint64_t time = now_ns() - start;
		spent += time;
		if (time < best)
			best = time;
	}
	return best;
}

static void report(const char *name, size_t n, size_t m, uint64_t ns, bool is_per_point)
{
	if (wants_json) {
		printf("{\"name\":\"%s\",\"n\":%zu,\"m\":%zu,\"backend\":\"%s\",\"threads\":1,"
		       "\"ns\":%llu}\n",
		       name, n, m, backend_current()->name, (unsigned long long)ns);
	} else {
		printf("%-22s %9zu %5zu  %12.3f ms", name, n, m, (double)ns / 1e6);
		if (is_per_point)
			printf("  %9.1f ns each, %6.1f times one by one", (double)ns / (double)n,
			       unit_ns * (double)n / (double)ns);
		printf("\n");
	}
	fflush(stdout);
}

struct multiplication {
	uint8_t scalar[32], point[32], out[32];
};

static void run_scalarmult(void *cookie)
{
	struct multiplication *x = cookie;
	for (int i = 0; i < 100; i++) {
		if (crypto_scalarmult_ristretto255(x->out, x->scalar, x->point) != 0)
			die("libsodium refuses a point");
		memcpy(x->point, x->out, sizeof x->point);
	}
}

static uint64_t measure_unit(void)
{
	static struct multiplication x;
	crypto_core_ristretto255_scalar_random(x.scalar);
	crypto_core_ristretto255_random(x.point);
	const uint64_t ns = measure(run_scalarmult, &x) / 100;
	unit_ns = (double)ns;
	return ns;
}

static void bench_scalarmult(void)
{
	report("libsodium_scalarmult", 1, 1, measure_unit(), false);
}

struct points_work {
	size_t n;
	struct scalar *scalars;
	struct affine *points;
	uint8_t *encodings, *decoded;
	void *scratch;
	size_t scratch_len;
};

static struct points_work points_work_new(size_t n)
{
	struct points_work work = {.n = n, .scratch_len = msm_scratch_len(n)};
	uint8_t wide[64];
	struct point point, step;

	work.scalars = allocate(n * sizeof *work.scalars);
	work.points = allocate(n * sizeof *work.points);
	work.encodings = allocate(n * POINT_BYTES);
	work.decoded = allocate(n * POINT_DECODED_BYTES);
	work.scratch = allocate(work.scratch_len);
	randombytes_buf(wide, sizeof wide);
	point_from_uniform(&point, wide);
	point_base(&step);
	for (size_t i = 0; i < n; i++) {
		point_encode(work.encodings + i * POINT_BYTES, &point);
		point_add(&point, &point, &step);
		randombytes_buf(wide, sizeof wide);
		scalar_reduce_wide(&work.scalars[i], wide);
	}
	if (points_decode_vartime(work.points, work.encodings, n) != n)
		die("a point of our own does not decode");
	points_write_decoded(work.decoded, work.points, n);
	return work;
}

static void points_work_free(struct points_work *work)
{
	free(work->scalars);
	free(work->points);
	free(work->encodings);
	free(work->decoded);
	free(work->scratch);
}

static void run_msm(void *cookie)
{
	struct points_work *work = cookie;
	struct point sum;
	msm_vartime(&sum, work->scalars, work->points, work->n, work->scratch, work->scratch_len);
}

static void run_decode(void *cookie)
{
	struct points_work *work = cookie;
	if (points_decode_vartime(work->points, work->encodings, work->n) != work->n)
		die("a point does not decode");
}

static void run_recall(void *cookie)
{
	struct points_work *work = cookie;
	if (points_recall_vartime(work->points, work->encodings, work->decoded, work->n) != work->n)
		die("a decoded point is not right");
}

static void bench_msm(void)
{
	static const size_t sizes[] = {100, 1000, 4096, 65536, 1048576};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i] > 65536 && !is_full)
			break;
		struct points_work work = points_work_new(sizes[i]);
		measure_unit();
		report("msm", work.n, 1, measure(run_msm, &work), true);
		points_work_free(&work);
	}
}

static void bench_decode(void)
{
	struct points_work work = points_work_new(65536);
	measure_unit();
	report("decode", work.n, 1, measure(run_decode, &work), true);
	points_work_free(&work);
}

static void bench_recall(void)
{
	struct points_work work = points_work_new(65536);
	measure_unit();
	report("recall", work.n, 1, measure(run_recall, &work), true);
	points_work_free(&work);
}

/* A ring of n commitments; ours are the first N_SIGNERS. */
#define N_SIGNERS 4
struct ring_work {
	size_t n, m;
	struct generators generators;
	struct scope scope;
	struct entropy entropy;
	struct random_source random;
	struct opening openings[N_SIGNERS];
	struct universe universe;
	struct list list;
	struct snapshot at;
	struct ring ring;
	uint8_t *sources;
	struct entry *entries;
	uint32_t *members;
	void *memory;
	void *scratch;
	size_t scratch_len;
	uint8_t proofs[N_SIGNERS][PROOF_LEN_MAX];
	struct proof_item *items;
	bool *verdicts;
};

static struct ring_work *ring_work_new(size_t n)
{
	struct ring_work *work = calloc(1, sizeof *work);
	struct problem problem = {0};
	struct point point, step;

	if (!work)
		die("not enough memory");
	work->n = n;
	work->random = entropy_source(&work->entropy);
	generators_new(&work->generators);
	scope_new_letter(&work->scope, bytes_from_text("undersigned letter v1\n"));
	work->sources = allocate(n * POINT_BYTES);
	work->entries = calloc(n, sizeof *work->entries);
	work->members = calloc(n, sizeof *work->members);
	const size_t memory_len = universe_memory_len(n);
	work->memory = allocate(memory_len);
	universe_new(&work->universe, n, work->memory, memory_len);
	point_base(&step);
	point_identity(&point);
	for (size_t i = 0; i < n; i++) {
		if (i < N_SIGNERS) {
			if (opening_new(&work->openings[i], &work->random) != UNDERSIGN_OK)
				die("no randomness");
			opening_commit(&point, &work->generators, &work->openings[i]);
		} else {
			point_add(&point, &point, &step);
		}
		point_encode(work->sources + i * POINT_BYTES, &point);
		work->entries[i] = (struct entry){
			ENTRY_COMMITMENT, work->sources + i * POINT_BYTES, {NULL, 0}};
	}
	list_begin(&work->list, &work->universe, work->members, n);
	if (list_append(&work->list, work->entries, n, &problem) != UNDERSIGN_OK)
		die("a ring of our own is refused");
	list_snapshot(&work->at, &work->list);
	if (ring_of_list(&work->ring, &work->list, &work->at, bytes_from_text("Ring"), &problem) !=
	    UNDERSIGN_OK)
		die("a ring of our own is refused");
	work->scratch_len = proof_sign_scratch_len(n);
	work->scratch = allocate(work->scratch_len);
	return work;
}

static void ring_work_free(struct ring_work *work)
{
	free(work->sources);
	free(work->entries);
	free(work->members);
	free(work->memory);
	free(work->scratch);
	free(work->items);
	free(work->verdicts);
	free(work);
}

static void sign_as(struct ring_work *work, size_t signer)
{
	if (proof_sign(work->proofs[signer], proof_len(work->n), &work->generators, &work->ring,
		       &work->scope, bytes_from_text("message"), &work->openings[signer],
		       &work->random, NULL, work->scratch, work->scratch_len) != UNDERSIGN_OK)
		die("signing failed");
}

static void run_sign(void *cookie)
{
	sign_as(cookie, 0);
}

static void run_verify(void *cookie)
{
	struct ring_work *work = cookie;
	if (!proof_verify_batch_vartime(work->verdicts, &work->generators, work->items, work->m,
					NULL, NULL, work->scratch, work->scratch_len))
		die("a proof of our own does not verify");
}

static void bench_sign(void)
{
	static const size_t sizes[] = {40, 1000, 4096, 10000, 16384, 65536, 1000000};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i] > 65536 && !is_full)
			break;
		struct ring_work *work = ring_work_new(sizes[i]);
		measure_unit();
		report("sign", work->n, 1, measure(run_sign, work), false);
		ring_work_free(work);
	}
}

/* m statements of N_SIGNERS members in turn: verifying does not notice repetition. */
static void bench_verify(void)
{
	static const struct {
		size_t n, m;
	} sizes[] = {{40, 1},       {1024, 1},      {16384, 1},    {65536, 1},
		     {1024, 50},    {16384, 50},    {65536, 50},   {1024, 500},
		     {16384, 500},  {65536, 500},   {1024, 5000},  {16384, 5000},
		     {65536, 5000}, {20000, 10000}, {1024, 50000}, {65536, 100000}};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i].m > 500 && !is_full)
			break;
		struct ring_work *work = ring_work_new(sizes[i].n);
		for (size_t j = 0; j < N_SIGNERS && j < sizes[i].m; j++)
			sign_as(work, j);
		work->m = sizes[i].m;
		work->items = calloc(work->m, sizeof *work->items);
		work->verdicts = calloc(work->m, sizeof *work->verdicts);
		for (size_t j = 0; j < work->m; j++)
			work->items[j] = (struct proof_item){
				&work->ring, &work->scope, bytes_from_text("message"),
				bytes_from(work->proofs[j % N_SIGNERS], proof_len(work->n))};
		free(work->scratch);
		work->scratch_len = proof_verify_scratch_len(work->items, work->m);
		work->scratch = allocate(work->scratch_len);
		measure_unit();
		report("verify", work->n, work->m, measure(run_verify, work), false);
		ring_work_free(work);
	}
}

static uint64_t bundle_members, bundle_statements;

static void run_bundle(void *cookie)
{
	struct problem problem = {0};
	struct undersign_problem fault;
	struct bundle_source *source;
	struct undersign_bundle *bundle;
	struct arena_heap heap;

	(void)cookie;
	if (bundle_source_open(&source, bundle_path, &problem) != UNDERSIGN_OK)
		die("the bundle cannot be read");
	arena_heap_open(&heap, SIZE_MAX, false);
	const struct undersign_files files = bundle_source_files(source);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	if (undersign_bundle_open(&bundle, &files, NULL, NULL, &memory, NULL, &fault) !=
	    UNDERSIGN_OK)
		die("the bundle does not verify");
	const struct undersign_tally *tally = undersign_bundle_tally(bundle);
	bundle_statements = tally->total + tally->withdrawn;
	bundle_members = 0;
	for (size_t i = 0; i < tally->n_rosters; i++)
		bundle_members += tally->rosters[i].members;
	arena_heap_close(&heap);
	bundle_source_close(source);
}

static void bench_bundle(void)
{
	FILE *file;
	char path[4096];
	snprintf(path, sizeof path, "%s/checkpoint", bundle_path);
	file = fopen(path, "rb");
	if (!file) {
		fprintf(stderr,
			"undersign-bench: verify_bundle left out: no bundle at %s (make demo)\n",
			bundle_path);
		return;
	}
	fclose(file);
	const uint64_t ns = measure(run_bundle, NULL);
	report("verify_bundle", bundle_members, bundle_statements, ns, false);
}

static const struct {
	const char *name;
	void (*run)(void);
} benches[] = {
	{"libsodium_scalarmult", bench_scalarmult},
	{"msm", bench_msm},
	{"decode", bench_decode},
	{"recall", bench_recall},
	{"sign", bench_sign},
	{"verify", bench_verify},
	{"verify_bundle", bench_bundle},
};

static bool is_selected(const char *name, int argc, char **argv)
{
	bool is_any = false;
	for (int i = 1; i < argc; i++) {
		if (!argv[i])
			continue;
		is_any = true;
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return !is_any;
}

int main(int argc, char **argv)
{
	const char *backend = getenv("UNDERSIGN_BACKEND");

	for (int i = 1; i < argc; i++) {
		bool is_known = strcmp(argv[i], "--json") == 0;
		if (is_known) {
			wants_json = true;
			argv[i] = NULL;
			continue;
		}
		if (strcmp(argv[i], "--full") == 0) {
			is_full = true;
			argv[i] = NULL;
			continue;
		}
		if (strcmp(argv[i], "--bundle") == 0 && i + 1 < argc) {
			bundle_path = argv[i + 1];
			argv[i] = argv[i + 1] = NULL;
			i++;
			continue;
		}
		for (size_t j = 0; j < sizeof benches / sizeof *benches; j++)
			is_known |= strcmp(argv[i], benches[j].name) == 0;
		if (!is_known) {
			fprintf(stderr, "usage: undersign-bench [--json] [--full] [--bundle DIR] "
					"[NAME...]\n");
			return 2;
		}
	}
	if (sodium_init() < 0)
		die("libsodium does not start");
	if (undersign_init(backend) != UNDERSIGN_OK)
		die("UNDERSIGN_BACKEND names no usable backend");
	if (!wants_json)
		printf("%-22s %9s %5s  %15s\n", "name", "n", "m", "time");
	for (size_t j = 0; j < sizeof benches / sizeof *benches; j++)
		if (is_selected(benches[j].name, argc, argv))
			benches[j].run();
	return 0;
}

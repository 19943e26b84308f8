/* Whether times differ between one secret and any (C-8; Reparaz, Balasch, Verbauwhede, "Dude, is my
 * code constant time?", 2017): the two kinds take turns at random, and Welch's t compares their
 * means, over all runs and over those below each of several times, which leaves interruptions out.
 *
 *     undersign-welch RUNS [BACKEND]
 *
 * Prints the largest |t| of signing, of a tag and of a planted leak. Ends with 1 if one of the
 * first two is 4.5 or more, with 2 if the leak is not seen, which says that the machine is too
 * restless for this many runs. It is a measurement: no part of make test. */
#include "backend.h"
#include "ct.h"
#include "entry.h"
#include "memory.h"
#include "nonce.h"
#include "opening.h"
#include "ring.h"
#include "sha2.h"
#include "sign_with.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEMBERS 16
#define N_CROPS 20
#define T_MOST  4.5

static uint64_t state = 1;

static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)draw();
	return UNDERSIGN_OK;
}

static const struct random_source source = {fill, NULL};

static enum undersign_status next_nonce(void *cookie, struct scalar *out)
{
	(void)cookie;
	return nonce_fresh(out, &source);
}

static void must(enum undersign_status status)
{
	if (status != UNDERSIGN_OK) {
		fprintf(stderr, "undersign-welch: %s\n", undersign_status_text(status));
		exit(3);
	}
}

static struct generators generators;
static struct scope scope;
static struct universe universe;
static struct list list;
static struct snapshot at;
static struct ring ring;
static struct opening openings[MEMBERS];
static uint32_t members[MEMBERS];
static uint8_t sources[MEMBERS][POINT_BYTES], proof[PROOF_LEN_MAX];
static void *scratch;
static size_t scratch_len;

static void *memory_of(size_t len)
{
	void *out = aligned_alloc(64, (len + 63) / 64 * 64);

	if (!out)
		exit(3);
	return out;
}

static void make_ring(void)
{
	static struct entry entries[MEMBERS];
	const size_t len = universe_memory_len(MEMBERS);
	struct problem problem = {0};

	universe_new(&universe, MEMBERS, memory_of(len), len);
	for (size_t i = 0; i < MEMBERS; i++) {
		must(opening_new(&openings[i], &source));
		opening_commit_encoded(sources[i], &generators, &openings[i]);
		entries[i] = (struct entry){ENTRY_COMMITMENT, sources[i], {NULL, 0}};
	}
	list_begin(&list, &universe, members, MEMBERS);
	must(list_append(&list, entries, MEMBERS, &problem));
	list_snapshot(&at, &list);
	must(ring_of_list(&ring, &list, &at, bytes_from_text("Ring"), &problem));
	scratch_len = sign_with_scratch_len(MEMBERS);
	scratch = memory_of(scratch_len);
}

/* What is measured: from an opening that stands in the same place for both kinds. */
static struct opening secret;

static void run_sign(void)
{
	const struct nonce_source nonces = {next_nonce, NULL};

	must(sign_with(proof, proof_len(MEMBERS), &generators, &ring, &scope,
		       bytes_from_text("text"), &secret, &nonces, NULL, scratch, scratch_len));
}

static void run_tag(void)
{
	uint8_t tag[POINT_BYTES];

	must(opening_tag(tag, &scope, &secret));
}

/* Some hundred nanoseconds more for one secret. */
static void run_leak(void)
{
	if (secret.s[0].limb[0] == openings[0].s[0].limb[0])
		for (volatile unsigned k = 0; k < 200; k++)
			;
	run_tag();
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

struct sample {
	double ns;
	unsigned kind; /* 0: the first member; 1: any */
};

static int compare_samples(const void *a, const void *b)
{
	const double x = ((const struct sample *)a)->ns, y = ((const struct sample *)b)->ns;

	return (x > y) - (x < y);
}

/* Welch's t over the first n samples. */
static double welch(const struct sample *samples, size_t n)
{
	double mean[2] = {0, 0}, squares[2] = {0, 0};
	size_t count[2] = {0, 0};

	for (size_t i = 0; i < n; i++) {
		const unsigned kind = samples[i].kind;
		const double before = samples[i].ns - mean[kind];

		count[kind]++;
		mean[kind] += before / (double)count[kind];
		squares[kind] += before * (samples[i].ns - mean[kind]);
	}
	if (count[0] < 100 || count[1] < 100)
		return 0;
	for (unsigned kind = 0; kind < 2; kind++)
		squares[kind] /= (double)(count[kind] - 1) * (double)count[kind];
	const double error = sqrt(squares[0] + squares[1]);
	return error > 0 ? fabs(mean[0] - mean[1]) / error : 0;
}

/* The largest |t| over all samples, and over those below each crop. The crops come from all
 * samples, so that they do not depend on the kind. */
static double measure(const char *name, void (*run)(void), size_t n_runs)
{
	struct sample *samples = memory_of(n_runs * sizeof *samples);
	double most;

	for (size_t i = 0; i < n_runs; i++) {
		const uint64_t drawn = draw();
		const unsigned kind = drawn & 1;
		const size_t member = kind ? drawn >> 1 & (MEMBERS - 1) : 0;

		/* All of them are read, and written to one place. */
		for (size_t k = 0; k < MEMBERS; k++)
			for (unsigned j = 0; j < TAG_DIMENSION; j++)
				scalar_select(&secret.s[j], k == member, &openings[k].s[j],
					      &secret.s[j]);
		for (size_t k = 0; k < MEMBERS; k++)
			scalar_select(&secret.r, k == member, &openings[k].r, &secret.r);
		const uint64_t begin = now_ns();
		run();
		samples[i] = (struct sample){(double)(now_ns() - begin), kind};
	}
	most = welch(samples, n_runs);
	qsort(samples, n_runs, sizeof *samples, compare_samples);
	for (size_t c = 1; c < N_CROPS; c++) {
		const double t = welch(samples, n_runs * c / N_CROPS);

		if (t > most)
			most = t;
	}
	printf("%-12s %9zu runs, %10.1f us in the middle, largest |t| %.2f\n", name, n_runs,
	       samples[n_runs / 2].ns / 1000, most);
	fflush(stdout);
	free(samples);
	return most;
}

int main(int argc, char **argv)
{
	const size_t n_runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	double sign, tag, leak;

	if (n_runs < 1000 || (argc > 2 && backend_choose(argv[2]) != UNDERSIGN_OK)) {
		fputs("usage: undersign-welch RUNS [BACKEND]; 1000 runs or more\n", stderr);
		return 3;
	}
	generators_new(&generators);
	scope_new_letter(&scope, bytes_from_text("undersigned letter v1\n"));
	make_ring();
	printf("backend %s, ring of %d\n", backend_current()->name, MEMBERS);
	for (unsigned k = 0; k < 100; k++) {
		secret = openings[0];
		run_sign();
	}
	leak = measure("planted leak", run_leak, n_runs);
	tag = measure("tag", run_tag, n_runs);
	sign = measure("signature", run_sign, n_runs);
	opening_wipe(&secret);
	free(scratch);
	if (leak < T_MOST)
		return 2;
	return sign >= T_MOST || tag >= T_MOST;
}

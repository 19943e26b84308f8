/* A sealed poll of one question with four options, three of five trustees: making an answer,
 * checking 10,000 of them, adding them up, opening the sums. Prints a table; processor time of one
 * thread. The membership proofs of the same answers are `undersign-bench --full verify` with n =
 * 20000 and m = 10000. UNDERSIGN_BACKEND: the backend. N as an argument: so many answers. */
#include "answer.h"
#include "count.h"
#include "entropy.h"
#include "share.h"
#include "sums.h"
#include "trustees.h"
#include "undersign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRUSTEES = 5, THRESHOLD = 3, OPTIONS = 4, MADE = 200, GROUPS = 6 };

static struct entropy entropy;
static struct random_source source;
static struct trustees trustees;
static struct scalar shares[TRUSTEES];
static struct opening opening;
static struct scope scope;
static const struct shape shape = {1, {{OPTIONS, 1, 1}}};
static struct answer_poll poll = {&trustees.key, &shape, scope.bytes};
static uint8_t answers[MADE][ANSWER_LEN_MAX], tag[POINT_BYTES], ring_id[HASH_BYTES];

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "undersign-poll-bench: %s\n", what);
	exit(3);
}

static void *allocate(size_t len)
{
	void *memory = aligned_alloc(64, (len + 63) / 64 * 64);
	must(memory != NULL, "not enough memory");
	return memory;
}

static void make_trustees(void)
{
	static const char *const texts[TRUSTEES] = {"a", "b", "c", "d", "e"};
	static uint8_t keys[TRUSTEES][TRUSTEE_KEY_BYTES], dealt[TRUSTEES][TRUSTEE_DEAL_MAX];
	static uint8_t accepts[TRUSTEES][TRUSTEE_ACCEPT_BYTES];
	struct bytes names[TRUSTEES], deals[TRUSTEES];
	const uint8_t *key_at[TRUSTEES], *accept_at[TRUSTEES];
	struct scalar secrets[TRUSTEES];
	struct ceremony ceremony;
	unsigned liar;

	for (unsigned i = 0; i < TRUSTEES; i++) {
		names[i] = bytes_from_text(texts[i]);
		key_at[i] = keys[i];
		accept_at[i] = accepts[i];
		must(!trustee_key_new(&secrets[i], keys[i], names[i], &source), "a key");
	}
	must(!ceremony_new(&ceremony, THRESHOLD, names, key_at, TRUSTEES, NULL), "the ceremony");
	for (unsigned i = 0; i < TRUSTEES; i++) {
		must(!trustee_deal_make(dealt[i], &ceremony, i + 1, &source), "a deal");
		deals[i] = bytes_from(dealt[i], trustee_deal_len(&ceremony));
	}
	for (unsigned j = 0; j < TRUSTEES; j++) {
		must(!trustee_share_open(&shares[j], &liar, &ceremony, deals, j + 1, &secrets[j]),
		     "a share");
		must(!trustee_accept_make(accepts[j], &ceremony, deals, j + 1, &shares[j], &source),
		     "an acceptance");
	}
	must(!trustees_new(&trustees, &ceremony, deals, accept_at, NULL), "the key");
}

static void report(const char *what, size_t n, uint64_t ns)
{
	printf("%-44s %8zu %12.3f ms\n", what, n, (double)ns / 1e6);
}

static void make_answers(void)
{
	uint8_t ciphertexts[OPTIONS * CIPHERTEXT_BYTES];
	const uint64_t start = now_ns();

	for (size_t k = 0; k < MADE; k++) {
		uint8_t choices[OPTIONS] = {0};
		struct answer_secret secret;

		choices[k % OPTIONS] = 1;
		must(!answer_encrypt(&secret, ciphertexts, &poll, choices, &opening, &source) &&
			     !answer_prove(answers[k], &poll, ciphertexts, &secret, ring_id, tag,
					   &source),
		     "an answer");
	}
	report("make an answer, its proofs for one ring", 1, (now_ns() - start) / MADE);
}

static void check_answers(size_t n)
{
	struct answer_item *items = calloc(n, sizeof *items);
	bool *verdicts = calloc(n, sizeof *verdicts);
	const size_t len = answer_batch_scratch_len(&shape, n);
	void *scratch = allocate(len);

	must(items && verdicts, "not enough memory");
	/* Checking does not notice repetition. */
	for (size_t k = 0; k < n; k++)
		items[k] = (struct answer_item){
			ring_id, tag, bytes_from(answers[k % MADE], shape_answer_len(&shape))};
	const uint64_t start = now_ns();
	must(answer_batch_is_valid_vartime(verdicts, &poll, items, n, NULL, scratch, len),
	     "an answer of our own does not hold");
	report("check answers", n, now_ns() - start);
	free(scratch);
	free(verdicts);
	free(items);
}

static void open_sums(size_t n)
{
	struct sums_cell cells[GROUPS * OPTIONS];
	uint8_t sums[GROUPS * OPTIONS * CIPHERTEXT_BYTES];
	uint8_t given[THRESHOLD][POINT_BYTES * (GROUPS * OPTIONS + 2)];
	uint8_t scratch[POINT_BYTES * GROUPS * OPTIONS];
	const struct share_poll about = {&trustees, scope.bytes, sums, GROUPS * OPTIONS};
	const unsigned used[THRESHOLD] = {1, 3, 5};
	struct bytes views[THRESHOLD];
	struct point points[GROUPS * OPTIONS];
	struct count_table table;
	uint64_t counted = 0, start = now_ns();
	const size_t table_len = count_table_len(n);
	void *memory = allocate(table_len);

	sums_begin(cells, GROUPS * OPTIONS);
	for (size_t k = 0; k < n; k++)
		must(!sums_add_vartime(cells + k % GROUPS * OPTIONS, answers[k % MADE], OPTIONS),
		     "a sum");
	sums_encode(sums, cells, GROUPS * OPTIONS);
	report("add answers up", n, now_ns() - start);
	start = now_ns();
	for (unsigned k = 0; k < THRESHOLD; k++) {
		must(!share_make(given[k], &about, used[k], &shares[used[k] - 1], &source, scratch),
		     "a share");
		views[k] = bytes_from(given[k], share_len(GROUPS * OPTIONS));
	}
	report("make a trustee's share, sums", GROUPS * OPTIONS, (now_ns() - start) / THRESHOLD);
	start = now_ns();
	for (unsigned k = 0; k < THRESHOLD; k++)
		must(share_is_valid_vartime(&about, used[k], views[k], scratch), "a share");
	must(!share_combine_vartime(points, &about, used, views), "shares");
	count_table_new(&table, n, memory, table_len);
	for (size_t k = 0; k < GROUPS * OPTIONS; k++) {
		uint64_t count;
		must(!count_find_vartime(&count, &table, &points[k]), "a count");
		counted += count;
	}
	must(counted == n, "the counts are not those of the answers");
	report("open sums: three shares, checked, and counts", GROUPS * OPTIONS, now_ns() - start);
	free(memory);
}

int main(int argc, char **argv)
{
	const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;

	must(n >= 1 && n <= COUNT_MAX, "usage: undersign-poll-bench [N]");
	must(!undersign_init(getenv("UNDERSIGN_BACKEND")), "UNDERSIGN_BACKEND cannot be used");
	source = entropy_source(&entropy);
	must(!opening_new(&opening, &source), "randomness");
	scope_new_letter(&scope, bytes_from_text("undersigned letter v1\n"));
	must(!opening_tag(tag, &scope, &opening), "a tag");
	make_trustees();
	printf("backend %s\n%-44s %8s %15s\n", undersign_backend(), "work", "n", "time");
	make_answers();
	check_answers(n);
	open_sums(n);
	entropy_close(&entropy);
	return 0;
}

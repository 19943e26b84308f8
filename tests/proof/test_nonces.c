/* C-10: what a broken generator does to signatures. Six conditions of the machine's getrandom, for
 * which this file's stands in: no commitment comes twice among signatures of different letters, or
 * there is no signature at all. 1,000 of each with UNDERSIGN_FULL=1. Control: nonces without the
 * hedge, from a machine that was restored from a snapshot, where two signatures name the signer. */
#include "lab.h"

#include "message.h"
#include "sigma.h"
#include "sign.h"
#include "testing.h"

#include "entropy.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS 6
#define SIGNER  4
/* Of a signature here: a 3 + 1, r_A, r_B, rho 2, kappa 4; 64 bytes each. */
#define NONCE_BYTES (64 * (4 + 2 + 2 + 4))

enum fault { NONE, CONSTANT, SHORT_READS, INTERRUPTED, INTERRUPTED_FOR_EVER, MISSING };

static enum fault fault;
static unsigned calls, calls_until_missing;
static size_t n_drawn;
static uint8_t constant;
static struct test_random stream;

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
	(void)flags;
	calls++;
	if (fault == INTERRUPTED_FOR_EVER || (fault == INTERRUPTED && calls % 3 != 0)) {
		errno = EINTR;
		return -1;
	}
	if (fault == MISSING && calls > calls_until_missing) {
		errno = ENOSYS;
		return -1;
	}
	if (fault == SHORT_READS && len > 1 + calls % 5)
		len = 1 + calls % 5;
	if (fault == CONSTANT)
		memset(out, constant, len);
	else
		test_random_fill(&stream, out, len);
	n_drawn += len;
	return (ssize_t)len;
}

static struct test_ring ring;
static struct bytes message;
static size_t n_runs;

static void begin(enum fault which)
{
	fault = which;
	calls = 0;
	n_drawn = 0;
}

/* Another letter for each number. */
static struct scope letter(size_t k)
{
	char text[64];
	struct scope out;

	snprintf(text, sizeof text, "letter %zu\n", k);
	scope_new_letter(&out, bytes_from_text(text));
	return out;
}

/* Signs letter k as the program does; the output is zeroed by a failure. */
static enum undersign_status sign_letter(uint8_t *out, size_t k, const struct random_source *random)
{
	const struct scope scope = letter(k);
	const size_t len = proof_sign_scratch_len(MEMBERS);
	void *scratch = support_memory(len);
	enum undersign_status status;

	memset(out, 0xaa, proof_len(MEMBERS));
	status = proof_sign(out, proof_len(MEMBERS), &generators, &ring.ring, &scope, message,
			    &ring.openings[SIGNER], random, NULL, scratch, len);
	free(scratch);
	return status;
}

static void assert_none(const uint8_t *proof)
{
	for (size_t at = 0; at < proof_len(MEMBERS); at++)
		assert_int_equal(proof[at], 0);
}

/* A source from the machine with nothing drawn yet. */
static enum undersign_status sign_afresh(uint8_t *out, size_t k)
{
	struct entropy entropy = {0};
	const struct random_source random = entropy_source(&entropy);
	enum undersign_status status = sign_letter(out, k, &random);

	entropy_close(&entropy);
	return status;
}

/* Everything of 32 bytes that was published: commitments and responses. */
struct published {
	uint8_t (*parts)[32];
	size_t n, capacity;
};

static struct published published_new(size_t n_parts)
{
	return (struct published){support_memory(n_parts * 32), 0, n_parts};
}

static void published_add(struct published *published, const uint8_t *proof, size_t n_parts)
{
	assert_true(published->n + n_parts <= published->capacity);
	memcpy(published->parts[published->n], proof, n_parts * 32);
	published->n += n_parts;
}

static int compare_parts(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* How many stand there more than once; frees them. */
static size_t published_repeats(struct published *published)
{
	size_t n = 0;

	qsort(published->parts, published->n, 32, compare_parts);
	for (size_t k = 1; k < published->n; k++)
		n += memcmp(published->parts[k - 1], published->parts[k], 32) == 0;
	free(published->parts);
	return n;
}

/* Runs a fault that is to be survived: each run signs another letter, all are valid. */
static void survive(void (*before_each)(size_t k))
{
	const size_t n_parts = proof_len(MEMBERS) / 32;
	struct published published = published_new(n_runs * n_parts);
	uint8_t proof[PROOF_LEN_MAX];

	for (size_t k = 0; k < n_runs; k++) {
		const struct scope scope = letter(k);

		before_each(k);
		assert_int_equal(sign_afresh(proof, k), UNDERSIGN_OK);
		assert_true(n_drawn >= NONCE_BYTES);
		assert_true(test_is_valid(&ring.ring, &scope, message,
					  bytes_from(proof, proof_len(MEMBERS))));
		published_add(&published, proof, n_parts);
	}
	assert_int_equal(published_repeats(&published), 0);
}

/* The same byte for ever: refused by the source; and if it were not, the hedge still holds. */
static enum undersign_status fill_constant(void *cookie, uint8_t *out, size_t len)
{
	memset(out, *(const uint8_t *)cookie, len);
	return UNDERSIGN_OK;
}

static void stuck_at_a_constant(void **state)
{
	const struct random_source unchecked = {fill_constant, &constant};
	const size_t n_parts = proof_len(MEMBERS) / 32;
	struct published published = published_new(n_runs * n_parts);
	uint8_t proof[PROOF_LEN_MAX];

	(void)state;
	for (size_t k = 0; k < n_runs; k++) {
		begin(CONSTANT);
		constant = (uint8_t)k;
		assert_int_equal(sign_afresh(proof, k), UNDERSIGN_E_RANDOM);
		assert_none(proof);
		constant = 7;
		assert_int_equal(sign_letter(proof, k, &unchecked), UNDERSIGN_OK);
		published_add(&published, proof, n_parts);
	}
	assert_int_equal(published_repeats(&published), 0);
}

/* A generator whose state is copied by fork: parent and child draw the same bytes. */
static void forked(void **state)
{
	const size_t len = proof_len(MEMBERS);
	struct published published = published_new(2 * n_runs * (len / 32));
	uint8_t proof[PROOF_LEN_MAX];

	(void)state;
	begin(NONE);
	for (size_t k = 0; k < n_runs; k++) {
		struct entropy entropy = {0};
		const struct random_source random = entropy_source(&entropy);
		int pipes[2], status, failed;
		uint8_t drawn[8];
		pid_t child;

		assert_int_equal(random.fill(random.cookie, drawn, sizeof drawn), UNDERSIGN_OK);
		assert_int_equal(pipe(pipes), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			failed = sign_letter(proof, 2 * k, &random) != UNDERSIGN_OK ||
				 write(pipes[1], proof, len) != (ssize_t)len;
			_exit(failed);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_int_equal(read(pipes[0], proof, len), len);
		published_add(&published, proof, len / 32);
		assert_int_equal(sign_letter(proof, 2 * k + 1, &random), UNDERSIGN_OK);
		published_add(&published, proof, len / 32);
		close(pipes[0]);
		close(pipes[1]);
		entropy_close(&entropy);
	}
	assert_int_equal(published_repeats(&published), 0);
}

/* The machine is restored each time: the same bytes from the beginning. */
static void restore(size_t k)
{
	(void)k;
	begin(NONE);
	stream = (struct test_random){1};
}

static void restored_from_a_snapshot(void **state)
{
	(void)state;
	survive(restore);
}

static void before_short_read(size_t k)
{
	(void)k;
	begin(SHORT_READS);
}

static void short_reads(void **state)
{
	(void)state;
	stream = (struct test_random){2};
	survive(before_short_read);
}

static void before_interruption(size_t k)
{
	(void)k;
	begin(INTERRUPTED);
}

static void interrupted(void **state)
{
	uint8_t proof[PROOF_LEN_MAX];

	(void)state;
	stream = (struct test_random){3};
	survive(before_interruption);
	for (size_t k = 0; k < n_runs; k++) {
		begin(INTERRUPTED_FOR_EVER);
		assert_int_equal(sign_afresh(proof, k), UNDERSIGN_E_RANDOM);
		assert_none(proof);
	}
}

/* ENOSYS from some call on, each call in turn. */
static void missing(void **state)
{
	uint8_t proof[PROOF_LEN_MAX];
	unsigned n_calls;

	(void)state;
	begin(NONE);
	assert_int_equal(sign_afresh(proof, 0), UNDERSIGN_OK);
	n_calls = calls;
	assert_true(n_calls > 12);
	for (size_t k = 0; k < (n_runs > n_calls ? n_runs : n_calls); k++) {
		begin(MISSING);
		calls_until_missing = (unsigned)(k % n_calls);
		assert_int_equal(sign_afresh(proof, k), UNDERSIGN_E_RANDOM);
		assert_int_equal(calls, calls_until_missing + 1);
		assert_none(proof);
	}
	calls_until_missing = n_calls;
	begin(MISSING);
	assert_int_equal(sign_afresh(proof, 0), UNDERSIGN_OK);
}

/* The linear proofs, restored from a snapshot each time: withdrawals, and registrations of one
 * opening under several names. */
static void linear_proofs(void **state)
{
	uint8_t payload[MESSAGE_WITHDRAW_BYTES], proof[SIGMA_WITHDRAW_BYTES];
	struct published published = published_new(2 * n_runs * sizeof proof / 32);
	char name[32];

	(void)state;
	message_write_withdraw(payload, 2);
	for (size_t k = 0; k < n_runs; k++) {
		struct entropy entropy = {0};
		const struct random_source random = entropy_source(&entropy);
		const struct scope scope = letter(k);
		struct sigma_registration registration = {
			{NULL, 0}, {NULL, 0}, 1, ring.sources[SIGNER]};

		restore(k);
		assert_int_equal(sigma_withdraw_make(proof, &scope,
						     bytes_from(payload, sizeof payload),
						     &ring.openings[SIGNER], &random),
				 UNDERSIGN_OK);
		published_add(&published, proof, SIGMA_WITHDRAW_BYTES / 32);
		snprintf(name, sizeof name, "Roster %zu", k);
		registration.org = bytes_from_text(name);
		entropy_close(&entropy);
		restore(k);
		assert_int_equal(sigma_register_make(proof, &generators, &registration,
						     &ring.openings[SIGNER], &random),
				 UNDERSIGN_OK);
		published_add(&published, proof, SIGMA_REGISTER_BYTES / 32);
		entropy_close(&entropy);
	}
	assert_int_equal(published_repeats(&published), 0);
}

/* Control: fresh bytes alone. From two signatures after one snapshot anybody reads the member's
 * place: a digit's response is the same in both unless it is the digit that was selected. */
static enum undersign_status next_unhedged(void *cookie, struct scalar *out)
{
	return nonce_fresh(out, cookie);
}

static void without_the_hedge(void **state)
{
	const struct digits digits = digits_of_ring(MEMBERS);
	struct published published = published_new(2 * proof_len(MEMBERS) / 32);
	struct bytes proofs[2];
	size_t place = 0;
	unsigned at = 0;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct entropy entropy = {0};
		struct random_source random = entropy_source(&entropy);
		const struct nonce_source nonces = {next_unhedged, &random};
		const struct scope scope = letter(k);

		restore(k);
		proofs[k] = test_sign_with(&ring.ring, &scope, message, &ring.openings[SIGNER],
					   &nonces);
		assert_true(test_is_valid(&ring.ring, &scope, message, proofs[k]));
		published_add(&published, proofs[k].data, proofs[k].len / 32);
		entropy_close(&entropy);
	}
	assert_true(published_repeats(&published) >= 2);
	for (unsigned d = 0; d < digits.n_digits; d++) {
		for (unsigned c = 1; c < digits_radix(&digits, d); c++, at++)
			if (memcmp(lab_scalar_at(proofs[0], &digits, at),
				   lab_scalar_at(proofs[1], &digits, at), 32) != 0)
				place += (size_t)c << (2 * d);
	}
	assert_int_equal(place, SIGNER);
	free((void *)proofs[0].data);
	free((void *)proofs[1].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stuck_at_a_constant),
		cmocka_unit_test(forked),
		cmocka_unit_test(restored_from_a_snapshot),
		cmocka_unit_test(short_reads),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(missing),
		cmocka_unit_test(linear_proofs),
		cmocka_unit_test(without_the_hedge),
	};
	int failed;

	support_begin("test-proof-nonces");
	n_runs = support_is_full() ? 1000 : 25;
	message = bytes_from_text("message");
	test_ring_new(&ring, MEMBERS, "org");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_ring_free(&ring);
	return failed;
}

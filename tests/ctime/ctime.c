/* Constant time, executed: every public operation with a secret runs on secrets that valgrind or
 * MemorySanitizer takes for uninitialised memory, so that a branch, an index or a division that
 * depends on one is reported. What becomes public is declassified in the code, with a reason.
 *
 *     ctime             all operations, for some rings of 2 to 64 members at three places each; at
 *                       every place of every ring with UNDERSIGN_FULL=1. A report is a failure.
 *                       UNDERSIGN_BACKEND names the backend; 77 if this machine has none such
 *     ctime branch      a planted leak: a branch on a secret; must be reported
 *     ctime index       a planted leak: a table index from a secret; must be reported
 *     ctime count       sign_with once for each member of a ring of 64, with the same random bytes:
 *                       callgrind must count as many instructions each time (tests/ctime/count)
 *     ctime count-leak  the same number of calls of planted_count, which leaks; must be found */
#include "answer.h"
#include "backend.h"
#include "ct.h"
#include "entry.h"
#include "memory.h"
#include "message.h"
#include "opening.h"
#include "protocol.h"
#include "ring.h"
#include "scope.h"
#include "sha2.h"
#include "share.h"
#include "sigma.h"
#include "sign.h"
#include "sign_with.h"
#include "trustees.h"
#include "undersign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_MEMBERS 64

/* Deterministic, and secret: nonces are. */
static enum undersign_status fill_secret(void *cookie, uint8_t *out, size_t len)
{
	uint64_t *counter = cookie;
	uint8_t block[SHA512_BYTES];

	for (size_t done = 0; done < len; done += sizeof block) {
		sha512(block, bytes_from(counter, sizeof *counter));
		++*counter;
		memcpy(out + done, block, len - done < sizeof block ? len - done : sizeof block);
	}
	ct_classify(out, len);
	return UNDERSIGN_OK;
}

static uint64_t counter = 1;
static const struct random_source secret_random = {fill_secret, &counter};

static void must(enum undersign_status status, const char *what)
{
	if (status == UNDERSIGN_OK)
		return;
	fprintf(stderr, "ctime: %s: %s\n", what, undersign_status_text(status));
	exit(1);
}

static struct generators generators;
static struct scope scope;

/* A ring of n members, all of whose secrets are known. */
struct fixture {
	struct universe universe;
	struct list list;
	struct snapshot at;
	struct ring ring;
	size_t n;
	struct opening openings[RING_MEMBERS];
	void *memory;
	uint32_t members[RING_MEMBERS];
	uint8_t sources[RING_MEMBERS][POINT_BYTES];
};

static void fixture_open(struct fixture *f, size_t n)
{
	static struct entry entries[RING_MEMBERS];
	const size_t len = universe_memory_len(n);
	struct problem problem = {0};

	f->n = n;
	f->memory = aligned_alloc(64, (len + 63) / 64 * 64);
	universe_new(&f->universe, n, f->memory, len);
	for (size_t i = 0; i < n; i++) {
		must(opening_new(&f->openings[i], &secret_random), "opening_new");
		opening_commit_encoded(f->sources[i], &generators, &f->openings[i]);
		ct_declassify(f->sources[i], POINT_BYTES); /* a roster is public */
		entries[i] = (struct entry){ENTRY_COMMITMENT, f->sources[i], {NULL, 0}};
	}
	list_begin(&f->list, &f->universe, f->members, n);
	must(list_append(&f->list, entries, n, &problem), "list_append");
	list_snapshot(&f->at, &f->list);
	must(ring_of_list(&f->ring, &f->list, &f->at, bytes_from_text("Ring"), &problem), "ring");
}

static void fixture_close(struct fixture *f)
{
	for (size_t i = 0; i < f->n; i++)
		opening_wipe(&f->openings[i]);
	free(f->memory);
}

static void sign_at(const struct fixture *f, size_t place)
{
	static uint8_t proof[PROOF_LEN_MAX];
	const size_t scratch_len = proof_sign_scratch_len(f->n);
	void *scratch = aligned_alloc(64, (scratch_len + 63) / 64 * 64);

	must(proof_sign(proof, proof_len(f->n), &generators, &f->ring, &scope,
			bytes_from_text("text"), &f->openings[place], &secret_random, NULL, scratch,
			scratch_len),
	     "proof_sign");
	free(scratch);
}

/* At all places of a ring of n, or at three. */
static void run_sign(size_t n, bool at_all)
{
	static struct fixture f;

	fixture_open(&f, n);
	for (size_t place = 0; place < n; place++)
		if (at_all || place == 0 || place == n / 2 || place == n - 1)
			sign_at(&f, place);
	fixture_close(&f);
}

static void run_sigma(void)
{
	static struct fixture f;
	uint8_t proof[SIGMA_DV_CLAIM_BYTES], payload[MESSAGE_CLAIM_BYTES], tag[POINT_BYTES];
	uint8_t vk[POINT_BYTES], encoded[OPENING_BYTES], seed[ED25519_SEED_BYTES], key[32];
	struct sigma_claim claim;
	struct opening opening;
	struct scalar v;

	fixture_open(&f, 5);
	const struct opening *own = &f.openings[3];
	const struct sigma_registration registration = {
		bytes_from_text("Ring"), {NULL, 0}, 1, f.sources[3]};
	must(sigma_register_make(proof, &generators, &registration, own, &secret_random),
	     "register");

	uint8_t withdrawal[MESSAGE_WITHDRAW_BYTES];
	message_write_withdraw(withdrawal, 2);
	must(sigma_withdraw_make(proof, &scope, bytes_from(withdrawal, sizeof withdrawal), own,
				 &secret_random),
	     "withdraw");
	must(opening_tag(tag, &scope, own), "tag");

	message_write_claim(payload, bytes_from_text("for a newspaper"));
	claim = (struct sigma_claim){&f.ring, 0, &scope, bytes_from(payload, sizeof payload)};
	must(sigma_claim_find(&claim.i, &generators, &f.ring, own), "find");
	must(sigma_claim_make(proof, &generators, &claim, own, &secret_random), "claim");

	must(sigma_vk_new(&v, &secret_random), "vk");
	sigma_vk_public(vk, &generators, &v);
	ct_declassify(vk, sizeof vk); /* a public key */
	must(sigma_vk_make(proof, &generators, bytes_from_text("A newspaper"), &v, &secret_random),
	     "vk proof");
	must(sigma_dv_claim_make(proof, &generators, &claim, vk, own, &secret_random),
	     "designated claim");

	opening_encode(encoded, own);
	must(opening_decode(&opening, encoded), "decode");
	must(fill_secret(&counter, seed, sizeof seed), "seed");
	opening_from_seed(&opening, seed);
	ed25519_seed_to_key(key, seed);
	opening_wipe(&opening);
	fixture_close(&f);
}

/* Trustees from key to share; answers with each option chosen. */
static void run_poll(void)
{
	enum { TRUSTEES = 3, THRESHOLD = 2, OPTIONS = 4 };
	static const char *const texts[TRUSTEES] = {"a", "b", "c"};
	static const struct shape shape = {1, {{OPTIONS, 1, 2}}};
	static uint8_t keys[TRUSTEES][TRUSTEE_KEY_BYTES], dealt[TRUSTEES][TRUSTEE_DEAL_MAX];
	static uint8_t accepts[TRUSTEES][TRUSTEE_ACCEPT_BYTES], out[ANSWER_LEN_MAX];
	uint8_t complaint[TRUSTEE_COMPLAINT_BYTES], ciphertexts[OPTIONS * CIPHERTEXT_BYTES];
	uint8_t scratch[POINT_BYTES * OPTIONS];
	struct scalar secrets[TRUSTEES], shares[TRUSTEES];
	const uint8_t *key_at[TRUSTEES], *accept_at[TRUSTEES];
	struct bytes names[TRUSTEES], deals[TRUSTEES];
	struct problem problem = {0};
	struct ceremony ceremony;
	struct trustees trustees;
	struct opening opening;
	unsigned liar;

	for (unsigned i = 0; i < TRUSTEES; i++) {
		names[i] = bytes_from_text(texts[i]);
		key_at[i] = keys[i];
		accept_at[i] = accepts[i];
		must(trustee_key_new(&secrets[i], keys[i], names[i], &secret_random), "trustee");
	}
	must(ceremony_new(&ceremony, THRESHOLD, names, key_at, TRUSTEES, &problem), "ceremony");
	for (unsigned i = 0; i < TRUSTEES; i++) {
		must(trustee_deal_make(dealt[i], &ceremony, i + 1, &secret_random), "deal");
		deals[i] = bytes_from(dealt[i], trustee_deal_len(&ceremony));
	}
	for (unsigned j = 0; j < TRUSTEES; j++) {
		must(trustee_share_open(&shares[j], &liar, &ceremony, deals, j + 1, &secrets[j]),
		     "share");
		must(trustee_accept_make(accepts[j], &ceremony, deals, j + 1, &shares[j],
					 &secret_random),
		     "accept");
	}
	must(trustee_complaint_make(complaint, &ceremony, deals[0], 1, 2, &secrets[1],
				    &secret_random),
	     "complaint");
	must(trustees_new(&trustees, &ceremony, deals, accept_at, &problem), "trustees");

	const struct answer_poll poll = {&trustees.key, &shape, scope.bytes};
	must(opening_new(&opening, &secret_random), "opening");
	for (size_t choice = 0; choice < OPTIONS; choice++) {
		uint8_t choices[OPTIONS] = {0}, tag[POINT_BYTES];
		struct answer_secret secret;

		choices[choice] = choices[OPTIONS - 1] = 1;
		ct_classify(choices, sizeof choices);
		must(opening_tag(tag, &scope, &opening), "tag");
		ct_declassify(tag, sizeof tag); /* published with the statement */
		must(answer_encrypt(&secret, ciphertexts, &poll, choices, &opening, &secret_random),
		     "encrypt");
		must(answer_prove(out, &poll, ciphertexts, &secret, trustees.key.id, tag,
				  &secret_random),
		     "answer");
	}
	const struct share_poll about = {&trustees, scope.bytes, ciphertexts, OPTIONS};
	must(share_make(out, &about, 2, &shares[1], &secret_random, scratch), "decryption share");
	opening_wipe(&opening);
}

/* By the public header: enrolling, and vouching for whoever enrols. */
static void run_vouch(void)
{
	static uint8_t request[UNDERSIGN_REQUEST_MAX], vouch[UNDERSIGN_VOUCH_MAX];
	uint8_t secrets[2 * UNDERSIGN_SECRET_BYTES], own[UNDERSIGN_SECRET_BYTES];
	const struct undersign_random random = {fill_secret, &counter};
	const struct undersign_bytes roster = {(const uint8_t *)"Ring", 4}, meta = {NULL, 0};
	struct undersign_problem problem;
	size_t request_len, vouch_len;

	must(undersign_enrolment_new(request, &request_len, secrets, roster, 1, meta, 2, &random),
	     "enrolment");
	must(undersign_secret_new(own, &random), "secret");
	const struct undersign_bytes whole = {request, request_len};
	for (uint32_t column = 1; column <= 2; column++)
		must(undersign_vouch_new(vouch, &vouch_len, whole, column, own, &random, &problem),
		     "vouch");
}

/* The places share one ring, so that all that is public stays the same. */
static int count_places(void)
{
	static struct fixture f;
	static uint8_t proof[PROOF_LEN_MAX];
	const uint8_t statement[SHA512_BYTES] = {1};

	fixture_open(&f, RING_MEMBERS);
	const size_t scratch_len = sign_with_scratch_len(RING_MEMBERS);
	void *scratch = aligned_alloc(64, (scratch_len + 63) / 64 * 64);
	for (size_t i = 0; i < RING_MEMBERS; i++) {
		struct nonce_hedge hedge;

		counter = 1000;
		nonce_hedge_begin(&hedge, "count", bytes_from_text("the same for all"), statement,
				  &secret_random);
		const struct nonce_source nonces = nonce_hedge_source(&hedge);
		must(sign_with(proof, proof_len(RING_MEMBERS), &generators, &f.ring, &scope,
			       bytes_from_text("text"), &f.openings[i], &nonces, NULL, scratch,
			       scratch_len),
		     "sign_with");
		nonce_hedge_wipe(&hedge);
	}
	free(scratch);
	fixture_close(&f);
	return 0;
}

/* Not static: callgrind must find it by its name. */
void planted_count(size_t secret);
__attribute__((noinline)) void planted_count(size_t secret)
{
	if (secret == RING_MEMBERS / 2)
		__asm__ volatile("nop");
}

static int count_planted(void)
{
	for (size_t i = 0; i < RING_MEMBERS; i++)
		planted_count(i);
	return 0;
}

static int planted_branch(void)
{
	uint8_t secret;

	must(fill_secret(&counter, &secret, 1), "secret");
	/* The asm keeps the compiler from doing without the branch. */
	if (secret & 1)
		__asm__ volatile("nop");
	return 0;
}

static int planted_index(void)
{
	static volatile uint8_t table[256];
	uint8_t secret;

	must(fill_secret(&counter, &secret, 1), "secret");
	if (table[secret] != 0)
		puts("not zero");
	return 0;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {2, 3, 4, 5, 16, 17, 64};

	if (argc == 2 && strcmp(argv[1], "branch") == 0)
		return planted_branch();
	if (argc == 2 && strcmp(argv[1], "index") == 0)
		return planted_index();

	if (argc == 2 && strcmp(argv[1], "count-leak") == 0)
		return count_planted();

	const char *backend = getenv("UNDERSIGN_BACKEND");
	if (backend && backend_choose(backend) != UNDERSIGN_OK) {
		printf("ctime: no backend %s on this machine\n", backend);
		return 77;
	}
	generators_new(&generators);
	scope_new_letter(&scope, bytes_from_text("undersigned letter v1\n"));
	if (argc == 2 && strcmp(argv[1], "count") == 0)
		return count_places();
	const char *full = getenv("UNDERSIGN_FULL");
	if (full && strcmp(full, "1") == 0) {
		for (size_t n = RING_MIN; n <= RING_MEMBERS; n++)
			run_sign(n, true);
	} else {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			run_sign(sizes[i], false);
	}
	run_sigma();
	run_poll();
	run_vouch();
	puts("ctime: no report");
	return 0;
}

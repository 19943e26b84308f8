/* What passes between a deliverer and a desk: envelopes, stamps (attack H-9), promises. */
#include "desk.h"

#include "encoding.h"
#include "envelope.h"
#include "promise.h"
#include "stamp.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>

static void test_envelope(void **state)
{
	(void)state;
	static uint8_t envelope[ENVELOPE_BYTES + 1], content[ENVELOPE_CONTENT_MAX + 1];
	struct bytes found;
	const size_t lens[] = {1, 255, 5000, ENVELOPE_CONTENT_MAX};

	memset(content, 0xa5, sizeof content);
	for (size_t i = 0; i < 4; i++) {
		struct problem problem = {0};

		assert_int_equal(envelope_write(envelope, bytes_from(content, lens[i])), 0);
		assert_int_equal(
			envelope_open(&found, bytes_from(envelope, ENVELOPE_BYTES), &problem),
			UNDERSIGN_OK);
		assert_true(bytes_are_equal(found, bytes_from(content, lens[i])));
		/* Any byte of the filling. */
		for (size_t at = 2 + lens[i]; at < ENVELOPE_BYTES; at += 997) {
			envelope[at] = 1;
			assert_int_equal(envelope_open(&found, bytes_from(envelope, ENVELOPE_BYTES),
						       &problem),
					 UNDERSIGN_E_FORMAT);
			assert_int_equal(found.len, 0);
			envelope[at] = 0;
		}
	}
	assert_int_equal(envelope_write(envelope, bytes_from(content, 0)), UNDERSIGN_E_LIMIT);
	assert_int_equal(envelope_write(envelope, bytes_from(content, sizeof content)),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(envelope_open(&found, bytes_from(envelope, ENVELOPE_BYTES), NULL),
			 UNDERSIGN_E_FORMAT);   /* length 0 */
	envelope[0] = 0xff, envelope[1] = 0x3f; /* 16,383 */
	assert_int_equal(envelope_open(&found, bytes_from(envelope, ENVELOPE_BYTES), NULL),
			 UNDERSIGN_E_FORMAT);
	envelope[0] = 1, envelope[1] = 0;
	for (size_t len = 0; len <= ENVELOPE_BYTES + 1; len += 1)
		if (len != ENVELOPE_BYTES)
			assert_int_equal(envelope_open(&found, bytes_from(envelope, len), NULL),
					 UNDERSIGN_E_LIMIT);
}

static struct stamp_purpose sample_purpose(void)
{
	struct stamp_purpose purpose;

	for (uint8_t i = 0; i < 32; i++) {
		purpose.letter[i] = i;
		purpose.log[i] = (uint8_t)(32 + i);
	}
	sha512(purpose.statement, bytes_from_text("statement"));
	return purpose;
}

/* The value was computed by other code (doc/formats.md 10.2). */
static void test_stamp_known(void **state)
{
	(void)state;
	const struct stamp_purpose purpose = sample_purpose();
	struct stamp stamp, again;
	uint8_t text[STAMP_TEXT_LEN];

	assert_int_equal(stamp_make(&stamp, &purpose, 12, 12, NULL, NULL), UNDERSIGN_OK);
	stamp_write(text, &stamp);
	assert_memory_equal(text, "000000000000000c00000000000007a9", STAMP_TEXT_LEN);
	assert_int_equal(stamp_bits(&stamp, &purpose), 13);
	assert_int_equal(stamp_parse(&again, bytes_from(text, sizeof text), NULL), UNDERSIGN_OK);
	assert_memory_equal(&stamp, &again, sizeof stamp);
	const char *bad[] = {
		"", "000000000000000c00000000000007a", "000000000000000C00000000000007a9",
		"000000000000000c00000000000007a90", "g00000000000000c00000000000007a9"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(stamp_parse(&again, bytes_from_text(bad[i]), NULL),
				 UNDERSIGN_E_FORMAT);
	assert_int_equal(stamp_make(&stamp, &purpose, 12, STAMP_BITS_MAX + 1, NULL, NULL),
			 UNDERSIGN_E_LIMIT);
}

/* H-9: 10,000 stamps; reuse for another statement, letter or log, a higher price, stale, ahead.
 * Each good stamp is taken (the control: the checks tell good from bad). At 20 bits asked, a stamp
 * of 8 bits passes elsewhere with probability 2^-20. */
static void test_h9(void **state)
{
	(void)state;
	struct stamp_purpose purpose = sample_purpose();
	unsigned taken = 0, refused = 0, expected = 0;
	uint64_t ns = 0, checks = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		struct stamp stamp;
		struct problem problem = {0};
		struct timespec begin, end;

		memcpy(purpose.statement, &i, sizeof i);
		assert_int_equal(stamp_make(&stamp, &purpose, 100, 8, NULL, NULL), UNDERSIGN_OK);
		struct stamp_purpose other[3] = {purpose, purpose, purpose};
		other[0].statement[63] ^= 1, other[1].letter[0] ^= 1, other[2].log[31] ^= 1;
		clock_gettime(CLOCK_MONOTONIC, &begin);
		taken += stamp_check(&stamp, &purpose, 99, 100, 8, &problem) == UNDERSIGN_OK;
		for (size_t j = 0; j < 3; j++)
			refused += stamp_check(&stamp, &other[j], 99, 100, 28, &problem) ==
				   UNDERSIGN_E_INVALID;
		refused += stamp_check(&stamp, &purpose, 99, 100, 40, &problem) != UNDERSIGN_OK;
		refused += stamp_check(&stamp, &purpose, 101, 102, 8, &problem) != UNDERSIGN_OK;
		refused += stamp_check(&stamp, &purpose, 98, 99, 8, &problem) != UNDERSIGN_OK;
		clock_gettime(CLOCK_MONOTONIC, &end);
		ns += (uint64_t)(end.tv_sec - begin.tv_sec) * 1000000000u + (uint64_t)end.tv_nsec -
		      (uint64_t)begin.tv_nsec;
		checks += 7;
		expected += 6;
		/* Another epoch's: the number is part of what is hashed. */
		stamp.epoch++;
		refused += stamp_check(&stamp, &purpose, 101, 101, 28, &problem) != UNDERSIGN_OK;
		expected++;
	}
	print_message("H-9: %u taken, %u of %u refused, %llu ns a check\n", taken, refused,
		      expected, (unsigned long long)(ns / checks));
	assert_int_equal(taken, 10000);
	assert_int_equal(refused, expected);
}

struct test_signer {
	uint8_t secret[64];
	struct note_key key;
};

static enum undersign_status sign(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES],
				  struct bytes message)
{
	struct test_signer *signer = cookie;

	crypto_sign_detached(sig, NULL, message.data, message.len, signer->secret);
	return UNDERSIGN_OK;
}

static struct note_signer signer_make(struct test_signer *signer, const char *name, uint8_t byte)
{
	uint8_t seed[32], public_key[32];
	struct note_signer out = {.name = bytes_from_text(name), .sign = sign, .cookie = signer};

	memset(seed, byte, sizeof seed);
	crypto_sign_seed_keypair(public_key, signer->secret, seed);
	assert_int_equal(note_key_new(&signer->key, out.name, NOTE_KEY_NOTE, public_key), 0);
	memcpy(out.public_key, public_key, sizeof public_key);
	return out;
}

/* A promise of a desk whose log's key is that of tests/letter/desk.c (seed: its number, 32 times).
 */
struct promising {
	struct test_signer log, promises;
	struct note_signer log_signer, signer;
	uint8_t note[PROMISE_MAX];
	struct promise promise;
};

static struct bytes promise_make(struct promising *out, const struct note_key *log,
				 const uint8_t letter[static 32], struct bytes file)
{
	uint8_t appointment[PROMISE_APPOINTMENT_MAX];
	struct writer writer = writer_new(appointment, sizeof appointment);
	char name[256] = {0};

	memcpy(name, log->name.data, log->name.len);
	out->log_signer = signer_make(&out->log, name, DESK_LOG);
	out->log_signer.name = log->name;
	out->signer = signer_make(&out->promises, "desk.example/promises", 77);
	assert_int_equal(promise_appoint(&writer, &out->promises.key, &out->log_signer), 0);
	struct promise promise = {0};
	assert_int_equal(promise_appointment_open(&promise.appointment, writer_view(&writer), NULL),
			 UNDERSIGN_OK);
	memcpy(promise.letter, letter, 32);
	sha512(promise.statement, file);
	struct writer note = writer_new(out->note, sizeof out->note);
	assert_int_equal(promise_write(&note, &promise, &out->signer), UNDERSIGN_OK);
	assert_int_equal(promise_write(&note, &promise, &out->log_signer), UNDERSIGN_E_USAGE);
	assert_int_equal(promise_open(&out->promise, writer_view(&note), NULL, NULL), UNDERSIGN_OK);
	return writer_view(&note);
}

static void test_promise_note(void **state)
{
	(void)state;
	static struct promising promising, again;
	struct test_signer log, stranger;
	uint8_t letter[32] = {7};
	const struct bytes file = bytes_from_text("a statement");

	signer_make(&log, "log.example", DESK_LOG);
	signer_make(&stranger, "log.example", 9);
	const struct bytes note = promise_make(&promising, &log.key, letter, file);
	/* The same statement gets the same bytes. */
	assert_true(bytes_are_equal(note, promise_make(&again, &log.key, letter, file)));
	/* Made by other code (doc/formats.md 10.3). */
	static const uint8_t known[SHA256_BYTES] = {0x9d, 0x42, 0x5a, 0x5d, 0xb8, 0xc4, 0xc7, 0x59,
						    0xc0, 0x33, 0xcd, 0x16, 0xb6, 0xc3, 0xb8, 0x87,
						    0x3a, 0x08, 0x00, 0x39, 0xdf, 0x5c, 0x58, 0x17,
						    0xc6, 0xed, 0x5e, 0xa9, 0x8e, 0x4f, 0x1f, 0x5b};
	uint8_t digest[SHA256_BYTES];
	sha256(digest, note);
	assert_memory_equal(digest, known, sizeof digest);
	assert_true(promise_is_for(&promising.promise, file, letter));
	assert_false(promise_is_for(&promising.promise, bytes_from_text("a statemenu"), letter));
	letter[0]++;
	assert_false(promise_is_for(&promising.promise, file, letter));
	struct promise out;
	struct problem problem = {0};
	assert_int_equal(promise_open(&out, note, &log.key, &problem), UNDERSIGN_OK);
	assert_int_equal(promise_open(&out, note, &stranger.key, &problem), UNDERSIGN_E_INVALID);
	/* Every byte counts. */
	for (size_t i = 0; i < note.len; i++) {
		promising.note[i] ^= 1;
		assert_int_not_equal(promise_open(&out, note, &log.key, NULL), UNDERSIGN_OK);
		promising.note[i] ^= 1;
	}
	assert_int_equal(promise_open(&out, note, &log.key, NULL), UNDERSIGN_OK);
}

static enum promise_fate fate_of(struct desk *desk, struct bytes file)
{
	static struct promising promising;
	const struct note_key log = desk_key(DESK_LOG);
	enum promise_fate fate;
	struct problem problem = {0};

	struct note manifest;
	uint8_t letter[HASH_BYTES];
	assert_int_equal(note_parse(&manifest, desk->manifest_note, NULL), UNDERSIGN_OK);
	scope_context(letter, manifest.text);
	promise_make(&promising, &log, letter, file);
	assert_true(note_key_is_equal(&promising.log.key, &log));
	assert_int_equal(promise_is_kept(&fate, &promising.promise, file, desk->replay,
					 desk->letter, &problem),
			 UNDERSIGN_OK);
	/* It is about this file and no other. */
	enum promise_fate none;
	assert_int_equal(promise_is_kept(&none, &promising.promise,
					 bytes_part(file, 0, file.len - 1), desk->replay,
					 desk->letter, &problem),
			 UNDERSIGN_E_INVALID);
	return fate;
}

static void test_promise_fates(void **state)
{
	(void)state;
	static struct desk desk;

	desk_begin(&desk, 5);
	desk_add_usual(&desk);
	desk_publish(&desk);
	const struct bytes held = desk_sign(&desk, DESK_ALDER, 0, 1, true);
	const struct bytes undone = desk_sign(&desk, DESK_ALDER, 1, 1, true);
	const struct bytes all = desk_sign_all(&desk, DESK_BIRCH, 0, 1);
	const struct bytes lone = desk_sign(&desk, DESK_BIRCH, 1, 1, false);
	const struct bytes dropped = desk_sign(&desk, DESK_BIRCH, 2, 1, true);
	const struct bytes lost = desk_withdraw(&desk, DESK_CEDAR, 0, 1);
	/* `dropped` and `lost` were promised and never reach the sequencer: a desk that lies. */
	const struct bytes given[] = {held, undone, all, lone,
				      desk_withdraw(&desk, DESK_ALDER, 1, 2)};

	desk_run(&desk, NULL, 0, given, 5);
	assert_int_equal(fate_of(&desk, held), PROMISE_OPEN);
	assert_int_equal(fate_of(&desk, undone), PROMISE_KEPT); /* by the withdrawal */
	assert_int_equal(fate_of(&desk, dropped), PROMISE_OPEN);
	while (desk.epoch <= desk.closes)
		desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(fate_of(&desk, held), PROMISE_KEPT); /* by its second proof */
	assert_int_equal(fate_of(&desk, all), PROMISE_KEPT);
	assert_int_equal(fate_of(&desk, lone), PROMISE_VOID);
	assert_int_equal(fate_of(&desk, dropped), PROMISE_BROKEN);
	assert_int_equal(fate_of(&desk, lost), PROMISE_BROKEN);
	desk_end(&desk);
}

/* The proof of a file's first statement; its first 32 bytes are the tag. */
static struct bytes proof_of(struct bytes file)
{
	struct statement_file parsed;

	assert_int_equal(statement_file_parse(&parsed, file, NULL), UNDERSIGN_OK);
	return parsed.statements[0].proof;
}

static bool has_word_in_common(struct bytes a, struct bytes b)
{
	for (size_t i = 0; i + 32 <= a.len; i += 32) {
		for (size_t j = 0; j + 32 <= b.len; j += 32) {
			if (memcmp(a.data + i, b.data + j, 32) == 0)
				return true;
		}
	}
	return false;
}

static enum undersign_status fill_stuck(void *cookie, uint8_t *out, size_t len)
{
	memset(out, *(const uint8_t *)cookie, len);
	return UNDERSIGN_OK;
}

/* A-7, the clash: two members sign on machines whose randomness is the same, byte for byte (a
 * copied virtual machine), or stuck. Their tags differ, no number of one proof stands in the other,
 * and the desk's promise to one is none to the other: whoever is shown somebody else's sees it. */
static void test_a7_same_randomness(void **state)
{
	(void)state;
	static struct desk desk;
	static struct promising promising;
	struct test_random random = test_random_new();
	const unsigned rounds = test_is_full() ? 1000 : 60;
	uint8_t stuck = 0;

	desk_begin(&desk, 6);
	desk_add_usual(&desk);
	/* The control: one secret on two lists. */
	desk_share(&desk, DESK_BIRCH, 17, DESK_ALDER, 15);
	desk_publish(&desk);
	const struct random_source own = desk.source;
	for (unsigned i = 0; i < rounds; i++) {
		const size_t rosters[2] = {test_random_below(&random, DESK_KEYS + 1),
					   test_random_below(&random, DESK_KEYS + 1)};
		const uint32_t members[2] = {(uint32_t)test_random_below(&random, 4),
					     (uint32_t)(4 + test_random_below(&random, 4))};
		const uint64_t seed = test_random_u64(&random);
		const bool is_stuck = i % 2 == 1;
		struct bytes files[2];

		stuck = (uint8_t)i;
		desk.source = is_stuck ? (struct random_source){fill_stuck, &stuck} : own;
		for (size_t k = 0; k < 2; k++) {
			desk.random.state = seed;
			files[k] = desk_sign_all(&desk, rosters[k], members[k], 1);
		}
		const struct bytes a = proof_of(files[0]), b = proof_of(files[1]);
		assert_memory_not_equal(a.data, b.data, POINT_BYTES);
		assert_false(has_word_in_common(a, b));
		promise_make(&promising, &desk.manifest.log, desk.manifest.context, files[0]);
		assert_true(promise_is_for(&promising.promise, files[0], desk.manifest.context));
		assert_false(promise_is_for(&promising.promise, files[1], desk.manifest.context));
	}
	/* Whoever has the same secret and the same randomness is the same: this is noticed. */
	struct bytes twins[2];
	desk.source = own;
	for (size_t k = 0; k < 2; k++) {
		desk.random.state = 5;
		twins[k] = k == 0 ? desk_sign_all(&desk, DESK_ALDER, 15, 1)
				  : desk_sign_all(&desk, DESK_BIRCH, 17, 1);
	}
	assert_memory_equal(proof_of(twins[0]).data, proof_of(twins[1]).data, POINT_BYTES);
	assert_true(has_word_in_common(proof_of(twins[0]), proof_of(twins[0])));
	desk_end(&desk);
}

/* A-7, the desk's part: it gives two members the promise of one, and drops the other's statement.
 * The one that was dropped holds a promise that is not of its file; both sign with the same
 * randomness. */
static void test_a7_one_promise_for_two(void **state)
{
	(void)state;
	static struct desk desk;
	static struct promising promising;
	struct problem problem = {0};
	struct bytes files[4];
	enum promise_fate fate;
	struct tally tally;

	desk_begin(&desk, 8);
	desk_add_usual(&desk);
	desk_publish(&desk);
	for (uint32_t k = 0; k < 4; k++) {
		desk.random.state = 1;
		files[k] = desk_sign_all(&desk, DESK_ALDER, k, 1);
	}
	desk_run(&desk, NULL, 0, files, 3); /* and not the fourth */
	while (desk.epoch <= desk.closes)
		desk_run(&desk, NULL, 0, NULL, 0);
	desk_count(&desk, &tally);
	assert_int_equal(tally.total, 3); /* the same randomness costs nobody his place */
	promise_make(&promising, &desk.manifest.log, desk.manifest.context, files[0]);
	assert_int_equal(promise_is_kept(&fate, &promising.promise, files[0], desk.replay,
					 desk.letter, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(fate, PROMISE_KEPT);
	assert_int_equal(promise_is_kept(&fate, &promising.promise, files[3], desk.replay,
					 desk.letter, &problem),
			 UNDERSIGN_E_INVALID);
	/* An honest promise for the fourth accuses the desk. */
	promise_make(&promising, &desk.manifest.log, desk.manifest.context, files[3]);
	assert_int_equal(promise_is_kept(&fate, &promising.promise, files[3], desk.replay,
					 desk.letter, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(fate, PROMISE_BROKEN);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_stamp_known),
		cmocka_unit_test(test_h9),
		cmocka_unit_test(test_promise_note),
		cmocka_unit_test(test_promise_fates),
		cmocka_unit_test(test_a7_same_randomness),
		cmocka_unit_test(test_a7_one_promise_for_two),
	};
	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

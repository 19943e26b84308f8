/* The known-answer values of the log: 300 entries `entry-0` to `entry-299`, a log and a witness
 * with fixed keys. Signing is libsodium's. */
#ifndef UNDERSIGNED_TEST_KNOWN_H
#define UNDERSIGNED_TEST_KNOWN_H

#include "testing.h"

#include "encoding.h"
#include "merkle.h"
#include "note.h"

#include <sodium.h>

#define KNOWN_SIZE     300
#define KNOWN_LOG_VKEY "log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define KNOWN_WITNESS_VKEY                                                                         \
	"witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
#define KNOWN_LOG_LINE                                                                             \
	"\xe2\x80\x94 log.example/letters "                                                        \
	"eWJdCfkOcNx9/K2n8L4UOdxzQfto0H8REQ72+"                                                    \
	"BQSiVTn593usu7U8aVEJKCXvjd7xjBFhkcKNzyPQTben5fYRP7TNQs=\n"
#define KNOWN_WITNESS_LINE                                                                         \
	"\xe2\x80\x94 witness.example/w1 "                                                         \
	"IDJKvgAAAABlU/"                                                                           \
	"EAhbiU3Qed1yygbYKUQWUY2A/UMCJb7tSIECjf0iDFaHx1d7pD9fKSivMLk1p0m1qbPFShNWLAyPixJITDKYZeBw" \
	"==\n"
#define KNOWN_ROOT "rrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM="
#define KNOWN_BODY "log.example/letters\n300\n" KNOWN_ROOT "\n"
#define KNOWN_NOTE KNOWN_BODY "\n" KNOWN_LOG_LINE KNOWN_WITNESS_LINE
#define KNOWN_TIME 1700000000

static inline struct bytes known_entry(char buffer[static 16], size_t index)
{
	return bytes_from(buffer, (size_t)snprintf(buffer, 16, "entry-%zu", index));
}

static inline struct merkle_hash known_leaf(size_t index)
{
	char buffer[16];

	return merkle_leaf(known_entry(buffer, index));
}

static inline struct merkle_hash hash_of(const char *base64)
{
	struct merkle_hash out;

	assert_int_equal(base64_decode_exactly(out.bytes, MERKLE_BYTES, BYTES(base64)),
			 UNDERSIGN_OK);
	return out;
}

#define assert_hash_equal(a, b)                                                                    \
	do {                                                                                       \
		struct merkle_hash left_hash = (a);                                                \
		struct merkle_hash right_hash = (b);                                               \
		assert_memory_equal(left_hash.bytes, right_hash.bytes, MERKLE_BYTES);              \
	} while (0)

/* A key pair made of a seed of bytes first, first + 1, and so on. */
struct test_key {
	uint8_t seed[32];
	uint8_t public_key[32];
	uint8_t secret[64];
};

static inline struct test_key test_key_new(uint8_t first)
{
	struct test_key key;

	for (size_t i = 0; i < sizeof key.seed; i++)
		key.seed[i] = (uint8_t)(first + i);
	crypto_sign_seed_keypair(key.public_key, key.secret, key.seed);
	return key;
}

static inline enum undersign_status
test_key_sign(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES], struct bytes message)
{
	const struct test_key *key = cookie;

	crypto_sign_detached(sig, NULL, message.data, message.len, key->secret);
	return UNDERSIGN_OK;
}

static inline struct note_signer test_signer(const char *name, struct test_key *key)
{
	struct note_signer signer = {.name = BYTES(name), .sign = test_key_sign, .cookie = key};

	memcpy(signer.public_key, key->public_key, sizeof signer.public_key);
	return signer;
}

static inline struct note_key test_note_key(const char *name, enum note_key_type type,
					    const struct test_key *key)
{
	struct note_key out;

	assert_int_equal(note_key_new(&out, BYTES(name), type, key->public_key), UNDERSIGN_OK);
	return out;
}

#endif

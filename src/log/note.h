/* Signed notes of C2SP (signed-note v1.0.0) with Ed25519: signature types 0x01 (note) and 0x04
 * (cosignature/v1, on checkpoints). A note is
 *
 *     text, whose last byte is a newline
 *     an empty line
 *     one or more lines: — <key name> <base64 of (key id, 4 bytes, and signature)>
 *
 * What is parsed are views: they live as long as the bytes that they were parsed from. All of it is
 * public but private keys. */
#ifndef UNDERSIGNED_NOTE_H
#define UNDERSIGNED_NOTE_H

#include "bytes.h"
#include "ed25519.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTE_LEN_MAX          ((size_t)128 * 1024)
#define NOTE_SIGNATURES_MAX   64
#define NOTE_NAME_LEN_MAX     255
#define NOTE_COSIGNED_LEN_MAX 4096 /* text of a checkpoint that is cosigned */
/* Longest text of a key, private key and signature line of ours. */
#define NOTE_KEY_TEXT_MAX         (NOTE_NAME_LEN_MAX + 1 + 8 + 1 + 44)
#define NOTE_PRIVATE_KEY_TEXT_MAX (12 + NOTE_KEY_TEXT_MAX)
#define NOTE_SIGNATURE_LINE_MAX   (4 + NOTE_NAME_LEN_MAX + 1 + 104 + 1)

enum note_key_type {
	NOTE_KEY_NOTE = 0x01,        /* signs the text of a note */
	NOTE_KEY_COSIGNATURE = 0x04, /* signs a checkpoint and the time: a witness */
};

/* A verifier key. */
struct note_key {
	struct bytes name;
	enum note_key_type type;
	uint32_t id;
	uint8_t public_key[ED25519_PUBLIC_BYTES];
};

/* 1 to NOTE_NAME_LEN_MAX bytes of UTF-8 without Unicode spaces, controls and '+'. */
bool note_name_is_valid(struct bytes name);
/* First 4 bytes, big-endian, of SHA-256(name ‖ 0x0a ‖ type ‖ public key). */
uint32_t note_key_id(struct bytes name, enum note_key_type type,
		     const uint8_t public_key[static ED25519_PUBLIC_BYTES]);
/* E_FORMAT if the name is not valid. */
UNDERSIGN_MUST_CHECK enum undersign_status
note_key_new(struct note_key *out, struct bytes name, enum note_key_type type,
	     const uint8_t public_key[static ED25519_PUBLIC_BYTES]);
/* The text form (vkey) `name+hex8(id)+base64(type ‖ public key)`: exactly this, the id the right
 * one. E_FORMAT, *problem has the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status note_key_parse(struct note_key *out, struct bytes vkey,
							  struct problem *problem);
void note_key_write(struct writer *writer, const struct note_key *key);
/* Same name, type and public key. */
bool note_key_is_equal(const struct note_key *a, const struct note_key *b);

/* The private key of a signer of notes, in the form of Go's note package:
 * `PRIVATE+KEY+name+hex8(id)+base64(0x01 ‖ seed)`. seed is secret; whoever made the struct wipes
 * it. */
struct note_private_key {
	struct note_key key;
	uint8_t seed[ED25519_SEED_BYTES];
};

/* Constant time in the seed. E_FORMAT; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
note_private_key_parse(struct note_private_key *out, struct bytes text, struct problem *problem);
/* Writes a secret: the caller wipes what the writer wrote to. Requires: a valid name. */
void note_private_key_write(struct writer *writer, struct bytes name,
			    const uint8_t seed[static ED25519_SEED_BYTES]);

/* Signing is the caller's: Ed25519 (RFC 8032) over message with the key of public_key. */
struct note_signer {
	struct bytes name;
	uint8_t public_key[ED25519_PUBLIC_BYTES];
	enum undersign_status (*sign)(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES],
				      struct bytes message);
	void *cookie;
};

struct note_signature {
	struct bytes name;
	uint32_t key_id;
	struct bytes base64; /* of key id and payload */
	size_t payload_len;  /* what follows the key id, decoded: at least 1 */
	struct bytes line;   /* the whole line with its newline */
};

/* UTF-8 without control characters (below U+0020) but the newline, ended by one. E_FORMAT, *problem
 * has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status note_check_text(struct bytes text,
							   struct problem *problem);

struct note {
	struct bytes text; /* with its last newline */
	size_t n_signatures;
	struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/* Splits at the last empty line and checks the form of everything, no signature. E_FORMAT or
 * E_LIMIT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status note_parse(struct note *out, struct bytes input,
						      struct problem *problem);
/* The bytes that note_parse was given. */
void note_write(struct writer *writer, const struct note *note);

#define NOTE_KEY_UNKNOWN SIZE_MAX

struct note_verdict {
	size_t n_unknown; /* signatures of keys that are not listed */
	/* For each signature of the note: the index of its key in the list, NOTE_KEY_UNKNOWN. */
	size_t key_of[NOTE_SIGNATURES_MAX];
	/* For each signature: seconds since 1970 that its cosignature states; else 0. */
	uint64_t seconds_of[NOTE_SIGNATURES_MAX];
};

enum note_strictness {
	NOTE_UNKNOWN_IGNORED, /* as signed-note says: signatures of other keys say nothing */
	NOTE_UNKNOWN_REFUSED, /* every signature must be of a listed key, and each key's only one */
};

/* Checks the signatures of the keys listed. Every signature line with a listed key's name and id
 * must hold (E_INVALID), at least one must be there (E_MISSING), and with NOTE_UNKNOWN_REFUSED
 * there must be no other and none twice (E_INVALID). *problem has the line number and the rule.
 * *out says nothing (all unknown) on failure. A cosignature must state a time from 1 to 2^63 - 1.
 */
UNDERSIGN_MUST_CHECK enum undersign_status
note_verify(struct note_verdict *out, const struct note *note, const struct note_key *keys,
	    size_t n_keys, enum note_strictness strictness, struct problem *problem);
/* True if the key with this index has signed. */
bool note_verdict_has(const struct note_verdict *verdict, size_t key);
/* Latest time of the cosignatures of the key with this index; 0 if there is none. */
uint64_t note_verdict_seconds(const struct note_verdict *verdict, size_t key);

/* Writes text, empty line and a signature line (type 0x01) of each signer. E_FORMAT if the text is
 * not that of a note or a name not valid, E_LIMIT, or what a signer returned; the writer's content
 * is then of no use. */
UNDERSIGN_MUST_CHECK enum undersign_status note_sign(struct writer *writer, struct bytes text,
						     const struct note_signer *signers,
						     size_t n_signers);
/* Writes one signature line (type 0x01) over the text of a note. */
UNDERSIGN_MUST_CHECK enum undersign_status note_sign_line(struct writer *writer, struct bytes text,
							  const struct note_signer *signer);
/* Writes one cosignature line (type 0x04, cosignature/v1) over the text of a checkpoint.
 * Requires: 1 <= seconds < 2^63, else E_USAGE. */
UNDERSIGN_MUST_CHECK enum undersign_status note_cosign_line(struct writer *writer,
							    struct bytes text,
							    const struct note_signer *signer,
							    uint64_t seconds);

#endif

/* What a statement's proof speaks about (protocol 10.6). The proofs treat messages as opaque bytes;
 * letter decides whether one fits its manifest. Public. */
#ifndef UNDERSIGNED_MESSAGE_H
#define UNDERSIGNED_MESSAGE_H

#include "protocol.h"

#include "bytes.h"
#include "sha2.h"
#include "status.h"

#include <stdint.h>

enum message_action { MESSAGE_SIGN = 1, MESSAGE_WITHDRAW = 2, MESSAGE_CLAIM = 3 };

#define MESSAGE_SIGN_HEADER_BYTES (1 + 4 + SHA512_BYTES + 2)
#define MESSAGE_PAYLOAD_MAX       65535
#define MESSAGE_WITHDRAW_BYTES    5
#define MESSAGE_CLAIM_BYTES       (1 + HASH_BYTES)

struct message {
	enum message_action action;
	uint32_t seq;                          /* MESSAGE_SIGN, MESSAGE_WITHDRAW; at least 1 */
	uint8_t manifest_sha512[SHA512_BYTES]; /* MESSAGE_SIGN */
	struct bytes payload;                  /* MESSAGE_SIGN; empty for a letter */
	uint8_t text_hash[HASH_BYTES];         /* MESSAGE_CLAIM: b32 of the claim's text */
};

/* A signature's or an answer's msg.
 * Requires: seq >= 1, payload.len <= MESSAGE_PAYLOAD_MAX. */
void message_write_sign(struct writer *writer, uint32_t seq,
			const uint8_t manifest_sha512[static SHA512_BYTES], struct bytes payload);
/* A withdrawal's payload. Requires: seq >= 1. */
void message_write_withdraw(uint8_t out[static MESSAGE_WITHDRAW_BYTES], uint32_t seq);
/* A claim's payload; the text names the verifier where the claim is designated. */
void message_write_claim(uint8_t out[static MESSAGE_CLAIM_BYTES], struct bytes text);

/* Reads any of the three; out->payload points into the input. E_FORMAT for an unknown action, a
 * length that is not exact, or seq 0; *out is then zeroed. */
UNDERSIGN_MUST_CHECK enum undersign_status message_parse(struct message *out, struct bytes input);

#endif

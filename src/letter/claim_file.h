/* Claims and verifiers' keys as texts (doc/formats.md 8.2). Form only; the proofs are sigma.h's.
 * Views into the text. All is public but a verifier's secret. */
#ifndef UNDERSIGNED_CLAIM_FILE_H
#define UNDERSIGNED_CLAIM_FILE_H

#include "bytes.h"
#include "problem.h"
#include "protocol.h"
#include "scalar.h"
#include "sigma.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A claim, for anybody or for one verifier. Every text of this file fits CLAIM_FILE_MAX bytes. */
struct claim_file {
	uint8_t letter[HASH_BYTES];
	struct bytes ring;
	uint32_t version;
	uint64_t index;
	struct bytes text;
	bool is_designated;
	/* designated: */
	uint8_t vk[POINT_BYTES];
	uint8_t vk_proof[SIGMA_VK_BYTES];
	struct bytes verifier; /* the name */
	uint8_t tag[POINT_BYTES];
	/* SIGMA_CLAIM_BYTES (with the tag), or SIGMA_DV_CLAIM_BYTES if designated */
	uint8_t proof[SIGMA_DV_CLAIM_BYTES];
};

#define CLAIM_FILE_MAX 8192

/* Reads either form by its first line. E_FORMAT, E_LIMIT; *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
claim_file_parse(struct claim_file *out, struct bytes text, struct problem *problem);
void claim_file_write(struct writer *writer, const struct claim_file *claim);
/* The proof's bytes. */
static inline struct bytes claim_file_proof(const struct claim_file *claim)
{
	return bytes_from(claim->proof,
			  claim->is_designated ? SIGMA_DV_CLAIM_BYTES : SIGMA_CLAIM_BYTES);
}
/* The tag that it speaks about. */
static inline const uint8_t *claim_file_tag(const struct claim_file *claim)
{
	return claim->is_designated ? claim->tag : claim->proof;
}

/* A verifier's public key. */
struct claim_file_key {
	struct bytes name;
	uint8_t vk[POINT_BYTES];
	uint8_t proof[SIGMA_VK_BYTES];
};
UNDERSIGN_MUST_CHECK enum undersign_status
claim_file_key_parse(struct claim_file_key *out, struct bytes text, struct problem *problem);
void claim_file_key_write(struct writer *writer, const struct claim_file_key *key);

/* A verifier's secret key; v is secret, whoever made the struct wipes it. */
struct claim_file_secret {
	struct bytes name;
	struct scalar v;
};
/* E_ENCODING if v is not canonical or 0; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
claim_file_secret_parse(struct claim_file_secret *out, struct bytes text, struct problem *problem);
/* Writes a secret: the caller wipes what the writer wrote to. */
void claim_file_secret_write(struct writer *writer, const struct claim_file_secret *secret);

#endif

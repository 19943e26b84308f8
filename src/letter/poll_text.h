/* The texts of a poll's trustees (doc/formats.md 11): what they exchange before a poll, the record
 * of their key, and the record of a share after it. Crypto is src/poll's; here are lines and
 * signatures. Public; variable time. */
#ifndef UNDERSIGNED_POLL_TEXT_H
#define UNDERSIGNED_POLL_TEXT_H

#include "arena.h"
#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "protocol.h"
#include "status.h"
#include "trustees.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLL_TRUSTEES_HEADER "undersigned trustees v1"
#define POLL_SHARE_HEADER    "undersigned poll-share v1"
#define POLL_DEAL_HEADER     "undersigned trustee-deal v1"
#define POLL_ACCEPT_HEADER   "undersigned trustee-accept v1"
/* Longest of the texts that trustees exchange. */
#define POLL_TEXT_MAX ((size_t)65000)

/* True if the first line of a note is this header. */
bool poll_text_is(struct bytes note, const char *header);

/* A trustee: who signs for it, its vkey as text (which is its name in the ceremony), its key. */
struct poll_trustee {
	struct note_key signer;
	struct bytes name;
	uint8_t key[TRUSTEE_KEY_BYTES];
};

/* A trustee's own file: `undersigned trustee-key v1`, a note signed by the trustee alone. */
void poll_key_write(struct writer *writer, const struct poll_trustee *trustee);
/* Checks signature and proof. E_FORMAT, E_INVALID, E_MISSING. Views into the note. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_key_parse(struct poll_trustee *out, struct bytes note, struct problem *problem);

/* Who takes part: `undersigned trustees-roll v1`, not signed; each compares its fingerprint, the
 * ceremony's id. */
struct poll_roll {
	struct poll_trustee trustees[TRUSTEES_MAX];
	struct ceremony ceremony;
};
void poll_roll_write(struct writer *writer, unsigned threshold, const struct poll_trustee *trustees,
		     unsigned n);
UNDERSIGN_MUST_CHECK enum undersign_status poll_roll_parse(struct poll_roll *out, struct bytes text,
							   struct problem *problem);
/* The number of the trustee with this key; 0. */
unsigned poll_roll_find(const struct poll_roll *roll, const struct note_key *signer);

/* `undersigned trustee-deal v1`, signed by trustee i. The text; the caller signs it. */
void poll_deal_write(struct writer *writer, const struct poll_roll *roll, unsigned i,
		     const uint8_t *deal);
/* Checks ceremony, signature and proof. out: trustee_deal_len bytes. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_deal_parse(unsigned *out_i, uint8_t *out,
							   const struct poll_roll *roll,
							   struct bytes note,
							   struct problem *problem);

/* `undersigned trustee-accept v1`, signed by trustee j. */
#define POLL_ACCEPT_TEXT_MAX 512
void poll_accept_write(struct writer *writer, const struct poll_roll *roll,
		       const struct bytes *deals, unsigned j,
		       const uint8_t accept[static TRUSTEE_ACCEPT_BYTES]);
/* Checks ceremony, deals and signature; the proof is checked with the whole, by trustees_new. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_accept_parse(unsigned *out_j, uint8_t accept[static TRUSTEE_ACCEPT_BYTES],
		  uint8_t signature[static ED25519_SIGNATURE_BYTES], const struct poll_roll *roll,
		  const struct bytes *deals, struct bytes note, struct problem *problem);

/* `undersigned trustee-complaint v1`, not signed: its proof is enough. */
void poll_complaint_write(struct writer *writer, const struct poll_roll *roll, unsigned i,
			  unsigned j, const uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES]);
UNDERSIGN_MUST_CHECK enum undersign_status
poll_complaint_parse(unsigned *out_i, unsigned *out_j,
		     uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES],
		     const struct poll_roll *roll, struct bytes text, struct problem *problem);

/* The record of a key: all of the above, but complaints. */
struct poll_trustees {
	struct poll_roll roll;
	uint8_t dealt[TRUSTEES_MAX][TRUSTEE_DEAL_MAX];
	struct bytes deals[TRUSTEES_MAX];
	uint8_t accepts[TRUSTEES_MAX][TRUSTEE_ACCEPT_BYTES];
	uint8_t signatures[TRUSTEES_MAX][ED25519_SIGNATURE_BYTES]; /* of the acceptances' texts */
	struct note_key key;                                       /* who publishes the record */
	struct trustees trustees;
};
void poll_trustees_write(struct writer *writer, const struct poll_trustees *record);
/* Checks everything: proofs, acceptances and the trustees' signatures on them. The note's own
 * signature is the caller's to check. The text must live as long as *out; out->deals point into
 * *out, which is not to be copied. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_trustees_parse(struct poll_trustees *out, struct bytes text, struct problem *problem);

/* A share: `undersigned poll-share v1`, signed by its trustee alone. */
struct poll_share {
	uint8_t letter[HASH_BYTES];
	unsigned trustee; /* from 1 */
	struct bytes share;
	uint64_t epoch; /* that it stands in; poll_share_parse leaves 0 */
};
void poll_share_write(struct writer *writer, const struct poll_share *share);
/* share from the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_share_parse(struct poll_share *out,
							    struct bytes text, struct arena *arena,
							    struct problem *problem);
/* That a note's one signature is this key's. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_text_check_signature(const struct note *note,
								     const struct note_key *key,
								     struct problem *problem);

#endif

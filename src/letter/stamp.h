/* Stamps (doc/formats.md 10.2): the price of a delivery, in hashing. Whoever delivers makes one; it
 * is good for one statement file, letter, log and epoch, and for nothing else, so that there is
 * nothing to collect and no list of used ones to keep: the same stamp with the same statement is
 * the same delivery again. Public; says nothing about who made it. */
#ifndef UNDERSIGNED_STAMP_H
#define UNDERSIGNED_STAMP_H

#include "bytes.h"
#include "ed25519.h"
#include "parallel.h"
#include "problem.h"
#include "progress.h"
#include "protocol.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define STAMP_BITS_MAX 40 /* more than any deliverer waits for */
#define STAMP_BYTES    16 /* u64be epoch, u64be nonce */
#define STAMP_TEXT_LEN (2 * STAMP_BYTES)

/* What a stamp is for. */
struct stamp_purpose {
	uint8_t letter[HASH_BYTES];        /* its id */
	uint8_t log[ED25519_PUBLIC_BYTES]; /* the public key of the desk's log */
	uint8_t statement[SHA512_BYTES];   /* SHA-512 of the statement file */
};

struct stamp {
	uint64_t epoch; /* the epoch of the log in which it is delivered */
	uint64_t nonce;
};

/* The text of the request header `Undersigned-Stamp`: 32 lower-case hexadecimal digits. */
void stamp_write(uint8_t out[static STAMP_TEXT_LEN], const struct stamp *stamp);
/* E_FORMAT; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status stamp_parse(struct stamp *out, struct bytes text,
						       struct problem *problem);

/* Leading zero bits of the stamp's hash, 0 to 512. */
unsigned stamp_bits(const struct stamp *stamp, const struct stamp_purpose *purpose);
/* OK for an epoch from first to last and at least bits leading zero bits; two hashes. E_INVALID,
 * *problem has the rule: stale, ahead, or too cheap, which is also what a stamp for another
 * statement, letter or log is. bits 0: everything of a right epoch is taken. */
UNDERSIGN_MUST_CHECK enum undersign_status stamp_check(const struct stamp *stamp,
						       const struct stamp_purpose *purpose,
						       uint64_t first_epoch, uint64_t last_epoch,
						       unsigned bits, struct problem *problem);

/* Makes the stamp with the lowest nonce, whatever the number of threads: 2^bits hashes on average.
 * Progress is in tried nonces of the expected number, at most 100 %; parallel and progress may be
 * NULL. Requires: bits <= STAMP_BITS_MAX, else E_LIMIT. */
UNDERSIGN_MUST_CHECK enum undersign_status
stamp_make(struct stamp *out, const struct stamp_purpose *purpose, uint64_t epoch, unsigned bits,
	   const struct parallel *parallel, const struct progress *progress);

#endif

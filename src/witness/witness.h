/* What a witness decides (tlog-witness v1.0.0 with the status codes of its later text): bytes in,
 * status and bytes out. A witness cosigns a checkpoint of a log if it has proof that the log holds,
 * as a prefix, every checkpoint of it that it cosigned before. Pure; public data, but for what the
 * signer does. */
#ifndef UNDERSIGNED_WITNESS_H
#define UNDERSIGNED_WITNESS_H

#include "bytes.h"
#include "checkpoint.h"
#include "merkle.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define WITNESS_PROOF_MAX 63
/* Longest submission: the line of the old size, a proof, an empty line, a signed note. */
#define WITNESS_SUBMISSION_LEN_MAX (4 + 20 + (size_t)WITNESS_PROOF_MAX * 45 + 1 + NOTE_LEN_MAX)
/* Longest record: a text, an empty line, two signature lines. */
#define WITNESS_RECORD_LEN_MAX (NOTE_COSIGNED_LEN_MAX + 1 + 2 * (size_t)NOTE_SIGNATURE_LINE_MAX)
#define WITNESS_ORIGIN_HEX_LEN 64

/* As HTTP has it. */
enum witness_status {
	WITNESS_FINE = 200,         /* cosigned; or nothing speaks against it so far */
	WITNESS_MALFORMED = 400,    /* no submission, or an old size above the new one */
	WITNESS_UNTRUSTED = 403,    /* not signed by the log */
	WITNESS_UNKNOWN = 404,      /* no log of this witness */
	WITNESS_STALE = 409,        /* the old size is not that of the latest cosigned */
	WITNESS_INCONSISTENT = 422, /* no proof that the log is the one that was cosigned */
};

/* Views into the bytes that it was read from. */
struct witness_submission {
	uint64_t old_size;
	struct merkle_proof proof;
	struct note note;
	struct checkpoint checkpoint;
	size_t signature; /* of the log, in the note; witness_check sets it */
};

/* The latest checkpoint of a log that was cosigned. */
struct witness_seen {
	uint64_t size;
	struct merkle_hash root;
	uint64_t seconds; /* of its cosignature; 0: none was made yet */
};

/* Nothing was cosigned yet. */
struct witness_seen witness_seen_none(void);

/* Reads
 *
 *     old <decimal>
 *     <base64 of a hash>         none to 63 of them
 *                                an empty line
 *     <signed checkpoint>
 *
 * FINE; MALFORMED; INCONSISTENT for an empty log with another root than that of nothing. *problem
 * has line and rule. */
UNDERSIGN_MUST_CHECK enum witness_status witness_read(struct witness_submission *out,
						      struct bytes body, struct problem *problem);
void witness_write(struct writer *writer, uint64_t old_size, const struct merkle_proof *proof,
		   struct bytes checkpoint);
/* FINE if the log's key has signed the submission: one with its origin as name, no signature of it
 * that does not hold. Else UNTRUSTED. */
UNDERSIGN_MUST_CHECK enum witness_status witness_check(struct witness_submission *submission,
						       const struct note_key *log,
						       struct problem *problem);
/* FINE if the submission follows what was seen, else MALFORMED, STALE or INCONSISTENT. Requires:
 * witness_check was FINE. */
UNDERSIGN_MUST_CHECK enum witness_status witness_step(const struct witness_submission *submission,
						      const struct witness_seen *seen,
						      struct problem *problem);

/* Writes the cosignature's line. Errors as note_cosign_line. */
UNDERSIGN_MUST_CHECK enum undersign_status
witness_cosign(struct writer *writer, const struct witness_submission *submission,
	       const struct note_signer *signer, uint64_t seconds);
/* Writes what is kept and shown: the checkpoint, the log's signature, the cosignature's line. */
void witness_record_write(struct writer *writer, const struct witness_submission *submission,
			  struct bytes cosignature);
/* What a record says, of this log by this witness. E_FORMAT, E_INVALID, E_MISSING; *problem has
 * line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
witness_record_read(struct witness_seen *out, struct bytes record, const struct note_key *log,
		    const struct note_key *witness, struct problem *problem);

/* Lower-case hexadecimal of SHA-256(origin), without a terminator: the name of a log in addresses.
 */
void witness_origin_hex(uint8_t out[static WITNESS_ORIGIN_HEX_LEN], struct bytes origin);
/* The key of a witness whose private key is this: type 0x04. Requires: a valid name. */
struct note_key witness_key(const struct note_signer *signer);

#endif

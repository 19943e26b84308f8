/* Promises (doc/formats.md 10.3): what a desk answers to a statement that it has committed. A
 * signed note over the SHA-512 of the statement file: "in the log by the closing of this letter".
 * It has no time, number or order; the same statement gets the same promise. It is signed with a
 * key of its own, which the log's key appointed; so a promise alone, with the log's key, shows who
 * gave it. It does not name the tag or the member. Public; variable time. */
#ifndef UNDERSIGNED_PROMISE_H
#define UNDERSIGNED_PROMISE_H

#include "bytes.h"
#include "ed25519.h"
#include "note.h"
#include "problem.h"
#include "protocol.h"
#include "replay.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* Longest notes of ours. */
#define PROMISE_APPOINTMENT_MAX 2048
#define PROMISE_MAX             4096

/* The log's word that a key signs its promises; made by whoever holds the log's key, given to
 * whoever accepts statements. The file is a note signed by the log's key and by no other. */
struct promise_appointment {
	struct note_key log;
	struct note_key key;
	uint8_t signature[ED25519_SIGNATURE_BYTES]; /* the log's, over the appointment's text */
};
/* Writes the note. log is the log's signer. Errors as note_sign. Requires: key is of type note. */
UNDERSIGN_MUST_CHECK enum undersign_status
promise_appoint(struct writer *writer, const struct note_key *key, const struct note_signer *log);
/* Reads it and checks its signature. Whether `log` is the log meant is the caller's to ask. Names
 * are views into note. E_FORMAT, E_LIMIT, E_MISSING, E_INVALID; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status promise_appointment_open(struct promise_appointment *out,
								    struct bytes note,
								    struct problem *problem);

struct promise {
	struct promise_appointment appointment;
	uint8_t letter[HASH_BYTES];
	uint8_t statement[SHA512_BYTES]; /* of the statement file */
};
/* Writes the note: the reply to a delivery. Deterministic. signer is that of appointment.key, else
 * E_USAGE; further errors as note_sign. */
UNDERSIGN_MUST_CHECK enum undersign_status promise_write(struct writer *writer,
							 const struct promise *promise,
							 const struct note_signer *signer);
/* Reads it and checks both signatures: the promise's and the appointment's. log: the key that must
 * have appointed, or NULL if the caller asks himself. Names are views into note. *out is zeros on
 * failure. */
UNDERSIGN_MUST_CHECK enum undersign_status promise_open(struct promise *out, struct bytes note,
							const struct note_key *log,
							struct problem *problem);
/* True if it is about this statement file and letter. */
bool promise_is_for(const struct promise *promise, struct bytes statement_file,
		    const uint8_t letter[static HASH_BYTES]);

enum promise_fate {
	PROMISE_KEPT, /* an entry of the file is in the log, or one of its tag with a higher seq */
	PROMISE_OPEN, /* not yet; the log has not reached the closing */
	PROMISE_BROKEN, /* not, and the log has closed the letter */
	/* Not, and the log has closed the letter, but the signer declined a second proof and his
	 * ring was never released (6.2): nothing was owed. */
	PROMISE_VOID,
};
/* What has become of a promise, by a replay that has ended cleanly and has the letter. OK and
 * *out; E_INVALID if log, letter or statement file are not the promise's, or the file's form is not
 * one of this letter (then the promise is worth nothing: *problem says so). Whether the file's
 * proofs hold is not looked at: whoever accuses a desk checks that too. */
UNDERSIGN_MUST_CHECK enum undersign_status
promise_is_kept(enum promise_fate *out, const struct promise *promise, struct bytes statement_file,
		const struct replay *replay, const struct replay_letter *letter,
		struct problem *problem);

#endif

/* Statements as they stand in the log, and the files in which members hand them on (doc/formats.md
 * 5). Form only: nothing here looks into a proof. Public; variable time. What is parsed are views
 * into the input. */
#ifndef UNDERSIGNED_STATEMENT_H
#define UNDERSIGNED_STATEMENT_H

#include "answer.h"
#include "bytes.h"
#include "manifest.h"
#include "message.h"
#include "problem.h"
#include "protocol.h"
#include "scope.h"
#include "sigma.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATEMENT_ENTRY_BYTE       0x01
#define STATEMENT_ENTRY_MAX        65535
#define STATEMENT_SIGNATURE_HEADER (1 + 1 + SCOPE_BYTES + HASH_BYTES + 4 + 2 + 2)
#define STATEMENT_FILE_HEADER      "undersigned statement v1\n"
/* Longest entry and file of a letter; answers of a poll are longer than signatures. */
#define STATEMENT_LETTER_MAX (STATEMENT_SIGNATURE_HEADER + PROOF_LEN_MAX + ANSWER_LEN_MAX)
#define STATEMENT_FILE_MAX   (25 + 1 + 2 * (2 + STATEMENT_LETTER_MAX))

struct statement {
	enum message_action action; /* MESSAGE_SIGN or MESSAGE_WITHDRAW */
	uint8_t scope[SCOPE_BYTES];
	uint8_t ring_id[HASH_BYTES]; /* zeros in a withdrawal */
	uint32_t seq;
	struct bytes proof; /* at least a tag */
	struct bytes body;
	struct bytes entry; /* the whole */
};

/* The tag: the proof's first bytes. */
static inline const uint8_t *statement_tag(const struct statement *statement)
{
	return statement->proof.data;
}

/* Reads an entry of the log of whatever scope: the form of 5.1 and no more. E_FORMAT, E_LIMIT. */
UNDERSIGN_MUST_CHECK enum undersign_status
statement_parse(struct statement *out, struct bytes entry, struct problem *problem);
/* Writes the entry; the view `entry` is not looked at.
 * Requires: proof.len and body.len fit two bytes, proof.len >= POINT_BYTES. */
void statement_write(struct writer *writer, const struct statement *statement);

/* True if the scope has this letter's context, of whatever kind and index. */
bool statement_is_of_letter(const struct statement *statement,
			    const uint8_t context[static HASH_BYTES]);
/* What 6.2 asks of a statement whose scope has a letter's context, as far as its form goes: kind 1,
 * index 0, seq >= 1, no body, a proof of a length that some ring has (a withdrawal's: its one). */
UNDERSIGN_MUST_CHECK enum undersign_status
statement_check_letter(const struct statement *statement, const uint8_t context[static HASH_BYTES],
		       struct problem *problem);

/* The same of an answer to a poll of this shape: kind 2, and a signature's body has the length of
 * an answer. */
UNDERSIGN_MUST_CHECK enum undersign_status
statement_check_poll(const struct statement *statement, const uint8_t context[static HASH_BYTES],
		     const struct shape *shape, struct problem *problem);
/* Whichever of the two the manifest is. */
UNDERSIGN_MUST_CHECK enum undersign_status statement_check(const struct statement *statement,
							   const struct manifest *manifest,
							   struct problem *problem);

/* The message of a letter's statement (protocol 10.6).
 * Requires: statement_check has taken it. */
#define STATEMENT_MESSAGE_MAX (MESSAGE_SIGN_HEADER_BYTES + ANSWER_PAYLOAD_BYTES)
void statement_message(struct writer *writer, const struct statement *statement,
		       const struct manifest *manifest);

/* A member's file: one statement, or a signature with its second proof. */
struct statement_file {
	size_t n; /* 1 or 2 */
	struct statement statements[2];
};

/* Reads a file and checks what 5.2 says but what the rings tell: the second one's class and ring of
 * all (rings_check_file). E_FORMAT, E_LIMIT, E_INVALID. */
UNDERSIGN_MUST_CHECK enum undersign_status
statement_file_parse(struct statement_file *out, struct bytes file, struct problem *problem);
/* Writes a file from its entries. Requires: n is 1 or 2, each at most STATEMENT_ENTRY_MAX long. */
void statement_file_write(struct writer *writer, const struct bytes *entries, size_t n);

#endif

/* Scopes: what is counted once per member (protocol 3.3, 10.2). Public. */
#ifndef UNDERSIGNED_SCOPE_H
#define UNDERSIGNED_SCOPE_H

#include "protocol.h"

#include "bytes.h"

#include <stdint.h>

#define SCOPE_BYTES 37

enum scope_kind { SCOPE_LETTER = 1, SCOPE_POLL = 2, SCOPE_CLAUSE = 3 };

struct scope {
	uint8_t bytes[SCOPE_BYTES];
	struct affine u[TAG_DIMENSION]; /* U_1..U_K */
};

/* The context of a letter: b32 over its manifest's text, that is the signed note's text without
 * the signatures. In lower-case hexadecimal it is the letter's id. Polls and clauses use the
 * context of the manifest in which they stand. */
void scope_context(uint8_t out[static HASH_BYTES], struct bytes manifest_text);

/* Requires: index is 0 for a letter, else the number of the poll or clause in the manifest. */
void scope_new(struct scope *out, enum scope_kind kind, const uint8_t context[static HASH_BYTES],
	       uint32_t index);
/* The one scope of a letter, from its manifest's text. */
void scope_new_letter(struct scope *out, struct bytes manifest_text);

#endif

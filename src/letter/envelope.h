/* The envelope in which a statement file travels to a desk (doc/formats.md 10.1): of one size,
 * whatever it holds, so that its length on the wire tells nothing. Public. */
#ifndef UNDERSIGNED_ENVELOPE_H
#define UNDERSIGNED_ENVELOPE_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define ENVELOPE_BYTES       16384
#define ENVELOPE_CONTENT_MAX (ENVELOPE_BYTES - 2)

/* u16le length, the content, zeros. E_LIMIT if it is empty or longer than ENVELOPE_CONTENT_MAX;
 * *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status envelope_write(uint8_t out[static ENVELOPE_BYTES],
							  struct bytes content);
/* The content, a view into input. Always looks at all bytes. E_LIMIT for any other size than
 * ENVELOPE_BYTES, E_FORMAT for a length that does not fit or anything but zeros behind; *problem
 * has the rule, *out is then empty. What the content is, is not looked at: statement_file_parse. */
UNDERSIGN_MUST_CHECK enum undersign_status envelope_open(struct bytes *out, struct bytes input,
							 struct problem *problem);

#endif

/* Admission notes (formats 4.2): the steward's word that requests are those of members. Public. */
#ifndef UNDERSIGNED_ADMISSION_H
#define UNDERSIGNED_ADMISSION_H

#include "roster.h"

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many requests as a text of ROSTER_TEXT_MAX bytes surely holds beside the longest names. */
#define ADMISSION_REQUESTS_MAX 860

struct admission {
	struct bytes roster;
	uint32_t edition;
	uint64_t date; /* seconds since 1970 */
	uint32_t n_requests;
	struct bytes requests; /* a view of the lines `request <hex>`, all of one length */
	struct note_key key;
};

/* The text, without signatures. E_FORMAT or E_LIMIT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status admission_parse(struct admission *out, struct bytes text,
							   struct problem *problem);
/* Parses a signed note that the admission's key, and nobody else, must have signed. */
UNDERSIGN_MUST_CHECK enum undersign_status admission_open(struct admission *out, struct bytes note,
							  struct problem *problem);
/* Writes the text for n requests' fingerprints; requests and n_requests of *admission are not
 * looked at. E_LIMIT if n is 0 or too many. */
UNDERSIGN_MUST_CHECK enum undersign_status
admission_write(struct writer *writer, const struct admission *admission,
		const uint8_t (*fingerprints)[SHA256_BYTES], uint32_t n);
/* True if the request with this fingerprint is admitted. */
bool admission_has(const struct admission *admission,
		   const uint8_t fingerprint[static SHA256_BYTES]);

#endif

/* Admission notes (formats 4.2): the steward's word that requests are those of members; with
 * version 2 also on what evidence, as hashes that say nothing until they are opened. Public. */
#ifndef UNDERSIGNED_ADMISSION_H
#define UNDERSIGNED_ADMISSION_H

#include "evidence_kind.h"
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
/* The same of requests with grounds, of which the longest has ADMISSION_IDENTITIES_MAX. */
#define ADMISSION_GROUNDS_MAX    90
#define ADMISSION_IDENTITIES_MAX 8

/* On what grounds a request was admitted. */
struct admission_grounds {
	enum evidence_kind kind;
	uint8_t evidence[SHA256_BYTES]; /* of the disclosure (formats 4.5), which has a salt */
	/* Hashes, under a salt that only the steward knows, of whatever is there once for a person:
	 * a key, a name. Of vouching: of those who vouched. At least one. */
	uint32_t n_identities;
	uint8_t identities[ADMISSION_IDENTITIES_MAX][SHA256_BYTES];
};

struct admission {
	struct bytes roster;
	uint32_t edition;
	uint64_t date; /* seconds since 1970 */
	uint32_t n_requests;
	bool has_grounds;      /* version 2 */
	struct bytes requests; /* a view of the lines `request ...` */
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
/* The same of version 2, with grounds. E_LIMIT too if the text would be too long. */
UNDERSIGN_MUST_CHECK enum undersign_status
admission_write_grounds(struct writer *writer, const struct admission *admission,
			const uint8_t (*fingerprints)[SHA256_BYTES],
			const struct admission_grounds *grounds, uint32_t n);
/* True if the request with this fingerprint is admitted. */
bool admission_has(const struct admission *admission,
		   const uint8_t fingerprint[static SHA256_BYTES]);
/* The same; *out says on what grounds. n_identities is 0 if the note is of version 1. */
bool admission_find(struct admission_grounds *out, const struct admission *admission,
		    const uint8_t fingerprint[static SHA256_BYTES]);
/* Reads the lines of the view `requests` one by one: start with it, end when false. */
bool admission_next(uint8_t fingerprint[static SHA256_BYTES], struct admission_grounds *out,
		    const struct admission *admission, struct bytes *rest);

#endif

/* Disclosures (formats 4.5): what a steward keeps of each enrolment's evidence, so that an audit
 * can open one by one what the admission published as a hash. Personal data. Pure. */
#ifndef UNDERSIGNED_DISCLOSURE_H
#define UNDERSIGNED_DISCLOSURE_H

#include "admission.h"
#include "evidence.h"

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define DISCLOSURE_SALT_BYTES 32
#define DISCLOSURE_LEN_MAX    (EVIDENCE_LEN_MAX + ROSTER_TEXT_MAX)

struct disclosure {
	uint8_t salt[DISCLOSURE_SALT_BYTES]; /* fresh for each */
	struct bytes roster;
	uint32_t edition;
	uint8_t request[SHA256_BYTES]; /* its fingerprint */
	enum evidence_kind kind;
	uint64_t date; /* seconds since 1970: as of when keys were valid */
	uint32_t n_sources;
	struct bytes sources; /* a view of the lines `against <hex SHA-256> <name>` */
	struct bytes evidence;
};

/* E_FORMAT or E_LIMIT, *problem has line and rule. Views into the input. */
UNDERSIGN_MUST_CHECK enum undersign_status
disclosure_parse(struct disclosure *out, struct bytes input, struct problem *problem);
/* Writes it, with the hash and the name (less its folders) of each file that the evidence was
 * checked against; sources and n_sources of *disclosure are not looked at. */
void disclosure_write(struct writer *writer, const struct disclosure *disclosure,
		      const struct evidence_source *against, size_t n_against);
/* Takes the next of the view `sources`; false at its end. */
bool disclosure_next_source(uint8_t hash[static SHA256_BYTES], struct bytes *name,
			    struct bytes *rest);
/* SHA-256 of the whole: what the admission publishes. */
void disclosure_hash(uint8_t out[static SHA256_BYTES], struct bytes disclosure);

/* SHA-256("undersigned identity v1\n" ‖ salt ‖ u8 length of label ‖ label ‖ u64le length ‖ value):
 * the same for the same key or person in one roster, and nothing to whoever lacks the salt. */
void disclosure_identity(uint8_t out[static SHA256_BYTES],
			 const uint8_t salt[static DISCLOSURE_SALT_BYTES], const char *label,
			 struct bytes value);
/* What an admission publishes of an answer: the disclosure's hash, and the identities `key` and, if
 * the files name one, `person`; of kind vouch those of the vouchers, `voucher`, whose value is
 * u32le the entry's number. salt: the roster's. */
void disclosure_grounds(struct admission_grounds *out, const struct evidence_answer *answer,
			const uint8_t salt[static DISCLOSURE_SALT_BYTES], struct bytes disclosure);

/* The roster's salt, which the steward keeps and burns: the text of a file. */
struct disclosure_salt {
	struct bytes roster;
	uint32_t edition;
	uint8_t salt[DISCLOSURE_SALT_BYTES];
	uint64_t burn; /* seconds since 1970: all disclosures and this are burnt on that day */
};
UNDERSIGN_MUST_CHECK enum undersign_status
disclosure_salt_parse(struct disclosure_salt *out, struct bytes text, struct problem *problem);
void disclosure_salt_write(struct writer *writer, const struct disclosure_salt *salt);

#endif

/* The order of the entries of an epoch (doc/formats.md 6.1): its header, records by rank and hash,
 * statements by the hash of epoch and tag. It tells nothing about the order of arrival, and every
 * verifier checks it. Public; variable time. */
#ifndef UNDERSIGNED_ORDER_H
#define UNDERSIGNED_ORDER_H

#include "bytes.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define ORDER_HEADER_BYTE  0x02
#define ORDER_HEADER_BYTES 17

enum order_kind { ORDER_HEADER = 0, ORDER_RECORD = 1, ORDER_STATEMENT = 2 };

/* What an entry of the log is, by its first byte. An empty one counts as a record. */
enum order_kind order_kind_of(struct bytes entry);

/* An epoch's header. */
struct order_epoch {
	uint64_t number;
	uint64_t seconds; /* since 1970 */
};
UNDERSIGN_MUST_CHECK enum undersign_status
order_epoch_parse(struct order_epoch *out, struct bytes entry, struct problem *problem);
void order_epoch_write(uint8_t out[static ORDER_HEADER_BYTES], const struct order_epoch *epoch);

/* The place of an entry in its epoch. */
struct order_key {
	uint8_t kind;                /* enum order_kind */
	uint8_t rank;                /* of a record */
	uint8_t lead[SHA256_BYTES];  /* of a statement: SHA-256(u64be epoch || tag) */
	uint32_t seq;                /* of a statement */
	uint8_t action;              /* of a statement */
	uint8_t entry[SHA256_BYTES]; /* SHA-256(entry) */
};

/* E_FORMAT if the entry is a statement that cannot be parsed; *problem tells. */
UNDERSIGN_MUST_CHECK enum undersign_status
order_key_of(struct order_key *out, uint64_t epoch, struct bytes entry, struct problem *problem);
/* Negative, 0 or positive as a stands before, with or after b. 0: one and the same entry. */
int order_compare(const struct order_key *a, const struct order_key *b);

#endif

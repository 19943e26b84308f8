/* Strict text encodings: one spelling for each value, everything else is refused. Public data. */
#ifndef UNDERSIGNED_ENCODING_H
#define UNDERSIGNED_ENCODING_H

#include "bytes.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lower-case hexadecimal of exactly out_len bytes. */
UNDERSIGN_MUST_CHECK enum undersign_status hex_decode(uint8_t *out, size_t out_len,
						      struct bytes text);

/* Standard base64 with padding (RFC 4648 section 4); unused bits must be zero.
 * Ensures: *out_len is the decoded length. E_LIMIT if it exceeds capacity. */
UNDERSIGN_MUST_CHECK enum undersign_status base64_decode(uint8_t *out, size_t *out_len,
							 size_t capacity, struct bytes text);
/* As base64_decode, for exactly out_len bytes. */
UNDERSIGN_MUST_CHECK enum undersign_status base64_decode_exactly(uint8_t *out, size_t out_len,
								 struct bytes text);
static inline size_t base64_encoded_len(size_t len)
{
	return (len + 2) / 3 * 4;
}

/* Decimal without sign or leading zeros, at most limit. */
UNDERSIGN_MUST_CHECK enum undersign_status decimal_decode(uint64_t *out, struct bytes text,
							  uint64_t limit);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool utf8_is_valid(struct bytes text);

/* Dates of the proleptic Gregorian calendar, UTC, from 1970-01-01 to 9999-12-31. */
#define DATE_LEN      10 /* 2031-05-03 */
#define DATE_TIME_LEN 20 /* 2031-05-03T10:00:05Z */
UNDERSIGN_MUST_CHECK enum undersign_status date_decode(uint64_t *out_seconds, struct bytes text);
UNDERSIGN_MUST_CHECK enum undersign_status date_time_decode(uint64_t *out_seconds,
							    struct bytes text);
/* Midnight of the day that holds seconds. */
void date_encode(uint8_t out[static DATE_LEN], uint64_t seconds);
void date_time_encode(uint8_t out[static DATE_TIME_LEN], uint64_t seconds);

#endif

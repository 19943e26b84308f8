/* Strict text encodings: one spelling for each value, everything else is refused.
 *
 * hex_decode and base64_decode, as writer_hex and writer_base64, also serve secrets: their time
 * depends on the lengths and on whether the text is valid. The rest is for public data. Outputs are
 * zeros on failure. */
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
/* Length of the one valid sequence at the start of text, its code point in *out_code; 0 if there is
 * none. */
size_t utf8_first(uint32_t *out_code, struct bytes text);
/* Controls of ASCII and of Latin-1: U+0000 to U+001F, U+007F to U+009F. */
static inline bool utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Dates of the proleptic Gregorian calendar, UTC, from 1970-01-01 to 9999-12-31. */
#define DATE_LEN         10                     /* 2031-05-03 */
#define DATE_TIME_LEN    20                     /* 2031-05-03T10:00:05Z */
#define DATE_MAX_SECONDS UINT64_C(253402300799) /* the last second of 9999 */
UNDERSIGN_MUST_CHECK enum undersign_status date_decode(uint64_t *out_seconds, struct bytes text);
UNDERSIGN_MUST_CHECK enum undersign_status date_time_decode(uint64_t *out_seconds,
							    struct bytes text);
/* The day that holds seconds. What is after DATE_MAX_SECONDS is written as that. */
void date_encode(uint8_t out[static DATE_LEN], uint64_t seconds);
void date_time_encode(uint8_t out[static DATE_TIME_LEN], uint64_t seconds);

#endif

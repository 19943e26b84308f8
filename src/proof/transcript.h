/* Hash inputs of protocol 10: labelled, length-prefixed items. For proof and poll alone. */
#ifndef UNDERSIGNED_TRANSCRIPT_H
#define UNDERSIGNED_TRANSCRIPT_H

#include "protocol.h"

#include "bytes.h"
#include "sha2.h"

#include <stdint.h>

struct transcript {
	struct sha512 hash;
	unsigned n_items; /* PROTOCOL_NAME counts as the first */
};

/* Begins with PROTOCOL_NAME. */
void transcript_begin(struct transcript *transcript);
/* item(label, data) = u8 len(label) || label || u64le len(data) || data. */
void transcript_item(struct transcript *transcript, const char *label, struct bytes data);
void transcript_text(struct transcript *transcript, const char *label, const char *text);
void transcript_u8(struct transcript *transcript, const char *label, uint8_t value);
void transcript_u32(struct transcript *transcript, const char *label, uint32_t value);
void transcript_u64(struct transcript *transcript, const char *label, uint64_t value);
void transcript_point(struct transcript *transcript, const char *label,
		      const uint8_t encoding[static POINT_BYTES]);

/* The three ways to end; each wipes the state. */
void transcript_challenge(struct scalar *out, struct transcript *transcript);
void transcript_digest(uint8_t out[static SHA512_BYTES], struct transcript *transcript);
void transcript_b32(uint8_t out[static HASH_BYTES], struct transcript *transcript);

/* b32 of plain bytes, no transcript. */
void transcript_hash(uint8_t out[static HASH_BYTES], struct bytes data);

#ifdef UNDERSIGNED_TEST_OMIT
/* Tests only: the numbers of the item that transcripts leave out, and of the one that
 * they change; negative for none. */
extern int transcript_test_omitted, transcript_test_changed;
#endif

#endif

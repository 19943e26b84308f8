/* SHA-256 and SHA-512 (FIPS 180-4). Constant time in the content; time depends on lengths. */
#ifndef UNDERSIGNED_SHA2_H
#define UNDERSIGNED_SHA2_H

#include "bytes.h"

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA512_BYTES 64

struct sha256 {
	uint32_t state[8];
	uint64_t n_bytes;
	uint8_t block[64];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t len);
/* Writes the digest and wipes the state. */
void sha256_end(struct sha256 *hash, uint8_t out[static SHA256_BYTES]);
void sha256(uint8_t out[static SHA256_BYTES], struct bytes data);

struct sha512 {
	uint64_t state[8];
	uint64_t n_bytes; /* messages are shorter than 2^61 bytes */
	uint8_t block[128];
};

void sha512_begin(struct sha512 *hash);
void sha512_add(struct sha512 *hash, const void *data, size_t len);
/* Writes the digest and wipes the state. */
void sha512_end(struct sha512 *hash, uint8_t out[static SHA512_BYTES]);
void sha512(uint8_t out[static SHA512_BYTES], struct bytes data);

#endif

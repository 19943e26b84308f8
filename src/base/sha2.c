#include "sha2.h"

#include "ct.h"
#include "memory.h"
#include "sha2_rounds.h"

static uint32_t load_u32be(const uint8_t in[4])
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static uint64_t load_u64be(const uint8_t in[8])
{
	return (uint64_t)load_u32be(in) << 32 | load_u32be(in + 4);
}

static void store_u32be(uint8_t out[4], uint32_t value)
{
	out[0] = (uint8_t)(value >> 24);
	out[1] = (uint8_t)(value >> 16);
	out[2] = (uint8_t)(value >> 8);
	out[3] = (uint8_t)value;
}

static void store_u64be(uint8_t out[8], uint64_t value)
{
	store_u32be(out, (uint32_t)(value >> 32));
	store_u32be(out + 4, (uint32_t)value);
}

#define ROTATE(x, n)     ((x) >> (n) | (x) << (32 - (n)))
#define BIG_SIGMA_0(x)   (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define BIG_SIGMA_1(x)   (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SMALL_SIGMA_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SMALL_SIGMA_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)
#define CONSTANT(i)      ((uint32_t)(sha2_round_constants[base + (i)] >> 32))

static void compress_256(uint32_t state[8], const uint8_t *data, size_t n_blocks)
{
	uint32_t w[16];

	for (; n_blocks > 0; n_blocks--, data += 64) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
		uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
		size_t base = 0;

		for (size_t i = 0; i < 16; i++)
			w[i] = load_u32be(data + 4 * i);
		EIGHT_ROUNDS(CONSTANT, FIRST_WORD, 0);
		EIGHT_ROUNDS(CONSTANT, FIRST_WORD, 8);
		for (base = 16; base < 64; base += 16) {
			EIGHT_ROUNDS(CONSTANT, LATER_WORD, 0);
			EIGHT_ROUNDS(CONSTANT, LATER_WORD, 8);
		}
		state[0] += a;
		state[1] += b;
		state[2] += c;
		state[3] += d;
		state[4] += e;
		state[5] += f;
		state[6] += g;
		state[7] += h;
	}
	wipe(w, sizeof w);
}

#undef ROTATE
#undef BIG_SIGMA_0
#undef BIG_SIGMA_1
#undef SMALL_SIGMA_0
#undef SMALL_SIGMA_1
#undef CONSTANT

#define SHA512_WORD uint64_t
#include "sha512_template.h"

static void compress_512(uint64_t state[8], const uint8_t *data, size_t n_blocks)
{
	uint64_t w[16];

	for (; n_blocks > 0; n_blocks--, data += 128) {
		for (size_t i = 0; i < 16; i++)
			w[i] = load_u64be(data + 8 * i);
		sha512_rounds(state, w);
	}
	wipe(w, sizeof w);
}

void sha256_begin(struct sha256 *hash)
{
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(hash->state, start, sizeof hash->state);
	hash->n_bytes = 0;
	memset(hash->block, 0, sizeof hash->block);
}

void sha256_add(struct sha256 *hash, const void *data, size_t len)
{
	const uint8_t *in = data;
	size_t used = (size_t)(hash->n_bytes & 63);

	hash->n_bytes += len;
	if (used > 0) {
		size_t taken = 64 - used < len ? 64 - used : len;

		if (taken > 0)
			memcpy(hash->block + used, in, taken);
		if (used + taken < 64)
			return;
		compress_256(hash->state, hash->block, 1);
		in += taken;
		len -= taken;
	}
	if (len >= 64)
		compress_256(hash->state, in, len >> 6);
	if ((len & 63) > 0)
		memcpy(hash->block, in + (len & ~(size_t)63), len & 63);
}

void sha256_end(struct sha256 *hash, uint8_t out[static SHA256_BYTES])
{
	size_t used = (size_t)(hash->n_bytes & 63);

	hash->block[used++] = 0x80;
	if (used > 56) {
		memset(hash->block + used, 0, 64 - used);
		compress_256(hash->state, hash->block, 1);
		used = 0;
	}
	memset(hash->block + used, 0, 56 - used);
	store_u64be(hash->block + 56, hash->n_bytes << 3);
	compress_256(hash->state, hash->block, 1);
	for (size_t i = 0; i < 8; i++)
		store_u32be(out + 4 * i, hash->state[i]);
	wipe(hash, sizeof *hash);
}

void sha256(uint8_t out[static SHA256_BYTES], struct bytes data)
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, data.data, data.len);
	sha256_end(&hash, out);
}

void sha512_begin(struct sha512 *hash)
{
	memcpy(hash->state, sha512_start, sizeof hash->state);
	hash->n_bytes = 0;
	memset(hash->block, 0, sizeof hash->block);
}

void sha512_add(struct sha512 *hash, const void *data, size_t len)
{
	const uint8_t *in = data;
	size_t used = (size_t)(hash->n_bytes & 127);

	hash->n_bytes += len;
	if (used > 0) {
		size_t taken = 128 - used < len ? 128 - used : len;

		if (taken > 0)
			memcpy(hash->block + used, in, taken);
		if (used + taken < 128)
			return;
		compress_512(hash->state, hash->block, 1);
		in += taken;
		len -= taken;
	}
	if (len >= 128)
		compress_512(hash->state, in, len >> 7);
	if ((len & 127) > 0)
		memcpy(hash->block, in + (len & ~(size_t)127), len & 127);
}

void sha512_end(struct sha512 *hash, uint8_t out[static SHA512_BYTES])
{
	size_t used = (size_t)(hash->n_bytes & 127);

	hash->block[used++] = 0x80;
	if (used > 112) {
		memset(hash->block + used, 0, 128 - used);
		compress_512(hash->state, hash->block, 1);
		used = 0;
	}
	memset(hash->block + used, 0, 120 - used);
	store_u64be(hash->block + 120, hash->n_bytes << 3);
	compress_512(hash->state, hash->block, 1);
	for (size_t i = 0; i < 8; i++)
		store_u64be(out + 8 * i, hash->state[i]);
	wipe(hash, sizeof *hash);
}

void sha512(uint8_t out[static SHA512_BYTES], struct bytes data)
{
	struct sha512 hash;

	sha512_begin(&hash);
	sha512_add(&hash, data.data, data.len);
	sha512_end(&hash, out);
}

/* Short messages hashed eight at a time: the words of a vector are those of eight messages. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "batch.h"
#include "field_ifma.h"
#include "memory.h"

typedef uint64_t eight_words __attribute__((vector_size(64)));

#define SHA512_WORD eight_words
#include "sha512_template.h"

#define BLOCK_BYTES 128

/* The bytes of each word in the opposite order. */
static inline __m512i swap_bytes(__m512i a)
{
	const __m512i odd = _mm512_set1_epi32(0x00ff00ff);
	const __m512i left = _mm512_and_si512(_mm512_rol_epi32(a, 8), odd),
		      right = _mm512_andnot_si512(odd, _mm512_ror_epi32(a, 8));

	return _mm512_rol_epi64(_mm512_or_si512(left, right), 32);
}

void b32_ifma_each(uint8_t *out, const uint8_t *in, size_t n, size_t len)
{
	_Alignas(64) uint8_t blocks[LANES][BLOCK_BYTES];
	_Alignas(64) uint64_t digests[LANES][4];
	const uint64_t *input[LANES];
	uint64_t *output[LANES];

	for (size_t i = 0; i < LANES; i++) {
		/* FIPS 180-4 section 5.1.2: a one, zeros, the length in bits. */
		memset(blocks[i], 0, sizeof blocks[i]);
		blocks[i][len] = 0x80;
		blocks[i][BLOCK_BYTES - 2] = (uint8_t)(len >> 5);
		blocks[i][BLOCK_BYTES - 1] = (uint8_t)(len << 3);
		input[i] = (const void *)blocks[i];
		output[i] = digests[i];
	}
	for (size_t at = 0; at < n; at += LANES) {
		const size_t taken = n - at < LANES ? n - at : LANES;
		__m512i words[16], digest[4];
		eight_words state[8], w[16];

		for (size_t i = 0; i < taken; i++)
			memcpy(blocks[i], in + (at + i) * len, len);
		for (size_t i = 0; i < 16; i += 4)
			lanes_load_words(words + i, input, i);
		for (size_t i = 0; i < 16; i++)
			w[i] = (eight_words)swap_bytes(words[i]);
		for (size_t i = 0; i < 8; i++)
			state[i] = (eight_words)lanes_all(sha512_start[i]);
		sha512_rounds(state, w);
		for (size_t i = 0; i < 4; i++)
			digest[i] = swap_bytes((__m512i)state[i]);
		lanes_store_words(output, 0, digest);
		memcpy(out + at * B32_BYTES, digests, taken * B32_BYTES);
	}
}

#endif

/* SHA-512's compression function (FIPS 180-4 section 6.4.2) for any type of word: define
 * SHA512_WORD as uint64_t, or as a vector of them for several messages at a time, and include this
 * once. Constant time. */
#include "sha2_rounds.h"

#define ROTATE(x, n)     ((x) >> (n) | (x) << (64 - (n)))
#define BIG_SIGMA_0(x)   (ROTATE(x, 28) ^ ROTATE(x, 34) ^ ROTATE(x, 39))
#define BIG_SIGMA_1(x)   (ROTATE(x, 14) ^ ROTATE(x, 18) ^ ROTATE(x, 41))
#define SMALL_SIGMA_0(x) (ROTATE(x, 1) ^ ROTATE(x, 8) ^ (x) >> 7)
#define SMALL_SIGMA_1(x) (ROTATE(x, 19) ^ ROTATE(x, 61) ^ (x) >> 6)
#define CONSTANT(i)      (sha2_round_constants[base + (i)])

static const uint64_t sha512_start[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
					 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
					 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/* state += the rounds of one block. Uses up w, the block's words. */
static inline void sha512_rounds(SHA512_WORD state[static 8], SHA512_WORD w[static 16])
{
	SHA512_WORD a = state[0], b = state[1], c = state[2], d = state[3];
	SHA512_WORD e = state[4], f = state[5], g = state[6], h = state[7];
	size_t base = 0;

	EIGHT_ROUNDS(CONSTANT, FIRST_WORD, 0);
	EIGHT_ROUNDS(CONSTANT, FIRST_WORD, 8);
	for (base = 16; base < 80; base += 16) {
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

#undef ROTATE
#undef BIG_SIGMA_0
#undef BIG_SIGMA_1
#undef SMALL_SIGMA_0
#undef SMALL_SIGMA_1
#undef CONSTANT

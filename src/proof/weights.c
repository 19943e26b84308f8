#include "weights.h"

#include "bytes.h"
#include "memory.h"

#define WEIGHT_BYTES 16

void weights_of_item(struct scalar out[static WEIGHTS_EACH],
		     const uint8_t seed[static SHA512_BYTES], uint64_t t)
{
	uint8_t input[SHA512_BYTES + 8], digest[SHA512_BYTES];
	struct writer writer = writer_new(input, sizeof input);

	writer_put(&writer, seed, SHA512_BYTES);
	writer_u64le(&writer, t);
	sha512(digest, writer_view(&writer));
	for (unsigned e = 0; e < WEIGHTS_EACH; e++) {
		uint8_t value[SCALAR_BYTES] = {0};

		memcpy(value, digest + WEIGHT_BYTES * e, WEIGHT_BYTES);
		scalar_reduce(&out[e], value);
	}
}

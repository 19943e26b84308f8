#include "sample.h"

#include "memory.h"
#include "status.h"

#define HEADER "undersigned sample v1\n"

void sample_seed(uint8_t out[static SHA256_BYTES], const uint8_t snapshot_id[static SHA256_BYTES],
		 struct bytes checkpoint_text)
{
	uint8_t text[SHA256_BYTES];
	struct sha256 hash;

	sha256(text, checkpoint_text);
	sha256_begin(&hash);
	sha256_add(&hash, HEADER, sizeof HEADER - 1);
	sha256_add(&hash, snapshot_id, SHA256_BYTES);
	sha256_add(&hash, text, sizeof text);
	sha256_end(&hash, out);
}

/* The first 8 bytes, little-endian, of SHA-256(seed ‖ u64le counter). */
static uint64_t block(const uint8_t seed[static SHA256_BYTES], uint64_t counter)
{
	uint8_t bytes[SHA256_BYTES + 8], hash[SHA256_BYTES];
	struct writer writer = writer_new(bytes, sizeof bytes);

	writer_put(&writer, seed, SHA256_BYTES);
	writer_u64le(&writer, counter);
	sha256(hash, writer_view(&writer));
	struct cursor cursor = cursor_new(bytes_from(hash, sizeof hash));
	return cursor_u64le(&cursor);
}

static int is_drawn(const uint32_t *out, uint32_t k, uint32_t number)
{
	for (uint32_t i = 0; i < k; i++) {
		if (out[i] == number)
			return 1;
	}
	return 0;
}

void sample_draw(uint32_t *out, uint32_t k, uint32_t n, const uint8_t seed[static SHA256_BYTES])
{
	uint32_t drawn = 0;

	CHECK(k >= 1 && k <= SAMPLE_MAX && k <= n);
	/* Blocks at and above the largest multiple of n would prefer small numbers. */
	const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	for (uint64_t counter = 0; drawn < k; counter++) {
		uint64_t value = block(seed, counter);
		uint32_t number = (uint32_t)(value % n);

		if (value < limit && !is_drawn(out, drawn, number))
			out[drawn++] = number;
	}
}

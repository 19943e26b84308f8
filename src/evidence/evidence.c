#include "evidence.h"

struct bytes evidence_lower(struct arena *arena, struct bytes text)
{
	uint8_t *out = ARENA_TAKE(arena, uint8_t, text.len + 1);

	if (!out)
		return bytes_from(NULL, 0);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		out[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
	}
	return bytes_from(out, text.len);
}

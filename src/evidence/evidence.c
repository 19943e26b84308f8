#include "evidence.h"

static const char *const kind_texts[EVIDENCE_N_KINDS] = {
	[EVIDENCE_STEWARD] = "steward", [EVIDENCE_VOUCH] = "vouch", [EVIDENCE_SSH] = "ssh",
	[EVIDENCE_OPENPGP] = "openpgp", [EVIDENCE_X509] = "x509",
};

const char *evidence_kind_text(enum evidence_kind kind)
{
	CHECK(kind >= EVIDENCE_STEWARD && kind < EVIDENCE_N_KINDS);
	return kind_texts[kind];
}

bool evidence_kind_parse(enum evidence_kind *out, struct bytes word)
{
	for (int kind = EVIDENCE_STEWARD; kind < EVIDENCE_N_KINDS; kind++) {
		if (bytes_are_equal(word, bytes_from_text(kind_texts[kind]))) {
			*out = (enum evidence_kind)kind;
			return true;
		}
	}
	return false;
}

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

#include "evidence_kind.h"

#include "status.h"

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

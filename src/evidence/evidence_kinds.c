#include "evidence_kinds.h"

#include "evidence_child.h"
#include "memory.h"
#include "openpgp_evidence.h"
#include "ssh_evidence.h"
#include "steward_evidence.h"
#include "vouch_evidence.h"
#include "x509_evidence.h"

bool evidence_kinds_guess(enum evidence_kind *out, struct bytes evidence)
{
	static const struct {
		const char *begin;
		enum evidence_kind kind;
	} begins[] = {
		{"-----BEGIN SSH SIGNATURE-----", EVIDENCE_SSH},
		{"undersigned word v1\n", EVIDENCE_STEWARD},
		{"undersigned vouches v1\n", EVIDENCE_VOUCH},
		{"-----BEGIN PGP SIGNATURE-----", EVIDENCE_OPENPGP},
		{"\x88", EVIDENCE_OPENPGP}, /* a signature packet, in either format */
		{"\x89", EVIDENCE_OPENPGP},
		{"\xc2", EVIDENCE_OPENPGP},
		{"-----BEGIN CMS-----", EVIDENCE_X509},
		{"-----BEGIN PKCS7-----", EVIDENCE_X509},
		{"\x30\x82", EVIDENCE_X509}, /* DER, longer than 255 bytes */
		{"\x30\x80", EVIDENCE_X509},
	};

	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
		if (bytes_begin_with(evidence, bytes_from_text(begins[i].begin))) {
			*out = begins[i].kind;
			return true;
		}
	}
	return false;
}

enum undersign_status evidence_kinds_check(struct evidence_answer *out, enum evidence_kind kind,
					   const struct evidence_question *question,
					   struct arena *arena, struct problem *problem)
{
	switch (kind) {
	case EVIDENCE_STEWARD:
		return steward_evidence_check(out, question, arena, problem);
	case EVIDENCE_VOUCH:
		return vouch_evidence_check(out, question, arena, problem);
	case EVIDENCE_SSH:
		return ssh_evidence_check(out, question, arena, problem);
	case EVIDENCE_OPENPGP:
		return evidence_child_run(openpgp_evidence_check, out, question, arena, problem);
	case EVIDENCE_X509:
		return evidence_child_run(x509_evidence_check, out, question, arena, problem);
	case EVIDENCE_N_KINDS:
		break;
	}
	memset(out, 0, sizeof *out);
	problem_rule(problem, "evidence is of a known kind");
	return UNDERSIGN_E_USAGE;
}

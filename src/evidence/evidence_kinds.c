#include "evidence_kinds.h"

#include "evidence_child.h"
#include "memory.h"
#include "openpgp_evidence.h"
#include "ssh_evidence.h"
#include "x509_evidence.h"

bool evidence_kinds_guess(enum evidence_kind *out, struct bytes evidence)
{
	static const struct {
		const char *begin;
		enum evidence_kind kind;
	} begins[] = {
		{"-----BEGIN SSH SIGNATURE-----", EVIDENCE_SSH},
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
	memset(out, 0, sizeof *out);
	if (kind == EVIDENCE_SSH)
		return ssh_evidence_check(out, question, arena, problem);
	if (kind == EVIDENCE_OPENPGP)
		return evidence_child_run(openpgp_evidence_check, out, question, arena, problem);
	if (kind == EVIDENCE_X509)
		return evidence_child_run(x509_evidence_check, out, question, arena, problem);
	problem_rule(problem, "this program checks evidence of the kinds ssh, openpgp and x509");
	problem_what(problem, "this is", bytes_from_text(evidence_kind_text(kind)));
	return UNDERSIGN_E_USAGE;
}

/* Evidence by a certificate, of a staff card or a file (doc/formats.md 4.4): a detached CMS
 * signature (RFC 5652) over the request. Whoever makes it on a card must have been warned first:
 * its use may be logged by the employer (enrol). */
#ifndef UNDERSIGNED_X509_EVIDENCE_H
#define UNDERSIGNED_X509_EVIDENCE_H

#include "evidence.h"

/* The evidence is DER or PEM. The files to check against are certificates and revocation lists, PEM
 * (several in a file) or DER; the self-signed ones are the roots, others may help to build the
 * chain. If there is a revocation list at all, the signer's issuer must have a current one, and
 * whoever stands on a list is refused. One signer, signed attributes, SHA-2; RSA (PKCS #1 v1.5) of
 * at least 2048 bits, ECDSA on P-256, P-384 or P-521, throughout the chain. The signer's
 * certificate is for signatures (keyUsage: digitalSignature or nonRepudiation; extendedKeyUsage, if
 * there is one: emailProtection, clientAuth or any) and no authority's.
 *
 * identity: the SubjectPublicKeyInfo; person: the first e-mail address of the subjectAltName, else
 * the whole subject; organisation: the subject's O and OU, in its order, with ", " between. */
UNDERSIGN_MUST_CHECK enum undersign_status
x509_evidence_check(struct evidence_answer *out, const struct evidence_question *question,
		    struct arena *arena, struct problem *problem);

#endif

/* SSH signatures (OpenSSH, PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes them. Our own parser,
 * more strict than OpenSSH's: every number in its one form, no byte left over. Public data. */
#ifndef UNDERSIGNED_SSH_SIGNATURE_H
#define UNDERSIGNED_SSH_SIGNATURE_H

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "public_key.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

enum ssh_public_type {
	SSH_PUBLIC_ED25519,
	SSH_PUBLIC_ECDSA,
	SSH_PUBLIC_RSA,
	SSH_PUBLIC_SK_ED25519, /* in a hardware token (FIDO) */
	SSH_PUBLIC_SK_ECDSA
};

/* A public key (RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f): views of its bytes. */
struct ssh_public {
	enum ssh_public_type type;
	struct bytes name;              /* of the type */
	enum public_key_curve curve;    /* ECDSA */
	struct bytes point;             /* 32 bytes of Ed25519, or uncompressed */
	struct bytes modulus, exponent; /* RSA, without leading zeros */
	struct bytes application;       /* in a token */
};

/* E_FORMAT, E_USAGE for a type that cannot serve (certificates, DSA, others), E_INVALID for RSA
 * below 2048 bits; *problem has the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
ssh_public_parse(struct ssh_public *out, struct bytes blob, struct problem *problem);
/* "Ed25519", "ECDSA, P-256, in a hardware token", "RSA, 3072 bits". In the arena; NULL if there is
 * no memory. */
const char *ssh_public_strength(const struct ssh_public *key, struct arena *arena);

struct ssh_signature {
	struct bytes key_blob; /* the signer's public key */
	struct ssh_public key;
	struct bytes name_space;
	struct bytes hash_name; /* "sha256", "sha512" */
	struct bytes signature_name;
	struct bytes number; /* of Ed25519: 64 bytes; of RSA */
	struct bytes r, s;   /* of ECDSA, without leading zeros */
	uint8_t flags;       /* of a token */
	uint32_t counter;
};

/* Parses the armoured text; its bytes are decoded into the arena. E_FORMAT, E_USAGE, E_INVALID (as
 * ssh_public_parse), E_MEMORY; *problem has the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status ssh_signature_parse(struct ssh_signature *out,
							       struct bytes text,
							       struct arena *arena,
							       struct problem *problem);
/* True if it is the key's signature over message in that namespace; of a token only if its owner
 * touched it. */
bool ssh_signature_is_valid_vartime(const struct ssh_signature *signature, struct bytes name_space,
				    struct bytes message);

#endif

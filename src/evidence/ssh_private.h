/* OpenSSH private keys, to sign with as a raw-key member. The only file that uses libssh, and that
 * in a child process, which forgets what libssh does not wipe. Nothing is written to disk. */
#ifndef UNDERSIGNED_SSH_PRIVATE_H
#define UNDERSIGNED_SSH_PRIVATE_H

#include "bytes.h"
#include "ed25519.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define SSH_PRIVATE_FILE_MAX       65536
#define SSH_PRIVATE_PASSPHRASE_MAX 1024

/* Asks for the passphrase: writes a terminated text of at most len - 1 bytes to out, which the
 * caller of ask wipes. A status other than OK stops the reading and is passed on. */
struct ssh_private_passphrase {
	enum undersign_status (*ask)(void *cookie, char *out, size_t len);
	void *cookie;
};

/* Why a key was not read; the status says it in general. */
enum ssh_private_refusal {
	SSH_PRIVATE_NONE = 0,
	SSH_PRIVATE_NOT_A_KEY,        /* E_FORMAT: not an OpenSSH private key, or broken */
	SSH_PRIVATE_PUBLIC_HALF,      /* E_FORMAT: the .pub file was given */
	SSH_PRIVATE_OTHER_TYPE,       /* E_USAGE: RSA, ECDSA, hardware */
	SSH_PRIVATE_NEEDS_PASSPHRASE, /* E_MISSING: it is sealed, and nobody can be asked */
	SSH_PRIVATE_CIPHER,           /* E_USAGE: sealed with a cipher that libssh lacks */
	SSH_PRIVATE_WRONG_PASSPHRASE, /* E_INVALID */
	SSH_PRIVATE_MISMATCH, /* E_CONFLICT: secret and public half do not belong together */
	SSH_PRIVATE_STOPPED   /* what ask returned */
};

/* The seed and public key of an Ed25519 key in OpenSSH's format. file is the content of the key
 * file (secret if it has no passphrase; the caller wipes it). passphrase may be NULL; it is asked
 * at most once, and not if the key has none. Secret: seed, wiped by the caller; zeros on failure.
 * out_why may be NULL. Forks: not for a program with threads. */
UNDERSIGN_MUST_CHECK enum undersign_status
ssh_private_read(uint8_t seed[static ED25519_SEED_BYTES],
		 uint8_t public_key[static ED25519_PUBLIC_BYTES], enum ssh_private_refusal *out_why,
		 struct bytes file, const struct ssh_private_passphrase *passphrase,
		 struct problem *problem);

#endif

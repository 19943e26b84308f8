/* Ed25519 (RFC 8032): verification of signatures, and the strict mapping of a public key to
 * ristretto255 (protocol 4.2). Signing is not here: it is a callback from the system layer. */
#ifndef UNDERSIGNED_ED25519_H
#define UNDERSIGNED_ED25519_H

#include "bytes.h"
#include "point.h"

#define ED25519_PUBLIC_BYTES    32
#define ED25519_SEED_BYTES      32
#define ED25519_SIGNATURE_BYTES 64

/* Strict and cofactorless: S < l, R and the key canonical (y < p, no x = 0 with sign bit 1), the
 * key in the prime-order subgroup and not the identity, [S]B = R + [k]A. Public data. */
bool ed25519_signature_is_valid_vartime(const uint8_t key[static ED25519_PUBLIC_BYTES],
					struct bytes message,
					const uint8_t signature[static ED25519_SIGNATURE_BYTES]);

/* Protocol 4.2: decodes with y < p, refuses x = 0 with sign bit 1, small order and mixed order
 * ([l]A != O or A = O), and takes the ristretto element. E_ENCODING, *out the identity. */
UNDERSIGN_MUST_CHECK enum undersign_status
ed25519_key_to_point_vartime(struct point *out, const uint8_t key[static ED25519_PUBLIC_BYTES]);

/* The secret scalar of a seed modulo l (RFC 8032 section 5.1.5; protocol 3.2). Constant time. */
void ed25519_seed_to_scalar(struct scalar *out, const uint8_t seed[static ED25519_SEED_BYTES]);
/* The public key of a seed. Constant time. */
void ed25519_seed_to_key(uint8_t out[static ED25519_PUBLIC_BYTES],
			 const uint8_t seed[static ED25519_SEED_BYTES]);

#endif

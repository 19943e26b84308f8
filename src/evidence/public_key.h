/* RSA and ECDSA signatures, by OpenSSL: the only file of keys that includes it. Public data. */
#ifndef UNDERSIGNED_PUBLIC_KEY_H
#define UNDERSIGNED_PUBLIC_KEY_H

#include "bytes.h"

#include <stdbool.h>

#define PUBLIC_KEY_RSA_BITS_MIN 2048
#define PUBLIC_KEY_RSA_BITS_MAX 16384

enum public_key_hash { PUBLIC_KEY_SHA256, PUBLIC_KEY_SHA384, PUBLIC_KEY_SHA512 };
enum public_key_curve { PUBLIC_KEY_P256, PUBLIC_KEY_P384, PUBLIC_KEY_P521 };

/* PKCS #1 v1.5 (RFC 8017 section 8.2). modulus and exponent: big-endian, without leading zeros. The
 * exponent is odd, above 1 and of at most 64 bits; the signature is as long as the modulus. False
 * too if there is no memory. */
bool public_key_rsa_is_valid(struct bytes modulus, struct bytes exponent, enum public_key_hash hash,
			     struct bytes message, struct bytes signature);
/* point: uncompressed (SEC 1), on the curve. r and s: big-endian, without leading zeros, from 1 to
 * the order less 1; of both s and order - s are accepted, so a signature is no name of itself. */
bool public_key_ecdsa_is_valid(enum public_key_curve curve, struct bytes point,
			       enum public_key_hash hash, struct bytes message, struct bytes r,
			       struct bytes s);

#endif

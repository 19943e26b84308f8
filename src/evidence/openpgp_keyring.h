/* OpenPGP keyrings (RFC 4880 section 11.1), split into keys without looking into them: of thousands
 * of keys one is wanted. Pure but for SHA-1, by which version 4 names keys. Public data. */
#ifndef UNDERSIGNED_OPENPGP_KEYRING_H
#define UNDERSIGNED_OPENPGP_KEYRING_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define OPENPGP_KEY_ID_BYTES 8

/* A primary key with what belongs to it: names, signatures, subkeys. */
struct openpgp_keyring {
	struct bytes rest;
	struct bytes key;
	uint32_t n; /* keys so far */
	bool has_failed;
	struct problem *problem;
};

/* Binary, not armoured. */
struct openpgp_keyring openpgp_keyring_read(struct bytes content, struct problem *problem);
/* Takes the next key; false at the end, and on failure (has_failed; *problem tells): a packet that
 * is broken, of unknown length, secret, or stands before the first key. */
bool openpgp_keyring_next(struct openpgp_keyring *keyring);
/* True if the primary key or a subkey has this id (version 4). */
bool openpgp_keyring_key_has_id(struct bytes key, const uint8_t id[static OPENPGP_KEY_ID_BYTES]);

#endif

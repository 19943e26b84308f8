/* The seal of a secret in a file (doc/formats.md 8.1): secretbox under a key that Argon2id makes of
 * a passphrase. Credentials and trustees' secrets have it. The caller keeps and wipes secrets. */
#ifndef UNDERSIGNED_SECRET_SEAL_H
#define UNDERSIGNED_SECRET_SEAL_H

#include "bytes.h"
#include "line.h"
#include "problem.h"
#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_SEAL_SALT_BYTES 16
#define SECRET_SEAL_BYTES      (24 + 16) /* by which a sealed secret is longer: nonce, tag */
#define SECRET_SEAL_PASS_MAX   1024

/* Bounds and default of Argon2id: memory in KiB. */
#define SECRET_SEAL_OPERATIONS_MAX     10
#define SECRET_SEAL_OPERATIONS_DEFAULT 3
#define SECRET_SEAL_MEMORY_MIN         8192
#define SECRET_SEAL_MEMORY_MAX         65536

/* How a file's secrets are sealed. Zeros: they are not. */
struct secret_seal {
	bool is_sealed;
	uint32_t operations;
	uint32_t memory_kib;
	uint8_t salt[SECRET_SEAL_SALT_BYTES];
};

/* A seal with a salt of its own. E_USAGE for other bounds, E_RANDOM; zeros on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status secret_seal_new(struct secret_seal *out,
							   uint32_t operations, uint32_t memory_kib,
							   const struct random_source *random,
							   struct problem *problem);

/* The key of a passphrase of 1 to SECRET_SEAL_PASS_MAX bytes, in memory for secrets: secret_free.
 * *out is NULL on failure: E_INVALID for another length, E_MEMORY if Argon2id gets none. */
UNDERSIGN_MUST_CHECK enum undersign_status secret_seal_key(uint8_t **out,
							   const struct secret_seal *seal,
							   struct bytes passphrase,
							   struct problem *problem);
/* Seals len bytes: out has SECRET_SEAL_BYTES more. secret may be the beginning of out. E_RANDOM;
 * out is then unchanged. */
UNDERSIGN_MUST_CHECK enum undersign_status secret_seal_close(uint8_t *out, const uint8_t *secret,
							     size_t len, const uint8_t *key,
							     const struct random_source *random,
							     struct problem *problem);
/* Opens sealed into secret, len bytes. E_INVALID if the key is another or anything was changed;
 * secret is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status secret_seal_open(uint8_t *secret, size_t len,
							    const uint8_t *sealed,
							    const uint8_t *key,
							    struct problem *problem);

/* The line `seal none` or `seal argon2id ...`. */
void secret_seal_parse(struct secret_seal *out, struct line_reader *reader);
void secret_seal_write(struct writer *writer, const struct secret_seal *seal);

#endif

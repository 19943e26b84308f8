/* The file with a trustee's secret (doc/formats.md 11.2): text, and seal if its holder wants one.
 *
 * It holds a secret: it lives in memory for secrets and trustee_file_free wipes it. */
#ifndef UNDERSIGNED_TRUSTEE_FILE_H
#define UNDERSIGNED_TRUSTEE_FILE_H

#include "bytes.h"
#include "problem.h"
#include "random.h"
#include "scalar.h"
#include "secret_seal.h"
#include "status.h"

#include <stdint.h>

#define TRUSTEE_FILE_MAX    512
#define TRUSTEE_FILE_SEALED (SECRET_SEAL_BYTES + SCALAR_BYTES)

struct trustee_file {
	struct secret_seal seal;
	uint8_t secret[TRUSTEE_FILE_SEALED]; /* SCALAR_BYTES of it if it is not sealed */
};

/* Of a secret, not sealed, in memory for secrets. NULL if there is none. */
struct trustee_file *trustee_file_new(const struct scalar *secret);
/* Wipes. NULL: nothing is done. */
void trustee_file_free(struct trustee_file *file);

/* Text form. E_FORMAT, *problem has line and rule and never the secret; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_file_parse(struct trustee_file *out, struct bytes text, struct problem *problem);
/* At most TRUSTEE_FILE_MAX bytes, a secret: the caller wipes what the writer wrote to. */
void trustee_file_write(struct writer *writer, const struct trustee_file *file);

/* Seals it under a passphrase. Requires: it is not sealed. As secret_seal_new and secret_seal_key;
 * unchanged on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_file_seal(struct trustee_file *file, struct bytes passphrase, uint32_t operations,
		  uint32_t memory_kib, const struct random_source *random, struct problem *problem);
/* The secret; passphrase is not looked at if it is not sealed. E_INVALID if the passphrase does not
 * open it or what it holds is no scalar, E_MEMORY. secret is zeros on failure; else the caller
 * wipes it. */
UNDERSIGN_MUST_CHECK enum undersign_status trustee_file_open(struct scalar *secret,
							     const struct trustee_file *file,
							     struct bytes passphrase,
							     struct problem *problem);

/* Makes the file, mode 0600; it must not be there yet. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_file_create(const char *path, const struct trustee_file *file, struct problem *problem);
/* Reads a file; *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_file_read(struct trustee_file **out, const char *path, struct problem *problem);

#endif

/* A member's credential (doc/formats.md 8.1): text, seal, and the file that is rewritten when a
 * column is burnt.
 *
 * A credential holds secrets: it lives in memory for secrets and credential_free wipes it. */
#ifndef UNDERSIGNED_CREDENTIAL_FILE_H
#define UNDERSIGNED_CREDENTIAL_FILE_H

#include "bytes.h"
#include "file.h"
#include "problem.h"
#include "random.h"
#include "secret_seal.h"
#include "status.h"

#include "undersign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREDENTIAL_NAME_MAX     128
#define CREDENTIAL_SEALED_BYTES (SECRET_SEAL_BYTES + UNDERSIGN_SECRET_BYTES)
#define CREDENTIAL_TEXT_MAX     8192

enum credential_state { CREDENTIAL_OPEN, CREDENTIAL_SEALED, CREDENTIAL_BURNT };

/* Dates are seconds since 1970 at the start of the day, UTC; from <= until < burn. */
struct credential_column {
	uint64_t from;
	uint64_t until;
	uint64_t burn;
	enum credential_state state;
	/* UNDERSIGN_SECRET_BYTES of it if open, all if sealed, zeros if burnt. */
	uint8_t secret[CREDENTIAL_SEALED_BYTES];
};

struct credential {
	uint8_t name[CREDENTIAL_NAME_MAX]; /* the roster's */
	size_t name_len;
	uint32_t edition; /* from 1 */
	uint8_t meta[UNDERSIGN_META_MAX];
	size_t meta_len;
	struct secret_seal seal;
	uint32_t n_columns; /* 1 to UNDERSIGN_COLUMNS_MAX */
	struct credential_column columns[UNDERSIGN_COLUMNS_MAX];
};

/* Zeros, in memory for secrets. NULL if there is none. Fill it in, then credential_seal. */
struct credential *credential_new(void);
/* Wipes. NULL: nothing is done. */
void credential_free(struct credential *credential);
/* The roster's name. */
static inline struct bytes credential_name(const struct credential *credential)
{
	return bytes_from(credential->name, credential->name_len);
}

/* Text form. E_FORMAT, *problem has line and rule; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
credential_parse(struct credential *out, struct bytes text, struct problem *problem);
/* Writes a secret: the caller wipes what the writer wrote to. At most CREDENTIAL_TEXT_MAX bytes.
 * Requires: what credential_parse would accept. */
void credential_write(struct writer *writer, const struct credential *credential);

/* Seals all open columns under a passphrase. Requires: no column is sealed yet. As secret_seal_new
 * and secret_seal_key; E_USAGE for a passphrase that is none; unchanged on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
credential_seal(struct credential *credential, struct bytes passphrase, uint32_t operations,
		uint32_t memory_kib, const struct random_source *random, struct problem *problem);

/* The secret of a column (from 1). passphrase is not looked at if the credential is not sealed.
 * E_MISSING if there is no such column or it is burnt, E_INVALID if the passphrase does not open
 * it, E_MEMORY. secret is zeros on failure; else the caller wipes it. */
UNDERSIGN_MUST_CHECK enum undersign_status
credential_secret(uint8_t secret[static UNDERSIGN_SECRET_BYTES],
		  const struct credential *credential, uint32_t column, struct bytes passphrase,
		  struct problem *problem);

/* The columns whose day of burning has come and that are not burnt: bit c - 1 for column c. */
uint32_t credential_due(const struct credential *credential, uint64_t now_seconds);
/* True if nothing is left to burn. */
bool credential_is_burnt(const struct credential *credential);
#define CREDENTIAL_ALL_COLUMNS ((UINT32_C(1) << UNDERSIGN_COLUMNS_MAX) - 1)

/* Makes the file, mode 0600; it must not be there yet. */
UNDERSIGN_MUST_CHECK enum undersign_status
credential_file_create(const char *path, const struct credential *credential,
		       struct problem *problem);
/* Reads a file into a new credential; *out is NULL on failure. *out_due (may be NULL) is
 * credential_due: who uses a credential burns what is due before anything else. */
UNDERSIGN_MUST_CHECK enum undersign_status credential_file_read(struct credential **out,
								uint32_t *out_due, const char *path,
								uint64_t now_seconds,
								struct problem *problem);
/* Burns these columns, with or without a passphrase known: the file is replaced by one without
 * their secrets and what it held is overwritten; credential is brought up to date only if that
 * succeeded. Columns that are burnt already or do not exist are passed over; if none is left
 * nothing is written. Say FILE_BURN_CAVEAT afterwards. Requires: credential was read from path;
 * E_CONFLICT if the file has changed since. */
UNDERSIGN_MUST_CHECK enum undersign_status credential_file_burn(const char *path,
								struct credential *credential,
								uint32_t columns,
								struct problem *problem);

#endif

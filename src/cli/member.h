/* A member's credential in use. Whatever uses one burns first what is due, and says so: signers and
 * non-signers alike, so that burning tells nothing. */
#ifndef UNDERSIGNED_MEMBER_H
#define UNDERSIGNED_MEMBER_H

#include "credential_file.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads the file and burns what is due at `now` (seconds since 1970). *out is NULL on failure, else
 * the caller's (credential_free). *problem (not NULL) then tells; nothing has been said of it yet.
 */
UNDERSIGN_MUST_CHECK enum undersign_status member_open(struct credential **out, const char *path,
						       uint64_t now, struct problem *problem);

/* The secret of a column, asking for the passphrase where the credential has one: from descriptor
 * passphrase_fd, or on the terminal if that is TERMINAL_ASK. The caller wipes secret. As
 * credential_secret. */
UNDERSIGN_MUST_CHECK enum undersign_status
member_secret(uint8_t secret[static UNDERSIGN_SECRET_BYTES], const struct credential *credential,
	      uint32_t column, const char *path, int passphrase_fd, struct problem *problem);

/* The passphrase of a sealed credential, asked for as in member_secret, into memory for secrets of
 * SECRET_SEAL_PASS_MAX bytes; none (*out_len 0) for one that is not sealed. */
UNDERSIGN_MUST_CHECK enum undersign_status member_passphrase(uint8_t *out, size_t *out_len,
							     const struct credential *credential,
							     const char *path, int passphrase_fd,
							     struct problem *problem);

/* Burns columns (bit c - 1 for column c) and says which. */
UNDERSIGN_MUST_CHECK enum undersign_status member_burn(const char *path,
						       struct credential *credential,
						       uint32_t columns, struct problem *problem);

#endif

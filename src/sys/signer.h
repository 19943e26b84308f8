/* Private keys of organisers, stewards and logs: one file each in the form of doc/formats.md 2,
 * mode 0600; Ed25519 by libsodium, the seed in memory for secrets. */
#ifndef UNDERSIGNED_SIGNER_H
#define UNDERSIGNED_SIGNER_H

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "random.h"
#include "status.h"

struct signer;

/* Makes a key and its file, which must not be there yet. name: as note_name_is_valid, else
 * E_USAGE. *out is NULL on failure, and no file is left. */
UNDERSIGN_MUST_CHECK enum undersign_status signer_new(struct signer **out, const char *path,
						      struct bytes name,
						      const struct random_source *random,
						      struct problem *problem);
/* Reads a key's file: one line. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status signer_open(struct signer **out, const char *path,
						       struct problem *problem);
/* Its public half; a view that lives as long as the signer. */
const struct note_key *signer_key(const struct signer *signer);
/* For note_sign; lives as long as the signer. Signatures are deterministic (RFC 8032). */
struct note_signer signer_note_signer(struct signer *signer);
/* Wipes. NULL: nothing is done. */
void signer_close(struct signer *signer);

#endif

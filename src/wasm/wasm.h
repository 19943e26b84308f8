/* The module undersign.wasm: what JavaScript calls, each a thin wrapper of undersign.h. It imports
 * one function, env.random(pointer, length): fills the bytes with the browser's generator and
 * returns 0, or anything else if it cannot. Memory and function table are its own, and exported.
 *
 * Arguments and replies lie in the module's memory. `take` gives room for arguments; every function
 * leaves its answer in the reply, and everything stays until `reset`, which wipes it all. Sizes,
 * addresses and structs are those of wasm32: words of four bytes, little-endian.
 *
 * Functions return a status of undersign.h, 0 for OK. On failure the reply is an object with the
 * texts where, rule and what, as the rows of problems in doc/formats.md 9. All but `open` and those
 * said to need no bundle require that one is open. A trap (RuntimeError) is a fault of the module
 * itself; it is then of no more use.
 *
 * undersign.mjs speaks this for JavaScript. */
#ifndef UNDERSIGNED_WASM_H
#define UNDERSIGNED_WASM_H

#include "undersign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WASM_EXPORT(name) __attribute__((export_name(name)))

/* --- Memory, replies, progress -----------------------------------------------------------------
 */

/* Bytes aligned to 64, zeroed; NULL if there is no memory. Stays until wasm_reset. */
WASM_EXPORT("take") void *wasm_take(size_t len);
/* Closes the bundle, wipes all that was taken, and frees it. */
WASM_EXPORT("reset") void wasm_reset(void);
/* Where the last function's answer is. */
WASM_EXPORT("reply") const struct undersign_bytes *wasm_reply(void);
/* From now on long operations call the function of this number in the exported table, with what is
 * done of all there is to do. NULL: nobody listens. */
typedef void wasm_listener(uint64_t done, uint64_t total);
WASM_EXPORT("listen") void wasm_listen(wasm_listener *listener);

/* --- A bundle ----------------------------------------------------------------------------------
 */

struct wasm_file {
	struct undersign_bytes name; /* a path from the bundle's root */
	struct undersign_bytes content;
};

/* Verifies a bundle, which is then open: undersign_bundle_open. policy may be empty; letter: 32
 * bytes or NULL. The reply is the text of `undersign verify --json`, also where it is refused. */
WASM_EXPORT("open")
enum undersign_status wasm_open(const struct wasm_file *files, size_t n_files,
				const uint8_t *policy, size_t policy_len, const uint8_t *letter);
/* The letter as an object: id, title, text, to, origin, opens, closes and their dates, what a
 * member must know before he signs. */
WASM_EXPORT("letter") enum undersign_status wasm_letter(void);
/* Where a member stands, as an object: his roster, his rings by number (or null), the next seq, and
 * how many letters of the log use his column. secret: UNDERSIGN_SECRET_BYTES. */
WASM_EXPORT("place") enum undersign_status wasm_place(const uint8_t *secret);

/* Statement files: undersign_bundle_sign, undersign_bundle_withdraw. */
WASM_EXPORT("sign")
enum undersign_status wasm_sign(uint32_t ring, bool with_second, uint32_t seq,
				const uint8_t *secret);
WASM_EXPORT("withdraw") enum undersign_status wasm_withdraw(uint32_t seq, const uint8_t *secret);
/* Whether a statement file holds (no reply), and what has become of it (an object). */
WASM_EXPORT("statement_check")
enum undersign_status wasm_statement_check(const uint8_t *statement, size_t len);
WASM_EXPORT("statement_find")
enum undersign_status wasm_statement_find(const uint8_t *statement, size_t len);
/* A tlog-proof of one of the log's entries. */
WASM_EXPORT("inclusion_prove") enum undersign_status wasm_inclusion_prove(uint32_t entry);

/* Claims: a file for everybody, or for the holder of verifier (a verifier-key text) if that is not
 * empty; the text of `undersign check-claim --json`. */
WASM_EXPORT("claim_new")
enum undersign_status wasm_claim_new(const uint8_t *text, size_t text_len, const uint8_t *verifier,
				     size_t verifier_len, const uint8_t *secret);
WASM_EXPORT("claim_check")
enum undersign_status wasm_claim_check(const uint8_t *claim, size_t len);

/* --- Without a bundle --------------------------------------------------------------------------
 */

/* An enrolment request. secrets: n_columns times UNDERSIGN_SECRET_BYTES, written; columns whose
 * bits are in given begin with the secret of another roster: undersign_enrolment_with. */
WASM_EXPORT("enrol")
enum undersign_status wasm_enrol(uint8_t *secrets, uint32_t given, const uint8_t *roster,
				 size_t roster_len, uint32_t edition, const uint8_t *meta,
				 size_t meta_len, uint32_t n_columns);
WASM_EXPORT("enrolment_check")
enum undersign_status wasm_enrolment_check(const uint8_t *request, size_t len);
/* The secret of an Ed25519 key from its 32-byte seed. No reply. */
WASM_EXPORT("secret_from_ed25519")
void wasm_secret_from_ed25519(uint8_t *secret, const uint8_t *seed);
/* The 32 bytes of a member's element. */
WASM_EXPORT("commitment") enum undersign_status wasm_commitment(const uint8_t *secret);
/* An object with the texts public and secret of a new verifier's key. */
WASM_EXPORT("verifier_new")
enum undersign_status wasm_verifier_new(const uint8_t *name, size_t name_len);

/* A ring from a points file, which must stay; NULL if it is refused. No reply if it is not. */
WASM_EXPORT("ring_open")
const struct undersign_ring *wasm_ring_open(const uint8_t *org, size_t org_len,
					    const uint8_t *points, size_t points_len);
/* A proof of protocol 6.1. scope: UNDERSIGN_SCOPE_BYTES. */
WASM_EXPORT("proof_make")
enum undersign_status wasm_proof_make(const struct undersign_ring *ring, const uint8_t *scope,
				      const uint8_t *message, size_t message_len,
				      const uint8_t *secret);
/* One byte for each of n proofs: 1 if it holds, 0 if not. E_INVALID if not all do; the reply is the
 * bytes in both cases. */
WASM_EXPORT("proofs_verify")
enum undersign_status wasm_proofs_verify(const struct undersign_item *items, size_t n);

#endif

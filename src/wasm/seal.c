/* The module seal.wasm: what the kit needs of libsodium to open and make credential files
 * (doc/formats.md 8.1). No imports: whoever calls brings nonces and salts. Memory as that of
 * undersign.wasm: `take` gives room, `reset` wipes it all. Results stand where the caller says. */
#include "seal.h"

#include "heap.h"

#include "argon2.h"
#include "core.h"
#include "crypto_generichash_blake2b.h"
#include "crypto_secretbox.h"
#include "ct.h"
#include "private/implementations.h"
#include "qr.h"
#include "runtime.h"
#include "utils.h"

#include <stdlib.h>

/* --- What libsodium's files call ---------------------------------------------------------------
 */

void sodium_memzero(void *const pnt, const size_t len)
{
	wipe(pnt, len);
}

void sodium_misuse(void)
{
	__builtin_trap();
}

int errno;

/* --- What JavaScript calls ---------------------------------------------------------------------
 */

void *seal_take(size_t len)
{
	return heap_take(len);
}

void seal_reset(void)
{
	heap_reset();
}

uint32_t seal_key(uint8_t *key, uint8_t *passphrase, uint32_t passphrase_len, uint8_t *salt,
		  uint32_t operations, uint32_t memory_kib)
{
	argon2_context context = {
		.out = key,
		.outlen = crypto_secretbox_KEYBYTES,
		.pwd = passphrase,
		.pwdlen = passphrase_len,
		.salt = salt,
		.saltlen = SEAL_SALT_BYTES,
		.t_cost = operations,
		.m_cost = memory_kib,
		.lanes = 1,
		.threads = 1,
		.flags = ARGON2_DEFAULT_FLAGS,
	};

	return argon2_ctx(&context, Argon2_id) == ARGON2_OK ? 0 : 1;
}

void seal_close(uint8_t *box, const uint8_t *secret, uint32_t len, const uint8_t *nonce,
		const uint8_t *key)
{
	(void)crypto_secretbox_easy(box, secret, len, nonce, key);
}

uint32_t seal_open(uint8_t *secret, const uint8_t *box, uint32_t len, const uint8_t *nonce,
		   const uint8_t *key)
{
	return crypto_secretbox_open_easy(secret, box, len, nonce, key) == 0 ? 0 : 1;
}

uint32_t seal_qr(uint8_t *out, const uint8_t *text, uint32_t len)
{
	struct qr qr;

	if (qr_encode(&qr, bytes_from(text, len)) != UNDERSIGN_OK)
		return 0;
	const uint32_t side = qr_side(&qr);
	for (uint32_t y = 0; y < side; y++)
		for (uint32_t x = 0; x < side; x++)
			out[y * side + x] = qr_is_dark(&qr, x, y) ? 1 : 0;
	return side;
}

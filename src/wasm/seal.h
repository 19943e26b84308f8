/* The calls of seal.wasm. Secret but the lengths, salts and nonces; memory-hard parts of Argon2id
 * read at places that depend on the passphrase, as libsodium's do everywhere. */
#ifndef UNDERSIGNED_SEAL_H
#define UNDERSIGNED_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_EXPORT(name) __attribute__((export_name(name)))
#define SEAL_SALT_BYTES   16

/* Bytes aligned to 64, zeroed; NULL if there is no memory. Stays until seal_reset. */
SEAL_EXPORT("take") void *seal_take(size_t len);
/* Wipes all that was taken, the memory of Argon2id too, and frees it. */
SEAL_EXPORT("reset") void seal_reset(void);

/* Argon2id 1.3, one lane: 32 bytes. 0, or 1 without memory or for what it does not take. */
SEAL_EXPORT("key")
uint32_t seal_key(uint8_t *key, uint8_t *passphrase, uint32_t passphrase_len, uint8_t *salt,
		  uint32_t operations, uint32_t memory_kib);
/* A secretbox of len bytes and 16 more. */
SEAL_EXPORT("close")
void seal_close(uint8_t *box, const uint8_t *secret, uint32_t len, const uint8_t *nonce,
		const uint8_t *key);
/* Opens a box of len bytes: 0, or 1 if the key is not its own. */
SEAL_EXPORT("open")
uint32_t seal_open(uint8_t *secret, const uint8_t *box, uint32_t len, const uint8_t *nonce,
		   const uint8_t *key);

/* The QR code of a text: a byte for each module, 1 for a dark one, by rows. The number of modules
 * on a side, at most SEAL_QR_SIDE_MAX; 0 if there is no code. Public. */
#define SEAL_QR_SIDE_MAX 177
SEAL_EXPORT("qr") uint32_t seal_qr(uint8_t *out, const uint8_t *text, uint32_t len);

#endif

/* OpenSSH private keys without a passphrase. libssh itself runs in a child process (ssh_private.c)
 * and is not what is tested. */
#include "fuzz.h"

#include "memory.h"
#include "ssh_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t zeros[ED25519_SEED_BYTES];
	uint8_t seed[ED25519_SEED_BYTES], public_key[ED25519_PUBLIC_BYTES];
	uint8_t again[ED25519_PUBLIC_BYTES];
	struct problem problem = {0};
	enum ssh_private_refusal why;
	enum undersign_status status =
		ssh_private_read(seed, public_key, &why, bytes_from(data, len), NULL, &problem);

	CHECK((status == UNDERSIGN_OK) == (why == SSH_PRIVATE_NONE));
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK) {
		CHECK(memcmp(seed, zeros, sizeof seed) == 0);
		return 0;
	}
	ed25519_seed_to_key(again, seed);
	CHECK(memcmp(again, public_key, sizeof again) == 0);
	return 0;
}

#include "secret.h"

#include "ct.h"
#include "status.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

void *secret_take(size_t len)
{
	/* Without its own set-up the library's guard pages and canary are not there. */
	if (sodium_init() < 0)
		return NULL;
	/* sodium_malloc puts the end, not the start, at the guard page: whole sixteens align both.
	 */
	size_t whole = (len + 15) & ~(size_t)15;
	if (whole < len)
		return NULL;
	void *out = sodium_malloc(whole > 0 ? whole : 16);
	if (out)
		memset(out, 0, whole > 0 ? whole : 16);
	return out;
}

/* Compilers put parts of secrets into places on the stack that no code can name. What calls that
 * have returned left there, as deep as they go, is wiped with the secret. */
#define STACK_BYTES ((size_t)128 * 1024)

static __attribute__((noinline)) void wipe_stack(void)
{
	uint8_t below[STACK_BYTES];

	wipe(below, sizeof below);
}

void secret_free(void *secret)
{
	sodium_free(secret);
	wipe_stack();
}

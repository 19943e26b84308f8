#include "secret.h"

#include "status.h"

#include <sodium.h>
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

void secret_free(void *secret)
{
	sodium_free(secret);
}

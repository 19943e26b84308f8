#include "entropy.h"

#include "ct.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Signals that may interrupt one request before it counts as a failure. */
#define INTERRUPTIONS_MAX 1000

static bool draw(uint8_t *out, size_t len)
{
	size_t done = 0;
	int interruptions = 0;

	while (done < len) {
		ssize_t got = getrandom(out + done, len - done, 0);

		if (got < 0 && errno == EINTR && interruptions++ < INTERRUPTIONS_MAX)
			continue;
		/* Nothing, or more than was asked for: a generator that is not one. */
		if (got <= 0 || (size_t)got > len - done)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* A fresh probe that is not the last one. */
static bool probe_again(struct entropy *entropy)
{
	uint8_t fresh[ENTROPY_PROBE_BYTES];
	bool is_fresh = draw(fresh, sizeof fresh) &&
			!ct_bytes_are_equal(fresh, entropy->probe, sizeof fresh);

	memcpy(entropy->probe, fresh, sizeof fresh);
	wipe(fresh, sizeof fresh);
	return is_fresh;
}

static bool fill_checked(struct entropy *entropy, uint8_t *out, size_t len)
{
	/* The first time two probes are drawn, so that there are two to compare. */
	if (!entropy->has_probe && !probe_again(entropy))
		return false;
	entropy->has_probe = true;
	if (!probe_again(entropy) || !draw(out, len))
		return false;
	return len < ENTROPY_PROBE_BYTES ||
	       !ct_bytes_are_equal(out, entropy->probe, ENTROPY_PROBE_BYTES);
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	struct entropy *entropy = cookie;

	if (!entropy->has_failed && fill_checked(entropy, out, len))
		return UNDERSIGN_OK;
	entropy->has_failed = true;
	wipe(out, len);
	return UNDERSIGN_E_RANDOM;
}

struct random_source entropy_source(struct entropy *entropy)
{
	return (struct random_source){fill, entropy};
}

struct undersign_random entropy_random(struct entropy *entropy)
{
	return (struct undersign_random){fill, entropy};
}

void entropy_close(struct entropy *entropy)
{
	wipe(entropy, sizeof *entropy);
}

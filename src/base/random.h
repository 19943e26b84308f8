/* Randomness is always an argument. */
#ifndef UNDERSIGNED_RANDOM_H
#define UNDERSIGNED_RANDOM_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Fills out with len fresh bytes of the operating system's generator, or fails; never fewer. */
struct random_source {
	enum undersign_status (*fill)(void *cookie, uint8_t *out, size_t len);
	void *cookie;
};

#endif

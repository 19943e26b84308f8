/* Randomness of the operating system (getrandom(2)), fail closed: every fill is complete or fails
 * with E_RANDOM and leaves zeros. A generator that repeats itself is noticed: before each fill a
 * probe of 16 bytes is drawn, which must differ from the one before and from what is given out. */
#ifndef UNDERSIGNED_ENTROPY_H
#define UNDERSIGNED_ENTROPY_H

#include "random.h"

#include "undersign.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTROPY_PROBE_BYTES 16

/* Zero-initialise. One for each thread. Must stay as long as the sources made from it. Secret:
 * wiped with entropy_close. */
struct entropy {
	uint8_t probe[ENTROPY_PROBE_BYTES]; /* the last one */
	bool has_probe;
	bool has_failed; /* once failed, always failed */
};

/* The same source for the modules and for the public header. */
struct random_source entropy_source(struct entropy *entropy);
struct undersign_random entropy_random(struct entropy *entropy);
void entropy_close(struct entropy *entropy);

#endif

/* Sums of ciphertexts (protocol 14.5). Which answers are in which sum is the letter's to say; here
 * they are added. Public; variable time. */
#ifndef UNDERSIGNED_SUMS_H
#define UNDERSIGNED_SUMS_H

#include "shape.h"

#include "status.h"

/* Of one option. */
struct sums_cell {
	struct point r, s;
};

/* n empty sums. */
void sums_begin(struct sums_cell *cells, size_t n);
/* Adds the ciphertexts of an answer, one to each cell; n is the number of options. E_ENCODING if a
 * point cannot be decoded: an answer that was verified has none. */
UNDERSIGN_MUST_CHECK enum undersign_status sums_add_vartime(struct sums_cell *cells,
							    const uint8_t *ciphertexts, size_t n);
/* R ‖ S of each, CIPHERTEXT_BYTES: what trustees make shares for. */
void sums_encode(uint8_t *out, const struct sums_cell *cells, size_t n);

#endif

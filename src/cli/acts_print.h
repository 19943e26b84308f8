/* What stewards have logged of a letter's rosters besides the lists, as people read it. */
#ifndef UNDERSIGNED_ACTS_PRINT_H
#define UNDERSIGNED_ACTS_PRINT_H

#include "opened.h"

/* Of each roster of the tally, on stdout, below its other rows; nothing where nothing is logged. */
struct acts_print {
	struct undersign_acts *acts;
	uint32_t n_bad;
	struct undersign_problem first; /* of the bad ones */
};
/* False: no memory. The caller frees acts. */
bool acts_print_open(struct acts_print *out, const struct opened *opened);
void acts_print_roster(const struct acts_print *print, size_t roster);
/* Records that name one of the rosters and do not hold: they change no count, and must be said. */
void acts_print_bad(const struct acts_print *print);

#endif

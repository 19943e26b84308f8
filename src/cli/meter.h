/* The exposure meter: what a member is shown before anything is signed, always whole. Numbers and
 * plain sentences, never a grade. */
#ifndef UNDERSIGNED_METER_H
#define UNDERSIGNED_METER_H

#include "signing.h"

#include <stdint.h>

/* The letter's title, whom it is addressed to, until when it is open, and the signs to compare with
 * somebody else's copy: its id. Before any secret is asked for. */
void meter_print_letter(const struct opened *opened);
/* How well the member is hidden; the list's sign; the choices by number. */
void meter_print(const struct signing *signing);

#endif

/* The parts of an edition, for edition*.c alone. */
#ifndef UNDERSIGNED_EDITION_PARTS_H
#define UNDERSIGNED_EDITION_PARTS_H

#include "edition.h"
#include "enrolment.h"

#include <stdbool.h>

/* As edition_add_request of a request that was parsed. is_proved: its proofs were found to hold
 * (enrolment_batch_is_valid_vartime), so they are not checked again. */
UNDERSIGN_MUST_CHECK enum undersign_status
edition_add_parsed(struct edition *edition, const struct enrolment *enrolment, bool is_proved,
		   struct bytes request, struct bytes admission, struct problem *problem);

#endif

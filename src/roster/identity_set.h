/* One person, one entry: the hashed identities of an edition's evidence (formats 4.2). Used by
 * editions and their audit. */
#ifndef UNDERSIGNED_IDENTITY_SET_H
#define UNDERSIGNED_IDENTITY_SET_H

#include "admission.h"
#include "element_set.h"

#include "arena.h"
#include "problem.h"
#include "status.h"

#include <stdint.h>

struct identity_set {
	struct element_set identities;
	struct element_set vouchers; /* place.column: how often each has vouched */
};

void identity_set_begin(struct identity_set *out, struct arena *arena);
/* E_CONFLICT if the grounds have an identity of an earlier entry. Those who vouched are no identity
 * of the new member. */
UNDERSIGN_MUST_CHECK enum undersign_status
identity_set_check(const struct identity_set *set, const struct admission_grounds *grounds,
		   struct problem *problem);
/* How often the voucher of this hash has vouched. */
uint32_t identity_set_vouches(const struct identity_set *set,
			      const uint8_t voucher[static SHA256_BYTES]);
/* Checks, then adds the grounds of this entry. E_CONFLICT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status identity_set_add(struct identity_set *set,
							    const struct admission_grounds *grounds,
							    uint32_t entry,
							    struct problem *problem);

#endif

#include "identity_set.h"

void identity_set_begin(struct identity_set *out, struct arena *arena)
{
	element_set_begin(&out->identities, arena);
	element_set_begin(&out->vouchers, arena);
}

uint32_t identity_set_vouches(const struct identity_set *set,
			      const uint8_t voucher[static SHA256_BYTES])
{
	const struct element_place *place = element_set_find(&set->vouchers, voucher);

	return place ? place->column : 0;
}

static enum undersign_status count_vouch(struct identity_set *set,
					 const uint8_t voucher[static SHA256_BYTES], uint32_t entry)
{
	struct element_place *place = element_set_at(&set->vouchers, voucher);

	if (!place)
		return element_set_add(&set->vouchers, voucher,
				       (struct element_place){.entry = entry, .column = 1});
	place->column++;
	return UNDERSIGN_OK;
}

enum undersign_status identity_set_check(const struct identity_set *set,
					 const struct admission_grounds *grounds,
					 struct problem *problem)
{
	if (grounds->kind == EVIDENCE_VOUCH)
		return UNDERSIGN_OK;
	for (uint32_t i = 0; i < grounds->n_identities; i++) {
		const struct element_place *before =
			element_set_find(&set->identities, grounds->identities[i]);

		if (!before)
			continue;
		problem_rule(problem,
			     "one person has one entry in an edition; evidence by a key or "
			     "of a person admits once");
		problem_what_numbers(problem,
				     "this key or person stands already, in entry {1}; of "
				     "identities, it is number {2}",
				     before->entry, i + UINT64_C(1));
		return UNDERSIGN_E_CONFLICT;
	}
	return UNDERSIGN_OK;
}

enum undersign_status identity_set_add(struct identity_set *set,
				       const struct admission_grounds *grounds, uint32_t entry,
				       struct problem *problem)
{
	enum undersign_status status = identity_set_check(set, grounds, problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (uint32_t i = 0; i < grounds->n_identities && status == UNDERSIGN_OK; i++)
		status = grounds->kind == EVIDENCE_VOUCH
				 ? count_vouch(set, grounds->identities[i], entry)
				 : element_set_add(&set->identities, grounds->identities[i],
						   (struct element_place){.entry = entry});
	if (status != UNDERSIGN_OK) {
		problem_rule(problem, "the roster must fit into memory");
		problem_what(problem, "there is none left", bytes_from(NULL, 0));
	}
	return status;
}

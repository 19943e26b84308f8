#include "fuzz.h"

#include "policy.h"

/* A witness more never undoes a quorum. */
static void check_monotone(const struct policy *policy)
{
	bool has_cosigned[POLICY_WITNESSES_MAX] = {false};
	bool is_met = policy_quorum_is_met(policy, has_cosigned);

	for (size_t i = 0; i < policy->n_witnesses; i++) {
		bool was_met = is_met;

		has_cosigned[i] = true;
		is_met = policy_quorum_is_met(policy, has_cosigned);
		CHECK(is_met || !was_met);
	}
	/* All together satisfy every quorum that can be written. */
	CHECK(is_met);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct policy policy;
	static struct problem warnings[POLICY_WARNINGS_MAX];
	size_t n_members[POLICY_GROUPS_MAX] = {0};
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status = policy_parse(&policy, bytes_from(data, len), &problem);

	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	if (status != UNDERSIGN_OK) {
		CHECK(policy.n_logs == 0 && policy.n_witnesses == 0 && policy.n_groups == 0);
		return 0;
	}
	check_monotone(&policy);
	CHECK(policy_lint(&policy, warnings) <= POLICY_WARNINGS_MAX);
	for (size_t i = 0; i < policy.n_witnesses; i++) {
		if (policy.witnesses[i].group != POLICY_NONE)
			n_members[policy.witnesses[i].group]++;
	}
	for (size_t i = 0; i < policy.n_groups; i++) {
		const struct policy_group *group = &policy.groups[i];

		/* Members stand before their group: no cycle. */
		CHECK(group->group == POLICY_NONE ||
		      (group->group > i && group->group < policy.n_groups));
		if (group->group != POLICY_NONE)
			n_members[group->group]++;
		CHECK(n_members[i] == group->n_members);
		CHECK(group->threshold >= 1 && group->threshold <= group->n_members);
	}
	return 0;
}

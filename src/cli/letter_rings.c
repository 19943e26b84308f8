#include "letter_rings.h"

#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_grouped(const struct manifest_group *groups, size_t n, uint32_t roster)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < groups[i].n_rosters; k++) {
			if (groups[i].rosters[k] == roster)
				return true;
		}
	}
	return false;
}

/* The small rosters of a class that are in no group. */
static size_t find_small(uint32_t *out, const struct manifest_group *groups, size_t n_groups,
			 const struct manifest *manifest, enum roster_class class_of_members)
{
	size_t n = 0;
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		const struct manifest_roster *roster = &manifest->rosters[i];
		if (manifest_roster_class(roster) == class_of_members &&
		    roster->members < manifest->ring_min &&
		    !is_grouped(groups, n_groups, (uint32_t)i))
			out[n++] = (uint32_t)i;
	}
	return n;
}

static struct bytes name_group(const char *name, size_t number, struct arena *arena)
{
	char text[ROSTER_NAME_MAX + 1];
	int len = snprintf(text, sizeof(text), "%s %zu", name, number);
	if (len < 0 || (size_t)len >= sizeof(text))
		return bytes_from(NULL, 0);
	return arena_copy(arena, bytes_from(text, (size_t)len));
}

static size_t group_class(struct manifest_group *groups, size_t n_groups,
			  const struct manifest *manifest, enum roster_class class_of_members,
			  const char *name, size_t *number, struct arena *arena)
{
	uint32_t *small = ARENA_TAKE(arena, uint32_t, manifest->n_rosters + 1);
	if (!small)
		return SIZE_MAX;
	size_t n = find_small(small, groups, n_groups, manifest, class_of_members);
	size_t n_before = n_groups, begin = 0;
	uint64_t members = 0;
	for (size_t i = 0; i < n; i++) {
		members += manifest->rosters[small[i]].members;
		/* A roster that is too small is never a group by itself: it takes two at least. */
		if (members < manifest->ring_min)
			continue;
		groups[n_groups].name = name_group(name, ++*number, arena);
		groups[n_groups].rosters = &small[begin];
		groups[n_groups].n_rosters = i + 1 - begin;
		if (!groups[n_groups++].name.data)
			return SIZE_MAX;
		begin = i + 1;
		members = 0;
	}
	if (n_groups > n_before)
		groups[n_groups - 1].n_rosters += n - begin;
	return n_groups;
}

size_t letter_rings_group(struct manifest_group *groups, size_t n_groups,
			  const struct manifest *manifest, const char *name, struct arena *arena)
{
	size_t number = 0;
	n_groups = group_class(groups, n_groups, manifest, ROSTER_ENROLLED, name, &number, arena);
	if (n_groups != SIZE_MAX)
		n_groups = group_class(groups, n_groups, manifest, ROSTER_RAW_KEY, name, &number,
				       arena);
	return n_groups;
}

double letter_rings_chance(uint64_t n, double share, uint64_t least)
{
	double none = 1, fewer = 0;
	for (uint64_t i = 0; i < n; i++)
		none *= 1 - share;
	/* P(x + 1) = P(x) (n - x) / (x + 1) · share / (1 - share) */
	double exactly = none;
	for (uint64_t x = 0; x < least && x <= n; x++) {
		fewer += exactly;
		exactly *= (double)(n - x) / (double)(x + 1) * share / (1 - share);
	}
	return fewer < 1 ? 1 - fewer : 0;
}

static uint64_t members_of(const struct manifest *manifest, const struct manifest_ring *ring)
{
	uint64_t n = 0;
	for (size_t i = 0; i < ring->n_rosters; i++)
		n += manifest->rosters[ring->rosters[i]].members;
	return n;
}

static void say_class(const struct manifest *manifest, enum roster_class class_of_members)
{
	static const unsigned percents[] = {1, 2, 5, 10, 20, 40};
	uint64_t n_all = 0;
	size_t n_own = 0;
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		if (manifest_roster_class(&manifest->rosters[i]) == class_of_members)
			n_all += manifest->rosters[i].members;
	}
	for (size_t i = 0; i < manifest->n_rings; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];
		if (ring->class_of_members != class_of_members)
			continue;
		n_own += ring->type == MANIFEST_RING_OWN;
		talk_say("  %-46.*s %8" PRIu64 "\n", (int)ring->name.len,
			 (const char *)ring->name.data, members_of(manifest, ring));
	}
	if (n_own < 2)
		return;
	talk_say("\n");
	talk_paragraph("If every member is as likely to sign as any other, so many of %zu lists "
		       "have %" PRIu64 " signatures or more, and so a number of their own:",
		       n_own, manifest->hold_min);
	for (size_t p = 0; p < sizeof(percents) / sizeof(percents[0]); p++) {
		double countable = 0;
		for (size_t i = 0; i < manifest->n_rings; i++) {
			const struct manifest_ring *ring = &manifest->rings[i];
			if (ring->class_of_members == class_of_members &&
			    ring->type == MANIFEST_RING_OWN)
				countable += letter_rings_chance(members_of(manifest, ring),
								 percents[p] / 100.0,
								 manifest->hold_min);
		}
		talk_say("  %3u %% sign, %8" PRIu64 "   about %.1f\n", percents[p],
			 (n_all * percents[p] + 50) / 100, countable);
	}
}

void letter_rings_say(const struct manifest *manifest)
{
	bool has_class[3] = {false};
	for (size_t i = 0; i < manifest->n_rings; i++)
		has_class[manifest->rings[i].class_of_members] = true;
	if (has_class[ROSTER_ENROLLED]) {
		talk_say(
			"\nRings of enrolled members, and how many each has (repeats included):\n");
		say_class(manifest, ROSTER_ENROLLED);
	}
	if (has_class[ROSTER_RAW_KEY]) {
		talk_say("\nRings of raw keys, and how many each has (repeats included):\n");
		say_class(manifest, ROSTER_RAW_KEY);
	}
	talk_say("\n");
}

#include "release_check.h"

#include "talk.h"

#include "rings.h"
#include "tally.h"

#include <inttypes.h>

static bool has_grown(const struct replay_letter *letter, size_t ring, uint64_t since)
{
	for (size_t i = letter->n_statements; i-- > 0;) {
		if (letter->statements[i].epoch < since)
			return false;
		if (letter->statements[i].ring == ring)
			return true;
	}
	return false;
}

enum undersign_status release_check(bool *out_names_all, const struct replay_letter *letter,
				    uint64_t since, struct arena *arena)
{
	const struct manifest *manifest = letter->manifest;
	struct bytes *names = ARENA_TAKE(arena, struct bytes, manifest->n_rosters);
	struct tally tally;

	*out_names_all = false;
	if (!names)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++)
		names[i] = manifest->rosters[i].name;
	enum undersign_status status = tally_count(&tally, manifest, names, letter->statements,
						   letter->n_statements, arena);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t r = 0; r < manifest->n_rings; r++) {
		const struct bytes name = manifest->rings[r].name;
		const uint64_t members = rings_last(letter->rings, r)->ring.n;
		const uint64_t n = tally.rings[r];
		if (2 * n <= members || !has_grown(letter, r, since))
			continue;
		if (n == members) {
			*out_names_all = true;
			talk_paragraph("This publishes %" PRIu64 " of %" PRIu64
				       " members of %.*s: everybody on the list would be known to "
				       "have signed.",
				       n, members, (int)name.len, (const char *)name.data);
		} else {
			talk_paragraph("This publishes %" PRIu64 " of %" PRIu64
				       " members of %.*s: more than half. Those who did not sign "
				       "are the smaller group.",
				       n, members, (int)name.len, (const char *)name.data);
		}
	}
	return UNDERSIGN_OK;
}

#include "undersign.h"

#include "bundle_handle.h"
#include "convert.h"
#include "memory.h"
#include "roster_acts.h"

struct told {
	uint32_t n;
	struct undersign_problem *first;
};

static void tell(void *cookie, const struct problem *problem)
{
	struct told *told = cookie;

	if (told->n++ == 0)
		convert_problem(told->first, problem);
}

/* The records of the letter's rosters, read again from the replay; their views stay with it. */
static enum undersign_status read_records(struct snapshot_record *out,
					  const struct undersign_bundle *bundle)
{
	const struct manifest *manifest = &bundle->inner->manifest;

	for (size_t r = 0; r < manifest->n_rosters; r++) {
		const struct bytes entry =
			replay_roster_record(bundle->inner->replay, manifest->rosters[r].record);
		struct note note;
		enum undersign_status status = note_parse(&note, entry, NULL);

		if (status == UNDERSIGN_OK)
			status = snapshot_parse(&out[r], note.text, NULL);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

static struct undersign_acts public_acts(const struct acts *acts)
{
	struct undersign_acts out = {
		.records = acts->n,
		.words = acts->rules.n_words,
		.stewards = acts->rules.n_stewards,
		.vouchers = acts->rules.n_vouchers,
		.vouches = acts->rules.vouches_max,
		.samples = acts->n_samples,
		.sampled = acts->n_drawn,
		.opened = acts->n_opened,
	};

	for (int reason = 0; reason < REFUSAL_N_REASONS; reason++) {
		const uint32_t n = acts->refusals.n_of[reason];

		out.refused = n > UINT32_MAX - out.refused ? UINT32_MAX : out.refused + n;
	}
	return out;
}

enum undersign_status undersign_bundle_acts(struct undersign_acts *acts, uint32_t *n_bad,
					    const struct undersign_bundle *bundle,
					    const struct undersign_memory *memory,
					    struct undersign_problem *problem)
{
	struct arena arena = convert_memory(memory);
	const size_t n = bundle->inner->manifest.n_rosters;
	struct snapshot_record *records = ARENA_TAKE(&arena, struct snapshot_record, n);
	struct acts *found = ARENA_TAKE(&arena, struct acts, n);
	struct undersign_problem unused = {0};
	struct told told = {.first = problem ? problem : &unused};
	const struct roster_acts_told teller = {tell, &told};

	*n_bad = 0;
	memset(acts, 0, n * sizeof *acts);
	if (!records || !found)
		return UNDERSIGN_E_MEMORY;
	const enum undersign_status status = read_records(records, bundle);
	if (status != UNDERSIGN_OK)
		return status;
	roster_acts_read(found, records, n, bundle->inner->replay, &teller);
	for (size_t r = 0; r < n; r++)
		acts[r] = public_acts(&found[r]);
	*n_bad = told.n;
	return UNDERSIGN_OK;
}

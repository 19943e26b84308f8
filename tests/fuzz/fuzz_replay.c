/* Logs: manifest, then records and points of its rosters, then the entries, all with u32le lengths.
 * Proofs are not verified, so that what is changed is read to its end. What is accepted has a
 * tally, and the sequencer goes on from it with an epoch that is accepted too. */
#include "fuzz.h"

#include "replay.h"
#include "sequencer.h"
#include "tally.h"

static struct bytes take(struct cursor *cursor)
{
	return cursor_take(cursor, cursor_u32le(cursor));
}

static enum undersign_status open_rings(struct letter_rings **out, struct manifest *manifest,
					struct cursor *cursor, struct arena *arena,
					struct bytes *organisations)
{
	struct rings_source *sources = ARENA_TAKE(arena, struct rings_source, manifest->n_rosters);
	struct snapshot_record *records =
		ARENA_TAKE(arena, struct snapshot_record, manifest->n_rosters);

	if (!sources || !records)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		struct note note;
		enum undersign_status status =
			snapshot_open(&records[i], &note, take(cursor), NULL);

		if (status != UNDERSIGN_OK)
			return status;
		sources[i] = (struct rings_source){take(cursor), &records[i]};
		organisations[i] = records[i].organisation;
	}
	return rings_open(out, manifest, sources, arena, NULL, NULL, NULL, NULL);
}

/* An epoch more, empty but for what is given: the replay takes what the sequencer makes. */
static void go_on(struct replay *replay, struct arena *arena)
{
	struct sequencer_input input = {.replay = replay};
	struct sequencer_output output;
	struct problem problem = {0};
	const struct record_log *log = replay_log(replay);

	if (!log)
		return;
	input.epoch.number = replay_epoch(replay) + 1;
	if (record_log_instant(&input.epoch.seconds, log, input.epoch.number) != UNDERSIGN_OK)
		return;
	if (sequencer_run(&output, &input, arena, &problem) == UNDERSIGN_E_MEMORY)
		return;
	CHECK(output.n_entries == 1);
	CHECK(replay_entry(replay, output.entries[0], &problem) == UNDERSIGN_OK);
	CHECK(replay_end(replay, &problem) == UNDERSIGN_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 24] __attribute__((aligned(64)));
	struct cursor cursor = cursor_new(bytes_from(data, len));
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct bytes organisations[MANIFEST_ROSTERS_MAX];
	struct bytes manifest_note = take(&cursor);
	struct replay_options options = {0};
	struct problem problem = {0};
	struct letter_rings *rings;
	struct replay_letter *letter;
	struct manifest manifest;
	struct replay *replay;
	struct tally tally;
	struct note note;
	enum undersign_status status;

	if (note_parse(&note, manifest_note, NULL) != UNDERSIGN_OK ||
	    manifest_parse(&manifest, note.text, &arena, NULL) != UNDERSIGN_OK ||
	    open_rings(&rings, &manifest, &cursor, &arena, organisations) != UNDERSIGN_OK)
		return 0;
	options.log = &manifest.log;
	if (replay_new(&replay, &options, &arena) != UNDERSIGN_OK ||
	    replay_add_letter(replay, &letter, &manifest, manifest_note, rings, &problem) !=
		    UNDERSIGN_OK)
		return 0;
	do {
		status = replay_entry(replay, take(&cursor), &problem);
	} while (status == UNDERSIGN_OK && !cursor_is_at_end(&cursor) && !cursor.has_failed);
	if (status == UNDERSIGN_OK)
		status = replay_end(replay, &problem);
	if (status == UNDERSIGN_E_MEMORY)
		return 0;
	if (status != UNDERSIGN_OK) {
		CHECK(bytes_begin_with(bytes_from_text(problem.where), bytes_from_text("entry ")));
		CHECK(problem.rule[0] != '\0');
		return 0;
	}
	if (tally_count(&tally, &manifest, organisations, letter->statements, letter->n_statements,
			&arena) != UNDERSIGN_OK)
		return 0;
	CHECK(tally.total + tally.withdrawn <= letter->n_tags);
	go_on(replay, &arena);
	return 0;
}

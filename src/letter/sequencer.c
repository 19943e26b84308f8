#include "sequencer.h"

#include "memory.h"
#include "order.h"
#include "record.h"
#include "sorting.h"

const char *sequencer_fate_text(enum sequencer_fate fate)
{
	switch (fate) {
	case SEQUENCER_RELEASED:
		return "published";
	case SEQUENCER_RELEASED_SECOND:
		return "published in the ring of all, by its second proof";
	case SEQUENCER_HELD:
		return "held: it is not published yet";
	case SEQUENCER_DROPPED_REPEATED:
		return "dropped: it is published already, or was given twice";
	case SEQUENCER_DROPPED_SUPERSEDED:
		return "dropped: a later statement of the same member replaces it";
	case SEQUENCER_DROPPED_WITHDRAWN:
		return "dropped: its member has withdrawn it";
	case SEQUENCER_DROPPED_UNRELEASED:
		return "dropped: the letter is closed, too few of its list have signed, and it has "
		       "no second proof";
	case SEQUENCER_DROPPED_CLOSED:
		return "dropped: the letter was closed before";
	case SEQUENCER_DROPPED_UNKNOWN:
		break;
	}
	return "dropped: it is not of a letter of this log, or of no ring of its letter";
}

/* A statement file with all that its fate depends on. */
struct item {
	struct statement_file file;
	uint8_t hashes[2][SHA256_BYTES]; /* of its entries; zeros where there is none */
	uint32_t rings[2];
	size_t letter; /* index; SIZE_MAX */
	enum sequencer_fate fate;
	bool is_new; /* a signature with a tag that its ring does not show yet: the ring decides */
};

/* A letter as it is in the epoch that is made. */
struct letter_state {
	struct replay_letter *letter;
	bool is_open; /* takes statements */
	bool is_over;
	bool is_closing;
	uint64_t *n_new; /* of each ring */
};

struct run {
	const struct sequencer_input *input;
	struct sequencer_output *out;
	struct arena *arena;
	struct problem *problem;
	struct letter_state *letters;
	size_t n_letters;
	struct item *items;
	struct bytes *entries;
	struct order_key *keys;
	uint32_t *indexes;
	size_t n_entries, capacity;
};

static int compare_keys(const void *items, uint32_t a, uint32_t b)
{
	const struct order_key *keys = items;

	return order_compare(&keys[a], &keys[b]);
}

static enum undersign_status add_entry(struct run *run, struct bytes entry)
{
	CHECK(run->n_entries < run->capacity);
	run->entries[run->n_entries] = entry;
	run->indexes[run->n_entries] = (uint32_t)run->n_entries;
	return order_key_of(&run->keys[run->n_entries++], run->input->epoch.number, entry,
			    run->problem);
}

static enum undersign_status add_header(struct run *run)
{
	uint8_t *header = arena_take(run->arena, 1, ORDER_HEADER_BYTES);

	if (!header)
		return UNDERSIGN_E_MEMORY;
	order_epoch_write(header, &run->input->epoch);
	return add_entry(run, bytes_from(header, ORDER_HEADER_BYTES));
}

static enum undersign_status make_letters(struct run *run)
{
	const struct replay *replay = run->input->replay;

	run->n_letters = replay_n_letters(replay);
	run->letters = ARENA_TAKE(run->arena, struct letter_state, run->n_letters);
	if (!run->letters)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < run->n_letters; i++) {
		struct letter_state *state = &run->letters[i];

		state->letter = replay_letter_at(replay, i);
		state->n_new = ARENA_TAKE(run->arena, uint64_t, state->letter->manifest->n_rings);
		if (!state->n_new)
			return UNDERSIGN_E_MEMORY;
	}
	return UNDERSIGN_OK;
}

/* Opening and closing, as the log has them and as the records of this epoch, in their order, will.
 */
static void date_letter(struct run *run, struct letter_state *state, const uint32_t *records,
			size_t n_records)
{
	struct replay_letter *letter = state->letter;
	const struct manifest *manifest = letter->manifest;
	uint64_t epoch = run->input->epoch.number;
	bool is_opened = letter->opened_at != REPLAY_NONE;
	bool has_close = letter->has_close;
	uint64_t opening = is_opened ? letter->opening : manifest->opens;
	uint64_t closing = letter->closing;

	for (size_t i = 0; i < n_records; i++) {
		struct bytes entry = run->entries[records[i]];
		struct record_open open;
		struct record_close close;
		struct note note;

		if (note_parse(&note, entry, NULL) != UNDERSIGN_OK)
			continue;
		switch (record_kind_of(entry)) {
		case RECORD_OPEN:
			if (record_open_parse(&open, note.text, NULL) == UNDERSIGN_OK &&
			    memcmp(open.letter, manifest->context, HASH_BYTES) == 0)
				is_opened = true;
			break;
		case RECORD_CLOSE:
			if (record_close_parse(&close, note.text, NULL) != UNDERSIGN_OK ||
			    memcmp(close.letter, manifest->context, HASH_BYTES) != 0 || has_close)
				break;
			has_close = true;
			if (close.epoch >= epoch && close.epoch <= manifest->closes)
				closing = close.epoch;
			break;
		default:
			break;
		}
	}
	state->is_open = is_opened && epoch >= opening && epoch <= closing;
	state->is_over = epoch > closing;
	state->is_closing = epoch == closing;
}

/* The records, each once; they stand in the run's entries in their order. */
static enum undersign_status take_records(struct run *run)
{
	const struct sequencer_input *input = run->input;
	uint32_t *sorted = ARENA_TAKE(run->arena, uint32_t, input->n_records);
	size_t first = run->n_entries;
	size_t n = 0;

	if (!sorted)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < input->n_records; i++) {
		enum undersign_status status = UNDERSIGN_E_FORMAT;
		struct note note;
		size_t at = run->n_entries;
		bool is_repeated;

		if (order_kind_of(input->records[i]) == ORDER_RECORD)
			status = note_parse(&note, input->records[i], run->problem);
		if (status == UNDERSIGN_OK)
			status = add_entry(run, input->records[i]);
		if (status != UNDERSIGN_OK) {
			problem_inside_number(run->problem, "record", i);
			return status;
		}
		is_repeated = replay_find(input->replay, run->keys[at].entry) != REPLAY_NONE;
		for (size_t j = first; j < at && !is_repeated; j++)
			is_repeated = order_compare(&run->keys[j], &run->keys[at]) == 0;
		run->out->record_is_repeated[i] = is_repeated;
		if (is_repeated)
			run->n_entries--;
	}
	for (size_t i = first; i < run->n_entries; i++)
		sorted[n++] = (uint32_t)i;
	sorting_indexes(sorted, n, compare_keys, run->keys);
	for (size_t i = 0; i < run->n_letters; i++)
		date_letter(run, &run->letters[i], sorted, n);
	return UNDERSIGN_OK;
}

/* Finds a file's letter and rings, and what speaks against it by itself. */
static void place_item(struct run *run, struct item *item)
{
	struct letter_state *state;

	item->letter = SIZE_MAX;
	item->fate = SEQUENCER_DROPPED_UNKNOWN;
	for (size_t i = 0; i < run->n_letters; i++) {
		const struct manifest *manifest = run->letters[i].letter->manifest;

		if (statement_is_of_letter(&item->file.statements[0], manifest->context))
			item->letter = i;
	}
	if (item->letter == SIZE_MAX)
		return;
	state = &run->letters[item->letter];
	if (rings_check_file(state->letter->rings, &item->file, NULL) != UNDERSIGN_OK) {
		item->letter = SIZE_MAX;
		return;
	}
	for (size_t i = 0; i < item->file.n; i++) {
		const struct statement *statement = &item->file.statements[i];

		item->rings[i] = TALLY_NO_RING;
		if (statement->action == MESSAGE_SIGN)
			item->rings[i] =
				rings_find(state->letter->rings, statement->ring_id)->number;
	}
	item->fate = SEQUENCER_HELD;
	if (state->is_over)
		item->fate = SEQUENCER_DROPPED_CLOSED;
	for (size_t i = 0; i < item->file.n; i++) {
		if (replay_find(run->input->replay, item->hashes[i]) != REPLAY_NONE)
			item->fate = SEQUENCER_DROPPED_REPEATED;
	}
}

static enum undersign_status make_items(struct run *run)
{
	const struct sequencer_input *input = run->input;

	run->items = ARENA_TAKE(run->arena, struct item, input->n_files);
	if (!run->items)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < input->n_files; i++) {
		struct item *item = &run->items[i];
		enum undersign_status status =
			statement_file_parse(&item->file, input->files[i], run->problem);

		if (status != UNDERSIGN_OK) {
			problem_inside_number(run->problem, "given file", i);
			return status;
		}
		for (size_t j = 0; j < item->file.n; j++)
			sha256(item->hashes[j], item->file.statements[j].entry);
		place_item(run, item);
	}
	return UNDERSIGN_OK;
}

static int compare_items(const void *items, uint32_t a, uint32_t b)
{
	const struct item *left = (const struct item *)items + a;
	const struct item *right = (const struct item *)items + b;
	int order;

	if (left->letter != right->letter)
		return left->letter < right->letter ? -1 : 1;
	order = memcmp(statement_tag(&left->file.statements[0]),
		       statement_tag(&right->file.statements[0]), POINT_BYTES);
	if (order != 0)
		return order;
	if (left->rings[0] != right->rings[0])
		return left->rings[0] < right->rings[0] ? -1 : 1;
	return memcmp(left->hashes, right->hashes, sizeof(left->hashes));
}

static bool is_same_tag(const struct item *a, const struct item *b)
{
	return a->letter == b->letter &&
	       memcmp(statement_tag(&a->file.statements[0]), statement_tag(&b->file.statements[0]),
		      POINT_BYTES) == 0;
}

/* What the tag's other statements, logged and given, say of one. */
static enum sequencer_fate weigh(const struct item *item, uint32_t highest,
				 uint32_t highest_withdrawal)
{
	const struct statement *statement = &item->file.statements[0];

	if (statement->action == MESSAGE_SIGN && statement->seq <= highest_withdrawal)
		return SEQUENCER_DROPPED_WITHDRAWN;
	if (statement->seq < highest)
		return SEQUENCER_DROPPED_SUPERSEDED;
	return statement->action == MESSAGE_SIGN ? SEQUENCER_HELD : SEQUENCER_RELEASED;
}

/* All statements of one tag: which are kept, and in which rings the tag is new. */
static void settle_tag(struct run *run, const uint32_t *order, size_t begin, size_t end)
{
	struct letter_state *state = &run->letters[run->items[order[begin]].letter];
	const struct replay_tag *logged = replay_tag(
		state->letter, statement_tag(&run->items[order[begin]].file.statements[0]));
	uint32_t highest = logged ? logged->highest_seq : 0;
	uint32_t highest_withdrawal = logged ? logged->highest_withdrawal : 0;
	uint32_t counted = TALLY_NO_RING;

	for (size_t i = begin; i < end; i++) {
		struct item *item = &run->items[order[i]];
		const struct statement *statement = &item->file.statements[0];

		if (i > begin && memcmp(item->hashes, run->items[order[i - 1]].hashes,
					sizeof(item->hashes)) == 0)
			item->fate = SEQUENCER_DROPPED_REPEATED;
		if (item->fate != SEQUENCER_HELD)
			continue;
		if (statement->seq > highest)
			highest = statement->seq;
		if (statement->action == MESSAGE_WITHDRAW && statement->seq > highest_withdrawal)
			highest_withdrawal = statement->seq;
	}
	for (size_t i = begin; i < end; i++) {
		struct item *item = &run->items[order[i]];

		if (item->fate != SEQUENCER_HELD)
			continue;
		item->fate = weigh(item, highest, highest_withdrawal);
		if (item->fate != SEQUENCER_HELD)
			continue;
		if (replay_tag_is_in_ring(state->letter, logged, item->rings[0])) {
			item->fate = SEQUENCER_RELEASED;
			continue;
		}
		item->is_new = true;
		/* Statements of one ring stand together: the tag is counted once in each. */
		if (item->rings[0] != counted)
			state->n_new[item->rings[0]]++;
		counted = item->rings[0];
	}
}

/* The ring's word on a tag that is new in it. */
static enum sequencer_fate release(const struct letter_state *state, const struct item *item)
{
	uint32_t ring = item->rings[0];

	if (state->n_new[ring] >= state->letter->manifest->hold_min)
		return SEQUENCER_RELEASED;
	if (!state->is_closing)
		return SEQUENCER_HELD;
	if (manifest_ring_is_of_all(state->letter->manifest, ring) ||
	    replay_ring_is_released(state->letter, ring))
		return SEQUENCER_RELEASED;
	return item->file.n == 2 ? SEQUENCER_RELEASED_SECOND : SEQUENCER_DROPPED_UNRELEASED;
}

static enum undersign_status settle_items(struct run *run)
{
	size_t n = run->input->n_files;
	uint32_t *order = ARENA_TAKE(run->arena, uint32_t, n);
	size_t n_known = 0;

	if (!order)
		return UNDERSIGN_E_MEMORY;
	/* A letter that is not open yet keeps what it is given, unlooked at. */
	for (size_t i = 0; i < n; i++) {
		const struct item *item = &run->items[i];

		if (item->letter != SIZE_MAX && run->letters[item->letter].is_open)
			order[n_known++] = (uint32_t)i;
	}
	sorting_indexes(order, n_known, compare_items, run->items);
	for (size_t begin = 0, end; begin < n_known; begin = end) {
		for (end = begin + 1; end < n_known; end++) {
			if (!is_same_tag(&run->items[order[begin]], &run->items[order[end]]))
				break;
		}
		settle_tag(run, order, begin, end);
	}
	for (size_t i = 0; i < n; i++) {
		struct item *item = &run->items[i];

		if (item->is_new)
			item->fate = release(&run->letters[item->letter], item);
		run->out->fates[i] = item->fate;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status add_released(struct run *run)
{
	for (size_t i = 0; i < run->input->n_files; i++) {
		const struct item *item = &run->items[i];
		enum undersign_status status = UNDERSIGN_OK;

		if (item->fate == SEQUENCER_RELEASED)
			status = add_entry(run, item->file.statements[0].entry);
		else if (item->fate == SEQUENCER_RELEASED_SECOND)
			status = add_entry(run, item->file.statements[1].entry);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

/* In canonical order, each once: two files may have one entry in common. */
static enum undersign_status write_entries(struct run *run)
{
	struct sequencer_output *out = run->out;

	out->entries = ARENA_TAKE(run->arena, struct bytes, run->n_entries);
	if (!out->entries)
		return UNDERSIGN_E_MEMORY;
	sorting_indexes(run->indexes, run->n_entries, compare_keys, run->keys);
	for (size_t i = 0; i < run->n_entries; i++) {
		if (i > 0 && compare_keys(run->keys, run->indexes[i - 1], run->indexes[i]) == 0)
			continue;
		out->entries[out->n_entries++] = run->entries[run->indexes[i]];
	}
	return UNDERSIGN_OK;
}

enum undersign_status sequencer_run(struct sequencer_output *out,
				    const struct sequencer_input *input, struct arena *arena,
				    struct problem *problem)
{
	struct run run = {.input = input, .out = out, .arena = arena, .problem = problem};
	uint64_t last = replay_epoch(input->replay);
	enum undersign_status status;

	memset(out, 0, sizeof(*out));
	if (input->epoch.number != (last == REPLAY_NONE ? 0 : last + 1))
		return UNDERSIGN_E_USAGE;
	run.capacity = 1 + input->n_records + input->n_files;
	run.entries = ARENA_TAKE(arena, struct bytes, run.capacity);
	run.keys = ARENA_TAKE(arena, struct order_key, run.capacity);
	run.indexes = ARENA_TAKE(arena, uint32_t, run.capacity);
	out->fates = ARENA_TAKE(arena, enum sequencer_fate, input->n_files);
	out->record_is_repeated = ARENA_TAKE(arena, bool, input->n_records);
	if (!run.entries || !run.keys || !run.indexes || !out->fates || !out->record_is_repeated)
		return UNDERSIGN_E_MEMORY;
	status = add_header(&run);
	if (status == UNDERSIGN_OK)
		status = make_letters(&run);
	if (status == UNDERSIGN_OK)
		status = take_records(&run);
	if (status == UNDERSIGN_OK)
		status = make_items(&run);
	if (status == UNDERSIGN_OK)
		status = settle_items(&run);
	if (status == UNDERSIGN_OK)
		status = add_released(&run);
	if (status == UNDERSIGN_OK)
		status = write_entries(&run);
	return status;
}

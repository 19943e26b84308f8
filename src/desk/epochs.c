#include "epochs.h"

#include "rings.h"
#include "sha2.h"

#include <string.h>

static enum undersign_status open_letter(struct epochs *epochs, size_t i,
					 const struct parallel *parallel, struct problem *problem)
{
	const struct letter_folder *folder = epochs->folders[i];
	const struct manifest *manifest = &folder->manifest;
	struct rings_source *sources =
		ARENA_TAKE(epochs->arena, struct rings_source, manifest->n_rosters);
	struct letter_rings *rings;

	if (!sources)
		return UNDERSIGN_E_MEMORY;
	for (size_t j = 0; j < manifest->n_rosters; j++)
		sources[j] = (struct rings_source){folder->points[j], &folder->bases[j]};
	enum undersign_status status =
		rings_open(&rings, manifest, sources, epochs->arena, parallel, NULL, NULL, problem);
	if (status == UNDERSIGN_OK)
		status = replay_add_letter(epochs->replay, &epochs->letters[i], manifest,
					   folder->note, rings, problem);
	return status;
}

enum undersign_status epochs_open(struct epochs *out, const struct record_log *log,
				  struct bytes log_note, const struct letter_folder *const *folders,
				  size_t n_letters, const struct parallel *parallel,
				  struct arena *arena, struct problem *problem)
{
	*out = (struct epochs){.arena = arena,
			       .log = log,
			       .log_note = log_note,
			       .folders = folders,
			       .n_letters = n_letters};
	out->options.log = &log->log;
	enum undersign_status status = replay_new(&out->replay, &out->options, arena);
	out->letters = ARENA_TAKE(arena, struct replay_letter *, n_letters + 1);
	if (status == UNDERSIGN_OK && !out->letters)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n_letters && status == UNDERSIGN_OK; i++) {
		status = open_letter(out, i, parallel, problem);
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "letter", bytes_from_text(folders[i]->path));
	}
	return status;
}

enum undersign_status epochs_feed(struct epochs *epochs, const struct bytes *entries, size_t n,
				  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	if (n == 0)
		return status;
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = replay_entry(epochs->replay, entries[i], problem);
	if (status == UNDERSIGN_OK)
		status = replay_end(epochs->replay, problem);
	return status;
}

uint64_t epochs_next(const struct epochs *epochs)
{
	const uint64_t last = replay_epoch(epochs->replay);
	return last == REPLAY_NONE ? 0 : last + 1;
}

bool epochs_due(uint64_t *out, const struct record_log *log, uint64_t seconds)
{
	*out = 0;
	if (seconds < log->begins)
		return false;
	*out = (seconds - log->begins) / log->epoch_seconds;
	return true;
}

uint64_t epochs_window(const struct epochs *epochs, uint64_t epoch)
{
	const uint64_t next = epochs_next(epochs);
	uint64_t at = epoch;

	for (size_t i = 0; i < epochs->n_letters; i++) {
		const uint64_t closing = epochs->letters[i]->closing;
		if (closing < at && closing >= next)
			at = closing;
	}
	return at;
}

/* One record beside the others of the epoch. Its author's is the only signature. */
static enum undersign_status check_record(const struct epochs *epochs,
					  const struct epochs_records *records, size_t i,
					  struct bytes *others, uint64_t epoch, struct arena *arena,
					  struct problem *problem)
{
	struct replay_keys keys = {NULL, 0, NULL};
	size_t n = 0;

	for (size_t j = 0; j < records->n; j++)
		if (j != i)
			others[n++] = records->records[j];
	return sequencer_check_record(epochs->replay, records->records[i], epoch, others, n, &keys,
				      arena, problem);
}

/* Leaves out what does not hold, again and again: what names it does not hold then either. */
static enum undersign_status check_records(const struct epochs *epochs, struct epochs_records *out,
					   uint64_t epoch, bool may_leave_out, struct arena *arena,
					   struct problem *problem)
{
	struct bytes *others = ARENA_TAKE(arena, struct bytes, out->n + 1);
	size_t i = 0;

	out->left_out = ARENA_TAKE(arena, struct problem, out->n + 1);
	if (!others || !out->left_out)
		return UNDERSIGN_E_MEMORY;
	while (i < out->n) {
		struct problem fault = {0};
		enum undersign_status status =
			check_record(epochs, out, i, others, epoch, arena, &fault);
		if (status == UNDERSIGN_OK) {
			i++;
			continue;
		}
		if (!may_leave_out || status == UNDERSIGN_E_MEMORY) {
			if (problem)
				*problem = fault;
			return status;
		}
		out->left_out[out->n_left_out++] = fault;
		out->n--;
		memmove(out->records + i, out->records + i + 1,
			(out->n - i) * sizeof *out->records);
		i = 0;
	}
	return UNDERSIGN_OK;
}

static bool is_among(const struct epochs_records *records, struct bytes record)
{
	for (size_t i = 0; i < records->n; i++)
		if (bytes_are_equal(records->records[i], record))
			return true;
	return false;
}

/* If neither the log nor the list has it. */
static void add_record(const struct epochs *epochs, struct epochs_records *out, struct bytes record)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, record);
	if (!is_among(out, record) && replay_find(epochs->replay, hash) == REPLAY_NONE)
		out->records[out->n++] = record;
}

enum undersign_status epochs_collect(struct epochs *epochs, struct epochs_records *out,
				     uint64_t epoch, const struct bytes *more, size_t n_more,
				     bool may_leave_out, struct arena *arena,
				     struct problem *problem)
{
	size_t n = 1 + n_more;

	*out = (struct epochs_records){0};
	for (size_t i = 0; i < epochs->n_letters; i++)
		n += epochs->folders[i]->n_records;
	out->records = ARENA_TAKE(arena, struct bytes, n);
	if (!out->records)
		return UNDERSIGN_E_MEMORY;
	if (!replay_log(epochs->replay))
		out->records[out->n++] = epochs->log_note;
	for (size_t i = 0; i < epochs->n_letters; i++)
		for (size_t j = 0; j < epochs->folders[i]->n_records; j++)
			add_record(epochs, out, epochs->folders[i]->records[j]);
	for (size_t i = 0; i < n_more; i++)
		add_record(epochs, out, more[i]);
	return check_records(epochs, out, epoch, may_leave_out, arena, problem);
}

static enum undersign_status add_entries(struct epochs_made *made, const struct bytes *entries,
					 size_t n, struct arena *arena)
{
	if (made->n_entries + n > made->capacity) {
		const size_t capacity = 2 * (made->n_entries + n);
		struct bytes *grown = ARENA_TAKE(arena, struct bytes, capacity);
		if (!grown)
			return UNDERSIGN_E_MEMORY;
		if (made->n_entries > 0)
			memcpy(grown, made->entries, made->n_entries * sizeof *grown);
		made->entries = grown;
		made->capacity = capacity;
	}
	if (n > 0)
		memcpy(made->entries + made->n_entries, entries, n * sizeof *entries);
	made->n_entries += n;
	return UNDERSIGN_OK;
}

/* True if a letter closes in this epoch. */
static bool is_closing(const struct epochs *epochs, uint64_t epoch)
{
	for (size_t i = 0; i < epochs->n_letters; i++)
		if (epochs->letters[i]->closing == epoch)
			return true;
	return false;
}

/* Room for what is offered to one epoch. */
struct offer {
	struct bytes *files;
	size_t *places;
	size_t n;
};

static enum undersign_status make_epoch(struct epochs *epochs, struct epochs_made *made,
					struct sequencer_input *input, const struct offer *offer,
					struct arena *arena, struct problem *problem)
{
	struct sequencer_output output;

	enum undersign_status status =
		record_log_instant(&input->epoch.seconds, epochs->log, input->epoch.number);
	if (status == UNDERSIGN_OK)
		status = sequencer_run(&output, input, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < offer->n; i++) {
		made->fates[offer->places[i]] = output.fates[i];
		made->is_over[offer->places[i]] = output.fates[i] != SEQUENCER_HELD;
	}
	status = add_entries(made, output.entries, output.n_entries, arena);
	if (status == UNDERSIGN_OK)
		status = epochs_feed(epochs, output.entries, output.n_entries, problem);
	return status;
}

enum undersign_status epochs_make(struct epochs *epochs, struct epochs_made *out, uint64_t target,
				  const struct epochs_records *records, const struct bytes *files,
				  size_t n_files, struct arena *arena, struct problem *problem)
{
	struct offer offer = {.files = ARENA_TAKE(arena, struct bytes, n_files + 1),
			      .places = ARENA_TAKE(arena, size_t, n_files + 1)};
	enum undersign_status status = UNDERSIGN_OK;

	*out = (struct epochs_made){0};
	out->fates = ARENA_TAKE(arena, enum sequencer_fate, n_files + 1);
	out->is_over = ARENA_TAKE(arena, bool, n_files + 1);
	if (!offer.files || !offer.places || !out->fates || !out->is_over)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n_files; i++) {
		out->fates[i] = SEQUENCER_HELD;
		out->is_over[i] = false;
	}
	for (uint64_t e = epochs_next(epochs); e <= target && status == UNDERSIGN_OK; e++) {
		struct sequencer_input input = {.replay = epochs->replay,
						.epoch = {.number = e},
						.records = records->records,
						.files = offer.files};
		offer.n = 0;
		for (size_t i = 0; i < n_files && (e == target || is_closing(epochs, e)); i++) {
			if (out->is_over[i])
				continue;
			offer.places[offer.n] = i;
			offer.files[offer.n++] = files[i];
		}
		input.n_files = offer.n;
		/* The log's record opens the first epoch; the others come with the target. */
		if (e == target)
			input.n_records = records->n;
		else if (e == 0)
			input.n_records = 1;
		status = make_epoch(epochs, out, &input, &offer, arena, problem);
	}
	return status;
}

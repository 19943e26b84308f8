#include "publishing.h"

#include "cli.h"

#include "encoding.h"
#include "rings.h"

#include <string.h>

#define STATEMENT_LIMIT ((size_t)64 * 1024)

static enum undersign_status feed(struct publishing *p, size_t from, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	for (size_t i = from; i < p->desk.n_entries && status == UNDERSIGN_OK; i++)
		status = replay_entry(p->replay, p->desk.entries[i], problem);
	if (status == UNDERSIGN_OK)
		status = replay_end(p->replay, problem);
	return status;
}

/* The log so far, with all letters of the desk. Its proofs were verified before they were logged.
 */
enum undersign_status publishing_replay(struct publishing *p, struct problem *problem)
{
	static struct replay_options options;
	struct desk_folder *desk = &p->desk;

	options = (struct replay_options){.log = &desk->log.log};
	enum undersign_status status = replay_new(&p->replay, &options, p->arena);
	p->letters = ARENA_TAKE(p->arena, struct replay_letter *, desk->n_letters + 1);
	if (status == UNDERSIGN_OK && !p->letters)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < desk->n_letters && status == UNDERSIGN_OK; i++) {
		struct letter_folder *folder = &desk->letters[i].folder;
		struct rings_source *sources =
			ARENA_TAKE(p->arena, struct rings_source, folder->manifest.n_rosters);
		struct letter_rings *rings;
		if (!sources)
			return UNDERSIGN_E_MEMORY;
		for (size_t j = 0; j < folder->manifest.n_rosters; j++)
			sources[j] = (struct rings_source){folder->points[j], &folder->bases[j]};
		status = rings_open(&rings, &folder->manifest, sources, p->arena,
				    &p->threads.parallel, NULL, NULL, problem);
		if (status == UNDERSIGN_OK)
			status = replay_add_letter(p->replay, &p->letters[i], &folder->manifest,
						   folder->note, rings, problem);
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "letter", bytes_from_text(desk->letters[i].path));
	}
	if (status == UNDERSIGN_OK && desk->n_entries > 0)
		status = feed(p, 0, problem);
	return status;
}

/* The epoch that the date calls for; E_INVALID if it was closed already. */
static enum undersign_status target_epoch(uint64_t *out, const struct publishing *p,
					  struct problem *problem)
{
	const struct record_log *log = &p->desk.log;
	const uint64_t last = replay_epoch(p->replay);
	const uint64_t next = last == REPLAY_NONE ? 0 : last + 1;
	uint64_t due;

	problem_where(problem, "desk", bytes_from_text(p->desk.path));
	if (p->orders->date < log->begins) {
		problem_rule(problem, "nothing is published before the log begins");
		return UNDERSIGN_E_INVALID;
	}
	*out = (p->orders->date - log->begins) / log->epoch_seconds;
	if (*out < next) {
		uint8_t date[DATE_TIME_LEN];
		struct writer writer = writer_new(date, sizeof date);
		problem_rule(problem, "an epoch is closed once, when its time has come");
		enum undersign_status status = record_log_instant(&due, log, next);
		if (status != UNDERSIGN_OK)
			return status;
		record_log_date_write(&writer, log, due);
		problem_what(problem,
			     "this one is closed (--export writes its bundles again). The next "
			     "can be published on ",
			     writer_view(&writer));
		return UNDERSIGN_E_INVALID;
	}
	memset(problem, 0, sizeof *problem);
	return UNDERSIGN_OK;
}

static enum undersign_status read_files(struct publishing *p, const struct operands *operands,
					struct problem *problem)
{
	const size_t n = p->desk.n_held + operands->n - 1;

	p->files = ARENA_TAKE(p->arena, struct bytes, n + 1);
	p->fates = ARENA_TAKE(p->arena, enum sequencer_fate, n + 1);
	p->is_over = ARENA_TAKE(p->arena, bool, n + 1);
	if (!p->files || !p->fates || !p->is_over)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < p->desk.n_held; i++)
		p->files[p->n_files++] = p->desk.held[i].content;
	for (size_t i = 1; i < operands->n; i++) {
		struct file_content content;
		enum undersign_status status =
			cli_read(&content, operands->at[i], STATEMENT_LIMIT, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		p->files[p->n_files] = arena_copy(p->arena, file_content_view(&content));
		file_content_free(&content);
		if (!p->files[p->n_files++].data)
			return UNDERSIGN_E_MEMORY;
	}
	return UNDERSIGN_OK;
}

/* New files must hold, all of them: nothing is published if one does not. Of those that were
 * delivered twice, one is looked at. */
static enum undersign_status check_files(struct publishing *p, const struct operands *operands,
					 uint64_t epoch, struct problem *problem)
{
	const uint64_t last = replay_epoch(p->replay);
	struct arena_heap scratch;
	uint64_t at = epoch;
	size_t bad;

	/* What came before the closing belongs to it, however late somebody publishes. */
	for (size_t j = 0; j < p->desk.n_letters; j++) {
		const uint64_t closing = p->letters[j]->closing;
		if (closing < at && (last == REPLAY_NONE || closing > last))
			at = closing;
	}
	arena_heap_open(&scratch, SIZE_MAX, false);
	enum undersign_status status = sequencer_check_files(
		&bad, p->replay, &p->generators, p->files + p->desk.n_held,
		p->n_files - p->desk.n_held, at, NULL, &scratch.arena, problem);
	arena_heap_close(&scratch);
	if (status != UNDERSIGN_OK && bad < p->n_files - p->desk.n_held)
		problem_inside(problem, "file", bytes_from_text(operands->at[1 + bad]));
	return status;
}

/* Each record beside the others of the epoch. Their authors' are the only signatures. */
static enum undersign_status check_records(struct publishing *p, uint64_t epoch,
					   struct problem *problem)
{
	struct bytes *others = ARENA_TAKE(p->arena, struct bytes, p->n_records + 1);

	if (!others)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < p->n_records; i++) {
		struct replay_keys keys = {NULL, 0, NULL};
		size_t n = 0;
		for (size_t j = 0; j < p->n_records; j++)
			if (j != i)
				others[n++] = p->records[j];
		enum undersign_status status = sequencer_check_record(
			p->replay, p->records[i], epoch, others, n, &keys, p->arena, problem);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

/* Records of the letters that are not in the log yet. */
static enum undersign_status collect_records(struct publishing *p, uint64_t epoch,
					     struct problem *problem)
{
	size_t n = 1;

	for (size_t i = 0; i < p->desk.n_letters; i++)
		n += p->desk.letters[i].folder.n_records;
	p->records = ARENA_TAKE(p->arena, struct bytes, n);
	if (!p->records)
		return UNDERSIGN_E_MEMORY;
	if (!replay_log(p->replay))
		p->records[p->n_records++] = p->desk.log_note;
	for (size_t i = 0; i < p->desk.n_letters; i++) {
		const struct letter_folder *folder = &p->desk.letters[i].folder;
		for (size_t j = 0; j < folder->n_records; j++) {
			uint8_t hash[SHA256_BYTES];
			bool is_there = false;
			sha256(hash, folder->records[j]);
			for (size_t k = 0; k < p->n_records && !is_there; k++)
				is_there = bytes_are_equal(p->records[k], folder->records[j]);
			if (!is_there && replay_find(p->replay, hash) == REPLAY_NONE)
				p->records[p->n_records++] = folder->records[j];
		}
	}
	return check_records(p, epoch, problem);
}

/* True if a letter closes in this epoch. */
static bool is_closing(const struct publishing *p, uint64_t epoch)
{
	for (size_t i = 0; i < p->desk.n_letters; i++)
		if (p->letters[i]->closing == epoch)
			return true;
	return false;
}

/* Makes one epoch. What waits is offered to the last epoch that is due, and to a closing before it;
 * the others are written empty. */
static enum undersign_status make_epoch(struct publishing *p, uint64_t epoch, uint64_t last,
					struct problem *problem)
{
	struct sequencer_output output;
	struct bytes *files = ARENA_TAKE(p->arena, struct bytes, p->n_files + 1);
	size_t *places = ARENA_TAKE(p->arena, size_t, p->n_files + 1);
	const bool is_offered = epoch == last || is_closing(p, epoch);
	/* The log's record opens the first epoch; the others come when somebody publishes. */
	const bool has_records = epoch == last || epoch == 0;
	size_t n = 0;

	if (!files || !places)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < p->n_files && is_offered; i++) {
		if (p->is_over[i])
			continue;
		places[n] = i;
		files[n++] = p->files[i];
	}
	struct sequencer_input input = {.replay = p->replay,
					.epoch = {.number = epoch},
					.records = p->records,
					.n_records = has_records ? p->n_records : 0,
					.files = files,
					.n_files = n};
	if (epoch == 0 && last > 0)
		input.n_records = 1; /* the log's record alone */
	enum undersign_status status =
		record_log_instant(&input.epoch.seconds, &p->desk.log, epoch);
	if (status == UNDERSIGN_OK)
		status = sequencer_run(&output, &input, p->arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < n; i++) {
		p->fates[places[i]] = output.fates[i];
		p->is_over[places[i]] = output.fates[i] != SEQUENCER_HELD;
	}
	const size_t from = p->desk.n_entries;
	status = desk_folder_add(&p->desk, output.entries, output.n_entries);
	if (status == UNDERSIGN_OK)
		status = feed(p, from, problem);
	return status;
}

static enum undersign_status make_epochs(struct publishing *p, uint64_t target,
					 struct problem *problem)
{
	const uint64_t last = replay_epoch(p->replay);
	enum undersign_status status = UNDERSIGN_OK;

	for (uint64_t e = last == REPLAY_NONE ? 0 : last + 1; e <= target && status == UNDERSIGN_OK;
	     e++)
		status = make_epoch(p, e, target, problem);
	return status;
}

enum undersign_status publishing_make(struct publishing *p, const struct operands *operands,
				      uint64_t *out_first, struct problem *problem)
{
	const uint64_t last = replay_epoch(p->replay);
	uint64_t epoch;

	*out_first = last == REPLAY_NONE ? 0 : last + 1;
	generators_new(&p->generators);
	enum undersign_status status = target_epoch(&epoch, p, problem);
	if (status == UNDERSIGN_OK)
		status = read_files(p, operands, problem);
	if (status == UNDERSIGN_OK)
		status = collect_records(p, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = check_files(p, operands, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = make_epochs(p, epoch, problem);
	return status;
}

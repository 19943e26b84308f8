#include "publishing.h"

#include "act.h"
#include "cli.h"

#include "encoding.h"
#include "kit_record.h"

#include <string.h>

#define STATEMENT_LIMIT ((size_t)64 * 1024)

/* The log so far, with all letters of the desk. */
enum undersign_status publishing_replay(struct publishing *p, struct problem *problem)
{
	struct desk_folder *desk = &p->desk;
	const struct letter_folder **folders =
		ARENA_TAKE(p->arena, const struct letter_folder *, desk->n_letters + 1);

	if (!folders)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < desk->n_letters; i++)
		folders[i] = &desk->letters[i].folder;
	enum undersign_status status =
		epochs_open(&p->epochs, &desk->log, desk->log_note, folders, desk->n_letters,
			    &p->threads.parallel, p->arena, problem);
	if (status == UNDERSIGN_OK)
		status = epochs_feed(&p->epochs, desk->entries, desk->n_entries, problem);
	return status;
}

/* The epoch that the date calls for; E_INVALID if it was closed already. */
static enum undersign_status target_epoch(uint64_t *out, const struct publishing *p,
					  struct problem *problem)
{
	const struct record_log *log = &p->desk.log;
	const uint64_t next = epochs_next(&p->epochs);
	uint64_t due;

	problem_where(problem, "desk", bytes_from_text(p->desk.path));
	if (!epochs_due(out, log, p->orders->date)) {
		problem_rule(problem, "nothing is published before the log begins");
		return UNDERSIGN_E_INVALID;
	}
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
			     "can be published on",
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
	if (!p->files)
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

/* What stewards log besides their lists; each is checked with the others of the epoch. */
static enum undersign_status read_records(struct publishing *p, struct bytes **out,
					  struct problem *problem)
{
	const struct option_list *paths = &p->orders->records;

	*out = ARENA_TAKE(p->arena, struct bytes, paths->n + 1);
	if (!*out)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < paths->n; i++) {
		struct file_content content;
		enum undersign_status status =
			cli_read(&content, paths->at[i], NOTE_LEN_MAX, FILE_PUBLIC, problem);
		if (status != UNDERSIGN_OK)
			return status;
		(*out)[i] = arena_copy(p->arena, file_content_view(&content));
		file_content_free(&content);
		if (!(*out)[i].data)
			return UNDERSIGN_E_MEMORY;
		if (act_kind_of((*out)[i]) != ACT_NONE || kit_record_is((*out)[i]))
			continue;
		problem_where(problem, "file", bytes_from_text(paths->at[i]));
		problem_rule(problem,
			     "a record given here is of a roster (rules of evidence, refusals, a "
			     "sample) or of the kit");
		problem_what(problem, "its first line is another", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	return UNDERSIGN_OK;
}

/* New files must hold, all of them: nothing is published if one does not. Of those that were
 * delivered twice, one is looked at. */
static enum undersign_status check_files(struct publishing *p, const struct operands *operands,
					 uint64_t epoch, struct problem *problem)
{
	struct arena_heap scratch;
	size_t bad;

	arena_heap_open(&scratch, SIZE_MAX, false);
	enum undersign_status status = sequencer_check_files(
		&bad, p->epochs.replay, &p->generators, p->files + p->desk.n_held,
		p->n_files - p->desk.n_held, epochs_window(&p->epochs, epoch), NULL, &scratch.arena,
		problem);
	arena_heap_close(&scratch);
	if (status != UNDERSIGN_OK && bad < p->n_files - p->desk.n_held)
		problem_inside(problem, "file", bytes_from_text(operands->at[1 + bad]));
	return status;
}

enum undersign_status publishing_make(struct publishing *p, const struct operands *operands,
				      uint64_t *out_first, struct problem *problem)
{
	struct epochs_records records;
	struct bytes *more = NULL;
	uint64_t epoch;

	*out_first = epochs_next(&p->epochs);
	generators_new(&p->generators);
	enum undersign_status status = target_epoch(&epoch, p, problem);
	if (status == UNDERSIGN_OK)
		status = read_files(p, operands, problem);
	if (status == UNDERSIGN_OK)
		status = read_records(p, &more, problem);
	if (status == UNDERSIGN_OK)
		status = epochs_collect(&p->epochs, &records, epoch, more, p->orders->records.n,
					false, p->arena, problem);
	if (status == UNDERSIGN_OK)
		status = check_files(p, operands, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = epochs_make(&p->epochs, &p->made, epoch, &records, p->files, p->n_files,
				     p->arena, problem);
	if (status == UNDERSIGN_OK)
		status = desk_folder_add(&p->desk, p->made.entries, p->made.n_entries);
	return status;
}

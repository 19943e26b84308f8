#include "bundle_make.h"
#include "cli.h"
#include "desk_folder.h"
#include "letter_verbs.h"
#include "release_check.h"
#include "terminal.h"

#include "encoding.h"
#include "rings.h"
#include "sequencer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char headline[] = "Nothing was published.";

#define STATEMENT_LIMIT ((size_t)64 * 1024)

struct publish_orders {
	const char *path;
	const char *key;
	struct option_list letters;
	const char *bundle;
	const char *only; /* the letter whose bundle is written */
	uint64_t date;
	bool is_new;
	bool is_export;
	bool is_sure;
	uint64_t epoch_seconds;
	const char *begins;
};

/* An epoch in the making. */
struct publishing {
	const struct publish_orders *orders;
	struct arena_heap heap;
	struct arena *arena;
	struct signer *signer;
	struct desk_folder desk;
	struct replay *replay;
	struct replay_letter **letters; /* of each of the desk's */
	struct generators generators;
	struct bytes *files; /* statement files: held, then new */
	size_t n_files;
	enum sequencer_fate *fates; /* of each file, as of the last epoch that looked at it */
	bool *is_over;              /* published or dropped */
	struct bytes *records;
	size_t n_records;
};

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
static enum undersign_status replay_desk(struct publishing *p, struct problem *problem)
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
		status = rings_open(&rings, &folder->manifest, sources, p->arena, NULL, problem);
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
		problem_what(problem, "this one is closed. The next can be published on ",
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

/* Before anything is written: what would tell of everybody on a list needs a word more. */
static enum undersign_status ask_release(struct publishing *p, uint64_t since,
					 struct problem *problem)
{
	bool names_somebody = false;

	for (size_t i = 0; i < p->desk.n_letters; i++) {
		bool names_all;
		enum undersign_status status =
			release_check(&names_all, p->letters[i], since, p->arena);
		if (status != UNDERSIGN_OK)
			return status;
		names_somebody |= names_all;
	}
	if (!names_somebody || p->orders->is_sure ||
	    terminal_word("Type \"publish\" to go on, anything else to stop: ", "publish"))
		return UNDERSIGN_OK;
	problem_rule(problem, "nobody's signature follows from what is published");
	problem_what(problem, "a whole list has signed. Publish with --yes if it wants that",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* Where a letter's bundle goes; empty: nowhere. */
static bool bundle_path(char *out, size_t len, const struct publishing *p, size_t letter)
{
	char id[MANIFEST_ID_LEN + 1] = {0};

	manifest_id((uint8_t *)id, &p->desk.letters[letter].folder.manifest);
	if (p->orders->only && strcmp(p->orders->only, id) != 0)
		return false;
	if (p->orders->bundle)
		snprintf(out, len, "%s", p->orders->bundle);
	else if (p->desk.n_letters == 1)
		snprintf(out, len, "%s/bundle", p->desk.path);
	else
		snprintf(out, len, "%s/bundles/%s", p->desk.path, id);
	return true;
}

struct made_bundle {
	char path[4096];
	struct folder_file *files;
	size_t n;
};

/* Makes and verifies the bundles of all letters that the log has; writes none. */
static enum undersign_status make_bundles(struct made_bundle *out, size_t *out_n,
					  struct publishing *p, struct problem *problem)
{
	*out_n = 0;
	for (size_t i = 0; i < p->desk.n_letters; i++) {
		const struct desk_letter *letter = &p->desk.letters[i];
		struct made_bundle *bundle = &out[*out_n];

		if (p->letters[i]->logged_at == REPLAY_NONE ||
		    !bundle_path(bundle->path, sizeof bundle->path, p, i))
			continue;
		enum undersign_status status =
			desk_folder_log(&bundle->files, &bundle->n, &p->desk, p->signer,
					bundle_make_spare(letter), problem);
		if (status == UNDERSIGN_OK)
			status = bundle_make(bundle->files, bundle->n, &p->desk, letter,
					     p->letters[i], problem);
		if (status != UNDERSIGN_OK)
			return status;
		++*out_n;
	}
	return UNDERSIGN_OK;
}

/* In this order: what was given, the log, the bundles; then what is published is dropped. A program
 * that is killed in between can be run again: nothing is lost, nothing logged twice. */
static enum undersign_status save(struct publishing *p, const struct made_bundle *bundles, size_t n,
				  struct problem *problem)
{
	struct bytes *kept = ARENA_TAKE(p->arena, struct bytes, p->n_files + 1);
	struct folder_file *files;
	size_t n_log, n_kept = 0;

	if (!kept)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = p->desk.n_held; i < p->n_files; i++)
		if (!sequencer_is_dropped(p->fates[i]))
			kept[n_kept++] = p->files[i];
	enum undersign_status status =
		desk_folder_log(&files, &n_log, &p->desk, p->signer, 0, problem);
	if (status == UNDERSIGN_OK)
		status = desk_folder_save_input(&p->desk, kept, n_kept, problem);
	if (status == UNDERSIGN_OK && p->desk.n_entries > p->desk.stored)
		status = desk_folder_save_log(&p->desk, files, n_log, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = folder_write(bundles[i].path, bundles[i].files, bundles[i].n, FILE_REPLACE,
				      problem);
	for (size_t i = 0; i < p->n_files && status == UNDERSIGN_OK; i++)
		if (p->is_over[i])
			status = desk_folder_drop(&p->desk, p->files[i], problem);
	return status;
}

static void say_fates(const struct publishing *p)
{
	size_t counts[SEQUENCER_DROPPED_UNKNOWN + 1] = {0};

	for (size_t i = 0; i < p->n_files; i++)
		counts[p->fates[i]]++;
	for (size_t f = 0; f <= SEQUENCER_DROPPED_UNKNOWN; f++)
		if (counts[f] > 0)
			talk_say("  %6zu  %s\n", counts[f],
				 sequencer_fate_text((enum sequencer_fate)f));
}

static void say_bundles(const struct publishing *p, const struct made_bundle *bundles, size_t n)
{
	const uint64_t epoch = replay_epoch(p->replay);
	uint8_t date[DATE_TIME_LEN];
	struct writer writer = writer_new(date, sizeof date);
	uint64_t seconds;

	if (record_log_instant(&seconds, &p->desk.log, epoch) != UNDERSIGN_OK)
		return;
	record_log_date_write(&writer, &p->desk.log, seconds);
	printf("epoch %" PRIu64 ", ", epoch);
	output_text(writer_view(&writer));
	printf(", %zu entries\n", p->desk.n_entries);
	for (size_t i = 0; i < n; i++) {
		output_text(bytes_from_text(bundles[i].path));
		printf("\n");
	}
}

static enum undersign_status publish(struct publishing *p, const struct operands *operands,
				     struct problem *problem)
{
	struct made_bundle *bundles = NULL;
	uint64_t epoch = 0, since = 0;
	size_t n = 0;

	enum undersign_status status =
		desk_folder_open(&p->desk, p->orders->path, p->orders->letters.at,
				 p->orders->letters.n, p->arena, problem);
	if (status == UNDERSIGN_OK)
		status = replay_desk(p, problem);
	if (status == UNDERSIGN_OK && !p->orders->is_export) {
		generators_new(&p->generators);
		status = target_epoch(&epoch, p, problem);
		if (status == UNDERSIGN_OK)
			status = read_files(p, operands, problem);
		if (status == UNDERSIGN_OK)
			status = collect_records(p, epoch, problem);
		if (status == UNDERSIGN_OK)
			status = check_files(p, operands, epoch, problem);
		if (replay_epoch(p->replay) != REPLAY_NONE)
			since = replay_epoch(p->replay) + 1;
		if (status == UNDERSIGN_OK)
			status = make_epochs(p, epoch, problem);
		if (status == UNDERSIGN_OK)
			status = ask_release(p, since, problem);
	}
	if (status == UNDERSIGN_OK) {
		bundles = ARENA_TAKE(p->arena, struct made_bundle, p->desk.n_letters + 1);
		status = bundles ? make_bundles(bundles, &n, p, problem) : UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK)
		status = save(p, bundles, n, problem);
	if (status == UNDERSIGN_OK) {
		say_fates(p);
		say_bundles(p, bundles, n);
	}
	return status;
}

static enum undersign_status make_desk(struct publishing *p, struct problem *problem)
{
	uint64_t begins = p->orders->date;
	const struct bytes text = bytes_from_text(p->orders->begins ? p->orders->begins : "");

	if (p->orders->begins && date_decode(&begins, text) != UNDERSIGN_OK &&
	    date_time_decode(&begins, text) != UNDERSIGN_OK) {
		problem_where(problem, "option --begins", bytes_from(NULL, 0));
		problem_rule(problem, "YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ");
		return UNDERSIGN_E_USAGE;
	}
	if (!p->orders->begins)
		begins -= begins % p->orders->epoch_seconds;
	return desk_folder_new(p->orders->path, p->signer, p->orders->epoch_seconds, begins,
			       p->arena, problem);
}

static int run(const struct publish_orders *orders, const struct operands *operands)
{
	static struct publishing p;
	struct problem problem = {0};

	p.orders = orders;
	arena_heap_open(&p.heap, SIZE_MAX, false);
	p.arena = &p.heap.arena;
	enum undersign_status status = signer_open(&p.signer, orders->key, &problem);
	if (status == UNDERSIGN_OK)
		status = orders->is_new ? make_desk(&p, &problem) : publish(&p, operands, &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	else if (orders->is_new)
		talk_paragraph("Made %s. Its log's record is in log.note. Next: undersign letter "
			       "new --desk %s.",
			       orders->path, orders->path);
	signer_close(p.signer);
	arena_heap_close(&p.heap);
	return code;
}

/* A day, or an instant where epochs are shorter. */
static bool read_date(uint64_t *out, const char *text)
{
	const struct bytes view = bytes_from_text(text);
	return date_decode(out, view) == UNDERSIGN_OK ||
	       date_time_decode(out, view) == UNDERSIGN_OK;
}

int publish_command(int argc, char **argv)
{
	static struct publish_orders orders = {.epoch_seconds = 86400};
	const char *date = NULL;
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the log's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--new",
		 .about = "make the desk's folder and its log's record, and no epoch yet",
		 .flag = &orders.is_new},
		{.name = "--epoch-seconds",
		 .value = "NUMBER",
		 .about = "with --new: the length of an epoch (86400: a day)",
		 .number = &orders.epoch_seconds,
		 .least = 1,
		 .most = RECORD_EPOCH_SECONDS_MAX},
		{.name = "--begins",
		 .value = "DATE",
		 .about = "with --new: the first epoch's date; today",
		 .text = &orders.begins},
		{.name = "--letter",
		 .value = "FOLDER",
		 .about = "a letter that is new or has new records; once for each",
		 .list = &orders.letters},
		{.name = "--date",
		 .value = "DATE",
		 .about = "publish as of that day (or instant); now",
		 .text = &date},
		{.name = "--bundle",
		 .value = "FOLDER",
		 .about = "where the bundle goes (DESK/bundle)",
		 .text = &orders.bundle},
		{.name = "--only",
		 .value = "ID",
		 .about = "write the bundle of this letter only",
		 .text = &orders.only},
		{.name = "--export",
		 .about = "close no epoch; write the bundles again",
		 .flag = &orders.is_export},
		{.name = "--yes",
		 .about = "do not ask, even where all of a list has signed",
		 .flag = &orders.is_sure},
	};
	const struct options_form form = {
		.usage = "undersign publish DESK --key FILE [--letter FOLDER] [STATEMENT...]",
		.about = "Closes an epoch by hand, without a server: checks records and "
			 "statements, publishes what may be published, holds the rest, and writes "
			 "each letter's bundle. All of it or nothing.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.path = operands.at[0];
	if (date) {
		if (!read_date(&orders.date, date))
			return options_refuse(&form, "--date takes YYYY-MM-DD or "
						     "YYYY-MM-DDThh:mm:ssZ.");
	} else {
		enum undersign_status status = cli_now(&orders.date, &problem);
		if (status != UNDERSIGN_OK)
			return talk_refuse(status, headline, &problem, NULL);
	}
	if ((orders.is_new || orders.is_export) && (operands.n > 1 || orders.letters.n > 0))
		return options_refuse(&form, "--new and --export take no letters and statements.");
	if (orders.begins && !orders.is_new)
		return options_refuse(&form, "--begins goes with --new.");
	return run(&orders, &operands);
}

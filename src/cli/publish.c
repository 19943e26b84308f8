#include "bundle_make.h"
#include "cli.h"
#include "publishing.h"
#include "release_check.h"
#include "terminal.h"

#include "encoding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char headline[] = N_("Nothing was published.");

/* Before anything is written: what would tell of everybody on a list needs a word more. */
static enum undersign_status ask_release(struct publishing *p, uint64_t since,
					 struct problem *problem)
{
	bool names_somebody = false;

	for (size_t i = 0; i < p->desk.n_letters; i++) {
		bool names_all;
		enum undersign_status status =
			release_check(&names_all, p->epochs.letters[i], since, p->arena);
		if (status != UNDERSIGN_OK)
			return status;
		names_somebody |= names_all;
	}
	if (!names_somebody || p->orders->is_sure ||
	    terminal_word(_("Type \"publish\" to go on, anything else to stop: "), "publish"))
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
	struct folder_file *beside; /* what others show of the count */
	size_t n_beside;
};

/* Makes and verifies the bundles of all letters that the log has; writes none. */
static enum undersign_status make_bundles(struct made_bundle *out, size_t *out_n,
					  struct publishing *p, struct problem *problem)
{
	*out_n = 0;
	for (size_t i = 0; i < p->desk.n_letters; i++) {
		const struct desk_letter *letter = &p->desk.letters[i];
		struct made_bundle *bundle = &out[*out_n];

		if (p->epochs.letters[i]->logged_at == REPLAY_NONE ||
		    !bundle_path(bundle->path, sizeof bundle->path, p, i))
			continue;
		enum undersign_status status =
			desk_folder_log(&bundle->files, &bundle->n, &p->desk, p->signer,
					bundle_make_count(&letter->folder.manifest), problem);
		if (status == UNDERSIGN_OK)
			status = bundle_make(bundle->files, bundle->n, &letter->folder,
					     p->epochs.replay, p->epochs.letters[i], p->arena,
					     &p->threads.library, problem);
		if (status == UNDERSIGN_OK)
			status = bundle_make_beside(&bundle->beside, &bundle->n_beside,
						    bundle->files, bundle->n, &letter->folder,
						    p->epochs.replay, p->epochs.letters[i],
						    p->arena, problem);
		if (status != UNDERSIGN_OK)
			return status;
		++*out_n;
	}
	return UNDERSIGN_OK;
}

/* True if a file is over, and no second copy of it is still held. */
static bool is_done_with(const struct publishing *p, size_t i)
{
	for (size_t j = 0; j < p->n_files && p->made.fates[i] == SEQUENCER_DROPPED_REPEATED; j++)
		if (!p->made.is_over[j] && bytes_are_equal(p->files[i], p->files[j]))
			return false;
	return p->made.is_over[i];
}

/* The bundle, and in a folder of its own what stands beside it: in a bundle it would be an error.
 */
static enum undersign_status write_bundle(const struct made_bundle *bundle, struct problem *problem)
{
	char path[4096 + sizeof ".beside"];
	size_t len = strlen(bundle->path);

	enum undersign_status status =
		folder_write(bundle->path, bundle->files, bundle->n, FILE_REPLACE, problem);
	while (len > 1 && bundle->path[len - 1] == '/')
		len--;
	snprintf(path, sizeof path, "%.*s.beside", (int)len, bundle->path);
	if (status == UNDERSIGN_OK)
		status =
			folder_write(path, bundle->beside, bundle->n_beside, FILE_REPLACE, problem);
	return status;
}

/* In this order: what was given, the log, the bundles; then what is published is dropped. A program
 * that is killed in between can be run again: nothing is lost, nothing logged twice. */
static enum undersign_status save(struct publishing *p, const struct made_bundle *bundles, size_t n,
				  struct problem *problem)
{
	struct bytes *kept = ARENA_TAKE(p->arena, struct bytes, p->n_files + 1);
	struct folder_file *files;
	char path[4096];
	size_t n_log, n_kept = 0;

	if (!kept)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = p->desk.n_held; i < p->n_files; i++)
		if (!sequencer_is_dropped(p->made.fates[i]))
			kept[n_kept++] = p->files[i];
	enum undersign_status status =
		desk_folder_log(&files, &n_log, &p->desk, p->signer, 0, problem);
	if (status == UNDERSIGN_OK)
		status = desk_folder_save_input(&p->desk, kept, n_kept, problem);
	if (status == UNDERSIGN_OK && p->desk.n_entries > p->desk.stored)
		status = desk_folder_save_log(&p->desk, files, n_log, problem);
	p->is_logged = status == UNDERSIGN_OK;
	if (status == UNDERSIGN_OK && n > 0 && !p->orders->bundle && p->desk.n_letters > 1) {
		snprintf(path, sizeof path, "%s/bundles", p->desk.path);
		status = folder_make(path, FILE_PUBLIC, problem);
	}
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = write_bundle(&bundles[i], problem);
	for (size_t i = 0; i < p->n_files && status == UNDERSIGN_OK; i++)
		if (is_done_with(p, i))
			status = desk_folder_drop(&p->desk, p->files[i], problem);
	return status;
}

static void say_fates(const struct publishing *p)
{
	size_t counts[SEQUENCER_DROPPED_UNKNOWN + 1] = {0};

	for (size_t i = 0; i < p->n_files; i++)
		counts[p->made.fates[i]]++;
	for (size_t f = 0; f <= SEQUENCER_DROPPED_UNKNOWN; f++) {
		char label[32];
		if (counts[f] == 0)
			continue;
		snprintf(label, sizeof label, "  %6zu", counts[f]);
		talk_row(stderr, label, 10,
			 bytes_from_text(
				 catalogue_text(sequencer_fate_text((enum sequencer_fate)f))));
	}
}

static void say_bundles(const struct publishing *p, const struct made_bundle *bundles, size_t n)
{
	const uint64_t epoch = replay_epoch(p->epochs.replay);
	uint8_t date[DATE_TIME_LEN];
	struct writer writer = writer_new(date, sizeof date);
	uint64_t seconds;

	if (record_log_instant(&seconds, &p->desk.log, epoch) != UNDERSIGN_OK)
		return;
	record_log_date_write(&writer, &p->desk.log, seconds);
	output_say("epoch %" PRIu64 ", %.*s, %zu entries\n", epoch, (int)writer.len,
		   (const char *)date, p->desk.n_entries);
	for (size_t i = 0; i < n; i++) {
		output_text(bytes_from_text(bundles[i].path));
		printf("\n");
	}
}

static enum undersign_status publish(struct publishing *p, const struct operands *operands,
				     struct problem *problem)
{
	struct made_bundle *bundles = NULL;
	uint64_t first;
	size_t n = 0;

	enum undersign_status status =
		desk_folder_open(&p->desk, p->orders->path, p->orders->letters.at,
				 p->orders->letters.n, p->arena, problem);
	if (status == UNDERSIGN_OK)
		status = publishing_replay(p, problem);
	if (status == UNDERSIGN_OK && !p->orders->is_export) {
		status = publishing_make(p, operands, &first, problem);
		if (status == UNDERSIGN_OK)
			status = ask_release(p, first, problem);
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
	if (!orders->is_new)
		threads_begin(&p.threads, orders->n_threads);
	enum undersign_status status = signer_open(&p.signer, orders->key, &problem);
	if (status == UNDERSIGN_OK)
		status = orders->is_new ? make_desk(&p, &problem) : publish(&p, operands, &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK && p.is_logged)
		code = talk_refuse(status, "The log is as it should be, its bundles are not.",
				   &problem, "undersign publish DESK --key FILE --export");
	else if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	else if (orders->is_new)
		talk_paragraph("Made %s. Its log's record is in log.note. Next: undersign letter "
			       "new --desk %s.",
			       orders->path, orders->path);
	threads_end(&p.threads);
	desk_folder_close(&p.desk);
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
		{.name = "--record",
		 .value = "FILE",
		 .about =
			 "what a steward logs of a roster besides its list: its rules of evidence, "
			 "refusals, a sample; or the kit's record; once for each",
		 .list = &orders.records},
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
		THREADS_OPTION(orders.n_threads),
		{.name = "--export",
		 .about = "close no epoch; write the bundles again",
		 .flag = &orders.is_export},
		{.name = "--yes",
		 .about = "do not ask, even where all of a list has signed",
		 .flag = &orders.is_sure},
	};
	const struct options_form form = {
		.usage = "undersign publish DESK --key FILE [--letter FOLDER] [--record FILE]\n"
			 "       [STATEMENT...]",
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
	if ((orders.is_new || orders.is_export) &&
	    (operands.n > 1 || orders.letters.n + orders.records.n > 0))
		return options_refuse(&form, "--new and --export take no letters, records and "
					     "statements.");
	if (orders.begins && !orders.is_new)
		return options_refuse(&form, "--begins goes with --new.");
	return run(&orders, &operands);
}

#include "bundle.h"

#include "bundle_parts.h"
#include "memory.h"

#define KEYS_FILE       "keys"
#define MANIFEST_FILE   "manifest"
#define CHECKPOINT_FILE "checkpoint"
#define KEYS_MAX        ((size_t)2 * MANIFEST_ROSTERS_MAX + 2 * NOTE_SIGNATURES_MAX)
#define KEYS_LEN_MAX    (KEYS_MAX * (NOTE_KEY_TEXT_MAX + 1))

static void report_phase(void *cookie, uint64_t done, uint64_t total)
{
	const struct bundle_load *load = cookie;
	uint64_t span = load->phase_end - load->phase_begin;

	if (total > 0 && done <= total && total < (UINT64_C(1) << 48))
		progress_report(load->options->progress, load->phase_begin + span * done / total,
				BUNDLE_UNITS);
}

void bundle_load_phase(struct bundle_load *load, uint64_t begin, uint64_t end)
{
	load->progress = (struct progress){.report = report_phase, .cookie = load};
	load->phase_begin = begin;
	load->phase_end = end;
	progress_report(load->options->progress, begin, BUNDLE_UNITS);
}

static enum undersign_status inside(struct bundle_load *load, enum undersign_status status,
				    const char *file)
{
	if (status != UNDERSIGN_OK && status != UNDERSIGN_E_MEMORY)
		problem_inside(load->problem, "file", bytes_from_text(file));
	return status;
}

/* One line of `keys`; each is larger than the one before. */
static enum undersign_status take_key(struct bundle_load *load, struct note_key *key,
				      struct bytes line, struct bytes previous, uint64_t number)
{
	enum undersign_status status = note_key_parse(key, line, load->problem);

	if (status == UNDERSIGN_OK && previous.len > 0 && bytes_compare(previous, line) >= 0) {
		problem_rule(load->problem, "keys stand in ascending order, each once");
		problem_what(load->problem, "this one stands after", previous);
		status = UNDERSIGN_E_INVALID;
	}
	if (status != UNDERSIGN_OK)
		problem_where_number(load->problem, "line", number);
	return status;
}

static enum undersign_status parse_keys(struct bundle_load *load, struct bytes text)
{
	struct bundle *bundle = load->bundle;
	struct bytes previous = {0};
	struct note_key *keys;
	size_t begin = 0;
	size_t n_lines = 0;

	for (size_t i = 0; i < text.len; i++)
		n_lines += text.data[i] == '\n';
	keys = ARENA_TAKE(load->arena, struct note_key, n_lines);
	load->key_is_used = ARENA_TAKE(load->arena, bool, n_lines);
	if (!keys || !load->key_is_used)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < text.len; i++) {
		struct bytes line;
		enum undersign_status status;

		if (text.data[i] != '\n')
			continue;
		line = bytes_part(text, begin, i - begin);
		status = take_key(load, &keys[bundle->n_keys], line, previous, bundle->n_keys + 1);
		if (status != UNDERSIGN_OK)
			return status;
		bundle->n_keys++;
		previous = line;
		begin = i + 1;
	}
	bundle->keys = keys;
	if (begin == text.len && n_lines > 0)
		return UNDERSIGN_OK;
	problem_where_number(load->problem, "line", n_lines + 1);
	problem_rule(load->problem, "every line ends with a newline");
	problem_what(load->problem, "this one does not", (struct bytes){0});
	return UNDERSIGN_E_FORMAT;
}

static enum undersign_status open_keys(struct bundle_load *load)
{
	struct bytes text;
	enum undersign_status status =
		bundle_names_copy(load, &text, bytes_from_text(KEYS_FILE), KEYS_LEN_MAX);

	return status == UNDERSIGN_OK ? inside(load, parse_keys(load, text), KEYS_FILE) : status;
}

static enum undersign_status parse_manifest(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	struct replay_keys keys = {bundle->keys, bundle->n_keys, load->key_is_used};
	struct note note;
	enum undersign_status status = note_parse(&note, bundle->manifest_note, load->problem);

	if (status == UNDERSIGN_OK)
		status = manifest_parse(&bundle->manifest, note.text, load->arena, load->problem);
	if (status == UNDERSIGN_OK)
		status = replay_check_signatures(&note, &bundle->manifest.organiser, &keys,
						 load->problem);
	return inside(load, status, MANIFEST_FILE);
}

static enum undersign_status open_manifest(struct bundle_load *load)
{
	enum undersign_status status = bundle_names_copy(
		load, &load->bundle->manifest_note, bytes_from_text(MANIFEST_FILE), NOTE_LEN_MAX);

	return status == UNDERSIGN_OK ? parse_manifest(load) : status;
}

/* The letter that was asked for. */
static enum undersign_status anchor_letter(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	uint8_t found[MANIFEST_ID_LEN];
	uint8_t text[128];
	struct writer writer = writer_new(text, sizeof(text));

	if (!load->options->letter)
		return UNDERSIGN_OK;
	if (memcmp(load->options->letter, bundle->manifest.context, HASH_BYTES) == 0) {
		bundle->anchor.letter_is_anchored = true;
		return UNDERSIGN_OK;
	}
	manifest_id(found, &bundle->manifest);
	writer_hex(&writer, bytes_from(load->options->letter, 8));
	writer_text(&writer, "..., the bundle holds ");
	writer_bytes(&writer, bytes_from(found, 16));
	writer_text(&writer, "...");
	problem_where(load->problem, "file", bytes_from_text(MANIFEST_FILE));
	problem_rule(load->problem, "the bundle is of the letter that was asked for");
	problem_what(load->problem, "This is another letter. You asked for", writer_view(&writer));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status anchor_log(struct bundle_load *load)
{
	struct bundle_anchor *anchor = &load->bundle->anchor;
	struct policy *policy;
	struct checkpoint checkpoint;
	struct note_verdict verdict;
	struct note note;
	enum undersign_status status;
	size_t log;

	if (load->options->policy.len == 0)
		return UNDERSIGN_OK;
	policy = ARENA_TAKE(load->arena, struct policy, 1);
	if (!policy)
		return UNDERSIGN_E_MEMORY;
	status = policy_parse(policy, load->options->policy, load->problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(load->problem, "policy", (struct bytes){0});
		return status;
	}
	status = policy_open_checkpoint(&checkpoint, &note, &verdict, &log, policy,
					load->bundle->checkpoint_note, load->problem);
	if (status == UNDERSIGN_OK &&
	    !note_key_is_equal(&policy->logs[log].key, &load->bundle->manifest.log)) {
		problem_rule(load->problem, "the letter's log is a log of the policy");
		problem_what(load->problem, "its key is another", (struct bytes){0});
		status = UNDERSIGN_E_INVALID;
	}
	if (status != UNDERSIGN_OK)
		return inside(load, status, CHECKPOINT_FILE);
	anchor->log_is_anchored = true;
	anchor->n_witnesses = (uint32_t)policy->n_witnesses;
	for (size_t i = 0; i < policy->n_witnesses; i++) {
		uint64_t seconds = note_verdict_seconds(&verdict, 1 + i);

		anchor->n_cosigned += note_verdict_has(&verdict, 1 + i);
		if (seconds > anchor->cosigned_at)
			anchor->cosigned_at = seconds;
	}
	return UNDERSIGN_OK;
}

/* The checkpoint's signatures, all of listed keys; the log's key stands first among those that it
 * is checked with. */
static enum undersign_status check_checkpoint(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	struct note_key *keys = ARENA_TAKE(load->arena, struct note_key, bundle->n_keys + 1);
	size_t *index = ARENA_TAKE(load->arena, size_t, bundle->n_keys + 1);
	struct note_verdict verdict;
	struct note note;
	enum undersign_status status;
	size_t n = 1;

	if (!keys || !index)
		return UNDERSIGN_E_MEMORY;
	keys[0] = bundle->manifest.log;
	index[0] = bundle->n_keys;
	for (size_t i = 0; i < bundle->n_keys; i++) {
		if (note_key_is_equal(&bundle->keys[i], &bundle->manifest.log)) {
			index[0] = i;
			continue;
		}
		keys[n] = bundle->keys[i];
		index[n++] = i;
	}
	status = checkpoint_open(&bundle->checkpoint, &note, &verdict, bundle->checkpoint_note,
				 keys, n, NOTE_UNKNOWN_REFUSED, load->problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (index[0] == bundle->n_keys) {
		problem_rule(load->problem,
			     "a signature on a checkpoint is of a key that the bundle lists");
		problem_what(load->problem, "the log's key is not listed", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	for (size_t i = 0; i < note.n_signatures; i++)
		load->key_is_used[index[verdict.key_of[i]]] = true;
	return UNDERSIGN_OK;
}

static enum undersign_status open_checkpoint(struct bundle_load *load)
{
	enum undersign_status status =
		bundle_names_copy(load, &load->bundle->checkpoint_note,
				  bytes_from_text(CHECKPOINT_FILE), NOTE_LEN_MAX);

	if (status != UNDERSIGN_OK)
		return status;
	return inside(load, check_checkpoint(load), CHECKPOINT_FILE);
}

static enum undersign_status check_texts(struct bundle_load *load)
{
	const struct manifest *manifest = &load->bundle->manifest;

	for (size_t i = 0; i < manifest->n_texts; i++) {
		uint8_t name[BUNDLE_NAME_MAX];
		struct writer writer = writer_new(name, sizeof(name));
		struct bytes content;
		enum undersign_status status;
		size_t file;

		bundle_write_text_name(&writer, &manifest->texts[i]);
		status = bundle_names_expect(load, &file, writer_view(&writer));
		if (status == UNDERSIGN_OK)
			status = bundle_names_read(load, &content, file);
		if (status != UNDERSIGN_OK)
			return status;
		status = manifest_check_text(manifest, i, content, NULL);
		load->files->release(load->files->cookie, file);
		if (status != UNDERSIGN_OK)
			return bundle_names_changed(load->problem, writer_view(&writer));
	}
	return UNDERSIGN_OK;
}

/* The parsed records of the base snapshots, which stand in the log. */
static enum undersign_status open_records(struct bundle_load *load, struct rings_source *sources)
{
	const struct manifest *manifest = &load->bundle->manifest;

	for (size_t r = 0; r < manifest->n_rosters; r++) {
		struct snapshot_record *record = ARENA_TAKE(load->arena, struct snapshot_record, 1);
		enum undersign_status status;
		struct note note;

		if (!record)
			return UNDERSIGN_E_MEMORY;
		if (load->records[r].len == 0) {
			problem_where(load->problem, "file", bytes_from_text(MANIFEST_FILE));
			problem_rule(load->problem,
				     "the records of a letter's rosters stand before its manifest");
			problem_what(load->problem, "there is no record of roster",
				     manifest->rosters[r].name);
			return UNDERSIGN_E_MISSING;
		}
		status = snapshot_open(record, &note, load->records[r], load->problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(load->problem, "the record of roster",
				       manifest->rosters[r].name);
			return status;
		}
		sources[r].base = record;
	}
	return UNDERSIGN_OK;
}

/* Counts the entries of a points file before the next one is read: memory and time for files that
 * no letter can have are not spent. What else may be wrong with it, rings_open says in its order.
 */
static enum undersign_status count_points(struct bundle_load *load, struct bytes file,
					  uint64_t *total)
{
	struct points points;

	if (points_parse(&points, file, NULL) == UNDERSIGN_OK)
		*total += points.n;
	return rings_check_total(*total, load->problem);
}

/* A points file stays mapped as long as the bundle is used. */
static enum undersign_status open_points(struct bundle_load *load, size_t roster, struct bytes *out,
					 uint64_t *total)
{
	uint8_t name[BUNDLE_NAME_MAX];
	struct writer writer = writer_new(name, sizeof(name));
	enum undersign_status status;
	size_t file;

	bundle_write_points_name(&writer, roster + 1);
	status = bundle_names_expect(load, &file, writer_view(&writer));
	if (status == UNDERSIGN_OK)
		status = bundle_names_read(load, out, file);
	return status == UNDERSIGN_OK ? count_points(load, *out, total) : status;
}

/* "points of roster 3, entry 5" is file rosters/3.points, as a bundle has it. */
static void name_points_file(struct problem *problem)
{
	struct bytes start = bytes_from_text("points of roster ");
	struct bytes where = bytes_from_text(problem->where);
	char inner[PROBLEM_TEXT_LEN];
	uint8_t name[BUNDLE_NAME_MAX];
	struct writer writer = writer_new(name, sizeof(name));
	uint64_t number = 0;
	size_t at = start.len;

	if (!bytes_begin_with(where, start))
		return;
	while (at < where.len && where.data[at] >= '0' && where.data[at] <= '9' && number < 10000)
		number = 10 * number + (uint64_t)(where.data[at++] - '0');
	while (at < where.len && (where.data[at] == ',' || where.data[at] == ' '))
		at++;
	memcpy(inner, problem->where + at, PROBLEM_TEXT_LEN - at);
	bundle_write_points_name(&writer, (size_t)number);
	memcpy(problem->where, inner, PROBLEM_TEXT_LEN - at);
	if (inner[0] == '\0')
		problem_where(problem, "file", writer_view(&writer));
	else
		problem_inside(problem, "file", writer_view(&writer));
}

static enum undersign_status open_rings(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	struct rings_source *sources =
		ARENA_TAKE(load->arena, struct rings_source, bundle->manifest.n_rosters);
	enum undersign_status status;
	uint64_t total = 0;

	if (!sources)
		return UNDERSIGN_E_MEMORY;
	status = open_records(load, sources);
	for (size_t r = 0; r < bundle->manifest.n_rosters && status == UNDERSIGN_OK; r++)
		status = open_points(load, r, &sources[r].points, &total);
	if (status != UNDERSIGN_OK)
		return status;
	bundle_load_phase(load, BUNDLE_UNITS_FILES, BUNDLE_UNITS_RINGS);
	status = rings_open(&bundle->rings, &bundle->manifest, sources, load->arena,
			    load->options->parallel, load->options->cache, &load->progress,
			    load->problem);
	if (status != UNDERSIGN_OK && load->problem)
		name_points_file(load->problem);
	return status;
}

static enum undersign_status take_entry(struct bundle_load *load, struct bytes entry)
{
	return replay_entry(load->bundle->replay, entry, load->problem);
}

static enum undersign_status check_complete(struct bundle_load *load, struct problem *problem)
{
	enum undersign_status status = rings_check_complete(load->bundle->rings, problem);

	if (status != UNDERSIGN_OK && problem)
		name_points_file(problem);
	return status;
}

static enum undersign_status replay_log_of(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	struct replay_options *options = ARENA_TAKE(load->arena, struct replay_options, 1);
	struct problem incomplete = {0};
	enum undersign_status status;

	if (!options)
		return UNDERSIGN_E_MEMORY;
	*options = (struct replay_options){
		.log = &bundle->manifest.log,
		.keys = {bundle->keys, bundle->n_keys, load->key_is_used},
		.generators = bundle->generators,
		.read = bundle_tiles_entry,
		.read_cookie = load,
		.fresh = load->options->fresh,
		.progress = &load->progress,
		.n_entries = bundle->checkpoint.size,
	};
	bundle_load_phase(load, BUNDLE_UNITS_RINGS, BUNDLE_UNITS);
	status = replay_new(&bundle->replay, options, load->arena);
	if (status == UNDERSIGN_OK)
		status = inside(load,
				replay_add_letter(bundle->replay, &bundle->letter,
						  &bundle->manifest, bundle->manifest_note,
						  bundle->rings, load->problem),
				MANIFEST_FILE);
	if (status == UNDERSIGN_OK)
		status = bundle_tiles_walk(load, take_entry);
	if (status == UNDERSIGN_OK)
		status = replay_end(bundle->replay, load->problem);
	bundle_tiles_close(load);
	/* Points that were changed make their extension void, and its statements those of no ring:
	 * the file is to blame, not the entry. */
	if (status != UNDERSIGN_OK && status != UNDERSIGN_E_MEMORY && bundle->letter &&
	    bundle->letter->n_notices > 0 && check_complete(load, &incomplete) != UNDERSIGN_OK &&
	    load->problem)
		*load->problem = incomplete;
	return status;
}

static enum undersign_status check_keys_are_used(struct bundle_load *load)
{
	for (size_t i = 0; i < load->bundle->n_keys; i++) {
		if (load->key_is_used[i])
			continue;
		problem_where_number(load->problem, "line", i + 1);
		problem_rule(
			load->problem,
			"the file lists exactly the keys whose signatures stand in the bundle");
		problem_what(load->problem, "there is no signature of", load->bundle->keys[i].name);
		return inside(load, UNDERSIGN_E_INVALID, KEYS_FILE);
	}
	return UNDERSIGN_OK;
}

static enum undersign_status finish(struct bundle_load *load)
{
	struct bundle *bundle = load->bundle;
	struct bytes *organisations =
		ARENA_TAKE(load->arena, struct bytes, bundle->manifest.n_rosters);
	enum undersign_status status;

	if (!organisations)
		return UNDERSIGN_E_MEMORY;
	if (bundle->letter->logged_at == REPLAY_NONE) {
		problem_where(load->problem, "file", bytes_from_text(MANIFEST_FILE));
		problem_rule(load->problem, "the letter's manifest stands in the log");
		problem_what(load->problem, "it does not", (struct bytes){0});
		return UNDERSIGN_E_MISSING;
	}
	status = check_complete(load, load->problem);
	if (status == UNDERSIGN_OK)
		status = check_keys_are_used(load);
	if (status != UNDERSIGN_OK)
		return status;
	bundle->log = *replay_log(bundle->replay);
	bundle->as_of.epoch = replay_epoch(bundle->replay);
	bundle->as_of.log_size = bundle->checkpoint.size;
	bundle->as_of.root = bundle->checkpoint.root;
	status = record_log_instant(&bundle->as_of.date, &bundle->log, bundle->as_of.epoch);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t r = 0; r < bundle->manifest.n_rosters; r++)
		organisations[r] = bundle->rings->rosters[r].record->organisation;
	status = tally_count(&bundle->tally, &bundle->manifest, organisations,
			     bundle->letter->statements, bundle->letter->n_statements, load->arena);
	if (status != UNDERSIGN_OK || !bundle->letter->poll)
		return status;
	return poll_count_make(&bundle->poll, bundle->letter, bundle->as_of.epoch, load->arena,
			       load->problem);
}

typedef enum undersign_status (*bundle_step)(struct bundle_load *load);

static enum undersign_status open_bundle(struct bundle_load *load)
{
	static const bundle_step steps[] = {
		bundle_names_index, open_keys,  open_manifest,      anchor_letter,
		open_checkpoint,    anchor_log, bundle_names_check, check_texts,
		bundle_tiles_check, open_rings, replay_log_of,      finish,
	};
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == UNDERSIGN_OK; i++) {
		if (steps[i] == bundle_tiles_check) {
			bundle_load_phase(load, 0, BUNDLE_UNITS_FILES);
			load->records = ARENA_TAKE(load->arena, struct bytes,
						   load->bundle->manifest.n_rosters);
			if (!load->records)
				return UNDERSIGN_E_MEMORY;
		}
		status = steps[i](load);
	}
	if (status == UNDERSIGN_OK)
		progress_report(load->options->progress, BUNDLE_UNITS, BUNDLE_UNITS);
	/* The replay outlives whoever listens now. */
	load->progress.report = NULL;
	return status;
}

enum undersign_status bundle_open(struct bundle **out, const struct bundle_files *files,
				  const struct generators *generators,
				  const struct bundle_options *options, struct arena *arena,
				  struct problem *problem)
{
	struct bundle_load *load = ARENA_TAKE(arena, struct bundle_load, 1);
	enum undersign_status status;

	*out = NULL;
	if (!load)
		return UNDERSIGN_E_MEMORY;
	*load = (struct bundle_load){
		.bundle = ARENA_TAKE(arena, struct bundle, 1),
		.files = files,
		.options = options,
		.arena = arena,
		.problem = problem,
	};
	if (!load->bundle)
		return UNDERSIGN_E_MEMORY;
	load->bundle->generators = generators;
	status = open_bundle(load);
	if (status == UNDERSIGN_OK)
		*out = load->bundle;
	return status;
}

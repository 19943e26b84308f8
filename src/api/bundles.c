#include "bundle_handle.h"
#include "convert.h"

#include "memory.h"
#include "snapshot.h"

/* The public struct of files, as the modules call it. */
static struct bytes file_name(void *cookie, size_t i)
{
	const struct undersign_files *files = cookie;
	return convert_bytes(files->name(files->cookie, i));
}

static enum undersign_status file_read(void *cookie, size_t i, struct bytes *out)
{
	const struct undersign_files *files = cookie;
	struct undersign_bytes content = {NULL, 0};
	enum undersign_status status = files->read(files->cookie, i, &content);
	*out = convert_bytes(content);
	return status;
}

static void file_release(void *cookie, size_t i)
{
	const struct undersign_files *files = cookie;
	files->release(files->cookie, i);
}

/* The public struct of a cache, likewise. */
static struct bytes cache_read(void *cookie, const char *name)
{
	const struct undersign_ring_cache *cache = cookie;
	return convert_bytes(cache->read(cache->cookie, name));
}

static void cache_refuse(void *cookie, const char *name)
{
	const struct undersign_ring_cache *cache = cookie;
	cache->refuse(cache->cookie, name);
}

static void cache_begin(void *cookie, const char *name)
{
	const struct undersign_ring_cache *cache = cookie;
	cache->begin(cache->cookie, name);
}

static void cache_put(void *cookie, struct bytes part)
{
	const struct undersign_ring_cache *cache = cookie;
	cache->put(cache->cookie, convert_to_public(part));
}

static void cache_end(void *cookie)
{
	const struct undersign_ring_cache *cache = cookie;
	cache->end(cache->cookie);
}

static enum undersign_class class_of(enum roster_class class_of_members)
{
	return class_of_members == ROSTER_RAW_KEY ? UNDERSIGN_RAW_KEY : UNDERSIGN_ENROLLED;
}

static enum undersign_status fill_rings(struct undersign_bundle *bundle)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	struct undersign_ring_count *rings =
		ARENA_TAKE(&bundle->arena, struct undersign_ring_count, manifest->n_rings);
	if (!rings)
		return UNDERSIGN_E_MEMORY;

	for (size_t i = 0; i < manifest->n_rings; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];
		rings[i] = (struct undersign_ring_count){
			.name = convert_to_public(ring->name),
			.class_of_members = class_of(ring->class_of_members),
			.is_own = ring->type == MANIFEST_RING_OWN,
			.is_all = manifest_ring_is_of_all(manifest, i),
			.n_rosters = ring->n_rosters,
			.rosters = ring->rosters,
			.members = rings_last(bundle->inner->rings, i)->ring.n,
			.signatures = bundle->inner->tally.rings[i],
		};
	}
	bundle->tally.rings = rings;
	bundle->tally.n_rings = manifest->n_rings;
	return UNDERSIGN_OK;
}

/* scratch: ROSTER_TEXT_MAX bytes. */
static enum undersign_status fill_roster(struct undersign_roster_count *out,
					 const struct undersign_bundle *bundle, uint8_t *scratch,
					 size_t i)
{
	const uint32_t number = bundle->inner->manifest.rosters[i].column;
	const struct snapshot_record *record = bundle->inner->rings->rosters[i].record;
	struct writer writer = writer_new(scratch, ROSTER_TEXT_MAX);
	struct problem problem = {0};

	*out = (struct undersign_roster_count){
		.name = convert_to_public(record->roster),
		.organisation = convert_to_public(record->organisation),
		.source = convert_to_public(record->source),
		.steward = convert_to_public(record->steward),
		.class_of_members = class_of(record->class_of_members),
		.edition = record->edition,
		.column = number,
		.members = record->members,
	};
	/* A record has one text only, so writing it again gives what was signed. */
	enum undersign_status status = snapshot_write(&writer, record, &problem);
	if (status != UNDERSIGN_OK)
		return status;
	snapshot_id(out->id, writer_view(&writer));
	if (number > 0) {
		const struct calendar_column *column = &record->calendar.columns[number - 1];
		out->column_from = column->from;
		out->column_until = column->until;
		out->column_burn = column->burn;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status fill_rosters(struct undersign_bundle *bundle)
{
	const size_t n = bundle->inner->manifest.n_rosters;
	struct undersign_roster_count *rosters =
		ARENA_TAKE(&bundle->arena, struct undersign_roster_count, n);
	uint8_t *scratch = ARENA_TAKE(&bundle->arena, uint8_t, ROSTER_TEXT_MAX);
	if (!rosters || !scratch)
		return UNDERSIGN_E_MEMORY;

	for (size_t i = 0; i < n; i++) {
		enum undersign_status status = fill_roster(&rosters[i], bundle, scratch, i);
		if (status != UNDERSIGN_OK)
			return status;
	}
	bundle->tally.rosters = rosters;
	bundle->tally.n_rosters = n;
	return UNDERSIGN_OK;
}

static enum undersign_status fill_organisations(struct undersign_bundle *bundle)
{
	const struct tally *tally = &bundle->inner->tally;
	struct undersign_organisation_count *organisations = ARENA_TAKE(
		&bundle->arena, struct undersign_organisation_count, tally->n_organisations);
	if (!organisations)
		return UNDERSIGN_E_MEMORY;

	for (size_t i = 0; i < tally->n_organisations; i++) {
		const struct tally_organisation *organisation = &tally->organisations[i];
		organisations[i] = (struct undersign_organisation_count){
			.name = convert_to_public(organisation->name),
			.n_rosters = organisation->n_rosters,
			.rosters = organisation->rosters,
			.signatures = organisation->signatures,
			.is_represented = organisation->signatures > 0,
		};
	}
	bundle->tally.organisations = organisations;
	bundle->tally.n_organisations = tally->n_organisations;
	return UNDERSIGN_OK;
}

static enum undersign_status fill_history(struct undersign_bundle *bundle)
{
	const struct tally *tally = &bundle->inner->tally;
	const struct replay_letter *letter = bundle->inner->letter;
	struct undersign_growth *growth =
		ARENA_TAKE(&bundle->arena, struct undersign_growth, tally->n_growth);
	struct undersign_problem *notices =
		ARENA_TAKE(&bundle->arena, struct undersign_problem, letter->n_notices);
	if ((!growth && tally->n_growth > 0) || (!notices && letter->n_notices > 0))
		return UNDERSIGN_E_MEMORY;

	for (size_t i = 0; i < tally->n_growth; i++) {
		uint64_t date = 0;
		enum undersign_status status =
			record_log_instant(&date, &bundle->inner->log, tally->growth[i].epoch);
		if (status != UNDERSIGN_OK)
			return status;
		growth[i] = (struct undersign_growth){.epoch = tally->growth[i].epoch,
						      .date = date,
						      .signatures = tally->growth[i].total};
	}
	for (size_t i = 0; i < letter->n_notices; i++)
		convert_problem(&notices[i], &letter->notices[i]);
	bundle->tally.growth = growth;
	bundle->tally.n_growth = tally->n_growth;
	bundle->tally.notices = notices;
	bundle->tally.n_notices = letter->n_notices;
	return UNDERSIGN_OK;
}

static enum undersign_status fill_tally(struct undersign_bundle *bundle)
{
	const struct tally *tally = &bundle->inner->tally;

	bundle->tally.total = tally->total;
	bundle->tally.enrolled = tally->enrolled;
	bundle->tally.raw_key = tally->raw_key;
	bundle->tally.withdrawn = tally->withdrawn;
	bundle->tally.represented = tally->represented;
	enum undersign_status status = fill_rings(bundle);
	if (status == UNDERSIGN_OK)
		status = fill_rosters(bundle);
	if (status == UNDERSIGN_OK)
		status = fill_organisations(bundle);
	if (status == UNDERSIGN_OK)
		status = fill_history(bundle);
	return status;
}

/* The letter in its authoritative language: a copy, since files may be released. */
static enum undersign_status read_text(struct undersign_bytes *out, struct undersign_bundle *bundle)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	uint8_t name[BUNDLE_NAME_MAX];
	struct writer writer = writer_new(name, sizeof name);
	struct bytes content;

	bundle_write_text_name(&writer, &manifest->texts[manifest->authoritative]);
	const size_t i = bundle_find_file(&bundle->files, writer_view(&writer));
	if (i == bundle->files.n)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = file_read(bundle->files.cookie, i, &content);
	if (status != UNDERSIGN_OK)
		return status;
	const struct bytes copy = arena_copy(&bundle->arena, content);
	file_release(bundle->files.cookie, i);
	*out = convert_to_public(copy);
	return copy.data || content.len == 0 ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

static enum undersign_status fill_info(struct undersign_bundle *bundle)
{
	const struct bundle *inner = bundle->inner;
	const struct manifest *manifest = &inner->manifest;
	struct undersign_bundle_info *info = &bundle->info;
	enum undersign_status status;

	*info = (struct undersign_bundle_info){
		.manifest = convert_to_public(manifest->text),
		.title = convert_to_public(manifest->texts[manifest->authoritative].title),
		.to = convert_to_public(manifest->to),
		.origin = convert_to_public(inner->log.log.name),
		.epoch = inner->as_of.epoch,
		.date = inner->as_of.date,
		.epoch_seconds = inner->log.epoch_seconds,
		.log_size = inner->as_of.log_size,
		.is_opened = inner->letter->opened_at != REPLAY_NONE,
		.opens = inner->letter->opened_at != REPLAY_NONE ? inner->letter->opening
								 : manifest->opens,
		.closes = inner->letter->closing,
		.ring_min = (uint32_t)manifest->ring_min,
		.hold_min = (uint32_t)manifest->hold_min,
		.version = inner->rings->n_versions - 1,
		.log_is_anchored = inner->anchor.log_is_anchored,
		.letter_is_anchored = inner->anchor.letter_is_anchored,
		.n_witnesses = inner->anchor.n_witnesses,
		.n_cosigned = inner->anchor.n_cosigned,
	};
	memcpy(info->letter, manifest->context, sizeof info->letter);
	memcpy(info->root, inner->as_of.root.bytes, sizeof info->root);
	status = record_log_instant(&info->opens_date, &inner->log, info->opens);
	if (status == UNDERSIGN_OK)
		status = record_log_instant(&info->closes_date, &inner->log, info->closes);
	if (status == UNDERSIGN_OK)
		status = read_text(&info->text, bundle);
	return status;
}

enum undersign_status
undersign_bundle_open(struct undersign_bundle **out, const struct undersign_files *files,
		      const struct undersign_bundle_options *options,
		      const struct undersign_random *random, const struct undersign_memory *memory,
		      const struct undersign_progress *progress, struct undersign_problem *problem)
{
	struct arena arena = convert_memory(memory);
	const struct progress inner_progress = convert_progress(progress);
	struct problem inner = {0};
	uint8_t fresh[32];

	*out = NULL;
	if (random) {
		enum undersign_status status = random->fill(random->cookie, fresh, sizeof fresh);
		if (status != UNDERSIGN_OK)
			return status;
	}
	struct undersign_bundle *bundle = ARENA_TAKE(&arena, struct undersign_bundle, 1);
	if (!bundle)
		return UNDERSIGN_E_MEMORY;
	bundle->arena = arena;
	bundle->public_files = *files;
	bundle->files = (struct bundle_files){.n = files->n_files,
					      .name = file_name,
					      .read = file_read,
					      .release = file_release,
					      .cookie = &bundle->public_files};
	generators_new(&bundle->generators);
	bundle->parallel = convert_parallel(options ? options->parallel : NULL);

	struct undersign_ring_cache public_cache = {0};
	if (options && options->cache)
		public_cache = *options->cache;
	const struct rings_cache cache = {.read = cache_read,
					  .refuse = cache_refuse,
					  .begin = cache_begin,
					  .put = cache_put,
					  .end = cache_end,
					  .cookie = &public_cache};
	const struct bundle_options inner_options = {
		.policy = options ? convert_bytes(options->policy) : bytes_from(NULL, 0),
		.letter = options ? options->letter : NULL,
		.fresh = random ? fresh : NULL,
		.parallel = &bundle->parallel,
		.cache = options && options->cache ? &cache : NULL,
		.progress = &inner_progress,
	};
	enum undersign_status status =
		bundle_open(&bundle->inner, &bundle->files, &bundle->generators, &inner_options,
			    &bundle->arena, &inner);
	if (status == UNDERSIGN_OK)
		status = fill_info(bundle);
	if (status == UNDERSIGN_OK)
		status = fill_tally(bundle);
	if (status == UNDERSIGN_OK && manifest_is_poll(&bundle->inner->manifest))
		status = bundle_handle_fill_poll(bundle);
	if (status == UNDERSIGN_OK)
		status = bundle_handle_check_page(bundle, &inner);
	convert_problem(problem, &inner);
	if (status == UNDERSIGN_OK)
		*out = bundle;
	return status;
}

const struct undersign_bundle_info *undersign_bundle_info(const struct undersign_bundle *bundle)
{
	return &bundle->info;
}

const struct undersign_tally *undersign_bundle_tally(const struct undersign_bundle *bundle)
{
	return &bundle->tally;
}

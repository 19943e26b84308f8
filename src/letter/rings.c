#include "rings.h"

#include "rings_decoded.h"

#include "memory.h"

/* Entries that are handed on at a time, to be decoded together; more where there are many. */
#define CHUNK       1024
#define CHUNK_LARGE 4096

/* A roster in a version that is being checked. */
struct rings_pending {
	struct entry_tree tree;
	struct points_reader ahead;
	struct snapshot at;
};

struct load {
	struct letter_rings *rings;
	const struct rings_source *sources;
	struct entry *chunk;
	size_t chunk_len;
	const struct parallel *parallel;
	const struct rings_cache *cache;
	const struct progress *progress;
	uint64_t done, total;
	struct problem *problem;
};

static enum undersign_status fail_file(struct problem *problem, size_t roster, const char *rule,
				       const char *what)
{
	problem_where_number(problem, "points of roster", (uint64_t)roster + 1);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status parse_points(struct load *load, size_t number)
{
	struct rings_roster *roster = &load->rings->rosters[number];
	const struct rings_source *source = &load->sources[number];
	enum undersign_status status = points_parse(&roster->points, source->points, load->problem);

	roster->record = source->base;
	if (status != UNDERSIGN_OK) {
		problem_inside_number(load->problem, "points of roster", (uint64_t)number + 1);
		return status;
	}
	if (roster->points.class_of_members != source->base->class_of_members)
		return fail_file(load->problem, number,
				 "a points file has the class of its roster's record", "another");
	if (roster->points.n < source->base->members) {
		(void)fail_file(load->problem, number,
				"a points file has all entries of the letter's snapshot", "");
		problem_what_numbers(load->problem, "it has {1} of {2}", roster->points.n,
				     source->base->members);
		return UNDERSIGN_E_INVALID;
	}
	load->total += roster->points.n;
	return UNDERSIGN_OK;
}

/* Appends the next n entries of a points file to its list. */
static enum undersign_status append(struct load *load, size_t number, struct points_reader *reader,
				    uint64_t n)
{
	struct rings_roster *roster = &load->rings->rosters[number];

	while (n > 0) {
		size_t part = n < load->chunk_len ? (size_t)n : load->chunk_len;

		for (size_t i = 0; i < part; i++)
			CHECK(points_next(reader, &load->chunk[i]));
		enum undersign_status status =
			list_append(&roster->list, load->chunk, part, load->problem);
		if (status != UNDERSIGN_OK) {
			problem_inside_number(load->problem, "points of roster",
					      (uint64_t)number + 1);
			return status;
		}
		n -= part;
		load->done += part;
		progress_report(load->progress, load->done, load->total);
	}
	return UNDERSIGN_OK;
}

/* One roster: its base snapshot, compared with the record's root, then all that follows. */
static enum undersign_status load_roster(struct load *load, size_t number)
{
	struct letter_rings *rings = load->rings;
	struct rings_roster *roster = &rings->rosters[number];
	uint32_t *members = ARENA_TAKE(rings->arena, uint32_t, roster->points.n);
	const uint8_t *root =
		snapshot_root(roster->record, rings->manifest->rosters[number].column);

	if (!members)
		return UNDERSIGN_E_MEMORY;
	list_begin(&roster->list, &rings->universe, members, roster->points.n);
	const struct rings_decoded kept =
		rings_decoded_read(load->cache, &rings->manifest->rosters[number], &roster->points);
	roster->list.decoded = kept.decoded;
	roster->ahead = points_read(&roster->points);
	enum undersign_status status =
		append(load, number, &roster->ahead, roster->record->members);
	if (status != UNDERSIGN_OK)
		return status;
	list_snapshot(&roster->last, &roster->list);
	roster->tree = roster->list.tree;
	CHECK(root);
	if (memcmp(roster->last.root, root, HASH_BYTES) != 0)
		return fail_file(load->problem, number,
				 "the points that the record counts have the root that it states "
				 "(get the bundle again, from another place)",
				 "another root");
	struct points_reader rest = roster->ahead;
	status = append(load, number, &rest, roster->points.n - roster->record->members);
	if (status == UNDERSIGN_OK)
		rings_decoded_keep(&kept, &roster->list);
	return status;
}

/* True if a ring is the same in the pending version as in the last one. */
static bool is_unchanged(const struct letter_rings *rings, const struct manifest_ring *ring)
{
	if (rings->n_versions == 0)
		return false;
	for (size_t i = 0; i < ring->n_rosters; i++) {
		uint32_t roster = ring->rosters[i];

		if (rings->pending[roster].at.n != rings->rosters[roster].last.n)
			return false;
	}
	return true;
}

static enum undersign_status make_ring(struct ring *out, struct letter_rings *rings,
				       const struct manifest_ring *ring, struct problem *problem)
{
	uint64_t n = 0;

	if (ring->type == MANIFEST_RING_OWN) {
		uint32_t roster = ring->rosters[0];

		return ring_of_list(out, &rings->rosters[roster].list, &rings->pending[roster].at,
				    ring->name, problem);
	}
	struct ring_part *parts = ARENA_TAKE(rings->arena, struct ring_part, ring->n_rosters);
	if (!parts)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < ring->n_rosters; i++) {
		uint32_t roster = ring->rosters[i];

		parts[i] = (struct ring_part){
			.org = rings->manifest->rosters[roster].name,
			.list = &rings->rosters[roster].list,
			.at = rings->pending[roster].at,
		};
		n += parts[i].at.n;
	}
	uint32_t *members = ARENA_TAKE(rings->arena, uint32_t, (size_t)n);
	if (!members)
		return UNDERSIGN_E_MEMORY;
	return ring_of_several(out, &rings->universe, members, parts, ring->n_rosters, ring->name,
			       problem);
}

/* The place of an id in by_id, or where it would stand. */
static size_t find_place(const struct letter_rings *rings, const uint8_t id[static HASH_BYTES])
{
	size_t low = 0, high = rings->n_by_id;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(rings->by_id[middle]->ring.id, id, HASH_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A larger copy of an array of pointers. */
static void *grow(struct arena *arena, const void *items, size_t n, size_t capacity)
{
	void *copy = arena_take(arena, capacity, sizeof(void *));

	if (copy && n > 0)
		memcpy(copy, items, n * sizeof(void *));
	return copy;
}

static enum undersign_status reserve(struct letter_rings *rings)
{
	size_t n = rings->n_by_id + rings->manifest->n_rings;

	if (n > rings->by_id_capacity) {
		const struct rings_ring **by_id = (const struct rings_ring **)grow(
			rings->arena, rings->by_id, rings->n_by_id, 2 * n);

		if (!by_id)
			return UNDERSIGN_E_MEMORY;
		rings->by_id = by_id;
		rings->by_id_capacity = 2 * n;
	}
	if (rings->n_versions == rings->versions_capacity) {
		uint32_t capacity = 2 * rings->n_versions + 1;
		const struct rings_ring ***versions = (const struct rings_ring ***)grow(
			rings->arena, rings->versions, rings->n_versions, capacity);

		if (!versions)
			return UNDERSIGN_E_MEMORY;
		rings->versions = versions;
		rings->versions_capacity = capacity;
	}
	return UNDERSIGN_OK;
}

/* Makes all rings at the pending snapshots; if all can be made, they become the next version. */
static enum undersign_status add_version(struct letter_rings *rings, struct problem *problem)
{
	const struct manifest *manifest = rings->manifest;
	const struct rings_ring **version =
		ARENA_TAKE(rings->arena, const struct rings_ring *, manifest->n_rings);
	enum undersign_status status = reserve(rings);

	if (!version)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rings && status == UNDERSIGN_OK; i++) {
		if (is_unchanged(rings, &manifest->rings[i])) {
			version[i] = rings_last(rings, i);
			continue;
		}
		struct rings_ring *ring = ARENA_TAKE(rings->arena, struct rings_ring, 1);
		if (!ring)
			return UNDERSIGN_E_MEMORY;
		*ring = (struct rings_ring){.number = (uint32_t)i, .version = rings->n_versions};
		status = make_ring(&ring->ring, rings, &manifest->rings[i], problem);
		version[i] = ring;
	}
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < manifest->n_rings; i++) {
		if (version[i]->version != rings->n_versions)
			continue;
		size_t place = find_place(rings, version[i]->ring.id);
		memmove(&rings->by_id[place + 1], &rings->by_id[place],
			(rings->n_by_id - place) * sizeof *rings->by_id);
		rings->by_id[place] = version[i];
		rings->n_by_id++;
	}
	rings->versions[rings->n_versions++] = version;
	return UNDERSIGN_OK;
}

static enum undersign_status make_base(struct load *load)
{
	struct letter_rings *rings = load->rings;
	const struct manifest *manifest = rings->manifest;
	uint64_t *sizes = ARENA_TAKE(rings->arena, uint64_t, manifest->n_rings);
	const struct snapshot_record **bases =
		ARENA_TAKE(rings->arena, const struct snapshot_record *, manifest->n_rosters);

	if (!sizes || !bases)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		rings->pending[i].at = rings->rosters[i].last;
		bases[i] = rings->rosters[i].record;
	}
	enum undersign_status status = add_version(rings, load->problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < manifest->n_rings; i++)
		sizes[i] = rings_last(rings, i)->ring.n;
	return manifest_check_rings(manifest, bases, sizes, load->problem);
}

/* Names, classes and columns are checked before anything is loaded: loading relies on them. */
static enum undersign_status check_bases(struct load *load)
{
	const struct manifest *manifest = load->rings->manifest;
	const struct snapshot_record **bases =
		ARENA_TAKE(load->rings->arena, const struct snapshot_record *, manifest->n_rosters);

	if (!bases)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++)
		bases[i] = load->sources[i].base;
	return manifest_check_rings(manifest, bases, NULL, load->problem);
}

enum undersign_status rings_check_total(uint64_t total, struct problem *problem)
{
	if (total <= RINGS_ENTRIES_MAX)
		return UNDERSIGN_OK;
	problem_where(problem, "letter", bytes_from(NULL, 0));
	problem_rule(problem, "all rosters of a letter have at most 16,777,216 entries together");
	problem_what_numbers(problem, "they have at least {1}", total, 0);
	return UNDERSIGN_E_LIMIT;
}

static enum undersign_status make_universe(struct load *load)
{
	struct letter_rings *rings = load->rings;
	const enum undersign_status status = rings_check_total(load->total, load->problem);
	const size_t len = universe_memory_len((size_t)load->total);

	if (status != UNDERSIGN_OK)
		return status;
	CHECK(len > 0);
	void *memory = arena_take(rings->arena, 1, len);
	if (!memory)
		return UNDERSIGN_E_MEMORY;
	universe_new(&rings->universe, (size_t)load->total, memory, len);
	rings->universe.parallel = load->parallel;
	return UNDERSIGN_OK;
}

static enum undersign_status load_all(struct load *load)
{
	size_t n = load->rings->manifest->n_rosters;
	enum undersign_status status = check_bases(load);

	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = parse_points(load, i);
	if (status == UNDERSIGN_OK)
		status = make_universe(load);
	load->chunk_len = load->total < 8 * CHUNK_LARGE ? CHUNK : CHUNK_LARGE;
	load->chunk = ARENA_TAKE(load->rings->arena, struct entry, load->chunk_len);
	if (status == UNDERSIGN_OK && !load->chunk)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = load_roster(load, i);
	return status == UNDERSIGN_OK ? make_base(load) : status;
}

enum undersign_status rings_open(struct letter_rings **out, const struct manifest *manifest,
				 const struct rings_source *sources, struct arena *arena,
				 const struct parallel *parallel, const struct rings_cache *cache,
				 const struct progress *progress, struct problem *problem)
{
	struct letter_rings *rings = ARENA_TAKE(arena, struct letter_rings, 1);
	struct load load = {
		.rings = rings,
		.sources = sources,
		.parallel = parallel,
		.cache = cache,
		.progress = progress,
		.problem = problem,
	};

	*out = NULL;
	if (!rings)
		return UNDERSIGN_E_MEMORY;
	*rings = (struct letter_rings){
		.manifest = manifest,
		.arena = arena,
		.rosters = ARENA_TAKE(arena, struct rings_roster, manifest->n_rosters),
		.pending = ARENA_TAKE(arena, struct rings_pending, manifest->n_rosters),
	};
	if (!rings->rosters || !rings->pending)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = load_all(&load);
	if (status == UNDERSIGN_OK)
		*out = rings;
	return status;
}

/* --- Versions ---------------------------------------------------------------------------------
 */

static bool is_void(struct problem *why, uint64_t version, const char *rule, struct bytes what)
{
	problem_where_number(why, "extension", version);
	problem_rule(why, rule);
	problem_what(why, "", what);
	return true;
}

/* One roster of an extension; fills in its pending snapshot. True if the extension is void. */
static bool roster_is_void(struct letter_rings *rings, const struct record_extend *extend,
			   size_t number, const struct snapshot_record *record, struct problem *why)
{
	const struct rings_roster *roster = &rings->rosters[number];
	struct rings_pending *pending = &rings->pending[number];
	struct bytes name = extend->rosters[number].name;

	if (!record)
		return is_void(why, extend->version,
			       "each roster's record stands in the log before the extension", name);
	if (record->members != extend->rosters[number].members)
		return is_void(why, extend->version,
			       "an extension repeats the members of each roster's record", name);
	if (!snapshot_is_same_edition(roster->record, record))
		return is_void(why, extend->version,
			       "each roster is a snapshot of the same edition as in the version "
			       "before",
			       name);
	if (record->members < roster->last.n)
		return is_void(why, extend->version,
			       "each roster has as many members as in the version before, or more",
			       name);
	const uint8_t *root = snapshot_root(record, rings->manifest->rosters[number].column);
	CHECK(root);
	pending->tree = roster->tree;
	pending->ahead = roster->ahead;
	pending->at = roster->last;
	if (record->members > roster->points.n)
		return is_void(why, extend->version,
			       "each roster's entries are those of its points file", name);
	points_add_to_tree(&pending->tree, &pending->ahead,
			   (uint32_t)(record->members - pending->at.n));
	pending->at.n = record->members;
	entry_tree_root(pending->at.root, &pending->tree);
	/* The list is one chain of prefixes; a snapshot that forks from it has another root (M-16).
	 */
	if (memcmp(pending->at.root, root, HASH_BYTES) != 0)
		return is_void(why, extend->version,
			       "each roster has the entries of the version before as a prefix",
			       name);
	return false;
}

static bool extension_is_void(struct letter_rings *rings, const struct record_extend *extend,
			      const struct snapshot_record *const *records, uint64_t epoch,
			      uint64_t closing, struct problem *why)
{
	bool is_first = !rings->has_extend || rings->extend_epoch != epoch;

	rings->has_extend = true;
	rings->extend_epoch = epoch;
	if (!is_first)
		return is_void(why, extend->version, "a letter has one extension in an epoch",
			       bytes_from_text("the epoch has had one"));
	if (epoch > closing)
		return is_void(why, extend->version, "a letter is not extended after its closing",
			       bytes_from_text("it is closed"));
	if (extend->version != rings->n_versions) {
		(void)is_void(why, extend->version, "versions are consecutive",
			      bytes_from(NULL, 0));
		problem_what_numbers(why, "found {1} in place of {2}", extend->version,
				     rings->n_versions);
		return true;
	}
	if (record_extend_check(extend, rings->manifest, why) != UNDERSIGN_OK)
		return true;
	for (size_t i = 0; i < extend->n_rosters; i++)
		if (roster_is_void(rings, extend, i, records[i], why))
			return true;
	return false;
}

enum undersign_status rings_extend(struct letter_rings *rings, bool *out_holds,
				   const struct record_extend *extend,
				   const struct snapshot_record *const *records, uint64_t epoch,
				   uint64_t closing, struct problem *why)
{
	*out_holds = false;
	if (extension_is_void(rings, extend, records, epoch, closing, why))
		return UNDERSIGN_OK;
	enum undersign_status status = add_version(rings, why);
	if (status == UNDERSIGN_E_LIMIT) /* a ring has become too large: void, with that reason */
		return UNDERSIGN_OK;
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < rings->manifest->n_rosters; i++) {
		struct rings_roster *roster = &rings->rosters[i];

		roster->tree = rings->pending[i].tree;
		roster->ahead = rings->pending[i].ahead;
		roster->last = rings->pending[i].at;
		roster->record = records[i];
	}
	*out_holds = true;
	return UNDERSIGN_OK;
}

bool rings_can_extend(struct letter_rings *rings, const struct record_extend *extend,
		      const struct snapshot_record *const *records, uint64_t epoch,
		      uint64_t closing, struct problem *why)
{
	bool has_extend = rings->has_extend;
	uint64_t extend_epoch = rings->extend_epoch;
	bool is_void = extension_is_void(rings, extend, records, epoch, closing, why);

	rings->has_extend = has_extend;
	rings->extend_epoch = extend_epoch;
	return !is_void;
}

enum undersign_status rings_check_complete(const struct letter_rings *rings,
					   struct problem *problem)
{
	for (size_t i = 0; i < rings->manifest->n_rosters; i++) {
		const struct rings_roster *roster = &rings->rosters[i];

		if (roster->points.n == roster->last.n)
			continue;
		(void)fail_file(problem, i,
				"a points file has the entries of the last version that holds, and "
				"no more",
				"");
		problem_what_numbers(problem, "it has {1} in place of {2}", roster->points.n,
				     roster->last.n);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

const struct rings_ring *rings_find(const struct letter_rings *rings,
				    const uint8_t id[static HASH_BYTES])
{
	size_t place = find_place(rings, id);

	if (place == rings->n_by_id || memcmp(rings->by_id[place]->ring.id, id, HASH_BYTES) != 0)
		return NULL;
	return rings->by_id[place];
}

const struct rings_ring *rings_at(const struct letter_rings *rings, size_t number, uint32_t version)
{
	if (number >= rings->manifest->n_rings || version >= rings->n_versions)
		return NULL;
	return rings->versions[version][number];
}

const struct rings_ring *rings_last(const struct letter_rings *rings, size_t number)
{
	CHECK(number < rings->manifest->n_rings);
	return rings->versions[rings->n_versions - 1][number];
}

static enum undersign_status fail_statement(struct problem *problem, const char *rule,
					    const char *what)
{
	problem_where(problem, "statement file", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

enum undersign_status rings_check_file(const struct letter_rings *rings,
				       const struct statement_file *file, struct problem *problem)
{
	const struct rings_ring *found[2] = {NULL, NULL};

	for (size_t i = 0; i < file->n; i++) {
		if (file->statements[i].action != MESSAGE_SIGN)
			continue;
		found[i] = rings_find(rings, file->statements[i].ring_id);
		if (!found[i])
			return fail_statement(
				problem,
				"a signature names a ring of the letter, in a version "
				"that holds",
				"another ring");
	}
	if (file->n < 2)
		return UNDERSIGN_OK;
	if (!found[0] || !found[1])
		return fail_statement(problem, "only a signature has a second proof",
				      "a withdrawal");
	const struct manifest *manifest = rings->manifest;
	if (manifest->rings[found[0]->number].class_of_members !=
	    manifest->rings[found[1]->number].class_of_members)
		return fail_statement(problem, "both proofs are of one class", "two classes");
	if (!manifest_ring_is_of_all(manifest, found[1]->number))
		return fail_statement(problem, "the second proof is over the ring of all",
				      "another ring");
	if (manifest_ring_is_of_all(manifest, found[0]->number))
		return fail_statement(problem,
				      "the first proof is over another ring than that of all, "
				      "where there is a second",
				      "the ring of all");
	return UNDERSIGN_OK;
}

/* Loading an organisation's entries (protocol 4.1, 4.2). */
#include "ring.h"

#include "universe.h"

#include "batch.h"
#include "ed25519.h"
#include "memory.h"

/* Entries that one task decodes and hashes, a subtree of the list's tree. */
#define BLOCK_LEVEL 6
#define BLOCK       ((size_t)1 << BLOCK_LEVEL)
/* Blocks that wait to be appended. */
#define BLOCKS ((size_t)64)

/* Entries on their way into the list. */
struct batch {
	const struct entry *entries;
	size_t n;
	struct affine *points; /* n each */
	uint8_t *encodings;
	struct bytes decoded; /* forms that were kept of the first of them */
	bool is_aligned;      /* a block is a subtree of the list's tree */
	struct batch_block {
		size_t n_decoded; /* those before the first that cannot be decoded, or all */
		bool has_false;
		uint8_t root[HASH_BYTES];
	} blocks[BLOCKS];
};

void list_begin(struct list *out, struct universe *universe, uint32_t *members, size_t capacity)
{
	*out = (struct list){.universe = universe, .members = members, .capacity = capacity};
	universe_new_generation(universe);
	out->generation = universe->generation;
	entry_tree_begin(&out->tree);
}

static enum undersign_status refuse(const struct list *list, struct problem *problem,
				    enum undersign_status status, const char *rule,
				    const char *what)
{
	problem_where_number(problem, "entry", list->n);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static bool decode_raw_key(struct affine *out, uint8_t *encoding, const uint8_t *key)
{
	struct point point;

	if (ed25519_key_to_point_vartime(&point, key) != UNDERSIGN_OK)
		return false;
	affine_from_point(out, &point);
	point_encode(encoding, &point);
	return true;
}

/* Decodes n commitments, of whose first the forms in decoded are claimed. From the first false one
 * on, none is tried. Returns as points_decode_vartime. */
static size_t decode_run(struct affine *points, const uint8_t *encodings, size_t n,
			 struct bytes *decoded, bool *has_false)
{
	const size_t n_kept = decoded->len / POINT_DECODED_BYTES;
	const size_t n_tried = n_kept < n ? n_kept : n;
	size_t n_good = points_recall_vartime(points, encodings, decoded->data, n_tried);

	if (n_good < n_tried)
		*has_false = true;
	*decoded = n_good < n_tried ? bytes_from(NULL, 0)
				    : bytes_part(*decoded, n_tried * POINT_DECODED_BYTES,
						 decoded->len - n_tried * POINT_DECODED_BYTES);
	if (n_good < n)
		n_good += points_decode_vartime(points + n_good, encodings + POINT_BYTES * n_good,
						n - n_good);
	return n_good;
}

/* How many of n <= BLOCK entries can be decoded before one that cannot. */
static size_t decode(struct affine *points, uint8_t *encodings, const struct entry *entries,
		     size_t n, struct bytes decoded, bool *has_false)
{
	size_t k = 0;

	while (k < n) {
		size_t run = 0;

		for (; k + run < n && entries[k + run].kind == ENTRY_COMMITMENT; run++)
			memcpy(encodings + POINT_BYTES * (k + run), entries[k + run].source,
			       POINT_BYTES);
		if (run > 0) {
			size_t n_good = decode_run(points + k, encodings + POINT_BYTES * k, run,
						   &decoded, has_false);

			k += n_good;
			if (n_good < run)
				break;
		} else if (entries[k].kind == ENTRY_RAW_KEY &&
			   decode_raw_key(&points[k], encodings + POINT_BYTES * k,
					  entries[k].source)) {
			k++;
			decoded = bytes_from(NULL, 0); /* no form is kept of raw keys */
		} else {
			break;
		}
	}
	return k;
}

/* What was kept from entry k on. */
static struct bytes decoded_from(struct bytes decoded, size_t k)
{
	const size_t skipped = k * POINT_DECODED_BYTES;

	return skipped < decoded.len ? bytes_part(decoded, skipped, decoded.len - skipped)
				     : bytes_from(NULL, 0);
}

/* Decodes a block, and hashes it if it is a whole subtree. */
static void prepare_block(void *context, size_t number)
{
	struct batch *batch = context;
	struct batch_block *block = &batch->blocks[number];
	const size_t at = number * BLOCK, n = batch->n - at < BLOCK ? batch->n - at : BLOCK;
	const struct entry *entries = batch->entries + at;
	struct entry_tree tree;

	block->has_false = false;
	block->n_decoded = decode(batch->points + at, batch->encodings + POINT_BYTES * at, entries,
				  n, decoded_from(batch->decoded, at), &block->has_false);
	if (!batch->is_aligned || block->n_decoded < BLOCK)
		return;
	entry_tree_begin(&tree);
	entry_tree_add_entries(&tree, entries, BLOCK);
	entry_tree_root(block->root, &tree);
}

/* Takes one decoded entry in, but for its leaf. */
static enum undersign_status append(struct list *list, const struct entry *entry,
				    const uint8_t *encoding, const struct affine *point,
				    struct problem *problem)
{
	static const uint8_t identity[POINT_BYTES];
	size_t index;

	if (memcmp(encoding, identity, POINT_BYTES) == 0)
		return refuse(list, problem, UNDERSIGN_E_ENCODING,
			      "an entry must not be the identity (protocol 4.1): remove it",
			      "the identity");
	if (entry->meta.len > ENTRY_META_MAX)
		return refuse(list, problem, UNDERSIGN_E_FORMAT,
			      "an entry's meta has at most 32 bytes (protocol 4.1): shorten it",
			      "a longer one");
	if (list->n == list->capacity || list->n == RING_MAX)
		return refuse(list, problem, UNDERSIGN_E_LIMIT,
			      "a list has at most the announced number of entries, and 4194304 "
			      "(protocol 4.1): split the roster",
			      "one more");
	index = universe_intern(list->universe, encoding, point);
	if (index == SIZE_MAX)
		return refuse(list, problem, UNDERSIGN_E_LIMIT,
			      "all lists together have at most the announced number of entries",
			      "one more");
	if (universe_mark(list->universe, index))
		return refuse(list, problem, UNDERSIGN_E_CONFLICT,
			      "no two entries of a list are the same group element (protocol 4.1): "
			      "remove the later one",
			      "a repeat");
	list->universe->kinds[index] |= (uint8_t)(1u << entry->kind);
	list->members[list->n++] = (uint32_t)index;
	return UNDERSIGN_OK;
}

/* Why an entry was not decoded. */
static enum undersign_status refuse_entry(const struct list *list, const struct entry *entry,
					  struct problem *problem)
{
	if (entry->kind == ENTRY_COMMITMENT)
		return refuse(list, problem, UNDERSIGN_E_ENCODING,
			      "a commitment is a canonical ristretto255 element (RFC 9496): "
			      "enrol again",
			      "another encoding");
	if (entry->kind == ENTRY_RAW_KEY)
		return refuse(list, problem, UNDERSIGN_E_ENCODING,
			      "a raw key is a canonical Ed25519 key of prime order (protocol 4.2): "
			      "remove it",
			      "another encoding or order");
	return refuse(list, problem, UNDERSIGN_E_FORMAT, "an entry's kind is 1 or 2 (protocol 4.1)",
		      "another kind");
}

/* Appends a prepared block in its order: all of it, or what comes before the first fault. */
static enum undersign_status append_block(struct list *list, const struct batch *batch,
					  size_t number, struct problem *problem)
{
	const struct batch_block *block = &batch->blocks[number];
	const size_t at = number * BLOCK, n = batch->n - at < BLOCK ? batch->n - at : BLOCK;
	enum undersign_status status = UNDERSIGN_OK;
	size_t n_appended = 0;

	for (size_t i = 0; i < block->n_decoded; i++)
		universe_prefetch(list->universe, batch->encodings + POINT_BYTES * (at + i));
	for (; n_appended < n && status == UNDERSIGN_OK; n_appended++) {
		size_t k = at + n_appended;

		status = n_appended == block->n_decoded
				 ? refuse_entry(list, &batch->entries[k], problem)
				 : append(list, &batch->entries[k],
					  batch->encodings + POINT_BYTES * k, &batch->points[k],
					  problem);
		if (status)
			break;
	}
	if (batch->is_aligned && n_appended == BLOCK) {
		entry_tree_add_subtree(&list->tree, block->root, BLOCK_LEVEL);
		return status;
	}
	entry_tree_add_entries(&list->tree, batch->entries + at, n_appended);
	return status;
}

enum undersign_status list_append(struct list *list, const struct entry *entries, size_t n,
				  struct problem *problem)
{
	struct universe *universe = list->universe;
	enum undersign_status status = UNDERSIGN_OK;
	uint8_t encodings[BLOCK * POINT_BYTES];
	struct affine points[BLOCK];
	struct batch batch;

	CHECK(list->generation == universe->generation);
	while (n > 0 && status == UNDERSIGN_OK) {
		const size_t to_next = BLOCK - (list->tree.n & (BLOCK - 1));
		const size_t room = universe->capacity - universe->n;
		size_t taken = to_next < BLOCK ? to_next : BLOCKS * BLOCK;

		taken = taken < n ? taken : n;
		batch.entries = entries;
		batch.is_aligned = to_next == BLOCK;
		/* New elements are decoded where they will stand or, as some may be known already,
		 * behind that place; when the universe is as good as full, elsewhere. */
		if (room >= taken) {
			batch.points = universe->points + universe->n;
			batch.encodings = universe->encodings + POINT_BYTES * universe->n;
		} else {
			taken = taken < BLOCK ? taken : BLOCK;
			batch.points = points;
			batch.encodings = encodings;
		}
		batch.n = taken;
		batch.decoded = decoded_from(list->decoded, list->n);
		const size_t n_blocks = (taken + BLOCK - 1) >> BLOCK_LEVEL;
		parallel_run(universe->parallel, prepare_block, &batch, n_blocks);
		for (size_t i = 0; i < n_blocks; i++)
			list->has_false |= batch.blocks[i].has_false;
		for (size_t i = 0; i < n_blocks && status == UNDERSIGN_OK; i++)
			status = append_block(list, &batch, i, problem);
		entries += taken;
		n -= taken;
	}
	return status;
}

void list_write_decoded(uint8_t *out, const struct list *list, size_t first, size_t n)
{
	const struct universe *universe = list->universe;

	CHECK(first <= list->n && n <= list->n - first);
	for (size_t i = 0; i < n; i++) {
		const uint32_t member = list->members[first + i];
		const uint8_t *encoding = universe->encodings + POINT_BYTES * (size_t)member;
		struct affine point = universe->points[member];
		uint8_t *decoded = out + POINT_DECODED_BYTES * i;

		points_write_decoded(decoded, &point, 1);
		/* An element that came first as another roster's raw key stands there as that key's
		 * point, another of its class than decoding has. */
		if (points_recall_vartime(&point, encoding, decoded, 1) == 1)
			continue;
		CHECK(points_decode_vartime(&point, encoding, 1) == 1);
		points_write_decoded(decoded, &point, 1);
	}
}

void list_snapshot(struct snapshot *out, const struct list *list)
{
	out->n = list->n;
	entry_tree_root(out->root, &list->tree);
}

bool version_continues(const struct snapshot *last, const struct snapshot *next,
		       const struct snapshot *prefix, size_t n_organisations)
{
	for (size_t o = 0; o < n_organisations; o++)
		if (next[o].n < last[o].n || prefix[o].n != last[o].n ||
		    memcmp(prefix[o].root, last[o].root, HASH_BYTES) != 0)
			return false;
	return true;
}

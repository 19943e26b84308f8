/* Loading an organisation's entries (protocol 4.1, 4.2). */
#include "ring.h"

#include "universe.h"

#include "batch.h"
#include "ed25519.h"
#include "memory.h"

#define BLOCK 64

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

/* Appends one entry whose element is known. */
static enum undersign_status append(struct list *list, const struct entry *entry,
				    const uint8_t *encoding, const struct affine *point,
				    struct problem *problem)
{
	static const uint8_t identity[POINT_BYTES];
	uint8_t leaf[HASH_BYTES];
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
	entry_leaf(leaf, entry);
	entry_tree_add(&list->tree, leaf);
	list->members[list->n++] = (uint32_t)index;
	return UNDERSIGN_OK;
}

static enum undersign_status append_raw_key(struct list *list, const struct entry *entry,
					    struct problem *problem)
{
	uint8_t encoding[POINT_BYTES];
	struct point point;
	struct affine affine;

	if (ed25519_key_to_point_vartime(&point, entry->source) != UNDERSIGN_OK)
		return refuse(list, problem, UNDERSIGN_E_ENCODING,
			      "a raw key is a canonical Ed25519 key of prime order (protocol 4.2): "
			      "remove it",
			      "another encoding or order");
	affine_from_point(&affine, &point);
	point_encode(encoding, &point);
	return append(list, entry, encoding, &affine, problem);
}

/* Appends n <= BLOCK entries of kind (a), decoded together. */
static enum undersign_status append_commitments(struct list *list, const struct entry *entries,
						size_t n, struct problem *problem)
{
	uint8_t sources[BLOCK * POINT_BYTES] = {0};
	struct affine points[BLOCK];
	size_t n_good;

	for (size_t k = 0; k < n; k++)
		memcpy(sources + POINT_BYTES * k, entries[k].source, POINT_BYTES);
	n_good = points_decode_vartime(points, sources, n);
	for (size_t k = 0; k < n; k++) {
		enum undersign_status status;

		if (k == n_good)
			return refuse(
				list, problem, UNDERSIGN_E_ENCODING,
				"a commitment is a canonical ristretto255 element (RFC 9496): "
				"enrol again",
				"another encoding");
		status = append(list, &entries[k], entries[k].source, &points[k], problem);
		if (status)
			return status;
	}
	return UNDERSIGN_OK;
}

enum undersign_status list_append(struct list *list, const struct entry *entries, size_t n,
				  struct problem *problem)
{
	CHECK(list->generation == list->universe->generation);
	for (size_t k = 0; k < n;) {
		enum undersign_status status;
		size_t run = 0;

		while (run < BLOCK && k + run < n && entries[k + run].kind == ENTRY_COMMITMENT)
			run++;
		if (run > 0) {
			status = append_commitments(list, entries + k, run, problem);
			k += run;
		} else if (entries[k].kind == ENTRY_RAW_KEY) {
			status = append_raw_key(list, &entries[k++], problem);
		} else {
			status = refuse(list, problem, UNDERSIGN_E_FORMAT,
					"an entry's kind is 1 or 2 (protocol 4.1)", "another kind");
		}
		if (status)
			return status;
	}
	return UNDERSIGN_OK;
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

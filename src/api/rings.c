#include "convert.h"

#include "ct.h"
#include "memory.h"
#include "message.h"
#include "points.h"
#include "ring.h"
#include "sha2.h"
#include "sign.h"
#include "verify.h"

/* A part of a ring: a roster's list over the ring's universe. */
struct part {
	struct bytes org;
	struct bytes points; /* the whole file */
	uint32_t n;
	struct list list;
	struct snapshot at;
};

struct undersign_ring {
	struct generators *generators; /* shared by the rings that were joined */
	struct parallel parallel;
	struct universe universe;
	struct part *parts;
	size_t n_parts;
	struct ring ring;
};

static enum undersign_status load_part(struct undersign_ring *ring, struct part *part,
				       struct arena *arena, struct problem *problem)
{
	struct points points;
	struct entry entry;
	enum undersign_status status = points_parse(&points, part->points, problem);
	if (status != UNDERSIGN_OK)
		return status;
	uint32_t *members = ARENA_TAKE(arena, uint32_t, part->n);
	struct entry *entries = ARENA_TAKE(arena, struct entry, part->n);
	if (!members || !entries)
		return UNDERSIGN_E_MEMORY;

	struct points_reader reader = points_read(&points);
	for (uint32_t i = 0; i < part->n && points_next(&reader, &entry); i++)
		entries[i] = entry;
	list_begin(&part->list, &ring->universe, members, part->n);
	status = list_append(&part->list, entries, part->n, problem);
	if (status == UNDERSIGN_OK)
		list_snapshot(&part->at, &part->list);
	return status;
}

static enum undersign_status new_universe(struct undersign_ring *ring, size_t capacity,
					  struct arena *arena)
{
	const size_t len = universe_memory_len(capacity);
	if (len == 0)
		return UNDERSIGN_E_LIMIT;
	/* One item, so that it is aligned to 64. */
	void *memory = arena_take(arena, 1, len);
	if (!memory)
		return UNDERSIGN_E_MEMORY;
	universe_new(&ring->universe, capacity, memory, len);
	ring->universe.parallel = &ring->parallel;
	return UNDERSIGN_OK;
}

static enum undersign_status open_ring(struct undersign_ring **out, struct bytes org,
				       struct bytes file, uint64_t n_members, struct arena *arena,
				       const struct undersign_parallel *parallel,
				       struct problem *problem)
{
	struct points points;
	enum undersign_status status = points_parse(&points, file, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (n_members > points.n) {
		problem_rule(problem, "a ring has no more members than its points file");
		problem_what_numbers(problem, "{1} members were asked for, the file has {2}",
				     n_members, points.n);
		return UNDERSIGN_E_LIMIT;
	}
	const uint32_t n = n_members == 0 ? points.n : (uint32_t)n_members;

	struct undersign_ring *ring = ARENA_TAKE(arena, struct undersign_ring, 1);
	if (!ring)
		return UNDERSIGN_E_MEMORY;
	ring->generators = ARENA_TAKE(arena, struct generators, 1);
	ring->parts = ARENA_TAKE(arena, struct part, 1);
	if (!ring->generators || !ring->parts)
		return UNDERSIGN_E_MEMORY;
	generators_new(ring->generators);
	ring->parallel = convert_parallel(parallel);
	ring->n_parts = 1;
	ring->parts[0] = (struct part){.org = arena_copy(arena, org), .points = file, .n = n};
	status = new_universe(ring, n, arena);
	if (status == UNDERSIGN_OK)
		status = load_part(ring, &ring->parts[0], arena, problem);
	if (status == UNDERSIGN_OK)
		status = ring_of_list(&ring->ring, &ring->parts[0].list, &ring->parts[0].at, org,
				      problem);
	if (status == UNDERSIGN_OK)
		*out = ring;
	return status;
}

enum undersign_status undersign_ring_open(struct undersign_ring **out, struct undersign_bytes org,
					  struct undersign_bytes points, uint64_t n_members,
					  const struct undersign_memory *memory,
					  const struct undersign_parallel *parallel,
					  struct undersign_problem *problem)
{
	struct arena arena = convert_memory(memory);
	struct problem inner = {0};

	*out = NULL;
	enum undersign_status status = open_ring(out, convert_bytes(org), convert_bytes(points),
						 n_members, &arena, parallel, &inner);
	convert_problem(problem, &inner);
	return status;
}

static enum undersign_status join_rings(struct undersign_ring **out, struct bytes name,
					const struct undersign_ring *const *rings, size_t n_rings,
					struct arena *arena, struct problem *problem)
{
	size_t n_parts = 0;
	size_t n_members = 0;
	for (size_t i = 0; i < n_rings; i++)
		for (size_t j = 0; j < rings[i]->n_parts; j++, n_parts++)
			n_members += rings[i]->parts[j].n;
	if (n_parts == 0)
		return UNDERSIGN_E_USAGE;

	struct undersign_ring *ring = ARENA_TAKE(arena, struct undersign_ring, 1);
	struct part *parts = ARENA_TAKE(arena, struct part, n_parts);
	struct ring_part *ring_parts = ARENA_TAKE(arena, struct ring_part, n_parts);
	uint32_t *members = ARENA_TAKE(arena, uint32_t, n_members);
	if (!ring || !parts || !ring_parts || !members)
		return UNDERSIGN_E_MEMORY;
	ring->generators = rings[0]->generators;
	ring->parallel = rings[0]->parallel;
	ring->parts = parts;
	ring->n_parts = n_parts;
	enum undersign_status status = new_universe(ring, n_members, arena);
	size_t k = 0;
	for (size_t i = 0; i < n_rings; i++) {
		for (size_t j = 0; j < rings[i]->n_parts && status == UNDERSIGN_OK; j++, k++) {
			parts[k].org = rings[i]->parts[j].org;
			parts[k].points = rings[i]->parts[j].points;
			parts[k].n = rings[i]->parts[j].n;
			status = load_part(ring, &parts[k], arena, problem);
			ring_parts[k] =
				(struct ring_part){parts[k].org, &parts[k].list, parts[k].at};
		}
	}
	if (status == UNDERSIGN_OK)
		status = ring_of_several(&ring->ring, &ring->universe, members, ring_parts, n_parts,
					 name, problem);
	if (status == UNDERSIGN_OK)
		*out = ring;
	return status;
}

enum undersign_status undersign_ring_join(struct undersign_ring **out, struct undersign_bytes name,
					  const struct undersign_ring *const *rings, size_t n_rings,
					  const struct undersign_memory *memory,
					  struct undersign_problem *problem)
{
	struct arena arena = convert_memory(memory);
	struct problem inner = {0};

	*out = NULL;
	enum undersign_status status =
		join_rings(out, convert_bytes(name), rings, n_rings, &arena, &inner);
	convert_problem(problem, &inner);
	return status;
}

uint64_t undersign_ring_members(const struct undersign_ring *ring)
{
	return ring->ring.n;
}

void undersign_ring_id(uint8_t out[32], const struct undersign_ring *ring)
{
	memcpy(out, ring->ring.id, HASH_BYTES);
}

size_t undersign_proof_len(uint64_t n_members)
{
	return proof_len(n_members);
}

enum undersign_status
undersign_sign(uint8_t *proof, size_t capacity, size_t *proof_len_out,
	       const struct undersign_ring *ring, const uint8_t scope_bytes[UNDERSIGN_SCOPE_BYTES],
	       struct undersign_bytes message, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
	       const struct undersign_random *random, const struct undersign_memory *memory,
	       const struct undersign_progress *progress)
{
	struct arena arena = convert_memory(memory);
	const struct random_source source = convert_random(random);
	const struct progress inner_progress = convert_progress(progress);
	const size_t len = proof_len(ring->ring.n);
	const size_t scratch_len = proof_sign_scratch_len(ring->ring.n);
	struct scope scope;
	struct opening opening;

	*proof_len_out = 0;
	if (capacity < len)
		return UNDERSIGN_E_LIMIT;
	enum undersign_status status = convert_scope(&scope, scope_bytes);
	if (status != UNDERSIGN_OK)
		return status;
	void *scratch = arena_take(&arena, 1, scratch_len);
	if (!scratch)
		return UNDERSIGN_E_MEMORY;
	status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = proof_sign(proof, len, ring->generators, &ring->ring, &scope,
				    convert_bytes(message), &opening, &source, &inner_progress,
				    scratch, scratch_len);
	opening_wipe(&opening);
	if (status == UNDERSIGN_OK)
		*proof_len_out = len;
	return status;
}

/* Scopes of the items, each computed once: usually there are few. */
static enum undersign_status item_scopes(struct proof_item *out, const struct undersign_item *items,
					 size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++) {
		const struct scope *scope = NULL;
		for (size_t j = i; j-- > 0 && !scope;)
			if (memcmp(out[j].scope->bytes, items[i].scope, SCOPE_BYTES) == 0)
				scope = out[j].scope;
		if (!scope) {
			struct scope *made = ARENA_TAKE(arena, struct scope, 1);
			if (!made)
				return UNDERSIGN_E_MEMORY;
			enum undersign_status status = convert_scope(made, items[i].scope);
			if (status != UNDERSIGN_OK)
				return status;
			scope = made;
		}
		out[i].scope = scope;
	}
	return UNDERSIGN_OK;
}

enum undersign_status undersign_verify(bool *is_valid, const struct undersign_item *items, size_t n,
				       const struct undersign_random *random,
				       const struct undersign_memory *memory,
				       const struct undersign_progress *progress)
{
	struct arena arena = convert_memory(memory);
	const struct progress inner_progress = convert_progress(progress);
	uint8_t fresh[32];

	for (size_t i = 0; i < n; i++)
		is_valid[i] = false;
	if (n == 0)
		return UNDERSIGN_OK;
	if (random) {
		enum undersign_status status = random->fill(random->cookie, fresh, sizeof fresh);
		if (status != UNDERSIGN_OK)
			return status;
	}
	struct proof_item *inner = ARENA_TAKE(&arena, struct proof_item, n);
	if (!inner)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = item_scopes(inner, items, n, &arena);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < n; i++) {
		inner[i].ring = &items[i].ring->ring;
		inner[i].message = convert_bytes(items[i].message);
		inner[i].proof = convert_bytes(items[i].proof);
	}
	const size_t scratch_len = proof_verify_scratch_len(inner, n);
	void *scratch = arena_take(&arena, 1, scratch_len);
	if (!scratch)
		return UNDERSIGN_E_MEMORY;
	return proof_verify_batch_vartime(is_valid, items[0].ring->generators, inner, n,
					  random ? fresh : NULL, &inner_progress, scratch,
					  scratch_len)
		       ? UNDERSIGN_OK
		       : UNDERSIGN_E_INVALID;
}

_Static_assert(UNDERSIGN_LETTER_MESSAGE_BYTES == MESSAGE_SIGN_HEADER_BYTES,
	       "a letter's message has no payload");

void undersign_letter_message(uint8_t out[UNDERSIGN_LETTER_MESSAGE_BYTES],
			      struct undersign_bytes manifest, uint32_t seq)
{
	uint8_t hash[SHA512_BYTES];
	struct writer writer = writer_new(out, UNDERSIGN_LETTER_MESSAGE_BYTES);

	sha512(hash, convert_bytes(manifest));
	message_write_sign(&writer, seq, hash, bytes_from(NULL, 0));
}

void undersign_letter_scope(uint8_t out[UNDERSIGN_SCOPE_BYTES], struct undersign_bytes manifest)
{
	struct scope scope;

	scope_new_letter(&scope, convert_bytes(manifest));
	memcpy(out, scope.bytes, SCOPE_BYTES);
}

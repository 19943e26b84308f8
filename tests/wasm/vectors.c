/* Calls for the tests alone: tests/vectors/proof.json has rings of mixed classes, which the
 * protocol knows and no points file holds. Linked with all of the module; what a call takes lies in
 * its memory, and structs are read as JavaScript has written them. */
#include "heap.h"
#include "wasm.h"

#include "ring.h"
#include "scope.h"
#include "sigma.h"
#include "verify.h"

#define PARTS_MAX   8
#define MEMBERS_MAX 64

struct vectors_part {
	struct bytes org;
	const struct entry *entries;
	size_t n;
};

WASM_EXPORT("vectors_ring")
const struct ring *vectors_ring(const struct vectors_part *parts, size_t n_parts,
				struct bytes name);
WASM_EXPORT("vectors_ring_id") const uint8_t *vectors_ring_id(const struct ring *ring);
WASM_EXPORT("vectors_points") bool vectors_points(uint8_t *out, const uint8_t *scope);
WASM_EXPORT("vectors_tag")
bool vectors_tag(uint8_t *out, const uint8_t *secret, const uint8_t *scope);
WASM_EXPORT("vectors_signature")
bool vectors_signature(const struct ring *ring, const uint8_t *scope, struct bytes message,
		       struct bytes proof);
WASM_EXPORT("vectors_withdrawal")
bool vectors_withdrawal(const uint8_t *scope, struct bytes payload, struct bytes proof);
WASM_EXPORT("vectors_claim")
bool vectors_claim(const struct ring *ring, uint32_t i, const uint8_t *scope, struct bytes payload,
		   struct bytes proof);
WASM_EXPORT("vectors_designated")
bool vectors_designated(const struct ring *ring, uint32_t i, const uint8_t *scope,
			struct bytes payload, const uint8_t *tag, const uint8_t *vk,
			struct bytes proof);
WASM_EXPORT("vectors_registration")
bool vectors_registration(struct bytes org, struct bytes meta, uint32_t column,
			  const uint8_t *commitment, struct bytes proof);
WASM_EXPORT("vectors_verifier")
bool vectors_verifier(struct bytes name, const uint8_t *vk, struct bytes proof);

static const struct generators *generators(void)
{
	static struct generators made;
	static bool is_made;

	if (!is_made)
		generators_new(&made);
	is_made = true;
	return &made;
}

static struct scope read_scope(const uint8_t *bytes)
{
	struct cursor cursor = cursor_new(bytes_from(bytes, SCOPE_BYTES));
	uint8_t context[HASH_BYTES];
	struct scope scope;

	const uint8_t kind = cursor_u8(&cursor);
	cursor_copy(&cursor, context, sizeof context);
	scope_new(&scope, (enum scope_kind)kind, context, cursor_u32le(&cursor));
	return scope;
}

const struct ring *vectors_ring(const struct vectors_part *parts, size_t n_parts, struct bytes name)
{
	static struct list lists[PARTS_MAX];
	const size_t len = universe_memory_len(MEMBERS_MAX);
	struct universe *universe = heap_take(sizeof *universe);
	struct ring *ring = heap_take(sizeof *ring);
	uint32_t *members = heap_take((PARTS_MAX + 1) * MEMBERS_MAX * sizeof *members);
	struct ring_part ring_parts[PARTS_MAX];
	void *memory = heap_take(len);
	enum undersign_status status = UNDERSIGN_OK;

	if (!universe || !ring || !members || !memory || n_parts == 0 || n_parts > PARTS_MAX)
		return NULL;
	universe_new(universe, MEMBERS_MAX, memory, len);
	for (size_t o = 0; o < n_parts && status == UNDERSIGN_OK; o++) {
		list_begin(&lists[o], universe, members + (o + 1) * MEMBERS_MAX, MEMBERS_MAX);
		status = list_append(&lists[o], parts[o].entries, parts[o].n, NULL);
		ring_parts[o] = (struct ring_part){.org = parts[o].org, .list = &lists[o]};
		if (status == UNDERSIGN_OK)
			list_snapshot(&ring_parts[o].at, &lists[o]);
	}
	if (status == UNDERSIGN_OK && n_parts == 1)
		status = ring_of_list(ring, &lists[0], &ring_parts[0].at, name, NULL);
	else if (status == UNDERSIGN_OK)
		status = ring_of_several(ring, universe, members, ring_parts, n_parts, name, NULL);
	return status == UNDERSIGN_OK ? ring : NULL;
}

const uint8_t *vectors_ring_id(const struct ring *ring)
{
	return ring->id;
}

bool vectors_points(uint8_t *out, const uint8_t *scope_bytes)
{
	const struct scope scope = read_scope(scope_bytes);

	for (size_t j = 0; j < TAG_DIMENSION; j++) {
		struct point point;
		point_from_affine(&point, &generators()->g[j]);
		point_encode(out + j * POINT_BYTES, &point);
		point_from_affine(&point, &scope.u[j]);
		point_encode(out + (TAG_DIMENSION + 1 + j) * POINT_BYTES, &point);
	}
	struct point h;
	point_from_affine(&h, &generators()->h);
	point_encode(out + TAG_DIMENSION * POINT_BYTES, &h);
	return true;
}

bool vectors_tag(uint8_t *out, const uint8_t *secret, const uint8_t *scope)
{
	return undersign_tag(out, secret, scope) == UNDERSIGN_OK;
}

/* One by one and in a batch: both must say the same. */
bool vectors_signature(const struct ring *ring, const uint8_t *scope_bytes, struct bytes message,
		       struct bytes proof)
{
	const struct scope scope = read_scope(scope_bytes);
	const struct proof_item item = {ring, &scope, message, proof};
	const size_t len = proof_verify_scratch_len(&item, 1);
	void *scratch = heap_take(len);
	bool verdict;

	CHECK(scratch);
	const bool alone = proof_is_valid_vartime(generators(), &item, scratch, len);
	const bool batch = proof_verify_batch_vartime(&verdict, generators(), &item, 1, NULL, NULL,
						      scratch, len);
	CHECK(batch == verdict && alone == verdict);
	return alone;
}

bool vectors_withdrawal(const uint8_t *scope_bytes, struct bytes payload, struct bytes proof)
{
	const struct scope scope = read_scope(scope_bytes);
	return sigma_withdraw_is_valid_vartime(&scope, payload, proof);
}

bool vectors_claim(const struct ring *ring, uint32_t i, const uint8_t *scope_bytes,
		   struct bytes payload, struct bytes proof)
{
	const struct scope scope = read_scope(scope_bytes);
	const struct sigma_claim claim = {ring, i, &scope, payload};
	return sigma_claim_is_valid_vartime(generators(), &claim, proof);
}

bool vectors_designated(const struct ring *ring, uint32_t i, const uint8_t *scope_bytes,
			struct bytes payload, const uint8_t *tag, const uint8_t *vk,
			struct bytes proof)
{
	const struct scope scope = read_scope(scope_bytes);
	const struct sigma_claim claim = {ring, i, &scope, payload};
	return sigma_dv_claim_is_valid_vartime(generators(), &claim, tag, vk, proof);
}

bool vectors_registration(struct bytes org, struct bytes meta, uint32_t column,
			  const uint8_t *commitment, struct bytes proof)
{
	const struct sigma_registration registration = {org, meta, column, commitment};
	return sigma_register_is_valid_vartime(generators(), &registration, proof);
}

bool vectors_verifier(struct bytes name, const uint8_t *vk, struct bytes proof)
{
	return sigma_vk_is_valid_vartime(generators(), name, vk, proof);
}

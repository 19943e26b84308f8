#include "merkle.h"

#include "memory.h"
#include "sha2.h"

/* A tile level has 8 levels of the binary tree. */
#define TILE_HEIGHT 8

bool merkle_hash_is_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_BYTES) == 0;
}

struct merkle_hash merkle_empty(void)
{
	struct merkle_hash out = {{0}};

	sha256(out.bytes, bytes_from(NULL, 0));
	return out;
}

struct merkle_hash merkle_leaf(struct bytes entry)
{
	const uint8_t prefix = 0x00;
	struct merkle_hash out = {{0}};
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, &prefix, 1);
	sha256_add(&hash, entry.data, entry.len);
	sha256_end(&hash, out.bytes);
	return out;
}

struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
	uint8_t input[1 + 2 * MERKLE_BYTES];
	struct merkle_hash out = {{0}};

	input[0] = 0x01;
	memcpy(input + 1, left->bytes, MERKLE_BYTES);
	memcpy(input + 1 + MERKLE_BYTES, right->bytes, MERKLE_BYTES);
	sha256(out.bytes, bytes_from(input, sizeof input));
	return out;
}

struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t n)
{
	struct merkle_frontier frontier = {0};

	for (size_t i = 0; i < n; i++)
		merkle_frontier_add(&frontier, &leaves[i]);
	return merkle_frontier_root(&frontier);
}

void merkle_frontier_add(struct merkle_frontier *frontier, const struct merkle_hash *leaf)
{
	struct merkle_hash carry = *leaf;
	uint32_t height = 0;

	CHECK(frontier->size < MERKLE_SIZE_MAX);
	for (; (frontier->size >> height & 1) != 0; height++)
		carry = merkle_node(&frontier->hashes[height], &carry);
	frontier->hashes[height] = carry;
	frontier->size++;
}

struct merkle_hash merkle_frontier_root(const struct merkle_frontier *frontier)
{
	struct merkle_hash root = merkle_empty();
	bool has_root = false;

	for (uint32_t height = 0; height < 63; height++) {
		if ((frontier->size >> height & 1) == 0)
			continue;
		root = has_root ? merkle_node(&frontier->hashes[height], &root)
				: frontier->hashes[height];
		has_root = true;
	}
	return root;
}

size_t merkle_levels_extra(uint64_t size)
{
	uint64_t n_hashes = 0;

	while (size >= 256) {
		size >>= TILE_HEIGHT;
		n_hashes += size;
	}
	return n_hashes > SIZE_MAX ? SIZE_MAX : (size_t)n_hashes;
}

/* The root of 2^height hashes, which are overwritten. */
static struct merkle_hash fold(struct merkle_hash *hashes, uint32_t height)
{
	for (size_t n = (size_t)1 << height; n > 1; n >>= 1) {
		for (size_t i = 0; i < n; i += 2)
			hashes[i >> 1] = merkle_node(&hashes[i], &hashes[i + 1]);
	}
	return hashes[0];
}

void merkle_levels_make(struct merkle_levels *out, const struct merkle_hash *leaves, uint64_t size,
			struct merkle_hash *extra)
{
	struct merkle_hash tile[256];
	const struct merkle_hash *below = leaves;

	memset(out, 0, sizeof *out);
	out->size = size;
	out->levels[0] = leaves;
	for (uint32_t level = 1; size >= 256; level++) {
		size >>= TILE_HEIGHT;
		for (uint64_t i = 0; i < size; i++) {
			memcpy(tile, below + 256 * i, sizeof tile);
			extra[i] = fold(tile, TILE_HEIGHT);
		}
		out->levels[level] = extra;
		below = extra;
		extra += size;
	}
}

static enum undersign_status read_level(void *cookie, struct merkle_hash *out, uint32_t level,
					uint64_t index, size_t n)
{
	const struct merkle_levels *levels = cookie;

	if (level >= MERKLE_LEVELS_MAX || !levels->levels[level])
		return UNDERSIGN_E_MISSING;
	uint64_t there = levels->size >> (TILE_HEIGHT * level);
	if (index > there || n > there - index)
		return UNDERSIGN_E_MISSING;
	memcpy(out, levels->levels[level] + index, n * sizeof *out);
	return UNDERSIGN_OK;
}

struct merkle_reader merkle_levels_reader(const struct merkle_levels *levels)
{
	/* The reader only reads; cookies are not const because others' may not be. */
	return (struct merkle_reader){read_level, (void *)(uintptr_t)levels};
}

/* The root of the perfect subtree of 2^height leaves, the index-th of its kind. */
static enum undersign_status perfect_root(struct merkle_hash *out, uint32_t height, uint64_t index,
					  const struct merkle_reader *reader)
{
	struct merkle_hash hashes[128];
	uint32_t level = height / TILE_HEIGHT;
	uint32_t within = height % TILE_HEIGHT;

	enum undersign_status status =
		reader->read(reader->cookie, hashes, level, index << within, (size_t)1 << within);
	if (status == UNDERSIGN_OK)
		*out = fold(hashes, within);
	return status;
}

/* MTH of the leaves from start to end - 1. Requires: start < end, and start is a multiple of a
 * power of two that is not less than end - start, as in all subtrees of RFC 6962. */
static enum undersign_status range_root(struct merkle_hash *out, uint64_t start, uint64_t end,
					const struct merkle_reader *reader)
{
	uint64_t size = end - start;
	bool has_root = false;

	/* Perfect subtrees from right to left, the smallest first. */
	for (uint32_t height = 0; height < 63; height++) {
		struct merkle_hash left;

		if ((size >> height & 1) == 0)
			continue;
		end -= UINT64_C(1) << height;
		enum undersign_status status = perfect_root(&left, height, end >> height, reader);
		if (status != UNDERSIGN_OK)
			return status;
		*out = has_root ? merkle_node(&left, out) : left;
		has_root = true;
	}
	return UNDERSIGN_OK;
}

/* The largest power of two less than n. Requires: n > 1. */
static uint64_t split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void reverse(struct merkle_proof *proof)
{
	for (size_t i = 0; i + i + 1 < proof->n; i++) {
		struct merkle_hash other = proof->hashes[proof->n - 1 - i];

		proof->hashes[proof->n - 1 - i] = proof->hashes[i];
		proof->hashes[i] = other;
	}
}

enum undersign_status merkle_root_at(struct merkle_hash *out, uint64_t size,
				     const struct merkle_reader *reader)
{
	memset(out, 0, sizeof *out);
	if (size > MERKLE_SIZE_MAX)
		return UNDERSIGN_E_USAGE;
	if (size == 0) {
		*out = merkle_empty();
		return UNDERSIGN_OK;
	}
	enum undersign_status status = range_root(out, 0, size, reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status merkle_prove_inclusion(struct merkle_proof *out, uint64_t index,
					     uint64_t size, const struct merkle_reader *reader)
{
	uint64_t start = 0;
	uint64_t end = size;
	enum undersign_status status = UNDERSIGN_OK;

	memset(out, 0, sizeof *out);
	if (size > MERKLE_SIZE_MAX || index >= size)
		return UNDERSIGN_E_USAGE;
	/* Down from the root: at each step the subtree without the leaf. */
	while (end - start > 1 && status == UNDERSIGN_OK) {
		uint64_t middle = start + split(end - start);
		struct merkle_hash *sibling = &out->hashes[out->n++];

		if (index < middle) {
			status = range_root(sibling, middle, end, reader);
			end = middle;
		} else {
			status = range_root(sibling, start, middle, reader);
			start = middle;
		}
	}
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	reverse(out);
	return status;
}

enum undersign_status merkle_prove_consistency(struct merkle_proof *out, uint64_t old_size,
					       uint64_t size, const struct merkle_reader *reader)
{
	uint64_t start = 0;
	uint64_t end = size;
	enum undersign_status status = UNDERSIGN_OK;

	memset(out, 0, sizeof *out);
	if (size > MERKLE_SIZE_MAX || old_size > size)
		return UNDERSIGN_E_USAGE;
	if (old_size == 0 || old_size == size)
		return UNDERSIGN_OK;
	/* Down along the old tree's right edge, until its end is a subtree's end. */
	while (end != old_size && status == UNDERSIGN_OK) {
		uint64_t middle = start + split(end - start);
		struct merkle_hash *sibling = &out->hashes[out->n++];

		if (old_size <= middle) {
			status = range_root(sibling, middle, end, reader);
			end = middle;
		} else {
			status = range_root(sibling, start, middle, reader);
			start = middle;
		}
	}
	/* The old tree itself is known to the verifier; any other last subtree is not. */
	if (status == UNDERSIGN_OK && start > 0)
		status = range_root(&out->hashes[out->n++], start, end, reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	reverse(out);
	return status;
}

bool merkle_inclusion_is_valid(const struct merkle_proof *proof, const struct merkle_hash *leaf,
			       uint64_t index, uint64_t size, const struct merkle_hash *root)
{
	struct merkle_hash hash = *leaf;
	uint64_t last;
	size_t used = 0;

	if (size > MERKLE_SIZE_MAX || index >= size || proof->n > MERKLE_PROOF_MAX)
		return false;
	/* Up from the leaf, and from the last leaf along the right edge: while they differ there is
	 * a sibling at each level but where the node is the edge's own and has none. */
	for (last = size - 1; last > 0; index >>= 1, last >>= 1) {
		bool is_right = (index & 1) != 0;

		if (index == last && !is_right)
			continue; /* nothing stands to the right of the edge */
		if (used == proof->n)
			return false;
		hash = is_right ? merkle_node(&proof->hashes[used], &hash)
				: merkle_node(&hash, &proof->hashes[used]);
		used++;
	}
	return used == proof->n && merkle_hash_is_equal(&hash, root);
}

bool merkle_consistency_is_valid(const struct merkle_proof *proof, uint64_t old_size,
				 const struct merkle_hash *old_root, uint64_t size,
				 const struct merkle_hash *root)
{
	struct merkle_hash empty = merkle_empty();
	size_t used = 0;

	if (size > MERKLE_SIZE_MAX || old_size > size || proof->n > MERKLE_PROOF_MAX)
		return false;
	if ((old_size == 0 && !merkle_hash_is_equal(old_root, &empty)) ||
	    (size == 0 && !merkle_hash_is_equal(root, &empty)))
		return false;
	if (old_size == 0)
		return proof->n == 0;
	if (old_size == size)
		return proof->n == 0 && merkle_hash_is_equal(old_root, root);
	/* As for inclusion, of the largest perfect subtree at the old tree's right end, in both
	 * trees at once: what stands to its left is in both, what stands to its right is new. */
	uint64_t index = old_size - 1;
	uint64_t last = size - 1;
	for (; (index & 1) != 0; index >>= 1, last >>= 1)
		;
	if (index > 0 && proof->n == 0)
		return false;
	struct merkle_hash old_hash = index > 0 ? proof->hashes[used++] : *old_root;
	struct merkle_hash hash = old_hash;
	for (; last > 0; index >>= 1, last >>= 1) {
		bool is_right = (index & 1) != 0;

		if (index == last && !is_right)
			continue;
		if (used == proof->n)
			return false;
		if (is_right) {
			old_hash = merkle_node(&proof->hashes[used], &old_hash);
			hash = merkle_node(&proof->hashes[used], &hash);
		} else {
			hash = merkle_node(&hash, &proof->hashes[used]);
		}
		used++;
	}
	return used == proof->n && merkle_hash_is_equal(&old_hash, old_root) &&
	       merkle_hash_is_equal(&hash, root);
}

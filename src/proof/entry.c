#include "entry.h"

#include "transcript.h"

#include "batch.h"
#include "memory.h"

/* What a leaf and a node are hashes of. */
#define LEAF_INPUT (2 + POINT_BYTES + HASH_BYTES)
#define NODE_INPUT (1 + 2 * HASH_BYTES)
/* Entries hashed at a time: a subtree. */
#define BLOCK_LEVEL 6
#define BLOCK       ((size_t)1 << BLOCK_LEVEL)

_Static_assert(HASH_BYTES == B32_BYTES, "one kind of hash");

static void put_leaf_input(uint8_t out[static LEAF_INPUT], const struct entry *entry)
{
	out[0] = 0;
	out[1] = entry->kind;
	memcpy(out + 2, entry->source, POINT_BYTES);
	transcript_hash(out + 2 + POINT_BYTES, entry->meta);
}

void entry_leaf(uint8_t out[static HASH_BYTES], const struct entry *entry)
{
	uint8_t input[LEAF_INPUT];

	put_leaf_input(input, entry);
	transcript_hash(out, bytes_from(input, sizeof input));
}

/* The leaves of n <= BLOCK entries. */
static void hash_leaves(uint8_t *out, const struct entry *entries, size_t n)
{
	uint8_t inputs[BLOCK * LEAF_INPUT];

	for (size_t i = 0; i < n; i++) {
		uint8_t *input = inputs + i * LEAF_INPUT;

		/* Most have no meta: its hash is that of the entry before. */
		if (i == 0 || entries[i].meta.len > 0 || entries[i - 1].meta.len > 0) {
			put_leaf_input(input, &entries[i]);
			continue;
		}
		input[0] = 0;
		input[1] = entries[i].kind;
		memcpy(input + 2, entries[i].source, POINT_BYTES);
		memcpy(input + 2 + POINT_BYTES, input + 2 + POINT_BYTES - LEAF_INPUT, HASH_BYTES);
	}
	b32_each(out, inputs, n, LEAF_INPUT);
}

/* The root of the tree over BLOCK leaves, which are used up: it comes to stand first. */
static void hash_block(uint8_t *hashes)
{
	uint8_t inputs[BLOCK / 2 * NODE_INPUT];

	for (size_t n = BLOCK / 2; n > 0; n >>= 1) {
		for (size_t i = 0; i < n; i++) {
			inputs[i * NODE_INPUT] = 1;
			memcpy(inputs + i * NODE_INPUT + 1, hashes + i * 2 * HASH_BYTES,
			       2 * HASH_BYTES);
		}
		b32_each(hashes, inputs, n, NODE_INPUT);
	}
}

void entry_leaf_organisation(uint8_t out[static HASH_BYTES], struct bytes org, uint64_t n,
			     const uint8_t root[static HASH_BYTES])
{
	struct sha512 hash;
	uint8_t head[1 + 4 + 8], count[8], digest[SHA512_BYTES];
	struct writer writer = writer_new(head, sizeof head);

	/* No PROTOCOL_NAME here, as for the other leaves: 0x02 || item("org", org) || N || root. */
	writer_u8(&writer, 2);
	writer_u8(&writer, 3);
	writer_text(&writer, "org");
	writer_u64le(&writer, org.len);
	sha512_begin(&hash);
	sha512_add(&hash, head, writer.len);
	sha512_add(&hash, org.data, org.len);
	writer = writer_new(count, sizeof count);
	writer_u64le(&writer, n);
	sha512_add(&hash, count, sizeof count);
	sha512_add(&hash, root, HASH_BYTES);
	sha512_end(&hash, digest);
	memcpy(out, digest, HASH_BYTES);
}

static void node(uint8_t out[static HASH_BYTES], const uint8_t left[static HASH_BYTES],
		 const uint8_t right[static HASH_BYTES])
{
	uint8_t input[NODE_INPUT];

	input[0] = 1;
	memcpy(input + 1, left, HASH_BYTES);
	memcpy(input + 1 + HASH_BYTES, right, HASH_BYTES);
	transcript_hash(out, bytes_from(input, sizeof input));
}

/* There is one peak for each bit set in n. */
static unsigned count_peaks(uint64_t n)
{
	unsigned count = 0;

	for (; n; n &= n - 1)
		count++;
	return count;
}

void entry_tree_begin(struct entry_tree *tree)
{
	memset(tree, 0, sizeof *tree);
}

void entry_tree_add(struct entry_tree *tree, const uint8_t leaf[static HASH_BYTES])
{
	entry_tree_add_subtree(tree, leaf, 0);
}

void entry_tree_add_entries(struct entry_tree *tree, const struct entry *entries, size_t n)
{
	uint8_t hashes[BLOCK * HASH_BYTES];

	while (n > 0) {
		const size_t to_next = BLOCK - (size_t)(tree->n & (BLOCK - 1));
		const size_t taken = n < to_next ? n : to_next;

		hash_leaves(hashes, entries, taken);
		if (taken == BLOCK) {
			hash_block(hashes);
			entry_tree_add_subtree(tree, hashes, BLOCK_LEVEL);
		} else {
			for (size_t i = 0; i < taken; i++)
				entry_tree_add(tree, hashes + i * HASH_BYTES);
		}
		entries += taken;
		n -= taken;
	}
}

void entry_tree_add_subtree(struct entry_tree *tree, const uint8_t root[static HASH_BYTES],
			    unsigned level)
{
	unsigned n_peaks = count_peaks(tree->n);

	CHECK(level < ENTRY_TREE_DEPTH - 1 && tree->n < (uint64_t)1 << (ENTRY_TREE_DEPTH - 1) &&
	      (tree->n & (((uint64_t)1 << level) - 1)) == 0);
	memcpy(tree->peaks[n_peaks], root, HASH_BYTES);
	/* Each low bit set is a complete subtree of the size that has just been completed. */
	for (uint64_t bits = tree->n >> level; bits & 1; bits >>= 1) {
		node(tree->peaks[n_peaks - 1], tree->peaks[n_peaks - 1], tree->peaks[n_peaks]);
		n_peaks--;
	}
	tree->n += (uint64_t)1 << level;
}

void entry_tree_root(uint8_t out[static HASH_BYTES], const struct entry_tree *tree)
{
	unsigned n_peaks = count_peaks(tree->n);
	uint8_t root[HASH_BYTES];

	CHECK(n_peaks > 0);
	memcpy(root, tree->peaks[--n_peaks], HASH_BYTES);
	while (n_peaks > 0)
		node(root, tree->peaks[--n_peaks], root);
	memcpy(out, root, HASH_BYTES);
}

void entry_ring_id(uint8_t out[static HASH_BYTES], struct bytes org, uint64_t n,
		   const uint8_t root[static HASH_BYTES])
{
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_item(&transcript, "ring", bytes_from(NULL, 0));
	transcript_item(&transcript, "org", org);
	transcript_u64(&transcript, "N", n);
	transcript_item(&transcript, "root", bytes_from(root, HASH_BYTES));
	transcript_b32(out, &transcript);
}

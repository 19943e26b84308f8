#include "entry.h"

#include "transcript.h"

#include "memory.h"

void entry_leaf(uint8_t out[static HASH_BYTES], const struct entry *entry)
{
	uint8_t input[2 + POINT_BYTES + HASH_BYTES];

	input[0] = 0;
	input[1] = entry->kind;
	memcpy(input + 2, entry->source, POINT_BYTES);
	transcript_hash(input + 2 + POINT_BYTES, entry->meta);
	transcript_hash(out, bytes_from(input, sizeof input));
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
	uint8_t input[1 + 2 * HASH_BYTES];

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

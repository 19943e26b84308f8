/* Logs for the tests of witnesses: the known one, and branches of it that differ from some entry
 * on; checkpoints and submissions of them. Key 0 is the log's, 0x20 the first witness's. */
#ifndef UNDERSIGNED_TEST_TREES_H
#define UNDERSIGNED_TEST_TREES_H

#include "../log/known.h"

#include "checkpoint.h"
#include "witness.h"

#define TREES_SIZE   600
#define TREES_ORIGIN "log.example/letters"

struct tree {
	struct merkle_hash leaves[TREES_SIZE];
	struct merkle_hash extra[16];
	struct merkle_levels levels;
	struct merkle_reader reader;
};

/* The known entries up to branch, then others. */
static inline void tree_make(struct tree *tree, size_t branch)
{
	for (size_t i = 0; i < TREES_SIZE; i++) {
		tree->leaves[i] = known_leaf(i);
		tree->leaves[i].bytes[0] ^= i >= branch;
	}
	assert_true(merkle_levels_extra(TREES_SIZE) <= 16);
	merkle_levels_make(&tree->levels, tree->leaves, TREES_SIZE, tree->extra);
	tree->reader = merkle_levels_reader(&tree->levels);
}

/* A terminated text, made by the functions below. */
struct text {
	char at[WITNESS_SUBMISSION_LEN_MAX / 4];
	size_t len;
};

static inline struct bytes text_view(const struct text *text)
{
	return bytes_from(text->at, text->len);
}

static inline struct merkle_hash tree_root(const struct tree *tree, uint64_t size)
{
	return merkle_root(tree->leaves, size);
}

static inline struct text checkpoint_of(const char *origin, uint64_t size, struct merkle_hash root,
					const char *key_name, struct test_key *key)
{
	struct text body = {.len = 0}, out = {.len = 0};
	struct writer writer = writer_new(body.at, sizeof body.at);
	struct writer signed_writer = writer_new(out.at, sizeof out.at);
	const struct checkpoint checkpoint = {.origin = BYTES(origin), .size = size, .root = root};
	const struct note_signer signer = test_signer(key_name, key);

	checkpoint_write(&writer, &checkpoint);
	assert_int_equal(note_sign(&signed_writer, writer_view(&writer), &signer, 1), UNDERSIGN_OK);
	out.len = signed_writer.len;
	out.at[out.len] = '\0';
	return out;
}

static inline struct text tree_checkpoint(const struct tree *tree, uint64_t size)
{
	struct test_key key = test_key_new(0);

	return checkpoint_of(TREES_ORIGIN, size, tree_root(tree, size), TREES_ORIGIN, &key);
}

static inline struct text submission_of(uint64_t old_size, const struct merkle_proof *proof,
					const struct text *checkpoint)
{
	struct text out = {.len = 0};
	struct writer writer = writer_new(out.at, sizeof out.at);

	witness_write(&writer, old_size, proof, text_view(checkpoint));
	out.len = writer_view(&writer).len;
	out.at[out.len] = '\0';
	return out;
}

static inline struct merkle_proof tree_proof(const struct tree *tree, uint64_t old_size,
					     uint64_t size)
{
	struct merkle_proof proof;

	assert_int_equal(merkle_prove_consistency(&proof, old_size, size, &tree->reader),
			 UNDERSIGN_OK);
	return proof;
}

/* The honest submission of a tree. */
static inline struct text tree_submission(const struct tree *tree, uint64_t old_size, uint64_t size)
{
	const struct text checkpoint = tree_checkpoint(tree, size);
	const struct merkle_proof proof = tree_proof(tree, old_size, size);

	return submission_of(old_size, &proof, &checkpoint);
}

#endif

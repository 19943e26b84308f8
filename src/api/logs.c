#include "bundle_handle.h"
#include "convert.h"

#include "checkpoint.h"
#include "manifest.h"
#include "memory.h"
#include "merkle.h"
#include "policy.h"
#include "record.h"
#include "tile.h"
#include "tlog_proof.h"

enum undersign_status undersign_checkpoint_verify(struct undersign_checkpoint *out,
						  struct undersign_bytes note_bytes,
						  struct undersign_bytes policy_text,
						  struct undersign_problem *problem)
{
	struct problem inner = {0};
	struct policy policy;
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	size_t log;

	memset(out, 0, sizeof *out);
	enum undersign_status status = policy_parse(&policy, convert_bytes(policy_text), &inner);
	if (status == UNDERSIGN_OK)
		status = policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						convert_bytes(note_bytes), &inner);
	convert_problem(problem, &inner);
	if (status != UNDERSIGN_OK)
		return status;
	out->size = checkpoint.size;
	memcpy(out->root, checkpoint.root.bytes, sizeof out->root);
	out->origin = convert_to_public(checkpoint.origin);
	out->n_witnesses = (uint32_t)policy.n_witnesses;
	for (size_t i = 0; i < policy.n_witnesses; i++)
		out->n_cosigned += note_verdict_has(&verdict, 1 + i);
	return UNDERSIGN_OK;
}

enum undersign_status undersign_inclusion_verify(uint64_t *out_index, struct undersign_bytes entry,
						 struct undersign_bytes tlog_proof,
						 struct undersign_bytes policy_text,
						 struct undersign_problem *problem)
{
	const struct merkle_hash leaf = merkle_leaf(convert_bytes(entry));
	struct problem inner = {0};
	struct policy policy;
	struct tlog_proof proof;
	struct checkpoint checkpoint;

	*out_index = 0;
	enum undersign_status status = policy_parse(&policy, convert_bytes(policy_text), &inner);
	if (status == UNDERSIGN_OK)
		status = tlog_proof_parse(&proof, convert_bytes(tlog_proof), &inner);
	if (status == UNDERSIGN_OK)
		status = tlog_proof_verify(&checkpoint, &proof, &leaf, &policy, &inner);
	convert_problem(problem, &inner);
	if (status == UNDERSIGN_OK)
		*out_index = proof.index;
	return status;
}

/* Reads stored hashes from the bundle's tiles, which have been verified. */
static enum undersign_status read_hashes(void *cookie, struct merkle_hash *out, uint32_t level,
					 uint64_t index, size_t n)
{
	const struct undersign_bundle *bundle = cookie;
	const uint64_t size = bundle->info.log_size >> (8 * level);
	struct tile tile = {.level = level, .index = index / TILE_WIDTH, .width = TILE_WIDTH};
	struct merkle_hash hashes[TILE_WIDTH];
	uint8_t path[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(path, sizeof path);
	struct bytes content;

	const uint64_t first = tile.index * TILE_WIDTH;
	if (first >= size)
		return UNDERSIGN_E_MISSING;
	if (size - first < TILE_WIDTH)
		tile.width = (uint32_t)(size - first);
	tile_path_write(&writer, &tile);
	const size_t i = bundle_find_file(&bundle->files, writer_view(&writer));
	if (i == bundle->files.n || index - first + n > tile.width)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = bundle->files.read(bundle->files.cookie, i, &content);
	if (status != UNDERSIGN_OK)
		return status;
	status = tile_parse(hashes, tile.width, content);
	if (status == UNDERSIGN_OK)
		memcpy(out, hashes + (index - first), n * sizeof *out);
	bundle->files.release(bundle->files.cookie, i);
	return status;
}

enum undersign_status undersign_inclusion_prove(uint8_t *out, size_t capacity, size_t *out_len,
						const struct undersign_bundle *bundle,
						uint64_t entry)
{
	struct undersign_bundle *cookie = (struct undersign_bundle *)(uintptr_t)bundle;
	const struct merkle_reader reader = {read_hashes, cookie};
	struct tlog_proof proof = {.index = entry, .checkpoint = bundle->inner->checkpoint_note};
	struct writer writer = writer_new(out, capacity);

	*out_len = 0;
	enum undersign_status status =
		merkle_prove_inclusion(&proof.path, entry, bundle->info.log_size, &reader);
	if (status != UNDERSIGN_OK)
		return status;
	tlog_proof_write(&writer, &proof);
	if (writer.has_overflowed) {
		memset(out, 0, capacity);
		return UNDERSIGN_E_LIMIT;
	}
	*out_len = writer.len;
	return UNDERSIGN_OK;
}

/* True if a note is a manifest that uses the roster's edition in this column. */
static bool uses_column(const struct undersign_bundle *bundle, struct bytes entry,
			const struct snapshot_record *roster, uint32_t column, struct arena *arena)
{
	struct manifest manifest;
	struct snapshot_record record;
	struct note note, record_note;
	struct problem problem = {0};

	if (record_kind_of(entry) != RECORD_LETTER ||
	    note_parse(&note, entry, &problem) != UNDERSIGN_OK ||
	    manifest_parse(&manifest, note.text, arena, &problem) != UNDERSIGN_OK)
		return false;
	for (size_t i = 0; i < manifest.n_rosters; i++) {
		if (manifest.rosters[i].column != column)
			continue;
		const struct bytes logged =
			replay_roster_record(bundle->inner->replay, manifest.rosters[i].record);
		if (logged.len > 0 &&
		    snapshot_open(&record, &record_note, logged, &problem) == UNDERSIGN_OK &&
		    snapshot_is_same_edition(&record, roster))
			return true;
	}
	return false;
}

enum undersign_status undersign_bundle_uses(uint32_t *out, const struct undersign_bundle *bundle,
					    uint32_t roster, const struct undersign_memory *memory)
{
	struct arena arena = convert_memory(memory);
	struct tile_walk walk = tile_walk_new(bundle->info.log_size);
	struct bytes entries[TILE_WIDTH];
	struct tile tile;

	*out = 0;
	if (roster >= bundle->inner->manifest.n_rosters)
		return UNDERSIGN_E_USAGE;
	const struct snapshot_record *record = bundle->inner->rings->rosters[roster].record;
	const uint32_t column = bundle->inner->manifest.rosters[roster].column;
	while (tile_walk_next(&walk, &tile)) {
		uint8_t path[TILE_PATH_LEN_MAX];
		struct writer writer = writer_new(path, sizeof path);
		struct bytes content;

		if (!tile.is_entries)
			continue;
		tile_path_write(&writer, &tile);
		const size_t file = bundle_find_file(&bundle->files, writer_view(&writer));
		if (file == bundle->files.n)
			return UNDERSIGN_E_MISSING;
		enum undersign_status status =
			bundle->files.read(bundle->files.cookie, file, &content);
		if (status != UNDERSIGN_OK)
			return status;
		status = tile_entries_parse(entries, tile.width, content);
		for (size_t i = 0; i < tile.width && status == UNDERSIGN_OK; i++)
			*out += uses_column(bundle, entries[i], record, column, &arena);
		bundle->files.release(bundle->files.cookie, file);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

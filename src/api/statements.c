#include "bundle_handle.h"
#include "convert.h"

#include "answer.h"
#include "ct.h"
#include "memory.h"
#include "message.h"
#include "replay_poll.h"
#include "sequencer.h"
#include "sigma.h"
#include "sign.h"
#include "statement.h"

_Static_assert(UNDERSIGN_STATEMENT_MAX >= STATEMENT_FILE_MAX, "every statement file fits");

enum undersign_status bundle_handle_find(uint32_t *out_roster,
					 const struct undersign_bundle *bundle,
					 const struct opening *opening)
{
	const struct letter_rings *rings = bundle->inner->rings;
	const struct manifest *manifest = &bundle->inner->manifest;
	uint8_t element[POINT_BYTES];
	uint64_t found_roster = 0;
	uint64_t is_found = 0;

	opening_commit_encoded(element, &bundle->generators, opening);
	/* All entries are compared, so that neither time nor memory accesses tell which it is. */
	for (uint32_t i = 0; i < manifest->n_rosters; i++) {
		const struct rings_roster *roster = &rings->rosters[i];
		uint64_t is_here = 0;
		for (size_t k = 0; k < roster->last.n; k++) {
			const uint8_t *entry = rings->universe.encodings +
					       (size_t)roster->list.members[k] * POINT_BYTES;
			uint64_t difference = 0;
			for (size_t j = 0; j < POINT_BYTES; j++)
				difference |= (uint64_t)(entry[j] ^ element[j]);
			is_here |= ct_is_zero(difference);
		}
		/* The first one counts: a member in two rosters signs in one. */
		found_roster = ct_select(ct_mask(is_here & (1 ^ is_found)), i, found_roster);
		is_found |= is_here;
	}
	wipe(element, sizeof element);
	/* The member is about to be shown his ring, and his statement will name it. */
	ct_declassify(&is_found, sizeof is_found);
	ct_declassify(&found_roster, sizeof found_roster);
	if (!is_found)
		return UNDERSIGN_E_MISSING;
	*out_roster = (uint32_t)found_roster;
	return UNDERSIGN_OK;
}

enum undersign_status undersign_bundle_place(struct undersign_place *out,
					     const struct undersign_bundle *bundle,
					     const uint8_t secret[UNDERSIGN_SECRET_BYTES])
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct replay_letter *letter = bundle->inner->letter;
	uint8_t tag[POINT_BYTES] = {0};
	struct opening opening;
	uint32_t roster = 0;

	memset(out, 0, sizeof *out);
	enum undersign_status status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = bundle_handle_find(&roster, bundle, &opening);
	if (status == UNDERSIGN_OK)
		status = opening_tag(tag, &letter->scope, &opening);
	opening_wipe(&opening);
	if (status != UNDERSIGN_OK)
		return status;

	/* Looking it up needs no secrecy from the member's own machine beyond the file that he is
	 * about to write, which has the tag in clear. */
	ct_declassify(tag, sizeof tag);
	const struct tally_tag published =
		tally_of_tag(letter->statements, letter->n_statements, tag);
	wipe(tag, sizeof tag);
	const size_t own = manifest_ring_of_roster(manifest, roster);
	const size_t all =
		manifest_ring_of_all(manifest, manifest_roster_class(&manifest->rosters[roster]));
	*out = (struct undersign_place){
		.roster = roster,
		.own_ring = own < manifest->n_rings ? (uint32_t)own : UINT32_MAX,
		.all_ring = (uint32_t)all,
		.next_seq = published.highest_seq + 1,
	};
	return UNDERSIGN_OK;
}

/* What a member signs: nothing but the letter, or an answer. */
struct signed_content {
	const struct answer_poll *poll; /* NULL: a letter */
	const struct answer_secret *secret;
	const uint8_t *ciphertexts;
	uint8_t tag[POINT_BYTES];
};

/* The body for one ring; empty for a letter. */
static enum undersign_status make_body(struct bytes *out, const struct signed_content *content,
				       const struct ring *over, const struct random_source *random,
				       struct arena *arena)
{
	*out = bytes_from(NULL, 0);
	if (!content->poll)
		return UNDERSIGN_OK;
	const size_t len = shape_answer_len(content->poll->shape);
	uint8_t *body = arena_take(arena, len, 1);
	if (!body)
		return UNDERSIGN_E_MEMORY;
	*out = bytes_from(body, len);
	return answer_prove(body, content->poll, content->ciphertexts, content->secret, over->id,
			    content->tag, random);
}

/* Writes one entry with a fresh proof over a ring; returns its view in the writer's buffer. */
static enum undersign_status sign_entry(struct bytes *out, const struct undersign_bundle *bundle,
					const struct signed_content *content, uint32_t ring,
					uint32_t seq, const struct opening *opening,
					const struct random_source *random, struct arena *arena,
					const struct progress *progress)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct ring *over = &rings_last(bundle->inner->rings, ring)->ring;
	const size_t len = proof_len(over->n);
	const size_t scratch_len = proof_sign_scratch_len(over->n);
	uint8_t message[STATEMENT_MESSAGE_MAX];
	struct writer message_writer = writer_new(message, sizeof message);
	struct statement statement = {.action = MESSAGE_SIGN, .seq = seq};
	uint8_t *proof = arena_take(arena, len, 1);
	uint8_t *entry = arena_take(arena, STATEMENT_LETTER_MAX, 1);
	void *scratch = arena_take(arena, 1, scratch_len);
	if (!proof || !entry || !scratch)
		return UNDERSIGN_E_MEMORY;

	memcpy(statement.scope, bundle->inner->letter->scope.bytes, SCOPE_BYTES);
	memcpy(statement.ring_id, over->id, HASH_BYTES);
	enum undersign_status status = make_body(&statement.body, content, over, random, arena);
	if (status != UNDERSIGN_OK)
		return status;
	statement_message(&message_writer, &statement, manifest);
	status = proof_sign(proof, len, &bundle->generators, over, &bundle->inner->letter->scope,
			    writer_view(&message_writer), opening, random, progress, scratch,
			    scratch_len);
	if (status != UNDERSIGN_OK)
		return status;
	statement.proof = bytes_from(proof, len);
	struct writer writer = writer_new(entry, STATEMENT_LETTER_MAX);
	statement_write(&writer, &statement);
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* Copies what the writer has, all of it or nothing. */
static enum undersign_status finish(size_t *out_len, const struct writer *writer, uint8_t *out,
				    size_t capacity)
{
	if (writer->has_overflowed) {
		memset(out, 0, capacity);
		return UNDERSIGN_E_LIMIT;
	}
	*out_len = writer->len;
	return UNDERSIGN_OK;
}

/* What both kinds of statement have in common, once the opening is there and the content made. */
struct signing_task {
	const struct undersign_bundle *bundle;
	uint32_t ring;
	bool with_second;
	uint32_t seq;
	struct random_source random;
	struct progress progress;
	struct arena arena;
};

static enum undersign_status write_file(uint8_t *out, size_t capacity, size_t *out_len,
					struct signing_task *task,
					const struct signed_content *content,
					const struct opening *opening)
{
	const struct manifest *manifest = &task->bundle->inner->manifest;
	struct writer writer = writer_new(out, capacity);
	struct bytes entries[2];
	size_t n_entries = 1;
	enum undersign_status status =
		sign_entry(&entries[0], task->bundle, content, task->ring, task->seq, opening,
			   &task->random, &task->arena, &task->progress);

	if (status == UNDERSIGN_OK && task->with_second &&
	    !manifest_ring_is_of_all(manifest, task->ring)) {
		const size_t all = manifest_ring_of_all(
			manifest, manifest->rings[task->ring].class_of_members);
		status = sign_entry(&entries[1], task->bundle, content, (uint32_t)all, task->seq,
				    opening, &task->random, &task->arena, &task->progress);
		n_entries = 2;
	}
	if (status != UNDERSIGN_OK)
		return status;
	statement_file_write(&writer, entries, n_entries);
	return finish(out_len, &writer, out, capacity);
}

enum undersign_status
undersign_bundle_sign(uint8_t *statement, size_t capacity, size_t *statement_len,
		      const struct undersign_bundle *bundle, uint32_t ring, bool with_second,
		      uint32_t seq, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
		      const struct undersign_random *random, const struct undersign_memory *memory,
		      const struct undersign_progress *progress)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct signed_content content = {0};
	struct signing_task task = {bundle,
				    ring,
				    with_second,
				    seq,
				    convert_random(random),
				    convert_progress(progress),
				    convert_memory(memory)};
	struct opening opening;

	*statement_len = 0;
	if (ring >= manifest->n_rings || seq < 1 || manifest_is_poll(manifest))
		return UNDERSIGN_E_USAGE;
	enum undersign_status status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = write_file(statement, capacity, statement_len, &task, &content, &opening);
	opening_wipe(&opening);
	return status;
}

/* The choices, encrypted once for all proofs; then as a signature. */
static enum undersign_status answer(uint8_t *out, size_t capacity, size_t *out_len,
				    struct signing_task *task, const uint8_t *choices,
				    const struct opening *opening)
{
	const struct replay_letter *letter = task->bundle->inner->letter;
	uint8_t ciphertexts[CIPHERTEXT_BYTES * SHAPE_ALL_MAX];
	struct signed_content content = {.poll = &letter->poll->about, .ciphertexts = ciphertexts};
	struct answer_secret hidden = {0};
	enum undersign_status status = opening_tag(content.tag, &letter->scope, opening);

	if (status == UNDERSIGN_OK)
		status = answer_encrypt(&hidden, ciphertexts, &letter->poll->about, choices,
					opening, &task->random);
	/* The statement names it. */
	ct_declassify(content.tag, sizeof content.tag);
	content.secret = &hidden;
	if (status == UNDERSIGN_OK)
		status = write_file(out, capacity, out_len, task, &content, opening);
	wipe(&hidden, sizeof hidden);
	return status;
}

enum undersign_status undersign_bundle_answer(
	uint8_t *statement, size_t capacity, size_t *statement_len,
	const struct undersign_bundle *bundle, const uint8_t *choices, uint32_t ring,
	bool with_second, uint32_t seq, const uint8_t secret[UNDERSIGN_SECRET_BYTES],
	const struct undersign_random *random, const struct undersign_memory *memory,
	const struct undersign_progress *progress)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	struct signing_task task = {bundle,
				    ring,
				    with_second,
				    seq,
				    convert_random(random),
				    convert_progress(progress),
				    convert_memory(memory)};
	struct opening opening;

	*statement_len = 0;
	if (ring >= manifest->n_rings || seq < 1 || !manifest_is_poll(manifest))
		return UNDERSIGN_E_USAGE;
	if (!bundle->inner->letter->poll->trustees)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = answer(statement, capacity, statement_len, &task, choices, &opening);
	opening_wipe(&opening);
	return status;
}

enum undersign_status undersign_bundle_withdraw(uint8_t *statement, size_t capacity,
						size_t *statement_len,
						const struct undersign_bundle *bundle, uint32_t seq,
						const uint8_t secret[UNDERSIGN_SECRET_BYTES],
						const struct undersign_random *random)
{
	const struct scope *scope = &bundle->inner->letter->scope;
	const struct random_source source = convert_random(random);
	uint8_t payload[MESSAGE_WITHDRAW_BYTES];
	uint8_t proof[SIGMA_WITHDRAW_BYTES];
	uint8_t entry[STATEMENT_SIGNATURE_HEADER + SIGMA_WITHDRAW_BYTES];
	struct writer entry_writer = writer_new(entry, sizeof entry);
	struct writer writer = writer_new(statement, capacity);
	struct opening opening;

	*statement_len = 0;
	if (seq < 1)
		return UNDERSIGN_E_USAGE;
	message_write_withdraw(payload, seq);
	enum undersign_status status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = sigma_withdraw_make(proof, scope, bytes_from(payload, sizeof payload),
					     &opening, &source);
	opening_wipe(&opening);
	if (status != UNDERSIGN_OK)
		return status;
	struct statement withdrawal = {
		.action = MESSAGE_WITHDRAW, .seq = seq, .proof = bytes_from(proof, sizeof proof)};
	memcpy(withdrawal.scope, scope->bytes, SCOPE_BYTES);
	statement_write(&entry_writer, &withdrawal);
	const struct bytes view = writer_view(&entry_writer);
	statement_file_write(&writer, &view, 1);
	return finish(statement_len, &writer, statement, capacity);
}

/* The epoch in which a statement that is delivered now could stand first. */
static uint64_t next_epoch(const struct undersign_bundle *bundle)
{
	const uint64_t next = bundle->info.epoch + 1;
	return next < bundle->info.opens ? bundle->info.opens : next;
}

enum undersign_status undersign_statement_check(const struct undersign_bundle *bundle,
						struct undersign_bytes statement,
						const struct undersign_memory *memory,
						struct undersign_problem *problem)
{
	struct arena arena = convert_memory(memory);
	struct problem inner = {0};
	struct replay_letter *letter;

	enum undersign_status status =
		sequencer_check_file(&letter, bundle->inner->replay, &bundle->generators,
				     convert_bytes(statement), next_epoch(bundle), &arena, &inner);
	convert_problem(problem, &inner);
	return status;
}

static bool is_effective(const struct undersign_bundle *bundle, const struct statement *statement)
{
	const struct replay_letter *letter = bundle->inner->letter;
	const struct tally_tag tag =
		tally_of_tag(letter->statements, letter->n_statements, statement_tag(statement));
	return tag.highest_seq == statement->seq;
}

enum undersign_status undersign_statement_find(struct undersign_whereabouts *out,
					       const struct undersign_bundle *bundle,
					       struct undersign_bytes statement,
					       struct undersign_problem *problem)
{
	const struct replay_letter *letter = bundle->inner->letter;
	struct problem inner = {0};
	struct statement_file file;
	uint64_t entry = REPLAY_NONE;

	memset(out, 0, sizeof *out);
	enum undersign_status status =
		statement_file_parse(&file, convert_bytes(statement), &inner);
	for (size_t i = 0; i < file.n && status == UNDERSIGN_OK; i++)
		status = statement_check(&file.statements[i], &bundle->inner->manifest, &inner);
	convert_problem(problem, &inner);
	if (status != UNDERSIGN_OK)
		return status;

	for (size_t i = 0; i < file.n && entry == REPLAY_NONE; i++) {
		uint8_t hash[SHA256_BYTES];
		sha256(hash, file.statements[i].entry);
		entry = replay_find(bundle->inner->replay, hash);
		out->is_second = entry != REPLAY_NONE && i == 1;
	}
	const struct tally_tag tag = tally_of_tag(letter->statements, letter->n_statements,
						  statement_tag(&file.statements[0]));
	if (entry != REPLAY_NONE) {
		out->entry = entry;
		out->epoch = replay_epoch_of(bundle->inner->replay, entry);
		status = record_log_instant(&out->date, &bundle->inner->log, out->epoch);
		if (status != UNDERSIGN_OK)
			return status;
		if (!is_effective(bundle, &file.statements[0]))
			out->fate = tag.fate == TALLY_COUNTS ? UNDERSIGN_SUPERSEDED
							     : UNDERSIGN_WITHDRAWN;
		else
			out->fate = tag.fate == TALLY_COUNTS ? UNDERSIGN_PUBLISHED
							     : UNDERSIGN_WITHDRAWN;
		return UNDERSIGN_OK;
	}
	if (tag.highest_seq > file.statements[0].seq)
		out->fate = UNDERSIGN_SUPERSEDED;
	else
		out->fate = bundle->info.epoch < bundle->info.closes ? UNDERSIGN_WAITING
								     : UNDERSIGN_UNKNOWN;
	return UNDERSIGN_OK;
}

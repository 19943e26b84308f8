#include "replay_parts.h"

#include "memory.h"

#define PROOF_RULE    N_("a proof holds for its ring, its letter and its text")
#define WITHDRAW_RULE N_("a withdrawal's proof holds for its tag and its letter")
#define DOES_NOT_HOLD N_("the proof does not hold")

void replay_proofs_where(struct problem *problem, uint64_t entry, const char *kind,
			 const struct manifest_ring *ring)
{
	uint8_t text[PROBLEM_TEXT_LEN];
	struct writer writer = writer_new(text, sizeof(text));

	writer_decimal(&writer, entry);
	writer_text(&writer, ", ");
	writer_text(&writer, kind);
	if (ring) {
		writer_text(&writer, ", ring \"");
		writer_bytes(&writer, ring->name);
		writer_text(&writer, "\"");
	}
	problem_where(problem, "entry", writer_view(&writer));
}

/* Hands the progress of one batch on as a part of the whole. */
struct part {
	const struct progress *whole;
	uint64_t begin, len, total;
};

static void report_part(void *cookie, uint64_t done, uint64_t total)
{
	const struct part *part = cookie;

	/* Public numbers; a batch's progress is coarse. */
	if (total > 0 && done <= total && total < (UINT64_C(1) << 32))
		progress_report(part->whole, part->begin + part->len * done / total, part->total);
}

static enum undersign_status make_room(struct replay_proofs *proofs,
				       const struct replay_options *options, struct arena *arena)
{
	size_t capacity = options->batch ? options->batch : REPLAY_BATCH;

	if (proofs->capacity != 0)
		return UNDERSIGN_OK;
	proofs->items = ARENA_TAKE(arena, struct proof_item, capacity);
	proofs->places = ARENA_TAKE(arena, struct replay_proof, capacity);
	proofs->verdicts = ARENA_TAKE(arena, bool, capacity);
	proofs->store_len = capacity * (STATEMENT_MESSAGE_MAX + PROOF_LEN_MAX);
	proofs->store = arena_take(arena, 1, proofs->store_len);
	if (!proofs->items || !proofs->places || !proofs->verdicts || !proofs->store)
		return UNDERSIGN_E_MEMORY;
	proofs->capacity = capacity;
	return UNDERSIGN_OK;
}

static struct bytes keep(struct replay_proofs *proofs, struct bytes bytes)
{
	uint8_t *copy = proofs->store + proofs->store_used;

	CHECK(bytes.len <= proofs->store_len - proofs->store_used);
	memcpy(copy, bytes.data, bytes.len);
	proofs->store_used += bytes.len;
	return bytes_from(copy, bytes.len);
}

static void put(struct replay_proofs *proofs, const struct replay_proof *place,
		struct bytes message, struct bytes proof)
{
	proofs->places[proofs->n] = *place;
	proofs->items[proofs->n] = (struct proof_item){
		.ring = &place->ring->ring,
		.scope = &place->letter->scope,
		.message = keep(proofs, message),
		.proof = keep(proofs, proof),
	};
	proofs->n++;
}

/* Verifies the batch by itself. E_INVALID and its first that does not hold. */
static enum undersign_status verify_batch(struct replay_proofs *proofs,
					  const struct replay_options *options, struct arena *arena,
					  struct problem *problem)
{
	size_t n = proofs->n;

	if (!arena_grow_scratch(&proofs->scratch, &proofs->scratch_len,
				proof_verify_scratch_len(proofs->items, n), arena))
		return UNDERSIGN_E_MEMORY;
	proofs->n = 0;
	proofs->store_used = 0;
	if (proof_verify_batch_vartime(proofs->verdicts, options->generators, proofs->items, n,
				       options->fresh, NULL, proofs->scratch, proofs->scratch_len))
		return UNDERSIGN_OK;
	for (size_t i = 0; i < n; i++) {
		const struct replay_proof *place = &proofs->places[i];

		if (proofs->verdicts[i])
			continue;
		proofs->bad = place->entry;
		replay_proofs_where(problem, place->entry, "signature",
				    &place->letter->manifest->rings[place->ring->number]);
		problem_rule(problem, PROOF_RULE);
		problem_what(problem, DOES_NOT_HOLD, (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	CHECK(false);
	return UNDERSIGN_E_INVALID;
}

/* What was gathered does not hold as a whole: reads it again, batch by batch. */
static enum undersign_status find_first(struct replay_proofs *proofs,
					const struct replay_options *options, struct arena *arena,
					struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	proofs->n = 0;
	proofs->store_used = 0;
	for (size_t i = 0; i < proofs->n_gathered && status == UNDERSIGN_OK; i++) {
		const struct replay_proof *place = &proofs->gathered[i];
		uint8_t text[STATEMENT_MESSAGE_MAX];
		struct writer message = writer_new(text, sizeof(text));
		struct statement statement;
		struct bytes entry;

		status = options->read(options->read_cookie, &entry, place->entry);
		if (status != UNDERSIGN_OK)
			break;
		if (statement_parse(&statement, entry, NULL) != UNDERSIGN_OK ||
		    statement.action != MESSAGE_SIGN ||
		    statement.proof.len != proof_len(place->ring->ring.n))
			continue;
		statement_message(&message, &statement, place->letter->manifest);
		put(proofs, place, writer_view(&message), statement.proof);
		if (proofs->n == proofs->capacity)
			status = verify_batch(proofs, options, arena, problem);
	}
	if (status == UNDERSIGN_OK && proofs->n > 0)
		status = verify_batch(proofs, options, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	/* Now all hold, or are no signatures any more. */
	proofs->bad = proofs->gathered[0].entry;
	replay_proofs_where(problem, proofs->gathered[0].entry, "signature", NULL);
	problem_rule(problem, "the log stays as it is while it is verified");
	problem_what(problem, "this entry or one after it was changed meanwhile",
		     (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status begin_gathering(struct replay_proofs *proofs,
					     const struct replay_options *options,
					     struct arena *arena)
{
	const struct ring *ring = proofs->items[0].ring;
	size_t len;
	void *memory;

	if (proofs->gather)
		return UNDERSIGN_OK;
	len = proof_gather_memory_len(ring->n_points, proofs->capacity);
	memory = arena_take(arena, len / 64 + 1, 64);
	if (!memory)
		return UNDERSIGN_E_MEMORY;
	proofs->gather = proof_gather_new(options->generators, ring->points, ring->n_points,
					  proofs->capacity, options->fresh, memory, len);
	return UNDERSIGN_OK;
}

/* Adds the batch to what is gathered. A malformed proof is named at once. */
static enum undersign_status gather_batch(struct replay_proofs *proofs,
					  const struct replay_options *options, struct arena *arena,
					  struct problem *problem)
{
	struct part part = {.whole = options->progress,
			    .begin = proofs->done,
			    .len = proofs->n * (REPLAY_UNITS - 1),
			    .total = options->n_entries * REPLAY_UNITS};
	struct progress progress = {.report = report_part, .cookie = &part};
	size_t n = proofs->n;
	void *gathered = proofs->gathered;
	enum undersign_status status;

	if (n == 0)
		return UNDERSIGN_OK;
	status = begin_gathering(proofs, options, arena);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		if (!replay_tables_grow(&gathered, &proofs->gathered_capacity, proofs->n_gathered,
					sizeof(proofs->gathered[0]), arena))
			return UNDERSIGN_E_MEMORY;
		proofs->gathered = gathered;
		proofs->gathered[proofs->n_gathered++] = proofs->places[i];
	}
	if (status != UNDERSIGN_OK)
		return status;
	proofs->n = 0;
	proofs->store_used = 0;
	if (!proof_gather_add_vartime(proofs->gather, proofs->items, n, &progress))
		return find_first(proofs, options, arena, problem);
	proofs->done += part.len;
	progress_report(options->progress, proofs->done, part.total);
	return UNDERSIGN_OK;
}

enum undersign_status replay_proofs_flush(struct replay_proofs *proofs,
					  const struct replay_options *options, struct arena *arena,
					  struct problem *problem)
{
	enum undersign_status status = gather_batch(proofs, options, arena, problem);

	if (status == UNDERSIGN_OK && proofs->n_gathered > 0 &&
	    !proof_gather_end_vartime(proofs->gather))
		status = find_first(proofs, options, arena, problem);
	proofs->n_gathered = 0;
	return status;
}

enum undersign_status replay_proofs_add(struct replay_proofs *proofs,
					const struct replay_options *options,
					const struct replay_proof *place,
					const struct statement *statement, struct bytes message,
					struct arena *arena, struct problem *problem)
{
	enum undersign_status status;

	if (!options->generators)
		return UNDERSIGN_OK;
	if (statement->action == MESSAGE_WITHDRAW) {
		if (sigma_withdraw_is_valid_vartime(&place->letter->scope, message,
						    statement->proof)) {
			proofs->done += REPLAY_UNITS - 1;
			return UNDERSIGN_OK;
		}
		replay_proofs_where(problem, place->entry, "withdrawal", NULL);
		problem_rule(problem, WITHDRAW_RULE);
		problem_what(problem, DOES_NOT_HOLD, (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	status = make_room(proofs, options, arena);
	if (status != UNDERSIGN_OK)
		return status;
	put(proofs, place, message, statement->proof);
	if (proofs->n < proofs->capacity)
		return UNDERSIGN_OK;
	return gather_batch(proofs, options, arena, problem);
}

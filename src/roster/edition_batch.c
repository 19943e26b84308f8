#include "edition_parts.h"

/* Requests whose proofs are checked together, and how many batches threads check at a time. */
#define BATCH   128
#define BATCHES 4
#define WAITING (BATCH * BATCHES)

struct checks {
	struct enrolment *enrolments; /* WAITING */
	bool is_proved[WAITING];
	size_t n;
	const struct generators *generators;
	const uint8_t *fresh;
	uint8_t *scratch; /* scratch_len for each batch */
	size_t scratch_len;
};

static bool begin(struct checks *out, struct edition *edition, const uint8_t *fresh)
{
	const size_t n_columns = edition->rules.n_columns;
	const size_t len = enrolment_batch_scratch_len(BATCH * n_columns);

	out->n = 0;
	out->generators = edition->generators;
	out->fresh = fresh;
	out->scratch_len = (len + 63) & ~(size_t)63;
	out->enrolments = ARENA_TAKE(edition->arena, struct enrolment, WAITING);
	out->scratch = arena_take(edition->arena, BATCHES * (out->scratch_len >> 6), 64);
	return out->enrolments && out->scratch;
}

static void check_batch(void *context, size_t number)
{
	struct checks *checks = context;
	const size_t at = number * BATCH;
	const size_t n = checks->n - at < BATCH ? checks->n - at : BATCH;

	(void)enrolment_batch_is_valid_vartime(
		checks->is_proved + at, checks->enrolments + at, n, checks->generators,
		checks->fresh, checks->scratch + number * checks->scratch_len, checks->scratch_len);
}

/* Parses as many of the n requests as are well-formed and have the roster's columns, up to WAITING,
 * and checks their proofs. What comes after them is refused one by one. */
static void prove(struct checks *checks, const struct edition *edition,
		  const struct bytes *requests, size_t n, const struct parallel *parallel)
{
	checks->n = 0;
	while (checks->n < n && checks->n < WAITING &&
	       enrolment_parse(&checks->enrolments[checks->n], requests[checks->n], NULL) ==
		       UNDERSIGN_OK &&
	       checks->enrolments[checks->n].n_columns == edition->rules.n_columns)
		checks->n++;
	parallel_run(parallel, check_batch, checks, (checks->n + BATCH - 1) / BATCH);
}

enum undersign_status edition_add_requests(struct edition *edition, size_t *out_n,
					   const struct bytes *requests,
					   const struct bytes *admissions, size_t n,
					   const uint8_t *fresh, const struct parallel *parallel,
					   struct problem *problem)
{
	struct checks *checks = ARENA_TAKE(edition->arena, struct checks, 1);
	enum undersign_status status = UNDERSIGN_OK;
	size_t i = 0;

	*out_n = 0;
	if (!checks || !begin(checks, edition, fresh)) {
		problem_rule(problem, "the roster must fit into memory");
		problem_what(problem, "there is none left", bytes_from(NULL, 0));
		return UNDERSIGN_E_MEMORY;
	}
	while (i < n && status == UNDERSIGN_OK) {
		prove(checks, edition, requests + i, n - i, parallel);
		for (size_t k = 0; k < checks->n && status == UNDERSIGN_OK; k++) {
			status = edition_add_parsed(edition, &checks->enrolments[k],
						    checks->is_proved[k], requests[i],
						    admissions[i], problem);
			i += status == UNDERSIGN_OK;
		}
		if (status == UNDERSIGN_OK && checks->n < WAITING && i < n) {
			status = edition_add_request(edition, requests[i], admissions[i], problem);
			i += status == UNDERSIGN_OK;
		}
	}
	*out_n = i;
	return status;
}

#include "vouch_evidence.h"

#include "enrolment.h"
#include "memory.h"
#include "vouches.h"

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status check_address(const struct vouches *vouches,
					   const struct evidence_question *question,
					   struct problem *problem)
{
	uint8_t fingerprint[SHA256_BYTES];

	enrolment_fingerprint(fingerprint, question->request);
	if (!bytes_are_equal(vouches->roster, question->rules->roster) ||
	    vouches->edition != question->rules->edition)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "members vouch for somebody of their roster and edition",
			      "it is for another");
	if (memcmp(vouches->request, fingerprint, sizeof fingerprint) != 0)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "who vouches names the request by its SHA-256", "it names another");
	return UNDERSIGN_OK;
}

static bool has_voucher(const struct evidence_answer *answer, uint32_t entry)
{
	for (uint32_t i = 0; i < answer->n_vouchers; i++) {
		if (answer->vouchers[i] == entry)
			return true;
	}
	return false;
}

/* One vouch: of an entry of the edition, by who knows its secret. */
static enum undersign_status check_vouch(struct evidence_answer *out,
					 const struct evidence_question *question,
					 const struct vouches *vouches, const struct vouch *vouch,
					 struct problem *problem)
{
	const struct edition *edition = question->edition;
	const struct element_place *place = element_set_find(&edition->elements, vouch->commitment);

	if (!place || place->column != vouch->column)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "who vouches is on the roster already; nobody vouches for himself",
			      "no entry has this commitment in this column");
	if (!vouches_is_valid_vartime(vouches, vouch, edition->generators))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "who vouches shows that the entry is his own, for this very request",
			      "the proof does not hold");
	if (has_voucher(out, place->entry))
		return refuse(problem, UNDERSIGN_E_INVALID, "a member vouches for somebody once",
			      "two are of one entry");
	/* More than are asked for say no more. */
	if (out->n_vouchers < question->rules->n_vouchers)
		out->vouchers[out->n_vouchers++] = place->entry;
	return UNDERSIGN_OK;
}

static enum undersign_status check_all(struct evidence_answer *out,
				       const struct evidence_question *question,
				       const struct vouches *vouches, struct problem *problem)
{
	enum undersign_status status = check_address(vouches, question, problem);

	for (uint32_t i = 0; i < vouches->n && status == UNDERSIGN_OK; i++) {
		status = check_vouch(out, question, vouches, &vouches->vouches[i], problem);
		if (status != UNDERSIGN_OK)
			problem_where_number(problem, "vouch", i + UINT64_C(1));
	}
	if (status != UNDERSIGN_OK || out->n_vouchers == question->rules->n_vouchers)
		return status;
	problem_rule(problem, "as many members vouch as the roster's rules ask for");
	problem_what_numbers(problem, "{1} of {2} did", out->n_vouchers,
			     question->rules->n_vouchers);
	return UNDERSIGN_E_INVALID;
}

enum undersign_status vouch_evidence_check(struct evidence_answer *out,
					   const struct evidence_question *question,
					   struct arena *arena, struct problem *problem)
{
	struct vouches vouches;
	uint8_t fingerprint[SHA256_BYTES];

	memset(out, 0, sizeof *out);
	if (!question->rules || !question->edition || question->rules->n_vouchers == 0)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "vouching serves where the roster's rules say how many vouch "
			      "(undersign roster rules)",
			      "they do not");
	enum undersign_status status = vouches_parse(&vouches, question->evidence, problem);
	if (status == UNDERSIGN_OK)
		status = check_all(out, question, &vouches, problem);
	if (status == UNDERSIGN_OK) {
		enrolment_fingerprint(fingerprint, question->request);
		out->kind = EVIDENCE_VOUCH;
		out->identity = arena_copy(arena, bytes_from(fingerprint, sizeof fingerprint));
		out->strength = "vouched for";
		if (out->identity.data)
			return UNDERSIGN_OK;
		status = refuse(problem, UNDERSIGN_E_MEMORY, "evidence must fit into memory",
				"there is none left");
	}
	memset(out, 0, sizeof *out);
	return status;
}

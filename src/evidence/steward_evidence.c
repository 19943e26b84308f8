#include "steward_evidence.h"

#include "enrolment.h"
#include "memory.h"
#include "word.h"

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status check_word(const struct word *word,
					const struct evidence_question *question,
					struct problem *problem)
{
	uint8_t fingerprint[SHA256_BYTES];

	enrolment_fingerprint(fingerprint, question->request);
	if (!bytes_are_equal(word->roster, question->rules->roster) ||
	    word->edition != question->rules->edition)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "the stewards' word is for this roster and edition",
			      "it is for another");
	if (memcmp(word->request, fingerprint, sizeof fingerprint) != 0)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "the stewards' word names the request by its SHA-256",
			      "it names another");
	return UNDERSIGN_OK;
}

static enum undersign_status check_signatures(const struct note *note,
					      const struct evidence_rules *rules,
					      struct problem *problem)
{
	struct note_verdict verdict;
	uint32_t n = 0;
	enum undersign_status status = note_verify(
		&verdict, note, rules->stewards, rules->n_stewards, NOTE_UNKNOWN_REFUSED, problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (uint32_t i = 0; i < rules->n_stewards; i++)
		n += note_verdict_has(&verdict, i);
	if (n >= rules->n_words)
		return UNDERSIGN_OK;
	problem_rule(problem, "as many stewards give their word as the roster's rules ask for");
	problem_what_numbers(problem, "{1} of {2} did", n, rules->n_words);
	return UNDERSIGN_E_INVALID;
}

static const char *strength_of(const struct note *note, struct arena *arena)
{
	uint8_t *text = ARENA_TAKE(arena, uint8_t, 32);
	struct writer writer = writer_new(text, 31);

	if (!text)
		return NULL;
	writer_text(&writer, "word of ");
	writer_decimal(&writer, note->n_signatures);
	writer_text(&writer, note->n_signatures == 1 ? " steward" : " stewards");
	return (const char *)text;
}

enum undersign_status steward_evidence_check(struct evidence_answer *out,
					     const struct evidence_question *question,
					     struct arena *arena, struct problem *problem)
{
	struct note note;
	struct word word;
	uint8_t fingerprint[SHA256_BYTES];

	memset(out, 0, sizeof *out);
	if (!question->rules || question->rules->n_words == 0)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "the word of stewards serves where the roster's rules name them "
			      "(undersign roster rules)",
			      "they do not");
	enum undersign_status status = note_parse(&note, question->evidence, problem);
	if (status == UNDERSIGN_OK)
		status = word_parse(&word, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = check_signatures(&note, question->rules, problem);
	if (status == UNDERSIGN_OK)
		status = check_word(&word, question, problem);
	if (status != UNDERSIGN_OK)
		return status;
	enrolment_fingerprint(fingerprint, question->request);
	out->kind = EVIDENCE_STEWARD;
	out->identity = arena_copy(arena, bytes_from(fingerprint, sizeof fingerprint));
	out->person = evidence_lower(arena, word.person);
	out->holder = word.person;
	out->strength = strength_of(&note, arena);
	if (out->identity.data && out->person.data && out->strength)
		return UNDERSIGN_OK;
	memset(out, 0, sizeof *out);
	return refuse(problem, UNDERSIGN_E_MEMORY, "evidence must fit into memory",
		      "there is none left");
}

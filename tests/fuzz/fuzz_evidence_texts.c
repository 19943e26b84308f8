/* Rules of evidence, words of stewards, vouches, refusals, samples: what is taken is written again
 * as the same text. */
#include "fuzz.h"

#include "act.h"
#include "evidence_rules.h"
#include "refusals.h"
#include "sample.h"
#include "vouches.h"
#include "word.h"

static uint8_t memory[2 * ROSTER_TEXT_MAX];

static bool is_written_again(const struct writer *writer, struct bytes text)
{
	return bytes_are_equal(writer_view(writer), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes text = bytes_from(data, len);
	struct evidence_rules rules;
	struct word word;
	struct vouches vouches;
	struct problem problem = {0};
	struct writer writer = writer_new(memory, sizeof memory);

	if (evidence_rules_parse(&rules, text, &problem) == UNDERSIGN_OK) {
		CHECK(rules.n_words <= rules.n_stewards);
		CHECK((rules.n_vouchers > 0) == (rules.vouches_max > 0));
		CHECK(evidence_rules_write(&writer, &rules, NULL) == UNDERSIGN_OK);
		CHECK(is_written_again(&writer, text));
		return 0;
	}
	CHECK(problem_is_set(&problem));
	if (word_parse(&word, text, NULL) == UNDERSIGN_OK) {
		CHECK(word_write(&writer, &word, NULL) == UNDERSIGN_OK);
		CHECK(is_written_again(&writer, text));
		return 0;
	}
	struct refusals refusals;
	if (refusals_parse(&refusals, text, NULL) == UNDERSIGN_OK) {
		refusals_write(&writer, &refusals);
		CHECK(is_written_again(&writer, text));
		return 0;
	}
	struct sample_record sample;
	if (sample_record_parse(&sample, text, NULL) == UNDERSIGN_OK) {
		CHECK(sample.n_opened <= sample.n_drawn && sample.n_drawn > 0);
		CHECK(act_kind_of(text) == ACT_SAMPLE);
		sample_record_write(&writer, &sample);
		CHECK(is_written_again(&writer, text));
		return 0;
	}
	if (vouches_parse(&vouches, text, NULL) == UNDERSIGN_OK) {
		CHECK(vouches.n > 0 && vouches.n <= VOUCHES_MAX);
		vouches_write(&writer, &vouches);
		CHECK(is_written_again(&writer, text));
	}
	return 0;
}

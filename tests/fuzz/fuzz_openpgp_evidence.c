/* OpenPGP signatures and keyrings: u16le length, evidence, keyring. The library talks on stderr; a
 * fuzzer wants -close_fd_mask=2. */
#include "fuzz.h"

#include "openpgp_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 20] __attribute__((aligned(64)));
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct cursor cursor = cursor_new(bytes_from(data, len));
	struct bytes evidence = cursor_take(&cursor, cursor_u16le(&cursor));

	if (cursor.has_failed)
		return 0;
	struct evidence_source source = {bytes_from_text("ring"), cursor.rest};
	struct evidence_question question = {.request = bytes_from_text("request"),
					     .evidence = evidence,
					     .against = &source,
					     .n_against = 1,
					     .seconds = 1893456000};
	struct evidence_answer answer;
	struct problem problem = {0};
	enum undersign_status status = openpgp_evidence_check(&answer, &question, &arena, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	CHECK((status == UNDERSIGN_OK) == (answer.identity.len > 0));
	question.request = bytes_from_text("another");
	CHECK(status != UNDERSIGN_OK ||
	      openpgp_evidence_check(&answer, &question, &arena, NULL) == UNDERSIGN_E_INVALID);
	return 0;
}

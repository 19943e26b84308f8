#include "fuzz.h"

#include "tlog_proof.h"

#include <stdlib.h>

static const char policy_text[] =
	"log log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n"
	"witness w witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X\n"
	"quorum w\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct policy policy;
	struct merkle_hash leaf = merkle_leaf(bytes_from_text("entry-299"));
	struct tlog_proof proof;
	struct checkpoint checkpoint;
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status = tlog_proof_parse(&proof, bytes_from(data, len), &problem);

	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	if (status != UNDERSIGN_OK)
		return 0;
	uint8_t *again = malloc(len);
	CHECK(again);
	struct writer writer = writer_new(again, len);
	tlog_proof_write(&writer, &proof);
	CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
	free(again);
	CHECK(policy_parse(&policy, bytes_from_text(policy_text), NULL) == UNDERSIGN_OK);
	status = tlog_proof_verify(&checkpoint, &proof, &leaf, &policy, &problem);
	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	/* Only the one index of the one log holds. */
	if (status == UNDERSIGN_OK)
		CHECK(proof.index == 299 && checkpoint.size == 300 && proof.path.n == 5);
	return 0;
}

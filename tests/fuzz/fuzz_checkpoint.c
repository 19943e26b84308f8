#include "fuzz.h"

#include "checkpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct checkpoint checkpoint;
	struct checkpoint second;
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status =
		checkpoint_parse(&checkpoint, bytes_from(data, len), &problem);

	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	if (status != UNDERSIGN_OK)
		return 0;
	uint8_t *again = malloc(len);
	CHECK(again);
	struct writer writer = writer_new(again, len);
	checkpoint_write(&writer, &checkpoint);
	CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
	CHECK(checkpoint_parse(&second, writer_view(&writer), NULL) == UNDERSIGN_OK);
	CHECK(second.size == checkpoint.size && checkpoint.size <= MERKLE_SIZE_MAX);
	CHECK(merkle_hash_is_equal(&second.root, &checkpoint.root));
	CHECK(bytes_are_equal(second.origin, checkpoint.origin));
	free(again);
	return 0;
}

/* Envelopes: what is taken is written again as the same bytes. */
#include "fuzz.h"

#include "envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ENVELOPE_BYTES];
	struct bytes content;
	struct problem problem = {0};
	enum undersign_status status = envelope_open(&content, bytes_from(data, len), &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	CHECK(envelope_write(again, content) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(bytes_from(again, sizeof again), bytes_from(data, len)));
	return 0;
}

/* Stamps: what is taken is written again as the same text. */
#include "fuzz.h"

#include "stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t again[STAMP_TEXT_LEN];
	struct stamp stamp;
	struct problem problem = {0};
	enum undersign_status status = stamp_parse(&stamp, bytes_from(data, len), &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	stamp_write(again, &stamp);
	CHECK(bytes_are_equal(bytes_from(again, sizeof again), bytes_from(data, len)));
	return 0;
}

/* The fixed fields of a roster: what is taken is written again as the same text. */
#include "fuzz.h"

#include "roster_fixed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	struct snapshot_record fixed;
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = roster_fixed_parse(&fixed, text, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	struct writer writer = writer_new(again, sizeof again);
	CHECK(roster_fixed_write(&writer, &fixed, NULL) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	return 0;
}

/* Enrolment requests: what is taken is written again as the same text. */
#include "fuzz.h"

#include "enrolment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	struct enrolment enrolment;
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = enrolment_parse(&enrolment, text, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	CHECK(len <= ENROLMENT_LEN_MAX);
	struct writer writer = writer_new(again, sizeof again);
	enrolment_write(&writer, &enrolment);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	for (uint32_t c = 1; c <= enrolment.n_columns; c++) {
		struct sigma_registration registration = enrolment_registration(&enrolment, c);

		CHECK((registration.column == 0) == (enrolment.n_columns == 1));
	}
	return 0;
}

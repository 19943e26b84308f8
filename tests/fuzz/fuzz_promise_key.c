/* Appointments of keys for promises. */
#include "fuzz.h"

#include "promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct promise_appointment appointment;
	struct problem problem = {0};
	enum undersign_status status =
		promise_appointment_open(&appointment, bytes_from(data, len), &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	CHECK(status != UNDERSIGN_OK || appointment.log.name.len > 0);
	return 0;
}

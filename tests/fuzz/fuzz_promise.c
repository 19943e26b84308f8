/* Promises: what is taken has two signatures that hold, and says so again. */
#include "fuzz.h"

#include "promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct promise promise;
	struct problem problem = {0};
	enum undersign_status status =
		promise_open(&promise, bytes_from(data, len), NULL, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status == UNDERSIGN_OK)
		CHECK(promise_open(&promise, bytes_from(data, len), &promise.appointment.log,
				   NULL) == UNDERSIGN_OK);
	return 0;
}

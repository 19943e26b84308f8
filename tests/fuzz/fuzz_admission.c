/* Admissions: what is taken is written again as the same text. */
#include "fuzz.h"

#include "admission.h"
#include "encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	static uint8_t fingerprints[ADMISSION_REQUESTS_MAX][SHA256_BYTES];
	static struct admission_grounds grounds[ADMISSION_REQUESTS_MAX];
	struct admission admission;
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = admission_parse(&admission, text, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK || admission.n_requests > ADMISSION_REQUESTS_MAX)
		return 0;
	struct bytes rest = admission.requests;
	for (uint32_t i = 0; i < admission.n_requests; i++) {
		struct admission_grounds found;

		CHECK(admission_next(fingerprints[i], &grounds[i], &admission, &rest));
		CHECK(admission_has(&admission, fingerprints[i]));
		CHECK(admission_find(&found, &admission, fingerprints[i]));
		CHECK((found.n_identities > 0) == admission.has_grounds);
	}
	CHECK(rest.len == 0);
	struct writer writer = writer_new(again, sizeof again);
	status = admission.has_grounds
			 ? admission_write_grounds(&writer, &admission,
						   (const uint8_t(*)[SHA256_BYTES])fingerprints,
						   grounds, admission.n_requests)
			 : admission_write(&writer, &admission,
					   (const uint8_t(*)[SHA256_BYTES])fingerprints,
					   admission.n_requests);
	CHECK(status == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	return 0;
}

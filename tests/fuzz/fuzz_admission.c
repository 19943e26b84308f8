/* Admissions: what is taken is written again as the same text. */
#include "fuzz.h"

#include "admission.h"
#include "encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	static uint8_t fingerprints[ADMISSION_REQUESTS_MAX][SHA256_BYTES];
	struct admission admission;
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = admission_parse(&admission, text, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK || admission.n_requests > ADMISSION_REQUESTS_MAX)
		return 0;
	size_t line_len = admission.requests.len / admission.n_requests;
	for (uint32_t i = 0; i < admission.n_requests; i++) {
		struct bytes hex = bytes_part(admission.requests, i * line_len + 8, 64);

		CHECK(hex_decode(fingerprints[i], SHA256_BYTES, hex) == UNDERSIGN_OK);
		CHECK(admission_has(&admission, fingerprints[i]));
	}
	struct writer writer = writer_new(again, sizeof again);
	CHECK(admission_write(&writer, &admission, (const uint8_t(*)[SHA256_BYTES])fingerprints,
			      admission.n_requests) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	return 0;
}

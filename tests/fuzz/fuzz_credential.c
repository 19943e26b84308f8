/* Credentials: what is taken is written again as the same text; what is refused leaves zeros and
 * shows no secret. */
#include "fuzz.h"

#include "credential_file.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct credential credential;
	static const struct credential zeros;
	static uint8_t again[CREDENTIAL_TEXT_MAX];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	enum undersign_status status =
		credential_parse(&credential, bytes_from(data, len), &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status == UNDERSIGN_OK) {
		credential_write(&writer, &credential);
		CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
		CHECK(credential.n_columns >= 1 && credential.n_columns <= UNDERSIGN_COLUMNS_MAX);
	} else {
		CHECK(memcmp(&credential, &zeros, sizeof zeros) == 0);
	}
	return 0;
}

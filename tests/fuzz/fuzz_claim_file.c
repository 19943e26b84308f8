/* Claims, verifiers' keys and secrets: what is taken is written again as the same text. */
#include "fuzz.h"

#include "claim_file.h"

static uint8_t again[2 * CLAIM_FILE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes text = bytes_from(data, len);
	struct claim_file claim;
	struct claim_file_key key;
	struct claim_file_secret secret;
	struct problem problem = {0};
	struct writer writer = writer_new(again, sizeof again);
	bool is_taken = true;

	if (claim_file_parse(&claim, text, &problem) == UNDERSIGN_OK)
		claim_file_write(&writer, &claim);
	else if (claim_file_key_parse(&key, text, NULL) == UNDERSIGN_OK)
		claim_file_key_write(&writer, &key);
	else if (claim_file_secret_parse(&secret, text, NULL) == UNDERSIGN_OK)
		claim_file_secret_write(&writer, &secret);
	else
		is_taken = false;
	CHECK(is_taken || problem_is_set(&problem));
	if (is_taken)
		CHECK(bytes_are_equal(writer_view(&writer), text));
	return 0;
}

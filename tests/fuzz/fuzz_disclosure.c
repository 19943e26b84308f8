/* Disclosures: what is taken is written again as the same bytes. */
#include "fuzz.h"

#include "disclosure.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[2 * DISCLOSURE_LEN_MAX];
	struct disclosure disclosure;
	struct disclosure_salt salt;
	struct problem problem = {0};
	struct bytes input = bytes_from(data, len);
	struct writer writer = writer_new(again, sizeof again);

	if (disclosure_salt_parse(&salt, input, NULL) == UNDERSIGN_OK) {
		disclosure_salt_write(&writer, &salt);
		CHECK(bytes_are_equal(writer_view(&writer), input));
	}
	enum undersign_status status = disclosure_parse(&disclosure, input, &problem);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	/* Without the files themselves their hashes cannot be made: their lines are put in. */
	uint8_t hash[SHA256_BYTES];
	struct bytes name, rest = disclosure.sources;
	uint32_t n = 0;
	while (disclosure_next_source(hash, &name, &rest)) {
		CHECK(name.len > 0);
		n++;
	}
	CHECK(n == disclosure.n_sources && rest.len == 0);
	writer = writer_new(again, sizeof again);
	disclosure_write(&writer, &disclosure, NULL, 0);
	struct bytes whole = writer_view(&writer);
	CHECK(whole.len + disclosure.sources.len == len);
	size_t same = 0;
	while (same < whole.len && whole.data[same] == data[same])
		same++;
	CHECK(memcmp(whole.data + same, data + len - (whole.len - same), whole.len - same) == 0);
	return 0;
}

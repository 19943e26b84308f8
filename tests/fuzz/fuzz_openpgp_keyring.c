/* Keyrings: the keys are the whole, in order, each taken again by itself. */
#include "fuzz.h"

#include "openpgp_keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t id[OPENPGP_KEY_ID_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct problem problem = {0};
	struct openpgp_keyring ring = openpgp_keyring_read(bytes_from(data, len), &problem);
	size_t taken = 0;

	while (openpgp_keyring_next(&ring)) {
		struct openpgp_keyring one = openpgp_keyring_read(ring.key, NULL);

		CHECK(ring.key.data == data + taken && ring.key.len > 0);
		taken += ring.key.len;
		CHECK(openpgp_keyring_next(&one) && one.key.len == ring.key.len);
		CHECK(!openpgp_keyring_next(&one) && !one.has_failed);
		(void)openpgp_keyring_key_has_id(ring.key, id);
	}
	CHECK(ring.has_failed || taken == len);
	CHECK(ring.has_failed == problem_is_set(&problem));
	return 0;
}

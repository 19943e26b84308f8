/* Lists of SSH keys. The first byte chooses the form and how persons are told apart. */
#include "fuzz.h"

#include "memory.h"
#include "ssh_keys.h"

static void check_usable(const struct ssh_keys *keys, uint32_t i)
{
	struct point point;

	CHECK(ed25519_key_to_point_vartime(&point, keys->lines[i].key) == UNDERSIGN_OK);
	for (uint32_t j = 0; j < i; j++)
		CHECK(keys->lines[j].reason != SSH_KEYS_USABLE ||
		      memcmp(keys->lines[j].key, keys->lines[i].key, ED25519_PUBLIC_BYTES) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 24] __attribute__((aligned(64)));
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct ssh_keys keys;
	struct problem problem = {0};
	uint32_t n = 0;

	if (len == 0 || len > 65536)
		return 0;
	struct ssh_keys_file files[2] = {
		{bytes_from_text("first"), (enum ssh_keys_form)((data[0] >> 2) % 3),
		 bytes_part(bytes_from(data, len), 1, len - 1)},
		{bytes_from_text("second"), SSH_KEYS_ALLOWED_SIGNERS,
		 bytes_part(bytes_from(data, len), len / 2, len - len / 2)},
	};
	enum ssh_keys_persons persons =
		(enum ssh_keys_persons)(SSH_KEYS_BY_PRINCIPAL + (data[0] & 3));
	enum undersign_status status =
		ssh_keys_read(&keys, files, 2, persons, 1893456000, &arena, &problem);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	for (uint32_t i = 0; i < SSH_KEYS_N_REASONS; i++)
		n += keys.n_of[i];
	CHECK(n == keys.n);
	for (uint32_t i = 0; i < keys.n; i++) {
		const struct ssh_keys_line *line = &keys.lines[i];
		struct problem words = {0};

		ssh_keys_explain(&words, line, files);
		CHECK(words.where[0] != '\0');
		CHECK((line->other != NULL) ==
		      (line->reason == SSH_KEYS_DUPLICATE || line->reason == SSH_KEYS_SECOND_KEY));
		if (line->reason == SSH_KEYS_USABLE)
			check_usable(&keys, i);
	}
	return 0;
}

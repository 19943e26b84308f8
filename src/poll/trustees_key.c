#include "trustees_parts.h"

static void key_header(struct transcript *out, struct bytes name)
{
	transcript_begin(out);
	transcript_text(out, "type", "trustee-key");
	transcript_item(out, "name", name);
}

enum undersign_status trustee_key_new(struct scalar *out_secret,
				      uint8_t out[static TRUSTEE_KEY_BYTES], struct bytes name,
				      const struct random_source *random)
{
	const struct affine base = trustees_parts_base();
	struct sigma_system system;
	struct transcript header;
	enum undersign_status status = nonce_fresh(out_secret, random);

	memset(out, 0, TRUSTEE_KEY_BYTES);
	if (status)
		return status;
	trustees_parts_encode(out, out_secret);
	ct_declassify(out, POINT_BYTES); /* a public key */
	trustees_parts_row(&system, &base, out);
	key_header(&header, name);
	status = sigma_prove_hedged(out + POINT_BYTES, TRUSTEE_KEY_BYTES - POINT_BYTES, &header,
				    &system, out_secret, 1, TRUSTEES_LABEL " key", random);
	if (status) {
		wipe(out_secret, sizeof *out_secret);
		memset(out, 0, TRUSTEE_KEY_BYTES);
	}
	return status;
}

bool trustee_key_is_valid_vartime(struct bytes name, const uint8_t key[static TRUSTEE_KEY_BYTES])
{
	const struct affine base = trustees_parts_base();
	struct sigma_system system;
	struct transcript header;

	trustees_parts_row(&system, &base, key);
	key_header(&header, name);
	return sigma_holds_vartime(&header, &system, bytes_from(key + POINT_BYTES, POINT_BYTES),
				   bytes_from(key + 2 * POINT_BYTES, SCALAR_BYTES));
}

static enum undersign_status check_keys(const struct bytes *names, const uint8_t *const *keys,
					unsigned n, struct problem *problem)
{
	for (unsigned i = 0; i < n; i++) {
		if (!trustee_key_is_valid_vartime(names[i], keys[i]))
			return trustees_parts_blame(problem, i + 1,
						    "a trustee's key has a proof of possession",
						    "it does not hold");
		for (unsigned k = 0; k < i; k++)
			if (memcmp(keys[i], keys[k], POINT_BYTES) == 0 ||
			    bytes_are_equal(names[i], names[k]))
				return trustees_parts_blame(
					problem, i + 1, "trustees have names and keys of their own",
					"another has it before");
	}
	return UNDERSIGN_OK;
}

enum undersign_status ceremony_new(struct ceremony *out, unsigned threshold,
				   const struct bytes *names, const uint8_t *const *keys,
				   unsigned n, struct problem *problem)
{
	struct transcript transcript;
	enum undersign_status status;

	*out = (struct ceremony){0};
	if (n < 1 || n > TRUSTEES_MAX || threshold < 1 || threshold > n) {
		problem_rule(problem, "there are 1 to 16 trustees, of whom 1 to all must help");
		problem_what_numbers(problem, "{1} of {2}", threshold, n);
		return UNDERSIGN_E_INVALID;
	}
	status = check_keys(names, keys, n, problem);
	if (status)
		return status;
	out->threshold = threshold;
	out->n = n;
	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "trustees");
	transcript_u8(&transcript, "t", (uint8_t)threshold);
	transcript_u8(&transcript, "n", (uint8_t)n);
	for (unsigned i = 0; i < n; i++) {
		memcpy(out->keys[i], keys[i], POINT_BYTES);
		transcript_item(&transcript, "name", names[i]);
		transcript_point(&transcript, "E", out->keys[i]);
	}
	transcript_b32(out->id, &transcript);
	return UNDERSIGN_OK;
}

unsigned ceremony_find(const struct ceremony *ceremony, const struct scalar *secret)
{
	uint8_t key[POINT_BYTES];
	unsigned found = 0;

	trustees_parts_encode(key, secret);
	ct_declassify(key, sizeof key); /* a public key */
	for (unsigned i = 0; i < ceremony->n; i++)
		if (memcmp(key, ceremony->keys[i], POINT_BYTES) == 0)
			found = i + 1;
	return found;
}

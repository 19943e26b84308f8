/* Calls that need no bundle: enrolment, keys, rings and proofs by themselves. */
#include "ct.h"
#include "heap.h"
#include "session.h"
#include "wasm.h"

enum undersign_status wasm_enrol(uint8_t *secrets, uint32_t given, const uint8_t *roster,
				 size_t roster_len, uint32_t edition, const uint8_t *meta,
				 size_t meta_len, uint32_t n_columns)
{
	size_t len = 0;
	uint8_t *request = session_reply_take(UNDERSIGN_REQUEST_MAX);

	if (!request)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = undersign_enrolment_with(
		request, &len, secrets, given, (struct undersign_bytes){roster, roster_len},
		edition, (struct undersign_bytes){meta, meta_len}, n_columns, &session_random);
	session_reply_len(len);
	return session_end(status);
}

enum undersign_status wasm_enrolment_check(const uint8_t *request, size_t len)
{
	struct undersign_problem problem = {{0}, {0}, {0}};

	session_reply_nothing();
	enum undersign_status status =
		undersign_enrolment_check((struct undersign_bytes){request, len}, &problem);
	return status == UNDERSIGN_OK ? status : session_fail(status, &problem);
}

void wasm_secret_from_ed25519(uint8_t *secret, const uint8_t *seed)
{
	session_reply_nothing();
	undersign_secret_from_ed25519(secret, seed);
}

enum undersign_status wasm_commitment(const uint8_t *secret)
{
	uint8_t *out = session_reply_take(UNDERSIGN_POINT_BYTES);

	if (!out)
		return UNDERSIGN_E_MEMORY;
	return session_end(undersign_commitment(out, secret));
}

struct verifier_texts {
	uint8_t public_text[UNDERSIGN_VERIFIER_MAX];
	uint8_t secret_text[UNDERSIGN_VERIFIER_MAX];
	size_t public_len, secret_len;
};

static void write_verifier(struct json *json, const void *cookie)
{
	const struct verifier_texts *key = cookie;

	json_begin_object(json, NULL);
	json_text(json, "public", (struct undersign_bytes){key->public_text, key->public_len});
	json_text(json, "secret", (struct undersign_bytes){key->secret_text, key->secret_len});
	json_end_object(json);
}

enum undersign_status wasm_verifier_new(const uint8_t *name, size_t name_len)
{
	struct verifier_texts key;

	enum undersign_status status = undersign_verifier_new(
		key.public_text, &key.public_len, key.secret_text, &key.secret_len,
		(struct undersign_bytes){name, name_len}, &session_random);
	if (status == UNDERSIGN_OK)
		status = session_reply_json(write_verifier, &key);
	wipe(&key, sizeof key);
	return session_end(status);
}

const struct undersign_ring *wasm_ring_open(const uint8_t *org, size_t org_len,
					    const uint8_t *points, size_t points_len)
{
	struct undersign_problem problem = {{0}, {0}, {0}};
	struct undersign_ring *ring;

	session_reply_nothing();
	enum undersign_status status = undersign_ring_open(
		&ring, (struct undersign_bytes){org, org_len},
		(struct undersign_bytes){points, points_len}, 0, &session_memory, NULL, &problem);
	if (status == UNDERSIGN_OK)
		return ring;
	(void)session_fail(status, &problem);
	return NULL;
}

enum undersign_status wasm_proof_make(const struct undersign_ring *ring, const uint8_t *scope,
				      const uint8_t *message, size_t message_len,
				      const uint8_t *secret)
{
	const size_t capacity = undersign_proof_len(undersign_ring_members(ring));
	size_t len = 0;
	uint8_t *proof = session_reply_take(capacity);

	if (!proof)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = undersign_sign(
		proof, capacity, &len, ring, scope, (struct undersign_bytes){message, message_len},
		secret, &session_random, &session_memory, &session_progress);
	session_reply_len(len);
	return session_end(status);
}

_Static_assert(sizeof(bool) == 1, "a verdict is one byte");

enum undersign_status wasm_proofs_verify(const struct undersign_item *items, size_t n)
{
	bool *verdicts = (bool *)session_reply_take(n);

	if (!verdicts)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = undersign_verify(verdicts, items, n, &session_random,
							&session_memory, &session_progress);
	if (status == UNDERSIGN_OK || status == UNDERSIGN_E_INVALID)
		return status;
	return session_fail(status, NULL);
}

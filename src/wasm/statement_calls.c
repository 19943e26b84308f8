/* Calls about statements and claims of the open bundle. */
#include "session.h"
#include "wasm.h"

#define INCLUSION_MAX ((size_t)256 * 1024)

enum undersign_status wasm_sign(uint32_t ring, bool with_second, uint32_t seq,
				const uint8_t *secret)
{
	size_t len = 0;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	uint8_t *statement = session_reply_take(UNDERSIGN_STATEMENT_MAX);
	if (!statement)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = undersign_bundle_sign(
		statement, UNDERSIGN_STATEMENT_MAX, &len, session_bundle(), ring, with_second, seq,
		secret, &session_random, &session_memory, &session_progress);
	session_reply_len(len);
	return session_end(status);
}

enum undersign_status wasm_withdraw(uint32_t seq, const uint8_t *secret)
{
	size_t len = 0;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	uint8_t *statement = session_reply_take(UNDERSIGN_STATEMENT_MAX);
	if (!statement)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		undersign_bundle_withdraw(statement, UNDERSIGN_STATEMENT_MAX, &len,
					  session_bundle(), seq, secret, &session_random);
	session_reply_len(len);
	return session_end(status);
}

enum undersign_status wasm_statement_check(const uint8_t *statement, size_t len)
{
	struct undersign_problem problem = {{0}, {0}, {0}};

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	session_reply_nothing();
	enum undersign_status status = undersign_statement_check(
		session_bundle(), (struct undersign_bytes){statement, len}, &session_memory,
		&problem);
	return status == UNDERSIGN_OK ? status : session_fail(status, &problem);
}

static const char *fate_text(enum undersign_fate fate)
{
	switch (fate) {
	case UNDERSIGN_WAITING:
		return "waiting";
	case UNDERSIGN_PUBLISHED:
		return "published";
	case UNDERSIGN_SUPERSEDED:
		return "superseded";
	case UNDERSIGN_WITHDRAWN:
		return "withdrawn";
	case UNDERSIGN_UNKNOWN:
		break;
	}
	return "unknown";
}

static void write_whereabouts(struct json *json, const void *cookie)
{
	const struct undersign_whereabouts *found = cookie;
	const struct undersign_bundle_info *info = undersign_bundle_info(session_bundle());

	json_begin_object(json, NULL);
	json_c_text(json, "fate", fate_text(found->fate));
	/* An entry's number is never 0: that is the log's first epoch. */
	if (found->entry > 0) {
		json_number(json, "entry", found->entry);
		json_number(json, "epoch", found->epoch);
		json_date(json, "date", found->date, info->epoch_seconds % 86400 != 0);
		json_bool(json, "is_second", found->is_second);
	}
	json_end_object(json);
}

enum undersign_status wasm_statement_find(const uint8_t *statement, size_t len)
{
	struct undersign_problem problem = {{0}, {0}, {0}};
	struct undersign_whereabouts found;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	enum undersign_status status = undersign_statement_find(
		&found, session_bundle(), (struct undersign_bytes){statement, len}, &problem);
	if (status != UNDERSIGN_OK)
		return session_fail(status, &problem);
	return session_end(session_reply_json(write_whereabouts, &found));
}

enum undersign_status wasm_inclusion_prove(uint32_t entry)
{
	size_t len = 0;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	uint8_t *proof = session_reply_take(INCLUSION_MAX);
	if (!proof)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		undersign_inclusion_prove(proof, INCLUSION_MAX, &len, session_bundle(), entry);
	session_reply_len(len);
	return session_end(status);
}

enum undersign_status wasm_claim_new(const uint8_t *text, size_t text_len, const uint8_t *verifier,
				     size_t verifier_len, const uint8_t *secret)
{
	const struct undersign_bytes says = {text, text_len};
	size_t len = 0;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	uint8_t *claim = session_reply_take(UNDERSIGN_CLAIM_MAX);
	if (!claim)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		verifier_len == 0
			? undersign_claim_new(claim, &len, session_bundle(), says, secret,
					      &session_random)
			: undersign_claim_new_for(claim, &len, session_bundle(), says,
						  (struct undersign_bytes){verifier, verifier_len},
						  secret, &session_random);
	session_reply_len(len);
	return session_end(status);
}

static void write_claim(struct json *json, const void *cookie)
{
	const struct undersign_claim_info *claim = cookie;

	json_begin_object(json, NULL);
	json_bool(json, "valid", true);
	json_text(json, "ring", claim->ring);
	json_number(json, "index", claim->index);
	json_text(json, "text", claim->text);
	json_text(json, "verifier", claim->verifier);
	json_end_object(json);
	writer_u8(&json->writer, '\n');
}

enum undersign_status wasm_claim_check(const uint8_t *claim, size_t len)
{
	struct undersign_problem problem = {{0}, {0}, {0}};
	struct undersign_claim_info info;

	if (!session_bundle())
		return session_fail(UNDERSIGN_E_USAGE, NULL);
	enum undersign_status status = undersign_claim_check(
		&info, session_bundle(), (struct undersign_bytes){claim, len}, &problem);
	if (status != UNDERSIGN_OK)
		return session_fail(status, &problem);
	return session_end(session_reply_json(write_claim, &info));
}

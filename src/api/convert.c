#include "convert.h"

#include "memory.h"

_Static_assert(UNDERSIGN_TEXT_LEN == PROBLEM_TEXT_LEN, "problems have the same size inside");

struct arena convert_memory(const struct undersign_memory *memory)
{
	return (struct arena){
		.grow = memory->take, .cookie = memory->cookie, .limit = memory->limit};
}

void convert_problem(struct undersign_problem *out, const struct problem *problem)
{
	if (!out)
		return;
	memcpy(out->where, problem->where, sizeof out->where);
	memcpy(out->rule, problem->rule, sizeof out->rule);
	memcpy(out->what, problem->what, sizeof out->what);
}

enum undersign_status convert_scope(struct scope *out,
				    const uint8_t bytes[static UNDERSIGN_SCOPE_BYTES])
{
	struct cursor cursor = cursor_new(bytes_from(bytes, UNDERSIGN_SCOPE_BYTES));
	uint8_t context[HASH_BYTES];

	const uint8_t kind = cursor_u8(&cursor);
	cursor_copy(&cursor, context, sizeof context);
	const uint32_t index = cursor_u32le(&cursor);
	if (kind != SCOPE_LETTER && kind != SCOPE_POLL && kind != SCOPE_CLAUSE)
		return UNDERSIGN_E_FORMAT;
	scope_new(out, (enum scope_kind)kind, context, index);
	return UNDERSIGN_OK;
}

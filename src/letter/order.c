#include "order.h"

#include "memory.h"
#include "record.h"
#include "statement.h"

enum order_kind order_kind_of(struct bytes entry)
{
	if (entry.len > 0 && entry.data[0] == ORDER_HEADER_BYTE)
		return ORDER_HEADER;
	if (entry.len > 0 && entry.data[0] == STATEMENT_ENTRY_BYTE)
		return ORDER_STATEMENT;
	return ORDER_RECORD;
}

enum undersign_status order_epoch_parse(struct order_epoch *out, struct bytes entry,
					struct problem *problem)
{
	struct cursor cursor = cursor_new(entry);
	uint8_t kind = cursor_u8(&cursor);

	out->number = cursor_u64be(&cursor);
	out->seconds = cursor_u64be(&cursor);
	if (kind == ORDER_HEADER_BYTE && cursor_is_at_end(&cursor))
		return UNDERSIGN_OK;
	*out = (struct order_epoch){0};
	problem_where(problem, "epoch header", bytes_from(NULL, 0));
	problem_rule(problem, "an epoch's header is the byte 2, number and seconds: 17 bytes");
	problem_what_numbers(problem, "it has {1} bytes and begins with {2}", entry.len, kind);
	return UNDERSIGN_E_FORMAT;
}

void order_epoch_write(uint8_t out[static ORDER_HEADER_BYTES], const struct order_epoch *epoch)
{
	struct writer writer = writer_new(out, ORDER_HEADER_BYTES);

	writer_u8(&writer, ORDER_HEADER_BYTE);
	writer_u64be(&writer, epoch->number);
	writer_u64be(&writer, epoch->seconds);
}

/* SHA-256(u64be epoch || tag): who knows no tag beforehand cannot choose its place. */
static void lead(uint8_t out[static SHA256_BYTES], uint64_t epoch,
		 const uint8_t tag[static POINT_BYTES])
{
	uint8_t input[8 + POINT_BYTES];
	struct writer writer = writer_new(input, sizeof input);

	writer_u64be(&writer, epoch);
	writer_put(&writer, tag, POINT_BYTES);
	sha256(out, writer_view(&writer));
}

enum undersign_status order_key_of(struct order_key *out, uint64_t epoch, struct bytes entry,
				   struct problem *problem)
{
	*out = (struct order_key){.kind = (uint8_t)order_kind_of(entry)};
	if (out->kind == ORDER_STATEMENT) {
		struct statement statement;
		enum undersign_status status = statement_parse(&statement, entry, problem);

		if (status != UNDERSIGN_OK) {
			*out = (struct order_key){0};
			return status;
		}
		lead(out->lead, epoch, statement_tag(&statement));
		out->seq = statement.seq;
		out->action = (uint8_t)statement.action;
	}
	if (out->kind == ORDER_RECORD)
		out->rank = (uint8_t)record_kind_of(entry);
	sha256(out->entry, entry);
	return UNDERSIGN_OK;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int order_compare(const struct order_key *a, const struct order_key *b)
{
	int order = compare_numbers(a->kind, b->kind);

	if (order == 0)
		order = compare_numbers(a->rank, b->rank);
	if (order == 0)
		order = memcmp(a->lead, b->lead, sizeof a->lead);
	if (order == 0)
		order = compare_numbers(a->seq, b->seq);
	if (order == 0)
		order = compare_numbers(a->action, b->action);
	if (order == 0)
		order = memcmp(a->entry, b->entry, sizeof a->entry);
	return order;
}

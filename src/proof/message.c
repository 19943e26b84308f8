#include "message.h"

#include "transcript.h"

void message_write_sign(struct writer *writer, uint32_t seq,
			const uint8_t manifest_sha512[static SHA512_BYTES], struct bytes payload)
{
	CHECK(seq >= 1 && payload.len <= MESSAGE_PAYLOAD_MAX);
	writer_u8(writer, MESSAGE_SIGN);
	writer_u32le(writer, seq);
	writer_put(writer, manifest_sha512, SHA512_BYTES);
	writer_u16le(writer, (uint16_t)payload.len);
	writer_bytes(writer, payload);
}

void message_write_withdraw(uint8_t out[static MESSAGE_WITHDRAW_BYTES], uint32_t seq)
{
	struct writer writer = writer_new(out, MESSAGE_WITHDRAW_BYTES);

	CHECK(seq >= 1);
	writer_u8(&writer, MESSAGE_WITHDRAW);
	writer_u32le(&writer, seq);
}

void message_write_claim(uint8_t out[static MESSAGE_CLAIM_BYTES], struct bytes text)
{
	out[0] = MESSAGE_CLAIM;
	transcript_hash(out + 1, text);
}

enum undersign_status message_parse(struct message *out, struct bytes input)
{
	struct cursor cursor = cursor_new(input);
	struct message message = {.action = (enum message_action)cursor_u8(&cursor)};
	bool is_good = true;

	switch (message.action) {
	case MESSAGE_SIGN:
		message.seq = cursor_u32le(&cursor);
		cursor_copy(&cursor, message.manifest_sha512, SHA512_BYTES);
		message.payload = cursor_take(&cursor, cursor_u16le(&cursor));
		is_good = message.seq >= 1;
		break;
	case MESSAGE_WITHDRAW:
		message.seq = cursor_u32le(&cursor);
		is_good = message.seq >= 1;
		break;
	case MESSAGE_CLAIM:
		cursor_copy(&cursor, message.text_hash, HASH_BYTES);
		break;
	default:
		is_good = false;
	}
	if (!is_good || !cursor_is_at_end(&cursor)) {
		*out = (struct message){0};
		return UNDERSIGN_E_FORMAT;
	}
	*out = message;
	return UNDERSIGN_OK;
}

#include "scope.h"

#include "transcript.h"

#define DST_SCOPE PROTOCOL_DST "scope"

void scope_context(uint8_t out[static HASH_BYTES], struct bytes manifest_text)
{
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "letter");
	transcript_item(&transcript, "manifest", manifest_text);
	transcript_b32(out, &transcript);
}

void scope_new(struct scope *out, enum scope_kind kind, const uint8_t context[static HASH_BYTES],
	       uint32_t index)
{
	struct writer writer = writer_new(out->bytes, sizeof out->bytes);

	writer_u8(&writer, (uint8_t)kind);
	writer_put(&writer, context, HASH_BYTES);
	writer_u32le(&writer, index);
	CHECK(writer.len == SCOPE_BYTES);
	for (unsigned j = 1; j <= TAG_DIMENSION; j++) {
		uint8_t input[1 + SCOPE_BYTES];
		struct writer part = writer_new(input, sizeof input);
		struct point point;

		writer_u8(&part, (uint8_t)j);
		writer_put(&part, out->bytes, SCOPE_BYTES);
		point_hash_vartime(&point, bytes_from_text(DST_SCOPE), writer_view(&part));
		affine_from_point(&out->u[j - 1], &point);
	}
}

void scope_new_letter(struct scope *out, struct bytes manifest_text)
{
	uint8_t context[HASH_BYTES];

	scope_context(context, manifest_text);
	scope_new(out, SCOPE_LETTER, context, 0);
}

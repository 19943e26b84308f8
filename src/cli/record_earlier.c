#include "record_earlier.h"

#include "cli.h"

#include "difference.h"
#include "encoding.h"

#include <string.h>

#define TEXT_MAX       ((size_t)56000) /* of 65,000 for the whole record */
#define PARAGRAPHS_MAX 100
#define PARAGRAPH_MAX  4096

/* One value, as a text that ends. */
static enum undersign_status put(struct option_list *out, struct bytes value, struct arena *arena)
{
	char *text = ARENA_TAKE(arena, char, value.len + 1);

	if (!text)
		return UNDERSIGN_E_MEMORY;
	if (value.len > 0)
		memcpy(text, value.data, value.len);
	out->at[out->n++] = text;
	return UNDERSIGN_OK;
}

static enum undersign_status put_date(struct option_list *out, uint64_t seconds,
				      struct arena *arena)
{
	uint8_t date[DATE_LEN];

	date_encode(date, seconds);
	return put(out, bytes_from(date, sizeof date), arena);
}

static enum undersign_status put_number(struct option_list *out, uint64_t number,
					struct arena *arena)
{
	uint8_t text[20];
	struct writer writer = writer_new(text, sizeof text);

	/* No line says that nobody has signed. */
	if (number == 0)
		return UNDERSIGN_OK;
	writer_decimal(&writer, number);
	return put(out, writer_view(&writer), arena);
}

static bool is_too_long(struct bytes paragraphs)
{
	size_t n = 0, len = 0;

	for (size_t i = 0; i < paragraphs.len; i++) {
		len++;
		if (paragraphs.data[i] != '\n')
			continue;
		if (len - 1 > PARAGRAPH_MAX)
			return true;
		n++;
		len = 0;
	}
	return n > PARAGRAPHS_MAX || paragraphs.len + n * strlen("text ") > TEXT_MAX;
}

static enum undersign_status put_text(struct option_list *out, bool *out_is_long, struct bytes text,
				      struct arena *arena)
{
	const size_t capacity = 2 * text.len + 2;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);
	struct writer writer = writer_new(data, capacity);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	difference_paragraphs(&writer, text);
	const struct bytes paragraphs = writer_view(&writer);
	*out_is_long = is_too_long(paragraphs);
	enum undersign_status status = UNDERSIGN_OK;
	for (size_t begin = 0, end; begin < paragraphs.len && !*out_is_long; begin = end + 1) {
		for (end = begin; paragraphs.data[end] != '\n';)
			end++;
		status = put(out, bytes_part(paragraphs, begin, end - begin), arena);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return status;
}

enum undersign_status record_earlier_take(struct record_earlier *out, bool *out_is_long,
					  const struct opened *opened, struct arena *arena)
{
	const struct undersign_bundle_info *info = opened->info;
	uint8_t id[2 * sizeof info->letter];
	struct writer writer = writer_new(id, sizeof id);

	memset(out, 0, sizeof *out);
	writer_hex(&writer, bytes_from(info->letter, sizeof info->letter));
	enum undersign_status status = put(&out->earlier, writer_view(&writer), arena);
	if (status == UNDERSIGN_OK)
		status = put(&out->title, bytes_from(info->title.data, info->title.len), arena);
	if (status == UNDERSIGN_OK)
		status = put_date(&out->opened, info->opens_date, arena);
	if (status == UNDERSIGN_OK)
		status = put_date(&out->as_of, info->date, arena);
	if (status == UNDERSIGN_OK)
		status = put_number(&out->n_signed, opened->tally->total, arena);
	if (status == UNDERSIGN_OK)
		status = put_text(&out->text, out_is_long,
				  bytes_from(info->text.data, info->text.len), arena);
	return status;
}

#include "rings_decoded.h"

#include "batch.h"
#include "memory.h"

#define MAGIC "undersigned decoded points v1\n"
#define CHUNK 256

static void write_name(struct rings_decoded *out)
{
	struct writer writer = writer_new((uint8_t *)out->name, sizeof out->name - 1);

	writer_hex(&writer, bytes_from(out->record, sizeof out->record));
	writer_text(&writer, "-");
	writer_decimal(&writer, out->column);
	writer_text(&writer, ".decoded");
	CHECK(!writer.has_overflowed);
	out->name[writer.len] = '\0';
}

static void write_header(uint8_t out[static RINGS_DECODED_HEADER_LEN],
			 const struct rings_decoded *of, uint32_t n)
{
	struct writer writer = writer_new(out, RINGS_DECODED_HEADER_LEN);

	memset(out, 0, RINGS_DECODED_HEADER_LEN);
	writer_text(&writer, MAGIC);
	writer_bytes(&writer, bytes_from(of->record, sizeof of->record));
	writer_u32le(&writer, of->column);
	writer_u32le(&writer, n);
}

/* The forms in a file; false if it is not of this roster, or has more entries. */
static bool parse(struct rings_decoded *out, struct bytes file)
{
	const size_t body_len = file.len - RINGS_DECODED_HEADER_LEN;
	uint8_t header[RINGS_DECODED_HEADER_LEN];

	if (file.len < RINGS_DECODED_HEADER_LEN || body_len % POINT_DECODED_BYTES != 0 ||
	    body_len / POINT_DECODED_BYTES > out->n)
		return false;
	write_header(header, out, (uint32_t)(body_len / POINT_DECODED_BYTES));
	if (memcmp(header, file.data, sizeof header) != 0)
		return false;
	out->decoded = bytes_part(file, sizeof header, body_len);
	return true;
}

struct rings_decoded rings_decoded_read(const struct rings_cache *cache,
					const struct manifest_roster *roster,
					const struct points *points)
{
	struct rings_decoded out = {.column = roster->column, .n = points->n};

	if (!cache || points->class_of_members != ROSTER_ENROLLED)
		return out;
	out.cache = cache;
	memcpy(out.record, roster->record, sizeof out.record);
	write_name(&out);
	const struct bytes file = cache->read(cache->cookie, out.name);
	out.is_refused = file.len > 0 && !parse(&out, file);
	return out;
}

void rings_decoded_keep(const struct rings_decoded *kept, const struct list *list)
{
	const struct rings_cache *cache = kept->cache;
	uint8_t header[RINGS_DECODED_HEADER_LEN], part[CHUNK * POINT_DECODED_BYTES];

	if (!cache)
		return;
	if (kept->is_refused || list->has_false)
		cache->refuse(cache->cookie, kept->name);
	else if (kept->decoded.len == (size_t)kept->n * POINT_DECODED_BYTES)
		return;
	write_header(header, kept, kept->n);
	cache->begin(cache->cookie, kept->name);
	cache->put(cache->cookie, bytes_from(header, sizeof header));
	for (size_t at = 0; at < list->n; at += CHUNK) {
		const size_t n = list->n - at < CHUNK ? list->n - at : CHUNK;

		list_write_decoded(part, list, at, n);
		cache->put(cache->cookie, bytes_from(part, n * POINT_DECODED_BYTES));
	}
	cache->end(cache->cookie);
}

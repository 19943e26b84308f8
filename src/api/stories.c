#include "bundle_handle.h"
#include "convert.h"

#include "story_json.h"

static void write_story(struct writer *writer, const struct story *story,
			enum undersign_story_form form, const struct story_letter *letter)
{
	if (form == UNDERSIGN_STORY_CSV)
		story_csv_write(writer, story);
	else
		story_json_write(writer, story, letter);
}

enum undersign_status undersign_bundle_story(struct undersign_bytes *out,
					     const struct undersign_bundle *bundle,
					     enum undersign_story_form form,
					     const struct undersign_memory *memory)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct story_letter letter = {
		.text = convert_bytes(bundle->info.text),
		.language = manifest->texts[manifest->authoritative].language};
	struct arena arena = convert_memory(memory);
	struct writer writer = writer_new(NULL, 0);
	struct story story;

	*out = (struct undersign_bytes){NULL, 0};
	if (bundle->inner->letter->n_story == 0)
		return UNDERSIGN_OK;
	enum undersign_status status = replay_story(&story, bundle->inner->letter, &arena);
	if (status != UNDERSIGN_OK)
		return status;
	/* Once to measure, once to write. */
	write_story(&writer, &story, form, &letter);
	const size_t len = writer.len;
	uint8_t *data = ARENA_TAKE(&arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	writer = writer_new(data, len);
	write_story(&writer, &story, form, &letter);
	*out = (struct undersign_bytes){data, len};
	return UNDERSIGN_OK;
}

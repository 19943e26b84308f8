/* The kit's record: what parses is written again to the same text. */
#include "fuzz.h"

#include "kit_record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[2 * KIT_RECORD_MAX];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	struct note_key log;
	struct kit_record kit;
	struct note note;

	/* The first line, up to its newline, is the log's key. */
	const uint8_t *end = len > 0 ? memchr(data, '\n', len) : NULL;
	if (!end)
		return 0;
	const size_t line = (size_t)(end - data);
	if (note_key_parse(&log, bytes_from(data, line), NULL) != UNDERSIGN_OK ||
	    note_parse(&note, bytes_from(end + 1, len - line - 1), NULL) != UNDERSIGN_OK)
		return 0;
	const enum undersign_status status = kit_record_open(&kit, &note, &log, &problem);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	kit_record_write(&writer, &kit);
	CHECK(bytes_are_equal(writer_view(&writer), note.text));
	return 0;
}

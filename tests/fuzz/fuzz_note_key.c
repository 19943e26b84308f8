#include "fuzz.h"

#include "note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes input = bytes_from(data, len);
	struct note_key key;
	struct note_private_key private_key;
	uint8_t again[NOTE_PRIVATE_KEY_TEXT_MAX];

	if (note_key_parse(&key, input, NULL) == UNDERSIGN_OK) {
		struct writer writer = writer_new(again, sizeof again);

		note_key_write(&writer, &key);
		CHECK(bytes_are_equal(writer_view(&writer), input));
		CHECK(note_name_is_valid(key.name));
	}
	if (note_private_key_parse(&private_key, input, NULL) == UNDERSIGN_OK) {
		struct writer writer = writer_new(again, sizeof again);

		note_private_key_write(&writer, private_key.key.name, private_key.seed);
		CHECK(bytes_are_equal(writer_view(&writer), input));
	}
	return 0;
}

/* Statement files: what is taken is written again as the same bytes, and its two entries differ in
 * their rings alone. */
#include "fuzz.h"

#include "memory.h"
#include "statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[64 + 2 * (2 + STATEMENT_ENTRY_MAX)];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	struct statement_file file;
	struct bytes input = bytes_from(data, len);
	enum undersign_status status = statement_file_parse(&file, input, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	struct bytes entries[2] = {file.statements[0].entry, file.statements[1].entry};
	statement_file_write(&writer, entries, file.n);
	CHECK(bytes_are_equal(writer_view(&writer), input));
	if (file.n == 2) {
		const struct statement *a = &file.statements[0], *b = &file.statements[1];

		CHECK(memcmp(statement_tag(a), statement_tag(b), POINT_BYTES) == 0);
		CHECK(memcmp(a->ring_id, b->ring_id, HASH_BYTES) != 0);
		CHECK(a->action == MESSAGE_SIGN && b->action == MESSAGE_SIGN);
	}
	return 0;
}

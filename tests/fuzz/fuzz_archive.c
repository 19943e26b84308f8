/* Archives: what is taken is written again as the same bytes. */
#include "fuzz.h"

#include "archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[1 << 20];
	struct archive_entry entry;
	struct problem problem = {0};
	struct bytes archive = bytes_from(data, len);
	struct archive_reader reader = archive_read(archive, &problem);
	struct writer writer = writer_new(again, sizeof again);

	while (archive_next(&reader, &entry)) {
		size_t prefix_len;

		CHECK(entry.request.len > 0 && entry.admission.len > 0);
		archive_write_entry(&writer, entry.request,
				    entry.is_admission_repeated ? bytes_from(NULL, 0)
								: entry.admission);
		CHECK(archive_prefix_len(&prefix_len, archive, reader.n, NULL) == UNDERSIGN_OK);
		CHECK(prefix_len == writer.len);
	}
	CHECK(reader.has_failed == problem_is_set(&problem));
	if (writer.len <= sizeof again)
		CHECK(bytes_begin_with(archive, writer_view(&writer)));
	CHECK(reader.has_failed || writer.len == len);
	return 0;
}

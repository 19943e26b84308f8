/* Points files: what is taken is written again as the same bytes. */
#include "fuzz.h"

#include "points.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[1 << 20];
	struct points points;
	struct entry entry;
	struct problem problem = {0};
	struct bytes file = bytes_from(data, len);
	enum undersign_status status = points_parse(&points, file, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK || len > sizeof again)
		return 0;
	struct writer writer = writer_new(again, sizeof again);
	points_write_header(&writer, points.class_of_members, points.n);
	struct points_reader reader = points_read(&points);
	for (uint32_t i = 0; i < points.n; i++) {
		CHECK(points_prefix_len(&points, i) == writer.len - POINTS_HEADER_LEN);
		CHECK(points_next(&reader, &entry));
		points_write_entry(&writer, &entry);
	}
	CHECK(!points_next(&reader, &entry));
	CHECK(bytes_are_equal(writer_view(&writer), file));
	CHECK(points_is_prefix(&points, &points));
	if (points.n > 0) {
		uint8_t root[HASH_BYTES];

		points_root(root, &points, points.n);
	}
	return 0;
}

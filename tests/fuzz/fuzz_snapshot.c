/* Records of snapshots: what is taken is written again as the same text. */
#include "fuzz.h"

#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t again[ROSTER_TEXT_MAX];
	struct snapshot_record record;
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = snapshot_parse(&record, text, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	struct writer writer = writer_new(again, sizeof again);
	CHECK(snapshot_write(&writer, &record, NULL) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	CHECK(snapshot_is_same_edition(&record, &record));
	for (uint32_t c = 0; c < ROSTER_COLUMNS_MAX + 2; c++) {
		bool is_column = record.class_of_members == ROSTER_RAW_KEY
					 ? c == 0
					 : c >= 1 && c <= record.calendar.n;

		CHECK((snapshot_root(&record, c) != NULL) == is_column);
	}
	for (uint32_t c = 1; c <= record.calendar.n; c++) {
		const struct calendar_column *column = &record.calendar.columns[c - 1];

		CHECK(calendar_column_at(&record.calendar, column->from) == c);
		CHECK(!calendar_is_due(column, column->until) &&
		      calendar_is_due(column, column->burn));
	}
	return 0;
}

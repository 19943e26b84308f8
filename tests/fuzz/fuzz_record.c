/* Records of the log and of letters: what is taken is written again as the same text. */
#include "fuzz.h"

#include "record.h"

static enum undersign_status read_and_write(struct writer *writer, struct bytes text,
					    struct arena *arena, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_E_FORMAT;
	struct record_log log;
	struct record_open opening;
	struct record_extend extend;
	struct record_close closing;
	uint64_t seconds;

	switch (record_kind_of(text)) {
	case RECORD_LOG:
		status = record_log_parse(&log, text, problem);
		if (status != UNDERSIGN_OK)
			break;
		CHECK(record_log_instant(&seconds, &log, 0) == UNDERSIGN_OK);
		record_log_write(writer, &log);
		break;
	case RECORD_OPEN:
		status = record_open_parse(&opening, text, problem);
		if (status == UNDERSIGN_OK)
			record_open_write(writer, &opening);
		break;
	case RECORD_EXTEND:
		status = record_extend_parse(&extend, text, arena, problem);
		if (status == UNDERSIGN_OK)
			record_extend_write(writer, &extend);
		break;
	case RECORD_CLOSE:
		status = record_close_parse(&closing, text, problem);
		if (status == UNDERSIGN_OK)
			record_close_write(writer, &closing);
		break;
	default:
		problem_rule(problem, "another kind");
	}
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 20] __attribute__((aligned(64)));
	static uint8_t again[ROSTER_TEXT_MAX];
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = read_and_write(&writer, text, &arena, &problem);

	CHECK(status != UNDERSIGN_E_MEMORY);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status == UNDERSIGN_OK)
		CHECK(bytes_are_equal(writer_view(&writer), text));
	return 0;
}

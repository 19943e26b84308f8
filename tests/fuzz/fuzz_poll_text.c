/* The texts of a poll's trustees (doc/formats.md 11): whatever is taken is written as the same
 * bytes. */
#include "fuzz.h"

#include "poll_text.h"

static uint8_t again[POLL_TEXT_MAX];

static void check_key(struct bytes input)
{
	struct problem problem = {0};
	struct poll_trustee key;
	struct note note;

	if (poll_key_parse(&key, input, &problem) != UNDERSIGN_OK) {
		CHECK(problem_is_set(&problem));
		return;
	}
	struct writer writer = writer_new(again, sizeof again);
	poll_key_write(&writer, &key);
	CHECK(note_parse(&note, input, NULL) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), note.text));
}

static void check_roll(struct bytes input)
{
	static struct poll_roll roll;
	struct problem problem = {0};

	if (poll_roll_parse(&roll, input, &problem) != UNDERSIGN_OK) {
		CHECK(problem_is_set(&problem));
		return;
	}
	struct writer writer = writer_new(again, sizeof again);
	poll_roll_write(&writer, roll.ceremony.threshold, roll.trustees, roll.ceremony.n);
	CHECK(bytes_are_equal(writer_view(&writer), input));
}

static void check_trustees(struct bytes input)
{
	static struct poll_trustees record;
	struct problem problem = {0};

	if (poll_trustees_parse(&record, input, &problem) != UNDERSIGN_OK) {
		CHECK(problem_is_set(&problem));
		return;
	}
	struct writer writer = writer_new(again, sizeof again);
	poll_trustees_write(&writer, &record);
	CHECK(bytes_are_equal(writer_view(&writer), input));
}

static void check_share(struct bytes input)
{
	static uint8_t block[2 * POLL_TEXT_MAX];
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct problem problem = {0};
	struct poll_share share;

	if (poll_share_parse(&share, input, &arena, &problem) != UNDERSIGN_OK) {
		CHECK(problem_is_set(&problem));
		return;
	}
	struct writer writer = writer_new(again, sizeof again);
	poll_share_write(&writer, &share);
	CHECK(bytes_are_equal(writer_view(&writer), input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes input = bytes_from(data, size);

	if (size > POLL_TEXT_MAX)
		return 0;
	check_key(input);
	check_roll(input);
	check_trustees(input);
	check_share(input);
	return 0;
}

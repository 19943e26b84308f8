#include "fuzz.h"

#include "witness.h"

#include <stdlib.h>

#define LOG     "log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define WITNESS "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"

/* What is read is written back as the very bytes; what the log has signed is a record once it is
 * cosigned, and only steps that a proof backs are fine. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct witness_submission submission;
	struct note_key log, witness;
	struct witness_seen seen = witness_seen_none();
	struct problem problem = {{0}, {0}, {0}};
	const struct bytes input = bytes_from(data, len);
	enum witness_status status = witness_read(&submission, input, &problem);

	CHECK(problem_is_set(&problem) == (status != WITNESS_FINE));
	CHECK(note_key_parse(&log, bytes_from_text(LOG), NULL) == UNDERSIGN_OK);
	CHECK(note_key_parse(&witness, bytes_from_text(WITNESS), NULL) == UNDERSIGN_OK);
	/* A record is read by the same bytes. */
	(void)!witness_record_read(&seen, input, &log, &witness, NULL);
	if (status != WITNESS_FINE)
		return 0;
	uint8_t *again = malloc(2 * len + 1);
	CHECK(again);
	struct writer note = writer_new(again, len);
	note_write(&note, &submission.note);
	struct writer writer = writer_new(again + len, len);
	witness_write(&writer, submission.old_size, &submission.proof, writer_view(&note));
	CHECK(bytes_are_equal(writer_view(&writer), input));
	free(again);
	if (witness_check(&submission, &log, NULL) != WITNESS_FINE)
		return 0;
	seen = witness_seen_none();
	status = witness_step(&submission, &seen, NULL);
	CHECK((status == WITNESS_FINE) == (submission.old_size == 0 && submission.proof.n == 0));
	return 0;
}

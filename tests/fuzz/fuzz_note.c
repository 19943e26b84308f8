#include "fuzz.h"

#include "note.h"

#include <stdlib.h>

/* Keys whose signatures stand in the corpus. */
static const char log_vkey[] =
	"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
static const char witness_vkey[] =
	"witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct note note;
	struct note_key keys[2];
	struct note_verdict verdict;
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status = note_parse(&note, bytes_from(data, len), &problem);

	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	if (status != UNDERSIGN_OK)
		return 0;
	uint8_t *again = malloc(len);
	CHECK(again);
	struct writer writer = writer_new(again, len);
	note_write(&writer, &note);
	CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
	free(again);
	CHECK(note.n_signatures > 0 && note.text.data[note.text.len - 1] == '\n');
	CHECK(note_check_text(note.text, NULL) == UNDERSIGN_OK);
	CHECK(note_key_parse(&keys[0], bytes_from_text(log_vkey), NULL) == UNDERSIGN_OK);
	CHECK(note_key_parse(&keys[1], bytes_from_text(witness_vkey), NULL) == UNDERSIGN_OK);
	/* What the strict reading accepts the other does too. */
	bool is_strictly_good =
		note_verify(&verdict, &note, keys, 2, NOTE_UNKNOWN_REFUSED, NULL) == UNDERSIGN_OK;
	bool is_good =
		note_verify(&verdict, &note, keys, 2, NOTE_UNKNOWN_IGNORED, NULL) == UNDERSIGN_OK;
	CHECK(is_good || !is_strictly_good);
	CHECK(!is_good || verdict.n_unknown < note.n_signatures);
	return 0;
}

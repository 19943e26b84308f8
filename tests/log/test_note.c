/* L-5: what is a note, byte by byte; keys; signatures. */
#include "known.h"

#include "ed25519.h"

#define DASH "\xe2\x80\x94"
#define LINE DASH " k AAAAAAA=\n" /* five bytes: a key id, and one of signature */

struct parse_case {
	struct bytes input;
	enum undersign_status status;
};

#define CASE(text, status)                                                                         \
	{                                                                                          \
		{(const uint8_t *)(text), sizeof(text) - 1}, status                                \
	}
#define GOOD(text) CASE(text, UNDERSIGN_OK)
#define BAD(text)  CASE(text, UNDERSIGN_E_FORMAT)

static const struct parse_case parse_cases[] = {
	GOOD("t\n\n" LINE),
	GOOD("\n\n" LINE),
	GOOD("t\n\n\n" LINE), /* the last empty line splits: the text ends with one */
	GOOD("a\n\nb\n\n" LINE),
	GOOD("\n\n\n\n" LINE),
	GOOD("t\n\n" LINE LINE),
	GOOD("a\n\n" LINE "\n" LINE), /* a note as text */
	GOOD("caf\xc3\xa9 \xf0\x9f\x98\x80\n\n" LINE),
	GOOD("t\x7f\n\n" LINE),
	GOOD("t\n\n" DASH " \xc3\xa9 AAAAAAA=\n"),
	GOOD("t\n\n" DASH " a/b:c-d_e.f AAAAAAA=\n"),
	GOOD("t\n\n" DASH " k AAAAAAAA\n"),
	GOOD("t\n\n" DASH " k AAAAAAAAAA==\n"),
	GOOD("t\n\n" DASH " k +/+/+/+/\n"),
	GOOD(" t \n\n" LINE),
	GOOD(DASH " t\n\n" LINE),
	/* no text, no empty line, no signature, no last newline */
	BAD(""),
	BAD("\n"),
	BAD("\n\n"),
	BAD("t"),
	BAD("t\n"),
	BAD("t\n\n"),
	BAD("t\n\n\n"),
	BAD(LINE),
	BAD("\n" LINE),
	BAD("t\n" LINE),
	BAD("t" LINE),
	BAD("t\n\n" DASH " k AAAAAAA="),
	BAD("t\n\n" LINE "\n"),
	BAD("t\n\n" LINE "t"),
	BAD("t\n\n" LINE "t\n"),
	BAD("t\n\nt\n"),
	BAD("t\n \n" LINE),
	BAD("t\n\n" LINE " " LINE),
	/* characters */
	BAD("t\r\n\r\n" DASH " k AAAAAAA=\r\n"),
	BAD("t\n\n" DASH " k AAAAAAA=\r\n"),
	BAD("t\r\n\n" LINE),
	BAD("t\0\n\n" LINE),
	BAD("\0t\n\n" LINE),
	BAD("t\t\n\n" LINE),
	BAD("t\x1b[1m\n\n" LINE),
	BAD("t\x0b\n\n" LINE),
	BAD("t\x1f\n\n" LINE),
	BAD("t\xff\n\n" LINE),
	BAD("t\x80\n\n" LINE),
	BAD("t\xc3\n\n" LINE),
	BAD("t\xc0\x80\n\n" LINE),     /* overlong */
	BAD("t\xed\xa0\x80\n\n" LINE), /* a lone surrogate */
	BAD("t\xed\xb0\x80\n\n" LINE),
	BAD("t\xed\xa0\x80\xed\xb0\x80\n\n" LINE), /* a pair */
	BAD("t\xf4\x90\x80\x80\n\n" LINE),         /* above U+10FFFF */
	BAD("t\xe2\x82\n\n" LINE),
	BAD("\xef\xbb\n\n" LINE),
	/* the signature line's dash and spaces */
	BAD("t\n\n- k AAAAAAA=\n"),
	BAD("t\n\n-- k AAAAAAA=\n"),
	BAD("t\n\n\xe2\x80\x93 k AAAAAAA=\n"), /* U+2013 */
	BAD("t\n\n\xe2\x80\x95 k AAAAAAA=\n"), /* U+2015 */
	BAD("t\n\nk AAAAAAA=\n"),
	BAD("t\n\n" DASH "k AAAAAAA=\n"),
	BAD("t\n\n" DASH "  k AAAAAAA=\n"),
	BAD("t\n\n" DASH " k  AAAAAAA=\n"),
	BAD("t\n\n" DASH " k AAAAAAA= \n"),
	BAD("t\n\n" DASH " k AAAAAAA= x\n"),
	BAD("t\n\n " DASH " k AAAAAAA=\n"),
	BAD("t\n\n" DASH "\xc2\xa0k AAAAAAA=\n"),
	BAD("t\n\n" DASH "\n"),
	BAD("t\n\n" DASH " \n"),
	BAD("t\n\n" DASH " k\n"),
	BAD("t\n\n" DASH " k \n"),
	/* the name */
	BAD("t\n\n" DASH " AAAAAAA=\n"),
	BAD("t\n\n" DASH "  AAAAAAA=\n"),
	BAD("t\n\n" DASH " a+b AAAAAAA=\n"),
	BAD("t\n\n" DASH " + AAAAAAA=\n"),
	BAD("t\n\n" DASH " a b AAAAAAA=\n"),
	BAD("t\n\n" DASH " a\xc2\xa0"
	    "b AAAAAAA=\n"), /* U+00A0 */
	BAD("t\n\n" DASH " a\xc2\x85"
	    "b AAAAAAA=\n"), /* U+0085 */
	BAD("t\n\n" DASH " a\xe1\x9a\x80"
	    "b AAAAAAA=\n"), /* U+1680 */
	BAD("t\n\n" DASH " a\xe2\x80\x83"
	    "b AAAAAAA=\n"), /* U+2003 */
	BAD("t\n\n" DASH " a\xe2\x80\xa8"
	    "b AAAAAAA=\n"), /* U+2028 */
	BAD("t\n\n" DASH " a\xe2\x80\xaf"
	    "b AAAAAAA=\n"), /* U+202F */
	BAD("t\n\n" DASH " a\xe3\x80\x80"
	    "b AAAAAAA=\n"), /* U+3000 */
	BAD("t\n\n" DASH " a\tb AAAAAAA=\n"),
	BAD("t\n\n" DASH " a\0b AAAAAAA=\n"),
	BAD("t\n\n" DASH " \xff AAAAAAA=\n"),
	/* the base64 */
	BAD("t\n\n" DASH " k AAAAAA==\n"), /* a key id and nothing */
	BAD("t\n\n" DASH " k AAAA\n"),
	BAD("t\n\n" DASH " k AAAAAAB=\n"), /* unused bits */
	BAD("t\n\n" DASH " k AAAAAAAAAB==\n"),
	BAD("t\n\n" DASH " k AAAAAAA\n"),
	BAD("t\n\n" DASH " k AAAAAAA==\n"),
	BAD("t\n\n" DASH " k AAAAAAA=A\n"),
	BAD("t\n\n" DASH " k =AAAAAA=\n"),
	BAD("t\n\n" DASH " k AA==AAAA\n"),
	BAD("t\n\n" DASH " k AAAA-AA=\n"),
	BAD("t\n\n" DASH " k AAAA_AA=\n"),
	BAD("t\n\n" DASH " k AAAA\nAAA=\n"),
	BAD("t\n\n" DASH " k 00000000!\n"),
	BAD("t\n\n" LINE DASH " k AAAAAAB=\n"),
	BAD("t\n\n" DASH " k AAAAAAB=\n" LINE),
};

static void parses_notes_and_nothing_else(void **state)
{
	struct note note;
	struct problem problem;
	uint8_t buffer[256];

	(void)state;
	assert_true(sizeof parse_cases / sizeof parse_cases[0] >= 80);
	for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
		struct bytes input = parse_cases[i].input;
		struct writer writer = writer_new(buffer, sizeof buffer);

		memset(&problem, 0, sizeof problem);
		enum undersign_status status = note_parse(&note, input, &problem);
		if (status != parse_cases[i].status)
			fail_msg("case %zu: %s", i, problem.rule);
		assert_int_equal(problem_is_set(&problem), status != UNDERSIGN_OK);
		assert_int_equal(note_parse(&note, input, NULL), status);
		if (status != UNDERSIGN_OK) {
			assert_int_equal(strncmp(problem.where, "line ", 5), 0);
			assert_int_equal(note.n_signatures, 0);
			assert_int_equal(note.text.len, 0);
			continue;
		}
		note_write(&writer, &note);
		assert_bytes_equal(writer_view(&writer), input);
		assert_int_equal(note.text.data[note.text.len - 1], '\n');
	}
}

static void splits_at_the_last_empty_line(void **state)
{
	struct note note;

	(void)state;
	assert_int_equal(note_parse(&note, BYTES("a\n\n" LINE "\n" LINE), NULL), UNDERSIGN_OK);
	assert_bytes_equal(note.text, BYTES("a\n\n" LINE));
	assert_int_equal(note.n_signatures, 1);
	assert_int_equal(note_parse(&note, BYTES("t\n\n\n" LINE LINE), NULL), UNDERSIGN_OK);
	assert_bytes_equal(note.text, BYTES("t\n\n"));
	assert_int_equal(note.n_signatures, 2);
	assert_bytes_equal(note.signatures[1].name, BYTES("k"));
	assert_bytes_equal(note.signatures[1].line, BYTES(LINE));
	assert_int_equal(note.signatures[1].payload_len, 1);
	assert_int_equal(note_parse(&note, BYTES("t\n\n" DASH " k ASNFZ4k=\n"), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(note.signatures[0].key_id, 0x01234567);
}

static void names_the_line(void **state)
{
	const struct {
		const char *input;
		const char *where;
	} cases[] = {{"t\n\n" LINE LINE DASH " k x\n", "line 5"},
		     {"a\nb\n\xff\n\n" LINE, "line 3"},
		     {"a\n\n" LINE "x", "line 4"}};
	struct problem problem;
	struct note note;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(&problem, 0, sizeof problem);
		assert_int_equal(note_parse(&note, BYTES(cases[i].input), &problem),
				 UNDERSIGN_E_FORMAT);
		assert_string_equal(problem.where, cases[i].where);
	}
}

static void bounds_its_input(void **state)
{
	static char input[1 << 20];
	struct note note;
	size_t line_len = sizeof(LINE) - 1;

	(void)state;
	for (size_t n = 1; n <= 70; n++) {
		memcpy(input, "t\n\n", 3);
		for (size_t i = 0; i < n; i++)
			memcpy(input + 3 + i * line_len, LINE, line_len);
		assert_int_equal(note_parse(&note, bytes_from(input, 3 + n * line_len), NULL),
				 n <= 64 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
		assert_int_equal(note.n_signatures, n <= 64 ? n : 0);
	}
	/* A text that fills the note, and one byte more; a megabyte. */
	memset(input, 'x', sizeof input);
	for (size_t extra = 0; extra < 2; extra++) {
		size_t text_len = NOTE_LEN_MAX - line_len - 2 + extra;

		memset(input, 'x', text_len);
		memcpy(input + text_len, "\n\n" LINE, 2 + line_len);
		assert_int_equal(
			note_parse(&note, bytes_from(input, text_len + 2 + line_len), NULL),
			extra == 0 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
	}
	assert_int_equal(note_parse(&note, bytes_from(input, sizeof input), NULL),
			 UNDERSIGN_E_LIMIT);
	/* Names of 255 bytes, and of 256. */
	for (size_t len = 255; len <= 256; len++) {
		memcpy(input, "t\n\n" DASH " ", 7);
		memset(input + 7, 'n', len);
		memcpy(input + 7 + len, " AAAAAAA=\n", 10);
		assert_int_equal(note_parse(&note, bytes_from(input, 17 + len), NULL),
				 len == 255 ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
	/* A long signature, as that of ML-DSA: 2436 bytes; padding inside it is none. */
	memcpy(input, "t\n\n" DASH " k ", 9);
	memset(input + 9, 'A', 3248);
	input[9 + 3248] = '\n';
	assert_int_equal(note_parse(&note, bytes_from(input, 10 + 3248), NULL), UNDERSIGN_OK);
	assert_int_equal(note.signatures[0].payload_len, 2432);
	memcpy(input + 9 + 254, "==", 2);
	assert_int_equal(note_parse(&note, bytes_from(input, 10 + 3248), NULL), UNDERSIGN_E_FORMAT);
}

static void keys_have_one_text(void **state)
{
	const char *bad[] = {
		"",
		"+",
		"++",
		"log.example/letters",
		"log.example/letters+79625d09",
		"log.example/letters+79625d09+",
		"+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log example+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+79625d08+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+79625D09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+9625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+079625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/Letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+79625d09+AgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+79625d09+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 ",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG5",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTE=",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4AAAA",
		"log.example/letters+79625d09+AQOhB7_zzhC-HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
		" log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
	};
	const char *good[] = {KNOWN_LOG_VKEY, KNOWN_WITNESS_VKEY};
	struct problem problem;
	struct note_key key;
	uint8_t buffer[NOTE_KEY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct writer writer = writer_new(buffer, sizeof buffer);

		assert_int_equal(note_key_parse(&key, BYTES(good[i]), NULL), UNDERSIGN_OK);
		note_key_write(&writer, &key);
		assert_bytes_equal(writer_view(&writer), BYTES(good[i]));
		assert_int_equal(key.type, i == 0 ? NOTE_KEY_NOTE : NOTE_KEY_COSIGNATURE);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(&problem, 0, sizeof problem);
		assert_int_equal(note_key_parse(&key, BYTES(bad[i]), &problem), UNDERSIGN_E_FORMAT);
		assert_true(problem.rule[0] != '\0');
		assert_int_equal(key.name.len, 0);
	}
	/* The seeds are those that the known keys are made of. */
	struct test_key log = test_key_new(0);
	struct test_key witness = test_key_new(0x20);
	struct note_key made = test_note_key("log.example/letters", NOTE_KEY_NOTE, &log);
	assert_int_equal(note_key_parse(&key, BYTES(KNOWN_LOG_VKEY), NULL), UNDERSIGN_OK);
	assert_true(note_key_is_equal(&key, &made));
	made.type = NOTE_KEY_COSIGNATURE;
	assert_false(note_key_is_equal(&key, &made));
	made = test_note_key("witness.example/w1", NOTE_KEY_COSIGNATURE, &witness);
	assert_false(note_key_is_equal(&key, &made));
	assert_int_equal(made.id, 0x20324abe);
	assert_int_equal(note_key_new(&made, BYTES("a b"), NOTE_KEY_NOTE, log.public_key),
			 UNDERSIGN_E_FORMAT);
	assert_false(note_name_is_valid(bytes_from(NULL, 0)));
}

static void private_keys_have_one_text(void **state)
{
	/* The seed is 00..1f. */
	const char *expected = "PRIVATE+KEY+log.example/"
			       "letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
	const char *bad[] = {
		"",
		"PRIVATE+KEY+",
		"PRIVATE+KEY+log.example/letters+79625d09+",
		"private+key+log.example/"
		"letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"log.example/letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"PRIVATE+KEY+log.example/"
		"letters+79625d08+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"PRIVATE+KEY+log.example/"
		"letter+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"PRIVATE+KEY+log.example/"
		"letters+79625d09+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"PRIVATE+KEY+log.example/"
		"letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4g",
		"PRIVATE+KEY+log.example/"
		"letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n",
		"PRIVATE+KEY+log.example/"
		"letters+79625d09+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=",
	};
	const struct note_private_key zeros = {.key = {.id = 0}};
	struct test_key key = test_key_new(0);
	uint8_t buffer[NOTE_PRIVATE_KEY_TEXT_MAX];
	struct writer writer = writer_new(buffer, sizeof buffer);
	struct note_private_key parsed;
	struct problem problem;

	(void)state;
	note_private_key_write(&writer, BYTES("log.example/letters"), key.seed);
	assert_bytes_equal(writer_view(&writer), BYTES(expected));
	assert_int_equal(note_private_key_parse(&parsed, writer_view(&writer), NULL), UNDERSIGN_OK);
	assert_memory_equal(parsed.seed, key.seed, 32);
	assert_memory_equal(parsed.key.public_key, key.public_key, 32);
	assert_int_equal(parsed.key.id, 0x79625d09);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(&problem, 0, sizeof problem);
		assert_int_equal(note_private_key_parse(&parsed, BYTES(bad[i]), &problem),
				 UNDERSIGN_E_FORMAT);
		assert_memory_equal(&parsed, &zeros, sizeof parsed);
		/* What may be a secret is never shown. */
		assert_true(problem.rule[0] != '\0');
		assert_null(strstr(problem.what, "AQAB"));
		assert_null(strstr(problem.rule, "AQAB"));
	}
}

/* Signs text with keys of seeds 0x00, 0x40, 0x80 named a, b, c. */
struct signed_note {
	struct test_key keys[3];
	struct note_key listed[3];
	uint8_t buffer[2048];
	struct bytes whole;
	struct note note;
};

static void sign_by_all(struct signed_note *out)
{
	const char *names[] = {"a", "b", "c"};
	struct note_signer signers[3];
	struct writer writer = writer_new(out->buffer, sizeof out->buffer);

	for (size_t i = 0; i < 3; i++) {
		out->keys[i] = test_key_new((uint8_t)(0x40 * i));
		out->listed[i] = test_note_key(names[i], NOTE_KEY_NOTE, &out->keys[i]);
		signers[i] = test_signer(names[i], &out->keys[i]);
	}
	assert_int_equal(note_sign(&writer, BYTES("text\n"), signers, 3), UNDERSIGN_OK);
	out->whole = writer_view(&writer);
	assert_int_equal(note_parse(&out->note, out->whole, NULL), UNDERSIGN_OK);
	assert_int_equal(out->note.n_signatures, 3);
}

static void verifies_against_a_list(void **state)
{
	struct signed_note signed_note;
	const struct note *note = &signed_note.note;
	struct note_key *listed = signed_note.listed;
	struct note_verdict verdict;
	struct problem problem = {{0}, {0}, {0}};

	(void)state;
	sign_by_all(&signed_note);
	assert_int_equal(note_verify(&verdict, note, listed, 3, NOTE_UNKNOWN_REFUSED, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(verdict.n_unknown, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(verdict.key_of[i], i);
		assert_true(note_verdict_has(&verdict, i));
	}
	assert_false(note_verdict_has(&verdict, 3));
	assert_false(note_verdict_has(&verdict, NOTE_KEY_UNKNOWN));
	/* Unknown ones are ignored and counted, or refused. */
	assert_int_equal(note_verify(&verdict, note, listed + 1, 1, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(verdict.n_unknown, 2);
	assert_int_equal(verdict.key_of[0], NOTE_KEY_UNKNOWN);
	assert_int_equal(verdict.key_of[1], 0);
	assert_int_equal(note_verify(&verdict, note, listed, 2, NOTE_UNKNOWN_REFUSED, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "line 5");
	assert_string_equal(problem.what, "c");
	assert_false(note_verdict_has(&verdict, 0));
	/* Nobody that is expected. */
	assert_int_equal(note_verify(&verdict, note, listed, 0, NOTE_UNKNOWN_IGNORED, &problem),
			 UNDERSIGN_E_MISSING);
	/* The same name with another key is another id: unknown. The same key by another name too.
	 */
	struct note_key other = test_note_key("a", NOTE_KEY_NOTE, &signed_note.keys[1]);
	assert_int_equal(note_verify(&verdict, note, &other, 1, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_E_MISSING);
	other = test_note_key("d", NOTE_KEY_NOTE, &signed_note.keys[0]);
	assert_int_equal(note_verify(&verdict, note, &other, 1, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_E_MISSING);
	/* A listed key whose id is made to equal: its signature must hold. */
	other = listed[0];
	memcpy(other.public_key, signed_note.keys[1].public_key, 32);
	assert_int_equal(note_verify(&verdict, note, &other, 1, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_E_INVALID);
	/* A key listed twice does no harm. */
	struct note_key twice[2] = {listed[0], listed[0]};
	assert_int_equal(note_verify(&verdict, note, twice, 2, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_OK);
}

static void every_changed_bit_is_refused(void **state)
{
	struct signed_note signed_note;
	struct note_verdict verdict;
	uint8_t *bytes = signed_note.buffer;
	size_t n_refused = 0;

	(void)state;
	sign_by_all(&signed_note);
	for (size_t bit = 0; bit < 8 * signed_note.whole.len; bit++) {
		struct note note;

		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		enum undersign_status status = note_parse(&note, signed_note.whole, NULL);
		if (status == UNDERSIGN_OK)
			status = note_verify(&verdict, &note, signed_note.listed, 3,
					     NOTE_UNKNOWN_REFUSED, NULL);
		assert_int_not_equal(status, UNDERSIGN_OK);
		bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		n_refused++;
	}
	assert_int_equal(n_refused, 8 * signed_note.whole.len);
	/* A bad signature of a listed key is refused even where unknown ones are ignored and
	 * another holds. */
	struct note note;
	struct problem problem = {{0}, {0}, {0}};
	bytes[signed_note.whole.len - 20] ^= 1;
	assert_int_equal(note_parse(&note, signed_note.whole, NULL), UNDERSIGN_OK);
	assert_int_equal(
		note_verify(&verdict, &note, signed_note.listed, 3, NOTE_UNKNOWN_IGNORED, &problem),
		UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "line 5");
	assert_int_equal(
		note_verify(&verdict, &note, signed_note.listed, 2, NOTE_UNKNOWN_IGNORED, NULL),
		UNDERSIGN_OK);
}

static void a_key_signs_once_where_lists_are_strict(void **state)
{
	struct signed_note signed_note;
	struct note_verdict verdict;
	struct note note;

	(void)state;
	sign_by_all(&signed_note);
	struct writer writer = {signed_note.buffer, sizeof signed_note.buffer,
				signed_note.whole.len, false};
	writer_bytes(&writer, signed_note.note.signatures[1].line);
	assert_int_equal(note_parse(&note, writer_view(&writer), NULL), UNDERSIGN_OK);
	assert_int_equal(
		note_verify(&verdict, &note, signed_note.listed, 3, NOTE_UNKNOWN_IGNORED, NULL),
		UNDERSIGN_OK);
	assert_int_equal(
		note_verify(&verdict, &note, signed_note.listed, 3, NOTE_UNKNOWN_REFUSED, NULL),
		UNDERSIGN_E_INVALID);
}

/* The last of many signatures counts as the first does. */
static void many_signatures_are_read(void **state)
{
	struct test_key keys[64];
	struct note_signer signers[64];
	char names[64][8];
	static uint8_t buffer[64 * 120];
	struct writer writer = writer_new(buffer, sizeof buffer);
	struct note note;
	struct note_verdict verdict;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		(void)snprintf(names[i], sizeof names[i], "key-%zu", i);
		keys[i] = test_key_new((uint8_t)i);
		signers[i] = test_signer(names[i], &keys[i]);
	}
	assert_int_equal(note_sign(&writer, BYTES("text\n"), signers, 64), UNDERSIGN_OK);
	assert_int_equal(note_parse(&note, writer_view(&writer), NULL), UNDERSIGN_OK);
	struct note_key last = test_note_key("key-63", NOTE_KEY_NOTE, &keys[63]);
	assert_int_equal(note_verify(&verdict, &note, &last, 1, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(verdict.n_unknown, 63);
	assert_int_equal(verdict.key_of[63], 0);
}

static enum undersign_status sign_badly(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES],
					struct bytes message)
{
	(void)cookie;
	(void)message;
	memset(sig, 0, ED25519_SIGNATURE_BYTES);
	return UNDERSIGN_E_SYSTEM;
}

static void refuses_to_sign(void **state)
{
	struct test_key key = test_key_new(0);
	struct note_signer signer = test_signer("a", &key);
	struct note_signer unnamed = test_signer("a b", &key);
	struct note_signer broken = test_signer("a", &key);
	static uint8_t buffer[NOTE_LEN_MAX + 1024];
	static char text[NOTE_LEN_MAX + 1];
	struct writer writer = writer_new(buffer, sizeof buffer);
	struct note_signer many[65];

	(void)state;
	broken.sign = sign_badly;
	assert_int_equal(note_sign(&writer, BYTES("text"), &signer, 1), UNDERSIGN_E_FORMAT);
	assert_int_equal(note_sign(&writer, BYTES(""), &signer, 1), UNDERSIGN_E_FORMAT);
	assert_int_equal(note_sign(&writer, BYTES("a\r\n"), &signer, 1), UNDERSIGN_E_FORMAT);
	assert_int_equal(note_sign(&writer, BYTES("text\n"), &signer, 0), UNDERSIGN_E_USAGE);
	assert_int_equal(note_sign(&writer, BYTES("text\n"), &unnamed, 1), UNDERSIGN_E_FORMAT);
	assert_int_equal(note_sign(&writer, BYTES("text\n"), &broken, 1), UNDERSIGN_E_SYSTEM);
	for (size_t i = 0; i < 65; i++)
		many[i] = signer;
	assert_int_equal(note_sign(&writer, BYTES("text\n"), many, 65), UNDERSIGN_E_LIMIT);
	memset(text, 'x', sizeof text);
	text[NOTE_LEN_MAX - 1] = '\n';
	writer = writer_new(buffer, sizeof buffer);
	assert_int_equal(note_sign(&writer, bytes_from(text, NOTE_LEN_MAX), &signer, 1),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(note_cosign_line(&writer, BYTES("text\n"), &signer, 0), UNDERSIGN_E_USAGE);
	assert_int_equal(note_cosign_line(&writer, BYTES("text\n"), &signer, UINT64_C(1) << 63),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(note_cosign_line(&writer, bytes_from(text, 4097), &signer, 1),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(note_cosign_line(&writer, BYTES("text\n"), &unnamed, 1),
			 UNDERSIGN_E_FORMAT);
	assert_int_equal(note_cosign_line(&writer, BYTES("text\n"), &broken, 1),
			 UNDERSIGN_E_SYSTEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_notes_and_nothing_else),
		cmocka_unit_test(splits_at_the_last_empty_line),
		cmocka_unit_test(names_the_line),
		cmocka_unit_test(bounds_its_input),
		cmocka_unit_test(keys_have_one_text),
		cmocka_unit_test(private_keys_have_one_text),
		cmocka_unit_test(verifies_against_a_list),
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(a_key_signs_once_where_lists_are_strict),
		cmocka_unit_test(many_signatures_are_read),
		cmocka_unit_test(refuses_to_sign),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}

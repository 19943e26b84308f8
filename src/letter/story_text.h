/* The text of one record of the story around a letter (doc/formats.md 3.5): who takes part, who
 * endorses it, which stances institutions take, what it cites, what it demands, what was moved and
 * replied, notices, and earlier versions of the letter. One table says of each kind which lines it
 * has, so that reading, writing, JSON and the command line cannot disagree. Public; variable time.
 */
#ifndef UNDERSIGNED_STORY_TEXT_H
#define UNDERSIGNED_STORY_TEXT_H

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "protocol.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum story_kind {
	STORY_ACTOR,
	STORY_SCALE,
	STORY_ENDORSEMENT,
	STORY_STANCE,
	STORY_CITATION,
	STORY_DEMAND,
	STORY_MOVE,
	STORY_REPLY,
	STORY_DELIVERY,
	STORY_NOTICE,
	STORY_EARLIER,
	STORY_KINDS, /* none of them */
};

/* How the value of a line is formed. */
enum story_form {
	STORY_TEXT,   /* free text */
	STORY_NAME,   /* 1 to 128 bytes */
	STORY_WORD,   /* one of the words of the rule */
	STORY_DATE,   /* YYYY-MM-DD */
	STORY_NUMBER, /* decimal from 1 to the rule's limit */
	STORY_VKEY,   /* a signer of notes */
	STORY_ID,     /* base64 of 32 bytes */
	STORY_COPY,   /* decimal length, hex SHA-256, date: a copy of a source */
	STORY_ANSWER, /* tenths of a per cent, 0 to 1000, and the answer's words */
	STORY_LIST,   /* numbers from 1, ascending, separated by commas */
};

/* One kind of line. Its place in the table is its place in the text. */
struct story_rule {
	const char *key;
	enum story_form form;
	uint8_t least, most;
	uint64_t limit;    /* of a number */
	const char *words; /* of STORY_WORD, separated by spaces; what an option's help says */
	/* Stands if and only if the line `with` does; NULL: by itself. A least of 0 makes it
	 * optional there too. */
	const char *with;
};

/* The lines of a kind after the head: letter, author, date, and `revises` where the kind has it. */
const struct story_rule *story_rules(size_t *out_n, enum story_kind kind);
/* "stance" */
const char *story_kind_name(enum story_kind kind);
/* By the name; STORY_KINDS if there is none. */
enum story_kind story_kind_named(struct bytes name);
/* By the first line of a note or of its text; STORY_KINDS for anything else. */
enum story_kind story_kind_of(struct bytes note);

/* A record's text, parsed; views of it. */
struct story_text {
	enum story_kind kind;
	struct bytes text;
	uint8_t letter[HASH_BYTES];
	struct note_key author;
	uint64_t date; /* seconds since 1970 */
	bool is_revision;
	uint8_t revises[SHA256_BYTES];
	struct bytes lines; /* those after the head */
};

/* E_FORMAT, *problem has line and rule. Whether what it says can hold is story.h's matter. */
UNDERSIGN_MUST_CHECK enum undersign_status
story_text_parse(struct story_text *out, struct bytes text, struct problem *problem);
/* The letter that a text is about, if it is as far as that well-formed; false otherwise. */
bool story_text_letter(uint8_t out[static HASH_BYTES], struct bytes text);

/* Writes first line and head; the lines after it are story_rules' and the caller's. revises: NULL
 * for none. */
void story_text_write_head(struct writer *writer, enum story_kind kind,
			   const uint8_t letter[static HASH_BYTES], const struct note_key *author,
			   uint64_t date, const uint8_t *revises);

/* The value of the first line with this key; empty if there is none. */
struct bytes story_value(const struct story_text *text, const char *key);
/* Goes through the lines: takes the next one of *rest, which begins as text->lines. False at the
 * end. */
bool story_next_line(struct bytes *rest, struct bytes *out_key, struct bytes *out_value);
/* The next value with this key. */
bool story_next_value(struct bytes *rest, const char *key, struct bytes *out);
/* True if the first line with this key has exactly this value. */
bool story_value_is(const struct story_text *text, const char *key, const char *value);
/* A date or a number that was parsed; 0 if the line is not there. */
uint64_t story_date(const struct story_text *text, const char *key);
uint64_t story_number(const struct story_text *text, const char *key);
/* An ID; false if the line is not there. */
bool story_id(uint8_t out[static SHA256_BYTES], const struct story_text *text, const char *key);

/* The archived copy of a source. */
struct story_copy {
	uint64_t len;
	uint8_t sha256[SHA256_BYTES];
	uint64_t date;
};
/* False if the record has none. */
bool story_copy(struct story_copy *out, const struct story_text *text);
void story_copy_write(struct writer *writer, const struct story_copy *copy);
/* OK if this is the copy; E_INVALID, *problem has the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
story_copy_check(const struct story_copy *copy, struct bytes content, struct problem *problem);

/* Tenths of a per cent, and the words, of an `answer` line's value. */
uint64_t story_answer(struct bytes value, struct bytes *out_words);
/* True if a list, as `merged` has it, has the number. */
bool story_list_has(struct bytes list, uint64_t number);

#endif

#include "story_text.h"

#include "encoding.h"
#include "letter_line.h"
#include "line.h"
#include "memory.h"
#include "roster.h"

#define REPEATED 100
#define KEYS_MAX 8

static const struct story_rule actor_rules[] = {
	{"role", STORY_WORD, 1, 1, 0, "addressed mediator party institution person", NULL},
	{"name", STORY_NAME, 1, 1, 0, N_("what it is called in all other records"), NULL},
	{"about", STORY_TEXT, 0, 1, 0, N_("who that is, in a few words"), NULL},
	{"key", STORY_VKEY, 0, KEYS_MAX, 0, N_("a key that signs for it"), NULL},
};
static const struct story_rule scale_rules[] = {
	{"grade", STORY_NAME, 2, 9, 0, N_("from the weakest to the strongest"), NULL},
};
static const struct story_rule endorsement_rules[] = {
	{"actor", STORY_NAME, 1, 1, 0, N_("the person or institution"), NULL},
	{"state", STORY_WORD, 1, 1, 0, "given withdrawn", NULL},
	{"words", STORY_TEXT, 0, 1, 0, N_("what it says"), NULL},
};
static const struct story_rule stance_rules[] = {
	{"actor", STORY_NAME, 1, 1, 0, N_("the institution"), NULL},
	{"grade", STORY_NAME, 1, 1, 0, N_("a grade of the letter's scale, or: withdrawn"), NULL},
	{"quote", STORY_TEXT, 0, 1, 0, N_("in its own words"), NULL},
	{"source", STORY_TEXT, 0, 1, 0, N_("where that was said"), NULL},
	{"copy", STORY_COPY, 1, 1, 0, N_("the archived copy of the source"), "source"},
};
static const struct story_rule citation_rules[] = {
	{"claim", STORY_TEXT, 1, 1, 0, N_("the words of the letter that are supported"), NULL},
	{"quote", STORY_TEXT, 0, 1, 0, N_("what the source says"), NULL},
	{"source", STORY_TEXT, 1, 1, 0, N_("what supports it"), NULL},
	{"copy", STORY_COPY, 1, 1, 0, N_("the archived copy of the source"), "source"},
	{"asked-by", STORY_TEXT, 0, 1, 0, N_("of a poll: who asked"), NULL},
	{"paid-by", STORY_TEXT, 1, 1, 0, N_("of a poll: who paid"), "asked-by"},
	{"question", STORY_TEXT, 1, 1, 0, N_("of a poll: its exact words"), "asked-by"},
	{"answer", STORY_ANSWER, 2, 20, 0, N_("of a poll: 410 for 41.0 %, and an answer"),
	 "asked-by"},
	{"merged", STORY_LIST, 1, 1, 0, N_("of a poll: the answers that the letter joins: 1,2"),
	 "asked-by"},
	{"asked", STORY_NUMBER, 1, 1, 1000000000, N_("of a poll: how many were asked"), "asked-by"},
	{"population", STORY_TEXT, 1, 1, 0, N_("of a poll: whom they stand for"), "asked-by"},
	{"called", STORY_TEXT, 0, 1, 0, N_("of a poll: what the letter calls them"), "asked-by"},
	{"sampling", STORY_WORD, 1, 1, 0, "random quota self-selected all", "asked-by"},
	{"mode", STORY_TEXT, 1, 1, 0, N_("of a poll: how they were asked"), "asked-by"},
	{"from", STORY_DATE, 1, 1, 0, N_("of a poll: its first day"), "asked-by"},
	{"until", STORY_DATE, 1, 1, 0, N_("of a poll: its last day"), "asked-by"},
	{"weighting", STORY_TEXT, 1, 1, 0, N_("of a poll: by what answers were weighted, or: none"),
	 "asked-by"},
};
static const struct story_rule demand_rules[] = {
	{"number", STORY_NUMBER, 1, 1, 99, N_("its number in the letter"), NULL},
	{"text", STORY_TEXT, 1, 1, 0, N_("what the letter asks for"), NULL},
};
static const struct story_rule move_rules[] = {
	{"demand", STORY_NUMBER, 1, 1, 99, N_("the number of the demand"), NULL},
	{"actor", STORY_NAME, 1, 1, 0, N_("who moved"), NULL},
	{"state", STORY_WORD, 0, 1, 0, "open offered accepted refused met", NULL},
	{"words", STORY_TEXT, 1, 1, 0, N_("what was offered, said or done"), NULL},
	{"source", STORY_TEXT, 0, 1, 0, N_("where that was said"), NULL},
	{"copy", STORY_COPY, 1, 1, 0, N_("the archived copy of the source"), "source"},
};
static const struct story_rule reply_rules[] = {
	{"actor", STORY_NAME, 1, 1, 0, N_("who replies"), NULL},
	{"text", STORY_TEXT, 1, REPEATED, 0, N_("a paragraph of the reply"), NULL},
	{"source", STORY_TEXT, 0, 1, 0, N_("where that was said"), NULL},
	{"copy", STORY_COPY, 1, 1, 0, N_("the archived copy of the source"), "source"},
};
static const struct story_rule delivery_rules[] = {
	{"actor", STORY_NAME, 1, 1, 0, N_("who got the letter"), NULL},
	{"words", STORY_TEXT, 1, 1, 0, N_("how it was handed over"), NULL},
	{"source", STORY_TEXT, 1, 1, 0, N_("what proves it: a receipt"), NULL},
	{"copy", STORY_COPY, 1, 1, 0, N_("the archived copy of the proof"), "source"},
};
static const struct story_rule notice_rules[] = {
	{"about", STORY_WORD, 1, 1, 0, "correction removal appeal decision revocation", NULL},
	{"of", STORY_ID, 0, 1, 0, N_("the id of the record that it is about"), NULL},
	{"reason", STORY_WORD, 0, 1, 0, "private-person unlawful false-source off-topic duplicate",
	 NULL},
	{"until", STORY_DATE, 0, 1, 0, N_("of a removal: the last day for an appeal"), NULL},
	{"outcome", STORY_WORD, 0, 1, 0, "upheld reversed", NULL},
	{"key", STORY_VKEY, 0, 1, 0, N_("of a revocation: the key"), NULL},
	{"words", STORY_TEXT, 1, 1, 0, N_("what is said about it"), NULL},
};

/* What the organiser says of an earlier version, another letter: its id, its count, its text. */
static const struct story_rule earlier_rules[] = {
	{"earlier", STORY_ID, 1, 1, 0, "the earlier version's id", NULL},
	{"title", STORY_TEXT, 1, 1, 0, "its title", NULL},
	{"opened", STORY_DATE, 1, 1, 0, "the day on which it opened", NULL},
	{"as-of", STORY_DATE, 1, 1, 0, "the day of its count", NULL},
	{"signed", STORY_NUMBER, 0, 1, UINT32_MAX, "how many signatures it has; none: 0", NULL},
	{"text", STORY_TEXT, 0, REPEATED, 0, "a paragraph of its text", NULL},
};

#define RULES(rules) (rules), sizeof(rules) / sizeof((rules)[0])
static const struct {
	const char *header;
	const struct story_rule *rules;
	size_t n_rules;
	bool has_revisions;
} kinds[] = {
	[STORY_ACTOR] = {"undersigned actor v1", RULES(actor_rules), true},
	[STORY_SCALE] = {"undersigned scale v1", RULES(scale_rules), false},
	[STORY_ENDORSEMENT] = {"undersigned endorsement v1", RULES(endorsement_rules), true},
	[STORY_STANCE] = {"undersigned stance v1", RULES(stance_rules), true},
	[STORY_CITATION] = {"undersigned citation v1", RULES(citation_rules), true},
	[STORY_DEMAND] = {"undersigned demand v1", RULES(demand_rules), true},
	[STORY_MOVE] = {"undersigned move v1", RULES(move_rules), true},
	[STORY_REPLY] = {"undersigned reply v1", RULES(reply_rules), true},
	[STORY_DELIVERY] = {"undersigned delivery v1", RULES(delivery_rules), true},
	[STORY_NOTICE] = {"undersigned notice v1", RULES(notice_rules), false},
	[STORY_EARLIER] = {"undersigned earlier v1", RULES(earlier_rules), true},
};

const struct story_rule *story_rules(size_t *out_n, enum story_kind kind)
{
	CHECK(kind < STORY_KINDS);
	*out_n = kinds[kind].n_rules;
	return kinds[kind].rules;
}

/* "undersigned stance v1" without its first and last word. */
static struct bytes name_of(enum story_kind kind)
{
	const struct bytes header = bytes_from_text(kinds[kind].header);

	return bytes_part(header, 12, header.len - 12 - 3);
}

const char *story_kind_name(enum story_kind kind)
{
	static const char *const names[] = {"actor",    "scale",  "endorsement", "stance",
					    "citation", "demand", "move",        "reply",
					    "delivery", "notice", "earlier"};

	CHECK(kind < STORY_KINDS);
	return names[kind];
}

enum story_kind story_kind_named(struct bytes name)
{
	int kind = 0;

	while (kind < STORY_KINDS && !bytes_are_equal(name, name_of((enum story_kind)kind)))
		kind++;
	return (enum story_kind)kind;
}

static struct bytes first_line(struct bytes text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != '\n')
		len++;
	return bytes_part(text, 0, len);
}

enum story_kind story_kind_of(struct bytes note)
{
	const struct bytes line = first_line(note);
	int kind = 0;

	while (kind < STORY_KINDS && !bytes_are_equal(line, bytes_from_text(kinds[kind].header)))
		kind++;
	return (enum story_kind)kind;
}

/* --- Values -------------------------------------------------------------------------------------
 */

static bool is_among(struct bytes words, struct bytes value)
{
	for (size_t begin = 0, end; begin < words.len; begin = end + 1) {
		for (end = begin; end < words.len && words.data[end] != ' ';)
			end++;
		if (bytes_are_equal(bytes_part(words, begin, end - begin), value))
			return true;
	}
	return false;
}

/* The next number of a list; false if it is not one, not above the one before, or at the end. */
static bool next_number(struct bytes *list, uint64_t *number)
{
	const uint64_t before = *number;
	size_t len = 0;

	while (len < list->len && list->data[len] != ',')
		len++;
	if (decimal_decode(number, bytes_part(*list, 0, len), REPEATED) != UNDERSIGN_OK ||
	    *number <= before || len + 1 == list->len)
		return false;
	len += len < list->len;
	*list = bytes_part(*list, len, list->len - len);
	return true;
}

static bool is_list(struct bytes value)
{
	uint64_t number = 0;

	while (value.len > 0)
		if (!next_number(&value, &number))
			return false;
	return number > 0;
}

bool story_list_has(struct bytes list, uint64_t number)
{
	uint64_t one = 0;

	while (list.len > 0 && next_number(&list, &one))
		if (one == number)
			return true;
	return false;
}

static void check_copy(struct line_reader *reader, struct bytes value)
{
	uint8_t hash[SHA256_BYTES];
	uint64_t seconds;

	(void)field_decimal(reader, &value, INT64_MAX);
	field_hex(reader, &value, hash, sizeof hash);
	struct bytes date = field_rest(reader, &value);
	if (!reader->has_failed && date_decode(&seconds, date) != UNDERSIGN_OK)
		line_fail(reader, "a copy is: its length, its SHA-256, and the day it was made",
			  date);
}

static void check_value(struct line_reader *reader, const struct story_rule *rule,
			struct bytes value)
{
	uint8_t id[SHA256_BYTES];
	struct note_key key;
	uint64_t number;

	if (reader->has_failed)
		return;
	switch (rule->form) {
	case STORY_TEXT:
		break;
	case STORY_NAME:
		if (value.len > ROSTER_NAME_MAX)
			line_fail(reader, "a name has at most 128 bytes", value);
		break;
	case STORY_WORD:
		if (!is_among(bytes_from_text(rule->words), value)) {
			line_fail(reader, "this word is one of those that the format has", value);
			problem_rule_name(reader->problem, "this word is one of: `{1}`",
					  bytes_from_text(rule->words));
		}
		break;
	case STORY_DATE:
		if (date_decode(&number, value) != UNDERSIGN_OK)
			line_fail(reader, "a date is YYYY-MM-DD", value);
		break;
	case STORY_NUMBER:
		if (decimal_decode(&number, value, rule->limit) != UNDERSIGN_OK || number == 0)
			line_fail(reader, "here must be a decimal number, from 1", value);
		break;
	case STORY_VKEY:
		if (note_key_parse(&key, value, NULL) != UNDERSIGN_OK || key.type != NOTE_KEY_NOTE)
			line_fail(reader, "here must be a verifier key of a signer of notes",
				  value);
		break;
	case STORY_ID:
		field_base64(reader, &value, id, sizeof id);
		field_end(reader, value);
		break;
	case STORY_COPY:
		check_copy(reader, value);
		break;
	case STORY_ANSWER:
		(void)field_decimal(reader, &value, 1000);
		(void)field_rest(reader, &value);
		break;
	case STORY_LIST:
		if (!is_list(value))
			line_fail(reader, "numbers from 1, ascending, separated by commas", value);
		break;
	}
}

/* --- Kinds --------------------------------------------------------------------------------------
 */

static bool has(const struct story_text *text, const char *key)
{
	return story_value(text, key).len > 0;
}

/* A poll's answers add up, and those that are joined are among them. */
static void check_poll(struct line_reader *reader, const struct story_text *text)
{
	struct bytes rest = text->lines;
	struct bytes merged = story_value(text, "merged");
	uint64_t last = 0;
	uint64_t sum = 0;
	uint64_t n = 0;
	struct bytes answer;

	while (story_next_value(&rest, "answer", &answer)) {
		sum += story_answer(answer, &answer);
		n++;
	}
	/* Each is rounded by half a per cent at most. */
	if (sum > 1000 + 5 * n)
		line_fail(reader, "a poll's answers are at most 100 % together", (struct bytes){0});
	while (merged.len > 0)
		if (!next_number(&merged, &last))
			break;
	if (last > n)
		line_fail(reader, "the answers that are joined are numbers of its answers",
			  story_value(text, "merged"));
	if (story_date(text, "from") > story_date(text, "until"))
		line_fail(reader, "a poll does not end before it begins",
			  story_value(text, "until"));
	if (story_date(text, "until") > text->date)
		line_fail(reader, "a poll is cited after it has ended", story_value(text, "until"));
}

/* Which further lines a notice has follows from what it is about. */
static void check_notice(struct line_reader *reader, const struct story_text *text)
{
	static const struct {
		const char *about, *needs, *may;
	} parts[] = {
		{"correction", "", "of"},  {"removal", "of reason until", ""},
		{"appeal", "of", ""},      {"decision", "of outcome", ""},
		{"revocation", "key", ""},
	};
	static const char *const keys[] = {"of", "reason", "until", "outcome", "key"};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!story_value_is(text, "about", parts[i].about))
			continue;
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			const struct bytes key = bytes_from_text(keys[k]);
			const bool is_needed = is_among(bytes_from_text(parts[i].needs), key);

			if (has(text, keys[k])
				    ? !is_needed && !is_among(bytes_from_text(parts[i].may), key)
				    : is_needed)
				line_fail(reader,
					  "a removal has `of`, `reason` and `until`, an appeal "
					  "`of`, a decision `of` and `outcome`, a revocation "
					  "`key`; a correction may have `of`",
					  key);
		}
	}
	if (story_value_is(text, "about", "removal") && story_date(text, "until") < text->date)
		line_fail(reader, "an appeal is possible after the removal",
			  story_value(text, "until"));
}

static void check_kind(struct line_reader *reader, const struct story_text *text)
{
	struct story_copy copy;
	struct bytes rest = text->lines;
	struct bytes grade, other;

	if (text->kind == STORY_CITATION && has(text, "asked-by"))
		check_poll(reader, text);
	if (text->kind == STORY_NOTICE)
		check_notice(reader, text);
	while (text->kind == STORY_SCALE && story_next_value(&rest, "grade", &grade)) {
		struct bytes after = rest;

		if (bytes_are_equal(grade, bytes_from_text("withdrawn")))
			line_fail(reader, "`withdrawn` is a grade of every scale", grade);
		while (story_next_value(&after, "grade", &other))
			if (bytes_are_equal(grade, other))
				line_fail(reader, "the grades of a scale differ", grade);
	}
	if (story_copy(&copy, text) && copy.date < text->date && text->kind != STORY_CITATION &&
	    text->kind != STORY_DELIVERY)
		line_fail(reader, "a source is copied on the day of what it says, or later",
			  story_value(text, "copy"));
}

static void read_lines(struct line_reader *reader, const struct story_text *text)
{
	const struct story_rule *rules = kinds[text->kind].rules;

	for (size_t i = 0; i < kinds[text->kind].n_rules; i++) {
		const struct story_rule *rule = &rules[i];
		const bool is_due = !rule->with || has(text, rule->with);
		size_t n = 0;

		while (!reader->has_failed &&
		       (line_is_next(reader, rule->key) || (is_due && n < rule->least))) {
			check_value(reader, rule, line_value(reader, rule->key));
			if (++n > (is_due ? rule->most : 0))
				line_fail(reader,
					  is_due ? "a line stands here too often"
						 : "this line stands with another one alone",
					  bytes_from_text(rule->key));
		}
	}
}

enum undersign_status story_text_parse(struct story_text *out, struct bytes text,
				       struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	*out = (struct story_text){.kind = story_kind_of(text), .text = text};
	if (!reader.has_failed && out->kind == STORY_KINDS)
		line_fail(&reader, "the first line names a kind of record", first_line(text));
	if (reader.has_failed) {
		out->kind = STORY_KINDS;
		return UNDERSIGN_E_FORMAT;
	}
	line_header(&reader, kinds[out->kind].header);
	line_hex(&reader, "letter", out->letter, sizeof out->letter);
	letter_line_vkey(&reader, "author", &out->author);
	const struct bytes date = line_value(&reader, "date");
	if (!reader.has_failed && date_decode(&out->date, date) != UNDERSIGN_OK)
		line_fail(&reader, "a date is YYYY-MM-DD", date);
	out->is_revision = kinds[out->kind].has_revisions && line_is_next(&reader, "revises");
	if (out->is_revision)
		line_base64(&reader, "revises", out->revises, sizeof out->revises);
	out->lines = reader.rest;
	read_lines(&reader, out);
	if (!reader.has_failed && reader.rest.len == 0)
		check_kind(&reader, out);
	const enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct story_text){.kind = STORY_KINDS};
	return status;
}

bool story_text_letter(uint8_t out[static HASH_BYTES], struct bytes text)
{
	struct line_reader reader = roster_text_read(text, NULL);
	const enum story_kind kind = story_kind_of(text);

	memset(out, 0, HASH_BYTES);
	if (reader.has_failed || kind == STORY_KINDS)
		return false;
	line_header(&reader, kinds[kind].header);
	line_hex(&reader, "letter", out, HASH_BYTES);
	return !reader.has_failed;
}

void story_text_write_head(struct writer *writer, enum story_kind kind,
			   const uint8_t letter[static HASH_BYTES], const struct note_key *author,
			   uint64_t date, const uint8_t *revises)
{
	uint8_t day[DATE_LEN];

	CHECK(kind < STORY_KINDS && (!revises || kinds[kind].has_revisions));
	writer_text(writer, kinds[kind].header);
	writer_u8(writer, '\n');
	letter_line_write_hex(writer, "letter", bytes_from(letter, HASH_BYTES));
	letter_line_write_vkey(writer, "author", author);
	date_encode(day, date);
	line_write(writer, "date", bytes_from(day, sizeof day));
	if (revises)
		letter_line_write_base64(writer, "revises", bytes_from(revises, SHA256_BYTES));
}

/* --- Access -------------------------------------------------------------------------------------
 */

bool story_next_line(struct bytes *rest, struct bytes *out_key, struct bytes *out_value)
{
	const struct bytes line = first_line(*rest);
	size_t key = 0;

	*out_key = *out_value = (struct bytes){0};
	if (rest->len == 0)
		return false;
	while (key < line.len && line.data[key] != ' ')
		key++;
	*out_key = bytes_part(line, 0, key);
	if (key < line.len)
		*out_value = bytes_part(line, key + 1, line.len - key - 1);
	const size_t taken = line.len + (line.len < rest->len);
	*rest = bytes_part(*rest, taken, rest->len - taken);
	return true;
}

bool story_next_value(struct bytes *rest, const char *key, struct bytes *out)
{
	const struct bytes wanted = bytes_from_text(key);
	struct bytes found;

	while (story_next_line(rest, &found, out))
		if (bytes_are_equal(found, wanted))
			return true;
	*out = (struct bytes){0};
	return false;
}

struct bytes story_value(const struct story_text *text, const char *key)
{
	struct bytes rest = text->lines;
	struct bytes value;

	(void)story_next_value(&rest, key, &value);
	return value;
}

bool story_value_is(const struct story_text *text, const char *key, const char *value)
{
	return bytes_are_equal(story_value(text, key), bytes_from_text(value));
}

uint64_t story_date(const struct story_text *text, const char *key)
{
	uint64_t seconds;

	return date_decode(&seconds, story_value(text, key)) == UNDERSIGN_OK ? seconds : 0;
}

uint64_t story_number(const struct story_text *text, const char *key)
{
	uint64_t number;

	return decimal_decode(&number, story_value(text, key), UINT32_MAX) == UNDERSIGN_OK ? number
											   : 0;
}

bool story_id(uint8_t out[static SHA256_BYTES], const struct story_text *text, const char *key)
{
	return base64_decode_exactly(out, SHA256_BYTES, story_value(text, key)) == UNDERSIGN_OK;
}

bool story_copy(struct story_copy *out, const struct story_text *text)
{
	struct line_reader reader = {.rest = {0}};
	struct bytes value = story_value(text, "copy");

	*out = (struct story_copy){0};
	if (value.len == 0)
		return false;
	out->len = field_decimal(&reader, &value, INT64_MAX);
	field_hex(&reader, &value, out->sha256, sizeof out->sha256);
	return !reader.has_failed && date_decode(&out->date, value) == UNDERSIGN_OK;
}

void story_copy_write(struct writer *writer, const struct story_copy *copy)
{
	uint8_t day[DATE_LEN];

	date_encode(day, copy->date);
	writer_text(writer, "copy ");
	writer_decimal(writer, copy->len);
	writer_u8(writer, ' ');
	writer_hex(writer, bytes_from(copy->sha256, sizeof copy->sha256));
	writer_u8(writer, ' ');
	writer_put(writer, day, sizeof day);
	writer_u8(writer, '\n');
}

enum undersign_status story_copy_check(const struct story_copy *copy, struct bytes content,
				       struct problem *problem)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, content);
	if (content.len == copy->len && memcmp(hash, copy->sha256, sizeof hash) == 0)
		return UNDERSIGN_OK;
	problem_rule(problem, "the copy of a source has the length and the SHA-256 that its record "
			      "names");
	if (content.len != copy->len)
		problem_what_numbers(problem, "it has {1} bytes instead of {2}", content.len,
				     copy->len);
	else
		problem_what(problem, "its SHA-256 is another", (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

uint64_t story_answer(struct bytes value, struct bytes *out_words)
{
	struct line_reader reader = {.rest = {0}};
	const uint64_t share = field_decimal(&reader, &value, 1000);

	*out_words = value;
	return share;
}

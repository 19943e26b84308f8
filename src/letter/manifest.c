#include "manifest.h"

#include "encoding.h"
#include "letter_line.h"
#include "manifest_rings.h"
#include "record.h"
#include "scope.h"

#define LANGUAGE_LEN_MIN 2
#define LANGUAGE_LEN_MAX 35

/* A parse under way: the arrays that *out will have, still writable. */
struct parse {
	struct line_reader reader;
	struct manifest *out;
	struct arena *arena;
	bool has_memory;
};

/* An array of n items; at least one, so that NULL means that there is no memory. */
static void *take(struct parse *parse, size_t n, size_t size)
{
	void *items = arena_take(parse->arena, n > 0 ? n : 1, size);

	if (!items)
		parse->has_memory = false;
	return items;
}

static bool is_going_on(const struct parse *parse)
{
	return parse->has_memory && !parse->reader.has_failed;
}

static bool language_is_valid(struct bytes language)
{
	if (language.len < LANGUAGE_LEN_MIN || language.len > LANGUAGE_LEN_MAX)
		return false;
	for (size_t i = 0; i < language.len; i++) {
		uint8_t byte = language.data[i];

		if (!(byte >= 'a' && byte <= 'z') && !(byte >= 'A' && byte <= 'Z') &&
		    !(byte >= '0' && byte <= '9') && byte != '-')
			return false;
	}
	return true;
}

static size_t find_language(const struct manifest_text *texts, size_t n, struct bytes language)
{
	size_t i = 0;

	while (i < n && !bytes_are_equal(texts[i].language, language))
		i++;
	return i;
}

static void parse_titles(struct parse *parse, struct manifest_text *texts, size_t n)
{
	for (size_t i = 0; i < n && is_going_on(parse); i++) {
		struct bytes value = line_value(&parse->reader, "title");

		texts[i].language = field_take(&parse->reader, &value);
		texts[i].title = field_rest(&parse->reader, &value);
		if (!language_is_valid(texts[i].language))
			line_fail(&parse->reader,
				  "a language is 2 to 35 bytes of letters, digits and -",
				  texts[i].language);
		else if (find_language(texts, i, texts[i].language) < i)
			line_fail(&parse->reader, "a language has one title", texts[i].language);
	}
}

static void parse_texts(struct parse *parse)
{
	struct line_reader *reader = &parse->reader;
	size_t n = letter_line_count(reader, "title");
	struct manifest_text *texts = (struct manifest_text *)take(parse, n, sizeof *texts);

	if (!texts)
		return;
	parse->out->texts = texts;
	parse->out->n_texts = n;
	if (n == 0)
		(void)line_value(reader, "title");
	parse_titles(parse, texts, n);
	for (size_t i = 0; i < n && is_going_on(parse); i++) {
		struct bytes value = line_value(reader, "text");
		struct bytes language = field_take(reader, &value);

		if (!bytes_are_equal(language, texts[i].language))
			line_fail(reader,
				  "the texts have the languages of the titles, in the same order",
				  language);
		texts[i].len = field_decimal(reader, &value, MANIFEST_TEXT_MAX);
		field_hex(reader, &value, texts[i].sha256, sizeof texts[i].sha256);
		field_end(reader, value);
	}
	struct bytes language = line_value(reader, "authoritative");
	parse->out->authoritative = find_language(texts, n, language);
	if (parse->out->authoritative == n)
		line_fail(reader, "the authoritative language is one of the titles", language);
}

static void parse_terms(struct parse *parse)
{
	struct line_reader *reader = &parse->reader;
	struct manifest *out = parse->out;

	if (line_is_next(reader, "to"))
		out->to = line_value(reader, "to");
	letter_line_vkey(reader, "organiser", &out->organiser);
	letter_line_vkey(reader, "log", &out->log);
	out->opens = line_decimal(reader, "opens", RECORD_EPOCH_MAX);
	out->closes = line_decimal(reader, "closes", RECORD_EPOCH_MAX);
	if (out->closes <= out->opens)
		line_fail(reader, "a letter closes in a later epoch than it opens",
			  bytes_from(NULL, 0));
	out->ring_min = line_decimal(reader, "ring-min", RING_MAX);
	if (out->ring_min < MANIFEST_RING_FLOOR)
		line_fail(reader, "ring-min is 16 or more", bytes_from(NULL, 0));
	out->hold_min = line_decimal(reader, "hold-min", RING_MAX);
	if (out->hold_min < MANIFEST_HOLD_FLOOR)
		line_fail(reader, "hold-min is 3 or more", bytes_from(NULL, 0));
}

static void parse_rosters(struct parse *parse)
{
	struct line_reader *reader = &parse->reader;
	size_t n = letter_line_count(reader, "roster");
	struct manifest_roster *rosters = (struct manifest_roster *)take(parse, n, sizeof *rosters);

	if (!rosters)
		return;
	parse->out->rosters = rosters;
	parse->out->n_rosters = n;
	if (n == 0)
		(void)line_value(reader, "roster");
	if (n > MANIFEST_ROSTERS_MAX)
		line_fail(reader, "a letter has at most 1000 rosters", bytes_from(NULL, 0));
	for (size_t i = 0; i < n && is_going_on(parse); i++) {
		struct bytes value = line_value(reader, "roster");
		struct manifest_roster *roster = &rosters[i];

		field_base64(reader, &value, roster->record, sizeof roster->record);
		roster->column = (uint32_t)field_decimal(reader, &value, ROSTER_COLUMNS_MAX);
		roster->members = field_decimal(reader, &value, ROSTER_MEMBERS_MAX);
		if (roster->members == 0)
			line_fail(reader, "a roster has at least one member", value);
		roster->name = letter_line_name(reader, &value);
		for (size_t j = 0; j < i; j++)
			if (bytes_are_equal(rosters[j].name, roster->name))
				line_fail(reader, "the names of rosters are distinct",
					  roster->name);
	}
}

/* The numbers of a group, `2,5,7`, into numbers, which has room for one a byte of text. Returns how
 * many. Numbers of the text count from 1. */
static size_t parse_numbers(struct parse *parse, struct bytes text, uint32_t *numbers)
{
	struct line_reader *reader = &parse->reader;
	size_t n = 0;

	for (size_t start = 0; start <= text.len && !reader->has_failed;) {
		size_t end = start;
		uint64_t number;

		while (end < text.len && text.data[end] != ',')
			end++;
		if (decimal_decode(&number, bytes_part(text, start, end - start),
				   parse->out->n_rosters) != UNDERSIGN_OK ||
		    number == 0 || (n > 0 && number - 1 <= numbers[n - 1])) {
			line_fail(reader,
				  "a group names numbers of `roster` lines, from 1, in ascending "
				  "order, with commas between",
				  text);
			return 0;
		}
		numbers[n++] = (uint32_t)(number - 1);
		start = end + 1;
	}
	return n;
}

static void parse_group(struct parse *parse, struct bytes *value, struct manifest_ring *ring)
{
	struct bytes text = field_take(&parse->reader, value);
	size_t n_commas = 0;

	for (size_t i = 0; i < text.len; i++)
		n_commas += text.data[i] == ',';
	uint32_t *numbers = (uint32_t *)take(parse, n_commas + 1, sizeof *numbers);
	if (!is_going_on(parse))
		return;
	ring->n_rosters = parse_numbers(parse, text, numbers);
	ring->rosters = numbers;
	ring->name = letter_line_name(&parse->reader, value);
}

static void parse_ring(struct parse *parse, struct manifest_ring *ring, const uint32_t *numbers)
{
	struct line_reader *reader = &parse->reader;
	const struct manifest *out = parse->out;
	struct bytes value = line_value(reader, "ring");
	struct bytes class = field_take(reader, &value);
	struct bytes type = field_take(reader, &value);

	if (bytes_are_equal(class, bytes_from_text(roster_class_text(ROSTER_ENROLLED))))
		ring->class_of_members = ROSTER_ENROLLED;
	else if (bytes_are_equal(class, bytes_from_text(roster_class_text(ROSTER_RAW_KEY))))
		ring->class_of_members = ROSTER_RAW_KEY;
	else
		line_fail(reader, "a class is `enrolled` or `raw-key`", class);
	if (bytes_are_equal(type, bytes_from_text("own"))) {
		uint64_t number = field_decimal(reader, &value, out->n_rosters);

		ring->type = MANIFEST_RING_OWN;
		field_end(reader, value);
		if (number == 0)
			line_fail(reader, "rosters are numbered from 1", bytes_from(NULL, 0));
		if (!is_going_on(parse))
			return;
		ring->rosters = &numbers[number - 1];
		ring->n_rosters = 1;
		ring->name = out->rosters[number - 1].name;
	} else if (bytes_are_equal(type, bytes_from_text("group"))) {
		ring->type = MANIFEST_RING_GROUP;
		parse_group(parse, &value, ring);
	} else if (bytes_are_equal(type, bytes_from_text("all"))) {
		ring->type = MANIFEST_RING_ALL;
		ring->name = letter_line_name(reader, &value);
	} else {
		line_fail(reader, "a ring is `own`, `group` or `all`", type);
	}
}

static void parse_rings(struct parse *parse)
{
	struct line_reader *reader = &parse->reader;
	struct manifest *out = parse->out;
	size_t n = letter_line_count(reader, "ring");

	if (n == 0)
		(void)line_value(reader, "ring");
	if (n > MANIFEST_RINGS_MAX)
		line_fail(reader, "a letter has at most 2000 rings", bytes_from(NULL, 0));
	if (!is_going_on(parse))
		return;
	struct manifest_ring *rings = (struct manifest_ring *)take(parse, n, sizeof *rings);
	struct manifest_rings_numbers numbers;
	if (manifest_rings_number(&numbers, out, parse->arena) != UNDERSIGN_OK)
		parse->has_memory = false;
	struct manifest_rings_check check;
	if (is_going_on(parse) &&
	    manifest_rings_check_begin(&check, out, parse->arena) != UNDERSIGN_OK)
		parse->has_memory = false;
	if (!is_going_on(parse))
		return;
	out->rings = rings;
	for (size_t i = 0; i < n && is_going_on(parse); i++) {
		struct bytes culprit;

		parse_ring(parse, &rings[i], numbers.all);
		if (!is_going_on(parse))
			return;
		if (rings[i].type == MANIFEST_RING_ALL)
			manifest_rings_all(&rings[i], &numbers);
		const char *rule = manifest_rings_check_next(&check, &rings[i], &culprit);
		if (rule)
			line_fail(reader, rule, culprit);
		out->n_rings++;
	}
	if (is_going_on(parse)) {
		struct bytes culprit;
		const char *rule = manifest_rings_check_end(&check, &culprit);

		if (rule)
			line_fail(reader, rule, culprit);
	}
}

/* One question and its options, which take what is left of the room for all. */
static void parse_question(struct parse *parse, struct manifest_question *question,
			   struct shape_question *shape, struct bytes *options)
{
	struct line_reader *reader = &parse->reader;
	struct bytes value = line_value(reader, "question");

	shape->min = (uint8_t)field_decimal(reader, &value, SHAPE_OPTIONS_MAX);
	shape->max = (uint8_t)field_decimal(reader, &value, SHAPE_OPTIONS_MAX);
	question->text = field_rest(reader, &value);
	question->options = options;
	const size_t n = letter_line_count(reader, "option");
	if (n < SHAPE_OPTIONS_MIN || n > SHAPE_OPTIONS_MAX)
		line_fail(reader, "a question has 2 to 32 options", question->text);
	for (size_t i = 0; i < n && !reader->has_failed; i++) {
		options[i] = line_value(reader, "option");
		for (size_t j = 0; j < i; j++)
			if (bytes_are_equal(options[j], options[i]))
				line_fail(reader, "the options of a question are distinct",
					  options[i]);
	}
	shape->n_options = (uint8_t)n;
}

static void parse_poll(struct parse *parse)
{
	struct line_reader *reader = &parse->reader;
	struct manifest_poll *poll = &parse->out->poll;
	struct manifest_question *questions =
		(struct manifest_question *)take(parse, SHAPE_QUESTIONS_MAX, sizeof *questions);
	struct bytes *options = (struct bytes *)take(parse, SHAPE_QUESTIONS_MAX * SHAPE_OPTIONS_MAX,
						     sizeof *options);

	if (!questions || !options)
		return;
	line_base64(reader, "trustees", poll->trustees, sizeof poll->trustees);
	poll->quorum = line_decimal(reader, "quorum", UINT32_MAX);
	poll->questions = questions;
	do {
		const size_t q = poll->shape.n_questions;

		if (q == SHAPE_QUESTIONS_MAX) {
			line_fail(reader, "a poll has at most 16 questions", bytes_from(NULL, 0));
			return;
		}
		parse_question(parse, &questions[q], &poll->shape.questions[q],
			       options + q * SHAPE_OPTIONS_MAX);
		poll->shape.n_questions++;
	} while (line_is_next(reader, "question"));
	if (reader->has_failed)
		return;
	if (!shape_is_valid(&poll->shape))
		line_fail(reader,
			  "a question allows at least as many options as it asks for, one or more "
			  "and not more than it has; and an answer fits 6,144 bytes",
			  bytes_from(NULL, 0));
	else if (shape_n_options(&poll->shape) * parse->out->n_rings > MANIFEST_SUMS_MAX)
		line_fail(reader, "a poll has at most 1,400 rings times options",
			  bytes_from(NULL, 0));
}

enum undersign_status manifest_parse(struct manifest *out, struct bytes text, struct arena *arena,
				     struct problem *problem)
{
	struct parse parse = {.reader = roster_text_read(text, problem),
			      .out = out,
			      .arena = arena,
			      .has_memory = true};

	*out = (struct manifest){.text = text};
	line_header(&parse.reader, "undersigned letter v1");
	if (is_going_on(&parse))
		parse_texts(&parse);
	if (is_going_on(&parse))
		parse_terms(&parse);
	if (is_going_on(&parse))
		parse_rosters(&parse);
	if (is_going_on(&parse))
		parse_rings(&parse);
	if (is_going_on(&parse) && line_is_next(&parse.reader, "trustees"))
		parse_poll(&parse);
	enum undersign_status status =
		parse.has_memory ? line_end(&parse.reader) : UNDERSIGN_E_MEMORY;
	if (status != UNDERSIGN_OK) {
		*out = (struct manifest){0};
		return status;
	}
	scope_context(out->context, text);
	sha512(out->sha512, text);
	return UNDERSIGN_OK;
}

static void write_ring(struct writer *writer, const struct manifest_ring *ring)
{
	static const char *const types[] = {" own ", " group ", " all "};

	writer_text(writer, "ring ");
	writer_text(writer, roster_class_text(ring->class_of_members));
	writer_text(writer, types[ring->type]);
	for (size_t i = 0; i < ring->n_rosters && ring->type != MANIFEST_RING_ALL; i++) {
		writer_text(writer, i > 0 ? "," : "");
		writer_decimal(writer, (uint64_t)ring->rosters[i] + 1);
	}
	if (ring->type == MANIFEST_RING_GROUP)
		writer_u8(writer, ' ');
	if (ring->type != MANIFEST_RING_OWN)
		writer_bytes(writer, ring->name);
	writer_u8(writer, '\n');
}

static void write_questions(struct writer *writer, const struct manifest_poll *poll)
{
	for (size_t q = 0; q < poll->shape.n_questions; q++) {
		const struct shape_question *shape = &poll->shape.questions[q];

		writer_text(writer, "question ");
		writer_decimal(writer, shape->min);
		writer_u8(writer, ' ');
		writer_decimal(writer, shape->max);
		writer_u8(writer, ' ');
		writer_bytes(writer, poll->questions[q].text);
		writer_u8(writer, '\n');
		for (size_t o = 0; o < shape->n_options; o++)
			line_write(writer, "option", poll->questions[q].options[o]);
	}
}

void manifest_write(struct writer *writer, const struct manifest *manifest)
{
	writer_text(writer, "undersigned letter v1\n");
	for (size_t i = 0; i < manifest->n_texts; i++) {
		writer_text(writer, "title ");
		writer_bytes(writer, manifest->texts[i].language);
		writer_u8(writer, ' ');
		writer_bytes(writer, manifest->texts[i].title);
		writer_u8(writer, '\n');
	}
	for (size_t i = 0; i < manifest->n_texts; i++) {
		const struct manifest_text *text = &manifest->texts[i];

		writer_text(writer, "text ");
		writer_bytes(writer, text->language);
		writer_u8(writer, ' ');
		writer_decimal(writer, text->len);
		writer_u8(writer, ' ');
		writer_hex(writer, bytes_from(text->sha256, sizeof text->sha256));
		writer_u8(writer, '\n');
	}
	CHECK(manifest->authoritative < manifest->n_texts);
	line_write(writer, "authoritative", manifest->texts[manifest->authoritative].language);
	if (manifest->to.len > 0)
		line_write(writer, "to", manifest->to);
	letter_line_write_vkey(writer, "organiser", &manifest->organiser);
	letter_line_write_vkey(writer, "log", &manifest->log);
	letter_line_write_decimal(writer, "opens", manifest->opens);
	letter_line_write_decimal(writer, "closes", manifest->closes);
	letter_line_write_decimal(writer, "ring-min", manifest->ring_min);
	letter_line_write_decimal(writer, "hold-min", manifest->hold_min);
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		const struct manifest_roster *roster = &manifest->rosters[i];

		writer_text(writer, "roster ");
		writer_base64(writer, bytes_from(roster->record, sizeof roster->record));
		writer_u8(writer, ' ');
		writer_decimal(writer, roster->column);
		writer_u8(writer, ' ');
		writer_decimal(writer, roster->members);
		writer_u8(writer, ' ');
		writer_bytes(writer, roster->name);
		writer_u8(writer, '\n');
	}
	for (size_t i = 0; i < manifest->n_rings; i++)
		write_ring(writer, &manifest->rings[i]);
	if (!manifest_is_poll(manifest))
		return;
	letter_line_write_base64(
		writer, "trustees",
		bytes_from(manifest->poll.trustees, sizeof manifest->poll.trustees));
	letter_line_write_decimal(writer, "quorum", manifest->poll.quorum);
	write_questions(writer, &manifest->poll);
}

void manifest_id(uint8_t out[static MANIFEST_ID_LEN], const struct manifest *manifest)
{
	struct writer writer = writer_new(out, MANIFEST_ID_LEN);

	writer_hex(&writer, bytes_from(manifest->context, sizeof manifest->context));
}

size_t manifest_find_text(const struct manifest *manifest, struct bytes language)
{
	return find_language(manifest->texts, manifest->n_texts, language);
}

size_t manifest_find_ring(const struct manifest *manifest, struct bytes name)
{
	size_t i = 0;

	while (i < manifest->n_rings && !bytes_are_equal(manifest->rings[i].name, name))
		i++;
	return i;
}

/* Own rings come first in their class, `all` last; where there is no `all`, the own ring is the
 * only one. So the ring of all is always the last of its class. */
size_t manifest_ring_of_all(const struct manifest *manifest, enum roster_class class_of_members)
{
	size_t found = manifest->n_rings;

	for (size_t i = 0; i < manifest->n_rings; i++)
		if (manifest->rings[i].class_of_members == class_of_members)
			found = i;
	return found;
}

bool manifest_ring_is_of_all(const struct manifest *manifest, size_t ring)
{
	return ring < manifest->n_rings &&
	       manifest_ring_of_all(manifest, manifest->rings[ring].class_of_members) == ring;
}

size_t manifest_ring_of_roster(const struct manifest *manifest, size_t roster)
{
	for (size_t i = 0; i < manifest->n_rings; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];

		for (size_t j = 0; j < ring->n_rosters && ring->type != MANIFEST_RING_ALL; j++)
			if (ring->rosters[j] == roster)
				return i;
	}
	return manifest->n_rings;
}

enum undersign_status manifest_check_text(const struct manifest *manifest, size_t text,
					  struct bytes content, struct problem *problem)
{
	const struct manifest_text *entry = &manifest->texts[text];
	uint8_t hash[SHA256_BYTES];

	CHECK(text < manifest->n_texts);
	sha256(hash, content);
	if (content.len == entry->len &&
	    bytes_are_equal(bytes_from(hash, sizeof hash),
			    bytes_from(entry->sha256, sizeof entry->sha256))) {
		if (utf8_is_valid(content))
			return UNDERSIGN_OK;
		problem_where(problem, "text", entry->language);
		problem_rule(problem, "a letter's text must be valid UTF-8");
		problem_what(problem, "it is not", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	problem_where(problem, "text", entry->language);
	problem_rule(problem, "the letter's text has the length and SHA-256 that its manifest says "
			      "(get it again, from another place)");
	if (content.len != entry->len)
		problem_what_numbers(problem, "it has {1} bytes in place of {2}", content.len,
				     entry->len);
	else
		problem_what(problem, "its hash is another", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

#include "problem.h"

#include "encoding.h"
#include "memory.h"

/* A text being composed. */
struct text {
	char *data;
	size_t len;
	bool is_full; /* once something was cut, nothing more is added */
};

static struct text text_begin(char data[static PROBLEM_TEXT_LEN])
{
	memset(data, 0, PROBLEM_TEXT_LEN);
	return (struct text){.data = data};
}

/* Marks that turn the direction of writing could make a message read as another. */
static bool is_printable(uint32_t code)
{
	return !utf8_is_control(code) && code != 0x200e && code != 0x200f &&
	       !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

static void text_add(struct text *text, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len && !text->is_full;) {
		uint32_t code;
		struct bytes rest = bytes_part(bytes, i, bytes.len - i);
		size_t len = utf8_first(&code, rest);
		bool is_good = len > 0 && is_printable(code);
		struct bytes shown = is_good ? bytes_part(rest, 0, len) : bytes_from("?", 1);

		if (shown.len > PROBLEM_TEXT_LEN - 1 - text->len) {
			text->is_full = true;
			return;
		}
		memcpy(text->data + text->len, shown.data, shown.len);
		text->len += shown.len;
		i += len > 0 ? len : 1;
	}
}

static void text_add_text(struct text *text, const char *part)
{
	text_add(text, bytes_from_text(part));
}

static void text_add_number(struct text *text, uint64_t number)
{
	uint8_t digits[20];
	struct writer writer = writer_new(digits, sizeof digits);

	writer_decimal(&writer, number);
	text_add(text, writer_view(&writer));
}

/* The pattern up to its mark {digit}. Returns what follows the mark; NULL: there is none. */
static const char *text_add_until(struct text *text, const char *pattern, char digit)
{
	size_t len = 0;

	while (pattern[len] != '\0' && (pattern[len] != '{' || pattern[len + 1] != digit))
		len++;
	text_add(text, bytes_from((const uint8_t *)pattern, len));
	return pattern[len] == '\0' ? NULL : pattern + len + sizeof "{1}" - 1;
}

bool problem_is_set(const struct problem *problem)
{
	return problem &&
	       (problem->where[0] != '\0' || problem->rule[0] != '\0' || problem->what[0] != '\0');
}

void problem_where(struct problem *problem, const char *noun, struct bytes name)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->where);
	text_add_text(&text, noun);
	if (name.len > 0)
		text_add_text(&text, " ");
	text_add(&text, name);
}

void problem_where_number(struct problem *problem, const char *noun, uint64_t number)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->where);
	text_add_text(&text, noun);
	text_add_text(&text, " ");
	text_add_number(&text, number);
}

/* Adds the inner place again after the outer one. */
static void add_inner(struct problem *problem, const char inner[static PROBLEM_TEXT_LEN])
{
	struct text text = {.data = problem->where};

	if (inner[0] == '\0')
		return;
	text.len = bytes_from_text(problem->where).len;
	text_add_text(&text, ", ");
	text_add_text(&text, inner);
}

void problem_inside(struct problem *problem, const char *noun, struct bytes name)
{
	char inner[PROBLEM_TEXT_LEN];

	if (!problem)
		return;
	memcpy(inner, problem->where, sizeof inner);
	problem_where(problem, noun, name);
	add_inner(problem, inner);
}

void problem_inside_number(struct problem *problem, const char *noun, uint64_t number)
{
	char inner[PROBLEM_TEXT_LEN];

	if (!problem)
		return;
	memcpy(inner, problem->where, sizeof inner);
	problem_where_number(problem, noun, number);
	add_inner(problem, inner);
}

void problem_rule(struct problem *problem, const char *rule)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->rule);
	text_add_text(&text, rule);
}

void problem_rule_name(struct problem *problem, const char *rule, struct bytes name)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->rule);
	const char *rest = text_add_until(&text, rule, '1');
	if (!rest)
		return;
	text_add(&text, name);
	text_add_text(&text, rest);
}

void problem_rule_number(struct problem *problem, const char *rule, uint64_t number)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->rule);
	const char *rest = text_add_until(&text, rule, '1');
	if (!rest)
		return;
	text_add_number(&text, number);
	text_add_text(&text, rest);
}

void problem_what(struct problem *problem, const char *what, struct bytes detail)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->what);
	text_add_text(&text, what);
	if (detail.len > 0 && what[0] != '\0')
		text_add_text(&text, " ");
	text_add(&text, detail);
}

void problem_what_numbers(struct problem *problem, const char *what, uint64_t first,
			  uint64_t second)
{
	if (!problem)
		return;
	struct text text = text_begin(problem->what);
	const char *rest = text_add_until(&text, what, '1');
	if (!rest)
		return;
	text_add_number(&text, first);
	rest = text_add_until(&text, rest, '2');
	if (!rest)
		return;
	text_add_number(&text, second);
	text_add_text(&text, rest);
}

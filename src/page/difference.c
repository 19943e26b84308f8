#include "difference.h"

#include "html.h"

#include <stdbool.h>

/* Cells of the table of common lengths: 2 MiB. */
#define CELLS_MAX ((size_t)1 << 20)

/* A word, or the end of a paragraph: a newline. */
struct words_of {
	const struct bytes *items;
	size_t n;
};

static bool is_end(struct bytes word)
{
	return word.len == 1 && word.data[0] == '\n';
}

static struct bytes next_word(struct bytes *rest)
{
	size_t len = 0;

	while (rest->len > 0 && rest->data[0] == ' ')
		*rest = bytes_part(*rest, 1, rest->len - 1);
	while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\n')
		len++;
	if (len == 0 && rest->len > 0)
		len = 1;
	const struct bytes word = bytes_part(*rest, 0, len);
	*rest = bytes_part(*rest, len, rest->len - len);
	return word;
}

static enum undersign_status split(struct words_of *out, struct bytes text, struct arena *arena)
{
	struct bytes rest = text;
	size_t n = 0;

	while (next_word(&rest).len > 0)
		n++;
	struct bytes *items = ARENA_TAKE(arena, struct bytes, n);
	if (!items)
		return UNDERSIGN_E_MEMORY;
	rest = text;
	for (size_t i = 0; i < n; i++)
		items[i] = next_word(&rest);
	*out = (struct words_of){items, n};
	return UNDERSIGN_OK;
}

enum part { SAME, DELETED, INSERTED };
static const char *const begins[] = {"", "<del>", "<ins>"};
static const char *const ends[] = {"", "</del>", "</ins>"};

struct output {
	struct writer *writer;
	enum part part;
	bool is_in_paragraph;
	bool has_word; /* in this paragraph: a space comes first */
};

static void change_part(struct output *out, enum part part)
{
	if (out->part == part)
		return;
	if (out->is_in_paragraph)
		writer_text(out->writer, ends[out->part]);
	if (out->has_word)
		writer_u8(out->writer, ' ');
	out->has_word = false;
	out->part = part;
	if (out->is_in_paragraph)
		writer_text(out->writer, begins[part]);
}

static void end_paragraph(struct output *out)
{
	if (!out->is_in_paragraph)
		return;
	writer_text(out->writer, ends[out->part]);
	writer_text(out->writer, "</p>\n");
	out->is_in_paragraph = false;
	out->has_word = false;
}

static void put(struct output *out, struct bytes word, enum part part)
{
	if (is_end(word)) {
		/* Where a paragraph ended that no longer does, the text goes on. */
		if (part != DELETED)
			end_paragraph(out);
		return;
	}
	change_part(out, part);
	if (!out->is_in_paragraph) {
		writer_text(out->writer, "<p>");
		writer_text(out->writer, begins[part]);
		out->is_in_paragraph = true;
	}
	if (out->has_word)
		writer_u8(out->writer, ' ');
	html_text(out->writer, word);
	out->has_word = true;
}

/* lengths[i][j]: of the longest common sequence of what follows i and j. */
static void fill(uint16_t *lengths, const struct words_of *a, const struct words_of *b)
{
	const size_t width = b->n + 1;

	for (size_t i = a->n; i-- > 0;) {
		for (size_t j = b->n; j-- > 0;) {
			const uint16_t down = lengths[(i + 1) * width + j];
			const uint16_t right = lengths[i * width + j + 1];

			lengths[i * width + j] =
				bytes_are_equal(a->items[i], b->items[j])
					? (uint16_t)(lengths[(i + 1) * width + j + 1] + 1)
				: down > right ? down
					       : right;
		}
	}
}

static enum undersign_status write_middle(struct output *out, const struct words_of *a,
					  const struct words_of *b, struct arena *arena)
{
	const size_t width = b->n + 1;
	uint16_t *lengths = NULL;
	size_t i = 0, j = 0;

	if (a->n > 0 && b->n > 0 && a->n < CELLS_MAX / width - 1) {
		lengths = ARENA_TAKE(arena, uint16_t, (a->n + 1) * width);
		if (!lengths)
			return UNDERSIGN_E_MEMORY;
		fill(lengths, a, b);
	}
	while (lengths && i < a->n && j < b->n) {
		if (bytes_are_equal(a->items[i], b->items[j])) {
			put(out, b->items[j++], SAME);
			i++;
		} else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
			put(out, a->items[i++], DELETED);
		} else {
			put(out, b->items[j++], INSERTED);
		}
	}
	while (i < a->n)
		put(out, a->items[i++], DELETED);
	while (j < b->n)
		put(out, b->items[j++], INSERTED);
	return UNDERSIGN_OK;
}

enum undersign_status difference_write(struct writer *writer, struct bytes before,
				       struct bytes after, struct arena *arena)
{
	struct output out = {.writer = writer, .part = SAME};
	struct words_of a, b;
	size_t start = 0, end = 0;
	enum undersign_status status = split(&a, before, arena);

	if (status == UNDERSIGN_OK)
		status = split(&b, after, arena);
	if (status != UNDERSIGN_OK)
		return status;
	while (start < a.n && start < b.n && bytes_are_equal(a.items[start], b.items[start]))
		start++;
	while (end + start < a.n && end + start < b.n &&
	       bytes_are_equal(a.items[a.n - 1 - end], b.items[b.n - 1 - end]))
		end++;
	for (size_t i = 0; i < start; i++)
		put(&out, b.items[i], SAME);
	const struct words_of left = {a.items + start, a.n - start - end};
	const struct words_of right = {b.items + start, b.n - start - end};
	status = write_middle(&out, &left, &right, arena);
	for (size_t i = b.n - end; i < b.n; i++)
		put(&out, b.items[i], SAME);
	end_paragraph(&out);
	return status;
}

/* Of a line: headings, items and quotations are paragraphs of their own. */
static bool begins_apart(struct bytes line)
{
	static const char marks[] = "#*->+|0123456789";

	for (size_t i = 0; marks[i] != '\0'; i++)
		if (line.data[0] == (uint8_t)marks[i])
			return true;
	return false;
}

static bool is_space(uint8_t byte)
{
	return byte <= ' ' || byte == 0x7f;
}

/* The next line without the spaces at its ends, which may be all of it. */
static struct bytes next_line(struct bytes *rest)
{
	size_t len = 0, begin = 0;

	while (len < rest->len && rest->data[len] != '\n')
		len++;
	size_t end = len;
	while (begin < end && is_space(rest->data[begin]))
		begin++;
	while (end > begin && is_space(rest->data[end - 1]))
		end--;
	const struct bytes line = bytes_part(*rest, begin, end - begin);
	len += len < rest->len;
	*rest = bytes_part(*rest, len, rest->len - len);
	return line;
}

void difference_paragraphs(struct writer *writer, struct bytes text)
{
	bool is_in_paragraph = false;

	while (text.len > 0) {
		const struct bytes line = next_line(&text);

		if (is_in_paragraph && (line.len == 0 || begins_apart(line))) {
			writer_u8(writer, '\n');
			is_in_paragraph = false;
		}
		if (line.len == 0)
			continue;
		if (is_in_paragraph)
			writer_u8(writer, ' ');
		for (size_t i = 0; i < line.len; i++)
			if (!is_space(line.data[i]))
				writer_u8(writer, line.data[i]);
			else if (!is_space(line.data[i + 1]))
				writer_u8(writer, ' ');
		is_in_paragraph = true;
	}
	if (is_in_paragraph)
		writer_u8(writer, '\n');
}

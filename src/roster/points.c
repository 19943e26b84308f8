#include "points.h"

#define HEADER "undersigned points v1\n"

static enum undersign_status refuse(struct problem *problem, const char *noun, uint64_t number,
				    const char *rule, const char *what)
{
	problem_where_number(problem, noun, number);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_FORMAT;
}

static enum undersign_status parse_header(struct points *out, struct cursor *cursor,
					  struct problem *problem)
{
	struct bytes magic = bytes_from_text(HEADER);
	struct bytes found = cursor_take(cursor, magic.len);
	uint8_t kind = cursor_u8(cursor);
	uint32_t n = cursor_u32le(cursor);

	if (cursor->has_failed || !bytes_are_equal(found, magic))
		return refuse(problem, "byte", 0,
			      "a points file begins with `undersigned points v1` and has a header "
			      "of 27 bytes",
			      "this one does not");
	if (kind != ROSTER_ENROLLED && kind != ROSTER_RAW_KEY)
		return refuse(problem, "byte", magic.len, "the kind is 1 (enrolled) or 2 (raw key)",
			      "it is another");
	if (n > ROSTER_MEMBERS_MAX) {
		problem_where_number(problem, "byte", magic.len + 1);
		problem_rule_number(problem, "a roster has at most {1} members",
				    ROSTER_MEMBERS_MAX);
		problem_what_numbers(problem, "{1} of {2}", n, ROSTER_MEMBERS_MAX);
		return UNDERSIGN_E_LIMIT;
	}
	out->class_of_members = (enum roster_class)kind;
	out->n = n;
	return UNDERSIGN_OK;
}

/* Takes one entry; false if it is not whole or its meta is too long. */
static bool take_entry(struct cursor *cursor, struct entry *out)
{
	out->source = cursor_take(cursor, POINT_BYTES).data;
	size_t len = cursor_u8(cursor);
	out->meta = cursor_take(cursor, len);
	return !cursor->has_failed && len <= ENTRY_META_MAX;
}

enum undersign_status points_parse(struct points *out, struct bytes file, struct problem *problem)
{
	struct cursor cursor = cursor_new(file);
	struct points points;
	enum undersign_status status;

	*out = (struct points){.class_of_members = ROSTER_ENROLLED};
	status = parse_header(&points, &cursor, problem);
	if (status != UNDERSIGN_OK)
		return status;
	points.body = cursor.rest;
	for (uint32_t i = 0; i < points.n; i++) {
		struct entry entry;

		if (take_entry(&cursor, &entry))
			continue;
		return refuse(problem, "entry", i,
			      "an entry is 32 bytes, a length of at most 32, and so many bytes",
			      cursor.has_failed ? "the file ends before it" : "its meta is longer");
	}
	if (!cursor_is_at_end(&cursor))
		return refuse(
			problem, "byte", cursor.offset,
			"the file ends with its last entry; its header says how many there are",
			"there are more bytes");
	*out = points;
	return UNDERSIGN_OK;
}

struct points_reader points_read(const struct points *points)
{
	return (struct points_reader){
		.cursor = cursor_new(points->body),
		.kind = (uint8_t)points->class_of_members,
		.left = points->n,
	};
}

bool points_next(struct points_reader *reader, struct entry *out)
{
	if (reader->left == 0)
		return false;
	reader->left--;
	out->kind = reader->kind;
	CHECK(take_entry(&reader->cursor, out)); /* points_parse has checked it */
	return true;
}

size_t points_prefix_len(const struct points *points, uint32_t n)
{
	struct points_reader reader = points_read(points);
	struct entry entry;

	CHECK(n <= points->n);
	for (uint32_t i = 0; i < n; i++)
		CHECK(points_next(&reader, &entry));
	return reader.cursor.offset;
}

bool points_is_prefix(const struct points *shorter, const struct points *longer)
{
	/* Entries tell their own lengths: equal bytes are equal entries. */
	return shorter->class_of_members == longer->class_of_members && shorter->n <= longer->n &&
	       bytes_begin_with(longer->body, shorter->body);
}

void points_root(uint8_t out[static HASH_BYTES], const struct points *points, uint32_t n)
{
	struct points_reader reader = points_read(points);
	struct entry_tree tree;

	CHECK(n >= 1 && n <= points->n);
	entry_tree_begin(&tree);
	points_add_to_tree(&tree, &reader, n);
	entry_tree_root(out, &tree);
}

void points_add_to_tree(struct entry_tree *tree, struct points_reader *reader, uint32_t n)
{
	struct entry entries[64];

	while (n > 0) {
		/* Ends where the tree's next subtree of so many does, for speed. */
		uint32_t to_next = 64 - (uint32_t)(tree->n & 63), taken = n < to_next ? n : to_next;

		for (uint32_t i = 0; i < taken; i++)
			CHECK(points_next(reader, &entries[i]));
		entry_tree_add_entries(tree, entries, taken);
		n -= taken;
	}
}

void points_write_header(struct writer *writer, enum roster_class class_of_members, uint32_t n)
{
	writer_text(writer, HEADER);
	writer_u8(writer, (uint8_t)class_of_members);
	writer_u32le(writer, n);
}

void points_write_entry(struct writer *writer, const struct entry *entry)
{
	CHECK(entry->meta.len <= ENTRY_META_MAX);
	writer_put(writer, entry->source, POINT_BYTES);
	writer_u8(writer, (uint8_t)entry->meta.len);
	writer_bytes(writer, entry->meta);
}

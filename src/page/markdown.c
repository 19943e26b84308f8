#include "markdown.h"

#include "encoding.h"
#include "html.h"

#include "md4c.h"

/* A heading of the page stands above the letter's. */
#define HEADING_SHIFT 2
/* Of an address, after its entities: longer ones are no links. */
#define ADDRESS_MAX 2048

struct state {
	struct writer *writer;
	unsigned n_images;   /* that are open: of what is in them the text is taken */
	unsigned open_links; /* bit i: the link that i others are around has an address */
	unsigned n_links;
};

/* A numeric entity (&#1234; or &#x12ab;): the character; false for a named one. */
static bool entity_number(uint32_t *out, struct bytes entity)
{
	const bool is_hex = entity.len > 3 && (entity.data[2] == 'x' || entity.data[2] == 'X');
	uint32_t code = 0;

	if (entity.len < 4 || entity.data[1] != '#')
		return false;
	for (size_t i = is_hex ? 3 : 2; i + 1 < entity.len; i++) {
		const uint8_t byte = entity.data[i];
		uint32_t digit =
			byte <= '9' ? (uint32_t)(byte - '0') : (uint32_t)((byte | 0x20) - 'a') + 10;

		if (code > 0x10ffff)
			continue;
		code = code * (is_hex ? 16 : 10) + digit;
	}
	*out = code == 0 ? 0xfffd : code;
	return true;
}

static void write_entity(struct writer *writer, struct bytes entity)
{
	uint32_t code;

	if (entity_number(&code, entity))
		html_character(writer, code);
	else
		/* & and letters: a browser knows the name, or shows it. */
		writer_bytes(writer, entity);
}

/* What an address is: its parts without entities. */
static struct bytes address_of(const MD_ATTRIBUTE *attribute, uint8_t buffer[static ADDRESS_MAX])
{
	struct writer writer = writer_new(buffer, ADDRESS_MAX);

	for (size_t i = 0; attribute->text && attribute->substr_offsets[i] < attribute->size; i++) {
		const size_t begin = attribute->substr_offsets[i];
		const struct bytes part = bytes_from(attribute->text + begin,
						     attribute->substr_offsets[i + 1] - begin);
		uint32_t code;

		if (attribute->substr_types[i] != MD_TEXT_ENTITY)
			writer_bytes(&writer, part);
		else if (bytes_are_equal(part, bytes_from_text("&amp;")))
			writer_u8(&writer, '&');
		else if (entity_number(&code, part) && code < 0x80)
			writer_u8(&writer, (uint8_t)code);
		else
			return bytes_from(NULL, 0);
	}
	return writer.has_overflowed ? bytes_from(NULL, 0) : writer_view(&writer);
}

static void write_heading(struct state *state, const char *start, unsigned level)
{
	level += HEADING_SHIFT;
	writer_text(state->writer, start);
	writer_decimal(state->writer, level > 6 ? 6 : level);
	writer_text(state->writer, ">");
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *cookie)
{
	struct state *state = cookie;
	const unsigned start = type == MD_BLOCK_OL ? ((MD_BLOCK_OL_DETAIL *)detail)->start : 1;

	switch (type) {
	case MD_BLOCK_QUOTE:
		writer_text(state->writer, "<blockquote>\n");
		break;
	case MD_BLOCK_UL:
		writer_text(state->writer, "<ul>\n");
		break;
	case MD_BLOCK_OL:
		writer_text(state->writer, "<ol");
		if (start != 1) {
			writer_text(state->writer, " start=\"");
			writer_decimal(state->writer, start);
			writer_text(state->writer, "\"");
		}
		writer_text(state->writer, ">\n");
		break;
	case MD_BLOCK_LI:
		writer_text(state->writer, "<li>");
		break;
	case MD_BLOCK_HR:
		writer_text(state->writer, "<hr>\n");
		break;
	case MD_BLOCK_H:
		write_heading(state, "<h", ((MD_BLOCK_H_DETAIL *)detail)->level);
		break;
	case MD_BLOCK_CODE:
		writer_text(state->writer, "<pre><code>");
		break;
	case MD_BLOCK_P:
		writer_text(state->writer, "<p>");
		break;
	default: /* the document, and what is switched off */
		break;
	}
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *cookie)
{
	struct state *state = cookie;

	switch (type) {
	case MD_BLOCK_QUOTE:
		writer_text(state->writer, "</blockquote>\n");
		break;
	case MD_BLOCK_UL:
		writer_text(state->writer, "</ul>\n");
		break;
	case MD_BLOCK_OL:
		writer_text(state->writer, "</ol>\n");
		break;
	case MD_BLOCK_LI:
		writer_text(state->writer, "</li>\n");
		break;
	case MD_BLOCK_H:
		write_heading(state, "</h", ((MD_BLOCK_H_DETAIL *)detail)->level);
		writer_text(state->writer, "\n");
		break;
	case MD_BLOCK_CODE:
		writer_text(state->writer, "</code></pre>\n");
		break;
	case MD_BLOCK_P:
		writer_text(state->writer, "</p>\n");
		break;
	default:
		break;
	}
	return 0;
}

static void enter_link(struct state *state, const MD_SPAN_A_DETAIL *link)
{
	uint8_t buffer[ADDRESS_MAX];
	/* Three bytes for each, at most; &amp; takes five. */
	uint8_t escaped[5 * ADDRESS_MAX];
	struct writer writer = writer_new(escaped, sizeof escaped);
	const unsigned bit = 1U << (state->n_links++ & 31);

	state->open_links &= ~bit;
	if (!html_address(&writer, address_of(&link->href, buffer)))
		return;
	state->open_links |= bit;
	writer_text(state->writer, "<a rel=\"nofollow noopener noreferrer\" href=\"");
	writer_bytes(state->writer, writer_view(&writer));
	writer_text(state->writer, "\">");
}

static void leave_link(struct state *state)
{
	if (state->open_links & 1U << (--state->n_links & 31))
		writer_text(state->writer, "</a>");
}

static int change_span(struct state *state, MD_SPANTYPE type, void *detail, bool is_entered)
{
	if (type == MD_SPAN_IMG) {
		state->n_images += is_entered ? 1U : -1U;
		return 0;
	}
	if (state->n_images > 0)
		return 0;
	switch (type) {
	case MD_SPAN_EM:
		writer_text(state->writer, is_entered ? "<em>" : "</em>");
		break;
	case MD_SPAN_STRONG:
		writer_text(state->writer, is_entered ? "<strong>" : "</strong>");
		break;
	case MD_SPAN_CODE:
		writer_text(state->writer, is_entered ? "<code>" : "</code>");
		break;
	case MD_SPAN_A:
		if (is_entered)
			enter_link(state, detail);
		else
			leave_link(state);
		break;
	default:
		break;
	}
	return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *cookie)
{
	return change_span(cookie, type, detail, true);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *cookie)
{
	return change_span(cookie, type, detail, false);
}

static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE len, void *cookie)
{
	struct state *state = cookie;

	switch (type) {
	case MD_TEXT_NULLCHAR:
		html_character(state->writer, 0);
		break;
	case MD_TEXT_BR:
		writer_text(state->writer, state->n_images > 0 ? "\n" : "<br>\n");
		break;
	case MD_TEXT_SOFTBR:
		writer_text(state->writer, "\n");
		break;
	case MD_TEXT_ENTITY:
		write_entity(state->writer, bytes_from(text, len));
		break;
	default:
		html_text(state->writer, bytes_from(text, len));
	}
	return 0;
}

enum undersign_status markdown_write(struct writer *writer, struct bytes text)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_NOHTML,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = enter_span,
		.leave_span = leave_span,
		.text = take_text,
	};
	struct state state = {.writer = writer};

	if (text.len > UINT32_MAX / 2)
		return UNDERSIGN_E_LIMIT;
	return md_parse((const MD_CHAR *)text.data, (MD_SIZE)text.len, &parser, &state) == 0
		       ? UNDERSIGN_OK
		       : UNDERSIGN_E_MEMORY;
}

#include "printable.h"

#include "encoding.h"

static bool is_harmless(uint32_t code)
{
	if (utf8_is_control(code) || code == 0x061c || code == 0xfeff)
		return false;
	if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e))
		return false;
	return !(code >= 0x2060 && code <= 0x206f);
}

/* Takes one character; its bytes, or '?' in their place. */
static struct bytes next_character(struct bytes *rest)
{
	uint32_t code = 0;
	size_t len = utf8_first(&code, *rest);
	struct bytes character = bytes_part(*rest, 0, len ? len : 1);
	*rest = bytes_part(*rest, character.len, rest->len - character.len);
	return len && is_harmless(code) ? character : bytes_from_text("?");
}

size_t printable_columns(struct bytes text)
{
	size_t n = 0;
	while (text.len > 0) {
		next_character(&text);
		n++;
	}
	return n;
}

size_t printable_write(FILE *stream, struct bytes text, size_t columns)
{
	size_t before = text.len;
	for (size_t i = 0; i < columns && text.len > 0; i++) {
		struct bytes character = next_character(&text);
		fwrite(character.data, 1, character.len, stream);
	}
	return before - text.len;
}

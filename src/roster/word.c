#include "word.h"

#include "memory.h"

#define HEADER "undersigned word v1"

enum undersign_status word_parse(struct word *out, struct bytes text, struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	line_hex(&reader, "request", out->request, sizeof out->request);
	if (line_is_next(&reader, "person"))
		out->person = roster_name_read(&reader, "person");
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status word_write(struct writer *writer, const struct word *word,
				 struct problem *problem)
{
	struct word again;

	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", word->roster);
	roster_edition_write(writer, word->edition);
	writer_text(writer, "request ");
	writer_hex(writer, bytes_from(word->request, sizeof word->request));
	writer_text(writer, "\n");
	if (word->person.len > 0)
		line_write(writer, "person", word->person);
	if (writer->has_overflowed)
		return UNDERSIGN_E_FORMAT;
	return word_parse(&again, writer_view(writer), problem);
}

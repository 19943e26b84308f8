/* The difference of two texts, word by word, as HTML: <del> what the first alone has, <ins> what
 * the second alone has. Public; variable time. */
#ifndef UNDERSIGNED_DIFFERENCE_H
#define UNDERSIGNED_DIFFERENCE_H

#include "arena.h"
#include "bytes.h"
#include "status.h"

#include <stddef.h>

/* A text is paragraphs; one ends at each newline. */

/* Writes the paragraphs of `after`, in <p>, with what was there before. Texts that differ in more
 * than a few thousand words in the middle are shown as one deletion and one insertion: the work is
 * bounded. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status difference_write(struct writer *writer,
							    struct bytes before, struct bytes after,
							    struct arena *arena);

/* Writes the paragraphs of Markdown, each in one line, as difference_write wants them: lines are
 * joined but where a heading, a list or a quotation begins, runs of spaces and controls are one
 * space. */
void difference_paragraphs(struct writer *writer, struct bytes text);

#endif

/* Text that was read from somewhere, made harmless for a terminal: controls, marks that turn the
 * direction of writing or cannot be seen, and what is not UTF-8 become '?'. Public data. */
#ifndef UNDERSIGNED_PRINTABLE_H
#define UNDERSIGNED_PRINTABLE_H

#include "bytes.h"

#include <stdio.h>

/* Columns that it takes; every character counts as one. A newline is a control here. */
size_t printable_columns(struct bytes text);
/* Writes at most `columns` characters; returns how many bytes of text they were. */
size_t printable_write(FILE *stream, struct bytes text, size_t columns);

#endif

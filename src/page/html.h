/* Text as HTML. Public; variable time. */
#ifndef UNDERSIGNED_HTML_H
#define UNDERSIGNED_HTML_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Writes text as character data, which may also stand in an attribute between double quotes. What
 * is not UTF-8, controls other than tab and newline, and the controls that turn the direction of
 * what follows (embeddings, overrides, isolates) become U+FFFD: they would be obeyed, not seen.
 * Marks that scripts need (LRM, RLM, ALM, joiners) stay. */
void html_text(struct writer *writer, struct bytes text);
/* One character, likewise. */
void html_character(struct writer *writer, uint32_t code);
/* As html_text, isolated from the direction of what is around it: for names. */
void html_name(struct writer *writer, struct bytes text);

/* Writes the address of a link as the content of href; false, and nothing is written, if its scheme
 * is none of http, https and mailto. */
bool html_address(struct writer *writer, struct bytes address);

#endif

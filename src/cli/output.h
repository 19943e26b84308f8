/* Data: what programs read, on stdout. A failed write is noticed once, at the end. */
#ifndef UNDERSIGNED_OUTPUT_H
#define UNDERSIGNED_OUTPUT_H

#include "bytes.h"
#include "status.h"

#include <jansson.h>
#include <stdint.h>

/* For people: as printf, in their language (catalogue.h). */
__attribute__((format(printf, 1, 2))) void output_say(const char *format, ...);
/* Text from a file or a record, cleaned as in talk.h. */
void output_text(struct bytes text);
/* The same, filled with spaces up to width columns, cut with an ellipsis if it is longer. */
void output_padded(struct bytes text, size_t width);
/* A row's label in the reader's language, filled up to width columns; at least one space. */
void output_label(const char *english, size_t width);
/* From now on JSON for which there is no memory ends the program with CLI_MACHINE, as it would lack
 * whatever was not added. For commands; a server lives on and checks. */
void output_json_whole(void);
/* The object on one line; takes it over. NULL (no memory) is remembered as a failure. */
void output_json(json_t *take_object);
/* A JSON string of text; what is not UTF-8 becomes '?'. */
json_t *output_json_text(struct bytes text);
json_t *output_json_hex(struct bytes bytes);
json_t *output_json_date(uint64_t seconds);
/* The rows `{"where","rule","what"}` of `problems`. */
json_t *output_json_problem(const char *where, const char *rule, const char *what);

/* Flushes stdout. Returns code, or 3 after having said so if something could not be written. */
int output_end(int code);

#endif

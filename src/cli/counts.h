/* The tally as people and programs read it; every number is one of undersign_tally. */
#ifndef UNDERSIGNED_COUNTS_H
#define UNDERSIGNED_COUNTS_H

#include "opened.h"

#include "problem.h"

#include <jansson.h>

/* "502 signatures from 40 of 43 organisations, as of epoch 12, 3 May 2031", and a newline. */
void counts_print_caption(const struct opened *opened);
/* The table of rings, the classes, what is withdrawn, and what must be said about the numbers. */
void counts_print_table(const struct opened *opened, const char *path);
/* Source, steward, edition and id of each roster. */
void counts_print_rosters(const struct opened *opened);
/* One row a ring: comma-separated, with a header. */
void counts_print_csv(FILE *stream, const struct opened *opened);

/* The object of doc/formats.md section 9. */
json_t *counts_json(const struct opened *opened);
/* The same for a bundle that was refused: counts are 0. */
json_t *counts_json_refused(const struct problem *problem, enum undersign_status status);

#endif

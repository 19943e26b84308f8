/* What a poll has come to, as people and programs read it. */
#ifndef UNDERSIGNED_POLL_COUNTS_H
#define UNDERSIGNED_POLL_COUNTS_H

#include "opened.h"

#include <jansson.h>

/* The head of a column: "answered". */
const char *poll_counts_column(void);
/* As counts_print_caption; then turnout, quorum, and the answers once they are opened. */
void poll_counts_print(const struct opened *opened);
/* One row for each group and option, with a header. */
void poll_counts_print_csv(const struct opened *opened);
/* The member `poll` of doc/formats.md 11.7. */
json_t *poll_counts_json(const struct opened *opened);

#endif

/* Rows of JSON that lack nothing: jansson's functions that append tell of a lack of memory by a
 * result that is easily overlooked, and the row is left out. */
#ifndef UNDERSIGNED_JSON_ROWS_H
#define UNDERSIGNED_JSON_ROWS_H

#include <jansson.h>

/* rows with one more, which it owns then; NULL, and rows are gone, if there was no memory for it or
 * for what came before. json_pack gives NULL for a part that is NULL. */
static inline json_t *json_rows_add(json_t *rows, json_t *row)
{
	if (json_array_append_new(rows, row) == 0)
		return rows;
	json_decref(rows);
	return NULL;
}

#endif

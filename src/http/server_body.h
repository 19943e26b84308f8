/* What came of a request, in memory that is wiped: nothing of who asked for what stays there. */
#ifndef UNDERSIGNED_SERVER_BODY_H
#define UNDERSIGNED_SERVER_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends to a body of malloc. False without memory; then it is as it was. */
bool server_body_add(uint8_t **body, size_t *body_len, const void *data, size_t len);
/* Wipes and frees. NULL: nothing is done. */
void server_body_free(void *data, size_t len);

#endif

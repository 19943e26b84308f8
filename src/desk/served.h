/* Files of a folder as answers: what the desk publishes, and the programs that browsers load from
 * beside a letter's page. */
#ifndef UNDERSIGNED_SERVED_H
#define UNDERSIGNED_SERVED_H

#include "server.h"

#include <stdbool.h>

/* Opens a file below a folder, following no link; -1 and errno. Requires: the server has checked
 * the path's form. */
int served_open(int folder, const char *name);
/* Answers in its place, by errno: 404 with a text; 503 if it cannot be opened now. */
void served_nothing(struct http_call *call, const char *text);

/* Answers with a published file; 404 if there is none. name: as served_open. */
void served_file(struct http_call *call, int folder, const char *name);

/* Answers with a program of a folder (-1: there is none, 404). False, and nothing is answered, if
 * name is no program's. */
bool served_program(struct http_call *call, int folder, const char *name);

#endif

/* The desk's forms over HTTP, and in which language a page for people is. Nothing of what a browser
 * said is kept. */
#ifndef UNDERSIGNED_FORMS_H
#define UNDERSIGNED_FORMS_H

#include "server.h"

#include <stddef.h>

/* The language of an answer to a form (answers_words.h): that which the form's address names, else
 * the one that the browser prefers. */
size_t forms_language(const struct http_call *call);
/* Header lines of a page that the desk writes itself, added to those that are there. policy: as
 * answers_write_policy has it; it must stay. */
void forms_add_fields(struct http_answer *answer, const char *policy);

/* /letters/{id}/deliver: in one of the letter's languages if there are words of any. published: the
 * folder; id: begins with the letter's. */
void forms_answer_letter(struct http_call *call, int published, const char *policy, const char *id);
/* /enrol: of the desk, for all of its letters. */
void forms_answer_enrol(struct http_call *call, const char *policy);

#endif

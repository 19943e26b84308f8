/* Talk: what people read, on stderr, at most 80 columns. Questions and progress: terminal.h.
 * Whatever is not printable (controls, marks that turn the direction of writing, what is not UTF-8)
 * is shown as '?', so that nothing that was read from a file can steer a terminal. */
#ifndef UNDERSIGNED_TALK_H
#define UNDERSIGNED_TALK_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdint.h>
#include <stdio.h>

#define TALK_COLUMNS 80

/* As printf; newlines stand, lines are not wrapped. */
__attribute__((format(printf, 1, 2))) void talk_say(const char *format, ...);
/* A paragraph, wrapped. */
__attribute__((format(printf, 1, 2))) void talk_paragraph(const char *format, ...);
/* Wrapped text after `label`, whose column is width wide: "  where  entry 12". To any stream. */
void talk_row(FILE *stream, const char *label, size_t width, struct bytes text);
/* A hash to be compared by eye, in two lines of eight groups: "  letter  f801 05ef ..." */
void talk_fingerprint(FILE *stream, const char *label, size_t width, const uint8_t hash[static 32]);

/* A short text (QR_TEXT_MAX) as a QR code on stderr, black and white where there is colour, to be
 * read by somebody else's telephone. Says so if the text is no text for one. */
void talk_qr(struct bytes text);

/* What is wrong, in the form of every refusal; texts that are NULL or empty are left out:
 *
 *     REFUSED. No number of this bundle can be believed.
 *       where  entry 1207
 *       rule   a proof holds for its ring, its letter and its text
 *       what   the proof does not hold
 *       do     get the bundle again, from another place
 *
 * Returns the exit code of status. If problem says nothing, `what` is the status's text. */
int talk_refuse(enum undersign_status status, const char *headline, const struct problem *problem,
		const char *remedy);
/* The same for what the public header returned. */
int talk_refuse_api(enum undersign_status status, const char *headline,
		    const struct undersign_problem *problem, const char *remedy);
/* As talk_refuse with a place and a fault of one's own; rule may be NULL. */
int talk_fault(enum undersign_status status, const char *headline, const char *where,
	       const char *rule, const char *what, const char *remedy);

/* One of its rows, to any stream; nothing if text is NULL or empty. */
enum talk_label { TALK_WHERE, TALK_RULE, TALK_WHAT, TALK_DO };
void talk_fault_row(FILE *stream, enum talk_label label, const char *english);

#endif

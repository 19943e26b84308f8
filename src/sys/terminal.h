/* Talk with whoever sits at the terminal: questions, passphrases, progress. Talk goes to standard
 * error, at most 80 columns wide; data never does. */
#ifndef UNDERSIGNED_TERMINAL_H
#define UNDERSIGNED_TERMINAL_H

#include "bytes.h"
#include "problem.h"
#include "progress.h"
#include "status.h"

#include "undersign.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TERMINAL_COLUMNS    80
#define TERMINAL_ANSWER_MAX 256
/* No descriptor was given: ask on the terminal. */
#define TERMINAL_ASK (-1)

/* A passphrase into out (memory for secrets, capacity bytes; not terminated), without echo. From
 * descriptor fd, of which one line is read (its newline is not part of it), or on /dev/tty if fd
 * is TERMINAL_ASK; never from arguments or the environment. Ctrl-C and the like restore the echo
 * first. E_MISSING without a terminal or if nothing was typed, E_LIMIT if it is longer. */
UNDERSIGN_MUST_CHECK enum undersign_status terminal_passphrase(uint8_t *out, size_t capacity,
							       size_t *out_len, const char *prompt,
							       int fd, struct problem *problem);
/* As above, for a new one: asked twice on a terminal, E_INVALID if they differ. */
UNDERSIGN_MUST_CHECK enum undersign_status terminal_new_passphrase(uint8_t *out, size_t capacity,
								   size_t *out_len,
								   const char *prompt, int fd,
								   struct problem *problem);

/* Writes the prompt and reads a line, from the terminal or, where there is none, from standard
 * input. answer is terminated, without the newline, "" if nothing or too much was typed or the
 * input has ended. Returns false at the end of the input. */
bool terminal_ask(char answer[static TERMINAL_ANSWER_MAX], const char *prompt);
/* "prompt [y/N] ": true only for y or yes, or for an empty answer if is_default. The end of the
 * input is a no. */
bool terminal_confirm(const char *prompt, bool is_default);
/* True only if exactly this word was typed. */
bool terminal_word(const char *prompt, const char *word);

/* True if colour may be used on standard error: a terminal, not "dumb", NO_COLOR unset or empty. */
bool terminal_has_color(void);

/* Writes text to stream, wrapped at spaces to TERMINAL_COLUMNS, each line after indent spaces, with
 * a newline at the end. Newlines in text are kept. What could steer a terminal or turn the
 * direction of writing is shown as '?'. */
void terminal_print(FILE *stream, unsigned indent, struct bytes text);
/* How many columns text takes: its code points. Cut at the end if it is not UTF-8. */
size_t terminal_width(struct bytes text);

/* A line "label   [####     ]  49 %   120 entries/s, 12 s left" on standard error if that is a
 * terminal, from the first fifth of a second on; else nothing. */
struct terminal_progress {
	struct progress progress; /* give this to the operation; a public twin is below */
	const char *label;        /* up to 12 columns: "checking" */
	double started;
	double shown; /* when it was drawn last; 0 never */
	bool is_terminal;
	/* What is counted; set one of them after terminal_progress_begin. Else the operation
	 * counts parts of a whole, of which no rate is shown. */
	const char *noun; /* "entries" */
	bool is_bytes;
};

void terminal_progress_begin(struct terminal_progress *bar, const char *label);
/* The same as an undersign_progress. */
struct undersign_progress terminal_progress_public(struct terminal_progress *bar);
/* Completes the line, if one was shown: "100 %   2428 entries, 1.6 s". noun NULL: the time only.
 * is_done false: the line ends where it was. */
void terminal_progress_end(struct terminal_progress *bar, uint64_t n, const char *noun,
			   bool is_done);

#endif

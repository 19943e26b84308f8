/* What the command line says to people, in their language. The English texts are the keys, as in
 * gettext; the other languages are compiled in, from po/: nothing is read from files or from the
 * system's locales. What a catalogue lacks is said in English. Output for programs (--json, --csv)
 * never passes here. */
#ifndef UNDERSIGNED_CATALOGUE_H
#define UNDERSIGNED_CATALOGUE_H

#include "problem.h"

#include <stddef.h>
#include <stdint.h>

/* A text that is shown; one that is only kept to be shown is N_ (problem.h). */
#define _(text) catalogue_text(text)

/* Chooses by a language's tag ("de", "de-CH") or a locale's name ("de_CH.UTF-8"); NULL: by the
 * first of the variables LC_ALL, LC_MESSAGES and LANG that is not empty. Before anything is said.
 * Returns false, and it is English, if there are no words of that language; "C" and "POSIX" are
 * English. */
_Bool catalogue_choose(const char *language);
/* Its tag: "en". */
const char *catalogue_language(void);

/* The text, or the English one itself. A format keeps its conversions (tools/catalogue). */
__attribute__((format_arg(1))) const char *catalogue_text(const char *english);
/* By a number, with the language's own plurals. */
__attribute__((format_arg(1), format_arg(2))) const char *
catalogue_plural(const char *one, const char *many, uint64_t n);

/* A text that was put together: as a whole if it is known; else by a pattern, whose {1} and {2} are
 * decimal numbers, or names after a grave accent ("the key `{1}` is given"); else, such as
 * "missing: Alder", its longest beginning that ends at a space. Written to out, cut if it is
 * longer; returns out. */
const char *catalogue_composed(char *out, size_t capacity, const char *text);
/* A place, "file x, line 14": each part of it so. */
const char *catalogue_place(char *out, size_t capacity, const char *place);

#endif

/* What has become of a statement, and of the promise about it, in words on stdout. */
#ifndef UNDERSIGNED_FATE_H
#define UNDERSIGNED_FATE_H

#include "opened.h"

#include "undersign.h"

/* A wrapped line of data. */
__attribute__((format(printf, 1, 2))) void fate_say(const char *format, ...);
/* Returns an exit code: yes only if the statement counts. */
int fate_print(const struct opened *opened, const struct undersign_whereabouts *where);
/* Yes only if the promise was kept. */
int fate_print_promise(enum undersign_promise_fate fate);

#endif

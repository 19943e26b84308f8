/* A promise that a desk broke, as a folder that anybody can check: `promise`, `statement` and the
 * closed letter's bundle in `bundle/` (doc/formats.md 10.4). */
#ifndef UNDERSIGNED_BROKEN_PROMISE_H
#define UNDERSIGNED_BROKEN_PROMISE_H

#include "bytes.h"
#include "opened.h"
#include "problem.h"
#include "status.h"

/* Writes the folder, which must be new. Requires: the promise about the statement was found broken
 * by this bundle. */
UNDERSIGN_MUST_CHECK enum undersign_status
broken_promise_write(const struct opened *opened, const char *folder, struct bytes statement,
		     struct bytes promise, struct problem *problem);

#endif

/* What every function that can fail returns, and the two ways of saying "this must not happen".
 *
 * Questions return bool (proof_is_valid); commands return a status; never a mixture. On failure
 * outputs are zeroed or untouched as the function's contract says, never half-written. */
#ifndef UNDERSIGNED_STATUS_H
#define UNDERSIGNED_STATUS_H

/* enum undersign_status, UNDERSIGN_MUST_CHECK and undersign_status_text are part of the public API.
 */
#include "undersign.h"

/* Aborts the program: our own code is wrong. Never for bad input. */
__attribute__((noreturn)) void undersign_abort(const char *condition, const char *file, int line);

/* Where there is nobody to read them, no texts: they would hold the paths of a machine. */
#ifdef UNDERSIGNED_SILENT
#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define CHECK(condition) ((condition) ? (void)0 : undersign_abort(#condition, __FILE__, __LINE__))
#endif

/* Preconditions on limbs and the like; compiled in test builds only. */
#ifdef UNDERSIGNED_VERIFY
#define VERIFY(condition) CHECK(condition)
#else
#define VERIFY(condition) ((void)0)
#endif

#endif

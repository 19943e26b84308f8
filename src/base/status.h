/* What every function that can fail returns, and the two ways of saying "this must not happen".
 *
 * Questions return bool (proof_is_valid); commands return a status; never a mixture. On failure
 * outputs are zeroed or untouched as the function's contract says, never half-written. */
#ifndef UNDERSIGNED_STATUS_H
#define UNDERSIGNED_STATUS_H

#define UNDERSIGN_MUST_CHECK __attribute__((warn_unused_result))

enum undersign_status {
	UNDERSIGN_OK = 0,
	UNDERSIGN_E_INVALID,  /* what was given does not hold: a proof, a signature, a rule */
	UNDERSIGN_E_FORMAT,   /* what was given cannot be parsed */
	UNDERSIGN_E_ENCODING, /* a point or scalar is not canonical */
	UNDERSIGN_E_LIMIT,    /* longer, larger or more than the format allows */
	UNDERSIGN_E_MISSING,  /* something that is named is not there */
	UNDERSIGN_E_CONFLICT, /* it contradicts something that holds already */
	UNDERSIGN_E_USAGE,    /* the caller asked for something that makes no sense */
	UNDERSIGN_E_RANDOM,   /* the source of randomness failed */
	UNDERSIGN_E_MEMORY,   /* an arena or a scratch buffer is too small */
	UNDERSIGN_E_SYSTEM    /* the machine failed: disk, file, permission */
};

/* A short English text for a status. Never NULL. */
const char *undersign_status_text(enum undersign_status status);

/* Aborts the program: our own code is wrong. Never for bad input. */
__attribute__((noreturn)) void undersign_abort(const char *condition, const char *file, int line);

#define CHECK(condition) ((condition) ? (void)0 : undersign_abort(#condition, __FILE__, __LINE__))

/* Preconditions on limbs and the like; compiled in test builds only. */
#ifdef UNDERSIGNED_VERIFY
#define VERIFY(condition) CHECK(condition)
#else
#define VERIFY(condition) ((void)0)
#endif

#endif

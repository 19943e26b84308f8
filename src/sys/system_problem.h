/* From errno to a status and a problem with a remedy. Only for files in src/sys. */
#ifndef UNDERSIGNED_SYSTEM_PROBLEM_H
#define UNDERSIGNED_SYSTEM_PROBLEM_H

#include "problem.h"
#include "status.h"

/* Fills *problem (may be NULL): where is `noun name`, rule as given, what the reason and the remedy
 * for this errno. Returns the status that fits it. */
enum undersign_status system_fail(struct problem *problem, const char *noun, const char *name,
				  const char *rule, int error);
/* The same for a reason that is not the machine's. */
enum undersign_status system_refuse(struct problem *problem, const char *noun, const char *name,
				    const char *rule, const char *what,
				    enum undersign_status status);

#endif

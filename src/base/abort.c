/* The one hosted file of base: how a program dies when its own code is wrong. */
#include "status.h"

#include <stdio.h>
#include <stdlib.h>

void undersign_abort(const char *condition, const char *file, int line)
{
	(void)fprintf(stderr, "undersign: internal error: %s does not hold (%s:%d)\n", condition,
		      file, line);
	abort();
}

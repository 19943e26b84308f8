/* What a record of kind `earlier` says of an earlier version, taken from that version's bundle. */
#ifndef UNDERSIGNED_RECORD_EARLIER_H
#define UNDERSIGNED_RECORD_EARLIER_H

#include "arena.h"
#include "opened.h"
#include "options.h"
#include "problem.h"
#include "status.h"

/* The values of the record's lines, as the command line would have them. */
struct record_earlier {
	struct option_list earlier, title, opened, as_of, n_signed, text;
};

/* Takes them from a bundle, all of which has been verified. *out_is_long: its text is too long for
 * a record, and there is none of it. From the arena. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status record_earlier_take(struct record_earlier *out,
							       bool *out_is_long,
							       const struct opened *opened,
							       struct arena *arena);

#endif

/* The text of the fixed fields of a roster's edition (doc/operations.md, "A roster's folder").
 * Pure; public data. */
#ifndef UNDERSIGNED_ROSTER_FIXED_H
#define UNDERSIGNED_ROSTER_FIXED_H

#include "bytes.h"
#include "problem.h"
#include "snapshot.h"
#include "status.h"

#define ROSTER_FIXED_HEADER "undersigned roster-folder v1"

/* Fixed fields are kept in a struct snapshot_record whose date, members, roots and archive say
 * nothing; persons is SNAPSHOT_PERSONS_NONE in class raw-key until keys were imported. Views are of
 * the text. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_fixed_parse(struct snapshot_record *out, struct bytes text, struct problem *problem);
/* E_FORMAT (and *problem) if it would not be parsed again. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_fixed_write(struct writer *writer,
							      const struct snapshot_record *fixed,
							      struct problem *problem);

#endif

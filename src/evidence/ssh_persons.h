/* One key a person: finds repeated keys and further keys of the same person among the lines that
 * were read. Used by this folder only. */
#ifndef UNDERSIGNED_SSH_PERSONS_H
#define UNDERSIGNED_SSH_PERSONS_H

#include "ssh_keys.h"

/* True if principals is a list of names without patterns; false for wildcards and negations. */
bool ssh_persons_are_named(struct bytes principals);

/* Marks usable lines as SSH_KEYS_DUPLICATE or SSH_KEYS_SECOND_KEY. Two lines are of one person if a
 * chain of shared names and shared keys joins them; lines that cannot serve because of their type
 * or time join too. Names that differ in upper and lower case only are the same. The first usable
 * line of a person stays. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
ssh_persons_join(struct ssh_keys *keys, enum ssh_keys_persons persons, struct arena *arena);

#endif

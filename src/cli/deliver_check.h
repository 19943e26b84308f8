/* What became of statements that were delivered: not delivered, promised, published. */
#ifndef UNDERSIGNED_DELIVER_CHECK_H
#define UNDERSIGNED_DELIVER_CHECK_H

#include "deliver_file.h"
#include "opened.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deliver_check_orders {
	const char *to;       /* the desk, which serves the bundles of its letters; NULL */
	const char *bundle;   /* else: a folder, a tar file or an address */
	const char *proxy;    /* for addresses */
	const char *promises; /* the folder where promises are; NULL: beside the statements */
	uint64_t limit_mb;
	struct opened_options trust;
	bool is_deleted; /* published ones are deleted without a question */
};

/* Says it of each file on stdout, and offers to delete what is published in a log that is anchored.
 * Returns an exit code: yes if all are published. */
int deliver_check(const struct deliver_file *files, size_t n,
		  const struct deliver_check_orders *orders);

#endif

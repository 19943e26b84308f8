/* What a desk serves beside a letter's bundle, under the bundle's address: the tally, what others
 * show of it (handout.h), and the page as of earlier checkpoints. */
#ifndef UNDERSIGNED_BESIDE_H
#define UNDERSIGNED_BESIDE_H

#include "server.h"

#include <stdbool.h>

/* Answers /letters/{id}{rest} from the published folder, also with 404; false if rest is none of
 * these, and nothing was answered. id need not be terminated. */
bool beside_answer(struct http_call *call, int published, const char *id, const char *rest);

#endif

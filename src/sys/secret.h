/* Memory for secrets: between guard pages, kept out of swap where the machine allows it and out of
 * core dumps, overwritten before it is given back (libsodium's sodium_malloc). */
#ifndef UNDERSIGNED_SECRET_H
#define UNDERSIGNED_SECRET_H

#include <stddef.h>

/* len bytes of zeros, aligned to 16; NULL if there is no memory. secret_free gives them back. */
void *secret_take(size_t len);
/* Wipes and gives back. NULL: nothing is done. */
void secret_free(void *secret);

#endif

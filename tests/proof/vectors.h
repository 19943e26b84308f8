/* Reading tests/vectors/proof.json. A missing key fails the test that asks for it. */
#ifndef UNDERSIGNED_TEST_PROOF_VECTORS_H
#define UNDERSIGNED_TEST_PROOF_VECTORS_H

#include "support.h"

#include <jansson.h>

/* The whole file; UNDERSIGN_VECTORS names its folder. vectors_end frees it, and everything that was
 * read from it. */
json_t *vectors_load(void);
/* Another file of that folder. */
json_t *vectors_load_file(const char *name);
void vectors_end(json_t *root);
json_t *vectors_get(const json_t *object, const char *key);
json_t *vectors_at(const json_t *array, size_t index);
uint64_t vectors_u64(const json_t *object, const char *key);
/* A value in hexadecimal. */
struct bytes vectors_hex(const json_t *value);
struct bytes vectors_hex_of(const json_t *object, const char *key);
/* Entries [kind, source, meta]. */
struct entry *vectors_entries(const json_t *array, size_t *out_n);
/* Five scalars in hexadecimal. */
struct opening vectors_opening(const json_t *array);

#endif

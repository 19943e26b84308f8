#include "vectors.h"

#include "encoding.h"

#include <stdio.h>
#include <stdlib.h>

/* Everything that was handed out, until vectors_end. */
static void *kept[1024];
static size_t n_kept;

static void *keep(size_t len)
{
	assert_true(n_kept < sizeof kept / sizeof *kept);
	return kept[n_kept++] = support_memory(len);
}

void vectors_end(json_t *root)
{
	while (n_kept > 0)
		free(kept[--n_kept]);
	json_decref(root);
}

json_t *vectors_load(void)
{
	return vectors_load_file("proof.json");
}

json_t *vectors_load_file(const char *name)
{
	const char *folder = getenv("UNDERSIGN_VECTORS");
	char path[4096];
	json_error_t error;
	json_t *root;

	snprintf(path, sizeof path, "%s/%s", folder ? folder : "tests/vectors", name);
	root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s: line %d: %s", path, error.line, error.text);
	return root;
}

json_t *vectors_get(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		fail_msg("no key %s", key);
	return value;
}

json_t *vectors_at(const json_t *array, size_t index)
{
	json_t *value = json_array_get(array, index);

	if (!value)
		fail_msg("no element %zu", index);
	return value;
}

uint64_t vectors_u64(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(vectors_get(object, key));
}

struct bytes vectors_hex(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value) / 2;
	uint8_t *data = keep(len);

	assert_non_null(text);
	assert_int_equal(hex_decode(data, len, bytes_from_text(text)), UNDERSIGN_OK);
	return bytes_from(data, len);
}

struct bytes vectors_hex_of(const json_t *object, const char *key)
{
	return vectors_hex(vectors_get(object, key));
}

struct entry *vectors_entries(const json_t *array, size_t *out_n)
{
	size_t n = json_array_size(array);
	struct entry *entries = keep(n * sizeof *entries);

	for (size_t k = 0; k < n; k++) {
		json_t *value = vectors_at(array, k);

		entries[k].kind = (uint8_t)json_integer_value(vectors_at(value, 0));
		entries[k].source = vectors_hex(vectors_at(value, 1)).data;
		entries[k].meta = vectors_hex(vectors_at(value, 2));
	}
	*out_n = n;
	return entries;
}

struct opening vectors_opening(const json_t *array)
{
	struct opening opening;

	assert_int_equal(json_array_size(array), TAG_DIMENSION + 1);
	for (size_t j = 0; j < TAG_DIMENSION; j++)
		opening.s[j] = test_scalar_decode(vectors_hex(vectors_at(array, j)).data);
	opening.r = test_scalar_decode(vectors_hex(vectors_at(array, TAG_DIMENSION)).data);
	return opening;
}

/* Canonical tar files: what is taken has its members in order, inside the file, and only headers
 * and padding that follow from their names and lengths. */
#include "fuzz.h"

#include "bundle_tar.h"
#include "folder.h"
#include "memory.h"

static enum undersign_status read_input(void *cookie, uint64_t offset, uint8_t *out, size_t n)
{
	const struct bytes *input = cookie;

	CHECK(offset <= input->len && n <= input->len - offset);
	memcpy(out, input->data + offset, n);
	return UNDERSIGN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes input = bytes_from(data, len);
	const struct bundle_tar_input reader = {read_input, &input, len};
	struct bundle_tar_index index;
	struct problem problem = {0};
	enum undersign_status status = bundle_tar_index(&index, &reader, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	uint64_t offset = 0;
	for (size_t i = 0; i < index.n; i++) {
		struct bytes name = bytes_from_text(index.members[i].name);

		CHECK(folder_name_is_valid(name));
		CHECK(i == 0 ||
		      bytes_compare(bytes_from_text(index.members[i - 1].name), name) < 0);
		CHECK(index.members[i].offset == offset + 512);
		offset = index.members[i].offset + ((index.members[i].len + 511) & ~(uint64_t)511);
		CHECK(offset <= len);
	}
	if (status == UNDERSIGN_OK)
		CHECK(offset + 1024 == len);
	bundle_tar_index_free(&index);
	return 0;
}

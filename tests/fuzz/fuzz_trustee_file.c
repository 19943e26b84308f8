/* A trustee's secret: what is taken is written again as the same text, or, of the line `seal none`,
 * as one without it; what is refused leaves zeros. */
#include "fuzz.h"

#include "memory.h"
#include "trustee_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct trustee_file file;
	static const struct trustee_file zeros;
	static uint8_t again[TRUSTEE_FILE_MAX];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	enum undersign_status status = trustee_file_parse(&file, bytes_from(data, len), &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status == UNDERSIGN_OK) {
		trustee_file_write(&writer, &file);
		CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)) ||
		      (!file.seal.is_sealed && writer.len + sizeof "seal none" == len));
	} else {
		CHECK(memcmp(&file, &zeros, sizeof zeros) == 0);
	}
	return 0;
}

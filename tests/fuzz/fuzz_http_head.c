#include "fuzz.h"

#include "server_check.h"

#include <string.h>

/* The first line is a request's target, the others are header lines. What is let through has one
 * reading. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_from(data, len);
	const uint8_t *end = len ? memchr(data, '\n', len) : NULL;
	const struct bytes target = bytes_part(rest, 0, end ? (size_t)(end - data) : len);
	struct server_fields fields = {0};
	size_t path_len = 0;

	const int status = server_target_check(&path_len, target);
	CHECK(status == 0 || status == 400 || status == 414);
	CHECK(path_len <= target.len);
	if (status == 0) {
		CHECK(target.data[0] == '/' && target.len <= SERVER_TARGET_MAX);
		for (size_t i = 0; i < target.len; i++)
			CHECK(target.data[i] > ' ' && target.data[i] < 0x7f);
		for (size_t i = 0; i < path_len; i++) {
			CHECK(!strchr("%?#\\;", target.data[i]));
			CHECK(i == 0 || target.data[i] != '/' || target.data[i - 1] != '/');
			CHECK(i < 2 || target.data[i] != '.' || target.data[i - 1] != '.' ||
			      target.data[i - 2] != '/' ||
			      (i + 1 < path_len && target.data[i + 1] != '/'));
		}
	}
	while (end) {
		rest = bytes_part(rest, (size_t)(end - rest.data) + 1,
				  rest.len - (size_t)(end - rest.data) - 1);
		end = rest.len ? memchr(rest.data, '\n', rest.len) : NULL;
		const struct bytes line =
			bytes_part(rest, 0, end ? (size_t)(end - rest.data) : rest.len);
		const uint8_t *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
		const size_t name_len = colon ? (size_t)(colon - line.data) : line.len;
		server_fields_add(&fields, bytes_part(line, 0, name_len),
				  colon ? bytes_part(line, name_len + 1, line.len - name_len - 1)
					: bytes_from(NULL, 0));
	}
	for (int is_post = 0; is_post < 2; is_post++) {
		if (server_fields_check(&fields, is_post) != 0)
			continue;
		CHECK(!fields.is_malformed && fields.n_host == 1 && fields.n_transfer == 0);
		CHECK(fields.n_length <= 1 && fields.n <= SERVER_FIELDS_MAX);
		CHECK(!is_post || fields.n_length == 1);
	}
	return 0;
}

/* Makes one request, for test_client.py: probe PROXY|- POST-FILE|- LIMIT TIMEOUT_MS
 * URL [STALL_S]. Prints
 * status, bytes of the body, Retry-After; or the kind of failure. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	static uint8_t body[1 << 20];
	struct problem problem = {{0}, {0}, {0}};
	struct http_client *client;
	struct http_reply reply;

	if (argc != 6 && argc != 7)
		return 2;
	const struct http_client_options options = {
		.proxy = strcmp(argv[1], "-") == 0 ? NULL : argv[1],
		.timeout_ms = (uint32_t)strtoul(argv[4], NULL, 10),
		.stall_s = argc == 7 ? (uint32_t)strtoul(argv[6], NULL, 10) : 0,
	};
	struct http_request request = {.url = argv[5], .limit = strtoul(argv[3], NULL, 10)};
	if (strcmp(argv[2], "-") != 0) {
		FILE *file = fopen(argv[2], "rb");
		if (!file)
			return 2;
		request.is_post = true;
		request.body = bytes_from(body, fread(body, 1, sizeof body, file));
		fclose(file);
	}
	enum undersign_status status = http_client_open(&client, &options, &problem);
	if (status == UNDERSIGN_OK)
		status = http_client_request(client, &reply, &request, &problem);
	if (status == UNDERSIGN_OK) {
		printf("%d %zu %u\n", reply.status, reply.body_len, (unsigned)reply.retry_after_s);
		http_reply_free(&reply);
	} else {
		printf("failed %d %s: %s\n", (int)status, problem.where, problem.what);
	}
	http_client_close(client);
	return 0;
}

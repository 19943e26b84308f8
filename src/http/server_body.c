#include "server_body.h"

#include <stdlib.h>
#include <string.h>

bool server_body_add(uint8_t **body, size_t *body_len, const void *data, size_t len)
{
	uint8_t *grown = malloc(*body_len + len);

	if (!grown)
		return false;
	if (*body_len > 0)
		memcpy(grown, *body, *body_len);
	memcpy(grown + *body_len, data, len);
	server_body_free(*body, *body_len);
	*body = grown;
	*body_len += len;
	return true;
}

void server_body_free(void *data, size_t len)
{
	if (!data)
		return;
	explicit_bzero(data, len);
	free(data);
}

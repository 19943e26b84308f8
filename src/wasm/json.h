/* Writes JSON without spaces, as jansson's JSON_COMPACT does, byte for byte. Public data. */
#ifndef UNDERSIGNED_WASM_JSON_H
#define UNDERSIGNED_WASM_JSON_H

#include "bytes.h"

#include "undersign.h"

#include <stdbool.h>
#include <stdint.h>

struct json {
	struct writer writer; /* with data NULL it measures */
	bool needs_comma;
};

/* Each writes one value; key is NULL in arrays and for the outermost value. */
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);
/* A text that is not UTF-8 has '?' in place of all that is not visible ASCII or a space. */
void json_text(struct json *json, const char *key, struct undersign_bytes text);
void json_c_text(struct json *json, const char *key, const char *text);
void json_hex(struct json *json, const char *key, const uint8_t *data, size_t len);
void json_base64(struct json *json, const char *key, const uint8_t *data, size_t len);
/* A day, or a time if has_time. seconds since 1970. */
void json_date(struct json *json, const char *key, uint64_t seconds, bool has_time);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* A value that is JSON already. */
void json_written(struct json *json, const char *key, struct undersign_bytes value);

#endif

/* What third/md4c and third/qrcodegen ask of <string.h>. */
#ifndef UNDERSIGNED_WASM_STRING_H
#define UNDERSIGNED_WASM_STRING_H

#include "memory.h"

char *strchr(const char *text, int character);
size_t strlen(const char *text);

#endif

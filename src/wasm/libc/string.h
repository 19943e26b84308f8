/* What third/md4c asks of <string.h>. */
#ifndef UNDERSIGNED_WASM_STRING_H
#define UNDERSIGNED_WASM_STRING_H

#include "memory.h"

char *strchr(const char *text, int character);

#endif

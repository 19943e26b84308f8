/* What third/qrcodegen asks of <assert.h>. */
#ifndef UNDERSIGNED_WASM_ASSERT_H
#define UNDERSIGNED_WASM_ASSERT_H

#define assert(condition) ((condition) ? (void)0 : __builtin_trap())

#endif

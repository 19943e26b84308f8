/* Whether 64 x 64 -> 128 bit products are used, and their type. UNDERSIGNED_FIELD_25 chooses the
 * narrow code everywhere in this folder: the differential oracle of the tests. wasm32 has the type,
 * but computes with it slowly. Used by this folder only. */
#ifndef UNDERSIGNED_WIDE_H
#define UNDERSIGNED_WIDE_H

#if defined(__SIZEOF_INT128__) && !defined(__wasm__) && !defined(UNDERSIGNED_FIELD_25)
#define UNDERSIGNED_HAS_WIDE 1
__extension__ typedef unsigned __int128 uint128;
#else
#define UNDERSIGNED_HAS_WIDE 0
#endif

#endif

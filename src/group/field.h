/* Integers modulo p = 2^255 - 19, one of two representations, fixed at compile time: 5 limbs of 51
 * bits where there are 64 x 64 -> 128 bit products, 10 limbs of 25.5 bits elsewhere (wasm32) or
 * when UNDERSIGNED_FIELD_25 is defined (the differential oracle). Used by this folder only. */
#ifndef UNDERSIGNED_FIELD_H
#define UNDERSIGNED_FIELD_H

#if defined(UNDERSIGNED_FIELD_25) || !defined(__SIZEOF_INT128__) || defined(__wasm__)
#include "field25.h"
#else
#include "field51.h"
#endif

#endif

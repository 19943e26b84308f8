/* Constant-time helpers. A mask is 0 or all ones; it passes ct_barrier so that the optimiser
 * cannot turn it back into a branch. */
#ifndef UNDERSIGNED_CT_H
#define UNDERSIGNED_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hides a value from the optimiser. MemorySanitizer takes an asm's operand for a use, so there it
 * goes through memory instead. */
static inline uint64_t ct_barrier(uint64_t value)
{
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
	volatile uint64_t hidden = value;
	return hidden;
#endif
#endif
	__asm__("" : "+r"(value));
	return value;
}

/* All ones if bit is 1, 0 if it is 0. Requires: bit is 0 or 1. */
static inline uint64_t ct_mask(uint64_t bit)
{
	return ct_barrier(0 - bit);
}

/* 1 if value is 0, else 0. */
static inline uint64_t ct_is_zero(uint64_t value)
{
	return ct_barrier(1 ^ ((value | (0 - value)) >> 63));
}

/* 1 if a equals b, else 0. */
static inline uint64_t ct_is_equal(uint64_t a, uint64_t b)
{
	return ct_is_zero(a ^ b);
}

/* a where mask is all ones, b where it is 0. */
static inline uint64_t ct_select(uint64_t mask, uint64_t a, uint64_t b)
{
	return b ^ (mask & (a ^ b));
}

/* True if the two buffers hold the same len bytes. Time depends on len only. */
bool ct_bytes_are_equal(const void *a, const void *b, size_t len);

/* Overwrites len bytes with zeros; the compiler may not leave it out. */
void wipe(void *data, size_t len);

/* Tools that follow secrets (valgrind, MemorySanitizer) are told here, and nowhere else, what is
 * secret and what has become public. Each use of ct_declassify says why. In other builds both do
 * nothing. */
void ct_classify(const void *data, size_t len);
void ct_declassify(const void *data, size_t len);

#endif

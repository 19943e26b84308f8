/* Both representations of the group, through bytes: what test_differential.c compares. */
#ifndef UNDERSIGNED_ORACLE_H
#define UNDERSIGNED_ORACLE_H

#include <stddef.h>
#include <stdint.h>

enum operation {
	FIELD_ADD,
	FIELD_SUB,
	FIELD_MUL,
	FIELD_SQ,
	FIELD_INVERT,
	FIELD_SQRT_RATIO, /* the first byte is xored with the verdict, which is even otherwise */
	SCALAR_ADD,
	SCALAR_SUB,
	SCALAR_MUL,
	SCALAR_REDUCE_WIDE, /* of a || b */
	SCALAR_INVERT,
	SCALAR_ACCUMULATE,
	POINT_DECODE,  /* a; 0xff.. if it is refused */
	POINT_UNIFORM, /* of a || b */
	POINT_HASH,    /* tag a, message b */
	POINT_MUL,     /* a * (the element of b || b) */
	POINT_MUL_BASE,
	ED25519_KEY, /* of the seed a */
	N_OPERATIONS
};

/* Any bytes will do: they are reduced where need be. */
void oracle51_compute(uint8_t out[static 32], enum operation operation, const uint8_t a[static 32],
		      const uint8_t b[static 32]);
void oracle25_compute(uint8_t out[static 32], enum operation operation, const uint8_t a[static 32],
		      const uint8_t b[static 32]);
/* The multiscalar product of n points and scalars of 32 bytes; n is at most 512. */
void oracle51_msm(uint8_t out[static 32], const uint8_t *scalars, const uint8_t *points, size_t n);
void oracle25_msm(uint8_t out[static 32], const uint8_t *scalars, const uint8_t *points, size_t n);

#endif

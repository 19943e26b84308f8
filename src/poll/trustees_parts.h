/* What the files of trustees*.c have in common. Internal to this folder. */
#ifndef UNDERSIGNED_TRUSTEES_PARTS_H
#define UNDERSIGNED_TRUSTEES_PARTS_H

#include "sigma_engine.h"
#include "trustees.h"

#include "ct.h"
#include "memory.h"

#define TRUSTEES_LABEL PROTOCOL_NAME " nonce trustee"

static inline struct affine trustees_parts_base(void)
{
	struct affine out;
	struct point base;

	point_base(&base);
	affine_from_point(&out, &base);
	return out;
}

/* out = scalar G. Constant time. */
static inline void trustees_parts_encode(uint8_t out[static POINT_BYTES],
					 const struct scalar *scalar)
{
	struct point point;

	point_mul_base(&point, scalar);
	point_encode(out, &point);
	wipe(&point, sizeof point);
}

/* One row: image = w base. */
static inline void trustees_parts_row(struct sigma_system *out, const struct affine *base,
				      const uint8_t *image)
{
	*out = (struct sigma_system){.n_rows = 1, .n_witnesses = 1, .bases = {{base}}};
	memcpy(out->images[0], image, POINT_BYTES);
}

/* Names who is at fault; E_INVALID. */
static inline enum undersign_status trustees_parts_blame(struct problem *problem, unsigned i,
							 const char *rule, const char *what)
{
	problem_where_number(problem, "trustee", i);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

#endif

#include "logs.h"

static struct generators real;

static void known(struct affine *point, struct scalar *log)
{
	*log = support_scalar();
	*point = test_affine(test_base_mul(log));
}

void logs_begin(struct logs *out)
{
	real = generators;
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		known(&generators.g[j], &out->g[j]);
	known(&generators.h, &out->h);
	for (unsigned d = 0; d < PROOF_DIGITS; d++)
		for (unsigned c = 0; c < PROOF_RADIX; c++) {
			known(&generators.p[d][c], &out->p[d][c]);
			known(&generators.q[d][c], &out->q[d][c]);
		}
}

void logs_end(void)
{
	generators = real;
}

void logs_scope_new(struct logs_scope *out, const char *manifest)
{
	scope_new_letter(&out->scope, bytes_from_text(manifest));
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		known(&out->scope.u[j], &out->u[j]);
}

static struct scalar sum_of_products(const struct scalar *a, const struct scalar *b)
{
	struct scalar sum = scalar_zero;

	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		scalar_mul_add(&sum, &a[j], &b[j], &sum);
	return sum;
}

struct scalar logs_commitment(const struct logs *logs, const struct opening *opening)
{
	return test_sum(sum_of_products(logs->g, opening->s), test_product(logs->h, opening->r));
}

struct scalar logs_tag(const struct logs_scope *scope, const struct opening *opening)
{
	return sum_of_products(scope->u, opening->s);
}

struct scalar logs_r(const struct logs *logs, struct scalar commitment,
		     const struct scalar s[static TAG_DIMENSION])
{
	struct scalar inverse;

	scalar_invert(&inverse, &logs->h);
	return test_product(test_difference(commitment, sum_of_products(logs->g, s)), inverse);
}

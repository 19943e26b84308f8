#include "lab.h"

#include "memory.h"

#include <stdlib.h>

static unsigned digit_of(size_t k, unsigned d)
{
	return (unsigned)(k >> (2 * d)) & (PROOF_RADIX - 1);
}

static size_t padded_len(const struct digits *digits)
{
	return (size_t)digits->top_radix << (2 * (digits->n_digits - 1));
}

static struct point element(const struct ring *ring, size_t k)
{
	return test_from_affine(ring_point(ring, k < ring->n ? k : ring->n - 1));
}

static void add_term(struct point *sum, struct scalar scalar, struct point base)
{
	*sum = test_point_sum(*sum, test_mul(&scalar, &base));
}

static void add_affine(struct point *sum, struct scalar scalar, const struct affine *base)
{
	add_term(sum, scalar, test_from_affine(base));
}

static struct scalar negated(struct scalar a)
{
	scalar_neg(&a, &a);
	return a;
}

void lab_begin(struct lab *lab, const struct ring *ring, const struct scope *scope,
	       struct bytes message, const struct opening *opening)
{
	memset(lab, 0, sizeof *lab);
	lab->generators = &generators;
	lab->ring = ring;
	lab->scope = scope;
	lab->message = message;
	lab->opening = *opening;
	lab->digits = digits_of_ring(ring->n);
	lab->n_padded = padded_len(&lab->digits);
	assert_true(lab->n_padded <= LAB_ELEMENTS_MAX);
	for (size_t k = 0; k < lab->n_padded; k++)
		lab->elements[k] = element(ring, k);
	for (unsigned d = 0; d < lab->digits.n_digits; d++) {
		lab->rho[d] = support_scalar();
		lab->a[d][0] = scalar_zero;
		for (unsigned c = 1; c < digits_radix(&lab->digits, d); c++) {
			lab->a[d][c] = support_scalar();
			lab->a[d][0] = test_difference(lab->a[d][0], lab->a[d][c]);
		}
	}
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		lab->kappa[j] = support_scalar();
	lab->r_a = support_scalar();
	lab->r_b = support_scalar();
	/* A zero tag is an error elsewhere; here it is one of the attacks. */
	(void)!opening_tag(lab->tag, scope, opening);
}

void lab_select(struct lab *lab, size_t k)
{
	assert_true(k < lab->n_padded);
	for (unsigned d = 0; d < lab->digits.n_digits; d++)
		for (unsigned c = 0; c < PROOF_RADIX; c++)
			lab->sigma[d][c] = c == digit_of(k, d) ? scalar_one : scalar_zero;
}

void lab_polynomial(const struct lab *lab, size_t k, struct scalar out[PROOF_DIGITS + 1])
{
	memset(out, 0, (PROOF_DIGITS + 1) * sizeof *out);
	out[0] = scalar_one;
	for (unsigned d = 0; d < lab->digits.n_digits; d++)
		for (unsigned e = d + 2; e-- > 0;) {
			unsigned c = digit_of(k, d);
			struct scalar low = test_product(out[e], lab->a[d][c]);

			out[e] = e == 0 ? low
					: test_sum(low, test_product(out[e - 1], lab->sigma[d][c]));
		}
}

void lab_commit(const struct lab *lab, uint8_t *proof)
{
	const struct generators *use = lab->generators;
	struct point a, b, y, x[PROOF_DIGITS];
	unsigned m = lab->digits.n_digits;

	point_identity(&a);
	point_identity(&b);
	point_identity(&y);
	for (unsigned d = 0; d < m; d++)
		for (unsigned c = 0; c < digits_radix(&lab->digits, d); c++) {
			struct scalar t = lab->a[d][c], s = lab->sigma[d][c];

			add_affine(&a, t, &use->p[d][c]);
			add_affine(&a, negated(test_product(t, t)), &use->q[d][c]);
			add_affine(&b, s, &use->p[d][c]);
			add_affine(&b, test_product(t, test_difference(scalar_one, test_sum(s, s))),
				   &use->q[d][c]);
		}
	add_affine(&a, lab->r_a, &use->h);
	add_affine(&b, lab->r_b, &use->h);
	for (unsigned d = 0; d < m; d++) {
		point_identity(&x[d]);
		add_affine(&x[d], lab->rho[d], &use->h);
	}
	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		add_affine(&x[0], lab->kappa[j], &use->g[j]);
		add_affine(&y, lab->kappa[j], &lab->scope->u[j]);
	}
	for (size_t k = 0; k < lab->n_padded; k++) {
		struct scalar p[PROOF_DIGITS + 1];

		lab_polynomial(lab, k, p);
		for (unsigned d = 0; d < m; d++)
			add_term(&x[d], p[d], lab->elements[k]);
	}
	memcpy(proof, lab->tag, POINT_BYTES);
	test_encode(proof + POINT_BYTES * LAYOUT_A, &a);
	test_encode(proof + POINT_BYTES * LAYOUT_B, &b);
	for (unsigned d = 0; d < m; d++)
		test_encode(proof + POINT_BYTES * (LAYOUT_X + d), &x[d]);
	test_encode(proof + POINT_BYTES * layout_y(&lab->digits), &y);
}

void lab_respond(const struct lab *lab, uint8_t *proof, const struct scalar *x)
{
	uint8_t *next = proof + POINT_BYTES * layout_n_points(&lab->digits);
	unsigned m = lab->digits.n_digits;
	struct scalar power[PROOF_DIGITS + 1], t;

	layout_powers(power, x, m);
	for (unsigned d = 0; d < m; d++)
		for (unsigned c = 1; c < digits_radix(&lab->digits, d); c++) {
			t = test_sum(test_product(lab->sigma[d][c], *x), lab->a[d][c]);
			scalar_encode(next, &t);
			next += SCALAR_BYTES;
		}
	t = test_sum(test_product(lab->r_b, *x), lab->r_a);
	scalar_encode(next, &t);
	next += SCALAR_BYTES;
	for (unsigned j = 0; j < TAG_DIMENSION; j++, next += SCALAR_BYTES) {
		t = test_difference(test_product(lab->opening.s[j], power[m]), lab->kappa[j]);
		scalar_encode(next, &t);
	}
	t = test_product(lab->opening.r, power[m]);
	for (unsigned d = 0; d < m; d++)
		t = test_difference(t, test_product(lab->rho[d], power[d]));
	scalar_encode(next, &t);
}

struct bytes lab_prove(const struct lab *lab)
{
	size_t len = proof_len(lab->ring->n);
	uint8_t *proof = support_memory(len);
	struct scalar x;

	lab_commit(lab, proof);
	layout_challenge(&x, lab->ring, lab->scope, lab->message, proof);
	lab_respond(lab, proof, &x);
	return bytes_from(proof, len);
}

struct scalar lab_phi(const struct layout_scalars *in, size_t k)
{
	struct scalar phi = scalar_one;

	for (unsigned d = 0; d < in->digits.n_digits; d++)
		phi = test_product(phi, in->f[d][digit_of(k, d)]);
	return phi;
}

/* Left minus right of each equation. */
static void residuals(struct point out[3], unsigned weaknesses, const struct generators *use,
		      const struct ring *ring, const struct scope *scope,
		      const struct layout_scalars *in, const uint8_t *proof)
{
	struct scalar x = in->x[1];
	unsigned m = in->digits.n_digits;
	size_t n_terms = weaknesses & LAB_WITHOUT_PADDING ? ring->n : padded_len(&in->digits);

	for (unsigned e = 0; e < 3; e++)
		point_identity(&out[e]);
	add_term(&out[0], scalar_one, test_decode(proof + POINT_BYTES * LAYOUT_A));
	add_term(&out[0], x, test_decode(proof + POINT_BYTES * LAYOUT_B));
	for (unsigned d = 0; d < m; d++)
		for (unsigned c = 0; c < digits_radix(&in->digits, d); c++) {
			struct scalar f = in->f[d][c];

			add_affine(&out[0], negated(f), &use->p[d][c]);
			add_affine(&out[0], negated(test_product(f, test_difference(x, f))),
				   &use->q[d][c]);
		}
	add_affine(&out[0], negated(in->z_a), &use->h);
	for (size_t k = 0; k < n_terms; k++)
		add_term(&out[1], lab_phi(in, k), element(ring, k));
	for (unsigned d = 0; d < m; d++)
		add_term(&out[1], negated(in->x[d]),
			 test_decode(proof + POINT_BYTES * (LAYOUT_X + d)));
	add_affine(&out[1], negated(in->z_r), &use->h);
	add_term(&out[2], in->x[m], test_decode(proof));
	add_term(&out[2], negated(scalar_one),
		 test_decode(proof + POINT_BYTES * layout_y(&in->digits)));
	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		add_affine(&out[1], negated(in->z[j]), &use->g[j]);
		add_affine(&out[2], negated(in->z[j]), &scope->u[j]);
	}
}

bool lab_verify(unsigned weaknesses, const struct generators *used, const struct ring *ring,
		const struct scope *scope, struct bytes message, struct bytes proof)
{
	struct affine points[LAYOUT_POINTS_MAX];
	struct proof_item item = {ring, scope, message, proof};
	struct bytes copy = lab_copy(proof);
	struct layout_scalars in;
	struct point out[3];
	bool is_decoded;

	if (weaknesses & LAB_WITHOUT_TAG_CHECK) {
		/* Decoding refuses a zero tag; another one stands in for it, and only for that. */
		struct scalar x;

		memcpy((uint8_t *)copy.data, copy.data + POINT_BYTES, POINT_BYTES);
		item.proof = copy;
		is_decoded = layout_decode_vartime(&in, points, &item);
		layout_challenge(&x, ring, scope, message, proof.data);
		if (is_decoded) {
			layout_powers(in.x, &x, in.digits.n_digits);
			for (unsigned d = 0; d < in.digits.n_digits; d++) {
				in.f[d][0] = x;
				for (unsigned c = 1; c < digits_radix(&in.digits, d); c++)
					in.f[d][0] = test_difference(in.f[d][0], in.f[d][c]);
			}
		}
	} else {
		is_decoded = layout_decode_vartime(&in, points, &item);
	}
	free((void *)copy.data);
	if (!is_decoded)
		return false;
	residuals(out, weaknesses, used, ring, scope, &in, proof.data);
	return (weaknesses & LAB_WITHOUT_E1 || point_is_identity(&out[0])) &&
	       point_is_identity(&out[1]) && point_is_identity(&out[2]);
}

struct point lab_residual(const struct ring *ring, const struct scope *scope, struct bytes message,
			  struct bytes proof)
{
	struct affine points[LAYOUT_POINTS_MAX];
	struct proof_item item = {ring, scope, message, proof};
	struct layout_scalars in;
	struct point out[3];

	assert_true(layout_decode_vartime(&in, points, &item));
	residuals(out, LAB_SOUND, &generators, ring, scope, &in, proof.data);
	return test_point_sum(out[0], test_point_sum(out[1], out[2]));
}

uint8_t *lab_point_at(struct bytes proof, unsigned index)
{
	return (uint8_t *)proof.data + POINT_BYTES * index;
}

uint8_t *lab_scalar_at(struct bytes proof, const struct digits *digits, unsigned index)
{
	return (uint8_t *)proof.data + POINT_BYTES * layout_n_points(digits) + SCALAR_BYTES * index;
}

unsigned lab_n_f(const struct digits *digits)
{
	return (PROOF_RADIX - 1) * (digits->n_digits - 1) + digits->top_radix - 1;
}

void lab_add_scalar(uint8_t *at, struct scalar delta)
{
	struct scalar t = test_sum(test_scalar_decode(at), delta);

	scalar_encode(at, &t);
}

void lab_add_point(uint8_t *at, struct scalar delta, const struct affine *base)
{
	struct point t = test_decode(at);

	add_affine(&t, delta, base);
	test_encode(at, &t);
}

struct bytes lab_copy(struct bytes bytes)
{
	uint8_t *copy = support_memory(bytes.len);

	memcpy(copy, bytes.data, bytes.len);
	return bytes_from(copy, bytes.len);
}

#include "sign.h"

#include "contract.h"
#include "layout.h"
#include "scratch.h"
#include "sign_with.h"
#include "transcript.h"
#include "verify.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

/* Everything that one signing must forget. */
struct secrets {
	uint64_t i;
	struct scalar a[PROOF_DIGITS][PROOF_RADIX];
	struct scalar r_a, r_b;
	struct scalar rho[PROOF_DIGITS];
	struct scalar kappa[TAG_DIMENSION];
	struct point d[PROOF_DIGITS + 1]; /* D_0..D_{m-1}, C_i */
	struct scalar scalars[POINT_COMBINE_MAX];
	struct point points[POINT_COMBINE_MAX];
};

/* sigma_{d,c}: 1 if digit d of the member's place is c. */
static uint64_t sigma(const struct secrets *secrets, unsigned d, unsigned c)
{
	return ct_is_equal(secrets->i >> (2 * d) & 3, c);
}

/* Members that one task compares. */
#define FIND_LEVEL 10
#define FIND_TASKS ((size_t)64)

struct find {
	const struct ring *ring;
	struct affine commitment;
	uint64_t first; /* member of the first task */
	uint64_t places[FIND_TASKS], are_found[FIND_TASKS];
};

static void find_part(void *context, size_t number)
{
	struct find *find = context;
	uint64_t k = find->first + ((uint64_t)number << FIND_LEVEL), i = 0, found = 0;
	uint64_t end = k + ((uint64_t)1 << FIND_LEVEL);

	for (; k < end && k < find->ring->n; k++) {
		const uint64_t is_equal =
			affine_is_equal(ring_point(find->ring, k), &find->commitment);

		i |= ct_mask(is_equal) & k;
		found |= is_equal;
	}
	find->places[number] = i;
	find->are_found[number] = found;
}

void sign_find(uint64_t *out_i, uint64_t *out_found, const struct ring *ring,
	       const struct point *commitment)
{
	struct find find = {.ring = ring};
	uint64_t i = 0, found = 0;

	affine_from_point(&find.commitment, commitment);
	for (uint64_t k = 0; k < ring->n; k += (uint64_t)FIND_TASKS << FIND_LEVEL) {
		uint64_t blocks = (ring->n - k + ((uint64_t)1 << FIND_LEVEL) - 1) >> FIND_LEVEL;
		size_t n_tasks = blocks < FIND_TASKS ? (size_t)blocks : FIND_TASKS;

		find.first = k;
		parallel_run(ring->parallel, find_part, &find, n_tasks);
		for (size_t task = 0; task < n_tasks; task++) {
			i |= find.places[task];
			found |= find.are_found[task];
		}
	}
	*out_i = i;
	*out_found = found;
	wipe(&find, sizeof find);
}

static enum undersign_status draw(struct secrets *secrets, const struct digits *digits,
				  const struct nonce_source *nonces)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (unsigned d = 0; d < digits->n_digits && !status; d++) {
		unsigned radix = digits_radix(digits, d);

		status = nonce_next_n(nonces, &secrets->a[d][1], radix - 1);
		secrets->a[d][0] = scalar_zero;
		for (unsigned c = 1; c < radix; c++)
			scalar_sub(&secrets->a[d][0], &secrets->a[d][0], &secrets->a[d][c]);
	}
	if (!status)
		status = nonce_next_n(nonces, &secrets->r_a, 1);
	if (!status)
		status = nonce_next_n(nonces, &secrets->r_b, 1);
	if (!status)
		status = nonce_next_n(nonces, secrets->rho, digits->n_digits);
	if (!status)
		status = nonce_next_n(nonces, secrets->kappa, TAG_DIMENSION);
	return status;
}

/* Adds a term to the sum that combine will compute. */
static void term(struct secrets *secrets, size_t *n, const struct scalar *scalar,
		 const struct affine *base)
{
	CHECK(*n < POINT_COMBINE_MAX);
	secrets->scalars[*n] = *scalar;
	point_from_affine(&secrets->points[*n], base);
	++*n;
}

static void combine(uint8_t *out, struct secrets *secrets, size_t n)
{
	struct point sum;

	points_combine(&sum, secrets->scalars, secrets->points, n);
	point_encode(out, &sum);
	wipe(&sum, sizeof sum);
}

/* A and B commit to the digits' nonces and the digits. */
static void commit_digits(uint8_t *proof, struct secrets *secrets, const struct digits *digits,
			  const struct generators *generators)
{
	struct scalar t;
	size_t n_a = 0, n_b = 0;

	for (unsigned d = 0; d < digits->n_digits; d++)
		for (unsigned c = 0; c < digits_radix(digits, d); c++) {
			const struct scalar *a = &secrets->a[d][c];

			term(secrets, &n_a, a, &generators->p[d][c]);
			scalar_mul(&t, a, a);
			scalar_neg(&t, &t);
			term(secrets, &n_a, &t, &generators->q[d][c]);
		}
	term(secrets, &n_a, &secrets->r_a, &generators->h);
	combine(proof + POINT_BYTES * LAYOUT_A, secrets, n_a);
	for (unsigned d = 0; d < digits->n_digits; d++)
		for (unsigned c = 0; c < digits_radix(digits, d); c++) {
			uint64_t is_digit = sigma(secrets, d, c);

			scalar_from_u64(&t, is_digit);
			term(secrets, &n_b, &t, &generators->p[d][c]);
			scalar_neg(&t, &secrets->a[d][c]);
			scalar_select(&t, is_digit, &t, &secrets->a[d][c]);
			term(secrets, &n_b, &t, &generators->q[d][c]);
		}
	term(secrets, &n_b, &secrets->r_b, &generators->h);
	combine(proof + POINT_BYTES * LAYOUT_B, secrets, n_b);
	wipe(&t, sizeof t);
}

/* X_d and Y hide the coefficients D_d and carry the tag's nonces. */
static void commit_coefficients(uint8_t *proof, struct secrets *secrets,
				const struct digits *digits, const struct generators *generators,
				const struct scope *scope)
{
	for (unsigned d = 0; d < digits->n_digits; d++) {
		size_t n = 1;

		secrets->scalars[0] = scalar_one;
		secrets->points[0] = secrets->d[d];
		term(secrets, &n, &secrets->rho[d], &generators->h);
		for (unsigned j = 0; d == 0 && j < TAG_DIMENSION; j++)
			term(secrets, &n, &secrets->kappa[j], &generators->g[j]);
		combine(proof + POINT_BYTES * (LAYOUT_X + d), secrets, n);
	}
	for (size_t j = 0; j < TAG_DIMENSION;)
		term(secrets, &j, &secrets->kappa[j], &scope->u[j]);
	combine(proof + POINT_BYTES * layout_y(digits), secrets, TAG_DIMENSION);
}

/* f, z_A, z_1..z_K, z_r. */
static void respond(uint8_t *proof, const struct secrets *secrets, const struct digits *digits,
		    const struct scalar *x, const struct opening *opening)
{
	const struct scalar *x_m = &x[digits->n_digits];
	uint8_t *next = proof + POINT_BYTES * layout_n_points(digits);
	struct scalar t, u;

	for (unsigned d = 0; d < digits->n_digits; d++)
		for (unsigned c = 1; c < digits_radix(digits, d); c++, next += SCALAR_BYTES) {
			scalar_select(&t, sigma(secrets, d, c), &x[1], &scalar_zero);
			scalar_add(&t, &t, &secrets->a[d][c]);
			scalar_encode(next, &t);
		}
	scalar_mul_add(&t, &secrets->r_b, &x[1], &secrets->r_a);
	scalar_encode(next, &t);
	next += SCALAR_BYTES;
	for (unsigned j = 0; j < TAG_DIMENSION; j++, next += SCALAR_BYTES) {
		scalar_mul(&t, &opening->s[j], x_m);
		scalar_sub(&t, &t, &secrets->kappa[j]);
		scalar_encode(next, &t);
	}
	scalar_mul(&t, &opening->r, x_m);
	for (unsigned d = 0; d < digits->n_digits; d++) {
		scalar_mul(&u, &secrets->rho[d], &x[d]);
		scalar_sub(&t, &t, &u);
	}
	scalar_encode(next, &t);
	wipe(&t, sizeof t);
	wipe(&u, sizeof u);
}

size_t sign_with_scratch_len(uint64_t n)
{
	return scratch_need(1, sizeof(struct secrets)) + contract_scratch_len(n);
}

enum undersign_status sign_with(uint8_t *out, size_t out_len, const struct generators *generators,
				const struct ring *ring, const struct scope *scope,
				struct bytes message, const struct opening *opening,
				const struct nonce_source *nonces, const struct progress *progress,
				void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct secrets *secrets = scratch_take(&memory, 1, sizeof *secrets);
	struct digits digits = digits_of_ring(ring->n);
	struct scalar challenge, x[PROOF_DIGITS + 1];
	enum undersign_status status;
	uint64_t found;

	CHECK(out_len == proof_len(ring->n));
	opening_commit(&secrets->points[0], generators, opening);
	sign_find(&secrets->i, &found, ring, &secrets->points[0]);
	/* Whether there is anything to sign with is seen by all from what happens next. */
	ct_declassify(&found, sizeof found);
	status = found ? opening_tag(out, scope, opening) : UNDERSIGN_E_MISSING;
	while (!status) {
		status = draw(secrets, &digits, nonces);
		if (status)
			break;
		commit_digits(out, secrets, &digits, generators);
		contract(secrets->d, ring, secrets->i,
			 (const struct scalar(*)[PROOF_RADIX])secrets->a, progress, memory.next,
			 memory.left);
		commit_coefficients(out, secrets, &digits, generators, scope);
		/* The first message is part of the proof, so public from here on. */
		ct_declassify(out, POINT_BYTES * layout_n_points(&digits));
		layout_challenge(&challenge, ring, scope, message, out);
		if (scalar_is_zero(&challenge))
			continue;
		layout_powers(x, &challenge, digits.n_digits);
		respond(out, secrets, &digits, x, opening);
		/* The responses are uniform: what hides the secrets was wiped or never leaves. */
		ct_declassify(out, out_len);
		break;
	}
	wipe(secrets, sizeof *secrets);
	if (status)
		wipe(out, out_len);
	return status;
}

size_t proof_sign_scratch_len(uint64_t n)
{
	struct ring ring = {.n = n, .n_points = (size_t)n};
	struct proof_item item = {.ring = &ring};
	size_t sign_len, verify_len;

	if (proof_len(n) == 0)
		return 0;
	sign_len = sign_with_scratch_len(n);
	verify_len = proof_verify_scratch_len(&item, 1);
	return sign_len > verify_len ? sign_len : verify_len;
}

/* What the hedge binds the nonces to. */
static void statement_digest(uint8_t out[static SHA512_BYTES], const struct ring *ring,
			     const struct scope *scope, struct bytes message)
{
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_item(&transcript, "ring", bytes_from(ring->id, HASH_BYTES));
	transcript_u64(&transcript, "N", ring->n);
	transcript_item(&transcript, "scope", bytes_from(scope->bytes, SCOPE_BYTES));
	transcript_item(&transcript, "msg", message);
	transcript_digest(out, &transcript);
}

enum undersign_status proof_sign(uint8_t *out, size_t out_len, const struct generators *generators,
				 const struct ring *ring, const struct scope *scope,
				 struct bytes message, const struct opening *opening,
				 const struct random_source *random,
				 const struct progress *progress, void *scratch, size_t scratch_len)
{
	struct proof_item item = {ring, scope, message, bytes_from(out, out_len)};
	uint8_t statement[SHA512_BYTES], secret[OPENING_BYTES];
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	enum undersign_status status;

	CHECK(scratch_len >= proof_sign_scratch_len(ring->n));
	statement_digest(statement, ring, scope, message);
	opening_encode(secret, opening);
	nonce_hedge_begin(&hedge, PROTOCOL_NAME " nonce sign", bytes_from(secret, sizeof secret),
			  statement, random);
	nonces = nonce_hedge_source(&hedge);
	status = sign_with(out, out_len, generators, ring, scope, message, opening, &nonces,
			   progress, scratch, scratch_len);
	nonce_hedge_wipe(&hedge);
	wipe(secret, sizeof secret);
	/* A fault in the computation must not leave the device: it could tell the secret. */
	if (!status && !proof_is_valid_vartime(generators, &item, scratch, scratch_len)) {
		wipe(out, out_len);
		status = UNDERSIGN_E_INVALID;
	}
	return status;
}

/* Proofs of possession of commitments (protocol 4.3, 4.4c), one and many. */
#include "bisect.h"
#include "ring_sum.h"
#include "scratch.h"
#include "sigma_engine.h"
#include "weights.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

#define BLOCK ((size_t)512)

void sigma_register_header(struct transcript *out, const struct sigma_registration *registration)
{
	transcript_begin(out);
	transcript_text(out, "type", "register");
	transcript_item(out, "org", registration->org);
	transcript_item(out, "meta", registration->meta);
	if (registration->column != 0)
		transcript_u32(out, "column", registration->column);
}

static void make_system(struct sigma_system *out, const struct generators *generators,
			const struct sigma_registration *registration)
{
	*out = (struct sigma_system){.n_rows = 1, .n_witnesses = TAG_DIMENSION + 1};
	sigma_commitment_row(out, 0, generators);
	memcpy(out->images[0], registration->commitment, POINT_BYTES);
}

enum undersign_status sigma_register_make(uint8_t out[static SIGMA_REGISTER_BYTES],
					  const struct generators *generators,
					  const struct sigma_registration *registration,
					  const struct opening *opening,
					  const struct random_source *random)
{
	struct sigma_system system;
	struct transcript header;
	struct scalar witness[SIGMA_WITNESSES];
	enum undersign_status status = UNDERSIGN_E_INVALID;
	uint64_t opens;

	make_system(&system, generators, registration);
	sigma_register_header(&header, registration);
	sigma_witness(witness, opening);
	opens = sigma_opens(&system, witness);
	/* Whether the file's commitment belongs to its secret: the caller made both. */
	ct_declassify(&opens, sizeof opens);
	if (opens)
		status = sigma_prove_hedged(out, SIGMA_REGISTER_BYTES, &header, &system, witness,
					    SIGMA_WITNESSES, PROTOCOL_NAME " nonce register",
					    random);
	else
		memset(out, 0, SIGMA_REGISTER_BYTES);
	wipe(witness, sizeof witness);
	return status;
}

bool sigma_register_is_valid_vartime(const struct generators *generators,
				     const struct sigma_registration *registration,
				     struct bytes proof)
{
	struct sigma_system system;
	struct transcript header;

	if (proof.len != SIGMA_REGISTER_BYTES)
		return false;
	make_system(&system, generators, registration);
	sigma_register_header(&header, registration);
	return sigma_holds_vartime(
		&header, &system, bytes_part(proof, 0, POINT_BYTES),
		bytes_part(proof, POINT_BYTES, SIGMA_REGISTER_BYTES - POINT_BYTES));
}

/* Many: sum over t of w_t (sum_b z_b M_b - R - x C) = 0, with one multiscalar multiplication a
 * block. */
struct audit {
	const struct generators *generators;
	const struct sigma_registration *registrations;
	const uint8_t *const *proofs;
	bool *verdicts;
	uint8_t seed[SHA512_BYTES];
	struct affine *points;
	struct scalar *scalars;
	size_t n_terms;
	struct scratch rest;
};

static size_t terms_of(size_t n)
{
	return 2 * (n < BLOCK ? n : BLOCK) + SIGMA_WITNESSES;
}

size_t sigma_register_batch_scratch_len(size_t n)
{
	return scratch_need(1, sizeof(struct audit)) +
	       scratch_need(terms_of(n), sizeof(struct affine)) +
	       scratch_need(terms_of(n), sizeof(struct scalar)) +
	       scratch_need(ring_sum_terms_scratch_len(terms_of(n)), 1);
}

static bool add_registration(struct audit *audit, struct scalar sums[static SIGMA_WITNESSES],
			     size_t t)
{
	const struct sigma_registration *registration = &audit->registrations[t];
	const uint8_t *proof = audit->proofs[t];
	struct affine *points = audit->points + audit->n_terms;
	struct scalar *scalars = audit->scalars + audit->n_terms;
	uint8_t encodings[2 * POINT_BYTES];
	struct scalar w[WEIGHTS_EACH], x, z[SIGMA_WITNESSES];
	struct sigma_system system;
	struct transcript header;

	memcpy(encodings, registration->commitment, POINT_BYTES);
	memcpy(encodings + POINT_BYTES, proof, POINT_BYTES);
	if (!sigma_scalars_decode(
		    z, SIGMA_WITNESSES,
		    bytes_from(proof + POINT_BYTES, SIGMA_REGISTER_BYTES - POINT_BYTES)) ||
	    points_decode_vartime(points, encodings, 2) != 2 ||
	    affine_is_identity_vartime(&points[0]))
		return false;
	make_system(&system, audit->generators, registration);
	sigma_register_header(&header, registration);
	sigma_challenge(&x, &header, &system, proof);
	weights_of_item(w, audit->seed, t);
	scalar_mul(&scalars[0], &w[0], &x);
	scalar_neg(&scalars[0], &scalars[0]);
	scalar_neg(&scalars[1], &w[0]);
	audit->n_terms += 2;
	for (unsigned b = 0; b < SIGMA_WITNESSES; b++)
		scalar_mul_add(&sums[b], &w[0], &z[b], &sums[b]);
	return true;
}

static void flush(struct audit *audit, struct point *total)
{
	struct point sum;

	msm_vartime(&sum, audit->scalars, audit->points, audit->n_terms, audit->rest.next,
		    audit->rest.left);
	point_add(total, total, &sum);
	audit->n_terms = 0;
}

static void total(void *cookie, struct point *out, size_t begin, size_t end)
{
	struct audit *audit = cookie;
	struct scalar sums[SIGMA_WITNESSES] = {{{0}}};

	point_identity(out);
	audit->n_terms = 0;
	for (size_t t = begin; t < end; t++) {
		if (audit->n_terms == 2 * BLOCK)
			flush(audit, out);
		if (audit->verdicts[t])
			audit->verdicts[t] = add_registration(audit, sums, t);
	}
	for (unsigned b = 0; b < SIGMA_WITNESSES; b++) {
		audit->points[audit->n_terms] =
			b < TAG_DIMENSION ? audit->generators->g[b] : audit->generators->h;
		audit->scalars[audit->n_terms++] = sums[b];
	}
	flush(audit, out);
}

static void exclude(void *cookie, size_t t)
{
	struct audit *audit = cookie;

	audit->verdicts[t] = false;
}

static void seed_audit(struct audit *audit, size_t n, const uint8_t *fresh)
{
	static const uint8_t none[HASH_BYTES];
	static const char label[] = PROTOCOL_NAME " audit";
	struct sha512 hash;

	sha512_begin(&hash);
	sha512_add(&hash, label, sizeof label);
	sha512_add(&hash, fresh ? fresh : none, HASH_BYTES);
	for (size_t t = 0; t < n; t++) {
		uint8_t statement[SHA512_BYTES];
		struct sigma_system system;
		struct transcript header;

		make_system(&system, audit->generators, &audit->registrations[t]);
		sigma_register_header(&header, &audit->registrations[t]);
		sigma_statement(statement, &header, &system);
		sha512_add(&hash, statement, sizeof statement);
		sha512_add(&hash, audit->proofs[t], SIGMA_REGISTER_BYTES);
	}
	sha512_end(&hash, audit->seed);
}

bool sigma_register_batch_vartime(bool *verdicts, const struct generators *generators,
				  const struct sigma_registration *registrations,
				  const uint8_t *const *proofs, size_t n, const uint8_t *fresh,
				  void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct audit *audit = scratch_take(&memory, 1, sizeof *audit);
	struct bisect bisect = {total, exclude, audit};
	bool is_all = true;

	*audit = (struct audit){
		.generators = generators,
		.registrations = registrations,
		.proofs = proofs,
		.verdicts = verdicts,
		.points = scratch_take(&memory, terms_of(n), sizeof(struct affine)),
		.scalars = scratch_take(&memory, terms_of(n), sizeof(struct scalar)),
	};
	audit->rest = memory;
	for (size_t t = 0; t < n; t++)
		verdicts[t] = true;
	seed_audit(audit, n, fresh);
	bisect_vartime(&bisect, n);
	for (size_t t = 0; t < n; t++)
		is_all = is_all && verdicts[t];
	return is_all;
}

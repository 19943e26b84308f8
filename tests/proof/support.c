#include "support.h"

#include "sign.h"
#include "sign_with.h"

#include "backend.h"
#include "memory.h"
#include "sha2.h"

#include <stdio.h>
#include <stdlib.h>

struct generators generators;
static uint64_t seed, counter;

void support_begin(const char *program)
{
	const char *text = getenv("UNDERSIGN_SEED"), *backend = getenv("UNDERSIGN_BACKEND");

	seed = text ? strtoull(text, NULL, 0) : 1;
	printf("%s: UNDERSIGN_SEED=%llu\n", program, (unsigned long long)seed);
	if (backend && backend_choose(backend) != UNDERSIGN_OK) {
		fprintf(stderr, "%s: UNDERSIGN_BACKEND=%s cannot be used here\n", program, backend);
		exit(77);
	}
	generators_new(&generators);
}

bool support_is_full(void)
{
	const char *text = getenv("UNDERSIGN_FULL");

	return text && text[0] == '1';
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	uint8_t input[16], digest[SHA512_BYTES];

	(void)cookie;
	while (len > 0) {
		size_t part = len < sizeof digest ? len : sizeof digest;
		struct writer writer = writer_new(input, sizeof input);

		writer_u64le(&writer, seed);
		writer_u64le(&writer, counter++);
		sha512(digest, bytes_from(input, sizeof input));
		memcpy(out, digest, part);
		out += part;
		len -= part;
	}
	return UNDERSIGN_OK;
}

const struct random_source support_random = {fill, NULL};

uint64_t support_u64(void)
{
	uint8_t data[8];
	struct cursor cursor = cursor_new(bytes_from(data, sizeof data));

	(void)fill(NULL, data, sizeof data);
	return cursor_u64le(&cursor);
}

uint64_t support_below(uint64_t limit)
{
	return support_u64() % limit;
}

struct scalar support_scalar(void)
{
	struct scalar out;

	assert_int_equal(nonce_fresh(&out, &support_random), UNDERSIGN_OK);
	return out;
}

static enum undersign_status fresh(void *cookie, struct scalar *out)
{
	(void)cookie;
	return nonce_fresh(out, &support_random);
}

const struct nonce_source support_nonces = {fresh, NULL};

void *support_memory(size_t len)
{
	void *memory = aligned_alloc(64, (len + 64) & ~(size_t)63);

	if (!memory)
		abort();
	return memory;
}

void test_ring_from_entries(struct test_ring *out, const struct entry *entries, size_t n,
			    const char *org)
{
	size_t len = universe_memory_len(n);
	struct problem problem = {{0}, {0}, {0}};

	*out = (struct test_ring){.n = n};
	out->openings = support_memory(n * sizeof *out->openings);
	memset(out->openings, 0, n * sizeof *out->openings);
	out->sources = support_memory(n * POINT_BYTES);
	out->entries = support_memory(n * sizeof *out->entries);
	out->members = support_memory(n * sizeof *out->members);
	out->memory = support_memory(len);
	for (size_t k = 0; k < n; k++) {
		memcpy(out->sources[k], entries[k].source, POINT_BYTES);
		out->entries[k] = entries[k];
		out->entries[k].source = out->sources[k];
	}
	universe_new(&out->universe, n, out->memory, len);
	list_begin(&out->list, &out->universe, out->members, n);
	assert_int_equal(list_append(&out->list, out->entries, n, &problem), UNDERSIGN_OK);
	list_snapshot(&out->at, &out->list);
	assert_int_equal(
		ring_of_list(&out->ring, &out->list, &out->at, bytes_from_text(org), &problem),
		UNDERSIGN_OK);
}

void test_ring_new(struct test_ring *out, size_t n, const char *org)
{
	struct opening *openings = support_memory(n * sizeof *openings);
	uint8_t(*sources)[POINT_BYTES] = support_memory(n * POINT_BYTES);
	struct entry *entries = support_memory(n * sizeof *entries);

	for (size_t k = 0; k < n; k++) {
		assert_int_equal(opening_new(&openings[k], &support_random), UNDERSIGN_OK);
		opening_commit_encoded(sources[k], &generators, &openings[k]);
		entries[k] = (struct entry){ENTRY_COMMITMENT, sources[k], bytes_from(NULL, 0)};
	}
	test_ring_from_entries(out, entries, n, org);
	memcpy(out->openings, openings, n * sizeof *openings);
	free(openings);
	free(sources);
	free(entries);
}

void test_ring_new_large(struct test_ring *out, size_t n, size_t i, const char *org)
{
	uint8_t(*sources)[POINT_BYTES] = support_memory(n * POINT_BYTES);
	struct entry *entries = support_memory(n * sizeof *entries);
	struct scalar start = support_scalar();
	struct point point = test_base_mul(&start), step;
	struct opening opening;

	start = support_scalar();
	step = test_base_mul(&start);
	assert_int_equal(opening_new(&opening, &support_random), UNDERSIGN_OK);
	for (size_t k = 0; k < n; k++) {
		point_encode(sources[k], &point);
		point_add(&point, &point, &step);
		entries[k] = (struct entry){ENTRY_COMMITMENT, sources[k], bytes_from(NULL, 0)};
	}
	opening_commit_encoded(sources[i], &generators, &opening);
	test_ring_from_entries(out, entries, n, org);
	out->openings[i] = opening;
	free(sources);
	free(entries);
}

void test_ring_free(struct test_ring *ring)
{
	free(ring->openings);
	free(ring->sources);
	free(ring->entries);
	free(ring->members);
	free(ring->memory);
	*ring = (struct test_ring){0};
}

struct bytes test_sign(const struct ring *ring, const struct scope *scope, struct bytes message,
		       const struct opening *opening)
{
	size_t len = proof_len(ring->n), scratch_len = proof_sign_scratch_len(ring->n);
	uint8_t *proof = support_memory(len), *scratch = support_memory(scratch_len);

	assert_int_equal(proof_sign(proof, len, &generators, ring, scope, message, opening,
				    &support_random, NULL, scratch, scratch_len),
			 UNDERSIGN_OK);
	free(scratch);
	return bytes_from(proof, len);
}

struct bytes test_sign_with(const struct ring *ring, const struct scope *scope,
			    struct bytes message, const struct opening *opening,
			    const struct nonce_source *nonces)
{
	size_t len = proof_len(ring->n), scratch_len = sign_with_scratch_len(ring->n);
	uint8_t *proof = support_memory(len), *scratch = support_memory(scratch_len);

	assert_int_equal(sign_with(proof, len, &generators, ring, scope, message, opening, nonces,
				   NULL, scratch, scratch_len),
			 UNDERSIGN_OK);
	free(scratch);
	return bytes_from(proof, len);
}

bool test_is_valid_under(const struct generators *used, const struct ring *ring,
			 const struct scope *scope, struct bytes message, struct bytes proof)
{
	struct proof_item item = {ring, scope, message, proof};
	size_t len = proof_verify_scratch_len(&item, 1);
	void *scratch = support_memory(len);
	bool is_valid = proof_is_valid_vartime(used, &item, scratch, len);

	free(scratch);
	return is_valid;
}

bool test_is_valid(const struct ring *ring, const struct scope *scope, struct bytes message,
		   struct bytes proof)
{
	return test_is_valid_under(&generators, ring, scope, message, proof);
}

static enum undersign_status tape_next(void *cookie, struct scalar *out)
{
	struct tape *tape = cookie;
	uint8_t input[9 + 8], digest[SHA512_BYTES];
	struct writer writer = writer_new(input, sizeof input);

	writer_text(&writer, "test tape");
	writer_u64le(&writer, ++tape->k);
	sha512(digest, writer_view(&writer));
	scalar_reduce_wide(out, digest);
	return UNDERSIGN_OK;
}

struct nonce_source tape_nonces(struct tape *tape)
{
	return (struct nonce_source){tape_next, tape};
}

struct point test_mul(const struct scalar *scalar, const struct point *point)
{
	struct point out;

	point_mul(&out, scalar, point);
	return out;
}

struct point test_base_mul(const struct scalar *scalar)
{
	struct point out;

	point_mul_base(&out, scalar);
	return out;
}

struct point test_decode(const uint8_t *encoding)
{
	struct point out;

	assert_int_equal(point_decode_vartime(&out, encoding), UNDERSIGN_OK);
	return out;
}

void test_encode(uint8_t *out, const struct point *point)
{
	point_encode(out, point);
}

struct scalar test_scalar_decode(const uint8_t *encoding)
{
	struct scalar out;

	assert_int_equal(scalar_decode(&out, encoding), UNDERSIGN_OK);
	return out;
}

struct scalar test_u64(uint64_t value)
{
	struct scalar out;

	scalar_from_u64(&out, value);
	return out;
}

struct scalar test_product(struct scalar a, struct scalar b)
{
	scalar_mul(&a, &a, &b);
	return a;
}

struct scalar test_sum(struct scalar a, struct scalar b)
{
	scalar_add(&a, &a, &b);
	return a;
}

struct scalar test_difference(struct scalar a, struct scalar b)
{
	scalar_sub(&a, &a, &b);
	return a;
}

struct point test_point_sum(struct point a, struct point b)
{
	point_add(&a, &a, &b);
	return a;
}

struct point test_from_affine(const struct affine *affine)
{
	struct point out;

	point_from_affine(&out, affine);
	return out;
}

struct affine test_affine(struct point point)
{
	struct affine out;

	affine_from_point(&out, &point);
	return out;
}

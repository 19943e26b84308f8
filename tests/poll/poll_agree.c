/* Prints a poll of its own as JSON, in the form of tests/vectors/poll.json, for the second
 * implementation to check (tests/reference/test_poll.py). */
#include "poll_support.h"

#include "memory.h"

#include <stdio.h>

#define TRUSTEES 5
#define ANSWERS  3

static void hex(const uint8_t *data, size_t len)
{
	putchar('"');
	for (size_t k = 0; k < len; k++)
		printf("%02x", data[k]);
	putchar('"');
}

static void member(const char *key, const uint8_t *data, size_t len)
{
	printf("\"%s\":", key);
	hex(data, len);
	puts(",");
}

static void member_scalar(const struct scalar *scalar, bool is_last)
{
	uint8_t encoded[SCALAR_BYTES];

	scalar_encode(encoded, scalar);
	hex(encoded, sizeof encoded);
	puts(is_last ? "]," : ",");
}

static void print_key(const struct test_trustees *t)
{
	uint8_t complaint[TRUSTEE_COMPLAINT_BYTES], encoded[POINT_BYTES];
	const struct bytes *deals = t->deals;

	printf("{\"threshold\":%u,\n\"names\":[", t->threshold);
	for (unsigned i = 0; i < t->n; i++) {
		hex(t->names[i].data, t->names[i].len);
		puts(i + 1 < t->n ? "," : "],");
	}
	puts("\"secrets\":[");
	for (unsigned i = 0; i < t->n; i++)
		member_scalar(&t->secrets[i], i + 1 == t->n);
	puts("\"shares\":[");
	for (unsigned i = 0; i < t->n; i++)
		member_scalar(&t->shares[i], i + 1 == t->n);
	puts("\"keys\":[");
	for (unsigned i = 0; i < t->n; i++) {
		hex(t->keys[i], TRUSTEE_KEY_BYTES);
		puts(i + 1 < t->n ? "," : "],");
	}
	puts("\"deals\":[");
	for (unsigned i = 0; i < t->n; i++) {
		hex(deals[i].data, deals[i].len);
		puts(i + 1 < t->n ? "," : "],");
	}
	puts("\"accepts\":[");
	for (unsigned i = 0; i < t->n; i++) {
		hex(t->accepts[i], TRUSTEE_ACCEPT_BYTES);
		puts(i + 1 < t->n ? "," : "],");
	}
	puts("\"P\":[");
	for (unsigned i = 0; i < t->n; i++) {
		struct point point = test_from_affine(&t->trustees.verifiers[i]);

		test_encode(encoded, &point);
		hex(encoded, sizeof encoded);
		puts(i + 1 < t->n ? "," : "],");
	}
	assert_int_equal(trustee_complaint_make(complaint, &t->ceremony, deals[1], 2, 4,
						&t->secrets[3], &support_random),
			 UNDERSIGN_OK);
	member("complaint_2_4", complaint, sizeof complaint);
	member("ceremony", t->ceremony.id, HASH_BYTES);
	member("Y", t->trustees.key.encoded, POINT_BYTES);
	member("key_id", t->trustees.key.id, HASH_BYTES);
}

/* Prints the answers; adds them up. */
static void print_answers(const struct test_poll *poll, struct sums_cell *cells, uint64_t *counts)
{
	const size_t n = shape_n_options(&poll->shape);
	uint8_t payload[ANSWER_PAYLOAD_BYTES];
	struct test_answer answer;

	puts("\"answers\":[");
	for (size_t k = 0; k < ANSWERS; k++) {
		test_answer_new(&answer, poll);
		if (k == 0)
			answer_payload(payload, &poll->shape, answer.data);
		assert_int_equal(sums_add_vartime(cells, answer.data, n), UNDERSIGN_OK);
		puts("{");
		member("ring", answer.ring_id, HASH_BYTES);
		member("T", answer.tag, POINT_BYTES);
		printf("\"answer\":");
		hex(answer.data, answer.item.answer.len);
		puts(k + 1 < ANSWERS ? "}," : "}],");
		for (size_t o = 0; o < n; o++)
			counts[o] += answer.choices[o];
	}
	member("payload_0", payload, sizeof payload);
}

int main(void)
{
	static const struct shape shape = {2, {{4, 1, 1}, {3, 0, 2}}};
	static struct test_trustees trustees;
	const size_t n = shape_n_options(&shape);
	uint8_t sums[7 * CIPHERTEXT_BYTES], scratch[7 * POINT_BYTES], data[9 * POINT_BYTES];
	uint64_t counts[7] = {0};
	uint8_t code[SHAPE_BYTES_MAX];
	struct writer writer = writer_new(code, sizeof code);
	struct sums_cell cells[7];
	struct test_poll poll;

	poll_support_begin("poll-agree"); /* prints the first line, which is no JSON */
	test_trustees_new(&trustees, 3, TRUSTEES);
	test_poll_new(&poll, &trustees, &shape, "a poll");
	print_key(&trustees);
	puts("\"questions\":[[4,1,1],[3,0,2]],");
	shape_write(&writer, &shape);
	member("shape", code, writer.len);
	member("scope", poll.scope.bytes, SCOPE_BYTES);
	sums_begin(cells, n);
	print_answers(&poll, cells, counts);
	sums_encode(sums, cells, n);
	member("sums", sums, CIPHERTEXT_BYTES * n);
	const struct share_poll about = {&trustees.trustees, poll.scope.bytes, sums, n};
	puts("\"decryptions\":[");
	for (unsigned j = 1; j <= TRUSTEES; j++) {
		assert_int_equal(share_make(data, &about, j, &trustees.shares[j - 1],
					    &support_random, scratch),
				 UNDERSIGN_OK);
		hex(data, share_len(n));
		puts(j < TRUSTEES ? "," : "],");
	}
	printf("\"counts\":[");
	for (size_t o = 0; o < n; o++)
		printf("%llu%s", (unsigned long long)counts[o], o + 1 < n ? "," : "]}\n");
	return 0;
}

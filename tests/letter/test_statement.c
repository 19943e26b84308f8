/* Statements, statement files and the order of an epoch's entries: form, and every rule of formats
 * 5, 6.1 and 6.2 that needs no ring. */
#include "order.h"
#include "record.h"
#include "statement.h"
#include "vectors.h"

#include "testing.h"

static uint8_t context[HASH_BYTES] = {1, 2, 3};
static uint8_t proof[PROOF_LEN_MAX + 64];

/* A signature of the letter whose proof begins with this tag. */
static struct statement signature(uint8_t tag, uint8_t ring, uint32_t seq)
{
	struct statement out = {.action = MESSAGE_SIGN, .seq = seq};
	static uint8_t proofs[256][PROOF_LEN_MAX];

	out.scope[0] = SCOPE_LETTER;
	memcpy(out.scope + 1, context, sizeof context);
	memset(out.ring_id, ring, sizeof out.ring_id);
	memset(proofs[tag], tag, POINT_BYTES);
	out.proof = bytes_from(proofs[tag], proof_len(20));
	return out;
}

/* The entry of a statement; malloc'ed. */
static struct bytes entry_of(const struct statement *statement)
{
	struct writer measure = writer_new(NULL, 0);

	statement_write(&measure, statement);
	struct writer writer = writer_new(malloc(measure.len), measure.len);
	statement_write(&writer, statement);
	return writer_view(&writer);
}

static void reads_what_it_writes(void **state)
{
	struct statement first = signature(7, 9, 0x01020304), read;

	(void)state;
	first.body = BYTES("a body");
	struct bytes entry = entry_of(&first);
	assert_int_equal(entry.len, 79 + proof_len(20) + 6);
	assert_int_equal(STATEMENT_SIGNATURE_HEADER, 79);
	assert_memory_equal(entry.data, "\x01\x01\x01\x01\x02\x03", 6);
	assert_memory_equal(entry.data + 39, first.ring_id, HASH_BYTES);
	assert_memory_equal(entry.data + 71, "\x04\x03\x02\x01", 4);
	assert_int_equal(entry.data[75] | entry.data[76] << 8, proof_len(20));
	assert_int_equal(statement_parse(&read, entry, NULL), UNDERSIGN_OK);
	assert_int_equal(read.action, MESSAGE_SIGN);
	assert_memory_equal(read.scope, first.scope, SCOPE_BYTES);
	assert_memory_equal(read.ring_id, first.ring_id, HASH_BYTES);
	assert_int_equal(read.seq, 0x01020304);
	assert_bytes_equal(read.proof, first.proof);
	assert_bytes_equal(read.body, first.body);
	assert_bytes_equal(read.entry, entry);
	assert_int_equal(statement_tag(&read)[31], 7);
	free((void *)entry.data);

	first.action = MESSAGE_WITHDRAW;
	first.proof.len = SIGMA_WITHDRAW_BYTES;
	entry = entry_of(&first);
	assert_int_equal(entry.len, 47 + SIGMA_WITHDRAW_BYTES + 6);
	assert_int_equal(statement_parse(&read, entry, NULL), UNDERSIGN_OK);
	assert_int_equal(read.action, MESSAGE_WITHDRAW);
	assert_int_equal(read.ring_id[0], 0);
	assert_int_equal(read.seq, 0x01020304);
	free((void *)entry.data);
}

static void refuses_bad_forms(void **state)
{
	struct statement good = signature(7, 9, 1), read;
	struct problem problem = {0};
	struct bytes entry = entry_of(&good);
	uint8_t *bad = malloc(entry.len + 1);

	(void)state;
	for (size_t len = 0; len < entry.len; len++)
		assert_int_equal(statement_parse(&read, bytes_from(entry.data, len), NULL),
				 UNDERSIGN_E_FORMAT);
	memcpy(bad, entry.data, entry.len);
	bad[entry.len] = 0;
	assert_int_equal(statement_parse(&read, bytes_from(bad, entry.len + 1), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.what, "bytes follow the body");
	for (int action = 0; action < 256; action++) {
		bad[1] = (uint8_t)action;
		/* As a withdrawal the same bytes have other lengths. */
		assert_int_equal(statement_parse(&read, bytes_from(bad, entry.len), NULL),
				 action == MESSAGE_SIGN ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
	bad[1] = MESSAGE_SIGN;
	for (int kind = 0; kind < 256; kind++) {
		bad[0] = (uint8_t)kind;
		assert_int_equal(statement_parse(&read, bytes_from(bad, entry.len), NULL),
				 kind == 1 ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
	assert_null(read.proof.data);
	free(bad);
	free((void *)entry.data);
	/* A proof without a whole tag. */
	uint8_t small[79 + 31] = {1, 1};
	small[75] = 31;
	assert_int_equal(statement_parse(&read, bytes_from(small, sizeof small), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.rule, "tag of 32 bytes"));
	uint8_t *large = calloc(1, 65536);
	large[0] = large[1] = 1;
	assert_int_equal(statement_parse(&read, bytes_from(large, 65536), NULL), UNDERSIGN_E_LIMIT);
	free(large);
}

/* 6.2, and M-18: no other kind and no other index in a letter's scope. */
static void checks_what_a_letter_asks(void **state)
{
	struct problem problem = {0};
	struct statement statement = signature(7, 9, 1);
	uint8_t other[HASH_BYTES] = {1, 2, 4};

	(void)state;
	assert_true(statement_is_of_letter(&statement, context));
	assert_int_equal(statement_check_letter(&statement, context, &problem), UNDERSIGN_OK);
	assert_false(problem_is_set(&problem));
	assert_false(statement_is_of_letter(&statement, other));
	assert_int_equal(statement_check_letter(&statement, other, NULL), UNDERSIGN_E_INVALID);

	for (int kind = 0; kind < 256; kind++) {
		statement.scope[0] = (uint8_t)kind;
		assert_int_equal(statement_check_letter(&statement, context, NULL),
				 kind == 1 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
		assert_true(statement_is_of_letter(&statement, context));
	}
	statement.scope[0] = SCOPE_LETTER;
	for (int bit = 0; bit < 32; bit++) {
		statement.scope[33 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(statement_check_letter(&statement, context, &problem),
				 UNDERSIGN_E_INVALID);
		assert_non_null(strstr(problem.rule, "index 0"));
		statement.scope[33 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	statement.seq = 0;
	assert_int_equal(statement_check_letter(&statement, context, &problem),
			 UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.rule, "seq"));
	statement = signature(7, 9, 1);
	statement.body = BYTES("x");
	assert_int_equal(statement_check_letter(&statement, context, &problem),
			 UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.rule, "no body"));
}

/* Every length that some ring has, and no other. */
static void knows_the_lengths_of_proofs(void **state)
{
	static bool is_good[PROOF_LEN_MAX + 65];
	struct statement statement = signature(7, 9, 1);

	(void)state;
	for (uint64_t n = 2; n <= RING_MAX; n += n < 5000 ? 1 : n / 64)
		is_good[proof_len(n)] = true;
	is_good[proof_len(RING_MAX)] = true;
	for (size_t len = POINT_BYTES; len < sizeof is_good; len++) {
		statement.action = MESSAGE_SIGN;
		statement.proof = bytes_from(proof, len);
		assert_int_equal(statement_check_letter(&statement, context, NULL),
				 is_good[len] ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
		statement.action = MESSAGE_WITHDRAW;
		assert_int_equal(statement_check_letter(&statement, context, NULL),
				 len == SIGMA_WITHDRAW_BYTES ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
	}
}

/* The vectors' scope is a letter's, its poll's is not; messages are those of 10.6. */
static void agrees_with_the_vectors(void **state)
{
	json_t *all = vectors_load();
	const json_t *letter = vectors_get(all, "letter");
	const json_t *messages = vectors_get(all, "messages");
	struct bytes scope = vectors_hex_of(letter, "scope");
	struct bytes poll = vectors_hex_of(letter, "poll_0_scope");
	struct bytes id = vectors_hex_of(letter, "context");
	struct bytes withdraw = vectors_hex_of(messages, "withdraw_seq2");
	struct bytes sign = vectors_hex_of(messages, "sign_seq1_choices_2_0");
	struct bytes body = vectors_hex_of(messages, "body");
	struct statement statement = signature(7, 9, 1);
	struct manifest manifest = {0};
	uint8_t out[STATEMENT_MESSAGE_MAX], hash[SHA512_BYTES];
	struct writer writer = writer_new(out, sizeof out);

	(void)state;
	memcpy(statement.scope, scope.data, SCOPE_BYTES);
	assert_int_equal(statement_check_letter(&statement, id.data, NULL), UNDERSIGN_OK);
	memcpy(statement.scope, poll.data, SCOPE_BYTES);
	assert_true(statement_is_of_letter(&statement, id.data));
	assert_int_equal(statement_check_letter(&statement, id.data, NULL), UNDERSIGN_E_INVALID);
	/* The vector's payload is an answer's; a letter's is empty: the length differs, and no
	 * more. */
	sha512(hash, body);
	memcpy(manifest.sha512, hash, sizeof hash);
	statement_message(&writer, &statement, &manifest);
	assert_int_equal(writer.len, 71);
	assert_memory_equal(out, sign.data, 69);
	assert_memory_equal(out + 69, "\0\0", 2);
	statement.action = MESSAGE_WITHDRAW;
	statement.seq = 2;
	writer = writer_new(out, sizeof out);
	statement_message(&writer, &statement, &manifest);
	assert_bytes_equal(writer_view(&writer), withdraw);
	const struct bytes taken[] = {scope, poll, id, withdraw, sign, body};
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		free((void *)taken[i].data);
	json_decref(all);
}

/* A file of these statements, in a static buffer. */
static struct bytes file_of(const struct statement *first, const struct statement *second)
{
	static uint8_t file[STATEMENT_FILE_MAX];
	struct writer writer = writer_new(file, sizeof file);
	struct bytes entries[2] = {entry_of(first), second ? entry_of(second) : BYTES("")};

	statement_file_write(&writer, entries, second ? 2 : 1);
	free((void *)entries[0].data);
	if (second)
		free((void *)entries[1].data);
	return writer_view(&writer);
}

static void reads_files(void **state)
{
	struct statement first = signature(7, 9, 3), second = signature(7, 10, 3);
	struct statement_file file;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(statement_file_parse(&file, file_of(&first, NULL), NULL), UNDERSIGN_OK);
	assert_int_equal(file.n, 1);
	struct bytes text = file_of(&first, &second);
	assert_int_equal(statement_file_parse(&file, text, NULL), UNDERSIGN_OK);
	assert_int_equal(file.n, 2);
	assert_int_equal(file.statements[0].ring_id[0], 9);
	assert_int_equal(file.statements[1].ring_id[0], 10);
	/* Any cut, any addition, any other number. */
	uint8_t *bad = malloc(text.len + 1);
	memcpy(bad, text.data, text.len);
	bad[text.len] = 0;
	for (size_t len = 0; len <= text.len + 1; len++)
		assert_int_equal(statement_file_parse(&file, bytes_from(bad, len), NULL),
				 len == text.len ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	assert_int_equal(file.n, 0);
	for (int n = 0; n < 256; n++) {
		bad[25] = (uint8_t)n;
		assert_int_equal(statement_file_parse(&file, bytes_from(bad, text.len), NULL),
				 n == 2 ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
	bad[25] = 2;
	bad[28] = 3; /* the first entry's kind */
	assert_int_equal(statement_file_parse(&file, bytes_from(bad, text.len), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.where, "entry 1"));
	bad[28] = 1;
	bad[0] = 'U';
	assert_int_equal(statement_file_parse(&file, bytes_from(bad, text.len), NULL),
			 UNDERSIGN_E_FORMAT);
	free(bad);
}

static void refuses_second_proofs_that_differ(void **state)
{
	struct statement_file file;

	(void)state;
	for (int kind = 0; kind < 7; kind++) {
		static const char *const rules[] = {"scope of the first", "seq of the first",
						    "tag of the first",   "another ring",
						    "only a signature",   "only a signature",
						    "only a signature"};
		struct statement first = signature(7, 9, 3), second = signature(7, 10, 3);
		struct problem problem = {0};

		if (kind == 0)
			second.scope[36] = 1;
		if (kind == 1)
			second.seq = 4;
		if (kind == 2)
			second = signature(8, 10, 3);
		if (kind == 3)
			second = signature(7, 9, 3);
		if (kind == 4 || kind == 6)
			first.action = MESSAGE_WITHDRAW;
		if (kind == 5 || kind == 6)
			second.action = MESSAGE_WITHDRAW;
		assert_int_equal(statement_file_parse(&file, file_of(&first, &second), &problem),
				 UNDERSIGN_E_INVALID);
		if (!strstr(problem.rule, rules[kind]))
			fail_msg("case %d: %s", kind, problem.rule);
	}
}

static void reads_epoch_headers(void **state)
{
	const struct order_epoch epoch = {UINT64_C(0x0102030405060708), 1935532800};
	uint8_t out[ORDER_HEADER_BYTES + 1] = {0};
	struct order_epoch read;

	(void)state;
	order_epoch_write(out, &epoch);
	assert_memory_equal(out, "\x02\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0", 13);
	assert_int_equal(order_epoch_parse(&read, bytes_from(out, ORDER_HEADER_BYTES), NULL),
			 UNDERSIGN_OK);
	assert_true(read.number == epoch.number && read.seconds == epoch.seconds);
	for (size_t len = 0; len <= sizeof out; len++)
		assert_int_equal(order_epoch_parse(&read, bytes_from(out, len), NULL),
				 len == ORDER_HEADER_BYTES ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	out[0] = 1;
	assert_int_equal(order_epoch_parse(&read, bytes_from(out, ORDER_HEADER_BYTES), NULL),
			 UNDERSIGN_E_FORMAT);
	assert_true(read.number == 0);
	assert_int_equal(order_kind_of(BYTES("\x02x")), ORDER_HEADER);
	assert_int_equal(order_kind_of(BYTES("\x01")), ORDER_STATEMENT);
	assert_int_equal(order_kind_of(BYTES("undersigned")), ORDER_RECORD);
	assert_int_equal(order_kind_of(BYTES("")), ORDER_RECORD);
}

static struct order_key key_of(uint64_t epoch, struct bytes entry)
{
	struct order_key key;

	assert_int_equal(order_key_of(&key, epoch, entry, NULL), UNDERSIGN_OK);
	return key;
}

static int sign_of(int order)
{
	return (order > 0) - (order < 0);
}

static void orders_entries(void **state)
{
	uint8_t header[ORDER_HEADER_BYTES], input[40], hash_a[SHA256_BYTES], hash_b[SHA256_BYTES];
	struct statement a = signature(1, 9, 1), b = signature(2, 9, 1);
	struct bytes entries[4];
	struct order_key keys[4], key;
	static const char *const records[] = {
		"undersigned log v1\nx\n",    "undersigned roster v1\nx\n",
		"undersigned letter v1\nx\n", "undersigned open v1\nx\n",
		"undersigned extend v1\nx\n", "undersigned close v1\nx\n",
		"another first line\n",
	};

	(void)state;
	/* Records by rank, after the header, before statements. */
	order_epoch_write(header, &(struct order_epoch){5, 5});
	struct bytes entry = entry_of(&a);
	for (size_t i = 0; i < 7; i++) {
		struct order_key record = key_of(5, BYTES(records[i]));
		struct order_key first = key_of(5, bytes_from(header, sizeof header));
		struct order_key last = key_of(5, entry);

		assert_int_equal(record.rank, i);
		assert_true(order_compare(&first, &record) < 0);
		assert_true(order_compare(&record, &last) < 0);
		assert_true(order_compare(&last, &record) > 0);
		assert_int_equal(order_compare(&record, &record), 0);
		for (size_t j = 0; j < i; j++) {
			struct order_key before = key_of(5, BYTES(records[j]));

			assert_true(order_compare(&before, &record) < 0);
		}
	}
	/* Of one rank, by SHA-256. */
	struct order_key x = key_of(5, BYTES("x\n")), y = key_of(5, BYTES("y\n"));
	sha256(hash_a, BYTES("x\n"));
	sha256(hash_b, BYTES("y\n"));
	assert_int_equal(sign_of(order_compare(&x, &y)),
			 sign_of(memcmp(hash_a, hash_b, sizeof hash_a)));

	/* Statements by SHA-256(epoch, tag), so that epochs order the same tags anew. */
	struct bytes other = entry_of(&b);
	int signs = 0;
	for (uint64_t epoch = 0; epoch < 64; epoch++) {
		struct writer writer = writer_new(input, sizeof input);

		writer_u64be(&writer, epoch);
		writer_put(&writer, statement_tag(&a), POINT_BYTES);
		sha256(hash_a, writer_view(&writer));
		memcpy(input + 8, statement_tag(&b), POINT_BYTES);
		sha256(hash_b, bytes_from(input, sizeof input));
		keys[0] = key_of(epoch, entry);
		keys[1] = key_of(epoch, other);
		assert_memory_equal(keys[0].lead, hash_a, sizeof hash_a);
		assert_int_equal(sign_of(order_compare(&keys[0], &keys[1])),
				 sign_of(memcmp(hash_a, hash_b, sizeof hash_a)));
		signs += order_compare(&keys[0], &keys[1]) < 0;
	}
	assert_in_range(signs, 10, 54);
	free((void *)other.data);

	/* Of one tag: seq, action, hash. */
	struct statement c = signature(1, 9, 2), d = signature(1, 8, 2), e = signature(1, 9, 2);
	e.action = MESSAGE_WITHDRAW;
	entries[0] = entry;
	entries[1] = entry_of(&c);
	entries[2] = entry_of(&d);
	entries[3] = entry_of(&e);
	for (size_t i = 0; i < 4; i++)
		keys[i] = key_of(5, entries[i]);
	assert_true(order_compare(&keys[0], &keys[1]) < 0);
	assert_true(order_compare(&keys[0], &keys[3]) < 0);
	assert_true(order_compare(&keys[1], &keys[3]) < 0);
	assert_true(order_compare(&keys[2], &keys[3]) < 0);
	assert_int_equal(sign_of(order_compare(&keys[1], &keys[2])),
			 sign_of(memcmp(keys[1].entry, keys[2].entry, SHA256_BYTES)));
	assert_int_not_equal(order_compare(&keys[1], &keys[2]), 0);
	assert_int_equal(order_key_of(&key, 5, bytes_from(entry.data, 50), NULL),
			 UNDERSIGN_E_FORMAT);
	assert_int_equal(key.kind, 0);
	for (size_t i = 0; i < 4; i++)
		free((void *)entries[i].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_bad_forms),
		cmocka_unit_test(checks_what_a_letter_asks),
		cmocka_unit_test(knows_the_lengths_of_proofs),
		cmocka_unit_test(agrees_with_the_vectors),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(refuses_second_proofs_that_differ),
		cmocka_unit_test(reads_epoch_headers),
		cmocka_unit_test(orders_entries),
	};

	return cmocka_run_group_tests_name("letter statement", tests, NULL, NULL);
}

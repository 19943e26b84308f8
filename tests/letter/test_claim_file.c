/* Claims and verifiers' keys as texts: round trips, and every rule of formats 8.2. */
#include "claim_file.h"

#include "testing.h"

#define LETTER "913cb1767ad892c8e3f11ee2be0033aed0b1a75e90f546e50e4b667dd0fb0b36"

static uint8_t text_a[CLAIM_FILE_MAX + 100], text_b[2 * CLAIM_FILE_MAX];

static struct claim_file sample(bool is_designated)
{
	struct claim_file claim = {
		.ring = BYTES("Alder Institute"),
		.version = 2,
		.index = 41,
		.text = BYTES("I, number 42, signed"),
		.is_designated = is_designated,
	};

	memset(claim.letter, 0xab, sizeof claim.letter);
	memset(claim.proof, 0x17, claim_file_proof(&claim).len);
	if (is_designated) {
		memset(claim.vk, 3, sizeof claim.vk);
		memset(claim.vk_proof, 4, sizeof claim.vk_proof);
		memset(claim.tag, 5, sizeof claim.tag);
		claim.verifier = BYTES("M. Reader of the Cadwen Post");
	}
	return claim;
}

static struct bytes written(const struct claim_file *claim)
{
	struct writer writer = writer_new(text_a, sizeof text_a);

	claim_file_write(&writer, claim);
	return writer_view(&writer);
}

static void reads_what_it_writes(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct claim_file claim = sample(i == 1), read;
		struct writer writer = writer_new(text_b, sizeof text_b);
		struct problem problem = {0};
		struct bytes text = written(&claim);

		assert_int_equal(claim_file_parse(&read, text, &problem), UNDERSIGN_OK);
		assert_memory_equal(read.letter, claim.letter, sizeof claim.letter);
		assert_bytes_equal(read.ring, claim.ring);
		assert_int_equal(read.version, 2);
		assert_int_equal(read.index, 41);
		assert_bytes_equal(read.text, claim.text);
		assert_int_equal(read.is_designated, i == 1);
		assert_memory_equal(read.proof, claim.proof, sizeof claim.proof);
		assert_memory_equal(read.vk, claim.vk, sizeof claim.vk);
		assert_memory_equal(read.tag, claim.tag, sizeof claim.tag);
		assert_bytes_equal(read.verifier, claim.verifier);
		assert_int_equal(claim_file_proof(&read).len, i == 1 ? 352 : 256);
		assert_int_equal(claim_file_tag(&read)[0], i == 1 ? 5 : 0x17);
		claim_file_write(&writer, &read);
		assert_bytes_equal(writer_view(&writer), text);
		for (size_t len = 0; len < text.len; len++)
			assert_int_equal(claim_file_parse(&read, bytes_from(text.data, len), NULL),
					 UNDERSIGN_E_FORMAT);
		assert_null(read.ring.data);
	}
}

/* Replaces the first `from` of the text in text_a by `to`, in text_b. */
static struct bytes replaced(struct bytes text, const char *from, const char *to)
{
	struct writer writer = writer_new(text_b, sizeof text_b);
	size_t at = 0, len = strlen(from);

	while (at + len <= text.len && memcmp(text.data + at, from, len) != 0)
		at++;
	if (at + len > text.len)
		fail_msg("the sample has no %s", from);
	writer_bytes(&writer, bytes_part(text, 0, at));
	writer_text(&writer, to);
	writer_bytes(&writer, bytes_part(text, at + len, text.len - at - len));
	return writer_view(&writer);
}

static void refuses_each_broken_rule(void **state)
{
	static const struct {
		const char *from, *to, *rule_part;
		bool is_designated;
	} cases[] = {
		{"claim v1", "claim v2", "claim v1", false},
		{"designated-claim v1", "claim v1", "this line must be `proof", true},
		{"undersigned claim", "undersigned designated-claim", "this line must be `verifier",
		 false},
		{"letter ab", "letter AB", "lower-case", false},
		{"letter ab", "letter ", "lower-case", false},
		{"ring Alder Institute\n", "", "ring VALUE", false},
		{"version 2", "version 4294967296", "decimal", false},
		{"version 2", "version -2", "decimal", false},
		{"index 41", "index 4194304", "decimal", false},
		{"text I", "Text I", "text VALUE", false},
		{"text I", "text I\ntext I", "proof VALUE", false},
		{"proof F", "proof ", "base64", false},
		{"proof F", "proof F\nproof F", "base64", false},
		{"tag BQ", "tag B", "base64", true},
		{"verifier A", "verifier ", "base64", true},
		{" M. Reader of the Cadwen Post", "", "field is missing", true},
		{"verifier A", "name x\nverifier A", "verifier VALUE", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct claim_file claim = sample(cases[i].is_designated), read;
		struct problem problem = {0};

		assert_int_equal(
			claim_file_parse(&read,
					 replaced(written(&claim), cases[i].from, cases[i].to),
					 &problem),
			UNDERSIGN_E_FORMAT);
		if (!strstr(problem.rule, cases[i].rule_part))
			fail_msg("case %zu: %s: %s", i, problem.where, problem.rule);
	}
	char name[130];
	memset(name, 'n', 129);
	name[129] = '\0';
	struct claim_file claim = sample(true), read;
	assert_int_equal(
		claim_file_parse(&read, replaced(written(&claim), "Alder Institute", name), NULL),
		UNDERSIGN_E_FORMAT);
	assert_int_equal(
		claim_file_parse(&read,
				 replaced(written(&claim), "M. Reader of the Cadwen Post", name),
				 NULL),
		UNDERSIGN_E_FORMAT);
	static char long_text[8200];
	memset(long_text, 't', 4096);
	assert_int_equal(
		claim_file_parse(
			&read, replaced(written(&claim), "I, number 42, signed", long_text), NULL),
		UNDERSIGN_OK);
	memset(long_text, 't', 8190);
	struct problem problem = {0};
	assert_int_equal(
		claim_file_parse(&read,
				 replaced(written(&claim), "I, number 42, signed", long_text),
				 &problem),
		UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.rule, "8192"));
}

static void reads_verifiers_keys(void **state)
{
	struct claim_file_key key = {.name = BYTES("M. Reader")}, read;
	struct writer writer = writer_new(text_a, sizeof text_a);
	struct problem problem = {0};

	(void)state;
	memset(key.vk, 1, sizeof key.vk);
	memset(key.proof, 2, sizeof key.proof);
	claim_file_key_write(&writer, &key);
	struct bytes text = writer_view(&writer);
	assert_int_equal(claim_file_key_parse(&read, text, NULL), UNDERSIGN_OK);
	assert_bytes_equal(read.name, key.name);
	assert_memory_equal(read.vk, key.vk, sizeof key.vk);
	assert_memory_equal(read.proof, key.proof, sizeof key.proof);
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(claim_file_key_parse(&read, bytes_from(text.data, len), NULL),
				 UNDERSIGN_E_FORMAT);
	assert_int_equal(claim_file_key_parse(&read, replaced(text, "key A", "kez A"), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "line 3");
	assert_int_equal(claim_file_key_parse(&read, replaced(text, "-key v1", "-secret v1"), NULL),
			 UNDERSIGN_E_FORMAT);
	assert_int_equal(
		claim_file_key_parse(&read, replaced(text, "proof ", "more x\nproof "), NULL),
		UNDERSIGN_E_FORMAT);
	assert_null(read.name.data);
}

/* True if the text of a problem holds the part. */
static bool mentions(const struct problem *problem, const char *part)
{
	return strstr(problem->where, part) || strstr(problem->rule, part) ||
	       strstr(problem->what, part);
}

static void reads_verifiers_secrets(void **state)
{
	struct claim_file_secret secret = {.name = BYTES("M. Reader")}, read;
	struct writer writer = writer_new(text_a, sizeof text_a);
	static const char *const damages[][2] = {
		{"secret BQ", "secret B"},
		{"secret BQ", "secret BQ*"},
		{"=\n", "= \n"},
		{"=\n", "="},
		{"=\n", "=\nBQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"},
		{"name M. Reader\n", ""},
	};

	(void)state;
	scalar_from_u64(&secret.v, 5);
	claim_file_secret_write(&writer, &secret);
	struct bytes text = writer_view(&writer);
	assert_bytes_equal(text, BYTES("undersigned verifier-secret v1\nname M. Reader\nsecret "
				       "BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
	assert_int_equal(claim_file_secret_parse(&read, text, NULL), UNDERSIGN_OK);
	assert_bytes_equal(read.name, secret.name);
	assert_memory_equal(&read.v, &secret.v, sizeof read.v);
	/* What is wrong is said without the secret. */
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct problem problem = {0};

		assert_int_equal(
			claim_file_secret_parse(&read, replaced(text, damages[i][0], damages[i][1]),
						&problem),
			UNDERSIGN_E_FORMAT);
		assert_true(problem_is_set(&problem));
		assert_false(mentions(&problem, "AAAA"));
		assert_true(scalar_is_zero(&read.v));
	}
	/* Zero, and l itself. */
	struct problem problem = {0};
	assert_int_equal(
		claim_file_secret_parse(&read, replaced(text, "secret BQ", "secret AA"), &problem),
		UNDERSIGN_E_ENCODING);
	assert_string_equal(problem.where, "secret");
	assert_int_equal(claim_file_secret_parse(
				 &read,
				 BYTES("undersigned verifier-secret v1\nname M. Reader\nsecret "
				       "7dP1XBpjEljWnPei3vneFAAAAAAAAAAAAAAAAAAAABA=\n"),
				 NULL),
			 UNDERSIGN_E_ENCODING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(reads_verifiers_keys),
		cmocka_unit_test(reads_verifiers_secrets),
	};

	return cmocka_run_group_tests_name("letter claim file", tests, NULL, NULL);
}

/* Kinds are told apart by their first bytes; a foreign parser may fall in its child, and says
 * nothing on the terminal. */
#include "asking.h"

#include "evidence_child.h"
#include "evidence_kinds.h"

#include <signal.h>

static void kinds_are_told_apart(void **state)
{
	static const struct {
		const char *begin;
		int kind; /* 0: none */
	} cases[] = {
		{"-----BEGIN SSH SIGNATURE-----\nU1N", EVIDENCE_SSH},
		{"-----BEGIN PGP SIGNATURE-----\n\niQ", EVIDENCE_OPENPGP},
		{"\x89\x01\x33\x04", EVIDENCE_OPENPGP},
		{"\x88\x75\x04", EVIDENCE_OPENPGP},
		{"\xc2\x75\x04", EVIDENCE_OPENPGP},
		{"-----BEGIN CMS-----\nMII", EVIDENCE_X509},
		{"-----BEGIN PKCS7-----\nMII", EVIDENCE_X509},
		{"\x30\x82\x05", EVIDENCE_X509},
		{"undersigned word v1\nroster R\n", EVIDENCE_STEWARD},
		{"undersigned vouches v1\nroster R\n", EVIDENCE_VOUCH},
		{"undersigned vouches v2\nroster R\n", 0},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----", 0},
		{"-----BEGIN CERTIFICATE-----", 0},
		{"ssh-ed25519 AAAA", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum evidence_kind kind = EVIDENCE_STEWARD;
		bool is_one = evidence_kinds_guess(&kind, BYTES(cases[i].begin));

		assert_int_equal(is_one, cases[i].kind != 0);
		if (is_one)
			assert_int_equal(kind, cases[i].kind);
	}
	for (int kind = EVIDENCE_STEWARD; kind < EVIDENCE_N_KINDS; kind++) {
		enum evidence_kind again;

		assert_true(evidence_kind_parse(
			&again, BYTES(evidence_kind_text((enum evidence_kind)kind))));
		assert_int_equal(again, kind);
	}
}

static enum undersign_status says(struct evidence_answer *out,
				  const struct evidence_question *question, struct arena *arena,
				  struct problem *said)
{
	(void)arena;
	(void)said;
	memset(out, 0, sizeof *out);
	fprintf(stderr, "noise of a library\n");
	printf("noise of a library\n");
	fflush(stdout);
	*out = (struct evidence_answer){.kind = EVIDENCE_X509,
					.identity = question->evidence,
					.person = question->request,
					.holder = BYTES("holder"),
					.organisation = BYTES("organisation"),
					.strength = "strength"};
	return UNDERSIGN_OK;
}

static enum undersign_status refuses(struct evidence_answer *out,
				     const struct evidence_question *question, struct arena *arena,
				     struct problem *said)
{
	(void)arena;
	memset(out, 0, sizeof *out);
	problem_where(said, "file", question->evidence);
	problem_rule(said, "a rule");
	problem_what(said, "what", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status falls(struct evidence_answer *out,
				   const struct evidence_question *question, struct arena *arena,
				   struct problem *said)
{
	(void)out;
	(void)question;
	(void)arena;
	(void)said;
	(void)raise(SIGKILL);
	return UNDERSIGN_OK;
}

#define IN_CHILD(name)                                                                             \
	static enum undersign_status child_that_##name(struct evidence_answer *out,                \
						       const struct evidence_question *question,   \
						       struct arena *arena, struct problem *said)  \
	{                                                                                          \
		return evidence_child_run(name, out, question, arena, said);                       \
	}
IN_CHILD(says)
IN_CHILD(refuses)
IN_CHILD(falls)

static void a_child_answers_refuses_or_falls(void **state)
{
	int error = dup(STDERR_FILENO);
	FILE *file;
	char path[128];

	(void)state;
	path_of(path, "said");
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	enum undersign_status status =
		ask(child_that_says, BYTES("evidence"), BYTES("request"), "f", BYTES(""));
	assert_true(dup2(error, STDERR_FILENO) >= 0);
	assert_int_equal(status, UNDERSIGN_OK);
	assert_int_equal(answer.kind, EVIDENCE_X509);
	assert_bytes_equal(answer.identity, BYTES("evidence"));
	assert_bytes_equal(answer.person, BYTES("request"));
	assert_bytes_equal(answer.holder, BYTES("holder"));
	assert_bytes_equal(answer.organisation, BYTES("organisation"));
	assert_string_equal(answer.strength, "strength");
	assert_int_equal(ftell(file), 0);
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), 0);
	fclose(file);
	close(error);
	assert_refused(ask(child_that_refuses, BYTES("evidence"), BYTES(""), "f", BYTES("")),
		       UNDERSIGN_E_INVALID, "a rule");
	assert_string_equal(problem.where, "file evidence");
	assert_string_equal(problem.what, "what");
	assert_refused(ask(child_that_falls, BYTES("evidence"), BYTES(""), "f", BYTES("")),
		       UNDERSIGN_E_FORMAT, "fell over it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_told_apart),
		cmocka_unit_test(a_child_answers_refuses_or_falls),
	};

	random_state = test_random_new();
	make_folder();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder();
	return n_failed;
}

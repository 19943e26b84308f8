/* What the tests of evidence share: a question, its answer, and changed inputs. After keys.h. */
#ifndef UNDERSIGNED_TEST_ASKING_H
#define UNDERSIGNED_TEST_ASKING_H

#include "evidence.h"
#include "keys.h"

#define NOW UINT64_C(1893456000) /* 2030-01-01 */
#define REQUEST                                                                                    \
	"undersigned enrolment v1\nroster Institute of Tides\nedition 1\ncolumn 1 AAAA BBBB\n"

typedef enum undersign_status check_function(struct evidence_answer *out,
					     const struct evidence_question *question,
					     struct arena *arena, struct problem *problem);

static uint8_t block[1 << 25] __attribute__((aligned(64)));
static struct evidence_answer answer;
static struct problem problem;

/* One file to check against. The answer and the problem stand in the variables above. */
static inline enum undersign_status ask(check_function *check, struct bytes evidence,
					struct bytes request, const char *name,
					struct bytes content)
{
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct evidence_source source = {bytes_from_text(name), content};
	struct evidence_question question = {.request = request,
					     .evidence = evidence,
					     .against = &source,
					     .n_against = 1,
					     .seconds = NOW};

	problem = (struct problem){0};
	enum undersign_status status = check(&answer, &question, &arena, &problem);
	/* Whoever refuses says why; whoever does not says nothing. */
	assert_true((status != UNDERSIGN_OK) == problem_is_set(&problem));
	assert_true((status == UNDERSIGN_OK) == (answer.identity.len > 0));
	return status;
}

static inline void assert_refused(enum undersign_status status, enum undersign_status expected,
				  const char *words)
{
	if (status != expected || (!strstr(problem.rule, words) && !strstr(problem.what, words)))
		fail_msg("status %d instead of %d; %s; %s: expected \"%s\"", status, expected,
			 problem.rule, problem.what, words);
}

/* What read_file gave, kept until the program ends. */
static void *kept[1024];
static size_t n_kept;

static inline struct bytes file_of(const char *name)
{
	size_t len;
	char *content = read_file(name, &len);

	assert_true(n_kept < sizeof kept / sizeof kept[0]);
	content = realloc(content, len + 1);
	assert_non_null(content);
	kept[n_kept++] = content;
	return bytes_from(content, len);
}

static inline void free_kept(void)
{
	while (n_kept > 0)
		free(kept[--n_kept]);
}

/* Runs a command that must end well, or shows the end of what it said. */
static inline void must_run(const char *command)
{
	if (run(command) == 0)
		return;
	size_t len;
	char *errors = read_file("errors", &len);
	print_message("%s\n%s\n", command, errors + (len > 800 ? len - 800 : 0));
	free(errors);
	fail();
}

/* Changes bytes in one of the ways in which they go wrong: a bit, a byte lost, doubled, put in, a
 * piece cut out, a length one more or less. */
static inline size_t change(uint8_t *data, size_t len, size_t capacity)
{
	size_t place = test_random_below(&random_state, len);
	size_t n = 1 + test_random_below(&random_state, 4);

	assert_true(len + 4 < capacity);
	switch (test_random_below(&random_state, 6)) {
	case 0:
	case 1:
		data[place] ^= (uint8_t)(1u << test_random_below(&random_state, 8));
		return len;
	case 2:
		data[place] = (uint8_t)test_random_u64(&random_state);
		return len;
	case 3:
		data[place] =
			(uint8_t)(data[place] + (test_random_u64(&random_state) & 1 ? 1 : -1));
		return len;
	case 4:
		n = n < len - place ? n : len - place;
		memmove(data + place, data + place + n, len - place - n);
		return len - n;
	default:
		memmove(data + place + n, data + place, len - place);
		return len + n;
	}
}

#endif

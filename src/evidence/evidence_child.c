#include "evidence_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* status, kind, and eight texts, each after its length. */
#define REPORT_MAX ((size_t)1 << 20)

static bool write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static size_t read_all(int fd, uint8_t *data, size_t capacity)
{
	size_t len = 0;

	while (len < capacity) {
		ssize_t n = read(fd, data + len, capacity - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

static void put(struct writer *writer, struct bytes text)
{
	writer_u32le(writer, (uint32_t)text.len);
	writer_bytes(writer, text);
}

/* In the child: never returns. */
static void answer_and_exit(evidence_child_check *check, const struct evidence_question *question,
			    struct arena *arena, int fd)
{
	static uint8_t report[REPORT_MAX];
	const struct rlimit no_core = {0, 0};
	const struct rlimit time = {EVIDENCE_CHILD_SECONDS, EVIDENCE_CHILD_SECONDS};
	struct writer writer = writer_new(report, sizeof report);
	struct evidence_answer answer;
	struct problem problem = {0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)setrlimit(RLIMIT_CPU, &time);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	enum undersign_status status = check(&answer, question, arena, &problem);
	writer_u8(&writer, (uint8_t)status);
	writer_u8(&writer, (uint8_t)answer.kind);
	put(&writer, bytes_from_text(problem.where));
	put(&writer, bytes_from_text(problem.rule));
	put(&writer, bytes_from_text(problem.what));
	put(&writer, answer.identity);
	put(&writer, answer.person);
	put(&writer, answer.holder);
	put(&writer, answer.organisation);
	put(&writer, bytes_from_text(answer.strength ? answer.strength : ""));
	_exit(!writer.has_overflowed && write_all(fd, report, writer.len) ? 0 : 1);
}

static struct bytes take(struct cursor *cursor)
{
	return cursor_take(cursor, cursor_u32le(cursor));
}

static void take_text(char out[static PROBLEM_TEXT_LEN], struct cursor *cursor)
{
	struct bytes text = take(cursor);
	size_t len = text.len < PROBLEM_TEXT_LEN - 1 ? text.len : PROBLEM_TEXT_LEN - 1;

	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

/* A text in the arena, terminated; empty ones stay empty. */
static bool keep(struct bytes *out, struct cursor *cursor, struct arena *arena)
{
	struct bytes text = take(cursor);
	uint8_t *copy = ARENA_TAKE(arena, uint8_t, text.len + 1);

	if (!copy)
		return false;
	if (text.len > 0)
		memcpy(copy, text.data, text.len);
	*out = bytes_from(copy, text.len);
	return true;
}

static enum undersign_status read_report(struct evidence_answer *out, struct bytes report,
					 struct arena *arena, struct problem *problem)
{
	struct cursor cursor = cursor_new(report);
	struct problem said = {0};
	struct bytes strength;
	enum undersign_status status = (enum undersign_status)cursor_u8(&cursor);

	out->kind = (enum evidence_kind)cursor_u8(&cursor);
	take_text(said.where, &cursor);
	take_text(said.rule, &cursor);
	take_text(said.what, &cursor);
	bool is_kept = keep(&out->identity, &cursor, arena) && keep(&out->person, &cursor, arena) &&
		       keep(&out->holder, &cursor, arena) &&
		       keep(&out->organisation, &cursor, arena) && keep(&strength, &cursor, arena);
	if (is_kept && cursor_is_at_end(&cursor)) {
		out->strength = (const char *)strength.data;
		if (status != UNDERSIGN_OK && problem)
			*problem = said;
		if (status != UNDERSIGN_OK)
			memset(out, 0, sizeof *out);
		return status;
	}
	memset(out, 0, sizeof *out);
	if (!is_kept) {
		problem_rule(problem, "evidence must fit into memory");
		problem_what(problem, "there is none left", bytes_from(NULL, 0));
		return UNDERSIGN_E_MEMORY;
	}
	problem_rule(problem, "evidence can be read within a minute");
	problem_what(problem, "whoever read it fell over it, or took too long",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_FORMAT;
}

enum undersign_status evidence_child_run(evidence_child_check *check, struct evidence_answer *out,
					 const struct evidence_question *question,
					 struct arena *arena, struct problem *problem)
{
	int ends[2] = {-1, -1};
	uint8_t *report = malloc(REPORT_MAX);
	pid_t child = -1;
	enum undersign_status status = UNDERSIGN_E_SYSTEM;

	memset(out, 0, sizeof *out);
	if (report && pipe(ends) == 0)
		child = fork();
	if (child == 0) {
		close(ends[0]);
		answer_and_exit(check, question, arena, ends[1]);
	}
	if (child > 0) {
		close(ends[1]);
		ends[1] = -1;
		size_t len = read_all(ends[0], report, REPORT_MAX);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		status = read_report(out, bytes_from(report, len), arena, problem);
	} else {
		problem_rule(problem, "evidence is read in a process of its own");
		problem_what(problem, "there can be none:", bytes_from_text(strerror(errno)));
	}
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	free(report);
	return status;
}

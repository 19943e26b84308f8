/* Talking at a terminal, played through a pseudo-terminal. */
#include "testing.h"

#include "scratch.h"
#include "secret.h"
#include "terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* What a child does at its terminal; its result is the exit code. */
typedef int (*act)(void);

struct session {
	int master;
	pid_t child;
	char seen[8192];
	size_t len;
};

static struct session begin(act what)
{
	struct session session = {0};

	(void)fflush(stdout);
	session.child = forkpty(&session.master, NULL, NULL, NULL);
	assert_true(session.child >= 0);
	if (session.child == 0)
		_exit(what());
	return session;
}

/* Reads until text has been seen; fails after some seconds. Right after the child's end the master
 * may say EIO for a moment though something is still on its way. */
static void expect(struct session *session, const char *text)
{
	unsigned n_ends = 0;

	(void)alarm(20);
	while (!memmem(session->seen, session->len, text, strlen(text))) {
		ssize_t got = read(session->master, session->seen + session->len,
				   sizeof session->seen - session->len - 1);

		if (got <= 0 && n_ends++ < 100) {
			(void)usleep(10000);
			continue;
		}
		if (got <= 0)
			fail_msg("\"%s\" never came; seen: %s", text, session->seen);
		session->len += (size_t)got;
	}
	(void)alarm(0);
}

static void type(struct session *session, const char *text)
{
	assert_int_equal(write(session->master, text, strlen(text)), strlen(text));
}

static bool has_echo(const struct session *session)
{
	struct termios settings;

	assert_int_equal(tcgetattr(session->master, &settings), 0);
	return (settings.c_lflag & ECHO) != 0;
}

/* Waits until the child has turned the echo off or on. */
static void await_echo(const struct session *session, bool is_wanted)
{
	const struct timespec moment = {0, 5000000};

	for (int i = 0; i < 2000 && has_echo(session) != is_wanted; i++)
		(void)nanosleep(&moment, NULL);
	assert_int_equal(has_echo(session), is_wanted);
}

static int end(struct session *session)
{
	(void)alarm(20);
	/* The rest of what it says, or it could not end. */
	while (session->len < sizeof session->seen - 1) {
		ssize_t got = read(session->master, session->seen + session->len,
				   sizeof session->seen - session->len - 1);

		if (got <= 0)
			break;
		session->len += (size_t)got;
	}
	int result = scratch_wait(session->child);
	(void)alarm(0);
	(void)close(session->master);
	return result;
}

static int ask_passphrase(void)
{
	uint8_t *out = secret_take(64);
	size_t len;
	struct problem problem = {0};

	if (terminal_passphrase(out, 64, &len, "Passphrase: ", TERMINAL_ASK, &problem) !=
	    UNDERSIGN_OK)
		return 1;
	return len == 6 && memcmp(out, "sesame", 6) == 0 ? 0 : 2;
}

/* What a careless program does: it asks without turning the echo off. */
static int ask_aloud(void)
{
	static const char prompt[] = "Passphrase: ";
	char line[16];
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (write(terminal, prompt, strlen(prompt)) != (ssize_t)strlen(prompt))
		return 1;
	return read(terminal, line, sizeof line) == 7 ? 0 : 2;
}

static int ask_new(void)
{
	uint8_t *out = secret_take(64);
	size_t len;
	struct problem problem = {0};
	enum undersign_status status =
		terminal_new_passphrase(out, 64, &len, "New: ", TERMINAL_ASK, &problem);

	return status == UNDERSIGN_OK ? (int)len : 100 + (int)status;
}

static void passphrase_has_no_echo(void **state)
{
	(void)state;
	struct session session = begin(ask_passphrase);
	expect(&session, "Passphrase: ");
	await_echo(&session, false);
	type(&session, "sesame\n");
	assert_int_equal(end(&session), 0);
	assert_null(strstr(session.seen, "sesame"));

	/* Positive control: without the silence it is seen. */
	session = begin(ask_aloud);
	expect(&session, "Passphrase: ");
	type(&session, "sesame\n");
	expect(&session, "sesame");
	assert_int_equal(end(&session), 0);
}

/* Ctrl-C at the prompt: the program ends by it, and the terminal has its echo again. */
static void interrupt_restores_the_echo(void **state)
{
	(void)state;
	struct session session = begin(ask_passphrase);
	expect(&session, "Passphrase: ");
	await_echo(&session, false);
	/* Kept open: after the child has ended its settings can still be seen. */
	type(&session, "ses\003");
	int status;
	assert_int_equal(waitpid(session.child, &status, 0), session.child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	assert_true(has_echo(&session));
	(void)close(session.master);
}

static void new_one_is_asked_twice(void **state)
{
	(void)state;
	struct session session = begin(ask_new);
	expect(&session, "New: ");
	await_echo(&session, false);
	type(&session, "six words\n");
	expect(&session, "Once more: ");
	await_echo(&session, false);
	type(&session, "six words\n");
	assert_int_equal(end(&session), 9);

	session = begin(ask_new);
	expect(&session, "New: ");
	await_echo(&session, false);
	type(&session, "six words\n");
	expect(&session, "Once more: ");
	await_echo(&session, false);
	type(&session, "six wards\n");
	assert_int_equal(end(&session), 100 + UNDERSIGN_E_INVALID);

	session = begin(ask_new);
	expect(&session, "New: ");
	await_echo(&session, false);
	type(&session, "\n");
	assert_int_equal(end(&session), 100 + UNDERSIGN_E_MISSING);

	session = begin(ask_new);
	expect(&session, "New: ");
	await_echo(&session, false);
	type(&session, "0123456789012345678901234567890123456789012345678901234567890123456789\n");
	assert_int_equal(end(&session), 100 + UNDERSIGN_E_LIMIT);
}

/* A session of its own without a terminal. */
static int without_terminal(void)
{
	uint8_t out[64];
	size_t len;
	struct problem problem = {0};

	if (setsid() < 0)
		return 10;
	if (terminal_passphrase(out, sizeof out, &len, "P: ", TERMINAL_ASK, &problem) !=
	    UNDERSIGN_E_MISSING)
		return 11;
	return problem_is_set(&problem) ? 0 : 12;
}

static void no_terminal_is_said(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(without_terminal());
	assert_int_equal(scratch_wait(child), 0);
}

static void passphrase_from_a_descriptor(void **state)
{
	static const struct {
		const char *text;
		enum undersign_status status;
		size_t len;
	} cases[] = {
		{"sesame\nrest", UNDERSIGN_OK, 6},
		{"sesame", UNDERSIGN_OK, 6},
		{" a b \n", UNDERSIGN_OK, 5},
		{"\n", UNDERSIGN_E_MISSING, 0},
		{"", UNDERSIGN_E_MISSING, 0},
		{"0123456789abcdef\n", UNDERSIGN_OK, 16},
		{"0123456789abcdefg\n", UNDERSIGN_E_LIMIT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t out[16];
		size_t len;
		struct problem problem = {0};
		int pipes[2];
		char rest[8] = {0};

		assert_int_equal(pipe(pipes), 0);
		assert_int_equal(write(pipes[1], cases[i].text, strlen(cases[i].text)),
				 strlen(cases[i].text));
		(void)close(pipes[1]);
		assert_int_equal(
			terminal_new_passphrase(out, sizeof out, &len, "P: ", pipes[0], &problem),
			cases[i].status);
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(out, cases[i].text, len);
		if (i == 0) {
			/* What comes after the line is left to others. */
			assert_int_equal(read(pipes[0], rest, sizeof rest), 4);
			assert_string_equal(rest, "rest");
		}
		(void)close(pipes[0]);
	}
}

static int confirm_all(void)
{
	if (!terminal_confirm("One?", false) || terminal_confirm("Two?", false) ||
	    terminal_confirm("Three?", false) || !terminal_confirm("Four?", true) ||
	    terminal_confirm("Five?", true))
		return 1;
	if (!terminal_word("Type \"sign\": ", "sign") || terminal_word("Again: ", "sign"))
		return 2;
	char answer[TERMINAL_ANSWER_MAX];
	if (!terminal_ask(answer, "Which? ") || strcmp(answer, "the second") != 0)
		return 3;
	/* The end of the input. */
	return terminal_confirm("Last?", true) ? 4 : 0;
}

static void asks(void **state)
{
	static const char *const talk[][2] = {
		{"One? [y/N] ", "Yes\n"}, {"Two? [y/N] ", "\n"},       {"Three? [y/N] ", "yess\n"},
		{"Four? [Y/n] ", "\n"},   {"Five? [Y/n] ", "n\n"},     {"\"sign\": ", "sign\n"},
		{"Again: ", "Sign\n"},    {"Which? ", "the second\n"}, {"Last? [Y/n] ", "\004"},
	};

	(void)state;
	struct session session = begin(confirm_all);
	for (size_t i = 0; i < sizeof talk / sizeof talk[0]; i++) {
		expect(&session, talk[i][0]);
		type(&session, talk[i][1]);
	}
	assert_int_equal(end(&session), 0);
}

static int show_progress_of(const char *noun)
{
	struct terminal_progress bar;
	const struct timespec moment = {0, 30000000};

	terminal_progress_begin(&bar, "checking");
	bar.noun = noun;
	struct undersign_progress public = terminal_progress_public(&bar);
	for (uint64_t i = 0; i <= 12; i++) {
		(void)nanosleep(&moment, NULL);
		public.report(public.cookie, i, 12);
	}
	terminal_progress_end(&bar, 2428, "entries", true);
	return 0;
}

static int show_progress(void)
{
	return show_progress_of("entries");
}

static int show_parts(void)
{
	return show_progress_of(NULL);
}

static int has_color(void)
{
	return terminal_has_color();
}

static void progress_is_for_terminals(void **state)
{
	(void)state;
	struct session session = begin(show_progress);
	assert_int_equal(end(&session), 0);
	assert_non_null(
		strstr(session.seen,
		       "checking     [##############################] 100 %   2428 entries, "));
	assert_non_null(strstr(session.seen, " entries/s, "));
	assert_non_null(strstr(session.seen, " s left"));
	size_t width = 0;
	for (size_t i = 0; i < session.len; i++) {
		width = session.seen[i] == '\r' || session.seen[i] == '\n' ? 0 : width + 1;
		assert_true(width <= TERMINAL_COLUMNS + 3); /* the three bytes that clear a line */
	}

	/* Parts of a whole have no rate. */
	struct session parts = begin(show_parts);
	assert_int_equal(end(&parts), 0);
	assert_non_null(strstr(parts.seen, " s left"));
	assert_null(strstr(parts.seen, "/s"));

	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	if (child == 0) {
		(void)dup2(pipes[1], STDERR_FILENO);
		_exit(show_progress() + has_color());
	}
	(void)close(pipes[1]);
	char byte;
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	(void)close(pipes[0]);
	assert_int_equal(scratch_wait(child), 0);
}

static void color_where_wanted(void **state)
{
	static const struct {
		const char *kind;
		const char *no_color;
		int has_color;
	} cases[] = {{"xterm", NULL, 1},
		     {"xterm", "", 1},
		     {"xterm", "1", 0},
		     {"dumb", NULL, 0},
		     {NULL, NULL, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)unsetenv("TERM");
		(void)unsetenv("NO_COLOR");
		if (cases[i].kind)
			(void)setenv("TERM", cases[i].kind, 1);
		if (cases[i].no_color)
			(void)setenv("NO_COLOR", cases[i].no_color, 1);
		struct session session = begin(has_color);
		assert_int_equal(end(&session), cases[i].has_color);
	}
}

static void assert_printed(unsigned indent, struct bytes text, const char *wanted)
{
	char *out = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&out, &len);

	assert_non_null(stream);
	terminal_print(stream, indent, text);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(out, wanted);
	free(out);
}

static void prints_within_80_columns(void **state)
{
	(void)state;
	assert_printed(0, BYTES(""), "");
	assert_printed(2, BYTES("a b"), "  a b\n");
	assert_printed(2, BYTES("a\n\nb\n"), "  a\n\n  b\n");
	assert_printed(0, BYTES("a  b"), "a b\n");
	/* 80 columns fit, 81 do not. */
	assert_printed(
		0,
		BYTES("1234567890123456789012345678901234567890123456789012345678901234567890"
		      "12345 7890 x"),
		"1234567890123456789012345678901234567890123456789012345678901234567890"
		"12345 7890\nx\n");
	assert_printed(
		1,
		BYTES("1234567890123456789012345678901234567890123456789012345678901234567890"
		      "12345 7890"),
		" 1234567890123456789012345678901234567890123456789012345678901234567890"
		"12345\n 7890\n");
	/* Letters of several bytes take one column; what steers a terminal is shown as '?'. */
	assert_int_equal(terminal_width(BYTES("\xc3\xa4\xe2\x80\x94x")), 3);
	assert_printed(0,
		       BYTES("\xc3\xa4 \033[2J \xe2\x80\xae"
			     "abc \xff\xfe \xc2\x9b"),
		       "\xc3\xa4 ?[2J ?abc ?? ?\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passphrase_has_no_echo),
		cmocka_unit_test(interrupt_restores_the_echo),
		cmocka_unit_test(new_one_is_asked_twice),
		cmocka_unit_test(no_terminal_is_said),
		cmocka_unit_test(passphrase_from_a_descriptor),
		cmocka_unit_test(asks),
		cmocka_unit_test(progress_is_for_terminals),
		cmocka_unit_test(color_where_wanted),
		cmocka_unit_test(prints_within_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "terminal.h"

#include "ct.h"
#include "encoding.h"
#include "secret.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define PASS_RULE N_("a passphrase must be given on the terminal, or on a descriptor")

/* Reads a line byte by byte, so that nothing after it is taken. out may be filled to capacity;
 * *out_len is SIZE_MAX if the line is longer. False at the end of the input without a byte. */
static bool read_line(int fd, uint8_t *out, size_t capacity, size_t *out_len)
{
	bool has_any = false;
	size_t len = 0;

	for (;;) {
		uint8_t byte;
		ssize_t got = read(fd, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || byte == '\n') {
			has_any |= got > 0;
			break;
		}
		has_any = true;
		if (len < capacity)
			out[len++] = byte;
		else
			len = SIZE_MAX;
		wipe(&byte, sizeof byte);
		if (len == SIZE_MAX)
			capacity = 0;
	}
	*out_len = len;
	return has_any;
}

static void say(int fd, const char *text)
{
	struct bytes rest = bytes_from_text(text);

	while (rest.len > 0) {
		ssize_t put = write(fd, rest.data, rest.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return;
		rest = bytes_part(rest, (size_t)put, rest.len - (size_t)put);
	}
}

static int open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* Waits until a line can be read. False if a signal waits to be delivered first. */
static bool wait_for_line(int terminal, int signals)
{
	struct pollfd waits[2] = {{terminal, POLLIN, 0}, {signals, POLLIN, 0}};

	while (poll(waits, 2, -1) < 0) {
		if (errno != EINTR)
			return true; /* reading will fail and say so */
	}
	return (waits[1].revents & POLLIN) == 0;
}

/* Asks once with the echo off and the signals of the keyboard held back. False if a signal came:
 * the echo is back, and it has been delivered when the caller goes on. */
static bool ask_once(int terminal, const char *prompt, uint8_t *out, size_t capacity,
		     size_t *out_len)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	struct termios before;
	sigset_t held;
	sigset_t old;

	CHECK(sigemptyset(&held) == 0);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		CHECK(sigaddset(&held, numbers[i]) == 0);
	CHECK(pthread_sigmask(SIG_BLOCK, &held, &old) == 0);
	int signals = signalfd(-1, &held, SFD_CLOEXEC);
	bool has_settings = tcgetattr(terminal, &before) == 0;
	struct termios silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	*out_len = 0;
	bool is_read = false;
	/* Without silence nothing is asked. */
	if (has_settings && tcsetattr(terminal, TCSAFLUSH, &silent) == 0) {
		say(terminal, prompt);
		is_read = wait_for_line(terminal, signals);
		if (is_read)
			(void)read_line(terminal, out, capacity, out_len);
		say(terminal, "\n");
		(void)tcsetattr(terminal, TCSAFLUSH, &before);
	} else {
		is_read = true;
	}
	if (signals >= 0)
		(void)close(signals);
	CHECK(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
	return is_read;
}

static enum undersign_status check_len(size_t *len, struct problem *problem)
{
	if (*len == SIZE_MAX) {
		*len = 0;
		return system_refuse(problem, "the passphrase", "", PASS_RULE,
				     "it is longer than 1024 bytes: six words are enough",
				     UNDERSIGN_E_LIMIT);
	}
	if (*len == 0)
		return system_refuse(problem, "the passphrase", "", PASS_RULE,
				     "nothing was given: nothing was done", UNDERSIGN_E_MISSING);
	return UNDERSIGN_OK;
}

static enum undersign_status ask_terminal(uint8_t *out, size_t capacity, size_t *out_len,
					  const char *prompt, struct problem *problem)
{
	int terminal = open_terminal();

	if (terminal < 0)
		return system_refuse(problem, "the passphrase", "", PASS_RULE,
				     "there is no terminal: name a descriptor to read it from",
				     UNDERSIGN_E_MISSING);
	while (!ask_once(terminal, prompt, out, capacity, out_len))
		continue;
	(void)close(terminal);
	return check_len(out_len, problem);
}

enum undersign_status terminal_passphrase(uint8_t *out, size_t capacity, size_t *out_len,
					  const char *prompt, int fd, struct problem *problem)
{
	enum undersign_status status;

	*out_len = 0;
	if (fd == TERMINAL_ASK) {
		status = ask_terminal(out, capacity, out_len, prompt, problem);
	} else {
		(void)read_line(fd, out, capacity, out_len);
		status = check_len(out_len, problem);
	}
	if (status != UNDERSIGN_OK) {
		wipe(out, capacity);
		*out_len = 0;
	}
	return status;
}

enum undersign_status terminal_new_passphrase(uint8_t *out, size_t capacity, size_t *out_len,
					      const char *prompt, int fd, struct problem *problem)
{
	enum undersign_status status =
		terminal_passphrase(out, capacity, out_len, prompt, fd, problem);
	size_t again_len = 0;

	if (status != UNDERSIGN_OK || fd != TERMINAL_ASK)
		return status;
	uint8_t *again = secret_take(capacity);
	if (again)
		status = terminal_passphrase(again, capacity, &again_len, "Once more: ", fd,
					     problem);
	else
		status = system_fail(problem, "the passphrase", "", PASS_RULE, ENOMEM);
	if (status == UNDERSIGN_OK &&
	    (again_len != *out_len || !ct_bytes_are_equal(out, again, again_len)))
		status = system_refuse(problem, "the passphrase", "",
				       "a new passphrase is typed twice, so that it has no slip",
				       "the two differ: do it again", UNDERSIGN_E_INVALID);
	secret_free(again);
	if (status != UNDERSIGN_OK) {
		wipe(out, capacity);
		*out_len = 0;
	}
	return status;
}

bool terminal_ask(char answer[static TERMINAL_ANSWER_MAX], const char *prompt)
{
	int terminal = open_terminal();
	size_t len = 0;

	memset(answer, 0, TERMINAL_ANSWER_MAX);
	say(terminal >= 0 ? terminal : STDERR_FILENO, prompt);
	bool has_any = read_line(terminal >= 0 ? terminal : STDIN_FILENO, (uint8_t *)answer,
				 TERMINAL_ANSWER_MAX - 1, &len);
	if (terminal >= 0)
		(void)close(terminal);
	/* Too long, or not a text: as if nothing had been typed. */
	if (len == SIZE_MAX || memchr(answer, 0, len))
		memset(answer, 0, TERMINAL_ANSWER_MAX);
	return has_any;
}

bool terminal_confirm(const char *prompt, bool is_default)
{
	char whole[TERMINAL_ANSWER_MAX + 16];
	char answer[TERMINAL_ANSWER_MAX];

	(void)snprintf(whole, sizeof whole, "%.*s %s ", TERMINAL_ANSWER_MAX, prompt,
		       is_default ? "[Y/n]" : "[y/N]");
	if (!terminal_ask(answer, whole))
		return false;
	if (answer[0] == '\0')
		return is_default;
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}

bool terminal_word(const char *prompt, const char *word)
{
	char answer[TERMINAL_ANSWER_MAX];

	return terminal_ask(answer, prompt) && strcmp(answer, word) == 0;
}

bool terminal_has_color(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return isatty(STDERR_FILENO) == 1 && (!no_color || no_color[0] == '\0') && kind &&
	       strcmp(kind, "dumb") != 0;
}

/* The length of the character at the start of text, and what is shown for it. */
static size_t character(struct bytes *out_shown, struct bytes text)
{
	uint32_t code;
	size_t len = utf8_first(&code, text);
	/* Marks that turn the direction of writing, and separators of lines. */
	bool is_odd = len == 0 || utf8_is_control(code) || code == 0x061c || code == 0x200e ||
		      code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
		      (code >= 0x2066 && code <= 0x2069);

	*out_shown = is_odd ? bytes_from("?", 1) : bytes_part(text, 0, len);
	return len > 0 ? len : 1;
}

size_t terminal_width(struct bytes text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; width++) {
		struct bytes shown;

		i += character(&shown, bytes_part(text, i, text.len - i));
	}
	return width;
}

/* The bytes up to the next space or newline. */
static struct bytes next_word(struct bytes text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] != ' ' && text.data[len] != '\n')
		len++;
	return bytes_part(text, 0, len);
}

static void print_word(FILE *stream, struct bytes word)
{
	for (size_t i = 0; i < word.len;) {
		struct bytes shown;

		i += character(&shown, bytes_part(word, i, word.len - i));
		(void)fwrite(shown.data, 1, shown.len, stream);
	}
}

void terminal_print(FILE *stream, unsigned indent, struct bytes text)
{
	size_t column = 0; /* 0: the line is empty */
	size_t at = 0;

	while (at < text.len) {
		struct bytes word = next_word(bytes_part(text, at, text.len - at));
		size_t width = terminal_width(word);

		at += word.len;
		if (width > 0 && column > 0 && column + 1 + width > TERMINAL_COLUMNS) {
			(void)fputc('\n', stream);
			column = 0;
		}
		if (width > 0) {
			(void)fprintf(stream, "%*s", column > 0 ? 1 : (int)indent, "");
			print_word(stream, word);
			column += width + (column > 0 ? 1 : indent);
		}
		if (at < text.len && text.data[at++] == '\n') {
			(void)fputc('\n', stream);
			column = 0;
		}
	}
	if (column > 0)
		(void)fputc('\n', stream);
}

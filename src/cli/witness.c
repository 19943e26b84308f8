#include "cli.h"

#include "clock.h"
#include "signer.h"
#include "witness_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOGS_LEN_MAX ((size_t)1024 * 1024)
#define ADDRESS_MAX  256
#define THREADS      4
#define STOP_MS      10000

static const char no_start[] = N_("The witness does not start.");

/* What a witness is started with. */
struct orders {
	const char *key, *state, *logs_path;
	struct option_list listen, logs;
};

struct running {
	struct signer *signer;
	struct file_content logs_text;
	struct note_key *logs;
	size_t n_logs;
	struct witness_state *state;
	struct http_server *server;
	char addresses[HTTP_SERVER_LISTENERS_MAX][ADDRESS_MAX];
	struct http_listener listeners[HTTP_SERVER_LISTENERS_MAX];
};

static int fault(enum undersign_status status, const struct problem *problem)
{
	return talk_refuse(status, no_start, problem, NULL);
}

/* unix:PATH, tcp:ADDRESS:PORT, activated:NAME. */
static bool read_listener(struct http_listener *out, char address[static ADDRESS_MAX],
			  const char *text)
{
	char *colon, *end;

	if (strlen(text) >= ADDRESS_MAX)
		return false;
	strcpy(address, text);
	colon = strchr(address, ':');
	if (!colon || colon[1] == '\0')
		return false;
	*colon = '\0';
	out->address = colon + 1;
	if (strcmp(address, "unix") == 0) {
		out->kind = HTTP_LISTENER_UNIX;
		return true;
	}
	if (strcmp(address, "activated") == 0) {
		out->kind = HTTP_LISTENER_ACTIVATED;
		return true;
	}
	out->kind = HTTP_LISTENER_TCP;
	colon = strrchr(colon + 1, ':');
	if (strcmp(address, "tcp") != 0 || !colon || colon[1] < '0' || colon[1] > '9')
		return false;
	*colon = '\0';
	const unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port > UINT16_MAX)
		return false;
	out->port = (uint16_t)port;
	/* An IPv6 address may stand in brackets. */
	if (out->address[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		out->address++;
	}
	return true;
}

static enum undersign_status add_log(struct running *running, struct bytes vkey,
				     struct problem *problem)
{
	struct note_key *logs = realloc(running->logs, (running->n_logs + 1) * sizeof *logs);

	if (!logs)
		return UNDERSIGN_E_MEMORY;
	running->logs = logs;
	enum undersign_status status = note_key_parse(&logs[running->n_logs], vkey, problem);
	if (status == UNDERSIGN_OK && logs[running->n_logs].type != NOTE_KEY_NOTE) {
		problem_rule(problem, "a log's key signs notes (type 1)");
		problem_what(problem, "this is another's:", vkey);
		status = UNDERSIGN_E_FORMAT;
	}
	if (status == UNDERSIGN_OK && ++running->n_logs > WITNESS_LOGS_MAX) {
		problem_rule(problem, "a witness has at most 4,096 logs");
		status = UNDERSIGN_E_LIMIT;
	}
	return status;
}

/* `log VKEY [URL]`: as in a policy. Other lines are for those who judge witnesses. */
static enum undersign_status add_line(struct running *running, struct bytes line,
				      struct problem *problem)
{
	const struct bytes start = bytes_from_text("log ");
	size_t len = 0;

	if (line.len == 0 || line.data[0] == '#')
		return UNDERSIGN_OK;
	if (!bytes_begin_with(line, start)) {
		problem_rule(problem, "a line is `log VKEY`, empty, or begins with `#`");
		problem_what(problem, "found", line);
		return UNDERSIGN_E_FORMAT;
	}
	const struct bytes rest = bytes_part(line, start.len, line.len - start.len);
	while (len < rest.len && rest.data[len] != ' ')
		len++;
	return add_log(running, bytes_part(rest, 0, len), problem);
}

static enum undersign_status read_logs(struct running *running, const char *path,
				       struct problem *problem)
{
	uint64_t number = 1;
	enum undersign_status status =
		file_read(&running->logs_text, path, LOGS_LEN_MAX, FILE_PUBLIC, problem);

	if (status != UNDERSIGN_OK)
		return status;
	struct bytes rest = file_content_view(&running->logs_text);
	for (; rest.len > 0 && status == UNDERSIGN_OK; number++) {
		const uint8_t *end = memchr(rest.data, '\n', rest.len);
		const size_t len = end ? (size_t)(end - rest.data) : rest.len;
		status = add_line(running, bytes_part(rest, 0, len), problem);
		if (status != UNDERSIGN_OK)
			problem_where_number(problem, "line", number);
		rest = end ? bytes_part(rest, len + 1, rest.len - len - 1)
			   : bytes_part(rest, len, 0);
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

static enum undersign_status take_logs(struct running *running, const struct orders *orders,
				       struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < orders->logs.n && status == UNDERSIGN_OK; i++)
		status = add_log(running, bytes_from_text(orders->logs.at[i]), problem);
	if (status == UNDERSIGN_OK && orders->logs_path)
		status = read_logs(running, orders->logs_path, problem);
	return status;
}

/* One line for an operator; nothing of it is about a request. */
static void warn(void *cookie, const struct problem *problem)
{
	(void)cookie;
	fprintf(stderr, "level=error event=not_cosigned where=\"%s\" rule=\"%s\" what=\"%s\"\n",
		problem->where, problem->rule, problem->what);
}

static void say_listening(const struct running *running, size_t n_listeners)
{
	uint8_t vkey[NOTE_KEY_TEXT_MAX];
	struct writer writer = writer_new(vkey, sizeof vkey);
	const struct note_signer signer = signer_note_signer(running->signer);
	const struct note_key key = witness_key(&signer);

	note_key_write(&writer, &key);
	printf("witness ");
	output_text(writer_view(&writer));
	printf("\n");
	for (size_t i = 0; i < running->n_logs; i++) {
		printf("log ");
		output_text(running->logs[i].name);
		printf(" %llu\n", (unsigned long long)witness_state_seen(running->state, i).size);
	}
	for (size_t i = 0; i < n_listeners; i++) {
		const struct http_listener *listener = &running->listeners[i];
		printf("listening %s", listener->address);
		if (listener->kind == HTTP_LISTENER_TCP)
			printf(":%u", http_server_port(running->server, i));
		printf("\n");
	}
	fflush(stdout);
}

/* Until a signal asks for the end. */
static enum undersign_status serve(struct running *running, size_t n_listeners,
				   struct problem *problem)
{
	const struct witness_server handler = {.state = running->state, .warn = warn};
	const struct http_server_options options = {
		.listeners = running->listeners,
		.n_listeners = n_listeners,
		.handler = witness_server_handler(&handler),
		.n_threads = THREADS,
		.fixed = witness_server_fixed,
		.n_fixed = WITNESS_SERVER_FIXED,
	};
	sigset_t ending;
	int signal_number;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	const enum undersign_status status = http_server_open(&running->server, &options, problem);
	if (status != UNDERSIGN_OK)
		return status;
	say_listening(running, n_listeners);
	while (sigwait(&ending, &signal_number) != 0)
		;
	http_server_stop(running->server, STOP_MS);
	http_server_close(running->server);
	return UNDERSIGN_OK;
}

static enum undersign_status run(struct running *running, const struct orders *orders,
				 struct problem *problem)
{
	enum undersign_status status = signer_open(&running->signer, orders->key, problem);

	if (status == UNDERSIGN_OK)
		status = take_logs(running, orders, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const struct witness_state_options options = {
		.folder = orders->state,
		.logs = running->logs,
		.n_logs = running->n_logs,
		.signer = signer_note_signer(running->signer),
		.clock = clock_system(),
	};
	status = witness_state_open(&running->state, &options, problem);
	return status == UNDERSIGN_OK ? serve(running, orders->listen.n, problem) : status;
}

static int witness_run(int argc, char **argv)
{
	struct orders orders = {0};
	static struct running running;
	const struct option options[] = {
		{.name = "--key",
		 .value = "FILE",
		 .about =
			 "the witness's private key, of undersign key new; nothing else may use it",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--state",
		 .value = "FOLDER",
		 .about = "what was cosigned; never remove it or restore it from a copy",
		 .is_required = true,
		 .text = &orders.state},
		{.name = "--listen",
		 .value = "ADDRESS",
		 .about = "unix:PATH, tcp:ADDRESS:PORT or activated:NAME (systemd); may stand "
			  "several times",
		 .list = &orders.listen},
		{.name = "--log",
		 .value = "VKEY",
		 .about = "the key of a log that is witnessed; may stand several times",
		 .list = &orders.logs},
		{.name = "--logs",
		 .value = "FILE",
		 .about = "more of them: lines `log VKEY`",
		 .text = &orders.logs_path},
	};
	const struct options_form form = {
		.usage = "undersign witness run --key FILE --state FOLDER --listen ADDRESS "
			 "--log VKEY",
		.about = "Runs a witness (C2SP tlog-witness): it cosigns the checkpoints of logs "
			 "that only ever grow. It prints its own key, its logs and where it "
			 "listens, "
			 "and ends with SIGTERM.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	struct problem problem = {0};
	int code;

	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.listen.n == 0 || orders.listen.n > HTTP_SERVER_LISTENERS_MAX)
		return options_refuse(&form, "--listen ADDRESS stands 1 to 16 times.");
	if (orders.logs.n == 0 && !orders.logs_path)
		return options_refuse(&form, "--log VKEY or --logs FILE is missing.");
	for (size_t i = 0; i < orders.listen.n; i++)
		if (!read_listener(&running.listeners[i], running.addresses[i],
				   orders.listen.at[i]))
			return options_refuse(&form,
					      "--listen takes unix:PATH, tcp:ADDRESS:PORT or "
					      "activated:NAME, not \"%s\".",
					      orders.listen.at[i]);
	const enum undersign_status status = run(&running, &orders, &problem);
	code = status == UNDERSIGN_OK ? CLI_YES : fault(status, &problem);
	witness_state_close(running.state);
	signer_close(running.signer);
	file_content_free(&running.logs_text);
	free(running.logs);
	return code;
}

static int witness_show(int argc, char **argv)
{
	const char *name = NULL, *url = NULL;
	const struct option options[] = {
		{.name = "--name",
		 .value = "NAME",
		 .about = "what the policy calls it; its key's name, unless told otherwise",
		 .text = &name},
		{.name = "--url",
		 .value = "URL",
		 .about = "where it can be reached, without a slash at its end",
		 .text = &url},
	};
	const struct options_form form = {
		.usage = "undersign witness show [--name NAME] [--url URL] FILE",
		.about = "Prints the line of a witness for policies, from its private key's file.",
		.options = options,
		.n_options = 2,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct signer *signer;
	uint8_t line[2048];
	struct writer writer = writer_new(line, sizeof line);
	int code;

	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if ((name && (strlen(name) > 255 || strpbrk(name, " \t"))) ||
	    (url && (strlen(url) > 1024 || strpbrk(url, " \t"))))
		return options_refuse(&form, "Names and addresses have no spaces.");
	const enum undersign_status status = signer_open(&signer, operands.at[0], &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "This is not a witness's key.", &problem, NULL);
	const struct note_signer note_signer = signer_note_signer(signer);
	const struct note_key key = witness_key(&note_signer);
	writer_text(&writer, "witness ");
	writer_bytes(&writer, name ? bytes_from_text(name) : key.name);
	writer_u8(&writer, ' ');
	note_key_write(&writer, &key);
	if (url) {
		writer_u8(&writer, ' ');
		writer_text(&writer, url);
	}
	output_text(writer_view(&writer));
	printf("\n");
	signer_close(signer);
	return CLI_YES;
}

int witness_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"run", witness_run, "cosign the checkpoints of logs, as a server", true},
		{"show", witness_show, "the line of a witness for policies", true},
	};
	return cli_dispatch("undersign witness", verbs, sizeof(verbs) / sizeof(verbs[0]), argc,
			    argv);
}

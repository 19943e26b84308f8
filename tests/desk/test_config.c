/* The desk's configuration: what it may say, what each refusal names, and that the example and the
 * man page have every key. */
#include "testing.h"

#include "arena_heap.h"
#include "config.h"
#include "file.h"

#define LEAST                                                                                      \
	"title = A desk\nstore = sqlite:desk.sqlite\npublished = /srv/p\nlog-record = log.note\n"  \
	"log-key = log.key\npromise-key = credential:promise.key\ncheckpoint-copy = /var/c\n"      \
	"listen = unix:/run/u.sock statements\n"

static struct arena_heap heap;

static int set_up(void **state)
{
	(void)state;
	arena_heap_open(&heap, SIZE_MAX, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_heap_close(&heap);
	return 0;
}

static enum undersign_status parse(struct config *out, const char *text, struct problem *problem)
{
	*problem = (struct problem){0};
	return config_parse(out, BYTES(text), "/etc/u", "/run/creds", &heap.arena, problem);
}

static void reads_the_least(void **state)
{
	struct config config;
	struct problem problem;

	(void)state;
	assert_int_equal(parse(&config, LEAST, &problem), UNDERSIGN_OK);
	assert_string_equal(config.title, "A desk");
	assert_int_equal(config.store_kind, CONFIG_STORE_SQLITE);
	assert_string_equal(config.store, "/etc/u/desk.sqlite");
	assert_string_equal(config.published, "/srv/p");
	assert_string_equal(config.log_key, "/etc/u/log.key");
	assert_string_equal(config.promise_key, "/run/creds/promise.key");
	assert_int_equal(config.n_listeners, 1);
	assert_int_equal(config.listeners[0].kind, CONFIG_LISTENER_UNIX);
	assert_string_equal(config.listeners[0].address, "/run/u.sock");
	assert_true(config.listeners[0].takes_statements);
	assert_int_equal(config.stamp_bits, 16);
	assert_int_equal(config.queue_max, 4096);
	assert_int_equal(config.held_max, 1000000);
	assert_int_equal(config.witness_timeout_ms, 20000);
	assert_false(config.has_metrics);
	assert_null(config.witness_policy);
}

static void reads_listeners(void **state)
{
	struct config config;
	struct problem problem;

	(void)state;
	assert_int_equal(parse(&config,
			       LEAST
			       "listen = tcp:127.0.0.1:8080\nlisten = tcp:[::1]:443 statements\n"
			       "listen = activated:web\nmetrics = tcp:127.0.0.1:9100\n",
			       &problem),
			 UNDERSIGN_OK);
	assert_int_equal(config.n_listeners, 4);
	assert_string_equal(config.listeners[1].address, "127.0.0.1");
	assert_int_equal(config.listeners[1].port, 8080);
	assert_false(config.listeners[1].takes_statements);
	assert_string_equal(config.listeners[2].address, "::1");
	assert_int_equal(config.listeners[2].port, 443);
	assert_true(config.listeners[2].takes_statements);
	assert_int_equal(config.listeners[3].kind, CONFIG_LISTENER_ACTIVATED);
	assert_string_equal(config.listeners[3].address, "web");
	assert_true(config.has_metrics);
	assert_int_equal(config.metrics.port, 9100);
}

/* A line added to a good file, and what the refusal says. */
static const struct {
	const char *line;
	enum undersign_status status;
	const char *where;
	const char *in_rule;
	const char *in_what;
} refused[] = {
	{"colour = red", UNDERSIGN_E_FORMAT, "line 9", "undersign-desk.conf(5)", "colour"},
	{"title = B", UNDERSIGN_E_CONFLICT, "line 9", "stands once", "title"},
	{"threads=2", UNDERSIGN_E_FORMAT, "line 9", "key = value", "threads=2"},
	{"threads = ", UNDERSIGN_E_FORMAT, "line 9", "key = value", ""},
	{"threads =  2", UNDERSIGN_E_FORMAT, "line 9", "no space", "threads"},
	{"threads = 2 ", UNDERSIGN_E_FORMAT, "line 9", "no space", "threads"},
	{" threads = 2", UNDERSIGN_E_FORMAT, "line 9", "undersign-desk.conf(5)", " threads"},
	{"threads = 02", UNDERSIGN_E_LIMIT, "line 9", "decimal", "0 to 256"},
	{"threads = 257", UNDERSIGN_E_LIMIT, "line 9", "bounds", "0 to 256"},
	{"stamp-bits = 41", UNDERSIGN_E_LIMIT, "line 9", "bounds", "0 to 40"},
	{"stamp-bits = -1", UNDERSIGN_E_LIMIT, "line 9", "bounds", "0 to 40"},
	{"queue-max = 0", UNDERSIGN_E_LIMIT, "line 9", "bounds", "1 to"},
	{"held-max = 1e6", UNDERSIGN_E_LIMIT, "line 9", "bounds", "1 to"},
	{"connections-max = 0", UNDERSIGN_E_LIMIT, "line 9", "bounds", "1 to"},
	{"witness-timeout = 0", UNDERSIGN_E_LIMIT, "line 9", "bounds", "1 to 600"},
	{"listen = unix:/run/u.sock", UNDERSIGN_E_CONFLICT, "line 9", "once", "u.sock"},
	{"listen = tcp:1.2.3.4", UNDERSIGN_E_FORMAT, "line 9", "tcp:ADDRESS:PORT", "1.2.3.4"},
	{"listen = tcp:1.2.3.4:0", UNDERSIGN_E_FORMAT, "line 9", "tcp:ADDRESS:PORT", ""},
	{"listen = tcp:1.2.3.4:65536", UNDERSIGN_E_FORMAT, "line 9", "tcp:ADDRESS:PORT", ""},
	{"listen = tcp:::1:80", UNDERSIGN_E_FORMAT, "line 9", "brackets", ""},
	{"listen = tcp:[1.2.3.4]:80", UNDERSIGN_E_FORMAT, "line 9", "brackets", ""},
	{"listen = http://x", UNDERSIGN_E_FORMAT, "line 9", "unix:PATH", "http://x"},
	{"listen = unix:", UNDERSIGN_E_FORMAT, "line 9", "unix:PATH", ""},
	{"listen = tcp:1.2.3.4:80 statement", UNDERSIGN_E_FORMAT, "line 9", "statements", ""},
	{"metrics = tcp:0.0.0.0:9100", UNDERSIGN_E_INVALID, "line 9", "this machine", "0.0.0.0"},
	{"witness-proxy = socks5h://127.0.0.1:9050", UNDERSIGN_E_MISSING, "the end",
	 "witness-policy", ""},
	{"witness-proxy = socks5://127.0.0.1:9050", UNDERSIGN_E_FORMAT, "line 9", "socks5h", ""},
	{"letter = /a\nletter = /a", UNDERSIGN_E_CONFLICT, "line 10", "once", "/a"},
	{"witness-policy = credential:a/b", UNDERSIGN_E_FORMAT, "line 9", "credential", "a/b"},
	{"threads\t= 2", UNDERSIGN_E_FORMAT, "line 0", "controls", "plain text"},
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		char text[2048];
		struct config config;
		struct problem problem;

		(void)snprintf(text, sizeof text, LEAST "%s\n", refused[i].line);
		print_message("%s\n", refused[i].line);
		assert_int_equal(parse(&config, text, &problem), refused[i].status);
		if (strcmp(refused[i].where, "line 0") != 0)
			assert_non_null(strstr(problem.where, refused[i].where));
		assert_non_null(strstr(problem.rule, refused[i].in_rule));
		assert_non_null(strstr(problem.what, refused[i].in_what));
		assert_null(config.title);
		assert_int_equal(config.n_listeners, 0);
	}
}

/* Each required key in turn is left out. */
static void names_what_is_missing(void **state)
{
	size_t n_required = 0;

	(void)state;
	for (const struct config_key *key = config_keys; key->name; key++) {
		char text[2048] = LEAST;
		char start[64];
		struct config config;
		struct problem problem;

		if (!key->is_required)
			continue;
		n_required++;
		(void)snprintf(start, sizeof start, "%s = ", key->name);
		char *line = strstr(text, start);
		assert_non_null(line);
		line[0] = '#';
		assert_int_equal(parse(&config, text, &problem), UNDERSIGN_E_MISSING);
		assert_non_null(strstr(problem.rule, key->name));
	}
	assert_int_equal(n_required, 8);
}

/* A password in a store's URL is in no message. */
static void tells_no_password(void **state)
{
	struct config config;
	struct problem problem;

	(void)state;
	assert_int_equal(parse(&config, "store = postgres://u:hunter2@h/d\n", &problem),
			 UNDERSIGN_E_FORMAT);
	assert_null(strstr(problem.what, "hunter2"));
	assert_null(strstr(problem.rule, "hunter2"));
}

static void needs_credentials(void **state)
{
	struct config config;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(config_parse(&config, BYTES(LEAST), ".", NULL, &heap.arena, &problem),
			 UNDERSIGN_E_MISSING);
	assert_non_null(strstr(problem.rule, "LoadCredential"));
}

static void names_the_file(void **state)
{
	struct config config;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(config_open(&config, "nowhere/desk.conf", &heap.arena, &problem),
			 UNDERSIGN_E_MISSING);
	assert_non_null(strstr(problem.where, "nowhere/desk.conf"));
	assert_int_equal(config_open(&config, getenv("UNDERSIGN_DESK_MAN"), &heap.arena, &problem),
			 UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.where, "undersign-desk.conf.5"));
	assert_non_null(strstr(problem.where, "line 1"));
}

static char *read_text(const char *variable)
{
	const char *path = getenv(variable);
	struct file_content content;

	assert_non_null(path);
	assert_int_equal(file_read(&content, path, CONFIG_LEN_MAX, FILE_PUBLIC, NULL),
			 UNDERSIGN_OK);
	char *text = calloc(1, content.len + 1);
	assert_non_null(text);
	memcpy(text, content.data, content.len);
	file_content_free(&content);
	return text;
}

/* The example parses, uses every key, and explains it; the man page has each in bold. */
static void example_and_man_page_have_every_key(void **state)
{
	char *example = read_text("UNDERSIGN_DESK_EXAMPLE");
	char *man = read_text("UNDERSIGN_DESK_MAN");
	struct config config;
	struct problem problem;

	(void)state;
	assert_int_equal(parse(&config, example, &problem), UNDERSIGN_OK);
	for (const struct config_key *key = config_keys; key->name; key++) {
		char start[80], bold[80];

		(void)snprintf(start, sizeof start, "\n%s = ", key->name);
		(void)snprintf(bold, sizeof bold, "\n.B %s\n", key->name);
		char *line = strstr(example, start);
		print_message("%s\n", key->name);
		assert_non_null(line);
		/* The line before, or that before the first of a group, explains it. */
		char *before = line;
		while (before > example && before[-1] != '\n')
			before--;
		assert_int_equal(before[0], '#');
		assert_non_null(strstr(man, bold));
	}
	free(example);
	free(man);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_least),
		cmocka_unit_test(reads_listeners),
		cmocka_unit_test(refuses),
		cmocka_unit_test(names_what_is_missing),
		cmocka_unit_test(tells_no_password),
		cmocka_unit_test(needs_credentials),
		cmocka_unit_test(names_the_file),
		cmocka_unit_test(example_and_man_page_have_every_key),
	};

	return cmocka_run_group_tests_name("config", tests, set_up, tear_down);
}

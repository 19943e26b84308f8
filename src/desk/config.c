#include "config.h"

#include "encoding.h"
#include "file.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 4096

/* The file being read. */
struct reading {
	struct config *config;
	const char *folder;
	const char *credentials;
	struct arena *arena;
	struct problem *problem;
	uint64_t line;
};

static enum undersign_status fail(const struct reading *reading, enum undersign_status status,
				  const char *rule, const char *what, struct bytes detail)
{
	problem_where_number(reading->problem, "line", reading->line);
	problem_rule(reading->problem, rule);
	problem_what(reading->problem, what, detail);
	return status;
}

static enum undersign_status no_memory(const struct reading *reading)
{
	return fail(reading, UNDERSIGN_E_MEMORY, "the configuration fits into memory", "",
		    bytes_from(NULL, 0));
}

/* Terminated, in the arena. */
static enum undersign_status keep(const char **out, const struct reading *reading,
				  struct bytes text)
{
	char *copy = ARENA_TAKE(reading->arena, char, text.len + 1);
	if (!copy)
		return no_memory(reading);
	memcpy(copy, text.data, text.len);
	*out = copy;
	return UNDERSIGN_OK;
}

static bool take_start(struct bytes *text, const char *start)
{
	struct bytes wanted = bytes_from_text(start);
	if (!bytes_begin_with(*text, wanted))
		return false;
	*text = bytes_part(*text, wanted.len, text->len - wanted.len);
	return true;
}

static enum undersign_status join(const char **out, const struct reading *reading,
				  const char *folder, struct bytes name)
{
	size_t folder_len = strlen(folder);
	uint8_t *joined = ARENA_TAKE(reading->arena, uint8_t, folder_len + name.len + 2);
	if (!joined)
		return no_memory(reading);
	struct writer writer = writer_new(joined, folder_len + name.len + 1);
	writer_text(&writer, folder);
	writer_text(&writer, "/");
	writer_bytes(&writer, name);
	*out = (const char *)joined;
	return UNDERSIGN_OK;
}

static enum undersign_status read_path(const char **out, const struct reading *reading,
				       struct bytes value)
{
	struct bytes name = value;
	if (take_start(&name, "credential:")) {
		if (name.len == 0 || memchr(name.data, '/', name.len))
			return fail(reading, UNDERSIGN_E_FORMAT,
				    "`credential:` is followed by the name of a credential",
				    "found", value);
		if (!reading->credentials)
			return fail(reading, UNDERSIGN_E_MISSING,
				    "a credential is handed over by systemd (LoadCredential=)",
				    "CREDENTIALS_DIRECTORY is not set: start the unit, or name the "
				    "file in place of",
				    value);
		return join(out, reading, reading->credentials, name);
	}
	if (value.data[0] == '/')
		return keep(out, reading, value);
	return join(out, reading, reading->folder, value);
}

static enum undersign_status read_number(uint64_t *out, const struct reading *reading,
					 struct bytes value, uint64_t least, uint64_t most)
{
	uint64_t number;
	if (decimal_decode(&number, value, most) == UNDERSIGN_OK && number >= least) {
		*out = number;
		return UNDERSIGN_OK;
	}
	problem_where_number(reading->problem, "line", reading->line);
	problem_rule(reading->problem, "a number is written in decimal, within its bounds");
	problem_what_numbers(reading->problem, "give a number from {1} to {2}", least, most);
	return UNDERSIGN_E_LIMIT;
}

static enum undersign_status read_u32(uint32_t *out, const struct reading *reading,
				      struct bytes value, uint32_t least, uint32_t most)
{
	uint64_t number = 0;
	enum undersign_status status = read_number(&number, reading, value, least, most);
	*out = (uint32_t)number;
	return status;
}

static enum undersign_status read_store(const struct reading *reading, struct bytes value)
{
	struct config *config = reading->config;
	struct bytes rest = value;
	if (take_start(&rest, "sqlite:")) {
		config->store_kind = CONFIG_STORE_SQLITE;
		if (rest.len > 0)
			return read_path(&config->store, reading, rest);
	}
	if (bytes_begin_with(value, bytes_from_text("postgresql://"))) {
		config->store_kind = CONFIG_STORE_POSTGRESQL;
		return keep(&config->store, reading, value);
	}
	/* The value may hold a password: it is not shown. */
	return fail(reading, UNDERSIGN_E_FORMAT,
		    "a store is sqlite:FILE or postgresql://USER@HOST/DATABASE",
		    "write it in one of these forms", bytes_from(NULL, 0));
}

/* host:port; an IPv6 address in brackets. */
static enum undersign_status read_tcp(struct config_listener *out, const struct reading *reading,
				      struct bytes value)
{
	const char *rule = N_("a TCP listener is tcp:ADDRESS:PORT, IPv6 addresses in brackets");
	struct bytes host = value, port = {NULL, 0};
	for (size_t i = value.len; i > 0; i--) {
		if (value.data[i - 1] == ':') {
			host = bytes_part(value, 0, i - 1);
			port = bytes_part(value, i, value.len - i);
			break;
		}
	}
	bool is_bracketed = host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
	if (is_bracketed)
		host = bytes_part(host, 1, host.len - 2);
	bool has_colon = host.len > 0 && memchr(host.data, ':', host.len);
	uint64_t number = 0;
	if (host.len == 0 || has_colon != is_bracketed ||
	    decimal_decode(&number, port, UINT16_MAX) != UNDERSIGN_OK || number == 0)
		return fail(reading, UNDERSIGN_E_FORMAT, rule, "found, after `tcp:`,", value);
	out->kind = CONFIG_LISTENER_TCP;
	out->port = (uint16_t)number;
	return keep(&out->address, reading, host);
}

static enum undersign_status read_listener(struct config_listener *out,
					   const struct reading *reading, struct bytes value)
{
	struct bytes rest = value;
	if (take_start(&rest, "tcp:"))
		return read_tcp(out, reading, rest);
	if (take_start(&rest, "unix:") && rest.len > 0) {
		out->kind = CONFIG_LISTENER_UNIX;
		enum undersign_status status = read_path(&out->address, reading, rest);
		if (status == UNDERSIGN_OK && strlen(out->address) > CONFIG_SOCKET_MAX)
			return fail(reading, UNDERSIGN_E_LIMIT,
				    "the path of a Unix socket has at most 107 bytes", "shorten",
				    rest);
		return status;
	}
	if (take_start(&rest, "activated:") && rest.len > 0) {
		out->kind = CONFIG_LISTENER_ACTIVATED;
		return keep(&out->address, reading, rest);
	}
	return fail(reading, UNDERSIGN_E_FORMAT,
		    "a listener is unix:PATH, tcp:ADDRESS:PORT or activated:NAME", "found", value);
}

static bool is_same_listener(const struct config_listener *a, const struct config_listener *b)
{
	return a->kind == b->kind && a->port == b->port && strcmp(a->address, b->address) == 0;
}

static enum undersign_status read_listen(const struct reading *reading, struct bytes value)
{
	struct config *config = reading->config;
	if (config->n_listeners == CONFIG_LISTENERS_MAX)
		return fail(reading, UNDERSIGN_E_LIMIT, "a desk has at most 16 listeners", "remove",
			    value);
	struct config_listener *listener = &config->listeners[config->n_listeners];
	struct bytes mark = bytes_from_text(" statements");
	struct bytes address = value;
	if (value.len > mark.len &&
	    bytes_are_equal(bytes_part(value, value.len - mark.len, mark.len), mark)) {
		address = bytes_part(value, 0, value.len - mark.len);
		listener->takes_statements = true;
	}
	if (memchr(address.data, ' ', address.len))
		return fail(reading, UNDERSIGN_E_FORMAT,
			    "after a listener stands nothing, or ` statements`", "found", value);
	enum undersign_status status = read_listener(listener, reading, address);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < config->n_listeners; i++) {
		if (is_same_listener(listener, &config->listeners[i]))
			return fail(reading, UNDERSIGN_E_CONFLICT, "a listener stands once",
				    "remove the second", value);
	}
	config->n_listeners++;
	return UNDERSIGN_OK;
}

static enum undersign_status read_metrics(const struct reading *reading, struct bytes value)
{
	struct config *config = reading->config;
	enum undersign_status status = read_listener(&config->metrics, reading, value);
	if (status != UNDERSIGN_OK)
		return status;
	bool is_here = config->metrics.kind != CONFIG_LISTENER_TCP ||
		       strncmp(config->metrics.address, "127.", 4) == 0 ||
		       strcmp(config->metrics.address, "::1") == 0;
	if (!is_here)
		return fail(reading, UNDERSIGN_E_INVALID, "metrics are for this machine alone",
			    "listen on unix:PATH or tcp:127.0.0.1:PORT, not on", value);
	config->has_metrics = true;
	return UNDERSIGN_OK;
}

static enum undersign_status read_letter(const struct reading *reading, struct bytes value)
{
	struct config *config = reading->config;
	if (config->n_letters == CONFIG_LETTERS_MAX)
		return fail(reading, UNDERSIGN_E_LIMIT, "a desk serves at most 256 letters",
			    "remove", value);
	const char **letter = &config->letters[config->n_letters];
	enum undersign_status status = read_path(letter, reading, value);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < config->n_letters; i++) {
		if (strcmp(*letter, config->letters[i]) == 0)
			return fail(reading, UNDERSIGN_E_CONFLICT, "a letter's folder stands once",
				    "remove the second", value);
	}
	config->n_letters++;
	return UNDERSIGN_OK;
}

static enum undersign_status read_proxy(const struct reading *reading, struct bytes value)
{
	struct bytes rest = value;
	/* socks5h: the proxy resolves names; by socks5 this machine would ask for them. */
	if (!take_start(&rest, "socks5h://") || rest.len == 0)
		return fail(reading, UNDERSIGN_E_FORMAT, "a proxy is socks5h://HOST:PORT", "found",
			    value);
	return keep(&reading->config->witness_proxy, reading, value);
}

static enum undersign_status read_timeout(const struct reading *reading, struct bytes value)
{
	uint32_t seconds = 0;
	enum undersign_status status = read_u32(&seconds, reading, value, 1, 600);
	reading->config->witness_timeout_ms = seconds * 1000;
	return status;
}

/* The order of config_keys. */
enum key {
	KEY_TITLE,
	KEY_STORE,
	KEY_PUBLISHED,
	KEY_PROGRAMS,
	KEY_LOG_RECORD,
	KEY_LOG_KEY,
	KEY_PROMISE_KEY,
	KEY_CHECKPOINT_COPY,
	KEY_LETTER,
	KEY_LISTEN,
	KEY_METRICS,
	KEY_STAMP_BITS,
	KEY_QUEUE_MAX,
	KEY_HELD_MAX,
	KEY_CONNECTIONS_MAX,
	KEY_THREADS,
	KEY_WITNESS_POLICY,
	KEY_WITNESS_PROXY,
	KEY_WITNESS_TIMEOUT,
	N_KEYS
};

const struct config_key config_keys[] = {
	[KEY_TITLE] = {"title", true, false},
	[KEY_STORE] = {"store", true, false},
	[KEY_PUBLISHED] = {"published", true, false},
	[KEY_PROGRAMS] = {"programs", false, false},
	[KEY_LOG_RECORD] = {"log-record", true, false},
	[KEY_LOG_KEY] = {"log-key", true, false},
	[KEY_PROMISE_KEY] = {"promise-key", true, false},
	[KEY_CHECKPOINT_COPY] = {"checkpoint-copy", true, false},
	[KEY_LETTER] = {"letter", false, true},
	[KEY_LISTEN] = {"listen", true, true},
	[KEY_METRICS] = {"metrics", false, false},
	[KEY_STAMP_BITS] = {"stamp-bits", false, false},
	[KEY_QUEUE_MAX] = {"queue-max", false, false},
	[KEY_HELD_MAX] = {"held-max", false, false},
	[KEY_CONNECTIONS_MAX] = {"connections-max", false, false},
	[KEY_THREADS] = {"threads", false, false},
	[KEY_WITNESS_POLICY] = {"witness-policy", false, false},
	[KEY_WITNESS_PROXY] = {"witness-proxy", false, false},
	[KEY_WITNESS_TIMEOUT] = {"witness-timeout", false, false},
	[N_KEYS] = {NULL, false, false},
};

static enum undersign_status read_value(const struct reading *reading, enum key key,
					struct bytes value)
{
	struct config *config = reading->config;
	switch (key) {
	case KEY_TITLE:
		return keep(&config->title, reading, value);
	case KEY_STORE:
		return read_store(reading, value);
	case KEY_PUBLISHED:
		return read_path(&config->published, reading, value);
	case KEY_PROGRAMS:
		return read_path(&config->programs, reading, value);
	case KEY_LOG_RECORD:
		return read_path(&config->log_record, reading, value);
	case KEY_LOG_KEY:
		return read_path(&config->log_key, reading, value);
	case KEY_PROMISE_KEY:
		return read_path(&config->promise_key, reading, value);
	case KEY_CHECKPOINT_COPY:
		return read_path(&config->checkpoint_copy, reading, value);
	case KEY_LETTER:
		return read_letter(reading, value);
	case KEY_LISTEN:
		return read_listen(reading, value);
	case KEY_METRICS:
		return read_metrics(reading, value);
	case KEY_STAMP_BITS:
		return read_u32(&config->stamp_bits, reading, value, 0, 40);
	case KEY_QUEUE_MAX:
		return read_u32(&config->queue_max, reading, value, 1, 1000000);
	case KEY_HELD_MAX:
		return read_number(&config->held_max, reading, value, 1, 100000000);
	case KEY_CONNECTIONS_MAX:
		return read_u32(&config->connections_max, reading, value, 1, 100000);
	case KEY_THREADS:
		return read_u32(&config->threads, reading, value, 0, 256);
	case KEY_WITNESS_POLICY:
		return read_path(&config->witness_policy, reading, value);
	case KEY_WITNESS_PROXY:
		return read_proxy(reading, value);
	case KEY_WITNESS_TIMEOUT:
		return read_timeout(reading, value);
	case N_KEYS:
		break;
	}
	undersign_abort("a key of config_keys", __FILE__, __LINE__);
}

/* The next line without its newline; false at the end. */
static bool take_line(struct bytes *out, struct bytes *text)
{
	if (text->len == 0)
		return false;
	const uint8_t *end = memchr(text->data, '\n', text->len);
	size_t len = end ? (size_t)(end - text->data) : text->len;
	size_t taken = end ? len + 1 : len;
	*out = bytes_part(*text, 0, len);
	*text = bytes_part(*text, taken, text->len - taken);
	return true;
}

static enum undersign_status read_line(const struct reading *reading, struct bytes line,
				       bool has[static N_KEYS])
{
	size_t at = 0;
	while (at + 3 <= line.len && memcmp(line.data + at, " = ", 3) != 0)
		at++;
	if (at == 0 || at + 3 >= line.len)
		return fail(reading, UNDERSIGN_E_FORMAT,
			    "a line is `key = value`, empty, or begins with `#`",
			    "put one space on each side of the equals sign, in", line);
	struct bytes name = bytes_part(line, 0, at);
	struct bytes value = bytes_part(line, at + 3, line.len - at - 3);
	if (value.data[0] == ' ' || value.data[value.len - 1] == ' ' || value.len > VALUE_MAX)
		return fail(reading, UNDERSIGN_E_FORMAT,
			    "a value has 1 to 4096 bytes and no space at either end",
			    "correct the value of", name);
	for (size_t i = 0; i < N_KEYS; i++) {
		if (!bytes_are_equal(name, bytes_from_text(config_keys[i].name)))
			continue;
		if (has[i] && !config_keys[i].may_repeat)
			return fail(reading, UNDERSIGN_E_CONFLICT, "a key stands once",
				    "remove the second", name);
		has[i] = true;
		return read_value(reading, (enum key)i, value);
	}
	return fail(reading, UNDERSIGN_E_FORMAT, "a key is one of undersign-desk.conf(5)",
		    "correct or remove", name);
}

static enum undersign_status check_text(const struct reading *reading, struct bytes text)
{
	if (text.len > CONFIG_LEN_MAX)
		return fail(reading, UNDERSIGN_E_LIMIT, "a configuration has at most 64 KiB", "",
			    bytes_from(NULL, 0));
	bool is_plain = utf8_is_valid(text);
	for (size_t i = 0; i < text.len; i++)
		is_plain = is_plain &&
			   (text.data[i] == '\n' || (text.data[i] >= 0x20 && text.data[i] != 0x7f));
	if (!is_plain)
		return fail(reading, UNDERSIGN_E_FORMAT,
			    "a configuration is UTF-8 without tabulators and other controls",
			    "save it as plain text", bytes_from(NULL, 0));
	return UNDERSIGN_OK;
}

static enum undersign_status check_whole(const struct reading *reading,
					 const bool has[static N_KEYS])
{
	for (size_t i = 0; i < N_KEYS; i++) {
		if (has[i] || !config_keys[i].is_required)
			continue;
		problem_where(reading->problem, "the end", bytes_from(NULL, 0));
		problem_rule_name(reading->problem, "the key `{1}` is given",
				  bytes_from_text(config_keys[i].name));
		problem_what(reading->problem, "add a line for it (undersign-desk.conf(5))",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	if (has[KEY_WITNESS_PROXY] && !has[KEY_WITNESS_POLICY]) {
		problem_where(reading->problem, "the end", bytes_from(NULL, 0));
		problem_rule(reading->problem, "`witness-proxy` serves a `witness-policy`");
		problem_what(reading->problem, "add the policy or remove the proxy",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	return UNDERSIGN_OK;
}

enum undersign_status config_parse(struct config *out, struct bytes text, const char *folder,
				   const char *credentials, struct arena *arena,
				   struct problem *problem)
{
	*out = (struct config){
		.stamp_bits = 16,
		.queue_max = 4096,
		.held_max = 1000000,
		.connections_max = 512,
		.witness_timeout_ms = 20000,
	};
	struct reading reading = {.config = out,
				  .folder = folder,
				  .credentials = credentials,
				  .arena = arena,
				  .problem = problem};
	bool has[N_KEYS] = {false};
	struct bytes rest = text, line;
	enum undersign_status status = check_text(&reading, text);
	while (status == UNDERSIGN_OK && take_line(&line, &rest)) {
		reading.line++;
		if (line.len > 0 && line.data[0] != '#')
			status = read_line(&reading, line, has);
	}
	if (status == UNDERSIGN_OK)
		status = check_whole(&reading, has);
	if (status != UNDERSIGN_OK)
		*out = (struct config){0};
	return status;
}

enum undersign_status config_open(struct config *out, const char *path, struct arena *arena,
				  struct problem *problem)
{
	*out = (struct config){0};
	struct file_content content;
	enum undersign_status status =
		file_read(&content, path, CONFIG_LEN_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const char *slash = strrchr(path, '/');
	struct reading reading = {.arena = arena, .problem = problem};
	const char *folder = ".";
	if (slash)
		status = keep(&folder, &reading, bytes_from(path, (size_t)(slash - path)));
	if (status == UNDERSIGN_OK)
		status = config_parse(out, file_content_view(&content), folder,
				      getenv("CREDENTIALS_DIRECTORY"), arena, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	file_content_free(&content);
	return status;
}

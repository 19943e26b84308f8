/* The desk's configuration: one file of `key = value` lines, the same for acceptor and sealer
 * (undersign-desk.conf(5), examples/desk/desk.conf). Empty lines, and lines that begin with `#`,
 * say nothing. Strict: a key that is unknown, a key that stands twice, a value out of its bounds
 * and a required key that is missing are errors that name file, line, rule and remedy.
 *
 * Paths may be relative to the folder of the file; `credential:NAME` is the file NAME of the folder
 * that systemd hands over (LoadCredential=). What stands here is public, but for the password that
 * a store's URL may hold: config_open reads it into memory that is wiped. */
#ifndef UNDERSIGNED_CONFIG_H
#define UNDERSIGNED_CONFIG_H

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_LEN_MAX       ((size_t)64 * 1024)
#define CONFIG_LISTENERS_MAX 16
#define CONFIG_LETTERS_MAX   256
#define CONFIG_SOCKET_MAX    107 /* bytes of a Unix socket's path */

enum config_store_kind { CONFIG_STORE_SQLITE, CONFIG_STORE_POSTGRESQL };

enum config_listener_kind {
	CONFIG_LISTENER_UNIX,      /* a socket at path */
	CONFIG_LISTENER_TCP,       /* host and port */
	CONFIG_LISTENER_ACTIVATED, /* opened by systemd, by its FileDescriptorName= */
};

struct config_listener {
	enum config_listener_kind kind;
	const char *address;   /* path, host (an IP address, without brackets) or name */
	uint16_t port;         /* of TCP; not 0 */
	bool takes_statements; /* marked `statements`: may take in what members made */
};

/* Terminated texts live as long as the arena. An optional text that is not given is NULL. */
struct config {
	const char *title; /* of the desk, for people; required */
	enum config_store_kind store_kind;
	const char *store;           /* SQLite: the file. PostgreSQL: the whole URL. Required */
	const char *published;       /* folder of the static files; required */
	const char *programs;        /* folder of what browsers load; NULL: they are not offered */
	const char *log_record;      /* the log's signed record: origin, key, epochs; required */
	const char *log_key;         /* private, read by the sealer alone; required */
	const char *promise_key;     /* private, read by the acceptor alone; required */
	const char *checkpoint_copy; /* file outside the store and the published folder; required */
	const char *letters[CONFIG_LETTERS_MAX]; /* folders of letters that the desk serves */
	size_t n_letters;
	struct config_listener listeners[CONFIG_LISTENERS_MAX]; /* at least one */
	size_t n_listeners;
	bool has_metrics;
	struct config_listener metrics; /* a Unix socket, or TCP of this machine */
	uint32_t stamp_bits;            /* 0 to 40; default 16 */
	uint32_t queue_max;             /* statements that wait for verification; default 4096 */
	uint64_t held_max;              /* statements that are held; default 1000000 */
	uint32_t connections_max;       /* default 512 */
	uint32_t threads;               /* that verify; 0, the default, as the machine has */
	const char *witness_policy;     /* tlog-policy file; NULL: no witness is asked */
	const char *witness_proxy;      /* socks5h://HOST:PORT; NULL: directly */
	uint32_t witness_timeout_ms;    /* for each answer; default 20 s */
};

/* Every key, in the order of the man page; config_keys ends with a NULL name. */
struct config_key {
	const char *name;
	bool is_required;
	bool may_repeat; /* with another value each time */
};
extern const struct config_key config_keys[];

/* Parses a text. folder: what relative paths begin from, without a slash at its end. credentials:
 * the folder that `credential:` stands for; NULL if there is none. Does no I/O. *out is zeros on
 * failure. E_FORMAT, E_CONFLICT (twice), E_LIMIT, E_MISSING (a required key) or E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status config_parse(struct config *out, struct bytes text,
							const char *folder, const char *credentials,
							struct arena *arena,
							struct problem *problem);
/* Reads the file and parses it; `credential:` by $CREDENTIALS_DIRECTORY. The arena should be
 * one that is wiped. Errors also as file_read. */
UNDERSIGN_MUST_CHECK enum undersign_status
config_open(struct config *out, const char *path, struct arena *arena, struct problem *problem);

#endif

/* Lists of SSH public keys: authorized_keys, allowed_signers, and files of bare keys. Every line is
 * either a usable ssh-ed25519 key or has a reason why not. Pure; public data; memory from an arena.
 *
 * Forms are those of OpenSSH (sshd(8), ssh-keygen(1)), read strictly: what OpenSSH refuses is
 * refused; a line end may be CR LF. */
#ifndef UNDERSIGNED_SSH_KEYS_H
#define UNDERSIGNED_SSH_KEYS_H

#include "arena.h"
#include "bytes.h"
#include "ed25519.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SSH_KEYS_FILE_MAX  ((size_t)64 << 20) /* bytes of one file */
#define SSH_KEYS_LINE_MAX  65536
#define SSH_KEYS_LINES_MAX (UINT32_C(1) << 22) /* of all files, without empty ones */

enum ssh_keys_form {
	SSH_KEYS_AUTHORIZED,      /* [options] type base64 [comment] */
	SSH_KEYS_ALLOWED_SIGNERS, /* principals [options] type base64 [comment] */
	SSH_KEYS_BARE             /* type base64 [comment]: a member's file */
};

/* How the importer knows that one person has one key (formats 3.2, `persons`). */
enum ssh_keys_persons {
	SSH_KEYS_BY_PRINCIPAL = 1, /* persons that share a principal, or a key, are one */
	SSH_KEYS_BY_COMMENT,       /* a key without comment is refused */
	SSH_KEYS_BY_FILE,          /* a file is one person */
	SSH_KEYS_DECLARED /* every key is one person: the importer says so, and it is published */
};

enum ssh_keys_reason {
	SSH_KEYS_USABLE = 0,
	SSH_KEYS_RSA,
	SSH_KEYS_DSA,
	SSH_KEYS_ECDSA,
	SSH_KEYS_SK_ED25519,
	SSH_KEYS_SK_ECDSA,
	SSH_KEYS_CERTIFICATE,
	SSH_KEYS_UNKNOWN_TYPE,
	SSH_KEYS_CERT_AUTHORITY, /* the option: its holder vouches for others */
	SSH_KEYS_EXPIRED,
	SSH_KEYS_NOT_YET_VALID,
	SSH_KEYS_BAD_LINE,    /* no key where one should be, a control character, too long */
	SSH_KEYS_BAD_OPTIONS, /* unknown, repeated, unterminated, without value */
	SSH_KEYS_BAD_BASE64,
	SSH_KEYS_BAD_LENGTH,   /* the key's bytes are too few or too many */
	SSH_KEYS_TYPE_DIFFERS, /* between the line and the key's bytes */
	SSH_KEYS_BAD_POINT,    /* small or mixed order, not canonical, not on the curve */
	SSH_KEYS_DUPLICATE,    /* the key stands in line `other` */
	SSH_KEYS_SECOND_KEY,   /* of the person whose key is in line `other` */
	SSH_KEYS_NO_PERSON,    /* no comment, or principals that are patterns: whose key is it? */
	SSH_KEYS_N_REASONS
};

struct ssh_keys_file {
	struct bytes name; /* for messages */
	enum ssh_keys_form form;
	struct bytes content;
};

struct ssh_keys_line {
	uint32_t file;   /* index of its file */
	uint32_t number; /* from 1 */
	enum ssh_keys_reason reason;
	uint8_t key[ED25519_PUBLIC_BYTES]; /* if the bytes were there; zeros if not */
	struct bytes type;                 /* the word of the line; may be empty */
	struct bytes principals;           /* without quotes; may be empty */
	struct bytes comment;              /* may be empty */
	struct bytes detail;               /* the offending part; may be empty */
	const struct ssh_keys_line *other; /* SSH_KEYS_DUPLICATE, SSH_KEYS_SECOND_KEY */
};

struct ssh_keys {
	struct ssh_keys_line *lines; /* all but empty lines and comments, in order */
	uint32_t n;
	uint32_t n_of[SSH_KEYS_N_REASONS];
};

/* Reads all files. now: seconds since 1970, for the options that limit validity; times without `Z`
 * are local in OpenSSH, and UTC here. E_LIMIT if a file is too long or there are too many lines,
 * E_USAGE if persons does not go with the form of a file (by principal: allowed_signers only),
 * E_MEMORY; *problem tells. Bad lines are no failure. Views are of the files. */
UNDERSIGN_MUST_CHECK enum undersign_status
ssh_keys_read(struct ssh_keys *out, const struct ssh_keys_file *files, size_t n_files,
	      enum ssh_keys_persons persons, uint64_t now, struct arena *arena,
	      struct problem *problem);

/* A sentence for people about a line that cannot serve: what is wrong, the rule, what to do. */
void ssh_keys_explain(struct problem *out, const struct ssh_keys_line *line,
		      const struct ssh_keys_file *files);
/* A short name: "RSA", "second key of a person". Never NULL. */
const char *ssh_keys_reason_text(enum ssh_keys_reason reason);

#endif

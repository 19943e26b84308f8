/* The option strings before a key in authorized_keys and allowed_signers (sshd(8), ssh-keygen(1)).
 * Used by this folder only. */
#ifndef UNDERSIGNED_SSH_OPTIONS_H
#define UNDERSIGNED_SSH_OPTIONS_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* What of the options decides whether a key can serve. */
struct ssh_options {
	bool is_cert_authority;
	uint64_t valid_after;  /* seconds since 1970; 0: no limit */
	uint64_t valid_before; /* the same */
	bool has_namespaces;   /* of allowed_signers: only for namespaces that match */
	struct bytes namespaces;
};

/* Takes the options at the begin of *line: up to a space or tabulator outside of double quotes, in
 * which \" is a quote. False if a quote is not ended; *line is then unchanged. */
bool ssh_options_take(struct bytes *out, struct bytes *line);

/* Parses options of an authorized_keys line. Every name must be known, and be repeated only where
 * sshd allows it; every value is in double quotes, and of the form that sshd asks for. False if
 * not; *bad is then the part from the first option that is not good. */
bool ssh_options_parse_authorized(struct ssh_options *out, struct bytes *bad, struct bytes options);
/* The same for allowed_signers: cert-authority, namespaces, valid-after, valid-before. */
bool ssh_options_parse_signers(struct ssh_options *out, struct bytes *bad, struct bytes options);

/* OpenSSH's pattern lists, as in `namespaces`: patterns with `*` and `?`, separated by commas. True
 * if one matches and none that begins with `!` does. */
bool ssh_options_match(struct bytes text, struct bytes patterns);

#endif

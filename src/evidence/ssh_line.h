/* One line of a list of SSH keys, split into its parts. Used by this folder only. */
#ifndef UNDERSIGNED_SSH_LINE_H
#define UNDERSIGNED_SSH_LINE_H

#include "ssh_keys.h"

/* Views of the line; what it does not have is empty. */
struct ssh_line {
	struct bytes principals; /* without quotes */
	struct bytes options;
	struct bytes type;
	struct bytes base64;
	struct bytes comment;
	/* SSH_KEYS_USABLE for ssh-ed25519; else why a key of this type is none that can sign
	 * letters, or SSH_KEYS_BAD_LINE, _BAD_OPTIONS, _UNKNOWN_TYPE: nothing after that was read.
	 */
	enum ssh_keys_reason reason;
	struct bytes detail; /* the offending part; may be empty */
};

/* Takes the next line of a file, without its end and the blanks around it. */
struct bytes ssh_line_take(struct bytes *content);
/* False for empty lines and comments. */
bool ssh_line_is_content(struct bytes line);
/* Splits a line that is content. Neither options nor base64 are looked into. */
void ssh_line_parse(struct ssh_line *out, struct bytes text, enum ssh_keys_form form);

#endif

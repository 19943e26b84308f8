/* What people are told about lines that cannot serve. */
#include "ssh_keys.h"

struct reason_words {
	const char *name;
	const char *rule; /* and what to do */
	const char *what;
};

#define ONLY_ED25519 "Only ssh-ed25519 keys can; with others you can enrol."
#define PRIME_ORDER  "A key is a canonical point of prime order (protocol 4.2)."
#define ONE_KEY      "One person has one key in a roster; the first that can serve is taken."
#define LINE_FORM                                                                                  \
	"A line is: options if there are any, the key's type, the key in base64, a comment; in "   \
	"allowed_signers the principals stand first."

static const struct reason_words words_of[SSH_KEYS_N_REASONS] = {
	[SSH_KEYS_USABLE] = {"usable", "", ""},
	[SSH_KEYS_RSA] = {"RSA", ONLY_ED25519, "This key cannot sign here: RSA."},
	[SSH_KEYS_DSA] = {"DSA", ONLY_ED25519, "This key cannot sign here: DSA."},
	[SSH_KEYS_ECDSA] = {"ECDSA", ONLY_ED25519, "This key cannot sign here: ECDSA."},
	[SSH_KEYS_SK_ED25519] = {"hardware key (sk-ssh-ed25519)", ONLY_ED25519,
				 "This key cannot sign here: it is in a hardware token "
				 "(sk-ssh-ed25519)."},
	[SSH_KEYS_SK_ECDSA] = {"hardware key (sk-ecdsa)", ONLY_ED25519,
			       "This key cannot sign here: it is in a hardware token (sk-ecdsa)."},
	[SSH_KEYS_CERTIFICATE] = {"certificate",
				  "A certificate is a word about a key. Give the key's own public "
				  "file.",
				  "This is a certificate:"},
	[SSH_KEYS_UNKNOWN_TYPE] = {"unknown type", ONLY_ED25519,
				   "This key cannot sign here; its type is not known:"},
	[SSH_KEYS_CERT_AUTHORITY] = {"cert-authority",
				     "A key that vouches for others is not a member's. Leave the "
				     "line out.",
				     "This is the key of a certificate authority:"},
	[SSH_KEYS_EXPIRED] = {"expired", "A key serves until its expiry. Ask for the current one.",
			      "This key has expired:"},
	[SSH_KEYS_NOT_YET_VALID] = {"not yet valid", "A key serves from its valid-after time on.",
				    "This key is not valid yet:"},
	[SSH_KEYS_BAD_LINE] = {"not a key", LINE_FORM,
			       "This line has no key, or a control "
			       "character, or is too long:"},
	[SSH_KEYS_BAD_OPTIONS] = {"bad options",
				  "Options are those of sshd(8) and ssh-keygen(1), separated by "
				  "commas, their values in double quotes.",
				  "These options are not good:"},
	[SSH_KEYS_BAD_BASE64] = {"malformed base64",
				 "A key is written in base64, with padding, and whole. Copy it "
				 "again.",
				 "This is not:"},
	[SSH_KEYS_BAD_LENGTH] = {"wrong length",
				 "An ssh-ed25519 key has 51 bytes, 32 of them the point. Copy it "
				 "again.",
				 "This key is shorter or longer:"},
	[SSH_KEYS_TYPE_DIFFERS] = {"type differs",
				   "The type that the line names is that of the key's bytes.",
				   "The key's bytes are of another type:"},
	[SSH_KEYS_BAD_POINT] = {"not a good point", PRIME_ORDER,
				"This key is not on the curve, not canonical, or of small or mixed "
				"order; nobody can sign with it:"},
	[SSH_KEYS_DUPLICATE] = {"repeated", "A key stands in a roster once.", "This key stands in"},
	[SSH_KEYS_SECOND_KEY] = {"second key of a person", ONE_KEY,
				 "The same person's key stands in"},
	[SSH_KEYS_NO_PERSON] = {"no person",
				"It must be known whose key it is: by a comment, or by principals "
				"without patterns. Else declare one key a person; that is "
				"published.",
				"Nothing tells whose key this is:"},
};

const char *ssh_keys_reason_text(enum ssh_keys_reason reason)
{
	return reason < SSH_KEYS_N_REASONS ? words_of[reason].name : "";
}

/* "line 7" or "file x, line 7". */
static struct bytes place_of(uint8_t *memory, size_t capacity, const struct ssh_keys_line *line,
			     const struct ssh_keys_line *from, const struct ssh_keys_file *files)
{
	struct writer writer = writer_new(memory, capacity);

	writer_text(&writer, "line ");
	writer_decimal(&writer, line->number);
	if (line->file != from->file && files[line->file].name.len + writer.len + 9 <= capacity) {
		writer_text(&writer, " of file ");
		writer_bytes(&writer, files[line->file].name);
	}
	return writer_view(&writer);
}

void ssh_keys_explain(struct problem *out, const struct ssh_keys_line *line,
		      const struct ssh_keys_file *files)
{
	const struct reason_words *words = &words_of[line->reason];
	uint8_t place[PROBLEM_TEXT_LEN];

	problem_where_number(out, "line", line->number);
	problem_inside(out, "file", files[line->file].name);
	problem_rule(out, words->rule);
	if (line->other)
		problem_what(out, words->what,
			     place_of(place, sizeof place, line->other, line, files));
	else
		problem_what(out, words->what, line->detail);
}

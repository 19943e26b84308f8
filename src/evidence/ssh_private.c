#include "ssh_private.h"

#include "ct.h"
#include "encoding.h"

#include <errno.h>
#include <libssh/libssh.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEGIN_LINE "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END_LINE   "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC      "openssh-key-v1" /* with its terminating zero */
#define ED25519    "ssh-ed25519"
/* What is decoded of a file to learn its cipher and type, and of what libssh exports: the whole
 * file of an Ed25519 key without its comment has about 300 bytes. */
#define CONTENT_MAX 49152
/* Rounds of bcrypt: ssh-keygen makes 16, a thousand take seconds. */
#define ROUNDS_MAX 10000

static enum undersign_status refuse(enum ssh_private_refusal *out_why, enum ssh_private_refusal why,
				    struct problem *problem, const char *rule, const char *what,
				    struct bytes detail)
{
	static const enum undersign_status status_of[] = {
		[SSH_PRIVATE_NONE] = UNDERSIGN_OK,
		[SSH_PRIVATE_NOT_A_KEY] = UNDERSIGN_E_FORMAT,
		[SSH_PRIVATE_PUBLIC_HALF] = UNDERSIGN_E_FORMAT,
		[SSH_PRIVATE_OTHER_TYPE] = UNDERSIGN_E_USAGE,
		[SSH_PRIVATE_NEEDS_PASSPHRASE] = UNDERSIGN_E_MISSING,
		[SSH_PRIVATE_CIPHER] = UNDERSIGN_E_USAGE,
		[SSH_PRIVATE_WRONG_PASSPHRASE] = UNDERSIGN_E_INVALID,
		[SSH_PRIVATE_MISMATCH] = UNDERSIGN_E_CONFLICT,
		[SSH_PRIVATE_STOPPED] = UNDERSIGN_E_USAGE,
	};

	*out_why = why;
	problem_rule(problem, rule);
	problem_what(problem, what, detail);
	return status_of[why];
}

static enum undersign_status refuse_form(enum ssh_private_refusal *out_why, struct problem *problem)
{
	return refuse(out_why, SSH_PRIVATE_NOT_A_KEY, problem,
		      "a key file is an OpenSSH private key, as ssh-keygen writes it, whole",
		      "this is not, or it is damaged", bytes_from(NULL, 0));
}

static enum undersign_status refuse_type(enum ssh_private_refusal *out_why, struct problem *problem,
					 struct bytes type)
{
	return refuse(out_why, SSH_PRIVATE_OTHER_TYPE, problem,
		      "Only ssh-ed25519 keys can; with others you can enrol.",
		      "This key cannot sign here:", type);
}

static enum undersign_status refuse_memory(enum ssh_private_refusal *out_why,
					   struct problem *problem)
{
	*out_why = SSH_PRIVATE_STOPPED;
	problem_rule(problem, "the key must fit into memory");
	problem_what(problem, "there is none left", bytes_from(NULL, 0));
	return UNDERSIGN_E_MEMORY;
}

static bool contains(struct bytes text, const char *part)
{
	struct bytes sought = bytes_from_text(part);

	for (size_t i = 0; sought.len <= text.len && i <= text.len - sought.len; i++) {
		if (memcmp(text.data + i, sought.data, sought.len) == 0)
			return true;
	}
	return false;
}

/* Tells what a file is that does not begin as an OpenSSH private key. */
static enum undersign_status refuse_other_file(enum ssh_private_refusal *out_why,
					       struct problem *problem, struct bytes file)
{
	static const char *const others[][2] = {
		{"-----BEGIN RSA PRIVATE KEY-----", "RSA"},
		{"-----BEGIN EC PRIVATE KEY-----", "ECDSA"},
		{"-----BEGIN DSA PRIVATE KEY-----", "DSA"},
		{"-----BEGIN PRIVATE KEY-----", "a PKCS #8 file"},
		{"-----BEGIN ENCRYPTED PRIVATE KEY-----", "a PKCS #8 file"},
		{"PuTTY-User-Key-File", "a PuTTY file (puttygen can export it to OpenSSH)"},
	};
	static const char *const publics[] = {"ssh-", "ecdsa-", "sk-", "---- BEGIN SSH2 PUBLIC"};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (bytes_begin_with(file, bytes_from_text(others[i][0])))
			return refuse_type(out_why, problem, bytes_from_text(others[i][1]));
	}
	for (size_t i = 0; i < sizeof publics / sizeof publics[0]; i++) {
		if (bytes_begin_with(file, bytes_from_text(publics[i])))
			return refuse(out_why, SSH_PRIVATE_PUBLIC_HALF, problem,
				      "to sign takes the private key: the file without `.pub`",
				      "this is the public half", bytes_from(NULL, 0));
	}
	return refuse_form(out_why, problem);
}

/* What the begin of a key file tells, before anything is opened. */
struct outline {
	bool is_sealed;
	struct bytes cipher;
	struct bytes type;       /* of the public key */
	struct bytes public_key; /* its bytes after the type */
};

/* Decodes the file's base64 to memory. Returns the length, 0 if it is not good. */
static size_t decode_content(uint8_t *out, size_t capacity, uint8_t *packed, struct bytes file)
{
	size_t start = sizeof BEGIN_LINE - 1;
	size_t n = 0;
	size_t len = 0;

	for (size_t i = start; i < file.len && file.data[i] != '-'; i++) {
		uint8_t c = file.data[i];

		if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
			packed[n++] = c;
	}
	if (base64_decode(out, &len, capacity, bytes_from(packed, n)) != UNDERSIGN_OK)
		return 0;
	return len;
}

/* libssh 0.10 ends the program on a key that is sealed with an AEAD cipher. */
static bool is_readable_cipher(struct bytes cipher)
{
	static const char *const readable[] = {"none",       "aes128-ctr", "aes192-ctr",
					       "aes256-ctr", "aes128-cbc", "aes192-cbc",
					       "aes256-cbc", "3des-cbc"};

	for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
		if (bytes_are_equal(cipher, bytes_from_text(readable[i])))
			return true;
	}
	return false;
}

/* A string of RFC 4251 section 5. */
static struct bytes take_string(struct cursor *cursor)
{
	return cursor_take(cursor, cursor_u32be(cursor));
}

/* Reads PROTOCOL.key of OpenSSH up to the private part, which *out_private takes. */
static bool read_outline(struct outline *out, struct bytes *out_private, struct bytes content)
{
	struct cursor cursor = cursor_new(content);
	struct bytes magic = cursor_take(&cursor, sizeof MAGIC);
	struct bytes cipher = take_string(&cursor);
	struct bytes kdf = take_string(&cursor);

	struct cursor options = cursor_new(take_string(&cursor));
	uint32_t n_keys = cursor_u32be(&cursor);
	struct bytes public_blob = take_string(&cursor);
	*out_private = take_string(&cursor);
	if (cursor.has_failed || n_keys != 1 ||
	    !bytes_are_equal(magic, bytes_from(MAGIC, sizeof MAGIC)))
		return false;
	bool is_open = bytes_are_equal(cipher, bytes_from_text("none"));
	if (is_open ? !bytes_are_equal(kdf, bytes_from_text("none"))
		    : !bytes_are_equal(kdf, bytes_from_text("bcrypt")))
		return false;
	if (!is_open) {
		(void)take_string(&options); /* salt */
		uint32_t rounds = cursor_u32be(&options);
		if (!cursor_is_at_end(&options) || rounds == 0 || rounds > ROUNDS_MAX)
			return false;
	}
	struct cursor blob = cursor_new(public_blob);
	out->is_sealed = !is_open;
	out->cipher = cipher;
	out->type = take_string(&blob);
	out->public_key = take_string(&blob);
	return !blob.has_failed;
}

/* The 64 bytes seed ‖ public key of an unsealed key's private part. */
static struct bytes read_private_part(struct bytes private_part)
{
	struct cursor cursor = cursor_new(private_part);
	uint32_t check = cursor_u32be(&cursor);
	uint32_t again = cursor_u32be(&cursor);
	struct bytes type = take_string(&cursor);
	struct bytes public_key = take_string(&cursor);
	struct bytes pair = take_string(&cursor);

	if (cursor.has_failed || check != again ||
	    !bytes_are_equal(type, bytes_from_text(ED25519)) ||
	    public_key.len != ED25519_PUBLIC_BYTES ||
	    pair.len != ED25519_SEED_BYTES + ED25519_PUBLIC_BYTES)
		return bytes_from(NULL, 0);
	return pair;
}

/* Memory for one reading; all of it is wiped. */
struct workspace {
	char text[SSH_PRIVATE_FILE_MAX + 1]; /* the file, terminated */
	uint8_t packed[SSH_PRIVATE_FILE_MAX];
	uint8_t content[CONTENT_MAX];
	uint8_t exported[CONTENT_MAX];
	char passphrase[SSH_PRIVATE_PASSPHRASE_MAX];
};

/* Asks, if the key is sealed. */
static enum undersign_status ask(struct workspace *work, bool is_sealed,
				 const struct ssh_private_passphrase *passphrase,
				 enum ssh_private_refusal *out_why, struct problem *problem)
{
	enum undersign_status status;

	if (!is_sealed)
		return UNDERSIGN_OK;
	if (!passphrase || !passphrase->ask)
		return refuse(out_why, SSH_PRIVATE_NEEDS_PASSPHRASE, problem,
			      "a key that is sealed with a passphrase needs it",
			      "nobody could be asked", bytes_from(NULL, 0));
	status = passphrase->ask(passphrase->cookie, work->passphrase, sizeof work->passphrase);
	work->passphrase[sizeof work->passphrase - 1] = '\0';
	if (status != UNDERSIGN_OK)
		*out_why = SSH_PRIVATE_STOPPED;
	return status;
}

/* What the child process tells: one byte, then seed ‖ public key. */
enum opened { OPENED_NOT, OPENED_UNREADABLE, OPENED_WELL };
#define PAIR_BYTES   (ED25519_SEED_BYTES + ED25519_PUBLIC_BYTES)
#define ANSWER_BYTES (1 + PAIR_BYTES)

/* In the child: opens the key with libssh, and takes seed and public key out of what that exports,
 * for it has no function that gives them. */
static void open_key(uint8_t answer[static ANSWER_BYTES], struct workspace *work, bool is_sealed)
{
	ssh_key key = NULL;
	char *text = NULL;
	struct outline again;
	struct bytes private_part, pair;
	size_t len = 0;

	answer[0] = OPENED_NOT;
	if (ssh_pki_import_privkey_base64(work->text, is_sealed ? work->passphrase : NULL, NULL,
					  NULL, &key) != SSH_OK)
		return;
	answer[0] = OPENED_UNREADABLE;
	if (ssh_key_type(key) != SSH_KEYTYPE_ED25519 ||
	    ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &text) != SSH_OK)
		return;
	struct bytes file = bytes_from_text(text);
	if (file.len <= sizeof work->packed && bytes_begin_with(file, bytes_from_text(BEGIN_LINE)))
		len = decode_content(work->exported, sizeof work->exported, work->packed, file);
	if (!read_outline(&again, &private_part, bytes_from(work->exported, len)))
		return;
	pair = read_private_part(private_part);
	if (!pair.data)
		return;
	memcpy(answer + 1, pair.data, PAIR_BYTES);
	answer[0] = OPENED_WELL;
}

static bool write_all(int to, const uint8_t *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(to, data + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return false;
	}
	return true;
}

static bool read_all(int from, uint8_t *out, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(from, out + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return false;
	}
	return true;
}

/* Runs open_key in a process of its own. libssh 0.10 leaves the seed in memory that it has freed,
 * and ends the program on some damaged files: both end with the child. E_SYSTEM if there is no
 * process; an answer that does not come is OPENED_NOT. */
static enum undersign_status open_apart(uint8_t answer[static ANSWER_BYTES], struct workspace *work,
					bool is_sealed)
{
	int ends[2];
	pid_t child;

	memset(answer, 0, ANSWER_BYTES);
	if (pipe(ends) != 0)
		return UNDERSIGN_E_SYSTEM;
	child = fork();
	if (child == 0) {
		const struct rlimit no_core = {0, 0};

		(void)setrlimit(RLIMIT_CORE, &no_core);
		close(ends[0]);
		open_key(answer, work, is_sealed);
		_exit(write_all(ends[1], answer, ANSWER_BYTES) ? 0 : 1);
	}
	close(ends[1]);
	if (child > 0) {
		if (!read_all(ends[0], answer, ANSWER_BYTES))
			wipe(answer, ANSWER_BYTES);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return child > 0 ? UNDERSIGN_OK : UNDERSIGN_E_SYSTEM;
}

/* Takes seed and public key out of the child's answer. Three copies of the public key must agree:
 * whoever changed the one in the open part would make the owner look for another entry. */
static enum undersign_status take_answer(uint8_t *seed, uint8_t *public_key,
					 const uint8_t answer[static ANSWER_BYTES],
					 const struct outline *outline,
					 enum ssh_private_refusal *out_why, struct problem *problem)
{
	const uint8_t *named = answer + 1 + ED25519_SEED_BYTES;

	if (answer[0] == OPENED_NOT && outline->is_sealed)
		return refuse(out_why, SSH_PRIVATE_WRONG_PASSPHRASE, problem,
			      "the passphrase is the one that the key was sealed with",
			      "The passphrase does not open this file.", bytes_from(NULL, 0));
	if (answer[0] != OPENED_WELL)
		return refuse_form(out_why, problem);
	memcpy(seed, answer + 1, ED25519_SEED_BYTES);
	ed25519_seed_to_key(public_key, seed);
	if (!ct_bytes_are_equal(public_key, named, ED25519_PUBLIC_BYTES) ||
	    outline->public_key.len != ED25519_PUBLIC_BYTES ||
	    !ct_bytes_are_equal(public_key, outline->public_key.data, ED25519_PUBLIC_BYTES))
		return refuse(out_why, SSH_PRIVATE_MISMATCH, problem,
			      "the public key in the file is that of its secret",
			      "it is another; the file was changed", bytes_from(NULL, 0));
	return UNDERSIGN_OK;
}

static enum undersign_status read_key(uint8_t *seed, uint8_t *public_key, struct workspace *work,
				      struct bytes file,
				      const struct ssh_private_passphrase *passphrase,
				      enum ssh_private_refusal *out_why, struct problem *problem)
{
	struct outline outline;
	struct bytes private_part;
	uint8_t answer[ANSWER_BYTES];
	enum undersign_status status;

	if (!contains(file, END_LINE))
		return refuse_form(out_why, problem);
	memcpy(work->text, file.data, file.len);
	size_t len = decode_content(work->content, sizeof work->content, work->packed, file);
	if (len == 0 || !read_outline(&outline, &private_part, bytes_from(work->content, len)))
		return refuse_form(out_why, problem);
	if (!bytes_are_equal(outline.type, bytes_from_text(ED25519)))
		return refuse_type(out_why, problem, outline.type);
	if (!is_readable_cipher(outline.cipher))
		return refuse(
			out_why, SSH_PRIVATE_CIPHER, problem,
			"a key is sealed with a cipher that can be read here; `ssh-keygen -p -Z "
			"aes256-ctr -f FILE` seals it anew",
			"it is sealed with", outline.cipher);
	status = ask(work, outline.is_sealed, passphrase, out_why, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = open_apart(answer, work, outline.is_sealed);
	if (status == UNDERSIGN_OK) {
		status = take_answer(seed, public_key, answer, &outline, out_why, problem);
	} else {
		*out_why = SSH_PRIVATE_STOPPED;
		problem_rule(problem, "the key is opened in a process of its own");
		problem_what(problem, "there is none to be had", bytes_from(NULL, 0));
	}
	wipe(answer, sizeof answer);
	return status;
}

enum undersign_status ssh_private_read(uint8_t seed[static ED25519_SEED_BYTES],
				       uint8_t public_key[static ED25519_PUBLIC_BYTES],
				       enum ssh_private_refusal *out_why, struct bytes file,
				       const struct ssh_private_passphrase *passphrase,
				       struct problem *problem)
{
	enum ssh_private_refusal why = SSH_PRIVATE_NONE;
	enum undersign_status status;
	struct workspace *work = NULL;

	memset(seed, 0, ED25519_SEED_BYTES);
	memset(public_key, 0, ED25519_PUBLIC_BYTES);
	if (file.len > SSH_PRIVATE_FILE_MAX) {
		status = refuse_form(&why, problem);
	} else if (!bytes_begin_with(file, bytes_from_text(BEGIN_LINE))) {
		status = refuse_other_file(&why, problem, file);
	} else if (!(work = calloc(1, sizeof *work))) {
		status = refuse_memory(&why, problem);
	} else {
		status = read_key(seed, public_key, work, file, passphrase, &why, problem);
		wipe(work, sizeof *work);
		free(work);
	}
	if (status != UNDERSIGN_OK) {
		wipe(seed, ED25519_SEED_BYTES);
		wipe(public_key, ED25519_PUBLIC_BYTES);
	}
	if (out_why)
		*out_why = why;
	return status;
}

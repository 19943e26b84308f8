#include "signer.h"

#include "ct.h"
#include "ed25519.h"
#include "file.h"
#include "secret.h"
#include "system_problem.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define KEY_LEN_MAX (NOTE_PRIVATE_KEY_TEXT_MAX + 1) /* with its newline */

/* In memory for secrets. */
struct signer {
	struct note_key key;
	uint8_t name[NOTE_NAME_LEN_MAX];
	uint8_t secret[crypto_sign_SECRETKEYBYTES]; /* seed ‖ public key */
};

_Static_assert(crypto_sign_SEEDBYTES == ED25519_SEED_BYTES, "one seed");
_Static_assert(crypto_sign_BYTES == ED25519_SIGNATURE_BYTES, "one signature");

static enum undersign_status sign(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES],
				  struct bytes message)
{
	const struct signer *signer = cookie;

	if (crypto_sign_detached(sig, NULL, message.data, message.len, signer->secret) == 0)
		return UNDERSIGN_OK;
	memset(sig, 0, ED25519_SIGNATURE_BYTES);
	return UNDERSIGN_E_SYSTEM;
}

/* A signer of this seed. Requires: a valid name. NULL without memory. */
static struct signer *signer_make(struct bytes name, const uint8_t seed[static ED25519_SEED_BYTES])
{
	uint8_t public_key[ED25519_PUBLIC_BYTES];
	struct signer *signer = secret_take(sizeof *signer);

	if (!signer)
		return NULL;
	memcpy(signer->name, name.data, name.len);
	CHECK(crypto_sign_seed_keypair(public_key, signer->secret, seed) == 0);
	CHECK(note_key_new(&signer->key, bytes_from(signer->name, name.len), NOTE_KEY_NOTE,
			   public_key) == UNDERSIGN_OK);
	return signer;
}

/* The signer of a new key whose file has been written. buffer: KEY_LEN_MAX bytes for secrets. */
static enum undersign_status make_new(struct signer **out, uint8_t *buffer, const char *path,
				      struct bytes name, const struct random_source *random,
				      struct problem *problem)
{
	uint8_t *seed = buffer; /* the text comes after it */
	struct writer writer = writer_new(buffer + ED25519_SEED_BYTES, KEY_LEN_MAX);

	enum undersign_status status = random->fill(random->cookie, seed, ED25519_SEED_BYTES);
	if (status != UNDERSIGN_OK)
		return system_refuse(problem, "file", path, "a new key needs good random numbers",
				     "this computer gives none: nothing was made", status);
	note_private_key_write(&writer, name, seed);
	writer_u8(&writer, '\n');
	struct signer *signer = signer_make(name, seed);
	if (!signer)
		return system_fail(problem, "file", path, "a key needs memory", ENOMEM);
	status = file_write(path, writer_view(&writer), FILE_PRIVATE, FILE_NEW, problem);
	if (status == UNDERSIGN_OK)
		*out = signer;
	else
		signer_close(signer);
	return status;
}

enum undersign_status signer_new(struct signer **out, const char *path, struct bytes name,
				 const struct random_source *random, struct problem *problem)
{
	*out = NULL;
	if (!note_name_is_valid(name))
		return system_refuse(problem, "file", path,
				     "a key's name is 1 to 255 bytes without spaces and '+'",
				     "this name is another: give one such as example.org/letters",
				     UNDERSIGN_E_USAGE);
	uint8_t *buffer = secret_take(ED25519_SEED_BYTES + KEY_LEN_MAX);
	if (!buffer)
		return system_fail(problem, "file", path, "a key needs memory", ENOMEM);
	enum undersign_status status = make_new(out, buffer, path, name, random, problem);
	secret_free(buffer);
	return status;
}

static enum undersign_status parse_line(struct note_private_key *out, struct bytes content,
					const char *path, struct problem *problem)
{
	enum undersign_status status;

	if (content.len == 0 || content.data[content.len - 1] != '\n')
		return system_refuse(problem, "file", path,
				     "a private key's file is one line with a newline at its end",
				     "it is not: check that it is the right file",
				     UNDERSIGN_E_FORMAT);
	status = note_private_key_parse(out, bytes_part(content, 0, content.len - 1), problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

enum undersign_status signer_open(struct signer **out, const char *path, struct problem *problem)
{
	struct file_content content;

	*out = NULL;
	enum undersign_status status =
		file_read(&content, path, KEY_LEN_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct note_private_key *key = secret_take(sizeof *key);
	if (!key) {
		status = system_fail(problem, "file", path, "a key needs memory", ENOMEM);
		goto out;
	}
	status = parse_line(key, file_content_view(&content), path, problem);
	if (status != UNDERSIGN_OK)
		goto out;
	*out = signer_make(key->key.name, key->seed);
	if (!*out)
		status = system_fail(problem, "file", path, "a key needs memory", ENOMEM);
out:
	secret_free(key);
	file_content_free(&content);
	return status;
}

const struct note_key *signer_key(const struct signer *signer)
{
	return &signer->key;
}

struct note_signer signer_note_signer(struct signer *signer)
{
	struct note_signer out = {.name = signer->key.name, .sign = sign, .cookie = signer};

	memcpy(out.public_key, signer->key.public_key, sizeof out.public_key);
	return out;
}

void signer_close(struct signer *signer)
{
	secret_free(signer);
}

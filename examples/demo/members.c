/* Makes the members of a demonstration who do not sign: enrolment requests whose secrets are thrown
 * away at once, or lines of ssh-ed25519 public keys (by libsodium, in ssh-keygen's place). It uses
 * the public header and nothing else of the project.
 *
 *     demo-members enrolled COUNT FOLDER COLUMNS ROSTER    FOLDER/other-N.request
 *     demo-members raw-key COUNT                           lines of authorized_keys on stdout */
#include "undersign.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	for (size_t done = 0; done < len;) {
		ssize_t n = getrandom(out + done, len - done, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return UNDERSIGN_E_RANDOM;
		done += (size_t)n;
	}
	return UNDERSIGN_OK;
}

static int fail(const char *what)
{
	fprintf(stderr, "demo-members: %s\n", what);
	return 1;
}

static int make_requests(long count, const char *folder, uint32_t n_columns, const char *roster)
{
	static uint8_t secrets[UNDERSIGN_COLUMNS_MAX * UNDERSIGN_SECRET_BYTES];
	static uint8_t request[UNDERSIGN_REQUEST_MAX];
	const struct undersign_random random = {fill, NULL};
	const struct undersign_bytes name = {(const uint8_t *)roster, strlen(roster)};
	const struct undersign_bytes no_meta = {NULL, 0};

	for (long i = 0; i < count; i++) {
		char path[4096];
		size_t len;
		FILE *file;

		if (undersign_enrolment_new(request, &len, secrets, name, 1, no_meta, n_columns,
					    &random) != UNDERSIGN_OK)
			return fail("an enrolment request could not be made");
		snprintf(path, sizeof path, "%s/other-%ld.request", folder, i);
		file = fopen(path, "wb");
		if (!file)
			return fail("a file could not be made");
		size_t n_written = fwrite(request, 1, len, file);
		if (fclose(file) != 0 || n_written != len)
			return fail("a file could not be written");
	}
	explicit_bzero(secrets, sizeof secrets);
	return 0;
}

static void put_base64(const uint8_t *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	/* 51 bytes of an ssh-ed25519 key: no padding. */
	for (size_t i = 0; i + 2 < len; i += 3) {
		uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6)
			putchar(digits[group >> shift & 63]);
	}
}

static int make_keys(long count)
{
	static const char prefix[] = "\0\0\0\x0bssh-ed25519\0\0\0\x20";
	uint8_t blob[51];

	if (sodium_init() < 0)
		return fail("libsodium does not start");
	memcpy(blob, prefix, 19);
	for (long i = 0; i < count; i++) {
		uint8_t secret[crypto_sign_SECRETKEYBYTES];
		crypto_sign_keypair(blob + 19, secret);
		explicit_bzero(secret, sizeof secret);
		fputs("ssh-ed25519 ", stdout);
		put_base64(blob, sizeof blob);
		printf(" member-%ld\n", i);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "enrolled") == 0)
		return make_requests(strtol(argv[2], NULL, 10), argv[3],
				     (uint32_t)strtoul(argv[4], NULL, 10), argv[5]);
	if (argc == 3 && strcmp(argv[1], "raw-key") == 0)
		return make_keys(strtol(argv[2], NULL, 10));
	fprintf(stderr, "usage: demo-members enrolled COUNT FOLDER COLUMNS ROSTER\n"
			"       demo-members raw-key COUNT\n");
	return 2;
}

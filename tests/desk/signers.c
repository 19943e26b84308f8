/* Members who sign, many and quickly, for tests and measurements: their secrets stand in one file,
 * and a bundle is verified once for all of their statements.
 *
 *     desk-signers enrol COUNT FOLDER COLUMNS ROSTER SECRETS   FOLDER/signer-N.request
 *     desk-signers sign BUNDLE SECRETS OUT FIRST COUNT TIMES   OUT/00001 and so on
 *
 * Secrets are those of the first column. sign: the signers FIRST to FIRST + COUNT - 1 (from 0),
 * each TIMES times with the same number, over his own ring, without a second proof: statement j of
 * signer i is the file i * TIMES + j + 1. In a poll each chooses the first options that are enough.
 * What is there already is left as it is. */
#include "arena_heap.h"
#include "bundle_source.h"
#include "entropy.h"
#include "file.h"

#include "undersign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRETS_MAX ((size_t)1 << 26)

static struct undersign_random random_bytes;

static void die(const char *what, const struct problem *problem)
{
	fprintf(stderr, "desk-signers: %s%s%s%s%s\n", what, problem ? ": " : "",
		problem ? problem->where : "", problem ? ": " : "", problem ? problem->rule : "");
	exit(1);
}

static void write_one(const char *path, const uint8_t *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(data, 1, len, file) != len || fclose(file) != 0)
		die("a file could not be written", NULL);
}

static void enrol(size_t count, const char *folder, uint32_t n_columns, const char *roster,
		  const char *path)
{
	static uint8_t fresh[UNDERSIGN_COLUMNS_MAX * UNDERSIGN_SECRET_BYTES];
	static uint8_t request[UNDERSIGN_REQUEST_MAX];
	const struct undersign_bytes name = {(const uint8_t *)roster, strlen(roster)};
	uint8_t *secrets = calloc(count + 1, UNDERSIGN_SECRET_BYTES);
	struct problem problem = {0};

	if (!secrets || n_columns == 0 || n_columns > UNDERSIGN_COLUMNS_MAX)
		die("no memory, or not so many columns", NULL);
	for (size_t i = 0; i < count; i++) {
		char at[4096];
		size_t len;
		if (undersign_enrolment_new(request, &len, fresh, name, 1,
					    (struct undersign_bytes){NULL, 0}, n_columns,
					    &random_bytes) != UNDERSIGN_OK)
			die("an enrolment request could not be made", NULL);
		memcpy(secrets + i * UNDERSIGN_SECRET_BYTES, fresh, UNDERSIGN_SECRET_BYTES);
		snprintf(at, sizeof at, "%s/signer-%zu.request", folder, i);
		write_one(at, request, len);
	}
	if (file_write(path, bytes_from(secrets, count * UNDERSIGN_SECRET_BYTES), FILE_PRIVATE,
		       FILE_NEW, &problem) != UNDERSIGN_OK)
		die("secrets", &problem);
	free(secrets);
}

/* By signing, or by an answer if it is a poll. */
static enum undersign_status make_statement(uint8_t *out, size_t capacity, size_t *out_len,
					    const struct undersign_bundle *bundle, uint32_t ring,
					    const uint8_t *secret,
					    const struct undersign_memory *memory)
{
	const struct undersign_poll *poll = undersign_bundle_poll(bundle);
	uint8_t choices[UNDERSIGN_OPTIONS_MAX] = {0};
	size_t first = 0;

	if (!poll)
		return undersign_bundle_sign(out, capacity, out_len, bundle, ring, false, 1, secret,
					     &random_bytes, memory, NULL);
	for (size_t q = 0; q < poll->n_questions; q++) {
		for (size_t o = 0; o < poll->questions[q].min; o++)
			choices[first + o] = 1;
		first += poll->questions[q].n_options;
	}
	return undersign_bundle_answer(out, capacity, out_len, bundle, choices, ring, false, 1,
				       secret, &random_bytes, memory, NULL);
}

static void sign_one(const struct undersign_bundle *bundle, const uint8_t *secret,
		     const char path[static 4096])
{
	static uint8_t statement[UNDERSIGN_STATEMENT_MAX];
	struct undersign_place place;
	struct arena_heap heap;
	size_t len = 0;

	if (file_exists(path))
		return;
	arena_heap_open(&heap, SIZE_MAX, true);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	if (undersign_bundle_place(&place, bundle, secret) != UNDERSIGN_OK ||
	    make_statement(statement, sizeof statement, &len, bundle, place.own_ring, secret,
			   &memory) != UNDERSIGN_OK)
		die("a statement could not be made", NULL);
	char part[4200];
	snprintf(part, sizeof part, "%s.part", path);
	write_one(part, statement, len);
	if (rename(part, path) != 0)
		die("a file could not be written", NULL);
	arena_heap_close(&heap);
}

static void sign_all(const char *path, const char *secrets_path, const char *out, size_t first,
		     size_t count, size_t times)
{
	struct undersign_problem fault;
	struct undersign_bundle *bundle;
	struct problem problem = {0};
	struct bundle_source *source;
	struct file_content secrets;
	struct arena_heap heap;

	if (file_read(&secrets, secrets_path, SECRETS_MAX, FILE_PRIVATE, &problem) != UNDERSIGN_OK)
		die("secrets", &problem);
	if ((first + count) * UNDERSIGN_SECRET_BYTES > secrets.len)
		die("there are not so many signers", NULL);
	arena_heap_open(&heap, SIZE_MAX, false);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	if (bundle_source_open(&source, path, &problem) != UNDERSIGN_OK)
		die("the bundle", &problem);
	const struct undersign_files files = bundle_source_files(source);
	if (undersign_bundle_open(&bundle, &files, NULL, &random_bytes, &memory, NULL, &fault) !=
	    UNDERSIGN_OK)
		die(fault.rule, NULL);
	for (size_t i = first; i < first + count; i++)
		for (size_t j = 0; j < times; j++) {
			char at[4096];
			snprintf(at, sizeof at, "%s/%05zu", out, i * times + j + 1);
			sign_one(bundle, secrets.data + i * UNDERSIGN_SECRET_BYTES, at);
		}
	bundle_source_close(source);
	arena_heap_close(&heap);
	file_content_free(&secrets);
}

int main(int argc, char **argv)
{
	struct entropy entropy = {0};

	random_bytes = entropy_random(&entropy);
	if (undersign_init(NULL) != UNDERSIGN_OK)
		die("no backend", NULL);
	if (argc == 7 && strcmp(argv[1], "enrol") == 0)
		enrol(strtoul(argv[2], NULL, 10), argv[3], (uint32_t)strtoul(argv[4], NULL, 10),
		      argv[5], argv[6]);
	else if (argc == 8 && strcmp(argv[1], "sign") == 0)
		sign_all(argv[2], argv[3], argv[4], strtoul(argv[5], NULL, 10),
			 strtoul(argv[6], NULL, 10), strtoul(argv[7], NULL, 10));
	else
		die("usage: desk-signers enrol COUNT FOLDER COLUMNS ROSTER SECRETS\n"
		    "       desk-signers sign BUNDLE SECRETS OUT FIRST COUNT TIMES",
		    NULL);
	entropy_close(&entropy);
	return 0;
}

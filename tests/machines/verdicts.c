/* What a machine says about bundles, and makes from secrets, as text: the same on every machine
 * (L-12). Uses the public header and a libc, nothing else.
 *
 *     verdicts BUNDLE SECRET CHANGES SEED
 *
 * BUNDLE is a folder, SECRET a file of 160 bytes whose element is on one of its lists and has
 * signed. Every second one of 2 * CHANGES bundles is as it is, its files in another order and with
 * or without a foreign letter's id asked for; every other has a change: a bit, an end, a file that
 * is missing, two that are exchanged. Then signatures, withdrawals, claims and requests from random
 * bytes that follow from SEED. */
#include "undersign.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MAX  256
#define NAME_LEN   256
#define BLOCKS_MAX 4096

struct file {
	char name[NAME_LEN];
	uint8_t *data;
	size_t len;
};

static struct file files[FILES_MAX];
static size_t n_files;
static uint64_t state;

static void fail(const char *what)
{
	fprintf(stderr, "verdicts: %s\n", what);
	exit(2);
}

static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(size_t limit)
{
	return (size_t)(draw() % limit);
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)draw();
	return UNDERSIGN_OK;
}

static const struct undersign_random source = {fill, NULL};

/* Blocks that one bundle uses, freed together. */
static void *blocks[BLOCKS_MAX];
static size_t n_blocks;

static void *take(void *cookie, size_t len)
{
	(void)cookie;
	if (n_blocks == BLOCKS_MAX)
		return NULL;
	void *block = aligned_alloc(64, (len + 64) / 64 * 64);
	if (block)
		blocks[n_blocks++] = block;
	return block;
}

static const struct undersign_memory memory = {take, NULL, SIZE_MAX};

static void free_all(void)
{
	while (n_blocks > 0)
		free(blocks[--n_blocks]);
}

static uint8_t *read_file(const char *path, size_t *out_len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc((size_t)1 << 22);

	if (!file || !data)
		fail(path);
	*out_len = fread(data, 1, (size_t)1 << 22, file);
	fclose(file);
	return data;
}

static void read_folder(const char *root, const char *inside)
{
	char path[1024], name[NAME_LEN];
	struct stat info;

	snprintf(path, sizeof path, "%s/%s", root, inside);
	DIR *folder = opendir(path);
	if (!folder)
		fail(path);
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof name, "%s%s%s", inside, *inside ? "/" : "",
			     entry->d_name) >= (int)sizeof name)
			fail("a name is too long");
		snprintf(path, sizeof path, "%s/%s", root, name);
		if (stat(path, &info) != 0)
			fail(path);
		if (S_ISDIR(info.st_mode)) {
			read_folder(root, name);
			continue;
		}
		if (n_files == FILES_MAX)
			fail("too many files");
		snprintf(files[n_files].name, sizeof files[n_files].name, "%s", name);
		files[n_files].data = read_file(path, &files[n_files].len);
		n_files++;
	}
	closedir(folder);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static struct undersign_bytes name_of(void *cookie, size_t i)
{
	const struct file *from = (const struct file *)cookie + i;

	return (struct undersign_bytes){(const uint8_t *)from->name, strlen(from->name)};
}

static enum undersign_status read_one(void *cookie, size_t i, struct undersign_bytes *out)
{
	const struct file *from = (const struct file *)cookie + i;

	*out = (struct undersign_bytes){from->data, from->len};
	return UNDERSIGN_OK;
}

static void release(void *cookie, size_t i)
{
	(void)cookie;
	(void)i;
}

static struct undersign_bundle *open_bundle(struct file *from, size_t n, const uint8_t *letter)
{
	const struct undersign_files given = {n, name_of, read_one, release, from};
	const struct undersign_bundle_options options = {.letter = letter};
	struct undersign_bundle *bundle = NULL;
	struct undersign_problem problem;

	memset(&problem, 0, sizeof problem);
	const enum undersign_status status =
		undersign_bundle_open(&bundle, &given, &options, &source, &memory, NULL, &problem);
	if (status != UNDERSIGN_OK) {
		printf("refused %d | %s | %s | %s\n", (int)status, problem.where, problem.rule,
		       problem.what);
		return NULL;
	}
	const struct undersign_bundle_info *info = undersign_bundle_info(bundle);
	const struct undersign_tally *tally = undersign_bundle_tally(bundle);
	printf("holds %llu %llu %llu %llu | entries %llu, rings %zu:",
	       (unsigned long long)tally->total, (unsigned long long)tally->enrolled,
	       (unsigned long long)tally->raw_key, (unsigned long long)tally->withdrawn,
	       (unsigned long long)info->log_size, tally->n_rings);
	for (size_t k = 0; k < tally->n_rings; k++)
		printf(" %llu/%llu", (unsigned long long)tally->rings[k].signatures,
		       (unsigned long long)tally->rings[k].members);
	puts("");
	return bundle;
}

/* Copies the files with one change. */
static size_t change(struct file *out)
{
	size_t n = n_files;
	const size_t at = below(n), kind = below(8);
	struct file *one = &out[at];

	memcpy(out, files, n * sizeof *out);
	if (kind == 0) {
		printf("without %s: ", one->name);
		*one = out[--n];
	} else if (kind == 1) {
		struct file *other = &out[(at + 1 + below(n - 1)) % n];
		const struct file kept = *one;

		printf("%s and %s exchanged: ", one->name, other->name);
		one->data = other->data;
		one->len = other->len;
		other->data = kept.data;
		other->len = kept.len;
	} else {
		uint8_t *copy = malloc(one->len + 1);

		if (!copy)
			fail("no memory");
		memcpy(copy, one->data, one->len);
		one->data = copy;
		if (kind == 2) {
			one->len = below(one->len);
			printf("%s ends after %zu: ", one->name, one->len);
		} else {
			const size_t byte = below(one->len), bit = below(8);

			copy[byte] ^= (uint8_t)(1U << bit);
			printf("%s byte %zu bit %zu: ", one->name, byte, bit);
		}
	}
	return n;
}

static void try_changes(size_t n_changes)
{
	static struct file order[FILES_MAX];
	uint8_t letter[32];

	for (size_t k = 0; k < n_changes; k++) {
		memcpy(order, files, n_files * sizeof *order);
		for (size_t i = n_files; i > 1; i--) {
			const size_t j = below(i);
			const struct file kept = order[i - 1];

			order[i - 1] = order[j];
			order[j] = kept;
		}
		printf("%zu whole: ", k);
		struct undersign_bundle *bundle = open_bundle(order, n_files, NULL);
		if (!bundle)
			fail("the bundle itself does not hold");
		memcpy(letter, undersign_bundle_info(bundle)->letter, sizeof letter);
		free_all();
		letter[below(32)] ^= (uint8_t)(k % 8 == 7);
		printf("%zu asked for: ", k);
		if (k % 8 == 7)
			(void)open_bundle(order, n_files, letter);
		else
			puts("nothing");
		free_all();
		printf("%zu ", k);
		memcpy(order, files, n_files * sizeof *order);
		const size_t n = change(order);
		(void)open_bundle(order, n, NULL);
		free_all();
		for (size_t i = 0; i < n; i++) {
			bool is_own = true;

			for (size_t j = 0; j < n_files; j++)
				is_own = is_own && order[i].data != files[j].data;
			if (is_own)
				free(order[i].data);
		}
	}
}

static void say(const char *what, enum undersign_status status, const uint8_t *data, size_t len)
{
	printf("%s: %d ", what, (int)status);
	for (size_t i = 0; status == UNDERSIGN_OK && i < len; i++)
		printf("%02x", data[i]);
	puts("");
}

static void make_all(const uint8_t *secret)
{
	static uint8_t out[UNDERSIGN_STATEMENT_MAX], keys[2][UNDERSIGN_VERIFIER_MAX];
	static uint8_t secrets[2 * UNDERSIGN_SECRET_BYTES];
	const struct undersign_bytes name = {(const uint8_t *)"Some Office", 11};
	struct undersign_problem problem;
	struct undersign_place place;
	enum undersign_status status;
	size_t len = 0, key_len = 0, secret_len = 0;
	struct undersign_bundle *bundle = open_bundle(files, n_files, NULL);

	if (!bundle)
		fail("the bundle itself does not hold");
	say("commitment", undersign_commitment(out, secret), out, UNDERSIGN_POINT_BYTES);
	if (undersign_bundle_place(&place, bundle, secret) != UNDERSIGN_OK)
		fail("the secret is on no list");
	printf("place %u %u %u %u\n", place.roster, place.own_ring, place.all_ring, place.next_seq);
	status = undersign_bundle_sign(out, sizeof out, &len, bundle, place.own_ring, true,
				       place.next_seq, secret, &source, &memory, NULL);
	say("statement", status, out, len);
	const struct undersign_bytes statement = {out, len};
	say("checked", undersign_statement_check(bundle, statement, &memory, &problem), out, 0);
	out[len - 1] ^= 1;
	say("changed", undersign_statement_check(bundle, statement, &memory, &problem), out, 0);
	status = undersign_bundle_withdraw(out, sizeof out, &len, bundle, place.next_seq, secret,
					   &source);
	say("withdrawal", status, out, len);
	status = undersign_claim_new(out, &len, bundle, name, secret, &source);
	say("claim", status, out, len);
	if (undersign_verifier_new(keys[0], &key_len, keys[1], &secret_len, name, &source) !=
	    UNDERSIGN_OK)
		fail("no verifier's key");
	say("verifier", UNDERSIGN_OK, keys[0], key_len);
	const struct undersign_bytes verifier = {keys[0], key_len};
	status = undersign_claim_new_for(out, &len, bundle, name, verifier, secret, &source);
	say("designated claim", status, out, len);
	status = undersign_enrolment_new(out, &len, secrets, name, 1,
					 (struct undersign_bytes){NULL, 0}, 2, &source);
	say("request", status, out, len);
	say("seed", UNDERSIGN_OK, secrets, sizeof secrets);
	undersign_secret_from_ed25519(secrets, secret);
	say("raw key", UNDERSIGN_OK, secrets, UNDERSIGN_SECRET_BYTES);
	free_all();
}

int main(int argc, char **argv)
{
	size_t len;

	if (argc != 5)
		fail("usage: verdicts BUNDLE SECRET CHANGES SEED");
	if (undersign_init(NULL) != UNDERSIGN_OK)
		fail("no backend passes its self-test");
	fprintf(stderr, "backend %s, %zu-bit pointers\n", undersign_backend(), 8 * sizeof(void *));
	read_folder(argv[1], "");
	qsort(files, n_files, sizeof *files, compare_names);
	uint8_t *secret = read_file(argv[2], &len);
	if (len != UNDERSIGN_SECRET_BYTES)
		fail("a secret has 160 bytes");
	state = strtoull(argv[4], NULL, 10);
	try_changes(strtoull(argv[3], NULL, 10));
	make_all(secret);
	free(secret);
	for (size_t i = 0; i < n_files; i++)
		free(files[i].data);
	return 0;
}

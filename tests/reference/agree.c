/* The C side of tests/reference: does what each line of its input says, through the public header
 * alone, and answers with one line. Words are separated by spaces; bytes are hexadecimal, "-" for
 * none. An answer is "ok" with what was asked for, or "no" with the status. test_agree.py drives
 * it.
 */
#include "undersign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 8
#define RINGS_MAX 4096
#define ITEMS_MAX 4096
#define FILES_MAX 256
#define OUT_MAX   (1 << 16)

struct block {
	struct block *next;
};

static struct block *blocks;
static uint64_t random_state;
static struct undersign_ring *rings[RINGS_MAX];
static size_t n_rings;
static struct undersign_item items[ITEMS_MAX];
static size_t n_items;
static struct undersign_bytes names[FILES_MAX];
static struct undersign_bytes contents[FILES_MAX];
static size_t n_files;
static struct undersign_bundle *bundle;

/* Never freed before the end: everything that a line gave may be used by a later one. */
static void *take(void *cookie, size_t len)
{
	const size_t head = 64;
	struct block *block;

	(void)cookie;
	if (len > SIZE_MAX - 2 * head)
		return NULL;
	block = aligned_alloc(64, head + (len + 63) / 64 * 64);
	if (!block)
		return NULL;
	block->next = blocks;
	blocks = block;
	return (uint8_t *)block + head;
}

/* Repeats from run to run: these secrets are those of a test. */
static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	for (size_t i = 0; i < len; i++) {
		uint64_t z = random_state += 0x9e3779b97f4a7c15u;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		out[i] = (uint8_t)(z >> 56);
	}
	return UNDERSIGN_OK;
}

static const struct undersign_random source = {fill, NULL};
static const struct undersign_memory memory = {take, NULL, SIZE_MAX};

static struct undersign_bytes file_name(void *cookie, size_t i)
{
	(void)cookie;
	return names[i];
}

static enum undersign_status file_read(void *cookie, size_t i, struct undersign_bytes *out)
{
	(void)cookie;
	*out = contents[i];
	return UNDERSIGN_OK;
}

static void file_release(void *cookie, size_t i)
{
	(void)cookie;
	(void)i;
}

static void stop(const char *why)
{
	fprintf(stderr, "agree: %s\n", why);
	exit(2);
}

static uint8_t digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c < 'a' || c > 'f')
		stop("not hexadecimal");
	return (uint8_t)(c - 'a' + 10);
}

static struct undersign_bytes unhex(const char *text)
{
	size_t len = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
	uint8_t *data = take(NULL, len + 1);

	if (!data)
		stop("no memory");
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return (struct undersign_bytes){data, len};
}

static const uint8_t *unhex_exactly(const char *text, size_t len)
{
	struct undersign_bytes bytes = unhex(text);

	if (bytes.len != len)
		stop("a word of another length was expected");
	return bytes.data;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static void say_hex(const uint8_t *data, size_t len)
{
	putchar(' ');
	for (size_t i = 0; i < len; i++)
		printf("%02x", data[i]);
	if (len == 0)
		putchar('-');
}

/* Ends an answer that has nothing but a status, or begins one that has more. */
static bool answer(enum undersign_status status)
{
	fputs(status == UNDERSIGN_OK ? "ok" : "no", stdout);
	if (status != UNDERSIGN_OK)
		printf(" %d %s", (int)status, undersign_status_text(status));
	return status == UNDERSIGN_OK;
}

static void answer_bytes(enum undersign_status status, const uint8_t *data, size_t len)
{
	if (answer(status))
		say_hex(data, len);
}

static struct undersign_ring *ring_of(const char *word)
{
	uint32_t i = number(word);

	if (i >= n_rings)
		stop("there is no such ring");
	return rings[i];
}

static void say_ring(enum undersign_status status, struct undersign_ring *ring)
{
	uint8_t id[32];

	if (!answer(status))
		return;
	if (n_rings == RINGS_MAX)
		stop("too many rings");
	rings[n_rings] = ring;
	undersign_ring_id(id, ring);
	printf(" %zu %llu", n_rings++, (unsigned long long)undersign_ring_members(ring));
	say_hex(id, sizeof id);
}

/* ring NAME POINTS MEMBERS: a ring of one organisation; answers with its number, size and id. */
static void do_ring(char **words)
{
	struct undersign_ring *ring;
	enum undersign_status status = undersign_ring_open(&ring, unhex(words[0]), unhex(words[1]),
							   number(words[2]), &memory, NULL, NULL);

	say_ring(status, ring);
}

/* join NAME NUMBER,NUMBER.. */
static void do_join(char **words)
{
	const struct undersign_ring *parts[16];
	struct undersign_ring *ring;
	size_t n = 0;

	for (char *part = strtok(words[1], ","); part && n < 16; part = strtok(NULL, ","))
		parts[n++] = ring_of(part);
	enum undersign_status status =
		undersign_ring_join(&ring, unhex(words[0]), parts, n, &memory, NULL);

	say_ring(status, ring);
}

/* sign RING SCOPE MESSAGE SECRET */
static void do_sign(char **words)
{
	static uint8_t proof[OUT_MAX];
	size_t len = 0;
	enum undersign_status status = undersign_sign(
		proof, sizeof proof, &len, ring_of(words[0]),
		unhex_exactly(words[1], UNDERSIGN_SCOPE_BYTES), unhex(words[2]),
		unhex_exactly(words[3], UNDERSIGN_SECRET_BYTES), &source, &memory, NULL);

	answer_bytes(status, proof, len);
}

/* item RING SCOPE MESSAGE PROOF: kept for the next batch. */
static void do_item(char **words)
{
	if (n_items == ITEMS_MAX)
		stop("too many items");
	items[n_items++] = (struct undersign_item){ring_of(words[0]),
						   unhex_exactly(words[1], UNDERSIGN_SCOPE_BYTES),
						   unhex(words[2]), unhex(words[3])};
	answer(UNDERSIGN_OK);
}

/* batch: a digit for each item. */
static void do_batch(char **words)
{
	static bool is_valid[ITEMS_MAX];
	enum undersign_status status =
		undersign_verify(is_valid, items, n_items, &source, &memory, NULL);
	bool all = true;

	(void)words;
	for (size_t i = 0; i < n_items; i++)
		all = all && is_valid[i];
	if (status != (all ? UNDERSIGN_OK : UNDERSIGN_E_INVALID))
		stop("the status of a batch is not that of its items");
	fputs("ok ", stdout);
	for (size_t i = 0; i < n_items; i++)
		putchar(is_valid[i] ? '1' : '0');
	n_items = 0;
}

/* commitment SECRET; tag SECRET SCOPE; ed25519 SEED */
static void do_commitment(char **words)
{
	uint8_t out[UNDERSIGN_POINT_BYTES] = {0};
	enum undersign_status status =
		undersign_commitment(out, unhex_exactly(words[0], UNDERSIGN_SECRET_BYTES));

	answer_bytes(status, out, sizeof out);
}

static void do_tag(char **words)
{
	uint8_t out[UNDERSIGN_POINT_BYTES] = {0};
	enum undersign_status status =
		undersign_tag(out, unhex_exactly(words[0], UNDERSIGN_SECRET_BYTES),
			      unhex_exactly(words[1], UNDERSIGN_SCOPE_BYTES));

	answer_bytes(status, out, sizeof out);
}

static void do_ed25519(char **words)
{
	uint8_t out[UNDERSIGN_SECRET_BYTES];

	undersign_secret_from_ed25519(out, unhex_exactly(words[0], 32));
	answer_bytes(UNDERSIGN_OK, out, sizeof out);
}

/* enrol ROSTER EDITION META COLUMNS: a request and its secrets. */
static void do_enrol(char **words)
{
	static uint8_t request[UNDERSIGN_REQUEST_MAX];
	static uint8_t secrets[UNDERSIGN_COLUMNS_MAX * UNDERSIGN_SECRET_BYTES];
	uint32_t columns = number(words[3]);
	size_t len = 0;
	enum undersign_status status =
		undersign_enrolment_new(request, &len, secrets, unhex(words[0]), number(words[1]),
					unhex(words[2]), columns, &source);

	answer_bytes(status, request, len);
	if (status == UNDERSIGN_OK)
		say_hex(secrets, columns * UNDERSIGN_SECRET_BYTES);
}

static void do_request(char **words)
{
	answer(undersign_enrolment_check(unhex(words[0]), NULL));
}

/* scope MANIFEST; message MANIFEST SEQ */
static void do_scope(char **words)
{
	uint8_t out[UNDERSIGN_SCOPE_BYTES];

	undersign_letter_scope(out, unhex(words[0]));
	answer_bytes(UNDERSIGN_OK, out, sizeof out);
}

static void do_message(char **words)
{
	uint8_t out[UNDERSIGN_LETTER_MESSAGE_BYTES];

	undersign_letter_message(out, unhex(words[0]), number(words[1]));
	answer_bytes(UNDERSIGN_OK, out, sizeof out);
}

/* verifier NAME: a key for designated claims, public and secret text. */
static void do_verifier(char **words)
{
	uint8_t public_text[UNDERSIGN_VERIFIER_MAX];
	uint8_t secret_text[UNDERSIGN_VERIFIER_MAX];
	size_t public_len = 0;
	size_t secret_len = 0;
	enum undersign_status status = undersign_verifier_new(
		public_text, &public_len, secret_text, &secret_len, unhex(words[0]), &source);

	answer_bytes(status, public_text, public_len);
	if (status == UNDERSIGN_OK)
		say_hex(secret_text, secret_len);
}

/* file NAME CONTENT, as often as there are files; then bundle. */
static void do_file(char **words)
{
	if (n_files == FILES_MAX)
		stop("too many files");
	names[n_files] = unhex(words[0]);
	contents[n_files++] = unhex(words[1]);
	answer(UNDERSIGN_OK);
}

static void do_bundle(char **words)
{
	const struct undersign_files files = {n_files, file_name, file_read, file_release, NULL};
	const struct undersign_bundle_options options = {0};
	struct undersign_problem problem;

	(void)words;
	if (!answer(undersign_bundle_open(&bundle, &files, &options, &source, &memory, NULL,
					  &problem)))
		printf(" %s: %s", problem.where, problem.what);
	n_files = 0; /* a next one takes this one's place */
}

static const struct undersign_bundle *open_bundle(void)
{
	if (!bundle)
		stop("there is no bundle yet");
	return bundle;
}

/* place SECRET: own ring, ring of all, next seq. */
static void do_place(char **words)
{
	struct undersign_place place;

	if (answer(undersign_bundle_place(&place, open_bundle(),
					  unhex_exactly(words[0], UNDERSIGN_SECRET_BYTES))))
		printf(" %lu %lu %lu", (unsigned long)place.own_ring, (unsigned long)place.all_ring,
		       (unsigned long)place.next_seq);
}

/* statement RING SECOND SEQ SECRET: a statement file. */
static void do_statement(char **words)
{
	static uint8_t out[UNDERSIGN_STATEMENT_MAX];
	size_t len = 0;
	enum undersign_status status = undersign_bundle_sign(
		out, sizeof out, &len, open_bundle(), number(words[0]), words[1][0] == '1',
		number(words[2]), unhex_exactly(words[3], UNDERSIGN_SECRET_BYTES), &source, &memory,
		NULL);

	answer_bytes(status, out, len);
}

/* withdraw SEQ SECRET */
static void do_withdraw(char **words)
{
	static uint8_t out[UNDERSIGN_STATEMENT_MAX];
	size_t len = 0;
	enum undersign_status status =
		undersign_bundle_withdraw(out, sizeof out, &len, open_bundle(), number(words[0]),
					  unhex_exactly(words[1], UNDERSIGN_SECRET_BYTES), &source);

	answer_bytes(status, out, len);
}

/* check-statement FILE; find FILE: its fate */
static void do_check_statement(char **words)
{
	struct undersign_problem problem;

	if (!answer(undersign_statement_check(open_bundle(), unhex(words[0]), &memory, &problem)))
		printf(" %s: %s", problem.where, problem.what);
}

static void do_find(char **words)
{
	struct undersign_whereabouts found;

	if (answer(undersign_statement_find(&found, open_bundle(), unhex(words[0]), NULL)))
		printf(" %d", (int)found.fate);
}

/* claim TEXT SECRET; claim-for TEXT VERIFIER SECRET; check-claim CLAIM */
static void do_claim(char **words)
{
	static uint8_t out[UNDERSIGN_CLAIM_MAX];
	size_t len = 0;
	enum undersign_status status =
		undersign_claim_new(out, &len, open_bundle(), unhex(words[0]),
				    unhex_exactly(words[1], UNDERSIGN_SECRET_BYTES), &source);

	answer_bytes(status, out, len);
}

static void do_claim_for(char **words)
{
	static uint8_t out[UNDERSIGN_CLAIM_MAX];
	size_t len = 0;
	enum undersign_status status =
		undersign_claim_new_for(out, &len, open_bundle(), unhex(words[0]), unhex(words[1]),
					unhex_exactly(words[2], UNDERSIGN_SECRET_BYTES), &source);

	answer_bytes(status, out, len);
}

static void do_check_claim(char **words)
{
	struct undersign_claim_info info;
	struct undersign_problem problem;

	if (answer(undersign_claim_check(&info, open_bundle(), unhex(words[0]), &problem)))
		printf(" %llu %llu", (unsigned long long)info.index,
		       (unsigned long long)info.members);
	else
		printf(" %s: %s", problem.where, problem.what);
}

static const struct {
	const char *name;
	int n_words;
	void (*act)(char **words);
} verbs[] = {
	{"ring", 3, do_ring},
	{"join", 2, do_join},
	{"sign", 4, do_sign},
	{"item", 4, do_item},
	{"batch", 0, do_batch},
	{"commitment", 1, do_commitment},
	{"tag", 2, do_tag},
	{"ed25519", 1, do_ed25519},
	{"enrol", 4, do_enrol},
	{"request", 1, do_request},
	{"scope", 1, do_scope},
	{"message", 2, do_message},
	{"verifier", 1, do_verifier},
	{"file", 2, do_file},
	{"bundle", 0, do_bundle},
	{"place", 1, do_place},
	{"statement", 4, do_statement},
	{"withdraw", 2, do_withdraw},
	{"check-statement", 1, do_check_statement},
	{"find", 1, do_find},
	{"claim", 2, do_claim},
	{"claim-for", 3, do_claim_for},
	{"check-claim", 1, do_check_claim},
};

static void act(char *line)
{
	char *words[WORDS_MAX];
	int n = 0;

	for (char *word = strtok(line, " \n"); word && n < WORDS_MAX; word = strtok(NULL, " \n"))
		words[n++] = word;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (n == 0 || strcmp(words[0], verbs[i].name) != 0)
			continue;
		if (n != 1 + verbs[i].n_words)
			stop("too few or too many words");
		verbs[i].act(words + 1);
		putchar('\n');
		fflush(stdout);
		return;
	}
	stop("an unknown verb");
}

int main(void)
{
	const char *seed = getenv("UNDERSIGN_SEED");
	char *line = NULL;
	size_t capacity = 0;

	random_state = seed ? strtoull(seed, NULL, 10) : 1;
	if (undersign_init(NULL) != UNDERSIGN_OK)
		stop("there is no backend");
	while (getline(&line, &capacity, stdin) > 0)
		act(line);
	free(line);
	while (blocks) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
	return 0;
}

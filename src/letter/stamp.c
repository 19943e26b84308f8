#include "stamp.h"

#include "encoding.h"
#include "memory.h"

#define HEADER "undersigned stamp v1\n"
/* Nonces that one task tries, and tasks between two reports. */
#define BLOCK  4096
#define BLOCKS 64

void stamp_write(uint8_t out[static STAMP_TEXT_LEN], const struct stamp *stamp)
{
	uint8_t raw[STAMP_BYTES];
	struct writer bytes = writer_new(raw, sizeof raw);
	struct writer text = writer_new(out, STAMP_TEXT_LEN);

	writer_u64be(&bytes, stamp->epoch);
	writer_u64be(&bytes, stamp->nonce);
	writer_hex(&text, writer_view(&bytes));
}

enum undersign_status stamp_parse(struct stamp *out, struct bytes text, struct problem *problem)
{
	uint8_t raw[STAMP_BYTES];

	*out = (struct stamp){0};
	if (hex_decode(raw, sizeof raw, text) != UNDERSIGN_OK) {
		problem_where(problem, "stamp", bytes_from(NULL, 0));
		problem_rule(problem, "a stamp is 32 lower-case hexadecimal digits");
		problem_what(problem, "it is not", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	struct cursor cursor = cursor_new(bytes_from(raw, sizeof raw));
	out->epoch = cursor_u64be(&cursor);
	out->nonce = cursor_u64be(&cursor);
	return UNDERSIGN_OK;
}

/* What all nonces of a purpose and epoch share, so that trying one is a single block of SHA-512. */
static void hash_purpose(uint8_t out[static SHA512_BYTES], const struct stamp_purpose *purpose,
			 uint64_t epoch)
{
	uint8_t number[8];
	struct writer writer = writer_new(number, sizeof number);
	struct sha512 hash;

	writer_u64be(&writer, epoch);
	sha512_begin(&hash);
	sha512_add(&hash, HEADER, sizeof HEADER - 1);
	sha512_add(&hash, purpose->letter, sizeof purpose->letter);
	sha512_add(&hash, purpose->log, sizeof purpose->log);
	sha512_add(&hash, purpose->statement, sizeof purpose->statement);
	sha512_add(&hash, number, sizeof number);
	sha512_end(&hash, out);
}

static unsigned count_bits(const uint8_t purpose[static SHA512_BYTES], uint64_t nonce)
{
	uint8_t input[SHA512_BYTES + 8], digest[SHA512_BYTES];
	struct writer writer = writer_new(input, sizeof input);
	unsigned bits = 0;

	writer_put(&writer, purpose, SHA512_BYTES);
	writer_u64be(&writer, nonce);
	sha512(digest, bytes_from(input, sizeof input));
	while (bits < 8 * SHA512_BYTES && (digest[bits / 8] >> (7 - bits % 8) & 1) == 0)
		bits++;
	return bits;
}

unsigned stamp_bits(const struct stamp *stamp, const struct stamp_purpose *purpose)
{
	uint8_t shared[SHA512_BYTES];

	hash_purpose(shared, purpose, stamp->epoch);
	return count_bits(shared, stamp->nonce);
}

static enum undersign_status refuse(struct problem *problem, const char *rule, const char *what,
				    uint64_t first, uint64_t second)
{
	problem_where(problem, "stamp", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what_numbers(problem, what, first, second);
	return UNDERSIGN_E_INVALID;
}

enum undersign_status stamp_check(const struct stamp *stamp, const struct stamp_purpose *purpose,
				  uint64_t first_epoch, uint64_t last_epoch, unsigned bits,
				  struct problem *problem)
{
	/* The free checks first: no hash for a stamp of another epoch. */
	if (stamp->epoch < first_epoch)
		return refuse(problem, "a stamp is of the log's present epoch: this one is stale",
			      "epoch {1}, wanted {2}", stamp->epoch, first_epoch);
	if (stamp->epoch > last_epoch)
		return refuse(problem, "a stamp is of the log's present epoch: this one is ahead",
			      "epoch {1}, wanted {2}", stamp->epoch, last_epoch);
	const unsigned found = stamp_bits(stamp, purpose);
	if (found < bits)
		return refuse(problem,
			      "a stamp has the desk's number of leading zero bits for this "
			      "statement, letter and log",
			      "bits {1}, wanted {2}", found, bits);
	return UNDERSIGN_OK;
}

struct search {
	uint8_t shared[SHA512_BYTES];
	unsigned bits;
	uint64_t from;          /* nonce of the first block */
	uint64_t found[BLOCKS]; /* the lowest one of each block; UINT64_MAX */
};

static void search_block(void *context, size_t i)
{
	struct search *search = context;
	const uint64_t from = search->from + (uint64_t)i * BLOCK;

	search->found[i] = UINT64_MAX;
	for (uint64_t nonce = from; nonce < from + BLOCK; nonce++) {
		if (count_bits(search->shared, nonce) < search->bits)
			continue;
		search->found[i] = nonce;
		return;
	}
}

enum undersign_status stamp_make(struct stamp *out, const struct stamp_purpose *purpose,
				 uint64_t epoch, unsigned bits, const struct parallel *parallel,
				 const struct progress *progress)
{
	struct search search = {.bits = bits};
	/* In place there is nothing to spread: a cheap stamp then costs no more than one block. */
	const size_t n_blocks = parallel_threads(parallel) > 1 ? BLOCKS : 1;

	*out = (struct stamp){0};
	if (bits > STAMP_BITS_MAX)
		return UNDERSIGN_E_LIMIT;
	const uint64_t expected = UINT64_C(1) << bits;
	hash_purpose(search.shared, purpose, epoch);
	for (;; search.from += (uint64_t)n_blocks * BLOCK) {
		progress_report(progress, search.from < expected ? search.from : expected,
				expected);
		parallel_run(parallel, search_block, &search, n_blocks);
		for (size_t i = 0; i < n_blocks; i++) {
			if (search.found[i] == UINT64_MAX)
				continue;
			*out = (struct stamp){.epoch = epoch, .nonce = search.found[i]};
			progress_report(progress, expected, expected);
			return UNDERSIGN_OK;
		}
	}
}

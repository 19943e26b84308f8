/* The log's side of witnesses for test_ask.py: `witness-ask POLICY CHECKPOINT LEAVES OLD TIMEOUT_MS
 * [PROXY]`. LEAVES has a line of base64 for each leaf hash. Prints the status, a line for each
 * witness, and writes the files `note` and `evidence`. */
#include "cosigners.h"

#include "arena_heap.h"
#include "clock.h"
#include "encoding.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct merkle_hash leaves[1024], extra[64];
static struct merkle_levels levels;
static struct cosigned cosigned;

static struct bytes read_file(const char *path)
{
	struct file_content content;

	if (file_read(&content, path, (size_t)1 << 20, FILE_PUBLIC, NULL) != UNDERSIGN_OK)
		abort();
	return file_content_view(&content); /* until the program ends */
}

static void read_leaves(const char *path)
{
	const struct bytes text = read_file(path);
	size_t n = 0;

	for (size_t at = 0; at + 45 <= text.len; at += 45)
		if (base64_decode_exactly(leaves[n++].bytes, MERKLE_BYTES,
					  bytes_part(text, at, 44)) != UNDERSIGN_OK)
			abort();
	merkle_levels_make(&levels, leaves, n, extra);
}

static void print_result(const struct policy_witness *witness, const struct cosigner_result *result)
{
	uint8_t line[1024];
	struct writer writer = writer_new(line, sizeof line);

	cosigner_result_write(&writer, witness, result);
	printf("%d %d %llu %.*s\n", (int)result->outcome, result->status,
	       (unsigned long long)result->size, (int)writer.len, (const char *)line);
}

static void keep(const char *path, struct bytes content)
{
	if (content.len > 0 &&
	    file_write(path, content, FILE_PUBLIC, FILE_REPLACE, NULL) != UNDERSIGN_OK)
		abort();
}

int main(int argc, char **argv)
{
	static struct policy policy;
	struct problem problem = {0};
	struct arena_heap heap;
	struct cosigners_options options = {.policy = &policy};
	const struct clock_source clock = clock_system();

	if (argc < 6 || policy_parse(&policy, read_file(argv[1]), &problem) != UNDERSIGN_OK ||
	    clock_now(&options.now, &clock, &problem) != UNDERSIGN_OK) {
		fprintf(stderr, "%s: %s\n", problem.where, problem.rule);
		return 2;
	}
	read_leaves(argv[3]);
	const struct merkle_reader reader = merkle_levels_reader(&levels);
	options.timeout_ms = (uint32_t)strtoul(argv[5], NULL, 10);
	options.proxy = argc > 6 ? argv[6] : NULL;
	arena_heap_open(&heap, SIZE_MAX, false);
	const enum undersign_status status =
		cosigners_ask(&cosigned, &options, read_file(argv[2]), &reader,
			      strtoull(argv[4], NULL, 10), &heap.arena, &problem);
	printf("%s|%s|%s\n", undersign_status_text(status), problem.where, problem.what);
	for (size_t i = 0; i < cosigned.n_witnesses; i++)
		print_result(&policy.witnesses[i], &cosigned.results[i]);
	keep("note", cosigned.note);
	keep("evidence", cosigned.evidence);
	arena_heap_close(&heap);
	return (int)status;
}

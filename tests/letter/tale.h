/* A story for tests: records as texts, each with its place in a log. */
#ifndef UNDERSIGNED_TEST_LETTER_TALE_H
#define UNDERSIGNED_TEST_LETTER_TALE_H

#include "sample.h"

#include "story.h"

enum { TALE_MAX = 600 };

/* Who signs, by the seed of the key. */
enum tale_signer { TALE_ORGANISER = 1, TALE_MINISTRY, TALE_MEDIATOR, TALE_PERSON, TALE_STRANGER };

struct tale {
	struct sample_memory memory;
	struct story_item items[TALE_MAX];
	size_t n;
	uint64_t epoch; /* that the next record stands in; day 100 + epoch names it */
	uint64_t day;   /* that it is dated */
	struct note_key organiser;
	struct story story;
};

void tale_begin(struct tale *tale);
void tale_end(struct tale *tale);
/* The vkey of a signer, as `key ...` lines have it. */
const char *tale_vkey(enum tale_signer signer);
/* Adds a record, which must parse. revises: NULL for none. Returns its ID. */
const uint8_t *tale_add(struct tale *tale, const char *kind, enum tale_signer signer,
			const uint8_t *revises, const char *lines);
/* The whole text of one, from the arena. */
struct bytes tale_text(struct tale *tale, const char *kind, enum tale_signer signer,
		       const uint8_t *revises, const char *lines);
/* base64 of an ID, in a buffer that the next four calls leave alone. */
const char *tale_id(const uint8_t *id);
/* Tells, from the items in any order; asserts that it can be told. */
void tale_tell(struct tale *tale);
/* The state of a record by its ID, and its rule. */
const struct story_record *tale_record(const struct tale *tale, const uint8_t *id);

#define TALE_SOURCE                                                                                \
	"source https://news.example/1\n"                                                          \
	"copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 1990-01-01\n"

#endif

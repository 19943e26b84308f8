/* The shape of a poll: its questions, options and how many may be chosen (protocol 14.1). Public.
 */
#ifndef UNDERSIGNED_SHAPE_H
#define UNDERSIGNED_SHAPE_H

#include "bytes.h"
#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHAPE_QUESTIONS_MAX 16
#define SHAPE_OPTIONS_MIN   2
#define SHAPE_OPTIONS_MAX   32 /* of one question */
#define SHAPE_ALL_MAX       32 /* of all questions: no answer of more fits ANSWER_LEN_MAX */
#define SHAPE_BYTES_MAX     (1 + 3 * SHAPE_QUESTIONS_MAX)
#define ANSWER_LEN_MAX      6144
#define CIPHERTEXT_BYTES    (2 * POINT_BYTES) /* R, S */

struct shape_question {
	uint8_t n_options;
	uint8_t min, max; /* so many are chosen */
};
struct shape {
	uint8_t n_questions;
	struct shape_question questions[SHAPE_QUESTIONS_MAX];
};

/* Every limit of 14.1, that of an answer's length among them. */
bool shape_is_valid(const struct shape *shape);
/* The rest requires a shape that is valid. */

/* Options of all questions. */
size_t shape_n_options(const struct shape *shape);
/* Proofs of an answer (an option's, a question's) and, of all of them, values: 2 an option. */
size_t shape_n_proofs(const struct shape *shape);
size_t shape_n_values(const struct shape *shape);
/* The parts of an answer: ciphertexts, commitments, responses. */
size_t shape_ciphertexts_len(const struct shape *shape);
size_t shape_commitments_len(const struct shape *shape);
size_t shape_answer_len(const struct shape *shape);
/* As it is hashed; at most SHAPE_BYTES_MAX. */
void shape_write(struct writer *writer, const struct shape *shape);

/* Walks over the proofs of an answer in their order. Begin with zeros and the shape. */
struct shape_walk {
	const struct shape *shape;
	/* What follows is of the present proof, once shape_walk_next has returned true. */
	size_t question;
	bool is_sum;                    /* of the question; else of one option */
	size_t first_option, n_options; /* whose ciphertexts add up to what is proved */
	unsigned low, high;             /* values allowed */
	size_t first_value;             /* number of its first value among those of all proofs */
	size_t number;                  /* of this proof, from 1 */
	size_t next_option;             /* private */
};
bool shape_walk_next(struct shape_walk *walk);
static inline size_t shape_walk_n_values(const struct shape_walk *walk)
{
	return walk->high - walk->low + 1;
}

#endif

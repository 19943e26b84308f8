#include "shape.h"

#include "status.h"

bool shape_walk_next(struct shape_walk *walk)
{
	const struct shape *shape = walk->shape;
	const bool is_first = walk->number == 0;
	const struct shape_question *question;

	if (!is_first) {
		walk->first_value += shape_walk_n_values(walk);
		if (walk->is_sum)
			walk->question++;
	}
	if (walk->question == shape->n_questions)
		return false;
	question = &shape->questions[walk->question];
	if (is_first || walk->is_sum)
		walk->next_option = 0;
	else if (!walk->is_sum)
		walk->next_option++;
	size_t before = 0;
	for (size_t q = 0; q < walk->question; q++)
		before += shape->questions[q].n_options;
	walk->is_sum = walk->next_option == question->n_options;
	walk->first_option = walk->is_sum ? before : before + walk->next_option;
	walk->n_options = walk->is_sum ? question->n_options : 1;
	walk->low = walk->is_sum ? question->min : 0;
	walk->high = walk->is_sum ? question->max : 1;
	walk->number++;
	return true;
}

/* Two points a value; a response for each value and a challenge for all but one of each proof. */
static size_t answer_len(size_t n_options, size_t n_proofs, size_t n_values)
{
	return CIPHERTEXT_BYTES * n_options + 2 * POINT_BYTES * n_values +
	       SCALAR_BYTES * (2 * n_values - n_proofs);
}

bool shape_is_valid(const struct shape *shape)
{
	if (shape->n_questions < 1 || shape->n_questions > SHAPE_QUESTIONS_MAX)
		return false;
	for (size_t q = 0; q < shape->n_questions; q++) {
		const struct shape_question *question = &shape->questions[q];

		if (question->n_options < SHAPE_OPTIONS_MIN ||
		    question->n_options > SHAPE_OPTIONS_MAX || question->max < 1 ||
		    question->min > question->max || question->max > question->n_options)
			return false;
	}
	return shape_n_options(shape) <= SHAPE_ALL_MAX && shape_answer_len(shape) <= ANSWER_LEN_MAX;
}

size_t shape_n_options(const struct shape *shape)
{
	size_t n = 0;

	for (size_t q = 0; q < shape->n_questions; q++)
		n += shape->questions[q].n_options;
	return n;
}

size_t shape_n_proofs(const struct shape *shape)
{
	return shape_n_options(shape) + shape->n_questions;
}

size_t shape_n_values(const struct shape *shape)
{
	size_t n = 2 * shape_n_options(shape);

	for (size_t q = 0; q < shape->n_questions; q++)
		n += (size_t)(shape->questions[q].max - shape->questions[q].min) + 1;
	return n;
}

size_t shape_ciphertexts_len(const struct shape *shape)
{
	return CIPHERTEXT_BYTES * shape_n_options(shape);
}

size_t shape_commitments_len(const struct shape *shape)
{
	return 2 * POINT_BYTES * shape_n_values(shape);
}

size_t shape_answer_len(const struct shape *shape)
{
	return answer_len(shape_n_options(shape), shape_n_proofs(shape), shape_n_values(shape));
}

void shape_write(struct writer *writer, const struct shape *shape)
{
	writer_u8(writer, shape->n_questions);
	for (size_t q = 0; q < shape->n_questions; q++) {
		writer_u8(writer, shape->questions[q].n_options);
		writer_u8(writer, shape->questions[q].min);
		writer_u8(writer, shape->questions[q].max);
	}
}

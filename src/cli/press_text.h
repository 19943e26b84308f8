/* The texts of a press kit, at most 80 columns wide. */
#ifndef UNDERSIGNED_PRESS_TEXT_H
#define UNDERSIGNED_PRESS_TEXT_H

#include "opened.h"

#include "problem.h"
#include "sha2.h"

#include <stdint.h>
#include <stdio.h>

struct press_facts {
	const struct opened *opened;
	const char *embargo;   /* a date in words; NULL: there is none */
	const uint8_t *bundle; /* SHA-256 of bundle.tar */
	const uint8_t *kit;    /* SHA-256 of kit.html; NULL: it is not there */
};

/* method.txt: how the signatures were counted and what that does not mean, on one page, with the
 * figures of this bundle. */
void press_text_method(FILE *stream, const struct press_facts *facts);

/* A bad bundle and what verify says of it. */
struct press_test {
	const char *file; /* below tests/ */
	const char *about;
	struct problem problem;
};
/* tests/README.txt. */
void press_text_tests(FILE *stream, const struct press_facts *facts, const struct press_test *tests,
		      size_t n);

#endif

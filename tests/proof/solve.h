/* Linear equations modulo l, for attacks by whoever knows discrete logarithms. */
#ifndef UNDERSIGNED_TEST_PROOF_SOLVE_H
#define UNDERSIGNED_TEST_PROOF_SOLVE_H

#include "scalar.h"

#include <stdbool.h>

#define SOLVE_MAX 12

/* Replaces the right side by the solution of n equations; false if there is not just one. */
bool solve(struct scalar matrix[SOLVE_MAX][SOLVE_MAX], struct scalar *right, unsigned n);

#endif

#include "solve.h"

static void subtract_row(struct scalar *row, struct scalar *right, const struct scalar *other,
			 const struct scalar *other_right, struct scalar factor, unsigned n)
{
	struct scalar t;

	for (unsigned k = 0; k < n; k++) {
		scalar_mul(&t, &factor, &other[k]);
		scalar_sub(&row[k], &row[k], &t);
	}
	scalar_mul(&t, &factor, other_right);
	scalar_sub(right, right, &t);
}

bool solve(struct scalar matrix[SOLVE_MAX][SOLVE_MAX], struct scalar *right, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		struct scalar inverse;
		unsigned pivot = k;

		while (pivot < n && scalar_is_zero(&matrix[pivot][k]))
			pivot++;
		if (pivot == n)
			return false;
		for (unsigned c = 0; c < n; c++) {
			struct scalar t = matrix[k][c];

			matrix[k][c] = matrix[pivot][c];
			matrix[pivot][c] = t;
		}
		inverse = right[k];
		right[k] = right[pivot];
		right[pivot] = inverse;
		scalar_invert(&inverse, &matrix[k][k]);
		for (unsigned c = 0; c < n; c++)
			scalar_mul(&matrix[k][c], &matrix[k][c], &inverse);
		scalar_mul(&right[k], &right[k], &inverse);
		for (unsigned row = 0; row < n; row++)
			if (row != k)
				subtract_row(matrix[row], &right[row], matrix[k], &right[k],
					     matrix[row][k], n);
	}
	return true;
}

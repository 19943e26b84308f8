#include "backend.h"

#include "memory.h"
#include "sha2.h"

/* Best first. */
static const struct backend *const backends[] = {
#ifdef UNDERSIGNED_HAS_IFMA
	&backend_ifma,
#endif
	&backend_portable,
};

#define N_BACKENDS (sizeof backends / sizeof backends[0])

static const struct backend *current = &backend_portable;

const struct backend *backend_current(void)
{
	return current;
}

const struct backend *backend_at(size_t i)
{
	return i < N_BACKENDS ? backends[i] : NULL;
}

/* More points than any backend handles by Straus's method. */
#define N_TESTED 192
#ifdef UNDERSIGNED_HAS_IFMA
#define TEST_SCRATCH_LEN (288 * 1024)
#else
#define TEST_SCRATCH_LEN (36 * 1024)
#endif

/* Of the cells 0, B and 2 B, with the scalars a_1 and a_2, the sum a_1 + 2 a_2 times B and, being
 * selected, 2 B. */
static bool contracts_right(const struct backend *backend, const struct point *cells,
			    const struct scalar *scalars, void *scratch, size_t scratch_len)
{
	const unsigned radix = 3;
	const uint64_t digit = 2;
	struct scalar a[1][CONTRACTION_RADIX] = {{scalar_zero, scalars[0], scalars[1]}}, expected;
	struct point out[2], sum;
	struct contraction by;

	CHECK(backend->contraction_scratch_len() <= scratch_len);
	scalar_add(&expected, &a[0][1], &a[0][2]);
	scalar_neg(&a[0][0], &expected);
	scalar_add(&expected, &expected, &a[0][2]);
	contraction_new(&by, 1, &radix, &digit, (const struct scalar(*)[CONTRACTION_RADIX])a);
	backend->points_contract_each(out, cells, 1, &by, scratch, scratch_len);
	point_mul_base(&sum, &expected);
	return point_is_equal(&out[0], &sum) && point_is_equal(&out[1], &cells[2]);
}

/* Points i * B and scalars s_i = 3^i mod l: the multiscalar product must be (sum of i s_i) * B,
 * once by few points and once by many, and a decoded and a combined point likewise. */
static bool passes_self_test(const struct backend *backend)
{
	_Alignas(64) uint8_t scratch[TEST_SCRATCH_LEN];
	struct affine points[N_TESTED];
	struct scalar scalars[N_TESTED], expected = scalar_zero, three, number;
	struct point base, point, sum, cells[3];
	uint8_t bytes[POINT_BYTES], decoded[POINT_DECODED_BYTES];
	bool is_right = true;

	point_base(&base);
	point_identity(&point);
	scalar_from_u64(&three, 3);
	scalars[0] = scalar_one;
	for (size_t i = 0; i < N_TESTED; i++) {
		if (i > 0)
			scalar_mul(&scalars[i], &scalars[i - 1], &three);
		affine_from_point(&points[i], &point);
		if (i < 3)
			cells[i] = point;
		point_add(&point, &point, &base);
		scalar_from_u64(&number, i);
		scalar_mul_add(&expected, &number, &scalars[i], &expected);
		if (i == 2)
			is_right &= contracts_right(backend, cells, &scalars[1], scratch,
						    sizeof scratch);
		if (i == 7 || i == N_TESTED - 1) {
			CHECK(backend->msm_scratch_len(i + 1) <= sizeof scratch);
			backend->msm_vartime(&sum, scalars, points, i + 1, scratch, sizeof scratch);
			point_mul_base(&point, &expected);
			is_right &= point_is_equal(&point, &sum);
			scalar_from_u64(&number, i + 1);
			point_mul_base(&point, &number);
		}
	}
	backend->points_encode(bytes, &points[5], 1);
	is_right &= backend->points_decode_vartime(&points[0], bytes, 1) == 1;
	point_from_affine(&point, &points[0]);
	point_from_affine(&sum, &points[5]);
	points_write_decoded(decoded, &points[0], 1);
	is_right &= backend->points_recall_vartime(&points[1], bytes, decoded, 1) == 1;
	decoded[0] ^= 2;
	is_right &= backend->points_recall_vartime(&points[1], bytes, decoded, 1) == 0;
	/* Its negative is no encoding. */
	bytes[0] ^= 1;
	is_right &= backend->points_decode_vartime(&points[0], bytes, 1) == 0;
	return is_right && point_is_equal(&point, &sum);
}

/* Hashes of one message more than a vector takes, against SHA-512. */
static bool hashes_right(const struct backend *backend)
{
	uint8_t in[9 * 66], out[9 * B32_BYTES], digest[SHA512_BYTES];
	bool is_right = true;

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * i + 3 * i);
	backend->b32_each(out, in, 9, 66);
	for (size_t i = 0; i < 9; i++) {
		sha512(digest, bytes_from(in + i * 66, 66));
		is_right &= memcmp(out + i * B32_BYTES, digest, B32_BYTES) == 0;
	}
	return is_right;
}

#ifdef UNDERSIGNED_HAS_IFMA
/* (1, -2) times the columns (-1, 3) and (5, -1): -7 and 7, whichever residues it goes by. Where
 * there is only portable, the stack may be too small for this. */
static bool multiplies_right(const struct backend *backend)
{
	enum { COLUMNS = 2, TERMS = 2 };
	_Alignas(64) uint8_t prepared[8 * 1024], scratch[136 * 1024];
	struct scalar columns[TERMS * COLUMNS], rows[TERMS], out[COLUMNS], seven, minus_seven;

	CHECK(matrix_prepared_len(COLUMNS, TERMS) <= sizeof prepared);
	CHECK(matrix_multiply_scratch_len(TERMS) <= sizeof scratch);
	scalar_from_u64(&seven, 7);
	scalar_neg(&minus_seven, &seven);
	rows[0] = scalar_one;
	scalar_from_u64(&rows[1], 2);
	scalar_neg(&rows[1], &rows[1]);
	scalar_neg(&columns[0], &scalar_one);
	scalar_from_u64(&columns[1], 5);
	scalar_from_u64(&columns[2], 3);
	columns[3] = columns[0];
	backend->matrix_prepare(prepared, columns, COLUMNS, TERMS);
	backend->matrix_multiply(out, rows, 1, prepared, COLUMNS, TERMS, scratch, sizeof scratch);
	if (!scalar_is_equal(&out[0], &minus_seven) || !scalar_is_equal(&out[1], &seven))
		return false;
	/* 7^2 and -7^2 */
	backend->scalars_multiply(out, sizeof *out, out, sizeof *out, &minus_seven, 0, COLUMNS);
	scalar_from_u64(&seven, 49);
	scalar_neg(&minus_seven, &seven);
	return scalar_is_equal(&out[0], &seven) && scalar_is_equal(&out[1], &minus_seven);
}
#else
static bool multiplies_right(const struct backend *backend)
{
	(void)backend;
	return true;
}
#endif

enum undersign_status backend_choose(const char *name)
{
	enum undersign_status status = name == NULL ? UNDERSIGN_E_INVALID : UNDERSIGN_E_MISSING;

	for (size_t i = 0; i < N_BACKENDS; i++) {
		if (name != NULL &&
		    !bytes_are_equal(bytes_from_text(name), bytes_from_text(backends[i]->name)))
			continue;
		if (backends[i]->is_supported() && passes_self_test(backends[i]) &&
		    hashes_right(backends[i]) && multiplies_right(backends[i])) {
			current = backends[i];
			return UNDERSIGN_OK;
		}
		status = UNDERSIGN_E_INVALID;
	}
	return status;
}

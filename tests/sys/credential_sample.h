/* A credential of four columns with made-up secrets. */
#ifndef UNDERSIGNED_CREDENTIAL_SAMPLE_H
#define UNDERSIGNED_CREDENTIAL_SAMPLE_H

#include "testing.h"

#include "credential_file.h"

#define SAMPLE_DAY     UINT64_C(86400)
#define SAMPLE_BEGIN   (UINT64_C(22280) * SAMPLE_DAY) /* 2031-01-01 */
#define SAMPLE_COLUMNS 4

/* Column c (from 0) serves 90 days and is burnt 10 days after. */
static inline struct credential *sample_credential(struct test_random *random)
{
	struct credential *credential = credential_new();

	assert_non_null(credential);
	memcpy(credential->name, "Institute for Hydrology", 23);
	credential->name_len = 23;
	credential->edition = 3;
	credential->n_columns = SAMPLE_COLUMNS;
	for (uint32_t i = 0; i < SAMPLE_COLUMNS; i++) {
		struct credential_column *column = &credential->columns[i];

		column->from = SAMPLE_BEGIN + i * 90 * SAMPLE_DAY;
		column->until = column->from + 89 * SAMPLE_DAY;
		column->burn = column->until + 10 * SAMPLE_DAY;
		test_random_fill(random, column->secret, UNDERSIGN_SECRET_BYTES);
	}
	return credential;
}

/* Cheap seal for tests. */
static inline void sample_seal(struct credential *credential, struct bytes passphrase,
			       const struct random_source *random)
{
	struct problem problem = {0};

	assert_int_equal(credential_seal(credential, passphrase, 1, SECRET_SEAL_MEMORY_MIN, random,
					 &problem),
			 UNDERSIGN_OK);
}

#endif

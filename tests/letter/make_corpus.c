/* Writes the seeds of the fuzz targets `bundle` and `replay`: a small letter with a release, an
 * extension and a withdrawal. Usage: make-corpus FOLDER, which is tests/fuzz/corpus. */
#include "desk.h"

static struct desk desk;

static void put(FILE *file, struct bytes bytes, size_t n_len)
{
	for (size_t i = 0; i < n_len; i++)
		assert_int_not_equal(fputc((int)(bytes.len >> (8 * i) & 255), file), EOF);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
}

static FILE *open_seed(const char *folder, const char *target)
{
	char path[4096];
	FILE *file;

	assert_true(snprintf(path, sizeof path, "%s/%s/small-letter", folder, target) <
		    (int)sizeof path);
	file = fopen(path, "wb");
	assert_non_null(file);
	return file;
}

int main(int argc, char **argv)
{
	struct desk_bundle bundle;
	struct bytes files[3];
	struct bytes records[2];
	FILE *file;

	if (argc != 2)
		return 2;
	desk_begin_program();
	desk_begin(&desk, 51);
	desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 1);
	desk_add(&desk, "Alder, keys", "Alder", ROSTER_RAW_KEY, 16, 0);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	desk_run(&desk, NULL, 0, files, 3);
	records[0] = desk_snapshot(&desk, DESK_ALDER, 17);
	records[1] = desk_record_extend(&desk, 1);
	files[0] = desk_withdraw(&desk, DESK_ALDER, 1, 2);
	files[1] = desk_sign(&desk, DESK_ALDER, 2, 2, false);
	desk_run(&desk, records, 2, files, 2);
	desk_bundle_make(&desk, &bundle);
	assert_int_equal(desk_open(&desk)->tally.total, 2);

	file = open_seed(argv[1], "bundle");
	for (size_t i = 0; i < bundle.files.n; i++) {
		put(file, bundle.names[i], 1);
		put(file, bundle.contents[i], 4);
	}
	assert_int_equal(fclose(file), 0);
	file = open_seed(argv[1], "replay");
	put(file, desk.manifest_note, 4);
	for (size_t i = 0; i < desk.n_rosters; i++) {
		put(file, desk.rosters[i].notes[0], 4);
		put(file, desk_points(&desk, i, desk.rosters[i].n), 4);
	}
	for (size_t i = 0; i < desk.n_log; i++)
		put(file, desk.log[i], 4);
	assert_int_equal(fclose(file), 0);
	desk_end(&desk);
	return 0;
}

/* Whole bundles: a list of files, each u8 length ‖ name ‖ u32le length ‖ content. Whatever is in
 * them, opening ends with a verdict, a problem where it is refused, and every file released but the
 * points of a bundle that holds. */
#include "fuzz.h"

#include "bundle.h"

#define FILES_MAX 64

struct memory_files {
	struct bundle_files files;
	struct bytes names[FILES_MAX];
	struct bytes contents[FILES_MAX];
	size_t n_open;
};

static struct bytes file_name(void *cookie, size_t i)
{
	return ((struct memory_files *)cookie)->names[i];
}

static enum undersign_status file_read(void *cookie, size_t i, struct bytes *out)
{
	struct memory_files *files = cookie;

	CHECK(i < files->files.n);
	files->n_open++;
	*out = files->contents[i];
	return UNDERSIGN_OK;
}

static void file_release(void *cookie, size_t i)
{
	struct memory_files *files = cookie;

	CHECK(i < files->files.n && files->n_open > 0);
	files->n_open--;
}

static void check_tally(const struct bundle *bundle)
{
	const struct tally *tally = &bundle->tally;
	uint64_t total = 0;

	CHECK(tally->total <= bundle->letter->n_tags);
	CHECK(tally->total <= tally->enrolled + tally->raw_key);
	CHECK(tally->represented <= tally->n_organisations);
	for (size_t i = 0; i < tally->n_growth; i++)
		total += tally->growth[i].added - tally->growth[i].removed;
	CHECK(total == tally->total);
	CHECK(bundle->as_of.log_size == replay_size(bundle->replay));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 25] __attribute__((aligned(64)));
	static struct generators generators;
	static bool has_generators;
	struct memory_files files = {
		.files = {.name = file_name, .read = file_read, .release = file_release}};
	struct cursor cursor = cursor_new(bytes_from(data, len));
	struct arena arena = {.block = block, .capacity = sizeof block};
	const struct bundle_options options = {0};
	struct problem problem = {0};
	struct bundle *bundle;
	enum undersign_status status;

	if (!has_generators)
		generators_new(&generators);
	has_generators = true;
	files.files.cookie = &files;
	while (files.files.n < FILES_MAX && !cursor_is_at_end(&cursor)) {
		files.names[files.files.n] = cursor_take(&cursor, cursor_u8(&cursor));
		files.contents[files.files.n] = cursor_take(&cursor, cursor_u32le(&cursor));
		if (cursor.has_failed)
			break;
		files.files.n++;
	}
	status = bundle_open(&bundle, &files.files, &generators, &options, &arena, &problem);
	CHECK((status == UNDERSIGN_OK) == (bundle != NULL));
	if (status == UNDERSIGN_OK) {
		CHECK(files.n_open == bundle->manifest.n_rosters);
		check_tally(bundle);
	} else if (status != UNDERSIGN_E_MEMORY) {
		CHECK(problem_is_set(&problem));
		CHECK(problem.where[0] != '\0' && problem.rule[0] != '\0');
	}
	return 0;
}

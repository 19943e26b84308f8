#include "bundle_parts.h"

#include "memory.h"
#include "sorting.h"
#include "tile.h"

static int compare_names(const void *items, uint32_t a, uint32_t b)
{
	const struct bundle_files *files = items;

	return bytes_compare(files->name(files->cookie, a), files->name(files->cookie, b));
}

size_t bundle_find_file(const struct bundle_files *files, struct bytes name)
{
	size_t i = 0;

	while (i < files->n && !bytes_are_equal(files->name(files->cookie, i), name))
		i++;
	return i;
}

void bundle_write_text_name(struct writer *writer, const struct manifest_text *text)
{
	writer_text(writer, "texts/");
	writer_bytes(writer, text->language);
	writer_text(writer, ".md");
}

void bundle_write_points_name(struct writer *writer, size_t number)
{
	writer_text(writer, "rosters/");
	writer_decimal(writer, number);
	writer_text(writer, ".points");
}

static enum undersign_status say_extra(struct problem *problem, struct bytes name)
{
	problem_where(problem, "file", name);
	problem_rule(problem, "a bundle has exactly the files of its letter and its log");
	problem_what(
		problem,
		"This bundle has a file that does not belong to it. Nothing in it is believed.",
		(struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status say_missing(struct problem *problem, struct bytes name)
{
	problem_where(problem, "file", name);
	problem_rule(problem, "a bundle has all files of its letter and its log");
	problem_what(problem, "This bundle is incomplete. Missing:", name);
	return UNDERSIGN_E_MISSING;
}

enum undersign_status bundle_names_changed(struct problem *problem, struct bytes name)
{
	uint8_t text[PROBLEM_TEXT_LEN];
	struct writer writer = writer_new(text, sizeof(text));

	problem_where(problem, "file", name);
	problem_rule(problem, "every file matches its hash");
	writer_text(&writer, "This bundle was changed. File ");
	writer_bytes(&writer, name);
	writer_text(&writer, " does not match its hash. Get it again, from another place.");
	problem_what(problem, "", writer.has_overflowed ? (struct bytes){0} : writer_view(&writer));
	return UNDERSIGN_E_INVALID;
}

enum undersign_status bundle_names_index(struct bundle_load *load)
{
	const struct bundle_files *files = load->files;

	if (files->n >= (size_t)1 << 31)
		return UNDERSIGN_E_LIMIT;
	load->by_name = ARENA_TAKE(load->arena, uint32_t, files->n);
	load->is_expected = ARENA_TAKE(load->arena, bool, files->n);
	if (!load->by_name || !load->is_expected)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < files->n; i++)
		load->by_name[i] = (uint32_t)i;
	sorting_indexes(load->by_name, files->n, compare_names, files);
	for (size_t i = 1; i < files->n; i++) {
		if (compare_names(files, load->by_name[i - 1], load->by_name[i]) == 0)
			return say_extra(load->problem,
					 files->name(files->cookie, load->by_name[i]));
	}
	return UNDERSIGN_OK;
}

static bool find_name(const struct bundle_load *load, size_t *out, struct bytes name)
{
	const struct bundle_files *files = load->files;
	size_t low = 0;
	size_t high = files->n;

	while (low < high) {
		size_t middle = low + ((high - low) >> 1);
		size_t file = load->by_name[middle];
		int order = bytes_compare(files->name(files->cookie, file), name);

		if (order == 0) {
			*out = file;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

enum undersign_status bundle_names_expect(struct bundle_load *load, size_t *out, struct bytes name)
{
	if (!find_name(load, out, name))
		return say_missing(load->problem, name);
	load->is_expected[*out] = true;
	return UNDERSIGN_OK;
}

enum undersign_status bundle_names_check(struct bundle_load *load)
{
	const struct bundle_files *files = load->files;
	const struct manifest *manifest = &load->bundle->manifest;
	struct tile_walk walk = tile_walk_new(load->bundle->checkpoint.size);
	enum undersign_status status = UNDERSIGN_OK;
	uint8_t name[BUNDLE_NAME_MAX];
	struct tile tile;
	size_t file;

	for (size_t i = 0; i < manifest->n_texts && status == UNDERSIGN_OK; i++) {
		struct writer writer = writer_new(name, sizeof(name));

		bundle_write_text_name(&writer, &manifest->texts[i]);
		status = bundle_names_expect(load, &file, writer_view(&writer));
	}
	for (size_t i = 0; i < manifest->n_rosters && status == UNDERSIGN_OK; i++) {
		struct writer writer = writer_new(name, sizeof(name));

		bundle_write_points_name(&writer, i + 1);
		status = bundle_names_expect(load, &file, writer_view(&writer));
	}
	while (status == UNDERSIGN_OK && tile_walk_next(&walk, &tile)) {
		struct writer writer = writer_new(name, sizeof(name));

		tile_path_write(&writer, &tile);
		status = bundle_names_expect(load, &file, writer_view(&writer));
	}
	if (status != UNDERSIGN_OK)
		return status;
	/* The page may be there or not. */
	load->bundle->page = files->n;
	if (find_name(load, &file, bytes_from_text(BUNDLE_PAGE_NAME))) {
		load->is_expected[file] = true;
		load->bundle->page = file;
	}
	for (size_t i = 0; i < files->n; i++) {
		file = load->by_name[i];
		if (!load->is_expected[file])
			return say_extra(load->problem, files->name(files->cookie, file));
	}
	return UNDERSIGN_OK;
}

enum undersign_status bundle_names_read(struct bundle_load *load, struct bytes *out, size_t file)
{
	const struct bundle_files *files = load->files;
	enum undersign_status status = files->read(files->cookie, file, out);

	if (status == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	problem_where(load->problem, "file", files->name(files->cookie, file));
	problem_rule(load->problem, "every file of a bundle can be read");
	problem_what(load->problem, undersign_status_text(status), (struct bytes){0});
	return status;
}

enum undersign_status bundle_names_copy(struct bundle_load *load, struct bytes *out,
					struct bytes name, size_t max)
{
	struct bytes content;
	size_t file;
	enum undersign_status status = bundle_names_expect(load, &file, name);

	*out = (struct bytes){0};
	if (status == UNDERSIGN_OK)
		status = bundle_names_read(load, &content, file);
	if (status != UNDERSIGN_OK)
		return status;
	if (content.len > max) {
		problem_where(load->problem, "file", name);
		problem_rule_number(load->problem, "it has at most {1} bytes", max);
		problem_what_numbers(load->problem, "it has {1}", content.len, 0);
		status = UNDERSIGN_E_LIMIT;
	} else {
		*out = arena_copy(load->arena, content);
		if (!out->data)
			status = UNDERSIGN_E_MEMORY;
	}
	load->files->release(load->files->cookie, file);
	return status;
}

static int compare_keys(const void *items, uint32_t a, uint32_t b)
{
	const struct note_key *keys = items;
	uint8_t left[NOTE_KEY_TEXT_MAX];
	uint8_t right[NOTE_KEY_TEXT_MAX];
	struct writer left_writer = writer_new(left, sizeof(left));
	struct writer right_writer = writer_new(right, sizeof(right));

	note_key_write(&left_writer, &keys[a]);
	note_key_write(&right_writer, &keys[b]);
	return bytes_compare(writer_view(&left_writer), writer_view(&right_writer));
}

/* Selection without memory of its own: the lists are short, and written once an epoch. */
void bundle_write_keys(struct writer *writer, const struct note_key *keys, const bool *is_used,
		       size_t n)
{
	size_t last = SIZE_MAX;

	for (;;) {
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < n; i++) {
			if (!is_used[i])
				continue;
			if (last != SIZE_MAX &&
			    compare_keys(keys, (uint32_t)i, (uint32_t)last) <= 0)
				continue;
			if (next == SIZE_MAX || compare_keys(keys, (uint32_t)i, (uint32_t)next) < 0)
				next = i;
		}
		if (next == SIZE_MAX)
			return;
		note_key_write(writer, &keys[next]);
		writer_u8(writer, '\n');
		last = next;
	}
}

#include "bundle_handle.h"
#include "convert.h"

#include "manifest.h"
#include "page.h"

/* A copy of a text, checked once more: files may have changed since. */
static enum undersign_status take_text(struct bytes *out, struct undersign_bundle *bundle,
				       size_t text, struct problem *problem)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct bundle_files *files = &bundle->files;
	uint8_t name[BUNDLE_NAME_MAX];
	struct writer writer = writer_new(name, sizeof name);
	struct bytes content;

	bundle_write_text_name(&writer, &manifest->texts[text]);
	const size_t file = bundle_find_file(files, writer_view(&writer));
	if (file == files->n)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = files->read(files->cookie, file, &content);
	if (status != UNDERSIGN_OK)
		return status;
	*out = arena_copy(&bundle->arena, content);
	files->release(files->cookie, file);
	if (!out->data && content.len > 0)
		return UNDERSIGN_E_MEMORY;
	status = manifest_check_text(manifest, text, *out, problem);
	if (status != UNDERSIGN_OK)
		problem_where(problem, "file", writer_view(&writer));
	return status;
}

static enum undersign_status compare(enum page_verdict *out, struct undersign_bundle *bundle,
				     struct bytes page, struct problem *problem)
{
	const struct bundle *inner = bundle->inner;
	struct bytes *texts = ARENA_TAKE(&bundle->arena, struct bytes, inner->manifest.n_texts);
	const struct page_source source = {.replay = inner->replay,
					   .letter = inner->letter,
					   .texts = texts,
					   .root = inner->as_of.root};
	enum undersign_status status = texts ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	for (size_t i = 0; i < inner->manifest.n_texts && status == UNDERSIGN_OK; i++)
		status = take_text(&texts[i], bundle, i, problem);
	return status == UNDERSIGN_OK ? page_check(out, page, &source, &bundle->arena, problem)
				      : status;
}

enum undersign_status bundle_handle_check_page(struct undersign_bundle *bundle,
					       struct problem *problem)
{
	const struct bundle_files *files = &bundle->files;
	const size_t file = bundle->inner->page;
	enum page_verdict verdict = PAGE_OTHER_VERSION;
	struct bytes page;

	bundle->info.page = UNDERSIGN_PAGE_NONE;
	if (file == files->n)
		return UNDERSIGN_OK;
	enum undersign_status status = files->read(files->cookie, file, &page);
	if (status != UNDERSIGN_OK) {
		problem_where(problem, "file", bytes_from_text(PAGE_FILE));
		problem_rule(problem, "every file of a bundle can be read");
		problem_what(problem, undersign_status_text(status), bytes_from(NULL, 0));
		return status;
	}
	status = compare(&verdict, bundle, page, problem);
	files->release(files->cookie, file);
	bundle->info.page =
		verdict == PAGE_SAME ? UNDERSIGN_PAGE_CHECKED : UNDERSIGN_PAGE_OTHER_VERSION;
	return status;
}

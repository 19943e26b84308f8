#include "evidence_folder.h"

#include "ct.h"
#include "entropy.h"
#include "file.h"
#include "folder.h"

#include <stdio.h>
#include <string.h>

#define PATH_LEN 4096

static enum undersign_status join(char out[static PATH_LEN], const char *path, const char *name,
				  struct problem *problem)
{
	int len = snprintf(out, PATH_LEN, "%s/%s", path, name);
	if (len > 0 && len < PATH_LEN)
		return UNDERSIGN_OK;
	problem_where(problem, "folder", bytes_from_text(path));
	problem_rule(problem, "a path has at most 4095 bytes");
	return UNDERSIGN_E_LIMIT;
}

static enum undersign_status begin(struct evidence_folder *out, const struct snapshot_record *fixed,
				   struct problem *problem)
{
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	enum undersign_status status = random.fill(random.cookie, out->salt, sizeof(out->salt));
	entropy_close(&entropy);
	if (status != UNDERSIGN_OK)
		problem_rule(problem, "a fresh salt needs good random numbers");
	out->burn = fixed->calendar.columns[fixed->calendar.n - 1].burn;
	out->is_new = true;
	return status;
}

/* Makes the folder, and the salt in it. */
static enum undersign_status make(struct evidence_folder *folder, struct problem *problem)
{
	struct disclosure_salt salt = {
		.roster = folder->roster, .edition = folder->edition, .burn = folder->burn};
	char text[1024], path[PATH_LEN];
	struct writer writer = writer_new(text, sizeof(text));
	memcpy(salt.salt, folder->salt, sizeof(salt.salt));
	disclosure_salt_write(&writer, &salt);
	enum undersign_status status = folder_make(folder->path, FILE_PRIVATE, problem);
	if (status == UNDERSIGN_OK)
		status = join(path, folder->path, "salt", problem);
	if (status == UNDERSIGN_OK)
		status = file_write(path, writer_view(&writer), FILE_PRIVATE, FILE_NEW, problem);
	folder->is_new = status != UNDERSIGN_OK;
	wipe(text, sizeof(text));
	wipe(&salt, sizeof(salt));
	return status;
}

enum undersign_status evidence_folder_open(struct evidence_folder *out, const char *path,
					   const struct snapshot_record *fixed,
					   struct problem *problem)
{
	char salt_path[PATH_LEN];
	struct file_content content = {0};
	struct disclosure_salt salt;
	memset(out, 0, sizeof(*out));
	out->path = path;
	out->roster = fixed->roster;
	out->edition = fixed->edition;
	enum undersign_status status = join(salt_path, path, "salt", problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!file_exists(salt_path))
		return begin(out, fixed, problem);
	status = file_read(&content, salt_path, ROSTER_TEXT_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = disclosure_salt_parse(&salt, file_content_view(&content), problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(salt_path));
	} else if (!bytes_are_equal(salt.roster, fixed->roster) || salt.edition != fixed->edition) {
		problem_where(problem, "file", bytes_from_text(salt_path));
		problem_rule(problem, "a folder of evidence is of one edition of one roster; name "
				      "another folder");
		problem_what(problem, "this one is of another, of", salt.roster);
		status = UNDERSIGN_E_CONFLICT;
	} else {
		memcpy(out->salt, salt.salt, sizeof(out->salt));
		out->burn = salt.burn;
	}
	wipe(&salt, sizeof(salt));
	file_content_free(&content);
	return status;
}

enum undersign_status evidence_folder_keep(struct evidence_folder *folder,
					   const uint8_t request[static SHA256_BYTES],
					   struct bytes disclosure, struct problem *problem)
{
	char name[2 * SHA256_BYTES + sizeof(".evidence")], path[PATH_LEN];
	struct writer writer = writer_new(name, sizeof(name));
	writer_hex(&writer, bytes_from(request, SHA256_BYTES));
	writer_put(&writer, ".evidence", sizeof(".evidence"));
	enum undersign_status status = join(path, folder->path, name, problem);
	if (status == UNDERSIGN_OK && folder->is_new)
		status = make(folder, problem);
	if (status == UNDERSIGN_OK)
		status = file_write(path, disclosure, FILE_PRIVATE, FILE_REPLACE, problem);
	return status;
}

/* True for "salt" and "<64 hexadecimal digits>.evidence". */
static bool is_ours(const char *name)
{
	if (strcmp(name, "salt") == 0)
		return true;
	return strlen(name) == 2 * SHA256_BYTES + strlen(".evidence") &&
	       strspn(name, "0123456789abcdef") == 2 * SHA256_BYTES &&
	       strcmp(name + 2 * SHA256_BYTES, ".evidence") == 0;
}

static enum undersign_status burn_files(const char *path, const struct folder_list *list,
					struct problem *problem)
{
	char name[PATH_LEN];
	for (size_t i = 0; i < list->n; i++) {
		if (is_ours(list->entries[i].name))
			continue;
		problem_where(problem, "folder", bytes_from_text(path));
		problem_rule(problem, "a folder of evidence holds the salt and disclosures, and is "
				      "burnt as a whole; move the rest away");
		problem_what(problem, "there is", bytes_from_text(list->entries[i].name));
		return UNDERSIGN_E_INVALID;
	}
	/* Without the salt no published identity can be tried any more, whatever follows. */
	enum undersign_status status = join(name, path, "salt", problem);
	if (status == UNDERSIGN_OK)
		status = file_burn(name, problem);
	for (size_t i = 0; i < list->n && status == UNDERSIGN_OK; i++) {
		if (strcmp(list->entries[i].name, "salt") == 0)
			continue;
		status = join(name, path, list->entries[i].name, problem);
		if (status == UNDERSIGN_OK)
			status = file_burn(name, problem);
	}
	if (status == UNDERSIGN_OK)
		status = folder_remove(path, problem);
	return status;
}

enum undersign_status evidence_folder_burn(bool *out_burnt, const char *path, uint64_t date,
					   bool is_all, struct problem *problem)
{
	char salt_path[PATH_LEN];
	struct file_content content = {0};
	struct disclosure_salt salt;
	struct folder_list list;
	*out_burnt = false;
	enum undersign_status status = join(salt_path, path, "salt", problem);
	if (status == UNDERSIGN_OK)
		status = file_read(&content, salt_path, ROSTER_TEXT_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = disclosure_salt_parse(&salt, file_content_view(&content), problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(salt_path));
	uint64_t burn = salt.burn;
	wipe(&salt, sizeof(salt));
	file_content_free(&content);
	if (status != UNDERSIGN_OK || (!is_all && date < burn))
		return status;
	status = folder_list(&list, path, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = burn_files(path, &list, problem);
	folder_list_free(&list);
	*out_burnt = status == UNDERSIGN_OK;
	return status;
}

void evidence_folder_close(struct evidence_folder *folder)
{
	wipe(folder->salt, sizeof(folder->salt));
}

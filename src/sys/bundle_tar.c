#include "bundle_tar.h"

#include "bytes.h"
#include "file_inside.h"
#include "folder.h"
#include "folder_inside.h"
#include "system_problem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK      512
#define CHUNK      65536
#define SUM_START  148 /* of the check sum in a header */
#define SUM_LEN    8
#define MEMBER_MAX (((uint64_t)1 << 33) - 1) /* 11 octal digits */
#define PACK_RULE  N_("the tar file must be written completely, or not at all")

/* --- Writing: the one place that says what a canonical tar file is --- */

/* write never tells libarchive of a failure (it would not give back all its memory then): whoever
 * writes keeps it, and looks after every step. */
static struct archive *writer_open(void *cookie, archive_write_callback *write)
{
	struct archive *archive = archive_write_new();

	if (!archive)
		return NULL;
	/* No blocking: every header and every part of a file is written when it is given, and
	 * nothing is added after the two blocks of zeros. */
	if (archive_write_set_format_ustar(archive) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
	    archive_write_open2(archive, cookie, NULL, write, NULL, NULL) == ARCHIVE_OK)
		return archive;
	(void)archive_write_free(archive);
	return NULL;
}

static bool writer_begin_file(struct archive *archive, const char *name, uint64_t len)
{
	struct archive_entry *entry = archive_entry_new();

	if (!entry)
		return false;
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (int64_t)len);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	bool is_done = archive_write_header(archive, entry) == ARCHIVE_OK;
	archive_entry_free(entry);
	return is_done;
}

static bool writer_put_part(struct archive *archive, const uint8_t *data, size_t len)
{
	return archive_write_data(archive, data, len) == (la_ssize_t)len;
}

/* --- Packing a folder --- */

struct packing {
	const char *path;
	struct file_writer *writer;
	enum undersign_status status;
	struct problem *problem;
};

static la_ssize_t pack_write(struct archive *archive, void *cookie, const void *data, size_t len)
{
	struct packing *packing = cookie;

	(void)archive;
	if (packing->status == UNDERSIGN_OK)
		packing->status =
			file_writer_put(packing->writer, bytes_from(data, len), packing->problem);
	return (la_ssize_t)len;
}

/* The status after a step: the disk's, or libarchive's own. */
static enum undersign_status pack_status(const struct packing *packing, bool is_done)
{
	if (packing->status != UNDERSIGN_OK || is_done)
		return packing->status;
	return system_fail(packing->problem, "tar file", packing->path, PACK_RULE, ENOMEM);
}

static enum undersign_status pack_file(struct archive *archive, const struct packing *packing,
				       int folder, const struct folder_entry *entry)
{
	struct file_content content;
	enum undersign_status status =
		entry->len > MEMBER_MAX
			? system_refuse(packing->problem, "file", entry->name,
					"a file in a tar file is shorter than 8 GiB",
					"it is longer", UNDERSIGN_E_LIMIT)
			: file_read_at(&content, folder, entry->name, entry->name,
				       (size_t)entry->len, false, FILE_PUBLIC, packing->problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (content.len != entry->len)
		status = system_refuse(packing->problem, "file", entry->name,
				       "the folder must stay as it is while it is packed",
				       "the file became shorter: try again", UNDERSIGN_E_INVALID);
	else
		status = pack_status(packing,
				     writer_begin_file(archive, entry->name, entry->len) &&
					     writer_put_part(archive, content.data, content.len));
	file_content_free(&content);
	return status;
}

static enum undersign_status pack_all(struct packing *packing, int folder,
				      const struct folder_list *list)
{
	enum undersign_status status = UNDERSIGN_OK;
	struct archive *archive = writer_open(packing, pack_write);

	if (!archive)
		return system_fail(packing->problem, "tar file", packing->path, PACK_RULE, ENOMEM);
	for (size_t i = 0; i < list->n && status == UNDERSIGN_OK; i++)
		status = pack_file(archive, packing, folder, &list->entries[i]);
	if (status == UNDERSIGN_OK)
		status = pack_status(packing, archive_write_close(archive) == ARCHIVE_OK);
	/* What libarchive still writes while it is freed is of no use. */
	if (status != UNDERSIGN_OK && packing->status == UNDERSIGN_OK)
		packing->status = status;
	(void)archive_write_free(archive);
	return status;
}

static enum undersign_status pack_open(struct packing *packing, int folder, const char *shown,
				       enum file_existing existing)
{
	struct folder_list list;
	enum undersign_status status = folder_list_at(&list, folder, shown, packing->problem);

	if (status == UNDERSIGN_OK)
		status = file_writer_open(&packing->writer, packing->path, FILE_PUBLIC, existing,
					  packing->problem);
	if (status == UNDERSIGN_OK)
		status = pack_all(packing, folder, &list);
	if (status == UNDERSIGN_OK)
		status = file_writer_commit(packing->writer, packing->problem);
	file_writer_free(packing->writer);
	folder_list_free(&list);
	return status;
}

enum undersign_status bundle_tar_pack(const char *path, const char *folder,
				      enum file_existing existing, struct problem *problem)
{
	struct packing packing = {.path = path, .problem = problem};

	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return system_fail(problem, "folder", folder, "the folder must be readable", errno);
	enum undersign_status status = pack_open(&packing, fd, folder, existing);
	(void)close(fd);
	return status;
}

/* --- Packing what is in memory --- */

struct growing {
	uint8_t *data;
	size_t len, capacity;
	bool has_failed;
};

static la_ssize_t grow_write(struct archive *archive, void *cookie, const void *data, size_t len)
{
	struct growing *growing = cookie;

	(void)archive;
	if (!growing->has_failed && len > growing->capacity - growing->len) {
		const size_t capacity = 2 * growing->capacity + len + CHUNK;
		uint8_t *grown = realloc(growing->data, capacity);

		growing->has_failed = !grown;
		if (grown) {
			growing->data = grown;
			growing->capacity = capacity;
		}
	}
	if (growing->has_failed)
		return (la_ssize_t)len;
	memcpy(growing->data + growing->len, data, len);
	growing->len += len;
	return (la_ssize_t)len;
}

enum undersign_status bundle_tar_make(struct file_content *out, const struct folder_file *files,
				      size_t n)
{
	struct growing growing = {0};
	struct archive *archive = writer_open(&growing, grow_write);
	enum undersign_status status = archive ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	*out = (struct file_content){0};
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		if (files[i].content.len > MEMBER_MAX)
			status = UNDERSIGN_E_LIMIT;
		else if (!writer_begin_file(archive, files[i].name, files[i].content.len) ||
			 !writer_put_part(archive, files[i].content.data, files[i].content.len) ||
			 growing.has_failed)
			status = UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK &&
	    (archive_write_close(archive) != ARCHIVE_OK || growing.has_failed))
		status = UNDERSIGN_E_MEMORY;
	/* What libarchive still writes while it is freed is of no use. */
	growing.has_failed = true;
	(void)archive_write_free(archive);
	if (status != UNDERSIGN_OK) {
		free(growing.data);
		return status;
	}
	*out = (struct file_content){
		.data = growing.data, .len = growing.len, .access = FILE_PUBLIC};
	return UNDERSIGN_OK;
}

/* --- Reading: what is there is compared with what writing it would give --- */

struct check {
	const struct bundle_tar_input *input;
	struct problem *problem;
	enum undersign_status status;
	uint64_t offset;  /* compared so far */
	uint64_t member;  /* where the header of the member stands that is compared */
	const char *name; /* its name, "" at the end of the file */
	struct bundle_tar_index index;
	size_t members_capacity;
	size_t names_len;
	size_t names_capacity;
	uint8_t chunk[CHUNK];   /* what is fed */
	uint8_t compare[CHUNK]; /* what is there */
};

static enum undersign_status refuse(struct check *check, const char *rule, const char *what)
{
	if (check->status != UNDERSIGN_OK)
		return check->status;
	check->status = UNDERSIGN_E_FORMAT;
	if (check->name[0] != '\0')
		(void)system_refuse(check->problem, "file", check->name, rule, what,
				    UNDERSIGN_E_FORMAT);
	else
		(void)system_refuse(check->problem, "the end of the file", "", rule, what,
				    UNDERSIGN_E_FORMAT);
	return check->status;
}

static enum undersign_status fail(struct check *check, int error)
{
	if (check->status == UNDERSIGN_OK)
		check->status = system_fail(check->problem, "file", check->name,
					    "the tar file must be readable", error);
	return check->status;
}

static enum undersign_status read_at(struct check *check, uint64_t offset, uint8_t *out, size_t n)
{
	if (check->status != UNDERSIGN_OK)
		return check->status;
	if (offset > check->input->len || n > check->input->len - offset)
		return refuse(check, "a tar file ends with two blocks of zeros",
			      "it is cut off: get it again");
	if (check->input->read(check->input->cookie, offset, out, n) != UNDERSIGN_OK)
		return fail(check, EIO);
	return UNDERSIGN_OK;
}

struct field {
	uint64_t end; /* offset after it in a header */
	const char *what;
};

/* Says which part of a member differs first. */
static const char *part_at(uint64_t offset)
{
	static const struct field fields[] = {
		{100, N_("the name has something else than zeros after it")},
		{108, N_("the mode is another than 0644")},
		{116, N_("the owner is another than 0")},
		{124, N_("the group is another than 0")},
		{136, N_("the length is written otherwise")},
		{148, N_("the time is another than 0")},
		{156, N_("the check sum is wrong or written otherwise")},
		{157, N_("it is not a regular file (a folder, a link, an extended header)")},
		{257, N_("it has the name of a link")},
		{265, N_("the magic number is not that of ustar")},
		{297, N_("it has an owner's name")},
		{329, N_("it has a group's name")},
		{345, N_("it has a device number")},
		{500, N_("it has a prefix before its name")},
		{512, N_("the header has something else than zeros at its end")},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (offset < fields[i].end)
			return fields[i].what;
	}
	return N_("it is padded with something else than zeros");
}

#define CANONICAL                                                                                  \
	N_("a bundle's tar file is canonical, byte for byte: pack it with `undersign pack`")

/* The first of n bytes that differs; n if none does. The check sum comes last: it differs whenever
 * anything else in a header does. */
static size_t first_difference(const struct check *check, const uint8_t *wanted, size_t n)
{
	uint64_t sum_start = check->member + SUM_START - check->offset;
	size_t first = n;

	for (size_t i = 0; i < n; i++) {
		if (check->compare[i] == wanted[i])
			continue;
		if (first == n)
			first = i;
		if (i < sum_start || i >= sum_start + SUM_LEN)
			return i;
	}
	return first;
}

static la_ssize_t compare_write(struct archive *archive, void *cookie, const void *data, size_t len)
{
	struct check *check = cookie;
	const uint8_t *wanted = data;

	(void)archive;
	for (size_t done = 0; done < len;) {
		size_t n = len - done < CHUNK ? len - done : CHUNK;

		if (read_at(check, check->offset, check->compare, n) != UNDERSIGN_OK)
			break;
		size_t first = first_difference(check, wanted + done, n);
		if (first < n) {
			(void)refuse(check, CANONICAL,
				     check->name[0] ? part_at(check->offset + first - check->member)
						    : "something else than zeros stands there");
			break;
		}
		check->offset += n;
		done += n;
	}
	return (la_ssize_t)len;
}

/* The length of a header: 11 octal digits and a space. */
static bool parse_len(uint64_t *out, const uint8_t field[static 12])
{
	*out = 0;
	for (size_t i = 0; i < 11; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		*out = *out << 3 | (uint64_t)(field[i] - '0');
	}
	return field[11] == ' ';
}

static bool add_member(struct check *check, const char *name, uint64_t len)
{
	struct bundle_tar_index *index = &check->index;
	size_t name_len = strlen(name) + 1;

	if (index->n == check->members_capacity) {
		size_t capacity = check->members_capacity * 2 + 64;
		struct bundle_tar_member *members =
			reallocarray(index->members, capacity, sizeof *members);

		if (!members)
			return false;
		index->members = members;
		check->members_capacity = capacity;
	}
	if (name_len > check->names_capacity - check->names_len) {
		size_t capacity = check->names_capacity * 2 + 4096;
		char *names = realloc(index->names, capacity);

		if (!names)
			return false;
		index->names = names;
		check->names_capacity = capacity;
	}
	memcpy(index->names + check->names_len, name, name_len);
	check->names_len += name_len;
	/* The name's place is filled in at the end: names move while they grow. */
	index->members[index->n++] = (struct bundle_tar_member){NULL, check->member + BLOCK, len};
	return true;
}

/* Compares one member whose header is given, and lists it. last: the name before it, replaced. */
static void check_member(struct check *check, struct archive *archive,
			 const uint8_t header[static BLOCK], char last[static FOLDER_NAME_MAX + 1])
{
	char name[FOLDER_NAME_MAX + 1] = {0};
	uint64_t len = 0;

	memcpy(name, header, FOLDER_NAME_MAX);
	check->name = name;
	if (!folder_name_is_valid(bytes_from_text(name)))
		(void)refuse(check,
			     "a name in a tar file has 1 to 100 bytes of visible ASCII, without "
			     "'.', '..' and empty parts",
			     "this name is another");
	else if (strcmp(last, name) >= 0)
		(void)refuse(check, "names stand in ascending order, each once",
			     strcmp(last, name) == 0 ? "this name stands twice"
						     : "this name stands too late");
	else if (!parse_len(&len, header + 124))
		(void)refuse(check, CANONICAL, part_at(124));
	else if (check->index.n == FOLDER_FILES_MAX)
		(void)refuse(check, "a tar file has at most 2^20 files", "it has more");
	else if (len > check->input->len - check->member)
		(void)refuse(check, "a tar file ends with two blocks of zeros",
			     "it is cut off: get it again");
	else if (!add_member(check, name, len))
		(void)fail(check, ENOMEM);
	else if (!writer_begin_file(archive, name, len))
		(void)fail(check, ENOMEM);
	while (check->status == UNDERSIGN_OK && len > 0) {
		size_t n = len < CHUNK ? (size_t)len : CHUNK;

		if (read_at(check, check->offset, check->chunk, n) == UNDERSIGN_OK &&
		    !writer_put_part(archive, check->chunk, n))
			(void)fail(check, ENOMEM);
		len -= n;
	}
	/* The padding. */
	if (check->status == UNDERSIGN_OK && archive_write_finish_entry(archive) != ARCHIVE_OK)
		(void)fail(check, ENOMEM);
	memcpy(last, name, sizeof name);
	check->name = "";
}

static bool is_zero(const uint8_t *data, size_t len)
{
	uint8_t all = 0;

	for (size_t i = 0; i < len; i++)
		all |= data[i];
	return all == 0;
}

static void check_all(struct check *check, struct archive *archive)
{
	char last[FOLDER_NAME_MAX + 1] = {0};
	uint8_t header[BLOCK];

	for (;;) {
		if (read_at(check, check->offset, header, sizeof header) != UNDERSIGN_OK)
			return;
		if (is_zero(header, sizeof header))
			break;
		check->member = check->offset;
		check_member(check, archive, header, last);
		if (check->status != UNDERSIGN_OK)
			return;
	}
	if (archive_write_close(archive) != ARCHIVE_OK)
		(void)fail(check, ENOMEM);
	if (check->status == UNDERSIGN_OK && check->offset != check->input->len)
		(void)refuse(check, CANONICAL, "something follows the two blocks of zeros");
}

static void place_names(struct bundle_tar_index *index)
{
	const char *name = index->names;

	for (size_t i = 0; i < index->n; i++) {
		index->members[i].name = name;
		name += strlen(name) + 1;
	}
}

enum undersign_status bundle_tar_index(struct bundle_tar_index *out,
				       const struct bundle_tar_input *input,
				       struct problem *problem)
{
	*out = (struct bundle_tar_index){0};
	struct check *check = calloc(1, sizeof *check);
	struct archive *archive = check ? writer_open(check, compare_write) : NULL;
	if (!archive) {
		free(check);
		return system_fail(problem, "tar file", "", "the tar file must be readable",
				   ENOMEM);
	}
	check->input = input;
	check->problem = problem;
	check->name = "";
	if (input->len > BUNDLE_TAR_LEN_MAX)
		(void)refuse(check, "a bundle's tar file has at most 8 GiB", "it has more");
	else
		check_all(check, archive);
	enum undersign_status status = check->status;
	if (status == UNDERSIGN_OK) {
		place_names(&check->index);
		*out = check->index;
	} else {
		bundle_tar_index_free(&check->index);
	}
	/* Freeing an unfinished archive writes again: passed over, as check has failed. */
	(void)archive_write_free(archive);
	free(check);
	return status;
}

void bundle_tar_index_free(struct bundle_tar_index *index)
{
	free(index->members);
	free(index->names);
	*index = (struct bundle_tar_index){0};
}

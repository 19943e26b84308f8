/* Makes what a large letter needs beyond the command line: rosters of many members, most of whom
 * are random elements that nobody has the secret of, and the statements of those who sign. The
 * folders, keys, letter and log around it are the command line's (bench/large-bundle).
 *
 *     large-bundle rosters FOLDER N_ROSTERS N_MEMBERS N_SIGNERS
 *     large-bundle sign FOLDER N_ROSTERS EVERY BUNDLE
 *     large-bundle requests ROSTER FOLDER N
 *
 * FOLDER holds rosters/<r> (undersign roster new) and keys/<r>. The first fills in the points of
 * column 1, a signed snapshot of them (whose archive of enrolments there is not: no letter looks at
 * it) and secrets/<r>. The second writes statements/<r>-<i>, in the ring of all where the count of
 * statements is a multiple of EVERY, else in the own ring. The third writes N enrolment requests
 * for the roster whose folder is ROSTER, whose secrets nobody keeps: FOLDER/<i>.request
 * (tools/bench-roster). */
#include "arena_heap.h"
#include "bundle_source.h"
#include "calendar.h"
#include "encoding.h"
#include "entropy.h"
#include "file.h"
#include "point.h"
#include "points.h"
#include "pool.h"
#include "signer.h"
#include "snapshot.h"
#include "undersign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM         "2031-04-01"
#define PATH_MAX_LEN 512

static struct entropy entropy;
static struct undersign_random random_bytes;

static void die(const char *what, const struct problem *problem)
{
	fprintf(stderr, "large-bundle: %s", what);
	if (problem && problem->rule[0])
		fprintf(stderr, ": %s: %s: %s", problem->where, problem->rule, problem->what);
	fprintf(stderr, "\n");
	exit(3);
}

/* FOLDER/part/number and what follows it. */
static const char *path_of(char out[static PATH_MAX_LEN], const char *folder, const char *part,
			   uint64_t number, const char *end)
{
	if (snprintf(out, PATH_MAX_LEN, "%s/%s/%llu%s", folder, part, (unsigned long long)number,
		     end) >= PATH_MAX_LEN)
		die("a path is too long", NULL);
	return out;
}

static uint64_t number_of(const char *text)
{
	uint64_t number;

	if (decimal_decode(&number, bytes_from_text(text), UINT32_MAX) != UNDERSIGN_OK)
		die("not a number", NULL);
	return number;
}

/* Sizes rise from half the mean to three halves of it. */
static uint32_t members_of(uint64_t r, uint64_t n_rosters, uint64_t n_members)
{
	const uint64_t mean = n_members / n_rosters;
	uint64_t before = 0;

	if (n_rosters == 1)
		return (uint32_t)n_members;
	for (uint64_t i = 0; i < n_rosters; i++) {
		const uint64_t size = mean / 2 + mean * i / (n_rosters - 1);

		if (i == r)
			return (uint32_t)(i == n_rosters - 1 ? n_members - before : size);
		before += size;
	}
	return 0;
}

/* Points in column 1: signers first, then a random element and its sums with the base point. */
static struct bytes make_points(uint8_t *secrets, uint32_t n_signers, uint32_t n)
{
	const size_t len = POINTS_HEADER_LEN + (size_t)n * (POINT_BYTES + 1);
	uint8_t *data = malloc(len), source[POINT_BYTES], wide[64];
	struct writer writer = writer_new(data, len);
	struct point point, step;

	if (!data || random_bytes.fill(random_bytes.cookie, wide, sizeof wide) != UNDERSIGN_OK)
		die("not enough memory or randomness", NULL);
	points_write_header(&writer, ROSTER_ENROLLED, n);
	point_from_uniform(&point, wide);
	point_base(&step);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *secret = secrets + (size_t)i * UNDERSIGN_SECRET_BYTES;

		if (i >= n_signers) {
			point_encode(source, &point);
			point_add(&point, &point, &step);
		} else if (undersign_secret_new(secret, &random_bytes) != UNDERSIGN_OK ||
			   undersign_commitment(source, secret) != UNDERSIGN_OK) {
			die("a secret could not be made", NULL);
		}
		const struct entry entry = {ENTRY_COMMITMENT, source, {NULL, 0}};
		points_write_entry(&writer, &entry);
	}
	return writer_view(&writer);
}

static void write_snapshot(const char *folder, uint64_t r, const struct points *points)
{
	static uint8_t text[ROSTER_TEXT_MAX], note[NOTE_LEN_MAX];
	struct writer writer = writer_new(text, sizeof text),
		      signed_note = writer_new(note, sizeof note);
	struct problem problem = {0};
	char path[PATH_MAX_LEN], name[64];
	struct signer *signer;
	uint64_t date;

	if (signer_open(&signer, path_of(path, folder, "keys", r, ""), &problem) != UNDERSIGN_OK)
		die("a key", &problem);
	snprintf(name, sizeof name, "Roster %llu", (unsigned long long)r);
	struct snapshot_record record = {
		.roster = bytes_from_text(name),
		.organisation = bytes_from_text(name),
		.class_of_members = ROSTER_ENROLLED,
		.edition = 1,
		.source = bytes_from_text("a list for measurements"),
		.steward = bytes_from_text("nobody"),
		.members = points->n,
		.n_roots = 1,
		.archive_len = 1,
		.key = *signer_key(signer),
	};
	if (date_decode(&date, bytes_from_text(FROM)) != UNDERSIGN_OK ||
	    calendar_make(&record.calendar, date, 1, 3, 28) != UNDERSIGN_OK)
		die("a calendar", NULL);
	record.date = date;
	points_root(record.roots[0], points, points->n);
	const struct note_signer note_signer = signer_note_signer(signer);
	if (snapshot_write(&writer, &record, &problem) != UNDERSIGN_OK ||
	    note_sign(&signed_note, writer_view(&writer), &note_signer, 1) != UNDERSIGN_OK)
		die("a snapshot", &problem);
	snprintf(name, sizeof name, "/snapshots/%u.note", (unsigned)points->n);
	path_of(path, folder, "rosters", r, name);
	if (file_write(path, writer_view(&signed_note), FILE_PUBLIC, FILE_REPLACE, &problem) !=
	    UNDERSIGN_OK)
		die("a snapshot", &problem);
	signer_close(signer);
}

static void make_rosters(const char *folder, uint64_t n_rosters, uint64_t n_members,
			 uint64_t n_signers)
{
	struct problem problem = {0};
	char path[PATH_MAX_LEN];
	struct points points;

	for (uint64_t r = 0; r < n_rosters; r++) {
		const uint32_t n = members_of(r, n_rosters, n_members);
		const uint32_t n_own =
			(uint32_t)(n_signers * (r + 1) / n_rosters - n_signers * r / n_rosters);
		uint8_t *secrets = calloc(n_own ? n_own : 1, UNDERSIGN_SECRET_BYTES);

		if (!secrets || n_own > n)
			die("not enough memory, or fewer members than signers", NULL);
		const struct bytes file = make_points(secrets, n_own, n);
		if (points_parse(&points, file, &problem) != UNDERSIGN_OK)
			die("points", &problem);
		write_snapshot(folder, r + 1, &points);
		path_of(path, folder, "rosters", r + 1, "/column-1.points");
		if (file_write(path, file, FILE_PUBLIC, FILE_REPLACE, &problem) != UNDERSIGN_OK)
			die("points", &problem);
		if (file_write(path_of(path, folder, "secrets", r + 1, ""),
			       bytes_from(secrets, (size_t)n_own * UNDERSIGN_SECRET_BYTES),
			       FILE_PRIVATE, FILE_REPLACE, &problem) != UNDERSIGN_OK)
			die("secrets", &problem);
		free((void *)(uintptr_t)file.data);
		free(secrets);
	}
}

static void sign_one(const struct undersign_bundle *bundle, const uint8_t *secret, bool in_all,
		     const char *path)
{
	static uint8_t statement[UNDERSIGN_STATEMENT_MAX];
	struct problem problem = {0};
	struct undersign_place place;
	struct arena_heap heap;
	size_t len;

	arena_heap_open(&heap, SIZE_MAX, true);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	if (undersign_bundle_place(&place, bundle, secret) != UNDERSIGN_OK)
		die("a signer has no place", NULL);
	if (undersign_bundle_sign(statement, sizeof statement, &len, bundle,
				  in_all || place.own_ring == UINT32_MAX ? place.all_ring
									 : place.own_ring,
				  false, 1, secret, &random_bytes, &memory, NULL) != UNDERSIGN_OK)
		die("a statement could not be made", NULL);
	if (file_write(path, bytes_from(statement, len), FILE_PUBLIC, FILE_REPLACE, &problem) !=
	    UNDERSIGN_OK)
		die("a statement", &problem);
	arena_heap_close(&heap);
}

static void sign_all(const char *folder, uint64_t n_rosters, uint64_t every, const char *path)
{
	struct problem problem = {0};
	struct undersign_problem fault;
	struct bundle_source *source;
	struct undersign_bundle *bundle;
	struct arena_heap heap;
	struct pool *pool = pool_open(0);
	uint64_t n_signed = 0;
	char name[PATH_MAX_LEN], part[64];

	arena_heap_open(&heap, SIZE_MAX, false);
	const struct undersign_parallel parallel = pool_public(pool);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	const struct undersign_bundle_options options = {.parallel = &parallel};
	if (bundle_source_open(&source, path, &problem) != UNDERSIGN_OK)
		die("the bundle", &problem);
	const struct undersign_files files = bundle_source_files(source);
	if (undersign_bundle_open(&bundle, &files, &options, &random_bytes, &memory, NULL,
				  &fault) != UNDERSIGN_OK)
		die(fault.rule, NULL);
	for (uint64_t r = 1; r <= n_rosters; r++) {
		struct file_content secrets;

		if (file_read(&secrets, path_of(name, folder, "secrets", r, ""), 1 << 24,
			      FILE_PRIVATE, &problem) != UNDERSIGN_OK)
			die("secrets", &problem);
		for (size_t i = 0; i < secrets.len / UNDERSIGN_SECRET_BYTES; i++) {
			snprintf(part, sizeof part, "-%zu", i + 1);
			path_of(name, folder, "statements", r, part);
			n_signed++;
			sign_one(bundle, secrets.data + i * UNDERSIGN_SECRET_BYTES,
				 every > 0 && n_signed % every == 0, name);
		}
		file_content_free(&secrets);
	}
	bundle_source_close(source);
	arena_heap_close(&heap);
	pool_close(pool);
}

/* The name, edition and number of columns are in the folder's file `roster`, a line each. */
static void read_roster(char name[static PATH_MAX_LEN], uint32_t *edition, uint32_t *n_columns,
			const char *folder)
{
	char path[PATH_MAX_LEN], line[PATH_MAX_LEN];
	unsigned number;

	snprintf(path, sizeof path, "%s/roster", folder);
	FILE *file = fopen(path, "r");
	if (!file)
		die("no roster", NULL);
	*n_columns = *edition = 0;
	name[0] = '\0';
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "roster ", 7) == 0)
			snprintf(name, PATH_MAX_LEN, "%s", line + 7);
		if (sscanf(line, "edition %u", &number) == 1)
			*edition = number;
		*n_columns += strncmp(line, "column ", 7) == 0;
	}
	fclose(file);
}

static void make_requests(const char *roster, const char *folder, uint64_t n)
{
	static uint8_t request[UNDERSIGN_REQUEST_MAX];
	uint8_t secrets[UNDERSIGN_COLUMNS_MAX * UNDERSIGN_SECRET_BYTES];
	char name[PATH_MAX_LEN], path[PATH_MAX_LEN];
	uint32_t edition, n_columns;
	size_t len;

	read_roster(name, &edition, &n_columns, roster);
	for (uint64_t i = 0; i < n; i++) {
		const struct undersign_bytes org = {(const uint8_t *)name, strlen(name)};
		const struct undersign_bytes meta = {NULL, 0};

		if (undersign_enrolment_new(request, &len, secrets, org, edition, meta, n_columns,
					    &random_bytes) != UNDERSIGN_OK)
			die("a request could not be made", NULL);
		snprintf(path, sizeof path, "%s/%llu.request", folder, (unsigned long long)i);
		FILE *file = fopen(path, "w");
		if (!file || fwrite(request, 1, len, file) != len || fclose(file) != 0)
			die("a request could not be written", NULL);
	}
}

int main(int argc, char **argv)
{
	random_bytes = entropy_random(&entropy);
	if (undersign_init(NULL) != UNDERSIGN_OK)
		die("no backend", NULL);
	if (argc == 6 && strcmp(argv[1], "rosters") == 0)
		make_rosters(argv[2], number_of(argv[3]), number_of(argv[4]), number_of(argv[5]));
	else if (argc == 6 && strcmp(argv[1], "sign") == 0)
		sign_all(argv[2], number_of(argv[3]), number_of(argv[4]), argv[5]);
	else if (argc == 5 && strcmp(argv[1], "requests") == 0)
		make_requests(argv[2], argv[3], number_of(argv[4]));
	else
		die("usage: large-bundle rosters FOLDER N_ROSTERS N_MEMBERS N_SIGNERS\n"
		    "       large-bundle sign FOLDER N_ROSTERS EVERY BUNDLE\n"
		    "       large-bundle requests ROSTER FOLDER N",
		    NULL);
	entropy_close(&entropy);
	return 0;
}

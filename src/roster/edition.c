#include "edition.h"

#include "archive.h"
#include "batch.h"
#include "ed25519.h"
#include "edition_parts.h"
#include "enrolment.h"
#include "memory.h"

/* Points decoded at a time. */
#define DECODE_CHUNK 64

/* What was added since the files were read. */
struct edition_addition {
	struct edition_addition *next;
	struct bytes meta;
	struct bytes request, admission; /* class enrolled; admission empty: the same as before */
	uint8_t (*sources)[POINT_BYTES]; /* one a list */
};

struct edition_rules edition_rules_of(const struct snapshot_record *record)
{
	return (struct edition_rules){
		.roster = record->roster,
		.edition = record->edition,
		.class_of_members = record->class_of_members,
		.n_columns = record->calendar.n,
		.key = record->key,
	};
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

/* Says where the element stands that somebody wants to add again. */
static enum undersign_status refuse_repeated(struct problem *problem,
					     const struct element_place *place, uint32_t n)
{
	problem_rule(problem, "an element stands in an edition once, in whichever column");
	if (place->column == 0)
		problem_what_numbers(problem, "it stands already, in entry {1} of {2}",
				     place->entry, n);
	else
		problem_what_numbers(problem, "it stands already, in entry {1}, column {2}",
				     place->entry, place->column);
	return UNDERSIGN_E_CONFLICT;
}

static enum undersign_status add_element(struct edition *edition,
					 const uint8_t element[static POINT_BYTES], uint32_t entry,
					 uint32_t column, struct problem *problem)
{
	const struct element_place *before = element_set_find(&edition->elements, element);

	if (before)
		return refuse_repeated(problem, before, edition->n);
	if (element_set_add(&edition->elements, element,
			    (struct element_place){.entry = entry, .column = column}) !=
	    UNDERSIGN_OK)
		return refuse(problem, UNDERSIGN_E_MEMORY, "the roster must fit into memory",
			      "there is none left");
	return UNDERSIGN_OK;
}

static void add_leaf(struct edition *edition, uint32_t list, const uint8_t *source,
		     struct bytes meta)
{
	struct entry entry = {
		.kind = (uint8_t)edition->rules.class_of_members,
		.source = source,
		.meta = meta,
	};
	uint8_t leaf[HASH_BYTES];

	entry_leaf(leaf, &entry);
	entry_tree_add(&edition->trees[list], leaf);
}

/* The ristretto element of a raw key, encoded. */
static enum undersign_status key_element(uint8_t out[static POINT_BYTES],
					 const uint8_t key[static POINT_BYTES],
					 struct problem *problem)
{
	struct point point;

	if (ed25519_key_to_point_vartime(&point, key) != UNDERSIGN_OK)
		return refuse(problem, UNDERSIGN_E_ENCODING,
			      "a key is a canonical point of prime order (protocol 4.2)",
			      "it is not on the curve, not canonical, or of small or mixed order");
	point_encode(out, &point);
	return UNDERSIGN_OK;
}

static enum undersign_status place_entry(struct problem *problem, enum undersign_status status,
					 uint32_t entry, uint32_t column)
{
	if (status == UNDERSIGN_OK)
		return status;
	problem_where_number(problem, "entry", entry);
	if (column > 0)
		problem_inside_number(problem, "column", column);
	return status;
}

/* Checks n commitments and takes them into the set; first is the number of the first one. */
static enum undersign_status add_commitments(struct edition *edition, uint32_t column,
					     uint32_t first, const uint8_t (*sources)[POINT_BYTES],
					     size_t n, struct problem *problem)
{
	struct affine points[DECODE_CHUNK];
	size_t n_good = points_decode_vartime(points, sources[0], n);

	for (size_t i = 0; i < n; i++) {
		uint32_t entry = first + (uint32_t)i;
		enum undersign_status status;

		if (i == n_good)
			status = refuse(problem, UNDERSIGN_E_ENCODING,
					"a commitment is a canonical point of the group (RFC 9496)",
					"it is not");
		else if (affine_is_identity_vartime(&points[i]))
			status = refuse(problem, UNDERSIGN_E_ENCODING,
					"a commitment is not the identity", "it is");
		else
			status = add_element(edition, sources[i], entry, column, problem);
		if (status != UNDERSIGN_OK)
			return place_entry(problem, status, entry, column);
	}
	return UNDERSIGN_OK;
}

/* Takes the entries of one points file into the set of elements and the list's tree. */
static enum undersign_status load_list(struct edition *edition, uint32_t list,
				       const struct points *points, struct problem *problem)
{
	struct points_reader reader = points_read(points);
	uint8_t sources[DECODE_CHUNK][POINT_BYTES];
	size_t n_waiting = 0;
	struct entry entry;

	for (uint32_t i = 0; points_next(&reader, &entry); i++) {
		enum undersign_status status = UNDERSIGN_OK;

		add_leaf(edition, list, entry.source, entry.meta);
		if (entry.kind == ROSTER_RAW_KEY) {
			uint8_t element[POINT_BYTES];

			status = key_element(element, entry.source, problem);
			if (status == UNDERSIGN_OK)
				status = add_element(edition, element, i, 0, problem);
			status = place_entry(problem, status, i, 0);
		} else {
			memcpy(sources[n_waiting++], entry.source, POINT_BYTES);
			if (n_waiting == DECODE_CHUNK || i + 1 == points->n) {
				status = add_commitments(
					edition, list + 1, i + 1 - (uint32_t)n_waiting,
					(const uint8_t(*)[POINT_BYTES])sources, n_waiting, problem);
				n_waiting = 0;
			}
		}
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

/* All columns have the same entries: as many, with the same meta. */
static enum undersign_status check_lists_fit(const struct points *points, uint32_t n_points,
					     struct problem *problem)
{
	for (uint32_t list = 1; list < n_points; list++) {
		struct points_reader first = points_read(&points[0]);
		struct points_reader other = points_read(&points[list]);
		struct entry a, b;

		for (uint32_t i = 0; points_next(&first, &a) && points_next(&other, &b); i++) {
			if (bytes_are_equal(a.meta, b.meta))
				continue;
			(void)refuse(problem, UNDERSIGN_E_CONFLICT,
				     "an entry has the same meta in every column",
				     "it differs from that of column 1");
			return place_entry(problem, UNDERSIGN_E_CONFLICT, i, list + 1);
		}
		if (points[list].n == points[0].n)
			continue;
		problem_where_number(problem, "column", list + 1);
		problem_rule(problem, "all columns of an edition have as many entries");
		problem_what_numbers(problem, "it has {1}, column 1 has {2}", points[list].n,
				     points[0].n);
		return UNDERSIGN_E_CONFLICT;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status check_files(const struct edition_rules *rules,
					 const struct points *points, uint32_t n_points,
					 struct bytes archive, struct problem *problem)
{
	bool is_enrolled = rules->class_of_members == ROSTER_ENROLLED;
	uint32_t n_expected = is_enrolled ? rules->n_columns : 1;

	if (n_points != n_expected || n_points == 0 || n_points > ROSTER_COLUMNS_MAX) {
		problem_rule(problem, "an edition has one points file for each column");
		problem_what_numbers(problem, "{1} files for {2} columns", n_points, n_expected);
		return UNDERSIGN_E_CONFLICT;
	}
	for (uint32_t list = 0; list < n_points; list++) {
		if (points[list].class_of_members == rules->class_of_members)
			continue;
		problem_where_number(problem, "points file", list + 1);
		return refuse(problem, UNDERSIGN_E_CONFLICT, "a roster holds one class of members",
			      "the file is of the other class");
	}
	if (!is_enrolled && archive.len > 0)
		return refuse(problem, UNDERSIGN_E_CONFLICT, "a roster of raw keys has no archive",
			      "there is one");
	return check_lists_fit(points, n_points, problem);
}

/* Takes in on what grounds an archived request was admitted. That everything is as it should be is
 * for the audit: what says nothing here adds nothing. */
static enum undersign_status load_grounds(struct edition *edition, uint32_t number,
					  const struct archive_entry *entry,
					  struct problem *problem)
{
	struct admission_grounds grounds;
	uint8_t fingerprint[SHA256_BYTES];

	if (entry->admission.data != edition->last_note.data) {
		struct note note;

		edition->checked_note = bytes_from(NULL, 0);
		memset(&edition->checked, 0, sizeof edition->checked);
		if (note_parse(&note, entry->admission, NULL) == UNDERSIGN_OK &&
		    admission_parse(&edition->checked, note.text, NULL) != UNDERSIGN_OK)
			memset(&edition->checked, 0, sizeof edition->checked);
	}
	if (!edition->checked.has_grounds)
		return UNDERSIGN_OK;
	enrolment_fingerprint(fingerprint, entry->request);
	if (!admission_find(&grounds, &edition->checked, fingerprint))
		return UNDERSIGN_OK;
	return place_entry(problem,
			   identity_set_add(&edition->identities, &grounds, number, problem),
			   number, 0);
}

/* The archive has an entry for each member; remembers the last note. */
static enum undersign_status load_archive(struct edition *edition, struct bytes archive,
					  struct problem *problem)
{
	struct archive_reader reader = archive_read(archive, problem);
	struct archive_entry entry;
	enum undersign_status status = UNDERSIGN_OK;

	while (status == UNDERSIGN_OK && archive_next(&reader, &entry)) {
		status = load_grounds(edition, reader.n - 1, &entry, problem);
		edition->last_note = entry.admission;
	}
	edition->checked_note = bytes_from(NULL, 0);
	if (status != UNDERSIGN_OK)
		return status;
	if (reader.has_failed) {
		problem_inside(problem, "archive", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	if (edition->rules.class_of_members == ROSTER_ENROLLED && reader.n != edition->n) {
		problem_where(problem, "archive", bytes_from(NULL, 0));
		problem_rule(problem, "the archive has one entry for each member");
		problem_what_numbers(problem, "it has {1}, the points files have {2}", reader.n,
				     edition->n);
		return UNDERSIGN_E_CONFLICT;
	}
	edition->old_archive = archive;
	edition->archive_len = archive.len;
	sha256_begin(&edition->archive_hash);
	sha256_add(&edition->archive_hash, archive.data, archive.len);
	return UNDERSIGN_OK;
}

enum undersign_status edition_new(struct edition *out, const struct edition_rules *rules,
				  const struct points *points, uint32_t n_points,
				  struct bytes archive, const struct generators *generators,
				  struct arena *arena, struct problem *problem)
{
	enum undersign_status status = check_files(rules, points, n_points, archive, problem);

	memset(out, 0, sizeof *out);
	if (status != UNDERSIGN_OK)
		return status;
	out->rules = *rules;
	out->generators = generators;
	out->arena = arena;
	out->n = points[0].n;
	out->n_lists = n_points;
	element_set_begin(&out->elements, arena);
	identity_set_begin(&out->identities, arena);
	for (uint32_t list = 0; list < n_points && status == UNDERSIGN_OK; list++) {
		out->old_bodies[list] = points[list].body;
		entry_tree_begin(&out->trees[list]);
		status = load_list(out, list, &points[list], problem);
	}
	if (status == UNDERSIGN_OK)
		status = load_archive(out, archive, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

static enum undersign_status check_capacity(const struct edition *edition, struct problem *problem)
{
	if (edition->n < ROSTER_MEMBERS_MAX)
		return UNDERSIGN_OK;
	return refuse(problem, UNDERSIGN_E_LIMIT, "a roster has at most 4194304 members",
		      "this one is full");
}

/* The request is one for this edition. */
static enum undersign_status check_address(const struct edition *edition,
					   const struct enrolment *enrolment,
					   struct problem *problem)
{
	const struct edition_rules *rules = &edition->rules;

	if (!bytes_are_equal(enrolment->roster, rules->roster)) {
		problem_rule_name(problem, "a request is for this roster, `{1}`", rules->roster);
		problem_what(problem, "it is for", enrolment->roster);
		return UNDERSIGN_E_INVALID;
	}
	if (enrolment->edition != rules->edition) {
		problem_rule_number(problem, "a request is for this edition, {1}", rules->edition);
		problem_what_numbers(problem, "it is for {1} instead of {2}", enrolment->edition,
				     rules->edition);
		return UNDERSIGN_E_INVALID;
	}
	if (enrolment->n_columns != rules->n_columns) {
		problem_rule(problem, "a request has a commitment for each column of the roster");
		problem_what_numbers(problem, "it has {1} of {2}", enrolment->n_columns,
				     rules->n_columns);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

/* None of the request's commitments stands already. */
static enum undersign_status check_new(const struct edition *edition,
				       const struct enrolment *enrolment, struct problem *problem)
{
	for (uint32_t c = 1; c <= enrolment->n_columns; c++) {
		const struct element_place *place =
			element_set_find(&edition->elements, enrolment->columns[c - 1].commitment);

		if (!place)
			continue;
		problem_where_number(problem, "column", c);
		return refuse_repeated(problem, place, edition->n);
	}
	return UNDERSIGN_OK;
}

/* The note is the steward's, for this edition. Its signature is checked once for many requests. */
static enum undersign_status check_note(struct edition *edition, struct bytes note,
					struct problem *problem)
{
	const struct edition_rules *rules = &edition->rules;
	struct admission admission;
	enum undersign_status status;

	if (edition->checked_note.len > 0 && bytes_are_equal(edition->checked_note, note))
		return UNDERSIGN_OK;
	if (note.len == 0)
		return refuse(problem, UNDERSIGN_E_MISSING,
			      "a request needs an admission, the steward's signed word",
			      "there is none");
	status = admission_open(&admission, note, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!note_key_is_equal(&admission.key, &rules->key))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "an admission is signed with the roster's key, its steward's",
			      "it is signed with another");
	if (!bytes_are_equal(admission.roster, rules->roster) ||
	    admission.edition != rules->edition)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "an admission names the roster and edition to which it admits",
			      "it is for another");
	edition->checked = admission;
	edition->checked_note = note;
	return UNDERSIGN_OK;
}

static enum undersign_status check_admission(struct admission_grounds *out, struct edition *edition,
					     struct bytes request, struct bytes note,
					     struct problem *problem)
{
	uint8_t fingerprint[SHA256_BYTES];
	enum undersign_status status = check_note(edition, note, problem);

	enrolment_fingerprint(fingerprint, request);
	if (status == UNDERSIGN_OK && !admission_find(out, &edition->checked, fingerprint))
		status = refuse(problem, UNDERSIGN_E_MISSING,
				"the admission names the request by its SHA-256",
				"this request is not among those it names");
	if (status == UNDERSIGN_OK)
		status = identity_set_check(&edition->identities, out, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "admission", bytes_from(NULL, 0));
	return status;
}

/* Memory for an addition, which copies the sources and the meta. */
static struct edition_addition *new_addition(struct edition *edition, struct bytes meta)
{
	struct edition_addition *addition = ARENA_TAKE(edition->arena, struct edition_addition, 1);

	if (!addition)
		return NULL;
	addition->meta = arena_copy(edition->arena, meta);
	addition->sources = arena_take(edition->arena, edition->n_lists, POINT_BYTES);
	return addition->sources && (meta.len == 0 || addition->meta.data) ? addition : NULL;
}

static void append(struct edition *edition, struct edition_addition *addition)
{
	for (uint32_t list = 0; list < edition->n_lists; list++)
		add_leaf(edition, list, addition->sources[list], addition->meta);
	if (edition->last)
		edition->last->next = addition;
	else
		edition->first = addition;
	edition->last = addition;
	edition->n++;
}

static void hash_archived(struct edition *edition, struct bytes part)
{
	uint8_t len[4];
	struct writer writer = writer_new(len, sizeof len);

	writer_u32le(&writer, (uint32_t)part.len);
	sha256_add(&edition->archive_hash, len, sizeof len);
	sha256_add(&edition->archive_hash, part.data, part.len);
	edition->archive_len += sizeof len + part.len;
}

/* Everything that adding a request requires, but memory. */
static enum undersign_status check_request(struct admission_grounds *out, struct edition *edition,
					   const struct enrolment *enrolment, bool is_proved,
					   struct bytes request, struct bytes admission,
					   struct problem *problem)
{
	enum undersign_status status = check_address(edition, enrolment, problem);

	if (status == UNDERSIGN_OK)
		status = check_new(edition, enrolment, problem);
	if (status == UNDERSIGN_OK && !is_proved)
		status = enrolment_check(enrolment, edition->generators, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "request", bytes_from(NULL, 0));
		return status;
	}
	return check_admission(out, edition, request, admission, problem);
}

enum undersign_status edition_add_request(struct edition *edition, struct bytes request,
					  struct bytes admission, struct problem *problem)
{
	struct enrolment enrolment;
	enum undersign_status status = enrolment_parse(&enrolment, request, problem);

	if (status == UNDERSIGN_OK)
		return edition_add_parsed(edition, &enrolment, false, request, admission, problem);
	problem_inside(problem, "request", bytes_from(NULL, 0));
	return status;
}

enum undersign_status edition_add_parsed(struct edition *edition, const struct enrolment *enrolment,
					 bool is_proved, struct bytes request,
					 struct bytes admission, struct problem *problem)
{
	struct admission_grounds grounds;
	struct edition_addition *addition;
	enum undersign_status status = check_capacity(edition, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (edition->rules.class_of_members != ROSTER_ENROLLED)
		return refuse(problem, UNDERSIGN_E_USAGE,
			      "requests are for rosters of class enrolled",
			      "this roster is of raw keys");
	status =
		check_request(&grounds, edition, enrolment, is_proved, request, admission, problem);
	if (status != UNDERSIGN_OK)
		return status;
	addition = new_addition(edition, enrolment_meta(enrolment));
	if (!addition)
		return refuse(problem, UNDERSIGN_E_MEMORY, "the roster must fit into memory",
			      "there is none left");
	for (uint32_t c = 1; c <= enrolment->n_columns && status == UNDERSIGN_OK; c++) {
		memcpy(addition->sources[c - 1], enrolment->columns[c - 1].commitment, POINT_BYTES);
		status = add_element(edition, addition->sources[c - 1], edition->n, c, problem);
	}
	if (status == UNDERSIGN_OK)
		status = identity_set_add(&edition->identities, &grounds, edition->n, problem);
	if (status != UNDERSIGN_OK)
		return status; /* no memory: nothing else is left that could fail */
	addition->request = request;
	if (!bytes_are_equal(admission, edition->last_note))
		addition->admission = admission;
	edition->last_note = admission;
	hash_archived(edition, addition->request);
	hash_archived(edition, addition->admission);
	append(edition, addition);
	return UNDERSIGN_OK;
}

enum undersign_status edition_add_key(struct edition *edition,
				      const uint8_t key[static POINT_BYTES], struct bytes meta,
				      struct problem *problem)
{
	uint8_t element[POINT_BYTES];
	struct edition_addition *addition;
	enum undersign_status status = check_capacity(edition, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (edition->rules.class_of_members != ROSTER_RAW_KEY)
		return refuse(problem, UNDERSIGN_E_USAGE, "keys are for rosters of class raw-key",
			      "this roster is of enrolled members");
	if (meta.len > ENTRY_META_MAX)
		return refuse(problem, UNDERSIGN_E_LIMIT, "meta has at most 32 bytes",
			      "it is longer");
	status = key_element(element, key, problem);
	if (status != UNDERSIGN_OK)
		return status;
	addition = new_addition(edition, meta);
	if (!addition)
		return refuse(problem, UNDERSIGN_E_MEMORY, "the roster must fit into memory",
			      "there is none left");
	status = add_element(edition, element, edition->n, 0, problem);
	if (status != UNDERSIGN_OK)
		return status;
	memcpy(addition->sources[0], key, POINT_BYTES);
	append(edition, addition);
	return UNDERSIGN_OK;
}

void edition_write_points(struct writer *writer, const struct edition *edition, uint32_t c)
{
	CHECK(c >= 1 && c <= edition->n_lists);
	points_write_header(writer, edition->rules.class_of_members, edition->n);
	writer_bytes(writer, edition->old_bodies[c - 1]);
	for (const struct edition_addition *a = edition->first; a; a = a->next) {
		struct entry entry = {.source = a->sources[c - 1], .meta = a->meta};

		points_write_entry(writer, &entry);
	}
}

void edition_write_archive(struct writer *writer, const struct edition *edition)
{
	writer_bytes(writer, edition->old_archive);
	if (edition->rules.class_of_members != ROSTER_ENROLLED)
		return;
	for (const struct edition_addition *a = edition->first; a; a = a->next)
		archive_write_entry(writer, a->request, a->admission);
}

enum undersign_status edition_describe(struct snapshot_record *out, const struct edition *edition,
				       struct problem *problem)
{
	struct sha256 hash = edition->archive_hash;

	if (edition->n == 0)
		return refuse(problem, UNDERSIGN_E_MISSING, "a snapshot has at least one member",
			      "nobody has been admitted yet");
	out->class_of_members = edition->rules.class_of_members;
	out->edition = edition->rules.edition;
	out->members = edition->n;
	out->n_roots = edition->n_lists;
	for (uint32_t list = 0; list < edition->n_lists; list++)
		entry_tree_root(out->roots[list], &edition->trees[list]);
	out->archive_len = edition->archive_len;
	sha256_end(&hash, out->archive_hash);
	out->key = edition->rules.key;
	return UNDERSIGN_OK;
}

#include "audit_parts.h"

#include "memory.h"

/* Entries that are hashed together: a multiple of 64. */
#define STEP 1024

void audit_tell(struct audit *audit, struct problem *problem)
{
	struct audit_report *report = audit->report;

	if (report->n_problems < AUDIT_PROBLEMS_MAX)
		report->problems[report->n_problems] = *problem;
	report->n_problems++;
}

void audit_tell_entry(struct audit *audit, uint32_t entry, uint32_t column, const char *rule,
		      const char *what)
{
	struct problem problem = {0};

	problem_where_number(&problem, "entry", entry);
	if (column > 0)
		problem_inside_number(&problem, "column", column);
	problem_rule(&problem, rule);
	problem_what(&problem, what, bytes_from(NULL, 0));
	audit_tell(audit, &problem);
}

const struct snapshot_record *audit_newest(const struct audit *audit)
{
	return &audit->snapshots[audit->n_snapshots - 1].record;
}

/* --- snapshots -------------------------------------------------------------------------------- */

static void tell_snapshot(struct audit *audit, size_t number, struct problem *problem)
{
	problem_inside_number(problem, "snapshot", number + 1);
	audit_tell(audit, problem);
}

/* Keeps snapshots in ascending order of members. */
static void insert_snapshot(struct audit *audit, size_t number,
			    const struct snapshot_record *record)
{
	size_t place = audit->n_snapshots++;

	while (place > 0 && audit->snapshots[place - 1].record.members > record->members) {
		audit->snapshots[place] = audit->snapshots[place - 1];
		place--;
	}
	audit->snapshots[place].number = number;
	audit->snapshots[place].record = *record;
}

/* Among few additions at once a member stands out (formats 4.6). */
static void count_small(struct audit *audit)
{
	const uint32_t least = evidence_rules_additions(audit->input->rules);

	for (size_t i = 1; i < audit->n_snapshots; i++) {
		const struct snapshot_record *before = &audit->snapshots[i - 1].record;
		const struct snapshot_record *record = &audit->snapshots[i].record;

		audit->report->n_small += record->class_of_members == ROSTER_ENROLLED &&
					  record->members > before->members &&
					  record->members - before->members < least &&
					  record->date <= before->date;
	}
}

static void read_snapshots(struct audit *audit)
{
	const struct audit_input *input = audit->input;

	for (size_t i = 0; i < input->n_snapshots; i++) {
		struct problem problem = {0};
		struct snapshot_record record;
		struct note note;

		if (snapshot_open(&record, &note, input->snapshots[i], &problem) != UNDERSIGN_OK) {
			tell_snapshot(audit, i, &problem);
			continue;
		}
		if (input->key && !note_key_is_equal(input->key, &record.key)) {
			problem_rule(&problem, "a snapshot is signed with the steward's key");
			problem_what(&problem, "it is signed with that of", record.key.name);
			tell_snapshot(audit, i, &problem);
			continue;
		}
		if (audit->n_snapshots > 0 &&
		    snapshot_check_same_edition(&audit->snapshots[0].record, &record, &problem) !=
			    UNDERSIGN_OK) {
			tell_snapshot(audit, i, &problem);
			continue;
		}
		insert_snapshot(audit, i, &record);
	}
	audit->report->n_snapshots = (uint32_t)audit->n_snapshots;
	count_small(audit);
	if (input->n_snapshots > 0)
		return;
	struct problem problem = {0};
	problem_where(&problem, "edition", bytes_from(NULL, 0));
	problem_rule(&problem, "an edition is named by the steward's signed snapshots");
	problem_what(&problem, "there is no snapshot", bytes_from(NULL, 0));
	audit_tell(audit, &problem);
}

/* Compares a snapshot with the entries read so far, which are as many as its members. */
static void check_snapshot(struct audit *audit, const struct checked_snapshot *snapshot)
{
	const struct snapshot_record *record = &snapshot->record;

	for (uint32_t list = 0; list < record->n_roots; list++) {
		struct problem problem = {0};
		uint8_t root[HASH_BYTES];

		entry_tree_root(root, &audit->trees[list]);
		if (memcmp(root, record->roots[list], sizeof root) == 0)
			continue;
		problem_where_number(&problem, "root", list + 1);
		problem_rule(&problem, "a root is that of the first entries of the points file");
		problem_what(&problem,
			     "it is another: an entry was changed, or the record is not "
			     "of these files",
			     bytes_from(NULL, 0));
		tell_snapshot(audit, snapshot->number, &problem);
	}
	if (!audit->has_archive || audit->archive.has_failed)
		return;
	struct problem problem = {0};
	size_t len = audit->archive.cursor.offset;
	uint8_t hash[SHA256_BYTES];
	sha256(hash, bytes_part(audit->input->archive, 0, len));
	problem_where(&problem, "archive", bytes_from(NULL, 0));
	problem_rule(&problem, "length and hash are those of the archive's first entries");
	if (record->archive_len != len)
		problem_what_numbers(&problem, "the record says {1} bytes, the archive has {2}",
				     record->archive_len, len);
	else if (memcmp(hash, record->archive_hash, sizeof hash) != 0)
		problem_what(&problem, "the hash is another", bytes_from(NULL, 0));
	else
		return;
	tell_snapshot(audit, snapshot->number, &problem);
}

/* --- points files ------------------------------------------------------------------------------
 */

/* False if the files cannot be gone through together. */
static bool read_points(struct audit *audit)
{
	const struct audit_input *input = audit->input;
	const struct snapshot_record *record = audit_newest(audit);
	struct problem problem = {0};
	bool are_good = true;

	if (input->n_points != record->n_roots) {
		problem_where(&problem, "points files", bytes_from(NULL, 0));
		problem_rule(&problem, "an edition has one points file for each column");
		problem_what_numbers(&problem, "{1} files for {2} columns", input->n_points,
				     record->n_roots);
		audit_tell(audit, &problem);
		return false;
	}
	for (uint32_t list = 0; list < input->n_points; list++) {
		struct points *points = &audit->points[list];

		problem = (struct problem){{0}, {0}, {0}};
		if (points_parse(points, input->points[list], &problem) == UNDERSIGN_OK) {
			if (points->class_of_members == record->class_of_members &&
			    points->n == audit->points[0].n)
				continue;
			problem_rule(&problem, "points files have the roster's class and as many "
					       "entries as each other");
			problem_what(&problem, "the class or the number differs",
				     bytes_from(NULL, 0));
		}
		problem_inside_number(&problem, "points file", list + 1);
		audit_tell(audit, &problem);
		are_good = false;
	}
	return are_good;
}

/* --- requests and admissions -------------------------------------------------------------------
 */

/* Names the column whose proof does not hold. */
static void tell_bad_proof(struct audit *audit, size_t i)
{
	struct problem problem = {0};

	if (enrolment_check(&audit->waiting[i], audit->generators, &problem) == UNDERSIGN_OK) {
		problem_rule(&problem, "proofs of possession hold");
		problem_what(&problem, "a batch says no and a single check says yes",
			     bytes_from(NULL, 0));
	}
	problem_inside_number(&problem, "entry", audit->waiting_entry[i]);
	audit_tell(audit, &problem);
}

/* A batch of those that wait. */
static void check_batch(void *context, size_t number)
{
	struct audit *audit = context;
	const size_t at = number * AUDIT_BATCH;
	const size_t n = audit->n_waiting - at < AUDIT_BATCH ? audit->n_waiting - at : AUDIT_BATCH;

	(void)enrolment_batch_is_valid_vartime(
		audit->verdicts + at, audit->waiting + at, n, audit->generators, audit->fresh,
		audit->scratch + number * audit->scratch_len, audit->scratch_len);
}

static void check_waiting(struct audit *audit)
{
	parallel_run(audit->input->parallel, check_batch, audit,
		     (audit->n_waiting + AUDIT_BATCH - 1) / AUDIT_BATCH);
	for (size_t i = 0; i < audit->n_waiting; i++) {
		audit->report->n_proofs += audit->waiting[i].n_columns;
		if (!audit->verdicts[i])
			tell_bad_proof(audit, i);
	}
	audit->n_waiting = 0;
}

/* The note, looked at once for as many entries as share it. */
static void read_admission(struct audit *audit, uint32_t number, struct bytes note)
{
	const struct snapshot_record *record = audit_newest(audit);
	struct problem problem = {0};

	audit->checked_note = note;
	audit->report->n_admissions++;
	audit->is_note_good = admission_open(&audit->admission, note, &problem) == UNDERSIGN_OK;
	if (audit->is_note_good) {
		const struct admission *admission = &audit->admission;

		problem_rule(&problem,
			     "an admission is the steward's, for this roster and edition");
		if (!note_key_is_equal(&admission->key, &record->key))
			problem_what(&problem, "it is signed with the key of", admission->key.name);
		else if (!bytes_are_equal(admission->roster, record->roster))
			problem_what(&problem, "it is for", admission->roster);
		else if (admission->edition != record->edition)
			problem_what_numbers(&problem, "it is for edition {1} instead of {2}",
					     admission->edition, record->edition);
		else
			return;
		audit->is_note_good = false;
	}
	problem_inside(&problem, "admission", bytes_from(NULL, 0));
	problem_inside_number(&problem, "entry", number);
	audit_tell(audit, &problem);
}

/* What a reader may ask about: days, and members who vouch much. */
static void count_admission(struct audit *audit, uint32_t number,
			    const struct admission_grounds *grounds)
{
	struct audit_report *report = audit->report;
	const struct audit_input *input = audit->input;
	uint64_t date = audit->admission.date;

	report->n_of_kind[grounds->kind]++;
	report->n_since += input->since > 0 && date >= input->since;
	report->n_back += date < audit->run_date;
	audit->run_n = date == audit->run_date ? audit->run_n + 1 : 1;
	audit->run_date = date;
	if (audit->run_n > report->busiest_n) {
		report->busiest_n = audit->run_n;
		report->busiest_date = date;
	}
	for (uint32_t i = 0; grounds->kind == EVIDENCE_VOUCH && i < grounds->n_identities; i++) {
		uint32_t n = identity_set_vouches(&audit->identities, grounds->identities[i]);

		report->n_vouchers += n == 1;
		if (!input->rules)
			continue;
		report->n_at_cap += n == input->rules->vouches_max;
		if (n > input->rules->vouches_max)
			audit_tell_entry(
				audit, number, 0,
				"a member vouches no more often than the roster's rules allow",
				"one who vouched for this entry has done so too often");
	}
}

/* False if there is no memory. */
static bool check_admission(struct audit *audit, uint32_t number,
			    const struct archive_entry *archived)
{
	uint8_t fingerprint[SHA256_BYTES];
	struct admission_grounds grounds;

	if (!archived->is_admission_repeated ||
	    !bytes_are_equal(audit->checked_note, archived->admission))
		read_admission(audit, number, archived->admission);
	enrolment_fingerprint(fingerprint, archived->request);
	if (!audit->is_note_good)
		return true;
	if (!admission_find(&grounds, &audit->admission, fingerprint)) {
		audit_tell_entry(audit, number, 0, "the admission names the request by its SHA-256",
				 "this request is not among those it names");
		return true;
	}
	struct problem problem = {0};
	enum undersign_status status =
		identity_set_add(&audit->identities, &grounds, number, &problem);
	count_admission(audit, number, &grounds);
	if (status == UNDERSIGN_E_CONFLICT) {
		problem_where_number(&problem, "entry", number);
		audit_tell(audit, &problem);
	}
	return status != UNDERSIGN_E_MEMORY;
}

/* The request is for this edition, and its commitments are those of the entry. */
static bool is_request_of(struct audit *audit, uint32_t number, const struct enrolment *enrolment,
			  const struct entry *entries)
{
	const struct snapshot_record *record = audit_newest(audit);
	size_t n_before = audit->report->n_problems;

	if (!bytes_are_equal(enrolment->roster, record->roster) ||
	    enrolment->edition != record->edition) {
		audit_tell_entry(audit, number, 0, "a request is for this roster and edition",
				 "it is for another");
		return false;
	}
	if (enrolment->n_columns != record->n_roots) {
		audit_tell_entry(audit, number, 0,
				 "a request has a commitment for each column of the roster",
				 "it has another number of them");
		return false;
	}
	for (uint32_t list = 0; list < record->n_roots; list++) {
		if (memcmp(enrolment->columns[list].commitment, entries[list].source,
			   POINT_BYTES) != 0)
			audit_tell_entry(audit, number, list + 1,
					 "an entry is the commitment of its request",
					 "the points file has another");
		if (!bytes_are_equal(enrolment_meta(enrolment), entries[list].meta))
			audit_tell_entry(audit, number, list + 1,
					 "an entry has the meta of its request",
					 "the points file has another");
	}
	return audit->report->n_problems == n_before;
}

/* Reads the archive's next entry and checks it; its proofs wait for the batch. False if there is
 * no memory. */
static bool check_archived(struct audit *audit, uint32_t number, const struct entry *entries)
{
	struct problem problem = {0};
	struct archive_entry archived;
	struct enrolment *enrolment = &audit->waiting[audit->n_waiting];

	if (audit->archive.has_failed)
		return true;
	audit->archive.problem = &problem;
	if (!archive_next(&audit->archive, &archived)) {
		if (!audit->archive.has_failed) {
			problem_where_number(&problem, "entry", number);
			problem_rule(&problem, "the archive has one entry for each member");
			problem_what(&problem, "it ends before this one", bytes_from(NULL, 0));
			audit->archive.has_failed = true;
		}
		problem_inside(&problem, "archive", bytes_from(NULL, 0));
		audit_tell(audit, &problem);
		return true;
	}
	if (!check_admission(audit, number, &archived))
		return false;
	if (enrolment_parse(enrolment, archived.request, &problem) != UNDERSIGN_OK) {
		problem_inside(&problem, "request", bytes_from(NULL, 0));
		problem_inside_number(&problem, "entry", number);
		audit_tell(audit, &problem);
		return true;
	}
	if (!is_request_of(audit, number, enrolment, entries))
		return true;
	audit->waiting_entry[audit->n_waiting++] = number;
	if (audit->n_waiting == AUDIT_WAITING)
		check_waiting(audit);
	return true;
}

/* --- the passage over all entries --------------------------------------------------------------
 */

/* Entries `first` to first + n - 1 of all columns. False if there is no memory. */
static bool check_some(struct audit *audit, struct points_reader *trees,
		       struct points_reader *readers, uint32_t first, uint32_t n)
{
	const uint32_t n_lists = audit->input->n_points;
	const bool is_enrolled = audit_newest(audit)->class_of_members == ROSTER_ENROLLED;
	struct entry entries[ROSTER_COLUMNS_MAX];

	for (uint32_t list = 0; list < n_lists; list++)
		points_add_to_tree(&audit->trees[list], &trees[list], n);
	for (uint32_t i = first; i < first + n; i++) {
		for (uint32_t list = 0; list < n_lists; list++) {
			CHECK(points_next(&readers[list], &entries[list]));
			audit_elements_add(audit, &entries[list], i, is_enrolled ? list + 1 : 0);
		}
		if (audit->has_archive && !check_archived(audit, i, entries))
			return false;
	}
	return true;
}

static enum undersign_status check_entries(struct audit *audit, const struct progress *progress)
{
	struct points_reader trees[ROSTER_COLUMNS_MAX], readers[ROSTER_COLUMNS_MAX];
	const uint32_t n = audit->points[0].n;
	size_t next = 0;

	for (uint32_t list = 0; list < audit->input->n_points; list++) {
		trees[list] = readers[list] = points_read(&audit->points[list]);
		entry_tree_begin(&audit->trees[list]);
	}
	for (uint32_t i = 0; i < n;) {
		uint32_t step = n - i < STEP ? n - i : STEP;

		/* A snapshot is compared where it ends. */
		if (next < audit->n_snapshots && audit->snapshots[next].record.members - i < step)
			step = audit->snapshots[next].record.members - i;
		if (!check_some(audit, trees, readers, i, step))
			return UNDERSIGN_E_MEMORY;
		i += step;
		for (; next < audit->n_snapshots && audit->snapshots[next].record.members == i;
		     next++)
			check_snapshot(audit, &audit->snapshots[next]);
		progress_report(progress, i, n);
	}
	for (; next < audit->n_snapshots; next++) {
		struct problem problem = {0};

		problem_rule(&problem, "the files hold all members of a snapshot");
		problem_what_numbers(&problem, "it has {1}, the files have {2}",
				     audit->snapshots[next].record.members, n);
		tell_snapshot(audit, audit->snapshots[next].number, &problem);
	}
	check_waiting(audit);
	audit_elements_check(audit);
	return UNDERSIGN_OK;
}

/* Nothing may follow the last entry's part of the archive. */
static void check_archive_end(struct audit *audit)
{
	struct problem problem = {0};

	if (audit->archive.has_failed || cursor_is_at_end(&audit->archive.cursor))
		return;
	problem_where(&problem, "archive", bytes_from(NULL, 0));
	problem_rule(&problem, "the archive has one entry for each member");
	problem_what_numbers(&problem, "after the {1} entries there are {2} bytes more",
			     audit->archive.n, audit->archive.cursor.rest.len);
	audit_tell(audit, &problem);
}

enum undersign_status audit_edition(struct audit_report *out, const struct audit_input *input,
				    const struct generators *generators, const uint8_t *fresh,
				    const struct progress *progress, struct arena *arena)
{
	struct audit *audit = ARENA_TAKE(arena, struct audit, 1);
	size_t scratch_len = enrolment_batch_scratch_len((size_t)AUDIT_BATCH * ROSTER_COLUMNS_MAX);

	memset(out, 0, sizeof *out);
	if (!audit)
		return UNDERSIGN_E_MEMORY;
	audit->report = out;
	audit->input = input;
	audit->generators = generators;
	audit->fresh = fresh;
	audit->snapshots = ARENA_TAKE(arena, struct checked_snapshot, input->n_snapshots + 1);
	audit->waiting = ARENA_TAKE(arena, struct enrolment, AUDIT_WAITING);
	audit->waiting_entry = ARENA_TAKE(arena, uint32_t, AUDIT_WAITING);
	audit->scratch_len = (scratch_len + 63) & ~(size_t)63;
	audit->scratch = arena_take(arena, AUDIT_BATCHES * (audit->scratch_len >> 6), 64);
	if (!audit->snapshots || !audit->waiting || !audit->waiting_entry || !audit->scratch)
		return UNDERSIGN_E_MEMORY;
	identity_set_begin(&audit->identities, arena);
	audit->archive = archive_read(input->archive, NULL);
	read_snapshots(audit);
	if (audit->n_snapshots > 0 && read_points(audit)) {
		enum undersign_status status;

		out->n_entries = audit->points[0].n;
		out->n_listed = audit_newest(audit)->members;
		out->n_columns = audit_newest(audit)->calendar.n;
		audit->has_archive = audit_newest(audit)->class_of_members == ROSTER_ENROLLED &&
				     !input->is_list_only;
		status = audit_elements_begin(audit, arena);
		if (status == UNDERSIGN_OK)
			status = check_entries(audit, progress);
		if (status != UNDERSIGN_OK)
			return status;
		if (!input->is_list_only)
			check_archive_end(audit);
	}
	return out->n_problems == 0 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID;
}

#include "sample_evidence.h"

#include "archive.h"
#include "cli.h"
#include "disclosure.h"
#include "enrolment.h"
#include "evidence_kinds.h"

#include <stdio.h>
#include <string.h>

#define PATH_LEN 4096

static struct sampled *find_entry(struct sampled *entries, uint32_t k, uint32_t entry)
{
	for (uint32_t i = 0; i < k; i++) {
		if (entries[i].entry == entry)
			return &entries[i];
	}
	return NULL;
}

enum undersign_status sample_evidence_find(struct sampled *entries, uint32_t k,
					   struct roster_folder *folder, struct problem *problem)
{
	struct archive_reader archive = archive_read(file_content_view(&folder->archive), problem);
	struct archive_entry archived;
	for (uint32_t i = 0; archive_next(&archive, &archived); i++) {
		struct sampled *entry = find_entry(entries, k, i);
		struct admission admission;
		if (!entry)
			continue;
		enum undersign_status status =
			admission_open(&admission, archived.admission, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside_number(problem, "entry", i);
			return status;
		}
		entry->request = archived.request;
		enrolment_fingerprint(entry->fingerprint, archived.request);
		entry->has_grounds =
			admission_find(&entry->grounds, &admission, entry->fingerprint) &&
			entry->grounds.n_identities > 0;
	}
	return archive.has_failed ? UNDERSIGN_E_FORMAT : UNDERSIGN_OK;
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status read_into(struct bytes *out, const char *path, size_t limit,
				       struct arena *arena, struct problem *problem)
{
	struct file_content content;
	enum undersign_status status = file_read(&content, path, limit, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	*out = arena_copy(arena, file_content_view(&content));
	if (content.len > 0 && !out->data)
		status = UNDERSIGN_E_MEMORY;
	file_content_free(&content);
	return status;
}

/* The files that the disclosure names must be among those given, byte for byte. */
static enum undersign_status check_sources(const struct disclosure *disclosure,
					   const struct evidence_source *against, size_t n,
					   struct problem *problem)
{
	uint8_t hash[SHA256_BYTES], other[SHA256_BYTES];
	struct bytes name, rest = disclosure->sources;
	while (disclosure_next_source(hash, &name, &rest)) {
		bool is_there = false;
		for (size_t i = 0; i < n && !is_there; i++) {
			sha256(other, against[i].content);
			is_there = memcmp(hash, other, sizeof(hash)) == 0;
		}
		if (is_there)
			continue;
		problem_rule(problem, "the files that the evidence was checked against are given "
				      "with --against, unchanged");
		problem_what(problem, "missing or another:", name);
		return UNDERSIGN_E_MISSING;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status check_one(struct sampled *entry, struct roster_folder *folder,
				       struct bytes content, struct evidence_question *question,
				       struct problem *problem)
{
	struct disclosure disclosure;
	struct evidence_answer answer;
	uint8_t hash[SHA256_BYTES];
	disclosure_hash(hash, content);
	if (memcmp(hash, entry->grounds.evidence, sizeof(hash)) != 0)
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "what is opened has the hash that the admission published",
			      "it has another: it was changed since");
	enum undersign_status status = disclosure_parse(&disclosure, content, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (memcmp(disclosure.request, entry->fingerprint, sizeof(disclosure.request)) != 0 ||
	    disclosure.kind != entry->grounds.kind || disclosure.edition != folder->fixed.edition ||
	    !bytes_are_equal(disclosure.roster, folder->fixed.roster))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "what is opened is of this request, kind and roster",
			      "it is of another");
	status = check_sources(&disclosure, question->against, question->n_against, problem);
	if (status != UNDERSIGN_OK)
		return status;
	question->request = entry->request;
	question->evidence = disclosure.evidence;
	question->seconds = disclosure.date + CALENDAR_DAY - 1;
	status = evidence_kinds_check(&answer, disclosure.kind, question, &folder->heap.arena,
				      problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (uint32_t i = 0; i < answer.n_vouchers; i++) {
		if (answer.vouchers[i] >= entry->entry)
			return refuse(problem, UNDERSIGN_E_INVALID,
				      "who vouches was on the roster before", "one was not");
	}
	entry->is_opened = true;
	entry->holder = answer.holder;
	entry->person = answer.person.len > 0 ? answer.person : answer.identity;
	return UNDERSIGN_OK;
}

/* Whom the published hashes did not show to be one: a salt was changed, or a hash invented. */
static enum undersign_status check_persons(const struct sampled *entries, uint32_t k,
					   struct problem *problem)
{
	for (uint32_t i = 0; i < k; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (!entries[i].is_opened || !entries[j].is_opened ||
			    !bytes_are_equal(entries[i].person, entries[j].person))
				continue;
			problem_where_number(problem, "entry", entries[i].entry);
			problem_rule(problem, "one person has one entry in an edition");
			problem_what_numbers(
				problem,
				"the same person stands in entry {1}, of {2} that were drawn",
				entries[j].entry, k);
			return UNDERSIGN_E_CONFLICT;
		}
	}
	return UNDERSIGN_OK;
}

static enum undersign_status open_all(struct sampled *entries, uint32_t k,
				      struct roster_folder *folder, const char *opened,
				      struct evidence_question *question, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	for (uint32_t i = 0; i < k && status == UNDERSIGN_OK; i++) {
		char path[PATH_LEN], hex[2 * SHA256_BYTES + 1] = "";
		struct writer writer = writer_new(hex, sizeof(hex));
		struct bytes content;
		if (!entries[i].has_grounds)
			continue;
		writer_hex(&writer, bytes_from(entries[i].fingerprint, SHA256_BYTES));
		int len = snprintf(path, sizeof(path), "%s/%s.evidence", opened, hex);
		if (len < 0 || (size_t)len >= sizeof(path))
			return UNDERSIGN_E_LIMIT;
		status =
			read_into(&content, path, DISCLOSURE_LEN_MAX, &folder->heap.arena, problem);
		if (status == UNDERSIGN_OK)
			status = check_one(&entries[i], folder, content, question, problem);
		if (status != UNDERSIGN_OK)
			problem_inside_number(problem, "entry", entries[i].entry);
	}
	return status == UNDERSIGN_OK ? check_persons(entries, k, problem) : status;
}

enum undersign_status sample_evidence_check(struct sampled *entries, uint32_t k,
					    struct roster_folder *folder, const char *opened,
					    const struct option_list *against,
					    struct problem *problem)
{
	struct evidence_rules rules;
	bool has_rules;
	struct arena *arena = &folder->heap.arena;
	struct evidence_source *sources = ARENA_TAKE(arena, struct evidence_source, against->n + 1);
	enum undersign_status status = sources ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < against->n && status == UNDERSIGN_OK; i++) {
		sources[i].name = bytes_from_text(against->at[i]);
		status = read_into(&sources[i].content, against->at[i], EVIDENCE_SOURCE_MAX, arena,
				   problem);
	}
	if (status == UNDERSIGN_OK)
		status = roster_folder_rules(&rules, &has_rules, folder, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct evidence_question question = {
		.against = sources,
		.n_against = against->n,
		.rules = has_rules ? &rules : NULL,
		.edition = &folder->edition,
	};
	return open_all(entries, k, folder, opened, &question, problem);
}

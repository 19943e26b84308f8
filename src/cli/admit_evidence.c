#include "admit_evidence.h"

#include "cli.h"
#include "entropy.h"
#include "evidence_kinds.h"
#include "vouches.h"

#include <stdio.h>
#include <string.h>

#define PATH_LEN 4096

/* What the tools add to the name of the file that they sign. */
static const char *const endings[] = {".sig", ".asc", ".gpg", ".p7s", ".stewards", ".vouch"};
#define N_ENDINGS (sizeof(endings) / sizeof(endings[0]))

static enum undersign_status read_into(struct bytes *out, const char *path, size_t limit,
				       struct arena *arena, struct problem *problem)
{
	struct file_content content;
	enum undersign_status status = cli_read(&content, path, limit, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	*out = arena_copy(arena, file_content_view(&content));
	if (content.len > 0 && !out->data)
		status = UNDERSIGN_E_MEMORY;
	file_content_free(&content);
	return status;
}

static enum undersign_status read_sources(struct evidence_source **out,
					  const struct option_list *against, struct arena *arena,
					  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	*out = ARENA_TAKE(arena, struct evidence_source, against->n + 1);
	if (!*out)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < against->n && status == UNDERSIGN_OK; i++) {
		(*out)[i].name = bytes_from_text(against->at[i]);
		status = read_into(&(*out)[i].content, against->at[i], EVIDENCE_SOURCE_MAX, arena,
				   problem);
	}
	return status;
}

/* The file beside the request that a tool would have written. */
static enum undersign_status find_evidence(char out[static PATH_LEN], const char *request,
					   struct problem *problem)
{
	size_t n_found = 0;
	for (size_t i = 0; i < N_ENDINGS; i++) {
		char path[PATH_LEN];
		int len = snprintf(path, sizeof(path), "%s%s", request, endings[i]);
		if (len < 0 || (size_t)len >= sizeof(path) || !file_exists(path))
			continue;
		memcpy(out, path, sizeof(path));
		n_found++;
	}
	if (n_found == 1)
		return UNDERSIGN_OK;
	problem_where(problem, "file", bytes_from_text(request));
	problem_rule(problem, "a request's evidence stands beside it, under its name and .sig, "
			      ".asc, .gpg, .p7s, .stewards or .vouch, or is named by --evidence");
	problem_what(problem, n_found == 0 ? "there is none" : "there are several",
		     bytes_from(NULL, 0));
	return n_found == 0 ? UNDERSIGN_E_MISSING : UNDERSIGN_E_CONFLICT;
}

/* Several members' vouches as one piece of evidence. */
static enum undersign_status merge_vouches(struct bytes *out, const struct option_list *paths,
					   struct arena *arena, struct problem *problem)
{
	struct vouches all = {0}, one;
	for (size_t i = 0; i < paths->n; i++) {
		struct bytes text;
		enum undersign_status status =
			read_into(&text, paths->at[i], EVIDENCE_LEN_MAX, arena, problem);
		if (status == UNDERSIGN_OK)
			status = vouches_parse(&one, text, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "evidence", bytes_from_text(paths->at[i]));
			return status;
		}
		bool is_same = one.edition == all.edition &&
			       bytes_are_equal(one.roster, all.roster) &&
			       memcmp(one.request, all.request, sizeof(all.request)) == 0;
		if (i == 0) {
			all = one;
		} else if (is_same && all.n + one.n <= VOUCHES_MAX) {
			memcpy(&all.vouches[all.n], one.vouches, one.n * sizeof(one.vouches[0]));
			all.n += one.n;
		} else {
			problem_where(problem, "evidence", bytes_from_text(paths->at[i]));
			problem_rule(problem, "several pieces of evidence are at most 16 vouches, "
					      "for one request");
			problem_what(problem, "this is for another, or too many",
				     bytes_from(NULL, 0));
			return UNDERSIGN_E_CONFLICT;
		}
	}
	struct writer writer =
		writer_new(ARENA_TAKE(arena, uint8_t, VOUCHES_LEN_MAX), VOUCHES_LEN_MAX);
	if (!writer.data)
		return UNDERSIGN_E_MEMORY;
	vouches_write(&writer, &all);
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* How often somebody vouched in this batch, before request n_before. */
static uint32_t count_before(const struct admit_evidence *requests, size_t n_before,
			     const uint8_t voucher[static SHA256_BYTES])
{
	uint32_t n = 0;
	for (size_t i = 0; i < n_before; i++) {
		const struct admission_grounds *grounds = &requests[i].grounds;
		for (uint32_t k = 0; k < grounds->n_identities; k++)
			n += memcmp(grounds->identities[k], voucher, SHA256_BYTES) == 0;
	}
	return n;
}

/* Nobody vouches more often than the rules let him. */
static enum undersign_status check_cap(const struct admit_evidence *requests, size_t number,
				       const struct admit_orders *orders,
				       const struct evidence_answer *answer,
				       struct problem *problem)
{
	const struct admission_grounds *grounds = &requests[number].grounds;
	for (uint32_t k = 0; k < answer->n_vouchers; k++) {
		uint32_t n =
			identity_set_vouches(&orders->edition->identities, grounds->identities[k]) +
			count_before(requests, number, grounds->identities[k]);
		if (n < orders->rules->vouches_max)
			continue;
		problem_where(problem, "file", bytes_from_text(requests[number].path));
		problem_rule_number(problem, "times that a member may vouch in an edition: {1}",
				    orders->rules->vouches_max);
		problem_what_numbers(problem, "entry {1} has done so {2} times",
				     answer->vouchers[k], n);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status
make_disclosure(struct admit_evidence *request, const struct evidence_question *question,
		const struct evidence_answer *answer, const struct evidence_folder *folder,
		const struct snapshot_record *fixed, struct arena *arena, struct problem *problem)
{
	struct disclosure disclosure = {
		.roster = fixed->roster,
		.edition = fixed->edition,
		.kind = answer->kind,
		.date = question->seconds,
		.evidence = question->evidence,
	};
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	enum undersign_status status =
		random.fill(random.cookie, disclosure.salt, sizeof(disclosure.salt));
	entropy_close(&entropy);
	if (status != UNDERSIGN_OK)
		return status;
	memcpy(disclosure.request, request->fingerprint, sizeof(disclosure.request));
	struct writer size = writer_new(NULL, 0);
	disclosure_write(&size, &disclosure, question->against, question->n_against);
	uint8_t *memory = ARENA_TAKE(arena, uint8_t, size.len);
	if (!memory)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(memory, size.len);
	disclosure_write(&writer, &disclosure, question->against, question->n_against);
	request->disclosure = writer_view(&writer);
	/* An auditor must be able to read it: too many files, or a name that no line can hold. */
	struct disclosure again;
	status = disclosure_parse(&again, request->disclosure, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "disclosure of", bytes_from_text(request->path));
		return status;
	}
	disclosure_grounds(&request->grounds, answer, folder->salt, request->disclosure);
	return UNDERSIGN_OK;
}

static enum undersign_status check_organisation(const struct evidence_answer *answer,
						const struct admit_orders *orders,
						struct problem *problem)
{
	if (!orders->organisation || answer->kind != EVIDENCE_X509 ||
	    bytes_are_equal(answer->organisation, bytes_from_text(orders->organisation)))
		return UNDERSIGN_OK;
	problem_rule_name(problem, "a certificate is of this organisation, `{1}`",
			  bytes_from_text(orders->organisation));
	problem_what(problem, "it is of", answer->organisation);
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status
check_one(struct admit_evidence *requests, size_t number, struct evidence_question *question,
	  const char *path, const struct admit_orders *orders, const struct evidence_folder *folder,
	  const struct snapshot_record *fixed, struct arena *arena, struct problem *problem)
{
	struct admit_evidence *request = &requests[number];
	enum evidence_kind kind;
	struct evidence_answer answer;
	enum undersign_status status =
		orders->evidence->n > 1
			? merge_vouches(&question->evidence, orders->evidence, arena, problem)
			: read_into(&question->evidence, path, EVIDENCE_LEN_MAX, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	question->request = request->request;
	if (!evidence_kinds_guess(&kind, question->evidence)) {
		problem_rule(problem, "evidence is what ssh-keygen -Y sign, gpg --detach-sign or "
				      "openssl cms -sign make, or a note of stewards or vouchers");
		problem_what(problem, "this is something else", bytes_from(NULL, 0));
		status = UNDERSIGN_E_FORMAT;
	} else {
		status = evidence_kinds_check(&answer, kind, question, arena, problem);
	}
	if (status == UNDERSIGN_OK)
		status = check_organisation(&answer, orders, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "evidence", bytes_from_text(path));
		return status;
	}
	request->holder = answer.holder;
	request->organisation = answer.organisation;
	request->strength = answer.strength;
	status = make_disclosure(request, question, &answer, folder, fixed, arena, problem);
	if (status == UNDERSIGN_OK)
		status = check_cap(requests, number, orders, &answer, problem);
	return status;
}

enum undersign_status admit_evidence_check(struct admit_evidence *requests, size_t n,
					   const struct evidence_folder *folder,
					   const struct snapshot_record *fixed,
					   const struct admit_orders *orders, struct arena *arena,
					   struct problem *problem)
{
	struct evidence_source *against;
	enum undersign_status status = read_sources(&against, orders->against, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct evidence_question question = {
		.against = against,
		.n_against = orders->against->n,
		.rules = orders->rules,
		.edition = orders->edition,
		/* The end of that day: keys that were made on it are good. */
		.seconds = orders->date - orders->date % CALENDAR_DAY + CALENDAR_DAY - 1,
	};
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		char found[PATH_LEN];
		const char *path = orders->evidence->n > 0 ? orders->evidence->at[0] : NULL;
		if (!path) {
			status = find_evidence(found, requests[i].path, problem);
			path = found;
		}
		if (status == UNDERSIGN_OK)
			status = check_one(requests, i, &question, path, orders, folder, fixed,
					   arena, problem);
	}
	return status;
}

enum undersign_status admit_evidence_keep(const struct admit_evidence *requests, size_t n,
					  struct evidence_folder *folder, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = evidence_folder_keep(folder, requests[i].fingerprint,
					      requests[i].disclosure, problem);
	return status;
}

void admit_evidence_tell(const struct admit_evidence *requests, size_t n,
			 const struct evidence_folder *folder, uint64_t now)
{
	for (size_t i = 0; i < n; i++) {
		const struct admit_evidence *request = &requests[i];
		talk_paragraph(
			"%s: %s, %s%s%.*s%s%.*s", request->path,
			evidence_kind_text(request->grounds.kind),
			catalogue_text(request->strength), request->holder.len > 0 ? ", " : "",
			(int)request->holder.len, (const char *)request->holder.data,
			request->organisation.len > 0 ? _(", of ") : "",
			(int)request->organisation.len, (const char *)request->organisation.data);
	}
	talk_paragraph("The folder %s says who enrolled. Keep it from everybody; nobody needs it "
		       "to count.",
		       folder->path);
	if (now >= folder->burn)
		talk_paragraph("It was to be burnt before today. Burn it: undersign burn "
			       "--evidence %s",
			       folder->path);
}

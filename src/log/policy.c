#include "policy.h"

#include "encoding.h"
#include "memory.h"

#define FIELDS_MAX (3 + POLICY_WITNESSES_MAX + POLICY_GROUPS_MAX)

/* The line being read. */
struct policy_line {
	struct policy *policy;
	struct problem *problem;
	uint64_t number;
	bool has_quorum; /* a quorum line came before */
	size_t n_fields;
	struct bytes fields[FIELDS_MAX];
};

static enum undersign_status fail(const struct policy_line *line, enum undersign_status status,
				  const char *rule, struct bytes what)
{
	problem_where_number(line->problem, "line", line->number);
	problem_rule(line->problem, rule);
	problem_what(line->problem, "found", what);
	return status;
}

/* What a name stands for: at most one of both is not POLICY_NONE. */
struct named {
	size_t witness;
	size_t group;
};

static struct named find(const struct policy *policy, struct bytes name)
{
	struct named found = {POLICY_NONE, POLICY_NONE};

	for (size_t i = 0; i < policy->n_witnesses; i++) {
		if (bytes_are_equal(policy->witnesses[i].name, name))
			found.witness = i;
	}
	for (size_t i = 0; i < policy->n_groups; i++) {
		if (bytes_are_equal(policy->groups[i].name, name))
			found.group = i;
	}
	return found;
}

static bool is_named(struct named named)
{
	return named.witness != POLICY_NONE || named.group != POLICY_NONE;
}

static enum undersign_status check_new_name(const struct policy_line *line, struct bytes name)
{
	if (bytes_are_equal(name, bytes_from_text("none")))
		return fail(line, UNDERSIGN_E_FORMAT,
			    "`none` is the name of no witness and no group", name);
	if (is_named(find(line->policy, name)))
		return fail(line, UNDERSIGN_E_CONFLICT,
			    "a name stands for one witness or group only", name);
	return UNDERSIGN_OK;
}

static enum undersign_status parse_key(struct note_key *out, const struct policy_line *line,
				       struct bytes vkey, enum note_key_type type, const char *rule)
{
	problem_where_number(line->problem, "line", line->number);
	enum undersign_status status = note_key_parse(out, vkey, line->problem);
	if (status != UNDERSIGN_OK)
		return status;
	return out->type == type ? UNDERSIGN_OK : fail(line, UNDERSIGN_E_FORMAT, rule, vkey);
}

static bool is_same_key(const struct note_key *a, const struct note_key *b)
{
	return memcmp(a->public_key, b->public_key, ED25519_PUBLIC_BYTES) == 0;
}

static enum undersign_status parse_log(struct policy_line *line)
{
	struct policy *policy = line->policy;
	struct policy_log *log = &policy->logs[policy->n_logs];

	if (line->n_fields < 2 || line->n_fields > 3)
		return fail(line, UNDERSIGN_E_FORMAT, "a log is written `log VKEY [URL]`",
			    line->fields[0]);
	if (policy->n_logs == POLICY_LOGS_MAX)
		return fail(line, UNDERSIGN_E_LIMIT, "a policy has at most 64 logs",
			    line->fields[1]);
	enum undersign_status status = parse_key(&log->key, line, line->fields[1], NOTE_KEY_NOTE,
						 "a log's key is of type 1 (Ed25519 note)");
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < policy->n_logs; i++) {
		if (is_same_key(&policy->logs[i].key, &log->key))
			return fail(line, UNDERSIGN_E_CONFLICT,
				    "a public key is that of one log only, whatever its name",
				    line->fields[1]);
	}
	if (line->n_fields == 3)
		log->url = line->fields[2];
	policy->n_logs++;
	return UNDERSIGN_OK;
}

static enum undersign_status parse_witness(struct policy_line *line)
{
	struct policy *policy = line->policy;
	struct policy_witness *witness = &policy->witnesses[policy->n_witnesses];

	if (line->n_fields < 3 || line->n_fields > 4)
		return fail(line, UNDERSIGN_E_FORMAT,
			    "a witness is written `witness NAME VKEY [URL]`", line->fields[0]);
	if (policy->n_witnesses == POLICY_WITNESSES_MAX)
		return fail(line, UNDERSIGN_E_LIMIT, "a policy has at most 64 witnesses",
			    line->fields[1]);
	enum undersign_status status = check_new_name(line, line->fields[1]);
	if (status == UNDERSIGN_OK)
		status = parse_key(&witness->key, line, line->fields[2], NOTE_KEY_COSIGNATURE,
				   "a witness's key is of type 4 (Ed25519 cosignature)");
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < policy->n_witnesses; i++) {
		if (is_same_key(&policy->witnesses[i].key, &witness->key))
			return fail(line, UNDERSIGN_E_CONFLICT,
				    "a public key is that of one witness only, whatever its name",
				    line->fields[2]);
	}
	witness->name = line->fields[1];
	witness->group = POLICY_NONE;
	if (line->n_fields == 4)
		witness->url = line->fields[3];
	policy->n_witnesses++;
	return UNDERSIGN_OK;
}

static enum undersign_status add_member(struct policy_line *line, struct bytes name)
{
	struct policy *policy = line->policy;
	struct named named = find(policy, name);

	if (!is_named(named))
		return fail(line, UNDERSIGN_E_MISSING,
			    "a member is a witness or group of a line before", name);
	size_t *group = named.witness != POLICY_NONE ? &policy->witnesses[named.witness].group
						     : &policy->groups[named.group].group;
	if (*group != POLICY_NONE)
		return fail(line, UNDERSIGN_E_CONFLICT, "a name is a member of one group, once",
			    name);
	*group = policy->n_groups;
	return UNDERSIGN_OK;
}

static enum undersign_status parse_threshold(size_t *out, const struct policy_line *line,
					     struct bytes text, size_t n_members)
{
	uint64_t threshold;

	*out = 1;
	if (bytes_are_equal(text, bytes_from_text("any")))
		return UNDERSIGN_OK;
	*out = n_members;
	if (bytes_are_equal(text, bytes_from_text("all")))
		return UNDERSIGN_OK;
	if (decimal_decode(&threshold, text, n_members) != UNDERSIGN_OK || threshold == 0)
		return fail(line, UNDERSIGN_E_FORMAT,
			    "a group's threshold is `all`, `any` or a number from 1 to that of its "
			    "members",
			    text);
	*out = (size_t)threshold;
	return UNDERSIGN_OK;
}

static enum undersign_status parse_group(struct policy_line *line)
{
	struct policy *policy = line->policy;
	struct policy_group *group = &policy->groups[policy->n_groups];

	if (line->n_fields < 4)
		return fail(line, UNDERSIGN_E_FORMAT,
			    "a group is written `group NAME all|any|K MEMBER...`", line->fields[0]);
	if (policy->n_groups == POLICY_GROUPS_MAX)
		return fail(line, UNDERSIGN_E_LIMIT, "a policy has at most 64 groups",
			    line->fields[1]);
	group->name = line->fields[1];
	group->group = POLICY_NONE;
	group->n_members = line->n_fields - 3;
	enum undersign_status status = check_new_name(line, group->name);
	if (status == UNDERSIGN_OK)
		status =
			parse_threshold(&group->threshold, line, line->fields[2], group->n_members);
	for (size_t i = 3; i < line->n_fields && status == UNDERSIGN_OK; i++)
		status = add_member(line, line->fields[i]);
	if (status == UNDERSIGN_OK)
		policy->n_groups++;
	return status;
}

static enum undersign_status parse_quorum(struct policy_line *line)
{
	if (line->n_fields != 2)
		return fail(line, UNDERSIGN_E_FORMAT, "a quorum is written `quorum NAME|none`",
			    line->fields[0]);
	if (line->has_quorum)
		return fail(line, UNDERSIGN_E_CONFLICT, "a policy has one quorum line",
			    line->fields[1]);
	line->has_quorum = true;
	if (bytes_are_equal(line->fields[1], bytes_from_text("none")))
		return UNDERSIGN_OK;
	struct named named = find(line->policy, line->fields[1]);
	if (!is_named(named))
		return fail(line, UNDERSIGN_E_MISSING,
			    "the quorum is a witness or group of a line before, or `none`",
			    line->fields[1]);
	line->policy->quorum_witness = named.witness;
	line->policy->quorum_group = named.group;
	return UNDERSIGN_OK;
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Splits a line, without its newline, into fields. */
static enum undersign_status split(struct policy_line *line, struct bytes text)
{
	line->n_fields = 0;
	for (size_t i = 0; i < text.len;) {
		size_t end = i;

		while (end < text.len && !is_blank(text.data[end]))
			end++;
		if (end > i && line->n_fields == FIELDS_MAX)
			return fail(line, UNDERSIGN_E_LIMIT, "a line has at most 131 fields",
				    bytes_part(text, i, end - i));
		if (end > i)
			line->fields[line->n_fields++] = bytes_part(text, i, end - i);
		i = end > i ? end : i + 1;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status parse_line(struct policy_line *line, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return fail(line, UNDERSIGN_E_FORMAT,
				    "a policy has no control characters but tabulator and newline",
				    text);
	}
	enum undersign_status status = split(line, text);
	if (line->n_fields == 0 || line->fields[0].data[0] == '#')
		return UNDERSIGN_OK; /* a comment, however long */
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes keyword = line->fields[0];
	if (bytes_are_equal(keyword, bytes_from_text("log")))
		return parse_log(line);
	if (bytes_are_equal(keyword, bytes_from_text("witness")))
		return parse_witness(line);
	if (bytes_are_equal(keyword, bytes_from_text("group")))
		return parse_group(line);
	if (bytes_are_equal(keyword, bytes_from_text("quorum")))
		return parse_quorum(line);
	return fail(line, UNDERSIGN_E_FORMAT,
		    "a line begins with `log`, `witness`, `group`, `quorum` or `#`", keyword);
}

static enum undersign_status parse_lines(struct policy_line *line, struct bytes text)
{
	struct bytes none = bytes_from(NULL, 0);

	for (struct bytes rest = text; rest.len > 0;) {
		size_t len = 0;

		line->number++;
		while (len < rest.len && rest.data[len] != '\n')
			len++;
		if (len == rest.len)
			return fail(line, UNDERSIGN_E_FORMAT, "each line ends with a newline",
				    rest);
		enum undersign_status status = parse_line(line, bytes_part(rest, 0, len));
		if (status != UNDERSIGN_OK)
			return status;
		rest = bytes_part(rest, len + 1, rest.len - len - 1);
	}
	if (!line->has_quorum) {
		line->number++;
		return fail(line, UNDERSIGN_E_FORMAT,
			    "a policy has a quorum line; `quorum none` asks for no witness", none);
	}
	return UNDERSIGN_OK;
}

enum undersign_status policy_parse(struct policy *out, struct bytes text, struct problem *problem)
{
	/* Of its own: a line that parses may have left a place in it. */
	struct problem found = {{0}, {0}, {0}};
	struct policy_line line = {.policy = out, .problem = &found};

	memset(out, 0, sizeof *out);
	out->quorum_witness = POLICY_NONE;
	out->quorum_group = POLICY_NONE;
	enum undersign_status status;
	if (text.len > POLICY_LEN_MAX)
		status = fail(&line, UNDERSIGN_E_LIMIT, "a policy has at most 131072 bytes",
			      bytes_from(NULL, 0));
	else
		status = parse_lines(&line, text);
	if (status != UNDERSIGN_OK) {
		memset(out, 0, sizeof *out);
		out->quorum_witness = POLICY_NONE;
		out->quorum_group = POLICY_NONE;
		if (problem)
			*problem = found;
	}
	return status;
}

bool policy_quorum_is_met(const struct policy *policy,
			  const bool has_cosigned[static POLICY_WITNESSES_MAX])
{
	size_t n_satisfied[POLICY_GROUPS_MAX] = {0};

	for (size_t i = 0; i < policy->n_witnesses; i++) {
		if (has_cosigned[i] && policy->witnesses[i].group != POLICY_NONE)
			n_satisfied[policy->witnesses[i].group]++;
	}
	/* A group stands after its members: one pass in order settles all. */
	for (size_t i = 0; i < policy->n_groups; i++) {
		const struct policy_group *group = &policy->groups[i];

		if (n_satisfied[i] >= group->threshold && group->group != POLICY_NONE)
			n_satisfied[group->group]++;
	}
	if (policy->quorum_witness != POLICY_NONE)
		return has_cosigned[policy->quorum_witness];
	if (policy->quorum_group != POLICY_NONE)
		return n_satisfied[policy->quorum_group] >=
		       policy->groups[policy->quorum_group].threshold;
	return true;
}

/* True if a witness or group is the quorum, or within it. */
static bool counts(const struct policy *policy, bool is_quorum, size_t group)
{
	while (!is_quorum && group != POLICY_NONE) {
		is_quorum = group == policy->quorum_group;
		group = policy->groups[group].group;
	}
	return is_quorum;
}

static size_t warn(struct problem *out, size_t n, const char *noun, struct bytes name,
		   const char *rule, const char *what)
{
	memset(&out[n], 0, sizeof out[n]);
	problem_where(&out[n], noun, name);
	problem_rule(&out[n], rule);
	problem_what(&out[n], what, bytes_from(NULL, 0));
	return n + 1;
}

size_t policy_lint(const struct policy *policy, struct problem out[static POLICY_WARNINGS_MAX])
{
	struct bytes none = bytes_from(NULL, 0);
	struct bytes idle = none;
	size_t n = 0;

	if (policy->n_logs == 0)
		n = warn(out, n, "policy", none, "a policy should name the log that it is for",
			 "no log is named: no checkpoint will be accepted");
	if (policy->quorum_witness == POLICY_NONE && policy->quorum_group == POLICY_NONE)
		n = warn(out, n, "quorum none", none, "a policy should ask for witnesses",
			 "the log alone can show different people different logs");
	for (size_t i = 0; i < policy->n_witnesses; i++) {
		const struct policy_witness *witness = &policy->witnesses[i];

		if (!counts(policy, i == policy->quorum_witness, witness->group))
			idle = witness->name;
	}
	if (idle.len > 0)
		n = warn(out, n, "witness", idle, "each witness should count for the quorum",
			 "it may cosign or not: it makes no difference");
	for (size_t i = 0; i < policy->n_groups; i++) {
		const struct policy_group *group = &policy->groups[i];

		if (!counts(policy, i == policy->quorum_group, group->group) ||
		    3 * group->threshold > 2 * group->n_members)
			continue;
		n = warn(out, n, "group", group->name,
			 "a threshold should be more than two thirds of the members", "");
		problem_what_numbers(&out[n - 1],
				     "{1} of {2}: two views of the log can both pass though less "
				     "than a third of the members are faulty",
				     group->threshold, group->n_members);
	}
	return n;
}

static enum undersign_status open_with(struct checkpoint *out, struct note *note,
				       struct note_verdict *verdict, const struct policy *policy,
				       size_t log, struct bytes input, struct problem *problem)
{
	struct note_key keys[1 + POLICY_WITNESSES_MAX];
	bool has_cosigned[POLICY_WITNESSES_MAX] = {false};

	keys[0] = policy->logs[log].key;
	for (size_t i = 0; i < policy->n_witnesses; i++)
		keys[1 + i] = policy->witnesses[i].key;
	enum undersign_status status =
		checkpoint_open(out, note, verdict, input, keys, 1 + policy->n_witnesses,
				NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < policy->n_witnesses; i++)
		has_cosigned[i] = note_verdict_has(verdict, 1 + i);
	if (!policy_quorum_is_met(policy, has_cosigned)) {
		memset(out, 0, sizeof *out);
		problem_where(problem, "signatures", bytes_from(NULL, 0));
		problem_rule(problem, "the witnesses of the policy's quorum must have cosigned");
		problem_what(problem, "too few of them did", bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

enum undersign_status policy_open_checkpoint(struct checkpoint *out, struct note *note,
					     struct note_verdict *verdict, size_t *out_log,
					     const struct policy *policy, struct bytes input,
					     struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_E_MISSING;
	size_t origin_len = 0;

	while (origin_len < input.len && input.data[origin_len] != '\n')
		origin_len++;
	struct bytes origin = bytes_part(input, 0, origin_len);
	*out_log = 0;
	memset(out, 0, sizeof *out);
	memset(note, 0, sizeof *note);
	memset(verdict, 0, sizeof *verdict);
	problem_where_number(problem, "line", 1);
	problem_rule(problem, "the checkpoint must be of a log of the policy");
	problem_what(problem, "found", origin);
	/* Several keys may bear one name. */
	for (size_t i = 0; i < policy->n_logs && status != UNDERSIGN_OK; i++) {
		if (!bytes_are_equal(policy->logs[i].key.name, origin))
			continue;
		*out_log = i;
		status = open_with(out, note, verdict, policy, i, input, problem);
	}
	if (status == UNDERSIGN_OK && problem)
		memset(problem, 0, sizeof *problem);
	return status;
}

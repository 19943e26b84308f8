#include "cli.h"
#include "roster_verbs.h"

int roster_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"new", roster_new, "begin an edition", true},
		{"import", roster_import, "enter members by their SSH public keys", true},
		{"admit", roster_admit, "enter members by their enrolment requests", true},
		{"refuse", roster_refuse, "note that requests were refused, by reason", true},
		{"rules", roster_rules, "state what counts as evidence without a key", true},
		{"word", roster_word, "give a steward's word on a request", true},
		{"list", roster_list, "show the entries", false},
		{"snapshot", roster_snapshot, "sign the list as it stands, for letters", true},
		{"compare", roster_compare, "show what is different between two editions", false},
		{"audit", roster_audit, "check everything again", false},
		{"sample", roster_sample, "draw entries whose evidence is opened", false},
	};
	return cli_dispatch("undersign roster", verbs, sizeof(verbs) / sizeof(verbs[0]), argc,
			    argv);
}

enum undersign_status roster_open_key(struct signer **out, const char *path,
				      const struct note_key *expected, struct problem *problem)
{
	enum undersign_status status = signer_open(out, path, problem);
	if (status != UNDERSIGN_OK || note_key_is_equal(signer_key(*out), expected))
		return status;
	problem_where(problem, "key", bytes_from_text(path));
	problem_rule_name(problem, "this roster's key is that of `{1}`", expected->name);
	problem_what(problem, "it is another, of", signer_key(*out)->name);
	signer_close(*out);
	*out = NULL;
	return UNDERSIGN_E_INVALID;
}

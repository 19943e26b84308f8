#include "press_text.h"

#include "cli.h"
#include "encoding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define PARAGRAPH_MAX 4096

__attribute__((format(printf, 2, 3))) static void say(FILE *stream, const char *format, ...)
{
	char text[PARAGRAPH_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, catalogue_text(format), list);
	va_end(list);
	talk_row(stream, "", 0, bytes_from_text(text));
	fputc('\n', stream);
}

static void write_hash(FILE *stream, const char *label, const uint8_t hash[static 32])
{
	char text[2 * SHA256_BYTES + 1] = {0};
	struct writer writer = writer_new((uint8_t *)text, sizeof text - 1);

	writer_hex(&writer, bytes_from(hash, SHA256_BYTES));
	talk_row(stream, label, 15, bytes_from_text(text));
}

static void say_embargo(FILE *stream, const struct press_facts *facts)
{
	if (facts->embargo)
		say(stream, "EMBARGO: not to be published before %s.", facts->embargo);
}

static uint64_t members_of(const struct undersign_tally *tally, enum undersign_class of)
{
	for (size_t i = 0; i < tally->n_rings; i++)
		if (tally->rings[i].is_all && tally->rings[i].class_of_members == of)
			return tally->rings[i].members;
	return 0;
}

static void say_count(FILE *stream, const struct press_facts *facts)
{
	const struct undersign_tally *tally = facts->opened->tally;
	const struct undersign_bundle_info *info = facts->opened->info;
	const uint64_t enrolled = members_of(tally, UNDERSIGN_ENROLLED);
	const uint64_t raw_key = members_of(tally, UNDERSIGN_RAW_KEY);
	char date[OPENED_DATE_LEN];

	opened_date(date, facts->opened, info->date);
	say(stream,
	    "%" PRIu64 " signatures from %" PRIu64 " of %zu organisations, as of epoch %" PRIu64
	    ", %s.",
	    tally->total, tally->represented, tally->n_organisations, info->epoch, date);
	if (enrolled > 0)
		say(stream,
		    "%" PRIu64 " are of enrolled members, of %" PRIu64
		    ": nobody can work out who signed, not even with future computers.",
		    tally->enrolled, enrolled);
	if (raw_key > 0)
		say(stream,
		    "%" PRIu64 " are by raw key, of %" PRIu64
		    ": who signed stays hidden unless somebody gets their key.",
		    tally->raw_key, raw_key);
	if (tally->withdrawn > 0)
		say(stream, "Withdrawn by their signers, and not counted: %" PRIu64 ".",
		    tally->withdrawn);
}

static void say_method(FILE *stream, const struct press_facts *facts)
{
	const struct undersign_tally *tally = facts->opened->tally;
	const struct undersign_bundle_info *info = facts->opened->info;

	say(stream,
	    "Each organisation's steward made a list of its members, a roster, before the letter "
	    "opened; there are %zu. Its entries are public and have no names. Who signs shows, by "
	    "a proof that a program checks, that one of the entries of a list signed exactly this "
	    "text, and does not show which. The same member has the same tag each time, so that "
	    "he counts once. An organisation's number is published only when at least %" PRIu32
	    " of its members have signed.",
	    tally->n_rosters, info->hold_min);
	say(stream,
	    "The proofs stand in a public log (%.*s, %" PRIu64
	    " entries), which can grow and never change without being seen. The figures above are "
	    "a recount of all of it from one file, bundle.tar, without a network: every hash, "
	    "signature and proof held.",
	    (int)info->origin.len, (const char *)info->origin.data, info->log_size);
	if (!info->log_is_anchored || !info->letter_is_anchored)
		say(stream, "Whether it is the letter and the log that everybody else has, only a "
			    "comparison can show: compare the fingerprint below with another "
			    "copy, not with the one whom this kit comes from.");
	else if (info->n_witnesses > 0)
		say(stream,
		    "The log's state was confirmed by %" PRIu32 " of %" PRIu32
		    " independent witnesses, whom the maker of this kit named.",
		    info->n_cosigned, info->n_witnesses);
}

static void say_limits(FILE *stream)
{
	static const char *const limits[] = {
		N_("It counts entries on rosters, not people. Somebody on two rosters with two "
		   "different secrets can be counted twice."),
		N_("It is as honest as the rosters. A steward who lists people who do not exist "
		   "could "
		   "sign for them."),
		N_("It is not a survey. Those who did not sign may agree, disagree or not know of "
		   "the "
		   "letter."),
	};

	say(stream, "What the number does not mean");
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
		talk_row(stream, "  -", 4, bytes_from_text(catalogue_text(limits[i])));
	fputc('\n', stream);
}

static void say_check(FILE *stream, const struct press_facts *facts)
{
	const struct undersign_bundle_info *info = facts->opened->info;

	say(stream, "To count again, offline");
	fputs("  sha256sum -c SHA256SUMS\n  undersign verify bundle.tar\n", stream);
	fprintf(stream, "  undersign tally --rosters bundle.tar     %s\n",
		_("who made each list, from what"));
	if (facts->kit)
		fprintf(stream, "  %s\n",
			_("or open kit.html in a browser, and give it bundle.tar"));
	fprintf(stream, "  tests/README.txt                         %s\n\n",
		_("what must be refused"));
	write_hash(stream, _("  letter"), info->letter);
	write_hash(stream, "  bundle.tar", facts->bundle);
	if (facts->kit)
		write_hash(stream, "  kit.html", facts->kit);
	fputc('\n', stream);
}

static void say_citation(FILE *stream, const struct press_facts *facts)
{
	const struct undersign_tally *tally = facts->opened->tally;
	const struct undersign_bundle_info *info = facts->opened->info;
	char date[OPENED_DATE_LEN];

	opened_date(date, facts->opened, info->date);
	say(stream,
	    "To cite: %" PRIu64 " signatures from %" PRIu64 " of %zu organisations (epoch %" PRIu64
	    ", %s; letter %02x%02x%02x%02x...; log of %" PRIu64 " entries).",
	    tally->total, tally->represented, tally->n_organisations, info->epoch, date,
	    info->letter[0], info->letter[1], info->letter[2], info->letter[3], info->log_size);
}

void press_text_method(FILE *stream, const struct press_facts *facts)
{
	const struct undersign_bytes title = facts->opened->info->title;

	say_embargo(stream, facts);
	say(stream, "How the signatures were counted");
	talk_row(stream, "", 0, bytes_from(title.data, title.len));
	fputc('\n', stream);
	say_count(stream, facts);
	say_method(stream, facts);
	say_limits(stream);
	say_check(stream, facts);
	say_citation(stream, facts);
}

void press_text_tests(FILE *stream, const struct press_facts *facts, const struct press_test *tests,
		      size_t n)
{
	say_embargo(stream, facts);
	say(stream,
	    "What must be refused. A program that accepts everything proves nothing: give each of "
	    "these files to \"undersign verify\" and see it end with REFUSED (exit code 1) for the "
	    "reason that stands beside it.");
	say(stream,
	    "Three are this letter's bundle with one change, as somebody could make it who has no "
	    "key. In the two of the test letter the liar is the server itself, with the log's key: "
	    "all of its hashes and signatures are right, and one statement is not. The test "
	    "letter's members are made up by a program.");
	for (size_t i = 0; i < n; i++) {
		const struct press_test *test = &tests[i];

		fprintf(stream, "undersign verify tests/%s\n", test->file);
		talk_row(stream, "", 2, bytes_from_text(catalogue_text(test->about)));
		talk_fault_row(stream, TALK_WHERE, test->problem.where);
		talk_fault_row(stream, TALK_RULE, test->problem.rule);
		talk_fault_row(stream, TALK_WHAT, test->problem.what);
		fputc('\n', stream);
	}
	fputs("undersign verify tests/test-letter.tar\n", stream);
	talk_row(stream, "", 2,
		 bytes_from_text(_("The test letter as it should be: CONSISTENT, NOT ANCHORED, 4 "
				   "signatures (exit code 0).")));
	fputs("undersign verify bundle.tar\n", stream);
	talk_row(stream, "", 2, bytes_from_text(_("This letter (exit code 0).")));
}

#include "acts_print.h"

#include "cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 12

bool acts_print_open(struct acts_print *out, const struct opened *opened)
{
	memset(out, 0, sizeof *out);
	out->acts = calloc(opened->tally->n_rosters + 1, sizeof *out->acts);
	return out->acts && undersign_bundle_acts(out->acts, &out->n_bad, opened->bundle,
						  &opened->memory, &out->first) == UNDERSIGN_OK;
}

static void row(const char *label, const char *text)
{
	talk_row(stdout, catalogue_text(label), WIDTH, bytes_from_text(text));
}

void acts_print_roster(const struct acts_print *print, size_t roster)
{
	const struct undersign_acts *acts = &print->acts[roster];
	char text[160];

	if (acts->words > 0) {
		snprintf(text, sizeof text, _("the word of %" PRIu32 " of %" PRIu32 " stewards"),
			 acts->words, acts->stewards);
		row(N_("  rules"), text);
	}
	if (acts->vouchers > 0) {
		snprintf(text, sizeof text,
			 _("%" PRIu32 " members vouch, each %" PRIu32 " times at most"),
			 acts->vouchers, acts->vouches);
		row(N_("  rules"), text);
	}
	if (acts->refused > 0) {
		snprintf(text, sizeof text,
			 catalogue_plural("%" PRIu32 " request", "%" PRIu32 " requests",
					  acts->refused),
			 acts->refused);
		row(N_("  refused"), text);
	}
	if (acts->samples > 0) {
		snprintf(text, sizeof text,
			 _("%" PRIu32 "; in the last one the evidence of %" PRIu32 " of %" PRIu32
			   " entries was opened and held, says the steward"),
			 acts->samples, acts->opened, acts->sampled);
		row(N_("  samples"), text);
	}
}

void acts_print_bad(const struct acts_print *print)
{
	if (print->n_bad == 0)
		return;
	char where[4 * PROBLEM_TEXT_LEN], what[4 * PROBLEM_TEXT_LEN], rule[4 * PROBLEM_TEXT_LEN];

	output_say("  Record: %s: %s (%s)\n",
		   catalogue_place(where, sizeof where, print->first.where),
		   catalogue_composed(what, sizeof what, print->first.what),
		   catalogue_composed(rule, sizeof rule, print->first.rule));
	if (print->n_bad > 1)
		output_say("  and %" PRIu32 " more records of rosters that do not hold\n",
			   print->n_bad - 1);
	printf("\n");
}

#include "meter.h"

#include "cli.h"
#include "dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Scopes that stay unlinked whatever may be computed one day (protocol 3.3). */
#define UNLINKED_SCOPES 4
#define FEW_OTHERS      30
#define LABEL           21

static struct bytes view(struct undersign_bytes bytes)
{
	return bytes_from(bytes.data, bytes.len);
}

void meter_print_letter(const struct opened *opened)
{
	const struct undersign_bundle_info *info = opened->info;
	char date[OPENED_DATE_LEN];

	talk_say("\n");
	talk_row(stderr, "", 0, view(info->title));
	if (info->to.len > 0)
		talk_row(stderr, _("To"), 3, view(info->to));
	talk_say("Open until %s.\n\n", opened_date(date, opened, info->closes_date));
	talk_say("Compare with somebody else's copy, not with the website's:\n");
	talk_fingerprint(stderr, _("  letter"), 10, info->letter);
}

static void say_row(const char *label, const char *text)
{
	talk_row(stderr, catalogue_text(label), LABEL, bytes_from_text(catalogue_text(text)));
}

static void print_enrolled(const struct signing *signing, uint64_t members)
{
	const struct undersign_roster_count *roster = signing->roster;
	char text[512], day[DATES_TEXT_LEN], label[DATES_TEXT_LEN + 16];
	uint32_t uses = 0;

	snprintf(text, sizeof text, _("%.*s: enrolled members"), (int)roster->name.len,
		 (const char *)roster->name.data);
	say_row("  your list", text);
	snprintf(text, sizeof text,
		 _("everybody sees %" PRIu64
		   " entries without names; the stewards, %.*s, know who enrolled"),
		 members, (int)(roster->steward.len < 300 ? roster->steward.len : 300),
		 (const char *)roster->steward.data);
	say_row("  who knows it", text);
	snprintf(text, sizeof text, _("which of the %" PRIu64 " you are"), members);
	say_row("  hidden for ever", text);
	dates_day_of_year(day, roster->column_burn);
	snprintf(label, sizeof label, _("  until %s"), day);
	say_row(label, "whoever has your credential file and passphrase can find out whether you "
		       "signed; then burn it");
	say_row("  not hidden", "that one more member of this list signed, and in which epoch");
	if (undersign_bundle_uses(&uses, signing->opened.bundle, signing->place.roster,
				  &signing->opened.memory) != UNDERSIGN_OK)
		return;
	if (uses <= UNLINKED_SCOPES)
		snprintf(text, sizeof text,
			 catalogue_plural("%" PRIu32 " letter or poll so far, this one included; "
					  "up to %d stay unlinked for ever",
					  "%" PRIu32 " letters or polls so far, this one included; "
					  "up to %d stay unlinked for ever",
					  uses),
			 uses, UNLINKED_SCOPES);
	else
		snprintf(text, sizeof text,
			 _("%" PRIu32
			   " letters or polls so far. Whoever signs more than %d of them: "
			   "a future computer might link those to one another, not to a name"),
			 uses, UNLINKED_SCOPES);
	say_row("  this period", text);
}

static void print_raw_key(const struct signing *signing)
{
	const struct undersign_roster_count *roster = signing->roster;
	char text[512];

	snprintf(text, sizeof text, _("%.*s: SSH keys from %.*s"), (int)roster->name.len,
		 (const char *)roster->name.data,
		 (int)(roster->source.len < 300 ? roster->source.len : 300),
		 (const char *)roster->source.data);
	say_row("  your list", text);
	say_row("  who knows it", "everybody. Its members did nothing to be on it");
	say_row("  hidden for ever", "nothing");
	say_row("  at any time",
		"whoever gets your key, today or in thirty years, can test whether "
		"you signed. Is a copy on your employer's computer? Then your "
		"employer can. Quantum computers may one day do it without the key");
	say_row("  for good", "this key cannot be burnt. Changing it later does not help");
	say_row("  not hidden", "that one more member of this list signed, and in which epoch");
}

static void print_choice(unsigned number, const char *text, uint64_t others)
{
	talk_say("  %u  %-60s %6" PRIu64 " others\n", number, text, others);
}

/* "as a member of X", cut if the name is long. */
static void print_own(unsigned number, const struct undersign_ring_count *ring)
{
	char line[128];

	snprintf(line, sizeof line, _("as a member of %.*s"),
		 (int)(ring->name.len < 45 ? ring->name.len : 45), (const char *)ring->name.data);
	print_choice(number, line, ring->members - 1);
}

void meter_print(const struct signing *signing)
{
	const struct undersign_tally *tally = signing->opened.tally;
	const struct undersign_place *place = &signing->place;
	const bool has_own = place->own_ring != UINT32_MAX && place->own_ring != place->all_ring;
	const struct undersign_ring_count *all = &tally->rings[place->all_ring];
	const struct undersign_ring_count *own = has_own ? &tally->rings[place->own_ring] : all;
	const bool is_enrolled = signing->roster->class_of_members == UNDERSIGN_ENROLLED;
	char text[256];

	talk_fingerprint(stderr, _("  list"), 10, signing->roster->id);
	talk_say("\nHow well you are hidden       %s\n",
		 is_enrolled ? _("          enrolled, once burnt for ever")
			     : _("raw key: only as long as your key is"));
	snprintf(text, sizeof text, _("%" PRIu64 "   (%" PRIu64 " members)"), own->members - 1,
		 own->members);
	talk_say("  others who could have signed   %s\n", text);
	if (is_enrolled)
		print_enrolled(signing, signing->roster->members);
	else
		print_raw_key(signing);
	if (own->members - 1 < FEW_OTHERS) {
		snprintf(text, sizeof text,
			 _("Only %" PRIu64
			   " others. If most of them are known not to have signed, you are "
			   "not hidden."),
			 own->members - 1);
		talk_say("\n");
		talk_paragraph("%s", text);
		if (all->members > own->members)
			talk_paragraph("A larger crowd: %" PRIu64 " others.", all->members - 1);
	}
	talk_say("\nNOT AT WORK, not on a device or network of your employer.\n\n");
	if (has_own)
		print_own(1, own);
	if (all->is_own) {
		print_own(1, all);
		return;
	}
	snprintf(text, sizeof text,
		 is_enrolled ? _("as a member of any of the %" PRIu64 " enrolled organisations")
			     : _("as a member of any of the %" PRIu64 " raw-key organisations"),
		 all->n_rosters);
	print_choice(has_own ? 2 : 1, text, all->members - 1);
}

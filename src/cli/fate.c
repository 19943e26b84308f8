#include "fate.h"

#include "cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void fate_say(const char *format, ...)
{
	char text[512];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, catalogue_text(format), list);
	va_end(list);
	talk_row(stdout, "", 0, bytes_from_text(text));
}

int fate_print(const struct opened *opened, const struct undersign_whereabouts *where)
{
	char date[OPENED_DATE_LEN], closes[OPENED_DATE_LEN];

	opened_date(date, opened, where->date);
	opened_date(closes, opened, opened->info->closes_date);
	switch (where->fate) {
	case UNDERSIGN_PUBLISHED:
		output_say("Published. It counts.\n");
		fate_say("It is in the public log, in epoch %" PRIu64 ", %s, entry %" PRIu64 ".%s",
			 where->epoch, date, where->entry,
			 where->is_second
				 ? _(" It counts in the ring of all: too few of your own list "
				     "signed.")
				 : "");
		fate_say("Now delete the file.");
		return CLI_YES;
	case UNDERSIGN_WAITING:
		output_say("Not published yet.\n");
		fate_say("That is normal: %" PRIu32
			 " signatures of one list are published together. "
			 "It can take until the letter closes, %s. If the file was not delivered, "
			 "deliver it.",
			 opened->info->hold_min, closes);
		return CLI_NO;
	case UNDERSIGN_SUPERSEDED:
		output_say("Replaced by a later one.\n");
		fate_say("A newer statement of yours is in the log. Only the newest counts.");
		return CLI_NO;
	case UNDERSIGN_WITHDRAWN:
		output_say("Withdrawn. It does not count.\n");
		fate_say("Entry %" PRIu64 " of the log, epoch %" PRIu64 ".", where->entry,
			 where->epoch);
		if (opened->info->epoch < opened->info->closes)
			fate_say("You can sign again until %s.", closes);
		return CLI_NO;
	case UNDERSIGN_UNKNOWN:
		break;
	}
	output_say("Not published, and the letter is closed.\n");
	fate_say("This bundle ends with epoch %" PRIu64
		 "; the letter closed on %s. Either too few of "
		 "your list signed and there was no second proof, or the file was not delivered in "
		 "time.",
		 opened->info->epoch, closes);
	return CLI_NO;
}

int fate_print_promise(enum undersign_promise_fate fate)
{
	switch (fate) {
	case UNDERSIGN_PROMISE_KEPT:
		fate_say(
			"Kept. The statement is in the log, or a later one of the same member is.");
		return CLI_YES;
	case UNDERSIGN_PROMISE_OPEN:
		fate_say("Not due yet. The desk has until the letter closes.");
		return CLI_NO;
	case UNDERSIGN_PROMISE_VOID:
		fate_say("Nothing was owed: too few of its list signed, and it has no second "
			 "proof.");
		return CLI_NO;
	case UNDERSIGN_PROMISE_BROKEN:
		break;
	}
	fate_say("Broken. Not published, and the letter is closed.");
	fate_say("The desk promised it and did not publish it. Publish the promise and the "
		 "statement "
		 "together: with this bundle they prove the desk's failure to anybody, and do not "
		 "name you.");
	return CLI_NO;
}

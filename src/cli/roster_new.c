#include "cli.h"
#include "dates.h"
#include "encoding.h"
#include "roster_folder.h"
#include "roster_verbs.h"

#include <string.h>

#define COLUMNS_DEFAULT   8
#define BURN_DAYS_DEFAULT 28
#define PERIOD_DAYS_MAX   366

struct new_orders {
	const char *name, *organisation, *class_name, *source, *steward, *key, *period;
	uint64_t edition, columns, burn_days, from;
};

/* Columns of so many days, from the very day. */
static enum undersign_status make_days(struct calendar *out, uint64_t start, uint32_t n,
				       uint64_t days, uint64_t burn_days)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < n; i++) {
		uint64_t from = start + i * days * CALENDAR_DAY;
		uint64_t until = from + (days - 1) * CALENDAR_DAY;
		uint64_t burn = until + burn_days * CALENDAR_DAY;
		if (burn > DATE_MAX_SECONDS)
			return UNDERSIGN_E_LIMIT;
		out->columns[i] = (struct calendar_column){from, until, burn};
	}
	out->n = n;
	return UNDERSIGN_OK;
}

/* The first day of the quarter (January to March, ...) that a day is in. */
static uint64_t quarter_of(uint64_t seconds)
{
	uint8_t text[DATE_LEN];
	date_encode(text, seconds);
	unsigned month = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0');
	month -= (month - 1) % 3;
	text[5] = month == 10 ? '1' : '0';
	text[6] = (uint8_t)('0' + month % 10);
	text[8] = '0';
	text[9] = '1';
	uint64_t first = seconds;
	CHECK(date_decode(&first, bytes_from(text, sizeof(text))) == UNDERSIGN_OK);
	return first;
}

static enum undersign_status make_calendar(struct calendar *out, const struct new_orders *orders,
					   struct problem *problem)
{
	uint64_t days = 0, from = orders->from;
	enum undersign_status status = UNDERSIGN_OK;
	if (from == UINT64_MAX)
		status = cli_now(&from, problem);
	if (status != UNDERSIGN_OK)
		return status;
	from -= from % CALENDAR_DAY;
	if (orders->from == UINT64_MAX && strcmp(orders->period, "quarter") == 0)
		from = quarter_of(from);
	uint32_t n = (uint32_t)orders->columns, burn_days = (uint32_t)orders->burn_days;
	problem_where(problem, "calendar", bytes_from(NULL, 0));
	if (strcmp(orders->period, "quarter") == 0) {
		status = calendar_make(out, from, n, 3, burn_days);
	} else if (strcmp(orders->period, "month") == 0) {
		status = calendar_make(out, from, n, 1, burn_days);
	} else if (decimal_decode(&days, bytes_from_text(orders->period), PERIOD_DAYS_MAX) ==
			   UNDERSIGN_OK &&
		   days > 0) {
		status = make_days(out, from, n, days, burn_days);
	} else {
		problem_rule(problem,
			     "a period is `quarter`, `month` or a number of days, 1 to 366");
		problem_what(problem, "it is", bytes_from_text(orders->period));
		return UNDERSIGN_E_USAGE;
	}
	if (status != UNDERSIGN_OK)
		problem_rule(problem, "every column ends before the year 10000");
	return status;
}

static void say_made(const char *path, const struct snapshot_record *fixed)
{
	talk_paragraph("Made %s. Nobody is on this roster yet.", path);
	if (fixed->class_of_members == ROSTER_RAW_KEY) {
		talk_say("Next:  undersign roster import %s --from FORM FILE...\n", path);
		return;
	}
	for (uint32_t c = 0; c < fixed->calendar.n; c++) {
		const struct calendar_column *column = &fixed->calendar.columns[c];
		char period[DATES_TEXT_LEN], day[DATES_TEXT_LEN];
		talk_say("  column %-2u  %s, burnt on %s\n", (unsigned)c + 1,
			 dates_period(period, column->from, column->until),
			 dates_day(day, column->burn));
	}
	talk_paragraph("Next: give members the file %s/roster; they enrol with it. Then: undersign "
		       "roster admit",
		       path);
}

static int make(const char *path, const struct new_orders *orders)
{
	struct problem problem = {0};
	struct signer *signer = NULL;
	struct snapshot_record fixed = {
		.roster = bytes_from_text(orders->name),
		.organisation = bytes_from_text(orders->organisation),
		.class_of_members = strcmp(orders->class_name, "enrolled") == 0 ? ROSTER_ENROLLED
										: ROSTER_RAW_KEY,
		.edition = (uint32_t)orders->edition,
		.source = bytes_from_text(orders->source),
		.steward = bytes_from_text(orders->steward),
	};
	enum undersign_status status = UNDERSIGN_OK;
	if (fixed.class_of_members == ROSTER_ENROLLED)
		status = make_calendar(&fixed.calendar, orders, &problem);
	if (status == UNDERSIGN_OK) {
		problem = (struct problem){0};
		status = signer_open(&signer, orders->key, &problem);
	}
	if (status == UNDERSIGN_OK) {
		fixed.key = *signer_key(signer);
		status = roster_folder_new(path, &fixed, &problem);
	}
	if (status == UNDERSIGN_OK)
		say_made(path, &fixed);
	signer_close(signer);
	if (status == UNDERSIGN_OK)
		return CLI_YES;
	return talk_refuse(status, "This roster was not made.", &problem, NULL);
}

int roster_new(int argc, char **argv)
{
	struct new_orders orders = {
		.class_name = "enrolled",
		.period = "quarter",
		.edition = 1,
		.columns = COLUMNS_DEFAULT,
		.burn_days = BURN_DAYS_DEFAULT,
		.from = UINT64_MAX,
	};
	const struct option options[] = {
		{.name = "--name",
		 .value = "NAME",
		 .about = "the roster's name, unique among those of a letter",
		 .is_required = true,
		 .text = &orders.name},
		{.name = "--organisation",
		 .value = "NAME",
		 .about = "whose members they are",
		 .is_required = true,
		 .text = &orders.organisation},
		{.name = "--class",
		 .value = "CLASS",
		 .about = "enrolled (the default) or raw-key",
		 .text = &orders.class_name},
		{.name = "--source",
		 .value = "TEXT",
		 .about = "where the list comes from; published",
		 .is_required = true,
		 .text = &orders.source},
		{.name = "--steward",
		 .value = "TEXT",
		 .about = "who admits, and answers for it; published",
		 .is_required = true,
		 .text = &orders.steward},
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the steward's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--edition",
		 .value = "NUMBER",
		 .about = "1, unless members were removed or the secrets are renewed",
		 .number = &orders.edition,
		 .least = 1,
		 .most = ROSTER_EDITION_MAX},
		{.name = "--columns",
		 .value = "NUMBER",
		 .about = "how many periods an enrolment lasts, 1 to 16; 8",
		 .number = &orders.columns,
		 .least = 1,
		 .most = ROSTER_COLUMNS_MAX},
		{.name = "--from",
		 .value = "DATE",
		 .about = "begin of the first period, or with quarters and months a day of its "
			  "first "
			  "month; the quarter, month or day that it is",
		 .date = &orders.from},
		{.name = "--period",
		 .value = "PERIOD",
		 .about = "quarter (the default), month, or a number of days",
		 .text = &orders.period},
		{.name = "--burn-days",
		 .value = "DAYS",
		 .about = "days from a period's last day to its burning; 28",
		 .number = &orders.burn_days,
		 .least = 1,
		 .most = 366},
	};
	const struct options_form form = {
		.usage = "undersign roster new FOLDER --name NAME --organisation NAME\n"
			 "       --source TEXT --steward TEXT --key FILE [--class CLASS] ...",
		.about = "Begins an edition of a roster in a new folder.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (strcmp(orders.class_name, "enrolled") != 0 && strcmp(orders.class_name, "raw-key") != 0)
		return options_refuse(&form, "--class is enrolled or raw-key, not \"%s\".",
				      orders.class_name);
	return make(operands.at[0], &orders);
}

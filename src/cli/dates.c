#include "dates.h"

#include "catalogue.h"
#include "encoding.h"

#include <stdbool.h>
#include <stdio.h>

#define DAY_SECONDS 86400

static const char *const months[] = {"January",   "February", "March",    "April",
				     "May",       "June",     "July",     "August",
				     "September", "October",  "November", "December"};

struct day {
	unsigned year, month, day; /* month from 0 */
};

static struct day day_of(uint64_t seconds)
{
	uint8_t text[DATE_LEN];
	date_encode(text, seconds);
	unsigned digits[DATE_LEN];
	for (size_t i = 0; i < DATE_LEN; i++)
		digits[i] = (unsigned)(text[i] - '0');
	return (struct day){
		.year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3],
		.month = (digits[5] * 10 + digits[6] - 1) % 12,
		.day = digits[8] * 10 + digits[9],
	};
}

const char *dates_day(char out[static DATES_TEXT_LEN], uint64_t seconds)
{
	struct day day = day_of(seconds);
	/* Day, month, year. */
	snprintf(out, DATES_TEXT_LEN, _("%u %s %u"), day.day, catalogue_text(months[day.month]),
		 day.year);
	return out;
}

const char *dates_day_of_year(char out[static DATES_TEXT_LEN], uint64_t seconds)
{
	struct day day = day_of(seconds);
	/* Day and month. */
	snprintf(out, DATES_TEXT_LEN, _("%u %s"), day.day, catalogue_text(months[day.month]));
	return out;
}

const char *dates_period(char out[static DATES_TEXT_LEN], uint64_t from, uint64_t until)
{
	struct day first = day_of(from), last = day_of(until);
	bool is_one_year = first.year == last.year;
	char year[16] = "";
	if (!is_one_year)
		snprintf(year, sizeof(year), " %u", first.year);
	bool are_whole_months = first.day == 1 && day_of(until + DAY_SECONDS).day == 1;
	if (are_whole_months && is_one_year && first.month == last.month)
		snprintf(out, DATES_TEXT_LEN, "%s %u", catalogue_text(months[last.month]),
			 last.year);
	else if (are_whole_months)
		snprintf(out, DATES_TEXT_LEN, _("%s%s to %s %u"),
			 catalogue_text(months[first.month]), year,
			 catalogue_text(months[last.month]), last.year);
	else if (is_one_year && first.month == last.month)
		snprintf(out, DATES_TEXT_LEN, _("%u to %u %s %u"), first.day, last.day,
			 catalogue_text(months[last.month]), last.year);
	else
		snprintf(out, DATES_TEXT_LEN, _("%u %s%s to %u %s %u"), first.day,
			 catalogue_text(months[first.month]), year, last.day,
			 catalogue_text(months[last.month]), last.year);
	return out;
}

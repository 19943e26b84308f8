/* The calendar of a roster's columns (formats 3.2, 8.1): which one serves on a day, and what is due
 * for burning. Times are seconds since 1970, days begin at 0:00 UTC. */
#ifndef UNDERSIGNED_CALENDAR_H
#define UNDERSIGNED_CALENDAR_H

#include "roster.h"

#include "line.h"

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_DAY 86400

/* Each date is the begin of its day. The column serves from `from` to the end of the day `until`,
 * and is to be burnt from the begin of the day `burn` on; from <= until < burn. */
struct calendar_column {
	uint64_t from, until, burn;
};

struct calendar {
	uint32_t n; /* 1 to ROSTER_COLUMNS_MAX; 0 in class raw-key */
	struct calendar_column columns[ROSTER_COLUMNS_MAX]; /* columns[c - 1] is column c */
};

/* Takes three fields `from until burn`; fails the reader if they are not in order, or if `from` is
 * not later than the `until` of previous (NULL for the first column). */
struct calendar_column calendar_column_read(struct line_reader *reader, struct bytes *value,
					    const struct calendar_column *previous);
/* Writes `from until burn` with one space between. */
void calendar_column_write(struct writer *writer, const struct calendar_column *column);

/* Takes the lines `column c from until burn`, at least one. */
void calendar_read(struct line_reader *reader, struct calendar *out);
void calendar_write(struct writer *writer, const struct calendar *calendar);

bool calendar_is_equal(const struct calendar *a, const struct calendar *b);
/* The number c of the column that serves at that time; 0 if there is none. */
uint32_t calendar_column_at(const struct calendar *calendar, uint64_t seconds);
/* True if all of the time from first to last (both included) lies within the column's period.
 * Requires: first <= last. */
bool calendar_covers(const struct calendar_column *column, uint64_t first, uint64_t last);
/* True if the column's secret must be burnt at that time. */
bool calendar_is_due(const struct calendar_column *column, uint64_t seconds);

/* A calendar of n columns of `months` calendar months each from the first day of the month that
 * holds `start`, each burnt `burn_days` after its last day. E_LIMIT if n is 0 or above
 * ROSTER_COLUMNS_MAX, months is 0 or above 12, burn_days is 0 or above 366, or it would pass the
 * year 9999. */
UNDERSIGN_MUST_CHECK enum undersign_status calendar_make(struct calendar *out, uint64_t start,
							 uint32_t n, uint32_t months,
							 uint32_t burn_days);

#endif

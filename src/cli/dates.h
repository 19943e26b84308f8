/* Days as people read them, in UTC. */
#ifndef UNDERSIGNED_DATES_H
#define UNDERSIGNED_DATES_H

#include <stdint.h>

#define DATES_TEXT_LEN 64

/* "3 May 2031". Terminated; returned for convenience. */
const char *dates_day(char out[static DATES_TEXT_LEN], uint64_t seconds);
/* "3 May". */
const char *dates_day_of_year(char out[static DATES_TEXT_LEN], uint64_t seconds);
/* From the day `from` to the day `until`, both included: "April to June 2031" if they are whole
 * months, "April 2031" if one, else "3 May to 9 June 2031". */
const char *dates_period(char out[static DATES_TEXT_LEN], uint64_t from, uint64_t until);

#endif

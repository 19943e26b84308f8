#include "records_parts.h"

#include "encoding.h"

/* Both charts have time from left to right, in per cent, from the first change to this count. */
#define ROW_HEIGHT   42
#define TOTALS_BASE  123  /* of the lower chart: where its rectangles stand */
#define TOTALS_TOP   1190 /* tenths of a pixel above that */
#define NAME_LETTERS 44
#define DAY          86400

struct span {
	uint64_t first, last; /* seconds; last > first */
};

static struct span span_of(struct page *page)
{
	const uint64_t first = records_text(page, page->story->changes[0].record)->date;
	const uint64_t now = page_epoch_date(page, page->epoch);

	return (struct span){first, now > first ? now : first + DAY};
}

static uint64_t date_of(const struct page *page, size_t change)
{
	return records_text(page, page->story->changes[change].record)->date;
}

static void write_x(struct page *page, const char *name, const struct span *span, uint64_t at)
{
	page_html(page, name);
	page_html(page, "=\"");
	page_percent(page, at > span->first ? at - span->first : 0, span->last - span->first);
	page_html(page, "\"");
}

/* Texts never scale, so that a long name is cut. */
static void write_name(struct page *page, struct bytes name)
{
	size_t len = 0;

	for (size_t n = 0; n < NAME_LETTERS && len < name.len; n++) {
		uint32_t code;
		const size_t letter = utf8_first(&code, bytes_part(name, len, name.len - len));

		len += letter > 0 ? letter : 1;
	}
	html_text(page->out, bytes_part(name, 0, len));
	if (len < name.len)
		page_html(page, "…");
}

static void write_axis(struct page *page, const struct span *span, uint64_t y)
{
	page_html(page, "<g font-size=\"12.5\" class=\"soft\"><text y=\"");
	page_decimal(page, y);
	page_html(page, "\">");
	page_day(page, span->first);
	page_html(page, "</text><text x=\"100%\" text-anchor=\"end\" y=\"");
	page_decimal(page, y);
	page_html(page, "\">");
	page_day(page, span->last);
	page_html(page, "</text></g></svg>\n</figure>\n");
}

/* --- Who stood where, when ----------------------------------------------------------------------
 */

/* 1 to 3: the thickness of a line. */
static uint64_t thickness(const struct page *page, uint32_t grade)
{
	const uint64_t n = page->story->n_grades;

	return n < 2 ? 3 : 1 + (2 * (uint64_t)grade + (n - 1) / 2) / (n - 1);
}

static void write_segment(struct page *page, const struct span *span, uint32_t grade, uint64_t from,
			  uint64_t until, uint64_t y)
{
	if (grade >= page->story->n_grades || until <= from)
		return;
	page_html(page, "<line class=\"g");
	page_decimal(page, thickness(page, grade));
	write_x(page, "\" x1", span, from);
	write_x(page, " x2", span, until);
	page_html(page, " y1=\"");
	page_decimal(page, y);
	page_html(page, "\" y2=\"");
	page_decimal(page, y);
	page_html(page, "\"/>\n");
}

/* Lines first, then circles on top of them. */
static void write_row(struct page *page, const struct span *span, uint32_t standing)
{
	const struct story *story = page->story;
	const uint64_t y = ROW_HEIGHT * (uint64_t)standing;
	uint32_t grade = (uint32_t)story->n_grades;
	uint64_t from = span->first;

	page_html(page, "<text font-weight=\"600\" y=\"");
	page_decimal(page, y + 19);
	page_html(page, "\">");
	write_name(page, story->standings[standing].name);
	page_html(page, "</text><text x=\"100%\" dx=\"9\" y=\"");
	page_decimal(page, y + 36);
	page_html(page, "\">");
	if (story->standings[standing].grade < story->n_grades)
		html_text(page->out, story->grades[story->standings[standing].grade]);
	else
		page_word(page, WORD_GRADE_WITHDRAWN);
	page_html(page, "</text>\n<line class=\"ln\" x1=\"0\" x2=\"100%\" y1=\"");
	page_decimal(page, y + 32);
	page_html(page, "\" y2=\"");
	page_decimal(page, y + 32);
	page_html(page, "\"/>\n");
	for (size_t i = 0; i < story->n_changes; i++) {
		if (story->changes[i].standing != standing)
			continue;
		write_segment(page, span, grade, from, date_of(page, i), y + 32);
		grade = story->changes[i].grade;
		from = date_of(page, i);
	}
	write_segment(page, span, grade, from, span->last, y + 32);
	for (size_t i = 0; i < story->n_changes; i++) {
		if (story->changes[i].standing != standing)
			continue;
		write_x(page, "<circle class=\"dot\" r=\"4\" cx", span, date_of(page, i));
		page_html(page, " cy=\"");
		page_decimal(page, y + 32);
		page_html(page, "\"/>\n");
	}
}

/* The strongest grade at which anybody stands. */
static uint32_t highest(const struct page *page)
{
	uint32_t grade = (uint32_t)page->story->n_grades;

	while (grade > 0 && page->story->totals[grade - 1] == 0)
		grade--;
	return grade > 0 ? grade - 1 : (uint32_t)page->story->n_grades;
}

static void write_timeline(struct page *page, const struct span *span)
{
	const struct story *story = page->story;
	const uint32_t top = highest(page);
	const size_t n = story->n_standings > records_caps(page)->chart_rows
				 ? records_caps(page)->chart_rows
				 : story->n_standings;
	const struct page_fill fills[] = {FILL_NUMBER(story->n_standings), FILL_DAY(span->first),
					  FILL_DAY(span->last)};

	page_html(page, "<figure>\n<figcaption><b>");
	page_say(page, WORD_STANCES_HEAD, FILL_NUMBER(story->totals[top]),
		 FILL_NUMBER(story->n_standings));
	page_html(page, " ");
	records_write_grade(page, top);
	page_html(page, "</b><br>");
	page_say(page, WORD_STANCES_HOW, fills[1], fills[2]);
	page_html(page, "</figcaption>\n");
	page_html(page, "<svg class=\"pl\" width=\"100%\" height=\"");
	page_decimal(page, ROW_HEIGHT * n + 30);
	page_html(page, "\" role=\"img\" aria-labelledby=\"st\"><title id=\"st\">");
	page_say_plain(page, WORD_STANCES_TITLE, fills, 3);
	page_html(page, "</title>\n<g font-size=\"13\">\n");
	for (uint32_t i = 0; i < n; i++)
		write_row(page, span, i);
	page_html(page, "</g>");
	write_axis(page, span, ROW_HEIGHT * n + 24);
	records_write_left_out(page, story->n_standings - n);
}

/* --- How many at each grade ---------------------------------------------------------------------
 */

#define GRADES_MAX 16

struct totals {
	uint64_t counts[GRADES_MAX];
	uint64_t unit; /* tenths of a pixel for one institution */
};

static void apply(struct totals *totals, const struct page *page, size_t change)
{
	const struct story_change *one = &page->story->changes[change];

	if (one->before != STORY_NO)
		totals->counts[one->before]--;
	totals->counts[one->grade]++;
}

static void write_tenths(struct page *page, uint64_t tenths)
{
	page_decimal(page, tenths / 10);
	if (tenths % 10 != 0) {
		page_html(page, ".");
		page_decimal(page, tenths % 10);
	}
}

static const char *fill_of(const struct page *page, size_t grade)
{
	if (grade + 1 == page->story->n_grades)
		return "A";
	return grade == 0 ? "A2" : "A3";
}

/* The strongest grade stands at the bottom. */
static void write_step(struct page *page, const struct span *span, const struct totals *totals,
		       uint64_t from, uint64_t until)
{
	uint64_t below = 0;

	for (size_t g = page->story->n_grades; g-- > 0;) {
		const uint64_t height = totals->counts[g] * totals->unit;

		below += height;
		if (height == 0)
			continue;
		page_html(page, "<rect class=\"");
		page_html(page, fill_of(page, g));
		write_x(page, "\" x", span, from);
		page_html(page, " y=\"");
		write_tenths(page, 10 * TOTALS_BASE - below);
		page_html(page, "\" width=\"");
		page_percent(page, until - from, span->last - span->first);
		page_html(page, "\" height=\"");
		write_tenths(page, height);
		page_html(page, "\"/>\n");
	}
}

static void write_labels(struct page *page, const struct totals *totals)
{
	uint64_t below = 0;

	page_html(page, "<g font-size=\"13\">");
	for (size_t g = page->story->n_grades; g-- > 0;) {
		const uint64_t height = totals->counts[g] * totals->unit;

		below += height;
		if (height < 120)
			continue;
		page_html(page, "<text x=\"100%\" dx=\"9\" y=\"");
		write_tenths(page, 10 * TOTALS_BASE - below + height / 2 + 45);
		page_html(page, "\">");
		page_number(page, totals->counts[g]);
		page_html(page, " ");
		html_text(page->out, page->story->grades[g]);
		page_html(page, "</text>");
	}
	page_html(page, "</g>\n");
}

static size_t count_dates(const struct page *page)
{
	size_t n = 0;

	for (size_t i = 0; i < page->story->n_changes; i++)
		n += i == 0 || date_of(page, i) != date_of(page, i - 1);
	return n;
}

/* Of many dates some are drawn, the first and the last among them. */
static void write_steps(struct page *page, const struct span *span, struct totals *totals)
{
	const size_t n_dates = count_dates(page);
	const size_t n = page->story->n_changes;
	uint64_t from = span->first;
	size_t date = 0, drawn = 0;

	for (size_t i = 0; i < n; i++) {
		const bool is_first = i == 0 || date_of(page, i) != date_of(page, i - 1);
		const bool is_due = n_dates <= records_caps(page)->steps ||
				    date * (records_caps(page)->steps - 1) >= drawn * (n_dates - 1);

		if (is_first && i > 0 && is_due) {
			write_step(page, span, totals, from, date_of(page, i));
			from = date_of(page, i);
		}
		drawn += is_first && is_due;
		date += is_first;
		apply(totals, page, i);
	}
	if (span->last > from)
		write_step(page, span, totals, from, span->last);
}

static void write_totals(struct page *page, const struct span *span)
{
	const struct page_fill fills[] = {FILL_DAY(span->first), FILL_DAY(span->last)};
	struct totals totals = {.unit = TOTALS_TOP / page->story->n_standings};

	if (totals.unit > 150)
		totals.unit = 150;
	page_wrap(page, "<figure>\n<figcaption><b>", WORD_TOTALS_HEAD, "</b></figcaption>\n");
	page_html(page, "<svg class=\"pl\" width=\"100%\" height=\"148\" role=\"img\" "
			"aria-labelledby=\"tt\"><title id=\"tt\">");
	page_say_plain(page, WORD_TOTALS_TITLE, fills, 2);
	for (size_t g = page->story->n_grades; g-- > 0;) {
		page_html(page, g + 1 == page->story->n_grades ? " " : "; ");
		html_text(page->out, page->story->grades[g]);
		page_html(page, ": ");
		page_number(page, page->story->totals[g]);
	}
	page_html(page, "</title>\n");
	write_steps(page, span, &totals);
	write_labels(page, &totals);
	page_html(page, "<line class=\"ax\" x1=\"0\" x2=\"100%\" y1=\"124\" y2=\"124\"/>");
	write_axis(page, span, 142);
}

void records_write_charts(struct page *page)
{
	if (page->story->n_changes == 0)
		return;
	const struct span span = span_of(page);

	write_timeline(page, &span);
	write_totals(page, &span);
}

#include "terminal.h"

#include "clock.h"

#include <unistd.h>

#define SHOWN_AFTER 0.2 /* seconds */
#define SHOWN_EVERY 0.1
#define BAR_LEN     30

/* Draws label, bar and percent; the rest of the line is the caller's. */
static void draw(const struct terminal_progress *bar, double part)
{
	int filled = (int)(part * BAR_LEN);
	char marks[BAR_LEN + 1];

	for (int i = 0; i < BAR_LEN; i++)
		marks[i] = i < filled ? '#' : ' ';
	marks[BAR_LEN] = '\0';
	(void)fprintf(stderr, "\r%-12.12s [%s] %3d %%", bar->label, marks, (int)(part * 100));
}

static void report(void *cookie, uint64_t done, uint64_t total)
{
	struct terminal_progress *bar = cookie;

	if (!bar->is_terminal || total == 0)
		return;
	double now = clock_elapsed();
	double seconds = now - bar->started;
	if (seconds < SHOWN_AFTER || (bar->shown > 0 && now - bar->shown < SHOWN_EVERY))
		return;
	bar->shown = now;
	double part = done >= total ? 1 : (double)done / (double)total;
	draw(bar, part);
	double rate = (double)done / seconds;
	if (done > 0 && done < total && bar->is_bytes)
		(void)fprintf(stderr, "   %.1f MB, %.0f kB/s, %.0f s left\033[K",
			      (double)done / 1e6, rate / 1e3, (double)(total - done) / rate);
	else if (done > 0 && done < total && bar->noun)
		(void)fprintf(stderr, "   %.0f %s/s, %.0f s left\033[K", rate, bar->noun,
			      (double)(total - done) / rate);
	else if (done > 0 && done < total)
		(void)fprintf(stderr, "   %.0f s left\033[K", (double)(total - done) / rate);
	else
		(void)fputs("\033[K", stderr);
	(void)fflush(stderr);
}

void terminal_progress_begin(struct terminal_progress *bar, const char *label)
{
	*bar = (struct terminal_progress){
		.label = label,
		.started = clock_elapsed(),
		.is_terminal = isatty(STDERR_FILENO) == 1,
	};
	bar->progress = (struct progress){report, bar};
}

struct undersign_progress terminal_progress_public(struct terminal_progress *bar)
{
	return (struct undersign_progress){report, bar};
}

void terminal_progress_end(struct terminal_progress *bar, uint64_t n, const char *noun,
			   bool is_done)
{
	if (bar->shown == 0)
		return;
	double seconds = clock_elapsed() - bar->started;
	if (is_done) {
		draw(bar, 1);
		if (noun)
			(void)fprintf(stderr, "   %llu %s, %.1f s", (unsigned long long)n, noun,
				      seconds);
		else
			(void)fprintf(stderr, "   %.1f s", seconds);
	}
	(void)fputs("\033[K\n", stderr);
	bar->shown = 0;
}

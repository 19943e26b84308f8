#include "html_check.h"

#include "encoding.h"
#include "sha2.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 400, NAME_MAX = 32 };

static char said[256];

static const char *say(const char *what, const char *at, const char *end)
{
	const int len = end - at < 80 ? (int)(end - at) : 80;

	snprintf(said, sizeof said, "%s: %.*s", what, len, at);
	return said;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static const char *const elements[] = {
	"html",   "head",       "meta",    "title", "style",   "body",   "a",          "header",
	"div",    "p",          "b",       "main",  "h1",      "h2",     "h3",         "h4",
	"h5",     "h6",         "nav",     "ul",    "ol",      "li",     "dl",         "dt",
	"dd",     "section",    "figure",  "svg",   "rect",    "text",   "line",       "g",
	"circle", "details",    "summary", "table", "caption", "thead",  "tbody",      "tr",
	"th",     "td",         "small",   "br",    "hr",      "em",     "strong",     "code",
	"pre",    "blockquote", "span",    "bdi",   "time",    "footer", "figcaption", "link",
	"path",   "del",        "ins",     "s",     NULL};
/* No end tag. */
static const char *const empty[] = {"meta", "br", "hr", "link", NULL};
/* Of a letter's own text, nothing else can come than lang, dir, href, rel, start. */
static const char *const attributes[] = {"lang",
					 "dir",
					 "charset",
					 "name",
					 "content",
					 "http-equiv",
					 "property",
					 "class",
					 "id",
					 "href",
					 "aria-label",
					 "aria-hidden",
					 "aria-labelledby",
					 "role",
					 "datetime",
					 "width",
					 "height",
					 "x",
					 "y",
					 "dx",
					 "x1",
					 "x2",
					 "y1",
					 "y2",
					 "cx",
					 "cy",
					 "r",
					 "scope",
					 "colspan",
					 "rel",
					 "start",
					 "font-size",
					 "font-weight",
					 "text-anchor",
					 "stroke-width",
					 "type",
					 "title",
					 "data-total",
					 "data-words",
					 "xmlns",
					 "viewBox",
					 "shape-rendering",
					 "fill",
					 "d",
					 NULL};

static bool is_link_allowed(const char *value, size_t len)
{
	static const char *const starts[] = {
		"#", "http://", "https://", "mailto:", "texts/", "as-of-", NULL};
	static const char *const names[] = {"manifest",  "checkpoint", "keys",         "deliver",
					    "feed.atom", "badge.svg",  "counter.html", "tally.json",
					    "tally.csv", "kit.html",   "story.csv",    "polls.csv",
					    NULL};

	for (const char *const *start = starts; *start; start++)
		if (len >= strlen(*start) && strncasecmp(value, *start, strlen(*start)) == 0)
			return true;
	for (const char *const *name = names; *name; name++)
		if (len == strlen(*name) && memcmp(value, *name, len) == 0)
			return true;
	return false;
}

/* After a name: letters, digits and hyphens. */
static const char *read_name(char out[static NAME_MAX], const char *at, const char *end)
{
	size_t n = 0;

	while (at < end && ((*at >= 'a' && *at <= 'z') || *at == 'B' ||
			    (*at >= '0' && *at <= '9') || *at == '-')) {
		if (n + 1 < NAME_MAX)
			out[n++] = *at;
		at++;
	}
	out[n] = '\0';
	return at;
}

/* The attributes of a start tag; *at then is behind its end. */
static const char *check_attributes(const char **at, const char *end, bool *out_closes)
{
	const char *p = *at;

	*out_closes = false;
	while (p < end && *p == ' ') {
		char name[NAME_MAX];
		const char *begin = p + 1;
		const char *value = NULL, *close = NULL;

		p = read_name(name, begin, end);
		if (strcmp(name, "open") == 0)
			continue;
		if (!is_one_of(name, attributes))
			return say("an attribute that no page has", begin, end);
		if (end - p < 2 || p[0] != '=' || p[1] != '"')
			return say("an attribute without quotes", begin, end);
		value = p + 2;
		close = memchr(value, '"', (size_t)(end - value));
		if (!close || memchr(value, '<', (size_t)(close - value)))
			return say("an attribute that does not end", begin, end);
		if (strcmp(name, "href") == 0 && !is_link_allowed(value, (size_t)(close - value)))
			return say("a link that leads elsewhere", value, end);
		p = close + 1;
	}
	if (p < end && *p == '/') {
		*out_closes = true;
		p++;
	}
	if (p == end || *p != '>')
		return say("a tag that does not end", *at, end);
	*at = p + 1;
	return NULL;
}

/* The one script: the last thing of the page, and the one that its policy names by hash. */
static bool is_the_script(struct bytes page, const char *content)
{
	static const char last[] = "</script>\n</body>\n</html>\n";
	const char *close = strstr(content, "</script>");
	uint8_t hash[SHA256_BYTES];
	char source[128];
	struct writer writer = writer_new(source, sizeof source - 1);

	if (!close || strcmp(close, last) != 0)
		return false;
	sha256(hash, bytes_from((const uint8_t *)content, (size_t)(close - content)));
	writer_text(&writer, "; script-src 'sha256-");
	writer_base64(&writer, bytes_from(hash, sizeof hash));
	writer_text(&writer, "' 'wasm-unsafe-eval'; ");
	source[writer_view(&writer).len] = '\0';
	return strstr((const char *)page.data, source);
}

const char *html_check(struct bytes page)
{
	char open[DEPTH_MAX][NAME_MAX];
	size_t depth = 0;
	const char *p = (const char *)page.data;
	const char *end = p + page.len;

	if (!bytes_begin_with(page, bytes_from_text("<!doctype html>\n<!-- undersigned page ")))
		return say("it does not begin as a page does", p, end);
	p = strstr(p, " -->\n") + 5;
	while (p < end) {
		char name[NAME_MAX];
		const char *tag = p;
		const char *fault = NULL;
		bool closes = false;

		if (*p == '>')
			return say("a bare >", p, end);
		if (*p != '<') {
			p++;
			continue;
		}
		if (p + 1 < end && p[1] == '/') {
			p = read_name(name, p + 2, end);
			if (p == end || *p != '>' || depth == 0 ||
			    strcmp(open[depth - 1], name) != 0)
				return say("an end tag of something else", tag, end);
			p++;
			depth--;
			continue;
		}
		p = read_name(name, p + 1, end);
		if (strcmp(name, "script") == 0 && p < end && *p == '>' &&
		    is_the_script(page, p + 1)) {
			p = strstr(p, "</script>");
			memcpy(open[depth++], name, sizeof name);
			continue;
		}
		if (!is_one_of(name, elements))
			return say("an element that no page has", tag, end);
		fault = check_attributes(&p, end, &closes);
		if (fault)
			return fault;
		if (strcmp(name, "style") == 0) {
			const char *close = strstr(p, "</style>");
			if (!close)
				return say("a style that does not end", tag, end);
			p = close;
		}
		if (closes || is_one_of(name, empty))
			continue;
		if (depth + 1 >= DEPTH_MAX)
			return say("too deep", tag, end);
		memcpy(open[depth++], name, sizeof name);
	}
	return depth == 0 ? NULL
			  : say("an element that is not closed", open[depth - 1],
				open[depth - 1] + strlen(open[depth - 1]));
}

#include "story_parts.h"

#include "memory.h"

/* Whole part of the square root. */
static uint64_t root_of(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

/* 1.96 · sqrt(p (1 - p) / n) with p = share / 1000, in tenths of a point, so times 1000:
 * sqrt(1.96² · share · (1000 - share) / n), which is taken with two further digits. */
uint64_t story_sampling_error(uint64_t share, uint64_t n)
{
	if (n == 0 || share > 1000)
		return 0;
	/* 1.96² = 3.8416; 10⁴ for the two digits, and 10⁴ that the constant is short of. */
	const uint64_t hundredths = root_of(UINT64_C(38416) * share * (1000 - share) / n);
	return (hundredths + 50) / 100;
}

bool story_poll(struct story_poll *out, const struct story_text *citation)
{
	const struct bytes merged = story_value(citation, "merged");
	struct bytes rest = citation->lines;
	struct bytes answer;
	uint64_t number = 0;

	*out = (struct story_poll){0};
	if (citation->kind != STORY_CITATION || merged.len == 0)
		return false;
	out->asked = story_number(citation, "asked");
	while (story_next_value(&rest, "answer", &answer)) {
		const uint64_t share = story_answer(answer, &answer);

		if (!story_list_has(merged, ++number))
			continue;
		out->joined += share;
		out->n_joined++;
	}
	if (out->joined > 1000)
		out->joined = 1000;
	out->is_sample = story_value_is(citation, "sampling", "random");
	if (out->is_sample) {
		out->error = story_sampling_error(out->joined, out->asked);
		out->error_most = story_sampling_error(500, out->asked);
	}
	return true;
}

/* --- Words --------------------------------------------------------------------------------------
 */

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* True if the claim has percentages, and none of them is the share, rounded or not. */
static bool has_other_share(struct bytes claim, uint64_t joined)
{
	bool has_any = false;

	for (size_t i = 0; i < claim.len;) {
		uint64_t whole = 0;
		uint64_t tenth = 0;
		size_t end = i;

		while (end < claim.len && is_digit(claim.data[end]) && whole < 1000)
			whole = 10 * whole + (uint64_t)(claim.data[end++] - '0');
		if (end == i) {
			i++;
			continue;
		}
		const bool has_tenth = end + 1 < claim.len &&
				       (claim.data[end] == '.' || claim.data[end] == ',') &&
				       is_digit(claim.data[end + 1]);
		if (has_tenth) {
			tenth = (uint64_t)(claim.data[end + 1] - '0');
			end += 2;
		}
		i = end;
		while (end < claim.len && (claim.data[end] == ' ' || claim.data[end] >= 0x80))
			end++;
		const struct bytes rest = bytes_part(claim, end, claim.len - end);
		if (!bytes_begin_with(rest, bytes_from_text("%")) &&
		    !bytes_begin_with(rest, bytes_from_text("per cent")) &&
		    !bytes_begin_with(rest, bytes_from_text("percent")))
			continue;
		if (has_tenth ? 10 * whole + tenth == joined : whole == (joined + 5) / 10)
			return false;
		has_any = true;
	}
	return has_any;
}

/* Text without what is not written: runs of spaces, lines and Markdown's marks count as one. */
static bool next_character(struct bytes text, size_t *at, uint8_t *out)
{
	bool is_gap = false;

	while (*at < text.len && (text.data[*at] <= ' ' || text.data[*at] == '*' ||
				  text.data[*at] == '_' || text.data[*at] == '>')) {
		is_gap |= text.data[*at] <= ' ' || text.data[*at] == '>';
		++*at;
	}
	if (*at == text.len)
		return false;
	*out = is_gap ? ' ' : text.data[*at];
	*at += !is_gap;
	return true;
}

#define CLAIM_MAX 4096 /* bytes of a value */

/* Knuth, Morris and Pratt: one pass, whatever the texts. */
static bool stands_in(struct bytes letter, struct bytes claim)
{
	uint8_t wanted[CLAIM_MAX];
	uint16_t border[CLAIM_MAX + 1] = {0};
	size_t n = 0, at = 0, k = 0;
	uint8_t byte;

	while (n < CLAIM_MAX && next_character(claim, &at, &byte))
		wanted[n++] = byte;
	for (size_t i = 1; i < n; i++) {
		while (k > 0 && wanted[i] != wanted[k])
			k = border[k];
		k += wanted[i] == wanted[k];
		border[i + 1] = (uint16_t)k;
	}
	at = k = 0;
	while (k < n && next_character(letter, &at, &byte)) {
		while (k > 0 && byte != wanted[k])
			k = border[k];
		k += byte == wanted[k];
	}
	return k == n;
}

unsigned story_lints(struct bytes *out_called, const struct story_text *citation,
		     struct bytes letter, struct bytes language)
{
	const struct bytes claim = story_value(citation, "claim");
	struct story_poll poll;
	unsigned lints = 0;

	*out_called = (struct bytes){0};
	if (letter.len > 0 && !stands_in(letter, claim))
		lints |= STORY_LINT_NOT_SAID;
	if (!story_poll(&poll, citation))
		return lints;
	if (poll.n_joined > 1)
		lints |= STORY_LINT_JOINED;
	if (story_find_called(out_called, citation, language))
		lints |= STORY_LINT_CALLED;
	if (has_other_share(claim, poll.joined))
		lints |= STORY_LINT_SHARE;
	if (poll.is_sample && poll.joined < 500 + poll.error && poll.joined + poll.error > 500)
		lints |= STORY_LINT_HALF;
	if (!poll.is_sample && !story_value_is(citation, "sampling", "all"))
		lints |= STORY_LINT_NO_SAMPLE;
	return lints;
}

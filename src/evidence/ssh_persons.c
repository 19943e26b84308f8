#include "ssh_persons.h"

#include "memory.h"

/* Something that lines may share. */
struct token {
	struct bytes text;
	uint32_t line;
};

bool ssh_persons_are_named(struct bytes principals)
{
	bool is_first = true;

	for (size_t i = 0; i < principals.len; i++) {
		uint8_t c = principals.data[i];

		if (c == '*' || c == '?' || (c == '!' && is_first))
			return false;
		is_first = c == ',';
	}
	return principals.len > 0;
}

/* By text, then by line. */
static bool is_before(const struct token *a, const struct token *b)
{
	int order = bytes_compare(a->text, b->text);

	return order < 0 || (order == 0 && a->line < b->line);
}

/* Moves tokens[place] down the heap of n. */
static void sift(struct token *tokens, size_t place, size_t n)
{
	struct token moved = tokens[place];

	for (;;) {
		size_t child = 2 * place + 1;

		if (child >= n)
			break;
		if (child + 1 < n && is_before(&tokens[child], &tokens[child + 1]))
			child++;
		if (!is_before(&moved, &tokens[child]))
			break;
		tokens[place] = tokens[child];
		place = child;
	}
	tokens[place] = moved;
}

/* Heapsort: no worst case that a list could be made for, no memory. */
static void sort(struct token *tokens, size_t n)
{
	for (size_t i = n >> 1; i-- > 0;)
		sift(tokens, i, n);
	for (size_t i = n; i-- > 1;) {
		struct token largest = tokens[0];

		tokens[0] = tokens[i];
		tokens[i] = largest;
		sift(tokens, 0, i);
	}
}

/* Whether the names on a line say something about a person who has a key there. */
static bool names_a_person(enum ssh_keys_reason reason)
{
	switch (reason) {
	case SSH_KEYS_USABLE:
	case SSH_KEYS_DUPLICATE:
	case SSH_KEYS_RSA:
	case SSH_KEYS_DSA:
	case SSH_KEYS_ECDSA:
	case SSH_KEYS_SK_ED25519:
	case SSH_KEYS_SK_ECDSA:
	case SSH_KEYS_EXPIRED:
	case SSH_KEYS_NOT_YET_VALID:
		return true;
	default:
		return false;
	}
}

static struct bytes folded(struct arena *arena, struct bytes text)
{
	uint8_t *copy = arena_take(arena, text.len > 0 ? text.len : 1, 1);

	if (!copy)
		return bytes_from(NULL, 0);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		copy[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
	}
	return bytes_from(copy, text.len);
}

/* The part up to the next comma, which it takes too. */
static struct bytes take_name(struct bytes *list)
{
	size_t len = 0;

	while (len < list->len && list->data[len] != ',')
		len++;
	struct bytes name = bytes_part(*list, 0, len);
	size_t taken = len < list->len ? len + 1 : len;
	*list = bytes_part(*list, taken, list->len - taken);
	return name;
}

/* --- joining -----------------------------------------------------------------------------------
 */

static uint32_t root_of(uint32_t *parents, uint32_t line)
{
	while (parents[line] != line) {
		parents[line] = parents[parents[line]];
		line = parents[line];
	}
	return line;
}

/* The earlier line becomes the root. */
static void join(uint32_t *parents, uint32_t a, uint32_t b)
{
	uint32_t first = root_of(parents, a);
	uint32_t second = root_of(parents, b);

	if (first < second)
		parents[second] = first;
	else
		parents[first] = second;
}

static void join_equal(uint32_t *parents, const struct token *tokens, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (bytes_are_equal(tokens[i - 1].text, tokens[i].text))
			join(parents, tokens[i - 1].line, tokens[i].line);
	}
}

/* Finds usable lines with the same key: all but the first are duplicates. */
static void mark_duplicates(struct ssh_keys *keys, const struct token *tokens, size_t n)
{
	size_t first = 0;

	for (size_t i = 1; i < n; i++) {
		if (!bytes_are_equal(tokens[first].text, tokens[i].text)) {
			first = i;
			continue;
		}
		struct ssh_keys_line *line = &keys->lines[tokens[i].line];
		line->reason = SSH_KEYS_DUPLICATE;
		line->other = &keys->lines[tokens[first].line];
	}
}

static size_t key_tokens(struct token *out, const struct ssh_keys *keys)
{
	size_t n = 0;

	for (uint32_t i = 0; i < keys->n; i++) {
		if (keys->lines[i].reason == SSH_KEYS_USABLE)
			out[n++] = (struct token){
				bytes_from(keys->lines[i].key, sizeof keys->lines[i].key), i};
	}
	return n;
}

/* How many names the line has, at most. */
static size_t count_names(const struct ssh_keys_line *line, enum ssh_keys_persons persons)
{
	size_t n = 1;

	if (persons != SSH_KEYS_BY_PRINCIPAL)
		return n;
	for (size_t i = 0; i < line->principals.len; i++)
		n += line->principals.data[i] == ',';
	return n;
}

/* What tells the person of a line. Returns the number, or SIZE_MAX if there is no memory. */
static size_t name_tokens(struct token *out, const struct ssh_keys *keys, uint32_t number,
			  enum ssh_keys_persons persons, struct arena *arena)
{
	const struct ssh_keys_line *line = &keys->lines[number];
	struct bytes names;
	size_t n = 0;

	if (!names_a_person(line->reason))
		return 0;
	if (persons == SSH_KEYS_BY_FILE) {
		out[0] = (struct token){bytes_from(&line->file, sizeof line->file), number};
		return 1;
	}
	if (persons == SSH_KEYS_BY_COMMENT && line->comment.len == 0)
		return 0;
	if (persons == SSH_KEYS_BY_PRINCIPAL && !ssh_persons_are_named(line->principals))
		return 0;
	names = folded(arena, persons == SSH_KEYS_BY_COMMENT ? line->comment : line->principals);
	if (!names.data)
		return SIZE_MAX;
	if (persons == SSH_KEYS_BY_COMMENT)
		out[n++] = (struct token){names, number};
	while (persons == SSH_KEYS_BY_PRINCIPAL && names.len > 0)
		out[n++] = (struct token){take_name(&names), number};
	return n;
}

/* Of each person's usable lines the first stays. firsts: one place a line. */
static void mark_second_keys(struct ssh_keys *keys, uint32_t *parents, uint32_t *firsts)
{
	for (uint32_t i = 0; i < keys->n; i++)
		firsts[i] = UINT32_MAX;
	for (uint32_t i = 0; i < keys->n; i++) {
		struct ssh_keys_line *line = &keys->lines[i];
		uint32_t *first = &firsts[root_of(parents, i)];

		if (line->reason != SSH_KEYS_USABLE)
			continue;
		if (*first == UINT32_MAX) {
			*first = i;
			continue;
		}
		line->reason = SSH_KEYS_SECOND_KEY;
		line->other = &keys->lines[*first];
	}
}

enum undersign_status ssh_persons_join(struct ssh_keys *keys, enum ssh_keys_persons persons,
				       struct arena *arena)
{
	size_t n_names = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < keys->n; i++)
		n_names += count_names(&keys->lines[i], persons);
	struct token *tokens = ARENA_TAKE(arena, struct token, n_names + 1);
	uint32_t *parents = ARENA_TAKE(arena, uint32_t, keys->n + (size_t)1);
	uint32_t *firsts = ARENA_TAKE(arena, uint32_t, keys->n + (size_t)1);
	if (!tokens || !parents || !firsts)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < keys->n; i++)
		parents[i] = i;
	n = key_tokens(tokens, keys);
	sort(tokens, n);
	join_equal(parents, tokens, n);
	mark_duplicates(keys, tokens, n);
	if (persons == SSH_KEYS_DECLARED)
		return UNDERSIGN_OK;
	n = 0;
	for (uint32_t i = 0; i < keys->n; i++) {
		size_t added = name_tokens(&tokens[n], keys, i, persons, arena);

		if (added == SIZE_MAX)
			return UNDERSIGN_E_MEMORY;
		n += added;
	}
	sort(tokens, n);
	join_equal(parents, tokens, n);
	mark_second_keys(keys, parents, firsts);
	return UNDERSIGN_OK;
}

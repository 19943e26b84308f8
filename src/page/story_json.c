#include "story_json.h"

#include "encoding.h"

/* --- Values -------------------------------------------------------------------------------------
 */

/* Texts of records are UTF-8 without controls. */
static void put_text(struct writer *writer, struct bytes text)
{
	writer_u8(writer, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			writer_u8(writer, '\\');
		writer_u8(writer, text.data[i]);
	}
	writer_u8(writer, '"');
}

static void put_key(struct writer *writer, const char *key)
{
	put_text(writer, bytes_from_text(key));
	writer_u8(writer, ':');
}

static void put_member(struct writer *writer, const char *key, struct bytes text)
{
	put_key(writer, key);
	put_text(writer, text);
}

static void put_number(struct writer *writer, const char *key, uint64_t number)
{
	put_key(writer, key);
	writer_decimal(writer, number);
}

/* 25 tenths are 2.5. */
static void put_tenths(struct writer *writer, const char *key, uint64_t tenths)
{
	put_key(writer, key);
	writer_decimal(writer, tenths / 10);
	writer_u8(writer, '.');
	writer_decimal(writer, tenths % 10);
}

static void put_date(struct writer *writer, const char *key, uint64_t seconds)
{
	uint8_t text[DATE_LEN];

	date_encode(text, seconds);
	put_member(writer, key, bytes_from(text, sizeof text));
}

static void put_id(struct writer *writer, const char *key, const uint8_t id[static SHA256_BYTES])
{
	put_key(writer, key);
	writer_text(writer, "\"");
	writer_hex(writer, bytes_from(id, SHA256_BYTES));
	writer_text(writer, "\"");
}

static void put_comma(struct writer *writer, bool is_needed)
{
	if (is_needed)
		writer_text(writer, ",");
}

/* --- Records ------------------------------------------------------------------------------------
 */

static const char *const state_names[] = {"holds", "revised", "removed", "void"};
static const char *const demand_states[] = {"open", "offered", "accepted", "refused", "met"};

/* A list where a line may be repeated. */
static void put_fields(struct writer *writer, const struct story_text *text)
{
	size_t n;
	const struct story_rule *rules = story_rules(&n, text->kind);
	bool has_any = false;

	writer_text(writer, "{");
	for (size_t i = 0; i < n; i++) {
		struct bytes rest = text->lines;
		struct bytes value;
		size_t found = 0;

		while (story_next_value(&rest, rules[i].key, &value)) {
			if (found++ == 0) {
				put_comma(writer, has_any);
				put_key(writer, rules[i].key);
				writer_text(writer, rules[i].most > 1 ? "[" : "");
			} else {
				writer_text(writer, ",");
			}
			put_text(writer, value);
		}
		if (found > 0 && rules[i].most > 1)
			writer_text(writer, "]");
		has_any |= found > 0;
	}
	writer_text(writer, "}");
}

static void put_record(struct writer *writer, const struct story *story, uint32_t at)
{
	const struct story_record *record = &story->records[at];
	const struct story_text *text = &record->item->text;

	put_number(writer, "entry", record->item->entry);
	writer_text(writer, ",");
	put_number(writer, "epoch", record->item->epoch);
	writer_text(writer, ",");
	put_date(writer, "date", text->date);
	writer_text(writer, ",");
	put_member(writer, "kind", bytes_from_text(story_kind_name(text->kind)));
	writer_text(writer, ",");
	put_id(writer, "id", record->item->id);
	writer_text(writer, ",");
	put_member(writer, "state", bytes_from_text(state_names[record->state]));
	writer_text(writer, record->is_signed ? ",\"signed\":true," : ",\"signed\":false,");
	put_member(writer, "author", text->author.name);
	if (record->rule) {
		writer_text(writer, ",");
		put_member(writer, "rule", bytes_from_text(record->rule));
	}
	if (text->is_revision) {
		writer_text(writer, ",");
		put_id(writer, "revises", text->revises);
	}
	if (record->state == STORY_REMOVED)
		return;
	writer_text(writer, ",");
	put_key(writer, "fields");
	put_fields(writer, text);
}

/* --- Sums ---------------------------------------------------------------------------------------
 */

static uint64_t entry_of(const struct story *story, uint32_t record)
{
	return story->records[record].item->entry;
}

static struct bytes grade_name(const struct story *story, size_t grade)
{
	return grade < story->n_grades ? story->grades[grade] : bytes_from_text("withdrawn");
}

static void put_grades(struct writer *writer, const struct story *story)
{
	put_key(writer, "grades");
	writer_text(writer, "[");
	for (size_t i = 0; story->n_grades > 0 && i <= story->n_grades; i++) {
		writer_text(writer, i > 0 ? ",{" : "{");
		put_member(writer, "grade", grade_name(story, i));
		writer_text(writer, ",");
		put_number(writer, "institutions", story->totals[i]);
		writer_text(writer, "}");
	}
	writer_text(writer, "],");
	put_key(writer, "stances");
	writer_text(writer, "[");
	for (size_t i = 0; i < story->n_standings; i++) {
		const struct story_standing *standing = &story->standings[i];

		writer_text(writer, i > 0 ? ",{" : "{");
		put_member(writer, "actor", standing->name);
		writer_text(writer, ",");
		put_member(writer, "grade", grade_name(story, standing->grade));
		writer_text(writer, ",");
		put_date(writer, "since", standing->since);
		writer_text(writer, ",");
		put_number(writer, "entry", entry_of(story, standing->record));
		writer_text(writer, "}");
	}
	writer_text(writer, "],");
	put_key(writer, "changes");
	writer_text(writer, "[");
	for (size_t i = 0; i < story->n_changes; i++) {
		const struct story_change *change = &story->changes[i];

		writer_text(writer, i > 0 ? ",{" : "{");
		put_date(writer, "date", story->records[change->record].item->text.date);
		writer_text(writer, ",");
		put_member(writer, "actor", story->standings[change->standing].name);
		writer_text(writer, ",");
		put_member(writer, "grade", grade_name(story, change->grade));
		writer_text(writer, "}");
	}
	writer_text(writer, "]");
}

static void put_demands(struct writer *writer, const struct story *story)
{
	put_key(writer, "demands");
	writer_text(writer, "[");
	for (size_t i = 0; i < story->n_demands; i++) {
		const struct story_demand *demand = &story->demands[i];

		writer_text(writer, i > 0 ? ",{" : "{");
		put_number(writer, "number", demand->number);
		writer_text(writer, ",");
		put_member(writer, "text",
			   story_value(&story->records[demand->record].item->text, "text"));
		writer_text(writer, ",");
		put_member(writer, "state", bytes_from_text(demand_states[demand->state]));
		writer_text(writer, ",");
		put_date(writer, "since", demand->since);
		writer_text(writer, ",");
		put_key(writer, "moves");
		writer_text(writer, "[");
		for (size_t m = 0; m < demand->n_moves; m++) {
			put_comma(writer, m > 0);
			writer_decimal(writer, entry_of(story, demand->moves[m]));
		}
		writer_text(writer, "]}");
	}
	writer_text(writer, "]");
}

static void put_warnings(struct writer *writer, unsigned lints, struct bytes called)
{
	static const char *const names[] = {"joined", "called",    "share",
					    "half",   "no-sample", "not-said"};
	bool has_any = false;

	put_key(writer, "warnings");
	writer_text(writer, "[");
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!(lints & 1u << i))
			continue;
		put_comma(writer, has_any);
		put_text(writer, bytes_from_text(names[i]));
		has_any = true;
	}
	writer_text(writer, "]");
	if (called.len > 0) {
		writer_text(writer, ",");
		put_member(writer, "called", called);
	}
}

static void put_citation(struct writer *writer, const struct story *story, uint32_t at,
			 const struct story_letter *letter)
{
	const struct story_text *text = &story->records[at].item->text;
	struct story_poll poll;
	struct bytes called;
	const unsigned lints = story_lints(&called, text, letter->text, letter->language);

	put_number(writer, "entry", entry_of(story, at));
	writer_text(writer, ",");
	put_member(writer, "claim", story_value(text, "claim"));
	writer_text(writer, ",");
	if (story_poll(&poll, text)) {
		put_number(writer, "asked", poll.asked);
		writer_text(writer, ",");
		put_tenths(writer, "share", poll.joined);
		writer_text(writer, ",");
		if (poll.is_sample) {
			put_tenths(writer, "error", poll.error);
			writer_text(writer, ",");
			put_tenths(writer, "error_at_most", poll.error_most);
			writer_text(writer, ",");
		}
	}
	put_warnings(writer, lints, called);
}

static void put_citations(struct writer *writer, const struct story *story,
			  const struct story_letter *letter)
{
	bool has_any = false;

	put_key(writer, "citations");
	writer_text(writer, "[");
	for (uint32_t i = 0; i < story->n; i++) {
		if (story->records[i].state != STORY_HOLDS ||
		    story->records[i].item->text.kind != STORY_CITATION)
			continue;
		writer_text(writer, has_any ? ",{" : "{");
		put_citation(writer, story, i, letter);
		writer_text(writer, "}");
		has_any = true;
	}
	writer_text(writer, "]");
}

void story_json_write(struct writer *writer, const struct story *story,
		      const struct story_letter *letter)
{
	writer_text(writer, "{");
	put_grades(writer, story);
	writer_text(writer, ",");
	put_demands(writer, story);
	writer_text(writer, ",");
	put_citations(writer, story, letter);
	writer_text(writer, ",\"endorsements\":{");
	put_number(writer, "people", story->people);
	writer_text(writer, ",");
	put_number(writer, "institutions", story->institutions);
	writer_text(writer, ",");
	put_number(writer, "withdrawn", story->endorsements_withdrawn);
	writer_text(writer, "},");
	put_number(writer, "removals", story->removals);
	writer_text(writer, ",");
	put_number(writer, "void", story->voids);
	writer_text(writer, ",");
	put_key(writer, "records");
	writer_text(writer, "[");
	for (uint32_t i = 0; i < story->n; i++) {
		writer_text(writer, i > 0 ? ",{" : "{");
		put_record(writer, story, i);
		writer_text(writer, "}");
	}
	writer_text(writer, "]}");
}

/* --- CSV ----------------------------------------------------------------------------------------
 */

static void put_cell(struct writer *writer, struct bytes text)
{
	writer_text(writer, ",\"");
	if (text.len > 0 && (text.data[0] == '=' || text.data[0] == '+' || text.data[0] == '-' ||
			     text.data[0] == '@'))
		writer_u8(writer, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			writer_u8(writer, '"');
		writer_u8(writer, text.data[i]);
	}
	writer_u8(writer, '"');
}

static struct bytes first_of(const struct story_text *text, const char *const *keys)
{
	for (; *keys; keys++)
		if (story_value(text, *keys).len > 0)
			return story_value(text, *keys);
	return bytes_from(NULL, 0);
}

void story_csv_write(struct writer *writer, const struct story *story)
{
	static const char *const states[] = {"grade", "state", "role", "about", "outcome", NULL};
	static const char *const words[] = {"quote", "words", "text", "claim", NULL};
	static const char *const numbers[] = {"demand", "number", NULL};

	writer_text(writer, "entry,epoch,date,kind,state,signed,actor,number,grade,words,source,"
			    "rule\r\n");
	for (uint32_t i = 0; i < story->n; i++) {
		const struct story_record *record = &story->records[i];
		const struct story_text *text = &record->item->text;
		const struct story_text none = {.kind = text->kind};
		uint8_t date[DATE_LEN];

		date_encode(date, text->date);
		writer_decimal(writer, record->item->entry);
		writer_text(writer, ",");
		writer_decimal(writer, record->item->epoch);
		writer_text(writer, ",");
		writer_put(writer, date, sizeof date);
		writer_text(writer, ",");
		writer_text(writer, story_kind_name(text->kind));
		writer_text(writer, ",");
		writer_text(writer, state_names[record->state]);
		writer_text(writer, record->is_signed ? ",yes" : ",no");
		if (record->state == STORY_REMOVED)
			text = &none;
		put_cell(writer, story_actor_name(text));
		put_cell(writer, first_of(text, numbers));
		put_cell(writer, first_of(text, states));
		put_cell(writer, first_of(text, words));
		put_cell(writer, story_value(text, "source"));
		put_cell(writer, bytes_from_text(record->rule ? record->rule : ""));
		writer_text(writer, "\r\n");
	}
}

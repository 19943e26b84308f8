/* The story around a letter: texts, every rule by which a record is void, beside the same record
 * where it holds, and what follows from those that hold, whatever the order. */
#include "tale.h"

#include "line.h"

static struct tale tale;

static int begin(void **state)
{
	(void)state;
	tale_begin(&tale);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tale_end(&tale);
	return 0;
}

#define POLL                                                                                       \
	"asked-by Halm Institute\npaid-by Clear Records\nquestion Should they?\n"                  \
	"answer 410 yes, certainly\nanswer 250 rather yes\nanswer 140 rather no\n"                 \
	"answer 80 no\nanswer 120 do not know\nmerged 1,2\nasked 1329\n"                           \
	"population registered water customers aged 18 and over\n"

static const char poll[] =
	"claim two thirds of the public\n" TALE_SOURCE POLL
	"sampling random\nmode by telephone\nfrom 1970-01-01\nuntil 1970-01-02\nweighting by age\n";

/* A line `key VKEY` or `of ID` after other lines. */
static const char *with(const char *lines, const char *key, const char *value)
{
	char *out = arena_take(&tale.memory.arena, 2000, 1);
	struct writer writer = writer_new(out, 1999);

	writer_text(&writer, lines);
	line_write(&writer, key, BYTES(value));
	return out;
}

/* --- Texts --------------------------------------------------------------------------------------
 */

static void reads_all_kinds(void **state)
{
	static const struct {
		const char *kind, *lines;
	} cases[] = {
		{"actor", "role mediator\nname Ombudsperson\nabout for public records\n"},
		{"scale", "grade in words\ngrade publishes some\ngrade publishes all\n"},
		{"endorsement", "actor Ilse Varnhem\nstate given\nwords Yes.\n"},
		{"stance", "actor Council\ngrade in words\nquote “Yes.”\n" TALE_SOURCE},
		{"stance", "actor Council\ngrade in words\n"},
		{"citation", "claim two thirds\nquote 66 %\n" TALE_SOURCE},
		{"citation", poll},
		{"demand", "number 1\ntext Publish within 24 hours\n"},
		{"move", "demand 1\nactor Ministry\nstate offered\nwords 48 hours\n"},
		{"reply", "actor Ministry\ntext One.\ntext Two.\n"},
		{"delivery", "actor Ministry\nwords By hand.\n" TALE_SOURCE},
		{"notice", "about correction\nwords A name was wrong.\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes text =
			tale_text(&tale, cases[i].kind, TALE_ORGANISER, NULL, cases[i].lines);
		struct problem problem = {0};
		struct story_text read;

		if (story_text_parse(&read, text, &problem) != UNDERSIGN_OK)
			fail_msg("%s: %s: %s: %s", cases[i].kind, problem.where, problem.rule,
				 problem.what);
		assert_string_equal(story_kind_name(read.kind), cases[i].kind);
		assert_true(read.date == 10 * 86400 && !read.is_revision);
		assert_bytes_equal(read.lines, BYTES(cases[i].lines));
		assert_true(story_kind_of(text) == read.kind);
	}
}

static void refuses_what_is_not_the_form(void **state)
{
	static const struct {
		const char *kind, *lines, *rule;
	} cases[] = {
		{"actor", "role king\nname X\n", "addressed mediator party"},
		{"actor", "role person\nname X\nkey x\n", "verifier key"},
		{"actor", "name X\nrole person\n", "this line must be `role"},
		{"scale", "grade a\n", "this line must be `grade"},
		{"scale", "grade a\ngrade a\n", "grades of a scale differ"},
		{"scale", "grade a\ngrade withdrawn\n", "a grade of every scale"},
		{"scale",
		 "grade a\ngrade b\ngrade c\ngrade d\ngrade e\ngrade f\ngrade g\n"
		 "grade h\ngrade i\ngrade j\n",
		 "too often"},
		{"endorsement", "actor X\nstate maybe\n", "given withdrawn"},
		{"stance", "actor X\ngrade a\nsource y\n", "this line must be `copy"},
		{"stance", "actor X\ngrade a\ncopy 3 00 1990-01-01\n", "hexadecimal"},
		{"stance",
		 "actor X\ngrade a\n"
		 "copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad "
		 "1990-01-01\n",
		 "with another one alone"},
		{"stance",
		 "actor X\ngrade a\nsource y\n"
		 "copy 3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad "
		 "1970-01-02\n",
		 "on the day of what it says, or later"},
		{"stance", "actor X\ngrade a\nrevises y\n", "must end here"},
		{"citation", "claim x\n", "this line must be `source"},
		{"citation", "claim x\n" TALE_SOURCE "paid-by y\n", "with another one alone"},
		{"citation", "claim x\n" TALE_SOURCE POLL, "this line must be `sampling"},
		{"demand", "number 0\ntext x\n", "decimal number, from 1"},
		{"demand", "number 100\ntext x\n", "decimal number, from 1"},
		{"move", "demand 1\nactor X\nstate lost\nwords y\n", "open offered accepted"},
		{"reply", "actor X\n", "this line must be `text"},
		{"delivery", "actor X\nwords y\n", "this line must be `source"},
		{"notice", "about removal\nwords y\n", "a removal has `of`"},
		{"notice", "about correction\nreason off-topic\nwords y\n", "a removal has `of`"},
		{"notice", "about appeal\nwords y\n", "a removal has `of`"},
		{"notice", "about revocation\nwords y\n", "a revocation"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes text =
			tale_text(&tale, cases[i].kind, TALE_ORGANISER, NULL, cases[i].lines);
		struct problem problem = {0};
		struct story_text read;
		const enum undersign_status status = story_text_parse(&read, text, &problem);

		assert_int_equal(status, UNDERSIGN_E_FORMAT);
		assert_true(read.kind == STORY_KINDS);
		if (!strstr(problem.rule, cases[i].rule))
			fail_msg("%s%s: refused by `%s`", cases[i].kind, cases[i].lines,
				 problem.rule);
	}
}

static void refuses_polls_that_do_not_add_up(void **state)
{
	static const struct {
		const char *from, *to, *rule;
	} cases[] = {
		{"answer 410", "answer 1000", "100 % together"},
		{"merged 1,2", "merged 1,6", "numbers of its answers"},
		{"merged 1,2", "merged 2,1", "ascending"},
		{"merged 1,2", "merged 1,,2", "ascending"},
		{"merged 1,2", "merged 1,", "ascending"},
		{"from 1970-01-01", "from 1970-01-03", "end before it begins"},
		{"until 1970-01-02", "until 1970-01-12", "after it has ended"},
		{"asked 1329", "asked 0", "from 1"},
		{"asked 1329", "asked 1329", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char lines[2000] = {0};
		const char *at = strstr(poll, cases[i].from);
		struct problem problem = {0};
		struct story_text read;

		assert_non_null(at);
		snprintf(lines, sizeof lines, "%.*s%s%s", (int)(at - poll), poll, cases[i].to,
			 at + strlen(cases[i].from));
		const enum undersign_status status = story_text_parse(
			&read, tale_text(&tale, "citation", TALE_ORGANISER, NULL, lines), &problem);
		assert_int_equal(status, cases[i].rule ? UNDERSIGN_E_FORMAT : UNDERSIGN_OK);
		if (cases[i].rule && !strstr(problem.rule, cases[i].rule))
			fail_msg("%s: refused by `%s`", cases[i].to, problem.rule);
	}
}

/* --- Polls --------------------------------------------------------------------------------------
 */

static void computes_the_sampling_error(void **state)
{
	static const struct {
		uint64_t share, n, error;
	} cases[] = {
		/* 1.96 · sqrt(p (1 - p) / n) in tenths of a point, by hand. */
		{660, 1329, 25}, {500, 1329, 27}, {500, 1000, 31},      {500, 1, 980},
		{0, 1329, 0},    {1000, 10, 0},   {500, 9604, 10},      {100, 400, 29},
		{500, 0, 0},     {1001, 10, 0},   {500, 1000000000, 0},
	};
	struct story_text text;
	struct story_poll found;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (story_sampling_error(cases[i].share, cases[i].n) != cases[i].error)
			fail_msg("%zu: %zu", i,
				 (size_t)story_sampling_error(cases[i].share, cases[i].n));
	assert_int_equal(story_text_parse(&text,
					  tale_text(&tale, "citation", TALE_ORGANISER, NULL, poll),
					  NULL),
			 UNDERSIGN_OK);
	assert_true(story_poll(&found, &text));
	assert_true(found.asked == 1329 && found.joined == 660 && found.n_joined == 2);
	assert_true(found.is_sample && found.error == 25 && found.error_most == 27);
}

static unsigned lints_in(const char *language, const char *population, const char *claim,
			 const char *middle, const char *sampling, const char *merged,
			 const char *letter, struct bytes *called)
{
	char lines[3000];
	struct story_text text;
	struct problem problem = {0};

	snprintf(lines, sizeof lines,
		 "claim %s\n" TALE_SOURCE "asked-by A\npaid-by B\nquestion C\n"
		 "answer 410 yes, certainly\nanswer 250 rather yes\nanswer 340 no\n"
		 "merged %s\nasked 1329\npopulation %s\n%s"
		 "sampling %s\nmode m\nfrom 1970-01-01\nuntil 1970-01-02\nweighting none\n",
		 claim, merged, population, middle, sampling);
	if (story_text_parse(&text, tale_text(&tale, "citation", TALE_ORGANISER, NULL, lines),
			     &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s", problem.rule, problem.what);
	return story_lints(called, &text, BYTES(letter), BYTES(language));
}

static unsigned lints_of(const char *claim, const char *middle, const char *sampling,
			 const char *merged, const char *letter, struct bytes *called)
{
	return lints_in("en", "registered customers", claim, middle, sampling, merged, letter,
			called);
}

static void says_where_the_letter_says_more(void **state)
{
	struct bytes called;

	(void)state;
	/* The control: one answer, its own word, its own share. */
	assert_int_equal(lints_of("41 % of customers want it", "", "random", "1",
				  "Since 41 % of *customers*\nwant it, do it.", &called),
			 0);
	assert_int_equal(lints_of("66 % of customers", "", "random", "1,2", "", &called),
			 STORY_LINT_JOINED);
	assert_int_equal(lints_of("41 % of the public", "", "random", "1", "", &called),
			 STORY_LINT_CALLED);
	assert_bytes_equal(called, BYTES("public"));
	assert_int_equal(lints_of("most of Americans", "", "random", "1", "", &called),
			 STORY_LINT_CALLED);
	assert_bytes_equal(called, BYTES("Americans"));
	/* "publication" is not "public"; what the record says comes first. */
	assert_int_equal(lints_of("customers want publication", "", "random", "1", "", &called), 0);
	assert_int_equal(
		lints_of("all valleys want it", "called all valleys\n", "random", "1", "", &called),
		STORY_LINT_CALLED);
	assert_bytes_equal(called, BYTES("all valleys"));
	assert_int_equal(lints_of("they want it", "called Customers\n", "random", "1", "", &called),
			 0);
	assert_int_equal(lints_of("44 % of customers", "", "random", "1", "", &called),
			 STORY_LINT_SHARE);
	assert_int_equal(lints_of("41.0 per cent, 12 of 30", "", "random", "1", "", &called), 0);
	assert_int_equal(lints_of("41.2 % of customers", "", "random", "1", "", &called),
			 STORY_LINT_SHARE);
	assert_int_equal(lints_of("they want it", "", "self-selected", "1", "", &called),
			 STORY_LINT_NO_SAMPLE);
	assert_int_equal(lints_of("they want it", "", "all", "1", "", &called), 0);
	assert_int_equal(lints_of("they want it", "", "random", "1", "They all want it.", &called),
			 STORY_LINT_NOT_SAID);
	assert_int_equal(lints_of("aab", "", "random", "1", "aaab", &called), 0);
}

static void knows_everybody_in_each_language(void **state)
{
	static const struct {
		const char *language, *population, *claim, *called; /* NULL: nothing to say */
	} cases[] = {
		{"de", "Kundinnen", "die Bürgerinnen wollen es", "Bürgerinnen"},
		{"de-CH", "Kundinnen", "DIE ÖFFENTLICHKEIT WILL ES", "ÖFFENTLICHKEIT"},
		/* One word in its forms: they were the ones who were asked. */
		{"de", "Wahlberechtigte, Wählerinnen", "das wollen die Wähler", NULL},
		{"de", "Kundinnen", "die Bürgermeister und das Volksfest", NULL},
		{"fr", "clients", "c’est l’opinion publique", "opinion publique"},
		{"FR", "clients", "41\xc2\xa0% des « électeurs »", "électeurs"},
		{"fr", "électrices inscrites", "les Électeurs le veulent", NULL},
		{"fr", "clients", "la publicité le dit", NULL},
		{"es", "clientes", "lo quiere la ciudadanía", "ciudadanía"},
		{"es-MX", "clientes", "¿Todos lo quieren?", "Todos"},
		{"es", "votantes inscritos", "lo quieren los votantes", NULL},
		{"es", "clientes", "lo quiere el poblado", NULL},
		{"ar", "زبائن", "هذا ما يريده المواطنون؟", "المواطنون"},
		{"ar-EG", "زبائن", "نعم، الناس، يريدونه", "الناس"},
		{"ar", "ناخبون مسجلون", "يريده الناخبون", NULL},
		{"ar", "زبائن", "يريده النسناس", NULL},
		/* Each has its own; where there are none, the English ones. */
		{"en", "customers", "die Leute wollen es", NULL},
		{"de", "Kundinnen", "people want it", NULL},
		{"it", "clienti", "people want it", "people"},
		{"deu", "Kundinnen", "die Leute wollen es", NULL},
		{"", "customers", "people want it", "people"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct bytes called;
		const unsigned lints = lints_in(cases[i].language, cases[i].population,
						cases[i].claim, "", "random", "1", "", &called);
		const struct bytes wanted = BYTES(cases[i].called ? cases[i].called : "");

		if ((lints & STORY_LINT_CALLED) != (cases[i].called ? STORY_LINT_CALLED : 0u) ||
		    !bytes_are_equal(called, wanted))
			fail_msg("%s: `%s` gives `%.*s`", cases[i].language, cases[i].claim,
				 (int)called.len, (const char *)called.data);
	}
}

static void checks_copies(void **state)
{
	struct story_text text;
	struct story_copy copy;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(story_text_parse(&text,
					  tale_text(&tale, "citation", TALE_ORGANISER, NULL, poll),
					  NULL),
			 UNDERSIGN_OK);
	assert_true(story_copy(&copy, &text));
	assert_int_equal(story_copy_check(&copy, BYTES("abc"), NULL), UNDERSIGN_OK);
	assert_int_equal(story_copy_check(&copy, BYTES("abd"), &problem), UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.what, "SHA-256 is another"));
	assert_int_equal(story_copy_check(&copy, BYTES("ab"), &problem), UNDERSIGN_E_INVALID);
}

/* --- What holds ---------------------------------------------------------------------------------
 */

static void assert_void(const uint8_t *id, const char *rule)
{
	const struct story_record *record = tale_record(&tale, id);

	if (record->state != STORY_VOID || !record->rule || !strstr(record->rule, rule))
		fail_msg("wanted `%s`, is %d by `%s`", rule, (int)record->state,
			 record->rule ? record->rule : "");
}

static void assert_state(const uint8_t *id, enum story_state state)
{
	const struct story_record *record = tale_record(&tale, id);

	if (record->state != state)
		fail_msg("wanted %d, is %d by `%s`", (int)state, (int)record->state,
			 record->rule ? record->rule : "");
}

/* Those who take part, the scale and two demands. */
static void add_beginning(void)
{
	tale_add(&tale, "actor", TALE_ORGANISER, NULL,
		 with("role addressed\nname Ministry\n", "key", tale_vkey(TALE_MINISTRY)));
	tale_add(&tale, "actor", TALE_ORGANISER, NULL,
		 with("role mediator\nname Ombudsperson\n", "key", tale_vkey(TALE_MEDIATOR)));
	tale_add(&tale, "actor", TALE_ORGANISER, NULL,
		 with("role person\nname Ilse\n", "key", tale_vkey(TALE_PERSON)));
	tale_add(&tale, "scale", TALE_ORGANISER, NULL, "grade some\ngrade all\n");
	tale_add(&tale, "demand", TALE_ORGANISER, NULL, "number 1\ntext Publish.\n");
	tale_add(&tale, "demand", TALE_ORGANISER, NULL, "number 2\ntext Explain.\n");
}

static void tells_of_authors(void **state)
{
	(void)state;
	add_beginning();
	const uint8_t *reply =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext No.\n");
	const uint8_t *forged =
		tale_add(&tale, "reply", TALE_STRANGER, NULL, "actor Ministry\ntext Yes.\n");
	const uint8_t *other =
		tale_add(&tale, "reply", TALE_MEDIATOR, NULL, "actor Ministry\ntext Yes.\n");
	const uint8_t *cited = tale_add(&tale, "reply", TALE_ORGANISER, NULL,
					"actor Council\ntext Yes.\n" TALE_SOURCE);
	const uint8_t *uncited =
		tale_add(&tale, "reply", TALE_ORGANISER, NULL, "actor Council\ntext Yes.\n");
	const uint8_t *actor =
		tale_add(&tale, "actor", TALE_MINISTRY, NULL, "role person\nname Nobody\n");
	const uint8_t *twice = tale_add(&tale, "actor", TALE_ORGANISER, NULL,
					"role person\nname Ministry\nabout again\n");
	const uint8_t *endorsed =
		tale_add(&tale, "endorsement", TALE_PERSON, NULL, "actor Ilse\nstate given\n");
	const uint8_t *again = tale_add(&tale, "endorsement", TALE_PERSON, NULL,
					"actor Ilse\nstate given\nwords twice\n");
	const uint8_t *claimed = tale_add(&tale, "endorsement", TALE_ORGANISER, NULL,
					  "actor Ilse\nstate given\nwords so she says\n");
	const uint8_t *addressed = tale_add(&tale, "endorsement", TALE_MINISTRY, NULL,
					    "actor Ministry\nstate given\n");
	tale.day = 101;
	const uint8_t *early =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext Later.\n");
	tale_tell(&tale);
	assert_state(reply, STORY_HOLDS);
	assert_true(tale_record(&tale, reply)->is_signed);
	assert_void(forged, "a key that the organiser introduced for its actor");
	assert_void(other, "a key that the organiser introduced for its actor");
	assert_state(cited, STORY_HOLDS);
	assert_false(tale_record(&tale, cited)->is_signed);
	assert_void(uncited, "has a source and an archived copy");
	assert_void(actor, "is signed by the organiser");
	assert_void(twice, "introduced once");
	assert_state(endorsed, STORY_HOLDS);
	assert_void(again, "somebody endorses once");
	assert_void(claimed, "signed with a key that the endorser controls");
	assert_void(addressed, "people and institutions endorse");
	assert_void(early, "not dated after the epoch");
	assert_true(tale.story.people == 1 && tale.story.institutions == 0);
	assert_true(tale.story.voids == 9);
}

static void tells_of_revisions(void **state)
{
	const uint8_t nothing[SHA256_BYTES] = {1};

	(void)state;
	add_beginning();
	const uint8_t *first =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext No.\n");
	const uint8_t *lost = tale_add(&tale, "reply", TALE_MINISTRY, nothing,
				       "actor Ministry\ntext Of nothing.\n");
	const uint8_t *move = tale_add(&tale, "move", TALE_MINISTRY, first,
				       "demand 1\nactor Ministry\nwords Another kind.\n");
	const uint8_t *organisers = tale_add(&tale, "reply", TALE_ORGANISER, first,
					     "actor Ministry\ntext Yes!\n" TALE_SOURCE);
	tale.day = 9;
	const uint8_t *before =
		tale_add(&tale, "reply", TALE_MINISTRY, first, "actor Ministry\ntext Before.\n");
	tale.day = 11;
	tale.epoch = 1;
	const uint8_t *second =
		tale_add(&tale, "reply", TALE_MINISTRY, first, "actor Ministry\ntext Perhaps.\n");
	const uint8_t *branch =
		tale_add(&tale, "reply", TALE_MINISTRY, first, "actor Ministry\ntext Or not.\n");
	const uint8_t *third =
		tale_add(&tale, "reply", TALE_MINISTRY, second, "actor Ministry\ntext Yes.\n");
	const uint8_t *of_void = tale_add(&tale, "reply", TALE_MINISTRY, lost,
					  "actor Ministry\ntext Of what is void.\n");
	tale.epoch = 0;
	const uint8_t *too_soon = tale_add(&tale, "reply", TALE_MINISTRY, third,
					   "actor Ministry\ntext Of a later epoch.\n");
	tale_tell(&tale);
	assert_state(first, STORY_REVISED);
	assert_state(second, STORY_REVISED);
	assert_state(third, STORY_HOLDS);
	assert_true(story_first(&tale.story, story_find(&tale.story, third)) ==
		    story_find(&tale.story, first));
	assert_void(lost, "names a record that the log has");
	assert_void(move, "of the same kind");
	assert_void(organisers, "by the same side");
	assert_void(before, "not dated before what it revises");
	assert_void(branch, "revised once");
	assert_void(of_void, "names a record that holds");
	assert_void(too_soon, "of its epoch or an earlier one");
}

static void tells_of_stances(void **state)
{
	(void)state;
	const uint8_t *soon = tale_add(&tale, "stance", TALE_ORGANISER, NULL,
				       "actor Brisk\ngrade some\nquote a\n" TALE_SOURCE);
	tale.epoch = 1;
	add_beginning();
	const uint8_t *scale =
		tale_add(&tale, "scale", TALE_ORGANISER, NULL, "grade none\ngrade every\n");
	tale_add(&tale, "stance", TALE_ORGANISER, NULL, "actor Brisk\ngrade some\n" TALE_SOURCE);
	tale.day = 12;
	const uint8_t *off = tale_add(&tale, "stance", TALE_ORGANISER, NULL,
				      "actor Brisk\ngrade every\n" TALE_SOURCE);
	tale_add(&tale, "stance", TALE_ORGANISER, NULL, "actor Cadwen\ngrade all\n" TALE_SOURCE);
	tale.day = 14;
	tale_add(&tale, "stance", TALE_ORGANISER, NULL, "actor Galden\ngrade some\n" TALE_SOURCE);
	tale.day = 16;
	tale_add(&tale, "stance", TALE_ORGANISER, NULL, "actor Brisk\ngrade all\n" TALE_SOURCE);
	tale.day = 18;
	tale_add(&tale, "stance", TALE_ORGANISER, NULL,
		 "actor Galden\ngrade withdrawn\n" TALE_SOURCE);
	tale_add(&tale, "stance", TALE_ORGANISER, NULL,
		 "actor Brisk\ngrade all\nquote said again\n" TALE_SOURCE);
	tale_tell(&tale);
	assert_void(soon, "after the letter's scale");
	assert_void(off, "a grade of the letter's scale");
	assert_void(scale, "publishes its scale once");
	const struct story *story = &tale.story;
	assert_true(story->n_grades == 2 && story->n_standings == 3 && story->n_changes == 5);
	assert_bytes_equal(story->standings[0].name, BYTES("Cadwen"));
	assert_bytes_equal(story->standings[1].name, BYTES("Brisk"));
	assert_true(story->standings[1].grade == 1 && story->standings[1].since == 16 * 86400);
	assert_bytes_equal(story->standings[2].name, BYTES("Galden"));
	assert_true(story->standings[2].grade == 2);
	assert_true(story->totals[0] == 0 && story->totals[1] == 2 && story->totals[2] == 1);
	assert_true(story->changes[3].standing == 1 && story->changes[3].before == 0);
}

static void tells_of_demands(void **state)
{
	(void)state;
	add_beginning();
	const uint8_t *twice =
		tale_add(&tale, "demand", TALE_ORGANISER, NULL, "number 1\ntext Something else.\n");
	tale_add(&tale, "move", TALE_MINISTRY, NULL,
		 "demand 1\nactor Ministry\nstate refused\nwords No.\n");
	tale.day = 12;
	tale_add(&tale, "move", TALE_MEDIATOR, NULL,
		 "demand 1\nactor Ombudsperson\nwords Within 48 hours?\n");
	tale.day = 14;
	tale_add(&tale, "move", TALE_MINISTRY, NULL,
		 "demand 1\nactor Ministry\nstate offered\nwords From January.\n");
	const uint8_t *stray = tale_add(&tale, "move", TALE_MEDIATOR, NULL,
					"demand 3\nactor Ombudsperson\nstate met\nwords What?\n");
	tale_tell(&tale);
	assert_void(twice, "number stands once");
	assert_void(stray, "a demand of the letter");
	assert_true(tale.story.n_demands == 2);
	assert_true(tale.story.demands[0].state == STORY_OFFERED);
	assert_true(tale.story.demands[0].since == 14 * 86400);
	assert_true(tale.story.demands[0].n_moves == 3);
	assert_true(tale.story.demands[1].state == STORY_OPEN);
	assert_true(tale.story.demands[1].since == 10 * 86400);
}

#define EARLIER(id, opened, as_of, signed)                                                         \
	"earlier " id "\ntitle Before\nopened " opened "\nas-of " as_of "\n" signed "text One.\n"
#define ID_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ID_B "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void tells_of_earlier_versions(void **state)
{
	char own[400];

	(void)state;
	add_beginning();
	const uint8_t *first = tale_add(&tale, "earlier", TALE_ORGANISER, NULL,
					EARLIER(ID_A, "1970-01-02", "1970-01-05", "signed 7\n"));
	const uint8_t *twice = tale_add(&tale, "earlier", TALE_ORGANISER, NULL,
					EARLIER(ID_A, "1970-01-02", "1970-01-05", "signed 8\n"));
	const uint8_t *other = tale_add(&tale, "earlier", TALE_ORGANISER, NULL,
					EARLIER(ID_B, "1970-01-02", "1970-01-02", ""));
	const uint8_t *foreign = tale_add(&tale, "earlier", TALE_MINISTRY, NULL,
					  EARLIER(ID_B, "1970-01-02", "1970-01-03", ""));
	const uint8_t *early = tale_add(&tale, "earlier", TALE_ORGANISER, NULL,
					EARLIER(ID_B, "1970-01-06", "1970-01-05", ""));
	const uint8_t *late = tale_add(&tale, "earlier", TALE_ORGANISER, NULL,
				       EARLIER(ID_B, "1970-01-06", "1980-01-05", ""));
	snprintf(own, sizeof own, "earlier %s\ntitle Itself\nopened 1970-01-02\nas-of 1970-01-02\n",
		 tale_id(tale.items[0].text.letter));
	const uint8_t *itself = tale_add(&tale, "earlier", TALE_ORGANISER, NULL, own);
	const uint8_t *revised = tale_add(&tale, "earlier", TALE_ORGANISER, first,
					  EARLIER(ID_A, "1970-01-02", "1970-01-06", "signed 9\n"));
	const uint8_t *changed = tale_add(&tale, "earlier", TALE_ORGANISER, other,
					  EARLIER(ID_A, "1970-01-02", "1970-01-06", "signed 9\n"));
	tale_tell(&tale);
	/* In one epoch the log's order decides which of two is the first. */
	assert_state(first, STORY_REVISED);
	assert_void(twice, "named once");
	assert_state(other, STORY_HOLDS);
	assert_void(foreign, "signed by the organiser");
	assert_void(early, "opened, counted and then told of");
	assert_void(late, "opened, counted and then told of");
	assert_void(itself, "another letter");
	assert_state(revised, STORY_HOLDS);
	assert_void(changed, "of the same earlier version");
}

static void tells_of_revoked_keys(void **state)
{
	(void)state;
	add_beginning();
	const uint8_t *before =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext No.\n");
	const uint8_t *organisers =
		tale_add(&tale, "notice", TALE_ORGANISER, NULL,
			 with(with("about revocation\n", "key", tale_vkey(TALE_MINISTRY)), "words",
			      "by the organiser"));
	const uint8_t *unknown =
		tale_add(&tale, "notice", TALE_ORGANISER, NULL,
			 with(with("about revocation\n", "key", tale_vkey(TALE_STRANGER)), "words",
			      "of nobody"));
	tale.epoch = 2;
	const uint8_t *own =
		tale_add(&tale, "notice", TALE_MINISTRY, NULL,
			 with(with("about revocation\n", "key", tale_vkey(TALE_MINISTRY)), "words",
			      "stolen"));
	const uint8_t *with_it =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext Yes.\n");
	tale.epoch = 3;
	const uint8_t *after =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext Yes, yes.\n");
	const uint8_t *mediators =
		tale_add(&tale, "notice", TALE_ORGANISER, NULL,
			 with(with("about revocation\n", "key", tale_vkey(TALE_MEDIATOR)), "words",
			      "it left"));
	tale_tell(&tale);
	assert_state(before, STORY_HOLDS);
	assert_void(organisers, "unless it is of somebody whom the letter addresses");
	assert_void(unknown, "a key that was introduced");
	assert_state(own, STORY_HOLDS);
	assert_void(with_it, "was revoked");
	assert_void(after, "was revoked");
	assert_state(mediators, STORY_HOLDS);
}

static const uint8_t *add_removal(const uint8_t *of, enum tale_signer signer)
{
	return tale_add(&tale, "notice", signer, NULL,
			with(with("about removal\n", "of", tale_id(of)),
			     tale.day < 31 ? "reason private-person\nuntil 1970-02-01\nwords"
					   : "reason private-person\nuntil 1970-05-01\nwords",
			     "names somebody"));
}

static void tells_of_removals(void **state)
{
	(void)state;
	add_beginning();
	const uint8_t *addressed =
		tale_add(&tale, "reply", TALE_MINISTRY, NULL, "actor Ministry\ntext No.\n");
	const uint8_t *first = tale_add(&tale, "move", TALE_MEDIATOR, NULL,
					"demand 1\nactor Ombudsperson\nwords A name.\n");
	const uint8_t *second = tale_add(&tale, "move", TALE_MEDIATOR, first,
					 "demand 1\nactor Ombudsperson\nwords No name.\n");
	const uint8_t *third = tale_add(&tale, "move", TALE_MEDIATOR, second,
					"demand 1\nactor Ombudsperson\nwords A name again.\n");
	tale.day = 12;
	tale.epoch = 1;
	const uint8_t *forbidden = add_removal(addressed, TALE_ORGANISER);
	const uint8_t *strangers = add_removal(first, TALE_STRANGER);
	const uint8_t *of_first = add_removal(first, TALE_ORGANISER);
	const uint8_t *of_third = add_removal(third, TALE_ORGANISER);
	const uint8_t *of_notice = add_removal(of_first, TALE_ORGANISER);
	tale_tell(&tale);
	assert_void(forbidden, "those addressed have signed cannot be removed");
	assert_void(strangers, "is signed by the organiser");
	assert_void(of_notice, "are not removed");
	assert_state(of_first, STORY_HOLDS);
	assert_state(first, STORY_REMOVED);
	assert_state(second, STORY_HOLDS);
	assert_state(third, STORY_REMOVED);
	assert_true(tale.story.removals == 2);

	const uint8_t *late, *appeal, *stranger, *decision;
	tale.epoch = 2;
	tale.day = 13;
	appeal = tale_add(
		&tale, "notice", TALE_MEDIATOR, NULL,
		with(with("about appeal\n", "of", tale_id(of_third)), "words", "it is public"));
	stranger = tale_add(&tale, "notice", TALE_MINISTRY, NULL,
			    with(with("about appeal\n", "of", tale_id(of_third)), "words", "so?"));
	tale.day = 40;
	late = tale_add(&tale, "notice", TALE_MEDIATOR, NULL,
			with(with("about appeal\n", "of", tale_id(of_first)), "words", "late"));
	decision = tale_add(&tale, "notice", TALE_ORGANISER, NULL,
			    with(with("about decision\n", "of", tale_id(appeal)),
				 "outcome reversed\nwords", "it is"));
	const uint8_t *again = tale_add(&tale, "notice", TALE_ORGANISER, NULL,
					with(with("about decision\n", "of", tale_id(appeal)),
					     "outcome upheld\nwords", "or not"));
	tale_tell(&tale);
	assert_state(appeal, STORY_HOLDS);
	assert_void(stranger, "a key of whom the removed record is about");
	assert_void(late, "not dated after the day");
	assert_state(decision, STORY_HOLDS);
	assert_void(again, "decided once");
	assert_state(third, STORY_HOLDS);
	assert_state(second, STORY_REVISED);
	assert_state(first, STORY_REMOVED);
	assert_true(tale.story.removals == 1);
}

static void does_not_count_a_text_twice(void **state)
{
	(void)state;
	add_beginning();
	tale_add(&tale, "endorsement", TALE_PERSON, NULL, "actor Ilse\nstate given\n");
	tale_add(&tale, "endorsement", TALE_PERSON, NULL, "actor Ilse\nstate given\n");
	tale_tell(&tale);
	assert_true(tale.story.people == 1 && tale.story.voids == 1);
	assert_non_null(strstr(tale.story.records[7].rule, "stands in the log twice"));
}

/* --- Order --------------------------------------------------------------------------------------
 */

/* All that follows from a story, without the places of its records. */
static void sum_up(uint8_t out[static SHA256_BYTES])
{
	const struct story *story = &tale.story;
	struct sha256 hash;

	sha256_begin(&hash);
	for (size_t i = 0; i < story->n_standings; i++) {
		const struct story_standing *one = &story->standings[i];

		sha256_add(&hash, one->name.data, one->name.len);
		sha256_add(&hash, &one->grade, sizeof one->grade);
		sha256_add(&hash, &one->since, sizeof one->since);
		sha256_add(&hash, story->records[one->record].item->id, SHA256_BYTES);
	}
	for (size_t i = 0; i < story->n_changes; i++) {
		sha256_add(&hash, story->records[story->changes[i].record].item->id, SHA256_BYTES);
		sha256_add(&hash, &story->changes[i].grade, sizeof story->changes[i].grade);
		sha256_add(&hash, &story->changes[i].standing, sizeof story->changes[i].standing);
	}
	for (size_t i = 0; i < story->n_demands; i++) {
		const struct story_demand *demand = &story->demands[i];

		sha256_add(&hash, &demand->number, sizeof demand->number);
		sha256_add(&hash, &demand->state, sizeof demand->state);
		sha256_add(&hash, &demand->since, sizeof demand->since);
		for (size_t m = 0; m < demand->n_moves; m++)
			sha256_add(&hash, story->records[demand->moves[m]].item->id, SHA256_BYTES);
	}
	sha256_add(&hash, story->totals, (story->n_grades + 1) * sizeof story->totals[0]);
	sha256_add(&hash, &story->people, sizeof story->people);
	sha256_add(&hash, &story->institutions, sizeof story->institutions);
	sha256_add(&hash, &story->endorsements_withdrawn, sizeof story->endorsements_withdrawn);
	sha256_add(&hash, &story->removals, sizeof story->removals);
	sha256_add(&hash, &story->voids, sizeof story->voids);
	sha256_end(&hash, out);
}

/* The states, by ID: independent of where the records stand. */
static void remember_states(enum story_state *out, const uint8_t *const *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = tale_record(&tale, ids[i])->state;
}

/* A story in which no two records of one epoch exclude each other; every date is another. */
static size_t add_at_random(const uint8_t **ids, struct test_random *random, size_t n)
{
	static const char *const actors[] = {"Brisk", "Cadwen", "Dorrel", "Ebbing"};
	static const char *const states[] = {"offered", "accepted", "refused", "met"};
	const uint8_t *reply = NULL;
	size_t n_ids = 0;

	add_beginning();
	for (size_t i = 0; i < n; i++) {
		char lines[1000];

		tale.day++;
		if (tale.day + 1 > 100 + tale.epoch)
			break;
		tale.epoch += test_random_below(random, 4) == 0;
		switch (test_random_below(random, 6)) {
		case 0:
			snprintf(lines, sizeof lines, "actor %s\ngrade %s\n" TALE_SOURCE,
				 actors[test_random_below(random, 4)],
				 test_random_below(random, 2) ? "some" : "all");
			ids[n_ids++] = tale_add(&tale, "stance", TALE_ORGANISER, NULL, lines);
			break;
		case 1:
			snprintf(lines, sizeof lines,
				 "demand %zu\nactor Ministry\nstate %s\nwords w\n",
				 1 + test_random_below(random, 2),
				 states[test_random_below(random, 4)]);
			ids[n_ids++] = tale_add(&tale, "move", TALE_MINISTRY, NULL, lines);
			break;
		case 2:
			snprintf(lines, sizeof lines, "actor Ministry\ntext %zu\n", i);
			reply = ids[n_ids++] =
				tale_add(&tale, "reply", TALE_MINISTRY, reply, lines);
			break;
		case 3:
			snprintf(lines, sizeof lines, "actor Ministry\ntext %zu\n", i);
			ids[n_ids++] = tale_add(&tale, "reply", TALE_STRANGER, NULL, lines);
			break;
		case 4:
			snprintf(lines, sizeof lines, "actor Galden\ngrade off %zu\n" TALE_SOURCE,
				 i);
			ids[n_ids++] = tale_add(&tale, "stance", TALE_ORGANISER, NULL, lines);
			break;
		default:
			if (n_ids == 0)
				break;
			/* At most one removal of each. */
			if (n_ids > 1 && ids[n_ids - 1] != ids[n_ids - 2])
				ids[n_ids] = add_removal(ids[n_ids - 1], TALE_ORGANISER), n_ids++;
		}
	}
	return n_ids;
}

static void swap(struct story_item *a, struct story_item *b)
{
	struct story_item held = *a;

	*a = *b;
	*b = held;
}

/* Every order of an epoch's records that the log may have gives the same. */
static void shuffle_epochs(struct test_random *random)
{
	for (size_t i = tale.n; i > 1; i--) {
		size_t first = i - 1;

		while (first > 0 && tale.items[first - 1].epoch == tale.items[i - 1].epoch)
			first--;
		const size_t with_it = first + test_random_below(random, i - first);
		const uint64_t entry = tale.items[i - 1].entry;

		tale.items[i - 1].entry = tale.items[with_it].entry;
		tale.items[with_it].entry = entry;
		swap(&tale.items[i - 1], &tale.items[with_it]);
	}
	for (size_t i = 0; i < tale.n; i++)
		tale.items[i].entry = 10 + i;
}

static void tells_the_same_in_every_order(void **state)
{
	struct test_random random = test_random_new();
	const size_t n_stories = test_is_full() ? 2000 : 60;

	(void)state;
	for (size_t s = 0; s < n_stories; s++) {
		const uint8_t *ids[TALE_MAX];
		enum story_state before[TALE_MAX], after[TALE_MAX];
		uint8_t wanted[SHA256_BYTES], found[SHA256_BYTES];

		tale_end(&tale);
		tale_begin(&tale);
		const size_t n = add_at_random(ids, &random, 70);
		tale_tell(&tale);
		sum_up(wanted);
		remember_states(before, ids, n);
		for (size_t turn = 0; turn < 20; turn++) {
			shuffle_epochs(&random);
			tale_tell(&tale);
			sum_up(found);
			assert_memory_equal(found, wanted, sizeof wanted);
			/* And the array's order says nothing at all. */
			for (size_t i = tale.n; i > 1; i--)
				swap(&tale.items[i - 1],
				     &tale.items[test_random_below(&random, i)]);
			tale_tell(&tale);
			sum_up(found);
			assert_memory_equal(found, wanted, sizeof wanted);
			remember_states(after, ids, n);
			assert_memory_equal(after, before, n * sizeof before[0]);
			for (size_t i = 0; i < tale.n; i++)
				while (tale.items[i].entry != 10 + i)
					swap(&tale.items[i], &tale.items[tale.items[i].entry - 10]);
		}
	}
}

/* The control: of two that exclude each other the first in the log holds, so that another order is
 * another story. */
static void tells_who_came_first(void **state)
{
	(void)state;
	add_beginning();
	const uint8_t *a = tale_add(&tale, "demand", TALE_ORGANISER, NULL, "number 3\ntext a\n");
	const uint8_t *b = tale_add(&tale, "demand", TALE_ORGANISER, NULL, "number 3\ntext b\n");
	tale_tell(&tale);
	assert_state(a, STORY_HOLDS);
	assert_void(b, "number stands once");
	tale.items[6].entry = 17;
	tale.items[7].entry = 16;
	tale_tell(&tale);
	assert_state(b, STORY_HOLDS);
	assert_void(a, "number stands once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_all_kinds, begin, end),
		cmocka_unit_test_setup_teardown(refuses_what_is_not_the_form, begin, end),
		cmocka_unit_test_setup_teardown(refuses_polls_that_do_not_add_up, begin, end),
		cmocka_unit_test_setup_teardown(computes_the_sampling_error, begin, end),
		cmocka_unit_test_setup_teardown(says_where_the_letter_says_more, begin, end),
		cmocka_unit_test_setup_teardown(knows_everybody_in_each_language, begin, end),
		cmocka_unit_test_setup_teardown(checks_copies, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_authors, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_revisions, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_stances, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_demands, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_earlier_versions, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_revoked_keys, begin, end),
		cmocka_unit_test_setup_teardown(tells_of_removals, begin, end),
		cmocka_unit_test_setup_teardown(does_not_count_a_text_twice, begin, end),
		cmocka_unit_test_setup_teardown(tells_the_same_in_every_order, begin, end),
		cmocka_unit_test_setup_teardown(tells_who_came_first, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

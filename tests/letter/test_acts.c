/* What stewards log besides their lists: what is taken, what is told, and that no count depends on
 * it. */
#include "desk.h"

#include "roster_acts.h"

static struct desk desk;
static struct snapshot_record records[DESK_ROSTERS_MAX];
static struct acts acts[DESK_ROSTERS_MAX];

struct told {
	size_t n;
	struct problem last;
};

static void tell(void *cookie, const struct problem *problem)
{
	struct told *told = cookie;

	told->n++;
	told->last = *problem;
}

static void begin(void)
{
	desk_begin(&desk, 31);
	desk_add_usual(&desk);
	desk_publish(&desk);
	for (size_t r = 0; r < desk.n_rosters; r++)
		records[r] = desk.rosters[r].records[0];
}

static const char *key_text(enum desk_signer signer)
{
	static uint8_t text[2][512];
	static unsigned turn;
	struct note_key key = desk_key(signer);
	uint8_t *out = text[turn++ % 2];
	struct writer writer = writer_new(out, sizeof text[0] - 1);

	note_key_write(&writer, &key);
	out[writer_view(&writer).len] = '\0';
	return (const char *)out;
}

/* A text of Alder, of which `rest` stands between edition and key. */
static struct bytes text_of(const char *kind, const char *roster, const char *edition,
			    const char *rest, enum desk_signer key)
{
	char *text = ARENA_TAKE(desk.arena, char, 2048);
	int len = snprintf(text, 2048, "undersigned %s\nroster %s\nedition %s\n%skey %s\n", kind,
			   roster, edition, rest, key_text(key));

	assert_true(len > 0 && len < 2048);
	return bytes_from(text, (size_t)len);
}

#define RULES(rest)    text_of("evidence-rules v1", "Alder, enrolled", "1", rest, DESK_STEWARD)
#define REFUSALS(rest) text_of("refusals v1", "Alder, enrolled", "1", rest, DESK_STEWARD)

static struct bytes sampled_text(const uint8_t *snapshot, unsigned drawn, unsigned opened)
{
	char rest[400], id[64] = {0};
	struct writer writer = writer_new(id, sizeof id - 1);

	writer_base64(&writer, bytes_from(snapshot, SHA256_BYTES));
	snprintf(rest, sizeof rest,
		 "date 2031-04-05\nsnapshot %s\ncheckpoint %064d\ndrawn %u\nopened %u\n", id, 0,
		 drawn, opened);
	return text_of("sample v1", "Alder, enrolled", "1", rest, DESK_STEWARD);
}

static void read_acts(struct told *told)
{
	const struct roster_acts_told teller = {tell, told};

	memset(told, 0, sizeof *told);
	roster_acts_read(acts, records, desk.n_rosters, desk.replay, &teller);
}

static uint64_t total(void)
{
	struct tally tally;

	desk_count(&desk, &tally);
	return tally.total;
}

static void good_acts_are_read(void **state)
{
	struct told told;
	struct bytes given[3], files[3];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	given[0] = desk_note(&desk, DESK_STEWARD, RULES("vouchers 2 3\n"));
	given[1] = desk_note(&desk, DESK_STEWARD, REFUSALS("date 2031-04-04\nrefused twice 2\n"));
	desk_run(&desk, given, 2, files, 3);
	read_acts(&told);
	assert_int_equal(told.n, 0);
	assert_int_equal(acts[DESK_ALDER].n, 2);
	assert_int_equal(acts[DESK_ALDER].rules.n_vouchers, 2);
	assert_int_equal(acts[DESK_ALDER].refusals.n_of[REFUSAL_TWICE], 2);
	assert_int_equal(acts[DESK_BIRCH].n, 0);
	assert_int_equal(total(), 3);
	given[0] = desk_note(&desk, DESK_STEWARD,
			     REFUSALS("date 2031-04-04\nrefused no-evidence 1\nrefused twice 2\n"));
	given[1] = desk_note(&desk, DESK_STEWARD,
			     sampled_text(desk.rosters[DESK_ALDER].ids[0], 16, 15));
	given[2] = desk_note(&desk, DESK_STEWARD,
			     text_of("evidence-rules v2", "Birch, enrolled", "1", "additions 2\n",
				     DESK_STEWARD));
	desk_run(&desk, given, 3, NULL, 0);
	read_acts(&told);
	assert_int_equal(told.n, 0);
	assert_int_equal(acts[DESK_ALDER].n, 4);
	assert_int_equal(acts[DESK_ALDER].refusals.n_of[REFUSAL_NO_EVIDENCE], 1);
	assert_int_equal(acts[DESK_ALDER].n_samples, 1);
	assert_int_equal(acts[DESK_ALDER].n_drawn, 16);
	assert_int_equal(acts[DESK_ALDER].n_opened, 15);
	assert_int_equal(evidence_rules_additions(&acts[DESK_BIRCH].rules), 2);
	assert_int_equal(total(), 3);
	desk_end(&desk);
}

struct bad_act {
	struct bytes note;
	const char *rule;             /* NULL: it names nobody here, and nothing is told */
	enum undersign_status status; /* where it is to be logged */
};

/* What may not be logged; and what is told if somebody's log has it all the same. */
static void bad_acts_are_refused_and_told(void **state)
{
	static const char *const refused = "date 2031-04-04\nrefused twice 2\n";
	struct told told;
	struct bytes given[2];

	(void)state;
	for (size_t i = 0;; i++) {
		begin();
		given[0] = desk_note(&desk, DESK_STEWARD, RULES("vouchers 2 3\n"));
		given[1] = desk_note(&desk, DESK_STEWARD, REFUSALS(refused));
		desk_run(&desk, given, 2, NULL, 0);
		const uint8_t none[SHA256_BYTES] = {1};
		const struct bad_act cases[] = {
			{desk_note(&desk, DESK_STEWARD, RULES("vouchers 1 3\n")), "stated once",
			 UNDERSIGN_E_CONFLICT},
			{desk_note(&desk, DESK_STEWARD,
				   REFUSALS("date 2031-04-05\nrefused twice 1\n")),
			 "none is taken back", UNDERSIGN_E_CONFLICT},
			{desk_note(&desk, DESK_STEWARD,
				   REFUSALS("date 2031-04-05\nrefused late 9\n")),
			 "none is taken back", UNDERSIGN_E_CONFLICT},
			{desk_note(&desk, DESK_STEWARD,
				   REFUSALS("date 2031-04-03\nrefused twice 3\n")),
			 "none is taken back", UNDERSIGN_E_CONFLICT},
			{desk_note(&desk, DESK_STEWARD, sampled_text(none, 4, 4)),
			 "a snapshot of its roster", UNDERSIGN_E_MISSING},
			{desk_note(&desk, DESK_STEWARD,
				   sampled_text(desk.rosters[DESK_BIRCH].ids[0], 4, 4)),
			 "a snapshot of its roster", UNDERSIGN_E_INVALID},
			{desk_note(&desk, DESK_STEWARD,
				   sampled_text(desk.rosters[DESK_ALDER].ids[0], 17, 4)),
			 "a snapshot of its roster", UNDERSIGN_E_INVALID},
			/* In the roster's name, signed by somebody else. */
			{desk_note(&desk, DESK_STRANGER,
				   REFUSALS("date 2031-04-05\nrefused twice 9\n")),
			 "", UNDERSIGN_E_MISSING},
			/* Of another key, edition, roster; of a form that is none. */
			{desk_note(&desk, DESK_STRANGER,
				   text_of("evidence-rules v1", "Alder, enrolled", "1",
					   "vouchers 1 1\n", DESK_STRANGER)),
			 NULL, UNDERSIGN_E_MISSING},
			{desk_note(&desk, DESK_STEWARD,
				   text_of("evidence-rules v1", "Alder, enrolled", "2",
					   "vouchers 1 1\n", DESK_STEWARD)),
			 NULL, UNDERSIGN_E_MISSING},
			{desk_note(&desk, DESK_STEWARD,
				   text_of("evidence-rules v1", "Aldea, enrolled", "1",
					   "vouchers 1 1\n", DESK_STEWARD)),
			 NULL, UNDERSIGN_E_MISSING},
			{desk_note(&desk, DESK_STEWARD, RULES("vouchers 0 3\n")), NULL,
			 UNDERSIGN_E_FORMAT},
		};
		if (i == sizeof cases / sizeof cases[0])
			break;
		const struct bad_act *bad = &cases[i];
		struct replay_keys no_keys = {0};
		struct problem problem = {0};
		enum undersign_status status =
			sequencer_check_record(desk.replay, bad->note, desk.epoch, NULL, 0,
					       &no_keys, desk.arena, &problem);
		if (bad->rule && bad->rule[0] == '\0')
			assert_int_not_equal(status, UNDERSIGN_OK);
		else
			assert_int_equal(status, bad->status);
		assert_true(problem_is_set(&problem));
		/* A desk that logs it all the same: the count stands, and it is told. */
		desk_append(&desk, desk_header(&desk, desk.epoch));
		desk_append(&desk, bad->note);
		assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_OK);
		read_acts(&told);
		assert_int_equal(told.n, bad->rule ? 1 : 0);
		if (bad->rule) {
			assert_non_null(strstr(told.last.rule, bad->rule));
			assert_non_null(strstr(told.last.where, "entry "));
			assert_non_null(strstr(told.last.where, "Alder, enrolled"));
		}
		assert_int_equal(acts[DESK_ALDER].n, 2);
		assert_int_equal(acts[DESK_ALDER].refusals.n_of[REFUSAL_TWICE], 2);
		desk_end(&desk);
	}
	desk_end(&desk);
}

/* Two of a kind in one epoch: their order would be that of hashes. */
static void one_of_a_kind_in_an_epoch(void **state)
{
	struct replay_keys no_keys = {0};
	struct problem problem = {0};
	struct bytes given[2];

	(void)state;
	begin();
	given[0] = desk_note(&desk, DESK_STEWARD, REFUSALS("date 2031-04-04\nrefused twice 2\n"));
	given[1] = desk_note(&desk, DESK_STEWARD, REFUSALS("date 2031-04-04\nrefused twice 3\n"));
	assert_int_equal(sequencer_check_record(desk.replay, given[0], desk.epoch, given, 0,
						&no_keys, desk.arena, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(sequencer_check_record(desk.replay, given[0], desk.epoch, given + 1, 1,
						&no_keys, desk.arena, &problem),
			 UNDERSIGN_E_CONFLICT);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_acts_are_read),
		cmocka_unit_test(bad_acts_are_refused_and_told),
		cmocka_unit_test(one_of_a_kind_in_an_epoch),
	};
	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

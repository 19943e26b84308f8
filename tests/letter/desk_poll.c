#include "desk_poll.h"

#include "share.h"

static struct writer text_writer(struct desk *desk)
{
	return writer_new(arena_take(desk->arena, 1, POLL_TEXT_MAX), POLL_TEXT_MAX);
}

static enum desk_signer signer_of(unsigned j)
{
	return (enum desk_signer)(DESK_TRUSTEE + j - 1);
}

static void ok(enum undersign_status status, const struct problem *problem)
{
	if (status != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem->where, problem->rule, problem->what);
}

/* The first file of each, and the roll of all. */
static void make_roll(struct desk_poll *out, struct desk *desk, struct poll_roll *roll)
{
	struct poll_trustee trustees[DESK_TRUSTEES] = {0};
	struct problem problem = {0};
	struct writer writer;

	for (unsigned j = 1; j <= DESK_TRUSTEES; j++) {
		struct poll_trustee own = {.signer = desk_key(signer_of(j))};

		writer = text_writer(desk);
		note_key_write(&writer, &own.signer);
		own.name = writer_view(&writer);
		assert_int_equal(
			trustee_key_new(&out->secrets[j - 1], own.key, own.name, &desk->source),
			UNDERSIGN_OK);
		writer = text_writer(desk);
		poll_key_write(&writer, &own);
		ok(poll_key_parse(&trustees[j - 1],
				  desk_note(desk, signer_of(j), writer_view(&writer)), &problem),
		   &problem);
		/* By somebody else it is nothing. */
		assert_int_not_equal(
			poll_key_parse(&own, desk_note(desk, DESK_STRANGER, writer_view(&writer)),
				       NULL),
			UNDERSIGN_OK);
	}
	writer = text_writer(desk);
	poll_roll_write(&writer, DESK_THRESHOLD, trustees, DESK_TRUSTEES);
	ok(poll_roll_parse(roll, writer_view(&writer), &problem), &problem);
}

static void make_deals(struct desk *desk, struct poll_trustees *record)
{
	struct problem problem = {0};
	unsigned i;

	for (unsigned j = 1; j <= DESK_TRUSTEES; j++) {
		const size_t len = trustee_deal_len(&record->roll.ceremony);
		uint8_t deal[TRUSTEE_DEAL_MAX];
		struct writer writer = text_writer(desk);

		assert_int_equal(trustee_deal_make(deal, &record->roll.ceremony, j, &desk->source),
				 UNDERSIGN_OK);
		poll_deal_write(&writer, &record->roll, j, deal);
		ok(poll_deal_parse(&i, record->dealt[j - 1], &record->roll,
				   desk_note(desk, signer_of(j), writer_view(&writer)), &problem),
		   &problem);
		assert_int_equal(i, j);
		record->deals[j - 1] = bytes_from(record->dealt[j - 1], len);
	}
}

static void make_accepts(struct desk *desk, struct poll_trustees *record,
			 const struct scalar *secrets)
{
	struct problem problem = {0};
	unsigned liar, j_read;

	for (unsigned j = 1; j <= DESK_TRUSTEES; j++) {
		uint8_t accept[TRUSTEE_ACCEPT_BYTES];
		struct writer writer = text_writer(desk);
		struct scalar share;

		assert_int_equal(trustee_share_open(&share, &liar, &record->roll.ceremony,
						    record->deals, j, &secrets[j - 1]),
				 UNDERSIGN_OK);
		assert_int_equal(trustee_accept_make(accept, &record->roll.ceremony, record->deals,
						     j, &share, &desk->source),
				 UNDERSIGN_OK);
		poll_accept_write(&writer, &record->roll, record->deals, j, accept);
		ok(poll_accept_parse(&j_read, record->accepts[j - 1], record->signatures[j - 1],
				     &record->roll, record->deals,
				     desk_note(desk, signer_of(j), writer_view(&writer)), &problem),
		   &problem);
		assert_int_equal(j_read, j);
	}
}

void desk_poll_begin(struct desk_poll *out, struct desk *desk, uint64_t quorum)
{
	static const struct bytes four[] = {{(const uint8_t *)"a day", 5},
					    {(const uint8_t *)"a week", 6},
					    {(const uint8_t *)"a month", 7},
					    {(const uint8_t *)"never", 5}};
	static const struct bytes three[] = {{(const uint8_t *)"online", 6},
					     {(const uint8_t *)"on paper", 8},
					     {(const uint8_t *)"by post", 7}};
	static const struct manifest_question questions[] = {
		{{(const uint8_t *)"How soon?", 9}, four}, {{(const uint8_t *)"Where?", 6}, three}};
	struct poll_trustees *made = ARENA_TAKE(desk->arena, struct poll_trustees, 1);
	struct problem problem = {0};
	struct writer writer;

	memset(out, 0, sizeof *out);
	make_roll(out, desk, &made->roll);
	make_deals(desk, made);
	make_accepts(desk, made, out->secrets);
	made->key = desk_key(DESK_ORGANISER);
	writer = text_writer(desk);
	poll_trustees_write(&writer, made);
	ok(poll_trustees_parse(&out->trustees, writer_view(&writer), &problem), &problem);
	out->trustees_note = desk_note(desk, DESK_ORGANISER, writer_view(&writer));
	out->manifest = (struct manifest_poll){
		.quorum = quorum,
		.shape = {2, {{4, 1, 1}, {3, 0, 2}}},
		.questions = questions,
	};
	record_id(out->manifest.trustees, writer_view(&writer));
	desk->poll = &out->manifest;
	desk->poll_about.key = &out->trustees.trustees.key;
	desk->poll_about.shape = &out->manifest.shape;
}

void desk_poll_publish(struct desk_poll *poll, struct desk *desk)
{
	struct bytes records[DESK_ROSTERS_MAX + 4];
	size_t n = 0;

	desk_make_letter(desk);
	records[n++] = poll->trustees_note;
	records[n++] = desk_record_open(desk);
	records[n++] = desk->manifest_note;
	for (size_t i = 0; i < desk->n_rosters; i++)
		records[n++] = desk->rosters[i].notes[0];
	records[n++] = desk_record_log(desk);
	desk_run(desk, records, n, NULL, 0);
}

void desk_choose(struct desk *desk, unsigned first, unsigned second)
{
	uint8_t choices[7] = {0};
	struct opening opening;

	choices[first] = 1;
	for (unsigned o = 0; o < 3; o++)
		choices[4 + o] = (uint8_t)(second >> o & 1);
	assert_int_equal(opening_new(&opening, &desk->source), UNDERSIGN_OK);
	assert_int_equal(answer_encrypt(&desk->poll_secret, desk->poll_ciphertexts,
					&desk->poll_about, choices, &opening, &desk->source),
			 UNDERSIGN_OK);
}

struct bytes desk_answer(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
			 unsigned first, bool with_second)
{
	desk_choose(desk, first, member & 3);
	return desk_sign(desk, roster, member, seq, with_second);
}

struct poll_count desk_poll_count(struct desk *desk)
{
	struct problem problem = {0};
	struct poll_count out;

	ok(desk_replay(desk, !desk->has_fake_proofs, &problem), &problem);
	ok(poll_count_make(&out, desk->letter, replay_epoch(desk->replay), desk->arena, &problem),
	   &problem);
	return out;
}

struct bytes desk_share_record(struct desk *desk, const struct desk_poll *poll, unsigned j,
			       bool is_false)
{
	const struct poll_count count = desk_poll_count(desk);
	const size_t n = count.about.n_sums;
	uint8_t *share = arena_take(desk->arena, 1, share_len(n));
	uint8_t *scratch = arena_take(desk->arena, 1, share_scratch_len(n));
	struct poll_share record = {.trustee = j, .share = bytes_from(share, share_len(n))};
	struct writer writer = text_writer(desk);
	struct scalar secret;
	unsigned liar;

	assert_int_equal(count.state != POLL_SEALED, true);
	assert_int_equal(trustee_share_open(&secret, &liar, &poll->trustees.roll.ceremony,
					    poll->trustees.deals, j, &poll->secrets[j - 1]),
			 UNDERSIGN_OK);
	assert_int_equal(share_make(share, &count.about, j, &secret, &desk->source, scratch),
			 UNDERSIGN_OK);
	if (is_false) {
		struct point point, base;

		assert_int_equal(point_decode_vartime(&point, share), UNDERSIGN_OK);
		point_base(&base);
		point_sub(&point, &point, &base);
		point_encode(share, &point);
	}
	memcpy(record.letter, desk->manifest.context, HASH_BYTES);
	poll_share_write(&writer, &record);
	return desk_note(desk, signer_of(j), writer_view(&writer));
}

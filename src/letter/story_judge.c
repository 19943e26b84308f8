#include "story_parts.h"

#include "memory.h"

/* One record in its turn. */
struct turn {
	struct telling *telling;
	uint32_t at;
	struct story_record *record;
	const struct story_item *item;
	const struct story_text *text;
	struct bytes name;  /* the actor's */
	bool is_organisers; /* the organiser has signed it */
};

static const struct story_record *holding(const struct turn *turn, uint32_t at)
{
	const struct story_record *records = turn->telling->records;

	return at != STORY_NO && !records[at].rule && records[at].item->epoch <= turn->item->epoch
		       ? &records[at]
		       : NULL;
}

/* --- Who signs ----------------------------------------------------------------------------------
 */

static uint32_t find_actor(const struct telling *telling, struct bytes name)
{
	for (uint32_t i = 0; i < telling->n_actors; i++)
		if (bytes_are_equal(telling->actors[i].name, name))
			return i;
	return STORY_NO;
}

static struct telling_key *find_key(const struct telling *telling, uint32_t actor,
				    const struct note_key *key)
{
	for (size_t i = 0; i < telling->n_keys; i++)
		if (telling->keys[i].actor == actor &&
		    note_key_is_equal(&telling->keys[i].key, key))
			return &telling->keys[i];
	return NULL;
}

/* The side on which a record stands: signed by whom it is about, or by the organiser. */
static const char *judge_author(struct turn *turn)
{
	turn->record->actor = find_actor(turn->telling, turn->name);
	const struct telling_key *key =
		turn->record->actor == STORY_NO
			? NULL
			: find_key(turn->telling, turn->record->actor, &turn->text->author);
	if (key && key->epoch <= turn->item->epoch) {
		if (key->revoked <= turn->item->epoch)
			return N_("a key that was revoked signs nothing from that epoch on");
		turn->record->is_signed = true;
		return NULL;
	}
	return turn->is_organisers ? NULL
				   : N_("a record is signed by the organiser, or by a key that the "
					"organiser introduced for its actor");
}

static const char *judge_organiser(const struct turn *turn)
{
	return turn->is_organisers ? NULL : N_("a record of this kind is signed by the organiser");
}

/* --- Revisions ----------------------------------------------------------------------------------
 */

static const char *judge_revision(const struct turn *turn)
{
	struct story_record *before = turn->record->previous == STORY_NO
					      ? NULL
					      : &turn->telling->records[turn->record->previous];

	if (!turn->text->is_revision)
		return NULL;
	if (!before || before->item->epoch > turn->item->epoch)
		return N_("a revision names a record that the log has, of its epoch or an earlier "
			  "one");
	if (before->rule)
		return N_("a revision names a record that holds");
	if (before->next != STORY_NO)
		return N_("a record is revised once; a later revision names the one before it");
	if (before->item->text.kind != turn->text->kind ||
	    !bytes_are_equal(story_actor_name(&before->item->text), turn->name) ||
	    before->is_signed != turn->record->is_signed)
		return N_("a revision is of the same kind, about the same actor, and by the same "
			  "side");
	if (!bytes_are_equal(story_value(&before->item->text, "number"),
			     story_value(turn->text, "number")) ||
	    !bytes_are_equal(story_value(&before->item->text, "demand"),
			     story_value(turn->text, "demand")))
		return N_("a revision keeps the number of the demand");
	if (!bytes_are_equal(story_value(&before->item->text, "earlier"),
			     story_value(turn->text, "earlier")))
		return N_("a revision is of the same earlier version");
	if (before->item->text.date > turn->text->date)
		return N_("a revision is not dated before what it revises");
	before->next = turn->at;
	return NULL;
}

/* --- Kinds --------------------------------------------------------------------------------------
 */

/* Keys are added, never taken away: those of the version before come first. */
static bool keeps_keys(const struct story_text *before, const struct story_text *after)
{
	struct bytes left = before->lines;
	struct bytes right = after->lines;
	struct bytes a, b;

	while (story_next_value(&left, "key", &a))
		if (!story_next_value(&right, "key", &b) || !bytes_are_equal(a, b))
			return false;
	return true;
}

static void take_keys(const struct turn *turn, uint32_t actor)
{
	struct telling *telling = turn->telling;
	struct bytes rest = turn->text->lines;
	struct note_key key;
	struct bytes value;

	while (story_next_value(&rest, "key", &value)) {
		if (note_key_parse(&key, value, NULL) != UNDERSIGN_OK ||
		    find_key(telling, actor, &key))
			continue;
		telling->keys[telling->n_keys++] = (struct telling_key){.key = key,
									.actor = actor,
									.epoch = turn->item->epoch,
									.revoked = UINT64_MAX};
	}
}

static const char *judge_actor(struct turn *turn)
{
	struct telling *telling = turn->telling;
	const char *rule = judge_organiser(turn);
	uint32_t actor = find_actor(telling, turn->name);

	if (!rule && !turn->text->is_revision && actor != STORY_NO)
		rule = N_("an actor is introduced once; a revision may say more");
	if (!rule && turn->text->is_revision && turn->record->previous != STORY_NO) {
		const struct story_text *before =
			&telling->records[turn->record->previous].item->text;

		if (!bytes_are_equal(story_value(before, "role"),
				     story_value(turn->text, "role")) ||
		    !keeps_keys(before, turn->text))
			rule = N_("an actor keeps its name, its role and its keys; a revision may "
				  "add "
				  "keys");
	}
	if (!rule)
		rule = judge_revision(turn);
	if (rule)
		return rule;
	if (actor == STORY_NO) {
		actor = (uint32_t)telling->n_actors++;
		telling->actors[actor] =
			(struct story_actor){.name = turn->name,
					     .role = story_value(turn->text, "role"),
					     .endorsement = STORY_NO};
	}
	telling->actors[actor].record = turn->at;
	turn->record->actor = actor;
	take_keys(turn, actor);
	return NULL;
}

static const char *judge_scale(struct turn *turn)
{
	const char *rule = judge_organiser(turn);

	if (rule)
		return rule;
	if (turn->telling->scale != STORY_NO)
		return N_("a letter publishes its scale once");
	turn->telling->scale = turn->at;
	return NULL;
}

static const char *judge_endorsement(struct turn *turn)
{
	if (!turn->record->is_signed)
		return N_("an endorsement is signed with a key that the endorser controls");
	const struct bytes role = turn->telling->actors[turn->record->actor].role;
	if (!bytes_are_equal(role, bytes_from_text("person")) &&
	    !bytes_are_equal(role, bytes_from_text("institution")))
		return N_("people and institutions endorse");
	if (turn->text->is_revision)
		return NULL;
	if (turn->telling->actors[turn->record->actor].endorsement != STORY_NO)
		return N_("somebody endorses once; a revision may withdraw it or give it again");
	turn->telling->actors[turn->record->actor].endorsement = turn->at;
	return NULL;
}

/* Where the organiser says what somebody else said. */
static const char *judge_cited(const struct turn *turn)
{
	if (turn->record->is_signed || story_value(turn->text, "source").len > 0)
		return NULL;
	return N_("what the organiser says of others has a source and an archived copy");
}

static const char *judge_stance(const struct turn *turn)
{
	const struct story_record *scale = holding(turn, turn->telling->scale);
	const struct bytes wanted = story_value(turn->text, "grade");
	struct bytes rest, grade;

	if (!scale)
		return N_("a stance stands after the letter's scale");
	rest = scale->item->text.lines;
	if (bytes_are_equal(wanted, bytes_from_text("withdrawn")))
		return judge_cited(turn);
	while (story_next_value(&rest, "grade", &grade))
		if (bytes_are_equal(grade, wanted))
			return judge_cited(turn);
	return N_("a stance has a grade of the letter's scale, or is withdrawn");
}

static const char *judge_demand(const struct turn *turn)
{
	const uint64_t number = story_number(turn->text, "number");
	const char *rule = judge_organiser(turn);

	if (rule || turn->text->is_revision)
		return rule;
	if (turn->telling->demands[number] != STORY_NO)
		return N_("a demand's number stands once; a revision may change its words");
	turn->telling->demands[number] = turn->at;
	return NULL;
}

/* Few letters have more than one of these: all before are looked at. */
static const char *judge_earlier(const struct turn *turn)
{
	const char *rule = judge_organiser(turn);
	uint8_t id[SHA256_BYTES];

	if (rule)
		return rule;
	if (!story_id(id, turn->text, "earlier") || memcmp(id, turn->text->letter, sizeof id) == 0)
		return N_("an earlier version is another letter");
	if (story_date(turn->text, "opened") > story_date(turn->text, "as-of") ||
	    story_date(turn->text, "as-of") > turn->text->date)
		return N_("a version is opened, counted and then told of");
	for (uint32_t i = 0; i < turn->telling->n_earlier && !turn->text->is_revision; i++) {
		const struct story_record *other =
			&turn->telling->records[turn->telling->earlier[i]];

		if (bytes_are_equal(story_value(&other->item->text, "earlier"),
				    story_value(turn->text, "earlier")))
			return "an earlier version is named once; a revision may bring its count "
			       "up to date";
	}
	if (!turn->text->is_revision) {
		if (turn->telling->n_earlier == STORY_EARLIER_MAX)
			return N_("a letter names at most 16 earlier versions");
		turn->telling->earlier[turn->telling->n_earlier++] = turn->at;
	}
	return NULL;
}

static const char *judge_move(const struct turn *turn)
{
	const uint64_t number = story_number(turn->text, "demand");

	if (!holding(turn, turn->telling->demands[number]))
		return N_("a move is about a demand of the letter");
	return judge_cited(turn);
}

/* --- Notices ------------------------------------------------------------------------------------
 */

static bool is_addressed(const struct telling *telling, uint32_t actor)
{
	return actor != STORY_NO &&
	       bytes_are_equal(telling->actors[actor].role, bytes_from_text("addressed"));
}

static const char *judge_revocation(const struct turn *turn)
{
	struct telling *telling = turn->telling;
	bool is_found = false;
	struct note_key key;

	if (note_key_parse(&key, story_value(turn->text, "key"), NULL) != UNDERSIGN_OK)
		return N_("a revocation names a key");
	for (size_t i = 0; i < telling->n_keys; i++) {
		struct telling_key *one = &telling->keys[i];

		if (!note_key_is_equal(&one->key, &key) || one->epoch > turn->item->epoch)
			continue;
		if (!note_key_is_equal(&turn->text->author, &key) &&
		    (!turn->is_organisers || is_addressed(telling, one->actor)))
			return N_("a key is revoked by itself, or by the organiser unless it is of "
				  "somebody whom the letter addresses");
		if (one->revoked > turn->item->epoch)
			one->revoked = turn->item->epoch;
		is_found = true;
	}
	return is_found ? NULL : N_("a revocation names a key that was introduced");
}

static const char *judge_removal(const struct turn *turn)
{
	const struct story_record *of = holding(turn, turn->record->of);
	const char *rule = judge_organiser(turn);

	if (rule)
		return rule;
	if (!of)
		return N_("a removal names a record that holds, of its epoch or an earlier one");
	if (of->is_signed && is_addressed(turn->telling, of->actor))
		return N_("what those addressed have signed cannot be removed");
	if (of->item->text.kind == STORY_NOTICE || of->item->text.kind == STORY_ACTOR ||
	    of->item->text.kind == STORY_SCALE || of->item->text.kind == STORY_DEMAND ||
	    of->item->text.kind == STORY_EARLIER)
		return N_("notices, introductions, scales and demands are not removed");
	if (of->removal != STORY_NO)
		return N_("a record is removed once");
	turn->telling->records[turn->record->of].removal = turn->at;
	return NULL;
}

static bool is_notice_about(const struct story_record *record, const char *about)
{
	return record && record->item->text.kind == STORY_NOTICE &&
	       story_value_is(&record->item->text, "about", about);
}

static const char *judge_appeal(const struct turn *turn)
{
	const struct story_record *removal = holding(turn, turn->record->of);
	const struct telling_key *key = NULL;

	if (!is_notice_about(removal, "removal"))
		return N_("an appeal names a removal that holds");
	const struct story_record *removed = &turn->telling->records[removal->of];
	const uint32_t actor = find_actor(turn->telling, story_actor_name(&removed->item->text));
	if (actor != STORY_NO)
		key = find_key(turn->telling, actor, &turn->text->author);
	if (!key || key->epoch > turn->item->epoch)
		return N_("an appeal is signed with a key of whom the removed record is about");
	if (key->revoked <= turn->item->epoch)
		return N_("a key that was revoked signs nothing from that epoch on");
	if (turn->text->date > story_date(&removal->item->text, "until"))
		return N_("an appeal is not dated after the day that the removal names");
	turn->record->is_signed = true;
	turn->record->actor = actor;
	return NULL;
}

static const char *judge_decision(const struct turn *turn)
{
	const struct story_record *appeal = holding(turn, turn->record->of);
	const char *rule = judge_organiser(turn);

	if (rule)
		return rule;
	if (!is_notice_about(appeal, "appeal"))
		return N_("a decision names an appeal that holds");
	if (appeal->decision != STORY_NO)
		return N_("an appeal is decided once");
	turn->telling->records[turn->record->of].decision = turn->at;
	if (story_value_is(turn->text, "outcome", "reversed")) {
		const struct story_record *removal = &turn->telling->records[appeal->of];

		turn->telling->records[removal->of].removal = STORY_NO;
	}
	return NULL;
}

static const char *judge_notice(const struct turn *turn)
{
	if (story_value_is(turn->text, "about", "revocation"))
		return judge_revocation(turn);
	if (story_value_is(turn->text, "about", "removal"))
		return judge_removal(turn);
	if (story_value_is(turn->text, "about", "appeal"))
		return judge_appeal(turn);
	if (story_value_is(turn->text, "about", "decision"))
		return judge_decision(turn);
	if (story_value(turn->text, "of").len > 0 && !holding(turn, turn->record->of))
		return N_("a correction names a record that holds, of its epoch or an earlier one");
	return judge_organiser(turn);
}

/* --- One record ---------------------------------------------------------------------------------
 */

/* What is signed by its actor, or by the organiser who cites it. */
static const char *judge_said(struct turn *turn)
{
	const char *rule = judge_author(turn);

	if (rule)
		return rule;
	switch (turn->text->kind) {
	case STORY_ENDORSEMENT:
		rule = judge_endorsement(turn);
		break;
	case STORY_STANCE:
		rule = judge_stance(turn);
		break;
	case STORY_MOVE:
		rule = judge_move(turn);
		break;
	default:
		rule = judge_cited(turn);
	}
	return rule ? rule : judge_revision(turn);
}

static const char *judge_kind(struct turn *turn)
{
	const char *rule;

	switch (turn->text->kind) {
	case STORY_ACTOR:
		return judge_actor(turn);
	case STORY_SCALE:
		return judge_scale(turn);
	case STORY_NOTICE:
		return judge_notice(turn);
	case STORY_DEMAND:
		rule = judge_demand(turn);
		return rule ? rule : judge_revision(turn);
	case STORY_EARLIER:
		rule = judge_earlier(turn);
		return rule ? rule : judge_revision(turn);
	case STORY_CITATION:
	case STORY_DELIVERY:
		turn->record->actor = find_actor(turn->telling, turn->name);
		rule = judge_organiser(turn);
		return rule ? rule : judge_revision(turn);
	default:
		return judge_said(turn);
	}
}

const char *story_judge(struct telling *telling, uint32_t record)
{
	struct turn turn = {.telling = telling,
			    .at = record,
			    .record = &telling->records[record],
			    .item = telling->records[record].item};

	turn.text = &turn.item->text;
	turn.name = story_actor_name(turn.text);
	turn.is_organisers = note_key_is_equal(&turn.text->author, telling->organiser);
	if (turn.text->date > turn.item->seconds)
		return N_("a record is not dated after the epoch in which it stands");
	return judge_kind(&turn);
}

#include "desk.h"

#include "merkle.h"
#include "order.h"
#include "record.h"
#include "sign.h"

#include <sodium.h>

#define FIRST_DAY UINT64_C(1924992000) /* 2031-01-01 */
#define DAY       86400

struct generators desk_generators;
static uint64_t program_seed;

void desk_begin_program(void)
{
	program_seed = test_random_new().state;
	assert_true(sodium_init() >= 0);
	generators_new(&desk_generators);
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	test_random_fill(cookie, out, len);
	return UNDERSIGN_OK;
}

void desk_begin(struct desk *desk, uint64_t seed)
{
	memset(desk, 0, sizeof *desk);
	sample_memory_begin(&desk->memory);
	desk->arena = &desk->memory.arena;
	desk->random.state = (program_seed << 20) + seed;
	desk->source = (struct random_source){fill, &desk->random};
	desk->opens = 1;
	desk->closes = 4;
	desk->ring_min = 16;
	desk->hold_min = 3;
	desk->language = "en";
	desk->title = "A letter";
	desk->to = "the Ministry of Waters";
	desk->list_source = "the list of staff";
	desk->steward = "L. Marsh";
	desk->group = "The small ones";
	desk->text = "We ask for the measurements to be published.\n";
}

void desk_end(struct desk *desk)
{
	sample_memory_end(&desk->memory);
}

/* --- Rosters -----------------------------------------------------------------------------------
 */

static void make_source(struct desk_roster *roster, uint32_t member)
{
	opening_commit_encoded(roster->sources[member], &desk_generators,
			       &roster->openings[member]);
}

struct desk_roster *desk_add(struct desk *desk, const char *name, const char *organisation,
			     enum roster_class class_of_members, uint32_t n, uint32_t n_later)
{
	struct desk_roster *roster = &desk->rosters[desk->n_rosters++];

	assert_true(desk->n_rosters <= DESK_ROSTERS_MAX && n + n_later <= DESK_MEMBERS_MAX);
	roster->name = name;
	roster->organisation = organisation;
	roster->class_of_members = class_of_members;
	roster->n = n;
	roster->n_made = n + n_later;
	for (uint32_t i = 0; i < roster->n_made; i++) {
		if (class_of_members == ROSTER_RAW_KEY) {
			uint8_t seed[ED25519_SEED_BYTES];

			test_random_fill(&desk->random, seed, sizeof seed);
			opening_from_seed(&roster->openings[i], seed);
			ed25519_seed_to_key(roster->sources[i], seed);
			continue;
		}
		assert_int_equal(opening_new(&roster->openings[i], &desk->source), UNDERSIGN_OK);
		make_source(roster, i);
	}
	return roster;
}

void desk_add_usual(struct desk *desk)
{
	desk_add(desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 4);
	desk_add(desk, "Birch, enrolled", "Birch", ROSTER_ENROLLED, 18, 0);
	desk_add(desk, "Cedar, enrolled", "Cedar", ROSTER_ENROLLED, 9, 2)->is_in_group = true;
	desk_add(desk, "Dogwood, enrolled", "Dogwood", ROSTER_ENROLLED, 8, 0)->is_in_group = true;
	desk_add(desk, "Alder, keys", "Alder", ROSTER_RAW_KEY, 16, 2);
}

void desk_share(struct desk *desk, size_t roster, uint32_t member, size_t of_roster,
		uint32_t of_member)
{
	struct desk_roster *to = &desk->rosters[roster];

	assert_int_equal(opening_new_sibling(&to->openings[member],
					     &desk->rosters[of_roster].openings[of_member],
					     &desk->source),
			 UNDERSIGN_OK);
	make_source(to, member);
}

struct bytes desk_points(struct desk *desk, size_t number, uint32_t n)
{
	const struct desk_roster *roster = &desk->rosters[number];
	size_t capacity = POINTS_HEADER_LEN + (size_t)n * POINTS_ENTRY_LEN_MAX;
	struct writer writer = writer_new(arena_take(desk->arena, 1, capacity), capacity);

	points_write_header(&writer, roster->class_of_members, n);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t meta = (uint8_t)i;
		struct entry entry = {.kind = (uint8_t)roster->class_of_members,
				      .source = roster->sources[i],
				      .meta = bytes_from(&meta, i % 2)};

		points_write_entry(&writer, &entry);
	}
	return writer_view(&writer);
}

struct bytes desk_snapshot(struct desk *desk, size_t number, uint32_t n)
{
	struct desk_roster *roster = &desk->rosters[number];
	struct snapshot_record *record = &roster->records[roster->n_records];
	uint8_t *text = arena_take(desk->arena, 1, ROSTER_TEXT_MAX);
	struct writer writer = writer_new(text, ROSTER_TEXT_MAX);
	struct problem problem = {0};
	struct points points;
	struct note note;

	assert_true(roster->n_records < DESK_RECORDS_MAX && n <= roster->n_made);
	*record = (struct snapshot_record){
		.roster = BYTES(roster->name),
		.organisation = BYTES(roster->organisation),
		.class_of_members = roster->class_of_members,
		.edition = 1,
		.date = FIRST_DAY,
		.source = BYTES(desk->list_source),
		.steward = BYTES(desk->steward),
		.members = n,
		.n_roots = 1,
		.key = desk_key(DESK_STEWARD),
	};
	if (roster->class_of_members == ROSTER_RAW_KEY) {
		record->persons = SNAPSHOT_PERSONS_FILE;
		sha256(record->archive_hash, bytes_from(NULL, 0));
	} else {
		assert_int_equal(calendar_make(&record->calendar, FIRST_DAY, 1, 3, 30),
				 UNDERSIGN_OK);
		record->archive_len = 1000;
	}
	assert_int_equal(points_parse(&points, desk_points(desk, number, n), NULL), UNDERSIGN_OK);
	points_root(record->roots[0], &points, n);
	if (snapshot_write(&writer, record, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	snapshot_id(roster->ids[roster->n_records], writer_view(&writer));
	roster->n = n;
	roster->notes[roster->n_records] = desk_note(desk, DESK_STEWARD, writer_view(&writer));
	/* Views into the note's text. */
	assert_int_equal(snapshot_open(record, &note, roster->notes[roster->n_records], &problem),
			 UNDERSIGN_OK);
	return roster->notes[roster->n_records++];
}

/* --- Notes -------------------------------------------------------------------------------------
 */

static const char *const signer_names[] = {"",
					   "log.example/letters",
					   "organiser.example",
					   "steward.example",
					   "witness.example/w1",
					   "stranger.example",
					   "trustee.example/1",
					   "trustee.example/2",
					   "trustee.example/3"};

static void make_keys(enum desk_signer signer, uint8_t public_key[static 32],
		      uint8_t secret_key[static 64])
{
	uint8_t seed[ED25519_SEED_BYTES];

	memset(seed, (int)signer, sizeof seed);
	crypto_sign_seed_keypair(public_key, secret_key, seed);
}

struct note_key desk_key(enum desk_signer signer)
{
	enum note_key_type type = signer == DESK_WITNESS ? NOTE_KEY_COSIGNATURE : NOTE_KEY_NOTE;
	uint8_t public_key[32], secret_key[64];
	struct note_key key;

	make_keys(signer, public_key, secret_key);
	assert_int_equal(note_key_new(&key, BYTES(signer_names[signer]), type, public_key),
			 UNDERSIGN_OK);
	return key;
}

static enum undersign_status sign_bytes(void *cookie, uint8_t sig[static ED25519_SIGNATURE_BYTES],
					struct bytes message)
{
	crypto_sign_detached(sig, NULL, message.data, message.len, cookie);
	return UNDERSIGN_OK;
}

static void write_note(struct writer *writer, enum desk_signer signer, struct bytes text,
		       bool is_cosigned)
{
	uint8_t secret_key[64];
	uint8_t cosigner_key[64];
	struct note_signer note_signer = {
		.name = BYTES(signer_names[signer]), .sign = sign_bytes, .cookie = secret_key};
	struct note_signer cosigner = {.name = BYTES(signer_names[DESK_WITNESS]),
				       .sign = sign_bytes,
				       .cookie = cosigner_key};

	make_keys(signer, note_signer.public_key, secret_key);
	make_keys(DESK_WITNESS, cosigner.public_key, cosigner_key);
	assert_int_equal(note_sign(writer, text, &note_signer, 1), UNDERSIGN_OK);
	if (is_cosigned)
		assert_int_equal(note_cosign_line(writer, text, &cosigner, FIRST_DAY + 5 * DAY),
				 UNDERSIGN_OK);
}

struct bytes desk_note(struct desk *desk, enum desk_signer signer, struct bytes text)
{
	size_t capacity = text.len + 1024;
	struct writer writer = writer_new(arena_take(desk->arena, 1, capacity), capacity);

	write_note(&writer, signer, text, false);
	return writer_view(&writer);
}

struct bytes desk_checkpoint_note(struct desk *desk, struct bytes text)
{
	struct writer writer = writer_new(arena_take(desk->arena, 1, 4096), 4096);

	write_note(&writer, DESK_LOG, text, desk->has_witness);
	return writer_view(&writer);
}

static struct writer text_writer(struct desk *desk)
{
	return writer_new(arena_take(desk->arena, 1, ROSTER_TEXT_MAX), ROSTER_TEXT_MAX);
}

static struct record_log log_record(void)
{
	return (struct record_log){desk_key(DESK_LOG), DAY, FIRST_DAY};
}

struct bytes desk_record_log(struct desk *desk)
{
	struct writer writer = text_writer(desk);
	struct record_log record = log_record();

	record_log_write(&writer, &record);
	return desk_note(desk, DESK_LOG, writer_view(&writer));
}

struct bytes desk_record_open(struct desk *desk)
{
	struct writer writer = text_writer(desk);
	struct record_open record;

	memcpy(record.letter, desk->manifest.context, HASH_BYTES);
	record_open_write(&writer, &record);
	return desk_note(desk, DESK_ORGANISER, writer_view(&writer));
}

struct bytes desk_record_close(struct desk *desk, uint64_t epoch)
{
	struct writer writer = text_writer(desk);
	struct record_close record = {.epoch = epoch};

	memcpy(record.letter, desk->manifest.context, HASH_BYTES);
	record_close_write(&writer, &record);
	return desk_note(desk, DESK_ORGANISER, writer_view(&writer));
}

struct bytes desk_record_extend(struct desk *desk, uint32_t version)
{
	struct writer writer = text_writer(desk);
	struct record_extend_roster rosters[DESK_ROSTERS_MAX];
	struct record_extend record = {
		.version = version, .rosters = rosters, .n_rosters = desk->n_rosters};

	memcpy(record.letter, desk->manifest.context, HASH_BYTES);
	for (size_t i = 0; i < desk->n_rosters; i++) {
		const struct desk_roster *roster = &desk->rosters[i];

		rosters[i].members = roster->n;
		rosters[i].name = BYTES(roster->name);
		memcpy(rosters[i].record, roster->ids[roster->n_records - 1], SHA256_BYTES);
	}
	record_extend_write(&writer, &record);
	return desk_note(desk, DESK_ORGANISER, writer_view(&writer));
}

struct bytes desk_header_dated(struct desk *desk, uint64_t number, uint64_t seconds)
{
	uint8_t *out = arena_take(desk->arena, 1, ORDER_HEADER_BYTES);
	struct order_epoch epoch = {number, seconds};

	order_epoch_write(out, &epoch);
	return bytes_from(out, ORDER_HEADER_BYTES);
}

struct bytes desk_header(struct desk *desk, uint64_t epoch)
{
	return desk_header_dated(desk, epoch, FIRST_DAY + DAY * epoch);
}

/* --- The letter --------------------------------------------------------------------------------
 */

static void make_text(struct manifest_text *out, const char *language, const char *title,
		      const char *text)
{
	*out = (struct manifest_text){
		.language = BYTES(language), .title = BYTES(title), .len = strlen(text)};
	sha256(out->sha256, BYTES(text));
}

static void make_manifest(struct desk *desk)
{
	struct manifest_text *texts = ARENA_TAKE(desk->arena, struct manifest_text, 2);
	struct manifest_roster *lines =
		ARENA_TAKE(desk->arena, struct manifest_roster, desk->n_rosters);
	uint32_t grouped[DESK_ROSTERS_MAX];
	struct manifest_group group = {BYTES(desk->group), grouped, 0};
	struct note note;

	make_text(&texts[0], desk->language, desk->title, desk->text);
	if (desk->second_language)
		make_text(&texts[1], desk->second_language, desk->second_title, desk->second_text);
	for (size_t i = 0; i < desk->n_rosters; i++) {
		const struct desk_roster *roster = &desk->rosters[i];

		lines[i] = (struct manifest_roster){
			.column = roster->class_of_members == ROSTER_RAW_KEY ? 0 : 1,
			.members = roster->n,
			.name = BYTES(roster->name)};
		memcpy(lines[i].record, roster->ids[0], SHA256_BYTES);
		if (roster->is_in_group)
			grouped[group.n_rosters++] = (uint32_t)i;
	}
	desk->manifest = (struct manifest){
		.texts = texts,
		.n_texts = desk->second_language ? 2 : 1,
		.to = BYTES(desk->to),
		.organiser = desk_key(DESK_ORGANISER),
		.log = desk_key(DESK_LOG),
		.opens = desk->opens,
		.closes = desk->closes,
		.ring_min = desk->ring_min,
		.hold_min = desk->hold_min,
		.rosters = lines,
		.n_rosters = desk->n_rosters,
	};
	if (desk->poll)
		desk->manifest.poll = *desk->poll;
	sample_finish(&desk->manifest, desk->arena, &group, group.n_rosters > 0);
	desk->manifest_note = desk_note(desk, DESK_ORGANISER, desk->manifest.text);
	assert_int_equal(note_parse(&note, desk->manifest_note, NULL), UNDERSIGN_OK);
	scope_new(&desk->scope, desk->poll ? SCOPE_POLL : SCOPE_LETTER, desk->manifest.context, 0);
	desk->poll_about.scope = desk->scope.bytes;
}

void desk_make_letter(struct desk *desk)
{
	struct problem problem = {0};

	for (size_t i = 0; i < desk->n_rosters; i++)
		(void)desk_snapshot(desk, i, desk->rosters[i].n);
	make_manifest(desk);
	assert_int_equal(desk_replay(desk, false, &problem), UNDERSIGN_OK);
}

void desk_publish(struct desk *desk)
{
	struct bytes records[DESK_ROSTERS_MAX + 3];
	size_t n = 0;

	desk_make_letter(desk);
	records[n++] = desk_record_open(desk);
	records[n++] = desk->manifest_note;
	for (size_t i = 0; i < desk->n_rosters; i++)
		records[n++] = desk->rosters[i].notes[0];
	records[n++] = desk_record_log(desk);
	desk_run(desk, records, n, NULL, 0);
}

uint32_t desk_ring(const struct desk *desk, const char *name)
{
	size_t ring = manifest_find_ring(&desk->manifest, BYTES(name));

	assert_true(ring < desk->manifest.n_rings);
	return (uint32_t)ring;
}

/* --- Statements --------------------------------------------------------------------------------
 */

static void sign_entry(struct desk *desk, struct statement *statement,
		       const struct rings_ring *ring, const struct opening *opening)
{
	uint8_t text[STATEMENT_MESSAGE_MAX];
	struct writer message = writer_new(text, sizeof text);
	size_t len = proof_len(ring->ring.n);
	uint8_t *proof = arena_take(desk->arena, 1, len);
	size_t scratch_len = proof_sign_scratch_len(ring->ring.n);
	void *scratch = arena_take(desk->arena, scratch_len / 64 + 1, 64);

	statement_message(&message, statement, &desk->manifest);
	if (desk->has_fake_proofs) {
		test_random_fill(&desk->random, proof, len);
		assert_int_equal(opening_tag(proof, &desk->scope, opening), UNDERSIGN_OK);
	} else {
		assert_int_equal(proof_sign(proof, len, &desk_generators, &ring->ring, &desk->scope,
					    writer_view(&message), opening, &desk->source, NULL,
					    scratch, scratch_len),
				 UNDERSIGN_OK);
	}
	statement->proof = bytes_from(proof, len);
}

static struct bytes write_entry(struct desk *desk, const struct statement *statement)
{
	struct writer writer =
		writer_new(arena_take(desk->arena, 1, STATEMENT_LETTER_MAX), STATEMENT_LETTER_MAX);

	statement_write(&writer, statement);
	return writer_view(&writer);
}

/* The body of an entry: what desk_choose has encrypted, proved for this ring. */
static struct bytes answer(struct desk *desk, const struct ring *ring,
			   const struct opening *opening)
{
	const size_t len = shape_answer_len(desk->poll_about.shape);
	uint8_t *body = arena_take(desk->arena, 1, len);
	uint8_t tag[POINT_BYTES];

	assert_int_equal(opening_tag(tag, &desk->scope, opening), UNDERSIGN_OK);
	assert_int_equal(answer_prove(body, &desk->poll_about, desk->poll_ciphertexts,
				      &desk->poll_secret, ring->id, tag, &desk->source),
			 UNDERSIGN_OK);
	return bytes_from(body, len);
}

struct bytes desk_entry(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
			uint32_t ring, uint32_t version)
{
	const struct rings_ring *found = version == UINT32_MAX
						 ? rings_last(desk->rings, ring)
						 : rings_at(desk->rings, ring, version);
	struct statement statement = {.action = MESSAGE_SIGN, .seq = seq};

	assert_non_null(found);
	memcpy(statement.scope, desk->scope.bytes, SCOPE_BYTES);
	memcpy(statement.ring_id, found->ring.id, HASH_BYTES);
	if (desk->poll)
		statement.body =
			answer(desk, &found->ring, &desk->rosters[roster].openings[member]);
	sign_entry(desk, &statement, found, &desk->rosters[roster].openings[member]);
	return write_entry(desk, &statement);
}

struct bytes desk_file(struct desk *desk, struct bytes first, struct bytes second)
{
	struct bytes entries[2] = {first, second};
	struct writer writer =
		writer_new(arena_take(desk->arena, 1, STATEMENT_FILE_MAX), STATEMENT_FILE_MAX);

	statement_file_write(&writer, entries, second.len > 0 ? 2 : 1);
	return writer_view(&writer);
}

struct bytes desk_sign(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
		       bool with_second)
{
	size_t own = manifest_ring_of_roster(&desk->manifest, roster);
	size_t all = manifest_ring_of_all(&desk->manifest, desk->rosters[roster].class_of_members);
	struct bytes second = {0};

	assert_true(own < desk->manifest.n_rings);
	if (with_second) {
		assert_true(own != all);
		second = desk_entry(desk, roster, member, seq, (uint32_t)all, UINT32_MAX);
	}
	return desk_file(desk, desk_entry(desk, roster, member, seq, (uint32_t)own, UINT32_MAX),
			 second);
}

struct bytes desk_sign_all(struct desk *desk, size_t roster, uint32_t member, uint32_t seq)
{
	size_t all = manifest_ring_of_all(&desk->manifest, desk->rosters[roster].class_of_members);

	return desk_file(desk, desk_entry(desk, roster, member, seq, (uint32_t)all, UINT32_MAX),
			 (struct bytes){0});
}

static struct bytes withdraw(struct desk *desk, const struct opening *opening, uint32_t seq)
{
	struct statement statement = {.action = MESSAGE_WITHDRAW, .seq = seq};
	uint8_t payload[MESSAGE_WITHDRAW_BYTES];
	uint8_t proof[SIGMA_WITHDRAW_BYTES];

	memcpy(statement.scope, desk->scope.bytes, SCOPE_BYTES);
	message_write_withdraw(payload, seq);
	assert_int_equal(sigma_withdraw_make(proof, &desk->scope,
					     bytes_from(payload, sizeof payload), opening,
					     &desk->source),
			 UNDERSIGN_OK);
	statement.proof = bytes_from(proof, sizeof proof);
	return desk_file(desk, write_entry(desk, &statement), (struct bytes){0});
}

struct bytes desk_withdraw(struct desk *desk, size_t roster, uint32_t member, uint32_t seq)
{
	return withdraw(desk, &desk->rosters[roster].openings[member], seq);
}

struct bytes desk_withdraw_stranger(struct desk *desk, uint32_t seq)
{
	struct opening opening;

	assert_int_equal(opening_new(&opening, &desk->source), UNDERSIGN_OK);
	return withdraw(desk, &opening, seq);
}

/* --- Epochs ------------------------------------------------------------------------------------
 */

void desk_append(struct desk *desk, struct bytes entry)
{
	assert_true(desk->n_log < DESK_ENTRIES_MAX);
	desk->log[desk->n_log++] = entry;
}

void desk_order(struct desk *desk, size_t first, uint64_t epoch)
{
	for (size_t i = first; i < desk->n_log; i++) {
		for (size_t j = i; j > first; j--) {
			struct order_key before, after;
			struct bytes swapped = desk->log[j];

			assert_int_equal(order_key_of(&before, epoch, desk->log[j - 1], NULL),
					 UNDERSIGN_OK);
			assert_int_equal(order_key_of(&after, epoch, swapped, NULL), UNDERSIGN_OK);
			if (order_compare(&before, &after) <= 0)
				break;
			desk->log[j] = desk->log[j - 1];
			desk->log[j - 1] = swapped;
		}
	}
}

static enum undersign_status read_entry(void *cookie, struct bytes *out, uint64_t entry)
{
	const struct desk *desk = cookie;

	assert_true(entry < desk->n_log);
	*out = desk->log[entry];
	return UNDERSIGN_OK;
}

enum undersign_status desk_replay(struct desk *desk, bool with_proofs, struct problem *problem)
{
	struct rings_source *sources =
		ARENA_TAKE(desk->arena, struct rings_source, desk->n_rosters);
	struct note_key *keys = ARENA_TAKE(desk->arena, struct note_key, 1);
	struct replay_options options = {
		.log = keys, .read = read_entry, .read_cookie = desk, .batch = 7};
	enum undersign_status status;

	*keys = desk_key(DESK_LOG);
	if (with_proofs)
		options.generators = &desk_generators;
	for (size_t i = 0; i < desk->n_rosters; i++) {
		sources[i].points = desk_points(desk, i, desk->rosters[i].n);
		sources[i].base = &desk->rosters[i].records[0];
	}
	status = rings_open(&desk->rings, &desk->manifest, sources, desk->arena, NULL, NULL, NULL,
			    problem);
	if (status != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem->where, problem->rule, problem->what);
	assert_int_equal(replay_new(&desk->replay, &options, desk->arena), UNDERSIGN_OK);
	assert_int_equal(replay_add_letter(desk->replay, &desk->letter, &desk->manifest,
					   desk->manifest_note, desk->rings, problem),
			 UNDERSIGN_OK);
	for (size_t i = 0; i < desk->n_log && status == UNDERSIGN_OK; i++)
		status = replay_entry(desk->replay, desk->log[i], problem);
	return status == UNDERSIGN_OK ? replay_end(desk->replay, problem) : status;
}

void desk_run(struct desk *desk, const struct bytes *records, size_t n_records,
	      const struct bytes *files, size_t n_files)
{
	struct sequencer_input input = {.epoch = {desk->epoch, FIRST_DAY + DAY * desk->epoch},
					.records = records,
					.n_records = n_records,
					.files = desk->files};
	struct replay_keys no_keys = {0};
	struct sequencer_output out;
	struct problem problem = {0};
	struct bytes *others = arena_take(desk->arena, n_records + 1, sizeof *others);

	assert_int_equal(desk_replay(desk, false, &problem), UNDERSIGN_OK);
	for (size_t i = 0; i < n_records; i++) {
		size_t n_others = 0;

		for (size_t j = 0; j < n_records; j++) {
			if (j != i)
				others[n_others++] = records[j];
		}
		if (sequencer_check_record(desk->replay, records[i], desk->epoch, others, n_others,
					   &no_keys, desk->arena, &problem) != UNDERSIGN_OK)
			fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	}
	assert_true(desk->n_held + n_files <= DESK_STATEMENTS_MAX);
	memcpy(desk->files, desk->held, desk->n_held * sizeof desk->held[0]);
	if (n_files > 0)
		memcpy(desk->files + desk->n_held, files, n_files * sizeof files[0]);
	desk->n_files = input.n_files = desk->n_held + n_files;
	input.replay = desk->replay;
	if (sequencer_run(&out, &input, desk->arena, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	desk->n_held = 0;
	for (size_t i = 0; i < desk->n_files; i++) {
		desk->fates[i] = out.fates[i];
		if (out.fates[i] == SEQUENCER_HELD)
			desk->held[desk->n_held++] = desk->files[i];
	}
	for (size_t i = 0; i < out.n_entries; i++)
		desk_append(desk, out.entries[i]);
	desk->epoch++;
	if (desk_replay(desk, false, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
}

enum sequencer_fate desk_fate(const struct desk *desk, struct bytes file)
{
	for (size_t i = 0; i < desk->n_files; i++) {
		if (bytes_are_equal(desk->files[i], file))
			return desk->fates[i];
	}
	fail_msg("the file was not given");
	return SEQUENCER_DROPPED_UNKNOWN;
}

void desk_count(struct desk *desk, struct tally *out)
{
	struct bytes organisations[DESK_ROSTERS_MAX];
	struct bytes *kept;

	for (size_t i = 0; i < desk->n_rosters; i++)
		organisations[i] = BYTES(desk->rosters[i].organisation);
	kept = arena_take(desk->arena, 1, sizeof organisations);
	memcpy(kept, organisations, sizeof organisations);
	assert_int_equal(tally_count(out, &desk->manifest, kept, desk->letter->statements,
				     desk->letter->n_statements, desk->arena),
			 UNDERSIGN_OK);
}

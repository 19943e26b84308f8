/* The rings of a letter: what loading refuses, the attacks A-3 and M-17 at the level of rings, the
 * rings of statement files, memory. */
#include "world.h"

#include "opening.h"
#include "sign.h"
#include "verify.h"

/* --- What loading refuses --------------------------------------------------------------------- */

/* A copy of a roster's points file with source k replaced. */
static void replace_source(struct world *world, size_t number, uint32_t k, const uint8_t *source)
{
	struct bytes copy = arena_copy(&world->memory.arena, world->sources[number].points);
	size_t at = POINTS_HEADER_LEN;

	for (uint32_t i = 0; i < k; i++)
		at += POINT_BYTES + 1 + copy.data[at + POINT_BYTES];
	memcpy((uint8_t *)copy.data + at, source, POINT_BYTES);
	world->sources[number].points = copy;
}

static void refuses_what_is_no_roster(void **state)
{
	static const uint8_t identity[POINT_BYTES], order_1[POINT_BYTES] = {1};
	uint8_t not_canonical[POINT_BYTES], source[POINT_BYTES];
	struct world world;

	(void)state;
	memset(not_canonical, 0xff, sizeof not_canonical);
	world_begin(&world);
	replace_source(&world, BIRCH, 5, not_canonical);
	world_assert_refused(&world, UNDERSIGN_E_ENCODING, "points of roster 2, entry 5", "");
	world_begin(&world);
	replace_source(&world, BIRCH, 5, identity);
	world_assert_refused(&world, UNDERSIGN_E_ENCODING, "points of roster 2, entry 5",
			     "identity");
	world_begin(&world);
	replace_source(&world, KEYS, 3, order_1);
	world_assert_refused(&world, UNDERSIGN_E_ENCODING, "points of roster 5, entry 3",
			     "prime order");
	world_begin(&world);
	sample_source(source, ROSTER_ENROLLED, 1, 17);
	replace_source(&world, BIRCH, 16, source);
	world_assert_refused(&world, UNDERSIGN_E_CONFLICT, "points of roster 2, entry 16",
			     "no two entries");
	/* Another person in place of one: only the root tells. */
	world_begin(&world);
	sample_source(source, ROSTER_ENROLLED, 1, 1000);
	replace_source(&world, BIRCH, 16, source);
	world_assert_refused(&world, UNDERSIGN_E_INVALID, "points of roster 2", "have the root");
	/* A file cut, or of another class. */
	world_begin(&world);
	world.sources[CEDAR].points.len--;
	world_assert_refused(&world, UNDERSIGN_E_FORMAT, "points of roster 3, entry 9", "");
	world_begin(&world);
	world.sources[CEDAR].points = world.sources[KEYS].points;
	world_assert_refused(&world, UNDERSIGN_E_INVALID, "points of roster 3", "has the class");
	world_begin(&world);
	uint32_t persons[9];
	for (uint32_t i = 0; i < 9; i++)
		persons[i] = 40 + i;
	world_replace_points(&world, CEDAR, persons, 9, false);
	world_assert_refused(&world, UNDERSIGN_E_INVALID, "points of roster 3", "all entries");
	/* A record that does not fit the manifest. */
	world_begin(&world);
	world.rosters[CEDAR].record.roster = BYTES("Cedar");
	world_assert_refused(&world, UNDERSIGN_E_INVALID, "manifest, roster 3", "repeats the name");
	/* More entries than the base are taken (a later version's) but not without that version. */
	world_begin(&world);
	uint32_t more[11];
	for (uint32_t i = 0; i < 11; i++)
		more[i] = 40 + i;
	world_replace_points(&world, CEDAR, more, 11, false);
	struct letter_rings *rings = world_rings(&world);
	assert_int_equal(rings_check_complete(rings, &world.problem), UNDERSIGN_E_INVALID);
	assert_string_equal(world.problem.where, "points of roster 3");
	world_end(&world);
}

/* A group whose rosters have ring-min members together, but not without the repeats. */
static void counts_a_group_without_repeats(void **state)
{
	uint32_t persons[10];
	struct world world;
	struct letter_rings *rings;

	(void)state;
	for (int n_shared = 4; n_shared <= 5; n_shared++) {
		world_begin(&world);
		for (uint32_t i = 0; i < 10; i++)
			persons[i] = 50 - (uint32_t)n_shared + i;
		world_replace_points(&world, DOGWOOD, persons, 10, true);
		if (n_shared == 4) {
			assert_int_equal(world_open(&world, &rings), UNDERSIGN_OK);
			assert_true(rings_last(rings, 2)->ring.n == 16);
			world_end(&world);
		} else {
			world_assert_refused(&world, UNDERSIGN_E_INVALID, "manifest, ring 3",
					     "removal of repeats");
		}
	}
}

/* A ring of one member hides nobody. */
static void refuses_a_ring_of_one(void **state)
{
	struct world world;
	struct letter_rings *rings;

	(void)state;
	world_begin(&world);
	sample_roster(&world.rosters[0], &world.memory.arena, "Sole", "Sole", ROSTER_ENROLLED, 1,
		      1);
	world.sources[0].points = sample_points(&world.rosters[0], 1);
	sample_letter(&world.letter, &world.memory.arena, world.rosters, 1);
	sample_finish(&world.letter, &world.memory.arena, NULL, 0);
	assert_int_equal(world_open(&world, &rings), UNDERSIGN_E_LIMIT);
	world_end(&world);
}

/* --- ring substitution --------------------------------------------------------------------
 */

enum substitution { MINUS_ONE, REPLACED, SWAPPED, DOUBLED, ONE_MORE, N_SUBSTITUTIONS };

/* The persons of a roster of n with one of these changes at place k; returns how many. */
static uint32_t substitute(uint32_t *persons, uint32_t first, uint32_t n, enum substitution how,
			   uint32_t k)
{
	uint32_t other = (k + 1) % n;

	for (uint32_t i = 0; i < n; i++)
		persons[i] = first + i;
	switch (how) {
	case MINUS_ONE:
		memmove(persons + k, persons + k + 1, (n - k - 1) * sizeof *persons);
		return n - 1;
	case REPLACED:
		persons[k] = 5000;
		return n;
	case SWAPPED:
		persons[k] = first + other;
		persons[other] = first + k;
		return n;
	case DOUBLED:
		persons[k] = first + other;
		return n;
	default:
		memmove(persons + k + 1, persons + k, (n - k) * sizeof *persons);
		persons[k] = 5000;
		return n + 1;
	}
}

/* Every place of a roster, every change of it: with the record's root the file is refused; with a
 * record to match, no ring has the id that the statement names. */
static void refuses_substituted_rings(void **state)
{
	struct world honest;
	uint8_t id[HASH_BYTES], id_all[HASH_BYTES];
	int n_refused = 0, n_unknown = 0;

	(void)state;
	world_begin(&honest);
	struct letter_rings *rings = world_rings(&honest);
	memcpy(id, rings_last(rings, ALDER)->ring.id, sizeof id);
	memcpy(id_all, rings_last(rings, 3)->ring.id, sizeof id_all);
	/* The positive control. */
	assert_non_null(rings_find(rings, id));
	assert_non_null(rings_find(rings, id_all));
	world_end(&honest);
	for (uint32_t k = 0; k < 20; k += test_is_full() ? 1 : 3) {
		for (int how = 0; how < N_SUBSTITUTIONS; how++) {
			uint32_t persons[21];
			uint32_t n = substitute(persons, 0, 20, (enum substitution)how, k);
			struct world world;

			world_begin(&world);
			world_replace_points(&world, ALDER, persons, n, false);
			assert_int_not_equal(world_open(&world, &rings), UNDERSIGN_OK);
			n_refused++;
			world_end(&world);

			/* The whole set, record and manifest, made to match. */
			world_begin(&world);
			world_replace_points(&world, ALDER, persons, n, true);
			sample_roster_seal(&world.rosters[ALDER]);
			world_make_letter(&world);
			if (how == DOUBLED) {
				assert_int_equal(world_open(&world, &rings), UNDERSIGN_E_CONFLICT);
			} else {
				rings = world_rings(&world);
				assert_null(rings_find(rings, id));
				assert_null(rings_find(rings, id_all));
			}
			n_unknown++;
			world_end(&world);
		}
	}
	assert_true(n_refused >= 35 && n_unknown == n_refused);
}

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	test_random_fill(cookie, out, len);
	return UNDERSIGN_OK;
}

/* The same with a proof: it holds in its ring and in no other. */
static void a_proof_holds_in_its_ring_alone(void **state)
{
	static struct generators generators;
	uint8_t proof[PROOF_LEN_MAX];
	struct test_random test_random = test_random_new();
	struct world world;
	struct opening opening;
	struct scope scope;
	uint8_t seed[SHA512_BYTES], input[8] = {0};

	(void)state;
	generators_new(&generators);
	world_begin(&world);
	struct letter_rings *rings = world_rings(&world);
	input[4] = 7; /* person 7 of the raw keys, as sample_source makes it */
	sha512(seed, bytes_from(input, sizeof input));
	opening_from_seed(&opening, seed);
	scope_new_letter(&scope, world.letter.text);
	const struct ring *ring = &rings_last(rings, 4)->ring;
	size_t scratch_len = proof_sign_scratch_len(ring->n);
	void *scratch = arena_take(&world.memory.arena, 1, scratch_len);
	struct random_source random = {fill, &test_random};
	assert_int_equal(proof_sign(proof, proof_len(ring->n), &generators, ring, &scope,
				    BYTES("message"), &opening, &random, NULL, scratch,
				    scratch_len),
			 UNDERSIGN_OK);
	struct proof_item item = {ring, &scope, BYTES("message"),
				  bytes_from(proof, proof_len(ring->n))};
	size_t verify_len = proof_verify_scratch_len(&item, 1);
	void *verify = arena_take(&world.memory.arena, 1, verify_len);
	assert_true(proof_is_valid_vartime(&generators, &item, verify, verify_len));
	for (int how = 0; how < N_SUBSTITUTIONS; how++) {
		uint32_t persons[19];
		uint32_t n = substitute(persons, 0, 18, (enum substitution)how, 9);
		struct world other;

		if (how == DOUBLED)
			continue;
		world_begin(&other);
		world_replace_points(&other, KEYS, persons, n, true);
		sample_roster_seal(&other.rosters[KEYS]);
		world_make_letter(&other);
		item.ring = &rings_last(world_rings(&other), 4)->ring;
		assert_false(proof_is_valid_vartime(&generators, &item, verify, verify_len));
		world_end(&other);
	}
	/* Another roster of the letter. */
	item.ring = &rings_last(rings, 1)->ring;
	assert_false(proof_is_valid_vartime(&generators, &item, verify, verify_len));
	world_end(&world);
}

/* M-17: the letter's rings are of its column; those of the other column are no rings of it. */
static void another_column_is_no_ring(void **state)
{
	struct world world;
	uint8_t id[HASH_BYTES];

	(void)state;
	world_begin(&world);
	struct letter_rings *rings = world_rings(&world);
	memcpy(id, rings_last(rings, ALDER)->ring.id, sizeof id);
	world_end(&world);

	world_begin(&world);
	world.sources[ALDER].points = sample_points(&world.rosters[ALDER], 2);
	world_assert_refused(&world, UNDERSIGN_E_INVALID, "points of roster 1", "have the root");

	/* A letter over column 2 of the same roster: a ring with the same name, N and persons, and
	 * another id. */
	world_begin(&world);
	world.sources[ALDER].points = sample_points(&world.rosters[ALDER], 2);
	((struct manifest_roster *)world.letter.rosters)[ALDER].column = 2;
	rings = world_rings(&world);
	assert_true(rings_last(rings, ALDER)->ring.n == 20);
	assert_memory_not_equal(rings_last(rings, ALDER)->ring.id, id, sizeof id);
	assert_null(rings_find(rings, id));
	world_end(&world);
}

/* --- Statement files ---------------------------------------------------------------------------
 */

static enum undersign_status check_file(const struct letter_rings *rings, const uint8_t *first,
					const uint8_t *second, struct problem *problem)
{
	struct statement_file file = {.n = second ? 2 : 1};

	for (size_t i = 0; i < file.n; i++) {
		const uint8_t *id = i == 0 ? first : second;

		file.statements[i].action = id ? MESSAGE_SIGN : MESSAGE_WITHDRAW;
		if (id)
			memcpy(file.statements[i].ring_id, id, HASH_BYTES);
	}
	return rings_check_file(rings, &file, problem);
}

static void checks_the_rings_of_a_file(void **state)
{
	static const uint8_t unknown[HASH_BYTES] = {1};
	struct problem problem = {0};
	struct world world;
	struct step step;
	const uint8_t *ids[5];

	(void)state;
	world_begin_grown(&world);
	struct letter_rings *rings = world_rings(&world);
	for (size_t i = 0; i < 5; i++)
		ids[i] = rings_last(rings, i)->ring.id;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(check_file(rings, ids[i], NULL, NULL), UNDERSIGN_OK);
	assert_int_equal(check_file(rings, NULL, NULL, NULL), UNDERSIGN_OK);
	assert_int_equal(check_file(rings, unknown, NULL, &problem), UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.rule, "a ring of the letter"));
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++)
			assert_int_equal(check_file(rings, ids[i], ids[j], NULL),
					 i < 3 && j == 3 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
	assert_int_equal(check_file(rings, ids[0], unknown, NULL), UNDERSIGN_E_INVALID);
	assert_int_equal(check_file(rings, NULL, ids[3], NULL), UNDERSIGN_E_INVALID);
	/* Both proofs of different versions: the ring of all of any version will do. */
	step_new(&step, &world, 1, 3, 23, 20);
	assert_true(step_holds(rings, &step));
	assert_int_equal(check_file(rings, ids[0], rings_last(rings, 3)->ring.id, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(check_file(rings, rings_last(rings, 0)->ring.id, ids[3], NULL),
			 UNDERSIGN_OK);
	assert_int_equal(check_file(rings, ids[3], rings_last(rings, 3)->ring.id, NULL),
			 UNDERSIGN_E_INVALID);
	world_end(&world);
}

/* --- Memory ------------------------------------------------------------------------------------
 */

/* At most 250 bytes a member stay, points files included. */
static void needs_little_memory(void **state)
{
	static struct world world;
	uint64_t n_members = 0, n_bytes;
	uint32_t n_each = test_is_full() ? 16384 : 2048;
	struct letter_rings *rings;

	(void)state;
	memset(&world, 0, sizeof world);
	sample_memory_begin(&world.memory);
	for (size_t i = 0; i < 4; i++) {
		char *name = arena_take(&world.memory.arena, 1, 8);

		snprintf(name, 8, "R%zu", i);
		sample_roster(&world.rosters[i], &world.memory.arena, name, name, ROSTER_ENROLLED,
			      (uint32_t)i * n_each, n_each);
		world.sources[i] = (struct rings_source){sample_points(&world.rosters[i], 1),
							 &world.rosters[i].record};
		n_members += n_each;
	}
	sample_letter(&world.letter, &world.memory.arena, world.rosters, 4);
	sample_finish(&world.letter, &world.memory.arena, NULL, 0);
	n_bytes = world.memory.n_bytes;
	assert_int_equal(world_open(&world, &rings), UNDERSIGN_OK);
	n_bytes = world.memory.n_bytes - n_bytes;
	for (size_t i = 0; i < 4; i++)
		n_bytes += world.sources[i].points.len;
	print_message("%.1f bytes a member\n", (double)n_bytes / (double)n_members);
	assert_true(n_bytes <= 250 * n_members);
	world_end(&world);
}

/* Every amount of memory that is too small is said to be, and nothing else happens. */
static void says_when_memory_ends(void **state)
{
	struct world world;
	struct letter_rings *rings;
	enum undersign_status status = UNDERSIGN_E_MEMORY;

	(void)state;
	world_begin_grown(&world);
	size_t capacity = 1 << 20;
	uint8_t *block = aligned_alloc(64, capacity);
	size_t used = 0;
	for (size_t limit = 0; limit < capacity; limit += limit < 4096 ? 64 : 1024) {
		struct arena small = {.block = block, .capacity = limit};
		struct problem problem = {0};
		struct step step;
		bool holds;

		status = rings_open(&rings, &world.letter, world.sources, &small, NULL, NULL, NULL,
				    &problem);
		if (status != UNDERSIGN_OK) {
			assert_int_equal(status, UNDERSIGN_E_MEMORY);
			continue;
		}
		used = limit;
		step_new(&step, &world, 1, 3, 22, 18);
		status = rings_extend(rings, &holds, &step.extend, step.records, 3, 9, &step.why);
		if (status == UNDERSIGN_OK)
			break;
		assert_int_equal(status, UNDERSIGN_E_MEMORY);
		assert_int_equal(rings->n_versions, 1);
	}
	assert_int_equal(status, UNDERSIGN_OK);
	assert_true(used > 0);
	free(block);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_roster),
		cmocka_unit_test(counts_a_group_without_repeats),
		cmocka_unit_test(refuses_a_ring_of_one),
		cmocka_unit_test(refuses_substituted_rings),
		cmocka_unit_test(a_proof_holds_in_its_ring_alone),
		cmocka_unit_test(another_column_is_no_ring),
		cmocka_unit_test(checks_the_rings_of_a_file),
		cmocka_unit_test(needs_little_memory),
		cmocka_unit_test(says_when_memory_ends),
	};

	return cmocka_run_group_tests_name("letter rings", tests, NULL, NULL);
}

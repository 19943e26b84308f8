/* The rings of a letter in all versions against an independent recomputation of their elements and
 * ids; the rules of extensions; M-16. */
#include "world.h"

#include "ed25519.h"

/* --- An independent recomputation (protocol 4.4, 4.4b, 10.3) -----------------------------------
 */

struct hash {
	uint8_t bytes[HASH_BYTES];
};

static struct hash b32(const struct writer *writer)
{
	uint8_t out[SHA512_BYTES];
	struct hash hash;

	sha512(out, writer_view(writer));
	memcpy(hash.bytes, out, sizeof hash.bytes);
	return hash;
}

static void put_item(struct writer *writer, const char *label, struct bytes data)
{
	writer_u8(writer, (uint8_t)strlen(label));
	writer_text(writer, label);
	writer_u64le(writer, data.len);
	writer_bytes(writer, data);
}

static struct hash naive_root(const struct hash *leaves, size_t n)
{
	uint8_t input[65];
	struct writer writer = writer_new(input, sizeof input);
	size_t left = 1;

	if (n == 1)
		return leaves[0];
	while (left * 2 < n)
		left *= 2;
	struct hash a = naive_root(leaves, left), b = naive_root(leaves + left, n - left);
	writer_u8(&writer, 1);
	writer_put(&writer, a.bytes, sizeof a.bytes);
	writer_put(&writer, b.bytes, sizeof b.bytes);
	return b32(&writer);
}

static struct hash naive_leaf(uint8_t kind, const uint8_t *source, struct bytes meta)
{
	uint8_t input[66];
	struct writer writer = writer_new(input, sizeof input);
	uint8_t meta_hash[SHA512_BYTES];

	sha512(meta_hash, meta);
	writer_u8(&writer, 0);
	writer_u8(&writer, kind);
	writer_put(&writer, source, POINT_BYTES);
	writer_put(&writer, meta_hash, HASH_BYTES);
	return b32(&writer);
}

static struct hash naive_id(struct bytes org, uint64_t n, const struct hash *root)
{
	uint8_t input[400], number[8];
	struct writer writer = writer_new(input, sizeof input);
	struct writer numbers = writer_new(number, sizeof number);

	writer_u64le(&numbers, n);
	writer_text(&writer, "undersigned/v1");
	put_item(&writer, "ring", BYTES(""));
	put_item(&writer, "org", org);
	put_item(&writer, "N", writer_view(&numbers));
	put_item(&writer, "root", bytes_from(root->bytes, sizeof root->bytes));
	return b32(&writer);
}

/* A ring from the persons of its rosters: the sources in order without repeats, and the id. */
struct naive_ring {
	struct hash id;
	size_t n;
	uint8_t sources[200][POINT_BYTES];
};

static void naive_add(struct naive_ring *ring, const uint8_t *source)
{
	for (size_t i = 0; i < ring->n; i++)
		if (memcmp(ring->sources[i], source, POINT_BYTES) == 0)
			return;
	memcpy(ring->sources[ring->n++], source, POINT_BYTES);
}

static void naive_ring(struct naive_ring *out, const struct world *world,
		       const struct manifest_ring *ring, const uint64_t *counts)
{
	struct hash roots[N_ROSTERS];

	out->n = 0;
	for (size_t i = 0; i < ring->n_rosters; i++) {
		uint32_t number = ring->rosters[i];
		struct hash leaves[200];
		struct points points;
		struct entry entry;

		assert_int_equal(points_parse(&points, world->sources[number].points, NULL),
				 UNDERSIGN_OK);
		struct points_reader reader = points_read(&points);
		for (uint64_t k = 0; k < counts[number]; k++) {
			assert_true(points_next(&reader, &entry));
			leaves[k] = naive_leaf(entry.kind, entry.source, entry.meta);
			naive_add(out, entry.source);
		}
		roots[i] = naive_root(leaves, (size_t)counts[number]);
		if (ring->type == MANIFEST_RING_OWN)
			continue;
		uint8_t input[300];
		struct writer writer = writer_new(input, sizeof input);
		writer_u8(&writer, 2);
		put_item(&writer, "org", world->letter.rosters[number].name);
		writer_u64le(&writer, counts[number]);
		writer_put(&writer, roots[i].bytes, HASH_BYTES);
		roots[i] = b32(&writer);
	}
	struct hash root = naive_root(roots, ring->n_rosters);
	out->id = naive_id(ring->name, out->n, &root);
}

/* That the rings of a version are those of the recomputation, element by element. */
static void assert_version(const struct world *world, const struct letter_rings *rings,
			   uint32_t version, const uint64_t *counts)
{
	for (size_t number = 0; number < world->letter.n_rings; number++) {
		const struct manifest_ring *ring = &world->letter.rings[number];
		const struct rings_ring *found = rings_at(rings, number, version);
		struct naive_ring naive;

		naive_ring(&naive, world, ring, counts);
		assert_non_null(found);
		assert_int_equal(found->number, number);
		assert_true(found->version <= version);
		assert_true(found->ring.n == naive.n);
		assert_memory_equal(found->ring.id, naive.id.bytes, HASH_BYTES);
		assert_ptr_equal(rings_find(rings, naive.id.bytes), found);
		for (size_t i = 0; i < naive.n; i++) {
			struct point point, expected;

			point_from_affine(&point, ring_point(&found->ring, i));
			if (ring->class_of_members == ROSTER_RAW_KEY)
				assert_int_equal(
					ed25519_key_to_point_vartime(&expected, naive.sources[i]),
					UNDERSIGN_OK);
			else
				assert_int_equal(point_decode_vartime(&expected, naive.sources[i]),
						 UNDERSIGN_OK);
			assert_true(point_is_equal(&point, &expected));
		}
	}
}

static void makes_the_rings_of_the_manifest(void **state)
{
	struct world world;
	const uint64_t counts[] = {20, 17, 10, 10, 18};
	const uint64_t sizes[] = {20, 17, 18, 50, 18};

	(void)state;
	world_begin(&world);
	struct letter_rings *rings = world_rings(&world);
	assert_int_equal(world.letter.n_rings, 5);
	assert_int_equal(rings->n_versions, 1);
	assert_version(&world, rings, 0, counts);
	for (size_t i = 0; i < 5; i++) {
		assert_true(rings_last(rings, i)->ring.n == sizes[i]);
		assert_true(rings_last(rings, i)->ring.n_raw == (i == 4 ? 18 : 0));
	}
	assert_null(rings_at(rings, 5, 0));
	assert_null(rings_at(rings, 0, 1));
	assert_int_equal(rings_check_complete(rings, NULL), UNDERSIGN_OK);
	world_end(&world);
}

/* --- Versions ----------------------------------------------------------------------------------
 */

static void grows_version_by_version(void **state)
{
	const uint64_t counts[3][N_ROSTERS] = {
		{20, 17, 10, 10, 18}, {22, 17, 10, 10, 18}, {23, 17, 10, 10, 20}};
	struct world world;
	struct step step;

	(void)state;
	world_begin_grown(&world);
	struct letter_rings *rings = world_rings(&world);
	assert_version(&world, rings, 0, counts[0]);
	step_new(&step, &world, 1, 3, 22, 18);
	assert_true(step_holds(rings, &step));
	assert_int_equal(rings_check_complete(rings, NULL), UNDERSIGN_E_INVALID);
	step_new(&step, &world, 2, 4, 23, 20);
	assert_true(step_holds(rings, &step));
	for (size_t i = 0; i < N_ROSTERS; i++)
		assert_ptr_equal(rings->rosters[i].record, step.records[i]);
	assert_int_equal(rings_check_complete(rings, NULL), UNDERSIGN_OK);
	for (uint32_t version = 0; version < 3; version++)
		assert_version(&world, rings, version, counts[version]);
	/* A ring that did not grow is the same one. */
	assert_ptr_equal(rings_at(rings, 1, 0), rings_at(rings, 1, 2));
	assert_ptr_equal(rings_at(rings, 4, 0), rings_at(rings, 4, 1));
	assert_ptr_not_equal(rings_at(rings, 4, 1), rings_at(rings, 4, 2));
	assert_int_equal(rings_last(rings, 4)->version, 2);
	/* 200 is new in the ring of all, 45 is not. */
	assert_true(rings_at(rings, 3, 0)->ring.n + 1 == rings_at(rings, 3, 1)->ring.n);
	/* An extension that adds nobody holds as well. */
	step_new(&step, &world, 3, 5, 23, 20);
	assert_true(step_holds(rings, &step));
	assert_ptr_equal(rings_at(rings, 0, 3), rings_at(rings, 0, 2));
	world_end(&world);
}

static void assert_void(struct letter_rings *rings, struct step *step, const char *rule_part)
{
	uint32_t n_versions = rings->n_versions;
	size_t n_rings = rings->n_by_id;

	if (step_holds(rings, step))
		fail_msg("holds, against the rule: %s", rule_part);
	if (!strstr(step->why.rule, rule_part))
		fail_msg("void by `%s`, not by `%s`", step->why.rule, rule_part);
	assert_int_equal(rings->n_versions, n_versions);
	assert_int_equal(rings->n_by_id, n_rings);
}

/* Each rule of 3.4 broken once, each in an epoch of its own; then the same extension holds. */
static void finds_extensions_void(void **state)
{
	struct world world;
	struct step step;
	uint64_t epoch = 3;

	(void)state;
	world_begin_grown(&world);
	struct letter_rings *rings = world_rings(&world);
	struct snapshot_record changed;

	step_new(&step, &world, 2, epoch, 22, 18);
	assert_void(rings, &step, "consecutive");
	/* A void one was the epoch's one. */
	step_new(&step, &world, 1, epoch, 22, 18);
	assert_void(rings, &step, "one extension in an epoch");
	step.epoch = 10;
	assert_void(rings, &step, "after its closing");
	step.epoch = ++epoch;
	step.extend.n_rosters = N_ROSTERS - 1;
	assert_void(rings, &step, "all rosters");
	step_new(&step, &world, 1, ++epoch, 22, 18);
	step.records[BIRCH] = NULL;
	assert_void(rings, &step, "in the log before");
	step_new(&step, &world, 1, ++epoch, 22, 18);
	step.rosters[ALDER].members = 23;
	assert_void(rings, &step, "repeats the members");
	step_new(&step, &world, 1, ++epoch, 22, 18);
	changed = *step.records[ALDER];
	changed.edition = 2;
	step.records[ALDER] = &changed;
	assert_void(rings, &step, "same edition");
	step_new(&step, &world, 1, ++epoch, 19, 18);
	assert_void(rings, &step, "as many members");
	step_new(&step, &world, 1, ++epoch, 22, 18);
	changed = *step.records[ALDER];
	changed.roots[0][0] ^= 1;
	step.records[ALDER] = &changed;
	assert_void(rings, &step, "as a prefix");
	/* More entries than there are. */
	step.closing = 100;
	step_new(&step, &world, 1, ++epoch, 22, 18);
	step.closing = 100;
	changed = *step.records[ALDER];
	changed.members = 24;
	step.records[ALDER] = &changed;
	step.rosters[ALDER].members = 24;
	assert_void(rings, &step, "its points file");
	/* As many entries, but others: a root that is not that of the version before. */
	step_new(&step, &world, 1, ++epoch, 20, 18);
	step.closing = 100;
	changed = *step.records[ALDER];
	changed.roots[0][31] ^= 1;
	step.records[ALDER] = &changed;
	assert_void(rings, &step, "as a prefix");

	step_new(&step, &world, 1, ++epoch, 22, 18);
	step.closing = 100;
	assert_true(step_holds(rings, &step));
	step_new(&step, &world, 2, ++epoch, 21, 18);
	step.closing = 100;
	assert_void(rings, &step, "as many members");
	step_new(&step, &world, 1, ++epoch, 23, 18);
	step.closing = 100;
	assert_void(rings, &step, "consecutive");
	/* The other column's root is not looked at: rings are made of one. */
	step_new(&step, &world, 2, ++epoch, 23, 18);
	step.closing = 100;
	changed = *step.records[ALDER];
	changed.roots[1][0] ^= 1;
	step.records[ALDER] = &changed;
	assert_true(step_holds(rings, &step));
	world_end(&world);
}

/* M-16: two snapshots that extend the base, neither of them the other. Each continues version 0;
 * compared with the base alone both would be taken, and person 300, who stands in no roster twice,
 * could sign under either element. The rule of one chain takes the first and no other. */
static void a_fork_of_the_base_is_void(void **state)
{
	static const struct {
		uint32_t persons[2];
		uint32_t n;
	} branches[] = {{{300, 0}, 1}, {{301, 302}, 2}};
	struct snapshot_record forked;
	struct world world;
	struct step step;

	(void)state;
	for (size_t first = 0; first < 2; first++) {
		uint32_t persons[22];
		struct points base, branch_a, branch_b;
		struct bytes files[2];

		world_begin(&world);
		for (uint32_t i = 0; i < 20; i++)
			persons[i] = i;
		assert_int_equal(points_parse(&base, world.sources[ALDER].points, NULL),
				 UNDERSIGN_OK);
		for (size_t i = 0; i < 2; i++) {
			memcpy(persons + 20, branches[i].persons, sizeof branches[i].persons);
			world_replace_points(&world, ALDER, persons, 20 + branches[i].n, false);
			files[i] = world.sources[ALDER].points;
		}
		/* The control: the weaker rule takes both branches. */
		assert_int_equal(points_parse(&branch_a, files[0], NULL), UNDERSIGN_OK);
		assert_int_equal(points_parse(&branch_b, files[1], NULL), UNDERSIGN_OK);
		assert_true(points_is_prefix(&base, &branch_a));
		assert_true(points_is_prefix(&base, &branch_b));
		assert_false(points_is_prefix(&branch_a, &branch_b));

		uint32_t n = 20 + branches[1 - first].n;
		world.sources[ALDER].points = files[1 - first];
		forked = *world_record_at(&world, ALDER, n);
		world.sources[ALDER].points = files[first];
		struct letter_rings *rings = world_rings(&world);
		step_new(&step, &world, 1, 3, 20 + branches[first].n, 18);
		assert_true(step_holds(rings, &step));
		for (uint32_t version = 1; version <= 2; version++) {
			step.extend.version = version;
			step.epoch = 3 + version;
			step.records[ALDER] = &forked;
			step.rosters[ALDER].members = n;
			assert_false(step_holds(rings, &step));
		}
		assert_int_equal(rings->n_versions, 2);
		world_end(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_rings_of_the_manifest),
		cmocka_unit_test(grows_version_by_version),
		cmocka_unit_test(finds_extensions_void),
		cmocka_unit_test(a_fork_of_the_base_is_void),
	};

	return cmocka_run_group_tests_name("letter versions", tests, NULL, NULL);
}

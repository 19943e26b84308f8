/* Manifests: what is taken is written again as the same text, and looking things up in it is safe.
 */
#include "fuzz.h"

#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 22] __attribute__((aligned(64)));
	static uint8_t again[ROSTER_TEXT_MAX];
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct problem problem = {0};
	struct manifest manifest;
	struct bytes text = bytes_from(data, len);
	enum undersign_status status = manifest_parse(&manifest, text, &arena, &problem);

	CHECK(status != UNDERSIGN_E_MEMORY);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	struct writer writer = writer_new(again, sizeof again);
	manifest_write(&writer, &manifest);
	CHECK(bytes_are_equal(writer_view(&writer), text));
	for (size_t i = 0; i < manifest.n_rosters; i++) {
		size_t ring = manifest_ring_of_roster(&manifest, i);
		enum roster_class class_of_members = manifest_roster_class(&manifest.rosters[i]);

		CHECK(manifest_ring_of_all(&manifest, class_of_members) < manifest.n_rings);
		CHECK(ring < manifest.n_rings || manifest.rosters[i].members < manifest.ring_min);
	}
	for (size_t i = 0; i < manifest.n_rings; i++)
		CHECK(manifest_find_ring(&manifest, manifest.rings[i].name) == i);
	return 0;
}

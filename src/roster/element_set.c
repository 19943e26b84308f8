#include "element_set.h"

#include "memory.h"

/* A leaf has an element; a branch has two children, which agree in all bits before `bit`. */
struct element_node {
	uint16_t bit; /* of a branch: 0 is the first byte's most significant; BIT_NONE in a leaf */
	struct element_place place;
	uint8_t element[POINT_BYTES];
	struct element_node *child[2];
};

#define BIT_NONE (8 * POINT_BYTES)

static unsigned bit_of(const uint8_t element[static POINT_BYTES], uint16_t bit)
{
	return (unsigned)(element[bit >> 3] >> (7 - (bit & 7))) & 1;
}

void element_set_begin(struct element_set *out, struct arena *arena)
{
	*out = (struct element_set){.arena = arena};
}

/* The leaf that agrees with element in all bits that are branched at on its way. */
static struct element_node *nearest(const struct element_set *set,
				    const uint8_t element[static POINT_BYTES])
{
	struct element_node *node = set->root;

	while (node->bit != BIT_NONE)
		node = node->child[bit_of(element, node->bit)];
	return node;
}

const struct element_place *element_set_find(const struct element_set *set,
					     const uint8_t element[static POINT_BYTES])
{
	const struct element_node *leaf;

	if (!set->root)
		return NULL;
	leaf = nearest(set, element);
	return memcmp(leaf->element, element, POINT_BYTES) == 0 ? &leaf->place : NULL;
}

struct element_place *element_set_at(struct element_set *set,
				     const uint8_t element[static POINT_BYTES])
{
	struct element_node *leaf = set->root ? nearest(set, element) : NULL;

	return leaf && memcmp(leaf->element, element, POINT_BYTES) == 0 ? &leaf->place : NULL;
}

static struct element_node *new_leaf(struct arena *arena, const uint8_t element[static POINT_BYTES],
				     struct element_place place)
{
	struct element_node *leaf = ARENA_TAKE(arena, struct element_node, 1);

	if (!leaf)
		return NULL;
	leaf->bit = BIT_NONE;
	leaf->place = place;
	memcpy(leaf->element, element, POINT_BYTES);
	return leaf;
}

enum undersign_status element_set_add(struct element_set *set,
				      const uint8_t element[static POINT_BYTES],
				      struct element_place place)
{
	struct element_node **link = &set->root;
	uint16_t bit = 0;

	if (set->root) {
		const struct element_node *other = nearest(set, element);

		while (bit < BIT_NONE && bit_of(element, bit) == bit_of(other->element, bit))
			bit++;
		if (bit == BIT_NONE)
			return UNDERSIGN_E_CONFLICT;
	}
	struct element_node *leaf = new_leaf(set->arena, element, place);
	if (!leaf)
		return UNDERSIGN_E_MEMORY;
	if (!set->root) {
		*link = leaf;
	} else {
		struct element_node *branch = ARENA_TAKE(set->arena, struct element_node, 1);

		if (!branch)
			return UNDERSIGN_E_MEMORY;
		while ((*link)->bit < bit)
			link = &(*link)->child[bit_of(element, (*link)->bit)];
		branch->bit = bit;
		branch->child[bit_of(element, bit)] = leaf;
		branch->child[1 - bit_of(element, bit)] = *link;
		*link = branch;
	}
	set->n++;
	return UNDERSIGN_OK;
}

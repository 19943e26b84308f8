#include "bundle_handle.h"
#include "convert.h"

#include "ct.h"
#include "memory.h"
#include "poll_count.h"
#include "share.h"
#include "trustees.h"

_Static_assert(UNDERSIGN_OPTIONS_MAX == SHAPE_ALL_MAX, "the same limit");
_Static_assert(UNDERSIGN_TRUSTEE_SECRET_BYTES == SCALAR_BYTES, "a secret is a scalar");

static enum undersign_status fill_questions(struct undersign_bundle *bundle)
{
	const struct manifest_poll *poll = &bundle->inner->manifest.poll;
	const size_t n = poll->shape.n_questions, n_options = shape_n_options(&poll->shape);
	struct undersign_poll_question *questions =
		ARENA_TAKE(&bundle->arena, struct undersign_poll_question, n);
	struct undersign_bytes *options =
		ARENA_TAKE(&bundle->arena, struct undersign_bytes, n_options);

	if (!questions || !options)
		return UNDERSIGN_E_MEMORY;
	for (size_t q = 0; q < n; q++) {
		const struct shape_question *shape = &poll->shape.questions[q];

		questions[q] = (struct undersign_poll_question){
			.text = convert_to_public(poll->questions[q].text),
			.min = shape->min,
			.max = shape->max,
			.n_options = shape->n_options,
			.options = options,
		};
		for (size_t o = 0; o < shape->n_options; o++)
			*options++ = convert_to_public(poll->questions[q].options[o]);
	}
	bundle->poll.questions = questions;
	bundle->poll.n_questions = n;
	bundle->poll.n_options = n_options;
	return UNDERSIGN_OK;
}

static enum undersign_status fill_groups(struct undersign_bundle *bundle)
{
	const struct poll_count *count = &bundle->inner->poll;
	struct undersign_poll_group *groups =
		ARENA_TAKE(&bundle->arena, struct undersign_poll_group, count->n_groups);

	if (!groups)
		return UNDERSIGN_E_MEMORY;
	for (size_t g = 0; g < count->n_groups; g++)
		groups[g] = (struct undersign_poll_group){
			.ring = count->groups[g].ring,
			.n_rings = count->groups[g].n_rings,
			.rings = count->groups[g].rings,
			.answers = count->groups[g].answers,
			.counts = count->groups[g].counts,
		};
	bundle->poll.groups = groups;
	bundle->poll.n_groups = count->n_groups;
	return UNDERSIGN_OK;
}

static enum undersign_status fill_trustees(struct undersign_bundle *bundle)
{
	const struct poll_trustees *record = bundle->inner->letter->poll->trustees;
	const struct poll_count *count = &bundle->inner->poll;

	if (!record)
		return UNDERSIGN_OK;
	const unsigned n = record->roll.ceremony.n;
	struct undersign_poll_trustee *trustees =
		ARENA_TAKE(&bundle->arena, struct undersign_poll_trustee, n);
	if (!trustees)
		return UNDERSIGN_E_MEMORY;
	for (unsigned j = 0; j < n; j++)
		trustees[j] = (struct undersign_poll_trustee){
			.name = convert_to_public(record->roll.trustees[j].signer.name),
			.has_given = count->has_given[j],
			.has_lied = count->has_lied[j],
		};
	bundle->poll.trustees = trustees;
	bundle->poll.n_trustees = n;
	bundle->poll.threshold = record->roll.ceremony.threshold;
	return UNDERSIGN_OK;
}

enum undersign_status bundle_handle_fill_poll(struct undersign_bundle *bundle)
{
	static const enum undersign_poll_state states[] = {
		[POLL_SEALED] = UNDERSIGN_POLL_SEALED,
		[POLL_CLOSED] = UNDERSIGN_POLL_CLOSED,
		[POLL_OPENED] = UNDERSIGN_POLL_OPENED,
	};
	const struct poll_count *count = &bundle->inner->poll;
	enum undersign_status status = fill_questions(bundle);

	if (status == UNDERSIGN_OK)
		status = fill_groups(bundle);
	if (status == UNDERSIGN_OK)
		status = fill_trustees(bundle);
	bundle->poll.state = states[count->state];
	bundle->poll.quorum = bundle->inner->manifest.poll.quorum;
	bundle->poll.has_quorum = count->has_quorum;
	bundle->poll.answers = count->answers;
	bundle->poll.withheld = count->withheld;
	bundle->poll.totals = count->totals;
	if (count->n_groups > 0)
		share_sums_id(bundle->poll.sums, &count->about);
	return status;
}

const struct undersign_poll *undersign_bundle_poll(const struct undersign_bundle *bundle)
{
	return manifest_is_poll(&bundle->inner->manifest) ? &bundle->poll : NULL;
}

static enum undersign_status refuse(struct problem *problem, const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* The share of the trustee whose key's secret it is, as the record's text. */
static enum undersign_status write_share(struct writer *writer, unsigned *out_trustee,
					 const struct bundle *bundle, const struct scalar *secret,
					 const struct random_source *random, struct arena *arena,
					 struct problem *problem)
{
	const struct poll_trustees *record = bundle->letter->poll->trustees;
	const struct share_poll *about = &bundle->poll.about;
	uint8_t *share = arena_take(arena, 1, share_len(about->n_sums));
	uint8_t *scratch = arena_take(arena, 1, share_scratch_len(about->n_sums));
	struct scalar own;
	unsigned liar;

	if (!share || !scratch)
		return UNDERSIGN_E_MEMORY;
	*out_trustee = ceremony_find(&record->roll.ceremony, secret);
	if (*out_trustee == 0)
		return refuse(problem, "a share is made with the key of one of the poll's trustees",
			      "this is the key of none of them");
	enum undersign_status status = trustee_share_open(&own, &liar, &record->roll.ceremony,
							  record->deals, *out_trustee, secret);
	if (status == UNDERSIGN_OK)
		status = share_make(share, about, *out_trustee, &own, random, scratch);
	wipe(&own, sizeof own);
	if (status != UNDERSIGN_OK)
		return status;
	struct poll_share text = {.trustee = *out_trustee,
				  .share = bytes_from(share, share_len(about->n_sums))};
	memcpy(text.letter, bundle->manifest.context, HASH_BYTES);
	poll_share_write(writer, &text);
	return UNDERSIGN_OK;
}

enum undersign_status undersign_bundle_share(uint8_t share[UNDERSIGN_SHARE_MAX], size_t *out_len,
					     uint32_t *out_trustee,
					     const struct undersign_bundle *bundle,
					     const uint8_t secret[UNDERSIGN_TRUSTEE_SECRET_BYTES],
					     const struct undersign_random *random,
					     const struct undersign_memory *memory,
					     struct undersign_problem *problem)
{
	const struct random_source source = convert_random(random);
	struct arena arena = convert_memory(memory);
	struct writer writer = writer_new(share, UNDERSIGN_SHARE_MAX);
	struct problem inner = {0};
	struct scalar scalar;
	unsigned trustee = 0;
	enum undersign_status status = UNDERSIGN_OK;

	*out_len = 0;
	*out_trustee = 0;
	if (!manifest_is_poll(&bundle->inner->manifest))
		return UNDERSIGN_E_USAGE;
	if (bundle->inner->poll.state == POLL_SEALED)
		status = refuse(&inner,
				"shares are made once the poll is closed and nothing can be added",
				"the log has no epoch after the closing in this bundle");
	else if (bundle->inner->poll.n_groups == 0)
		status = refuse(&inner, "shares are made of sums of answers",
				"there are too few answers to open anything");
	if (status == UNDERSIGN_OK)
		status = scalar_decode(&scalar, secret);
	if (status == UNDERSIGN_OK)
		status = write_share(&writer, &trustee, bundle->inner, &scalar, &source, &arena,
				     &inner);
	wipe(&scalar, sizeof scalar);
	convert_problem(problem, &inner);
	if (status != UNDERSIGN_OK)
		return status;
	CHECK(!writer.has_overflowed);
	*out_len = writer.len;
	*out_trustee = trustee - 1;
	return UNDERSIGN_OK;
}

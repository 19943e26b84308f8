#include "nonce.h"

#include "ct.h"

enum undersign_status nonce_fresh(struct scalar *out, const struct random_source *random)
{
	uint8_t fresh[SCALAR_WIDE_BYTES];

	if (random->fill(random->cookie, fresh, sizeof fresh) != UNDERSIGN_OK) {
		wipe(fresh, sizeof fresh);
		*out = scalar_zero;
		return UNDERSIGN_E_RANDOM;
	}
	/* For the tools that follow secrets: whatever comes from the generator is one. */
	ct_classify(fresh, sizeof fresh);
	scalar_reduce_wide(out, fresh);
	wipe(fresh, sizeof fresh);
	return UNDERSIGN_OK;
}

enum undersign_status nonce_next_n(const struct nonce_source *source, struct scalar *out, size_t n)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t k = 0; k < n && !status; k++)
		status = nonce_next(source, &out[k]);
	if (status)
		wipe(out, n * sizeof *out);
	return status;
}

void nonce_hedge_begin(struct nonce_hedge *out, const char *label, struct bytes secret,
		       const uint8_t statement[static SHA512_BYTES],
		       const struct random_source *random)
{
	struct bytes name = bytes_from_text(label);

	sha512_begin(&out->start);
	sha512_add(&out->start, name.data, name.len);
	sha512_add(&out->start, secret.data, secret.len);
	sha512_add(&out->start, statement, SHA512_BYTES);
	out->counter = 0;
	out->random = random;
}

static enum undersign_status hedge_next(void *cookie, struct scalar *out)
{
	struct nonce_hedge *hedge = cookie;
	struct sha512 hash = hedge->start;
	uint8_t counter[8], digest[SHA512_BYTES];
	struct writer writer = writer_new(counter, sizeof counter);
	struct scalar hedged;
	enum undersign_status status = nonce_fresh(out, hedge->random);

	writer_u64le(&writer, hedge->counter++);
	sha512_add(&hash, counter, sizeof counter);
	sha512_end(&hash, digest);
	scalar_reduce_wide(&hedged, digest);
	if (!status)
		scalar_add(out, out, &hedged);
	wipe(&hedged, sizeof hedged);
	wipe(digest, sizeof digest);
	return status;
}

struct nonce_source nonce_hedge_source(struct nonce_hedge *hedge)
{
	return (struct nonce_source){hedge_next, hedge};
}

void nonce_hedge_wipe(struct nonce_hedge *hedge)
{
	wipe(hedge, sizeof *hedge);
}

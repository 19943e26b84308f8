#include "bundle_handle.h"
#include "convert.h"

#include "claim_file.h"
#include "ct.h"
#include "memory.h"
#include "message.h"
#include "sigma.h"

_Static_assert(UNDERSIGN_CLAIM_MAX >= CLAIM_FILE_MAX, "every claim fits");

/* The claim's place and statement: the ring in which the member's effective signature is counted
 * need not be named; his roster's own ring, or else the ring of all, holds his entry. */
static enum undersign_status find_place(uint32_t *out_ring, uint64_t *out_i,
					const struct undersign_bundle *bundle,
					const struct opening *opening)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	uint32_t roster = 0;

	enum undersign_status status = bundle_handle_find(&roster, bundle, opening);
	if (status != UNDERSIGN_OK)
		return status;
	size_t ring = manifest_ring_of_roster(manifest, roster);
	if (ring == manifest->n_rings)
		ring = manifest_ring_of_all(manifest,
					    manifest_roster_class(&manifest->rosters[roster]));
	*out_ring = (uint32_t)ring;
	return sigma_claim_find(out_i, &bundle->generators,
				&rings_last(bundle->inner->rings, ring)->ring, opening);
}

static enum undersign_status make_claim(uint8_t *out, size_t *out_len,
					const struct undersign_bundle *bundle, struct bytes text,
					const struct claim_file_key *verifier,
					const uint8_t *secret, const struct random_source *random)
{
	const struct replay_letter *letter = bundle->inner->letter;
	struct claim_file file = {.is_designated = verifier != NULL, .text = text};
	struct writer writer = writer_new(out, UNDERSIGN_CLAIM_MAX);
	uint8_t payload[MESSAGE_CLAIM_BYTES];
	uint8_t tag[POINT_BYTES];
	uint32_t ring = 0;
	struct opening opening;

	enum undersign_status status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = opening_tag(tag, &letter->scope, &opening);
	if (status == UNDERSIGN_OK) {
		/* The claim says it, or there is none. */
		ct_declassify(tag, sizeof tag);
		const struct tally_tag published =
			tally_of_tag(letter->statements, letter->n_statements, tag);
		/* Never about a tag that is not on the letter: that would be a disclaim. */
		if (published.fate != TALLY_COUNTS)
			status = UNDERSIGN_E_MISSING;
	}
	if (status == UNDERSIGN_OK)
		status = find_place(&ring, &file.index, bundle, &opening);
	if (status == UNDERSIGN_OK) {
		message_write_claim(payload, text);
		const struct sigma_claim claim = {
			.ring = &rings_last(bundle->inner->rings, ring)->ring,
			.i = file.index,
			.scope = &letter->scope,
			.payload = bytes_from(payload, sizeof payload),
		};
		status = verifier ? sigma_dv_claim_make(file.proof, &bundle->generators, &claim,
							verifier->vk, &opening, random)
				  : sigma_claim_make(file.proof, &bundle->generators, &claim,
						     &opening, random);
	}
	opening_wipe(&opening);
	if (status != UNDERSIGN_OK)
		return status;

	memcpy(file.letter, bundle->inner->manifest.context, HASH_BYTES);
	file.ring = bundle->inner->manifest.rings[ring].name;
	file.version = bundle->inner->rings->n_versions - 1;
	memcpy(file.tag, tag, sizeof tag);
	if (verifier) {
		memcpy(file.vk, verifier->vk, sizeof file.vk);
		memcpy(file.vk_proof, verifier->proof, sizeof file.vk_proof);
		file.verifier = verifier->name;
	}
	claim_file_write(&writer, &file);
	struct claim_file again;
	struct problem problem = {0};
	if (writer.has_overflowed ||
	    claim_file_parse(&again, writer_view(&writer), &problem) != UNDERSIGN_OK) {
		memset(out, 0, UNDERSIGN_CLAIM_MAX);
		return UNDERSIGN_E_USAGE; /* a text that no claim can hold */
	}
	*out_len = writer.len;
	return UNDERSIGN_OK;
}

enum undersign_status undersign_claim_new(uint8_t claim[UNDERSIGN_CLAIM_MAX], size_t *claim_len,
					  const struct undersign_bundle *bundle,
					  struct undersign_bytes text,
					  const uint8_t secret[UNDERSIGN_SECRET_BYTES],
					  const struct undersign_random *random)
{
	const struct random_source source = convert_random(random);

	*claim_len = 0;
	return make_claim(claim, claim_len, bundle, convert_bytes(text), NULL, secret, &source);
}

static enum undersign_status check_verifier(struct claim_file_key *out, struct bytes text,
					    const struct generators *generators)
{
	struct problem problem = {0};
	enum undersign_status status = claim_file_key_parse(out, text, &problem);
	if (status != UNDERSIGN_OK)
		return status;
	/* Without it the verifier might provably not know his own secret. */
	return sigma_vk_is_valid_vartime(generators, out->name, out->vk,
					 bytes_from(out->proof, sizeof out->proof))
		       ? UNDERSIGN_OK
		       : UNDERSIGN_E_INVALID;
}

enum undersign_status undersign_claim_new_for(uint8_t claim[UNDERSIGN_CLAIM_MAX], size_t *claim_len,
					      const struct undersign_bundle *bundle,
					      struct undersign_bytes text,
					      struct undersign_bytes verifier,
					      const uint8_t secret[UNDERSIGN_SECRET_BYTES],
					      const struct undersign_random *random)
{
	const struct random_source source = convert_random(random);
	struct claim_file_key key;

	*claim_len = 0;
	enum undersign_status status =
		check_verifier(&key, convert_bytes(verifier), &bundle->generators);
	if (status != UNDERSIGN_OK)
		return status;
	return make_claim(claim, claim_len, bundle, convert_bytes(text), &key, secret, &source);
}

static enum undersign_status check_proof(const struct undersign_bundle *bundle,
					 const struct claim_file *file,
					 const struct sigma_claim *claim)
{
	bool is_valid;

	if (file->is_designated)
		is_valid = sigma_vk_is_valid_vartime(
				   &bundle->generators, file->verifier, file->vk,
				   bytes_from(file->vk_proof, sizeof file->vk_proof)) &&
			   sigma_dv_claim_is_valid_vartime(&bundle->generators, claim, file->tag,
							   file->vk, claim_file_proof(file));
	else
		is_valid = sigma_claim_is_valid_vartime(&bundle->generators, claim,
							claim_file_proof(file));
	return is_valid ? UNDERSIGN_OK : UNDERSIGN_E_INVALID;
}

static enum undersign_status check_claim(struct undersign_claim_info *out,
					 const struct undersign_bundle *bundle, struct bytes text,
					 struct problem *problem)
{
	const struct manifest *manifest = &bundle->inner->manifest;
	const struct replay_letter *letter = bundle->inner->letter;
	uint8_t payload[MESSAGE_CLAIM_BYTES];
	struct claim_file file;

	enum undersign_status status = claim_file_parse(&file, text, problem);
	if (status != UNDERSIGN_OK)
		return status;
	problem_where(problem, "claim", bytes_from(NULL, 0));
	problem_rule(problem, "a claim is about an entry and a published signature of this letter");
	if (memcmp(file.letter, manifest->context, HASH_BYTES) != 0) {
		problem_what(problem, "it is about another letter", bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	const size_t number = manifest_find_ring(manifest, file.ring);
	const struct rings_ring *ring = NULL;
	if (number < manifest->n_rings)
		ring = rings_at(bundle->inner->rings, number, file.version);
	if (!ring || file.index >= ring->ring.n) {
		problem_what(problem, "there is no such ring, version or entry:", file.ring);
		return UNDERSIGN_E_INVALID;
	}
	const struct tally_tag published =
		tally_of_tag(letter->statements, letter->n_statements, claim_file_tag(&file));
	if (published.fate != TALLY_COUNTS) {
		problem_what(problem, "no effective signature has its tag", bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	message_write_claim(payload, file.text);
	const struct sigma_claim claim = {.ring = &ring->ring,
					  .i = file.index,
					  .scope = &letter->scope,
					  .payload = bytes_from(payload, sizeof payload)};
	status = check_proof(bundle, &file, &claim);
	if (status != UNDERSIGN_OK) {
		problem_what(problem, "the proof does not hold", bytes_from(NULL, 0));
		return status;
	}
	memset(problem, 0, sizeof *problem);
	*out = (struct undersign_claim_info){
		.ring = convert_to_public(manifest->rings[number].name),
		.text = convert_to_public(file.text),
		.index = file.index,
		.members = ring->ring.n,
	};
	if (file.is_designated)
		out->verifier = convert_to_public(file.verifier);
	return UNDERSIGN_OK;
}

enum undersign_status undersign_claim_check(struct undersign_claim_info *out,
					    const struct undersign_bundle *bundle,
					    struct undersign_bytes claim,
					    struct undersign_problem *problem)
{
	struct problem inner = {0};

	memset(out, 0, sizeof *out);
	enum undersign_status status = check_claim(out, bundle, convert_bytes(claim), &inner);
	convert_problem(problem, &inner);
	return status;
}

enum undersign_status undersign_verifier_new(uint8_t public_text[UNDERSIGN_VERIFIER_MAX],
					     size_t *public_len,
					     uint8_t secret_text[UNDERSIGN_VERIFIER_MAX],
					     size_t *secret_len, struct undersign_bytes name,
					     const struct undersign_random *random)
{
	const struct random_source source = convert_random(random);
	struct writer public_writer = writer_new(public_text, UNDERSIGN_VERIFIER_MAX);
	struct writer secret_writer = writer_new(secret_text, UNDERSIGN_VERIFIER_MAX);
	struct claim_file_key key = {.name = convert_bytes(name)};
	struct claim_file_key again;
	struct claim_file_secret secret = {.name = convert_bytes(name)};
	struct problem problem = {0};
	struct generators generators;

	*public_len = *secret_len = 0;
	generators_new(&generators);
	enum undersign_status status = sigma_vk_new(&secret.v, &source);
	if (status == UNDERSIGN_OK) {
		sigma_vk_public(key.vk, &generators, &secret.v);
		ct_declassify(key.vk, sizeof key.vk); /* it is published */
		status = sigma_vk_make(key.proof, &generators, key.name, &secret.v, &source);
	}
	if (status == UNDERSIGN_OK) {
		claim_file_key_write(&public_writer, &key);
		claim_file_secret_write(&secret_writer, &secret);
		if (public_writer.has_overflowed || secret_writer.has_overflowed ||
		    claim_file_key_parse(&again, writer_view(&public_writer), &problem) !=
			    UNDERSIGN_OK)
			status = UNDERSIGN_E_USAGE; /* a name that no key can have */
	}
	wipe(&secret, sizeof secret);
	if (status != UNDERSIGN_OK) {
		wipe(secret_text, UNDERSIGN_VERIFIER_MAX);
		memset(public_text, 0, UNDERSIGN_VERIFIER_MAX);
		return status;
	}
	*public_len = public_writer.len;
	*secret_len = secret_writer.len;
	return UNDERSIGN_OK;
}

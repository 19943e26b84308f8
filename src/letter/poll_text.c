#include "poll_text.h"

#include "letter_line.h"
#include "roster.h"

#include "ed25519.h"
#include "encoding.h"
#include "memory.h"
#include "sha2.h"

#define KEY_HEADER       "undersigned trustee-key v1"
#define ROLL_HEADER      "undersigned trustees-roll v1"
#define COMPLAINT_HEADER "undersigned trustee-complaint v1"

/* A line has at most 4,096 bytes: so much of a share stands in one. */
#define SHARE_LINE_BYTES 3072

static enum undersign_status refuse(struct problem *problem, const char *where, const char *rule,
				    const char *what)
{
	problem_where(problem, where, bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

bool poll_text_is(struct bytes note, const char *header)
{
	const struct bytes line = bytes_from_text(header);

	return note.len > line.len && note.data[line.len] == '\n' && bytes_begin_with(note, line);
}

enum undersign_status poll_text_check_signature(const struct note *note, const struct note_key *key,
						struct problem *problem)
{
	struct note_verdict verdict;

	return note_verify(&verdict, note, key, 1, NOTE_UNKNOWN_REFUSED, problem);
}

/* A whole note whose text is read by the caller. */
static enum undersign_status open_note(struct note *out, struct line_reader *reader,
				       struct bytes input, const char *header,
				       struct problem *problem)
{
	enum undersign_status status = note_parse(out, input, problem);

	if (status != UNDERSIGN_OK)
		return status;
	*reader = roster_text_read(out->text, problem);
	line_header(reader, header);
	return UNDERSIGN_OK;
}

/* --- Keys and the roll --- */

static void read_vkey(struct line_reader *reader, struct poll_trustee *out, struct bytes vkey)
{
	const bool is_good = note_key_parse(&out->signer, vkey, NULL) == UNDERSIGN_OK &&
			     out->signer.type == NOTE_KEY_NOTE;

	if (!reader->has_failed && !is_good)
		line_fail(reader, "here must be a verifier key, as `key show` prints it", vkey);
	out->name = vkey;
}

void poll_key_write(struct writer *writer, const struct poll_trustee *trustee)
{
	writer_text(writer, KEY_HEADER "\n");
	line_write(writer, "trustee", trustee->name);
	letter_line_write_base64(writer, "key", bytes_from(trustee->key, sizeof trustee->key));
}

enum undersign_status poll_key_parse(struct poll_trustee *out, struct bytes input,
				     struct problem *problem)
{
	struct line_reader reader;
	struct note note;
	enum undersign_status status = open_note(&note, &reader, input, KEY_HEADER, problem);

	*out = (struct poll_trustee){0};
	if (status != UNDERSIGN_OK)
		return status;
	read_vkey(&reader, out, line_value(&reader, "trustee"));
	line_base64(&reader, "key", out->key, sizeof out->key);
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = poll_text_check_signature(&note, &out->signer, problem);
	if (status == UNDERSIGN_OK && !trustee_key_is_valid_vartime(out->name, out->key))
		status = refuse(problem, "key of a trustee",
				"a trustee's key has a proof of possession", "it does not hold");
	return status;
}

static void write_trustee(struct writer *writer, const struct poll_trustee *trustee)
{
	writer_text(writer, "trustee ");
	writer_bytes(writer, trustee->name);
	writer_u8(writer, ' ');
	writer_base64(writer, bytes_from(trustee->key, sizeof trustee->key));
}

void poll_roll_write(struct writer *writer, unsigned threshold, const struct poll_trustee *trustees,
		     unsigned n)
{
	writer_text(writer, ROLL_HEADER "\n");
	letter_line_write_decimal(writer, "threshold", threshold);
	for (unsigned i = 0; i < n; i++) {
		write_trustee(writer, &trustees[i]);
		writer_u8(writer, '\n');
	}
}

static void read_trustee(struct line_reader *reader, struct poll_trustee *out, struct bytes *value)
{
	read_vkey(reader, out, field_take(reader, value));
	field_base64(reader, value, out->key, sizeof out->key);
}

static enum undersign_status make_ceremony(struct poll_roll *roll, unsigned threshold, unsigned n,
					   struct problem *problem)
{
	struct bytes names[TRUSTEES_MAX];
	const uint8_t *keys[TRUSTEES_MAX];

	for (unsigned i = 0; i < n; i++) {
		names[i] = roll->trustees[i].name;
		keys[i] = roll->trustees[i].key;
	}
	return ceremony_new(&roll->ceremony, threshold, names, keys, n, problem);
}

/* The number of lines `trustee` that come, if it may be that of trustees. */
static unsigned count_trustees(struct line_reader *reader)
{
	const size_t n = letter_line_count(reader, "trustee");

	if (n == 0)
		(void)line_value(reader, "trustee");
	if (n > TRUSTEES_MAX)
		line_fail(reader, "there are at most 16 trustees", bytes_from(NULL, 0));
	return n > TRUSTEES_MAX ? 0 : (unsigned)n;
}

enum undersign_status poll_roll_parse(struct poll_roll *out, struct bytes text,
				      struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	line_header(&reader, ROLL_HEADER);
	const unsigned threshold = (unsigned)line_decimal(&reader, "threshold", TRUSTEES_MAX);
	const unsigned n = count_trustees(&reader);
	for (unsigned i = 0; i < n && !reader.has_failed; i++) {
		struct bytes value = line_value(&reader, "trustee");

		read_trustee(&reader, &out->trustees[i], &value);
		field_end(&reader, value);
	}
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = make_ceremony(out, threshold, n, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

unsigned poll_roll_find(const struct poll_roll *roll, const struct note_key *signer)
{
	for (unsigned i = 0; i < roll->ceremony.n; i++)
		if (note_key_is_equal(&roll->trustees[i].signer, signer))
			return i + 1;
	return 0;
}

/* --- What trustees send each other --- */

static void write_begin(struct writer *writer, const char *header, const struct poll_roll *roll)
{
	writer_text(writer, header);
	writer_u8(writer, '\n');
	letter_line_write_hex(writer, "ceremony", bytes_from(roll->ceremony.id, HASH_BYTES));
}

static void read_ceremony(struct line_reader *reader, const struct poll_roll *roll)
{
	uint8_t id[HASH_BYTES];

	line_hex(reader, "ceremony", id, sizeof id);
	if (!reader->has_failed && memcmp(id, roll->ceremony.id, sizeof id) != 0)
		line_fail(reader, "a trustee's file is of the ceremony whose roll was given",
			  bytes_from(NULL, 0));
}

static unsigned read_number(struct line_reader *reader, const char *key,
			    const struct poll_roll *roll)
{
	const unsigned number = (unsigned)line_decimal(reader, key, roll->ceremony.n);

	if (!reader->has_failed && number == 0)
		line_fail(reader, "trustees are numbered from 1", bytes_from(NULL, 0));
	return number;
}

void poll_deal_write(struct writer *writer, const struct poll_roll *roll, unsigned i,
		     const uint8_t *deal)
{
	write_begin(writer, POLL_DEAL_HEADER, roll);
	letter_line_write_decimal(writer, "trustee", i);
	letter_line_write_base64(writer, "deal",
				 bytes_from(deal, trustee_deal_len(&roll->ceremony)));
}

enum undersign_status poll_deal_parse(unsigned *out_i, uint8_t *out, const struct poll_roll *roll,
				      struct bytes input, struct problem *problem)
{
	const size_t len = trustee_deal_len(&roll->ceremony);
	struct line_reader reader;
	struct note note;
	enum undersign_status status = open_note(&note, &reader, input, POLL_DEAL_HEADER, problem);

	*out_i = 0;
	if (status != UNDERSIGN_OK)
		return status;
	read_ceremony(&reader, roll);
	const unsigned i = read_number(&reader, "trustee", roll);
	line_base64(&reader, "deal", out, len);
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = poll_text_check_signature(&note, &roll->trustees[i - 1].signer, problem);
	if (status == UNDERSIGN_OK &&
	    !trustee_deal_is_valid_vartime(&roll->ceremony, i, bytes_from(out, len)))
		status = refuse(problem, "deal of a trustee",
				"a deal has a proof of possession of what is in it",
				"it does not hold");
	if (status == UNDERSIGN_OK)
		*out_i = i;
	return status;
}

static void hash_deals(uint8_t out[static HASH_BYTES], const struct poll_roll *roll,
		       const struct bytes *deals)
{
	uint8_t digest[SHA512_BYTES];
	struct sha512 hash;

	sha512_begin(&hash);
	for (unsigned i = 0; i < roll->ceremony.n; i++)
		sha512_add(&hash, deals[i].data, deals[i].len);
	sha512_end(&hash, digest);
	memcpy(out, digest, HASH_BYTES);
}

void poll_accept_write(struct writer *writer, const struct poll_roll *roll,
		       const struct bytes *deals, unsigned j,
		       const uint8_t accept[static TRUSTEE_ACCEPT_BYTES])
{
	uint8_t hash[HASH_BYTES];

	hash_deals(hash, roll, deals);
	write_begin(writer, POLL_ACCEPT_HEADER, roll);
	letter_line_write_hex(writer, "deals", bytes_from(hash, sizeof hash));
	letter_line_write_decimal(writer, "trustee", j);
	letter_line_write_base64(writer, "proof", bytes_from(accept, TRUSTEE_ACCEPT_BYTES));
}

enum undersign_status poll_accept_parse(unsigned *out_j,
					uint8_t accept[static TRUSTEE_ACCEPT_BYTES],
					uint8_t signature[static ED25519_SIGNATURE_BYTES],
					const struct poll_roll *roll, const struct bytes *deals,
					struct bytes input, struct problem *problem)
{
	uint8_t hash[HASH_BYTES], expected[HASH_BYTES], payload[4 + ED25519_SIGNATURE_BYTES];
	struct line_reader reader;
	struct note note;
	enum undersign_status status =
		open_note(&note, &reader, input, POLL_ACCEPT_HEADER, problem);

	*out_j = 0;
	if (status != UNDERSIGN_OK)
		return status;
	read_ceremony(&reader, roll);
	line_hex(&reader, "deals", hash, sizeof hash);
	hash_deals(expected, roll, deals);
	if (!reader.has_failed && memcmp(hash, expected, sizeof hash) != 0)
		line_fail(&reader, "an acceptance is of the deals that were given",
			  bytes_from(NULL, 0));
	const unsigned j = read_number(&reader, "trustee", roll);
	line_base64(&reader, "proof", accept, TRUSTEE_ACCEPT_BYTES);
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = poll_text_check_signature(&note, &roll->trustees[j - 1].signer, problem);
	if (status == UNDERSIGN_OK)
		status = base64_decode_exactly(payload, sizeof payload, note.signatures[0].base64);
	if (status != UNDERSIGN_OK)
		return status;
	memcpy(signature, payload + 4, ED25519_SIGNATURE_BYTES);
	*out_j = j;
	return UNDERSIGN_OK;
}

void poll_complaint_write(struct writer *writer, const struct poll_roll *roll, unsigned i,
			  unsigned j, const uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES])
{
	write_begin(writer, COMPLAINT_HEADER, roll);
	letter_line_write_decimal(writer, "dealer", i);
	letter_line_write_decimal(writer, "trustee", j);
	letter_line_write_base64(writer, "complaint",
				 bytes_from(complaint, TRUSTEE_COMPLAINT_BYTES));
}

enum undersign_status poll_complaint_parse(unsigned *out_i, unsigned *out_j,
					   uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES],
					   const struct poll_roll *roll, struct bytes text,
					   struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	line_header(&reader, COMPLAINT_HEADER);
	read_ceremony(&reader, roll);
	*out_i = read_number(&reader, "dealer", roll);
	*out_j = read_number(&reader, "trustee", roll);
	line_base64(&reader, "complaint", complaint, TRUSTEE_COMPLAINT_BYTES);
	return line_end(&reader);
}

/* --- The record of a key --- */

void poll_trustees_write(struct writer *writer, const struct poll_trustees *record)
{
	const struct ceremony *ceremony = &record->roll.ceremony;

	writer_text(writer, POLL_TRUSTEES_HEADER "\n");
	letter_line_write_decimal(writer, "threshold", ceremony->threshold);
	for (unsigned i = 0; i < ceremony->n; i++) {
		write_trustee(writer, &record->roll.trustees[i]);
		writer_u8(writer, ' ');
		writer_base64(writer, record->deals[i]);
		writer_u8(writer, ' ');
		writer_base64(writer, bytes_from(record->accepts[i], TRUSTEE_ACCEPT_BYTES));
		writer_u8(writer, ' ');
		writer_base64(writer, bytes_from(record->signatures[i], ED25519_SIGNATURE_BYTES));
		writer_u8(writer, '\n');
	}
	letter_line_write_vkey(writer, "key", &record->key);
}

/* Each trustee has signed its acceptance, whose text follows from the record. */
static enum undersign_status check_acceptances(const struct poll_trustees *record,
					       struct problem *problem)
{
	for (unsigned j = 1; j <= record->roll.ceremony.n; j++) {
		uint8_t text[POLL_ACCEPT_TEXT_MAX];
		struct writer writer = writer_new(text, sizeof text);

		poll_accept_write(&writer, &record->roll, record->deals, j, record->accepts[j - 1]);
		if (ed25519_signature_is_valid_vartime(
			    record->roll.trustees[j - 1].signer.public_key, writer_view(&writer),
			    record->signatures[j - 1]))
			continue;
		problem_where_number(problem, "trustee", j);
		problem_rule(problem, "each trustee has signed its acceptance");
		problem_what(problem, "its signature does not hold:",
			     record->roll.trustees[j - 1].signer.name);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status parse_trustees(struct poll_trustees *out, struct bytes text,
					    struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	const uint8_t *accepts[TRUSTEES_MAX];
	enum undersign_status status;

	line_header(&reader, POLL_TRUSTEES_HEADER);
	const unsigned threshold = (unsigned)line_decimal(&reader, "threshold", TRUSTEES_MAX);
	const unsigned n = count_trustees(&reader);
	const struct ceremony sizes = {.threshold = threshold, .n = n};
	const size_t len = trustee_deal_len(&sizes);

	for (unsigned i = 0; i < n && !reader.has_failed; i++) {
		struct bytes value = line_value(&reader, "trustee");

		read_trustee(&reader, &out->roll.trustees[i], &value);
		field_base64(&reader, &value, out->dealt[i], len);
		field_base64(&reader, &value, out->accepts[i], TRUSTEE_ACCEPT_BYTES);
		field_base64(&reader, &value, out->signatures[i], ED25519_SIGNATURE_BYTES);
		field_end(&reader, value);
		out->deals[i] = bytes_from(out->dealt[i], len);
		accepts[i] = out->accepts[i];
	}
	letter_line_vkey(&reader, "key", &out->key);
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = make_ceremony(&out->roll, threshold, n, problem);
	if (status == UNDERSIGN_OK)
		status = trustees_new(&out->trustees, &out->roll.ceremony, out->deals, accepts,
				      problem);
	if (status == UNDERSIGN_OK)
		status = check_acceptances(out, problem);
	return status;
}

enum undersign_status poll_trustees_parse(struct poll_trustees *out, struct bytes text,
					  struct problem *problem)
{
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	status = parse_trustees(out, text, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

/* --- Shares --- */

void poll_share_write(struct writer *writer, const struct poll_share *share)
{
	writer_text(writer, POLL_SHARE_HEADER "\n");
	letter_line_write_hex(writer, "letter", bytes_from(share->letter, HASH_BYTES));
	letter_line_write_decimal(writer, "trustee", share->trustee);
	for (size_t at = 0; at < share->share.len; at += SHARE_LINE_BYTES) {
		const size_t left = share->share.len - at;

		letter_line_write_base64(
			writer, "share",
			bytes_part(share->share, at,
				   left < SHARE_LINE_BYTES ? left : SHARE_LINE_BYTES));
	}
}

enum undersign_status poll_share_parse(struct poll_share *out, struct bytes text,
				       struct arena *arena, struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	uint8_t *share = ARENA_TAKE(arena, uint8_t, POLL_TEXT_MAX);
	size_t len = 0;
	enum undersign_status status;

	*out = (struct poll_share){0};
	if (!share)
		return UNDERSIGN_E_MEMORY;
	line_header(&reader, POLL_SHARE_HEADER);
	line_hex(&reader, "letter", out->letter, HASH_BYTES);
	out->trustee = (unsigned)line_decimal(&reader, "trustee", TRUSTEES_MAX);
	for (size_t part = SHARE_LINE_BYTES; len == 0 || line_is_next(&reader, "share");) {
		const bool was_last = part < SHARE_LINE_BYTES;
		const struct bytes value = line_value(&reader, "share");

		if (reader.has_failed)
			break;
		if (base64_decode(share + len, &part, SHARE_LINE_BYTES, value) != UNDERSIGN_OK ||
		    part == 0 || was_last) {
			line_fail(&reader,
				  "a share's lines are base64 of 3,072 bytes, the last of fewer or "
				  "as many",
				  bytes_from(NULL, 0));
			break;
		}
		len += part;
	}
	status = line_end(&reader);
	if (status != UNDERSIGN_OK) {
		*out = (struct poll_share){0};
		return status;
	}
	out->share = bytes_from(share, len);
	return UNDERSIGN_OK;
}

#include "note.h"

#include "encoding.h"
#include "memory.h"

#define DASH     "\xe2\x80\x94 " /* U+2014 and a space */
#define DASH_LEN 4
/* Before the text in what a cosignature signs: two lines, the second with up to 19 digits. */
#define COSIGNED_HEADER_LEN_MAX 64
#define SECONDS_MAX             ((UINT64_C(1) << 63) - 1)

static uint64_t count_lines(struct bytes text)
{
	uint64_t n_lines = 0;

	for (size_t i = 0; i < text.len; i++)
		n_lines += text.data[i] == '\n';
	return n_lines;
}

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  uint64_t line, const char *rule, struct bytes what)
{
	problem_where_number(problem, "line", line);
	problem_rule(problem, rule);
	problem_what(problem, "", what);
	return status;
}

enum undersign_status note_check_text(struct bytes text, struct problem *problem)
{
	struct bytes none = bytes_from(NULL, 0);

	for (size_t i = 0; i < text.len;) {
		uint32_t code;
		size_t len = utf8_first(&code, bytes_part(text, i, text.len - i));

		if (len == 0 || (code < 0x20 && code != '\n'))
			return fail(problem, UNDERSIGN_E_FORMAT,
				    count_lines(bytes_part(text, 0, i)) + 1,
				    "a note is UTF-8 without control characters but the newline",
				    none);
		i += len;
	}
	if (text.len == 0 || text.data[text.len - 1] != '\n')
		return fail(problem, UNDERSIGN_E_FORMAT, count_lines(text) + 1,
			    "a note ends with a newline", none);
	return UNDERSIGN_OK;
}

/* Checks base64 of any length; *out_len is what it decodes to, out its first four bytes. */
static bool base64_is_valid(size_t *out_len, uint8_t out[static 4], struct bytes text)
{
	uint8_t decoded[192];

	*out_len = 0;
	memset(out, 0, 4);
	for (size_t i = 0; i < text.len; i += 256) {
		size_t left = text.len - i;
		struct bytes part = bytes_part(text, i, left < 256 ? left : 256);
		size_t len;

		if (base64_decode(decoded, &len, sizeof decoded, part) != UNDERSIGN_OK)
			return false;
		/* Padding belongs to the end. */
		if (left > 256 && len != sizeof decoded)
			return false;
		if (i == 0)
			memcpy(out, decoded, 4);
		*out_len += len;
	}
	return true;
}

static enum undersign_status parse_signature(struct note_signature *out, struct bytes line,
					     uint64_t number, struct problem *problem)
{
	const char *rule =
		N_("a signature line is `\xe2\x80\x94 NAME BASE64`, the base64 of a key id "
		   "of 4 bytes and a signature");
	uint8_t id[4];
	size_t len;
	size_t name_len = 0;

	out->line = line;
	if (!bytes_begin_with(line, bytes_from(DASH, DASH_LEN)))
		return fail(problem, UNDERSIGN_E_FORMAT, number, rule, line);
	struct bytes rest = bytes_part(line, DASH_LEN, line.len - DASH_LEN - 1);
	while (name_len < rest.len && rest.data[name_len] != ' ')
		name_len++;
	if (name_len == rest.len)
		return fail(problem, UNDERSIGN_E_FORMAT, number, rule, line);
	out->name = bytes_part(rest, 0, name_len);
	out->base64 = bytes_part(rest, name_len + 1, rest.len - name_len - 1);
	if (!note_name_is_valid(out->name))
		return fail(problem, UNDERSIGN_E_FORMAT, number,
			    "a key's name is 1 to 255 bytes of UTF-8 without spaces and `+`", line);
	if (!base64_is_valid(&len, id, out->base64) || len <= sizeof id)
		return fail(problem, UNDERSIGN_E_FORMAT, number, rule, line);
	struct cursor cursor = cursor_new(bytes_from(id, sizeof id));
	out->key_id = cursor_u32be(&cursor);
	out->payload_len = len - sizeof id;
	return UNDERSIGN_OK;
}

/* Where the last empty line begins: the newline after it belongs to it. False if there is none. */
static bool find_separator(size_t *out, struct bytes input)
{
	for (size_t i = input.len; i >= 2; i--) {
		if (input.data[i - 1] == '\n' && input.data[i - 2] == '\n') {
			*out = i - 1;
			return true;
		}
	}
	return false;
}

enum undersign_status note_parse(struct note *out, struct bytes input, struct problem *problem)
{
	size_t separator;
	struct bytes none = bytes_from(NULL, 0);
	enum undersign_status status = UNDERSIGN_OK;

	memset(out, 0, sizeof *out);
	if (input.len > NOTE_LEN_MAX)
		return fail(problem, UNDERSIGN_E_LIMIT, 1, "a note has at most 131072 bytes", none);
	status = note_check_text(input, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!find_separator(&separator, input))
		return fail(problem, UNDERSIGN_E_FORMAT, count_lines(input),
			    "an empty line stands between a note's text and its signatures", none);
	struct bytes rest = bytes_part(input, separator + 1, input.len - separator - 1);
	uint64_t number = count_lines(bytes_part(input, 0, separator)) + 2;
	if (rest.len == 0)
		return fail(problem, UNDERSIGN_E_FORMAT, number,
			    "a note has at least one signature line", none);
	out->text = bytes_part(input, 0, separator);
	for (; rest.len > 0 && status == UNDERSIGN_OK; number++) {
		size_t len = 0;

		if (out->n_signatures == NOTE_SIGNATURES_MAX) {
			status = fail(problem, UNDERSIGN_E_LIMIT, number,
				      "a note has at most 64 signatures", none);
			break;
		}
		while (rest.data[len] != '\n')
			len++;
		status = parse_signature(&out->signatures[out->n_signatures++],
					 bytes_part(rest, 0, len + 1), number, problem);
		rest = bytes_part(rest, len + 1, rest.len - len - 1);
	}
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void note_write(struct writer *writer, const struct note *note)
{
	writer_bytes(writer, note->text);
	writer_u8(writer, '\n');
	for (size_t i = 0; i < note->n_signatures; i++)
		writer_bytes(writer, note->signatures[i].line);
}

/* What a cosignature of this text signs. */
static void write_cosigned(struct writer *writer, struct bytes text, uint64_t seconds)
{
	writer_text(writer, "cosignature/v1\ntime ");
	writer_decimal(writer, seconds);
	writer_u8(writer, '\n');
	writer_bytes(writer, text);
}

static bool signature_is_valid(uint64_t *out_seconds, const struct note *note, size_t index,
			       const struct note_key *key)
{
	const struct note_signature *signature = &note->signatures[index];
	bool is_cosignature = key->type == NOTE_KEY_COSIGNATURE;
	size_t expected_len = 4 + (is_cosignature ? 8 : 0) + ED25519_SIGNATURE_BYTES;
	uint8_t decoded[4 + 8 + ED25519_SIGNATURE_BYTES];
	uint8_t cosigned[COSIGNED_HEADER_LEN_MAX + NOTE_COSIGNED_LEN_MAX];
	size_t len;

	*out_seconds = 0;
	if (base64_decode(decoded, &len, expected_len, signature->base64) != UNDERSIGN_OK ||
	    len != expected_len)
		return false;
	struct cursor cursor = cursor_new(bytes_from(decoded, len));
	(void)cursor_u32be(&cursor); /* the key id */
	if (!is_cosignature)
		return ed25519_signature_is_valid_vartime(
			key->public_key, note->text,
			cursor_take(&cursor, ED25519_SIGNATURE_BYTES).data);
	uint64_t seconds = cursor_u64be(&cursor);
	if (seconds == 0 || seconds > SECONDS_MAX || note->text.len > NOTE_COSIGNED_LEN_MAX)
		return false;
	struct writer writer = writer_new(cosigned, sizeof cosigned);
	write_cosigned(&writer, note->text, seconds);
	if (!ed25519_signature_is_valid_vartime(key->public_key, writer_view(&writer),
						cursor_take(&cursor, ED25519_SIGNATURE_BYTES).data))
		return false;
	*out_seconds = seconds;
	return true;
}

static void verdict_clear(struct note_verdict *out)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++)
		out->key_of[i] = NOTE_KEY_UNKNOWN;
}

/* Finds the key of a signature. False if keys with its name and id are listed and none of them made
 * it. */
static bool judge(struct note_verdict *out, const struct note *note, size_t index,
		  const struct note_key *keys, size_t n_keys)
{
	const struct note_signature *signature = &note->signatures[index];
	bool is_known = false;

	for (size_t i = 0; i < n_keys; i++) {
		if (keys[i].id != signature->key_id ||
		    !bytes_are_equal(keys[i].name, signature->name))
			continue;
		is_known = true;
		if (signature_is_valid(&out->seconds_of[index], note, index, &keys[i])) {
			out->key_of[index] = i;
			return true;
		}
	}
	out->n_unknown += !is_known;
	return !is_known;
}

/* True if the key of this signature has made an earlier one too. */
static bool has_signed_before(const struct note_verdict *verdict, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (verdict->key_of[i] == verdict->key_of[index])
			return true;
	}
	return false;
}

enum undersign_status note_verify(struct note_verdict *out, const struct note *note,
				  const struct note_key *keys, size_t n_keys,
				  enum note_strictness strictness, struct problem *problem)
{
	uint64_t first_line = count_lines(note->text) + 2;
	enum undersign_status status = UNDERSIGN_OK;

	verdict_clear(out);
	for (size_t i = 0; i < note->n_signatures && status == UNDERSIGN_OK; i++) {
		struct bytes name = note->signatures[i].name;

		if (!judge(out, note, i, keys, n_keys))
			status = fail(problem, UNDERSIGN_E_INVALID, first_line + i,
				      "the signature of a known key must hold", name);
		else if (strictness == NOTE_UNKNOWN_REFUSED && out->key_of[i] == NOTE_KEY_UNKNOWN)
			status = fail(problem, UNDERSIGN_E_INVALID, first_line + i,
				      "every signature must be of a key that is listed", name);
		else if (strictness == NOTE_UNKNOWN_REFUSED && has_signed_before(out, i))
			status = fail(problem, UNDERSIGN_E_INVALID, first_line + i,
				      "a key signs only once", name);
	}
	if (status == UNDERSIGN_OK && out->n_unknown == note->n_signatures)
		status = fail(problem, UNDERSIGN_E_MISSING, first_line,
			      "at least one signature must be of a key that is expected here",
			      bytes_from_text(N_("signatures of other keys only")));
	if (status != UNDERSIGN_OK)
		verdict_clear(out);
	return status;
}

bool note_verdict_has(const struct note_verdict *verdict, size_t key)
{
	for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) {
		if (key != NOTE_KEY_UNKNOWN && verdict->key_of[i] == key)
			return true;
	}
	return false;
}

uint64_t note_verdict_seconds(const struct note_verdict *verdict, size_t key)
{
	uint64_t latest = 0;

	for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) {
		if (key != NOTE_KEY_UNKNOWN && verdict->key_of[i] == key &&
		    verdict->seconds_of[i] > latest)
			latest = verdict->seconds_of[i];
	}
	return latest;
}

static void write_signature(struct writer *writer, const struct note_signer *signer,
			    enum note_key_type type, const uint64_t *seconds,
			    const uint8_t signature[static ED25519_SIGNATURE_BYTES])
{
	uint8_t payload[4 + 8 + ED25519_SIGNATURE_BYTES];
	struct writer inner = writer_new(payload, sizeof payload);

	writer_u32be(&inner, note_key_id(signer->name, type, signer->public_key));
	if (seconds)
		writer_u64be(&inner, *seconds);
	writer_put(&inner, signature, ED25519_SIGNATURE_BYTES);
	writer_put(writer, DASH, DASH_LEN);
	writer_bytes(writer, signer->name);
	writer_u8(writer, ' ');
	writer_base64(writer, writer_view(&inner));
	writer_u8(writer, '\n');
}

enum undersign_status note_sign_line(struct writer *writer, struct bytes text,
				     const struct note_signer *signer)
{
	uint8_t signature[ED25519_SIGNATURE_BYTES];

	if (!note_name_is_valid(signer->name))
		return UNDERSIGN_E_FORMAT;
	enum undersign_status status = signer->sign(signer->cookie, signature, text);
	if (status != UNDERSIGN_OK)
		return status;
	write_signature(writer, signer, NOTE_KEY_NOTE, NULL, signature);
	return UNDERSIGN_OK;
}

enum undersign_status note_sign(struct writer *writer, struct bytes text,
				const struct note_signer *signers, size_t n_signers)
{
	size_t start = writer->len;

	if (n_signers == 0)
		return UNDERSIGN_E_USAGE;
	if (n_signers > NOTE_SIGNATURES_MAX || text.len > NOTE_LEN_MAX)
		return UNDERSIGN_E_LIMIT;
	enum undersign_status status = note_check_text(text, NULL);
	if (status != UNDERSIGN_OK)
		return status;
	writer_bytes(writer, text);
	writer_u8(writer, '\n');
	for (size_t i = 0; i < n_signers; i++) {
		status = note_sign_line(writer, text, &signers[i]);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return writer->len - start > NOTE_LEN_MAX ? UNDERSIGN_E_LIMIT : UNDERSIGN_OK;
}

enum undersign_status note_cosign_line(struct writer *writer, struct bytes text,
				       const struct note_signer *signer, uint64_t seconds)
{
	uint8_t signature[ED25519_SIGNATURE_BYTES];
	uint8_t cosigned[COSIGNED_HEADER_LEN_MAX + NOTE_COSIGNED_LEN_MAX];
	struct writer message = writer_new(cosigned, sizeof cosigned);

	if (seconds == 0 || seconds > SECONDS_MAX)
		return UNDERSIGN_E_USAGE;
	if (!note_name_is_valid(signer->name))
		return UNDERSIGN_E_FORMAT;
	if (text.len > NOTE_COSIGNED_LEN_MAX)
		return UNDERSIGN_E_LIMIT;
	write_cosigned(&message, text, seconds);
	enum undersign_status status =
		signer->sign(signer->cookie, signature, writer_view(&message));
	if (status != UNDERSIGN_OK)
		return status;
	write_signature(writer, signer, NOTE_KEY_COSIGNATURE, &seconds, signature);
	return UNDERSIGN_OK;
}

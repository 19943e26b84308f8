/* SSH signatures: what is parsed is written back as the very bytes. */
#include "fuzz.h"

#include "ssh_evidence.h"
#include "ssh_signature.h"

static void write_string(struct writer *writer, struct bytes bytes)
{
	writer_u32be(writer, (uint32_t)bytes.len);
	writer_bytes(writer, bytes);
}

static void write_number(struct writer *writer, struct bytes number)
{
	bool has_sign = number.data[0] & 0x80;

	writer_u32be(writer, (uint32_t)number.len + has_sign);
	if (has_sign)
		writer_u8(writer, 0);
	writer_bytes(writer, number);
}

static struct bytes proper(const struct ssh_signature *parsed, uint8_t *memory, size_t capacity)
{
	static uint8_t numbers[65536];
	struct writer writer = writer_new(memory, capacity);

	write_string(&writer, parsed->signature_name);
	if (parsed->number.len > 0 || parsed->r.len == 0) {
		write_string(&writer, parsed->number);
	} else {
		struct writer pair = writer_new(numbers, sizeof numbers);

		write_number(&pair, parsed->r);
		write_number(&pair, parsed->s);
		write_string(&writer, writer_view(&pair));
	}
	if (parsed->key.type == SSH_PUBLIC_SK_ED25519 || parsed->key.type == SSH_PUBLIC_SK_ECDSA) {
		writer_u8(&writer, parsed->flags);
		writer_u32be(&writer, parsed->counter);
	}
	return writer_view(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t block[1 << 20] __attribute__((aligned(64)));
	static uint8_t memory[65536], signature[65536], base64[3 * 65536], list[3 * 65536];
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct ssh_signature parsed;
	struct problem problem = {0};
	size_t at = 0;

	if (len > 65536)
		return 0;
	enum undersign_status status =
		ssh_signature_parse(&parsed, bytes_from(data, len), &arena, &problem);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return 0;
	struct writer writer = writer_new(memory, sizeof memory);
	writer_text(&writer, "SSHSIG");
	writer_u32be(&writer, 1);
	write_string(&writer, parsed.key_blob);
	write_string(&writer, parsed.name_space);
	write_string(&writer, bytes_from(NULL, 0));
	write_string(&writer, parsed.hash_name);
	write_string(&writer, proper(&parsed, signature, sizeof signature));
	struct writer text = writer_new(base64, sizeof base64);
	writer_base64(&text, writer_view(&writer));
	for (size_t i = 30; i < len && at < text.len; i++) {
		if (data[i] != '\n')
			CHECK(data[i] == base64[at++]);
	}
	CHECK(at == text.len);
	/* In a list that has the key it is taken if and only if it holds. */
	text = writer_new(list, sizeof list);
	writer_text(&text, "alice ");
	writer_bytes(&text, parsed.key.name);
	writer_text(&text, " ");
	writer_base64(&text, parsed.key_blob);
	struct evidence_source source = {bytes_from_text("signers"), writer_view(&text)};
	struct evidence_question question = {.request = bytes_from_text("request"),
					     .evidence = bytes_from(data, len),
					     .against = &source,
					     .n_against = 1};
	struct evidence_answer answer;
	bool is_valid = ssh_signature_is_valid_vartime(
		&parsed, bytes_from_text(SSH_EVIDENCE_NAMESPACE), question.request);
	status = ssh_evidence_check(&answer, &question, &arena, NULL);
	CHECK(is_valid == (status == UNDERSIGN_OK));
	return 0;
}

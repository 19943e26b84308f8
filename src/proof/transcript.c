#include "transcript.h"

#include "ct.h"
#include "memory.h"

#ifdef UNDERSIGNED_TEST_OMIT
int transcript_test_omitted = -1, transcript_test_changed = -1;
#endif

/* Counts an item; says whether it goes into the hash (always, but in the tests' mutants). */
static bool takes_part(struct transcript *transcript)
{
	unsigned number = transcript->n_items++;
#ifdef UNDERSIGNED_TEST_OMIT
	if ((int)number == transcript_test_omitted)
		return false;
	if ((int)number == transcript_test_changed)
		sha512_add(&transcript->hash, "changed", 7);
#else
	(void)number;
#endif
	return true;
}

void transcript_begin(struct transcript *transcript)
{
	sha512_begin(&transcript->hash);
	transcript->n_items = 0;
	if (takes_part(transcript))
		sha512_add(&transcript->hash, PROTOCOL_NAME, sizeof PROTOCOL_NAME - 1);
}

void transcript_item(struct transcript *transcript, const char *label, struct bytes data)
{
	struct bytes name = bytes_from_text(label);
	uint8_t head[1] = {(uint8_t)name.len}, len[8];
	struct writer writer = writer_new(len, sizeof len);

	if (!takes_part(transcript))
		return;
	writer_u64le(&writer, data.len);
	sha512_add(&transcript->hash, head, sizeof head);
	sha512_add(&transcript->hash, name.data, name.len);
	sha512_add(&transcript->hash, len, sizeof len);
	sha512_add(&transcript->hash, data.data, data.len);
}

void transcript_text(struct transcript *transcript, const char *label, const char *text)
{
	transcript_item(transcript, label, bytes_from_text(text));
}

void transcript_u8(struct transcript *transcript, const char *label, uint8_t value)
{
	transcript_item(transcript, label, bytes_from(&value, 1));
}

void transcript_u32(struct transcript *transcript, const char *label, uint32_t value)
{
	uint8_t data[4];
	struct writer writer = writer_new(data, sizeof data);

	writer_u32le(&writer, value);
	transcript_item(transcript, label, writer_view(&writer));
}

void transcript_u64(struct transcript *transcript, const char *label, uint64_t value)
{
	uint8_t data[8];
	struct writer writer = writer_new(data, sizeof data);

	writer_u64le(&writer, value);
	transcript_item(transcript, label, writer_view(&writer));
}

void transcript_point(struct transcript *transcript, const char *label,
		      const uint8_t encoding[static POINT_BYTES])
{
	transcript_item(transcript, label, bytes_from(encoding, POINT_BYTES));
}

void transcript_challenge(struct scalar *out, struct transcript *transcript)
{
	uint8_t digest[SHA512_BYTES];

	sha512_end(&transcript->hash, digest);
	scalar_reduce_wide(out, digest);
}

void transcript_digest(uint8_t out[static SHA512_BYTES], struct transcript *transcript)
{
	sha512_end(&transcript->hash, out);
}

void transcript_b32(uint8_t out[static HASH_BYTES], struct transcript *transcript)
{
	uint8_t digest[SHA512_BYTES];

	sha512_end(&transcript->hash, digest);
	memcpy(out, digest, HASH_BYTES);
}

void transcript_hash(uint8_t out[static HASH_BYTES], struct bytes data)
{
	uint8_t digest[SHA512_BYTES];

	sha512(digest, data);
	memcpy(out, digest, HASH_BYTES);
}

/* Entries of the log that are not notes: statements and epoch headers, and the key of their order.
 * What is taken is written again as the same bytes. */
#include "fuzz.h"

#include "order.h"
#include "statement.h"

static void check_statement(struct bytes entry)
{
	static uint8_t again[STATEMENT_ENTRY_MAX];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	struct statement statement;
	enum undersign_status status = statement_parse(&statement, entry, &problem);

	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
	if (status != UNDERSIGN_OK)
		return;
	statement_write(&writer, &statement);
	CHECK(bytes_are_equal(writer_view(&writer), entry));
	/* It is of the letter that its scope names, and of that letter's form or not. */
	CHECK(statement_is_of_letter(&statement, statement.scope + 1));
	status = statement_check_letter(&statement, statement.scope + 1, &problem);
	CHECK((status == UNDERSIGN_OK) != problem_is_set(&problem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes entry = bytes_from(data, len);
	uint8_t header[ORDER_HEADER_BYTES];
	struct order_epoch epoch;
	struct order_key key;

	check_statement(entry);
	if (order_epoch_parse(&epoch, entry, NULL) == UNDERSIGN_OK) {
		order_epoch_write(header, &epoch);
		CHECK(bytes_are_equal(bytes_from(header, sizeof header), entry));
	}
	if (order_key_of(&key, 7, entry, NULL) == UNDERSIGN_OK)
		CHECK(order_compare(&key, &key) == 0);
	return 0;
}

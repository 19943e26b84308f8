#include "cli.h"
#include "record_verbs.h"

#include "kit_record.h"
#include "signer.h"

static const char headline[] = N_("The record was not made.");

struct kit_orders {
	const char *kit, *key, *version, *out;
};

static enum undersign_status make(const struct kit_orders *orders, struct signer *signer,
				  struct bytes kit, struct problem *problem)
{
	struct kit_record record = {.log = *signer_key(signer),
				    .version = bytes_from_text(orders->version),
				    .length = kit.len};
	struct note_signer by = signer_note_signer(signer);
	uint8_t text[KIT_RECORD_MAX], note[2 * KIT_RECORD_MAX];
	struct writer texts = writer_new(text, sizeof text), notes = writer_new(note, sizeof note);
	struct kit_record again;
	struct note parsed;

	sha256(record.sha256, kit);
	kit_record_write(&texts, &record);
	enum undersign_status status = note_sign(&notes, writer_view(&texts), &by, 1);
	/* What the log would take, and nothing else. */
	if (status == UNDERSIGN_OK)
		status = note_parse(&parsed, writer_view(&notes), problem);
	if (status == UNDERSIGN_OK)
		status = kit_record_open(&again, &parsed, &record.log, problem);
	if (status == UNDERSIGN_OK)
		status =
			cli_write(orders->out, writer_view(&notes), FILE_PUBLIC, FILE_NEW, problem);
	return status;
}

static int run(const struct kit_orders *orders)
{
	struct file_content kit = {0};
	struct signer *signer = NULL;
	struct problem problem = {0};

	enum undersign_status status =
		cli_read(&kit, orders->kit, KIT_FILE_MAX, FILE_PUBLIC, &problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&signer, orders->key, &problem);
	if (status == UNDERSIGN_OK)
		status = make(orders, signer, file_content_view(&kit), &problem);
	int code = CLI_YES;
	if (status == UNDERSIGN_OK)
		talk_paragraph(
			"The letters' pages name this kit once the record is in the log. Next: "
			"undersign deliver --to DESK %s, or undersign publish DESK ... %s",
			orders->out, orders->out);
	else
		code = talk_refuse(status, headline, &problem, NULL);
	signer_close(signer);
	file_content_free(&kit);
	return code;
}

int record_kit(int argc, char **argv)
{
	struct kit_orders orders = {0};
	const struct option options[] = {
		{.name = "--key",
		 .letter = "-k",
		 .value = "FILE",
		 .about = "the log's private key",
		 .is_required = true,
		 .text = &orders.key},
		{.name = "--version",
		 .value = "TEXT",
		 .about = "what the kit calls itself",
		 .is_required = true,
		 .text = &orders.version},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the new record",
		 .is_required = true,
		 .text = &orders.out},
	};
	const struct options_form form = {
		.usage = "undersign record kit KIT.HTML --key FILE --version TEXT -o FILE",
		.about = "Signs which kit a log gives out, by its hash: a record for the log, so "
			 "that "
			 "everybody is told of the same file.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.kit = operands.at[0];
	return run(&orders);
}

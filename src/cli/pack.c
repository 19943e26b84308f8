#include "cli.h"

#include "bundle_tar.h"

#include <stdio.h>

int pack_command(int argc, char **argv)
{
	const char *path = NULL;
	bool is_replaced = false;
	const struct option options[] = {
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the tar file to be written",
		 .is_required = true,
		 .text = &path},
		{.name = "--replace",
		 .about = "replace the file if it is there",
		 .flag = &is_replaced},
	};
	const struct options_form form = {
		.usage = "undersign pack FOLDER -o FILE",
		.about = "Packs a bundle's folder into the one tar file that it can be: two people "
			 "who pack the same bundle get the same bytes.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = bundle_tar_pack(
		path, operands.at[0], is_replaced ? FILE_REPLACE : FILE_NEW, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Nothing was packed.", &problem, NULL);
	talk_paragraph("Packed %s into %s.", operands.at[0], path);
	return CLI_YES;
}

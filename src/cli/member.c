#include "member.h"

#include "cli.h"
#include "dates.h"
#include "secret.h"
#include "terminal.h"

#include <stdio.h>

static bool is_in(uint32_t columns, uint32_t c)
{
	return (columns >> (c - 1)) & 1;
}

enum undersign_status member_burn(const char *path, struct credential *credential, uint32_t columns,
				  struct problem *problem)
{
	uint32_t n = 0;
	for (uint32_t c = 1; c <= credential->n_columns; c++) {
		if (credential->columns[c - 1].state == CREDENTIAL_BURNT)
			columns &= ~(UINT32_C(1) << (c - 1));
		else if (is_in(columns, c))
			n++;
	}
	if (n == 0)
		return UNDERSIGN_OK;
	enum undersign_status status = credential_file_burn(path, credential, columns, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (uint32_t c = 1; c <= credential->n_columns; c++) {
		if (!is_in(columns, c))
			continue;
		char period[DATES_TEXT_LEN];
		const struct credential_column *column = &credential->columns[c - 1];
		talk_paragraph("The secret for %s (column %u) is burnt.",
			       dates_period(period, column->from, column->until), (unsigned)c);
	}
	talk_paragraph("%s", catalogue_text(FILE_BURN_CAVEAT));
	return UNDERSIGN_OK;
}

enum undersign_status member_open(struct credential **out, const char *path, uint64_t now,
				  struct problem *problem)
{
	uint32_t due;
	enum undersign_status status = credential_file_read(out, &due, path, now, problem);
	if (status != UNDERSIGN_OK || due == 0)
		return status;
	for (uint32_t c = 1; c <= (*out)->n_columns; c++) {
		if (!is_in(due, c))
			continue;
		char period[DATES_TEXT_LEN], day[DATES_TEXT_LEN];
		const struct credential_column *column = &(*out)->columns[c - 1];
		talk_paragraph(
			"The secret for %s was due on %s. It is burnt now, before anything else.",
			dates_period(period, column->from, column->until),
			dates_day(day, column->burn));
	}
	status = member_burn(path, *out, due, problem);
	if (status != UNDERSIGN_OK) {
		credential_free(*out);
		*out = NULL;
	}
	return status;
}

enum undersign_status member_passphrase(uint8_t *out, size_t *out_len,
					const struct credential *credential, const char *path,
					int passphrase_fd, struct problem *problem)
{
	char prompt[TERMINAL_COLUMNS];
	*out_len = 0;
	if (!credential->seal.is_sealed)
		return UNDERSIGN_OK;
	snprintf(prompt, sizeof(prompt), _("Passphrase for %s: "), path);
	return terminal_passphrase(out, SECRET_SEAL_PASS_MAX, out_len, prompt, passphrase_fd,
				   problem);
}

enum undersign_status member_secret(uint8_t secret[static UNDERSIGN_SECRET_BYTES],
				    const struct credential *credential, uint32_t column,
				    const char *path, int passphrase_fd, struct problem *problem)
{
	bool is_there = column >= 1 && column <= credential->n_columns &&
			credential->columns[column - 1].state != CREDENTIAL_BURNT;
	if (!is_there)
		return credential_secret(secret, credential, column, (struct bytes){NULL, 0},
					 problem);
	uint8_t *passphrase = secret_take(SECRET_SEAL_PASS_MAX);
	if (!passphrase)
		return UNDERSIGN_E_MEMORY;
	size_t len;
	enum undersign_status status =
		member_passphrase(passphrase, &len, credential, path, passphrase_fd, problem);
	if (status == UNDERSIGN_OK)
		status = credential_secret(secret, credential, column, bytes_from(passphrase, len),
					   problem);
	secret_free(passphrase);
	return status;
}

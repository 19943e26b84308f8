#include "cli.h"
#include "dates.h"
#include "encoding.h"
#include "enrol_evidence.h"
#include "entropy.h"
#include "member.h"
#include "roster_folder.h"
#include "secret.h"
#include "sha2.h"
#include "terminal.h"

#include <string.h>

static const char headline[] = N_("Nothing was made.");

struct enrol_orders {
	const char *roster, *credential, *request, *meta, *with;
	const char *evidence; /* the kind's word; NULL: none asked for */
	enum evidence_kind kind;
	uint64_t passphrase_fd; /* UINT64_MAX: ask */
	bool is_open;           /* no passphrase */
	bool has_qr;
};

/* What is written: wiped by enrol_forget. */
struct enrol_result {
	struct credential *credential;
	uint8_t request[UNDERSIGN_REQUEST_MAX];
	size_t request_len;
};

static enum undersign_status decode_meta(struct credential *credential, const char *meta,
					 struct problem *problem)
{
	if (!meta)
		return UNDERSIGN_OK;
	struct bytes text = bytes_from_text(meta);
	size_t len = text.len / 2;
	if (text.len % 2 == 0 && len >= 1 && len <= UNDERSIGN_META_MAX &&
	    hex_decode(credential->meta, len, text) == UNDERSIGN_OK) {
		credential->meta_len = len;
		return UNDERSIGN_OK;
	}
	problem_where(problem, "option --meta", bytes_from(NULL, 0));
	problem_rule(problem, "meta is 1 to 32 bytes in lower-case hexadecimal");
	problem_what(problem, "it is", text);
	return UNDERSIGN_E_FORMAT;
}

static int passphrase_fd_of(const struct enrol_orders *orders)
{
	return orders->passphrase_fd == UINT64_MAX ? TERMINAL_ASK : (int)orders->passphrase_fd;
}

/* The column of the other credential that serves exactly this period, is burnt on the same day, so
 * that both copies of the secret go together, and is not burnt yet; 0: none. */
static uint32_t find_period(const struct credential *other, const struct calendar_column *period)
{
	for (uint32_t c = 1; c <= other->n_columns; c++) {
		const struct credential_column *column = &other->columns[c - 1];
		if (column->from == period->from && column->until == period->until &&
		    column->burn == period->burn && column->state != CREDENTIAL_BURNT)
			return c;
	}
	return 0;
}

/* Takes the secrets of another credential for the periods that both rosters have; *out_given has a
 * bit for each. */
static enum undersign_status take_secrets(uint8_t *secrets, uint32_t *out_given,
					  const struct snapshot_record *fixed,
					  const struct enrol_orders *orders,
					  struct problem *problem)
{
	struct credential *other = NULL;
	uint64_t now;
	size_t len = 0;
	uint8_t *passphrase = secret_take(SECRET_SEAL_PASS_MAX);
	enum undersign_status status = passphrase ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = cli_now(&now, problem);
	if (status == UNDERSIGN_OK)
		status = member_open(&other, orders->with, now, problem);
	if (status == UNDERSIGN_OK)
		status = member_passphrase(passphrase, &len, other, orders->with,
					   passphrase_fd_of(orders), problem);
	/* The list would hold him twice, and look larger than it is. */
	if (status == UNDERSIGN_OK && other->edition == fixed->edition &&
	    bytes_are_equal(credential_name(other), fixed->roster)) {
		problem_where(problem, "credential", bytes_from_text(orders->with));
		problem_rule(problem, "the other credential is of another roster or edition");
		problem_what(problem, "it is of this one", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	for (uint32_t i = 0; i < fixed->calendar.n && status == UNDERSIGN_OK; i++) {
		uint32_t c = find_period(other, &fixed->calendar.columns[i]);
		if (c == 0)
			continue;
		status = credential_secret(secrets + (size_t)i * UNDERSIGN_SECRET_BYTES, other, c,
					   bytes_from(passphrase, len), problem);
		*out_given |= UINT32_C(1) << i;
	}
	if (status == UNDERSIGN_OK && *out_given == 0) {
		problem_where(problem, "credential", bytes_from_text(orders->with));
		problem_rule(problem,
			     "both rosters have a period in common, burnt on the same day");
		problem_what(problem, "no secret that is left is for a period of this roster",
			     bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	credential_free(other);
	secret_free(passphrase);
	return status;
}

/* Secrets for all columns of the roster into the credential, and the request. */
static enum undersign_status make_secrets(struct enrol_result *out,
					  const struct snapshot_record *fixed,
					  const struct enrol_orders *orders,
					  const struct undersign_random *random,
					  struct problem *problem)
{
	struct credential *credential = out->credential;
	uint32_t n = fixed->calendar.n, given = 0;
	uint8_t *secrets = secret_take((size_t)n * UNDERSIGN_SECRET_BYTES);
	if (!secrets)
		return UNDERSIGN_E_MEMORY;
	CHECK(fixed->roster.len <= sizeof(credential->name));
	memcpy(credential->name, fixed->roster.data, fixed->roster.len);
	credential->name_len = fixed->roster.len;
	credential->edition = fixed->edition;
	credential->n_columns = n;
	struct undersign_bytes name = {fixed->roster.data, fixed->roster.len};
	struct undersign_bytes meta = {credential->meta, credential->meta_len};
	enum undersign_status status = UNDERSIGN_OK;
	if (orders->with)
		status = take_secrets(secrets, &given, fixed, orders, problem);
	if (status == UNDERSIGN_OK)
		status = undersign_enrolment_with(out->request, &out->request_len, secrets, given,
						  name, fixed->edition, meta, n, random);
	if (status == UNDERSIGN_E_RANDOM)
		problem_what(problem, "this computer gives no good random numbers",
			     bytes_from(NULL, 0));
	for (uint32_t c = 0; c < n && status == UNDERSIGN_OK; c++) {
		struct credential_column *column = &credential->columns[c];
		column->from = fixed->calendar.columns[c].from;
		column->until = fixed->calendar.columns[c].until;
		column->burn = fixed->calendar.columns[c].burn;
		column->state = CREDENTIAL_OPEN;
		memcpy(column->secret, secrets + (size_t)c * UNDERSIGN_SECRET_BYTES,
		       UNDERSIGN_SECRET_BYTES);
	}
	secret_free(secrets);
	return status;
}

static enum undersign_status seal(struct credential *credential, const struct enrol_orders *orders,
				  const struct random_source *random, struct problem *problem)
{
	if (orders->is_open)
		return UNDERSIGN_OK;
	uint8_t *passphrase = secret_take(SECRET_SEAL_PASS_MAX);
	if (!passphrase)
		return UNDERSIGN_E_MEMORY;
	size_t len;
	int fd = passphrase_fd_of(orders);
	if (fd == TERMINAL_ASK)
		talk_paragraph("Six words that you can remember. Nobody can reset it. Without it "
			       "the secret is lost; then you cannot sign in this edition.");
	enum undersign_status status = terminal_new_passphrase(
		passphrase, SECRET_SEAL_PASS_MAX, &len, _("New passphrase: "), fd, problem);
	if (status == UNDERSIGN_OK)
		status = credential_seal(credential, bytes_from(passphrase, len),
					 SECRET_SEAL_OPERATIONS_DEFAULT, SECRET_SEAL_MEMORY_MAX,
					 random, problem);
	secret_free(passphrase);
	return status;
}

/* Both files or none. */
static enum undersign_status write_files(const struct enrol_orders *orders,
					 const struct enrol_result *result, struct problem *problem)
{
	enum undersign_status status =
		credential_file_create(orders->credential, result->credential, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = cli_write(orders->request, bytes_from(result->request, result->request_len),
			   FILE_PUBLIC, FILE_NEW, problem);
	if (status != UNDERSIGN_OK && file_burn(orders->credential, NULL) != UNDERSIGN_OK)
		talk_paragraph("%s is left over; delete it.", orders->credential);
	return status;
}

static void say_enrolled(const struct enrol_orders *orders, const struct enrol_result *result,
			 const struct snapshot_record *fixed)
{
	uint8_t id[SHA256_BYTES], hex[2 * SHA256_BYTES];
	struct writer writer = writer_new(hex, sizeof(hex));
	sha256(id, bytes_from(result->request, result->request_len));
	writer_hex(&writer, bytes_from(id, sizeof(id)));
	if (strcmp(orders->request, "-") != 0) {
		output_text(writer_view(&writer));
		putchar('\n');
	}
	talk_say("\nMade. Not admitted yet.\n");
	talk_paragraph("%s is for you alone: keep it on a USB stick, not in a cloud and not in a "
		       "mail, and not with your employer. %s is for your steward. Compare with the "
		       "steward, face to face or by telephone:",
		       orders->credential, orders->request);
	talk_fingerprint(stderr, _("  request"), 11, id);
	if (orders->has_qr)
		talk_qr(writer_view(&writer));
	for (uint32_t c = 0; c < fixed->calendar.n; c++) {
		char period[DATES_TEXT_LEN], day[DATES_TEXT_LEN];
		const struct calendar_column *column = &fixed->calendar.columns[c];
		talk_say("%s%s, burnt on %s\n", c == 0 ? _("  secrets  ") : "           ",
			 dates_period(period, column->from, column->until),
			 dates_day(day, column->burn));
	}
	talk_paragraph("Whatever uses the credential burns what is due. A timer can do it for you: "
		       "undersign burn --due %s",
		       orders->credential);
}

static enum undersign_status check_outputs(const struct enrol_orders *orders,
					   struct problem *problem)
{
	const char *const paths[] = {orders->credential, orders->request};
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(paths[i], "-") == 0 || !file_exists(paths[i]))
			continue;
		problem_where(problem, "file", bytes_from_text(paths[i]));
		problem_rule(problem, "a file that is there is kept");
		problem_what(problem, "it is there already", bytes_from(NULL, 0));
		return UNDERSIGN_E_CONFLICT;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status check_class(const struct snapshot_record *fixed,
					 struct problem *problem)
{
	if (fixed->class_of_members == ROSTER_ENROLLED)
		return UNDERSIGN_OK;
	problem_where(problem, "roster", fixed->roster);
	problem_rule(problem, "members enrol on rosters of class enrolled");
	problem_what(problem, "its class is raw-key: your SSH key is your credential",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static int enrol(const struct enrol_orders *orders)
{
	struct problem problem = {0};
	struct file_content content = {0};
	struct snapshot_record fixed;
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	struct undersign_random public_random = entropy_random(&entropy);
	struct enrol_result result = {.credential = credential_new()};

	enum undersign_status status = result.credential ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = roster_folder_read_fixed(&fixed, &content, orders->roster, &problem);
	if (status == UNDERSIGN_OK)
		status = check_class(&fixed, &problem);
	if (status == UNDERSIGN_OK)
		status = decode_meta(result.credential, orders->meta, &problem);
	if (status == UNDERSIGN_OK)
		status = check_outputs(orders, &problem);
	if (status == UNDERSIGN_OK) {
		talk_paragraph("%.*s, edition %u", (int)fixed.roster.len,
			       (const char *)fixed.roster.data, (unsigned)fixed.edition);
		talk_paragraph("Its steward: %.*s", (int)fixed.steward.len,
			       (const char *)fixed.steward.data);
		talk_paragraph("You make a secret on this computer; it never leaves it. Your "
			       "steward gets a request and learns that you enrol. What you sign "
			       "later, nobody learns.");
		if (orders->evidence)
			enrol_evidence_warn(orders->kind);
		if (orders->meta)
			talk_paragraph("An entry must not hold a name. Use a number from your own "
				       "list, or nothing.");
		if (orders->with)
			talk_paragraph("Your secrets count as those of %s where the periods are "
				       "the same: you are counted once. The lists do not show that "
				       "one person is on both. Sign a letter in one of the two "
				       "rings only: in both, you hide only among those who are on "
				       "both.",
				       orders->with);
		status = make_secrets(&result, &fixed, orders, &public_random, &problem);
	}
	if (status == UNDERSIGN_OK)
		status = seal(result.credential, orders, &random, &problem);
	if (status == UNDERSIGN_OK)
		status = write_files(orders, &result, &problem);
	int code = CLI_YES;
	if (status == UNDERSIGN_OK)
		say_enrolled(orders, &result, &fixed);
	if (status == UNDERSIGN_OK && orders->evidence)
		enrol_evidence_explain(orders->kind, orders->request);
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	credential_free(result.credential);
	file_content_free(&content);
	entropy_close(&entropy);
	return code;
}

int enrol_command(int argc, char **argv)
{
	struct enrol_orders orders = {.passphrase_fd = UINT64_MAX};
	const struct option options[] = {
		{.name = "--roster",
		 .value = "FILE",
		 .about = "the roster: the file that the steward gave you, a snapshot's note, or "
			  "the "
			  "roster's folder",
		 .is_required = true,
		 .text = &orders.roster},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the new credential, readable for you alone",
		 .is_required = true,
		 .text = &orders.credential},
		{.name = "--request",
		 .value = "FILE",
		 .about = "the new request, for the steward",
		 .is_required = true,
		 .text = &orders.request},
		{.name = "--meta",
		 .value = "HEX",
		 .about = "1 to 32 bytes that are published with your entry, never a name; nothing",
		 .text = &orders.meta},
		{.name = "--with",
		 .value = "CREDENTIAL",
		 .about =
			 "you are on another roster already: take its credential's secrets for the "
			 "periods that both have, so that you are counted once",
		 .text = &orders.with},
		{.name = "--evidence",
		 .value = "KIND",
		 .about = "say what evidence of this kind (steward, vouch, ssh, openpgp, x509) "
			  "shows to whom, and "
			  "how it is "
			  "made; your steward tells you which kinds count",
		 .text = &orders.evidence},
		{.name = "--qr",
		 .about = "show the request's fingerprint as a QR code too, for the steward's "
			  "telephone",
		 .flag = &orders.has_qr},
		{.name = "--no-passphrase",
		 .about = "do not seal the credential: whoever has the file can use it",
		 .flag = &orders.is_open},
		{.name = "--passphrase-fd",
		 .value = "NUMBER",
		 .about = "read the passphrase, one line, from this descriptor; with --with that "
			  "of the other credential first, if it has one",
		 .number = &orders.passphrase_fd,
		 .least = 0,
		 .most = 1023},
	};
	const struct options_form form = {
		.usage = "undersign enrol --roster FILE -o CREDENTIAL --request FILE [--meta HEX]\n"
			 "       [--with CREDENTIAL] [--evidence KIND] [--qr]\n"
			 "       [--no-passphrase | --passphrase-fd NUMBER]",
		.about = "Makes a credential, with a secret for each period of the roster's "
			 "calendar, "
			 "and the request that goes to the steward. Prints the request's "
			 "fingerprint.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 0,
		.most = 0,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.is_open && orders.passphrase_fd != UINT64_MAX)
		return options_refuse(&form, "Say --no-passphrase or --passphrase-fd, not both.");
	if (orders.evidence && !evidence_kind_parse(&orders.kind, bytes_from_text(orders.evidence)))
		return options_refuse(&form, "--evidence is steward, vouch, ssh, openpgp or x509.");
	if (strcmp(orders.credential, "-") == 0)
		return options_refuse(&form, "A credential goes into a file of its own, not to "
					     "standard output.");
	if (strcmp(orders.credential, orders.request) == 0)
		return options_refuse(&form, "Credential and request are two files.");
	return enrol(&orders);
}

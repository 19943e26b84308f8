#include "deliver_file.h"

#include "cli.h"
#include "deliver_desk.h"
#include "proxy.h"

#include "client.h"
#include "encoding.h"
#include "enrolment.h"
#include "entropy.h"
#include "envelope.h"
#include "promise.h"
#include "stamp.h"
#include "statement.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_MAX       65535
#define REQUEST_TIME_MS 120000
#define USER_BYTES      16
#define STATEMENT_START "undersigned statement v1\n"
#define REQUEST_START   "undersigned enrolment v1\n"

/* One delivery. */
struct delivery {
	const struct deliver_file *file;
	const struct deliver_orders *orders;
	const struct parallel *parallel;
	struct stamp_purpose purpose;
	struct http_client *client;
	struct deliver_desk desk;
	struct http_reply reply;
};

/* --- what it is --- */

static enum undersign_status parse(struct deliver_file *file, struct problem *problem)
{
	const struct bytes content = file_content_view(&file->content);
	struct statement_file statement;
	struct note note;

	if (bytes_begin_with(content, bytes_from_text(STATEMENT_START))) {
		file->kind = DELIVER_STATEMENT;
		enum undersign_status status = statement_file_parse(&statement, content, problem);
		if (status == UNDERSIGN_OK && content.len > ENVELOPE_CONTENT_MAX) {
			problem_rule_number(problem,
					    "a statement that is delivered has at most {1} bytes",
					    ENVELOPE_CONTENT_MAX);
			status = UNDERSIGN_E_LIMIT;
		}
		if (status == UNDERSIGN_OK)
			memcpy(file->letter, statement.statements[0].scope + 1, HASH_BYTES);
		return status;
	}
	if (bytes_begin_with(content, bytes_from_text(REQUEST_START))) {
		struct enrolment request;

		file->kind = DELIVER_REQUEST;
		return enrolment_parse(&request, content, problem);
	}
	file->kind = DELIVER_RECORD;
	return note_parse(&note, content, problem);
}

int deliver_file_read(struct deliver_file *out, const char *path)
{
	struct problem problem = {0};

	*out = (struct deliver_file){.path = path};
	enum undersign_status status =
		cli_read(&out->content, path, ENTRY_MAX, FILE_PUBLIC, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Nothing was delivered.", &problem, NULL);
	status = parse(out, &problem);
	if (status == UNDERSIGN_OK)
		return CLI_YES;
	problem_inside(&problem, "file", bytes_from_text(path));
	return talk_refuse(status,
			   "Nothing was delivered: this is no statement, request or record.",
			   &problem, "give files that undersign wrote");
}

void deliver_file_free(struct deliver_file *file)
{
	file_content_free(&file->content);
}

/* --- the promise --- */

bool deliver_promise_path(char out[static DELIVER_PATH_MAX], const char *path, const char *folder)
{
	const char *slash = strrchr(path, '/');
	const int len = folder ? snprintf(out, DELIVER_PATH_MAX, "%s/%s.promise", folder,
					  slash ? slash + 1 : path)
			       : snprintf(out, DELIVER_PATH_MAX, "%s.promise", path);

	return len > 0 && len < DELIVER_PATH_MAX;
}

static int keep_promise(const struct delivery *delivery)
{
	const struct bytes note = http_reply_body(&delivery->reply);
	const char *path = delivery->file->path;
	char kept_path[DELIVER_PATH_MAX];
	struct promise promise;
	struct problem problem = {0};
	struct file_content kept = {0};

	enum undersign_status status = promise_open(&promise, note, &delivery->desk.log, &problem);
	if (status == UNDERSIGN_OK &&
	    (memcmp(promise.statement, delivery->purpose.statement, SHA512_BYTES) != 0 ||
	     memcmp(promise.letter, delivery->purpose.letter, HASH_BYTES) != 0 ||
	     !note_key_is_equal(&promise.appointment.key, &delivery->desk.promise_key))) {
		status = UNDERSIGN_E_INVALID;
		problem_rule(&problem, "a promise is about the statement that was delivered");
	}
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered: the desk gave no promise that holds.",
				   &problem,
				   "deliver it again, that is harmless; if it stays so, "
				   "tell the organiser");
	if (!deliver_promise_path(kept_path, path, delivery->orders->promises))
		return talk_fault(UNDERSIGN_E_LIMIT, "The promise was not kept.", path, NULL,
				  "its name is too long", "deliver it again");
	status = file_write(kept_path, note, FILE_PRIVATE, FILE_NEW, &problem);
	/* Delivered before: one statement has one promise. */
	if (status == UNDERSIGN_E_CONFLICT &&
	    file_read(&kept, kept_path, PROMISE_MAX, FILE_PUBLIC, &problem) == UNDERSIGN_OK &&
	    bytes_are_equal(file_content_view(&kept), note))
		status = UNDERSIGN_OK;
	file_content_free(&kept);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Promised, but the promise could not be written.",
				   &problem, "deliver it again, that is harmless and counts once");
	talk_say("Promised. Not published yet.\n");
	talk_paragraph("%s: the desk promises to publish it by the closing of the letter. Keep "
		       "it: if the desk breaks it, it shows that it did, and does not name you.",
		       kept_path);
	talk_paragraph("Look again after the next epoch: undersign deliver --check --to %s %s",
		       delivery->orders->to, path);
	return CLI_YES;
}

static int tell_taken(const struct delivery *delivery)
{
	switch (delivery->file->kind) {
	case DELIVER_STATEMENT:
		return keep_promise(delivery);
	case DELIVER_RECORD:
		talk_say("Delivered. Not published yet.\n");
		talk_paragraph("The desk has the record. It promises nothing: look for it in the "
			       "log after the next epoch.");
		break;
	case DELIVER_REQUEST:
		talk_say("Delivered. You are on no list yet.\n");
		talk_paragraph("The desk keeps the request for the steward, who admits it or does "
			       "not. Tell the steward its fingerprint.");
		break;
	}
	return CLI_YES;
}

static int tell_reply(const struct delivery *delivery)
{
	const struct http_reply *reply = &delivery->reply;
	char what[256];

	if (reply->status == 202)
		return tell_taken(delivery);
	if (reply->status == 503 || reply->status == 429) {
		const unsigned minutes =
			reply->retry_after_s ? (reply->retry_after_s - 1) / 60 + 1 : 10;
		talk_say("Not delivered.\n");
		talk_paragraph(catalogue_plural("The desk is busy. Your file is fine. Come back in "
						"%u minute; it makes no difference when.",
						"The desk is busy. Your file is fine. Come back in "
						"%u minutes; it makes no difference when.",
						minutes),
			       minutes);
		return CLI_NO;
	}
	deliver_desk_reason(what, sizeof what, reply);
	return talk_fault(UNDERSIGN_E_INVALID, "Not delivered.", delivery->file->path, NULL, what,
			  "your file is as it was");
}

/* --- sending --- */

static enum undersign_status make_stamp(struct stamp *out, struct delivery *delivery)
{
	struct terminal_progress bar;

	terminal_progress_begin(&bar, _("stamping"));
	const enum undersign_status status =
		stamp_make(out, &delivery->purpose, delivery->desk.epoch, delivery->desk.stamp_bits,
			   delivery->parallel, &bar.progress);
	terminal_progress_end(&bar, 0, NULL, status == UNDERSIGN_OK);
	return status;
}

/* A statement goes in an envelope, so that all are of one size; anything else as it is. */
static enum undersign_status make_request(struct http_request *out, char *url, size_t url_len,
					  const struct delivery *delivery)
{
	static uint8_t envelope[ENVELOPE_BYTES];
	const struct bytes content = file_content_view(&delivery->file->content);
	char id[2 * HASH_BYTES + 1] = {0};
	struct writer hex = writer_new(id, sizeof id - 1);

	*out = (struct http_request){.url = url, .is_post = true, .limit = NOTE_LEN_MAX};
	if (delivery->file->kind != DELIVER_STATEMENT) {
		(void)snprintf(url, url_len, "%s/entries", delivery->orders->to);
		out->body = content;
		return UNDERSIGN_OK;
	}
	writer_hex(&hex, bytes_from(delivery->purpose.letter, HASH_BYTES));
	(void)snprintf(url, url_len, "%s/letters/%s/statements", delivery->orders->to, id);
	out->body = bytes_from(envelope, sizeof envelope);
	return envelope_write(envelope, content);
}

static int send(struct delivery *delivery)
{
	char url[DELIVER_PATH_MAX], header[64] = "Undersigned-Stamp: ";
	struct problem problem = {0};
	struct http_request request;
	struct stamp stamp;

	enum undersign_status status = make_stamp(&stamp, delivery);
	if (status == UNDERSIGN_OK)
		status = make_request(&request, url, sizeof url, delivery);
	if (status != UNDERSIGN_OK)
		return talk_fault(status, "Not delivered.", delivery->file->path, NULL,
				  undersign_status_text(status), NULL);
	stamp_write((uint8_t *)header + strlen(header), &stamp);
	request.header = header;
	status = http_client_request(delivery->client, &delivery->reply, &request, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered, or delivered without an answer.",
				   &problem, "deliver it again: that is harmless and counts once");
	return tell_reply(delivery);
}

/* A name that no other delivery has: Tor gives each user of its proxy a circuit of his own, so that
 * two files do not come to the desk from one place. */
static enum undersign_status make_user(char out[static 2 * USER_BYTES + 1])
{
	struct entropy entropy = {0};
	const struct random_source source = entropy_source(&entropy);
	struct writer writer = writer_new((uint8_t *)out, 2 * USER_BYTES);
	uint8_t raw[USER_BYTES];

	const enum undersign_status status = source.fill(source.cookie, raw, sizeof raw);
	writer_hex(&writer, bytes_from(raw, sizeof raw));
	out[2 * USER_BYTES] = '\0';
	entropy_close(&entropy);
	return status;
}

static int contact(struct delivery *delivery)
{
	const struct deliver_orders *orders = delivery->orders;
	struct http_client_options options = {.proxy = proxy_for(orders->proxy, orders->to),
					      .timeout_ms = REQUEST_TIME_MS};
	char user[2 * USER_BYTES + 1];
	struct problem problem = {0};

	enum undersign_status status = make_user(user);
	if (status != UNDERSIGN_OK)
		return talk_fault(status, "Not delivered.", "random numbers", NULL,
				  "this computer gives no good ones", "use another computer");
	options.proxy_user = options.proxy ? user : NULL;
	status = http_client_open(&delivery->client, &options, &problem);
	if (status == UNDERSIGN_OK)
		status = deliver_desk_read(&delivery->desk, delivery->client, orders->to,
					   orders->log, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered.", &problem,
				   "your file is as it was; try later, or with another --to");
	memcpy(delivery->purpose.log, delivery->desk.log.public_key, ED25519_PUBLIC_BYTES);
	return CLI_YES;
}

int deliver_epoch_left(uint64_t *out_s, const struct deliver_orders *orders)
{
	struct delivery delivery = {.orders = orders};
	struct problem problem = {0};
	uint64_t now = 0;

	*out_s = 0;
	int code = contact(&delivery);
	if (code == CLI_YES) {
		const enum undersign_status status = cli_now(&now, &problem);
		if (status != UNDERSIGN_OK)
			code = talk_refuse(status, "Nothing was delivered.", &problem, NULL);
	}
	if (code == CLI_YES && delivery.desk.closes > now)
		*out_s = (delivery.desk.closes - now) / 10 * 9;
	deliver_desk_free(&delivery.desk);
	http_client_close(delivery.client);
	return code;
}

int deliver_file_send(const struct deliver_file *file, const struct deliver_orders *orders,
		      const struct parallel *parallel)
{
	struct delivery delivery = {.file = file, .orders = orders, .parallel = parallel};

	memcpy(delivery.purpose.letter, file->letter, HASH_BYTES);
	sha512(delivery.purpose.statement, file_content_view(&file->content));
	int code = contact(&delivery);
	if (code == CLI_YES)
		code = send(&delivery);
	http_reply_free(&delivery.reply);
	deliver_desk_free(&delivery.desk);
	http_client_close(delivery.client);
	return code;
}

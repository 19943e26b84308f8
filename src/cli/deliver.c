#include "cli.h"
#include "deliver_desk.h"
#include "proxy.h"
#include "threads.h"

#include "client.h"
#include "entropy.h"
#include "envelope.h"
#include "promise.h"
#include "stamp.h"
#include "statement.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_HOURS_MAX 168
#define PATH_LEN       4096

struct deliver_orders {
	const char *to, *proxy, *log, *promises;
	uint64_t wait_hours, n_threads;
	bool has_wait;
};

/* One delivery. */
struct delivery {
	const struct deliver_orders *orders;
	const char *path;
	struct file_content file;
	struct stamp_purpose purpose;
	struct http_client *client;
	struct deliver_desk desk;
	struct threads threads;
	struct http_reply reply;
};

/* Uniform below limit, which is at most 2^32. */
static enum undersign_status random_below(uint64_t *out, uint64_t limit)
{
	struct entropy entropy = {0};
	const struct random_source source = entropy_source(&entropy);
	const uint64_t end = UINT64_MAX - UINT64_MAX % limit;
	enum undersign_status status;

	do {
		uint8_t raw[8];

		status = source.fill(source.cookie, raw, sizeof raw);
		struct cursor cursor = cursor_new(bytes_from(raw, sizeof raw));
		*out = cursor_u64le(&cursor);
	} while (status == UNDERSIGN_OK && *out >= end);
	*out = status == UNDERSIGN_OK ? *out % limit : 0;
	entropy_close(&entropy);
	return status;
}

static int wait_first(uint64_t hours)
{
	uint64_t seconds;

	if (random_below(&seconds, hours * 3600 + 1) != UNDERSIGN_OK)
		return talk_fault(UNDERSIGN_E_RANDOM, "Nothing was delivered.", "random numbers",
				  NULL, "this computer gives no good ones", "use another computer");
	talk_paragraph("Waiting %u h %u min. To stop is harmless: nothing was sent yet.",
		       (unsigned)(seconds / 3600), (unsigned)(seconds % 3600 / 60));
	struct timespec rest = {.tv_sec = (time_t)seconds};
	while (nanosleep(&rest, &rest) != 0)
		;
	return CLI_YES;
}

/* Where the promise is kept: beside the statement, or in a folder. */
static bool promise_path(char out[static PATH_LEN], const struct delivery *delivery)
{
	const char *folder = delivery->orders->promises;
	const char *slash = strrchr(delivery->path, '/');
	const int len = folder ? snprintf(out, PATH_LEN, "%s/%s.promise", folder,
					  slash ? slash + 1 : delivery->path)
			       : snprintf(out, PATH_LEN, "%s.promise", delivery->path);

	return len > 0 && len < PATH_LEN;
}

static int keep_promise(const struct delivery *delivery)
{
	const struct bytes note = http_reply_body(&delivery->reply);
	char path[PATH_LEN];
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
	if (!promise_path(path, delivery))
		return talk_fault(UNDERSIGN_E_LIMIT, "The promise was not kept.", delivery->path,
				  NULL, "its name is too long", "deliver it again");
	status = file_write(path, note, FILE_PRIVATE, FILE_NEW, &problem);
	/* Delivered before: one statement has one promise. */
	if (status == UNDERSIGN_E_CONFLICT &&
	    file_read(&kept, path, PROMISE_MAX, FILE_PUBLIC, &problem) == UNDERSIGN_OK &&
	    bytes_are_equal(file_content_view(&kept), note))
		status = UNDERSIGN_OK;
	file_content_free(&kept);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Promised, but the promise could not be written.",
				   &problem, "deliver it again, that is harmless and counts once");
	talk_say("Promised. Not published yet.\n");
	talk_paragraph("%s: the desk promises to publish it by the closing of the letter. Keep "
		       "it: if the desk breaks it, it shows that it did, and does not name you.",
		       path);
	talk_paragraph(
		"Look again after the next epoch: undersign verify --mine %s BUNDLE. Once it "
		"is published, delete the file and every copy. If the letter closes without "
		"it: add --promise %s.",
		delivery->path, path);
	return CLI_YES;
}

static int tell_reply(const struct delivery *delivery)
{
	const struct http_reply *reply = &delivery->reply;
	char what[256];

	if (reply->status == 202)
		return keep_promise(delivery);
	if (reply->status == 503 || reply->status == 429) {
		const unsigned minutes =
			reply->retry_after_s ? (reply->retry_after_s - 1) / 60 + 1 : 10;
		talk_say("Not delivered.\n");
		talk_paragraph("The desk is busy. Your file is fine. Come back in %u %s; it makes "
			       "no difference when.",
			       minutes, minutes == 1 ? "minute" : "minutes");
		return CLI_NO;
	}
	deliver_desk_reason(what, sizeof what, reply);
	return talk_fault(UNDERSIGN_E_INVALID, "Not delivered.", delivery->path, NULL, what,
			  "your file is as it was");
}

static int send_statement(struct delivery *delivery)
{
	static uint8_t envelope[ENVELOPE_BYTES];
	char url[PATH_LEN], header[64] = "Undersigned-Stamp: ", id[2 * HASH_BYTES + 1] = {0};
	struct writer hex = writer_new(id, sizeof id - 1);
	struct terminal_progress bar;
	struct problem problem = {0};
	struct stamp stamp;

	terminal_progress_begin(&bar, "stamping");
	enum undersign_status status =
		stamp_make(&stamp, &delivery->purpose, delivery->desk.epoch,
			   delivery->desk.stamp_bits, &delivery->threads.parallel, &bar.progress);
	terminal_progress_end(&bar, 0, NULL, status == UNDERSIGN_OK);
	if (status == UNDERSIGN_OK)
		status = envelope_write(envelope, file_content_view(&delivery->file));
	if (status != UNDERSIGN_OK)
		return talk_fault(status, "Not delivered.", delivery->path, NULL,
				  undersign_status_text(status), NULL);
	stamp_write((uint8_t *)header + strlen(header), &stamp);
	writer_hex(&hex, bytes_from(delivery->purpose.letter, HASH_BYTES));
	snprintf(url, sizeof url, "%s/letters/%s/statements", delivery->orders->to, id);
	const struct http_request request = {.url = url,
					     .is_post = true,
					     .body = bytes_from(envelope, sizeof envelope),
					     .header = header,
					     .limit = NOTE_LEN_MAX};
	status = http_client_request(delivery->client, &delivery->reply, &request, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered, or delivered without an answer.",
				   &problem, "deliver it again: that is harmless and counts once");
	return tell_reply(delivery);
}

static int prepare(struct delivery *delivery)
{
	struct problem problem = {0};
	struct statement_file file;

	enum undersign_status status = cli_read(&delivery->file, delivery->path,
						ENVELOPE_CONTENT_MAX, FILE_PUBLIC, &problem);
	if (status == UNDERSIGN_OK)
		status = statement_file_parse(&file, file_content_view(&delivery->file), &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered: this is no statement.", &problem,
				   "give the file that undersign sign wrote");
	memcpy(delivery->purpose.letter, file.statements[0].scope + 1, HASH_BYTES);
	sha512(delivery->purpose.statement, file_content_view(&delivery->file));
	return CLI_YES;
}

static int contact(struct delivery *delivery)
{
	const struct deliver_orders *orders = delivery->orders;
	struct problem problem = {0};
	const char *proxy = proxy_for(orders->proxy, orders->to);

	proxy_tell(proxy, "the desk");
	const struct http_client_options options = {.proxy = proxy, .timeout_ms = 120000};
	enum undersign_status status = http_client_open(&delivery->client, &options, &problem);
	if (status == UNDERSIGN_OK)
		status = deliver_desk_read(&delivery->desk, delivery->client, orders->to,
					   orders->log, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Not delivered.", &problem,
				   "your file is as it was; try later, or with another --to");
	memcpy(delivery->purpose.log, delivery->desk.log.public_key, ED25519_PUBLIC_BYTES);
	return CLI_YES;
}

static int deliver(const struct deliver_orders *orders, const char *path)
{
	struct delivery delivery = {.orders = orders, .path = path};

	int code = prepare(&delivery);
	if (code == CLI_YES && orders->has_wait)
		code = wait_first(orders->wait_hours);
	if (code == CLI_YES)
		code = contact(&delivery);
	if (code == CLI_YES) {
		threads_begin(&delivery.threads, orders->n_threads);
		code = send_statement(&delivery);
		threads_end(&delivery.threads);
	}
	http_reply_free(&delivery.reply);
	deliver_desk_free(&delivery.desk);
	http_client_close(delivery.client);
	file_content_free(&delivery.file);
	return code;
}

int deliver_command(int argc, char **argv)
{
	struct deliver_orders orders = {.wait_hours = UINT64_MAX};
	const struct option options[] = {
		{.name = "--to",
		 .value = "URL",
		 .about = "the desk's address, without a slash at its end",
		 .is_required = true,
		 .text = &orders.to},
		PROXY_OPTION(orders.proxy),
		{.name = "--log",
		 .value = "VKEY",
		 .about = "the key of the desk's log, from somewhere else than the desk",
		 .text = &orders.log},
		{.name = "--wait",
		 .value = "HOURS",
		 .about = "wait a random time of up to so many hours first",
		 .number = &orders.wait_hours,
		 .least = 0,
		 .most = WAIT_HOURS_MAX},
		{.name = "--promises",
		 .value = "DIR",
		 .about = "keep the promise in this folder, not beside the statement",
		 .text = &orders.promises},
		THREADS_OPTION(orders.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign deliver --to URL [--proxy HOST:PORT] [--wait HOURS] STATEMENT",
		.about = "Delivers a statement to a desk. Anybody may do it, from any device, "
			 "later. Delivering twice is harmless and counts once.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (!http_url_is_valid(orders.to) || strlen(orders.to) > 1024)
		return options_refuse(&form, "--to is an address: http://... or https://...");
	orders.has_wait = orders.wait_hours != UINT64_MAX;
	return deliver(&orders, operands.at[0]);
}

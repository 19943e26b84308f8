#include "client.h"

#include "encoding.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URL_MAX        2048
#define PROXY_USER_MAX 64
#define STALL_BYTES    256L /* a second */

struct http_client {
	CURL *curl;
	char proxy[300];
	char proxy_user[PROXY_USER_MAX + 1];
	uint32_t timeout_ms, connect_ms, stall_s;
	bool is_fresh;
};

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  const char *noun, struct bytes name, const char *rule,
				  const char *what)
{
	problem_where(problem, noun, name);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

/* host and port, the port decimal from 1. */
static bool proxy_is_valid(const char *proxy)
{
	const char *colon = strrchr(proxy, ':');
	uint64_t port;

	if (!colon || colon == proxy || strlen(proxy) > 255)
		return false;
	if (decimal_decode(&port, bytes_from_text(colon + 1), 65535) != UNDERSIGN_OK || port == 0)
		return false;
	for (const char *at = proxy; at < colon; at++)
		if (!(*at >= '0' && *at <= '9') && !(*at >= 'a' && *at <= 'z') && *at != '.' &&
		    *at != '-' && *at != ':' && *at != '[' && *at != ']')
			return false;
	return true;
}

/* None, or letters and digits. */
static bool proxy_user_is_valid(const char *user)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	return !user || (*user != '\0' && strlen(user) <= PROXY_USER_MAX &&
			 user[strspn(user, allowed)] == '\0');
}

enum undersign_status http_client_open(struct http_client **out,
				       const struct http_client_options *options,
				       struct problem *problem)
{
	static const char scheme[] = "socks5h://";
	struct http_client *client;

	*out = NULL;
	if (options->proxy && !proxy_is_valid(options->proxy))
		return fail(problem, UNDERSIGN_E_USAGE, "proxy", bytes_from(NULL, 0),
			    "a proxy is HOST:PORT of a SOCKS5 proxy", "it is not");
	if (!proxy_user_is_valid(options->proxy_user))
		return fail(problem, UNDERSIGN_E_USAGE, "proxy", bytes_from(NULL, 0),
			    "a user's name for a proxy has 1 to 64 letters and digits",
			    "it has others");
	client = calloc(1, sizeof *client);
	if (client)
		client->curl = curl_easy_init();
	if (!client || !client->curl) {
		free(client);
		return fail(problem, UNDERSIGN_E_MEMORY, "connection", bytes_from(NULL, 0),
			    "there is memory", "there is none left");
	}
	if (options->proxy) {
		memcpy(client->proxy, scheme, sizeof scheme);
		strcat(client->proxy, options->proxy);
	}
	if (options->proxy_user)
		strcpy(client->proxy_user, options->proxy_user);
	client->stall_s = options->stall_s;
	client->timeout_ms = options->timeout_ms ? options->timeout_ms : 60000;
	client->connect_ms = options->connect_ms ? options->connect_ms : 30000;
	client->is_fresh = options->is_fresh;
	*out = client;
	return UNDERSIGN_OK;
}

void http_client_close(struct http_client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client);
}

/* Host with its port; empty if the address is not ours. */
static struct bytes url_host(const char *url)
{
	const char *begin = strncmp(url, "http://", 7) == 0    ? url + 7
			    : strncmp(url, "https://", 8) == 0 ? url + 8
							       : NULL;

	return begin ? bytes_from(begin, strcspn(begin, "/")) : bytes_from(NULL, 0);
}

bool http_url_is_valid(const char *url)
{
	const struct bytes host = url_host(url);

	if (host.len == 0 || host.data[0] == ':' || strlen(url) > URL_MAX)
		return false;
	for (const char *at = url; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || strchr("@?#\\\"<>^`{|}", *at))
			return false;
	return true;
}

bool http_url_is_onion(const char *url)
{
	static const char ending[] = ".onion";
	struct bytes host = url_host(url);
	const uint8_t *colon = host.len ? memchr(host.data, ':', host.len) : NULL;

	if (colon)
		host.len = (size_t)(colon - host.data);
	return host.len > 6 && strncasecmp((const char *)host.data + host.len - 6, ending, 6) == 0;
}

/* What a reply is collected in. */
struct collected {
	struct http_reply *reply;
	const struct http_request *request;
	size_t capacity; /* of the reply's body */
	bool is_too_long;
	bool is_out_of_memory;
};

static size_t take_body(char *data, size_t size, size_t n, void *cookie)
{
	struct collected *collected = cookie;
	struct http_reply *reply = collected->reply;
	const size_t len = size * n;

	if (len > collected->request->limit - reply->body_len) {
		collected->is_too_long = true;
		return 0;
	}
	if (reply->body_len + len >= collected->capacity) {
		const size_t capacity = 2 * (reply->body_len + len) + 1;
		uint8_t *body = realloc(reply->body, capacity);
		if (!body) {
			collected->is_out_of_memory = true;
			return 0;
		}
		reply->body = body;
		collected->capacity = capacity;
	}
	memcpy(reply->body + reply->body_len, data, len);
	reply->body_len += len;
	if (collected->request->received)
		collected->request->received(collected->request->cookie, len);
	return len;
}

static bool set_options(CURL *curl, const struct http_client *client,
			const struct http_request *request, struct curl_slist *headers,
			struct collected *collected)
{
	bool ok = true;

#define SET(name, value) ok = curl_easy_setopt(curl, CURLOPT_##name, (value)) == CURLE_OK && ok
	SET(URL, request->url);
	SET(PROTOCOLS_STR, "http,https");
	SET(FOLLOWLOCATION, 0L);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(NOSIGNAL, 1L);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(PROXY, client->proxy); /* an empty text: none, whatever the environment says */
	SET(NOPROXY, "");
	if (client->proxy_user[0] != '\0') {
		SET(PROXYUSERNAME, client->proxy_user);
		SET(PROXYPASSWORD, client->proxy_user);
	}
	SET(TIMEOUT_MS, (long)(request->timeout_ms ? request->timeout_ms : client->timeout_ms));
	if (client->stall_s > 0) {
		SET(LOW_SPEED_LIMIT, STALL_BYTES);
		SET(LOW_SPEED_TIME, (long)client->stall_s);
	}
	SET(CONNECTTIMEOUT_MS, (long)client->connect_ms);
	SET(FRESH_CONNECT, client->is_fresh ? 1L : 0L);
	SET(FORBID_REUSE, client->is_fresh ? 1L : 0L);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(HTTPHEADER, headers);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, collected);
	if (request->is_post) {
		SET(POST, 1L);
		SET(POSTFIELDS, request->body.len ? (const char *)request->body.data : "");
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	} else {
		SET(HTTPGET, 1L);
	}
#undef SET
	return ok;
}

/* Without a user agent, and without Expect, which would split a request in two. */
static struct curl_slist *make_headers(const struct http_request *request)
{
	char type[160] = "Content-Type: application/octet-stream";
	const char *lines[] = {"Accept: */*", "User-Agent:", "Expect:", request->header,
			       request->is_post ? type : NULL};
	struct curl_slist *headers = NULL;

	if (request->content_type && strlen(request->content_type) < 128) {
		strcpy(type, "Content-Type: ");
		strcat(type, request->content_type);
	}
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!lines[i])
			continue;
		struct curl_slist *longer = curl_slist_append(headers, lines[i]);
		if (!longer) {
			curl_slist_free_all(headers);
			return NULL;
		}
		headers = longer;
	}
	return headers;
}

static void read_reply(CURL *curl, struct http_reply *out)
{
	const char *type = NULL;
	curl_off_t seconds = 0;
	long status = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
		out->status = (int)status;
	if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type &&
	    strlen(type) < sizeof out->content_type)
		strcpy(out->content_type, type);
	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
		out->retry_after_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

enum undersign_status http_client_request(struct http_client *client, struct http_reply *out,
					  const struct http_request *request,
					  struct problem *problem)
{
	struct collected collected = {.reply = out, .request = request};
	enum undersign_status status = UNDERSIGN_OK;

	*out = (struct http_reply){0};
	if (!http_url_is_valid(request->url))
		return fail(problem, UNDERSIGN_E_USAGE, "address", bytes_from(NULL, 0),
			    "an address begins with http:// or https:// and has no user, query "
			    "or fragment",
			    "it is not such a one");
	const struct bytes host = url_host(request->url);
	struct curl_slist *headers = make_headers(request);
	/* Of an earlier request everything but the connections is forgotten. */
	curl_easy_reset(client->curl);
	if (!headers || !set_options(client->curl, client, request, headers, &collected)) {
		status = fail(problem, UNDERSIGN_E_MEMORY, "server", host, "there is memory",
			      "there is none left");
		goto out;
	}
	const CURLcode code = curl_easy_perform(client->curl);
	if (code == CURLE_OK)
		read_reply(client->curl, out);
	else if (collected.is_too_long)
		status = fail(problem, UNDERSIGN_E_LIMIT, "server", host,
			      "a reply is no longer than it may be", "it is longer");
	else if (collected.is_out_of_memory || code == CURLE_OUT_OF_MEMORY)
		status = fail(problem, UNDERSIGN_E_MEMORY, "server", host, "there is memory",
			      "there is none left");
	else
		status = fail(problem, UNDERSIGN_E_MISSING, "server", host,
			      "the server answers in time", curl_easy_strerror(code));
out:
	curl_slist_free_all(headers);
	if (status != UNDERSIGN_OK)
		http_reply_free(out);
	return status;
}

void http_reply_free(struct http_reply *reply)
{
	free(reply->body);
	*reply = (struct http_reply){0};
}

#include "witness_state.h"

#include "file.h"
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BEHIND_MAX 3600  /* seconds that the clock may be behind the last cosignature */
#define JUMP_MAX   86400 /* seconds that it may move against the machine's count */
#define PATH_LEN   4096
#define ENDING     ".checkpoint"

struct log {
	struct note_key key;
	uint8_t name[NOTE_NAME_LEN_MAX]; /* of the key */
	uint8_t hex[WITNESS_ORIGIN_HEX_LEN];

	/* Guarded by the state's mutex. */
	struct witness_seen seen;
	size_t record_len;
	uint8_t record[WITNESS_RECORD_LEN_MAX];
};

struct witness_state {
	char folder[PATH_LEN];
	int folder_fd; /* locked */
	struct note_signer signer;
	struct note_key key;
	struct clock_source clock;
	uint64_t opened_at;    /* of the clock */
	double opened_count;   /* of the machine's count */
	pthread_mutex_t mutex; /* one decision at a time */
	size_t n_logs;
	struct log logs[];
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

static void record_path(char out[static PATH_LEN], const struct witness_state *state,
			const struct log *log)
{
	struct writer writer = writer_new(out, PATH_LEN - 1);

	writer_text(&writer, state->folder);
	writer_u8(&writer, '/');
	writer_put(&writer, log->hex, sizeof log->hex);
	writer_text(&writer, ENDING);
	out[writer_view(&writer).len] = '\0';
}

static enum undersign_status read_record(struct witness_state *state, struct log *log,
					 struct problem *problem)
{
	struct file_content content;
	char path[PATH_LEN];

	log->seen = witness_seen_none();
	record_path(path, state, log);
	if (!file_exists(path))
		return UNDERSIGN_OK;
	enum undersign_status status =
		file_read(&content, path, sizeof log->record, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const struct bytes record = file_content_view(&content);
	status = witness_record_read(&log->seen, record, &log->key, &state->key, problem);
	if (status == UNDERSIGN_OK) {
		memcpy(log->record, record.data, record.len);
		log->record_len = record.len;
	} else {
		problem_inside(problem, "file", bytes_from_text(path));
	}
	file_content_free(&content);
	return status;
}

static enum undersign_status lock_folder(struct witness_state *state, struct problem *problem)
{
	const struct bytes folder = bytes_from_text(state->folder);
	const enum undersign_status status = folder_make(state->folder, FILE_PRIVATE, problem);

	if (status != UNDERSIGN_OK)
		return status;
	state->folder_fd = open(state->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state->folder_fd < 0)
		return fail(problem, UNDERSIGN_E_SYSTEM, "folder", folder, "it can be opened",
			    strerror(errno));
	if (flock(state->folder_fd, LOCK_EX | LOCK_NB) != 0)
		return fail(problem, UNDERSIGN_E_CONFLICT, "folder", folder,
			    "one witness at a time has its state",
			    "another process has it: stop that one first");
	return UNDERSIGN_OK;
}

static enum undersign_status take_logs(struct witness_state *state,
				       const struct witness_state_options *options,
				       struct problem *problem)
{
	for (size_t i = 0; i < options->n_logs; i++) {
		const struct note_key *key = &options->logs[i];
		struct log *log = &state->logs[i];
		CHECK(key->type == NOTE_KEY_NOTE);
		for (size_t j = 0; j < i; j++)
			if (bytes_are_equal(state->logs[j].key.name, key->name))
				return fail(problem, UNDERSIGN_E_USAGE, "log", key->name,
					    "a log has one key",
					    "two keys are given: remove one of them");
		memcpy(log->name, key->name.data, key->name.len);
		log->key = *key;
		log->key.name = bytes_from(log->name, key->name.len);
		witness_origin_hex(log->hex, key->name);
		const enum undersign_status status = read_record(state, log, problem);
		if (status != UNDERSIGN_OK)
			return status;
		state->n_logs++;
	}
	return UNDERSIGN_OK;
}

enum undersign_status witness_state_open(struct witness_state **out,
					 const struct witness_state_options *options,
					 struct problem *problem)
{
	const size_t room = sizeof "/" + WITNESS_ORIGIN_HEX_LEN + sizeof ENDING;

	*out = NULL;
	CHECK(options->n_logs <= WITNESS_LOGS_MAX);
	if (strlen(options->folder) + room > PATH_LEN)
		return fail(problem, UNDERSIGN_E_LIMIT, "folder", bytes_from(NULL, 0),
			    "a folder's path has less than 4,000 bytes", "it has more");
	struct witness_state *state =
		calloc(1, sizeof *state + options->n_logs * sizeof state->logs[0]);
	if (!state || pthread_mutex_init(&state->mutex, NULL) != 0) {
		free(state);
		return fail(problem, UNDERSIGN_E_MEMORY, "witness", bytes_from(NULL, 0),
			    "there is memory", "there is none left");
	}
	strcpy(state->folder, options->folder);
	state->folder_fd = -1;
	state->signer = options->signer;
	state->key = witness_key(&options->signer);
	state->clock = options->clock;
	state->opened_count = clock_elapsed();
	enum undersign_status status = clock_now(&state->opened_at, &state->clock, problem);
	if (status == UNDERSIGN_OK)
		status = lock_folder(state, problem);
	if (status == UNDERSIGN_OK)
		status = take_logs(state, options, problem);
	if (status != UNDERSIGN_OK) {
		witness_state_close(state);
		return status;
	}
	*out = state;
	return UNDERSIGN_OK;
}

void witness_state_close(struct witness_state *state)
{
	if (!state)
		return;
	if (state->folder_fd >= 0)
		close(state->folder_fd);
	pthread_mutex_destroy(&state->mutex);
	free(state);
}

/* The time of the next cosignature of a log. */
static enum undersign_status next_seconds(uint64_t *out, const struct witness_state *state,
					  const struct log *log, struct problem *problem)
{
	const struct bytes none = bytes_from(NULL, 0);
	uint64_t now;
	const enum undersign_status status = clock_now(&now, &state->clock, problem);

	if (status != UNDERSIGN_OK)
		return status;
	const double moved = (double)now - (double)state->opened_at;
	const double counted = clock_elapsed() - state->opened_count;
	if (moved - counted > JUMP_MAX || counted - moved > JUMP_MAX)
		return fail(problem, UNDERSIGN_E_SYSTEM, "the clock of this machine", none,
			    "it does not jump by a day",
			    "it did: set it right, then start the witness again");
	if (now + BEHIND_MAX < log->seen.seconds)
		return fail(problem, UNDERSIGN_E_SYSTEM, "the clock of this machine", none,
			    "it is not an hour behind the last cosignature",
			    "it is: set it right; if it once ran ahead, make a new key");
	*out = now > log->seen.seconds ? now : log->seen.seconds;
	return UNDERSIGN_OK;
}

/* Cosigns what was found to follow. The mutex is held. */
static enum undersign_status commit(struct witness_state *state, struct log *log,
				    const struct witness_submission *submission,
				    struct witness_reply *out)
{
	uint8_t record[WITNESS_RECORD_LEN_MAX];
	char path[PATH_LEN];
	uint64_t seconds;
	struct writer line = writer_new(out->buffer, sizeof out->buffer);
	struct writer writer = writer_new(record, sizeof record);

	enum undersign_status status = next_seconds(&seconds, state, log, &out->problem);
	if (status == UNDERSIGN_OK)
		status = witness_cosign(&line, submission, &state->signer, seconds);
	if (status != UNDERSIGN_OK)
		return status;
	witness_record_write(&writer, submission, writer_view(&line));
	const struct bytes content = writer_view(&writer);
	record_path(path, state, log);
	/* Nothing is cosigned that a crash could forget. */
	status = file_write(path, content, FILE_PUBLIC, FILE_REPLACE, &out->problem);
	if (status != UNDERSIGN_OK)
		return status;
	log->seen.size = submission->checkpoint.size;
	log->seen.root = submission->checkpoint.root;
	log->seen.seconds = seconds;
	memcpy(log->record, content.data, content.len);
	log->record_len = content.len;
	out->body = writer_view(&line);
	return UNDERSIGN_OK;
}

/* Compare and swap: what was seen, and what is seen from now on. */
static void decide(struct witness_state *state, struct log *log,
		   const struct witness_submission *submission, struct witness_reply *out)
{
	struct writer size = writer_new(out->buffer, sizeof out->buffer);

	pthread_mutex_lock(&state->mutex);
	out->status = (int)witness_step(submission, &log->seen, &out->problem);
	if (out->status == WITNESS_FINE && commit(state, log, submission, out) != UNDERSIGN_OK)
		out->status = WITNESS_BROKEN;
	if (out->status == WITNESS_STALE) {
		writer_decimal(&size, log->seen.size);
		writer_u8(&size, '\n');
		out->body = writer_view(&size);
	}
	pthread_mutex_unlock(&state->mutex);
}

static struct log *find_log(struct witness_state *state, struct bytes origin)
{
	for (size_t i = 0; i < state->n_logs; i++)
		if (bytes_are_equal(state->logs[i].key.name, origin))
			return &state->logs[i];
	return NULL;
}

void witness_state_submit(struct witness_state *state, struct witness_reply *out, struct bytes body)
{
	struct witness_submission submission;

	*out = (struct witness_reply){0};
	out->status = (int)witness_read(&submission, body, &out->problem);
	if (out->status != WITNESS_FINE)
		return;
	struct log *log = find_log(state, submission.checkpoint.origin);
	if (!log) {
		fail(&out->problem, UNDERSIGN_E_MISSING, "origin", submission.checkpoint.origin,
		     "the log is one of this witness", "it is another");
		out->status = WITNESS_UNKNOWN;
		return;
	}
	out->status = (int)witness_check(&submission, &log->key, &out->problem);
	if (out->status == WITNESS_FINE)
		decide(state, log, &submission, out);
}

bool witness_state_latest(struct witness_state *state, struct writer *out, struct bytes origin_hex)
{
	bool is_there = false;

	for (size_t i = 0; i < state->n_logs; i++) {
		struct log *log = &state->logs[i];
		if (!bytes_are_equal(origin_hex, bytes_from(log->hex, sizeof log->hex)))
			continue;
		pthread_mutex_lock(&state->mutex);
		writer_put(out, log->record, log->record_len);
		is_there = log->record_len > 0;
		pthread_mutex_unlock(&state->mutex);
	}
	return is_there;
}

struct witness_seen witness_state_seen(struct witness_state *state, size_t log)
{
	CHECK(log < state->n_logs);
	pthread_mutex_lock(&state->mutex);
	const struct witness_seen seen = state->logs[log].seen;
	pthread_mutex_unlock(&state->mutex);
	return seen;
}

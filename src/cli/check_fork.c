#include "cli.h"

#include "checkpoint.h"
#include "folder.h"
#include "policy.h"
#include "tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEYS_LEN_MAX ((size_t)1 << 20)
static const char headline[] = N_("This shows no fork.");

struct fork_orders {
	const char *log, *policy;
	const char *folders[2];
};

/* A checkpoint and, beside it, the tiles of its log. */
struct history {
	const char *folder;
	struct file_content note;
	struct checkpoint checkpoint;
};

static int refuse(const char *where, const char *rule, const char *what)
{
	return talk_fault(UNDERSIGN_E_INVALID, headline, where, rule, what, NULL);
}

/* --- whose log it is --- */

static enum undersign_status read_origin(struct bytes *out, const struct history *history,
					 struct problem *problem)
{
	struct checkpoint checkpoint;
	struct note note;
	enum undersign_status status =
		note_parse(&note, file_content_view(&history->note), problem);

	if (status == UNDERSIGN_OK)
		status = checkpoint_parse(&checkpoint, note.text, problem);
	*out = status == UNDERSIGN_OK ? checkpoint.origin : bytes_from(NULL, 0);
	return status;
}

/* The key of this name among lines of vkeys. */
static bool find_in_keys(struct note_key *out, struct bytes keys, struct bytes origin)
{
	for (size_t begin = 0, i = 0; i < keys.len; i++) {
		if (keys.data[i] != '\n')
			continue;
		if (note_key_parse(out, bytes_part(keys, begin, i - begin), NULL) == UNDERSIGN_OK &&
		    out->type == NOTE_KEY_NOTE && bytes_are_equal(out->name, origin))
			return true;
		begin = i + 1;
	}
	return false;
}

/* From outside, or else from one of the folders. content: what the key's name is a view into. */
static enum undersign_status find_key(struct note_key *out, struct file_content *content,
				      const struct fork_orders *orders, struct bytes origin,
				      struct problem *problem)
{
	static struct policy policy;
	enum undersign_status status;

	if (orders->log)
		return note_key_parse(out, bytes_from_text(orders->log), problem);
	if (orders->policy) {
		status = cli_read(content, orders->policy, POLICY_LEN_MAX, FILE_PUBLIC, problem);
		if (status == UNDERSIGN_OK)
			status = policy_parse(&policy, file_content_view(content), problem);
		for (size_t i = 0; status == UNDERSIGN_OK && i < policy.n_logs; i++) {
			*out = policy.logs[i].key;
			if (bytes_are_equal(out->name, origin))
				return UNDERSIGN_OK;
		}
	} else {
		for (size_t i = 0; i < 2; i++) {
			file_content_free(content);
			if (folder_read(content, orders->folders[i], "keys", KEYS_LEN_MAX, NULL) ==
				    UNDERSIGN_OK &&
			    find_in_keys(out, file_content_view(content), origin))
				return UNDERSIGN_OK;
		}
		status = UNDERSIGN_OK;
	}
	if (status != UNDERSIGN_OK)
		return status;
	problem_where(problem, "log", origin);
	problem_rule(problem, "the log's key is known: from --log, --policy, or a folder's `keys`");
	problem_what(problem, "there is no key of this log", bytes_from(NULL, 0));
	return UNDERSIGN_E_MISSING;
}

static enum undersign_status open_history(struct history *history, const struct note_key *key,
					  struct problem *problem)
{
	struct note_verdict verdict;
	struct note note;
	enum undersign_status status = checkpoint_open(&history->checkpoint, &note, &verdict,
						       file_content_view(&history->note), key, 1,
						       NOTE_UNKNOWN_IGNORED, problem);

	if (status != UNDERSIGN_OK)
		problem_inside(problem, "folder", bytes_from_text(history->folder));
	return status;
}

/* --- whether one continues the other --- */

static enum undersign_status read_hashes(void *cookie, struct merkle_hash *out, uint32_t level,
					 uint64_t index, size_t n)
{
	const struct history *history = cookie;
	const uint64_t in_level = history->checkpoint.size >> (8 * (level & 7));
	char name[TILE_PATH_LEN_MAX + 1];
	struct writer writer = writer_new((uint8_t *)name, TILE_PATH_LEN_MAX);
	struct merkle_hash hashes[TILE_WIDTH];
	struct file_content content;

	if (level >= MERKLE_LEVELS_MAX || index + n > in_level)
		return UNDERSIGN_E_MISSING;
	const uint64_t left = in_level - (index & ~(uint64_t)(TILE_WIDTH - 1));
	const struct tile tile = {.level = level,
				  .index = index >> 8,
				  .width = left < TILE_WIDTH ? (uint32_t)left : TILE_WIDTH};
	tile_path_write(&writer, &tile);
	name[writer_view(&writer).len] = '\0';
	enum undersign_status status =
		folder_read(&content, history->folder, name, TILE_LEN_MAX, NULL);
	if (status == UNDERSIGN_OK)
		status = tile_parse(hashes, tile.width, file_content_view(&content));
	file_content_free(&content);
	if (status == UNDERSIGN_OK)
		memcpy(out, &hashes[index & (TILE_WIDTH - 1)], n * sizeof *out);
	return status;
}

/* The root that the larger log had at the smaller one's size, by its own tiles, and proved by
 * them: E_INVALID if they are not those of its checkpoint. */
static enum undersign_status root_before(struct merkle_hash *out, struct history *larger,
					 uint64_t size)
{
	const struct merkle_reader reader = {.read = read_hashes, .cookie = larger};
	struct merkle_proof proof;
	enum undersign_status status = merkle_root_at(out, size, &reader);

	if (status == UNDERSIGN_OK)
		status = merkle_prove_consistency(&proof, size, larger->checkpoint.size, &reader);
	if (status == UNDERSIGN_OK &&
	    !merkle_consistency_is_valid(&proof, size, out, larger->checkpoint.size,
					 &larger->checkpoint.root))
		status = UNDERSIGN_E_INVALID;
	return status;
}

static void print(const struct history histories[static 2], const struct note_key *key,
		  bool is_anchored)
{
	uint8_t text[NOTE_KEY_TEXT_MAX];
	struct writer writer = writer_new(text, sizeof text);

	note_key_write(&writer, key);
	output_say(is_anchored ? "FORK\nThe key\n  "
			       : "FORK, if this is the log's key\nThe key\n  ");
	output_text(writer_view(&writer));
	output_say("\nhas signed two histories of one log, of %" PRIu64 " and of %" PRIu64
		   " entries:\n",
		   histories[0].checkpoint.size, histories[1].checkpoint.size);
	output_say(histories[0].checkpoint.size == histories[1].checkpoint.size
			   ? "they are of one size and have different roots.\n"
			   : "the larger one, by its own tiles, did not begin with the smaller "
			     "one.\n");
}

static int compare(struct history histories[static 2], const struct note_key *key, bool is_anchored)
{
	struct history *larger = &histories[0], *smaller = &histories[1];
	struct merkle_hash root;

	if (larger->checkpoint.size < smaller->checkpoint.size) {
		larger = &histories[1];
		smaller = &histories[0];
	}
	if (larger->checkpoint.size == smaller->checkpoint.size)
		root = larger->checkpoint.root;
	else if (root_before(&root, larger, smaller->checkpoint.size) != UNDERSIGN_OK)
		return refuse(larger->folder, "the larger log's tiles are beside its checkpoint",
			      "they are missing, or not those of the checkpoint");
	if (merkle_hash_is_equal(&root, &smaller->checkpoint.root))
		return refuse(NULL, NULL, "the larger log continues the smaller one");
	print(histories, key, is_anchored);
	return CLI_YES;
}

static int check(const struct fork_orders *orders, struct history histories[static 2],
		 struct file_content *keys)
{
	struct problem problem = {0};
	struct bytes origin;
	struct note_key key;
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < 2 && status == UNDERSIGN_OK; i++) {
		histories[i].folder = orders->folders[i];
		status = folder_read(&histories[i].note, orders->folders[i], "checkpoint",
				     NOTE_LEN_MAX, &problem);
	}
	if (status == UNDERSIGN_OK)
		status = read_origin(&origin, &histories[0], &problem);
	if (status == UNDERSIGN_OK)
		status = find_key(&key, keys, orders, origin, &problem);
	for (size_t i = 0; i < 2 && status == UNDERSIGN_OK; i++)
		status = open_history(&histories[i], &key, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	return compare(histories, &key, orders->log || orders->policy);
}

int check_fork_command(int argc, char **argv)
{
	struct fork_orders orders = {0};
	const struct option options[] = {
		{.name = "--log",
		 .value = "VKEY",
		 .about = "the log's key, from somewhere else",
		 .text = &orders.log},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "a tlog-policy file that has it",
		 .text = &orders.policy},
	};
	const struct options_form form = {
		.usage = "undersign check-fork [--log VKEY | --policy FILE] FOLDER OTHER",
		.about = "Checks that a log's key signed two histories: two folders with a "
			 "checkpoint and the tiles of its log each, as fetch leaves them in FOLDER "
			 "and FOLDER.fork. Exit 0 if it did.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	struct history histories[2] = {{0}, {0}};
	struct file_content keys = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.log && orders.policy)
		return options_refuse(&form, "Say one of --log and --policy.");
	orders.folders[0] = operands.at[0];
	orders.folders[1] = operands.at[1];
	code = check(&orders, histories, &keys);
	file_content_free(&histories[0].note);
	file_content_free(&histories[1].note);
	file_content_free(&keys);
	return code;
}

/* What an engine does for store.c, which has checked the arguments and the role, sorted the batch
 * by hash, and knows whether the handle has failed. Contracts as in store.h. Only for src/store. */
#ifndef UNDERSIGNED_ENGINE_H
#define UNDERSIGNED_ENGINE_H

#include "store.h"

struct engine {
	/* address: the URL, for SQLite the path in it. *out is NULL on failure. */
	enum undersign_status (*open)(void **out, const struct store_options *options,
				      const char *address, struct problem *problem);
	void (*close)(void *self);
	/* True if the disk has failed without a call that could say so. NULL: that cannot be. */
	bool (*has_failed)(const void *self);
	enum undersign_status (*hold)(void *self, uint64_t epoch,
				      const struct store_item *const *items, size_t n,
				      struct problem *problem);
	enum undersign_status (*read_held)(void *self, enum store_kind kind, store_visit visit,
					   void *cookie, struct problem *problem);
	enum undersign_status (*count)(uint64_t *out, void *self, enum store_kind kind,
				       struct problem *problem);
	enum undersign_status (*erase)(void *self, const struct store_key *keys, size_t n,
				       struct problem *problem);
	enum undersign_status (*read_state)(struct store_state *out, void *self,
					    struct arena *arena, struct problem *problem);
	enum undersign_status (*turn)(void *self, uint64_t epoch, struct problem *problem);
	enum undersign_status (*close_epoch)(void *self, const struct store_closing *closing,
					     struct problem *problem);
	enum undersign_status (*read_log)(void *self, uint64_t from, store_visit_entry visit,
					  void *cookie, struct problem *problem);
	enum undersign_status (*write_value)(void *self, const char *name, struct bytes value,
					     struct problem *problem);
	enum undersign_status (*read_value)(struct bytes *out, void *self, const char *name,
					    struct arena *arena, struct problem *problem);
	enum undersign_status (*take_back)(void *self, struct problem *problem);
	/* The engine's own check and the log's numbers; store.c checks the hashes. */
	enum undersign_status (*check)(void *self, struct problem *problem);
	enum undersign_status (*copy)(void *self, const char *path, struct problem *problem);
};

extern const struct engine engine_sqlite;
extern const struct engine engine_postgresql;

/* Words that both say. */
#define ENGINE_RULE_LOG     N_("the store is that of this log")
#define ENGINE_RULE_VERSION N_("the store is of this program's version (1)")
#define ENGINE_RULE_SEALER  N_("one sealer works on a store at a time")
#define ENGINE_RULE_TAKES   N_("what is held was checked for the epoch that the store takes for")
#define ENGINE_RULE_BEFORE  N_("the log ends where the sealer found it")
#define ENGINE_RULE_WHOLE   N_("the log has each entry up to its size")

/* Sets rule and what; returns status. */
enum undersign_status engine_refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what);
/* The state does not take for this epoch. */
enum undersign_status engine_refuse_epoch(struct problem *problem, uint64_t given, uint64_t takes);
/* An entry is missing, or there is one too many. */
enum undersign_status engine_refuse_number(struct problem *problem, uint64_t expected,
					   uint64_t found);

#endif

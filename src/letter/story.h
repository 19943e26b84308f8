/* The story around a letter, told from the records that the log has of it
 * (doc/formats.md 3.5, 6.4): which of them hold, what was revised, removed or is void and by which
 * rule, and what follows: the institutions' standings, the demands' states, who endorses. A pure
 * function of the set of records, each with its place in the log; the order in which they are given
 * plays no role. Public; variable time. */
#ifndef UNDERSIGNED_STORY_H
#define UNDERSIGNED_STORY_H

#include "arena.h"
#include "bytes.h"
#include "note.h"
#include "sha2.h"
#include "status.h"
#include "story_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORY_RECORDS_MAX 10000 /* of a letter */
#define STORY_NO          UINT32_MAX
#define STORY_EARLIER_MAX 16 /* earlier versions */

/* A record as it stands in the log: it was parsed, and its author's signature holds. */
struct story_item {
	struct story_text text;
	uint8_t id[SHA256_BYTES];
	uint64_t entry;   /* its number in the log */
	uint64_t epoch;   /* that it stands in */
	uint64_t seconds; /* the instant that names the epoch */
};

enum story_state {
	STORY_HOLDS,
	STORY_REVISED, /* a later revision is in its place */
	STORY_REMOVED, /* not to be shown */
	STORY_VOID,    /* shown as what it is, with the rule */
};

struct story_record {
	const struct story_item *item;
	enum story_state state;
	const char *rule;  /* why it is void; NULL */
	bool is_signed;    /* with a key of the actor that it is about; else by the organiser */
	uint32_t previous; /* the record that it revises; STORY_NO */
	uint32_t next;     /* the one that revises it; STORY_NO */
	uint32_t of;       /* of a notice: the record that it is about; STORY_NO */
	uint32_t removal;  /* the notice that removes it; STORY_NO */
	uint32_t decision; /* of an appeal: the notice that decides it; STORY_NO */
	uint32_t actor;    /* index in actors; STORY_NO */
};

struct story_actor {
	uint32_t record; /* the introduction, as it was revised last */
	struct bytes name;
	struct bytes role;
	uint32_t endorsement; /* the first of its chain; STORY_NO */
};

/* One institution, by the name in its stances. */
struct story_standing {
	struct bytes name;
	uint32_t record; /* its last stance */
	uint32_t grade;  /* from 0, the weakest; n_grades: withdrawn */
	uint64_t since;  /* the date of that */
};
struct story_change {
	uint32_t record;
	uint32_t standing;
	uint32_t grade;
	uint32_t before; /* the grade before; STORY_NO for the first */
};

/* In the order of the word list of formats 3.5. */
enum story_demand_state { STORY_OPEN, STORY_OFFERED, STORY_ACCEPTED, STORY_REFUSED, STORY_MET };
#define STORY_DEMAND_STATES 5
/* By the word; STORY_OPEN for any other. */
enum story_demand_state story_state_named(struct bytes name);

struct story_demand {
	uint32_t record;
	uint64_t number;
	enum story_demand_state state;
	uint64_t since;        /* date of the move, or of the demand */
	const uint32_t *moves; /* by date; those that hold */
	size_t n_moves;
};

/* Indexes are those of records, which are in the order of the log. */
struct story {
	const struct story_record *records;
	size_t n;
	const struct story_actor *actors;
	size_t n_actors;
	const struct bytes *grades; /* of the scale, the weakest first */
	size_t n_grades;
	const struct story_standing *standings; /* the strongest first, then by date */
	size_t n_standings;
	const uint64_t *totals; /* institutions of each grade, and n_grades: withdrawn */
	const struct story_change *changes; /* of grade, by date */
	size_t n_changes;
	const struct story_demand *demands; /* by number */
	size_t n_demands;
	uint64_t people, institutions; /* whose endorsement holds */
	uint64_t endorsements_withdrawn;
	uint64_t removals; /* that hold and were not reversed */
	uint64_t voids;
};

/* Tells. The items may be in any order; they and their texts must live as long as *out, which is
 * made from the arena. E_MEMORY; E_LIMIT above STORY_RECORDS_MAX. */
UNDERSIGN_MUST_CHECK enum undersign_status story_tell(struct story *out,
						      const struct story_item *items, size_t n,
						      const struct note_key *organiser,
						      struct arena *arena);
/* The record of an ID; STORY_NO. */
uint32_t story_find(const struct story *story, const uint8_t id[static SHA256_BYTES]);
/* The actor's name that a record is about; empty if it is about none. */
struct bytes story_actor_name(const struct story_text *text);
/* The first of the chain of revisions that a record is the last of. */
uint32_t story_first(const struct story *story, uint32_t record);

/* --- Polls that are cited (story_poll.c) --- */

struct story_poll {
	uint64_t asked;
	uint64_t joined;   /* tenths of a per cent: the answers that the letter joins */
	uint64_t n_joined; /* how many answers that are */
	bool is_sample;    /* drawn at random: a sampling error can be computed */
	/* Half the width of the interval of 95 % of a simple random sample, in tenths of a point:
	 * at this share, and at 50 %. 0 without a sample. */
	uint64_t error, error_most;
};
/* False if the citation is not of a poll. */
bool story_poll(struct story_poll *out, const struct story_text *citation);
/* Half the width for a share of `share` tenths of a per cent among n, rounded. */
uint64_t story_sampling_error(uint64_t share, uint64_t n);

/* What the letter says that its poll does not. */
enum story_lint {
	STORY_LINT_JOINED = 1 << 0,    /* the share joins several answers */
	STORY_LINT_CALLED = 1 << 1,    /* the letter's word for those asked is not theirs */
	STORY_LINT_SHARE = 1 << 2,     /* a percentage in the claim is not the joined share */
	STORY_LINT_HALF = 1 << 3,      /* half lies within the sampling error */
	STORY_LINT_NO_SAMPLE = 1 << 4, /* nobody was drawn: no error can be told */
	STORY_LINT_NOT_SAID = 1 << 5,  /* the claim does not stand in the letter's text */
};
/* The lints of a citation, and of STORY_LINT_CALLED the word: what the record says that the letter
 * calls them, or a word of the claim for everybody that the population does not have. letter: the
 * authoritative text, or empty: then STORY_LINT_NOT_SAID is not looked for; language: its tag, by
 * which those words are chosen, in English for one that has none. */
unsigned story_lints(struct bytes *out_called, const struct story_text *citation,
		     struct bytes letter, struct bytes language);

#endif

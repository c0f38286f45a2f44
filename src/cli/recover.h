/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_RECOVER_H
#define PEL_CLI_RECOVER_H

/* What the actions of `pellucid recover` share. */

#include "cli/cli.h"
#include "recover/attack_ask.h"
#include "recover/examine.h"
#include "rules/names.h"

enum {
	RECOVER_MAX_GIVEN = 32,     /* keys, or ranges of seeds, that a user brings */
	RECOVER_MAX_SETTLE = 86400, /* seconds: a day */
};

struct recover_options {
	bool json;
	const char *html;   /* where a page goes; NULL: none */
	const char *into;   /* the new tree */
	const char *family; /* that the files are of, whatever they look like */
	const char *known;  /* a file: digests of originals, as sha256sum has them */
	const char *key[RECOVER_MAX_GIVEN]; /* FILE, or FAMILY:FILE */
	unsigned n_keys;
	const char *before[ATTACK_MAX_PAIRS], *after[ATTACK_MAX_PAIRS];
	unsigned n_before, n_after;
	const char *seeds[RECOVER_MAX_GIVEN]; /* FROM:TO, or FAMILY:FROM:TO */
	unsigned n_seeds;
	const char *search; /* a file that says how far a search came; NULL: in the new tree */
	unsigned settle;    /* seconds in which nothing may change */
	bool isolated;      /* the user says that nothing writes there any more */
	char **path;
	int n_paths;
};

/* The families that the program carries (recovery/ of the source). */
NODISCARD bool recover_families(struct families *s);

/* Tells on standard error what is wrong with a file. */
void recover_tell(const char *path, const struct error *e);

/* A conversation with the worker that reads what is to be recovered; false: it was told why. */
NODISCARD bool recover_examiner(const struct families *s, struct examiner **out);

/* The families' files, one behind the other (families_add_all()).  Static. */
struct span recover_list(void);

/* Where pellucid-worker is; NULL: it was told that it is not installed. */
const char *recover_worker(void);

/* Files that wait to have their ends looked at together. */
struct recover_waiting {
	struct examine_file file[EXAMINE_MAX];
	char *path[EXAMINE_MAX]; /* heap */
	struct examine_look look[EXAMINE_MAX];
	size_t n;
};

/* One more, of at most EXAMINE_MAX; the descriptor is theirs.  False: no memory. */
NODISCARD bool recover_waiting_add(struct recover_waiting *w, int fd, uint64_t size,
				   const char *path);
void recover_waiting_look(struct recover_waiting *w, struct examiner *x);
void recover_waiting_reset(struct recover_waiting *w);

/* What could not be read (recover_gaps.c). */
struct recover_gaps {
	uint64_t n;
	struct names told;
	struct arena paths; /* of those */
};

void recover_gaps_init(struct recover_gaps *g);
void recover_gaps_release(struct recover_gaps *g);
/* Counts a path and tells it on standard error; false: it was told before, and is counted. */
bool recover_gap(struct recover_gaps *g, const char *path, const struct error *e);

/* Gathers the signs of all files beneath the paths; *gaps counts what could not be read, each
 * of which is told on standard error. */
NODISCARD bool recover_gather(struct identify *id, struct examiner *x, char *const *path,
			      int n_paths, struct recover_gaps *gaps);

/* The last word of the worker counts; else it is told, and a gap. */
bool recover_examined(struct examiner *x);

/* Whose is this file?  NULL: nobody's, or it cannot be read; *look says what else it shows. */
const struct family *recover_pick(const struct identify *id, struct examiner *x, int fd,
				  uint64_t size, struct span name, struct examine_look *look);

/* What is to be done for one family. */
struct recover_part {
	struct attacker *attack; /* heap; NULL: none of its files is there, or we have no engine */
	uint64_t files, bytes;
	bool ready;                     /* a key was accepted */
	struct error why;               /* where it is not ready */
	char *name[ATTACK_MAX_SAMPLES]; /* heap */
};

/* What the user brings (recover_inputs.c). */
struct recover_key {
	const struct family *family; /* that it is for; NULL: all */
	struct buf bytes;
};

struct recover_seeds {
	const struct family *family;
	uint64_t from, to;
};

struct recover_inputs {
	struct recover_key key[RECOVER_MAX_GIVEN];
	struct recover_seeds seeds[RECOVER_MAX_GIVEN];
	unsigned n_keys, n_seeds;
	struct buf pair[2 * ATTACK_MAX_PAIRS]; /* before, after, before, ... */
	unsigned n_pair_files;
};

/* Reads all that the options name.  False: it was told why; recover_inputs_release() accepts both.
 */
NODISCARD bool recover_inputs_open(struct recover_inputs *in, const struct families *s,
				   const struct recover_options *o);
void recover_inputs_release(struct recover_inputs *in);
/* Gives a family's attack what is for it; the bytes stay where they are. */
void recover_inputs_give(const struct recover_inputs *in, struct attacker *a);

/* How a search goes (recover_watch.c). */
struct recover_watch {
	struct team_watch watch;
	const struct recover_options *o;
	const char *path, *into; /* of the state; the new tree where it lies in that */
	char own[4096];
	struct buf others; /* lines of other searches */
	uint64_t mark, from, to, first;
	double begun, told; /* seconds */
	bool show, refused;
};

void recover_watch_init(struct recover_watch *w, const struct recover_options *o);
void recover_watch_release(struct recover_watch *w);
/* Takes away what lies in the new tree: all that was sought was found. */
void recover_watch_forget(struct recover_watch *w);

/* All that there is to do beneath the paths, and with which keys. */
struct recover_plan {
	const struct recover_options *o;
	struct families families;
	struct identify id;
	struct recover_part *part; /* one a family; heap */
	struct examiner *x;
	struct recover_watch watch;
	struct team *team;
	struct recover_inputs inputs;
	const struct family *forced;
	uint64_t files, bytes;
	struct recover_gaps gaps;
	uint64_t print;           /* of all names, sizes and times */
	uint64_t nobodys;         /* files of no family that are as if encrypted */
	char *nobodys_first;      /* heap; the path of one */
	struct examine_look look; /* of the file that was picked last */
	struct assessment assessed;
};

/* Identifies, picks samples, learns keys and holds them against the samples.  False: it was told
 * why.  recover_plan_close() accepts both. */
NODISCARD bool recover_plan_open(struct recover_plan *p, const struct recover_options *o);
void recover_plan_close(struct recover_plan *p);
/* Whose is this file?  NULL: nobody's. */
const struct family *recover_plan_pick(struct recover_plan *p, int fd, uint64_t size,
				       const char *path);
/* One paragraph for each family that has files. */
void recover_plan_tell(const struct recover_plan *p, struct buf *out);

/* The actions that have a file of their own; at least one path is there. */
int recover_try(const struct recover_options *o);
int recover_run(const struct recover_options *o);
int recover_descriptors(const struct recover_options *o);
int recover_salvage(const struct recover_options *o);

/* The new tree, which need not be there yet, lies outside of every tree, and none of these in it;
 * else it is told.  Asked before anything is made. */
NODISCARD bool recover_apart(const struct recover_options *o);
int recover_assess(const struct recover_options *o);

/* Writes the buffer to standard output: EXIT_CANNOT where that fails, else `status`. */
int recover_print(struct buf *out, int status);

#endif

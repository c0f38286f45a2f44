/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_OUTPUT_H
#define PEL_CLI_OUTPUT_H

/* What `scan` prints: for people, as JSON lines, or as SARIF; a line of progress; a summary. */

#include "cli/sources.h"
#include "report/human.h"
#include "report/sarif.h"

#include <stdatomic.h>
#include <time.h>

enum output_format { OUTPUT_HUMAN, OUTPUT_JSON, OUTPUT_SARIF };

/* What there is to do, filled in by another thread while the scan runs. */
struct output_total {
	atomic_uint_fast64_t bytes;
	atomic_bool known; /* the walk has ended */
};

struct output {
	enum output_format format;
	struct human human;
	struct sarif sarif;
	const struct db *db;
	struct buf line; /* not printed yet */
	bool progress;   /* standard error is a terminal that may show one */
	bool quiet;      /* no summary */
	char proof[220]; /* what proves the rules, for the summary; empty: nothing is said */
	struct output_total *total;
	uint64_t objects, bytes, malicious, suspicious;
	uint64_t inside, inside_bytes; /* objects that lie in them, in all levels */
	uint64_t partial; /* objects that were, with what is in them, examined in part */
	uint64_t skipped[REASON_COUNT]; /* not examined at all, by reason */
	uint64_t lost;                  /* rules that were left out */
	unsigned n_losses;              /* calls of output_loss() */
	struct buf lost_names;          /* the first of them */
	uint64_t passed; /* links, FIFOs, devices, exclusions: no bytes of their own, or not wanted
			  */
	struct timespec begun;
	int64_t last_shown;
	unsigned width; /* columns of the terminal */
};

NODISCARD bool output_begin(struct output *o, const struct db *db, struct error *e);
void output_object(struct output *o, struct span path, const struct verdict *v);
void output_skipped(struct output *o, struct span path, const struct error *e);
/* Rules that the objects are not examined by. */
void output_loss(struct output *o, const struct sources_loss *loss);
/* Ends the report and prints the summary; `ended` is false where the scan was broken off. */
void output_end(struct output *o, bool ended);

bool output_found(const struct output *o);
bool output_complete(const struct output *o);

#endif

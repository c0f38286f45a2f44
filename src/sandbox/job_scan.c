/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image_hash.h"
#include "engine/nest.h"
#include "engine/record.h"
#include "engine/scan.h"
#include "sandbox/process.h"
#include "sandbox/setup.h"
#include "sandbox/worker.h"

#include <stdlib.h>

/* The job that the pool of a broker is for: one object in, the record of its verdict out. */

enum { SETUP_MEMORY = 64 << 20 };

struct state {
	struct db *db;
	struct scanner *scanner;
	struct nest *tree;
	struct scan_options options;
	struct arena arena;   /* for the set-up */
	struct arena regions; /* of a process */
	struct verdict_gap gap[RECORD_GAPS];
};

static void at_risk(void *ctx) { worker_risk(ctx); }
static void passed(void *ctx, const uint8_t *end) { worker_passed(ctx, end); }

static bool read_setup(struct state *s, const struct worker_start *start, struct error *e)
{
	arena_init(&s->arena, SETUP_MEMORY);
	if (!setup_read(start->setup, &s->arena, &s->options, e))
		return false;
	s->options.risk = at_risk;
	s->options.risk_ctx = start->worker;
	s->options.passed = passed;
	s->options.passed_ctx = start->worker;
	s->options.image_hash = image_hash;
	s->options.magic = start->magic;
	return true;
}

/* The database's passwords are tried after those that were given. */
static bool add_passwords(struct state *s, struct error *e)
{
	size_t n = s->options.unpack.n_passwords, more = db_n_passwords(s->db);
	struct span *list = more != 0 ? arena_array(&s->arena, n + more, sizeof *list) : NULL;

	if (more == 0)
		return true;
	if (list == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for passwords");
	if (n != 0)
		memcpy(list, s->options.unpack.password, n * sizeof *list);
	for (uint32_t i = 0; i < more; i++)
		if (db_password(s->db, i, &list[n]))
			n++;
	s->options.unpack.password = list;
	s->options.unpack.n_passwords = n;
	return true;
}

static bool prepare(const struct worker_start *start, void **out, struct error *e)
{
	struct state *s = calloc(1, sizeof *s);

	if (s == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a worker");
	arena_init(&s->regions, PROCESS_MAX_REGIONS * sizeof(struct scan_region));
	if (!read_setup(s, start, e) || !db_open(start->database, &s->db, e) ||
	    !add_passwords(s, e) || !scanner_new(s->db, &s->options, &s->scanner, e) ||
	    !nest_new(s->scanner, s->db, &s->options, &s->tree, e))
		return false;
	*out = s;
	return true;
}

/* Adds a gap to those that the scanner found, which may be none. */
static void add_gap(struct state *s, struct verdict *v, enum reason why, const char *detail)
{
	size_t n = v->n_gaps < RECORD_GAPS ? v->n_gaps : RECORD_GAPS - 1;

	if (n != 0)
		memmove(s->gap, v->gap, n * sizeof *s->gap);
	s->gap[n] =
		(struct verdict_gap){ .why = why, .rule = COND_NONE, .detail = span_of(detail) };
	v->gap = s->gap;
	v->n_gaps = n + 1;
	if (v->n_matches == 0)
		v->kind = VERDICT_INCOMPLETE;
}

/* The memory of a process, as process.h has it. */
static void scan_process(struct state *s, struct span image, struct verdict *v)
{
	struct scan_region *region;
	struct error e;
	size_t n;

	arena_reset(&s->regions);
	if (process_regions(image, &s->regions, &region, &n, &e))
		scanner_process(s->scanner, image, region, n, v);
	else
		add_gap(s, v, e.why, "damaged: not the memory of a process");
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct state *s = state;
	struct verdict v = { .size = o->size };

	/* what was read of a file that changed is looked at all the same */
	if (o->why == REASON_NONE || o->why == REASON_CHANGED) {
		if (s->options.process)
			scan_process(s, o->bytes, &v);
		else if (s->options.whole)
			scanner_object(s->scanner, o->bytes, &v);
		else
			nest_object(s->tree, o->bytes, &v);
		v.size = o->size;
	}
	if (o->why != REASON_NONE)
		add_gap(s, &v, o->why, o->fault);
	return record_write(&v, answer);
}

const struct worker_job job_scan = {
	.name = "scan", .max_answer = RECORD_MAX, .prepare = prepare, .run = run, .paged = true
};

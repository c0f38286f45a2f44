/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/job_log.h"
#include "cli/jobs.h"
#include "trust/verify/bundle.h"
#include "trust/verify/quorum.h"

#include <stdlib.h>

/* The log's verifier, behind the walls: what strangers wrote of a log is read here. */

struct verifying {
	struct quorum quorum;
	struct quorum_seen seen;
	struct checkpoint head;
};

/* That the proof's tree begins with the older one. */
static bool check_growth(struct verifying *v, const struct job_log_request *r, struct error *e)
{
	struct bundle_growth growth;
	struct quorum_seen seen;
	struct checkpoint before;
	size_t log;

	return quorum_check(&v->quorum, r->since, &before, &log, &seen, e) &&
	       bundle_parse_growth(r->growth, &growth, e) &&
	       (growth.old == before.size ||
		error_set(e, REASON_DAMAGED, PLACE_NONE, "the growth is from another size")) &&
	       merkle_check_consistency(before.size, v->head.size, &before.root, &v->head.root,
					&growth.proof, e);
}

static bool check(struct verifying *v, const struct job_log_request *r, struct buf *said,
		  struct error *e)
{
	struct merkle_hash leaf = merkle_leaf(r->entry);
	struct bundle b;
	size_t log;

	if (!quorum_parse(r->policy, &v->quorum, e) || !bundle_parse(r->proof, &b, e) ||
	    !quorum_check(&v->quorum, b.checkpoint, &v->head, &log, &v->seen, e) ||
	    !bundle_check(&b, &leaf, v->head.size, &v->head.root, e) ||
	    (r->since.n != 0 && !check_growth(v, r, e)))
		return false;
	buf_printf(said, "entry %llu of %s, under a head of %llu entries\n",
		   (unsigned long long)b.index, v->quorum.log[log].key.name,
		   (unsigned long long)v->head.size);
	for (size_t i = 0; i < v->quorum.n_witnesses; i++)
		if (v->seen.by[i])
			buf_printf(said, "cosigned by %s at %llu\n", v->quorum.witness[i].key.name,
				   (unsigned long long)v->seen.time[i]);
	if (r->since.n != 0)
		buf_put_text(said, "the log begins with the older head's\n");
	return true;
}

static struct span *const *parts(struct job_log_request *r, struct span *to[JOB_LOG_PARTS])
{
	to[0] = &r->policy;
	to[1] = &r->proof;
	to[2] = &r->entry;
	to[3] = &r->since;
	to[4] = &r->growth;
	return to;
}

void job_log_write(const struct job_log_request *r, struct buf *out)
{
	struct job_log_request copy = *r;
	struct span *to[JOB_LOG_PARTS];

	for (size_t i = 0; i < JOB_LOG_PARTS; i++) {
		const struct span *s = parts(&copy, to)[i];
		buf_put_le64(out, s->n);
		buf_put_span(out, *s);
	}
}

static bool read_request(struct span bytes, struct job_log_request *r)
{
	struct cursor c = cursor_of(bytes);
	struct span *to[JOB_LOG_PARTS];

	for (size_t i = 0; i < JOB_LOG_PARTS; i++)
		*parts(r, to)[i] = cursor_take(&c, cursor_le64(&c));
	return cursor_ok(&c) && cursor_left(&c) == 0;
}

static bool prepare(const struct worker_start *start, void **state, struct error *e)
{
	(void)start;
	*state = calloc(1, sizeof(struct verifying));
	return *state != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a worker");
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct job_log_request r;
	struct error e;

	if (!jobs_accept(o, answer))
		return false;
	if (!read_request(o->bytes, &r))
		jobs_refuse(answer, REASON_DAMAGED, "a request that cannot be");
	else if (!check(state, &r, answer, &e))
		jobs_refuse(answer, e.why, e.text);
	return false;
}

const struct worker_job job_log = {
	.name = "log", .max_answer = JOB_LOG_MAX, .prepare = prepare, .run = run
};

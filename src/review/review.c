/* SPDX-License-Identifier: Apache-2.0 */
#include "review/review.h"
#include "base/io.h"
#include "review/job_review.h"
#include "review/nested.h"
#include "sandbox/ask.h"

#include <fcntl.h>
#include <stdlib.h>

/* What the collectors of one stage gathered. */
struct batch {
	const struct review_options *options;
	struct review *review;
	struct bundle bundle[COLLECT_MAX];
	struct gather_store store;
	struct buf away;  /* struct away each: by their number */
	uint64_t size;    /* of the question */
	uint64_t members; /* that a worker reads: bit i is collectors[i] */
};

/* A file that was not copied. */
struct away {
	const char *path; /* its bundle's */
	unsigned collector;
};

/* ---- what comes back */

struct receiver {
	struct review *r;
	size_t collector;
};

static void text_of(struct span s, char *to, size_t size)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;

	memcpy(to, n != 0 ? s.p : (const uint8_t *)"", n);
	to[n] = '\0';
}

static void take_other(void *ctx, const struct fact *f)
{
	const struct receiver *to = ctx;
	char where[200], why[16], what[160];

	if (f->kind == FACT_OWNED) {
		owned_add(&to->r->owned, fact_value(f, FACT_DATA));
		return;
	}
	text_of(fact_value(f, FACT_LOCATION), where, sizeof where);
	text_of(fact_value(f, FACT_REASON), why, sizeof why);
	text_of(fact_value(f, FACT_NOTE), what, sizeof what);
	coverage_gap(&to->r->cover[to->collector], where, why, what);
}

static bool adopt(struct batch *batch, struct span output, struct error *e)
{
	struct review *r = batch->review;
	struct span stream;
	uint32_t i;
	bool ok = true;

	for (size_t at = 0; job_review_next(output, &at, &i, &stream, &ok);) {
		if (i >= n_collectors || (batch->members >> i & 1) == 0)
			return error_set(e, REASON_CRASH, PLACE_NONE,
					 "worker-crash: its answer is none");
		struct receiver to = { r, i };
		size_t before = facts_count(&r->facts);
		if (!facts_adopt(&r->facts, stream, i, take_other, &to, e))
			coverage_gap(&r->cover[i], collectors[i]->name, reason_word(e->why),
				     e->text);
		r->cover[i].n_facts += facts_count(&r->facts) - before;
	}
	return ok || error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: its answer is none");
}

/* ---- what a worker asks for */

static bool add_away(struct batch *batch)
{
	for (unsigned i = 0; i < n_collectors; i++)
		for (size_t k = 0; k < bundle_count(&batch->bundle[i]); k++) {
			struct item item = bundle_peek(&batch->bundle[i], k);
			struct away a = { item.name, i };
			if (item.away)
				buf_put(&batch->away, &a, sizeof a);
		}
	return buf_ok(&batch->away) && batch->away.n / sizeof(struct away) == batch->store.n_away;
}

/* One that cannot be had is told, and empty for who reads it. */
static void open_one(struct batch *batch, const struct away *a, struct ask_object *out)
{
	struct gather g = { .cover = &batch->review->cover[a->collector] };
	struct stat st = { .st_size = 0 };
	struct error e;
	int fd = root_file(batch->options->root, a->path, &st, &e);

	if (fd < 0)
		gather_gap(&g, a->path, &e);
	*out = (struct ask_object){ fd >= 0 ? fd : open("/dev/null", O_RDONLY | O_CLOEXEC),
				    fd >= 0 ? (uint64_t)st.st_size : 0, false };
}

/* That file, and those of the same collector behind it. */
static bool open_files(void *ctx, uint64_t number, struct ask_object *out, size_t *n)
{
	struct batch *batch = ctx;
	struct away first, a;
	size_t got = 0;

	for (uint64_t i = number; i < batch->store.n_away && got < PROTOCOL_BESIDE; i++) {
		memcpy(&a, batch->away.p + i * sizeof a, sizeof a);
		if (got == 0)
			first = a;
		if (a.collector != first.collector || (batch->members >> a.collector & 1) == 0)
			break;
		open_one(batch, &a, &out[got]);
		if (out[got].fd < 0)
			break;
		got++;
	}
	*n = got;
	return got != 0;
}

/* ---- a worker's work */

static bool take_output(struct batch *batch, const struct ask_output *output, struct span answer,
			struct error *e)
{
	struct cursor c = cursor_of(answer);
	uint64_t n = cursor_le64(&c);
	struct span made;

	if (!cursor_ok(&c) || cursor_left(&c) != 0)
		return error_set(e, REASON_CRASH, PLACE_NONE, "worker-crash: its answer is none");
	if (!ask_output_seal(output, n, e) || !io_map(output->fd, &made, e))
		return false;
	bool ok = adopt(batch, made, e);
	io_unmap(made);
	return ok;
}

/* Has the bundles of those members read by one worker. */
static bool read_bundles(struct batch *batch, uint64_t members, struct error *e)
{
	const struct ask_supply supply = { .open = open_files, .ctx = batch };
	const struct ask_object question = { batch->store.fd, batch->size, true };
	uint8_t setup[JOB_REVIEW_SETUP];
	struct ask_output output;
	struct ask a = { .worker = batch->options->worker,
			 .job = job_review.name,
			 .setup = { setup, sizeof setup },
			 .time_limit_s = batch->options->time_limit_s,
			 .output = &output,
			 .supply = &supply };
	struct asker *k = NULL;
	struct buf answer;

	batch->members = members;
	job_review_setup(members, setup);
	buf_init(&answer, JOB_REVIEW_ANSWER);
	bool ok = ask_output_new(&output, FACT_MAX_BYTES, e) &&
		  asker_open(&a, JOB_REVIEW_ANSWER, &k, e) &&
		  asker_ask(k, &question, 1, &answer, e) && asker_finish(k, e);
	asker_free(k);
	ok = ok && take_output(batch, &output, buf_span(&answer), e);
	ask_output_release(&output);
	buf_release(&answer);
	return ok;
}

/* ---- stages */

/* One worker for all; where it dies, one for each, so that the damage of one file costs one
 * collector. */
static void read_stage(struct batch *batch, uint64_t members)
{
	struct review *r = batch->review;
	struct error e;

	if (read_bundles(batch, members, &e))
		return;
	for (size_t i = 0; i < n_collectors; i++)
		if ((members >> i & 1) != 0 && !read_bundles(batch, UINT64_C(1) << i, &e))
			coverage_gap(&r->cover[i], collectors[i]->name, reason_word(e.why), e.text);
}

static void gather_one(struct batch *batch, size_t i)
{
	const struct review_options *o = batch->options;
	struct review *r = batch->review;
	struct gather g = { .root = o->root,
			    .bundle = &batch->bundle[i],
			    .store = &batch->store,
			    .cover = &r->cover[i],
			    .wanted = o->wanted,
			    .n_wanted = o->n_wanted,
			    .build_ids = o->build_ids,
			    .n_build_ids = o->n_build_ids,
			    .modules = o->modules,
			    .n_modules = o->n_modules,
			    .homes = o->homes,
			    .listen_s = o->listen_s };

	batch->bundle[i].owned = &r->owned;
	if (collectors[i]->live && !o->root->live)
		coverage_decide(g.cover, COVERAGE_NOT_APPLICABLE,
				"offline: this root is not running");
	else
		collectors[i]->gather(&g);
}

/* The question, which nobody can change any more. */
static bool seal(struct batch *batch, struct error *e)
{
	struct gather_store *s = &batch->store;

	job_review_table(s, batch->bundle, &batch->review->owned);
	batch->size = s->n;
	return (!s->failed && add_away(batch))
		       ? io_seal(s->fd, e)
		       : error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a review");
}

static bool run_stage(struct batch *batch, unsigned stage, struct error *e)
{
	uint64_t members = 0;

	if (!gather_store_init(&batch->store, e))
		return false;
	buf_init(&batch->away, BUNDLE_MAX_ITEMS * sizeof(struct away));
	for (size_t i = 0; i < n_collectors; i++)
		bundle_init(&batch->bundle[i]);
	for (size_t i = 0; i < n_collectors; i++) {
		if (collectors[i]->stage == stage)
			gather_one(batch, i);
		members |= (uint64_t)(bundle_count(&batch->bundle[i]) != 0) << i;
	}
	bool ok = members == 0 || seal(batch, e);
	if (ok && members != 0)
		read_stage(batch, members);
	for (size_t i = 0; i < n_collectors; i++)
		bundle_release(&batch->bundle[i]);
	buf_release(&batch->away);
	gather_store_release(&batch->store);
	return ok;
}

/* The kernel's links of a merged system: /bin -> usr/bin. */
static bool is_merged(const struct root *root)
{
	char target[64];
	struct error e;

	return root_link(root, "/bin", target, sizeof target, &e) > 0;
}

bool review_run(const struct review_options *o, struct review *out, struct error *e)
{
	struct batch *batch = calloc(1, sizeof *batch);

	if (batch == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a review");
	memset(out, 0, sizeof *out);
	facts_init(&out->facts);
	owned_init(&out->owned);
	out->owned.merged = is_merged(o->root);
	batch->options = o;
	batch->review = out;
	bool ok = true;
	for (unsigned stage = 0; ok && stage < COLLECT_STAGES; stage++) {
		ok = run_stage(batch, stage, e);
		if (stage == 0)
			owned_sort(&out->owned);
	}
	free(batch);
	if (ok)
		review_nested(o, out);
	else
		review_release(out);
	return ok;
}

void review_release(struct review *r)
{
	facts_release(&r->facts);
	owned_release(&r->owned);
}

bool review_is_complete(const struct review *r)
{
	for (size_t i = 0; i < n_collectors; i++)
		if (r->cover[i].state != COVERAGE_COMPLETE &&
		    r->cover[i].state != COVERAGE_NOT_APPLICABLE)
			return false;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/review.h"
#include "base/json_read.h"
#include "review/nested.h"
#include "sandbox/cage.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAD = 12 }; /* of a stream among those of a child: u32 collector, u64 bytes */

struct batch {
	struct bundle bundle[COLLECT_MAX];
	bool member[COLLECT_MAX];
};

/* ---- behind the walls */

static void read_one(const struct batch *batch, size_t i, struct buf *out)
{
	struct fact_writer w;

	buf_put_le32(out, (uint32_t)i);
	size_t place = out->n;
	buf_put_le64(out, 0);
	if (!buf_ok(out))
		return;
	fact_writer_init(&w, out);
	collectors[i]->read(&batch->bundle[i], &w);
	if (w.full) {
		struct fact_writer last;
		out->failed = false;
		fact_writer_init(&last, out);
		fact_gap(&last, collectors[i]->name, REASON_LIMIT,
			 "limit: more facts than a review keeps");
	}
	uint64_t n = out->n - place - sizeof n;
	for (unsigned k = 0; k < sizeof n; k++)
		out->p[place + k] = (uint8_t)(n >> (8 * k));
}

static void read_batch(void *ctx, struct buf *out)
{
	const struct batch *batch = ctx;

	for (size_t i = 0; i < n_collectors; i++)
		if (batch->member[i])
			read_one(batch, i, out);
}

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

static bool adopt(struct review *r, const struct batch *batch, struct span answer, struct error *e)
{
	struct cursor c = cursor_of(answer);

	while (cursor_left(&c) > 0) {
		uint32_t i = cursor_le32(&c);
		struct span stream = cursor_take(&c, cursor_le64(&c));
		if (!cursor_ok(&c) || i >= n_collectors || !batch->member[i])
			return error_set(e, REASON_CRASH, PLACE_NONE,
					 "worker-crash: its answer is none");
		struct receiver to = { r, i };
		size_t before = facts_count(&r->facts);
		if (!facts_adopt(&r->facts, stream, i, take_other, &to, e))
			coverage_gap(&r->cover[i], collectors[i]->name, reason_word(e->why),
				     e->text);
		r->cover[i].n_facts += facts_count(&r->facts) - before;
	}
	return true;
}

static bool read_all(const struct review_options *o, struct review *r, struct batch *batch,
		     struct error *e)
{
	struct cage_work work = { .run = read_batch,
				  .ctx = batch,
				  .max = FACT_MAX_BYTES,
				  .time_limit_s = o->time_limit_s };
	struct cage_output out;
	struct buf plain;

	if (o->uncaged) {
		buf_init(&plain, FACT_MAX_BYTES);
		read_batch(batch, &plain);
		bool ok = adopt(r, batch, buf_span(&plain), e);
		buf_release(&plain);
		return ok;
	}
	if (!cage_run(&work, &out, e))
		return false;
	bool ok = adopt(r, batch, out.text, e);
	cage_release(&out);
	return ok;
}

/* ---- stages */

static void read_each(const struct review_options *o, struct review *r, struct batch *batch)
{
	bool member[COLLECT_MAX];
	struct error e;

	memcpy(member, batch->member, sizeof member);
	for (size_t i = 0; i < n_collectors; i++) {
		if (!member[i])
			continue;
		memset(batch->member, 0, sizeof batch->member);
		batch->member[i] = true;
		if (!read_all(o, r, batch, &e))
			coverage_gap(&r->cover[i], collectors[i]->name, reason_word(e.why), e.text);
	}
}

static void gather_one(const struct review_options *o, struct review *r, struct batch *batch,
		       size_t i)
{
	struct gather g = { .root = o->root,
			    .bundle = &batch->bundle[i],
			    .cover = &r->cover[i],
			    .wanted = o->wanted,
			    .n_wanted = o->n_wanted,
			    .build_ids = o->build_ids,
			    .n_build_ids = o->n_build_ids,
			    .modules = o->modules,
			    .n_modules = o->n_modules,
			    .homes = o->homes,
			    .listen_s = o->listen_s };

	bundle_init(&batch->bundle[i]);
	batch->bundle[i].owned = &r->owned;
	if (collectors[i]->live && !o->root->live)
		coverage_decide(g.cover, COVERAGE_NOT_APPLICABLE,
				"offline: this root is not running");
	else
		collectors[i]->gather(&g);
	batch->member[i] = bundle_count(&batch->bundle[i]) != 0;
}

static void run_stage(const struct review_options *o, struct review *r, struct batch *batch,
		      unsigned stage)
{
	struct error e;
	bool any = false;

	memset(batch, 0, sizeof *batch);
	for (size_t i = 0; i < n_collectors; i++)
		if (collectors[i]->stage == stage) {
			gather_one(o, r, batch, i);
			any = any || batch->member[i];
		}
	if (any && !read_all(o, r, batch, &e))
		read_each(o, r, batch);
	for (size_t i = 0; i < n_collectors; i++)
		if (collectors[i]->stage == stage)
			bundle_release(&batch->bundle[i]);
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
	json_read_prepare();
	for (unsigned stage = 0; stage < COLLECT_STAGES; stage++) {
		run_stage(o, out, batch, stage);
		if (stage == 0)
			owned_sort(&out->owned);
	}
	free(batch);
	review_nested(o, out);
	return true;
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/nested.h"

#include <stdio.h>
#include <stdlib.h>

static size_t containers_row(void)
{
	size_t i = 0;

	while (strcmp(collectors[i]->name, "containers") != 0)
		i++;
	return i;
}

static void copy_fact(const struct fact *f, struct span parent, struct fact_writer *w)
{
	struct span value;
	enum fact_key key;

	fact_begin(w, f->kind);
	for (size_t place = 0; fact_next(f, &place, &key, &value);)
		fact_put(w, key, value);
	fact_put(w, FACT_PARENT, parent);
	fact_end(w);
}

/* Facts of one collector after the other, for a stream is one's. */
static void add_facts(struct review *r, const struct review *inner, size_t row, struct span parent)
{
	struct fact_writer w;
	struct buf stream;
	struct error e;
	size_t before = facts_count(&r->facts);

	buf_init(&stream, FACT_MAX_BYTES);
	fact_writer_init(&w, &stream);
	for (size_t i = 0; i < facts_count(&inner->facts); i++) {
		struct fact f = facts_get(&inner->facts, i);
		if (f.collector == row)
			copy_fact(&f, parent, &w);
	}
	if (w.full)
		coverage_gap(&r->cover[row], "", reason_word(REASON_LIMIT),
			     "limit: more facts than a review keeps");
	if (!facts_adopt(&r->facts, buf_span(&stream), (unsigned)row, NULL, NULL, &e))
		coverage_gap(&r->cover[row], "", reason_word(e.why), e.text);
	r->cover[row].n_facts += facts_count(&r->facts) - before;
	buf_release(&stream);
}

/* A collector that found nothing to do outside and something inside is no longer without object. */
static void add_coverage(struct coverage *to, const struct coverage *from, const char *root)
{
	char where[sizeof to->gap[0].where];

	if (from->state == COVERAGE_NOT_APPLICABLE || from->state == COVERAGE_UNAVAILABLE)
		return;
	if (to->state == COVERAGE_NOT_APPLICABLE) {
		to->state = COVERAGE_COMPLETE;
		to->decided = false;
		to->reason[0] = '\0';
	}
	for (size_t i = 0; i < from->n_gaps && i < COVERAGE_GAPS; i++) {
		(void)snprintf(where, sizeof where, "%.100s%.90s", root, from->gap[i].where);
		coverage_gap(to, where, from->gap[i].why, from->gap[i].what);
	}
}

static void review_one(const struct review_options *o, struct review *r, const char *path,
		       struct span name)
{
	struct review *inner = calloc(1, sizeof *inner);
	struct review_options how = { .nested = true,
				      .worker = o->worker,
				      .time_limit_s = o->time_limit_s,
				      .wanted = o->wanted,
				      .n_wanted = o->n_wanted,
				      .build_ids = o->build_ids,
				      .n_build_ids = o->n_build_ids,
				      .modules = o->modules,
				      .n_modules = o->n_modules };
	struct root root = { .fd = -1 };
	struct error e;
	size_t row = containers_row();

	how.root = &root;
	if (inner == NULL)
		coverage_gap(&r->cover[row], path, reason_word(REASON_MEMORY), "no memory");
	else if (!root_beneath(o->root, path, &root, &e) || !review_run(&how, inner, &e))
		coverage_gap(&r->cover[row], path, reason_word(e.why), e.text);
	else
		for (size_t i = 0; i < n_collectors; i++) {
			add_facts(r, inner, i, name);
			add_coverage(&r->cover[i], &inner->cover[i], path);
		}
	root_close(&root);
	if (inner != NULL)
		review_release(inner);
	free(inner);
}

void review_nested(const struct review_options *o, struct review *r)
{
	size_t row = containers_row(), n = facts_count(&r->facts);
	char path[GATHER_MAX_PATH], name[256];
	unsigned done = 0;

	for (size_t i = 0; i < n; i++) {
		/* the store moves when it grows: both are copied */
		struct fact f = facts_get(&r->facts, i);
		struct span target = fact_value(&f, FACT_TARGET), its = fact_value(&f, FACT_NAME);
		if (f.kind != FACT_CONTAINER || target.n == 0 || target.n >= sizeof path)
			continue;
		memcpy(path, target.p, target.n);
		path[target.n] = '\0';
		(void)snprintf(name, sizeof name, "%.*s", (int)(its.n < 200 ? its.n : 200),
			       (const char *)its.p);
		if (done++ < NESTED_MAX && !o->nested)
			review_one(o, r, path, span_of(name));
		else
			coverage_gap(&r->cover[row], path, reason_word(REASON_LIMIT),
				     "limit: too many roots, or a root in a root");
	}
}

#ifndef PEL_TESTS_COLLECT_H
#define PEL_TESTS_COLLECT_H

#include "unpack/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Takes an object apart with all that is in it, and lists what comes out, a line each:
 * "WAY SIZE [GAP]...", gaps of the object itself before them as "! GAP".
 */
struct collect {
	struct unpack_stack *stack;
	struct buf list; /* text */
	struct buf way;  /* of the member at hand */
	struct buf last; /* bytes of the last member that nothing lay in */
	uint64_t n_members, n_gaps;
	bool quiet; /* counts alone */
};

static inline void collect_gaps(struct collect *c, const struct unpack_gap *gap, size_t n)
{
	c->n_gaps += n;
	for (size_t i = 0; i < n && !c->quiet; i++)
		buf_printf(&c->list, " [%.*s]", (int)gap[i].text.n, (const char *)gap[i].text.p);
}

static inline void collect_child(void *ctx, unsigned depth, const struct unpack_child *m)
{
	struct collect *c = ctx;
	size_t had = c->way.n, n;
	const struct unpack_gap *gap;
	struct unpack_look look = { .bytes = m->bytes,
				    .class = type_class_of(m->bytes),
				    .name = m->member->name,
				    .type = m->member->type,
				    .layer = m->member->layer };

	c->n_members++;
	buf_put_text(&c->way, had != 0 ? "/" : "");
	buf_put_span(&c->way, m->segment);
	if (!c->quiet)
		buf_printf(&c->list, "%.*s %zu", (int)c->way.n, (const char *)c->way.p, m->bytes.n);
	collect_gaps(c, m->gap, m->n_gaps);
	if (!c->quiet)
		buf_put_text(&c->list, "\n");
	buf_reset(&c->last);
	buf_put_span(&c->last, m->bytes);
	unpack_object(c->stack, depth, &look, &gap, &n);
	if (n != 0) {
		if (!c->quiet)
			buf_printf(&c->list, "! %.*s", (int)c->way.n, (const char *)c->way.p);
		collect_gaps(c, gap, n);
		if (!c->quiet)
			buf_put_text(&c->list, "\n");
	}
	c->way.n = had;
}

/* False: no reader knows the object.  To be released by collect_release(). */
static inline bool collect(struct collect *c, struct span object, const struct unpack_options *o)
{
	static const struct unpack_options none;
	struct unpack_host host = { .child = collect_child, .ctx = c };
	struct unpack_look look = { .bytes = object, .class = type_class_of(object) };
	const struct unpack_gap *gap;
	bool quiet = c->quiet;
	size_t n;

	*c = (struct collect){ .quiet = quiet };
	buf_init(&c->list, 64 << 20);
	buf_init(&c->way, 1 << 20);
	buf_init(&c->last, SIZE_MAX / 2);
	c->stack = unpack_stack_new(o != NULL ? o : &none, &host);
	if (c->stack == NULL)
		abort();
	unpack_begin_tree(c->stack, object.n);
	bool known = unpack_format(&(struct unpack_options){ 0 }, &look) != NULL;
	unpack_object(c->stack, 0, &look, &gap, &n);
	if (known && n != 0 && !c->quiet)
		buf_put_text(&c->list, "!");
	collect_gaps(c, gap, n);
	if (known && n != 0 && !c->quiet)
		buf_put_text(&c->list, "\n");
	buf_put_u8(&c->list, 0);
	return known;
}

static inline void collect_release(struct collect *c)
{
	unpack_stack_free(c->stack);
	buf_release(&c->list);
	buf_release(&c->way);
	buf_release(&c->last);
}

#endif

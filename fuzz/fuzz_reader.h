/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FUZZ_READER_H
#define PEL_FUZZ_READER_H

#include "unpack/unpack.h"

#include <stdlib.h>

/* Takes what comes out apart too, and keeps two promises: a member's name in the way is not empty,
 * and a gap has a reason and a text. */
struct fuzz_reader {
	struct unpack_stack *stack;
	unsigned n_members;
};

static inline void fuzz_reader_gaps(const struct unpack_gap *gap, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (gap[i].why == REASON_NONE || gap[i].why >= REASON_COUNT || gap[i].text.n == 0)
			abort();
}

static inline void fuzz_reader_child(void *ctx, unsigned depth, const struct unpack_child *c)
{
	struct fuzz_reader *f = ctx;
	struct unpack_look look = { .bytes = c->bytes,
				    .class = type_class_of(c->bytes),
				    .name = c->member->name,
				    .type = c->member->type,
				    .layer = c->member->layer };
	const struct unpack_gap *gap;
	size_t n;

	if (c->segment.n == 0)
		abort();
	f->n_members++;
	fuzz_reader_gaps(c->gap, c->n_gaps);
	(void)unpack_object(f->stack, depth, &look, &gap, &n);
	fuzz_reader_gaps(gap, n);
}

/* Takes `object`, which a container says is of a type, apart as far as a small budget goes. */
static inline void fuzz_reader(const char *type, struct span object)
{
	const struct span passwords[] = { span_of("wrong"), span_of("infected") };
	const struct unpack_options options = { .limits = { .max_depth = 3,
							    .max_objects = 2000,
							    .max_bytes = 8 << 20,
							    .max_steps = 200000000 },
						.password = passwords,
						.n_passwords = 2 };
	struct fuzz_reader f = { .n_members = 0 };
	struct unpack_host host = { .child = fuzz_reader_child, .ctx = &f };
	struct unpack_look look = { .bytes = object,
				    .class = type_class_of(object),
				    .type = span_of(type) };
	const struct unpack_gap *gap;
	size_t n;

	f.stack = unpack_stack_new(&options, &host);
	if (f.stack == NULL)
		abort();
	unpack_begin_tree(f.stack, object.n);
	(void)unpack_object(f.stack, 0, &look, &gap, &n);
	fuzz_reader_gaps(gap, n);
	unpack_stack_free(f.stack);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "cli/compile.h"

#include <stdlib.h>

/*
 * What goes to the worker that compiles rules, and what it answers, as the other side reads it.
 * Input: a byte, 0 for a request, else an answer; then the bytes of it.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing that was read lies outside of what there was to read. */
static void inside(struct span all, struct span part)
{
	if (part.n != 0 && (part.p < all.p || part.n > (size_t)(all.p + all.n - part.p)))
		abort();
}

static void read_request(struct span all, struct arena *a)
{
	struct compile_request r;
	struct error e;

	if (!compile_request_read(all, a, &r, &e))
		return;
	inside(all, r.definitions);
	for (size_t i = 0; i < r.n_files; i++) {
		inside(all, r.file[i].name);
		inside(all, r.file[i].space);
		inside(all, r.file[i].text);
	}
	for (size_t i = 0; i < r.n_includes; i++) {
		inside(all, r.include[i].from);
		inside(all, r.include[i].path);
		inside(all, r.include[i].name);
		inside(all, r.include[i].text);
	}
	for (size_t i = 0; i < r.ordinary.n_hits; i++) {
		inside(all, r.ordinary.hit[i].source);
		inside(all, r.ordinary.hit[i].name);
		inside(all, r.ordinary.hit[i].first);
	}
}

static void read_reply(struct span all, struct arena *a)
{
	struct compile_reply r;
	struct error e;

	if (!compile_reply_read(all, a, &r, &e))
		return;
	if (r.n_wanted > COMPILE_MAX_INCLUDES || r.database > COMPILE_MAX_DATABASE)
		abort();
	for (size_t i = 0; i < r.n_wanted; i++) {
		inside(all, r.wanted[i].from);
		inside(all, r.wanted[i].path);
	}
	inside(all, r.text);
	for (size_t i = 0; i < r.n_told; i++) {
		inside(all, r.told[i].source);
		inside(all, r.told[i].rule);
		inside(all, r.told[i].message);
		inside(all, r.told[i].shown);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;

	if (size == 0)
		return 0;
	arena_init(&a, SIZE_MAX);
	if (data[0] == 0)
		read_request((struct span){ data + 1, size - 1 }, &a);
	else
		read_reply((struct span){ data + 1, size - 1 }, &a);
	arena_release(&a);
	return 0;
}

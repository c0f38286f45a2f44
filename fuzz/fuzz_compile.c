/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/io.h"
#include "cli/compile.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

static bool same_files(const struct compile_request *r, const struct compile_request *again)
{
	bool same = again->n_files == r->n_files;

	for (size_t i = 0; same && i < r->n_files; i++) {
		const struct compile_file *f = &r->file[i], *g = &again->file[i];
		same = f->older == g->older && f->found == g->found && f->kind == g->kind &&
		       span_equal(f->name, g->name) && span_equal(f->space, g->space) &&
		       span_equal(f->text, g->text);
	}
	return same;
}

/* What was read and is written again is read as the same. */
static void write_again(const struct compile_request *r, struct arena *a)
{
	int fd = memfd_create("request", MFD_CLOEXEC);
	struct compile_request again;
	struct buf bytes;
	struct error e;

	buf_init(&bytes, 1 << 24);
	if (fd >= 0 && compile_request_write(r, fd, &e) && lseek(fd, 0, SEEK_SET) == 0 &&
	    io_read_all(fd, &bytes, &e) &&
	    (!compile_request_read(buf_span(&bytes), a, &again, &e)
		     ? e.why != REASON_MEMORY
		     : !same_files(r, &again) || again.n_includes != r->n_includes ||
			       again.now != r->now || again.max_strings != r->max_strings ||
			       again.ordinary.n_hits != r->ordinary.n_hits ||
			       !span_equal(again.definitions, r->definitions)))
		abort();
	buf_release(&bytes);
	if (fd >= 0)
		close(fd);
}

/* Each "name=value" that ends in a NUL. */
static void define(struct span definitions, struct arena *a)
{
	struct cursor c = cursor_of(definitions);
	struct ir_extern external;
	struct error e;

	while (cursor_left(&c) > 0) {
		struct span one = cursor_cstring(&c, 1024);
		if (!cursor_ok(&c))
			return;
		if (compile_definition((const char *)one.p, a, &external, &e) &&
		    external.name.n == 0)
			abort();
	}
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
	define(r.definitions, a);
	write_again(&r, a);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/sources_impl.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Sources are compiled by a worker; here its wishes are weighed, and its answer. */

enum {
	MAX_ROUNDS = 32,      /* a worker asks again for what is included by what was included */
	TIME_LIMIT_S = 120,   /* for each of them ... */
	TIME_LIMIT_MIB_S = 4, /* ... and for each MiB of sources */
	LEAST_ROOM = 1 << 30, /* bytes for a database, at least */
	ROOM_FACTOR = 16,     /* ... and for each byte of sources */
};

/* ---- what is included */

/* The text that a worker says includes something; NULL where it was given none of that name. */
static const struct span *text_of(const struct sources *s, struct span name)
{
	size_t n;
	const struct compile_file *f = sources_files(s, &n);
	const struct compile_include *i = (const struct compile_include *)(void *)s->includes.p;
	size_t n_includes = s->includes.n / sizeof *i;

	for (size_t k = 0; k < n; k++)
		if (span_equal(f[k].name, name))
			return &f[k].text;
	if (s->before != NULL && text_of(s->before, name) != NULL)
		return text_of(s->before, name);
	for (size_t k = 0; k < n_includes; k++)
		if (i[k].there && span_equal(i[k].name, name))
			return &i[k].text;
	return NULL;
}

/* An included path counts from the directory of the file that includes it. */
static bool join(struct span from, struct span path, char *to, size_t size, struct error *e)
{
	char directory[4096];
	bool absolute = path.n != 0 && path.p[0] == '/';

	if (from.n >= sizeof directory)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "the path is too long");
	snprintf(directory, sizeof directory, "%.*s", (int)from.n, (const char *)from.p);
	int n = absolute ? snprintf(to, size, "%.*s", (int)path.n, (const char *)path.p)
			 : snprintf(to, size, "%s/%.*s", dirname(directory), (int)path.n,
				    (const char *)path.p);
	return (n > 0 && (size_t)n < size) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "the path is too long");
}

/* The file of a directory of rules that this is, by whatever path; NULL. */
static const struct compile_file *found_as(const struct sources *s, const struct stat *st)
{
	size_t n;
	const struct compile_file *f = sources_files(s, &n);

	for (size_t i = 0; i < n; i++)
		if (f[i].found && f[i].device == st->st_dev && f[i].inode == st->st_ino)
			return &f[i];
	return s->before != NULL ? found_as(s->before, st) : NULL;
}

/* Reads a file that a worker wants.  It can want what a text that it was given names, letter by
 * letter, and nothing else. */
static bool read_include(struct sources *s, struct compile_include *i, struct error *e)
{
	const struct span *text = text_of(s, i->from);
	char whole[COMPILE_MAX_NAME + 4096];
	const struct compile_file *f;
	struct stat st;

	if (text == NULL || i->path.n == 0 || memchr(i->path.p, 0, i->path.n) != NULL ||
	    memmem(text->p, text->n, i->path.p, i->path.n) == NULL)
		return error_set(e, REASON_DENIED, PLACE_NONE, "no source names such a file");
	if (!join(i->from, i->path, whole, sizeof whole, e))
		return false;
	bool there = stat(whole, &st) == 0;
	if (there && !S_ISREG(st.st_mode))
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "%s: not a file", whole);
	f = there ? found_as(s, &st) : NULL;
	if (f != NULL) {
		i->name = f->name;
		i->text = f->text;
		return true;
	}
	return sources_keep_name(s, whole, &i->name, e) && sources_read_text(s, whole, &i->text, e);
}

static bool keep(struct sources *s, struct span *p, struct error *e)
{
	const uint8_t *copy = arena_copy(&s->arena, p->p, p->n);

	p->p = copy;
	return copy != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a name");
}

/* Reads all that is wanted; what cannot be had is said so to the worker. */
static bool add_includes(struct sources *s, const struct compile_reply *r, struct error *e)
{
	for (size_t k = 0; k < r->n_wanted; k++) {
		struct compile_include i = { .from = r->wanted[k].from, .path = r->wanted[k].path };
		struct error why;
		if (!keep(s, &i.from, e) || !keep(s, &i.path, e))
			return false;
		i.there = read_include(s, &i, &why);
		if (!i.there) {
			i.text = span_of(why.text);
			if (!keep(s, &i.text, e))
				return false;
		}
		buf_put(&s->includes, &i, sizeof i);
	}
	return buf_ok(&s->includes) ||
	       error_set(e, REASON_LIMIT, PLACE_NONE, "more than %d files are included",
			 COMPILE_MAX_INCLUDES);
}

/* ---- the conversation */

/* The older files, which are compared with, and the others. */
static bool all_files(const struct sources *s, struct buf *out)
{
	size_t n, n_older = 0;
	const struct compile_file *f = sources_files(s, &n);
	const struct compile_file *older =
		s->before != NULL ? sources_files(s->before, &n_older) : NULL;

	for (size_t i = 0; i < n_older; i++) {
		struct compile_file copy = older[i];
		copy.older = true;
		buf_put(out, &copy, sizeof copy);
	}
	buf_put(out, f, n * sizeof *f);
	return buf_ok(out);
}

/* One request, in a file of memory. */
static bool make_request(const struct sources *s, const struct buf *files, int *out, uint64_t *size,
			 struct error *e)
{
	const struct compile_request r = {
		.mode = s->mode,
		.json = s->json,
		.now = time(NULL),
		.max_strings = s->max_strings,
		.definitions = buf_span(&s->definitions),
		.file = (const struct compile_file *)(const void *)files->p,
		.n_files = files->n / sizeof(struct compile_file),
		.include = (const struct compile_include *)(const void *)s->includes.p,
		.n_includes = s->includes.n / sizeof(struct compile_include),
		.ordinary = s->ordinary,
	};
	int fd = memfd_create("sources", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;

	if (fd < 0)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the sources");
	if (!compile_request_write(&r, fd, e) || !io_seal(fd, e) || fstat(fd, &st) != 0) {
		close(fd);
		return false;
	}
	*out = fd;
	*size = (uint64_t)st.st_size;
	return true;
}

/* Asks until nothing is wanted any more. */
static bool converse(struct sources *s, struct compiler *c, const struct buf *files,
		     struct error *e)
{
	for (unsigned i = 0; i < MAX_ROUNDS; i++) {
		uint64_t size;
		struct span said;
		int fd;
		buf_reset(&s->answer);
		if (!make_request(s, files, &fd, &size, e))
			return false;
		bool ok = compile_ask(c, fd, size, &s->answer, e);
		close(fd);
		if (!ok || !jobs_answer(buf_span(&s->answer), &said, e) ||
		    !compile_reply_read(said, &s->arena, &s->reply, e))
			return false;
		if (s->reply.n_wanted == 0)
			return compile_finish(c, e);
		if (!add_includes(s, &s->reply, e))
			return false;
	}
	return error_set(e, REASON_LIMIT, PLACE_NONE, "includes are nested too deep");
}

static uint64_t source_bytes(const struct sources *s)
{
	size_t n;
	uint64_t bytes = 0;
	const struct compile_file *f = sources_files(s, &n);

	for (size_t i = 0; i < n; i++)
		bytes += f[i].text.n;
	return bytes;
}

static unsigned time_limit_s(const struct sources *s)
{
	return TIME_LIMIT_S + (unsigned)(source_bytes(s) >> 20) * TIME_LIMIT_MIB_S;
}

/* A database is hardly larger than what it is built of, but for what is included or packed. */
static uint64_t most_bytes(const struct sources *s)
{
	uint64_t most = LEAST_ROOM + source_bytes(s) * ROOM_FACTOR;

	return most < COMPILE_MAX_DATABASE ? most : COMPILE_MAX_DATABASE;
}

/* Takes the database over that the worker made. */
static bool take(struct sources *s, struct ask_output *output, struct error *e)
{
	if (!ask_output_seal(output, s->reply.database, e) || !io_map(output->fd, &s->mapped, e))
		return false;
	s->mapped_fd = output->fd;
	*output = (struct ask_output){ 0 };
	return true;
}

static bool compile(struct sources *s, struct error *e)
{
	struct ask_output output = { 0 };
	struct compiler *c = NULL;
	struct buf files;

	buf_init(&files, 2 * COMPILE_MAX_FILES * sizeof(struct compile_file));
	bool ok = all_files(s, &files) ||
		  error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the sources");
	ok = ok && ask_output_new(&output, most_bytes(s), e) &&
	     compile_open(&output, time_limit_s(s), &c, e) && converse(s, c, &files, e);
	compile_free(c);
	buf_release(&files);
	if (!ok)
		s->reply = (struct compile_reply){ .built = false };
	else if (!s->reply.built)
		*e = s->reply.error;
	ok = ok && s->reply.built && (s->mode != COMPILE_BUILD || take(s, &output, e));
	ask_output_release(&output);
	return ok;
}

/* ---- the database */

/* What was defined must be a variable of the database that was named, and of its type. */
static bool check_externs(const struct sources *s, struct error *e)
{
	size_t n;
	const struct ir_extern *given = sources_externs(s, &n);

	for (size_t i = 0; i < n; i++) {
		struct ir_extern x = { 0 };
		uint32_t k = 0;
		while (k < db_n_externs(s->db) &&
		       (!db_extern(s->db, k, &x) || !span_equal(x.name, given[i].name)))
			k++;
		if (k == db_n_externs(s->db) || x.value.kind != given[i].value.kind)
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "external variable %.*s %s the rules that were built",
					 (int)given[i].name.n, (const char *)given[i].name.p,
					 k == db_n_externs(s->db) ? "is not in"
								  : "has another type in");
	}
	return true;
}

/* Nothing knows when a file that was to be included, and was not there, is. */
static bool all_is_there(const struct sources *s)
{
	const struct compile_include *i = (const struct compile_include *)(void *)s->includes.p;
	size_t n = s->includes.n / sizeof *i;

	for (size_t k = 0; k < n; k++)
		if (!i[k].there)
			return false;
	return true;
}

bool sources_build(struct sources *s, struct error *e)
{
	char name[SOURCES_CACHE_NAME];
	bool cached;
	struct error ignored;

	if (s->db != NULL)
		return check_externs(s, e);
	/* one with errors would pass for one without */
	cached = s->mode == COMPILE_BUILD && !(s->strict && s->has_containers) &&
		 sources_cache_name(s, name);
	if (cached && sources_from_cache(s, name))
		return true;
	if (!compile(s, e))
		return false;
	/* what could not be built whole is built again each time, so that its errors are told each
	 * time; but a container has something in it that is not read (bytecode) each day, and takes
	 * long: that so much was left out is in the database, and told */
	cached = cached && (s->reply.n_errors == 0 || (s->has_containers && all_is_there(s)));
	if (cached && !io_replace_at(s->cache, name, s->mapped, 0600, &ignored))
		cached = false; /* no cache is no error */
	if (cached)
		sources_prune_cache(s);
	if (s->strict && s->reply.n_errors != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%llu errors in the rules",
				 (unsigned long long)s->reply.n_errors);
	return s->mode != COMPILE_BUILD || db_open(s->mapped, &s->db, e);
}

/* ---- what is told of it */

/* A source's in the order of its lines: the compiler is not done with a string where it stands. */
static int by_place(const void *a, const void *b)
{
	const struct compile_told *x = a, *y = b;
	size_t n = x->source.n < y->source.n ? x->source.n : y->source.n;
	int c = n == 0 ? 0 : memcmp(x->source.p, y->source.p, n);

	if (c == 0)
		c = (x->source.n > y->source.n) - (x->source.n < y->source.n);
	if (c == 0)
		c = (x->line > y->line) - (x->line < y->line);
	return c != 0 ? c : (x->shown.p > y->shown.p) - (x->shown.p < y->shown.p);
}

void sources_report(const struct sources *s, enum ir_severity least)
{
	struct compile_told *told = malloc((s->reply.n_told + 1) * sizeof *told);

	if (told != NULL && s->reply.n_told != 0) {
		memcpy(told, s->reply.told, s->reply.n_told * sizeof *told);
		qsort(told, s->reply.n_told, sizeof *told, by_place);
	}
	for (size_t i = 0; i < s->reply.n_told; i++) {
		const struct compile_told *t = told != NULL ? &told[i] : &s->reply.told[i];
		if (t->severity >= least)
			jobs_print(stderr, t->shown);
	}
	free(told);
}

void sources_losses(const struct sources *s, const char *database,
		    void (*tell)(void *ctx, const struct sources_loss *loss), void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < s->reply.n_told; i++) {
		const struct compile_told *t = &s->reply.told[i];
		struct sources_loss loss = { .source = t->source, .rule = t->rule, .n = 1 };
		if (!t->left_out)
			continue;
		error_set(&loss.error, REASON_DAMAGED, PLACE_NONE, "line %u: %.*s", t->line,
			  t->message.n < sizeof loss.error.text ? (int)t->message.n
								: (int)sizeof loss.error.text,
			  (const char *)t->message.p);
		tell(ctx, &loss);
		n++;
	}
	if (n == 0 && db_n_left_out(s->db) != 0) {
		struct sources_loss loss = { .source = span_of(database),
					     .n = db_n_left_out(s->db) };
		error_set(&loss.error, REASON_DAMAGED, PLACE_NONE,
			  "%u rules had errors when it was built, and were left out",
			  db_n_left_out(s->db));
		tell(ctx, &loss);
	}
}

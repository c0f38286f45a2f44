/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/compile.h"
#include "cli/jobs.h"
#include "cli/rules_audit.h"
#include "cli/sources_archive.h"
#include "cli/sources_cvd.h"
#include "format/modules.h"
#include "rules/clamav/clam.h"
#include "rules/clamav/cvd_sign.h"
#include "rules/db/db.h"
#include "rules/hash_list.h"
#include "rules/yara/yara.h"

#include <stdlib.h>

/* The work of the job "rules", behind the walls: all that is read of rules is read here. */

enum {
	MAX_REQUEST = 1 << 30, /* bytes of the arrays of a request */
	MAX_TEXT = COMPILE_ANSWER_MAX - COMPILE_MAX_TOLD - (1 << 20)
};

/* A source that waits to be compiled. */
struct source_file {
	struct span name, text, space;
	enum clam_family family; /* CLAM_NONE: YARA */
	bool official;           /* from a container that ClamAV signed */
	bool member;             /* of an archive */
	bool included;           /* it is no source, but others may include it */
	bool found;              /* in a directory or an archive: taken once ... */
	bool taken;              /* ... and that was done */
	size_t number;           /* of a member: which in its archive it is */
};

/* One set of rules on its way. */
struct one_set {
	const struct compile_request *request;
	struct ruleset set;
	struct yara *yara;
	struct clam *clam;
	struct cvd_certs *certs; /* that vouch for containers */
	struct buf files;        /* struct source_file */
	struct span space;       /* of the one that is being read */
	struct buf wanted;       /* struct compile_include: from and path */
};

static bool no_memory(struct error *e)
{
	return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for rules");
}

/* ---- what is included */

/* The member of an archive by its name; NULL. */
static const struct source_file *find_member(const struct one_set *s, struct span name)
{
	const struct source_file *f = (const struct source_file *)(const void *)s->files.p;
	size_t n = s->files.n / sizeof *f;

	for (size_t i = 0; i < n; i++)
		if (f[i].member && span_equal(f[i].name, name))
			return &f[i];
	return NULL;
}

/* What a member includes is a member, and never a file of this machine. */
static bool include_member(const struct one_set *s, struct span from, struct span path,
			   struct span *name, struct span *text, struct error *e)
{
	char way[COMPILE_MAX_NAME];
	const struct source_file *f = sources_archive_include(from, path, way, sizeof way)
					      ? find_member(s, span_of(way))
					      : NULL;

	if (f == NULL)
		return error_set(e, REASON_IO, PLACE_NONE, "the archive has no such file");
	*name = f->name;
	*text = f->text;
	return true;
}

/* Is a file by this name that was found in a directory or an archive taken already, by itself or by
 * another that includes it?  It is from now on. */
static bool taken_already(struct one_set *s, struct span name)
{
	struct source_file *f = (struct source_file *)(void *)s->files.p;
	size_t n = s->files.n / sizeof *f;

	for (size_t i = 0; i < n; i++)
		if (f[i].found && span_equal(f[i].name, name) && span_equal(f[i].space, s->space)) {
			bool taken = f[i].taken;
			f[i].taken = true;
			return taken;
		}
	return false;
}

static bool find_include(struct one_set *s, struct span from, struct span path, struct span *name,
			 struct span *text, struct error *e)
{
	const struct compile_request *r = s->request;
	const struct source_file *f = find_member(s, from);

	if (f != NULL)
		return include_member(s, from, path, name, text, e);
	for (size_t i = 0; i < r->n_includes; i++) {
		const struct compile_include *found = &r->include[i];
		if (!span_equal(found->path, path) || !span_equal(found->from, from))
			continue;
		*name = found->name;
		*text = found->text;
		return found->there || error_set(e, REASON_IO, PLACE_NONE, "%.*s",
						 (int)found->text.n, (const char *)found->text.p);
	}
	/* the lexer's text may go with the set */
	const struct compile_include want = {
		.from = { arena_copy(&s->set.arena, from.p, from.n), from.n },
		.path = { arena_copy(&s->set.arena, path.p, path.n), path.n },
	};
	if (want.from.p != NULL && want.path.p != NULL)
		buf_put(&s->wanted, &want, sizeof want);
	return error_set(e, REASON_IO, PLACE_NONE, "it was not read");
}

static bool include(void *ctx, struct span from, struct span path, struct span *name,
		    struct span *text, struct error *e)
{
	struct one_set *s = ctx;

	if (!find_include(s, from, path, name, text, e))
		return false;
	if (text->p == NULL)
		*text = span_of("");
	if (taken_already(s, *name))
		text->p = NULL;
	return true;
}

/* ---- a set */

static bool init(struct one_set *s, const struct compile_request *r, struct error *e)
{
	struct yara_options o = { .include = include, .ctx = s };
	const struct span d = r->definitions;
	bool ok;

	*s = (struct one_set){ .request = r };
	ruleset_init(&s->set);
	buf_init(&s->files, COMPILE_MAX_FILES * sizeof(struct source_file));
	buf_init(&s->wanted, COMPILE_MAX_INCLUDES * sizeof(struct compile_include));
	s->yara = yara_new(&s->set, &o);
	s->clam = clam_new(&s->set);
	ok = (s->yara != NULL && s->clam != NULL) || no_memory(e);
	if (ok)
		yara_limit_strings(s->yara, r->max_strings);
	for (size_t at = 0; ok && at < d.n; at += strlen((const char *)d.p + at) + 1) {
		struct ir_extern x;
		ok = compile_definition((const char *)d.p + at, &s->set.arena, &x, e) &&
		     yara_extern(s->yara, x.name, &x.value, e);
	}
	return ok;
}

static void release(struct one_set *s)
{
	yara_free(s->yara);
	clam_free(s->clam);
	cvd_certs_free(s->certs);
	ruleset_release(&s->set);
	buf_release(&s->files);
	buf_release(&s->wanted);
}

struct adder {
	struct one_set *s;
	struct span space;
};

static bool add_member(void *ctx, struct span name, struct span text, bool official,
		       struct error *e)
{
	const struct adder *a = ctx;
	const struct source_file f = { .name = name,
				       .text = text,
				       .space = a->space,
				       .family = clam_family_of(name),
				       .official = official };

	buf_put(&a->s->files, &f, sizeof f);
	return buf_ok(&a->s->files) || no_memory(e);
}

static bool add_archived(void *ctx, struct span name, struct span text, bool rules, struct error *e)
{
	const struct adder *a = ctx;
	const struct source_file f = { .name = name,
				       .text = text,
				       .space = a->space,
				       .member = true,
				       .included = !rules,
				       .found = rules,
				       .number = a->s->files.n / sizeof f };

	buf_put(&a->s->files, &f, sizeof f);
	return buf_ok(&a->s->files) || no_memory(e);
}

/* Members in the order that a directory with them is read in: by name, a folder's where its name
 * stands. */
static int by_way(const void *a, const void *b)
{
	const struct source_file *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n, i = 0;

	while (i < n && x->name.p[i] == y->name.p[i])
		i++;
	int cx = i == x->name.n ? -1 : x->name.p[i] == '/' ? 0 : x->name.p[i];
	int cy = i == y->name.n ? -1 : y->name.p[i] == '/' ? 0 : y->name.p[i];
	if (cx != cy)
		return cx < cy ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool add_archive(struct one_set *s, const char *path, struct adder *a, struct span text,
			struct error *e)
{
	size_t before = s->files.n;

	if (!sources_archive_read(&s->set, path, text, add_archived, a, e))
		return false;
	if (s->files.n != before)
		qsort(s->files.p + before, (s->files.n - before) / sizeof(struct source_file),
		      sizeof(struct source_file), by_way);
	return true;
}

/* A file of signatures by its name; an empty span where it is not there. */
static struct span find_sign(const void *ctx, struct span name, bool older)
{
	const struct one_set *s = ctx;

	for (size_t i = 0; i < s->request->n_files; i++) {
		const struct compile_file *f = &s->request->file[i];
		if (f->kind == COMPILE_SIGN && f->older == older && span_equal(f->name, name))
			return f->text;
	}
	return (struct span){ NULL, 0 };
}

static bool add_file(struct one_set *s, const struct compile_file *given, struct error *e)
{
	struct source_file f = { .name = given->name, .text = given->text, .space = given->space };
	const char *path = arena_text(&s->set.arena, given->name.p, given->name.n);
	struct adder a = { s, given->space };
	const struct sources_cvd_proof proof = { find_sign, s, given->older, s->certs };

	if (path == NULL)
		return no_memory(e);
	if (sources_cvd_is(f.name))
		return sources_cvd_read(&s->set, path, f.text, &proof, add_member, &a, e);
	f.family = clam_family_of(f.name);
	if (f.family == CLAM_NONE && !sources_archive_wants(f.name) && hash_list_is(f.text))
		f.family = CLAM_LIST;
	if (f.family == CLAM_NONE && sources_archive_is(f.text))
		return add_archive(s, path, &a, f.text, e);
	f.found = given->found && f.family == CLAM_NONE;
	buf_put(&s->files, &f, sizeof f);
	return buf_ok(&s->files) || no_memory(e);
}

static bool add_certificates(struct one_set *s, bool older, struct error *e)
{
	for (size_t i = 0; i < s->request->n_files; i++) {
		const struct compile_file *f = &s->request->file[i];
		if (f->older != older || f->kind != COMPILE_CERTIFICATE)
			continue;
		if ((s->certs == NULL && !cvd_certs_new(s->request->now, &s->certs, e)) ||
		    !cvd_certs_add(s->certs, f->text, e))
			return error_wrap(e, "%.*s: ", f->name.n < 200 ? (int)f->name.n : 200,
					  (const char *)f->name.p);
	}
	return true;
}

/* All that is of the older set, or of the other. */
static bool add_files(struct one_set *s, bool older, struct error *e)
{
	bool ok = add_certificates(s, older, e);

	/* what containers hold stands behind the files, as it does in evidence */
	for (unsigned containers = 0; containers < 2; containers++)
		for (size_t i = 0; ok && i < s->request->n_files; i++) {
			const struct compile_file *f = &s->request->file[i];
			if (f->older == older && f->kind == COMPILE_SOURCE &&
			    sources_cvd_is(f->name) == (containers != 0))
				ok = add_file(s, f, e);
		}
	return ok;
}

/* Reads all sources; what they include may be wanted then. */
static bool parse(struct one_set *s, struct error *e)
{
	struct source_file *f = (struct source_file *)(void *)s->files.p;
	size_t n = s->files.n / sizeof *f;

	for (size_t i = 0; i < n; i++) {
		if (f[i].family != CLAM_NONE || f[i].included || f[i].taken)
			continue;
		f[i].taken = f[i].found;
		s->space = f[i].space;
		if (!yara_add(s->yara, f[i].name, f[i].text, f[i].space, e))
			return false;
	}
	if (s->wanted.n != 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (f[i].family == CLAM_LOGIC)
			clam_handlers(s->clam, f[i].text);
	/* what is ignored, and macros, before what they change */
	for (enum clam_family k = CLAM_NONE + 1; k <= CLAM_LIST_ALLOW; k++)
		for (size_t i = 0; i < n; i++)
			if (f[i].family == k && !clam_add(s->clam, k, f[i].name, f[i].text,
							  f[i].space, f[i].official, e))
				return false;
	return clam_end(s->clam, e);
}

/* Of no rules there is nothing to say, but that there are errors. */
static bool compile(struct one_set *s, bool older, struct buf *database, struct error *e)
{
	return add_files(s, older, e) && parse(s, e) &&
	       (s->wanted.n != 0 || db_build(&s->set, database, e));
}

/* ---- the answer */

static void put_wanted(struct buf *answer, const struct buf *wanted)
{
	const struct compile_include *w = (const struct compile_include *)(const void *)wanted->p;
	size_t n = wanted->n / sizeof *w;

	buf_put_le32(answer, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_put_le32(answer, (uint32_t)w[i].from.n);
		buf_put_le32(answer, (uint32_t)w[i].path.n);
		buf_put_span(answer, w[i].from);
		buf_put_span(answer, w[i].path);
	}
}

static void put_diagnostic(const struct ruleset *set, const struct ir_diagnostic *d, bool left_out,
			   struct buf *out)
{
	size_t n_sources;
	const struct ir_source *source = ruleset_sources(set, &n_sources);
	struct span name = { NULL, 0 };
	struct buf shown;

	buf_init(&shown, 1 << 20);
	ruleset_print(set, d, &shown);
	if (d->place.source < n_sources)
		name = source[d->place.source].name;
	buf_put_u8(out, (uint8_t)d->severity);
	buf_put_u8(out, left_out);
	buf_put_le32(out, d->place.line);
	buf_put_le32(out, (uint32_t)name.n);
	buf_put_le32(out, (uint32_t)d->rule.n);
	buf_put_le32(out, (uint32_t)d->message.n);
	buf_put_le32(out, (uint32_t)shown.n);
	buf_put_span(out, name);
	buf_put_span(out, d->rule);
	buf_put_span(out, d->message);
	buf_put_span(out, buf_span(&shown));
	buf_release(&shown);
}

/* The diagnostics of a set; *whole becomes false where there are more than fit. */
static uint32_t put_diagnostics(const struct ruleset *set, struct buf *out, bool *whole)
{
	size_t n, n_left, next = 0;
	const struct ir_diagnostic *d = ruleset_diagnostics(set, &n);
	const uint32_t *left = ruleset_left_out(set, &n_left);

	for (size_t i = 0; i < n; i++) {
		bool costs = next < n_left && left[next] == i;
		size_t before = out->n;
		next += costs;
		put_diagnostic(set, &d[i], costs, out);
		if (!buf_ok(out)) {
			out->failed = false;
			out->n = before;
			*whole = false;
			return (uint32_t)i;
		}
	}
	return (uint32_t)n;
}

struct work {
	struct compile_request request;
	struct arena arena;   /* of the request */
	struct one_set older; /* DIFF alone */
	struct one_set set;
	struct buf database; /* in the memory that who asked has given: not to be released */
	struct buf text;
	bool worry;
};

static void put_end(const struct work *w, bool built, const struct error *e, struct buf *answer)
{
	const struct ruleset *a = &w->older.set, *b = &w->set.set;
	const char *why = built ? "" : e->text;
	struct buf told;
	uint32_t n = 0, imports = 0;
	bool whole = true;

	buf_init(&told, COMPILE_MAX_TOLD);
	if (w->request.mode == COMPILE_DIFF)
		n = put_diagnostics(a, &told, &whole);
	if (whole)
		n += put_diagnostics(b, &told, &whole);
	for (size_t i = 0; w->set.yara != NULL && i < MODULE_COUNT; i++)
		imports |= (uint32_t)yara_imports(w->set.yara, i) << i;
	buf_put_le32(answer, 0); /* wanted */
	buf_put_u8(answer, (uint8_t)(built ? REASON_NONE : e->why));
	buf_put_le32(answer, (uint32_t)strlen(why));
	buf_put_text(answer, why);
	buf_put_le64(answer, built && w->request.mode == COMPILE_BUILD ? w->database.n : 0);
	buf_put_le64(answer, a->n_errors + b->n_errors);
	buf_put_le64(answer, a->n_warnings + b->n_warnings);
	buf_put_le32(answer, imports);
	buf_put_u8(answer, w->worry);
	buf_put_le64(answer, w->text.n);
	buf_put_span(answer, buf_span(&w->text));
	buf_put_le32(answer, n);
	buf_put_span(answer, buf_span(&told));
	buf_release(&told);
}

static bool report(struct work *w, struct error *e)
{
	const struct compile_request *r = &w->request;
	bool ok = true;

	if (r->mode == COMPILE_AUDIT)
		ok = rules_audit(&w->set.set, &r->ordinary, r->json, &w->text, &w->worry, e);
	else if (r->mode == COMPILE_DIFF)
		ok = rules_diff(&w->older.set, &w->set.set, r->json, &w->text, &w->worry, e);
	return ok && (buf_ok(&w->text) ||
		      error_set(e, REASON_LIMIT, PLACE_NONE, "limit:bytes: too much text"));
}

static void work(struct work *w, struct buf *answer)
{
	struct buf ignored = w->database; /* of the older set: written over */
	struct error e = { .why = REASON_NONE };
	bool ok = init(&w->older, &w->request, &e) && init(&w->set, &w->request, &e);

	if (ok && w->request.mode == COMPILE_DIFF)
		ok = compile(&w->older, true, &ignored, &e);
	if (ok && w->older.wanted.n == 0)
		ok = compile(&w->set, false, &w->database, &e);
	const struct buf *wanted = w->older.wanted.n != 0 ? &w->older.wanted : &w->set.wanted;
	if (ok && wanted->n != 0) {
		put_wanted(answer, wanted);
		return;
	}
	ok = ok && report(w, &e);
	put_end(w, ok, &e, answer);
}

void compile_run(struct span request, uint8_t *output, size_t output_size, struct buf *answer)
{
	struct work w = { .database = { .p = output, .size = output_size, .max = output_size } };
	struct error e;

	buf_put_u8(answer, REASON_NONE);
	buf_init(&w.text, MAX_TEXT);
	arena_init(&w.arena, MAX_REQUEST);
	if (!compile_request_read(request, &w.arena, &w.request, &e)) {
		jobs_refuse(answer, e.why, e.text);
	} else {
		work(&w, answer);
		release(&w.older);
		release(&w.set);
	}
	buf_release(&w.text);
	arena_release(&w.arena);
	if (!buf_ok(answer))
		jobs_refuse(answer, REASON_LIMIT, "limit:bytes: too much to say of these rules");
}

/* ---- the job */

struct state {
	uint8_t *output;
	size_t output_size;
};

static bool prepare(const struct worker_start *start, void **out, struct error *e)
{
	struct state *s = malloc(sizeof *s);

	if (s == NULL || start->output == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no room for a database");
	*s = (struct state){ start->output, start->output_size };
	*out = s;
	return true;
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	const struct state *s = state;

	if (!jobs_accept(o, answer))
		return false;
	buf_reset(answer);
	compile_run(o->bytes, s->output, s->output_size, answer);
	return true; /* it may be asked again, with what is included */
}

const struct worker_job job_rules = {
	.name = "rules", .max_answer = COMPILE_ANSWER_MAX, .prepare = prepare, .run = run
};

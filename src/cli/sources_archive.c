/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources_archive.h"
#include "unpack/unpack.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MAX_LEVELS = 8,         /* archives in archives */
	MAX_WAY = 4096,         /* bytes of a name */
	MAX_INCLUDED = 1 << 20, /* bytes of a file that is not named as one of rules */
	HEAD = 512,             /* bytes in which an archive shows that it is no text */
};

/* What is taken apart, by the names of the readers; of a stream the one member has no name of its
 * own. */
static const struct {
	const char *name;
	bool stream;
} formats[] = {
	{ "zip", false },  { "7z", false },  { "tar", false }, { "rar", false },  { "rar5", false },
	{ "cpio", false }, { "ar", false },  { "gzip", true }, { "bzip2", true }, { "xz", true },
	{ "lzma", true },  { "zstd", true }, { "lz4", true },  { "lzip", true },
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

/* An archive that is being taken apart. */
struct level {
	char way[MAX_WAY];
	bool stream;
};

struct reading {
	struct ruleset *set;
	struct unpack_options options;
	struct unpack_stack *stack;
	struct level level[MAX_LEVELS];
	uint64_t n_rules;
	bool (*add)(void *ctx, struct span name, struct span text, bool rules, struct error *e);
	void *ctx;
	bool failed;
	struct error *error;
};

/* The number of its format, or N_FORMATS. */
static size_t format_of(const struct unpack_options *o, struct span bytes)
{
	const struct unpack_look look = { .bytes = bytes };
	const char *name;
	size_t i = 0;

	if (!sources_archive_is(bytes) || (name = unpack_format(o, &look)) == NULL)
		return N_FORMATS;
	while (i < N_FORMATS && strcmp(formats[i].name, name) != 0)
		i++;
	return i;
}

/* A source has no control characters but white space; the head of an archive has. */
bool sources_archive_is(struct span bytes)
{
	struct span head = span_cut(bytes, 0, HEAD);

	for (uint8_t c = 0; c < '\t'; c++)
		if (head.n != 0 && memchr(head.p, c, head.n) != NULL)
			return true;
	return head.n > 3 && memcmp(head.p, "BZh", 3) == 0;
}

static void tell(struct reading *r, const char *way, struct span what)
{
	const struct ir_place nowhere = { .source = COND_NONE };

	ruleset_diagnose(r->set, IR_ERROR, nowhere, COND_NONE, NULL, "%s: %.*s", way,
			 what.n < 200 ? (int)what.n : 200, (const char *)what.p);
}

static void tell_gaps(struct reading *r, const char *way, const struct unpack_gap *gap, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tell(r, way, gap[i].text);
}

/* An archive at this depth, of which the way is known. */
static void take_apart(struct reading *r, unsigned depth, struct span bytes, size_t format)
{
	const struct unpack_look look = { .bytes = bytes, .as = formats[format].name };
	const struct unpack_gap *gap;
	size_t n;

	r->level[depth].stream = formats[format].stream;
	unpack_object(r->stack, depth, &look, &gap, &n);
	tell_gaps(r, r->level[depth].way, gap, n);
}

static void keep(struct reading *r, const char *way, struct span text, bool rules)
{
	const char *name = arena_text(&r->set->arena, way, strlen(way));
	const uint8_t *copy = arena_copy(&r->set->arena, text.p, text.n);

	if (name == NULL || copy == NULL)
		r->failed =
			!error_set(r->error, REASON_MEMORY, PLACE_NONE, "no memory for a member");
	else
		r->failed = !r->add(r->ctx, span_of(name), (struct span){ copy, text.n }, rules,
				    r->error);
	r->n_rules += rules;
}

/* False: the name is too long. */
static bool find_way(const struct level *in, struct span segment, char *to)
{
	int n = in->stream ? snprintf(to, MAX_WAY, "%s", in->way)
			   : snprintf(to, MAX_WAY, "%s/%.*s", in->way, (int)segment.n,
				      (const char *)segment.p);

	return n > 0 && n < MAX_WAY;
}

static void on_child(void *ctx, unsigned depth, const struct unpack_child *c)
{
	struct reading *r = ctx;
	const struct level *in = &r->level[depth - 1];
	bool rules = in->stream || sources_archive_wants(c->member->name);
	size_t format = format_of(&r->options, c->bytes);
	char way[MAX_WAY];

	if (r->failed)
		return;
	if (!find_way(in, c->segment, way)) {
		tell(r, in->way, span_of("the name of a member is too long"));
		return;
	}
	if (rules || format < N_FORMATS)
		tell_gaps(r, way, c->gap, c->n_gaps);
	if (format < N_FORMATS && depth == MAX_LEVELS) {
		tell(r, way, span_of("archives nested too deep"));
	} else if (format < N_FORMATS) {
		memcpy(r->level[depth].way, way, sizeof way);
		take_apart(r, depth, c->bytes, format);
	} else if (rules ? c->n_gaps == 0 : c->bytes.n <= MAX_INCLUDED) {
		keep(r, way, c->bytes, rules);
	}
}

bool sources_archive_read(struct ruleset *set, const char *path, struct span bytes,
			  bool (*add)(void *ctx, struct span name, struct span text, bool rules,
				      struct error *e),
			  void *ctx, struct error *e)
{
	struct reading *r = calloc(1, sizeof *r);
	const struct unpack_host host = { .child = on_child, .ctx = r };

	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an archive");
	r->set = set;
	r->add = add;
	r->ctx = ctx;
	r->error = e;
	r->stack = unpack_stack_new(&r->options, &host);
	size_t format = format_of(&r->options, bytes);
	int n = snprintf(r->level[0].way, MAX_WAY, "%s", path);
	if (r->stack == NULL)
		r->failed = !error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an archive");
	else if (n <= 0 || n >= MAX_WAY || format == N_FORMATS)
		tell(r, path, span_of("neither a text of rules nor an archive that is read here"));
	else {
		unpack_begin_tree(r->stack, bytes.n);
		take_apart(r, 0, bytes, format);
		if (r->n_rules == 0 && !r->failed)
			tell(r, path, span_of("no file of rules in it"));
	}
	unpack_stack_free(r->stack);
	bool ok = !r->failed;
	free(r);
	return ok;
}

/* ---- includes */

/* Takes the last part off. */
static size_t parent(const char *path, size_t n)
{
	while (n != 0 && path[n - 1] != '/')
		n--;
	return n != 0 ? n - 1 : 0;
}

bool sources_archive_include(struct span from, struct span path, char *to, size_t size)
{
	if (from.n >= size || path.n == 0 || path.p[0] == '/')
		return false;
	memcpy(to, from.p, from.n);
	size_t n = parent(to, from.n);
	for (size_t at = 0; at < path.n;) {
		struct span rest = span_cut(path, at, path.n);
		const uint8_t *slash = memchr(rest.p, '/', rest.n);
		struct span part =
			span_cut(rest, 0, slash != NULL ? (size_t)(slash - rest.p) : rest.n);
		at += part.n + 1;
		if (part.n == 0 || span_is(part, "."))
			continue;
		if (span_is(part, "..")) {
			n = parent(to, n);
			continue;
		}
		if (n + 1 + part.n >= size)
			return false;
		to[n] = '/';
		memcpy(to + n + 1, part.p, part.n);
		n += 1 + part.n;
	}
	to[n] = '\0';
	return n != 0;
}

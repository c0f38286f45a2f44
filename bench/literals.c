/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The matcher alone against Vectorscan: the same literals, the same files, every
 * occurrence reported by both.
 *
 *   literals RULES.list FILES.list RUNS
 *
 * The lists name files one a line.  The literals are the text strings of the
 * rules without xor and base64, plain and wide as the rules ask, each once,
 * three bytes or more; Vectorscan takes one that begins with NUL for empty, so
 * those are left out.  Prints "literals N", "bytes N", "files N" and then a
 * line for each run: our bytes a second, theirs, our occurrences, theirs.
 */

#include "base/io.h"
#include "match/filter.h"
#include "rules/yara/yara.h"

#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MIN_LITERAL = 3, MAX_LIST = 64 << 20, MAX_RULES = 1 << 30 };
#define MAX_CORPUS ((size_t)4 << 30)

struct literal {
	struct span bytes; /* lower case where fold is set */
	bool fold;
	size_t anchor_at; /* of the anchor in bytes */
};

struct object {
	size_t at, n; /* in the corpus */
};

struct bench {
	struct arena arena;
	struct buf literals; /* struct literal */
	struct buf corpus, objects, filter;
	struct yara *yara;
	struct filter_room *room;
	uint8_t *dead;   /* none ever is */
	struct span now; /* the object at hand */
	uint64_t hits;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "literals: %s: %s\n", what, why);
	exit(2);
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

static const struct literal *literals(const struct bench *b, size_t *n)
{
	*n = b->literals.n / sizeof(struct literal);
	return (const struct literal *)(const void *)b->literals.p;
}

/* ---- lists and files */

static void each_line(struct bench *b, const char *path,
		      void (*take)(struct bench *b, const char *name))
{
	struct buf list;
	struct error e;
	char name[4096];

	buf_init(&list, MAX_LIST);
	if (!io_read_file(path, &list, &e))
		die(path, e.text);
	for (size_t at = 0, n; at < list.n; at += n + 1) {
		const uint8_t *end = memchr(list.p + at, '\n', list.n - at);
		n = end == NULL ? list.n - at : (size_t)(end - (list.p + at));
		if (n == 0 || n >= sizeof name)
			continue;
		memcpy(name, list.p + at, n);
		name[n] = '\0';
		take(b, name);
	}
	buf_release(&list);
}

static void add_rules(struct bench *b, const char *name)
{
	struct buf text;
	struct error e;

	buf_init(&text, MAX_RULES);
	if (!io_read_file(name, &text, &e))
		die(name, e.text);
	const char *kept =
		arena_text(&b->arena, name, strlen(name)); /* the text too stays for ever */
	if (kept == NULL ||
	    !yara_add(b->yara, span_of(kept), buf_span(&text), span_of("default"), &e))
		die(name, "cannot be parsed");
}

static void add_object(struct bench *b, const char *name)
{
	struct object o = { .at = b->corpus.n };
	struct error e;

	if (!io_read_file(name, &b->corpus, &e))
		return; /* gone since the list was made */
	o.n = b->corpus.n - o.at;
	buf_put(&b->objects, &o, sizeof o);
}

/* ---- literals */

/* Where in a long literal the filter will stop least often. */
static size_t rarest_anchor(const struct literal *l)
{
	size_t best = 0;
	double least = 1e300;

	for (size_t at = 0; at + FILTER_MAX_ANCHOR <= l->bytes.n; at += FILTER_MAX_ANCHOR / 4) {
		struct filter_anchor a = { .bytes = { l->bytes.p + at, FILTER_MAX_ANCHOR },
					   .fold = l->fold };
		double cost = filter_cost(&a);
		if (cost < least) {
			least = cost;
			best = at;
		}
	}
	return best;
}

static void add_literal(struct bench *b, const struct pattern_source *s, bool wide)
{
	struct literal l = { .fold = (s->flags & PATTERN_NOCASE) != 0 };
	size_t n = wide ? 2 * s->text.n : s->text.n;
	uint8_t *to = arena_alloc(&b->arena, n);

	if (to == NULL)
		die("literals", "no memory");
	memset(to, 0, n);
	for (size_t i = 0; i < s->text.n; i++)
		to[wide ? 2 * i : i] = l.fold ? lower(s->text.p[i]) : s->text.p[i];
	l.bytes = (struct span){ to, n };
	l.anchor_at = rarest_anchor(&l);
	if (n >= MIN_LITERAL && to[0] != '\0')
		buf_put(&b->literals, &l, sizeof l);
}

static int by_bytes(const void *one, const void *other)
{
	const struct literal *x = one, *y = other;
	size_t n = x->bytes.n < y->bytes.n ? x->bytes.n : y->bytes.n;
	int c = memcmp(x->bytes.p, y->bytes.p, n);

	if (c != 0)
		return c;
	if (x->bytes.n != y->bytes.n)
		return x->bytes.n < y->bytes.n ? -1 : 1;
	return (int)x->fold - (int)y->fold;
}

static void collect(struct bench *b, const struct ruleset *set)
{
	size_t n, kept = 0;
	const struct ir_string *s = ruleset_strings(set, &n);

	for (size_t i = 0; i < n; i++) {
		const struct pattern_source *p = &s[i].pattern;
		if (p->kind != PATTERN_TEXT ||
		    (p->flags & (PATTERN_XOR | PATTERN_BASE64 | PATTERN_BASE64WIDE)) != 0)
			continue;
		if ((p->flags & PATTERN_ASCII) != 0)
			add_literal(b, p, false);
		if ((p->flags & PATTERN_WIDE) != 0)
			add_literal(b, p, true);
	}
	struct literal *l = (struct literal *)(void *)b->literals.p;
	n = b->literals.n / sizeof *l;
	qsort(l, n, sizeof *l, by_bytes);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_bytes(&l[kept - 1], &l[i]) != 0)
			l[kept++] = l[i];
	b->literals.n = kept * sizeof *l;
}

/* ---- ours */

static void build_filter(struct bench *b)
{
	size_t n;
	const struct literal *l = literals(b, &n);
	struct filter_anchor *a = calloc(n, sizeof *a);
	struct error e;

	b->dead = calloc(n, 1);
	b->room = filter_room_new(&b->arena);
	if (a == NULL || b->dead == NULL || b->room == NULL)
		die("filter", "no memory");
	for (size_t i = 0; i < n; i++) {
		a[i].bytes = span_cut(l[i].bytes, l[i].anchor_at, FILTER_MAX_ANCHOR);
		a[i].fold = l[i].fold;
		a[i].group = (uint32_t)i;
	}
	if (!filter_build(a, n, &b->filter, &e))
		die("filter", e.text);
	free(a);
}

static void on_anchor(void *ctx, uint32_t group, uint16_t index, uint64_t at)
{
	struct bench *b = ctx;
	size_t n;
	const struct literal *l = &literals(b, &n)[group];

	(void)index;
	if (at < l->anchor_at || l->bytes.n > b->now.n - (at - l->anchor_at))
		return;
	const uint8_t *p = b->now.p + (at - l->anchor_at);
	if (l->bytes.n > FILTER_MAX_ANCHOR)
		for (size_t i = 0; i < l->bytes.n; i++)
			if ((l->fold ? lower(p[i]) : p[i]) != l->bytes.p[i])
				return;
	b->hits++;
}

static double run_ours(struct bench *b)
{
	const struct object *o = (const struct object *)(const void *)b->objects.p;
	struct filter_run run = { .room = b->room,
				  .dead = b->dead,
				  .hit = on_anchor,
				  .ctx = b,
				  .row = filter_best_row() };
	double from = cpu_seconds();

	run.n_groups = b->literals.n / sizeof(struct literal);
	b->hits = 0;
	for (size_t i = 0; i < b->objects.n / sizeof *o; i++) {
		b->now = (struct span){ b->corpus.p + o[i].at, o[i].n };
		filter_run(buf_span(&b->filter), b->now, &run);
	}
	return cpu_seconds() - from;
}

/* ---- theirs */

static hs_database_t *build_theirs(struct bench *b)
{
	size_t n;
	const struct literal *l = literals(b, &n);
	const char **text = calloc(n, sizeof *text);
	unsigned *flags = calloc(n, sizeof *flags), *ids = calloc(n, sizeof *ids);
	size_t *sizes = calloc(n, sizeof *sizes);
	hs_database_t *db = NULL;
	hs_compile_error_t *e = NULL;

	if (text == NULL || flags == NULL || ids == NULL || sizes == NULL)
		die("vectorscan", "no memory");
	for (size_t i = 0; i < n; i++) {
		text[i] = (const char *)l[i].bytes.p;
		sizes[i] = l[i].bytes.n;
		flags[i] = l[i].fold ? HS_FLAG_CASELESS : 0;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(text, flags, ids, sizes, (unsigned)n, HS_MODE_BLOCK, NULL, &db,
				 &e) != HS_SUCCESS)
		die("vectorscan", e != NULL ? e->message : "cannot compile");
	free(text);
	free(flags);
	free(ids);
	free(sizes);
	return db;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *ctx)
{
	(void)id, (void)from, (void)to, (void)flags;
	((struct bench *)ctx)->hits++;
	return 0;
}

static double run_theirs(struct bench *b, const hs_database_t *db, hs_scratch_t *scratch)
{
	const struct object *o = (const struct object *)(const void *)b->objects.p;
	double from = cpu_seconds();

	b->hits = 0;
	for (size_t i = 0; i < b->objects.n / sizeof *o; i++)
		if (hs_scan(db, (const char *)b->corpus.p + o[i].at, (unsigned)o[i].n, 0, scratch,
			    on_match, b) != HS_SUCCESS)
			die("vectorscan", "a scan failed");
	return cpu_seconds() - from;
}

static void declare_externs(struct yara *y)
{
	static const char *const name[] = { "filename", "filepath", "extension", "filetype",
					    "owner" };
	struct value empty;
	struct error e;

	value_string(&empty, span_of(""));
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		if (!yara_extern(y, span_of(name[i]), &empty, &e))
			die("rules", "no memory");
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct ruleset set;
	hs_scratch_t *scratch = NULL;

	if (argc != 4)
		die("usage", "literals RULES.list FILES.list RUNS");
	arena_init(&b.arena, SIZE_MAX);
	buf_init(&b.literals, MAX_RULES);
	buf_init(&b.corpus, MAX_CORPUS);
	buf_init(&b.objects, MAX_RULES);
	buf_init(&b.filter, MAX_RULES);
	ruleset_init(&set);
	b.yara = yara_new(&set, &(struct yara_options){ 0 });
	if (b.yara == NULL)
		die("rules", "no memory");
	declare_externs(b.yara);
	each_line(&b, argv[1], add_rules);
	collect(&b, &set);
	each_line(&b, argv[2], add_object);
	build_filter(&b);
	hs_database_t *db = build_theirs(&b);
	if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS)
		die("vectorscan", "no scratch");
	printf("literals %zu\nbytes %zu\nfiles %zu\n", b.literals.n / sizeof(struct literal),
	       b.corpus.n, b.objects.n / sizeof(struct object));
	for (int run = -1; run < atoi(argv[3]); run++) { /* the first one warms up */
		double ours = run_ours(&b);
		uint64_t hits = b.hits;
		double theirs = run_theirs(&b, db, scratch);
		if (run < 0)
			continue;
		printf("run %.0f %.0f %llu %llu\n", (double)b.corpus.n / ours,
		       (double)b.corpus.n / theirs, (unsigned long long)hits,
		       (unsigned long long)b.hits);
	}
	return 0;
}

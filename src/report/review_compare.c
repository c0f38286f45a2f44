/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_compare.h"
#include "base/arena.h"
#include "base/json_read.h"
#include "base/text.h"

#include <stdlib.h>

enum { MAX_MEMORY = 512 << 20, MAX_THINGS = 1 << 20 };

/* Something of a review: what it is, and what may change of it while it stays the same thing. */
struct thing {
	struct span is, has;
};

struct side {
	struct json_document *document;
	struct buf things; /* struct thing each, in the order of `is` */
};

/* ---- reading */

static void put_text(struct buf *b, const struct json_item *item, char after)
{
	struct span s;

	if (json_read_text(item, &s))
		buf_put_span(b, s);
	for (size_t i = 0; json_read_is_array(item) && i < json_read_count(item); i++)
		put_text(b, json_read_element(item, i), ',');
	buf_put_u8(b, (uint8_t)after);
}

static struct span gathered(struct arena *a, struct buf *b, const struct json_item *item,
			    const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_read_member(item, names[i]) != NULL)
			put_text(b, json_read_member(item, names[i]), ' ');
	struct span s = { arena_copy(a, b->n != 0 ? b->p : (const uint8_t *)"", b->n), b->n };
	buf_reset(b);
	return s;
}

static void take_fact(struct side *side, struct arena *a, struct buf *b,
		      const struct json_item *fact)
{
	static const char *const is[] = { "type",  "name",   "id",   "location", "protocol",
					  "local", "remote", "arch", "parent" };
	static const char *const has[] = { "version", "state", "target",   "schedule",    "signer",
					   "sha256",  "rule",  "owned_by", "capabilities" };
	const struct json_item *values = json_read_member(fact, "values");

	put_text(b, json_read_member(fact, "kind"), ' ');
	struct thing t = { .is = gathered(a, b, values, is, sizeof is / sizeof *is) };
	t.has = gathered(a, b, values, has, sizeof has / sizeof *has);
	buf_put(&side->things, &t, sizeof t);
}

static void take_finding(struct side *side, struct arena *a, struct buf *b,
			 const struct json_item *finding)
{
	static const char *const is[] = { "id" };
	static const char *const has[] = { "scope", "strength", "force" };
	static const char *const legal[] = { "legal" };

	buf_put_text(b, " finding ");
	struct thing t = { .is = gathered(a, b, finding, is, 1) };
	struct span status = gathered(a, b, json_read_member(finding, "entry"), legal, 1);
	buf_put_span(b, status);
	t.has = gathered(a, b, finding, has, sizeof has / sizeof *has);
	buf_put(&side->things, &t, sizeof t);
}

static int compare_spans(struct span a, struct span b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c != 0 ? c : a.n < b.n ? -1 : a.n > b.n;
}

static int by_what(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;
	int c = compare_spans(x->is, y->is);

	return c != 0 ? c : compare_spans(x->has, y->has);
}

static bool read_side(struct span text, struct side *side, struct arena *a, struct error *e)
{
	struct span format = { NULL, 0 };
	struct buf b;

	if (!json_read_open(text, 0, &side->document, e))
		return false;
	const struct json_item *root = json_read_root(side->document);
	const struct json_item *facts = json_read_member(root, "facts");
	const struct json_item *findings = json_read_member(root, "findings");
	if (!json_read_text(json_read_member(root, "format"), &format) ||
	    !span_is(format, "pellucid-review/1"))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "no review of the form pellucid-review/1");
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_read_count(findings); i++)
		take_finding(side, a, &b, json_read_element(findings, i));
	for (size_t i = 0; i < json_read_count(facts); i++)
		take_fact(side, a, &b, json_read_element(facts, i));
	bool ok = buf_ok(&b) && buf_ok(&side->things) && !a->spent;
	buf_release(&b);
	if (side->things.n != 0 && ok)
		qsort(side->things.p, side->things.n / sizeof(struct thing), sizeof(struct thing),
		      by_what);
	return ok || error_set(e, REASON_LIMIT, PLACE_NONE, "limit: the review is too large");
}

/* ---- telling */

static struct thing thing_at(const struct side *s, size_t i)
{
	struct thing t;

	memcpy(&t, s->things.p + i * sizeof t, sizeof t);
	return t;
}

static void tell(struct buf *out, char mark, struct thing t, const struct thing *was)
{
	buf_printf(out, "%c ", mark);
	text_escape(out, t.is);
	if (was != NULL) {
		buf_put_text(out, ": ");
		text_escape(out, was->has);
		buf_put_text(out, "-> ");
	}
	text_escape(out, t.has);
	buf_put_u8(out, '\n');
}

static void merge(const struct side *before, const struct side *now, struct buf *out)
{
	size_t n = before->things.n / sizeof(struct thing),
	       m = now->things.n / sizeof(struct thing);
	size_t begin = out->n;

	for (size_t i = 0, k = 0; i < n || k < m;) {
		struct thing x = i < n ? thing_at(before, i) : thing_at(now, k);
		struct thing y = k < m ? thing_at(now, k) : x;
		int c = i >= n ? 1 : k >= m ? -1 : compare_spans(x.is, y.is);
		if (c < 0)
			tell(out, '-', x, NULL);
		else if (c > 0)
			tell(out, '+', y, NULL);
		else if (compare_spans(x.has, y.has) != 0)
			tell(out, '~', y, &x);
		i += c <= 0;
		k += c >= 0;
	}
	if (out->n == begin)
		buf_put_text(out, "Nothing came, went or changed.\n");
}

bool review_compare(struct span before, struct span now, struct buf *out, struct error *e)
{
	struct side a = { .document = NULL }, b = { .document = NULL };
	struct arena arena;

	arena_init(&arena, MAX_MEMORY);
	buf_init(&a.things, MAX_THINGS * sizeof(struct thing));
	buf_init(&b.things, MAX_THINGS * sizeof(struct thing));
	bool ok = read_side(before, &a, &arena, e) && read_side(now, &b, &arena, e);
	if (ok)
		merge(&a, &b, out);
	json_read_close(a.document);
	json_read_close(b.document);
	buf_release(&a.things);
	buf_release(&b.things);
	arena_release(&arena);
	return ok;
}

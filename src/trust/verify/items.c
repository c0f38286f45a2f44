/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/items.h"
#include "base/text.h"
#include "trust/verify/strict.h"

#define KIND "pellucid/items/v1"

static bool damaged(struct cursor *c, struct error *e, const char *what)
{
	uint64_t at = cursor_place(c);

	cursor_fail(c);
	return error_set(e, REASON_DAMAGED, at, "items: %s", what);
}

bool items_begin(struct cursor *c, struct error *e)
{
	return span_is(cursor_line(c, STRICT_MAX_LINE), KIND) || damaged(c, e, "not of kind " KIND);
}

bool items_readable(struct span s)
{
	if (s.n == 0 || !span_is(span_cut(s, s.n - 1, 1), "\n"))
		return false;
	while (s.n != 0) {
		uint32_t code;
		size_t n = text_utf8(s, &code);
		if (n == 0 || (code < 0x20 && code != '\n' && code != '\t') || code == 0x7f)
			return false;
		s = span_cut(s, n, s.n);
	}
	return true;
}

bool items_next(struct cursor *c, struct span after, struct items_item *out, struct error *e)
{
	struct span rest;
	struct items_item item = { 0 };
	uint64_t level, size;

	if (!cursor_ok(c) || cursor_left(c) == 0)
		return false;
	if (!strict_after(cursor_line(c, STRICT_MAX_LINE), "item ", &rest))
		return damaged(c, e, "a line that is no item's");
	struct cursor words = cursor_of(rest);
	item.id = strict_word(&words);
	if (!strict_name(item.id, "._-/:@+", RELEASE_MAX_ID) ||
	    !strict_decimal(strict_word(&words), &level) ||
	    !strict_decimal(strict_word(&words), &size) || cursor_left(&words) != 0)
		return damaged(c, e, "an item's line is not well-formed");
	if (level > ITEMS_MAX_LEVEL || size > ITEMS_MAX_ITEM)
		return damaged(c, e, "an item's level or size is over its limit");
	if (after.n != 0 && release_order(after, item.id) >= 0)
		return damaged(c, e, "items out of order");
	item.level = (unsigned)level;
	item.text = cursor_take(c, size);
	if (!cursor_ok(c) || !items_readable(item.text))
		return damaged(c, e, "an item's text is cut off or not readable");
	*out = item;
	return true;
}

/* One of the two texts, with the item that is next in it. */
struct side {
	struct cursor c;
	struct items_item item;
	bool has;
};

static bool advance(struct side *s, struct error *e)
{
	s->has = items_next(&s->c, s->item.id, &s->item, e);
	return s->has || cursor_ok(&s->c);
}

static bool begin(struct side *s, struct span text, struct error *e)
{
	*s = (struct side){ .c = cursor_of(text) };
	return text.n == 0 || (items_begin(&s->c, e) && advance(s, e));
}

static bool same(const struct items_item *a, const struct items_item *b)
{
	return a->level == b->level && span_equal(a->text, b->text);
}

bool items_diff(struct span old, struct span new, struct release_count *out,
		void (*on_change)(void *ctx, enum items_change what, const struct items_item *item),
		void *ctx, struct error *e)
{
	struct release_count n = { 0 };
	struct side a, b;

	if (!begin(&a, old, e) || !begin(&b, new, e))
		return false;
	while (a.has || b.has) {
		int order = !a.has ? 1 : !b.has ? -1 : release_order(a.item.id, b.item.id);
		bool differs = order != 0 || !same(&a.item, &b.item);
		enum items_change what = order < 0   ? ITEMS_REMOVED
					 : order > 0 ? ITEMS_ADDED
						     : ITEMS_CHANGED;
		n.total += order >= 0;
		n.added += order > 0;
		n.removed += order < 0;
		n.changed += differs && order == 0;
		if (differs && on_change != NULL)
			on_change(ctx, what, order < 0 ? &a.item : &b.item);
		if ((order <= 0 && !advance(&a, e)) || (order >= 0 && !advance(&b, e)))
			return false;
	}
	*out = n;
	return true;
}

/* The removals that a release gives reasons for, walked beside those that are found. */
struct explained {
	struct cursor removals;
	struct span missing; /* the first id that is removed in silence */
};

static void explain(void *ctx, enum items_change what, const struct items_item *item)
{
	struct explained *x = ctx;
	struct release_removal r;

	if (what != ITEMS_REMOVED || x->missing.n != 0)
		return;
	if (!release_next_removal(&x->removals, &r) || !span_equal(r.id, item->id))
		x->missing = item->id;
}

bool items_check_release(const struct release *r, struct span old, struct span new, struct error *e)
{
	struct explained x = { .removals = cursor_of(r->removals) };
	struct release_count found;

	if (!items_diff(old, new, &found, explain, &x, e))
		return false;
	if (x.missing.n != 0)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "release: %.*s is removed and no line says so", (int)x.missing.n,
				 (const char *)x.missing.p);
	if (found.total != r->count.total || found.added != r->count.added ||
	    found.changed != r->count.changed || found.removed != r->count.removed)
		return error_set(
			e, REASON_DENIED, PLACE_NONE,
			"release: it counts %llu items, %llu new, %llu changed, %llu "
			"removed, and has %llu, %llu, %llu, %llu",
			(unsigned long long)r->count.total, (unsigned long long)r->count.added,
			(unsigned long long)r->count.changed, (unsigned long long)r->count.removed,
			(unsigned long long)found.total, (unsigned long long)found.added,
			(unsigned long long)found.changed, (unsigned long long)found.removed);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "trust/verify/items.h"
#include "trust/verify/strict.h"

#include <stdlib.h>

/*
 * A release that is read gives the same text again; items differ from themselves in nothing. Behind
 * a NUL two artefacts may follow, with one between them, of which it is the change.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct release *r, struct buf *b)
{
	char hex[HASH_MAX_HEX + 1], prev[STRICT_BASE64_SIZE(32) + 1];

	strict_base64_write((struct span){ r->prev.b, 32 }, prev);
	buf_printf(b,
		   "pellucid/release/v1\nchannel %s\nseq %llu\nprev %llu %s\nissued %llu\n"
		   "expires %llu\n",
		   release_channel_name(r->channel), (unsigned long long)r->seq,
		   (unsigned long long)(r->seq - 1), prev, (unsigned long long)r->issued,
		   (unsigned long long)r->expires);
	for (size_t i = 0; i < r->n_artifacts; i++) {
		hex_text(r->artifact[i].sha256, 32, hex);
		buf_put_text(b, "artifact ");
		buf_put_span(b, r->artifact[i].name);
		buf_printf(b, " %llu %s\n", (unsigned long long)r->artifact[i].size, hex);
	}
	buf_printf(b, "count total=%llu added=%llu changed=%llu removed=%llu\n",
		   (unsigned long long)r->count.total, (unsigned long long)r->count.added,
		   (unsigned long long)r->count.changed, (unsigned long long)r->count.removed);
	struct cursor c = cursor_of(r->removals);
	struct release_removal gone;
	for (uint64_t n = 0; release_next_removal(&c, &gone); n++) {
		hex_text(gone.record, 32, hex);
		buf_put_text(b, "removed ");
		buf_put_span(b, gone.id);
		buf_put_text(b, " ");
		buf_put_span(b, gone.reason);
		buf_printf(b, " %s\n", hex);
	}
	hex_text(r->policy, 32, hex);
	if (r->has_policy)
		buf_printf(b, "replaces-policy %s\n", hex);
}

static void check_items(struct span s)
{
	struct release_count all, none;
	struct error e;

	if (!items_diff((struct span){ NULL, 0 }, s, &all, NULL, NULL, &e))
		return;
	if (all.added != all.total || all.removed + all.changed != 0)
		abort();
	if (s.n != 0 && (!items_diff(s, s, &none, NULL, NULL, &e) || none.total != all.total ||
			 none.added + none.removed + none.changed != 0))
		abort();
	if (s.n != 0 && (!items_diff(s, (struct span){ NULL, 0 }, &none, NULL, NULL, &e) ||
			 none.removed != all.total))
		abort();
}

/* Up to the next NUL, which is passed over. */
static struct span part_of(struct cursor *c)
{
	struct cursor ahead = *c;
	struct span s = cursor_cstring(&ahead, cursor_left(c));

	if (!cursor_ok(&ahead))
		return cursor_take(c, cursor_left(c));
	*c = ahead;
	return s;
}

static void count_change(void *ctx, enum items_change what, const struct items_item *item)
{
	uint64_t *n = ctx;

	if (item->id.n == 0)
		abort();
	n[what]++;
}

/* What is new from one side is gone from the other. */
static void check_both_ways(struct span old, struct span new)
{
	struct release_count there, back;
	uint64_t n[ITEMS_REMOVED + 1] = { 0 };
	struct error e;

	if (!items_diff(old, new, &there, count_change, n, &e))
		return;
	if (n[ITEMS_ADDED] != there.added || n[ITEMS_CHANGED] != there.changed ||
	    n[ITEMS_REMOVED] != there.removed || !items_diff(new, old, &back, NULL, NULL, &e) ||
	    back.added != there.removed || back.removed != there.added ||
	    back.changed != there.changed ||
	    back.total + there.added != there.total + there.removed)
		abort();
}

/* A key that nobody has: what names it never verifies. */
static void check_held(const struct release *r, struct span old, struct span new)
{
	const struct note_key nobodys[] = { { .name = "a", .type = 1 },
					    { .name = "a", .type = 1 } };
	struct release_removal gone;
	struct cursor c = cursor_of(r->removals);
	struct error e;
	const uint8_t other[32] = { 0 };
	uint64_t n = 0;

	if (release_check_keys(r, nobodys, 2, 1, &e) || release_check_keys(r, nobodys, 0, 0, &e))
		abort();
	for (size_t i = 0; i < r->n_artifacts; i++) {
		const struct release_artifact *a = &r->artifact[i];
		if (release_artifact(r, a->name) != a ||
		    !release_check_artifact(a, a->size, a->sha256, &e) ||
		    release_check_artifact(a, a->size + 1, NULL, &e) ||
		    release_check_artifact(a, a->size, other, &e))
			abort();
	}
	while (release_next_removal(&c, &gone))
		n++;
	if (n != r->count.removed)
		abort();
	if (items_check_release(r, old, new, &e) &&
	    (!items_diff(old, new, &(struct release_count){ 0 }, NULL, NULL, &e)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct release r;
	struct cursor c = cursor_of((struct span){ data, size });
	struct span whole = part_of(&c), old = part_of(&c), new = cursor_take(&c, cursor_left(&c));
	struct error e;
	struct buf b;

	check_items(whole);
	check_both_ways(old, new);
	if (!release_parse(whole, &r, &e))
		return 0;
	check_held(&r, old, new);
	buf_init(&b, 1 << 20);
	write_again(&r, &b);
	if (!span_equal(buf_span(&b), r.note.text))
		abort();
	buf_release(&b);
	return 0;
}

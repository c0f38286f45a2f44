/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "trust/verify/items.h"
#include "trust/verify/strict.h"

#include <stdlib.h>

/* A release that is read gives the same text again; items differ from themselves in nothing. */

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct release r;
	struct span whole = { data, size };
	struct error e;
	struct buf b;

	check_items(whole);
	if (!release_parse(whole, &r, &e))
		return 0;
	buf_init(&b, 1 << 20);
	write_again(&r, &b);
	if (!span_equal(buf_span(&b), r.note.text))
		abort();
	buf_release(&b);
	return 0;
}

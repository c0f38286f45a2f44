/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/proofs_ask.h"
#include "cli/verb_release.h"
#include "trust/verify/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/*
 * make: sources to the canonical artefact, and what changed since the release before to a text that
 * can be signed.  A removal without its reason makes no release.
 */

struct making {
	const struct release_request *q;
	struct buf artifact, old, before, text, removals;
	struct proofs_entry last; /* the release before; seq 0 where there is none */
	struct release_count count;
	struct error *e;
	bool ok;
};

static bool read_before(struct making *m)
{
	const char *dir = m->q->after;

	if (dir == NULL)
		return true;
	if (!release_read(dir, "release", RELEASE_MAX_SIZE, &m->before, m->e) ||
	    !proofs_entry(&proofs_ask, buf_span(&m->before), false, &m->last, m->e))
		return false;
	if (m->last.release.channel != m->q->channel)
		return error_set(m->e, REASON_DAMAGED, PLACE_NONE, "%s is of another channel", dir);
	return release_read(dir, release_main_name(m->q->channel), RELEASE_MAX_ARTIFACT, &m->old,
			    m->e);
}

/* The reason that was given for an item's removal, and the record's digest. */
static bool find_reason(const struct making *m, struct span id, struct span *reason,
			char hex[HASH_MAX_HEX + 1])
{
	for (size_t i = 0; i < m->q->n_removed; i++) {
		struct span given = span_of(m->q->removed[i]), rest;
		size_t colon = id.n;
		if (!span_equal(span_cut(given, 0, id.n), id) ||
		    !span_is(span_cut(given, colon, 1), ":"))
			continue;
		rest = span_cut(given, colon + 1, given.n);
		size_t n = 0;
		while (n < rest.n && !span_is(span_cut(rest, n, 1), ":"))
			n++;
		*reason = span_cut(rest, 0, n);
		if (n + 1 >= rest.n || !release_reason_valid(*reason))
			return false;
		struct buf b;
		struct error e;
		buf_init(&b, RELEASE_MAX_ARTIFACT);
		bool ok = io_read_file(m->q->removed[i] + (given.n - rest.n) + n + 1, &b, &e) &&
			  hash_hex(HASH_SHA256, buf_span(&b), hex) &&
			  release_write(m->q->output, hex, buf_span(&b), &e);
		buf_release(&b);
		return ok;
	}
	return false;
}

static void note_change(void *ctx, const struct proofs_change *c)
{
	struct making *m = ctx;
	char hex[HASH_MAX_HEX + 1];
	struct span reason;

	printf("%c %.*s\n", "+~-"[c->what], (int)c -> id.n, (const char *)c->id.p);
	if (c->what != ITEMS_REMOVED || !m->ok)
		return;
	if (!find_reason(m, c->id, &reason, hex)) {
		m->ok = error_set(m->e, REASON_DENIED, PLACE_NONE,
				  "%.*s is removed: say why with --removed=ID:REASON:FILE",
				  (int)c->id.n, (const char *)c->id.p);
		return;
	}
	buf_printf(&m->removals, "removed %.*s %.*s %s\n", (int)c->id.n, (const char *)c->id.p,
		   (int)reason.n, (const char *)reason.p, hex);
}

static void write_text(struct making *m)
{
	char prev[STRICT_BASE64_SIZE(32) + 1], hex[HASH_MAX_HEX + 1] = "";
	struct merkle_hash leaf = { { 0 } };
	const struct release_request *q = m->q;
	uint64_t seq = m->last.release.seq;

	if (seq != 0)
		leaf = merkle_leaf(buf_span(&m->before));
	strict_base64_write((struct span){ leaf.b, 32 }, prev);
	if (!hash_hex(HASH_SHA256, buf_span(&m->artifact), hex))
		m->text.failed = true;
	buf_printf(&m->text,
		   "pellucid/release/v1\nchannel %s\nseq %llu\nprev %llu %s\nissued %llu\n"
		   "expires %llu\nartifact %s %zu %s\n",
		   release_channel_name(q->channel), (unsigned long long)(seq + 1),
		   (unsigned long long)seq, prev, (unsigned long long)q->issued,
		   (unsigned long long)(q->issued + q->days * 24 * 3600),
		   release_main_name(q->channel), m->artifact.n, hex);
	buf_printf(&m->text, "count total=%llu added=%llu changed=%llu removed=%llu\n",
		   (unsigned long long)m->count.total, (unsigned long long)m->count.added,
		   (unsigned long long)m->count.changed, (unsigned long long)m->count.removed);
	buf_put_span(&m->text, buf_span(&m->removals));
}

static bool make(struct making *m, int n, char **source)
{
	struct release_items items;
	struct error why;
	bool honest, ok = true;

	release_items_init(&items);
	for (int i = 0; i < n && ok; i++)
		ok = release_items_add(&items, source[i], m->q->channel == RELEASE_RULES, m->e);
	ok = ok && release_items_write(&items, &m->artifact, m->e);
	release_items_release(&items);
	ok = ok && read_before(m) && durable_mkdir(m->q->output, 0755, m->e) &&
	     proofs_changes(&proofs_ask, (struct span){ NULL, 0 }, buf_span(&m->old),
			    buf_span(&m->artifact), &m->count, &honest, &why, note_change, m,
			    m->e) &&
	     m->ok;
	if (!ok)
		return false;
	write_text(m);
	if (!buf_ok(&m->text) || !buf_ok(&m->removals))
		return error_set(m->e, REASON_LIMIT, PLACE_NONE, "a release is over %d bytes",
				 RELEASE_MAX_SIZE);
	return release_write(m->q->output, release_main_name(m->q->channel), buf_span(&m->artifact),
			     m->e) &&
	       release_write(m->q->output, "release", buf_span(&m->text), m->e);
}

bool release_make(const struct release_request *q, int n, char **source, struct error *e)
{
	struct making m = { .q = q, .e = e, .ok = true };

	buf_init(&m.artifact, RELEASE_MAX_ARTIFACT);
	buf_init(&m.text, RELEASE_MAX_SIZE);
	buf_init(&m.removals, RELEASE_MAX_SIZE);
	bool ok = make(&m, n, source);
	if (ok)
		printf("release %llu of channel %s: %llu items, %llu new, %llu changed, %llu "
		       "removed\n",
		       (unsigned long long)(m.last.release.seq + 1),
		       release_channel_name(q->channel), (unsigned long long)m.count.total,
		       (unsigned long long)m.count.added, (unsigned long long)m.count.changed,
		       (unsigned long long)m.count.removed);
	buf_release(&m.artifact);
	buf_release(&m.old);
	buf_release(&m.before);
	buf_release(&m.text);
	buf_release(&m.removals);
	buf_release(&m.last.signers);
	return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/proofs_wire.h"
#include "trust/verify/tile.h"

#include <stdlib.h>

/* The half of proofs.h that reads what strangers wrote, and is to be shut in. */

/* What a question was about, taken apart; too large for a stack. */
struct reading {
	struct accept_policy policy;
	struct release release;
	struct accept_result result;
	struct span between[ACCEPT_MAX_BETWEEN];
	struct buf kept; /* what the release's spans lie in where it is not the question */
	struct buf *out;
};

static bool read_policy(struct reading *r, struct cursor *c, struct error *e)
{
	struct span policy = proofs_part(c);

	return quorum_parse(policy, &r->policy.quorum, e);
}

static bool read_policy_and_keys(struct reading *r, struct cursor *c, struct error *e)
{
	bool ok = read_policy(r, c, e);
	struct span keys = proofs_part(c);

	return ok && (keys.n == 0 || accept_parse_keys(keys, &r->policy, e));
}

/* A question that was not written by proofs.c. */
static bool whole(const struct cursor *c, struct error *e)
{
	return (cursor_ok(c) && cursor_left(c) == 0) ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "a question that cannot be");
}

/* ---- heads */

static void put_seen(struct buf *b, const struct quorum_seen *seen)
{
	buf_put_u8(b, QUORUM_MAX_WITNESSES);
	for (size_t i = 0; i < QUORUM_MAX_WITNESSES; i++) {
		buf_put_u8(b, seen->by[i]);
		buf_put_le64(b, seen->time[i]);
	}
}

static void put_head(struct buf *b, const struct checkpoint *head, size_t log,
		     const struct quorum_seen *seen)
{
	buf_put_u8(b, (uint8_t)log);
	buf_put_le64(b, head->size);
	proofs_put_hash(b, &head->root);
	put_seen(b, seen);
}

/* Signed by a log of the policy, whoever cosigned it. */
static bool by_log(const struct quorum *q, struct span text, struct checkpoint *head, size_t *log,
		   struct error *e)
{
	struct note note;
	bool valid;

	if (!note_parse(text, &note, e) || !checkpoint_parse(note.text, head, e))
		return false;
	for (*log = 0; *log < q->n_logs; (*log)++)
		if (span_is(head->origin, q->log[*log].key.name))
			return note_check(&note, &q->log[*log].key, 1, &valid, e);
	return error_set(e, REASON_DENIED, PLACE_NONE,
			 "checkpoint: of a log that is not in the policy");
}

static bool run_head(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct quorum_seen seen = { .n = 0 };
	struct checkpoint head;
	size_t log;

	if (!read_policy(r, c, e))
		return false;
	struct span note = proofs_part(c);
	if (!whole(c, e) || !(flag ? by_log(&r->policy.quorum, note, &head, &log, e)
				   : quorum_check(&r->policy.quorum, note, &head, &log, &seen, e)))
		return false;
	put_head(r->out, &head, log, &seen);
	return true;
}

/* Where the first line begins and ends that is this witness's, and verifies. */
static bool run_cosignature(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span vkey = proofs_part(c), whole_note = proofs_part(c), answer = proofs_part(c);
	struct cursor lines = cursor_of(answer), before = lines;
	struct note_signature s;
	struct note_key key;
	struct note note;
	uint64_t time;

	(void)flag;
	if (!whole(c, e) || !note_key_parse(vkey, &key, e) || !note_parse(whole_note, &note, e))
		return false;
	for (; note_next(&lines, &s); before = lines)
		if (note_names_key(&s, &key) && note_verify(&key, &s, note.text, &time)) {
			buf_put_le64(r->out, before.at);
			buf_put_le64(r->out, lines.at - before.at);
			return true;
		}
	return error_set(e, REASON_DAMAGED, PLACE_NONE, "its cosignature does not verify");
}

/* ---- releases */

static void put_name(struct buf *b, struct span name)
{
	buf_put_u8(b, (uint8_t)name.n);
	buf_put_span(b, name);
}

static void put_release(struct buf *b, const struct release *r, bool enough)
{
	buf_put_u8(b, (uint8_t)r->channel);
	buf_put_le64(b, r->seq);
	buf_put_le64(b, r->issued);
	buf_put_le64(b, r->expires);
	proofs_put_hash(b, &r->prev);
	buf_put_le64(b, r->count.total);
	buf_put_le64(b, r->count.added);
	buf_put_le64(b, r->count.changed);
	buf_put_le64(b, r->count.removed);
	buf_put_u8(b, enough);
	buf_put_u8(b, (uint8_t)r->n_artifacts);
	for (size_t i = 0; i < r->n_artifacts; i++) {
		put_name(b, r->artifact[i].name);
		buf_put_le64(b, r->artifact[i].size);
		buf_put(b, r->artifact[i].sha256, sizeof r->artifact[i].sha256);
	}
}

/* A text that nobody signed yet has the form of a release when somebody has. */
static bool parse_unsigned(struct reading *r, struct span text, struct error *e)
{
	static const char line[] = "\n\xe2\x80\x94 nobody "; /* and the base64 of 68 bytes */
	struct buf *b = &r->kept;

	buf_put_span(b, text);
	buf_put_text(b, line);
	for (unsigned i = 0; i < 90; i++)
		buf_put_u8(b, 'A');
	buf_put_text(b, "A=\n");
	return buf_ok(b) ? release_parse(buf_span(b), &r->release, e)
			 : error_set(e, REASON_LIMIT, PLACE_NONE, "release: over %d bytes",
				     RELEASE_MAX_SIZE);
}

static bool run_entry(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span entry = proofs_part(c), text = entry, signatures = { entry.p, 0 };
	struct note_signature s;
	struct buf names;
	struct note note;

	if (!whole(c, e))
		return false;
	bool is_signed = !flag || note_parse(entry, &note, e);
	if (!(is_signed ? release_parse(entry, &r->release, e) : parse_unsigned(r, entry, e)))
		return false;
	buf_init(&names, RELEASE_MAX_SIZE);
	if (is_signed) {
		text = r->release.note.text;
		signatures = r->release.note.signatures;
		for (struct cursor at = cursor_of(signatures); note_next(&at, &s);) {
			buf_put_span(&names, s.name);
			buf_put_u8(&names, '\n');
		}
	}
	put_release(r->out, &r->release, false);
	buf_put_le64(r->out, text.n);
	buf_put_le64(r->out, signatures.n);
	buf_put_span(r->out, buf_span(&names));
	buf_release(&names);
	return true;
}

/* One entry of a bundle: where it lies, and whether it is a release. */
static void put_listed(struct reading *r, const struct cursor *bundle, struct span entry)
{
	struct error e = { .text = "" };
	bool is_release = release_parse(entry, &r->release, &e);
	bool enough = is_release && release_check_keys(&r->release, r->policy.key, r->policy.n_keys,
						       r->policy.threshold, &e);

	buf_put_le64(r->out, bundle->at - entry.n);
	buf_put_le64(r->out, entry.n);
	buf_put_u8(r->out, is_release);
	put_name(r->out, span_of(enough ? "" : e.text));
	if (is_release)
		put_release(r->out, &r->release, enough);
}

static bool run_entries(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span entry;

	(void)flag;
	if (!read_policy_and_keys(r, c, e))
		return false;
	struct cursor bundle = cursor_of(proofs_part(c));
	uint64_t n = proofs_number(c);
	if (!whole(c, e))
		return false;
	for (; n != 0 && tile_next_entry(&bundle, &entry); n--)
		put_listed(r, &bundle, entry);
	return n == 0 || error_set(e, REASON_DAMAGED, PLACE_NONE, "a bundle of entries is damaged");
}

/* ---- the client's checks */

/* As it was at the moment of the head: no clock, and no memory of heads. */
static bool at_the_head(struct reading *r, struct accept_state *s, struct accept_offer *offer,
			struct error *e)
{
	struct quorum_seen seen;
	struct checkpoint head;
	struct bundle b;
	size_t log;

	if (!bundle_parse(offer->bundle, &b, e) ||
	    !quorum_check(&r->policy.quorum, b.checkpoint, &head, &log, &seen, e))
		return false;
	s->size = s->time = 0;
	offer->now = seen.fresh;
	return true;
}

static size_t log_of(const struct quorum *q, struct span origin)
{
	size_t i = 0;

	while (i < q->n_logs && !span_is(origin, q->log[i].key.name))
		i++;
	return i;
}

static bool run_accept(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct accept_offer offer = { .between = r->between };
	enum accept_step step = ACCEPT_HEAD;
	struct bundle b;

	if (!read_policy_and_keys(r, c, e))
		return false;
	uint64_t channel = proofs_number(c);
	struct cursor state = cursor_of(proofs_part(c));
	struct accept_state s = proofs_state(&state);
	offer.now = proofs_number(c);
	offer.bundle = proofs_part(c);
	offer.entry = proofs_part(c);
	offer.growth = proofs_part(c);
	while (cursor_left(c) != 0 && offer.n_between < ACCEPT_MAX_BETWEEN)
		r->between[offer.n_between++] = proofs_part(c);
	if (!whole(c, e) || !whole(&state, e) || channel >= RELEASE_CHANNELS)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a question that cannot be");
	r->policy.channel = (enum release_channel)channel;
	if (!flag || at_the_head(r, &s, &offer, e))
		step = accept_release(&r->policy, &s, &offer, &r->result, e);
	buf_put_u8(r->out, (uint8_t)step);
	if (step != ACCEPT_OK) {
		buf_put_u8(r->out, (uint8_t)e->why);
		buf_put_text(r->out, e->text);
		return true;
	}
	if (!bundle_parse(offer.bundle, &b, e))
		return false;
	put_head(r->out, &r->result.head, log_of(&r->policy.quorum, r->result.head.origin),
		 &r->result.seen);
	put_release(r->out, &r->result.release, true);
	buf_put_le64(r->out, b.index);
	return true;
}

/* ---- artefacts */

static bool run_chunks(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span list = proofs_part(c);
	uint64_t size = proofs_number(c);
	struct span old = proofs_part(c);
	struct buf parts;

	(void)flag;
	buf_init(&parts, PROOFS_MAX_ANSWER);
	bool ok = whole(c, e) && chunks_plan(list, size, old, &parts, e);
	for (size_t i = 0; ok && i < parts.n / sizeof(struct chunks_part); i++) {
		const struct chunks_part *part = &chunks_parts(&parts)[i];
		buf_put_le64(r->out, part->size);
		buf_put(r->out, part->sha256, sizeof part->sha256);
		buf_put_le64(r->out, part->at);
	}
	buf_release(&parts);
	return ok;
}

struct differing {
	struct buf *out;
	const uint8_t *old, *new;
	struct cursor removals;
};

static void put_change(void *ctx, enum items_change what, const struct items_item *item)
{
	struct differing *d = ctx;
	struct span reason = { NULL, 0 };
	struct release_removal removal;
	struct cursor ahead = d->removals;

	if (what == ITEMS_REMOVED && release_next_removal(&ahead, &removal) &&
	    span_equal(removal.id, item->id)) {
		reason = removal.reason;
		d->removals = ahead;
	}
	buf_put_u8(d->out, (uint8_t)what);
	buf_put_le64(d->out, (uint64_t)(item->id.p - (what == ITEMS_REMOVED ? d->old : d->new)));
	buf_put_u8(d->out, (uint8_t)item->id.n);
	put_name(d->out, reason);
}

static bool run_changes(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span entry = proofs_part(c), old = proofs_part(c), new = proofs_part(c);
	struct release_count n;
	struct buf changes;
	struct error why = { .text = "" };
	bool honest = true;

	(void)flag;
	if (!whole(c, e) || (entry.n != 0 && !release_parse(entry, &r->release, e)))
		return false;
	buf_init(&changes, PROOFS_MAX_ANSWER);
	struct differing d = { &changes, old.p, new.p, cursor_of(r->release.removals) };
	bool ok = items_diff(old, new, &n, put_change, &d, e);
	if (ok && entry.n != 0)
		honest = items_check_release(&r->release, old, new, &why);
	if (ok) {
		buf_put_u8(r->out, (uint8_t)(honest ? REASON_NONE : why.why));
		put_name(r->out, span_of(why.text));
		buf_put_le64(r->out, n.total);
		buf_put_le64(r->out, n.added);
		buf_put_le64(r->out, n.changed);
		buf_put_le64(r->out, n.removed);
		buf_put_span(r->out, buf_span(&changes));
	}
	ok = ok &&
	     (buf_ok(&changes) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for changes"));
	buf_release(&changes);
	return ok;
}

static bool run_items(struct reading *r, struct cursor *c, bool flag, struct error *e)
{
	struct span text = proofs_part(c);
	struct cursor at = cursor_of(text);
	struct items_item item = { .id = { NULL, 0 } };

	(void)flag;
	if (!whole(c, e) || !items_begin(&at, e))
		return false;
	while (items_next(&at, item.id, &item, e)) {
		buf_put_le64(r->out, (uint64_t)(item.id.p - text.p));
		buf_put_u8(r->out, (uint8_t)item.id.n);
		buf_put_u8(r->out, (uint8_t)item.level);
		buf_put_le64(r->out, (uint64_t)(item.text.p - text.p));
		buf_put_le64(r->out, item.text.n);
	}
	return cursor_ok(&at);
}

/* ---- any question */

typedef bool (*runs)(struct reading *r, struct cursor *c, bool flag, struct error *e);

static const runs run[] = {
	[PROOFS_HEAD] = run_head,       [PROOFS_COSIGNATURE] = run_cosignature,
	[PROOFS_ENTRY] = run_entry,     [PROOFS_ENTRIES] = run_entries,
	[PROOFS_ACCEPT] = run_accept,   [PROOFS_CHUNKS] = run_chunks,
	[PROOFS_CHANGES] = run_changes, [PROOFS_ITEMS] = run_items,
};

void proofs_run(struct span question, struct buf *answer)
{
	struct reading *r = calloc(1, sizeof *r);
	struct cursor c = cursor_of(question);
	struct error e = { .why = REASON_MEMORY, .text = "no memory for an answer" };
	uint8_t kind = cursor_u8(&c), flag = cursor_u8(&c);
	bool ok = false;

	buf_put_u8(answer, REASON_NONE);
	if (!cursor_ok(&c) || kind >= sizeof run / sizeof *run) {
		error_set(&e, REASON_DAMAGED, PLACE_NONE, "a question that cannot be");
	} else if (r != NULL) {
		r->out = answer;
		buf_init(&r->kept, RELEASE_MAX_SIZE);
		ok = run[kind](r, &c, flag != 0, &e) && buf_ok(answer);
		buf_release(&r->kept);
	}
	if (!ok) {
		buf_reset(answer);
		buf_put_u8(answer, (uint8_t)e.why);
		buf_put_text(answer, e.text);
	}
	free(r);
}

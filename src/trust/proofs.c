/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/text.h"
#include "trust/proofs_wire.h"
#include "trust/verify/strict.h"
#include "trust/verify/tile.h"

#include <stdio.h>

/* The half of proofs.h that asks, and believes of an answer only what can be. */

bool proofs_unanswered(const struct error *e)
{
	return e->why == REASON_CRASH || e->why == REASON_INTERNAL || e->why == REASON_TIME ||
	       e->why == REASON_MEMORY;
}

/* ---- a question and its answer */

struct question {
	struct buf text, answer;
	struct cursor c; /* on the answer */
};

static void begin(struct question *q, enum proofs_kind kind, bool flag)
{
	buf_init(&q->text, SIZE_MAX);
	buf_init(&q->answer, PROOFS_MAX_ANSWER);
	buf_put_u8(&q->text, (uint8_t)kind);
	buf_put_u8(&q->text, flag);
}

static void end(struct question *q)
{
	buf_release(&q->text);
	buf_release(&q->answer);
}

static bool impossible(struct error *e)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker gave an answer that cannot be");
}

/* An answer that says why there is none: of the bytes, or that a worker had no memory.  Its text is
 * a stranger's. */
static bool refused(enum reason why, struct span text, struct error *e)
{
	struct buf line;

	if (why != REASON_DAMAGED && why != REASON_DENIED && why != REASON_LIMIT &&
	    why != REASON_UNSUPPORTED && why != REASON_MEMORY)
		return impossible(e);
	buf_init(&line, sizeof e->text - 1); /* what does not fit is left out, by characters */
	text_show(&line, span_cut(text, 0, sizeof e->text - 1));
	error_set(e, why, PLACE_NONE, "%.*s", (int)line.n, (const char *)line.p);
	buf_release(&line);
	return false;
}

/* Has it answered; false with *e why not.  q->c is at the answer then. */
static bool put(const struct proofs *p, struct question *q, struct error *e)
{
	if (!buf_ok(&q->text))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question");
	if (p->ask == NULL) {
		proofs_run(buf_span(&q->text), &q->answer);
	} else if (!p->ask(buf_span(&q->text), &q->answer, e)) {
		if (!proofs_unanswered(e)) /* it is nobody's word about the bytes */
			e->why = REASON_CRASH;
		return false;
	}
	q->c = cursor_of(buf_span(&q->answer));
	enum reason why = (enum reason)cursor_u8(&q->c);
	if (!cursor_ok(&q->c))
		return impossible(e);
	return why == REASON_NONE || refused(why, cursor_take(&q->c, cursor_left(&q->c)), e);
}

/* That the answer was read to its end and no further. */
static bool finished(const struct question *q, struct error *e)
{
	return (cursor_ok(&q->c) && cursor_left(&q->c) == 0) || impossible(e);
}

/* ---- what answers are made of; each fails the cursor where it cannot be */

static struct span name_of(struct cursor *c) { return cursor_take(c, cursor_u8(c)); }

static bool flag_of(struct cursor *c)
{
	uint8_t b = cursor_u8(c);

	if (b > 1)
		cursor_fail(c);
	return b == 1;
}

static void read_seen(struct cursor *c, const struct quorum *q, struct quorum_seen *out)
{
	*out = (struct quorum_seen){ .n = 0 };
	if (cursor_u8(c) != QUORUM_MAX_WITNESSES)
		cursor_fail(c);
	for (size_t i = 0; i < QUORUM_MAX_WITNESSES; i++) {
		out->by[i] = flag_of(c);
		out->time[i] = cursor_le64(c);
		if (out->by[i] ? i >= q->n_witnesses : out->time[i] != 0)
			cursor_fail(c);
		out->n += out->by[i];
		if (out->time[i] > out->newest)
			out->newest = out->time[i];
	}
	if (cursor_ok(c))
		out->fresh = quorum_fresh(q, out);
}

static void read_head(struct cursor *c, const struct quorum *q, struct proofs_head *out)
{
	out->log = cursor_u8(c);
	out->head.size = cursor_le64(c);
	out->head.root = proofs_hash(c);
	read_seen(c, q, &out->seen);
	if (out->log >= q->n_logs || out->head.size > CHECKPOINT_MAX_TREE)
		cursor_fail(c);
	else
		out->head.origin = span_of(q->log[out->log].key.name);
}

/* A name that a file may have. */
static bool is_file_name(struct span s)
{
	return strict_name(s, "._-", RELEASE_MAX_NAME) && !span_is(span_cut(s, 0, 1), ".");
}

static void read_artifact(struct cursor *c, struct proofs_artifact *out)
{
	struct span name = name_of(c);

	out->size = cursor_le64(c);
	struct merkle_hash digest = proofs_hash(c);
	memcpy(out->sha256, digest.b, sizeof out->sha256);
	if (!is_file_name(name) || out->size > RELEASE_MAX_ARTIFACT)
		cursor_fail(c);
	else
		snprintf(out->name, sizeof out->name, "%.*s", (int)name.n, (const char *)name.p);
}

static void read_release(struct cursor *c, struct proofs_release *out)
{
	uint8_t channel = cursor_u8(c);

	*out = (struct proofs_release){ .channel = (enum release_channel)channel };
	out->seq = cursor_le64(c);
	out->issued = cursor_le64(c);
	out->expires = cursor_le64(c);
	out->prev = proofs_hash(c);
	out->count.total = cursor_le64(c);
	out->count.added = cursor_le64(c);
	out->count.changed = cursor_le64(c);
	out->count.removed = cursor_le64(c);
	out->enough = flag_of(c);
	out->n_artifacts = cursor_u8(c);
	if (channel >= RELEASE_CHANNELS || out->n_artifacts > RELEASE_MAX_ARTIFACTS ||
	    out->seq == 0 || out->seq > STRICT_MAX_DECIMAL || out->expires <= out->issued ||
	    out->expires - out->issued > RELEASE_MAX_LIFE) {
		cursor_fail(c);
		return;
	}
	for (size_t i = 0; i < out->n_artifacts; i++)
		read_artifact(c, &out->artifact[i]);
	if (cursor_ok(c) && proofs_artifact(out, release_main_name(out->channel)) == NULL)
		cursor_fail(c);
}

const struct proofs_artifact *proofs_artifact(const struct proofs_release *r, const char *name)
{
	for (size_t i = 0; i < r->n_artifacts; i++)
		if (strcmp(r->artifact[i].name, name) == 0)
			return &r->artifact[i];
	return NULL;
}

bool proofs_check_artifact(const struct proofs_artifact *a, struct span bytes, struct error *e)
{
	struct release_artifact named = { .name = span_of(a->name), .size = a->size };
	uint8_t digest[32];

	memcpy(named.sha256, a->sha256, sizeof named.sha256);
	return hash_of(HASH_SHA256, bytes, digest) &&
	       release_check_artifact(&named, bytes.n, digest, e);
}

/* ---- heads */

bool proofs_head(const struct proofs *p, const struct accept_policy *policy,
		 struct span policy_text, struct span note, bool by_log, struct proofs_head *out,
		 struct error *e)
{
	struct proofs_head got;
	struct question q;

	begin(&q, PROOFS_HEAD, by_log);
	proofs_put_part(&q.text, policy_text);
	proofs_put_part(&q.text, note);
	bool ok = put(p, &q, e);
	if (ok) {
		read_head(&q.c, &policy->quorum, &got);
		if (cursor_ok(&q.c) && !by_log && !quorum_met(&policy->quorum, got.seen.by))
			cursor_fail(&q.c);
		ok = finished(&q, e);
	}
	if (ok)
		*out = got;
	end(&q);
	return ok;
}

bool proofs_cosignature(const struct proofs *p, const struct note_key *witness, struct span note,
			struct span answer, struct span *line, struct error *e)
{
	char vkey[NOTE_MAX_VKEY];
	struct question q;

	note_key_write(witness, vkey);
	begin(&q, PROOFS_COSIGNATURE, false);
	proofs_put_part(&q.text, span_of(vkey));
	proofs_put_part(&q.text, note);
	proofs_put_part(&q.text, answer);
	bool ok = put(p, &q, e);
	if (ok) {
		uint64_t at = cursor_le64(&q.c), n = cursor_le64(&q.c);
		*line = span_cut(answer, at, n);
		if (line->n != n || n == 0)
			cursor_fail(&q.c);
		ok = finished(&q, e);
	}
	end(&q);
	return ok;
}

/* ---- entries */

bool proofs_entry(const struct proofs *p, struct span entry, bool unsigned_too,
		  struct proofs_entry *out, struct error *e)
{
	struct proofs_entry got;
	struct question q;

	begin(&q, PROOFS_ENTRY, unsigned_too);
	proofs_put_part(&q.text, entry);
	bool ok = put(p, &q, e);
	if (ok) {
		read_release(&q.c, &got.release);
		uint64_t text = cursor_le64(&q.c), signatures = cursor_le64(&q.c);
		got.text = span_cut(entry, 0, text);
		got.signatures = span_cut(entry, entry.n - signatures, signatures);
		if (text > entry.n || signatures > entry.n - text || got.release.enough)
			cursor_fail(&q.c);
		struct span names = cursor_take(&q.c, cursor_left(&q.c));
		ok = finished(&q, e);
		buf_init(&got.signers, RELEASE_MAX_SIZE);
		buf_put_span(&got.signers, names);
		if (ok && !buf_ok(&got.signers))
			ok = error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a release");
		if (ok)
			*out = got;
		else
			buf_release(&got.signers);
	}
	end(&q);
	return ok;
}

/* The next entry of an answer, which has to lie behind the last, whose end is *at. */
static void read_listed(struct cursor *c, struct span bundle, uint64_t *at,
			struct proofs_listed *out)
{
	uint64_t place = cursor_le64(c), n = cursor_le64(c);
	struct buf shown;

	out->entry = span_cut(bundle, place, n);
	out->is_release = flag_of(c);
	if (place != *at + 2 || out->entry.n != n || n > TILE_MAX_ENTRY)
		cursor_fail(c);
	*at = place + n;
	buf_init(&shown, sizeof out->why - 1);
	text_show(&shown, span_cut(name_of(c), 0, sizeof out->why - 1));
	snprintf(out->why, sizeof out->why, "%.*s", (int)shown.n, (const char *)shown.p);
	buf_release(&shown);
	if (out->is_release)
		read_release(c, &out->release);
}

bool proofs_entries(const struct proofs *p, const struct proofs_texts *t, struct span bundle,
		    uint64_t n,
		    bool (*on_entry)(void *ctx, uint64_t i, const struct proofs_listed *l,
				     struct error *e),
		    void *ctx, struct error *e)
{
	struct proofs_listed listed;
	struct question q;
	uint64_t at = 0;

	begin(&q, PROOFS_ENTRIES, false);
	proofs_put_part(&q.text, t->policy);
	proofs_put_part(&q.text, t->keys);
	proofs_put_part(&q.text, bundle);
	proofs_put_number(&q.text, n);
	bool ok = put(p, &q, e);
	if (ok) {
		struct cursor begin_of_answer = q.c;
		for (uint64_t i = 0; i < n && cursor_ok(&q.c); i++)
			read_listed(&q.c, bundle, &at, &listed);
		ok = finished(&q, e);
		q.c = begin_of_answer;
		at = 0;
	}
	for (uint64_t i = 0; ok && i < n; i++) {
		read_listed(&q.c, bundle, &at, &listed);
		ok = on_entry(ctx, i, &listed, e);
	}
	end(&q);
	return ok;
}

/* ---- the client's checks */

static bool behind(struct error *e, const char *what)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE, "internal: a worker accepts what %s",
			 what);
}

/* What can be seen without reading a stranger's byte is not left to who read them. */
static bool can_be_accepted(const struct accept_policy *policy, const struct accept_state *s,
			    const struct accept_offer *offer, bool at_head,
			    const struct proofs_accepted *got, struct error *e)
{
	const struct accept_state *n = &got->state;
	uint64_t now = at_head ? got->head.seen.fresh : offer->now;

	if (got->release.channel != policy->channel || !got->release.enough)
		return behind(e, "is of another channel");
	if (!quorum_met(&policy->quorum, got->head.seen.by) || got->index >= n->size)
		return behind(e, "has no quorum, or lies outside of its log");
	if (!at_head && (n->size < s->size || n->time < s->time ||
			 (n->size == s->size && !merkle_equal(&n->root, &s->root))))
		return behind(e, "lies behind a head that was seen");
	if (n->seq < s->seq || (n->seq == s->seq && !merkle_equal(&n->leaf, &s->leaf)))
		return behind(e, "is not the release of its number");
	if (s->seq != 0 && n->seq == s->seq + 1 && !merkle_equal(&got->release.prev, &s->leaf))
		return behind(e, "does not follow the release that is here");
	if (n->time > now && n->time - now > ACCEPT_CLOCK_SLACK)
		return behind(e, "is from the future");
	if (now < n->time)
		now = n->time;
	if (now - n->time > policy->max_age && !at_head)
		return behind(e, "is stale");
	return n->expires >= now || behind(e, "has expired");
}

static bool read_accepted(struct question *q, const struct accept_policy *policy, struct span entry,
			  const struct accept_state *s, struct proofs_accepted *out,
			  struct error *e)
{
	read_head(&q->c, &policy->quorum, &out->head);
	read_release(&q->c, &out->release);
	out->index = cursor_le64(&q->c);
	if (!finished(q, e))
		return false;
	out->new = s->seq != out->release.seq;
	out->state = (struct accept_state){ .size = out->head.head.size,
					    .root = out->head.head.root,
					    .time = out->head.seen.fresh,
					    .seq = out->release.seq,
					    .leaf = merkle_leaf(entry),
					    .expires = out->release.expires };
	return true;
}

bool proofs_accept(const struct proofs *p, const struct accept_policy *policy,
		   const struct proofs_texts *t, const struct accept_state *s,
		   const struct accept_offer *offer, bool at_head, enum accept_step *step,
		   struct proofs_accepted *out, struct error *e)
{
	struct proofs_accepted got;
	struct question q;

	begin(&q, PROOFS_ACCEPT, at_head);
	proofs_put_part(&q.text, t->policy);
	proofs_put_part(&q.text, t->keys);
	proofs_put_number(&q.text, policy->channel);
	buf_put_le64(&q.text, PROOFS_STATE_SIZE);
	proofs_put_state(&q.text, s);
	proofs_put_number(&q.text, offer->now);
	proofs_put_part(&q.text, offer->bundle);
	proofs_put_part(&q.text, offer->entry);
	proofs_put_part(&q.text, offer->growth);
	for (size_t i = 0; i < offer->n_between; i++)
		proofs_put_part(&q.text, offer->between[i]);
	bool ok = put(p, &q, e);
	uint8_t said = ok ? cursor_u8(&q.c) : 0;
	if (ok && said > ACCEPT_ARTIFACTS)
		ok = impossible(e);
	if (ok && said != ACCEPT_OK) {
		enum reason why = (enum reason)cursor_u8(&q.c);
		struct span text = cursor_take(&q.c, cursor_left(&q.c));
		(void)(finished(&q, e) && refused(why, text, e));
		ok = !proofs_unanswered(e);
	} else if (ok) {
		ok = read_accepted(&q, policy, offer->entry, s, &got, e) &&
		     can_be_accepted(policy, s, offer, at_head, &got, e);
		if (ok)
			*out = got;
	}
	if (ok)
		*step = (enum accept_step)said;
	end(&q);
	return ok;
}

/* ---- artefacts */

bool proofs_chunks(const struct proofs *p, struct span list, uint64_t size, struct span old,
		   struct buf *out, struct error *e)
{
	struct question q;
	uint64_t left = size;

	begin(&q, PROOFS_CHUNKS, false);
	proofs_put_part(&q.text, list);
	proofs_put_number(&q.text, size);
	proofs_put_part(&q.text, old);
	bool ok = put(p, &q, e);
	while (ok && cursor_ok(&q.c) && cursor_left(&q.c) != 0) {
		struct chunks_part part = { .size = cursor_le64(&q.c) };
		struct merkle_hash digest = proofs_hash(&q.c);
		memcpy(part.sha256, digest.b, sizeof part.sha256);
		part.at = cursor_le64(&q.c);
		if (part.size == 0 || part.size > CHUNKS_MAX_CHUNK || part.size > left ||
		    (part.at != CHUNKS_NOWHERE && span_cut(old, part.at, part.size).n != part.size))
			cursor_fail(&q.c);
		left -= cursor_ok(&q.c) ? part.size : 0;
		buf_put(out, &part, sizeof part);
	}
	ok = ok && finished(&q, e) &&
	     (buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for chunks"));
	end(&q);
	return ok;
}

/* The id of an item: the bytes that a name of a file may be made of. */
static bool is_id(struct span s) { return strict_name(s, "._-/:@+", RELEASE_MAX_ID); }

static void read_change(struct cursor *c, struct span old, struct span new,
			struct proofs_change *out)
{
	uint8_t what = cursor_u8(c);
	uint64_t at = cursor_le64(c), n = cursor_u8(c);
	struct span reason = name_of(c);

	out->what = (enum items_change)what;
	out->id = span_cut(what == ITEMS_REMOVED ? old : new, at, n);
	if (what > ITEMS_REMOVED || out->id.n != n || !is_id(out->id) ||
	    (reason.n != 0 && !release_reason_valid(reason)))
		cursor_fail(c);
	else
		snprintf(out->reason, sizeof out->reason, "%.*s", (int)reason.n,
			 (const char *)reason.p);
}

/* Both passes over the changes of an answer: the first sees that all of them can be. */
static bool walk_changes(struct question *q, struct span old, struct span new,
			 const struct release_count *n,
			 void (*on_change)(void *ctx, const struct proofs_change *c), void *ctx,
			 struct error *e)
{
	struct cursor again = q->c;
	struct proofs_change change;
	uint64_t found[3] = { 0 };

	while (cursor_ok(&q->c) && cursor_left(&q->c) != 0) {
		read_change(&q->c, old, new, &change);
		if (cursor_ok(&q->c))
			found[change.what]++;
	}
	if (!finished(q, e))
		return false;
	if (found[ITEMS_ADDED] != n->added || found[ITEMS_CHANGED] != n->changed ||
	    found[ITEMS_REMOVED] != n->removed)
		return impossible(e);
	while (on_change != NULL && cursor_left(&again) != 0) {
		read_change(&again, old, new, &change);
		on_change(ctx, &change);
	}
	return true;
}

bool proofs_changes(const struct proofs *p, struct span entry, struct span old, struct span new,
		    struct release_count *count, bool *honest, struct error *why,
		    void (*on_change)(void *ctx, const struct proofs_change *c), void *ctx,
		    struct error *e)
{
	struct release_count n;
	struct question q;

	begin(&q, PROOFS_CHANGES, false);
	proofs_put_part(&q.text, entry);
	proofs_put_part(&q.text, old);
	proofs_put_part(&q.text, new);
	bool ok = put(p, &q, e);
	if (ok) {
		enum reason said = (enum reason)cursor_u8(&q.c);
		struct span text = name_of(&q.c);
		*honest = said == REASON_NONE || refused(said, text, why);
		n.total = cursor_le64(&q.c);
		n.added = cursor_le64(&q.c);
		n.changed = cursor_le64(&q.c);
		n.removed = cursor_le64(&q.c);
		if (!*honest && why->why != said)
			cursor_fail(&q.c);
		ok = walk_changes(&q, old, new, &n, on_change, ctx, e);
	}
	if (ok)
		*count = n;
	end(&q);
	return ok;
}

bool proofs_items(const struct proofs *p, struct span artifact, struct buf *out, struct error *e)
{
	struct question q;

	begin(&q, PROOFS_ITEMS, false);
	proofs_put_part(&q.text, artifact);
	bool ok = put(p, &q, e);
	while (ok && cursor_ok(&q.c) && cursor_left(&q.c) != 0) {
		uint64_t at = cursor_le64(&q.c), n = cursor_u8(&q.c);
		struct items_item item = { .id = span_cut(artifact, at, n),
					   .level = cursor_u8(&q.c) };
		at = cursor_le64(&q.c);
		uint64_t size = cursor_le64(&q.c);
		item.text = span_cut(artifact, at, size);
		if (!is_id(item.id) || item.id.n != n || item.text.n != size ||
		    size > ITEMS_MAX_ITEM)
			cursor_fail(&q.c);
		buf_put(out, &item, sizeof item);
	}
	ok = ok && finished(&q, e) &&
	     (buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for items"));
	end(&q);
	return ok;
}

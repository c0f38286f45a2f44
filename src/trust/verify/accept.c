/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/accept.h"
#include "trust/verify/strict.h"

const char *accept_step_word(enum accept_step step)
{
	static const char *const word[] = {
		"accepted",  "form", "head",     "fresh",  "history",
		"inclusion", "keys", "sequence", "expiry", "artefacts"
	};
	return word[step];
}

/* ---- the release keys */

static bool same_bytes(const struct note_key *a, const struct note_key *b)
{
	return memcmp(a->public, b->public, sizeof a->public) == 0;
}

static bool is_known(const struct accept_policy *p, const struct note_key *key)
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (same_bytes(&p->key[i], key))
			return true;
	for (size_t i = 0; i < p->quorum.n_logs; i++)
		if (same_bytes(&p->quorum.log[i].key, key))
			return true;
	for (size_t i = 0; i < p->quorum.n_witnesses; i++)
		if (same_bytes(&p->quorum.witness[i].key, key))
			return true;
	return false;
}

static bool add_key(struct accept_policy *p, struct span vkey, struct error *e)
{
	struct note_key key;

	if (p->n_keys == ACCEPT_MAX_KEYS)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "keys: over %d", ACCEPT_MAX_KEYS);
	if (!note_key_parse(vkey, &key, e))
		return error_wrap(e, "keys: ");
	if (key.type != NOTE_ED25519 || is_known(p, &key))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "keys: %s is of another kind, or occurs twice", key.name);
	p->key[p->n_keys++] = key;
	return true;
}

static bool keys_line(struct accept_policy *p, struct span line, struct error *e)
{
	struct span rest;
	uint64_t k;

	if (line.n == 0 || span_is(span_cut(line, 0, 1), "#"))
		return true;
	if (strict_after(line, "key ", &rest))
		return add_key(p, rest, e);
	if (strict_after(line, "threshold ", &rest) && p->threshold == 0 &&
	    strict_decimal(rest, &k) && k <= ACCEPT_MAX_KEYS) {
		p->threshold = (size_t)k;
		return true;
	}
	if (strict_after(line, "max-age ", &rest) && strict_decimal(rest, &p->max_age))
		return true;
	return error_set(e, REASON_DAMAGED, PLACE_NONE, "keys: a line that is none of theirs");
}

bool accept_parse_keys(struct span text, struct accept_policy *p, struct error *e)
{
	struct cursor c = cursor_of(text);

	p->n_keys = p->threshold = 0;
	p->max_age = ACCEPT_MAX_AGE;
	while (cursor_left(&c) != 0) {
		struct span line = cursor_line(&c, STRICT_MAX_LINE);
		if (!cursor_ok(&c))
			return error_set(e, REASON_DAMAGED, cursor_place(&c),
					 "keys: a line that does not end");
		if (!keys_line(p, line, e))
			return false;
	}
	return (p->threshold != 0 && p->threshold <= p->n_keys) ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "keys: a threshold of %zu for %zu keys",
			 p->threshold, p->n_keys);
}

/* ---- the checks */

/* The clock, but never behind what was seen. */
static uint64_t at_least(uint64_t now, uint64_t floor) { return now > floor ? now : floor; }

static bool refuse(struct error *e, const char *what)
{
	return error_set(e, REASON_DENIED, PLACE_NONE, "%s", what);
}

static bool check_fresh(const struct accept_policy *p, const struct accept_state *s,
			const struct quorum_seen *seen, uint64_t now, struct error *e)
{
	now = at_least(now, s->time);
	if (seen->fresh < s->time)
		return refuse(e, "the head is older than one that was seen before");
	if (seen->fresh > now && seen->fresh - now > ACCEPT_CLOCK_SLACK)
		return refuse(e, "the head is from the future, or this clock is wrong");
	if (seen->fresh < now && now - seen->fresh > p->max_age)
		return refuse(e, "the head is stale: the newest one may be withheld");
	return true;
}

static bool check_history(const struct accept_state *s, const struct checkpoint *head,
			  const struct bundle_growth *growth, struct error *e)
{
	if (s->size == 0)
		return true;
	if (head->size < s->size)
		return refuse(e, "rollback: the log is smaller than it was");
	if (growth->old != s->size)
		return refuse(e, "the consistency proof is from another tree than the last one");
	if (merkle_check_consistency(s->size, head->size, &s->root, &head->root, &growth->proof, e))
		return true;
	return head->size == s->size
		       ? refuse(e, "fork: another tree of the same size was seen before")
		       : error_wrap(e, "fork: ");
}

/* One step along the channel: `r`, whose entry hashes to `leaf`, follows number `seq`. */
static bool follows(const struct accept_policy *p, const struct release *r, uint64_t seq,
		    const struct merkle_hash *leaf, struct error *e)
{
	if (r->channel != p->channel)
		return refuse(e, "a release of another channel");
	if (r->seq != seq + 1)
		return refuse(e, r->seq <= seq ? "rollback: a release before the one that is here"
					       : "a gap: releases between are missing");
	if (!merkle_equal(&r->prev, leaf))
		return refuse(e, "its predecessor is another release than the one that is here");
	return true;
}

/* From the state's release over those between to the one that is offered. */
static bool check_sequence(const struct accept_policy *p, const struct accept_state *s,
			   const struct accept_offer *offer, const struct release *r,
			   const struct merkle_hash *leaf, struct error *e)
{
	struct merkle_hash last = s->leaf;
	struct release one;
	uint64_t seq = s->seq;

	if (r->channel != p->channel)
		return refuse(e, "a release of another channel");
	if (s->seq == 0)
		return true;
	if (r->seq == s->seq)
		return merkle_equal(leaf, &s->leaf) ||
		       refuse(e, "fork: another release of the same number is here");
	for (size_t i = 0; i < offer->n_between && r->seq > s->seq; i++) {
		if (!release_parse(offer->between[i], &one, e) ||
		    !release_check_keys(&one, p->key, p->n_keys, p->threshold, e) ||
		    !follows(p, &one, seq, &last, e))
			return false;
		seq = one.seq;
		last = merkle_leaf(offer->between[i]);
	}
	return follows(p, r, seq, &last, e);
}

static bool check_expiry(const struct release *r, uint64_t now, struct error *e)
{
	if (r->expires < now)
		return refuse(e, "the release has expired");
	if (r->issued > now && r->issued - now > ACCEPT_CLOCK_SLACK)
		return refuse(e, "the release is from the future, or this clock is wrong");
	return true;
}

/* Step 1: all that is offered, taken apart. */
struct parts {
	struct bundle bundle;
	struct bundle_growth growth;
	struct merkle_hash leaf;
};

static bool take_apart(const struct accept_policy *p, const struct accept_state *s,
		       const struct accept_offer *offer, struct parts *parts, struct release *r,
		       struct error *e)
{
	if (p->n_keys > ACCEPT_MAX_KEYS || p->threshold == 0 || p->threshold > p->n_keys)
		return refuse(e, "the policy names no release keys, or fewer than it asks for");
	if (offer->n_between > ACCEPT_MAX_BETWEEN)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "over %d releases between",
				 ACCEPT_MAX_BETWEEN);
	if (!bundle_parse(offer->bundle, &parts->bundle, e) || !release_parse(offer->entry, r, e))
		return false;
	parts->growth = (struct bundle_growth){ .old = s->size };
	parts->leaf = merkle_leaf(offer->entry);
	return offer->growth.n == 0 || bundle_parse_growth(offer->growth, &parts->growth, e);
}

enum accept_step accept_release(const struct accept_policy *p, const struct accept_state *s,
				const struct accept_offer *offer, struct accept_result *out,
				struct error *e)
{
	struct accept_result got = { .state = *s };
	const struct checkpoint *head = &got.head;
	struct parts parts = { 0 };
	size_t log;

	if (!take_apart(p, s, offer, &parts, &got.release, e))
		return ACCEPT_FORM;
	if (!quorum_check(&p->quorum, parts.bundle.checkpoint, &got.head, &log, &got.seen, e))
		return ACCEPT_HEAD;
	if (!check_fresh(p, s, &got.seen, offer->now, e))
		return ACCEPT_FRESH;
	if (!check_history(s, head, &parts.growth, e))
		return ACCEPT_HISTORY;
	if (!bundle_check(&parts.bundle, &parts.leaf, head->size, &head->root, e))
		return ACCEPT_INCLUSION;
	if (!release_check_keys(&got.release, p->key, p->n_keys, p->threshold, e))
		return ACCEPT_KEYS;
	if (!check_sequence(p, s, offer, &got.release, &parts.leaf, e))
		return ACCEPT_SEQUENCE;
	if (!check_expiry(&got.release, at_least(offer->now, got.seen.fresh), e))
		return ACCEPT_EXPIRY; /* the head's time is a clock, too, and not behind s->time */
	got.new = s->seq != got.release.seq;
	got.state = (struct accept_state){ .size = head->size,
					   .root = head->root,
					   .time = got.seen.fresh,
					   .seq = got.release.seq,
					   .leaf = parts.leaf,
					   .expires = got.release.expires };
	*out = got;
	return ACCEPT_OK;
}

enum accept_standing accept_standing(const struct accept_policy *p, const struct accept_state *s,
				     uint64_t now)
{
	now = at_least(now, s->time);
	if (s->seq == 0)
		return ACCEPT_NOTHING;
	if (now > s->expires)
		return ACCEPT_EXPIRED;
	return now - s->time > p->max_age ? ACCEPT_STALE : ACCEPT_CURRENT;
}

bool accept_contradict(const struct checkpoint *a, const struct checkpoint *b)
{
	return span_equal(a->origin, b->origin) && a->size == b->size &&
	       !merkle_equal(&a->root, &b->root);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/quorum.h"
#include "trust/verify/strict.h"

/* ---- reading */

struct reader {
	struct quorum *q;
	uint64_t at; /* of the line */
	bool has_quorum;
};

static bool complain(struct reader *r, struct error *e, const char *what)
{
	return error_set(e, REASON_DAMAGED, r->at, "policy: %s", what);
}

/* The next item of a line: items are separated by spaces and tabs. */
static struct span item(struct cursor *c)
{
	struct cursor ahead = *c;
	size_t skip = 0, n = 0;

	while (cursor_left(&ahead) != 0) {
		uint8_t b = cursor_u8(&ahead);
		bool blank = b == ' ' || b == '\t';
		if (blank && n != 0)
			break;
		if (blank)
			skip++;
		else
			n++;
	}
	cursor_skip(c, skip);
	return cursor_take(c, n);
}

static bool at_end(struct cursor *c) { return item(c).n == 0; }

static size_t find_witness(const struct quorum *q, struct span name)
{
	for (size_t i = 0; i < q->n_witnesses; i++)
		if (span_equal(q->witness[i].name, name))
			return i;
	return SIZE_MAX;
}

static size_t find_group(const struct quorum *q, struct span name)
{
	for (size_t i = 0; i < q->n_groups; i++)
		if (span_equal(q->group[i].name, name))
			return i;
	return SIZE_MAX;
}

/* A name for a witness or a group that is not taken. */
static bool new_name(const struct quorum *q, struct span name)
{
	return name.n != 0 && !span_is(name, "none") && find_witness(q, name) == SIZE_MAX &&
	       find_group(q, name) == SIZE_MAX;
}

static bool same_bytes(const struct note_key *a, const struct note_key *b)
{
	return memcmp(a->public, b->public, sizeof a->public) == 0;
}

static bool known_key(const struct quorum *q, const struct note_key *key)
{
	for (size_t i = 0; i < q->n_logs; i++)
		if (same_bytes(&q->log[i].key, key))
			return true;
	for (size_t i = 0; i < q->n_witnesses; i++)
		if (same_bytes(&q->witness[i].key, key))
			return true;
	return false;
}

static bool read_key(struct reader *r, struct cursor *c, uint8_t type, struct note_key *key,
		     struct error *e)
{
	if (!note_key_parse(item(c), key, e))
		return error_wrap(e, "policy: ");
	if (key->type != type)
		return complain(r, e, "a key of the wrong type");
	if (known_key(r->q, key))
		return complain(r, e, "a key that occurs twice");
	return true;
}

static bool read_log(struct reader *r, struct cursor *c, struct error *e)
{
	struct quorum *q = r->q;

	if (q->n_logs == QUORUM_MAX_LOGS)
		return error_set(e, REASON_LIMIT, r->at, "policy: over %d logs", QUORUM_MAX_LOGS);
	struct quorum_log *l = &q->log[q->n_logs];
	if (!read_key(r, c, NOTE_ED25519, &l->key, e))
		return false;
	for (size_t i = 0; i < q->n_logs; i++)
		if (strcmp(q->log[i].key.name, l->key.name) == 0)
			return complain(r, e, "two logs of one origin");
	l->url = item(c);
	q->n_logs++;
	return true;
}

static bool read_witness(struct reader *r, struct cursor *c, struct error *e)
{
	struct quorum *q = r->q;

	if (q->n_witnesses == QUORUM_MAX_WITNESSES)
		return error_set(e, REASON_LIMIT, r->at, "policy: over %d witnesses",
				 QUORUM_MAX_WITNESSES);
	struct quorum_witness *w = &q->witness[q->n_witnesses];
	w->name = item(c);
	if (!new_name(q, w->name))
		return complain(r, e, "a witness without a name of its own");
	if (!read_key(r, c, NOTE_COSIGNATURE, &w->key, e))
		return false;
	w->url = item(c);
	w->group = QUORUM_NOBODY;
	q->n_witnesses++;
	return true;
}

/* Makes a witness or a group a member of group g; each is in one at most. */
static bool add_member(struct reader *r, struct span name, size_t g, struct error *e)
{
	size_t w = find_witness(r->q, name), other = find_group(r->q, name);
	uint8_t *in = w != SIZE_MAX       ? &r->q->witness[w].group
		      : other != SIZE_MAX ? &r->q->group[other].group
					  : NULL;

	if (in == NULL)
		return complain(r, e, "a member that is not defined before");
	if (*in != QUORUM_NOBODY)
		return complain(r, e, "a member of two groups");
	*in = (uint8_t)g;
	r->q->group[g].n_members++;
	return true;
}

static bool read_group(struct reader *r, struct cursor *c, struct error *e)
{
	struct quorum *q = r->q;
	uint64_t k = 0;

	if (q->n_groups == QUORUM_MAX_GROUPS)
		return error_set(e, REASON_LIMIT, r->at, "policy: over %d groups",
				 QUORUM_MAX_GROUPS);
	struct quorum_group *g = &q->group[q->n_groups];
	*g = (struct quorum_group){ .name = item(c), .group = QUORUM_NOBODY };
	if (!new_name(q, g->name))
		return complain(r, e, "a group without a name of its own");
	struct span needs = item(c);
	for (struct span name; (name = item(c)).n != 0;)
		if (!add_member(r, name, q->n_groups, e))
			return false;
	if (span_is(needs, "all"))
		k = g->n_members;
	else if (span_is(needs, "any"))
		k = 1;
	else if (!strict_decimal(needs, &k))
		return complain(r, e, "a group needs `all`, `any` or a number");
	if (k == 0 || k > g->n_members)
		return complain(r, e, "a group needs none of its members, or more than it has");
	g->needs = (uint8_t)k;
	q->n_groups++;
	return true;
}

static bool read_quorum(struct reader *r, struct cursor *c, struct error *e)
{
	struct span name = item(c);
	size_t w = find_witness(r->q, name), g = find_group(r->q, name);

	if (r->has_quorum)
		return complain(r, e, "a second quorum");
	if (span_is(name, "none"))
		return complain(r, e, "a quorum of nobody");
	if (w == SIZE_MAX && g == SIZE_MAX)
		return complain(r, e, "a quorum that is not defined before");
	r->has_quorum = true;
	r->q->top_is_group = w == SIZE_MAX;
	r->q->top = w == SIZE_MAX ? g : w;
	return true;
}

static bool read_line(struct reader *r, struct span line, struct error *e)
{
	struct cursor c = cursor_of(line);
	struct span first = item(&c);
	bool ok;

	if (first.n == 0 || span_is(span_cut(first, 0, 1), "#"))
		return true;
	if (span_is(first, "log"))
		ok = read_log(r, &c, e);
	else if (span_is(first, "witness"))
		ok = read_witness(r, &c, e);
	else if (span_is(first, "group"))
		ok = read_group(r, &c, e);
	else if (span_is(first, "quorum"))
		ok = read_quorum(r, &c, e);
	else
		return complain(r, e, "a line that is no log, witness, group or quorum");
	return ok && (at_end(&c) || complain(r, e, "something after the end of a line"));
}

static bool characters_allowed(struct span text)
{
	struct cursor c = cursor_of(text);

	while (cursor_left(&c) != 0) {
		uint8_t b = cursor_u8(&c);
		if ((b < 0x20 && b != '\t' && b != '\n') || b == 0x7f)
			return false;
	}
	return true;
}

bool quorum_parse(struct span text, struct quorum *out, struct error *e)
{
	struct cursor c = cursor_of(text);
	struct reader r = { .q = out };

	*out = (struct quorum){ 0 };
	if (text.n > QUORUM_MAX_SIZE)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "policy: over %d bytes",
				 QUORUM_MAX_SIZE);
	if (!characters_allowed(text))
		return complain(&r, e, "control characters");
	while (cursor_left(&c) != 0) {
		r.at = cursor_place(&c);
		struct span line = cursor_line(&c, STRICT_MAX_LINE);
		if (!cursor_ok(&c))
			return complain(&r, e, "a line that is too long or does not end");
		if (!read_line(&r, line, e))
			return false;
	}
	return r.has_quorum || complain(&r, e, "no quorum");
}

/* ---- deciding */

bool quorum_met(const struct quorum *q, const bool by[QUORUM_MAX_WITNESSES])
{
	uint8_t votes[QUORUM_MAX_GROUPS] = { 0 };

	if (!q->top_is_group)
		return by[q->top];
	for (size_t i = 0; i < q->n_witnesses; i++)
		if (by[i] && q->witness[i].group != QUORUM_NOBODY)
			votes[q->witness[i].group]++;
	for (size_t g = 0; g < q->n_groups; g++) /* members before their group */
		if (votes[g] >= q->group[g].needs && q->group[g].group != QUORUM_NOBODY)
			votes[q->group[g].group]++;
	return votes[q->top] >= q->group[q->top].needs;
}

/* The smallest sum of `needs` overlapping members: those of least cost, 2k - n of them. */
static size_t cheapest(const size_t *cost, size_t n, size_t needs)
{
	bool used[QUORUM_MAX_WITNESSES + QUORUM_MAX_GROUPS] = { 0 };
	size_t sum = 0;

	for (size_t left = 2 * needs > n ? 2 * needs - n : 0; left > 0; left--) {
		size_t best = SIZE_MAX;
		for (size_t i = 0; i < n; i++)
			if (!used[i] && (best == SIZE_MAX || cost[i] < cost[best]))
				best = i;
		used[best] = true;
		sum += cost[best];
	}
	return sum;
}

size_t quorum_overlap(const struct quorum *q)
{
	size_t group[QUORUM_MAX_GROUPS];

	if (!q->top_is_group)
		return 1;
	for (size_t g = 0; g < q->n_groups; g++) {
		size_t cost[QUORUM_MAX_WITNESSES + QUORUM_MAX_GROUPS], n = 0;
		for (size_t i = 0; i < q->n_witnesses; i++)
			if (q->witness[i].group == g)
				cost[n++] = 1;
		for (size_t i = 0; i < g; i++)
			if (q->group[i].group == g)
				cost[n++] = group[i];
		group[g] = cheapest(cost, n, q->group[g].needs);
	}
	return group[q->top];
}

uint64_t quorum_fresh(const struct quorum *q, const struct quorum_seen *seen)
{
	uint64_t best = 0;

	for (size_t i = 0; i < q->n_witnesses; i++) {
		bool by[QUORUM_MAX_WITNESSES] = { 0 };
		if (!seen->by[i] || seen->time[i] <= best)
			continue;
		for (size_t k = 0; k < q->n_witnesses; k++)
			by[k] = seen->by[k] && seen->time[k] >= seen->time[i];
		if (quorum_met(q, by))
			best = seen->time[i];
	}
	return best;
}

/* Counts one signature of a witness; false where it does not verify. */
static bool count_witness(const struct quorum *q, const struct note_signature *s, struct span text,
			  struct quorum_seen *seen, struct error *e)
{
	uint64_t time;

	for (size_t i = 0; i < q->n_witnesses; i++) {
		const struct note_key *key = &q->witness[i].key;
		if (!note_names_key(s, key))
			continue;
		if (!note_verify(key, s, text, &time))
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "checkpoint: the cosignature of %s does not verify",
					 key->name);
		seen->n += !seen->by[i];
		seen->by[i] = true;
		if (time > seen->time[i])
			seen->time[i] = time;
		if (time > seen->newest)
			seen->newest = time;
	}
	return true;
}

/* The log whose name is the origin. */
static bool find_log(const struct quorum *q, struct span origin, size_t *log)
{
	for (size_t i = 0; i < q->n_logs; i++)
		if (span_is(origin, q->log[i].key.name)) {
			*log = i;
			return true;
		}
	return false;
}

bool quorum_check(const struct quorum *q, struct span whole, struct checkpoint *out, size_t *log,
		  struct quorum_seen *seen, struct error *e)
{
	struct note note;
	struct checkpoint head;
	struct note_signature s;
	struct quorum_seen got = { 0 };
	bool by_log;
	size_t at;

	if (!note_parse(whole, &note, e) || !checkpoint_parse(note.text, &head, e))
		return false;
	struct merkle_hash empty = merkle_empty();
	if (head.size == 0 && !merkle_equal(&head.root, &empty))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "checkpoint: the root of an empty tree is another");
	if (!find_log(q, head.origin, &at))
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "checkpoint: of a log that is not in "
				 "the policy");
	if (!note_check(&note, &q->log[at].key, 1, &by_log, e))
		return false;
	struct cursor c = cursor_of(note.signatures);
	while (note_next(&c, &s))
		if (!count_witness(q, &s, note.text, &got, e))
			return false;
	if (!quorum_met(q, got.by))
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "checkpoint: %zu of %zu witnesses, which is not the quorum", got.n,
				 q->n_witnesses);
	got.fresh = quorum_fresh(q, &got);
	*out = head;
	*log = at;
	*seen = got;
	return true;
}

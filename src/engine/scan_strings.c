/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"
#include "match/filter.h"

/*
 * One pass of the filter says which patterns occur or may occur; all else is
 * searched when a condition asks, once for each object.
 */

enum {
	MAX_MISSES = 1000000, /* of literals in the pass; and one for each 64 bytes of the object */
	TRY_STEPS = 1000000,  /* work in the pass for the finds of one pattern ... */
	A_TRY = 64,           /* ... of which each costs so much besides */
	MAX_PARTS = 8,        /* ranges that are searched alone before the whole object is */
	PASS_PART = 4 << 20,  /* bytes of a large file that the pass sees before it lets them go */
};

/* Keeps the list of patterns that are to be forgotten after this object. */
static void remember(struct scanner *s, uint32_t pattern)
{
	if (s->state[pattern] == STATE_UNSEEN && s->tries[pattern] == 0 &&
	    !s->matches[pattern].searched && s->matches[pattern].n_parts == 0 &&
	    s->matches[pattern].spent == 0)
		s->touched[s->n_touched++] = pattern;
}

static void touch(struct scanner *s, uint32_t pattern, enum pattern_state state)
{
	remember(s, pattern);
	s->state[pattern] = (uint8_t)state;
}

static struct span blob_of(const struct scanner *s, uint32_t pattern)
{
	const struct db_pattern_record *r = &s->db->pattern[pattern];
	return db_blob(s->db, r->blob_at, r->blob_n);
}

/* Is it worth verifying what was found?  Not where the pattern sets off only rules that cannot be
 * true of this object, or none. */
static bool of_use(const struct scanner *s, const struct db_pattern_record *r)
{
	const struct db *db = s->db;

	if ((r->asked & s->groups) != 0)
		return true;
	if (r->first_trigger > db->n_triggers || r->n_triggers > db->n_triggers - r->first_trigger)
		return false;
	for (uint32_t k = 0; k < r->n_triggers; k++) {
		uint32_t rule = db->trigger[r->first_trigger + k];
		if (rule < db->n_rules && scan_gate_open(s, rule))
			return true;
	}
	return false;
}

/* A find was no match.  Is the next one of the pattern verified too?  Comparisons are cheap: of
 * literals only that there was one counts, until there were very many of all of them. */
static bool tries_again(struct scanner *s, uint32_t pattern, const struct db_pattern_record *r)
{
	uint64_t spent = r->literal != 0 ? 1 : TRY_STEPS - s->steps + A_TRY;

	remember(s, pattern);
	s->tries[pattern] = (uint32_t)spent;
	return r->literal != 0 ? s->n_misses++ < MAX_MISSES + s->file.n / 64 : spent < TRY_STEPS;
}

/* The filter found an anchor, which is verified at once: a comparison, or a run of the automaton.
 * Where that does not settle it (a chain; too many finds), or is not worth it, the pattern is
 * searched when a condition asks. */
static void on_hit(void *ctx, uint32_t pattern, uint16_t index, uint64_t at)
{
	struct scanner *s = ctx;
	const struct db_pattern_record *r = &s->db->pattern[pattern];

	if (s->dead[pattern] != 0)
		return;
	if (s->region != NULL) { /* it may lie across two regions, or in none */
		touch(s, pattern, STATE_MAYBE);
	} else if (index < 32 && (r->whole >> index & 1) != 0) {
		touch(s, pattern, STATE_PRESENT);
	} else if (r->chain != 0 || (r->literal == 0 && s->tries[pattern] == 0 && !of_use(s, r))) {
		touch(s, pattern, STATE_MAYBE);
	} else {
		s->steps = TRY_STEPS - s->tries[pattern];
		if (pattern_verify(blob_of(s, pattern), index, s->file, at, s->scratch,
				   &s->steps)) {
			touch(s, pattern, STATE_PRESENT);
		} else if (tries_again(s, pattern, r)) {
			return;
		} else {
			touch(s, pattern, STATE_MAYBE);
		}
	}
	s->dead[pattern] = 1;
}

size_t scan_part(const struct scanner *s)
{
	const struct scan_member *m = s->member;
	bool file = m == NULL || (m->depth == 0 && !m->view && !m->again);

	return s->options.passed != NULL && s->region == NULL && file ? PASS_PART : s->file.n;
}

void scan_passed(struct scanner *s, size_t before)
{
	if (before != 0)
		s->options.passed(s->options.passed_ctx, s->file.p + before);
}

/* Of the pass, the places [from, to). */
static void filter_part(struct scanner *s, size_t from, size_t to)
{
	struct filter_run run = { .room = s->filter_room,
				  .dead = s->dead,
				  .n_groups = s->db->n_patterns,
				  .hit = on_hit,
				  .ctx = s,
				  .row = s->row };
	struct span all = s->db->section[DB_FILTERS];

	for (unsigned g = 0; g < DB_GROUP_COUNT; g++) {
		uint64_t at = s->db->head.group[g].filter_at, n = s->db->head.group[g].filter_n;
		if ((s->groups & 1u << g) != 0 && at <= all.n && n <= all.n - at)
			filter_run_part((struct span){ all.p + at, (size_t)n }, s->file, from, to,
					&run);
	}
}

void scan_filter(struct scanner *s)
{
	size_t n = s->file.n, part = scan_part(s);

	s->n_misses = 0;
	for (size_t from = 0; from < n; from += part) {
		scan_passed(s, from);
		filter_part(s, from, n - from > part ? from + part : n);
	}
}

static bool pattern_of(const struct scanner *s, uint32_t string, uint32_t *out)
{
	if (string >= s->db->n_strings || s->db->string[string].pattern >= s->db->n_patterns)
		return false;
	*out = s->db->string[string].pattern;
	return true;
}

/* Searches for up to max matches, of a literal in one part of the file after the other. */
static bool search_parts(struct scanner *s, uint32_t pattern, size_t max, struct match **list,
			 size_t *n, struct error *e)
{
	size_t part = s->db->pattern[pattern].literal != 0 ? scan_part(s) : s->file.n, more;
	struct match *some;
	struct buf all;
	bool ok = true;

	if (part >= s->file.n)
		return pattern_search(blob_of(s, pattern), s->file, 0, s->file.n, max, s->scratch,
				      &s->arena, &s->steps, list, n, e);
	buf_init(&all, PATTERN_MAX_MATCHES * sizeof *some);
	*n = 0;
	for (size_t from = 0; ok && *n < max && from < s->file.n; from += part) {
		scan_passed(s, from);
		ok = pattern_search(blob_of(s, pattern), s->file, from, from + part, max - *n,
				    s->scratch, &s->arena, &s->steps, &some, &more, e);
		buf_put(&all, some, more * sizeof *some);
		*n += more;
	}
	*list = arena_copy(&s->arena, all.p, all.n);
	if (*n != 0 && (!buf_ok(&all) || *list == NULL)) {
		*n = 0;
		ok = error_set(e, REASON_MEMORY, PLACE_NONE, "memory");
	}
	buf_release(&all);
	if (ok && *n == PATTERN_MAX_MATCHES)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit:matches");
	return ok;
}

static void fail_search(struct scanner *s, const struct error *e)
{
	scan_gap(s, e->why, s->rule_now, e->text);
	if (s->steps == 0 && s->eval.error.why == REASON_NONE)
		s->eval.error = *e;
}

/* The answer to "any?" or to "all?" is kept, but where the steps of the rule at hand were not
 * enough for it: others that ask for the same string may have more of them. */
static void search(struct scanner *s, uint32_t pattern, size_t max)
{
	struct scan_matches *m = &s->matches[pattern];
	uint64_t had = s->steps;
	struct match *list;
	struct error e;
	size_t n;

	if (had <= m->spent) {
		s->steps = 0;
		(void)error_set(&e, REASON_LIMIT, PLACE_NONE, "limit:steps");
		fail_search(s, &e);
		return;
	}
	if (s->region != NULL)
		max = PATTERN_MAX_MATCHES; /* the first may be in no region */
	bool ok = search_parts(s, pattern, max, &list, &n, &e);
	n = scan_addresses(s, list, n);
	if (!ok)
		fail_search(s, &e);
	if (!ok && s->steps == 0) {
		remember(s, pattern);
		m->spent = had;
		if (n != 0)
			s->state[pattern] = STATE_PRESENT;
		return;
	}
	touch(s, pattern, n != 0 ? STATE_PRESENT : STATE_ABSENT);
	if (max > 1 || n == 0) {
		m->list = list;
		m->n = n;
		m->searched = true;
	}
}

/* The filter ran over this pattern's anchors and met none. */
static bool ruled_out(const struct scanner *s, uint32_t pattern)
{
	return (s->db->pattern[pattern].groups & s->groups) == s->groups;
}

int scan_known(void *ctx, uint32_t string)
{
	struct scanner *s = ctx;
	uint32_t p;

	if (!pattern_of(s, string, &p))
		return 0;
	if (s->state[p] == STATE_UNSEEN)
		return ruled_out(s, p) ? 0 : -1;
	return s->state[p] == STATE_PRESENT ? 1 : s->state[p] == STATE_ABSENT ? 0 : -1;
}

bool scan_present(void *ctx, uint32_t string)
{
	struct scanner *s = ctx;
	uint32_t p;

	if (!pattern_of(s, string, &p))
		return false;
	if (s->state[p] == STATE_UNSEEN && ruled_out(s, p))
		return false;
	if (s->state[p] == STATE_UNSEEN || s->state[p] == STATE_MAYBE)
		search(s, p, 1);
	return s->state[p] == STATE_PRESENT;
}

/* A string that only `$a at N` names: no other place is looked at. */
static void match_at(struct scanner *s, uint32_t pattern, uint64_t at, const struct match **list,
		     size_t *n)
{
	struct match *found = NULL;
	struct error e;

	*n = 0;
	if (scan_place(s, at, 0, &at) &&
	    !pattern_search(blob_of(s, pattern), s->file, at, at + 1, PATTERN_MAX_MATCHES,
			    s->scratch, &s->arena, &s->steps, &found, n, &e))
		scan_gap(s, e.why, s->rule_now, e.text);
	*n = scan_addresses(s, found, *n);
	*list = found;
}

int scan_known_at(void *ctx, uint32_t string, int64_t at)
{
	struct scanner *s = ctx;
	const struct match *list;
	uint32_t p;
	size_t n;

	if (!pattern_of(s, string, &p) || s->region != NULL || at < 0 ||
	    s->db->string[string].fixed_at != (uint64_t)at)
		return -1;
	match_at(s, p, (uint64_t)at, &list, &n);
	return n != 0;
}

static void all_matches(struct scanner *s, uint32_t p, const struct match **list, size_t *n)
{
	if (!s->matches[p].searched)
		search(s, p, PATTERN_MAX_MATCHES);
	*list = s->matches[p].list;
	*n = s->matches[p].n;
}

/* The string's pattern may occur, and is *out. */
static bool may_match(const struct scanner *s, uint32_t string, uint32_t *out)
{
	return pattern_of(s, string, out) && s->state[*out] != STATE_ABSENT &&
	       (s->state[*out] != STATE_UNSEEN || !ruled_out(s, *out));
}

void scan_matches(void *ctx, uint32_t string, const struct match **list, size_t *n)
{
	struct scanner *s = ctx;
	uint32_t p;

	*list = NULL;
	*n = 0;
	if (!may_match(s, string, &p))
		return;
	if (s->db->string[string].fixed_at != IR_NOT_FIXED_AT)
		match_at(s, p, s->db->string[string].fixed_at, list, n);
	else
		all_matches(s, p, list, n);
}

void scan_shown(struct scanner *s, uint32_t string, const struct match **list, size_t *n)
{
	uint32_t p;

	if (may_match(s, string, &p) && s->db->string[string].plain == 0)
		all_matches(s, p, list, n);
	else
		scan_matches(s, string, list, n);
}

/* Most ranges that conditions name are short, so that a search of the range alone costs least. */
static bool found_in_part(struct scanner *s, uint32_t pattern, uint64_t low, uint64_t high)
{
	struct match *list;
	struct error e;
	size_t n;

	remember(s, pattern);
	s->matches[pattern].n_parts++;
	if (!pattern_search(blob_of(s, pattern), s->file, low, high, 1, s->scratch, &s->arena,
			    &s->steps, &list, &n, &e))
		scan_gap(s, e.why, s->rule_now, e.text);
	return n != 0;
}

bool scan_found_in(void *ctx, uint32_t string, int64_t low, int64_t high)
{
	struct scanner *s = ctx;
	const struct match *list;
	size_t n, first;
	uint32_t p;

	if (!pattern_of(s, string, &p) || (s->state[p] == STATE_UNSEEN && ruled_out(s, p)) ||
	    s->state[p] == STATE_ABSENT || high < 0 || low > high)
		return false;
	uint64_t from = low < 0 ? 0 : (uint64_t)low, size = s->file.n;
	uint64_t to = (uint64_t)high < size ? (uint64_t)high + 1 : size;
	if (s->region == NULL && from >= to)
		return false;
	if (s->region == NULL && !s->matches[p].searched && s->matches[p].n_parts < MAX_PARTS &&
	    to - from < size / 2)
		return found_in_part(s, p, from, to);
	scan_matches(s, string, &list, &n);
	return eval_between(list, n, low, high, &first) != 0;
}

void scan_forget_strings(struct scanner *s)
{
	for (size_t i = 0; i < s->n_touched; i++) {
		uint32_t p = s->touched[i];
		s->state[p] = STATE_UNSEEN;
		s->tries[p] = 0;
		s->dead[p] = 0;
		s->matches[p] = (struct scan_matches){ 0 };
	}
	s->n_touched = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/bundle.h"
#include "trust/verify/strict.h"

static bool damaged(struct error *e, const struct cursor *c, const char *what)
{
	return error_set(e, REASON_DAMAGED, cursor_place(c), "proof: %s", what);
}

/* "PREFIX DECIMAL" */
static bool number_line(struct cursor *c, struct span line, const char *prefix, uint64_t *out,
			struct error *e)
{
	struct span rest;

	if (!cursor_ok(c) || !strict_after(line, prefix, &rest) || !strict_decimal(rest, out))
		return damaged(e, c, "a line that is no index or size");
	return true;
}

/* Hashes, one a line, up to an empty line. */
static bool read_hashes(struct cursor *c, struct merkle_proof *out, struct error *e)
{
	for (;;) {
		struct merkle_hash h;
		struct span line = cursor_line(c, STRICT_MAX_LINE);
		if (!cursor_ok(c))
			return damaged(e, c, "it ends among the hashes");
		if (line.n == 0)
			return true;
		if (!strict_base64_hash(line, h.b))
			return damaged(e, c, "a line that is no hash");
		if (!merkle_push(out, &h))
			return error_set(e, REASON_LIMIT, cursor_place(c), "proof: over %d hashes",
					 MERKLE_MAX_PROOF);
	}
}

static bool too_large(struct span s, struct error *e)
{
	return error_set(e, REASON_LIMIT, PLACE_NONE, "proof: %zu bytes, at most %d", s.n,
			 BUNDLE_MAX_SIZE);
}

/* An `extra` line's base64 may be as long as the bundle; its spelling alone is held. */
static bool skip_extra(struct cursor *c, struct span *line, struct error *e)
{
	struct span rest;
	uint8_t three[3];
	size_t n;

	if (!strict_after(*line, "extra ", &rest))
		return true;
	if (rest.n == 0 || rest.n % 4 != 0)
		return damaged(e, c, "`extra` is no base64");
	for (size_t at = 0; at < rest.n; at += 4)
		if (!strict_base64(span_cut(rest, at, 4), three, sizeof three, &n) ||
		    (n < 3 && at + 4 < rest.n))
			return damaged(e, c, "`extra` is no base64");
	*line = cursor_line(c, STRICT_MAX_LINE);
	return true;
}

bool bundle_parse(struct span s, struct bundle *out, struct error *e)
{
	struct cursor c = cursor_of(s);
	struct bundle got = { 0 };

	if (s.n > BUNDLE_MAX_SIZE)
		return too_large(s, e);
	if (!span_is(cursor_line(&c, STRICT_MAX_LINE), "c2sp.org/tlog-proof@v1"))
		return damaged(e, &c, "not a tlog-proof");
	struct span line = cursor_line(&c, BUNDLE_MAX_SIZE);
	if (!skip_extra(&c, &line, e) || !number_line(&c, line, "index ", &got.index, e) ||
	    !read_hashes(&c, &got.proof, e))
		return false;
	got.checkpoint = cursor_take(&c, cursor_left(&c));
	if (got.checkpoint.n == 0)
		return damaged(e, &c, "no checkpoint");
	*out = got;
	return true;
}

bool bundle_parse_growth(struct span s, struct bundle_growth *out, struct error *e)
{
	struct cursor c = cursor_of(s);
	struct bundle_growth got = { 0 };

	if (s.n > BUNDLE_MAX_SIZE)
		return too_large(s, e);
	struct span line = cursor_line(&c, STRICT_MAX_LINE);
	if (!number_line(&c, line, "old ", &got.old, e) || !read_hashes(&c, &got.proof, e))
		return false;
	got.checkpoint = cursor_take(&c, cursor_left(&c));
	*out = got;
	return true;
}

bool bundle_check(const struct bundle *b, const struct merkle_hash *leaf, uint64_t size,
		  const struct merkle_hash *root, struct error *e)
{
	return merkle_check_inclusion(b->index, size, leaf, &b->proof, root, e);
}

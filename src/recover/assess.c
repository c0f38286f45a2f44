/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/assess.h"
#include "base/text.h"

#include <stdio.h>

enum {
	FINE_MAX = 256 << 10, /* bytes in which patterns finer than a window are looked for */
};

const char *damage_word(enum damage d)
{
	static const char *const words[DAMAGE_COUNT] = { "intact", "encrypted", "partly encrypted",
							 "renamed", "unknown" };

	return words[d];
}

static void say(struct assessment *a, enum damage d, const char *why)
{
	a->damage = d;
	snprintf(a->why, sizeof a->why, "%s", why);
}

/* ---- ranges */

static void add_range(struct assessment *a, uint64_t at, uint64_t n)
{
	struct assess_range *last = a->n_ranges != 0 ? &a->range[a->n_ranges - 1] : NULL;

	if (last != NULL && at < last->at + last->n) {
		/* the edge of a window on one side, and of its neighbour on the other */
		uint64_t twice = last->at + last->n - at;
		n = n > twice ? n - twice : 0;
		at += twice;
	}
	if (n == 0)
		return;
	a->lost += n;
	if (last != NULL && last->at + last->n == at) {
		last->n += n;
	} else if (a->n_ranges == ASSESS_MAX_RANGES) {
		last->n = at + n - last->at;
	} else {
		a->range[a->n_ranges++] = (struct assess_range){ at, n };
	}
}

/* The part of a plain window that still looks random beside a random one: blocks of 4 KiB from
 * that side on. */
static size_t random_edge(struct span s, bool from_start)
{
	size_t n = 0;

	while (n + CHI_BLOCK <= s.n) {
		size_t at = from_start ? n : s.n - n - CHI_BLOCK;
		if (!chi_looks_random(span_cut(s, at, CHI_BLOCK)))
			break;
		n += CHI_BLOCK;
	}
	return n;
}

/* Windows that look random, widened into their neighbours by blocks. */
static void find_ranges(struct region *w, struct assessment *a)
{
	bool before = false; /* the last window looked random */

	for (uint64_t at = 0; at < w->size; at += REGION_MAX) {
		struct span all = region_get(w, at, REGION_MAX);
		for (size_t i = 0; i < all.n; i += CHI_WINDOW) {
			struct span s = span_cut(all, i, CHI_WINDOW);
			/* the last window is a whole one too, as far as the piece has one */
			struct span by = s.n < CHI_WINDOW && all.n >= CHI_WINDOW
						 ? span_cut(all, all.n - CHI_WINDOW, CHI_WINDOW)
						 : s;
			bool looks = (s.n < CHI_BLOCK && before) || chi_window_looks_random(by);
			if (looks && !before && i >= CHI_WINDOW) {
				size_t edge = random_edge(span_cut(all, i - CHI_WINDOW, CHI_WINDOW),
							  false);
				add_range(a, at + i - edge, edge);
			}
			if (looks)
				add_range(a, at + i, s.n);
			else if (before)
				add_range(a, at + i, random_edge(s, true));
			before = looks;
		}
	}
}

/* A head that is encrypted over less than a window. */
static void find_head(struct region *w, struct assessment *a)
{
	struct span s = region_get(w, 0, CHI_WINDOW);
	size_t n = random_edge(s, true);

	if (n == 0 && s.n >= 2 * CHI_LEAST && s.n < CHI_BLOCK && chi_looks_random(s))
		n = s.n;
	while (n == 0 || n % CHI_BLOCK == 0) { /* the last block in halves */
		size_t more = 2048;
		if (n + more <= s.n && chi_looks_random(span_cut(s, n, more)))
			n += more;
		break;
	}
	add_range(a, 0, n);
}

/* ---- patterns that are finer than a window: bytes of a period that look random, between others
 * that do not */

static const struct {
	uint16_t period, take;
	const char *name;
} fine[] = {
	{ 32, 16, "16 of every 32 bytes, as LockFile does" },
	{ 192, 64, "64 of every 192 bytes, as Black Basta does" },
	{ 128, 64, "64 of every 128 bytes, as the older Black Basta does" },
	{ 256, 64, "64 of every 256 bytes, as the older Black Basta does" },
};

const char *assess_pattern_named(struct span name)
{
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (span_is(name, fine[i].name))
			return fine[i].name;
	return assess_fit_named(name);
}

static bool find_fine(struct region *w, struct assessment *a)
{
	struct span s = region_get(w, 0, FINE_MAX);
	size_t n;

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		double in = chi_strided(s, fine[i].period, 0, fine[i].take, &n);
		if (n < CHI_BLOCK || !chi_random(in))
			continue;
		double rest = chi_strided(s, fine[i].period, fine[i].take,
					  (size_t)fine[i].period - fine[i].take, &n);
		if (chi_random(rest) || n < CHI_BLOCK)
			continue;
		a->pattern = fine[i].name;
		a->residual = 0;
		a->lost = w->size / fine[i].period * fine[i].take;
		a->range[0] = (struct assess_range){ 0, w->size };
		a->n_ranges = 1;
		say(a, DAMAGE_PARTLY, "a fine pattern of random and other bytes");
		return true;
	}
	return false;
}

/* ---- what looks random by its nature */

/* Random windows in a file of this kind, whose structure holds, are no damage. */
static bool random_by_nature(struct region *w, struct assessment *a)
{
	struct proof deep;

	switch (a->proof.kind) {
	case KIND_PDF:
	case KIND_ZIP:
		proof_of(w, a->proof.kind, true, &deep);
		if (deep.broken)
			a->proof = deep;
		return !deep.broken;
	case KIND_GZIP:
	case KIND_BZIP2:
	case KIND_ZSTD:
	case KIND_XZ:
		if (a->proof.kind == KIND_XZ && a->proof.level >= PROOF_STRUCTURE)
			return true;
		proof_of(w, a->proof.kind, true, &deep);
		if (deep.level == PROOF_CHECKSUM || deep.broken)
			a->proof = deep;
		return deep.level == PROOF_CHECKSUM;
	case KIND_PNG:
		return a->proof.level == PROOF_CHECKSUM;
	case KIND_SQLITE: /* what lies in it may look random; a page that is encrypted is none */
		return true;
	case KIND_JPEG:
	case KIND_GIF:
	case KIND_OLE2:
	case KIND_MP3:
		return a->lost * 4 < a->size; /* a thumbnail, a profile, an object in it */
	default:
		return kind_is_dense(a->proof.kind);
	}
}

/* ---- */

/* Compressed as a whole: a checksum decides. */
static bool is_stream(enum kind k)
{
	return k == KIND_GZIP || k == KIND_BZIP2 || k == KIND_ZSTD || k == KIND_XZ;
}

/* The head is not what the name promises. */
static bool head_is_wrong(const struct assessment *a, enum kind expected)
{
	return expected != KIND_UNKNOWN && expected != KIND_CRYPT && a->proof.kind != expected &&
	       a->proof.kind == KIND_UNKNOWN;
}

static void judge_random(struct region *w, const struct assess_hint *hint, bool wrong_head,
			 struct assessment *a)
{
	bool all = a->lost + CHI_WINDOW >= a->size || a->lost * 50 >= a->size * 49;
	bool fits;

	if (is_stream(a->proof.kind) && random_by_nature(w, a)) {
		say(a, DAMAGE_NONE, a->proof.what);
		return;
	}
	assess_fit(a);
	fits = a->pattern != NULL && a->n_ranges >= 3;
	if (a->proof.kind == KIND_CRYPT) {
		say(a, DAMAGE_NONE, "encrypted by its owner");
	} else if (a->proof.kind == KIND_UNKNOWN) {
		if (!hint->renamed && !wrong_head && !fits && a->lost * 2 < a->size)
			say(a, DAMAGE_NONE, "no format that is known; tables in it look random");
		else if (!hint->renamed && !wrong_head && !fits)
			say(a, DAMAGE_UNKNOWN, "looks random, and nothing says what it was");
		else if (all)
			say(a, DAMAGE_FULL,
			    "looks random from end to end, and its name says otherwise");
		else
			say(a, DAMAGE_PARTLY, "ranges that look random");
	} else if (a->proof.level >= PROOF_STRUCTURE && !a->proof.broken) {
		if (random_by_nature(w, a) && !(fits && hint->renamed))
			say(a, DAMAGE_NONE, a->proof.what);
		else if (a->proof.kind == KIND_TEXT || !kind_is_dense(a->proof.kind) ||
			 hint->renamed)
			say(a, DAMAGE_PARTLY,
			    "ranges that look random, which this kind never does");
		else
			say(a, DAMAGE_UNKNOWN, "ranges that look random");
	} else if (a->proof.broken && (hint->renamed || fits || !kind_is_dense(a->proof.kind))) {
		say(a, DAMAGE_PARTLY, a->proof.what);
	} else {
		say(a, hint->renamed ? DAMAGE_PARTLY : DAMAGE_UNKNOWN, a->proof.what);
	}
}

static void judge_plain(struct region *w, const struct assess_hint *hint, bool wrong_head,
			struct assessment *a)
{
	bool text = a->proof.kind == KIND_TEXT && a->proof.broken;

	if ((text || (a->proof.kind == KIND_UNKNOWN && (hint->renamed || wrong_head))) &&
	    find_fine(w, a))
		return;
	if (a->proof.kind == KIND_UNKNOWN && !hint->renamed && wrong_head &&
	    kind_of_name(hint->original) == KIND_TEXT &&
	    !chi_looks_random(region_get(w, 0, CHI_BLOCK))) {
		say(a, DAMAGE_NONE, "text in another character set, or with other bytes in it");
	} else if (a->proof.kind == KIND_UNKNOWN && (hint->renamed || wrong_head)) {
		find_head(w, a);
		if (a->n_ranges != 0) {
			assess_fit(a);
			say(a, DAMAGE_PARTLY, "its head looks random");
			if (a->lost + CHI_LEAST >= a->size)
				say(a, DAMAGE_FULL, "looks random, and its name says otherwise");
		} else {
			/* named as a family names its work, and no longer what it was: where is not
			 * seen */
			say(a, hint->renamed && wrong_head ? DAMAGE_PARTLY : DAMAGE_UNKNOWN,
			    "its first bytes are not what its name says");
		}
	} else if (text && !hint->renamed) {
		say(a, DAMAGE_NONE, "text in another character set, or with other bytes in it");
	} else if (a->proof.broken) {
		say(a, hint->renamed ? DAMAGE_PARTLY : DAMAGE_UNKNOWN, a->proof.what);
	} else if (a->proof.kind == KIND_UNKNOWN) {
		say(a, DAMAGE_NONE, "no format that is known, and nothing looks random");
	} else {
		say(a, hint->renamed ? DAMAGE_RENAMED : DAMAGE_NONE, a->proof.what);
	}
}

void assess_file(struct region *w, const struct assess_hint *hint, struct assessment *out)
{
	enum kind expected = kind_of_name(hint->original);

	out->size = w->size;
	out->lost = 0;
	out->n_ranges = 0;
	out->pattern = NULL;
	out->residual = 0;
	if (w->size == 0) {
		out->proof = (struct proof){ .kind = KIND_UNKNOWN };
		say(out, DAMAGE_NONE, "empty");
		return;
	}
	proof_of(w, expected, false, &out->proof);
	bool wrong_head = head_is_wrong(out, expected);
	if (out->proof.kind != KIND_TEXT || w->size > CHI_WINDOW)
		find_ranges(w, out);
	if (out->n_ranges != 0)
		judge_random(w, hint, wrong_head, out);
	else
		judge_plain(w, hint, wrong_head, out);
	if (w->failed)
		say(out, DAMAGE_UNKNOWN, "it cannot be read whole, or changed while it was read");
	if (out->damage != DAMAGE_FULL && out->damage != DAMAGE_PARTLY) {
		out->n_ranges = 0;
		out->lost = 0;
		out->pattern = NULL;
	}
}

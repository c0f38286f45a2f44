/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_MATCH_PATTERN_H
#define PEL_MATCH_PATTERN_H

/*
 * One string of a rule, whatever its kind, as one position-independent blob.
 *
 * pattern_compile() lowers text, hexadecimal and regular-expression strings with
 * their modifiers to *variants* (plain, wide, one for each alignment of base64),
 * each either a literal or a program for the automaton, and chooses *anchors*:
 * short byte runs, one of which every match must hold.  The blob goes into the
 * database as it is; everything that reads one bounds what it finds there, so
 * any bytes are safe to run.
 *
 * A match is what YARA 4 reports (reference engine C.3.2): at most one for each
 * start, never empty; of those that start at one place the first as Perl ranks
 * them (as many repetitions as fit, or as few where they are lazy or a jump).
 * YARA overlooks some matches (of a regular expression that is both plain and
 * wide, or whose optional parts it has taken for atoms); they are found here.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum pattern_kind {
	PATTERN_TEXT,
	PATTERN_HEX,
	PATTERN_REGEX,
	PATTERN_BODY /* of a ClamAV signature */
};

enum pattern_flag {
	PATTERN_NOCASE = 1 << 0, /* also /i */
	PATTERN_WIDE = 1 << 1,
	PATTERN_ASCII = 1 << 2, /* set by the parser too where neither `ascii` nor `wide` stands */
	PATTERN_FULLWORD = 1 << 3,
	PATTERN_XOR = 1 << 4,
	PATTERN_BASE64 = 1 << 5,
	PATTERN_BASE64WIDE = 1 << 6,
	PATTERN_DOTALL = 1 << 7,  /* /s */
	PATTERN_PRIVATE = 1 << 8, /* of no meaning to matching */
};

struct pattern_source {
	enum pattern_kind kind;
	uint32_t flags;
	/* TEXT: the bytes, escapes resolved.  HEX: what stands between the braces, comments and
	 * white space included.  REGEX: what stands between the slashes, escapes as written (a
	 * slash as \/).  BODY: as it stands in the signature, modifiers left out; of the flags
	 * NOCASE, WIDE, ASCII and FULLWORD (neither side is [0-9A-Za-z]) count. */
	struct span text;
	uint8_t xor_min, xor_max;  /* with PATTERN_XOR */
	struct span alphabet;      /* 64 bytes, or empty for the usual one: base64 */
	struct span alphabet_wide; /* base64wide */
	bool yarax;                /* the YARA-X dialect where the two conflict */
	/* REGEX: it is only asked whether it matches, not how far (pattern_test()); so greedy and
	 * lazy repetitions may be mixed. */
	bool tested;
};

/* Notes about a string that is accepted but slow, for `rules check`. */
enum pattern_note {
	PATTERN_NO_ANCHOR = 1 << 0,    /* no byte run of 2 or more that every match holds */
	PATTERN_SHORT_ANCHOR = 1 << 1, /* the best run is under 4 bytes */
	PATTERN_UNKNOWN_ESCAPE = 1 << 2,
	PATTERN_LITERAL_BRACE = 1 << 3, /* a { taken as a literal */
	PATTERN_EMPTY_MATCH = 1 << 4,   /* can match the empty string (such matches are ignored) */
};

/*
 * Appends the blob to *out and sets *notes.  `a` is for the work in between.  On failure *e has a
 * place in source->text (e->at) and says what was expected there.
 */
NODISCARD bool pattern_compile(const struct pattern_source *source, struct arena *a,
			       struct buf *out, uint32_t *notes, struct error *e);

enum { PATTERN_ANCHOR_MAX = 32 /* bytes of an anchor that are kept */, PATTERN_MAX_ANCHORS = 1024 };

/* One of the byte runs. */
struct pattern_anchor {
	struct span bytes; /* in the blob */
	struct span mask;  /* bits of each byte that count; empty: all */
	bool fold;         /* ASCII letters match in either case; bytes are lower case */
	bool xored;        /* with one key of [xor_min, xor_max] over the whole */
	uint8_t xor_min, xor_max;
	/* The anchor is a whole variant without further conditions: its occurrence is a match of
	 * `bytes.n` bytes that starts there (no fullword, nothing before or after). */
	bool whole;
};

size_t pattern_n_anchors(struct span blob); /* 0: must be searched without */
NODISCARD bool pattern_anchor(struct span blob, size_t i, struct pattern_anchor *out);
/* Made of literals alone: pattern_verify() is one comparison. */
bool pattern_is_literal(struct span blob);
/* Bytes without a choice among them, in so many forms (plain, wide); of a chain its first piece. */
bool pattern_is_plain(struct span blob, unsigned n_forms);
/* Pieces at a distance: pattern_verify() cannot say no. */
bool pattern_is_chain(struct span blob);

struct match {
	uint64_t at;
	uint32_t n;      /* bytes */
	uint8_t xor_key; /* 0 where none */
	bool wide;       /* found in its wide form */
};

enum { PATTERN_MAX_MATCHES = 1000000 /* a string and object, YARA's YR_MAX_STRING_MATCHES */ };

/* Room for running: grows as needed, reused from object to object, one for each thread. */
struct pattern_scratch;
NODISCARD struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch *s);
/* Was memory refused since this was last asked?  Then a pattern may have matched all the same. */
bool pattern_scratch_lacked(struct pattern_scratch *s);

/*
 * True where a match whose anchor i stands at data[at] exists (and nothing is recorded).  Takes a
 * step from *steps for each byte that an automaton goes through; at 0 it answers false and *steps
 * stays 0.
 */
NODISCARD bool pattern_verify(struct span blob, size_t i, struct span data, uint64_t at,
			      struct pattern_scratch *s, uint64_t *steps);

/*
 * All matches in data that start in [from, to) (to at most data.n), in order of their starts, into
 * *list (in `a`) and *n.  Stops after `max` of them (1 asks whether there is any: not always the
 * first).  False where steps, matches or memory are spent (*e: LIMIT or MEMORY); what was found
 * until then is given.
 */
NODISCARD bool pattern_search(struct span blob, struct span data, uint64_t from, uint64_t to,
			      size_t max, struct pattern_scratch *s, struct arena *a,
			      uint64_t *steps, struct match **list, size_t *n, struct error *e);

/* Does the regular expression in blob match anywhere in text (`matches`, module functions)?  An
 * expression that matches the empty string matches everything here. */
NODISCARD bool pattern_test(struct span blob, struct span text, struct pattern_scratch *s,
			    uint64_t *steps);

#endif

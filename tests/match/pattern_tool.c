/* SPDX-License-Identifier: Apache-2.0 */
#include "match/pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The patterns on standard input, one a line, searched in every file named: what
 * differential_pattern.py holds against yara.
 *
 *	KIND FLAGS XOR_MIN XOR_MAX TEXT ALPHABET
 *
 * KIND is 0 to 2 and FLAGS a number, as in pattern.h, or 3 for pattern_test(); TEXT and ALPHABET
 *are hexadecimal, `-` is empty.  For each a line is printed: `error`, or for each file in turn `
 *file-number/at:length...`. Each answer is asked for twice, by pattern_search() and by
 *pattern_verify() at every anchor; where they differ the line ends in `DISAGREES`.
 */

enum { MAX_FILES = 256, MAX_LINE = 1 << 20 };

struct tool {
	struct span file[MAX_FILES];
	size_t n_files;
	struct pattern_scratch *scratch;
	struct arena arena;
	struct buf blob;
};

static struct span hex(struct arena *a, const char *s)
{
	size_t n = strcmp(s, "-") == 0 ? 0 : strlen(s) / 2;
	uint8_t *p = arena_alloc(a, n + 1);

	for (size_t i = 0; p != NULL && i < n; i++) {
		unsigned v = 0;
		(void)sscanf(s + 2 * i, "%2x", &v);
		p[i] = (uint8_t)v;
	}
	return (struct span){ p, n };
}

static bool anchor_at(const struct pattern_anchor *a, struct span d, size_t at)
{
	uint8_t key = 0;

	if (a->bytes.n > d.n - at)
		return false;
	if (a->xored)
		key = d.p[at] ^ a->bytes.p[0];
	if (a->xored && (key < a->xor_min || key > a->xor_max))
		return false;
	for (size_t i = 0; i < a->bytes.n; i++) {
		uint8_t c = d.p[at + i] ^ key, m = a->mask.n != 0 ? a->mask.p[i] : 0xff;
		if (a->fold && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		if ((c & m) != (a->bytes.p[i] & m))
			return false;
	}
	return true;
}

/* What the anchors say: is there a match anywhere? */
static bool by_anchors(struct tool *t, struct span blob, struct span d)
{
	for (size_t i = 0; i < pattern_n_anchors(blob); i++) {
		struct pattern_anchor a;
		if (!pattern_anchor(blob, i, &a))
			return false;
		for (size_t at = 0; at < d.n; at++) {
			uint64_t steps = UINT64_MAX;
			if (anchor_at(&a, d, at) &&
			    (a.whole || pattern_verify(blob, i, d, at, t->scratch, &steps)))
				return true;
		}
	}
	return false;
}

static void search(struct tool *t, size_t i)
{
	struct span blob = buf_span(&t->blob), d = t->file[i];
	uint64_t steps = UINT64_MAX;
	struct match *m, *one;
	struct error e;
	size_t n, n_one;

	if (!pattern_search(blob, d, 0, d.n, PATTERN_MAX_MATCHES, t->scratch, &t->arena, &steps, &m,
			    &n, &e)) {
		printf(" FAILS %s", e.text);
		return;
	}
	for (size_t k = 0; k < n; k++)
		printf(" %zu/%llu:%u", i, (unsigned long long)m[k].at, m[k].n);
	if (!pattern_search(blob, d, 0, d.n, 1, t->scratch, &t->arena, &steps, &one, &n_one, &e) ||
	    (n_one != 0) != (n != 0))
		printf(" DISAGREES on the first");
	/* where a chain has its anchor nothing is said about the rest */
	if (pattern_n_anchors(blob) != 0 && (n != 0 || pattern_is_literal(blob)) &&
	    by_anchors(t, blob, d) != (n != 0))
		printf(" DISAGREES by anchors");
}

/* Where the answer is yes, as a match of one byte. */
static void test(struct tool *t, size_t i)
{
	uint64_t steps = UINT64_MAX;

	/* nothing matches the empty string, says yara's operator */
	if (t->file[i].n != 0 && pattern_test(buf_span(&t->blob), t->file[i], t->scratch, &steps))
		printf(" %zu/0:1", i);
}

static void one_line(struct tool *t, const char *line)
{
	static char text[MAX_LINE], alphabet[256];
	struct pattern_source s = { .kind = PATTERN_TEXT };
	unsigned kind, flags, low, high;
	struct error e;
	uint32_t notes;

	if (sscanf(line, "%u %u %u %u %s %255s", &kind, &flags, &low, &high, text, alphabet) != 6)
		return;
	s.kind = kind == 0 ? PATTERN_TEXT : kind == 1 ? PATTERN_HEX : PATTERN_REGEX;
	s.flags = flags;
	s.xor_min = (uint8_t)low;
	s.xor_max = (uint8_t)high;
	s.text = hex(&t->arena, text);
	s.alphabet = s.alphabet_wide = hex(&t->arena, alphabet);
	buf_reset(&t->blob);
	if (!pattern_compile(&s, &t->arena, &t->blob, &notes, &e))
		printf("error %s", e.text);
	else
		for (size_t i = 0; i < t->n_files; i++)
			if (kind == 3)
				test(t, i);
			else
				search(t, i);
	printf("\n");
	arena_reset(&t->arena);
}

static struct span read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct span s = { NULL, 0 };

	if (f == NULL)
		return s;
	uint8_t *p = malloc(MAX_LINE);
	if (p != NULL)
		s = (struct span){ p, fread(p, 1, MAX_LINE, f) };
	fclose(f);
	return s;
}

int main(int argc, char **argv)
{
	static char line[MAX_LINE];
	struct tool t = { .scratch = pattern_scratch_new() };

	arena_init(&t.arena, 1 << 30);
	buf_init(&t.blob, 1 << 26);
	for (int i = 1; i < argc && t.n_files < MAX_FILES; i++)
		t.file[t.n_files++] = read_file(argv[i]);
	while (fgets(line, sizeof line, stdin) != NULL)
		one_line(&t, line);
	for (size_t i = 0; i < t.n_files; i++)
		free((void *)(uintptr_t)t.file[i].p);
	pattern_scratch_free(t.scratch);
	buf_release(&t.blob);
	arena_release(&t.arena);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include <stdio.h>

/*
 * A mail box (RFC 4155): messages one after the other, each begun by a line "From ", behind an
 * empty line.  A message is whole where each of its bytes is one that mail can have: what is
 * encrypted has control characters within its first dozen bytes.
 */

enum { SUBJECT = 60, LEAST = 64, STEP = 8 << 10 };

static bool mail_byte(uint8_t c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == '\f' ||
	       c == 0x1b;
}

/* Where the next message begins, from `at` on; the file's size where none does. */
static uint64_t next_message(struct region *w, uint64_t at)
{
	while (at < w->size) {
		struct span s = region_get(w, at, STEP);
		for (size_t i = 0; i + 6 <= s.n; i++)
			if (s.p[i] == '\n' && memcmp(s.p + i + 1, "From ", 5) == 0)
				return at + i + 1;
		if (s.n < STEP)
			break;
		at += STEP - 5;
	}
	return w->size;
}

/* The first byte of [at, end) that no mail has; `end` where all are mail's. */
static uint64_t first_lost(struct region *w, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct span s =
			region_get(w, at, end - at < REGION_MAX ? (size_t)(end - at) : REGION_MAX);
		if (s.n == 0)
			return at;
		for (size_t i = 0; i < s.n; i++)
			if (!mail_byte(s.p[i]))
				return at + i;
		at += s.n;
	}
	return end;
}

/* The end of the last whole line before `end`: bytes that mail may have come by chance, too. */
static uint64_t last_line(struct region *w, uint64_t at, uint64_t end)
{
	size_t n = end - at < STEP ? (size_t)(end - at) : STEP;
	struct span s = region_get(w, end - n, n);

	while (s.n > 0 && s.p[s.n - 1] != '\n')
		s.n--;
	return end - n + s.n;
}

/* "0001-Subject.eml": letters and digits of the subject, the rest as '-'. */
static size_t name_of(struct region *w, uint64_t at, uint64_t end, unsigned number, char *to,
		      size_t max)
{
	struct span s = region_get(w, at, end - at < 8192 ? (size_t)(end - at) : 8192);
	size_t n = (size_t)snprintf(to, max, "%04u", number);
	const uint8_t *p = memmem(s.p, s.n, "\nSubject: ", 10);

	if (p != NULL) {
		to[n++] = '-';
		for (size_t i = (size_t)(p - s.p) + 10; i < s.n && n < SUBJECT; i++) {
			uint8_t c = s.p[i];
			if (c == '\n' || c == '\r')
				break;
			bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
				     (c >= 'a' && c <= 'z') || c >= 0x80;
			to[n++] = plain ? (char)c : '-';
		}
	}
	memcpy(to + n, ".eml", 4);
	return n + 4;
}

static bool give(struct salvage *s, struct region *w, uint64_t at, uint64_t end, unsigned number)
{
	char name[SUBJECT + 16];
	uint64_t lost = first_lost(w, at, end);
	struct salvage_piece p = { .at = at };
	struct region r;

	if (lost != end)
		lost = last_line(w, at, lost - at > LEAST ? lost - LEAST : at);
	if (lost - at < LEAST)
		return true;
	struct region_extent x = { 0, lost - at, at, NULL };
	p.name = (struct span){ (uint8_t *)name, name_of(w, at, lost, number, name, sizeof name) };
	p.state = lost == end ? SALVAGE_WHOLE : SALVAGE_PARTIAL;
	p.lost = end - lost;
	region_of_extents(&r, w, &x, 1, s->room[0]);
	return salvage_give(s, &p, 0, &r);
}

bool salvage_mail(struct salvage *s, struct region *w, struct span name)
{
	struct span head = region_get(w, 0, 5);
	uint64_t at = head.n == 5 && memcmp(head.p, "From ", 5) == 0 ? 0 : next_message(w, 0);
	unsigned number = 0;

	(void)name;
	if (at == w->size)
		return false;
	struct span line = region_get(w, at, 512);
	if (memmem(line.p, line.n, "\n", 1) == NULL || !salvage_spend(s, 3 * w->size))
		return false;
	while (at < w->size && !s->stopped) {
		uint64_t end = next_message(w, at + 5);
		if (!give(s, w, at, end, ++number))
			break;
		at = end;
	}
	return true;
}

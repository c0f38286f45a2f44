/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include <stdio.h>
#include <stdlib.h>

const char *salvage_state_word(enum salvage_state s)
{
	static const char *const words[SALVAGE_STATES] = { "whole", "partial", "unproven", "lost" };

	return words[s];
}

struct salvage *salvage_new(const struct salvage_host *host)
{
	struct salvage *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->host = *host;
	arena_init(&s->arena, SALVAGE_MEMORY);
	s->assessed = malloc(sizeof *s->assessed);
	bool ok = s->assessed != NULL;
	for (unsigned i = 0; i < REGION_DEPTH; i++) {
		s->room[i] = malloc(REGION_MAX);
		ok = ok && s->room[i] != NULL;
	}
	if (ok)
		return s;
	salvage_free(s);
	return NULL;
}

void salvage_free(struct salvage *s)
{
	if (s == NULL)
		return;
	arena_release(&s->arena);
	for (unsigned i = 0; i < REGION_DEPTH; i++)
		free(s->room[i]);
	free(s->assessed);
	free(s);
}

bool salvage_spend(struct salvage *s, uint64_t n)
{
	if (s->stopped)
		return false;
	if (n > s->work) {
		s->stopped = true;
		s->host.note(s->host.ctx, "limit:work: it asks for more work than its size allows");
		return false;
	}
	s->work -= n;
	return true;
}

/* ---- pieces */

/* A piece by itself: by its structure, then by what its bytes look like. */
static void judge(struct salvage *s, struct salvage_piece *p, struct region *r)
{
	size_t n = p->name.n;

	while (n > 0 && p->name.p[n - 1] != '/')
		n--;
	struct assess_hint hint = { .original = span_cut(p->name, n, p->name.n) };
	assess_file(r, &hint, s->assessed);
	p->proof = s->assessed->proof;
	switch (s->assessed->damage) {
	case DAMAGE_FULL:
		p->state = SALVAGE_LOST;
		return;
	case DAMAGE_PARTLY:
		p->state = SALVAGE_PARTIAL;
		p->lost = s->assessed->lost;
		return;
	default:
		break;
	}
	if (p->proof.kind != KIND_UNKNOWN && !p->proof.broken)
		proof_of(r, p->proof.kind, true, &p->proof);
	if (p->proof.broken)
		p->state = SALVAGE_PARTIAL;
	else if (r->size != 0 &&
		 (p->proof.level == PROOF_NONE || s->assessed->damage == DAMAGE_UNKNOWN))
		p->state = SALVAGE_UNSURE;
	else
		p->state = SALVAGE_WHOLE;
}

bool salvage_give(struct salvage *s, const struct salvage_piece *given, unsigned summed,
		  struct region *r)
{
	struct salvage_piece p = *given;

	if (!salvage_spend(s, r->size + 1))
		return false;
	if (summed != 0) {
		p.state = SALVAGE_WHOLE;
		p.proof = (struct proof){ .kind = kind_of(region_get(r, 0, 4096)) };
		proof_set(&p.proof, PROOF_CHECKSUM, summed, "the checksum of its container agrees");
	} else {
		judge(s, &p, r);
		if (given->state == SALVAGE_PARTIAL && p.state != SALVAGE_LOST)
			p.state = SALVAGE_PARTIAL;
		if (given->state == SALVAGE_UNSURE && p.state == SALVAGE_WHOLE &&
		    p.proof.level < PROOF_CHECKSUM)
			p.state = SALVAGE_UNSURE;
	}
	if (r->failed)
		p.state = SALVAGE_PARTIAL;
	s->of[p.state]++;
	uint64_t all = 0;
	for (unsigned i = 0; i < SALVAGE_STATES; i++)
		all += s->of[i];
	if (all > SALVAGE_MAX_PIECES) {
		s->host.note(s->host.ctx, "limit:pieces: it has more than are given");
		s->stopped = true;
	} else if (!s->host.piece(s->host.ctx, &p, r)) {
		s->stopped = true;
	}
	return !s->stopped;
}

bool salvage_give_bytes(struct salvage *s, const struct salvage_piece *p, unsigned summed,
			struct span bytes)
{
	struct region r;

	region_of_memory(&r, bytes);
	return salvage_give(s, p, summed, &r);
}

bool salvage_map_add(struct salvage *s, struct salvage_map *m, uint64_t n, uint64_t from,
		     const uint8_t *p)
{
	struct region_extent *last = m->n != 0 ? &m->list[m->n - 1] : NULL;

	if (n == 0)
		return true;
	if (last != NULL && p == NULL && last->p == NULL &&
	    (from == REGION_ZEROS ? last->from == REGION_ZEROS
				  : last->from != REGION_ZEROS && last->from + last->n == from)) {
		last->n += n;
		m->size += n;
		return true;
	}
	if (m->n == m->max) {
		size_t max = m->max != 0 ? 2 * m->max : 16;
		struct region_extent *list = arena_array(&s->arena, max, sizeof *list);
		if (list == NULL)
			return false;
		if (m->n != 0)
			memcpy(list, m->list, m->n * sizeof *list);
		m->list = list;
		m->max = max;
	}
	m->list[m->n++] = (struct region_extent){ m->size, n, from, p };
	m->size += n;
	return true;
}

/* ---- which reader */

typedef bool reader(struct salvage *s, struct region *w, struct span name);

static bool ends(struct span name, const char *end)
{
	size_t n = strlen(end);

	return name.n >= n && memcmp(name.p + name.n - n, end, n) == 0;
}

/* By what its name promises, then by its first bytes. */
static reader *reader_of(enum kind kind, struct span name)
{
	switch (kind) {
	case KIND_ZIP:
		return salvage_zip;
	case KIND_PDF:
		return salvage_pdf;
	case KIND_SQLITE:
		return salvage_sqlite;
	case KIND_PST:
		return salvage_pst;
	case KIND_TAR:
		return salvage_tar;
	case KIND_DISK:
	case KIND_VMDK:
		return salvage_disk;
	default:
		break;
	}
	static const struct {
		const char *end;
		reader *reader;
	} by_name[] = {
		{ ".mbox", salvage_mail }, { ".mbx", salvage_mail },
		{ ".db", salvage_sqlite }, { ".sqlite3", salvage_sqlite },
		{ ".ibd", salvage_pages }, { ".mdf", salvage_pages },
		{ ".ndf", salvage_pages }, { ".vmdk", salvage_disk },
		{ ".img", salvage_disk },  { ".raw", salvage_disk },
		{ ".dd", salvage_disk },   { ".vhd", salvage_disk },
		{ ".bin", salvage_disk },
	};
	for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++)
		if (ends(name, by_name[i].end))
			return by_name[i].reader;
	return NULL;
}

void salvage_file(struct salvage *s, struct region *w, struct span name)
{
	/* each looks for what is its own; the last takes what is left */
	static reader *const all[] = { salvage_zip,   salvage_pdf,  salvage_sqlite,
				       salvage_tar,   salvage_mail, salvage_pst,
				       salvage_pages, salvage_disk, salvage_carve };
	reader *first = reader_of(kind_of_name(name), name);

	arena_reset(&s->arena);
	memset(s->of, 0, sizeof s->of);
	s->stopped = false;
	s->work = w->size < (UINT64_MAX - SALVAGE_WORK_LEAST) / (2 * SALVAGE_WORK)
			  ? w->size * SALVAGE_WORK + SALVAGE_WORK_LEAST
			  : UINT64_MAX;
	if (first == NULL)
		first = reader_of(kind_of(region_get(w, 0, 4096)), name);
	if (first != NULL && first(s, w, name))
		return;
	salvage_unread(s, w);
	for (size_t i = 0; i < sizeof all / sizeof *all && !s->stopped; i++) {
		if (all[i] == first)
			continue;
		arena_reset(&s->arena);
		if (all[i](s, w, name))
			return;
	}
}

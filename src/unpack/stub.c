/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	STACK = 0x120000, /* below it the stack, as Windows has it */
	STACK_SIZE = 256 << 10,
	HEAP = 0x10000000, /* pieces of memory that are asked for; moved where the image is there */
};

/* ---- the image in memory */

static bool copy_in(struct stub *s, struct x86_region *r, uint32_t at, struct span bytes)
{
	if (at >= r->n)
		return bytes.n == 0;
	bytes = span_cut(bytes, 0, r->n - at);
	memcpy(r->bytes + at, bytes.p != NULL ? bytes.p : r->bytes, bytes.n);
	return s->x.memory.n_regions != 0;
}

bool stub_load(struct stub *s, struct arena *a, struct span program, const struct stub_image *m)
{
	*s = (struct stub){ .arena = a, .program = program, .image = *m };
	x86_init(&s->x);
	s->heap = HEAP;
	struct x86_region *r = x86_memory_map(&s->x.memory, a, m->base, m->size);
	if (r == NULL || x86_memory_map(&s->x.memory, a, STACK - STACK_SIZE, STACK_SIZE) == NULL)
		return false;
	r = &s->x.memory.region[0];
	(void)copy_in(s, r, 0, span_cut(program, 0, m->headers_size));
	for (size_t i = 0; i < m->n_sections; i++) {
		const struct stub_section *t = &m->section[i];
		(void)copy_in(s, r, t->at, span_cut(program, t->raw_at, t->raw_size));
	}
	if (!stub_system_load(s))
		return false;
	s->x.reg[X86_ESP] = STACK - 64;
	s->x.reg[X86_EAX] = m->base + m->entry;
	x86_push(&s->x, STUB_SYSTEM + 0x10); /* a program that returns has ended */
	s->x.eip = s->begin = m->base + m->entry;
	return true;
}

bool stub_refuel(struct stub *s)
{
	if (s->x.given >= STUB_FUEL)
		return false;
	s->x.given += STUB_SLICE;
	s->x.fuel += STUB_SLICE;
	return true;
}

uint32_t stub_written(struct stub *s)
{
	const struct x86_region *r = &s->x.memory.region[0];
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n / X86_GRAIN; i++)
		n += r->marked[i] & X86_MARK_WRITTEN;
	return n;
}

/* ---- the run */

/* The section that `into` lies in, counted from the image's start; n_sections: none. */
static size_t section_of(const struct stub_image *m, uint32_t into)
{
	size_t i = 0;

	while (i < m->n_sections && into - m->section[i].at >= m->section[i].size)
		i++;
	return i;
}

/* Bytes of the image before its first section. */
static uint32_t before_sections(const struct stub_image *m)
{
	uint32_t first = m->size;

	for (size_t i = 0; i < m->n_sections; i++)
		if (m->section[i].at < first)
			first = m->section[i].at;
	return first;
}

/* Home becomes the section that eip is in, or what else holds it.  False: it is not mapped. */
static bool move_home(struct stub *s)
{
	const struct x86_region *r = x86_memory_find(&s->x.memory, s->x.eip, 1);
	const struct stub_image *m = &s->image;

	if (r == NULL)
		return false;
	s->x.home = r->at;
	s->x.home_size = r->n;
	if (r != &s->x.memory.region[0])
		return true;
	uint32_t into = s->x.eip - r->at;
	size_t i = section_of(m, into);
	s->visited[i] = true;
	if (i < m->n_sections) {
		s->x.home = r->at + m->section[i].at;
		s->x.home_size = m->section[i].size;
	} else if (into < before_sections(m)) {
		s->x.home_size = before_sections(m);
	}
	return true;
}

static bool in_system(uint32_t at) { return at - STUB_SYSTEM < STUB_SYSTEM_SIZE; }

static void end_run(struct stub *s, enum stub_end *end, enum stub_end how, const char *what)
{
	*end = how;
	snprintf(s->why, sizeof s->why, "%s at 0x%" PRIx32, what, s->x.eip);
}

/* It left home: is this a layer that has been taken off? */
static bool is_layer(struct stub *s)
{
	struct x86_region *r = &s->x.memory.region[0];
	uint32_t into = s->x.eip - r->at;

	if (into >= r->n)
		return false;
	if (!x86_memory_written(&s->x.memory, s->x.eip) &&
	    (s->visited[section_of(&s->image, into)] || stub_written(s) < STUB_LEAST_WRITTEN))
		return false;
	s->n_written += (uint64_t)stub_written(s) * X86_GRAIN;
	memset(r->marked, 0, r->n / X86_GRAIN + 1);
	s->n_layers++;
	s->begin = s->x.eip;
	return true;
}

/* After a stop that is no layer; false: the run is over. */
static bool go_on(struct stub *s, enum x86_end stop, enum stub_end *end)
{
	bool on = true;

	/* what the system would do for it takes fuel as well, and may lead back here */
	if (stop == X86_SPENT || (stop != X86_FAULT && s->x.fuel == 0)) {
		end_run(s, end, STUB_SPENT, "no end within the instructions that it may have");
		return false;
	}
	if (stop == X86_FAULT && s->x.fault == X86_FAULT_UNSUPPORTED) {
		end_run(s, end, STUB_FAILED, "an instruction that is not known");
		return false;
	}
	if (stop == X86_FAULT)
		on = stub_fault(s);
	else if (s->x.eip == STUB_HANDLED)
		on = stub_fault_handled(s);
	else if (in_system(s->x.eip))
		on = stub_system_call(s);
	if (!on)
		end_run(s, end, STUB_DONE, "its end, or a call that stubs do not make,");
	return on;
}

bool stub_next_layer(struct stub *s, enum stub_end *end)
{
	for (;;) {
		if (s->x.home_size != 0 && !in_system(s->x.eip) &&
		    s->x.eip - s->x.home >= s->x.home_size && is_layer(s)) {
			(void)move_home(s);
			if (s->n_layers <= STUB_MAX_LAYERS)
				return true;
			end_run(s, end, STUB_LAYERS, "one more layer");
			return false;
		}
		if (!in_system(s->x.eip) && !move_home(s)) {
			s->x.home_size = 1; /* let it fault there */
			s->x.home = s->x.eip;
		}
		if (!go_on(s, x86_run(&s->x), end))
			return false;
	}
}

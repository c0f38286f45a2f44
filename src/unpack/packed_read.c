/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/carve.h"
#include "unpack/packed.h"
#include "unpack/readers.h"
#include "unpack/stub.h"

/*
 * Packed programs.  Those for x86 and Windows are run in an interpreter (stub.h), and each layer
 * that comes off is a member; what still cannot be seen of a program that a packer is known to
 * have packed is a gap.  Programs that lie in such a program, or in what came out of it, are
 * members too.
 */

enum {
	STEPS = 10, /* nanoseconds of an instruction */
};

/* ---- what came out of one */

bool unpacked_known(const struct unpack_look *look) { return look->layer; }

bool unpacked_read(struct span object, struct unpack *u, struct error *e)
{
	(void)e;
	carve_zip(u, object); /* programs are found as in any other */
	return true;
}

/* ---- layers */

static bool give_layer(struct unpack *u, struct stub *s)
{
	const struct stub_image *m = &s->image;
	struct unpack_member layer = { .name = span_of("unpacked"),
				       .type = span_of("application/x-unpacked-program"),
				       .layer = true,
				       .size = UNPACK_UNKNOWN,
				       .packed = s->program.n,
				       .at = 0 };
	uint8_t header[STUB_HEADERS];
	size_t n;

	stub_rebuild(s, header, &n);
	if (!unpack_begin(u, &layer))
		return false;
	bool on = unpack_write(u, (struct span){ header, n });
	for (size_t i = 0; i < m->n_sections && on; i++) {
		const struct stub_section *t = &m->section[i];
		if (t->size != 0)
			on = unpack_write(u,
					  x86_memory_span(&s->x.memory, m->base + t->at, t->size));
	}
	unpack_end(u);
	return true;
}

static void note_end(struct unpack *u, const char *packer, const struct stub *s, enum stub_end end)
{
	packer = packer != NULL ? packer : "unknown packer";
	if (end == STUB_SPENT)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "steps: %s: %s", packer, s->why);
	else if (end == STUB_LAYERS)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "layers: %s: more than %d", packer,
			   STUB_MAX_LAYERS);
	else
		unpack_gap(u, REASON_UNSUPPORTED, PLACE_NONE, "%s: a packed program: %s", packer,
			   end == STUB_MEMORY ? "too large to be run" : s->why);
}

/* Runs it to its end, as far as the budget goes, and gives each layer.  False: nothing more is
 * wanted. */
static bool run_all(struct unpack *u, struct stub *s, enum stub_end *end)
{
	*end = STUB_SPENT;
	while (*end == STUB_SPENT && stub_refuel(s)) {
		if (!unpack_steps(u, (uint64_t)STUB_SLICE * STEPS))
			return false;
		while (stub_next_layer(s, end))
			if (!give_layer(u, s))
				return false;
	}
	return true;
}

/* Did the layers that came off write less than half of what the program's file holds for memory?
 * Then the rest may be packed still. */
static bool wrote_little(const struct stub *s)
{
	uint64_t raw = 0;

	for (size_t i = 0; i < s->image.n_sections; i++)
		raw += s->image.section[i].raw_size;
	return s->n_written < (raw < s->program.n ? raw : s->program.n) / 2;
}

/* Whether there may be more than was given.  packer: NULL where none is known by name.  A program
 * that ends as others do, and changed little of itself, is an ordinary one; and so is what came
 * out of one, which may well do what is not known here. */
static bool is_not_all(const char *packer, const struct stub *s, enum stub_end end, bool wrote)
{
	if (end == STUB_DONE)
		return s->n_layers == 0 && (packer != NULL || wrote);
	return end != STUB_FAILED || s->n_layers == 0 || wrote_little(s);
}

static void run_in(struct arena *memory, struct unpack *u, const char *packer, struct span object)
{
	struct stub *s = arena_alloc(memory, sizeof *s);
	enum stub_end end = STUB_MEMORY;
	struct stub_image m;

	if (!stub_image_read(object, &m))
		return;
	if (s == NULL || !stub_load(s, memory, object, &m)) {
		note_end(u, packer, s, end);
		return;
	}
	if (!run_all(u, s, &end))
		return;
	bool wrote = stub_written(s) >= STUB_LEAST_WRITTEN;
	s->x.eip = s->begin;
	if (wrote && !give_layer(u, s)) /* it may be all, or not */
		return;
	if (is_not_all(packer, s, end, wrote))
		note_end(u, packer, s, end);
}

/* Most programs touch little of the memory that they have.  That of the first, which is the only
 * one in most objects, comes as pages that cost nothing before; of those behind it in the reader's
 * arena, since what was used is filled with zeros sooner than new pages come. */
static void run(struct unpack *u, const char *packer, struct span object)
{
	struct arena memory;

	if (u->has_run) {
		run_in(&u->arena, u, packer, object);
		return;
	}
	u->has_run = true;
	arena_init_sparse(&memory, UNPACK_MEMORY);
	run_in(&memory, u, packer, object);
	u->arena.spent |= memory.spent;
	arena_release(&memory);
}

static const char *packer_of(const struct stub_image *m)
{
	for (size_t i = 0; i < m->n_sections; i++) {
		const char *packer = packed_section((struct span){ m->section[i].name, 8 });
		if (packer != NULL)
			return packer;
	}
	return NULL;
}

bool packed_known(const struct unpack_look *look)
{
	struct stub_image m;

	return look->class == CLASS_MZ && !unpacked_known(look) &&
	       stub_image_read(look->bytes, &m) && (packer_of(&m) != NULL || stub_image_odd(&m));
}

bool packed_read(struct span object, struct unpack *u, struct error *e)
{
	struct stub_image m;

	(void)e;
	if (!stub_image_read(object, &m))
		return true;
	run(u, packer_of(&m), object);
	return true;
}

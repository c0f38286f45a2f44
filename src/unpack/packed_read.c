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

static const char layer_type[] = "application/x-unpacked-program";

enum {
	STEPS = 10, /* nanoseconds of an instruction */
};

/* ---- what came out of one */

bool unpacked_known(const struct unpack_look *look) { return span_is(look->type, layer_type); }

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
				       .type = span_of(layer_type),
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

/* packer: NULL where none is known by name.  A program that ends as others do, and changed little
 * of itself, is an ordinary one. */
static void run(struct unpack *u, const char *packer, struct span object)
{
	struct stub *s = arena_alloc(&u->arena, sizeof *s);
	enum stub_end end = STUB_MEMORY;
	struct stub_image m;

	if (!stub_image_read(object, &m))
		return;
	if (s == NULL || !stub_load(s, &u->arena, object, &m)) {
		note_end(u, packer, s, end);
		return;
	}
	if (!run_all(u, s, &end) || s->n_layers != 0)
		return;
	bool wrote = end == STUB_DONE && stub_written(s) >= STUB_LEAST_WRITTEN;
	s->x.eip = m.base + m.entry;
	if (wrote && !give_layer(u, s)) /* it may be all, or not */
		return;
	if (packer != NULL || wrote || end != STUB_DONE)
		note_end(u, packer, s, end);
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

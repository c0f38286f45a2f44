/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/volume.h"

bool volume_init(struct volume *v, struct unpack *u, const char *format)
{
	*v = (struct volume){ .u = u, .image = u->object, .format = format };
	v->met_size = VOLUME_FIRST;
	v->met = arena_array(&u->arena, v->met_size, sizeof *v->met);
	return v->met != NULL;
}

/* Where a directory stands among others, or may stand; NULL: numbers were chosen to take long. */
static uint64_t *slot_of(uint64_t *met, size_t size, uint64_t id)
{
	uint64_t hash = (id * UINT64_C(0x9e3779b97f4a7c15)) >> 32;

	for (unsigned k = 0; k < VOLUME_TRIES; k++) {
		uint64_t *slot = &met[(hash + k) % size];
		if (*slot == 0 || *slot == id)
			return slot;
	}
	return NULL;
}

/* Four times as many slots. */
static bool widen(struct volume *v)
{
	size_t size = v->met_size * 4;
	uint64_t *met = arena_array(&v->u->arena, size, sizeof *met), *slot;

	for (size_t i = 0; met != NULL && i < v->met_size; i++) {
		if (v->met[i] == 0)
			continue;
		if ((slot = slot_of(met, size, v->met[i])) == NULL)
			return false;
		*slot = v->met[i];
	}
	if (met == NULL)
		return false;
	v->met = met;
	v->met_size = size;
	return true;
}

bool volume_enter(struct volume *v, struct span name, size_t *had)
{
	*had = v->n_path;
	if (name.n == 0 || v->n_path + name.n + 1 > sizeof v->path) {
		v->damaged = true;
		return false;
	}
	if (v->n_path != 0)
		v->path[v->n_path++] = '/';
	memcpy(v->path + v->n_path, name.p, name.n);
	v->n_path += name.n;
	return true;
}

bool volume_directory(struct volume *v, uint64_t number)
{
	if (v->depth > VOLUME_DEPTH || v->n_met >= VOLUME_DIRECTORIES ||
	    (v->n_met >= v->met_size / 2 && !widen(v))) {
		unpack_gap(v->u, REASON_LIMIT, PLACE_NONE, "directories: %s: too deep or too many",
			   v->format);
		return false;
	}
	uint64_t *slot = slot_of(v->met, v->met_size, number + 1);
	if (slot == NULL || *slot != 0) {
		v->damaged = true; /* one directory in two places, or numbers as above */
		return false;
	}
	*slot = number + 1;
	v->n_met++;
	return true;
}

bool volume_begin(struct volume *v, uint64_t size, uint64_t at)
{
	struct unpack_member m = { .name = { (const uint8_t *)v->path, v->n_path },
				   .size = size,
				   .packed = UNPACK_UNKNOWN,
				   .at = at };

	return unpack_begin(v->u, &m);
}

bool volume_bytes(struct volume *v, uint64_t at, uint64_t n)
{
	struct span s = span_cut(v->image, at, n);

	if (!unpack_write(v->u, s))
		return s.n == 0 && n == 0;
	if (s.n == n)
		return true;
	unpack_gap(v->u, REASON_DAMAGED, at, "%s: the image ends within it", v->format);
	return false;
}

bool volume_end(struct volume *v)
{
	unpack_end(v->u);
	return unpack_steps(v->u, VOLUME_STEPS);
}

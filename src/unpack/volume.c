/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/volume.h"

bool volume_init(struct volume *v, struct unpack *u, const char *format)
{
	*v = (struct volume){ .u = u, .image = u->object, .format = format };
	v->met = arena_array(&u->arena, VOLUME_DIRECTORIES, sizeof *v->met);
	return v->met != NULL;
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
	uint64_t slot = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

	if (v->depth > VOLUME_DEPTH || v->n_met >= VOLUME_DIRECTORIES / 2) {
		unpack_gap(v->u, REASON_LIMIT, PLACE_NONE, "directories: %s: too deep or too many",
			   v->format);
		return false;
	}
	unsigned tries = 0;
	for (slot %= VOLUME_DIRECTORIES; v->met[slot] != 0 && tries < VOLUME_TRIES;
	     slot = (slot + 1) % VOLUME_DIRECTORIES, tries++) {
		if (v->met[slot] != number + 1)
			continue;
		v->damaged = true; /* one directory in two places */
		return false;
	}
	if (tries == VOLUME_TRIES) {
		v->damaged = true; /* numbers that were chosen to take long */
		return false;
	}
	v->met[slot] = number + 1;
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

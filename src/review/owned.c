/* SPDX-License-Identifier: Apache-2.0 */
#include "review/owned.h"
#include "base/hash.h"

#include <stdlib.h>

void owned_init(struct owned *o)
{
	*o = (struct owned){ .merged = false };
	buf_init(&o->digests, OWNED_MAX * sizeof(uint64_t));
}

void owned_release(struct owned *o) { buf_release(&o->digests); }

uint64_t owned_digest(struct span path) { return hash_fnv(path); }

void owned_add(struct owned *o, struct span digests)
{
	struct cursor c = cursor_of(digests);

	while (cursor_left(&c) >= sizeof(uint64_t)) {
		uint64_t d = cursor_le64(&c);
		buf_put(&o->digests, &d, sizeof d);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

void owned_sort(struct owned *o)
{
	if (o->digests.n != 0)
		qsort(o->digests.p, o->digests.n / sizeof(uint64_t), sizeof(uint64_t), compare);
}

static bool has(const struct owned *o, struct span path)
{
	uint64_t d = owned_digest(path);

	return o->digests.n != 0 &&
	       bsearch(&d, o->digests.p, o->digests.n / sizeof d, sizeof d, compare);
}

/* Of the directories that a merged system keeps beneath /usr. */
static bool is_merged(struct span path)
{
	static const char *const moved[] = { "/bin/",   "/sbin/",  "/lib/",
					     "/lib32/", "/lib64/", "/libx32/" };

	for (size_t i = 0; i < sizeof moved / sizeof *moved; i++)
		if (span_is(span_cut(path, 0, strlen(moved[i])), moved[i]))
			return true;
	return false;
}

bool owned_has(const struct owned *o, struct span path)
{
	struct span under = span_cut(path, strlen("/usr"), SIZE_MAX);

	if (has(o, path))
		return true;
	return o->merged && span_is(span_cut(path, 0, 5), "/usr/") && is_merged(under) &&
	       has(o, under);
}

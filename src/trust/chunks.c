/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/chunks.h"
#include "base/hash.h"
#include "trust/durable.h"
#include "trust/verify/items.h"
#include "trust/verify/strict.h"

#include <stdio.h>
#include <stdlib.h>

#define KIND "pellucid/chunks/v1\n"

enum { BLOCK = 64 << 10, CUT = 64 }; /* bytes; one item in CUT begins a chunk */

/* ---- cutting */

/* Whether an item begins a chunk: a property of its id alone. */
static bool begins_chunk(struct span id) { return hash_fnv(id) % CUT == 0; }

/* Bytes to the end of the chunk that begins here, in a text of items. */
static size_t items_chunk(struct cursor c)
{
	size_t start = c.at, n = 0;
	struct items_item item;
	struct error e;

	if (c.at == 0 && !items_begin(&c, &e))
		return 0;
	for (bool first = true;; first = false) {
		n = c.at - start; /* up to this item */
		if (!items_next(&c, (struct span){ NULL, 0 }, &item, &e))
			return cursor_ok(&c) ? n : 0;
		if (!first && (begins_chunk(item.id) || c.at - start > CHUNKS_MAX_SIZE))
			return n;
	}
}

bool chunks_next(struct cursor *artifact, struct span *out)
{
	size_t left = cursor_left(artifact);
	size_t n = left != 0 ? items_chunk(*artifact) : 0;

	if (left == 0)
		return false;
	if (n == 0)
		n = left < BLOCK ? left : BLOCK;
	*out = cursor_take(artifact, n);
	return true;
}

bool chunks_write(const char *dir, struct span artifact, char hex[65], struct error *e)
{
	struct cursor c = cursor_of(artifact);
	char path[DURABLE_PATH_SIZE], name[65];
	struct span chunk;
	struct buf list;
	bool ok = true;

	buf_init(&list, CHUNKS_MAX_LIST);
	buf_put_text(&list, KIND);
	ok = durable_path(path, e, "%s/chunk", dir) && durable_mkdir(path, 0755, e) &&
	     durable_path(path, e, "%s/artifact", dir) && durable_mkdir(path, 0755, e);
	while (ok && chunks_next(&c, &chunk)) {
		ok = hash_hex(HASH_SHA256, chunk, name) &&
		     durable_path(path, e, "%s/chunk/%s", dir, name) &&
		     durable_write_once(path, chunk, 0644, e);
		buf_printf(&list, "%zu %s\n", chunk.n, name);
	}
	if (ok && !buf_ok(&list))
		ok = error_set(e, REASON_LIMIT, PLACE_NONE, "artefact: too many chunks");
	ok = ok && hash_hex(HASH_SHA256, artifact, hex) &&
	     durable_path(path, e, "%s/artifact/%s", dir, hex) &&
	     durable_write(path, buf_span(&list), 0644, e);
	buf_release(&list);
	return ok;
}

/* ---- the list */

/* A chunk of the artefact that is here already. */
struct known {
	uint8_t sha256[32];
	struct span bytes;
};

static int by_digest(const void *a, const void *b)
{
	return memcmp(((const struct known *)a)->sha256, ((const struct known *)b)->sha256, 32);
}

/* The chunks of `old`, sorted; the caller frees them.  Too little memory means that fewer are
 * known. */
static struct known *cut_old(struct span old, size_t *n)
{
	struct cursor c = cursor_of(old);
	struct known *list = NULL;
	struct span chunk;
	size_t room = 0;

	*n = 0;
	while (chunks_next(&c, &chunk)) {
		if (*n == room) {
			room = room != 0 ? room * 2 : 64;
			struct known *more = reallocarray(list, room, sizeof *list);
			if (more == NULL)
				break;
			list = more;
		}
		list[*n].bytes = chunk;
		if (hash_of(HASH_SHA256, chunk, list[*n].sha256))
			(*n)++;
	}
	if (*n != 0)
		qsort(list, *n, sizeof *list, by_digest);
	return list;
}

/* Where the chunk of that key lies in the artefact before, or CHUNKS_NOWHERE. */
static uint64_t place_of_chunk(const struct known *known, size_t n, const struct known *key,
			       uint64_t size, struct span old)
{
	const struct known *have = n != 0 ? bsearch(key, known, n, sizeof *known, by_digest) : NULL;

	return have != NULL && have->bytes.n == size ? (uint64_t)(have->bytes.p - old.p)
						     : CHUNKS_NOWHERE;
}

bool chunks_plan(struct span list, uint64_t size, struct span old, struct buf *out, struct error *e)
{
	struct known *known, key = { .bytes = { NULL, 0 } };
	uint64_t left = size;
	struct span rest;
	bool ok = true;
	size_t n;

	if (!strict_after(list, KIND, &rest))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "not a list of chunks");
	known = cut_old(old, &n);
	for (struct cursor c = cursor_of(rest); ok && cursor_left(&c) != 0;) {
		struct cursor words = cursor_of(cursor_line(&c, STRICT_MAX_LINE));
		struct chunks_part part = { .size = 0 };
		ok = cursor_ok(&c) && strict_decimal(strict_word(&words), &part.size) &&
		     strict_hex_hash(cursor_take(&words, cursor_left(&words)), key.sha256) &&
		     part.size != 0 && part.size <= CHUNKS_MAX_CHUNK && part.size <= left;
		left -= ok ? part.size : 0;
		memcpy(part.sha256, key.sha256, sizeof part.sha256);
		part.at = ok ? place_of_chunk(known, n, &key, part.size, old) : CHUNKS_NOWHERE;
		buf_put(out, &part, sizeof part);
	}
	free(known);
	if (!ok)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a list of chunks is damaged");
	return buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for chunks");
}

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

/* ---- fetching */

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

struct fetching {
	const struct chunks_source *source;
	struct known *known;
	size_t n_known;
	uint64_t size; /* of the whole */
	struct buf *out;
	uint64_t fetched;
};

/* What `out` has already is the beginning, and the rest is asked for. */
static bool get(struct fetching *f, const char *kind, const uint8_t sha256[32], struct buf *out,
		struct error *e)
{
	const struct chunks_source *s = f->source;
	char hex[65], name[96];
	size_t had = out->n;
	bool there;

	hex_text(sha256, 32, hex);
	snprintf(name, sizeof name, "%s/%s", kind, hex);
	if (!(s->rest != NULL ? s->rest : s->get)(s->ctx, name, out, &there, e))
		return false;
	f->fetched += out->n - (had < out->n ? had : out->n);
	return there || error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is withheld", name);
}

static bool is_chunk(const struct buf *b, const uint8_t sha256[32], uint64_t size)
{
	uint8_t digest[32];

	return buf_ok(b) && b->n == size && hash_of(HASH_SHA256, buf_span(b), digest) &&
	       memcmp(digest, sha256, sizeof digest) == 0;
}

/* What came before a run was broken off.  A file that is not what it is called is passed over. */
static bool take_kept(struct fetching *f, const uint8_t sha256[32], uint64_t size)
{
	char path[DURABLE_PATH_SIZE], hex[65];
	struct error e;
	struct buf b;
	bool there = false;

	if (f->source->keep == NULL)
		return false;
	hex_text(sha256, 32, hex);
	buf_init(&b, (size_t)size + 1);
	bool ok = durable_path(path, &e, "%s/%s", f->source->keep, hex) &&
		  durable_read(path, &b, &there, &e) && there && is_chunk(&b, sha256, size);
	if (ok)
		buf_put_span(f->out, buf_span(&b));
	buf_release(&b);
	return ok;
}

static bool keep(const struct fetching *f, const uint8_t sha256[32], struct span bytes,
		 struct error *e)
{
	char path[DURABLE_PATH_SIZE], hex[65];

	hex_text(sha256, 32, hex);
	return f->source->keep == NULL || (durable_path(path, e, "%s/%s", f->source->keep, hex) &&
					   durable_write(path, bytes, 0644, e));
}

/* Brings a chunk in, from where it broke off if it did.  A beginning that was damaged, here or on
 * its way, costs one more request. */
static bool fetch_chunk(struct fetching *f, const uint8_t sha256[32], uint64_t size, struct buf *b,
			struct error *e)
{
	char path[DURABLE_PATH_SIZE] = "", hex[65];
	bool goes_on = f->source->keep != NULL && f->source->rest != NULL, there = false;
	struct error why;

	hex_text(sha256, 32, hex);
	if (goes_on && (!durable_path(path, e, "%s/%s.part", f->source->keep, hex) ||
			!durable_read(path, b, &there, &why) || b->n >= size))
		buf_reset(b);
	size_t had = b->n;
	bool ok = get(f, "chunk", sha256, b, e);
	if (!ok && goes_on && buf_ok(b) && b->n > had && b->n < size &&
	    !durable_write(path, buf_span(b), 0644, &why))
		return false; /* it costs a few bytes the next time; e says what went wrong */
	if (ok && had != 0 && !is_chunk(b, sha256, size)) {
		buf_reset(b);
		ok = get(f, "chunk", sha256, b, e);
	}
	if (ok && there)
		ok = durable_remove(path, e);
	return ok && (is_chunk(b, sha256, size) ||
		      error_set(e, REASON_DAMAGED, PLACE_NONE, "a chunk is not what it is called"));
}

/* One line of the list: the chunk, from here or from there. */
static bool take_chunk(struct fetching *f, struct span line, struct error *e)
{
	struct cursor words = cursor_of(line);
	struct known key = { .bytes = { NULL, 0 } };
	uint64_t size;

	if (!strict_decimal(strict_word(&words), &size) ||
	    !strict_hex_hash(cursor_take(&words, cursor_left(&words)), key.sha256) || size == 0 ||
	    size > CHUNKS_MAX_CHUNK || size > f->size - f->out->n)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "a list of chunks is damaged");
	const struct known *have =
		f->n_known != 0 ? bsearch(&key, f->known, f->n_known, sizeof key, by_digest) : NULL;
	if (have != NULL && have->bytes.n == size) {
		buf_put_span(f->out, have->bytes);
		return true;
	}
	if (take_kept(f, key.sha256, size))
		return true;
	struct buf b;
	buf_init(&b, (size_t)size);
	bool ok = fetch_chunk(f, key.sha256, size, &b, e);
	ok = ok && keep(f, key.sha256, buf_span(&b), e);
	if (ok)
		buf_put_span(f->out, buf_span(&b));
	buf_release(&b);
	return ok;
}

static bool take_all(struct fetching *f, struct span list, struct error *e)
{
	struct span rest;

	if (!strict_after(list, KIND, &rest))
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "not a list of chunks");
	for (struct cursor c = cursor_of(rest); cursor_left(&c) != 0;) {
		struct span line = cursor_line(&c, STRICT_MAX_LINE);
		if (!cursor_ok(&c))
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "a list of chunks is cut off");
		if (!take_chunk(f, line, e))
			return false;
	}
	return true;
}

bool chunks_fetch(const struct chunks_source *source, const uint8_t sha256[32], uint64_t size,
		  struct span old, struct buf *out, uint64_t *fetched, struct error *e)
{
	struct fetching f = { .source = source, .size = size, .out = out };
	uint8_t digest[32];
	struct buf list;

	f.known = cut_old(old, &f.n_known);
	buf_init(&list, CHUNKS_MAX_LIST);
	bool ok = get(&f, "artifact", sha256, &list, e) && take_all(&f, buf_span(&list), e);
	if (ok && !buf_ok(out))
		ok = error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an artefact");
	if (ok && (out->n != size || !hash_of(HASH_SHA256, buf_span(out), digest) ||
		   memcmp(digest, sha256, sizeof digest) != 0))
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE,
			       "an artefact is not what the release names");
	buf_release(&list);
	free(f.known);
	*fetched = f.fetched;
	return ok;
}

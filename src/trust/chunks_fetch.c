/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/chunks_fetch.h"
#include "base/hash.h"
#include "trust/durable.h"

#include <stdio.h>

struct fetching {
	const struct chunks_source *source;
	struct span old;
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

/* One chunk, from here or from there. */
static bool take_chunk(struct fetching *f, const struct chunks_part *part, struct error *e)
{
	struct buf b;

	if (part->at != CHUNKS_NOWHERE) {
		buf_put_span(f->out, span_cut(f->old, part->at, part->size));
		return true;
	}
	if (take_kept(f, part->sha256, part->size))
		return true;
	buf_init(&b, (size_t)part->size);
	bool ok = fetch_chunk(f, part->sha256, part->size, &b, e) &&
		  keep(f, part->sha256, buf_span(&b), e);
	if (ok)
		buf_put_span(f->out, buf_span(&b));
	buf_release(&b);
	return ok;
}

static bool take_all(struct fetching *f, const struct buf *parts, struct error *e)
{
	for (size_t i = 0; i < parts->n / sizeof(struct chunks_part); i++)
		if (!take_chunk(f, &chunks_parts(parts)[i], e))
			return false;
	return true;
}

bool chunks_fetch(const struct proofs *p, const struct chunks_source *source,
		  const uint8_t sha256[32], uint64_t size, struct span old, struct buf *out,
		  uint64_t *fetched, struct error *e)
{
	struct fetching f = { .source = source, .old = old, .out = out };
	uint8_t digest[32];
	struct buf list, parts;

	buf_init(&list, CHUNKS_MAX_LIST);
	buf_init(&parts, PROOFS_MAX_ANSWER);
	bool ok = get(&f, "artifact", sha256, &list, e) &&
		  proofs_chunks(p, buf_span(&list), size, old, &parts, e) &&
		  take_all(&f, &parts, e);
	if (ok && !buf_ok(out))
		ok = error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for an artefact");
	if (ok && (out->n != size || !hash_of(HASH_SHA256, buf_span(out), digest) ||
		   memcmp(digest, sha256, sizeof digest) != 0))
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE,
			       "an artefact is not what the release names");
	buf_release(&list);
	buf_release(&parts);
	*fetched = f.fetched;
	return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"

enum { MEMORY = 256 << 20 };

static const struct attack_engine *const engines[] = {
	&attack_cbc,    &attack_dxxd,   &attack_basta, &attack_xor,      &attack_add,
	&attack_stream, &attack_search, &attack_tesla, &attack_wannacry, &attack_babuk,
};

const struct attack_engine *attack_engine_of(const struct family *f)
{
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
		if (span_is(f->engine, engines[i]->name))
			return engines[i];
	return NULL;
}

bool attack_init(struct attack *a, const struct family *f, struct error *e)
{
	*a = (struct attack){ .family = f, .engine = attack_engine_of(f) };
	arena_init(&a->arena, MEMORY);
	if (a->engine == NULL)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "no engine of ours opens %.*s%s%.*s", (int)f->id.n,
				 (const char *)f->id.p, f->tool.n != 0 ? ": see " : "",
				 (int)f->tool.n, f->tool.n != 0 ? (const char *)f->tool.p : "");
	return true;
}

void attack_release(struct attack *a)
{
	arena_release(&a->arena);
	*a = (struct attack){ .n_samples = 0 };
}

bool attack_original(struct attack *a, struct attack_file *f, struct buf *out,
		     struct attack_open *o, struct error *e)
{
	bool ok = true;

	*o = (struct attack_open){ .from = 0 };
	buf_reset(out);
	if (f->r->size > ATTACK_SAMPLE_MAX)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "too large for a sample");
	if (!a->engine->open(a, f, o, e))
		return false;
	for (uint64_t at = 0; ok && at < o->body;) {
		struct span s =
			region_get(f->r, o->from + at,
				   o->body - at < REGION_MAX ? (size_t)(o->body - at) : REGION_MAX);
		uint8_t *p = s.n != 0 ? buf_grow(out, s.n) : NULL;
		if (p == NULL) {
			ok = error_set(e, s.n == 0 ? REASON_CHANGED : REASON_MEMORY, at,
				       "the file is shorter than its layout says");
			break;
		}
		memcpy(p, s.p, s.n);
		ok = a->engine->step(a, o, at, p, s.n, e);
		at += s.n;
	}
	if (ok)
		out->n = out->n < o->size ? out->n : (size_t)o->size;
	if (a->engine->close != NULL)
		a->engine->close(o);
	return ok;
}

/* One sample: right (1), wrong (0), or it cannot be told (-1). */
static int holds_of(struct attack *a, struct attack_file *f, struct buf *room, unsigned *bits,
		    struct error *e)
{
	enum kind expected = kind_of_name(f->original);
	struct attack_open o;
	struct region r;
	struct proof proof;

	if (!attack_original(a, f, room, &o, e))
		return e->why == REASON_LIMIT ? -1 : 0;
	if (o.size == 0)
		return -1;
	region_of_memory(&r, buf_span(room));
	proof_of(&r, expected, true, &proof);
	*bits += o.bits;
	if (proof.kind == KIND_UNKNOWN || proof.level == PROOF_NONE ||
	    (expected != KIND_UNKNOWN && proof.kind != expected &&
	     !(expected == KIND_TEXT || proof.kind == KIND_TEXT))) {
		(void)error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				"%.*s does not become what its name says", (int)f->original.n,
				(const char *)f->original.p);
		return expected == KIND_UNKNOWN || o.bits >= PROOF_BITS_WANTED ? -1 : 0;
	}
	if (proof.broken && o.n_lost == 0) {
		(void)error_set(e, REASON_ENCRYPTED, PLACE_NONE, "%.*s: %s", (int)f->original.n,
				(const char *)f->original.p, proof.what);
		return 0;
	}
	*bits += proof.bits;
	return 1;
}

bool attack_holds(struct attack *a, unsigned *bits, struct error *e)
{
	struct buf room;
	bool ok = true;

	*bits = 0;
	buf_init(&room, ATTACK_SAMPLE_MAX);
	for (unsigned i = 0; ok && i < a->n_samples; i++) {
		int is = holds_of(a, &a->sample[i], &room, bits, e);
		ok = is != 0;
	}
	buf_release(&room);
	if (!ok)
		return false;
	if (*bits < PROOF_BITS_WANTED)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "only %u bits of the sample could be checked, %d are wanted",
				 *bits, PROOF_BITS_WANTED);
	return true;
}

bool attack_learn(struct attack *a, unsigned *bits, struct error *e)
{
	*bits = 0;
	return a->engine->learn(a, e) && attack_holds(a, bits, e);
}

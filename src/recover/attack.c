/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack.h"
#include "base/text.h"
#include "recover/hex.h"

enum { MEMORY = 256 << 20 };

static const struct attack_engine *const engines[] = {
	&attack_cbc,    &attack_dxxd,   &attack_basta,     &attack_xor,      &attack_add,
	&attack_stream, &attack_search, &attack_tesla,     &attack_wannacry, &attack_babuk,
	&attack_conti,  &attack_seven,  &attack_lockcrypt, &attack_chaos,    &attack_alpha,
	&attack_petya,  &attack_akira,  &attack_syno,      &attack_iencrypt, &attack_hive,
};

static const struct attack_engine *engine_named(struct span name)
{
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
		if (span_is(name, engines[i]->name))
			return engines[i];
	return NULL;
}

const struct attack_engine *attack_engine_of(const struct family *f)
{
	return engine_named(f->engine);
}

const struct attack_engine *attack_engine_keyed(const struct family *f)
{
	return engine_named(family_setting(f, "keyed"));
}

bool attack_init(struct attack *a, const struct family *f, struct error *e)
{
	*a = (struct attack){ .family = f, .engine = attack_engine_of(f) };
	arena_init(&a->arena, MEMORY);
	if (a->engine == NULL && f->undo == UNDO_REBUILD)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "what can be had is made by `pellucid recover descriptors --into "
				 "NEW TREE`, and `salvage` for what lies in damaged disks");
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

/* ---- pieces */

bool attack_base64(struct span s, uint8_t *p, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0, made = 0; i < s.n && made < n; i++) {
		int d = text_base64_digit(s.p[i]);
		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 != 0)
			p[made++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return true;
}

bool attack_piece(struct region *r, const struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
		  struct error *e)
{
	uint64_t from = o->base64 ? at / 3 * 4 : at;
	size_t take = o->base64 ? (n * 4 + 2) / 3 : n;
	struct span s = region_get(r, o->from + from, take);

	if (s.n != take)
		return error_set(e, REASON_CHANGED, at, "the file is shorter than its layout says");
	if (o->base64)
		return attack_base64(s, p, n) ||
		       error_set(e, REASON_DAMAGED, o->from + from, "this is no base64");
	memcpy(p, s.p, n);
	return true;
}

struct span attack_name(const struct attack_open *o, struct span otherwise)
{
	struct span name = span_of(o->name);
	bool good = name.n != 0 && !span_is(name, ".") && !span_is(name, "..");

	for (size_t i = 0; good && i < name.n; i++)
		good = name.p[i] >= 0x20 && name.p[i] != 0x7f && name.p[i] != '/';
	return good ? name : otherwise;
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
		size_t n = o->body - at < ATTACK_PIECE ? (size_t)(o->body - at) : ATTACK_PIECE;
		uint8_t *p = buf_grow(out, n);
		if (p == NULL)
			ok = error_set(e, REASON_MEMORY, at, "no memory for a sample");
		ok = ok && attack_piece(f->r, o, at, p, n, e) && a->engine->step(a, o, at, p, n, e);
		at += n;
	}
	if (ok)
		out->n = out->n < o->size ? out->n : (size_t)o->size;
	if (a->engine->close != NULL)
		a->engine->close(o);
	return ok;
}

/* What a sample says of a key. */
enum holds {
	HOLDS_WRONG,
	HOLDS_NOTHING, /* it cannot be told */
	HOLDS_BROKEN,  /* it begins as it should, and does not go on so: a damaged original? */
	HOLDS_RIGHT,
};

/* A sample that is too large to be made in memory: what opening it proves. */
static enum holds proves_of(struct attack *a, struct attack_file *f, unsigned *bits,
			    struct error *e)
{
	struct attack_open o = { .from = 0 };

	if (!a->engine->open(a, f, &o, e))
		return HOLDS_WRONG;
	*bits += o.bits;
	if (a->engine->close != NULL)
		a->engine->close(&o);
	return HOLDS_RIGHT;
}

/* BROKEN and WRONG fill *e. */
static enum holds holds_of(struct attack *a, struct attack_file *f, struct buf *room,
			   unsigned *bits, struct error *e)
{
	struct attack_open o;
	struct region r;
	struct proof proof;

	if (a->engine->proves && f->r->size > ATTACK_SAMPLE_MAX)
		return proves_of(a, f, bits, e);
	if (!attack_original(a, f, room, &o, e))
		return e->why == REASON_LIMIT ? HOLDS_NOTHING : HOLDS_WRONG;
	enum kind expected = kind_of_name(attack_name(&o, f->original));
	if (o.size == 0)
		return HOLDS_NOTHING;
	struct span shown = buf_span(room);
	/* a text tells nothing by its end, and bytes that are lost are none */
	if (expected == KIND_TEXT && o.n_lost != 0 && o.lost[0].at != 0)
		shown = span_cut(shown, 0, o.lost[0].at);
	region_of_memory(&r, shown);
	proof_of(&r, expected, true, &proof);
	*bits += o.bits;
	if (proof.kind == KIND_UNKNOWN || proof.level == PROOF_NONE ||
	    (expected != KIND_UNKNOWN && proof.kind != expected &&
	     !(expected == KIND_TEXT || proof.kind == KIND_TEXT))) {
		(void)error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				"%.*s does not become what its name says", (int)f->original.n,
				(const char *)f->original.p);
		return expected == KIND_UNKNOWN || o.bits >= PROOF_BITS_WANTED ? HOLDS_NOTHING
									       : HOLDS_WRONG;
	}
	if (proof.broken && o.n_lost == 0) {
		(void)error_set(e, REASON_ENCRYPTED, PLACE_NONE, "%.*s: %s", (int)f->original.n,
				(const char *)f->original.p, proof.what);
		return HOLDS_BROKEN;
	}
	*bits += proof.bits;
	return HOLDS_RIGHT;
}

bool attack_holds(struct attack *a, unsigned *bits, struct error *e)
{
	unsigned n_right = 0, n_broken = 0;
	struct buf room;
	bool ok = true;

	*bits = 0;
	buf_init(&room, ATTACK_SAMPLE_MAX);
	for (unsigned i = 0; ok && i < a->n_samples; i++) {
		enum holds is = holds_of(a, &a->sample[i], &room, bits, e);
		n_right += is == HOLDS_RIGHT;
		n_broken += is == HOLDS_BROKEN;
		ok = is != HOLDS_WRONG;
	}
	buf_release(&room);
	if (!ok || (n_broken != 0 && n_broken >= n_right))
		return false;
	if (*bits < PROOF_BITS_WANTED)
		return error_set(e, REASON_ENCRYPTED, PLACE_NONE,
				 "only %u bits of the sample could be checked, %d are wanted",
				 *bits, PROOF_BITS_WANTED);
	return true;
}

/* ---- searches */

enum { HERE = 1 << 14 /* numbers of a piece, where there is no host */ };

bool attack_begin(struct attack *a, const struct seek *s, uint64_t mark, uint64_t from, uint64_t to,
		  struct attack_begun *out, struct error *e)
{
	*out = (struct attack_begun){ .from = from, .cores = 1 };
	return a->host == NULL || a->host->begin(a->host->ctx, s, mark, from, to, out, e);
}

bool attack_some(struct attack *a, const struct seek *s, uint64_t from, uint64_t to, uint64_t *next,
		 struct buf *out, struct error *e)
{
	if (a->host != NULL)
		return a->host->some(a->host->ctx, s, from, to, next, out, e);
	*next = to;
	return from >= to || seek_piece(s, from, to - from > HERE ? from + HERE : to, next, out) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "a search that cannot be done");
}

bool attack_learn(struct attack *a, unsigned *bits, struct error *e)
{
	const struct attack_engine *keyed = attack_engine_keyed(a->family);

	*bits = 0;
	if (keyed != NULL && a->key.n != 0) {
		a->engine = keyed;
		if (a->engine->learn(a, e) && attack_holds(a, bits, e))
			return true;
		a->engine = attack_engine_of(a->family);
	}
	return a->engine->learn(a, e) && attack_holds(a, bits, e);
}

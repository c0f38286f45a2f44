/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"
#include "rules/clamav/clam_pcre.h"

/* What ClamAV's signatures ask of the engine: where an object lies, and regular expressions of
 * PCRE's, each compiled when it is first met and kept for the objects that follow. */

enum { PCRE_MEMORY = 96 << 20 /* bytes; beyond them all are forgotten, and compiled anew */ };

static void forget(struct scanner *s)
{
	s->pcre = NULL;
	arena_reset(&s->pcre_memory);
}

static bool compile(struct scanner *s, const struct clam_search *q, struct clam_pcre **out,
		    struct error *e)
{
	struct clam_pcre *p = s->pcre;

	while (p != NULL &&
	       (!span_equal(p->pattern, q->pattern) || !span_equal(p->flags, q->flags)))
		p = p->next;
	if (p == NULL) {
		if (!clam_pcre_new(&s->pcre_memory, q->pattern, q->flags, &p, e))
			return false;
		p->next = s->pcre;
		s->pcre = p;
	}
	*out = p;
	return true;
}

static bool count(void *ctx, const struct clam_search *q, uint64_t *steps, int64_t *n)
{
	struct scanner *s = ctx;
	struct clam_pcre *p;
	struct error e;

	if (s->options.risk != NULL)
		s->options.risk(s->options.risk_ctx);
	bool ok = compile(s, q, &p, &e);
	if (!ok && s->pcre_memory.spent) {
		forget(s);
		ok = compile(s, q, &p, &e);
	}
	ok = ok && clam_pcre_count(p, q, steps, n, &e);
	if (!ok)
		scan_gap(s, e.why, s->rule_now, e.text);
	if (!ok && s->pcre_memory.spent)
		forget(s);
	return ok;
}

/* Once for an object.  What is no picture, or a damaged one, has none, and that is no gap. */
static bool image(void *ctx, uint8_t hash[8])
{
	struct scanner *s = ctx;
	struct error e = { .why = REASON_UNSUPPORTED, .text = "unsupported:image hashes" };

	if (s->image == IMAGE_UNKNOWN && clam_target(s->file) != CLAM_GRAPHICS)
		s->image = IMAGE_HAS_NONE;
	if (s->image == IMAGE_UNKNOWN) {
		s->image = IMAGE_HAS_NONE;
		if (s->options.risk != NULL)
			s->options.risk(s->options.risk_ctx);
		if (s->options.image_hash == NULL)
			scan_gap(s, e.why, s->rule_now, e.text);
		else if (s->options.image_hash(s->file, s->image_hash, &e))
			s->image = IMAGE_HASHED;
		else if (e.why == REASON_LIMIT || e.why == REASON_MEMORY)
			scan_gap(s, e.why, s->rule_now, e.text);
	}
	memcpy(hash, s->image_hash, sizeof s->image_hash);
	return s->image == IMAGE_HASHED;
}

static void at_risk(struct scanner *s)
{
	if (s->options.risk != NULL)
		s->options.risk(s->options.risk_ctx);
}

static bool certificate(void *ctx, struct span entry, bool *yes)
{
	struct scanner *s = ctx;

	at_risk(s);
	if (!clam_sign_read(s->file, &s->arena, &s->certificates)) {
		scan_gap(s, REASON_MEMORY, s->rule_now, "memory");
		return false;
	}
	*yes = clam_sign_names(&s->certificates, entry);
	return true;
}

static bool trusted(void *ctx, struct span entries, bool *yes)
{
	struct scanner *s = ctx;

	at_risk(s);
	*yes = clam_sign_trusts(s->file, entries, s->options.now, &s->arena);
	return true;
}

void scan_pcre_init(struct scanner *s)
{
	arena_init(&s->pcre_memory, PCRE_MEMORY);
	s->clam = (struct clam_host){ .where = &s->where,
				      .pcre = count,
				      .image = image,
				      .certificate = certificate,
				      .trusted = trusted,
				      .links = &s->links,
				      .ctx = s };
}

void scan_pcre_release(struct scanner *s) { arena_release(&s->pcre_memory); }

void scan_pcre_begin(struct scanner *s)
{
	const struct scan_member *m = s->member;

	s->where = (struct clam_where){ 0 };
	s->image = IMAGE_UNKNOWN;
	s->certificates.known = false;
	s->links.lists = NULL;
	if (m == NULL)
		return;
	s->where = (struct clam_where){ .format = m->format,
					.depth = m->depth,
					.name = m->name,
					.number = m->number,
					.size = m->size,
					.packed = m->packed,
					.container_size = m->container_size,
					.encrypted = m->encrypted,
					.has_crc = m->has_crc,
					.crc = m->crc,
					.plain = m->plain,
					.as = m->as };
}

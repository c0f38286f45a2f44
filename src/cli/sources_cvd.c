/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sources_cvd.h"
#include "base/hash.h"
#include "rules/clamav/cvd.h"

#include <stdio.h>
#include <zlib.h>

enum { GZIP = 15 + 32, STEP = 1 << 20 };
#define MAX_BODY ((size_t)2 << 30) /* bytes unpacked, ClamAV's own databases are under 1 GiB */

static void say(struct ruleset *set, enum ir_severity severity, const char *path, const char *what)
{
	const struct ir_place nowhere = { .source = COND_NONE };
	ruleset_diagnose(set, severity, nowhere, COND_NONE, NULL, "%s: %s", path, what);
}

static bool unpack(struct span packed, struct buf *out, struct error *e)
{
	z_stream z = { 0 };
	int rc = inflateInit2(&z, GZIP);

	if (rc != Z_OK)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to unpack");
	while (rc == Z_OK) {
		if (z.avail_in == 0) {
			uint64_t done = packed.n - (packed.n - z.total_in);
			struct span more = span_cut(packed, done, STEP);
			z.next_in = (z_const Bytef *)(uintptr_t)more.p;
			z.avail_in = (uInt)more.n;
		}
		uint8_t *to = buf_grow(out, STEP);
		if (to == NULL)
			break;
		z.next_out = to;
		z.avail_out = STEP;
		rc = inflate(&z, Z_NO_FLUSH);
		out->n -= z.avail_out;
		if (rc == Z_BUF_ERROR && z.total_in < packed.n)
			rc = Z_OK;
	}
	inflateEnd(&z);
	if (!buf_ok(out))
		return error_set(e, REASON_LIMIT, PLACE_NONE, "over 2 GiB when it is unpacked");
	return rc == Z_STREAM_END || error_set(e, REASON_DAMAGED, z.total_in, "damaged gzip data");
}

/* NAME-VERSION.cvd.sign beside a .cvd, NAME being what stands before the first `-` or `.`; or else
 * PATH.sign. */
static struct span find_sign(const char *path, const struct cvd *c,
			     const struct sources_cvd_proof *proof)
{
	const char *slash = strrchr(path, '/');
	size_t n_folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	char name[4096];
	struct span found = { NULL, 0 };

	int n = snprintf(name, sizeof name, "%.*s%.*s-%.*s.cvd.sign", (int)n_folder, path,
			 (int)strcspn(path + n_folder, "-."), path + n_folder, (int)c->version.n,
			 (const char *)c->version.p);
	if (sources_cvd_is_signed(span_of(path)) && n > 0 && (size_t)n < sizeof name)
		found = proof->find(proof->ctx, span_of(name), proof->older);
	n = snprintf(name, sizeof name, "%s.sign", path);
	if (found.n == 0 && n > 0 && (size_t)n < sizeof name)
		found = proof->find(proof->ctx, span_of(name), proof->older);
	return found;
}

/* What the signature of the new kind proves; false where it is not to be believed. */
static bool judge_new(struct ruleset *set, const char *path, struct span file, struct span sign,
		      const struct cvd_certs *certs, bool *holds, struct error *e)
{
	const struct ir_place nowhere = { .source = COND_NONE };
	struct buf said;
	bool ok = true;

	if (!cvd_certs_any(certs)) {
		say(set, IR_NOTE, path,
		    "its signature of the new kind (.sign) was not checked: no certificate is "
		    "known (--cvdcertsdir)");
		return true;
	}
	buf_init(&said, 4096);
	enum cvd_sign is = cvd_sign_check(file, sign, certs, &said);
	int n = said.n < 300 ? (int)said.n : 300;
	const char *text = said.n != 0 ? (const char *)said.p : "";
	*holds = is == CVD_SIGN_HOLDS;
	if (*holds)
		ruleset_diagnose(set, IR_NOTE, nowhere, COND_NONE, NULL,
				 "%s: its signature of the new kind holds: %.*s", path, n, text);
	else if (is == CVD_SIGN_NOTHING)
		ruleset_diagnose(set, IR_WARNING, nowhere, COND_NONE, NULL,
				 "%s: its signature of the new kind proves nothing: %.*s", path, n,
				 text);
	else
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE,
			       "its signature of the new kind does not hold: %.*s", n, text);
	buf_release(&said);
	return ok;
}

/* What the digest and the signature of the head prove. */
static void judge_old(struct ruleset *set, const char *path, const struct cvd *c, bool holds)
{
	if (c->signature_holds)
		say(set, IR_NOTE, path,
		    "ClamAV's signature holds (RSA of 1024 bits over an MD5: it proves little "
		    "today)");
	else if (!c->digest_holds)
		say(set, IR_WARNING, path, "the contents do not have the digest in the head");
	else if (!holds)
		say(set, IR_NOTE, path, "not signed by ClamAV: names end in .UNOFFICIAL");
}

static bool judge(struct ruleset *set, const char *path, struct span file, const struct cvd *c,
		  const struct sources_cvd_proof *proof, bool *official, struct error *e)
{
	struct span sign = find_sign(path, c, proof);
	bool holds = false;

	if (sign.n != 0 && !judge_new(set, path, file, sign, proof->certs, &holds, e))
		return false;
	*official = holds || c->signature_holds;
	if (!*official && sources_cvd_is_signed(span_of(path)))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "no signature of it holds%s, and a .cvd must have one",
				 !c->digest_holds ? ", nor its digest" : "");
	judge_old(set, path, c, holds);
	return true;
}

/* The line of the manifest about a member: name:size:sha256. */
static bool manifest_agrees(struct span info, const struct cvd_member *m)
{
	char line[512], hex[HASH_MAX_HEX + 1];

	if (!hash_hex(HASH_SHA256, m->text, hex))
		return false;
	int n = snprintf(line, sizeof line, "\n%.*s:%zu:%s", (int)m->name.n,
			 (const char *)m->name.p, m->text.n, hex);
	return n > 0 && (size_t)n < sizeof line && memmem(info.p, info.n, line, (size_t)n) != NULL;
}

static bool ends_with(struct span s, const char *end)
{
	size_t n = strlen(end);
	return s.n > n && memcmp(s.p + s.n - n, end, n) == 0;
}

static struct span find_manifest(struct span tar)
{
	struct cvd_member m;
	struct error e;
	size_t at = 0;

	while (cvd_next(tar, &at, &m, &e))
		if (ends_with(m.name, ".info"))
			return m.text;
	return (struct span){ tar.p, 0 };
}

static bool members(struct ruleset *set, const char *path, struct span tar, bool official,
		    bool (*add)(void *ctx, struct span name, struct span text, bool official,
				struct error *e),
		    void *ctx, struct error *e)
{
	struct span info = find_manifest(tar);
	struct cvd_member m;
	size_t at = 0;

	for (unsigned n = 0; cvd_next(tar, &at, &m, e); n++) {
		char name[4096];
		if (n == CVD_MAX_MEMBERS)
			return error_set(e, REASON_LIMIT, PLACE_NONE, "over %d members",
					 CVD_MAX_MEMBERS);
		if (span_is(m.name, "COPYING") || ends_with(m.name, ".info"))
			continue;
		int k = snprintf(name, sizeof name, "%s/%.*s", path, (int)m.name.n,
				 (const char *)m.name.p);
		if (k <= 0 || (size_t)k >= sizeof name)
			continue;
		if (info.n != 0 && !manifest_agrees(info, &m)) {
			say(set, IR_ERROR, name, "is not as the manifest says, and is left out");
			continue;
		}
		const char *kept = arena_text(&set->arena, name, (size_t)k);
		const uint8_t *text = arena_copy(&set->arena, m.text.p, m.text.n);
		if (kept == NULL || text == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a member");
		if (!add(ctx, span_of(kept), (struct span){ text, m.text.n }, official, e))
			return false;
	}
	return e->why == REASON_NONE;
}

bool sources_cvd_read(struct ruleset *set, const char *path, struct span file,
		      const struct sources_cvd_proof *proof,
		      bool (*add)(void *ctx, struct span name, struct span text, bool official,
				  struct error *e),
		      void *ctx, struct error *e)
{
	struct cvd c;
	struct buf tar;
	bool official = false;

	if (!cvd_read(file, &c, e))
		return error_wrap(e, "%s: ", path);
	if (!judge(set, path, file, &c, proof, &official, e))
		return error_wrap(e, "%s: ", path);
	buf_init(&tar, MAX_BODY);
	bool ok = !c.gzip || unpack(c.body, &tar, e);
	ok = ok && members(set, path, c.gzip ? buf_span(&tar) : c.body, official, add, ctx, e);
	buf_release(&tar);
	return ok || error_wrap(e, "%s: ", path);
}

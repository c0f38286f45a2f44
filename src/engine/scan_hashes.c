/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner.h"
#include "format/exe.h"
#include "rules/db/db_hash.h"

#include <stdio.h>

/*
 * Digests of the object, and of the sections and imports of a program, against
 * the database's sets.  Nothing is hashed whose size no digest bears.
 */

struct scan_hash {
	uint32_t rule;
	struct verdict_value value[2]; /* the digest and the size, for evidence */
};

static const char *const digest_name[] = {
	[HASH_MD5] = "md5", [HASH_SHA1] = "sha1", [HASH_SHA256] = "sha256"
};

static bool hash_parts(struct scanner *s, enum hash_kind kind, uint8_t *out)
{
	size_t part = scan_part(s);

	if (s->file.n <= part)
		return hash_of(kind, s->file, out);
	struct hash *h = hash_new(kind);
	for (size_t from = 0; h != NULL && from < s->file.n; from += part) {
		scan_passed(s, from);
		hash_add(h, span_cut(s->file, from, part));
	}
	bool ok = h != NULL && hash_end(h, out);
	hash_free(h);
	return ok;
}

/* The object's digest, once. */
static const uint8_t *digest_of_file(struct scanner *s, enum hash_kind kind)
{
	if ((s->has_digest & 1u << kind) == 0) {
		if (!hash_parts(s, kind, s->digest[kind]))
			return NULL;
		s->has_digest |= 1u << kind;
	}
	return s->digest[kind];
}

const uint8_t *scan_sha256(struct scanner *s) { return digest_of_file(s, HASH_SHA256); }

/* "section[2].md5" */
static struct span value_name(struct scanner *s, const char *of, size_t i, const char *what)
{
	char text[64];
	int n = of[0] == '\0' ? snprintf(text, sizeof text, "%s", what)
			      : snprintf(text, sizeof text, "%s[%zu].%s", of, i, what);
	const uint8_t *copy = arena_copy(&s->arena, text, (size_t)n);

	return (struct span){ copy, copy != NULL ? (size_t)n : 0 };
}

static void found(struct scanner *s, uint32_t rule, enum hash_kind kind, const uint8_t *digest,
		  uint64_t size, const char *of, size_t i)
{
	struct scan_hash h = { .rule = rule };
	const struct scan_hash *all = (const struct scan_hash *)(const void *)s->hashed.p;
	char hex[HASH_MAX_HEX + 1];

	for (size_t k = 0; k < s->hashed.n / sizeof h; k++)
		if (all[k].rule == rule)
			return;
	hex_text(digest, hash_size(kind), hex);
	const uint8_t *copy = arena_copy(&s->arena, hex, 2 * hash_size(kind));
	if (copy == NULL) {
		scan_gap(s, REASON_MEMORY, COND_NONE, "memory");
		return;
	}
	h.value[0].name = value_name(s, of, i, digest_name[kind]);
	value_string(&h.value[0].value, (struct span){ copy, 2 * hash_size(kind) });
	h.value[1].name = value_name(s, of, i, of[0] == '\0' ? "filesize" : "size");
	value_int(&h.value[1].value, (int64_t)size);
	buf_put(&s->hashed, &h, sizeof h);
	if (!buf_ok(&s->hashed))
		scan_gap(s, REASON_LIMIT, COND_NONE, "limit:rules");
}

static void look_up(struct scanner *s, enum ir_hash_domain domain, struct span part, const char *of,
		    size_t i)
{
	for (enum hash_kind kind = HASH_MD5; kind <= HASH_SHA256; kind++) {
		uint8_t digest[HASH_MAX_SIZE];
		uint32_t rule;
		if (!db_hash_wants(s->db, domain, kind, part.n))
			continue;
		const uint8_t *d = part.p == s->file.p && part.n == s->file.n
					   ? digest_of_file(s, kind)
				   : hash_of(kind, part, digest) ? digest
								 : NULL;
		if (d == NULL)
			scan_gap(s, REASON_INTERNAL, COND_NONE, "a digest is not available");
		else if (db_hash_find(s->db, domain, kind, d, part.n, &rule))
			found(s, rule, kind, d, part.n, of, i);
	}
}

static void sections(struct scanner *s)
{
	struct exe x;

	if (!exe_read(s->file, &x))
		return;
	for (size_t i = 0; i < x.n_sections; i++) {
		struct span part = span_cut(s->file, x.section[i].raw_at, x.section[i].raw_size);
		if (part.n != 0)
			look_up(s, IR_HASH_SECTION, part, "section", i);
	}
}

void scan_hashes(struct scanner *s)
{
	buf_reset(&s->hashed);
	s->has_digest = 0;
	/* digests of a normalised text are in no database, for clamscan does not ask either */
	bool text = s->member != NULL && s->member->view && s->member->as == CLAM_TEXT;
	if (s->options.process || s->db->n_hashes == 0 || text)
		return;
	look_up(s, IR_HASH_FILE, s->file, "", 0);
	if (s->class == CLASS_MZ && db_hash_any(s->db, IR_HASH_SECTION))
		sections(s);
}

/* Insertion: there are few. */
static void sort(struct scan_hash *h, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && h[k - 1].rule > h[k].rule; k--) {
			struct scan_hash t = h[k];
			h[k] = h[k - 1];
			h[k - 1] = t;
		}
}

enum verdict_kind scan_hash_matches(struct scanner *s, enum verdict_kind kind)
{
	struct scan_hash *h = (struct scan_hash *)(void *)s->hashed.p;
	size_t n = s->hashed.n / sizeof *h;

	sort(h, n);
	for (size_t i = 0; i < n; i++) {
		struct verdict_match m = { .rule = h[i].rule };
		struct db_rule rule;
		if (!db_rule(s->db, h[i].rule, &rule)) {
			scan_gap(s, REASON_DAMAGED, COND_NONE, "database: a digest is damaged");
			continue;
		}
		enum verdict_kind k = verdict_of_rule(s->db, &rule);
		kind = k > kind ? k : kind;
		if (s->options.strings) {
			m.value = h[i].value;
			m.n_values = 2;
		}
		buf_put(&s->found, &m, sizeof m);
	}
	return kind;
}

bool scanner_allows(const struct scanner *s, struct span bytes)
{
	for (enum hash_kind kind = HASH_MD5; kind <= HASH_SHA256; kind++) {
		uint8_t digest[HASH_MAX_SIZE];
		uint32_t rule;
		if (db_hash_wants(s->db, IR_HASH_ALLOW, kind, bytes.n) &&
		    hash_of(kind, bytes, digest) &&
		    db_hash_find(s->db, IR_HASH_ALLOW, kind, digest, bytes.n, &rule))
			return true;
	}
	return false;
}

bool scan_allowed(struct scanner *s)
{
	for (enum hash_kind kind = HASH_MD5; kind <= HASH_SHA256; kind++) {
		uint32_t rule;
		if (s->options.process || !db_hash_wants(s->db, IR_HASH_ALLOW, kind, s->file.n))
			continue;
		const uint8_t *d = digest_of_file(s, kind);
		if (d != NULL && db_hash_find(s->db, IR_HASH_ALLOW, kind, d, s->file.n, &rule))
			return true;
	}
	return false;
}

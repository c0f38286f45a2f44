/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/modules.h"
#include "match/hashset.h"
#include "rules/clamav/clam_parse.h"

/*
 * .hdb .hsb .fp .sfp .imp: Hash:Size:Name[:minFL[:maxFL]]; .mdb .msb:
 * Size:Hash:Name[...] (reference engine C.1.2).
 */

enum { SIZELESS_LEVEL = 73 /* what `*` as a size must ask for */ };

static bool read_digest(struct clam *c, struct span s, struct ir_hash *h)
{
	size_t n;

	if (s.n != 32 && s.n != 40 && s.n != 64)
		return clam_error(c, s,
				  "a digest of %zu digits; 32 (MD5), 40 (SHA-1) or 64 (SHA-256) "
				  "are wanted",
				  s.n);
	if (!hex_to_bytes(s, h->digest, sizeof h->digest, &n))
		return clam_error(c, s, "a digest that is not hexadecimal");
	h->digest_n = (uint8_t)n;
	return true;
}

static bool read_size(struct clam *c, struct span s, const struct span *field, size_t n,
		      struct ir_hash *h)
{
	uint64_t size, level = 0;

	if (span_is(s, "*")) {
		h->size = HASHSET_ANY_SIZE;
		if (n > 3 && clam_number(field[3], UINT32_MAX, &level) && level >= SIZELESS_LEVEL)
			return true;
		return clam_error(c, s, "a size of `*` must ask for engine level %d or later",
				  SIZELESS_LEVEL);
	}
	if (!clam_number(s, UINT32_MAX - 1, &size) || size == 0)
		return clam_error(c, s, "expected a size in bytes (1 to %u) or `*`",
				  UINT32_MAX - 1);
	h->size = (uint32_t)size;
	return true;
}

bool clam_hash_line(struct clam *c, enum clam_family family, struct span line)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', field);
	bool section = family == CLAM_SECTION, ok;
	struct ir_hash h = { .line = c->line };

	if (n < 3 || n > 5)
		return clam_error(c, line, "%zu fields; 3 to 5 are wanted: %s", n,
				  section ? "size:digest:name" : "digest:size:name");
	h.name = clam_name(c, field[2]);
	if (h.name.n == 0)
		return false;
	if (!read_digest(c, field[section ? 1 : 0], &h) ||
	    !read_size(c, field[section ? 0 : 1], field, n, &h))
		return false;
	if (clam_level(c, field, n, 3, &ok) && !clam_ignored(c, h.name))
		buf_put(&c->set->hashes, &h, sizeof h);
	return ok;
}

/* The imphash of a PE image.  Its size, that of the text that is hashed, follows from the digest,
 * and is not compared. */
bool clam_import_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split(line, ':', field);
	const struct field *f = field_find(pe_module.fields, span_of("imphash"));
	uint8_t digest[16], low[32];
	uint64_t size;
	uint32_t node[2];
	bool ok;

	if (n < 3 || n > 5 || f == NULL)
		return clam_error(c, line, "%zu fields; 3 to 5 are wanted: digest:size:name", n);
	struct span name = clam_name(c, field[2]);
	if (name.n == 0)
		return false;
	if (!hex_to_bytes(field[0], digest, sizeof digest, &n) || n != sizeof digest)
		return clam_error(c, field[0], "expected an MD5: 32 hexadecimal digits");
	if (!span_is(field[1], "*") && !clam_number(field[1], UINT32_MAX, &size))
		return clam_error(c, field[1], "expected a size in bytes or `*`");
	n = clam_split(line, ':', field);
	if (!clam_level(c, field, n, 3, &ok) || clam_ignored(c, name))
		return ok;
	if (!clam_rule(c, name, field[0]))
		return false;
	for (size_t i = 0; i < sizeof low; i++)
		low[i] = (uint8_t)(field[0].p[i] >= 'A' && field[0].p[i] <= 'F' ? field[0].p[i] | 32
										: field[0].p[i]);
	node[0] = clam_of_target(c, CLAM_PE);
	node[1] = clam_text_is(c, MODULE_PE, (uint32_t)(f - pe_module.fields),
			       (struct span){ low, sizeof low });
	return clam_finish(c, clam_all(c, COND_AND, node, 2));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/db/db_hash.h"
#include "match/hashset.h"
#include "rules/db/db_view.h"

_Static_assert((int)HASH_MD5 == 0 && (int)HASH_SHA1 == 1 && (int)HASH_SHA256 == 2, "set numbers");

/* ---- writing */

static void put_uleb(struct buf *b, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_put_u8(b, (uint8_t)(v | 0x80));
	buf_put_u8(b, (uint8_t)v);
}

/* Lines are differences modulo 2^32: those of the next source begin anew. */
static void put_names(const struct ir_hash *h, size_t n, struct buf *names, struct buf *blocks)
{
	for (size_t i = 0; i < n; i++) {
		bool first = i % DB_HASH_BLOCK == 0;
		size_t shared = 0;
		if (first)
			buf_put_le32(blocks, (uint32_t)names->n);
		while (!first && shared < h[i].name.n && shared < h[i - 1].name.n &&
		       h[i].name.p[shared] == h[i - 1].name.p[shared])
			shared++;
		put_uleb(names, first ? h[i].line : h[i].line - h[i - 1].line);
		buf_put_u8(names, (uint8_t)shared);
		buf_put_u8(names, (uint8_t)(h[i].name.n - shared));
		buf_put(names, h[i].name.p + shared, h[i].name.n - shared);
	}
}

static void put_lists(const struct ruleset *set, struct buf *section)
{
	const struct ir_hash_list *l = (const struct ir_hash_list *)(const void *)set->hash_lists.p;
	struct buf *text = &section[DB_TEXT];

	for (size_t i = 0; i < set->hash_lists.n / sizeof *l; i++) {
		struct db_hash_list out = { .first = l[i].first,
					    .source = l[i].source,
					    .domain = l[i].domain,
					    .flags = (l[i].clamav ? DB_HASH_CLAMAV : 0u) |
						     (l[i].unofficial ? DB_HASH_UNOFFICIAL : 0u),
					    .space = { (uint32_t)text->n,
						       (uint32_t)l[i].space.n } };
		buf_put_span(text, l[i].space);
		buf_put(&section[DB_HASH_LISTS], &out, sizeof out);
	}
}

/* The entries of one domain and length; `entry` has room for all. */
static size_t gather(const struct ruleset *set, enum ir_hash_domain domain, size_t digest_n,
		     struct hashset_entry *entry)
{
	const struct ir_hash_list *l = (const struct ir_hash_list *)(const void *)set->hash_lists.p;
	const struct ir_hash *h = (const struct ir_hash *)(const void *)set->hashes.p;
	size_t n_lists = set->hash_lists.n / sizeof *l, n = set->hashes.n / sizeof *h, k = 0;

	for (size_t i = 0; i < n_lists; i++) {
		size_t end = i + 1 < n_lists ? l[i + 1].first : n;
		for (size_t j = l[i].first; l[i].domain == domain && j < end; j++)
			if (h[j].digest_n == digest_n)
				entry[k++] = (struct hashset_entry){ .digest = h[j].digest,
								     .size = h[j].size,
								     .number = (uint32_t)j };
	}
	return k;
}

bool db_hash_put(const struct ruleset *set, struct buf *section, struct error *e)
{
	const struct ir_hash *h = (const struct ir_hash *)(const void *)set->hashes.p;
	size_t n = set->hashes.n / sizeof *h;
	struct arena a;

	if (n == 0)
		return true;
	arena_init(&a, SIZE_MAX);
	struct hashset_entry *entry = arena_array(&a, n, sizeof *entry);
	bool ok = entry != NULL;
	if (!ok)
		error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for %zu digests", n);
	for (unsigned i = 0; ok && i < IR_HASH_DOMAINS * DB_HASH_KINDS; i++) {
		size_t digest_n = hash_size((enum hash_kind)(i % DB_HASH_KINDS));
		size_t k = gather(set, (enum ir_hash_domain)(i / DB_HASH_KINDS), digest_n, entry);
		struct buf *blobs = &section[DB_HASHES];
		buf_align(blobs, 8);
		struct db_hash_set s = { .at = blobs->n };
		ok = k == 0 || hashset_build(entry, k, digest_n, blobs, e);
		s.n = blobs->n - s.at;
		buf_put(&section[DB_HASH_SETS], &s, sizeof s);
	}
	put_names(h, n, &section[DB_HASH_NAMES], &section[DB_HASH_BLOCKS]);
	put_lists(set, section);
	arena_release(&a);
	return ok;
}

/* ---- reading */

/* The list that entry i belongs to. */
static const struct db_hash_list *list_of(const struct db *db, uint32_t i)
{
	uint32_t low = 0, high = db->n_hash_lists;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (db->hash_list[mid].first <= i)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? NULL : &db->hash_list[low - 1];
}

/* Unpacks the names of a block up to the one that is wanted, each over the one before. */
static bool unpack_name(const struct db *db, uint32_t i, char *to, size_t *n, uint32_t *line)
{
	struct cursor c = cursor_of(db->section[DB_HASH_NAMES]);

	if (i / DB_HASH_BLOCK >= db->n_hash_blocks)
		return false;
	cursor_seek(&c, db->hash_block[i / DB_HASH_BLOCK]);
	*n = 0;
	*line = 0;
	for (uint32_t k = 0; k <= i % DB_HASH_BLOCK; k++) {
		*line += (uint32_t)cursor_uleb(&c);
		size_t shared = cursor_u8(&c), more = cursor_u8(&c);
		struct span s = cursor_take(&c, more);
		if (!cursor_ok(&c) || shared > *n || shared + more > IR_HASH_MAX_NAME)
			return false;
		memcpy(to + shared, s.p, s.n);
		*n = shared + more;
	}
	return true;
}

bool db_hash_rule(const struct db *db, uint32_t i, struct db_rule *out)
{
	const char end[] = ".UNOFFICIAL";
	const struct db_hash_list *l = list_of(db, i);
	size_t n;

	if (i >= db->n_hashes || l == NULL)
		return false;
	*out = (struct db_rule){ .space = db_text_of(db, l->space),
				 .flags = (l->flags & DB_HASH_CLAMAV) != 0 ? IR_RULE_CLAMAV : 0,
				 .source = l->source,
				 .root = COND_NONE,
				 .hash = true,
				 .domain = l->domain < IR_HASH_DOMAINS
						   ? (enum ir_hash_domain)l->domain
						   : IR_HASH_FILE };
	if (!unpack_name(db, i, out->made, &n, &out->line))
		return false;
	if ((l->flags & DB_HASH_UNOFFICIAL) != 0) {
		memcpy(out->made + n, end, sizeof end - 1);
		n += sizeof end - 1;
	}
	out->name = (struct span){ (const uint8_t *)out->made, n };
	return true;
}

static struct span set_of(const struct db *db, enum ir_hash_domain domain, enum hash_kind kind)
{
	uint32_t i = (uint32_t)domain * DB_HASH_KINDS + (uint32_t)kind;
	struct span all = db->section[DB_HASHES];

	if (i >= db->n_hash_sets || db->hash_set[i].at > all.n ||
	    db->hash_set[i].n > all.n - db->hash_set[i].at)
		return (struct span){ all.p, 0 };
	return (struct span){ all.p + db->hash_set[i].at, (size_t)db->hash_set[i].n };
}

bool db_hash_any(const struct db *db, enum ir_hash_domain domain)
{
	return set_of(db, domain, HASH_MD5).n != 0 || set_of(db, domain, HASH_SHA1).n != 0 ||
	       set_of(db, domain, HASH_SHA256).n != 0;
}

bool db_hash_wants(const struct db *db, enum ir_hash_domain domain, enum hash_kind kind,
		   uint64_t size)
{
	struct span set = set_of(db, domain, kind);
	return set.n != 0 && hashset_wants(set, size);
}

bool db_hash_find(const struct db *db, enum ir_hash_domain domain, enum hash_kind kind,
		  const uint8_t *digest, uint64_t size, uint32_t *rule)
{
	struct span set = set_of(db, domain, kind);
	uint32_t i;

	if (set.n == 0 || !hashset_find(set, digest, hash_size(kind), size, &i) ||
	    i >= db->n_hashes)
		return false;
	*rule = db->n_rules + i;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/modules.h"
#include "match/filter.h"
#include "rules/db/db_hash.h"
#include "rules/db/db_view.h"

#include <stdlib.h>

_Static_assert(sizeof(struct db_head) == 128, "layout");
_Static_assert(sizeof(struct db_section) == 64, "layout");
_Static_assert(sizeof(struct db_rule_record) == 72, "layout");
_Static_assert(sizeof(struct cond_node) == 16, "layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "databases are read in place");

/* Size of a section's element; 1 for plain bytes. */
static const size_t element[DB_SECTION_COUNT] = {
	[DB_RULES] = sizeof(struct db_rule_record),
	[DB_STRINGS] = sizeof(struct db_string_record),
	[DB_PATTERNS] = sizeof(struct db_pattern_record),
	[DB_BLOBS] = 1,
	[DB_NODES] = sizeof(struct cond_node),
	[DB_POOL] = sizeof(uint32_t),
	[DB_TEXT] = 1,
	[DB_TAGS] = sizeof(struct db_text),
	[DB_METAS] = sizeof(struct db_meta_record),
	[DB_EXTERNS] = sizeof(struct db_extern_record),
	[DB_REGEXES] = sizeof(struct db_regex_record),
	[DB_SOURCES] = sizeof(struct db_source_record),
	[DB_GATES] = sizeof(struct db_gate),
	[DB_TRIGGERS] = sizeof(uint32_t),
	[DB_ALWAYS] = sizeof(uint32_t),
	[DB_GLOBALS] = sizeof(uint32_t),
	[DB_FILTERS] = 1,
	[DB_HASH_SETS] = sizeof(struct db_hash_set),
	[DB_HASHES] = 1,
	[DB_HASH_NAMES] = 1,
	[DB_HASH_BLOCKS] = sizeof(uint32_t),
	[DB_HASH_LISTS] = sizeof(struct db_hash_list),
	[DB_PASSWORDS] = sizeof(struct db_text),
};

/* Eight bytes at a time, since it is computed at each start: the digest guards against a mistake,
 * not against an enemy. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t v = 0;
		memcpy(&v, s + i, n - i < 8 ? n - i : 8);
		h = mix(h, v);
	}
	return mix(h, n);
}

static uint64_t digest_fields(const struct field *f, uint64_t h, unsigned depth)
{
	for (; f->name != NULL && depth < 16; f++) {
		h = mix_text(h, f->name);
		h = mix(h, (uint64_t)f->kind << 32 | (uint64_t)f->of);
		h = mix_text(h, f->args);
		if (f->members != NULL)
			h = digest_fields(f->members, h, depth + 1);
	}
	return mix(h, depth);
}

uint64_t db_modules_digest(uint32_t asked)
{
	uint64_t h = mix(COND_OP_COUNT, asked);

	for (uint32_t i = 0; i < MODULE_COUNT; i++)
		if ((asked >> i & 1) != 0)
			h = digest_fields(modules_all[i]->fields, mix_text(h, modules_all[i]->name),
					  0);
	return h;
}

static bool read_table(struct db *db, struct error *e)
{
	size_t table = sizeof(struct db_head), n = db->head.n_sections;

	if (n != DB_SECTION_COUNT || db->bytes.n - table < n * sizeof(struct db_section))
		return error_set(e, REASON_DAMAGED, table,
				 "database: table of %zu sections, %d wanted", n, DB_SECTION_COUNT);
	for (size_t i = 0; i < n; i++) {
		struct db_section s;
		uint64_t place = table + i * sizeof s;
		memcpy(&s, db->bytes.p + place, sizeof s);
		if (s.kind != i || s.at % 64 != 0 || s.at > db->bytes.n ||
		    s.n > db->bytes.n - s.at || s.n % element[i] != 0 ||
		    s.n / element[i] > UINT32_MAX)
			return error_set(e, REASON_DAMAGED, place,
					 "database: section %zu is damaged", i);
		db->section[i] = (struct span){ db->bytes.p + s.at, (size_t)s.n };
	}
	if (!hash_of(HASH_SHA256,
		     (struct span){ db->bytes.p, table + n * sizeof(struct db_section) },
		     db->digest))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "SHA-256 is not available");
	return true;
}

static uint32_t count(const struct db *db, enum db_section_kind k)
{
	return (uint32_t)(db->section[k].n / element[k]);
}

static const void *array(const struct db *db, enum db_section_kind k) { return db->section[k].p; }

static void take_arrays(struct db *db)
{
	db->rule = array(db, DB_RULES);
	db->string = array(db, DB_STRINGS);
	db->pattern = array(db, DB_PATTERNS);
	db->gate = array(db, DB_GATES);
	db->trigger = array(db, DB_TRIGGERS);
	db->always = array(db, DB_ALWAYS);
	db->global = array(db, DB_GLOBALS);
	db->tag = array(db, DB_TAGS);
	db->meta = array(db, DB_METAS);
	db->external = array(db, DB_EXTERNS);
	db->regex = array(db, DB_REGEXES);
	db->source = array(db, DB_SOURCES);
	db->hash_set = array(db, DB_HASH_SETS);
	db->hash_list = array(db, DB_HASH_LISTS);
	db->hash_block = array(db, DB_HASH_BLOCKS);
	db->password = array(db, DB_PASSWORDS);
	db->n_passwords = count(db, DB_PASSWORDS);
	db->n_hash_sets = count(db, DB_HASH_SETS);
	db->n_hash_lists = count(db, DB_HASH_LISTS);
	db->n_hash_blocks = count(db, DB_HASH_BLOCKS);
	db->n_rules = count(db, DB_RULES);
	db->n_hashes = db->head.n_hashes;
	db->n_strings = count(db, DB_STRINGS);
	db->n_patterns = count(db, DB_PATTERNS);
	db->n_triggers = count(db, DB_TRIGGERS);
	db->n_always = count(db, DB_ALWAYS);
	db->n_globals = count(db, DB_GLOBALS);
	db->n_tags = count(db, DB_TAGS);
	db->n_metas = count(db, DB_METAS);
	db->n_externs = count(db, DB_EXTERNS);
	db->n_regexes = count(db, DB_REGEXES);
	db->n_sources = count(db, DB_SOURCES);
	db->code = (struct cond_code){ .node = array(db, DB_NODES),
				       .n_nodes = count(db, DB_NODES),
				       .pool = array(db, DB_POOL),
				       .n_pool = count(db, DB_POOL),
				       .text = db->section[DB_TEXT] };
}

/* A filter that cannot be used would find nothing, and every object would be clean. */
static bool check_filters(const struct db *db, struct error *e)
{
	struct span all = db->section[DB_FILTERS];

	for (unsigned g = 0; g < DB_GROUP_COUNT; g++) {
		uint64_t at = db->head.group[g].filter_at, n = db->head.group[g].filter_n;
		if (at > all.n || n > all.n - at ||
		    !filter_ok((struct span){ all.p + at, (size_t)n }))
			return error_set(
				e, REASON_UNSUPPORTED, PLACE_NONE,
				"database: no filter that can be used here; build it again");
	}
	return true;
}

bool db_open(struct span bytes, struct db **out, struct error *e)
{
	struct db *db;

	if (bytes.n < sizeof db->head || memcmp(bytes.p, DB_MAGIC, 8) != 0)
		return error_set(e, REASON_UNSUPPORTED, 0, "not a Pellucid database");
	if ((uintptr_t)bytes.p % 16 != 0)
		return error_set(e, REASON_INTERNAL, 0, "database: not aligned in memory");
	db = calloc(1, sizeof *db);
	if (db == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a database");
	db->bytes = bytes;
	memcpy(&db->head, bytes.p, sizeof db->head);
	if (db->head.version != DB_VERSION)
		error_set(e, REASON_UNSUPPORTED, 8,
			  "database: version %u, %d is read here; build it again", db->head.version,
			  DB_VERSION);
	else if (db->head.size != bytes.n)
		error_set(e, REASON_DAMAGED, 24, "database: %zu bytes, its head says %llu", bytes.n,
			  (unsigned long long)db->head.size);
	else if (db->head.modules != db_modules_digest(db->head.asked))
		error_set(e, REASON_UNSUPPORTED, 16,
			  "database: built for another version of the modules; build it again");
	else if (read_table(db, e) && check_filters(db, e)) {
		take_arrays(db);
		if (count(db, DB_GATES) == db->n_rules && db->n_hashes < COND_NONE - db->n_rules) {
			*out = db;
			return true;
		}
		error_set(e, REASON_DAMAGED, PLACE_NONE,
			  "database: gates and rules differ in number");
	}
	free(db);
	return false;
}

void db_free(struct db *db) { free(db); }

bool db_head_sum(const struct db_head *head, const struct db_section table[DB_SECTION_COUNT],
		 uint8_t out[8])
{
	uint8_t bytes[sizeof *head + DB_SECTION_COUNT * sizeof *table], digest[HASH_MAX_SIZE];
	struct db_head copy = *head;

	memset(copy.sum, 0, sizeof copy.sum);
	memcpy(bytes, &copy, sizeof copy);
	memcpy(bytes + sizeof copy, table, DB_SECTION_COUNT * sizeof *table);
	if (!hash_of(HASH_SHA256, (struct span){ bytes, sizeof bytes }, digest))
		return false;
	memcpy(out, digest, sizeof copy.sum);
	return true;
}

/* Header and table, which have no digest but the database's name, and what lies between sections,
 * which has none. */
static bool verify_frame(const struct db *db, struct error *e)
{
	struct db_section table[DB_SECTION_COUNT];
	uint8_t sum[sizeof db->head.sum];
	uint64_t at = sizeof db->head + sizeof table;

	memcpy(table, db->bytes.p + sizeof db->head, sizeof table);
	if (!db_head_sum(&db->head, table, sum))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "SHA-256 is not available");
	if (memcmp(sum, db->head.sum, sizeof sum) != 0)
		return error_set(e, REASON_DAMAGED, 0,
				 "database: header and table do not have their checksum");
	for (size_t i = 0; i < DB_SECTION_COUNT; at = table[i].at + table[i].n, i++) {
		for (; at < table[i].at && db->bytes.p[at] == 0; at++)
			;
		if (at != table[i].at)
			return error_set(
				e, REASON_DAMAGED, at,
				"database: bytes before section %zu that are no part of it", i);
	}
	return at == db->bytes.n ||
	       error_set(e, REASON_DAMAGED, at, "database: bytes behind the last section");
}

bool db_verify(const struct db *db, struct error *e)
{
	if (!verify_frame(db, e))
		return false;
	for (size_t i = 0; i < DB_SECTION_COUNT; i++) {
		struct db_section s;
		uint64_t place = sizeof(struct db_head) + i * sizeof s;
		uint8_t digest[HASH_MAX_SIZE];
		memcpy(&s, db->bytes.p + place, sizeof s);
		if (!hash_of(HASH_SHA256, db->section[i], digest))
			return error_set(e, REASON_INTERNAL, PLACE_NONE,
					 "SHA-256 is not available");
		if (memcmp(digest, s.sha256, sizeof s.sha256) != 0)
			return error_set(
				e, REASON_DAMAGED, s.at,
				"database: section %zu does not have the digest in the table", i);
	}
	return true;
}

const uint8_t *db_digest(const struct db *db) { return db->digest; }
uint32_t db_n_rules(const struct db *db) { return db->n_rules; }
uint32_t db_n_hashes(const struct db *db) { return db->n_hashes; }
uint32_t db_n_left_out(const struct db *db) { return db->head.left_out; }
uint32_t db_n_strings(const struct db *db) { return db->n_strings; }
uint32_t db_n_sources(const struct db *db) { return db->n_sources; }
uint32_t db_n_externs(const struct db *db) { return db->n_externs; }
bool db_has_texts(const struct db *db) { return db->head.texts != 0; }
uint32_t db_n_passwords(const struct db *db)
{
	return db->n_passwords < IR_MAX_PASSWORDS ? db->n_passwords : IR_MAX_PASSWORDS;
}

bool db_password(const struct db *db, uint32_t i, struct span *out)
{
	if (i >= db_n_passwords(db))
		return false;
	*out = db_text_of(db, db->password[i]);
	return out->n != 0;
}

uint32_t db_asked(const struct db *db) { return db->head.asked; }
struct cond_code db_code(const struct db *db) { return db->code; }

struct span db_text_of(const struct db *db, struct db_text t)
{
	struct span all = db->section[DB_TEXT];

	if (t.at > all.n || t.n > all.n - t.at)
		return (struct span){ all.p, 0 };
	return (struct span){ all.p + t.at, t.n };
}

struct span db_blob(const struct db *db, uint64_t at, uint64_t n)
{
	struct span all = db->section[DB_BLOBS];

	if (at > all.n || n > all.n - at)
		return (struct span){ all.p, 0 };
	return (struct span){ all.p + at, (size_t)n };
}

enum db_group db_group_of(enum type_class c)
{
	return c == CLASS_MZ ? DB_GROUP_MZ : c == CLASS_ELF ? DB_GROUP_ELF : DB_GROUP_REST;
}

bool db_rule(const struct db *db, uint32_t i, struct db_rule *out)
{
	if (i >= db->n_rules)
		return db_hash_rule(db, i - db->n_rules, out);
	const struct db_rule_record *r = &db->rule[i];
	if (r->first_string > db->n_strings || r->n_strings > db->n_strings - r->first_string ||
	    r->first_tag > db->n_tags || r->n_tags > db->n_tags - r->first_tag ||
	    r->first_meta > db->n_metas || r->n_metas > db->n_metas - r->first_meta)
		return false;
	*out = (struct db_rule){
		.name = db_text_of(db, r->name),
		.space = db_text_of(db, r->space),
		.flags = r->flags,
		.source = r->source,
		.line = r->line,
		.first_string = r->first_string,
		.n_strings = r->n_strings,
		.first_tag = r->first_tag,
		.n_tags = r->n_tags,
		.first_meta = r->first_meta,
		.n_metas = r->n_metas,
		.root = r->root,
		.condition_at = r->condition_at,
		.condition_n = r->condition_n,
		.modules = r->modules,
	};
	return true;
}

bool db_string(const struct db *db, uint32_t i, struct db_string *out)
{
	if (i >= db->n_strings || db->string[i].pattern >= db->n_patterns)
		return false;
	const struct db_string_record *s = &db->string[i];
	const struct db_pattern_record *p = &db->pattern[s->pattern];
	*out = (struct db_string){ .name = db_text_of(db, s->name),
				   .rule = s->rule,
				   .flags = s->flags,
				   .kind = s->kind <= PATTERN_BODY ? (enum pattern_kind)s->kind
								   : PATTERN_TEXT,
				   .blob = db_blob(db, p->blob_at, p->blob_n),
				   .line = s->line };
	return true;
}

bool db_tag(const struct db *db, uint32_t i, struct span *out)
{
	if (i >= db->n_tags)
		return false;
	*out = db_text_of(db, db->tag[i]);
	return true;
}

bool db_meta(const struct db *db, uint32_t i, struct ir_meta *out)
{
	if (i >= db->n_metas)
		return false;
	const struct db_meta_record *m = &db->meta[i];
	*out = (struct ir_meta){ .name = db_text_of(db, m->name),
				 .text = db_text_of(db, m->text),
				 .kind = m->kind <= IR_META_BOOL ? (enum ir_meta_kind)m->kind
								 : IR_META_INT,
				 .number = m->number };
	return true;
}

bool db_meta_text(const struct db *db, const struct db_rule *rule, const char *name,
		  struct span *out)
{
	for (uint32_t i = 0; i < rule->n_metas; i++) {
		struct ir_meta m;
		if (db_meta(db, rule->first_meta + i, &m) && m.kind == IR_META_TEXT &&
		    span_is(m.name, name)) {
			*out = m.text;
			return true;
		}
	}
	return false;
}

bool db_source(const struct db *db, uint32_t i, struct db_source *out)
{
	if (i >= db->n_sources)
		return false;
	*out = (struct db_source){ db_text_of(db, db->source[i].name), db->source[i].sha256 };
	return true;
}

bool db_extern(const struct db *db, uint32_t i, struct ir_extern *out)
{
	if (i >= db->n_externs)
		return false;
	const struct db_extern_record *x = &db->external[i];
	*out = (struct ir_extern){ .name = db_text_of(db, x->name) };
	switch (x->kind) {
	case VALUE_BOOL:
		value_bool(&out->value, x->bits != 0);
		break;
	case VALUE_INT:
		value_int(&out->value, (int64_t)x->bits);
		break;
	case VALUE_FLOAT:
		out->value.kind = VALUE_FLOAT;
		memcpy(&out->value.f, &x->bits, sizeof x->bits);
		break;
	case VALUE_STRING:
		value_string(&out->value, db_text_of(db, x->text));
		break;
	default:
		return false;
	}
	return true;
}

bool db_regex(const struct db *db, uint32_t i, struct span *blob)
{
	if (i >= db->n_regexes)
		return false;
	*blob = db_blob(db, db->regex[i].blob_at, db->regex[i].blob_n);
	return true;
}

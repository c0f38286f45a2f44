/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scan.h"
#include "rules/clamav/clam.h"
#include "rules/db/db.h"
#include "rules/yara/yara.h"

#include <stdlib.h>

/*
 * A database as a stranger may have made it: one of ours with bytes changed, read from end to end,
 * and an object scanned with it.  Input: a byte with the number of changes, for each three bytes of
 * place and one to XOR, then the object; where the first byte is 0xff the rest is the database.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 20000, MAX_CHANGES = 64, WHOLE = 0xff, A_CHANGE = 4 };

static const char rules[] =
	"import \"pe\" import \"elf\" import \"math\" import \"hash\"\n"
	"global rule g { condition: filesize < 1MB }\n"
	"private rule p { strings: $a = \"aaaa\" condition: $a }\n"
	"rule a : t u { meta: author = \"x\" n = 5 b = true strings: $a = \"evil word\" nocase "
	"wide ascii $b = "
	"\"key\" fullword $c = { 41 ?? 43 [2-9] 44 ( 45 | 46 47 ) } $d = /ab+[c-f]{2,5}x/s\n"
	"  condition: 2 of them and not p and #a > 0 and @b[1] < 100 and !c[1] > 2 }\n"
	"rule b { strings: $x = \"http://\" xor $y = \"secret text\" base64 base64wide $z = { F3 "
	"A4 } $w = "
	"\"MZ\" condition: any of ($x, $y) or ($z and $w at 0) or for any i in (1..#z) : ( @z[i] % "
	"3 == 1 ) }\n"
	"rule c { condition: uint16(0) == 0x5a4d and pe.number_of_sections > 0 and for any s in "
	"pe.sections : ( "
	"s.name contains \"t\" or s.name matches /x[0-9]/ ) }\n"
	"rule d { condition: elf.type == elf.ET_EXEC or hash.md5(0, 4) == \"x\" or math.entropy(0, "
	"9) > 2.5 }\n"
	"rule e { strings: $far = { 01 02 [300-900] 03 04 } $none = /[a-z]+[0-9]/ condition: all "
	"of them in (0..50) "
	"or ext == \"y\" or 50% of them }\n";

/* Beside the rules: digests that are known and allowed, and passwords. */
static const struct {
	enum clam_family family;
	const char *text;
} lists[] = {
	{ CLAM_HASH,
	  "88f7ef9743a43c9d107730c43fe8d35d:14:Known-MD5\n"
	  "3b011a47b7a404944cc52b8ba0961620d01025f0:*:Known-SHA1:73\n"
	  "00000000000000000000000000000002:68:B\n00000000000000000000000000000001:68:A\n"
	  "00000000000000000000000000000002:*:C\nd41d8cd98f00b204e9800998ecf8427e:0:None\n" },
	{ CLAM_LIST, "30ed23a54b87fd5559a6e6c559c32d621c8de67b8bfa9ef2c16fd10b24c9f597  a name\n" },
	{ CLAM_LIST_ALLOW,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  nothing\n" },
	{ CLAM_PASSWORDS, "infected;Engine:81-255;0;infected\n" },
};

static bool add_lists(struct ruleset *set)
{
	struct clam *c = clam_new(set);
	struct error e;
	bool ok = c != NULL;

	for (size_t i = 0; ok && i < sizeof lists / sizeof *lists; i++)
		ok = clam_add(c, lists[i].family, span_of("list"), span_of(lists[i].text),
			      span_of("default"), false, &e);
	ok = ok && clam_end(c, &e);
	clam_free(c);
	return ok;
}

static void build(struct buf *file)
{
	struct ruleset set;
	struct value empty;
	struct error e;

	ruleset_init(&set);
	buf_init(file, 1 << 24);
	value_string(&empty, span_of(""));
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	if (y == NULL || !yara_extern(y, span_of("ext"), &empty, &e) ||
	    !yara_add(y, span_of("fuzz"), span_of(rules), span_of("default"), &e) ||
	    !add_lists(&set) || !db_build(&set, file, &e))
		abort();
	yara_free(y);
	ruleset_release(&set);
}

/* Everything that can be asked of a database. */
static uint64_t read_all(const struct db *db)
{
	uint64_t answers = db_asked(db) + db_n_left_out(db) + db_code(db).n_nodes;
	struct db_rule rule;
	struct db_string string;
	struct db_source source;
	struct ir_extern external;
	struct ir_meta meta;
	struct span text;
	struct error e;

	for (uint32_t i = 0; i <= db_n_rules(db) && i < 1000; i++) {
		if (!db_rule(db, i, &rule))
			continue;
		for (uint32_t k = 0; k <= rule.n_tags && k < 100; k++)
			answers += db_tag(db, rule.first_tag + k, &text);
		for (uint32_t k = 0; k <= rule.n_metas && k < 100; k++)
			answers += db_meta(db, rule.first_meta + k, &meta);
		answers += db_meta_text(db, &rule, "author", &text);
	}
	for (uint32_t i = 0; i <= db_n_strings(db) && i < 1000; i++)
		answers += db_string(db, i, &string);
	for (uint32_t i = 0; i <= db_n_sources(db) && i < 1000; i++)
		answers += db_source(db, i, &source);
	for (uint32_t i = 0; i <= db_n_externs(db) && i < 1000; i++)
		answers += db_extern(db, i, &external);
	for (uint32_t i = 0; i < 100; i++)
		answers += db_regex(db, i, &text);
	for (uint32_t i = 0; i <= db_n_passwords(db) && i < 100; i++)
		answers += db_password(db, i, &text);
	return answers + db_verify(db, &e);
}

static void run(struct span bytes, struct span object)
{
	const struct scan_options o = { .max_steps = STEPS, .strings = true };
	struct scanner *s;
	struct verdict v;
	struct error e;
	struct db *db;

	if (!db_open(bytes, &db, &e))
		return;
	if (read_all(db) == UINT64_MAX)
		abort();
	if (scanner_new(db, &o, &s, &e)) {
		scanner_object(s, object, &v);
		for (size_t i = 0; i < v.n_matches; i++)
			if (v.match[i].rule >= db_n_rules(db) + db_n_hashes(db))
				abort();
		scanner_object(s, object, &v); /* nothing of the first is left behind */
		scanner_free(s);
	}
	db_free(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf whole;
	struct cursor c = cursor_of((struct span){ data, size });
	unsigned n = cursor_u8(&c);

	if (whole.n == 0)
		build(&whole);
	size_t room = n == WHOLE ? cursor_left(&c) : whole.n;
	uint8_t *copy = NULL; /* aligned as a mapped file is, and of no byte more */
	if (posix_memalign((void **)&copy, 64, room + 1) != 0)
		return 0;
	if (n == WHOLE) {
		struct span rest = cursor_take(&c, room);
		memcpy(copy, rest.n != 0 ? rest.p : data, rest.n);
		run((struct span){ copy, rest.n }, span_of("MZ an evil word"));
	} else {
		memcpy(copy, whole.p, whole.n);
		for (n %= MAX_CHANGES; n > 0 && cursor_left(&c) >= A_CHANGE; n--) {
			uint32_t change = cursor_le32(&c);
			copy[(change & 0xffffff) % whole.n] ^= (uint8_t)(change >> 24);
		}
		run((struct span){ copy, whole.n }, cursor_take(&c, cursor_left(&c)));
	}
	free(copy);
	return 0;
}

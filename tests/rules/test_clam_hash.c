/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "match/hashset.h"
#include "rules/clamav/clam.h"
#include "rules/db/db_hash.h"
#include "rules/hash_list.h"

#include <stdio.h>

#define MD5    "0123456789abcdef0123456789ABCDEF"
#define SHA1   "0123456789abcdef0123456789abcdef01234567"
#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct subject {
	struct ruleset set;
	struct clam *clam;
	struct buf file;
	struct db *db;
};

static void open_subject(struct subject *s)
{
	*s = (struct subject){ 0 };
	ruleset_init(&s->set);
	buf_init(&s->file, 1 << 24);
	s->clam = clam_new(&s->set);
	assert_non_null(s->clam);
}

static void add(struct subject *s, const char *name, const char *text)
{
	struct error e;
	assert_true(clam_add(s->clam, clam_family_of(span_of(name)), span_of(name), span_of(text),
			     span_of("default"), false, &e));
}

static void build(struct subject *s)
{
	struct error e;
	assert_true(db_build(&s->set, &s->file, &e));
	assert_true(db_open(buf_span(&s->file), &s->db, &e));
}

static void close_subject(struct subject *s)
{
	db_free(s->db);
	clam_free(s->clam);
	ruleset_release(&s->set);
	buf_release(&s->file);
}

static void expect(const struct subject *s, uint32_t i, const char *name, uint32_t line)
{
	struct db_rule rule;

	assert_true(db_rule(s->db, db_n_rules(s->db) + i, &rule));
	assert_int_equal(rule.name.n, strlen(name));
	assert_memory_equal(rule.name.p, name, rule.name.n);
	assert_int_equal(rule.line, line);
}

static void each_entry_keeps_name_line_and_source(void **state)
{
	struct subject s;
	struct db_source source;
	struct db_rule rule;
	char text[8192] = "# head\n";

	(void)state;
	open_subject(&s);
	for (unsigned i = 0; i < 40; i++)
		snprintf(text + strlen(text), 200, MD5 ":%u:Win.Test.Family-%u\r\n", i + 1, i);
	add(&s, "a.hdb", text);
	add(&s, "b.hsb", "\n\n" SHA256 ":*:Other (Clam):73\n" SHA1 ":7:Third:1:999\n");
	build(&s);
	assert_int_equal(db_n_hashes(s.db), 42);
	expect(&s, 0, "Win.Test.Family-0.UNOFFICIAL", 2);
	expect(&s, 15, "Win.Test.Family-15.UNOFFICIAL", 17);
	expect(&s, 16, "Win.Test.Family-16.UNOFFICIAL", 18);
	expect(&s, 39, "Win.Test.Family-39.UNOFFICIAL", 41);
	expect(&s, 40, "Other.UNOFFICIAL", 3);
	expect(&s, 41, "Third.UNOFFICIAL", 4);
	assert_true(db_rule(s.db, 41, &rule) && db_source(s.db, rule.source, &source));
	assert_true(span_is(source.name, "b.hsb"));
	assert_false(db_rule(s.db, 42, &rule));
	close_subject(&s);
}

static void a_find_needs_digest_size_and_domain(void **state)
{
	const uint8_t md5[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
				0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	struct subject s;
	uint32_t rule = 99;

	(void)state;
	open_subject(&s);
	add(&s, "a.mdb", "300:" MD5 ":Section\n");
	add(&s, "a.hdb", MD5 ":20:File\n");
	build(&s);
	assert_true(db_hash_find(s.db, IR_HASH_FILE, HASH_MD5, md5, 20, &rule));
	assert_int_equal(rule, db_n_rules(s.db) + 1);
	assert_false(db_hash_find(s.db, IR_HASH_FILE, HASH_MD5, md5, 300, &rule));
	assert_true(db_hash_find(s.db, IR_HASH_SECTION, HASH_MD5, md5, 300, &rule));
	assert_int_equal(rule, db_n_rules(s.db));
	assert_false(db_hash_find(s.db, IR_HASH_ALLOW, HASH_MD5, md5, 20, &rule));
	assert_false(db_hash_any(s.db, IR_HASH_ALLOW));
	close_subject(&s);
}

static void a_bad_line_costs_itself(void **state)
{
	static const char *const bad[] = {
		"abc:1:Name",
		MD5 ":1",
		MD5 ":0:Name",
		MD5 ":*:Name",
		MD5 ":*:Name:72",
		MD5 ":x:Name",
		MD5 ":1:",
		MD5 ":1:N:a",
		MD5 ":1:N:1:2:3",
		"g" MD5 ":1:Name",
		MD5 ":4294967295:Name",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct subject s;
		char text[600];
		size_t n;
		snprintf(text, sizeof text, SHA1 ":1:First\n%s\n" SHA1 ":2:Second\n", bad[i]);
		open_subject(&s);
		add(&s, "a.hdb", text);
		const struct ir_diagnostic *d = ruleset_diagnostics(&s.set, &n);
		assert_int_equal(n, 1);
		assert_int_equal(d->place.line, 2);
		assert_int_equal(d->severity, IR_ERROR);
		build(&s);
		assert_int_equal(db_n_hashes(s.db), 2);
		assert_int_equal(db_n_left_out(s.db), 1);
		close_subject(&s);
	}
}

static void levels_and_ignored_names_leave_entries_out(void **state)
{
	struct subject s;

	(void)state;
	open_subject(&s);
	add(&s, "a.ign2", "Gone\n#x\nBuried:" MD5 "\n");
	add(&s, "a.ign", "daily.hdb:12:Past\n");
	add(&s, "a.hdb",
	    MD5 ":1:Gone\n" MD5 ":2:Buried\n" MD5 ":3:Past\n" MD5 ":4:New:9999\n" MD5
		":5:Old:1:50\n" MD5 ":6:Stays:1:9999\n");
	build(&s);
	assert_int_equal(s.set.n_errors, 0);
	assert_int_equal(db_n_hashes(s.db), 1);
	expect(&s, 0, "Stays.UNOFFICIAL", 6);
	close_subject(&s);
}

static void plain_lists_are_told_by_their_beginning(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} lists[] = {
		{ MD5 "\n", true },
		{ "# c\n\n" SHA256 "  a.exe\n", true },
		{ SHA1 ",a\n", true },
		{ "\"" SHA1 "\",a\n", true },
		{ "first_seen,md5_hash,signature\n", true },
		{ "# \"first_seen\",\"sha256_hash\"\n", true },
		{ "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\"\n", true },
		{ MD5 ":1:Name\n", false },
		{ "rule a { condition: true }\n", false },
		{ "", false },
		{ "0123\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		assert_int_equal(hash_list_is(span_of(lists[i].text)), lists[i].is);
}

/* As MalwareBazaar, URLhaus, ThreatFox, OTX, Malshare, VirusShare, the NSRL, LOKI and BSD's
 * programs write them. */
static void lists_of_many_makers_are_read(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned line;
	} lists[] = {
		{ "####\n# dump   #\n#\n# "
		  "\"first_seen_utc\",\"sha256_hash\",\"file_name\",\"signature\"\r\n"
		  "\"2026-01-01 00:00:00\", \"" SHA256
		  "\", \"a, b.exe\", \"Heodo\"\r\n# Number of entries: 1\r\n",
		  "Heodo", 5 },
		{ "# firstseen,url,filetype,md5,sha256,signature\n"
		  "\"2026-01-01\",\"http://a.example/x,y\",\"exe\",\"" MD5 "\",\"" SHA256
		  "\",\"Mirai\"\n",
		  "Mirai", 2 },
		{ "# "
		  "\"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"malware_printable\"\n"
		  "\"2026-01-01\", \"1\", \"" SHA256 "\", \"sha256_hash\", \"Agent Tesla\"\n",
		  "Agent Tesla", 2 },
		{ "Indicator type,Indicator,Description\nFileHash-SHA256," SHA256 ",Bad thing\n",
		  "Bad thing", 2 },
		{ "Time,Kind,Digest of it\n2026,SHA256," SHA256 "\n", "listed", 2 },
		{ MD5 "\t" SHA1 "\t" SHA256 "\n", "listed", 1 },
		{ "####\n#  Malware sample MD5 list for #\n####\n" MD5 "\n", "listed", 4 },
		{ "\"SHA-1\",\"FileName\",\"FileSize\",\"MD4\",\"MD5\"\n\"" SHA1
		  "\",\"x.dll\",7,\"" MD5 "\",\"" MD5 "\"\n",
		  "x.dll", 2 },
		{ "SHA256 Hash,Name\n" SHA256 ",Family\n", "Family", 2 },
		{ SHA256 ";Some malware of a report\n", "Some malware of a report", 1 },
		{ "SHA256 (dir/an (object)) = " SHA256 "\n", "dir/an (object)", 1 },
		{ "\xef\xbb\xbf" SHA256 "  behind a mark\n", "behind a mark", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct subject s;
		open_subject(&s);
		add(&s, "feed.csv", lists[i].text);
		build(&s);
		assert_int_equal(s.set.n_errors, 0);
		assert_int_equal(db_n_hashes(s.db), 1);
		expect(&s, 0, lists[i].name, lists[i].line);
		close_subject(&s);
	}
}

static void plain_lists_give_digest_and_name(void **state)
{
	struct subject s;

	(void)state;
	open_subject(&s);
	add(&s, "a.hashes", SHA256 "  some name\n" MD5 "\n\n" SHA1 " *bin.exe\nnonsense\n");
	add(&s, "feed.csv",
	    "# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"signature\",\"file_size\"\n"
	    "\"2026-01-01\", \"" SHA256 "\", \"" MD5 "\", \"Family, two\", \"77\"\n"
	    "\"2026-01-01\", \"" SHA256 "\", \"" MD5 "\", \"n/a\", \"\"\n");
	build(&s);
	assert_int_equal(s.set.n_errors, 1);
	assert_int_equal(db_n_hashes(s.db), 5);
	expect(&s, 0, "some name", 1);
	expect(&s, 1, "listed", 2);
	expect(&s, 2, "bin.exe", 4);
	expect(&s, 3, "Family, two", 2);
	expect(&s, 4, "listed", 3);
	const struct ir_hash *h = (const struct ir_hash *)(const void *)s.set.hashes.p;
	assert_int_equal(h[3].size, 77);
	assert_int_equal(h[4].size, HASHSET_ANY_SIZE);
	close_subject(&s);
}

/* MalwareBazaar's and URLhaus' exports, and the file list of the National Software Reference
 * Library's reference data set, as they are published. */
static void the_columns_of_public_feeds_are_known(void **state)
{
	struct subject s;

	(void)state;
	open_subject(&s);
	add(&s, "bazaar.csv",
	    "################\n# MalwareBazaar recent malware samples dump (CSV)  #\n#\n"
	    "# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"sha1_hash\",\"reporter\","
	    "\"file_name\",\"file_type_guess\",\"mime_type\",\"signature\",\"clamav\","
	    "\"vtpercent\",\"imphash\",\"ssdeep\",\"tlsh\"\n"
	    "\"2026-01-01 00:00:00\", \"" SHA256 "\", \"" MD5 "\", \"" SHA1 "\", \"x\", "
	    "\"a, b.exe\", \"exe\", \"application/x-dosexec\", \"Made\", \"n/a\", \"1\", \"" MD5
	    "\", \"3:a\", \"T1\"\n# Number of entries: 1\n");
	add(&s, "urlhaus.csv",
	    "# firstseen,url,filetype,md5,sha256,signature\n"
	    "\"2026-01-01\",\"http://a.example/x,y\",\"exe\",\"" MD5 "\",\"" SHA256 "\",\"Two\"\n");
	add(&s, "NSRLFile.csv",
	    "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\",\"ProductCode\","
	    "\"OpSystemCode\",\"SpecialCode\"\n"
	    "\"" SHA1 "\",\"" MD5 "\",\"01234567\",\"known.dll\",4096,1,\"358\",\"\"\n");
	build(&s);
	assert_int_equal(s.set.n_errors, 0);
	assert_int_equal(db_n_hashes(s.db), 3);
	expect(&s, 0, "Made", 5);
	expect(&s, 1, "Two", 2);
	expect(&s, 2, "known.dll", 2);
	const struct ir_hash *h = (const struct ir_hash *)(const void *)s.set.hashes.p;
	assert_int_equal(h[0].digest_n, 32);
	assert_int_equal(h[1].digest_n, 32);
	assert_int_equal(h[2].digest_n, 20);
	assert_int_equal(h[2].size, 4096);
	close_subject(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_entry_keeps_name_line_and_source),
		cmocka_unit_test(a_find_needs_digest_size_and_domain),
		cmocka_unit_test(a_bad_line_costs_itself),
		cmocka_unit_test(levels_and_ignored_names_leave_entries_out),
		cmocka_unit_test(plain_lists_are_told_by_their_beginning),
		cmocka_unit_test(lists_of_many_makers_are_read),
		cmocka_unit_test(plain_lists_give_digest_and_name),
		cmocka_unit_test(the_columns_of_public_feeds_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "policy/policy_match.h"
#include "policy/prefix.h"
#include "policy/version.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <stdlib.h>

static void open_and_write(struct span text)
{
	struct policy_report report;
	struct policy p;
	struct buf out;

	buf_init(&out, 1 << 24);
	policy_report_init(&report, "t", text);
	if (policy_open(&p, &report))
		policy_json(&p, &out);
	else
		assert_true(report.n_errors > 0 && report.text.n > 0);
	policy_release(&p);
	policy_report_release(&report);
	buf_release(&out);
}

static void a_spoiled_policy_is_read_or_refused(void **state)
{
	struct error e;
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	assert_true(io_read_file("policy/eu-parliament.policy", &text, &e));
	/* cut at every tenth byte, and one byte changed at each tenth place */
	for (size_t n = 0; n <= text.n; n += 10)
		open_and_write(span_cut(buf_span(&text), 0, n));
	mutate(span_cut(buf_span(&text), 400, 300), open_and_write);
	buf_release(&text);
}

static void versions_have_debians_order(void **state)
{
	static const char *const rising[] = { "1~rc1", "1",   "1-1",  "1-2", "1.0",  "1.0a",
					      "1.0+b", "1.9", "1.10", "2",   "1:0.1" };
	const size_t n = sizeof rising / sizeof *rising;

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int c = version_compare(span_of(rising[i]), span_of(rising[k]));
			assert_true(i < k ? c < 0 : i > k ? c > 0 : c == 0);
		}
	assert_int_equal(version_compare(span_of("01.0"), span_of("1.0")), 0);
}

static void put_device(struct facts *f, const char *type, const char *id)
{
	struct fact_writer w;
	struct error e;
	struct buf b;

	buf_init(&b, 1 << 16);
	fact_writer_init(&w, &b);
	fact_begin(&w, FACT_DEVICE);
	fact_put_text(&w, FACT_TYPE, type);
	fact_put_text(&w, FACT_ID, id);
	fact_end(&w);
	assert_true(facts_adopt(f, buf_span(&b), 3, NULL, NULL, &e));
	buf_release(&b);
}

static bool meets(enum policy_atom_type type, const char *value, const struct fact *f)
{
	struct policy_atom a = { .type = type, .value = span_of(value) };

	return policy_atom_meets(&a, f);
}

static void a_path_has_one_sign_for_many(void **state)
{
	(void)state;
	assert_true(policy_path_meets(span_of("/opt/a?[b]*"), span_of("/opt/a?[b]cd")));
	assert_false(policy_path_meets(span_of("/opt/a?"), span_of("/opt/ab")));
	assert_false(policy_path_meets(span_of("/opt/a*"), span_of("/opt/a/b")));
}

static void a_device_is_met_by_vendor_or_by_both_ids(void **state)
{
	struct facts facts;

	(void)state;
	facts_init(&facts);
	put_device(&facts, "usb", "12d1:1001");
	struct fact f = facts_get(&facts, 0);
	assert_true(meets(ATOM_USB, "12d1", &f));
	assert_true(meets(ATOM_USB, "12d1:1001", &f));
	assert_false(meets(ATOM_USB, "12d1:1002", &f));
	assert_false(meets(ATOM_PCI, "12d1", &f));
	assert_false(meets(ATOM_USB, "1001", &f));
	assert_int_equal(f.collector, 3);
	facts_release(&facts);
}

static bool address_meets(const char *oui, const char *address)
{
	struct fact_writer w;
	struct facts facts;
	struct error e;
	struct buf b;

	facts_init(&facts);
	buf_init(&b, 1 << 16);
	fact_writer_init(&w, &b);
	fact_begin(&w, FACT_NEIGHBOUR);
	fact_put_text(&w, FACT_ADDRESS, address);
	fact_end(&w);
	assert_true(facts_adopt(&facts, buf_span(&b), 0, NULL, NULL, &e));
	struct fact f = facts_get(&facts, 0);
	bool met = meets(ATOM_OUI, oui, &f);
	facts_release(&facts);
	buf_release(&b);
	return met;
}

static void an_assignment_is_a_prefix_and_a_local_address_names_nobody(void **state)
{
	(void)state;
	assert_true(address_meets("bcad28", "BC:AD:28:00:00:01"));
	assert_true(address_meets("bcad280", "bc:ad:28:00:00:01"));
	assert_false(address_meets("bcad281", "bc:ad:28:00:00:01"));
	assert_false(address_meets("bead28", "be:ad:28:00:00:01"));
	assert_false(address_meets("bcad28", "bc:ad:28"));
}

static bool prefix_meets(const char *block, const char *address)
{
	struct prefix p;

	assert_true(prefix_parse(span_of(block), &p));
	return prefix_holds(&p, span_of(address));
}

static void a_block_holds_its_addresses_however_they_are_written(void **state)
{
	static const char *const bad[] = {
		"",           "192.0.2.0/33",   "192.0.2.1/24", "0.0.0.0/0",
		"::/0",       "2001:db8::1/32", "192.0.2/24",   "x",
		"192.0.2.0/", "192.0.2.0/024"
	};
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(prefix_parse(span_of(bad[i]), &p));
	assert_true(prefix_meets("192.0.2.0/25", "192.0.2.127:443"));
	assert_false(prefix_meets("192.0.2.0/25", "192.0.2.128"));
	assert_true(prefix_meets("192.0.2.7", "::ffff:192.0.2.7"));
	assert_true(prefix_meets("2001:db8::/33", "[2001:db8:7fff::1]:53"));
	assert_false(prefix_meets("2001:db8::/33", "[2001:db8:8000::1]:53"));
	assert_true(prefix_meets("fe80::/10", "fe80::1%eth0"));
	assert_false(prefix_meets("0.0.0.0/1", "::1"));
	assert_false(prefix_meets("192.0.2.0/24", ""));
}

/* One fact of a kind with two values. */
static bool fact_meets(enum policy_atom_type type, const char *value, enum fact_kind kind,
		       enum fact_key k1, const char *v1, enum fact_key k2, const char *v2)
{
	struct fact_writer w;
	struct facts facts;
	struct error e;
	struct buf b;

	facts_init(&facts);
	buf_init(&b, 1 << 16);
	fact_writer_init(&w, &b);
	fact_begin(&w, kind);
	fact_put_text(&w, FACT_TYPE, type == ATOM_DMI ? "dmi" : policy_atom_words[type]);
	fact_put_text(&w, k1, v1);
	fact_put_text(&w, k2, v2);
	fact_end(&w);
	assert_true(facts_adopt(&facts, buf_span(&b), 0, NULL, NULL, &e));
	struct fact f = facts_get(&facts, 0);
	bool met = meets(type, value, &f);
	facts_release(&facts);
	buf_release(&b);
	return met;
}

static bool host_meets(const char *domain, const char *name)
{
	return fact_meets(ATOM_DOMAIN, domain, FACT_HOST, FACT_NAME, name, FACT_LOCATION, "x");
}

static void a_domain_is_met_by_itself_and_what_is_beneath_it(void **state)
{
	(void)state;
	assert_true(host_meets("upd.example.com", "upd.example.com"));
	assert_true(host_meets("upd.example.com", "S01.UPD.example.com."));
	assert_false(host_meets("upd.example.com", "notupd.example.com"));
	assert_false(host_meets("upd.example.com", "upd.example.com.evil.net"));
	assert_false(host_meets("upd.example.com", "example.com"));
	assert_false(host_meets("upd.example.com", ""));
}

static bool sent_meets(const char *address)
{
	return fact_meets(ATOM_DOMAIN, "upd.example.com", FACT_HOST, FACT_NAME, "upd.example.com",
			  FACT_REMOTE, address);
}

static void a_name_that_is_sent_nowhere_is_not_met(void **state)
{
	(void)state;
	assert_true(sent_meets("192.0.2.1"));
	assert_true(sent_meets("12.7.0.1"));
	assert_false(sent_meets("0.0.0.0"));
	assert_false(sent_meets("127.0.0.1"));
	assert_false(sent_meets("::"));
	assert_false(sent_meets("::1"));
}

static void firmware_names_its_maker_exactly(void **state)
{
	(void)state;
	assert_true(fact_meets(ATOM_DMI, "Maker Inc.", FACT_SYSTEM, FACT_NAME, "sys_vendor",
			       FACT_VERSION, "Maker Inc."));
	assert_true(fact_meets(ATOM_DMI, "Maker Inc.", FACT_FIRMWARE, FACT_NAME, "bios_vendor",
			       FACT_VERSION, "Maker Inc."));
	assert_false(fact_meets(ATOM_DMI, "Maker", FACT_SYSTEM, FACT_NAME, "sys_vendor",
				FACT_VERSION, "Maker Inc."));
	assert_false(fact_meets(ATOM_DMI, "1.0", FACT_FIRMWARE, FACT_NAME, "bios_version",
				FACT_VERSION, "1.0"));
}

static void versions_have_the_order_of_their_packages(void **state)
{
	static const struct {
		enum policy_atom_type type;
		const char *older, *newer;
	} pairs[] = {
		{ ATOM_NPM, "1.0.0-rc.1", "1.0.0" },
		{ ATOM_NPM, "1.0.0-alpha.2", "1.0.0-alpha.10" },
		{ ATOM_CARGO, "0.9.9", "0.10.0-pre" },
		{ ATOM_GO, "v1.2.3-0.20200101", "v1.2.3" },
		{ ATOM_PIP, "1.0rc1", "1.0" },
		{ ATOM_PIP, "1.0.dev1", "1.0a1" },
		{ ATOM_PIP, "1.0b2", "1.0rc1" },
		{ ATOM_PIP, "1.0", "1.0.post1" },
		{ ATOM_PIP, "1.0.post1", "1.0.1" },
		{ ATOM_PIP, "1.0-1", "1.0.1" },
		{ ATOM_PIP, "1.0", "1.0-1" },
		{ ATOM_PIP, "2.0", "1!1.0" },
		{ ATOM_PIP, "1.0RC1", "1.0" },
		{ ATOM_PIP, "1.0.alpha.2", "1.0b1" },
		{ ATOM_PIP, "1.0a1.dev1", "1.0a1" },
		{ ATOM_PIP, "1.0", "1.0+local.1" },
		{ ATOM_PIP, "1.0+local.1", "1.0.post1" },
		{ ATOM_PIP, "1.0+a", "1.0+1" },
		{ ATOM_PIP, "1.0+a.b", "1.0+a.1" },
		{ ATOM_PIP, "1.0+a", "1.0+a.0" },
		{ ATOM_PIP, "1.0+9", "1.0+10" },
		{ ATOM_PIP, "1.9", "1.10" },
		{ ATOM_NPM, "1.0.0-beta11", "1.0.0-beta2" },
		{ ATOM_NPM, "1.0.0-beta.2", "1.0.0-beta.11" },
		{ ATOM_NPM, "1.0.0-alpha", "1.0.0-alpha-x" },
		{ ATOM_NPM, "1.0.0-alpha", "1.0.0-alpha.1" },
		{ ATOM_NPM, "1.0.0-1", "1.0.0-A" },
		{ ATOM_NPM, "1.0.0-rc.1+b.2", "1.0.0-rc.2+b.1" },
		{ ATOM_GO, "1.22-rc.1", "1.22.0" },
		{ ATOM_GO, "1.21.5", "1.21.10" },
		{ ATOM_DPKG, "1.0", "1.0-1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct span a = span_of(pairs[i].older), b = span_of(pairs[i].newer);
		assert_true(version_compare_of(pairs[i].type, a, b) < 0);
		assert_true(version_compare_of(pairs[i].type, b, a) > 0);
	}
	static const struct {
		enum policy_atom_type type;
		const char *a, *b;
	} same[] = {
		{ ATOM_NPM, "1.0.0+build", "1.0.0" },
		{ ATOM_GO, "1.22", "v1.22.0" },
		{ ATOM_PIP, "1.0", "1.0.0" },
		{ ATOM_PIP, "1.0-rc.1", "1.0c1" },
		{ ATOM_PIP, "1.0.dev", "1.dev0" },
		{ ATOM_PIP, "v1.0-2", "1.0.POST2" },
		{ ATOM_PIP, "0", "0.0" },
		{ ATOM_PIP, "", "" },
	};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_int_equal(
			version_compare_of(same[i].type, span_of(same[i].a), span_of(same[i].b)),
			0);
}

static void try_stream(struct span s)
{
	struct facts f;
	struct error e;

	facts_init(&f);
	bool whole = facts_adopt(&f, s, 0, NULL, NULL, &e);
	assert_true(whole || e.why == REASON_DAMAGED);
	for (size_t i = 0; i < facts_count(&f); i++) {
		struct fact fact = facts_get(&f, i);
		struct span value;
		enum fact_key key;
		for (size_t place = 0; fact_next(&fact, &place, &key, &value);)
			assert_true(key < FACT_KEYS);
	}
	facts_release(&f);
}

static void a_spoiled_stream_of_facts_is_read_or_refused(void **state)
{
	struct fact_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	fact_writer_init(&w, &b);
	for (unsigned i = 0; i < 4; i++) {
		fact_begin(&w, FACT_PACKAGE);
		fact_put_text(&w, FACT_NAME, "a name");
		fact_printf(&w, FACT_VERSION, "%u", i);
		fact_end(&w);
	}
	mutate(buf_span(&b), try_stream);
	buf_release(&b);
}

static void a_full_writer_leaves_whole_records(void **state)
{
	struct fact_writer w;
	struct facts f;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 8192);
	fact_writer_init(&w, &b);
	for (unsigned i = 0; i < 1000; i++) {
		fact_begin(&w, FACT_PACKAGE);
		fact_put_text(&w, FACT_NAME, "something");
		fact_end(&w);
	}
	facts_init(&f);
	assert_true(w.full && w.left > 0);
	assert_true(facts_adopt(&f, buf_span(&b), 0, NULL, NULL, &e));
	assert_int_equal(facts_count(&f) + w.left, 1000);
	facts_release(&f);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spoiled_policy_is_read_or_refused),
		cmocka_unit_test(versions_have_debians_order),
		cmocka_unit_test(a_path_has_one_sign_for_many),
		cmocka_unit_test(a_device_is_met_by_vendor_or_by_both_ids),
		cmocka_unit_test(an_assignment_is_a_prefix_and_a_local_address_names_nobody),
		cmocka_unit_test(a_block_holds_its_addresses_however_they_are_written),
		cmocka_unit_test(a_domain_is_met_by_itself_and_what_is_beneath_it),
		cmocka_unit_test(a_name_that_is_sent_nowhere_is_not_met),
		cmocka_unit_test(firmware_names_its_maker_exactly),
		cmocka_unit_test(versions_have_the_order_of_their_packages),
		cmocka_unit_test(a_spoiled_stream_of_facts_is_read_or_refused),
		cmocka_unit_test(a_full_writer_leaves_whole_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

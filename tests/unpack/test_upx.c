/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "tests/unpack/documents.h"
#include "unpack/decode_nrv.h"
#include "unpack/upx.h"

/*
 * Programs that make_upx.py made and UPX packed, of which every byte that UPX keeps must come out
 * again; and what people do to such programs so that `upx -d` refuses.
 */

#define AMD64  "caafaa4510bdf6568ead2f5c7fe4860b5957b2f1a63403addbee7a17a4ab811c"
#define PE64   "78bd776f5c46f3fe247100f920c3d792a20b1559e9a8a5005741da6b1e351494"
#define STORED "a9ae750b79fcfe7a3695fd5cb73d66ee857e1a4177fe12a1e4f5e7f9dc2780bb"

enum { ELF_SIZE = 14538, LIBRARY_SIZE = 3456, STORED_SIZE = 1504, PE_AT = 0x400, PE_CODE = 9216 };

/* Bytes [at, at + n) of what comes out have this SHA-256, as make_upx.py has printed it. */
static const struct packed {
	const char *name;
	size_t at, n;
	const char *sha256;
} packed[] = {
	{ "elf-amd64-nrv2b-4.2.2", 0, ELF_SIZE, AMD64 },
	{ "elf-amd64-nrv2d-4.2.2", 0, ELF_SIZE, AMD64 },
	{ "elf-amd64-nrv2e-4.2.2", 0, ELF_SIZE, AMD64 },
	{ "elf-amd64-lzma-4.2.2", 0, ELF_SIZE, AMD64 },
	{ "elf-i386-nrv2e-3.96", 0, ELF_SIZE,
	  "fcfe5e3df11489b8633b07bfb10db59202c275b447164fda2b0b409fcb578036" },
	{ "elf-arm-nrv2b-3.96", 0, ELF_SIZE,
	  "054265de25e6726fb4f96a4841e24b437fadc6fa8ea3264164dd3de65447e19a" },
	{ "elf-armeb-lzma-3.96", 0, ELF_SIZE,
	  "b35b7a6e9710581a9ae7329204c6017e87fec06bf17fa8b21e35c6f4c68c28a3" },
	{ "elf-arm64-nrv2d-3.96", 0, ELF_SIZE,
	  "aebea91de06237d6d4df4e85b89c9bbccc9e3c3889e2e5d7d62f609760064b66" },
	{ "elf-ppc-nrv2b-3.96", 0, ELF_SIZE,
	  "aa2d8f6c277fddffaf64c243ebbc8091a3a226dc8f853c6a92038063e6a70662" },
	{ "elf-mips-lzma-3.96", 0, ELF_SIZE,
	  "8d09de83e47aa3ea1b2436db7ab90926448e23286d0f42951895f5c25d0c2598" },
	/* by make_upx_parts.py */
	{ "hand-library", 0, LIBRARY_SIZE,
	  "74e80e173f9e2b4b111d03b1eac4d63b578b8b9ae9ca074783abaf4c35889bbc" },
	{ "hand-library-32-big", 0, LIBRARY_SIZE,
	  "98e60f2c3d5550b4169107a1ba6ed132ca5a55aef7638c5a1545e7bd9105b1c8" },
	{ "hand-stored", 0, STORED_SIZE, STORED },
	{ "hand-stored-32-big", 0, STORED_SIZE,
	  "996c2a52acaf0e1b72eafca47a411dd817a0e0b490a19d577050e58c809957ae" },
	{ "hand-far", 0, STORED_SIZE, STORED },
	{ "pe64-nrv2b-4.2.2", PE_AT, PE_CODE, PE64 },
	{ "pe64-nrv2d-4.2.2", PE_AT, PE_CODE, PE64 },
	{ "pe64-nrv2e-4.2.2", PE_AT, PE_CODE, PE64 },
	{ "pe64-lzma-4.2.2", PE_AT, PE_CODE, PE64 },
};

enum { N_PACKED = sizeof packed / sizeof *packed };

/* A copy of a seed, for this test to change. */
static struct span load(const char *name, uint8_t **p)
{
	char path[128];

	snprintf(path, sizeof path, "upx/%s", name);
	struct span s = document_load(path);
	*p = malloc(s.n);
	memcpy(*p, s.p, s.n);
	return (struct span){ *p, s.n };
}

/* One member, whole. */
static void check(const struct packed *k, struct span s)
{
	struct collect c = { 0 };
	char hex[HASH_MAX_HEX + 1];

	assert_true(collect(&c, s, NULL));
	if (c.n_members != 1 || c.n_gaps != 0)
		fail_msg("%s: %s", k->name, (const char *)c.list.p);
	if (k->at == 0)
		assert_int_equal(c.last.n, k->n);
	assert_true(hash_hex(HASH_SHA256,
			     span_cut((struct span){ c.last.p, c.last.n }, k->at, k->n), hex));
	assert_string_equal(hex, k->sha256);
	collect_release(&c);
}

static void what_upx_packed_comes_out_as_it_was(void **state)
{
	uint8_t *p;

	(void)state;
	for (size_t i = 0; i < N_PACKED; i++) {
		check(&packed[i], load(packed[i].name, &p));
		free(p);
	}
}

/* Overwrites each "UPX!" but one of a PE, whose header's checksum is enough.  Of a library it is
 * all that says where the blocks begin (docs/coverage.md). */
static void overwritten_marks_do_not_help(void **state)
{
	uint8_t *p;

	(void)state;
	for (size_t i = 0; i < N_PACKED; i++) {
		if (strstr(packed[i].name, "library") != NULL)
			continue;
		struct span s = load(packed[i].name, &p);
		for (size_t at = 0; at + 4 <= s.n; at++)
			if (memcmp(p + at, "UPX", 3) == 0)
				memcpy(p + at, "ABC!", 4);
		check(&packed[i], s);
		free(p);
	}
}

static void without_the_file_size_the_parts_that_are_loaded_come_out(void **state)
{
	uint8_t *p;
	struct span s = load("elf-amd64-nrv2e-4.2.2", &p);
	struct collect c = { 0 };

	(void)state;
	memset(p + 64 + 2 * 56 + 16, 0, 8); /* p_filesize, p_blocksize */
	check(&packed[2], s);
	memset(p + s.n - 36, 0, 36); /* nor what `upx -d` goes by */
	assert_true(collect(&c, s, NULL));
	assert_string_equal((const char *)c.list.p,
			    "unpacked 13288 [damaged: UPX: what is not loaded "
			    "was not found]\n");
	collect_release(&c);
	free(p);
}

static void what_is_not_as_upx_writes_it_is_told(void **state)
{
	static const char none[] = "! [unsupported:UPX: a packed program: its blocks are not as "
				   "UPX writes them]\n";
	static const struct {
		const char *name, *told;
	} rows[] = {
		{ "hand-overlap", "[damaged: UPX: parts that overlap]" },
		{ "hand-no-gaps", "[damaged: UPX: what is not loaded was not found]" },
		{ "hand-cut", "[damaged: UPX: the blocks end early]" },
		{ "hand-filter", "[damaged: UPX: a block of method 14, filter 0x77]" },
		{ "hand-other-class", none },
		{ "hand-other-order", none },
		{ "hand-no-elf", none },
		{ "hand-no-loads", none },
		{ "hand-first-damaged", none },
		{ "hand-first-cut", none },
		{ "hand-pe64", "unpacked 1024\n" },
		{ "hand-pe64-before",
		  "unpacked 1024 [damaged: UPX: a section outside of the image]\n" },
		{ "hand-pe64-behind",
		  "unpacked 1536 [damaged: UPX: a section outside of the image]\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct collect c = { 0 };
		uint8_t *p;
		assert_true(collect(&c, load(rows[i].name, &p), NULL));
		if (strstr((const char *)c.list.p, rows[i].told) == NULL)
			fail_msg("%s: %s", rows[i].name, (const char *)c.list.p);
		collect_release(&c);
		free(p);
	}
}

static void damage_is_told(void **state)
{
	uint8_t *p;
	struct span s = load("elf-amd64-nrv2e-4.2.2", &p);
	struct collect c = { 0 };

	(void)state;
	memset(p + 0x200, 0xff, 64); /* within the second block */
	assert_true(collect(&c, s, NULL));
	assert_non_null(strstr((const char *)c.list.p, "damaged: UPX: a block of method 8"));
	collect_release(&c);
	free(p);
	s = load("elf-amd64-nrv2e-4.2.2", &p);
	assert_true(collect(&c, span_cut(s, 0, 0x300), NULL));
	assert_non_null(strstr((const char *)c.list.p, "damaged: UPX: the blocks end early"));
	collect_release(&c);
	free(p);
	s = load("pe64-nrv2e-4.2.2", &p);
	p[0x1e0 + 6] = 99; /* the method */
	assert_true(collect(&c, s, NULL));
	assert_string_equal((const char *)c.list.p,
			    "! [unsupported:UPX: a packed program: its header was not found]\n");
	collect_release(&c);
	free(p);
}

/* ---- the filters, each against its opposite */

static void put32(uint8_t *p, bool big, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (big ? 3 - i : i));
}

/* A call at 16 to 100; as each filter leaves it. */
static void filters_that_no_seed_has_are_undone(void **state)
{
	static const struct {
		uint8_t filter, opcode;
		bool big, marked, told;
	} rows[] = {
		{ 0x11, 0xe8, false, false, false }, { 0x12, 0xe9, false, false, false },
		{ 0x13, 0xe8, false, false, false }, { 0x14, 0xe8, true, false, false },
		{ 0x15, 0xe9, true, false, false },  { 0x16, 0xe9, true, false, false },
		{ 0x24, 0xe8, true, true, true },    { 0x25, 0xe9, true, true, true },
		{ 0x26, 0xe8, true, true, true },    { 0x36, 0xe9, true, true, true },
		{ 0x46, 0xe8, true, true, true },    { 0x49, 0xe8, true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t p[64] = { [16] = rows[i].opcode }, was[64] = { [16] = rows[i].opcode };
		uint32_t add = rows[i].marked ? 0x1000 : 0x400000;
		put32(was + 17, false, 100);
		put32(p + 17, rows[i].big, 100 + 17 + add + (rows[i].marked ? 0x5a000000u : 0));
		assert_true(upx_unfilter(rows[i].filter, 0x5a, add, p, sizeof p));
		assert_memory_equal(p, was, sizeof p);
		/* and nothing is done to the other opcode where the filter takes one alone */
		p[16] ^= 1;
		memcpy(was, p, sizeof was);
		if ((rows[i].filter & 3) != 3 && rows[i].filter < 0x26 && rows[i].filter != 0x16) {
			assert_true(upx_unfilter(rows[i].filter, 0x5a, add, p, sizeof p));
			assert_memory_equal(p, was, sizeof p);
		}
	}
	uint8_t none[8] = { 0 };
	assert_false(upx_unfilter(0x77, 0, 0, none, sizeof none));
}

/* ---- damage */

static uint32_t next(uint32_t *r)
{
	*r = *r * 1664525 + 1013904223;
	return *r >> 8;
}

static void nrv_reads_no_byte_that_is_not_there(void **state)
{
	static const unsigned widths[] = { 8, 16, 32 };
	uint32_t r = 1;

	(void)state;
	for (unsigned n = 0; n < 30000; n++) {
		size_t made, n_in = n % 40, n_out = n % 71;
		uint8_t *in = malloc(n_in + 1), *out = malloc(n_out + 1);
		for (size_t i = 0; i < n_in; i++)
			in[i] = (uint8_t)(next(&r) >> (i % 4) * 3);
		(void)decode_nrv((enum decode_nrv)(n % 3), widths[n / 3 % 3],
				 (struct span){ in, n_in }, out, n_out, &made);
		assert_true(made <= n_out);
		free(in);
		free(out);
	}
}

static void try_it(struct span s)
{
	struct unpack_options o = { .limits.max_steps = 1000000, .limits.max_bytes = 1 << 17 };
	struct collect c = { .quiet = true };

	(void)collect(&c, s, &o);
	collect_release(&c);
}

/* The headers and first blocks; the fuzz target goes through the rest. */
static void any_damage_is_safe(void **state)
{
	enum { FIRST = 0x2a0, STEP = 13 };
	uint8_t *p;

	(void)state;
	for (size_t i = 0; i < N_PACKED; i += 3) {
		struct span s = load(packed[i].name, &p);
		for (size_t at = 0; at < FIRST; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				p[at] ^= (uint8_t)(1u << bit);
				try_it(s);
				p[at] ^= (uint8_t)(1u << bit);
			}
		for (size_t n = 0; n < s.n; n += STEP) {
			uint8_t *copy = malloc(n + 1);
			memcpy(copy, p, n);
			try_it((struct span){ copy, n });
			free(copy);
		}
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_upx_packed_comes_out_as_it_was),
		cmocka_unit_test(overwritten_marks_do_not_help),
		cmocka_unit_test(without_the_file_size_the_parts_that_are_loaded_come_out),
		cmocka_unit_test(what_is_not_as_upx_writes_it_is_told),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(filters_that_no_seed_has_are_undone),
		cmocka_unit_test(nrv_reads_no_byte_that_is_not_there),
		cmocka_unit_test(any_damage_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

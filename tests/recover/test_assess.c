/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "recover/assess.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <stdlib.h>

enum { MIB = 1 << 20 };

static struct assessment result;

/* Bytes that look random, always the same ones (splitmix64). */
static void make_random(uint8_t *p, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		p[i] = (uint8_t)(z >> 56);
	}
}

static void make_text(uint8_t *p, size_t n)
{
	static const char line[] = "The quick brown fox jumps over the lazy dog, 1234567890.\n";

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)line[i % (sizeof line - 1)];
}

static enum damage assess(const uint8_t *p, size_t n, const char *original, bool renamed)
{
	struct assess_hint hint = { span_of(original), renamed };
	struct region w;

	region_of_memory(&w, (struct span){ p, n });
	assess_file(&w, &hint, &result);
	return result.damage;
}

static void random_bytes_and_others_are_told_apart(void **state)
{
	uint8_t *p = malloc(CHI_WINDOW);

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		make_random(p, CHI_WINDOW, seed);
		assert_true(chi_looks_random((struct span){ p, CHI_WINDOW }));
	}
	make_text(p, CHI_WINDOW);
	assert_false(chi_looks_random((struct span){ p, CHI_WINDOW }));
	memset(p, 0, CHI_WINDOW);
	assert_false(chi_looks_random((struct span){ p, CHI_WINDOW }));
	for (size_t i = 0; i < CHI_WINDOW; i++) /* evener than chance */
		p[i] = (uint8_t)i;
	assert_false(chi_looks_random((struct span){ p, CHI_WINDOW }));
	free(p);
}

static void a_text_is_intact_and_its_cipher_is_not(void **state)
{
	uint8_t *p = malloc(MIB);

	(void)state;
	make_text(p, MIB);
	assert_int_equal(assess(p, MIB, "a.txt", false), DAMAGE_NONE);
	assert_int_equal(assess(p, MIB, "a.txt", true), DAMAGE_RENAMED);
	make_random(p, MIB, 7);
	assert_int_equal(assess(p, MIB, "a.txt", false), DAMAGE_FULL);
	assert_int_equal(result.lost, MIB);
	assert_int_equal(assess(p, MIB, "a", false), DAMAGE_UNKNOWN);
	assert_int_equal(assess(p, MIB, "a.gpg", false), DAMAGE_UNKNOWN);
	assert_int_equal(assess(p, 3000, "a.txt", true), DAMAGE_FULL);
	free(p);
}

static void ranges_are_found_to_the_block(void **state)
{
	uint8_t *p = malloc(4 * MIB);

	(void)state;
	make_text(p, 4 * MIB);
	make_random(p, 150 << 10, 1);
	make_random(p + 2 * MIB + 4096, 300 << 10, 2);
	assert_int_equal(assess(p, 4 * MIB, "a.txt", true), DAMAGE_PARTLY);
	assert_int_equal(result.n_ranges, 2);
	assert_int_equal(result.range[0].at, 0);
	assert_in_range(result.range[0].n, 148 << 10, 152 << 10);
	assert_in_range(result.range[1].at, 2 * MIB, 2 * MIB + 4096);
	assert_in_range(result.range[1].at + result.range[1].n, 2 * MIB + (300 << 10),
			2 * MIB + (308 << 10));
	free(p);
}

static void known_patterns_are_named(void **state)
{
	static const struct {
		const char *has;
		uint64_t at[4];
		uint64_t n[4];
	} rows[] = {
		{ "as STOP does", { 0 }, { 153605 } },
		{ "as Avaddon", { 0 }, { MIB } },
		{ "second wave of ESXiArgs",
		  { 0, 2 * MIB, 4 * MIB, 6 * MIB },
		  { MIB, MIB, MIB, MIB } },
		{ "as Babuk for NAS does", { 0 }, { 4 * MIB } },
	};
	uint8_t *p = malloc(8 * MIB);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		make_text(p, 8 * MIB);
		for (size_t k = 0; k < 4; k++)
			make_random(p + rows[i].at[k], rows[i].n[k], k);
		assert_int_equal(assess(p, 8 * MIB, "a.txt", true), DAMAGE_PARTLY);
		if (result.pattern == NULL || strstr(result.pattern, rows[i].has) == NULL)
			fail_msg("%s: %s", rows[i].has, result.pattern);
	}
	free(p);
}

static void patterns_finer_than_a_window_are_found(void **state)
{
	static const struct {
		size_t period, take;
	} rows[] = { { 192, 64 }, { 32, 16 }, { 256, 64 }, { 128, 64 } };
	uint8_t *p = malloc(MIB), random[64];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		make_text(p, MIB);
		for (size_t at = 0; at + 64 <= MIB; at += rows[i].period) {
			make_random(random, rows[i].take, at);
			memcpy(p + at, random, rows[i].take);
		}
		for (int renamed = 0; renamed < 2; renamed++) {
			assert_int_equal(assess(p, MIB, "a.txt", renamed), DAMAGE_PARTLY);
			assert_non_null(result.pattern);
			assert_int_equal(result.lost, MIB / rows[i].period * rows[i].take);
		}
	}
	free(p);
}

/* ---- structure: each of these holds, and no mutation of it makes a reader stumble */

static void put32(uint8_t *p, uint32_t v, bool big)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (big ? 3 - i : i));
}

/* A zip of one stored member, "a", of six bytes. */
static size_t make_zip(uint8_t *p)
{
	memset(p, 0, 128);
	memcpy(p, "PK\3\4\x14", 5);
	put32(p + 14, crc32_of(span_of("hello\n")), false);
	put32(p + 18, 6, false);
	put32(p + 22, 6, false);
	p[26] = 1;
	memcpy(p + 30, "ahello\n", 7);
	memcpy(p + 37, "PK\1\2\x14\0\x14", 7);
	memcpy(p + 37 + 16, p + 14, 12);
	p[37 + 28] = 1;
	p[37 + 46] = 'a';
	memcpy(p + 84, "PK\5\6", 4);
	p[84 + 8] = p[84 + 10] = 1;
	put32(p + 84 + 12, 47, false);
	put32(p + 84 + 16, 37, false);
	return 106;
}

static size_t make_png(uint8_t *p)
{
	static const uint8_t head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0,
					0,    13,  'I', 'H', 'D',  'R',  0,    0,    0, 1,
					0,    0,   0,   1,   8,    0,    0,    0,    0 };

	memcpy(p, head, sizeof head);
	put32(p + 29, crc32_of((struct span){ p + 12, 17 }), true);
	memcpy(p + 33, "\0\0\0\0IEND", 8);
	put32(p + 41, crc32_of(span_of("IEND")), true);
	return 45;
}

static size_t make_pdf(uint8_t *p)
{
	static const char text[] =
		"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 2\n0000000000 65535 f \n"
		"0000000009 00000 n \ntrailer\n<<>>\nstartxref\n29\n%%EOF\n";

	memcpy(p, text, sizeof text - 1);
	return sizeof text - 1;
}

static size_t make_mp4(uint8_t *p)
{
	memcpy(p,
	       "\0\0\0\x10"
	       "ftypisom\0\0\0\0"
	       "\0\0\0\x0c"
	       "mdatabcd",
	       28);
	return 28;
}

static size_t make_tar(uint8_t *p)
{
	unsigned sum = 8 * ' ';

	memset(p, 0, 1536);
	memcpy(p, "a", 1);
	memcpy(p + 124, "00000000000", 11);
	memcpy(p + 257, "ustar", 6);
	for (unsigned i = 0; i < 512; i++)
		sum += p[i];
	for (unsigned i = 0; i < 6; i++)
		p[148 + i] = (uint8_t)('0' + (sum >> 3 * (5 - i) & 7));
	return 1024;
}

/* A program of one section, which ends with the file. */
static size_t make_pe(uint8_t *p)
{
	memset(p, 0, 1024);
	memcpy(p, "MZ", 2);
	p[60] = 64;
	memcpy(p + 64, "PE\0\0\x64\x86\1", 7);
	memcpy(p + 88, ".text", 5);
	put32(p + 88 + 16, 512, false);
	put32(p + 88 + 20, 512, false);
	return 1024;
}

/* A volume of three sectors, and the copy of the first. */
static size_t make_ntfs(uint8_t *p)
{
	memset(p, 0, 2048);
	memcpy(p, "\xeb\x52\x90NTFS    \0\2\x08", 14);
	p[0x28] = 3;
	memcpy(p + 510, "\x55\xaa", 2);
	memcpy(p + 1536, p, 512);
	return 2048;
}

/* A table after its protective MBR, and its copy at the end. */
static size_t make_gpt(uint8_t *p)
{
	memset(p, 0, 2048);
	p[446 + 4] = 0xee;
	p[446 + 8] = 1;
	p[446 + 12] = 3;
	memcpy(p + 510, "\x55\xaa", 2);
	memcpy(p + 512, "EFI PART", 8);
	memcpy(p + 1536, "EFI PART", 8);
	return 2048;
}

/* Blocks of 1 KiB, one in a group: the second group's superblock is the last. */
static size_t make_ext(uint8_t *p)
{
	memset(p, 0, 3072);
	p[1024 + 4] = 3;
	p[1024 + 0x14] = 1;
	p[1024 + 0x20] = 1;
	memcpy(p + 1024 + 0x38, "\x53\xef", 2);
	memcpy(p + 2048, p + 1024, 1024);
	return 3072;
}

static const struct {
	const char *name;
	size_t (*make)(uint8_t *p);
	enum kind kind;
	enum proof_level level;
} made[] = {
	{ "a.zip", make_zip, KIND_ZIP, PROOF_CHECKSUM },
	{ "a.png", make_png, KIND_PNG, PROOF_CHECKSUM },
	{ "a.pdf", make_pdf, KIND_PDF, PROOF_STRUCTURE },
	{ "a.mp4", make_mp4, KIND_MP4, PROOF_STRUCTURE },
	{ "a.tar", make_tar, KIND_TAR, PROOF_CHECKSUM },
	{ "a.exe", make_pe, KIND_PE, PROOF_STRUCTURE },
	{ "ntfs.img", make_ntfs, KIND_DISK, PROOF_STRUCTURE },
	{ "gpt.img", make_gpt, KIND_DISK, PROOF_STRUCTURE },
	{ "ext.img", make_ext, KIND_DISK, PROOF_STRUCTURE },
};

static void structures_hold_and_their_bits_are_counted(void **state)
{
	uint8_t room[4096];

	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		struct proof proof;
		struct region w;
		size_t n = made[i].make(room);
		region_of_memory(&w, (struct span){ room, n });
		proof_of(&w, kind_of_name(span_of(made[i].name)), true, &proof);
		if (proof.kind != made[i].kind || proof.level != made[i].level || proof.broken)
			fail_msg("%s: %d %d %s", made[i].name, proof.kind, proof.level, proof.what);
		assert_true(made[i].kind == KIND_TAR || made[i].make == make_ext ||
			    proof.bits >= PROOF_BITS_WANTED);
	}
}

/* "Its structure holds to its end" is not said of what has lost its end. */
static void no_structure_holds_without_its_end(void **state)
{
	uint8_t room[4096];

	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		struct proof proof;
		struct region w;
		size_t n = made[i].make(room);
		region_of_memory(&w, (struct span){ room, n - (n < 600 ? 8 : 512) });
		proof_of(&w, kind_of_name(span_of(made[i].name)), true, &proof);
		if (proof.level > PROOF_MAGIC)
			fail_msg("%s: %d %s", made[i].name, proof.level, proof.what);
	}
}

static void look(struct span s)
{
	struct proof proof;
	struct region w;

	region_of_memory(&w, s);
	proof_of(&w, KIND_UNKNOWN, true, &proof);
	(void)assess(s.p, s.n, "a.docx", true);
}

static void spoiled_structures_are_read_without_harm(void **state)
{
	uint8_t room[4096];

	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		mutate((struct span){ room, made[i].make(room) }, look);
}

static void a_spoiled_member_breaks_the_proof(void **state)
{
	uint8_t room[4096];
	struct proof proof;
	struct region w;

	(void)state;
	size_t n = make_zip(room);
	room[33] ^= 1;
	region_of_memory(&w, (struct span){ room, n });
	proof_of(&w, KIND_ZIP, true, &proof);
	assert_true(proof.broken);
	assert_int_equal(proof.level, PROOF_MAGIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes_and_others_are_told_apart),
		cmocka_unit_test(a_text_is_intact_and_its_cipher_is_not),
		cmocka_unit_test(ranges_are_found_to_the_block),
		cmocka_unit_test(known_patterns_are_named),
		cmocka_unit_test(patterns_finer_than_a_window_are_found),
		cmocka_unit_test(structures_hold_and_their_bits_are_counted),
		cmocka_unit_test(no_structure_holds_without_its_end),
		cmocka_unit_test(spoiled_structures_are_read_without_harm),
		cmocka_unit_test(a_spoiled_member_breaks_the_proof),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/unpack/collect.h"
#include "unpack/stub.h"
#include "unpack/stub_library.h"

/*
 * Programs that are packed by stubs written here, byte by byte: each turns the text below back,
 * which lies in the first section, and goes on there.
 */

enum { BASE = 0x400000, FIRST = 0x1000, SECOND = 0x2000, FILE_SIZE = 0x800, TEXT_AT = 0x40 };

static const char text[] = "needle in a packed program";
static const char plain[] = "\x31\xc0\xc3"; /* what the text's program does: xor eax, eax; ret */

static void put(uint8_t *p, unsigned size, uint32_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_section(uint8_t *p, const char *name, uint32_t at, uint32_t raw)
{
	memcpy(p, name, strlen(name));
	put(p + 8, 4, 0x1000);
	put(p + 12, 4, at);
	put(p + 16, 4, 0x200);
	put(p + 20, 4, raw);
	put(p + 36, 4, 0xe0000060);
}

/* A PE with two sections: what is packed, at first zeros, and the stub. */
static void make_program(uint8_t p[FILE_SIZE], const char *name, const void *stub, size_t n)
{
	memset(p, 0, FILE_SIZE);
	memcpy(p, "MZ", 2);
	put(p + 60, 4, 64);
	memcpy(p + 64, "PE\0\0\x4c\x01\x02", 7);
	put(p + 84, 2, 224);
	put(p + 86, 2, 0x10f);
	uint8_t *o = p + 88;
	put(o, 2, 0x10b);
	put(o + 16, 4, SECOND);
	put(o + 28, 4, BASE);
	put(o + 32, 4, 0x1000);
	put(o + 36, 4, 0x200);
	put(o + 56, 4, 0x3000);
	put(o + 60, 4, 0x400);
	put(o + 92, 4, 16);
	put_section(o + 224, ".text", FIRST, 0x400);
	put_section(o + 264, name, SECOND, 0x600);
	memcpy(p + 0x600, stub, n);
}

/* The packed part: `text` with the program that begins it, each byte XORed with 0x5a. */
static void put_packed(uint8_t p[FILE_SIZE])
{
	memcpy(p + 0x400, plain, sizeof plain - 1);
	memcpy(p + 0x400 + TEXT_AT, text, sizeof text);
	for (unsigned i = 0; i < 0x200; i++)
		p[0x400 + i] ^= 0x5a;
}

/* What comes out of it, as text. */
static const char *list_of(struct collect *c, const uint8_t p[FILE_SIZE])
{
	struct span s = { p, FILE_SIZE };

	(void)collect(c, s, NULL);
	return (const char *)c->list.p;
}

static bool last_has_text(const struct collect *c)
{
	return memmem(c->last.p, c->last.n, text, sizeof text) != NULL;
}

/* mov ecx, 200; mov esi, 401000; xor byte [esi], 5a; inc esi; loop; ... */
#define TURN "\xb9\0\x02\0\0\xbe\0\x10\x40\0\x80\x36\x5a\x46\xe2\xfa"
#define JUMP "\x68\0\x10\x40\0\xc3" /* push 401000; ret */

static void a_stub_is_run_and_the_layer_given(void **state)
{
	static const char stub[] = TURN JUMP;
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_program(p, ".stub", stub, sizeof stub);
	put_packed(p);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n");
	assert_true(last_has_text(&c));
	/* it is a program again, and begins where the stub ended */
	struct stub_image m;
	assert_true(stub_image_read((struct span){ c.last.p, c.last.n }, &m));
	assert_int_equal(m.entry, FIRST);
	assert_int_equal(m.n_sections, 2);
	collect_release(&c);
}

static void a_stub_may_be_encrypted_itself(void **state)
{
	/* the first stub turns the second, which is behind it, and runs into it */
	static const char first[] = "\xb9\x16\0\0\0\xbe\x10\x20\x40\0\xf6\x16\x46\xe2\xfb\x90";
	char stub[] = "\xb9\x16\0\0\0\xbe\x10\x20\x40\0\xf6\x16\x46\xe2\xfb\x90" TURN JUMP;
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	for (size_t i = sizeof first - 1; i < sizeof stub - 1; i++)
		stub[i] = (char)~stub[i];
	make_program(p, ".stub", stub, sizeof stub);
	put_packed(p);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n");
	assert_true(last_has_text(&c));
	collect_release(&c);
}

static void a_stub_may_look_for_functions_by_hashes_of_their_names(void **state)
{
	/* KERNEL32 is the third in the list at fs:[30]+c; each name that it exports is hashed (ror
	 * 13, add) until it is that of VirtualAlloc, which is called for 4096 bytes, and the code
	 * at 402080 is copied there and run */
	static const char stub[] =
		"\x64\xa1\x30\x00\x00\x00\x8b\x40\x0c\x8b\x40\x0c\x8b\x00\x8b\x00"
		"\x8b\x58\x18\x8b\x53\x3c\x8b\x54\x13\x78\x01\xda\x8b\x6a\x20\x01"
		"\xdd\x31\xc9\x8b\x74\x8d\x00\x01\xde\x31\xff\x31\xc0\xac\x84\xc0"
		"\x74\x07\xc1\xcf\x0d\x01\xc7\xeb\xf4\x41\x81\xff\x54\xca\xaf\x91"
		"\x75\xe1\x8b\x42\x24\x01\xd8\x0f\xb7\x4c\x48\xfe\x8b\x42\x1c\x01"
		"\xd8\x8b\x04\x88\x01\xd8\x6a\x40\x68\x00\x10\x00\x00\x68\x00\x10"
		"\x00\x00\x6a\x00\xff\xd0\x89\xc7\xbe\x80\x20\x40\x00\xb9\x40\x00"
		"\x00\x00\xf3\xa4\xff\xe0\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90" TURN JUMP;
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_program(p, ".stub", stub, sizeof stub);
	put_packed(p);
	assert_int_equal(sizeof stub - 1, 0x80 + 22);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n");
	assert_true(last_has_text(&c));
	collect_release(&c);
}

static void a_stub_may_go_on_in_a_handler_of_exceptions(void **state)
{
	/* push handler; push fs:[0]; mov fs:[0], esp; int3;
	 * handler: mov eax, [esp+c]; mov dword [eax+b8], 402040; xor eax, eax; ret; at 40: TURN */
	static const char stub[] =
		"\x68\x16\x20\x40\0\x64\xff\x35\0\0\0\0\x64\x89\x25\0\0\0\0\xcc\x90\x90"
		"\x8b\x44\x24\x0c\xc7\x80\xb8\0\0\0\x40\x20\x40\0\x31\xc0\xc3";
	static const char rest[] = TURN "\x64\x8f\x05\0\0\0\0\x58" JUMP; /* pop fs:[0]; pop eax */
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_program(p, ".stub", stub, sizeof stub);
	memcpy(p + 0x640, rest, sizeof rest);
	put_packed(p);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n");
	assert_true(last_has_text(&c));
	collect_release(&c);
}

static void a_stub_without_an_end_is_a_limit(void **state)
{
	struct unpack_options o = { .limits.max_steps = 100000000 };
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_program(p, "UPX1", "\xeb\xfe", 2);
	(void)collect(&c, (struct span){ p, FILE_SIZE }, &o);
	assert_non_null(strstr((const char *)c.list.p, "limit:steps"));
	collect_release(&c);
}

/* mov esp, 402100; xor eax, eax; mov ecx, STUB_HANDLED; jmp ecx: where a handler of exceptions
 * ends, to go on with a state that ends there again. */
static void what_the_system_does_for_a_stub_is_counted(void **state)
{
	struct unpack_options o = { .limits.max_steps = 100000000 };
	uint8_t p[FILE_SIZE], stub[] = "\xbc\0\x21\x40\0\x31\xc0\xb9\0\0\0\0\xff\xe1";
	struct collect c = { 0 };

	(void)state;
	put(stub + 8, 4, STUB_HANDLED);
	make_program(p, "UPX1", (const char *)stub, sizeof stub);
	put(p + 0x708, 4, 0x401000);
	put(p + 0x400 + 0xb0, 4, 0);
	put(p + 0x400 + 0xb8, 4, STUB_HANDLED);
	put(p + 0x400 + 0xc4, 4, 0x402100);
	(void)collect(&c, (struct span){ p, FILE_SIZE }, &o);
	assert_non_null(strstr((const char *)c.list.p, "limit:steps"));
	collect_release(&c);
}

/* Two stubs that write a byte of each other and go on there: a layer each time, until the byte at
 * 402100 has been counted down. */
static void make_layers(uint8_t p[FILE_SIZE], uint8_t n)
{
	static const char there[] = "\xc6\x05\0\x20\x40\0\x90\x68\0\x20\x40\0\xc3";
	static const char here[] = "\x90\xfe\x0d\0\x21\x40\0\x74\x0d" /* dec [402100]; jz 402016 */
				   "\xc6\x05\0\x10\x40\0\xc6" JUMP "\xc3";

	make_program(p, ".stub", here, sizeof here);
	memcpy(p + 0x400, there, sizeof there);
	p[0x700] = n;
}

static void each_of_six_layers_is_given_and_more_are_a_limit(void **state)
{
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_layers(p, 4);
	assert_null(strchr(list_of(&c, p), '['));
	assert_int_equal(c.n_members, STUB_MAX_LAYERS);
	collect_release(&c);
	make_layers(p, 5);
	assert_non_null(strstr(list_of(&c, p), "! [limit:layers: unknown packer: more than 6]\n"));
	assert_int_equal(c.n_members, STUB_MAX_LAYERS);
	collect_release(&c);
}

/* mov word [401000], v; push 401000; ret */
#define CHEAP(v) "\x66\xc7\x05\0\x10\x40\0" v JUMP

static void a_layer_hides_nothing_that_comes_behind_it(void **state)
{
	static const char turn[] = "\xb9\xc0\x01\0\0\xbe\x40\x10\x40\0\x80\x36\x5a\x46\xe2\xfa\xc3";
	uint8_t p[FILE_SIZE], loop[] = CHEAP("\xb8\0") "\xb8\0\0\0\0\xff\xd0\xeb\xf7";
	struct collect c = { 0 };

	(void)state;
	/* floating point, and all is packed yet */
	make_program(p, ".stub", CHEAP("\xd9\xee"), 15);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n"
					    "! [unsupported:unknown packer: a packed program: an "
					    "instruction that is not known at 0x401000]\n");
	collect_release(&c);
	/* what was packed may use it */
	make_program(p, ".stub", TURN JUMP, 22);
	put_packed(p);
	p[0x400] = 0xd9 ^ 0x5a;
	p[0x401] = 0xee ^ 0x5a;
	assert_string_equal(list_of(&c, p), "unpacked 8704\n");
	collect_release(&c);
	/* a layer that turns the text in its own section */
	make_program(p, ".stub", CHEAP("\xb9\xc0"), 15);
	put_packed(p);
	memcpy(p + 0x400, turn, sizeof turn - 1);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n2:unpacked 8704\n");
	assert_true(last_has_text(&c));
	collect_release(&c);
	/* and one that calls GetTickCount without end */
	put(loop + 16, 4, stub_library_find(span_of("GetTickCount")));
	loop[8] = loop[16];
	make_program(p, ".stub", loop, 15);
	memcpy(p + 0x400, loop + 15, sizeof loop - 16);
	assert_string_equal(list_of(&c, p), "unpacked 8704\n"
					    "! [limit:steps: unknown packer: no end within the "
					    "instructions that it may have at 0x401007]\n");
	collect_release(&c);
}

static void a_stub_that_does_not_work_is_a_gap(void **state)
{
	uint8_t p[FILE_SIZE];
	struct collect c = { 0 };

	(void)state;
	make_program(p, "UPX0", "\xd9\xee", 2); /* floating point */
	assert_string_equal(list_of(&c, p),
			    "! [unsupported:UPX: a packed program: an instruction that "
			    "is not known at 0x402000]\n");
	collect_release(&c);
	make_program(p, ".stub", "\xd9\xee", 2); /* its sections are as a packer makes them */
	assert_string_equal(list_of(&c, p),
			    "! [unsupported:unknown packer: a packed program: an instruction "
			    "that is not known at 0x402000]\n");
	collect_release(&c);
	make_program(p, ".stub", "\xc3", 1); /* an ordinary end */
	assert_string_equal(list_of(&c, p), "");
	collect_release(&c);
}

static void a_program_within_a_program_comes_out(void **state)
{
	uint8_t p[2 * FILE_SIZE] = { 0 };
	struct collect c = { 0 };

	(void)state;
	make_program(p, ".data", "\xc3", 1);
	put(p + 88 + 264 + 16, 4, 0xa00); /* the second section's size in the file */
	make_program(p + FILE_SIZE, ".more", "\xc3", 1);
	put(p + FILE_SIZE + 88 + 28, 4, 0x10000000); /* or it would be the same program */
	(void)collect(&c, (struct span){ p, sizeof p }, NULL);
	assert_string_equal((const char *)c.list.p, "program 2048\n");
	collect_release(&c);
}

/* ---- what UPX packed: make_upx.py */

enum { LINES = 200, MAX_FILE = 64 << 10 };

static size_t read_packed(const char *method, uint8_t p[MAX_FILE])
{
	char path[64];

	snprintf(path, sizeof path, "fuzz/corpus/packed/upx-%s", method);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(p, 1, MAX_FILE, f);
	fclose(f);
	return n;
}

/* The code of the program that make_upx.py makes, behind its first instructions. */
static size_t make_lines(uint8_t *p)
{
	static const char line[] = "needle in a packed program\xe8";
	size_t n = 0;

	for (uint32_t i = 0; i < LINES; i++) {
		memcpy(p + n, line, sizeof line - 1);
		put(p + n + sizeof line - 1, 4, i * 37 % 2048);
		n += sizeof line - 1 + 4;
	}
	return n;
}

static void all_of_upx_methods_give_the_code_back(void **state)
{
	static const char *const methods[] = { "nrv2b", "nrv2d", "nrv2e", "lzma" };
	static uint8_t p[MAX_FILE], lines[LINES * 64];
	size_t n_lines = make_lines(lines);

	(void)state;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct collect c = { 0 };
		size_t n = read_packed(methods[i], p);
		assert_null(memmem(p, n, lines, 62)); /* it is packed */
		assert_true(collect(&c, (struct span){ p, n }, NULL));
		assert_int_equal(c.n_members, 1);
		assert_int_equal(c.n_gaps, 0);
		assert_non_null(memmem(c.last.p, c.last.n, lines, n_lines));
		collect_release(&c);
	}
}

static void try_it(struct span s)
{
	struct unpack_options o = { .limits.max_steps = 30000000, .limits.max_bytes = 1 << 20 };
	struct collect c = { .quiet = true };

	(void)collect(&c, s, &o);
	collect_release(&c);
}

static void damaged_headers_and_stubs_do_no_harm(void **state)
{
	static const char stub[] = TURN JUMP;
	uint8_t p[FILE_SIZE];

	(void)state;
	make_program(p, ".stub", stub, sizeof stub);
	put_packed(p);
	memmove(p + 0x1c0, p + 0x600, sizeof stub); /* shorter: the stub lies in the headers */
	put(p + 88 + 16, 4, 0x1c0);
	mutate((struct span){ p, 0x220 }, try_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stub_is_run_and_the_layer_given),
		cmocka_unit_test(a_stub_may_be_encrypted_itself),
		cmocka_unit_test(a_stub_may_look_for_functions_by_hashes_of_their_names),
		cmocka_unit_test(a_stub_may_go_on_in_a_handler_of_exceptions),
		cmocka_unit_test(a_stub_without_an_end_is_a_limit),
		cmocka_unit_test(what_the_system_does_for_a_stub_is_counted),
		cmocka_unit_test(each_of_six_layers_is_given_and_more_are_a_limit),
		cmocka_unit_test(a_layer_hides_nothing_that_comes_behind_it),
		cmocka_unit_test(a_stub_that_does_not_work_is_a_gap),
		cmocka_unit_test(a_program_within_a_program_comes_out),
		cmocka_unit_test(all_of_upx_methods_give_the_code_back),
		cmocka_unit_test(damaged_headers_and_stubs_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub_library.h"

/* Where the parts of a library lie, in bytes from its base. */
enum {
	PE_AT = 0x80,
	OPTIONAL_AT = PE_AT + 24,
	EXPORTS_AT = 0x200, /* the directory, and behind it the library's name */
	NAME_AT = EXPORTS_AT + 40,
	SLOTS_AT = 0x1000,
	SLOT = 16,
	SPARE = 256, /* slots of KERNEL32 behind those of its functions */
	TABLES_AT = 0x8000,
	TEXT_AT = 0xc000,
	BEGINNING =
		0x8b55ff8b, /* mov edi, edi; push ebp; mov ebp, ...: what functions begin with */
};

const struct stub_library stub_libraries[STUB_N_LIBRARIES] = {
	{ "ntdll.dll", stub_names_ntdll, STUB_SYSTEM + 2 * STUB_LIBRARY_SIZE },
	{ "kernel32.dll", stub_names_kernel32, STUB_SYSTEM },
	{ "user32.dll", stub_names_user32, STUB_SYSTEM + STUB_LIBRARY_SIZE },
};

static void put(uint8_t *p, unsigned size, uint32_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The next name of a list; empty at its end. */
static struct span next_name(const char **names)
{
	const char *end = strchr(*names, ' ');
	struct span name = { (const uint8_t *)*names, end != NULL ? (size_t)(end - *names) : 0 };

	if (end != NULL)
		*names = end + 1;
	return name;
}

static uint32_t count(const char *names)
{
	uint32_t n = 0;

	while (next_name(&names).n != 0)
		n++;
	return n;
}

static void write_headers(uint8_t *p, const struct stub_library *l, uint32_t n)
{
	uint8_t *o = p + OPTIONAL_AT, *x = p + EXPORTS_AT;

	memcpy(p, "MZ", 2);
	put(p + 60, 4, PE_AT);
	put(p + PE_AT, 4, 0x4550);
	put(p + PE_AT + 4, 2, 0x14c);
	put(p + PE_AT + 20, 2, 224);
	put(p + PE_AT + 22, 2, 0x210e); /* a library */
	put(o, 2, 0x10b);
	put(o + 20, 4, SLOTS_AT); /* code */
	put(o + 28, 4, l->base);
	put(o + 32, 4, 0x1000);
	put(o + 36, 4, 0x200);
	put(o + 56, 4, STUB_LIBRARY_SIZE);
	put(o + 60, 4, 0x400);
	put(o + 92, 4, 16);
	put(o + 96, 4, EXPORTS_AT);
	put(o + 100, 4, NAME_AT - EXPORTS_AT + 32);
	put(x + 12, 4, NAME_AT);
	put(x + 16, 4, 1);
	put(x + 20, 4, n);
	put(x + 24, 4, n);
	put(x + 28, 4, TABLES_AT);         /* addresses */
	put(x + 32, 4, TABLES_AT + 4 * n); /* names */
	put(x + 36, 4, TABLES_AT + 8 * n); /* the numbers of those */
	memcpy(p + NAME_AT, l->name, strlen(l->name));
}

static void write_library(uint8_t *p, const struct stub_library *l)
{
	uint32_t n = count(l->names), text = TEXT_AT;
	const char *names = l->names;

	write_headers(p, l, n);
	for (uint32_t i = 0; i < n; i++) {
		struct span name = next_name(&names);
		put(p + TABLES_AT + 4 * i, 4, SLOTS_AT + SLOT * i);
		put(p + TABLES_AT + 4 * n + 4 * i, 4, text);
		put(p + TABLES_AT + 8 * n + 2 * i, 2, i);
		memcpy(p + text, name.p, name.n);
		text += (uint32_t)name.n + 1;
	}
	for (uint32_t at = SLOTS_AT; at < TABLES_AT; at += SLOT)
		put(p + at, 4, BEGINNING);
}

void stub_library_write(struct x86_region *r)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++)
		write_library(r->bytes + (stub_libraries[i].base - r->at), &stub_libraries[i]);
}

uint32_t stub_library_find(struct span name)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++) {
		const char *names = stub_libraries[i].names;
		struct span known = next_name(&names);
		for (uint32_t k = 0; known.n != 0; k++, known = next_name(&names))
			if (span_equal(known, name))
				return stub_libraries[i].base + SLOTS_AT + SLOT * k;
	}
	return 0;
}

struct span stub_library_name(uint32_t at)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++) {
		const char *names = stub_libraries[i].names;
		uint32_t into = at - stub_libraries[i].base - SLOTS_AT, n = into / SLOT;
		if (into >= TABLES_AT - SLOTS_AT || into % SLOT != 0)
			continue;
		struct span name = next_name(&names);
		while (n-- != 0 && name.n != 0)
			name = next_name(&names);
		return name;
	}
	return (struct span){ NULL, 0 };
}

uint32_t stub_library_spare(uint32_t i)
{
	return i < SPARE ? STUB_SYSTEM + SLOTS_AT + SLOT * (count(stub_names_kernel32) + i) : 0;
}

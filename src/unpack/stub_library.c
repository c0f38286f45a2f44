/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/stub_library.h"

/* Where the parts of a library lie, in bytes from its base. */
enum {
	PE_AT = 0x80,
	OPTIONAL_AT = PE_AT + 24,
	EXPORTS_AT = 0x200, /* the directory, and behind it the library's name */
	NAME_AT = EXPORTS_AT + 40,
	CODE_AT = 0x1000, /* a function begins as far behind this as its name in the list */
	SPARE_AT = 0x7000,
	SPARE = 256, /* addresses that are no function's, of 16 bytes each */
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
	put(o + 20, 4, CODE_AT); /* code */
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
		const char *start = names;
		struct span name = next_name(&names);
		put(p + TABLES_AT + 4 * i, 4, CODE_AT + (uint32_t)(start - l->names));
		put(p + TABLES_AT + 4 * n + 4 * i, 4, text);
		put(p + TABLES_AT + 8 * n + 2 * i, 2, i);
		memcpy(p + text, name.p, name.n);
		text += (uint32_t)name.n + 1;
	}
	for (uint32_t at = CODE_AT; at < TABLES_AT; at += 4)
		put(p + at, 4, BEGINNING);
}

void stub_library_write(struct x86_region *r)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++)
		write_library(r->bytes + (stub_libraries[i].base - r->at), &stub_libraries[i]);
}

/* Where in a list a name stands, from its start; UINT32_MAX: nowhere. */
static uint32_t place_of(const char *names, struct span name)
{
	size_t low = 0, high = strlen(names);

	while (low < high) {
		size_t at = low + (high - low) / 2;
		while (at > low && names[at - 1] != ' ')
			at--;
		const char *next = names + at;
		struct span known = next_name(&next);
		size_t n = known.n < name.n ? known.n : name.n;
		int order = n != 0 ? memcmp(known.p, name.p, n) : 0;
		if (order == 0 && known.n == name.n)
			return (uint32_t)at;
		if (order < 0 || (order == 0 && known.n < name.n))
			low = (size_t)(next - names);
		else
			high = at;
	}
	return UINT32_MAX;
}

uint32_t stub_library_find(struct span name)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++) {
		uint32_t at = place_of(stub_libraries[i].names, name);
		if (at != UINT32_MAX)
			return stub_libraries[i].base + CODE_AT + at;
	}
	return 0;
}

struct span stub_library_name(uint32_t at)
{
	for (size_t i = 0; i < STUB_N_LIBRARIES; i++) {
		const char *names = stub_libraries[i].names;
		uint32_t into = at - stub_libraries[i].base - CODE_AT;
		if (into < SPARE_AT - CODE_AT && into < strlen(names) &&
		    (into == 0 || names[into - 1] == ' ')) {
			names += into;
			return next_name(&names);
		}
	}
	return (struct span){ NULL, 0 };
}

uint32_t stub_library_spare(uint32_t i) { return i < SPARE ? STUB_SYSTEM + SPARE_AT + 16 * i : 0; }

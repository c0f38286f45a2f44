/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TESTS_FORMAT_MAKE_PE_H
#define PEL_TESTS_FORMAT_MAKE_PE_H

/*
 * A small PE image with a bit of everything that the module `pe` reads, for tests and for the seeds
 *of fuzz targets.  Its three sections:
 *
 *	.text   rva 0x1000, file 0x400, 0x200 bytes: entry point at its start
 *	.data   rva 0x2000, file 0x600, 0x800 bytes: all tables, one behind the other
 *	/4      rva 0x3000, file 0xe00, 0x200 bytes: its name is .longname, in the string table
 *
 * and an overlay from 0x1000 on: the string table.
 */

#include "base/cursor.h"

#include <string.h>

enum {
	MAKE_PE_SIZE = 0x1020,
	MAKE_PE_HEADER = 0x100,
	MAKE_PE_RICH = 0x80,
	MAKE_PE_RICH_KEY = 0x5a5a1234,
	MAKE_PE_DATA_RVA = 0x2000,
	MAKE_PE_DATA_AT = 0x600,
	MAKE_PE_TIMESTAMP = 0x5f000000,
};

struct make_pe {
	uint8_t p[MAKE_PE_SIZE];
	bool wide;
	uint32_t rva;                /* of the next free byte in .data */
	uint32_t resources, version; /* rvas of their root and of the version information */
};

static inline void make_pe_put(struct make_pe *m, size_t at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		m->p[at + i] = (uint8_t)(v >> (8 * i));
}

static inline size_t make_pe_at(uint32_t rva) { return rva - MAKE_PE_DATA_RVA + MAKE_PE_DATA_AT; }

/* n bytes of .data on a multiple of four; their rva. */
static inline uint32_t make_pe_room(struct make_pe *m, size_t n)
{
	uint32_t rva = m->rva;

	m->rva += ((uint32_t)n + 3) & ~3u;
	return rva;
}

static inline uint32_t make_pe_text(struct make_pe *m, const char *s)
{
	uint32_t rva = make_pe_room(m, strlen(s) + 1);

	memcpy(m->p + make_pe_at(rva), s, strlen(s));
	return rva;
}

static inline size_t make_pe_directory(const struct make_pe *m, unsigned i)
{
	return MAKE_PE_HEADER + 24 + (m->wide ? 112u : 96u) + 8u * i;
}

static inline void make_pe_set_directory(struct make_pe *m, unsigned i, uint32_t rva, uint32_t size)
{
	make_pe_put(m, make_pe_directory(m, i), rva, 4);
	make_pe_put(m, make_pe_directory(m, i) + 4, size, 4);
}

/* A table of thunks: names (with their hints), then ordinals, then the end. */
static inline uint32_t make_pe_thunks(struct make_pe *m, const char *const *names,
				      const uint16_t *ordinals)
{
	unsigned size = m->wide ? 8 : 4, n = 0, n_ordinals = 0;

	while (names[n] != NULL)
		n++;
	while (ordinals[n_ordinals] != 0)
		n_ordinals++;
	uint32_t rva = make_pe_room(m, (n + n_ordinals + 1) * (size_t)size);
	for (unsigned i = 0; i < n; i++) {
		uint32_t hint = make_pe_room(m, 2 + strlen(names[i]) + 1);
		memcpy(m->p + make_pe_at(hint) + 2, names[i], strlen(names[i]));
		make_pe_put(m, make_pe_at(rva) + i * (size_t)size, hint, size);
	}
	for (unsigned i = 0; i < n_ordinals; i++)
		make_pe_put(m, make_pe_at(rva) + (n + i) * (size_t)size,
			    ordinals[i] | UINT64_C(1) << (m->wide ? 63 : 31), size);
	return rva;
}

static inline void make_pe_imports(struct make_pe *m)
{
	uint32_t rva = make_pe_room(m, 60);
	const char *const kernel[] = { "CreateFileA", "bad name", "ExitProcess", NULL },
			  *const none[] = { NULL };
	const uint16_t no[] = { 0 }, ws2[] = { 1, 999, 0 };
	uint32_t a = make_pe_thunks(m, kernel, no), b = make_pe_thunks(m, none, ws2);

	make_pe_put(m, make_pe_at(rva), a, 4);
	make_pe_put(m, make_pe_at(rva) + 12, make_pe_text(m, "KERNEL32.dll"), 4);
	make_pe_put(m, make_pe_at(rva) + 16, 0x1100, 4);
	make_pe_put(m, make_pe_at(rva) + 32, make_pe_text(m, "ws2_32.dll"), 4);
	make_pe_put(m, make_pe_at(rva) + 36, b, 4); /* no lookup table: FirstThunk is taken */
	make_pe_set_directory(m, 1, rva, 60);
}

static inline void make_pe_delayed(struct make_pe *m)
{
	uint32_t rva = make_pe_room(m, 64);
	const char *const names[] = { "MessageBoxW", NULL };
	const uint16_t ordinals[] = { 7, 0 };
	uint32_t lookup = make_pe_thunks(m, names, ordinals),
		 addresses = make_pe_thunks(m, names, ordinals);

	make_pe_put(m, make_pe_at(rva), 1, 4);
	make_pe_put(m, make_pe_at(rva) + 4, make_pe_text(m, "user32.dll"), 4);
	make_pe_put(m, make_pe_at(rva) + 12, addresses, 4);
	make_pe_put(m, make_pe_at(rva) + 16, lookup, 4);
	make_pe_set_directory(m, 13, rva, 64);
}

/* Function 0 has a name, 1 has none, 2 is another library's. */
static inline void make_pe_exports(struct make_pe *m)
{
	uint32_t rva = make_pe_room(m, 40), functions = make_pe_room(m, 12),
		 names = make_pe_room(m, 8), numbers = make_pe_room(m, 6),
		 forward = make_pe_text(m, "NTDLL.RtlMoveMemory");
	size_t at = make_pe_at(rva);

	make_pe_put(m, at + 4, MAKE_PE_TIMESTAMP + 1, 4);
	make_pe_put(m, at + 12, make_pe_text(m, "made.dll"), 4);
	make_pe_put(m, at + 16, 5, 4); /* Base */
	make_pe_put(m, at + 20, 3, 4);
	make_pe_put(m, at + 24, 2, 4);
	make_pe_put(m, at + 28, functions, 4);
	make_pe_put(m, at + 32, names, 4);
	make_pe_put(m, at + 36, numbers, 4);
	make_pe_put(m, make_pe_at(functions), 0x1010, 4);
	make_pe_put(m, make_pe_at(functions) + 4, 0x9999, 4); /* nowhere */
	make_pe_put(m, make_pe_at(functions) + 8, forward, 4);
	make_pe_put(m, make_pe_at(names), make_pe_text(m, "Alpha"), 4);
	make_pe_put(m, make_pe_at(names) + 4, make_pe_text(m, "Move"), 4);
	make_pe_put(m, make_pe_at(numbers) + 2, 2, 2);
	make_pe_put(m, make_pe_at(numbers) + 4, 0xffff, 2);
	make_pe_set_directory(m, 0, rva, m->rva - rva);
}

static inline size_t make_pe_wide(struct make_pe *m, size_t at, const char *s)
{
	for (size_t i = 0; s[i] != '\0'; i++, at += 2)
		m->p[at] = (uint8_t)s[i];
	return at + 2;
}

/* A block of version information: its head and its key; where its value begins. */
static inline size_t make_pe_block(struct make_pe *m, size_t at, uint16_t value_n, const char *key)
{
	make_pe_put(m, at + 2, value_n, 2);
	return (make_pe_wide(m, at + 6, key) + 3) & ~(size_t)3;
}

static inline uint32_t make_pe_version(struct make_pe *m, uint32_t *size)
{
	uint32_t rva = make_pe_room(m, 0x110);
	size_t at = make_pe_at(rva), info = at + 92,
	       table = make_pe_block(m, info, 0, "StringFileInfo"),
	       first = make_pe_block(m, table, 0, "040904b0"), end;

	make_pe_block(m, at, 52, "VS_VERSION_INFO");
	end = make_pe_wide(m, make_pe_block(m, first, 4, "Name"), "abc");
	make_pe_put(m, first, end - first, 2);
	size_t second = (end + 3) & ~(size_t)3;
	end = make_pe_wide(m, make_pe_block(m, second, 0, "Empty"), "lost");
	make_pe_put(m, second, end - second, 2);
	make_pe_put(m, table, end - table, 2);
	make_pe_put(m, info, end - info, 2);
	make_pe_put(m, at, end - at, 2);
	*size = (uint32_t)(end - at);
	return rva;
}

/* A directory with one entry; `to` is relative to the root. */
static inline void make_pe_resource_directory(struct make_pe *m, size_t at, bool named, uint32_t id,
					      uint32_t to)
{
	make_pe_put(m, at + 12, named, 2);
	make_pe_put(m, at + 14, !named, 2);
	make_pe_put(m, at + 16, named ? id | 0x80000000 : id, 4);
	make_pe_put(m, at + 20, to, 4);
}

/* Version information, number 1, in language 0x409; and RCDATA of the name "xy". */
static inline void make_pe_resources(struct make_pe *m)
{
	uint32_t rva = make_pe_room(m, 0xa8), size;
	size_t root = make_pe_at(rva);
	uint32_t version = make_pe_version(m, &size);

	m->resources = rva;
	m->version = version;
	make_pe_resource_directory(m, root, false, 16, 0x80000020);
	make_pe_put(m, root + 14, 2, 2);
	make_pe_put(m, root + 24, 10, 4);
	make_pe_put(m, root + 28, 0x80000060, 4);
	make_pe_resource_directory(m, root + 0x20, false, 1, 0x80000038);
	make_pe_resource_directory(m, root + 0x38, false, 0x409, 0x50);
	make_pe_put(m, root + 0x50, version, 4);
	make_pe_put(m, root + 0x54, size, 4);
	make_pe_resource_directory(m, root + 0x60, true, 0xa0, 0x80000078);
	make_pe_resource_directory(m, root + 0x78, false, 0x407, 0x90);
	make_pe_put(m, root + 0x90, 0x1000, 4);
	make_pe_put(m, root + 0x94, 8, 4);
	make_pe_put(m, root + 0xa0, 2, 2);
	make_pe_wide(m, root + 0xa2, "xy");
	make_pe_put(m, root + 4, MAKE_PE_TIMESTAMP + 2, 4);
	make_pe_put(m, root + 8, 0x00020001, 4);
	make_pe_set_directory(m, 2, rva, 0xa8);
}

static inline void make_pe_debug(struct make_pe *m)
{
	uint32_t rva = make_pe_room(m, 28), record = make_pe_room(m, 24 + 16);

	make_pe_put(m, make_pe_at(rva) + 12, 2, 4);
	make_pe_put(m, make_pe_at(rva) + 20, record, 4);
	memcpy(m->p + make_pe_at(record), "RSDS", 4);
	memcpy(m->p + make_pe_at(record) + 24, "c:\\made.pdb", 12);
	make_pe_set_directory(m, 6, rva, 28);
}

static inline void make_pe_rich(struct make_pe *m)
{
	static const uint32_t words[] = { 0x536e6144, 0, 0, 0, 0x00010002, 3, 0x00010005, 4 };

	for (size_t i = 0; i < 8; i++)
		make_pe_put(m, MAKE_PE_RICH + 4 * i, words[i] ^ MAKE_PE_RICH_KEY, 4);
	memcpy(m->p + MAKE_PE_RICH + 32, "Rich", 4);
	make_pe_put(m, MAKE_PE_RICH + 36, MAKE_PE_RICH_KEY, 4);
}

static inline void make_pe_section(struct make_pe *m, unsigned i, const char *name, uint32_t rva,
				   uint32_t at, uint32_t size)
{
	size_t head = MAKE_PE_HEADER + 24 + (m->wide ? 240u : 224u) + 40u * i;

	memcpy(m->p + head, name, strlen(name));
	make_pe_put(m, head + 8, size, 4);
	make_pe_put(m, head + 12, rva, 4);
	make_pe_put(m, head + 16, size, 4);
	make_pe_put(m, head + 20, at, 4);
	make_pe_put(m, head + 36, 0x60000020, 4);
}

static inline struct span make_pe(struct make_pe *m, bool wide)
{
	size_t coff = MAKE_PE_HEADER + 4, optional = coff + 20;

	memset(m, 0, sizeof *m);
	m->wide = wide;
	m->rva = MAKE_PE_DATA_RVA;
	memcpy(m->p, "MZ", 2);
	make_pe_put(m, 0x3c, MAKE_PE_HEADER, 4);
	memcpy(m->p + MAKE_PE_HEADER, "PE", 2);
	make_pe_put(m, coff, wide ? 0x8664 : 0x14c, 2);
	make_pe_put(m, coff + 2, 3, 2);
	make_pe_put(m, coff + 4, MAKE_PE_TIMESTAMP, 4);
	make_pe_put(m, coff + 8, 0x1000, 4); /* symbols: none, but a string table */
	make_pe_put(m, coff + 16, wide ? 240 : 224, 2);
	make_pe_put(m, coff + 18, 0x2102, 2);
	make_pe_put(m, optional, wide ? 0x20b : 0x10b, 2);
	make_pe_put(m, optional + 2, 0x0e01, 2);
	make_pe_put(m, optional + 16, 0x1000, 4); /* entry point */
	make_pe_put(m, optional + (wide ? 24 : 28), 0x400000, 4);
	make_pe_put(m, optional + 32, 0x1000, 4);
	make_pe_put(m, optional + 36, 0x200, 4);
	make_pe_put(m, optional + 40, 0x00000006, 4);
	make_pe_put(m, optional + 56, 0x4000, 4);
	make_pe_put(m, optional + 60, 0x400, 4);
	make_pe_put(m, optional + 64, 0x12345678, 4);
	make_pe_put(m, optional + 68, 3, 2);
	make_pe_put(m, optional + (wide ? 108 : 92), 16, 4);
	make_pe_section(m, 0, ".text", 0x1000, 0x400, 0x200);
	make_pe_section(m, 1, ".data", 0x2000, 0x600, 0x800);
	make_pe_section(m, 2, "/4", 0x3000, 0xe00, 0x200);
	make_pe_put(m, 0x1000, 0x20, 4);
	memcpy(m->p + 0x1004, ".longname", 10);
	memset(m->p + 0x400, 0xcc, 0x200);
	make_pe_rich(m);
	make_pe_imports(m);
	make_pe_delayed(m);
	make_pe_exports(m);
	make_pe_resources(m);
	make_pe_debug(m);
	return (struct span){ m->p, sizeof m->p };
}

#endif

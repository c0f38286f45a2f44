/* SPDX-License-Identifier: Apache-2.0 */
#include "format/type.h"

/* In the order in which they are tried; a class may stand twice. */
static const struct {
	uint8_t n;
	uint8_t magic[TYPE_PREFIX];
	enum type_class is;
} known[] = {
	{ 2, { 'M', 'Z' }, CLASS_MZ },
	{ 4, { 0x7f, 'E', 'L', 'F' }, CLASS_ELF },
	{ 4, { 0xfe, 0xed, 0xfa, 0xce }, CLASS_MACHO },
	{ 4, { 0xfe, 0xed, 0xfa, 0xcf }, CLASS_MACHO },
	{ 4, { 0xce, 0xfa, 0xed, 0xfe }, CLASS_MACHO },
	{ 4, { 0xcf, 0xfa, 0xed, 0xfe }, CLASS_MACHO },
	{ 4, { 0xca, 0xfe, 0xba, 0xbe }, CLASS_MACHO },
	{ 4, { 0xca, 0xfe, 0xba, 0xbf }, CLASS_MACHO },
	{ 4, { 0xbe, 0xba, 0xfe, 0xca }, CLASS_MACHO },
	{ 4, { 0xbf, 0xba, 0xfe, 0xca }, CLASS_MACHO },
	{ 4, { 0xd0, 0xcf, 0x11, 0xe0 }, CLASS_OLE2 },
	{ 4, { 'P', 'K', 3, 4 }, CLASS_ZIP },
	{ 4, { '%', 'P', 'D', 'F' }, CLASS_PDF },
	{ 4, { 'd', 'e', 'x', '\n' }, CLASS_DEX },
	{ 4, { 0x4c, 0, 0, 0 }, CLASS_LNK },
};

enum { N_KNOWN = sizeof known / sizeof *known };

enum type_class type_class_of(struct span start)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (start.n >= known[i].n && memcmp(start.p, known[i].magic, known[i].n) == 0)
			return known[i].is;
	return CLASS_OTHER;
}

const char *type_class_name(enum type_class c)
{
	static const char *const name[CLASS_COUNT] = {
		[CLASS_OTHER] = "other", [CLASS_MZ] = "mz",     [CLASS_ELF] = "elf",
		[CLASS_MACHO] = "macho", [CLASS_OLE2] = "ole2", [CLASS_ZIP] = "zip",
		[CLASS_PDF] = "pdf",     [CLASS_DEX] = "dex",   [CLASS_LNK] = "lnk",
	};
	return c < CLASS_COUNT ? name[c] : "other";
}

/* True where bytes [at, at + n) do not contradict the magic m. */
static bool agrees(size_t m, uint64_t at, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at + i < known[m].n && known[m].magic[at + i] != bytes[i])
			return false;
	return true;
}

uint32_t type_classes_with(uint64_t at, const uint8_t *bytes, size_t n)
{
	uint32_t set = 1u << CLASS_OTHER;

	if (at >= TYPE_PREFIX)
		return CLASS_ALL;
	for (size_t m = 0; m < N_KNOWN; m++) {
		if (!agrees(m, at, bytes, n))
			continue;
		set |= 1u << known[m].is;
		if (at == 0 && n >= known[m].n) /* whole magic given: it is this class */
			return 1u << known[m].is;
	}
	return set;
}

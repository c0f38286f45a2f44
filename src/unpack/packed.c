/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/packed.h"

/*
 * Programs that a packer has packed: their code is made when they run, and no reader of
 * ours makes it.  They are told by the names that packers give their sections, and UPX by
 * the mark that it leaves at the start of an ELF program as well.  Whoever wants to hide
 * that a program is packed can; what these say is not missed.
 */

enum { ELF_START = 512 }; /* bytes in which UPX's mark lies, behind the program headers */

static const struct {
	const char *section, *packer;
} packers[] = {
	{ ".aspack", "ASPack" },       { ".mpress1", "MPRESS" }, { ".nsp0", "NsPack" },
	{ ".packed", "RLPack" },       { ".petite", "Petite" },  { ".Themida", "Themida" },
	{ ".Upack", "Upack" },         { ".UPX0", "UPX" },       { ".vmp0", "VMProtect" },
	{ ".WWPACK", "WWPack" },       { ".WWP32", "WWPack" },   { "MEW", "MEW" },
	{ ".MPRESS1", "MPRESS" },      { "nsp0", "NsPack" },     { "PEC2", "PECompact" },
	{ "PECompact2", "PECompact" }, { "UPX0", "UPX" },        { "yC", "Yoda's crypter" },
};

const char *packed_section(struct span name)
{
	size_t n = 0;

	while (n < name.n && name.p[n] != 0)
		n++;
	name.n = n;
	for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
		if (span_is(name, packers[i].section))
			return packers[i].packer;
	return NULL;
}

const char *packed_elf(struct span program)
{
	struct span start = span_cut(program, 0, ELF_START);

	for (size_t at = 0; at + 4 <= start.n; at += 4)
		if (span_is(span_cut(start, at, 4), "UPX!"))
			return "UPX";
	return NULL;
}

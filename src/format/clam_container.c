/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_target.h"

/* ClamAV's names for the types of containers, and what readers call them here. */

static const struct {
	const char *type; /* without CL_TYPE_; several stand beside each other */
	const char *format;
} types[] = {
	{ "7Z", "7z" },
	{ "ARJ", "ARJ" },
	{ "BINHEX", "BinHex" },
	{ "BZ", "bzip2" },
	{ "CPIO_CRC", "cpio" },
	{ "CPIO_NEWC", "cpio" },
	{ "CPIO_ODC", "cpio" },
	{ "CPIO_OLD", "cpio" },
	{ "DMG", "DMG" },
	{ "ELF", "program" },
	{ "GPT", "partitions" },
	{ "GZ", "gzip" },
	{ "HTML", "HTML" },
	{ "ISO9660", "iso9660" },
	{ "LHA_LZH", "lha" },
	{ "MACHO", "program" },
	{ "MAIL", "mail" },
	{ "MBR", "partitions" },
	{ "MSCAB", "cab" },
	{ "MSCHM", "CHM" },
	{ "MSEXE", "program" },
	{ "MSOLE2", "OLE2" },
	{ "MSSZDD", "SZDD" },
	{ "OLD_TAR", "tar" },
	{ "ONENOTE", "OneNote" },
	{ "OOXML_PPT", "zip" },
	{ "OOXML_WORD", "zip" },
	{ "OOXML_XL", "zip" },
	{ "PDF", "PDF" },
	{ "POSIX_TAR", "tar" },
	{ "RAR", "rar" },
	{ "RAR", "rar5" },
	{ "RTF", "RTF" },
	{ "SCRENC", "encoded script" },
	{ "SIS", "SIS" },
	{ "SWF", "SWF" },
	{ "TNEF", "TNEF" },
	{ "UDF", "UDF" },
	{ "UUENCODED", "uuencode" },
	{ "XAR", "xar" },
	{ "XZ", "xz" },
	{ "ZIP", "zip" },
};

static bool begins(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* A zip archive that holds a document is one to ClamAV: told by what its members are called. */
static const char *document(struct span member)
{
	return begins(member, "word/")  ? "OOXML_WORD"
	       : begins(member, "xl/")  ? "OOXML_XL"
	       : begins(member, "ppt/") ? "OOXML_PPT"
					: NULL;
}

bool clam_is_container(struct span format, struct span member, struct span type)
{
	const char *of = span_is(format, "zip") ? document(member) : NULL;

	if (!begins(type, "CL_TYPE_"))
		return false;
	type = span_cut(type, 8, type.n);
	if (begins(type, "OOXML_") || of != NULL)
		return of != NULL && span_is(type, of);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_is(type, types[i].type) && span_is(format, types[i].format))
			return true;
	return false;
}

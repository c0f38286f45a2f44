/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_target.h"

/*
 * ClamAV's names of types (CL_TYPE_...), as HandlerType and .ftm files have them, and what is done
 * here with an object that is said to be of one.  Those that something is done with come first:
 * their numbers are bits of a set of 64.
 */

static const struct clam_type types[] = {
	{ "TEXT_ASCII", CLAM_TEXT, NULL },
	{ "TEXT_UTF8", CLAM_TEXT, NULL },
	{ "SCRIPT", CLAM_TEXT, NULL },
	{ "HTML", CLAM_HTML, "HTML" },
	{ "HTML_UTF16", CLAM_HTML, "HTML" },
	{ "MAIL", CLAM_MAIL, "mail" },
	{ "MHTML", CLAM_MAIL, "mail" },
	{ "MSEXE", CLAM_PE, "program" },
	{ "ELF", CLAM_ELF, "program" },
	{ "MACHO", CLAM_MACHO, NULL },
	{ "MACHO_UNIBIN", CLAM_MACHO, NULL },
	{ "GRAPHICS", CLAM_GRAPHICS, NULL },
	{ "GIF", CLAM_GRAPHICS, NULL },
	{ "PNG", CLAM_GRAPHICS, NULL },
	{ "JPEG", CLAM_GRAPHICS, NULL },
	{ "TIFF", CLAM_GRAPHICS, NULL },
	{ "PDF", CLAM_PDF, "PDF" },
	{ "SWF", CLAM_FLASH, "SWF" },
	{ "JAVA", CLAM_JAVA, NULL },
	{ "MSOLE2", CLAM_OLE2, "OLE2" },
	{ "POSIX_TAR", CLAM_ANY, "tar" },
	{ "OLD_TAR", CLAM_ANY, "tar" },
	{ "CPIO_OLD", CLAM_ANY, "cpio" },
	{ "CPIO_ODC", CLAM_ANY, "cpio" },
	{ "CPIO_NEWC", CLAM_ANY, "cpio" },
	{ "CPIO_CRC", CLAM_ANY, "cpio" },
	{ "GZ", CLAM_ANY, "gzip" },
	{ "ZIP", CLAM_ANY, "zip" },
	{ "OOXML_WORD", CLAM_ANY, "zip" },
	{ "OOXML_PPT", CLAM_ANY, "zip" },
	{ "OOXML_XL", CLAM_ANY, "zip" },
	{ "OOXML_HWP", CLAM_ANY, "zip" },
	{ "BZ", CLAM_ANY, "bzip2" },
	{ "XZ", CLAM_ANY, "xz" },
	{ "RAR", CLAM_ANY, "rar" },
	{ "ARJ", CLAM_ANY, "ARJ" },
	{ "7Z", CLAM_ANY, "7z" },
	{ "LHA_LZH", CLAM_ANY, "lha" },
	{ "MSSZDD", CLAM_ANY, "SZDD" },
	{ "MSCAB", CLAM_ANY, "cab" },
	{ "MSCHM", CLAM_ANY, "CHM" },
	{ "ISO9660", CLAM_ANY, "iso9660" },
	{ "UDF", CLAM_ANY, "UDF" },
	{ "DMG", CLAM_ANY, "DMG" },
	{ "MBR", CLAM_ANY, "partitions" },
	{ "GPT", CLAM_ANY, "partitions" },
	{ "XAR", CLAM_ANY, "xar" },
	{ "SIS", CLAM_ANY, "SIS" },
	{ "SCRENC", CLAM_ANY, "encoded script" },
	{ "BINHEX", CLAM_ANY, "BinHex" },
	{ "TNEF", CLAM_ANY, "TNEF" },
	{ "UUENCODED", CLAM_ANY, "uuencode" },
	{ "RTF", CLAM_ANY, "RTF" },
	{ "LNK", CLAM_ANY, "LNK" },
	{ "ONENOTE", CLAM_ANY, "OneNote" },
	/* known, and nothing is to be done: what lies in a program is looked for anyway, nothing
	 * is passed over, and other formats have no reader */
	{ "ANY", CLAM_ANY, NULL },
	{ "IGNORED", CLAM_ANY, NULL },
	{ "BINARY_DATA", CLAM_ANY, NULL },
	{ "TEXT_UTF16LE", CLAM_ANY, NULL },
	{ "TEXT_UTF16BE", CLAM_ANY, NULL },
	{ "SFX", CLAM_ANY, NULL },
	{ "ZIPSFX", CLAM_ANY, NULL },
	{ "RARSFX", CLAM_ANY, NULL },
	{ "CABSFX", CLAM_ANY, NULL },
	{ "ARJSFX", CLAM_ANY, NULL },
	{ "7ZSFX", CLAM_ANY, NULL },
	{ "EGGSFX", CLAM_ANY, NULL },
	{ "NULSFT", CLAM_ANY, NULL },
	{ "AUTOIT", CLAM_ANY, NULL },
	{ "ISHIELD_MSI", CLAM_ANY, NULL },
	{ "RIFF", CLAM_ANY, NULL },
	{ "CRYPTFF", CLAM_ANY, NULL },
	{ "APM", CLAM_ANY, NULL },
	{ "PART_ANY", CLAM_ANY, NULL },
	{ "PART_HFSPLUS", CLAM_ANY, NULL },
	{ "INTERNAL", CLAM_ANY, NULL },
	{ "XDP", CLAM_ANY, NULL },
	{ "XML_WORD", CLAM_ANY, NULL },
	{ "XML_XL", CLAM_ANY, NULL },
	{ "XML_HWP", CLAM_ANY, NULL },
	{ "HWP3", CLAM_ANY, NULL },
	{ "HWPOLE2", CLAM_ANY, NULL },
	{ "PS", CLAM_ANY, NULL },
	{ "EGG", CLAM_ANY, NULL },
	{ "ALZ", CLAM_ANY, NULL },
	{ "AI_MODEL", CLAM_ANY, NULL },
	{ "PYTHON_COMPILED", CLAM_ANY, NULL },
};

const struct clam_type *clam_type_at(unsigned number)
{
	return number < sizeof types / sizeof *types ? &types[number] : NULL;
}

bool clam_type_find(struct span name, unsigned *number)
{
	static const char begin[] = "CL_TYPE_";
	const size_t n = sizeof begin - 1;

	if (name.n <= n || memcmp(name.p, begin, n) != 0)
		return false;
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		if (span_is(span_cut(name, n, name.n), types[i].name)) {
			*number = i;
			return true;
		}
	return false;
}

bool clam_type_is_handled(unsigned number)
{
	const struct clam_type *t = clam_type_at(number);
	return t != NULL && (t->target != CLAM_ANY || t->format != NULL);
}

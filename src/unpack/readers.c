/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

const struct unpack_reader unpack_readers[] = {
	/* those that are told by a few bytes at the start */
	{ "gzip", gzip_known, gzip_read },
	{ "OLE2", ole2_known, ole2_read },
	{ "PDF", pdf_known, pdf_read },
	{ "TNEF", tnef_known, tnef_read },
	{ "RTF", rtf_known, rtf_read },
	{ "CHM", chm_known, chm_read },
	{ "OneNote", onenote_known, onenote_read },
	{ "SWF", swf_known, swf_read },
	{ "LNK", shortcut_known, shortcut_read },
	{ "SZDD", szdd_known, szdd_read },
	{ "uuencode", uu_known, uu_read },
	{ "zip", zip_known, zip_read },
	{ "bzip2", bzip2_known, bzip2_read },
	{ "xz", xz_known, xz_read },
	{ "lzma", lzma_known, lzma_read },
	{ "zstd", zstd_known, zstd_read },
	{ "lz4", lz4_known, lz4_read },
	{ "compress", compress_known, compress_read },
	{ "tar", tar_known, tar_read },
	{ "cpio", cpio_known, cpio_read },
	{ "ar", ar_known, ar_read },
	{ "7z", sevenzip_known, sevenzip_read },
	{ "rar", rar_known, rar_read },
	{ "rar5", rar5_known, rar5_read },
	{ "cab", cab_known, cab_read },
	{ "iso9660", iso_known, iso_read },
	{ "lha", lha_known, lha_read },
	/* those that their container says what they are */
	{ "OLE2 package", package_known, package_read },
	{ "PowerPoint", ppt_known, ppt_read },
	{ "Excel 4 macros", xlm_known, xlm_read },
	{ "VBA", ovba_known, ovba_read },
	/* those that have to be read a little */
	{ "mail", mail_known, mail_read },
	{ "HTML", html_known, html_read },
	{ "BinHex", binhex_known, binhex_read },
	{ 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

const struct unpack_reader unpack_readers[] = {
	/* those that are told by a few bytes at the start */
	{ "gzip", gzip_known, gzip_read },
	{ "OLE2", ole2_known, ole2_read },
	{ "PDF", pdf_known, pdf_read },
	{ "TNEF", tnef_known, tnef_read },
	{ "RTF", rtf_known, rtf_read },
	{ "OneNote", onenote_known, onenote_read },
	{ "SWF", swf_known, swf_read },
	{ "LNK", shortcut_known, shortcut_read },
	{ "SZDD", szdd_known, szdd_read },
	{ "uuencode", uu_known, uu_read },
	/* those that their container says what they are */
	{ "OLE2 package", package_known, package_read },
	{ "PowerPoint", ppt_known, ppt_read },
	{ "VBA", ovba_known, ovba_read },
	/* those that have to be read a little */
	{ "mail", mail_known, mail_read },
	{ "HTML", html_known, html_read },
	{ "BinHex", binhex_known, binhex_read },
	{ 0 },
};

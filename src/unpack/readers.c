/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

const struct unpack_reader unpack_readers[] = {
	/* those that are told by a few bytes at the start */
	{ "gzip", gzip_known, gzip_read },
	{ "OLE2", ole2_known, ole2_read },
	{ "PDF", pdf_known, pdf_read },
	{ "TNEF", tnef_known, tnef_read },
	/* those that their container says what they are */
	{ "OLE2 package", package_known, package_read },
	{ "PowerPoint", ppt_known, ppt_read },
	{ "VBA", ovba_known, ovba_read },
	/* those that have to be read a little */
	{ "mail", mail_known, mail_read },
	{ 0 },
};

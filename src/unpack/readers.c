/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/readers.h"

const struct unpack_reader unpack_readers[] = {
	/* those that are told by a few bytes at the start */
	{ "gzip", gzip_known, gzip_read },
	{ 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz_reader.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 7, MOST = 4096 /* bytes of the input that are converted */ };

/*
 * The input as a name in UTF-16, a few bytes of room at a time, as libarchive may ask: each answer
 * takes and makes as much as it says, and what ends it is the end, a character that is cut off, or
 * too little room.
 */
static void check_names(const char *set, struct span s)
{
	iconv_t cd = iconv_open("UTF-8", set), back = iconv_open(set, "UTF-8");
	char name[MOST], *in = name;
	size_t left = s.n;

	if (s.n != 0)
		memcpy(name, s.p, s.n);

	for (bool more = true; more;) {
		char out[ROOM], *to = out;
		size_t room = ROOM, had = left;
		errno = 0;
		size_t n = iconv(cd, &in, &left, &to, &room);
		if (in != name + (s.n - left) || to != out + (ROOM - room))
			abort();
		more = n == SIZE_MAX && errno == E2BIG;
		if (more     ? left == had
		    : n == 0 ? left != 0
			     : errno != EINVAL || left == 0 || left > 3)
			abort();
	}
	/* it writes no names in UTF-16, and has no state to set back */
	if (iconv(back, &in, &left, NULL, NULL) != SIZE_MAX ||
	    iconv(cd, NULL, NULL, NULL, NULL) != 0 || iconv_close(back) != 0 ||
	    iconv_close(cd) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span name = { data, size < MOST ? size : MOST };

	fuzz_reader("", (struct span){ data, size });
	check_names("UTF-16LE", name);
	check_names("UTF-16BE", name);
	return 0;
}

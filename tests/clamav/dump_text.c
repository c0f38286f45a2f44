/* SPDX-License-Identifier: Apache-2.0 */

/* Usage: dump_text text|html|bare FILE   What an object is normalised to, for sigtool's to be held
 * against. */

#include "base/io.h"
#include "engine/texts.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct buf file;
	struct texts t;
	struct error e;

	if (argc != 3)
		return 2;
	buf_init(&file, 64 << 20);
	texts_init(&t);
	if (!io_read_file(argv[2], &file, &e))
		return 2;
	texts_make(&t, argv[1][0] == 't' ? TEXTS_PLAIN : TEXTS_HTML, buf_span(&file));
	size_t i = argv[1][0] == 'b';
	fwrite(t.room[i].p, 1, t.room[i].n, stdout);
	texts_release(&t);
	buf_release(&file);
	return 0;
}

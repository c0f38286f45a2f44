#include "tests/recover/layouts.h"
#include "tests/recover/layouts_inner.h"

#include <stdio.h>
#include <stdlib.h>

/* Usage: recover_fixture KIND SIZE [FAMILY SEED | key FAMILY SEED]   Writes one file of the tests'
 * own to standard output: an original, the same as a family leaves it, or the key that opens it. Of
 * family iencrypt-note it is the note beside the file. */
int main(int argc, char **argv)
{
	struct buf original, out;

	buf_init(&original, LAYOUT_MAX);
	buf_init(&out, LAYOUT_MAX + (1 << 16));
	bool ok = false;
	if (argc == 4 && strcmp(argv[1], "key") == 0) {
		ok = layout_key(argv[2], strtoull(argv[3], NULL, 0), &out);
	} else if (argc == 3 || argc == 5) {
		ok = layout_original(argv[1], strtoull(argv[2], NULL, 0), &original);
		if (ok && argc == 3)
			buf_put_span(&out, buf_span(&original));
		else if (ok && strcmp(argv[3], "iencrypt-note") == 0)
			layout_iencrypt_note(buf_span(&original), strtoull(argv[4], NULL, 0), &out);
		else if (ok)
			ok = layout_of(argv[3], buf_span(&original), strtoull(argv[4], NULL, 0),
				       &out);
	}
	ok = ok && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
	buf_release(&original);
	buf_release(&out);
	return ok ? 0 : 2;
}

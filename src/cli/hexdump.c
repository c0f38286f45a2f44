/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hexdump.h"

enum { WIDTH = 16 };

void hexdump(FILE *to, struct span s)
{
	for (size_t at = 0; at < s.n; at += WIDTH) {
		struct span row = span_cut(s, at, s.n - at < WIDTH ? s.n - at : WIDTH);
		fprintf(to, "%08zx ", at);
		for (size_t i = 0; i < WIDTH; i++)
			if (i < row.n)
				fprintf(to, " %02x", row.p[i]);
			else
				fputs("   ", to);
		fputs("  ", to);
		for (size_t i = 0; i < row.n; i++)
			fputc(row.p[i] >= ' ' && row.p[i] < 0x7F ? row.p[i] : '.', to);
		fputc('\n', to);
	}
}

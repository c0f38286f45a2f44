/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is made of texts and HTML for ClamAV's signatures, of any bytes: it has room, a text holds
 * what its table says and no more, and to normalise it again changes nothing; links are as short as
 * they should be.
 */

#include "engine/texts.h"
#include "format/clam_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_plain(struct span s)
{
	struct texts again;

	for (size_t i = 0; i < s.n; i++)
		require(s.p[i] >= ' ' && s.p[i] < 0x80 && (s.p[i] < 'A' || s.p[i] > 'Z') &&
			(i == 0 || s.p[i] != ' ' || s.p[i - 1] != ' '));
	texts_init(&again);
	texts_make(&again, TEXTS_PLAIN, s);
	require(s.n == 0 || (again.n == 1 && span_equal(again.view[0].bytes, s)));
	texts_release(&again);
}

static void check_link(void *ctx, struct span real, struct span shown, bool image)
{
	(void)ctx;
	(void)image;
	require(real.n <= 1024 && shown.n <= 1024);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct clam_link_host host = { .link = check_link };
	struct texts t;

	if (size == 0 || size > 1 << 20)
		return 0;
	struct span object = { data + 1, size - 1 };
	(void)texts_kind_of(object);
	texts_init(&t);
	texts_make(&t, data[0] % 2 == 0 ? TEXTS_PLAIN : TEXTS_HTML, object);
	for (size_t i = 0; i < t.n; i++) {
		require(t.view[i].bytes.n <= 2 * size + 64);
		if (t.view[i].as == CLAM_TEXT)
			check_plain(t.view[i].bytes);
	}
	texts_release(&t);
	clam_html_links(object, &host);
	return 0;
}

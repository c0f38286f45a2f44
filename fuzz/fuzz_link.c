/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Links of a mail against ClamAV's lists: lines of lists up to the first byte of 0, then HTML.  An
 * expression matches where it stands in the text.  Digests are those of two hosts.
 */

#include "base/hash.h"
#include "format/clam_link.h"
#include "format/clam_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool stands(void *ctx, struct span expression, struct span text)
{
	(void)ctx;
	for (size_t i = 0; i + expression.n <= text.n; i++)
		if (memcmp(text.p + i, expression.p, expression.n) == 0)
			return true;
	return false;
}

static void check(void *ctx, struct span real, struct span shown, bool image)
{
	struct clam_link_lists *l = ctx, none = { .matches = stands };

	require(real.n <= 1024 && shown.n <= 1024);
	enum clam_link_finding f = clam_link_check(l, real, shown, image);
	require(f <= CLAM_LINK_NONE &&
		(f < CLAM_LINK_MALWARE || f == CLAM_LINK_NONE || l->digests.n != 0));
	require(clam_link_check(&none, real, shown, image) == CLAM_LINK_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = { "evil.example.com/", "example.org/a/" };
	uint8_t digests[2 * CLAM_LINK_DIGEST], digest[HASH_MAX_SIZE];
	const uint8_t *end = size != 0 ? memchr(data, 0, size) : NULL;

	if (end == NULL || size > 1 << 18)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		require(hash_of(HASH_SHA256, span_of(hosts[i]), digest));
		memcpy(digests + i * CLAM_LINK_DIGEST, digest, CLAM_LINK_DIGEST - 1);
		digests[(i + 1) * CLAM_LINK_DIGEST - 1] = (uint8_t)('0' + i);
	}
	if (memcmp(digests, digests + CLAM_LINK_DIGEST, CLAM_LINK_DIGEST) > 0) {
		memcpy(digest, digests, CLAM_LINK_DIGEST - 1);
		memmove(digests, digests + CLAM_LINK_DIGEST, CLAM_LINK_DIGEST);
		memcpy(digests + CLAM_LINK_DIGEST, digest, CLAM_LINK_DIGEST - 1);
		digests[2 * CLAM_LINK_DIGEST - 1] = '0';
	}
	struct clam_link_lists l = { .lines = { data, (size_t)(end - data) }, .matches = stands };
	const struct clam_link_host host = { .link = check, .ctx = &l };
	struct span html = { end + 1, size - (size_t)(end + 1 - data) };
	clam_html_links(html, &host);
	l.digests = (struct span){ digests, sizeof digests };
	clam_html_links(html, &host);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "trust/verify/bundle.h"
#include "trust/verify/strict.h"

#include <stdlib.h>

/* What is read gives the same bytes again, but for `extra`, which is not kept. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_hashes(struct buf *b, const struct merkle_proof *p, struct span checkpoint)
{
	char text[STRICT_BASE64_SIZE(32) + 1];

	for (size_t i = 0; i < p->n; i++) {
		strict_base64_write((struct span){ p->hash[i].b, 32 }, text);
		buf_printf(b, "%s\n", text);
	}
	buf_put_text(b, "\n");
	buf_put_span(b, checkpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = { data, size };
	struct merkle_hash leaf = merkle_empty(), root = leaf;
	struct bundle_growth g;
	struct bundle b;
	struct error e;
	struct buf out;

	buf_init(&out, BUNDLE_MAX_SIZE);
	if (bundle_parse(whole, &b, &e)) {
		buf_printf(&out, "c2sp.org/tlog-proof@v1\nindex %llu\n",
			   (unsigned long long)b.index);
		put_hashes(&out, &b.proof, b.checkpoint);
		struct span tail = span_cut(whole, size - b.checkpoint.n, size);
		if (out.n == size ? !span_equal(whole, buf_span(&out))
				  : out.n > size || !span_equal(tail, b.checkpoint))
			abort();
		if (bundle_check(&b, &leaf, b.index + 1, &root, &e) && b.proof.n != 0)
			abort(); /* the root of a tree that is its own leaf */
		if (bundle_check(&b, &leaf, UINT64_MAX, &root, &e))
			abort();
	}
	buf_reset(&out);
	if (bundle_parse_growth(whole, &g, &e)) {
		buf_printf(&out, "old %llu\n", (unsigned long long)g.old);
		put_hashes(&out, &g.proof, g.checkpoint);
		if (!span_equal(whole, buf_span(&out)))
			abort();
		if (g.old != 0 &&
		    merkle_check_consistency(g.old, g.old * 2 + 1, &leaf, &root, &g.proof, &e))
			abort(); /* two trees of the same root */
	}
	buf_release(&out);
	return 0;
}

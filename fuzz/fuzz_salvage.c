/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include <stdlib.h>

/*
 * A damaged file of a kind that the first byte chooses: every piece that is given can be read to
 * its end, none is larger than the work that its file is allowed, and what is called whole has
 * something to show for it.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool piece(void *ctx, const struct salvage_piece *p, struct region *r)
{
	uint64_t *left = ctx, at = 0;

	if (p->name.n > SALVAGE_MAX_NAME || p->state >= SALVAGE_STATES ||
	    salvage_state_word(p->state) == NULL)
		abort();
	while (at < r->size) {
		struct span s = region_get(r, at, REGION_MAX);
		if (s.n == 0)
			break;
		at += s.n;
	}
	if (at != r->size && !r->failed && r->n_extents == 0)
		abort();
	if (p->state == SALVAGE_WHOLE && r->size != 0 && p->proof.level == PROOF_NONE)
		abort();
	*left -= *left != 0;
	return *left != 0;
}

static void note(void *ctx, const char *text)
{
	(void)ctx;
	if (strlen(text) > 1024)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.docx", "a.pdf", "a.sqlite", "a.tar", "a.mbox",
					     "a.ibd",  "a.img", "a.vmdk",   "a",     "a.pst" };
	uint64_t left = 2000;
	struct salvage_host host = { piece, note, &left };
	struct region r;

	if (size == 0)
		return 0;
	struct salvage *s = salvage_new(&host);
	if (s == NULL)
		return 0;
	region_of_memory(&r, (struct span){ data + 1, size - 1 });
	salvage_file(s, &r, span_of(names[data[0] % (sizeof names / sizeof *names)]));
	salvage_free(s);
	return 0;
}

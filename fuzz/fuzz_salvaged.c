/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_ask.h"

#include <stdlib.h>

/*
 * What workers say of damaged files, as who asked takes it: an assessment, and the events of a
 * salvage.  Input: u8 which; then the answer, or events of u16 n and n bytes each.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_SIZE = 1 << 20 };

struct taking {
	uint64_t left;
	bool open;
};

static bool begin(void *ctx, const struct salvage_piece *p, uint64_t size)
{
	struct taking *t = ctx;

	if (t->open || p->state >= SALVAGE_STATES || p->name.n > SALVAGE_MAX_NAME ||
	    p->proof.level > PROOF_CHECKSUM)
		abort();
	t->left = size;
	t->open = true;
	return true;
}

static bool data_of(void *ctx, struct span s)
{
	struct taking *t = ctx;

	if (!t->open || s.n == 0 || s.n > t->left)
		abort();
	t->left -= s.n;
	return true;
}

static bool end(void *ctx, bool whole)
{
	struct taking *t = ctx;

	if (!t->open || (whole && t->left != 0))
		abort();
	t->open = false;
	return true;
}

static void note(void *ctx, const char *text)
{
	const struct taking *t = ctx;

	if (t->open || strlen(text) == 0)
		abort();
}

static void assess(struct span answer)
{
	struct assessment *a = malloc(sizeof *a);
	struct snapshot_stores copies;
	bool failed;
	uint64_t at = 0;

	if (a == NULL)
		return;
	if (examine_take_assessment(answer, FILE_SIZE, a, &failed, &copies))
		for (unsigned i = 0; i < a->n_ranges; i++) {
			if (a->range[i].at < at || a->range[i].at + a->range[i].n > FILE_SIZE)
				abort();
			at = a->range[i].at + a->range[i].n;
		}
	free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct taking t = { 0 };
	const struct salvage_taker taker = { &t, begin, data_of, end, note };
	struct cursor c = cursor_of((struct span){ data, size });
	struct salvage_receiver r;

	if (cursor_u8(&c) == 0) {
		assess(cursor_take(&c, cursor_left(&c)));
		return 0;
	}
	salvage_receiver_init(&r, &taker, FILE_SIZE);
	while (cursor_left(&c) > 2) {
		struct span event = cursor_take(&c, cursor_le16(&c));
		if (!cursor_ok(&c) || !salvage_receive(&r, event))
			break;
	}
	return 0;
}

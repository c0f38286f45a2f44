/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_parts.h"

enum { CONTI_ALL = 0x24, CONTI_PARTS = 0x25, CONTI_HEAD = 0x26, CONTI_HEAD_SIZE = 1 << 20 };

/* `n` parts of `chunk` bytes, each `step` behind the one before it; each begins with a block. */
static void spread(struct attack_parts *p, unsigned n, uint64_t chunk, uint64_t step)
{
	uint64_t blocks = (chunk + PARTS_BLOCK - 1) / PARTS_BLOCK;

	p->n = n;
	for (unsigned i = 0; i < n; i++)
		p->part[i] = (struct attack_part){ i * step, chunk, i * blocks * PARTS_BLOCK };
}

static bool read_tail(struct span tail, uint64_t file, unsigned *mode, unsigned *percent,
		      uint64_t *size)
{
	struct cursor c = cursor_of(tail);

	*mode = cursor_u8(&c);
	*percent = cursor_u8(&c);
	*size = cursor_le64(&c);
	return cursor_ok(&c) && file >= PARTS_TAIL && *size == file - PARTS_TAIL &&
	       *size < UINT64_MAX / 100;
}

bool attack_parts_akira(struct span tail, uint64_t file, struct attack_parts *out)
{
	unsigned mode, percent;
	uint64_t size;

	*out = (struct attack_parts){ .n = 0 };
	if (!read_tail(tail, file, &mode, &percent, &size) || mode > 2 || percent > 100)
		return false;
	out->size = size;
	if (mode == 0)
		spread(out, 1, size, 0);
	if (mode == 1)
		spread(out, 1, size * percent / 100, 0);
	if (mode < 2)
		return true;
	if (percent == 0)
		return false;
	unsigned n = percent < 50 ? 3 : 5;
	uint64_t chunk = size * percent / 100 / n;
	spread(out, n - 1, chunk, (size - chunk * (n - 1)) / n);
	return true;
}

bool attack_parts_conti(struct span tail, uint64_t file, struct attack_parts *out)
{
	static const struct {
		uint8_t percent, chunk; /* hundredths of the size, of which there are three */
	} shares[] = { { 10, 4 },  { 15, 5 },  { 20, 7 },  { 25, 9 },  { 30, 10 },
		       { 35, 12 }, { 40, 14 }, { 60, 20 }, { 70, 23 }, { 80, 27 } };
	unsigned mode, percent;
	uint64_t size;

	*out = (struct attack_parts){ .n = 0 };
	if (!read_tail(tail, file, &mode, &percent, &size))
		return false;
	out->size = size;
	if (mode == CONTI_ALL || mode == CONTI_HEAD) {
		bool head = mode == CONTI_HEAD && size > CONTI_HEAD_SIZE;
		spread(out, 1, head ? CONTI_HEAD_SIZE : size, 0);
		return true;
	}
	if (mode != CONTI_PARTS)
		return false;
	if (percent == 50) {
		spread(out, 5, size / 100 * 10, size / 100 * 20);
		return true;
	}
	for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
		if (shares[i].percent == percent) {
			uint64_t chunk = size / 100 * shares[i].chunk;
			spread(out, 3, chunk, chunk + (size - chunk * 3) / 2);
			return true;
		}
	return false;
}

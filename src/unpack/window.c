/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/window.h"

bool window_init(struct window *w, struct arena *a, uint64_t size, const struct decode_out *out)
{
	*w = (struct window){ .p = arena_alloc(a, WINDOW_SIZE), .size = size, .out = out };
	return w->p != NULL;
}

void window_flush(struct window *w)
{
	while (w->given < w->made && !w->stopped) {
		size_t at = (size_t)(w->given % WINDOW_SIZE);
		uint64_t left = w->made - w->given;
		size_t n = left < WINDOW_SIZE - at ? (size_t)left : WINDOW_SIZE - at;
		w->stopped = !w->out->put(w->out->ctx, (struct span){ w->p + at, n });
		w->given += n;
	}
}

void window_copy(struct window *w, uint64_t back, uint64_t n)
{
	for (; n != 0 && window_open(w); n--)
		window_put(w, back > w->made ? 0 : w->p[(w->made - back) % WINDOW_SIZE]);
}

bool window_code_make(struct window_code *c, const uint8_t *length, size_t n, bool whole)
{
	uint16_t at[WINDOW_BITS + 2] = { 0 };
	int32_t left = 1;

	*c = (struct window_code){ 0 };
	for (size_t i = 0; i < n; i++)
		c->count[length[i]]++;
	c->count[0] = 0;
	for (size_t i = 1; i <= WINDOW_BITS; i++) {
		left = left * 2 - c->count[i];
		if (left < 0)
			return false;
		at[i + 1] = (uint16_t)(at[i] + c->count[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (length[i] != 0)
			c->symbol[at[length[i]]++] = (uint16_t)i;
	return left == 0 || !whole;
}

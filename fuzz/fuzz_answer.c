/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "sandbox/pool.h"

#include <stdlib.h>

/*
 * What a worker says, as the broker hears it.  Input: messages, each u16 n and n bytes; the first
 * is its greeting.  The worker has three objects before it, and can speak of no other.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ANSWER = 4096 };

/* False: nothing that follows is heard. */
static bool hear(struct pool_worker *w, struct span message)
{
	struct cursor c = cursor_of(message);
	struct pool_answer a;

	while (cursor_left(&c) != 0) {
		size_t before = w->n_ahead;
		enum pool_said said = pool_hear(w, &c, &a);
		if (said == POOL_LIE && a.wrong == NULL)
			abort();
		if (said == POOL_LIE)
			return false;
		if (before == 0 || w->n_ahead != before || w->part.n > MAX_ANSWER)
			abort();
		if (said != POOL_ANSWER)
			continue;
		if (a.bytes.n > WIRE_MAX)
			abort();
		pool_strike(w, 1);
		if (w->n_ahead != before - 1 || w->part.n != 0)
			abort();
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	struct pool_worker w;
	unsigned walls;
	struct error e;

	pool_init(&w, MAX_ANSWER);
	for (uint64_t i = 0; i < 3; i++)
		w.ahead[w.n_ahead++] = 7 + i;
	w.bytes_ahead = 3;
	struct span hello = cursor_take(&c, cursor_le16(&c));
	if (pool_greet(&w, hello, &walls, &e) && (walls & WALLS_DEMANDED) != WALLS_DEMANDED)
		abort();
	while (cursor_left(&c) != 0 && hear(&w, cursor_take(&c, cursor_le16(&c))))
		continue;
	buf_release(&w.part);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/owned_writer.h"
#include "review/owned.h"

void owned_writer_init(struct owned_writer *o, struct fact_writer *to)
{
	o->to = to;
	o->n = 0;
}

void owned_writer_put(struct owned_writer *o, struct span path)
{
	uint64_t digest = owned_digest(path);

	for (unsigned i = 0; i < sizeof digest; i++)
		o->batch[o->n++] = (uint8_t)(digest >> (8 * i));
	if (o->n == sizeof o->batch)
		owned_writer_end(o);
}

void owned_writer_end(struct owned_writer *o)
{
	if (o->n == 0)
		return;
	fact_begin(o->to, FACT_OWNED);
	fact_put(o->to, FACT_DATA, (struct span){ o->batch, o->n });
	fact_end(o->to);
	o->n = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_OWNED_WRITER_H
#define PEL_REVIEW_OWNED_WRITER_H

#include "policy/fact.h"

/* Puts digests of owned paths into records of FACT_OWNED, many at a time. */

enum { OWNED_WRITER_BATCH = 1024 };

struct owned_writer {
	struct fact_writer *to;
	uint8_t batch[OWNED_WRITER_BATCH * sizeof(uint64_t)];
	size_t n; /* bytes of it */
};

void owned_writer_init(struct owned_writer *o, struct fact_writer *to);
void owned_writer_put(struct owned_writer *o, struct span path);
void owned_writer_end(struct owned_writer *o);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_COLLECT_H
#define PEL_REVIEW_COLLECT_H

/*
 * The table of collectors.  A collector is two functions: gather() opens what it needs and parses
 * nothing; read() is pure and turns a bundle into facts, behind the walls.
 */

#include "policy/fact.h"
#include "review/gather.h"

struct collector {
	const char *name;  /* a word for reports: "dpkg" */
	const char *title; /* for people: "Debian packages" */
	const char *looks; /* where: one line */
	bool live;         /* speaks of a running system only */
	unsigned stage;    /* 0: who owns what; 1: all that asks for it */
	void (*gather)(struct gather *g);
	void (*read)(const struct bundle *b, struct fact_writer *w);
};

enum { COLLECT_STAGES = 2, COLLECT_MAX = 64 };

extern const struct collector *const collectors[];
extern const size_t n_collectors; /* <= COLLECT_MAX */

#endif

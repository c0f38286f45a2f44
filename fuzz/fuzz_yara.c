/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The YARA front end on any text.  What it emits must keep the promises that the database and the
 * evaluator rest on: operands stand before the node that names them, numbers are in range,
 * diagnostics have a place in their source and can be printed.
 */

#include "rules/audit/audit.h"
#include "rules/audit/audit_expect.h"
#include "rules/cond_print.h"
#include "rules/operands.h"
#include "rules/yara/yara.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_PRINTED = 1 << 16 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_rule(const struct ruleset *set, uint32_t number)
{
	const struct cond_code code = ruleset_code(set);
	size_t n, n_strings;
	const struct ir_rule *r = &ruleset_rules(set, &n)[number];
	struct operands o;
	struct buf text;

	(void)ruleset_strings(set, &n_strings);
	require(r->first_string <= n_strings && r->n_strings <= n_strings - r->first_string);
	require(r->first_node <= code.n_nodes && r->n_nodes <= code.n_nodes - r->first_node);
	for (uint32_t i = 0; i < r->n_nodes; i++)
		require(operands_of(&code, r->first_node + i, &o));
	if ((r->flags & IR_RULE_BROKEN) != 0)
		return;
	require(r->root >= r->first_node && r->root < r->first_node + r->n_nodes);
	require(code.node[r->root].kind == VALUE_BOOL);
	size_t depth = operands_depth(&code, r->first_node, r->root);
	require(depth > 0 && depth < COND_MAX_DEPTH);
	buf_init(&text, MOST_PRINTED);
	cond_print(&code, r->root, &text);
	buf_release(&text);
}

/* An audit says exactly one thing of what a rule looks for, first, and gives a reason for each
 * mark. */
static void check_audit(const struct ruleset *set, uint32_t number)
{
	static struct ordinary *known; /* made once, for all inputs */
	struct audit_result a = { .n = 0 };
	struct arena arena;
	struct error e;

	if (known == NULL)
		known = ordinary_new();
	if (known != NULL) {
		double expected = audit_expect(set, number, known);
		require(expected >= 0 && expected <= 1e6 + 1);
	}

	arena_init(&arena, (size_t)64 << 20);
	if (audit_rule(set, number, &arena, &a, &e)) {
		require(a.n >= 1 && a.n <= AUDIT_MAX_MARKS && a.mark[0].kind <= AUDIT_DIGEST);
		for (size_t i = 0; i < a.n; i++)
			require(a.mark[i].reason != NULL && a.mark[i].kind < AUDIT_MARKS);
	}
	arena_release(&arena);
}

static void check_diagnostics(const struct ruleset *set)
{
	size_t n, n_sources;
	const struct ir_diagnostic *d = ruleset_diagnostics(set, &n);
	const struct ir_source *s = ruleset_sources(set, &n_sources);
	struct buf text;

	for (size_t i = 0; i < n && i < 16; i++) {
		require(d[i].place.source < n_sources && d[i].message.n > 0);
		require(d[i].place.at <= s[d[i].place.source].text.n);
		buf_init(&text, MOST_PRINTED);
		ruleset_print(set, &d[i], &text);
		buf_release(&text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct yara_options options = { .yarax = size % 2 != 0 };
	struct ruleset set;
	struct error e;
	size_t n;

	ruleset_init(&set);
	struct yara *y = yara_new(&set, &options);
	require(y != NULL);
	if (yara_add(y, span_of("input"), (struct span){ data, size }, span_of("default"), &e)) {
		const struct ir_rule *r = ruleset_rules(&set, &n);
		size_t broken = 0;
		for (uint32_t i = 0; i < n; i++) {
			check_rule(&set, i);
			if ((r[i].flags & IR_RULE_BROKEN) == 0 && i < 4)
				check_audit(&set, i);
			broken += (r[i].flags & IR_RULE_BROKEN) != 0;
		}
		require(broken == 0 || set.n_errors > 0);
		check_diagnostics(&set);
	}
	yara_free(y);
	ruleset_release(&set);
	return 0;
}

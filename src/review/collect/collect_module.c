/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/lines.h"

/*
 * Kernel modules that are loaded: name, version where sysfs shows it, and the marks of taint (O:
 * built out of the kernel's tree, E: unsigned, P: proprietary, F: forced).  /proc/modules has `name
 * size users dependents state address (taint)`.  proc(5),
 * Documentation/admin-guide/tainted-kernels.rst.
 */

enum { MAX_MODULES = 1 << 20 };

static void take_module(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "version", "taint", "srcversion" };
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];
	struct error e;
	struct stat st;

	(void)type;
	if (gather_path(g, base, directory, name) && gather_path(g, path, base, "initstate") &&
	    root_stat(g->root, path, &st, &e)) /* else it is built into the kernel */
		group_gather(g, "module", base, files, sizeof files / sizeof *files);
}

static void gather(struct gather *g)
{
	if (!gather_file(g, "/proc/modules", MAX_MODULES)) {
		if (g->cover->n_gaps == 0)
			coverage_decide(g->cover, COVERAGE_UNAVAILABLE,
					"this kernel lists no loadable modules");
		return;
	}
	(void)gather_each(g, "/sys/module", take_module);
}

/* The group of sysfs that bears the name, if there is one. */
static struct group find_group(const struct bundle *b, struct span name)
{
	struct group g;

	for (size_t at = 0; group_next(b, &at, &g);)
		if (span_equal(lines_base(g.name), name))
			return g;
	return (struct group){ .first = 0 };
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct span text = bundle_count(b) != 0 ? bundle_get(b, 0).bytes : (struct span){ NULL, 0 };
	struct span line, name;

	while (lines_next(&text, &line)) {
		if (!lines_word(&line, &name))
			continue;
		struct group g = find_group(b, name);
		fact_begin(w, FACT_MODULE);
		fact_put(w, FACT_NAME, name);
		fact_put_text(w, FACT_STATE, "loaded");
		fact_put(w, FACT_VERSION, group_value(b, &g, "version"));
		fact_put(w, FACT_REVISION, group_value(b, &g, "srcversion"));
		fact_put(w, FACT_NOTE, group_value(b, &g, "taint"));
		fact_end(w);
	}
}

const struct collector collect_module = {
	.name = "modules",
	.title = "Kernel modules that are loaded",
	.looks = "/proc/modules, /sys/module",
	.live = true,
	.gather = gather,
	.read = read,
};

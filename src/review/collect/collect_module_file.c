/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/tree.h"

/*
 * Kernel modules that could be loaded: those of /lib/modules that no package owns (built here, or
 * brought by somebody), and those whose name a policy asks for.  modprobe(8): a name is the file's
 * without its ending, and `-` is `_`.
 */

static struct span name_of(struct span file)
{
	static const char *const endings[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (lines_ends(file, endings[i]))
			return span_cut(file, 0, file.n - strlen(endings[i]));
	return (struct span){ NULL, 0 };
}

static bool is_same(struct span name, const char *wanted)
{
	if (strlen(wanted) != name.n)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] == '-' ? '_' : name.p[i]) != (wanted[i] == '-' ? '_' : wanted[i]))
			return false;
	return true;
}

static bool is_wanted(const struct gather *g, struct span name)
{
	for (size_t i = 0; i < g->n_modules; i++)
		if (is_same(name, g->modules[i]))
			return true;
	return false;
}

static void take_file(const struct tree *t, int at, const char *name, const char *path)
{
	struct span module = name_of(span_of(name));

	(void)at;
	if (module.n != 0 &&
	    (is_wanted(t->g, module) || !owned_has(t->g->bundle->owned, span_of(path))))
		(void)gather_note(t->g, path, module);
}

static void gather(struct gather *g)
{
	struct tree t = { .g = g, .file = take_file };
	char target[16];
	struct error e;
	bool any = tree_walk(&t, "/usr/lib/modules");

	/* a system that is not merged has them elsewhere */
	if (root_link(g->root, "/lib", target, sizeof target, &e) <= 0)
		any = tree_walk(&t, "/lib/modules") || any;
	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no /lib/modules");
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		fact_begin(w, FACT_MODULE);
		fact_put(w, FACT_NAME, item.bytes);
		fact_put_text(w, FACT_STATE, "on disk");
		fact_put_text(w, FACT_LOCATION, item.name);
		if (owned_has(b->owned, span_of(item.name)))
			fact_put_text(w, FACT_OWNED_BY, "package");
		fact_end(w);
	}
}

const struct collector collect_module_file = {
	.name = "module-files",
	.title = "Kernel modules on disk that no package owns, or that policies name",
	.looks = "/lib/modules",
	.stage = 1,
	.gather = gather,
	.read = read,
};

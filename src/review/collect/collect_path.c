/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_match.h"
#include "review/collect.h"
#include "review/lines.h"

/*
 * The files and directories that policies ask for: a path, literal but for `*` within the last
 * component, that is there or is not.
 */

static void take(struct gather *g, const char *path)
{
	struct stat st;
	struct error e;

	if (root_stat(g->root, path, &st, &e))
		(void)gather_note(g, path, span_of(S_ISDIR(st.st_mode) ? "directory" : "file"));
	else
		gather_gap(g, path, &e);
}

/* All names of the directory whose pattern is asked for; few, since policies name places. */
static void take_match(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (!gather_path(g, path, directory, name))
		return;
	for (size_t i = 0; i < g->n_wanted; i++)
		if (strchr(g->wanted[i], '*') != NULL &&
		    policy_path_meets(span_of(g->wanted[i]), span_of(path))) {
			take(g, path);
			return;
		}
}

static bool directory_of(const char *path, char *to)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;

	if (n == 0 || n >= GATHER_MAX_PATH || memchr(path, '*', n) != NULL)
		return false;
	memcpy(to, path, n);
	to[n] = '\0';
	return true;
}

/* Patterns stand in the order of bytes; those of one directory are looked for together. */
static void gather(struct gather *g)
{
	char directory[GATHER_MAX_PATH], last[GATHER_MAX_PATH] = "";

	if (g->n_wanted == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no policy asks for a path");
	for (size_t i = 0; i < g->n_wanted; i++) {
		if (strchr(g->wanted[i], '*') == NULL) {
			take(g, g->wanted[i]);
		} else if (directory_of(g->wanted[i], directory) && strcmp(directory, last) != 0) {
			(void)gather_each(g, directory, take_match);
			memcpy(last, directory, strlen(directory) + 1);
		}
	}
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		fact_begin(w, FACT_PATH);
		fact_put(w, FACT_NAME, lines_base(span_of(item.name)));
		fact_put(w, FACT_TYPE, item.bytes);
		fact_put_text(w, FACT_LOCATION, item.name);
		if (owned_has(b->owned, span_of(item.name)))
			fact_put_text(w, FACT_OWNED_BY, "package");
		fact_end(w);
	}
}

const struct collector collect_path = {
	.name = "paths",
	.title = "Files that policies name",
	.looks = "the paths of the policies' entries",
	.stage = 1,
	.gather = gather,
	.read = read,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * Gems of Ruby: a file of specification for each, which is Ruby code of a fixed form that
 * `gem install` writes: `s.name = "rake".freeze`, `s.version = "13.0.6"`.  It is not run; where a
 * line of that form is not found, name and version are those of the file's name, NAME-VERSION.
 * guides.rubygems.org, "Specification Reference".
 */

enum { MAX_SPECIFICATION = 1 << 20 };

static void take_specification(struct gather *g, const char *directory, const char *name,
			       unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (!gather_path(g, path, directory, name))
		return;
	if (type == DT_DIR && strcmp(name, "default") == 0)
		(void)gather_each(g, path, take_specification);
	else if (gather_ends(name, ".gemspec"))
		(void)gather_file(g, path, MAX_SPECIFICATION);
}

/* A directory of one version of Ruby, or `all`. */
static void take_version(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, "specifications"))
		(void)gather_each(g, path, take_specification);
}

static void take_home(struct gather *g, const char *home)
{
	char path[GATHER_MAX_PATH];

	if (gather_path(g, path, home, ".gem/ruby"))
		(void)gather_each(g, path, take_version);
	if (gather_path(g, path, home, ".local/share/gem/ruby"))
		(void)gather_each(g, path, take_version);
}

static void gather(struct gather *g)
{
	static const char *const places[] = {
		"/var/lib/gems",
		"/usr/lib/ruby/gems",
		"/usr/share/rubygems-integration",
		"/usr/local/lib/ruby/gems",
		"/usr/lib64/gems",
	};
	bool any = false;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		any = gather_each(g, places[i], take_version) || any;
	any = gather_each(g, "/usr/share/gems/specifications", take_specification) || any;
	gather_homes(g, take_home);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no gems");
}

/* ---- reading */

/* What stands in the first quotes of a line. */
static struct span quoted(struct span line)
{
	struct span before, rest, value, after;

	if (!lines_split(line, '"', &before, &rest) || !lines_split(rest, '"', &value, &after))
		return (struct span){ NULL, 0 };
	return value;
}

/* `s.KEY = ...` */
static struct span field(struct span text, const char *key)
{
	struct span line, word, rest;

	while (lines_next(&text, &line)) {
		rest = lines_trim(line);
		if (!lines_starts(rest, "s.") || !lines_word(&rest, &word) ||
		    !span_is(span_cut(word, 2, SIZE_MAX), key) || !lines_word(&rest, &word) ||
		    !span_is(word, "="))
			continue;
		return quoted(rest);
	}
	return (struct span){ NULL, 0 };
}

/* The name ends at the first '-' that a digit follows. */
static void split_name(struct span base, struct span *name, struct span *version)
{
	base = span_cut(base, 0, base.n - strlen(".gemspec"));
	*name = base;
	*version = (struct span){ NULL, 0 };
	for (size_t i = 1; i + 1 < base.n; i++)
		if (base.p[i] == '-' && base.p[i + 1] >= '0' && base.p[i + 1] <= '9') {
			*name = span_cut(base, 0, i);
			*version = span_cut(base, i + 1, SIZE_MAX);
			return;
		}
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name), by_file, its_version;
		if (!lines_ends(path, ".gemspec"))
			continue;
		split_name(lines_base(path), &by_file, &its_version);
		struct span name = field(item.bytes, "name"),
			    version = field(item.bytes, "version");
		fact_begin(w, FACT_PACKAGE);
		fact_put(w, FACT_NAME, name.n != 0 ? name : by_file);
		fact_put_text(w, FACT_TYPE, "gem");
		fact_put(w, FACT_VERSION, version.n != 0 ? version : its_version);
		fact_put_text(w, FACT_STATE, "installed");
		fact_put(w, FACT_LOCATION, path);
		if (owned_has(b->owned, path))
			fact_put_text(w, FACT_OWNED_BY, "package");
		fact_end(w);
	}
}

const struct collector collect_gem = {
	.name = "gem",
	.title = "Ruby gems",
	.looks = "specifications in /var/lib/gems, /usr/lib/ruby/gems, "
		 "/usr/share/rubygems-integration "
		 "and their like",
	.stage = 1,
	.gather = gather,
	.read = read,
};

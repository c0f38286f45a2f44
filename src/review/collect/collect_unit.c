/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * What init systems start: units of systemd in its directories (systemd.unit(5)), their drop-ins,
 * which are enabled by links in *.wants and *.requires, and the scripts of /etc/init.d.
 */

enum { MAX_UNIT = 256 << 10 };

static const char *const suffixes[] = { ".service", ".timer",     ".socket", ".path",
					".mount",   ".automount", ".swap" };

static bool is_unit(const char *name)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (gather_ends(name, suffixes[i]))
			return true;
	return false;
}

static void take_wanted(struct gather *g, const char *directory, const char *name, unsigned type)
{
	(void)directory;
	(void)type;
	(void)gather_note(g, "enabled", span_of(name));
}

static void take_dropin(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (gather_ends(name, ".conf") && gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_UNIT);
}

static void take_unit(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (!gather_path(g, path, directory, name))
		return;
	if (gather_ends(name, ".wants") || gather_ends(name, ".requires"))
		(void)gather_each(g, path, take_wanted);
	else if (gather_ends(name, ".d"))
		(void)gather_each(g, path, take_dropin);
	else if (is_unit(name) && type == DT_LNK) /* an alias, or masked by /dev/null */
		(void)gather_link(g, path);
	else if (is_unit(name))
		(void)gather_file(g, path, MAX_UNIT);
}

static void take_script(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type != DT_DIR && name[0] != '.' && strcmp(name, "README") != 0 &&
	    gather_path(g, path, directory, name))
		(void)gather_note(g, "script", span_of(path));
}

static void gather(struct gather *g)
{
	static const char *const directories[] = {
		"/etc/systemd/system",         "/run/systemd/system",
		"/run/systemd/transient",      "/run/systemd/generator",
		"/run/systemd/generator.late", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system",     "/lib/systemd/system",
		"/etc/systemd/user",           "/usr/local/lib/systemd/user",
		"/usr/lib/systemd/user",
	};
	struct stat lib, usr_lib;
	struct error e;
	bool any = false;

	bool twice = root_stat(g->root, "/lib/systemd/system", &lib, &e) &&
		     root_stat(g->root, "/usr/lib/systemd/system", &usr_lib, &e) &&
		     lib.st_dev == usr_lib.st_dev && lib.st_ino == usr_lib.st_ino;
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		if (!twice || strcmp(directories[i], "/lib/systemd/system") != 0)
			any = gather_each(g, directories[i], take_unit) || any;
	any = gather_each(g, "/etc/init.d", take_script) || any;
	any = gather_each(g, "/etc/rc.d/init.d", take_script) || any;
	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE,
				"neither systemd nor /etc/init.d");
}

/* ---- reading */

static bool is_enabled(const struct bundle *b, struct span unit)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind == ITEM_NOTE && strcmp(item.name, "enabled") == 0 &&
		    span_equal(item.bytes, unit))
			return true;
	}
	return false;
}

static enum fact_key key_of(struct span name)
{
	if (lines_starts(name, "Exec"))
		return FACT_TARGET;
	if (lines_starts(name, "OnCalendar") || lines_starts(name, "OnBoot") ||
	    lines_starts(name, "OnUnit"))
		return FACT_SCHEDULE;
	if (lines_starts(name, "Listen"))
		return FACT_LOCAL;
	return FACT_KEYS;
}

/* Lines end in a backslash where they go on; of what a unit runs the first line is enough to find
 * it.
 */
static void put_settings(struct span text, struct fact_writer *w)
{
	struct span line, name, value;

	while (lines_next(&text, &line)) {
		line = lines_trim(line);
		if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';' ||
		    !lines_split(line, '=', &name, &value))
			continue;
		enum fact_key key = key_of(lines_trim(name));
		if (key != FACT_KEYS)
			fact_put(w, key, lines_trim(value));
	}
}

static struct span type_of(struct span name)
{
	size_t n = name.n;

	while (n > 0 && name.p[n - 1] != '.')
		n--;
	return span_cut(name, n, SIZE_MAX);
}

static void put_unit(const struct bundle *b, const struct item *item, struct fact_writer *w)
{
	struct span path = span_of(item->name), name = lines_base(path);
	const char *state = is_enabled(b, name) ? "enabled" : "present";
	bool link = item->kind == ITEM_LINK;

	if (link)
		state = span_is(item->bytes, "/dev/null") ? "masked" : "alias";
	fact_begin(w, FACT_UNIT);
	fact_put(w, FACT_NAME, name);
	fact_put(w, FACT_TYPE, lines_ends(name, ".conf") ? span_of("drop-in") : type_of(name));
	fact_put_text(w, FACT_STATE, state);
	fact_put(w, FACT_LOCATION, path);
	if (owned_has(b->owned, path))
		fact_put_text(w, FACT_OWNED_BY, "package");
	if (link)
		fact_put(w, FACT_TARGET, item->bytes);
	else
		put_settings(item->bytes, w);
	fact_end(w);
}

static void put_script(const struct bundle *b, struct span path, struct fact_writer *w)
{
	fact_begin(w, FACT_UNIT);
	fact_put(w, FACT_NAME, lines_base(path));
	fact_put_text(w, FACT_TYPE, "init");
	fact_put_text(w, FACT_STATE, "present");
	fact_put(w, FACT_LOCATION, path);
	if (owned_has(b->owned, path))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind != ITEM_NOTE)
			put_unit(b, &item, w);
		else if (strcmp(item.name, "script") == 0)
			put_script(b, item.bytes, w);
	}
}

const struct collector collect_unit = {
	.name = "units",
	.title = "Services, timers and sockets",
	.looks = "systemd's directories under /etc, /run, /usr/lib; /etc/init.d",
	.stage = 1,
	.gather = gather,
	.read = read,
};

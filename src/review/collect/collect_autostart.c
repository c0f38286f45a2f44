/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>

/*
 * What runs without being asked for and is no unit: cron (crontab(5)), at, XDG autostart, what the
 * dynamic linker loads into every program (ld.so(8)), shell profiles, PAM modules, udev's RUN,
 * hooks of package managers and of NetworkManager, modules that are loaded at start, lines of code
 * in Python's path files.
 */

enum { MAX_FILE = 1 << 20 };

enum way { BY_LINE, BY_KEY, BY_NAME, BY_CRON, BY_USER_CRON, BY_PAM, BY_WORD, BY_IMPORT };

struct place {
	const char *path; /* of a file, or of a directory that ends in '/' */
	const char *suffix;
	const char *type;
	enum way way;
	const char *word; /* the key of BY_KEY; what a line of BY_WORD holds */
};

static const struct place places[] = {
	{ "/etc/crontab", "", "cron", BY_CRON, NULL },
	{ "/etc/cron.d/", "", "cron", BY_CRON, NULL },
	{ "/var/spool/cron/crontabs/", "", "cron", BY_USER_CRON, NULL },
	{ "/var/spool/cron/", "", "cron", BY_USER_CRON, NULL },
	{ "/etc/crontabs/", "", "cron", BY_USER_CRON, NULL },
	{ "/etc/cron.hourly/", "", "cron.hourly", BY_NAME, NULL },
	{ "/etc/cron.daily/", "", "cron.daily", BY_NAME, NULL },
	{ "/etc/cron.weekly/", "", "cron.weekly", BY_NAME, NULL },
	{ "/etc/cron.monthly/", "", "cron.monthly", BY_NAME, NULL },
	{ "/etc/periodic/15min/", "", "cron.15min", BY_NAME, NULL },
	{ "/etc/periodic/hourly/", "", "cron.hourly", BY_NAME, NULL },
	{ "/etc/periodic/daily/", "", "cron.daily", BY_NAME, NULL },
	{ "/var/spool/cron/atjobs/", "", "at", BY_NAME, NULL },
	{ "/etc/anacrontab", "", "anacron", BY_LINE, NULL },
	{ "/etc/xdg/autostart/", ".desktop", "xdg", BY_KEY, "Exec" },
	{ "/etc/ld.so.preload", "", "preload", BY_LINE, NULL },
	{ "/etc/rc.local", "", "rc.local", BY_NAME, NULL },
	{ "/etc/local.d/", "", "local.d", BY_NAME, NULL },
	{ "/etc/profile.d/", ".sh", "profile", BY_NAME, NULL },
	{ "/etc/modules", "", "module", BY_LINE, NULL },
	{ "/etc/modules-load.d/", ".conf", "module", BY_LINE, NULL },
	{ "/usr/lib/modules-load.d/", ".conf", "module", BY_LINE, NULL },
	{ "/etc/pam.d/", "", "pam", BY_PAM, NULL },
	{ "/etc/udev/rules.d/", ".rules", "udev", BY_WORD, "RUN" },
	{ "/usr/lib/udev/rules.d/", ".rules", "udev", BY_WORD, "RUN" },
	{ "/etc/apt/apt.conf.d/", "", "apt", BY_WORD, "-Invoke" },
	{ "/etc/apt/apt.conf.d/", "", "apt", BY_WORD, "Pre-Install-Pkgs" },
	{ "/etc/dnf/plugins/", ".conf", "dnf", BY_NAME, NULL },
	{ "/etc/pacman.d/hooks/", ".hook", "pacman", BY_KEY, "Exec" },
	{ "/usr/share/libalpm/hooks/", ".hook", "pacman", BY_KEY, "Exec" },
	{ "/etc/NetworkManager/dispatcher.d/", "", "networkmanager", BY_NAME, NULL },
	{ "/usr/lib/NetworkManager/dispatcher.d/", "", "networkmanager", BY_NAME, NULL },
	{ "/etc/network/if-up.d/", "", "ifupdown", BY_NAME, NULL },
	{ "/usr/lib/python3/dist-packages/", ".pth", "python", BY_IMPORT, NULL },
	{ "/usr/lib/systemd/system-generators/", "", "generator", BY_NAME, NULL },
	{ "/etc/systemd/system-generators/", "", "generator", BY_NAME, NULL },
};

enum { N_PLACES = sizeof places / sizeof *places };

static const struct place *place_of(struct span path, const struct place *after)
{
	for (const struct place *p = after; p < places + N_PLACES; p++) {
		bool directory = lines_ends(span_of(p->path), "/");
		if (directory ? lines_starts(path, p->path) && lines_ends(path, p->suffix) &&
					lines_base(path).n + strlen(p->path) == path.n
			      : span_is(path, p->path))
			return p;
	}
	return NULL;
}

static bool is_place(const char *path) { return place_of(span_of(path), places) != NULL; }

static void take(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type == DT_DIR || name[0] == '.' || !gather_path(g, path, directory, name) ||
	    !is_place(path))
		return;
	if (place_of(span_of(path), places)->way == BY_NAME)
		(void)gather_note(g, path, (struct span){ NULL, 0 });
	else
		(void)gather_file(g, path, MAX_FILE);
}

static void gather(struct gather *g)
{
	char directory[GATHER_MAX_PATH];
	struct error e;
	struct stat st;

	for (size_t i = 0; i < N_PLACES; i++) {
		size_t n = strlen(places[i].path);
		if (places[i].path[n - 1] != '/') {
			if (places[i].way != BY_NAME)
				(void)gather_file(g, places[i].path, MAX_FILE);
			else if (root_stat(g->root, places[i].path, &st, &e))
				(void)gather_note(g, places[i].path, (struct span){ NULL, 0 });
			continue;
		}
		if (i > 0 && strcmp(places[i].path, places[i - 1].path) == 0)
			continue;
		memcpy(directory, places[i].path, n - 1);
		directory[n - 1] = '\0';
		(void)gather_each(g, directory, take);
	}
}

/* ---- reading */

struct context {
	const struct bundle *b;
	struct fact_writer *w;
	const struct place *place;
	struct span path;
};

static void put(const struct context *c, struct span schedule, struct span target, struct span user)
{
	fact_begin(c->w, FACT_AUTOSTART);
	fact_put(c->w, FACT_NAME, lines_base(c->path));
	fact_put_text(c->w, FACT_TYPE, c->place->type);
	fact_put(c->w, FACT_LOCATION, c->path);
	fact_put(c->w, FACT_TARGET, target);
	fact_put(c->w, FACT_SCHEDULE, schedule);
	fact_put(c->w, FACT_USER, user);
	if (owned_has(c->b->owned, c->path))
		fact_put_text(c->w, FACT_OWNED_BY, "package");
	fact_end(c->w);
}

/* `m h dom mon dow [user] command`, or `@daily [user] command`; an assignment is none. */
static void put_cron(const struct context *c, struct span line, bool user)
{
	struct span word, rest = line, who = { NULL, 0 };
	unsigned fields = line.p[0] == '@' ? 1 : 5;

	for (unsigned i = 0; i < fields; i++)
		if (!lines_word(&rest, &word))
			return;
	struct span schedule = span_cut(line, 0, (uint64_t)(word.p + word.n - line.p));
	if (line.p[0] != '@' && !(line.p[0] == '*' || (line.p[0] >= '0' && line.p[0] <= '9')))
		return;
	if (user && !lines_word(&rest, &who))
		return;
	put(c, schedule, lines_trim(rest), who);
}

/* `type control module arguments`; control may be [in brackets]. */
static void put_pam(const struct context *c, struct span line)
{
	struct span word;

	while (lines_word(&line, &word))
		if (lines_ends(word, ".so")) {
			put(c, (struct span){ NULL, 0 }, word, (struct span){ NULL, 0 });
			return;
		}
}

static bool holds(struct span s, const char *word)
{
	return s.n != 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

static void put_line(const struct context *c, struct span line)
{
	const struct span none = { NULL, 0 };
	struct span name, value;

	switch (c->place->way) {
	case BY_CRON:
	case BY_USER_CRON:
		put_cron(c, line, c->place->way == BY_CRON);
		break;
	case BY_PAM:
		put_pam(c, line);
		break;
	case BY_KEY:
		if (lines_split(line, '=', &name, &value) &&
		    span_is(lines_trim(name), c->place->word))
			put(c, none, lines_trim(value), none);
		break;
	case BY_WORD:
		if (holds(line, c->place->word))
			put(c, none, line, none);
		break;
	case BY_IMPORT:
		if (lines_starts(line, "import ") || lines_starts(line, "import\t"))
			put(c, none, line, none);
		break;
	default:
		put(c, none, line, none);
		break;
	}
}

static void read_place(const struct context *c, const struct item *item)
{
	struct span text = item->bytes, line;

	if (item->kind == ITEM_NOTE) {
		put(c, (struct span){ NULL, 0 }, c->path, (struct span){ NULL, 0 });
		return;
	}
	while (lines_next(&text, &line)) {
		line = lines_trim(line);
		if (line.n != 0 && line.p[0] != '#')
			put_line(c, line);
	}
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct context c = { b, w, places, span_of(item.name) };
		for (; (c.place = place_of(c.path, c.place)) != NULL; c.place++)
			read_place(&c, &item);
	}
}

const struct collector collect_autostart = {
	.name = "autostart",
	.title = "What starts by itself",
	.looks = "cron, at, XDG, ld.so.preload, PAM, udev, hooks of package managers, profiles",
	.stage = 1,
	.gather = gather,
	.read = read,
};

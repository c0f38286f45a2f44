/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

/*
 * Programs: one walk of the root's file system finds what runs with the rights of another (setuid,
 * setgid, capabilities(7) of a file), and, in the directories where programs are looked for, those
 * that no package owns.
 *
 * A set-id file is found on every directory of the root's own file system; file systems that are
 * mounted beneath are named as gaps, but for those that hold no files of their own.
 */

enum { MAX_DEPTH = 64, HEAD = 4 };

struct walk {
	struct gather *g;
	dev_t device;
};

static const char *const skipped[] = { "/proc", "/sys", "/dev", "/run", "/tmp" };
static const char *const searched[] = { "/usr/bin/",   "/usr/sbin/", "/bin/", "/sbin/",
					"/usr/local/", "/opt/",      "/srv/" };

static bool is_skipped(struct gather *g, const char *path)
{
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (strcmp(path, skipped[i]) == 0)
			return true;
	return !g->homes && (strcmp(path, "/home") == 0 || strcmp(path, "/root") == 0);
}

static bool is_searched(const char *path)
{
	for (size_t i = 0; i < sizeof searched / sizeof *searched; i++)
		if (strncmp(path, searched[i], strlen(searched[i])) == 0)
			return true;
	return false;
}

/* The first bytes are taken, so that the reader sees whether it is a program. */
static void take_program(struct gather *g, int at, const char *name, const char *path)
{
	uint8_t head[HEAD];
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? pread(fd, head, sizeof head, 0) : -1;

	if (n == HEAD)
		(void)gather_note(g, path, (struct span){ head, HEAD });
	else if (fd < 0)
		coverage_gap(g->cover, path, reason_word(REASON_DENIED), "cannot be opened");
	if (fd >= 0)
		close(fd);
}

static void take_privilege(struct gather *g, const struct stat *st, int at, const char *name,
			   const char *path)
{
	uint8_t value[5 + 64] = { 0 };
	ssize_t n = -1;

	if ((st->st_mode & 0111) != 0) {
		int fd =
			openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0) {
			n = fgetxattr(fd, "security.capability", value + 5, sizeof value - 5);
			close(fd);
		}
	}
	if ((st->st_mode & (S_ISUID | S_ISGID)) == 0 && n <= 0)
		return;
	value[0] = 'p';
	for (unsigned i = 0; i < 4; i++)
		value[1 + i] = (uint8_t)(st->st_mode >> (8 * i));
	(void)gather_note(g, path, (struct span){ value, 5 + (n > 0 ? (size_t)n : 0) });
}

static void take_file(const struct walk *w, int at, const char *name, const char *path)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 0111) == 0)
		return;
	take_privilege(w->g, &st, at, name, path);
	if (is_searched(path) && !owned_has(w->g->bundle->owned, span_of(path)))
		take_program(w->g, at, name, path);
}

static void walk(const struct walk *w, int fd, char *path, size_t n, unsigned depth);

static void enter(const struct walk *w, int at, const char *name, char *path, size_t n,
		  unsigned depth)
{
	struct stat st;

	if (is_skipped(w->g, path))
		return;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		coverage_gap(w->g->cover, path, reason_word(REASON_DENIED), "cannot be opened");
	} else if (st.st_dev != w->device) {
		coverage_gap(w->g->cover, path, reason_word(REASON_UNSUPPORTED),
			     "another file system is mounted here");
	} else if (depth == MAX_DEPTH) {
		coverage_gap(w->g->cover, path, reason_word(REASON_LIMIT),
			     "limit: too many levels");
	} else {
		walk(w, fd, path, n, depth + 1);
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* Takes the descriptor. */
static void walk(const struct walk *w, int fd, char *path, size_t n, unsigned depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		size_t m = strlen(entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (n + m + 2 > GATHER_MAX_PATH) {
			coverage_gap(w->g->cover, path, reason_word(REASON_LIMIT),
				     "limit: a path is too long");
			continue;
		}
		path[n] = '/';
		memcpy(path + n + 1, entry->d_name, m + 1);
		if (entry->d_type == DT_DIR)
			enter(w, dirfd(d), entry->d_name, path, n + 1 + m, depth);
		else if (entry->d_type == DT_REG)
			take_file(w, dirfd(d), entry->d_name, path);
		path[n] = '\0';
	}
	closedir(d);
}

static void gather(struct gather *g)
{
	char path[GATHER_MAX_PATH] = "";
	struct walk w = { .g = g };
	struct stat st;
	struct error e;
	int fd = root_directory(g->root, "/", &e);

	if (fd < 0 || fstat(fd, &st) != 0) {
		gather_gap(g, "/", &e);
		return;
	}
	w.device = st.st_dev;
	walk(&w, fd, path, 0, 0);
}

/* ---- reading */

static void put_privilege(struct fact_writer *w, const struct item *item)
{
	struct cursor c = cursor_of(span_cut(item->bytes, 1, SIZE_MAX));
	uint32_t mode = cursor_le32(&c);

	fact_begin(w, FACT_PRIVILEGE);
	fact_put(w, FACT_NAME, lines_base(span_of(item->name)));
	fact_put_text(w, FACT_LOCATION, item->name);
	fact_printf(w, FACT_MODE, "%04o", mode & 07777);
	fact_put_text(w, FACT_TYPE,
		      (mode & S_ISUID) != 0   ? "setuid"
		      : (mode & S_ISGID) != 0 ? "setgid"
					      : "capabilities");
	/* vfs_cap_data (linux/capability.h): magic and flags, then permitted and inheritable, low
	 * half first */
	(void)cursor_le32(&c);
	uint32_t low = cursor_le32(&c);
	(void)cursor_le32(&c);
	uint32_t high = cursor_le32(&c);
	if (cursor_ok(&c))
		fact_printf(w, FACT_CAPABILITIES, "%08x%08x", high, low);
}

static void read_programs(const struct bundle *b, struct fact_writer *w)
{
	static const uint8_t elf[HEAD] = { 0x7f, 'E', 'L', 'F' };

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name);
		bool binary = span_equal(item.bytes, (struct span){ elf, HEAD });
		if (item.bytes.n > HEAD && item.bytes.p[0] == 'p') {
			put_privilege(w, &item);
			if (owned_has(b->owned, path))
				fact_put_text(w, FACT_OWNED_BY, "package");
			fact_end(w);
		} else if (binary || lines_starts(item.bytes, "#!")) {
			fact_begin(w, FACT_PROGRAM);
			fact_put(w, FACT_NAME, lines_base(path));
			fact_put_text(w, FACT_TYPE, binary ? "elf" : "script");
			fact_put(w, FACT_LOCATION, path);
			fact_end(w);
		}
	}
}

const struct collector collect_program = {
	.name = "programs",
	.title = "Programs of no package, and with rights of others",
	.looks = "the root's file system; unowned ones in bin, sbin, /usr/local, /opt, /srv",
	.stage = 1,
	.gather = gather,
	.read = read_programs,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/appimage.h"
#include "review/collect.h"
#include "review/lines.h"
#include "review/tree.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

/*
 * Programs: one walk of the root's file system finds what runs with the rights of another (setuid,
 * setgid, capabilities(7) of a file), and, in the directories where programs are looked for, those
 * that no package owns.
 *
 * A set-id file is found in every directory of the root's own file system, and in those that
 * programs write to for a while, whose file systems are in memory; others that are mounted beneath
 * are named as gaps, but for those that hold no files of their own.
 */

enum { HEAD = 12, MAGIC = 4 };

static const char *const skipped[] = { "/proc", "/sys", "/dev", "/run", "/tmp" };
/* of these, those that hold files: most often file systems in memory, each a walk of its own */
static const char *const volatiles[] = { "/run", "/tmp", "/dev/shm" };
static const char *const searched[] = { "/usr/bin/",   "/usr/sbin/", "/bin/", "/sbin/",
					"/usr/local/", "/opt/",      "/srv/" };

static bool is_skipped(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (strcmp(path, skipped[i]) == 0)
			return true;
	return !t->g->homes && (strcmp(path, "/home") == 0 || strcmp(path, "/root") == 0);
}

static bool is_searched(const struct gather *g, const char *path)
{
	for (size_t i = 0; i < sizeof searched / sizeof *searched; i++)
		if (strncmp(path, searched[i], strlen(searched[i])) == 0)
			return true;
	return g->homes && (strncmp(path, "/home/", 6) == 0 || strncmp(path, "/root/", 6) == 0);
}

/* The first bytes are taken, so that the reader sees whether it is a program. */
static void take_program(struct gather *g, int at, const char *name, const char *path)
{
	uint8_t note[1 + HEAD] = { 'h' }, *head = note + 1;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? pread(fd, head, HEAD, 0) : -1;

	if (n >= MAGIC)
		(void)gather_note(g, path, (struct span){ note, 1 + (size_t)n });
	if (n >= MAGIC && appimage_is((struct span){ head, (size_t)n }))
		(void)gather_away(g, path, APPIMAGE_MAX);
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

static void take_file(const struct tree *t, int at, const char *name, const char *path)
{
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 0111) == 0)
		return;
	take_privilege(t->g, &st, at, name, path);
	if (is_searched(t->g, path) && !owned_has(t->g->bundle->owned, span_of(path)))
		take_program(t->g, at, name, path);
}

static void gather(struct gather *g)
{
	struct tree t = { .g = g, .file = take_file, .skip = is_skipped };

	(void)tree_walk(&t, "/");
	t = (struct tree){ .g = g, .file = take_file, .volatiles = true };
	for (size_t i = 0; i < sizeof volatiles / sizeof *volatiles; i++)
		(void)tree_walk(&t, volatiles[i]);
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
	static const uint8_t elf[MAGIC] = { 0x7f, 'E', 'L', 'F' };

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name);
		if (item.kind == ITEM_FILE) {
			appimage_read(item.name, item.bytes, w);
			bundle_drop(b, i);
			continue;
		}
		struct span head = span_cut(item.bytes, 1, SIZE_MAX);
		bool binary = span_equal(span_cut(head, 0, MAGIC), (struct span){ elf, MAGIC });
		if (item.bytes.n != 0 && item.bytes.p[0] == 'p') {
			put_privilege(w, &item);
			if (owned_has(b->owned, path))
				fact_put_text(w, FACT_OWNED_BY, "package");
			fact_end(w);
		} else if (binary || lines_starts(head, "#!")) {
			fact_begin(w, FACT_PROGRAM);
			fact_put(w, FACT_NAME, lines_base(path));
			fact_put_text(w, FACT_TYPE,
				      appimage_is(head) ? "appimage"
				      : binary          ? "elf"
							: "script");
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

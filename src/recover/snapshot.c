/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/snapshot.h"
#include "base/io.h"
#include "recover/snapshot_btrfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

enum {
	ZFS_MAGIC = 0x2fc12fc1,
	BCACHEFS_MAGIC = (int)0xca451a4e,
};

/* The inode number of .zfs/snapshot: ZFSCTL_INO_SNAPDIR of OpenZFS, sys/zfs_ctldir.h. */
#define ZFS_SNAPSHOTS UINT64_C(0xfffffffffffd)

static const struct {
	const char *name, *what;
} directories[] = {
	{ ".zfs/snapshot", "snapshots of ZFS" },
	{ ".snapshots", "snapshots of snapper" },
	{ ".snapshot", "snapshots of the file server" },
	{ "#snapshot", "snapshots of a Synology NAS" },
	{ "@sharesnap", "snapshots of a Synology NAS" },
	{ "@Recently-Snapshot", "snapshots of a QNAP" },
	{ "~snapshot", "snapshots of the file server" },
	{ "#recycle", "the recycle bin of a NAS" },
};

static int real_system(int fd, struct statfs *fs) { return fstatfs(fd, fs); }

static int real_stat(int fd, struct stat *st) { return fstat(fd, st); }

static int real_ask(int fd, unsigned long request, void *arg) { return ioctl(fd, request, arg); }

const struct snapshot_kernel snapshot_linux = { real_system, real_stat, real_ask };

struct finding {
	const struct snapshot_kernel *k;
	const char *root;
	void (*tell)(void *ctx, const char *what, const char *where, const char *command);
	void *ctx;
};

static bool there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void tell(const struct finding *f, const char *what, struct buf *where, struct buf *command)
{
	buf_put_u8(where, 0);
	buf_put_u8(command, 0);
	if (buf_ok(where) && buf_ok(command))
		f->tell(f->ctx, what, (const char *)where->p, (const char *)command->p);
	buf_reset(where);
	buf_reset(command);
}

/* One word for a shell, whatever is in it. */
static void put_word(struct buf *to, const char *path)
{
	buf_put_u8(to, '\'');
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '\'')
			buf_put_text(to, "'\\''");
		else
			buf_put_u8(to, (uint8_t)*p);
	buf_put_u8(to, '\'');
}

/* ---- names */

struct names {
	struct buf text; /* the first of them */
	unsigned n;
};

static void add_name(struct names *l, struct span name)
{
	if (l->n++ >= SNAPSHOT_NAMES)
		return;
	buf_put_text(&l->text, l->n > 1 ? ", " : "");
	buf_put_span(&l->text, name);
}

static void put_names(struct names *l, struct buf *where)
{
	if (l->n == 0)
		return;
	buf_printf(where, " (%u: ", l->n);
	buf_put_span(where, buf_span(&l->text));
	buf_put_text(where, l->n > SNAPSHOT_NAMES ? ", ...)" : ")");
}

/* Each entry of the directory is a snapshot's. */
static void list_directory(const char *path, struct names *l)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.')
			add_name(l, span_of(entry[i]->d_name));
		free(entry[i]);
	}
	free(entry);
}

/* KEY = "VALUE", or KEY {, after blanks. */
static void read_line(struct span line, struct span *key, struct span *value, bool *begins)
{
	size_t from = 0, to, quote, end = line.n;

	while (from < line.n && (line.p[from] == ' ' || line.p[from] == '\t'))
		from++;
	for (to = from; to < line.n && line.p[to] != ' ';)
		to++;
	for (quote = to; quote < line.n && line.p[quote] != '"';)
		quote++;
	while (end > quote + 1 && line.p[end - 1] != '"')
		end--;
	*key = span_cut(line, from, to - from);
	*value = quote + 1 < end ? span_cut(line, quote + 1, end - quote - 2)
				 : (struct span){ NULL, 0 };
	*begins = line.n != 0 && line.p[line.n - 1] == '{';
}

/*
 * What the description of a volume group (vgcfgbackup(8)) says of snapshots: those of the old kind
 * name where their changes lie, thin ones what they are of.
 */
static void list_group(struct span text, struct names *l)
{
	struct cursor c = cursor_of(text);
	struct span volume = { NULL, 0 }, key, value;
	bool thin = false, begins;

	while (cursor_left(&c) > 0) {
		read_line(cursor_line(&c, 65536), &key, &value, &begins);
		if (!cursor_ok(&c))
			return;
		if (begins && !(key.n > 7 && memcmp(key.p, "segment", 7) == 0))
			volume = key;
		else if (span_is(key, "type"))
			thin = span_is(value, "thin");
		else if (span_is(key, "cow_store"))
			add_name(l, value);
		else if (span_is(key, "origin") && thin)
			add_name(l, volume);
	}
}

static void find_lvm(const struct finding *f, struct buf *where, struct buf *command)
{
	struct names l = { .n = 0 };
	struct dirent **entry = NULL;
	char path[MAX_PATH];
	struct buf text;

	buf_init(&l.text, MAX_PATH);
	buf_init(&text, 1 << 20);
	(void)snprintf(path, sizeof path, "%s/etc/lvm/backup", f->root);
	int n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct error e;
		buf_reset(&text);
		if (entry[i]->d_name[0] != '.' &&
		    snprintf(path, sizeof path, "%s/etc/lvm/backup/%s", f->root, entry[i]->d_name) <
			    (int)sizeof path &&
		    io_read_file(path, &text, &e))
			list_group(buf_span(&text), &l);
		free(entry[i]);
	}
	free(entry);
	(void)snprintf(path, sizeof path, "%s/etc/lvm/archive", f->root);
	if (n > 0 || there(path)) {
		buf_put_text(where, "/etc/lvm");
		put_names(&l, where);
		buf_put_text(command, "lvs -o lv_name,origin,lv_time,data_percent");
		tell(f,
		     l.n != 0 ? "snapshots of LVM, as its own notes have them"
			      : "LVM, which may have snapshots or thin pools",
		     where, command);
	}
	buf_release(&text);
	buf_release(&l.text);
}

/* ---- file systems */

static void tell_btrfs(const struct finding *f, const struct btrfs_snapshots *s, bool own,
		       struct buf *where, struct buf *command)
{
	unsigned n = own ? s->n_own : s->n - s->n_own;

	if (n == 0)
		return;
	buf_put_text(where, s->top);
	buf_printf(where, " (%u: ", n);
	buf_put_span(where, buf_span(own ? &s->own : &s->others));
	buf_put_text(where, n > SNAPSHOT_NAMES ? ", ...)" : ")");
	buf_put_text(command, "btrfs subvolume list -s ");
	put_word(command, s->top);
	tell(f,
	     own ? "snapshots of btrfs of the subvolume that this lies in"
		 : "snapshots of btrfs of other subvolumes of the same file system",
	     where, command);
}

static void find_btrfs(const struct finding *f, const char *at, struct buf *where,
		       struct buf *command)
{
	struct btrfs_snapshots *s = malloc(sizeof *s);

	if (s == NULL)
		return;
	if (btrfs_snapshots_find(f->k, at, s)) {
		tell_btrfs(f, s, true, where, command);
		tell_btrfs(f, s, false, where, command);
		if (!s->asked || s->n == 0 || s->n_unseen != 0) {
			buf_put_text(where, s->top);
			if (s->n_unseen != 0)
				buf_printf(where, " (%u subvolumes could not be looked at)",
					   s->n_unseen);
			buf_put_text(command, "btrfs subvolume list -s ");
			put_word(command, s->top);
			tell(f,
			     s->asked ? "btrfs, which may have other snapshots than can be seen "
					"from here"
				      : "btrfs, which may have snapshots",
			     where, command);
		}
	}
	btrfs_snapshots_release(s);
	free(s);
}

static bool on_system(const struct finding *f, const char *path, unsigned long magic, uint64_t ino)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	bool is = fd >= 0 && f->k->system(fd, &fs) == 0 &&
		  ((unsigned long)fs.f_type & UINT32_MAX) == magic &&
		  (ino == 0 || (f->k->stat(fd, &st) == 0 && st.st_ino == ino));
	if (fd >= 0)
		(void)close(fd);
	return is;
}

/* `at`: absolute, without links, a directory. */
static void find_system(const struct finding *f, const char *at, struct buf *where,
			struct buf *command)
{
	bool zfs = on_system(f, at, ZFS_MAGIC, 0);

	find_btrfs(f, at, where, command);
	if (zfs || on_system(f, at, (uint32_t)BCACHEFS_MAGIC, 0)) {
		buf_put_text(where, at);
		buf_put_text(command, zfs ? "zfs list -t snapshot -o name,creation "
					  : "bcachefs subvolume list ");
		put_word(command, at);
		tell(f, zfs ? "ZFS" : "bcachefs", where, command);
	}
}

/* ---- directories that show them */

/* ZFS says itself which directory shows its snapshots; of all others the name is all there is. */
static void put_kind(const struct finding *f, const char *path, size_t i, struct buf *to)
{
	buf_put_text(to, directories[i].what);
	if (i != 0 || !on_system(f, path, ZFS_MAGIC, ZFS_SNAPSHOTS))
		buf_put_text(to, ", by the directory's name alone");
	buf_put_u8(to, 0);
}

static void find_directory(const struct finding *f, const char *at, size_t i, struct buf *where,
			   struct buf *command)
{
	char path[MAX_PATH + 32];
	struct names l = { .n = 0 };
	struct buf kind;

	(void)snprintf(path, sizeof path, "%s/%s", at, directories[i].name);
	if (!there(path))
		return;
	buf_init(&l.text, SNAPSHOT_NAMES * 258);
	buf_init(&kind, 256);
	put_kind(f, path, i, &kind);
	list_directory(path, &l);
	buf_put_text(where, path);
	put_names(&l, where);
	buf_put_text(command, "ls -la ");
	put_word(command, path);
	if (buf_ok(&kind))
		tell(f, (const char *)kind.p, where, command);
	buf_release(&kind);
	buf_release(&l.text);
}

/* The directory of the tree, without links. */
static bool place(const char *tree, char at[MAX_PATH])
{
	struct stat st;
	char *real = realpath(tree, NULL);
	bool ok = real != NULL && snprintf(at, MAX_PATH, "%s", real) < MAX_PATH;

	free(real);
	if (!ok || stat(at, &st) != 0)
		return false;
	char *slash = strrchr(at, '/');
	if (!S_ISDIR(st.st_mode) && slash != NULL)
		slash[slash == at] = '\0';
	return true;
}

void snapshot_find(const struct snapshot_kernel *k, const char *root, const char *tree,
		   void (*told)(void *ctx, const char *what, const char *where,
				const char *command),
		   void *ctx)
{
	const struct finding f = { k, root, told, ctx };
	struct buf where, command;
	char at[MAX_PATH];

	buf_init(&where, SNAPSHOT_NAMES * (MAX_PATH + 64) + 8 * MAX_PATH);
	buf_init(&command, 8 * MAX_PATH);
	bool more = place(tree, at);
	if (more)
		find_system(&f, at, &where, &command);
	find_lvm(&f, &where, &command);
	for (unsigned level = 0; more && level < 32; level++) { /* the tree and what is above it */
		for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
			find_directory(&f, at, i, &where, &command);
		char *slash = strrchr(at, '/');
		more = slash != NULL && slash != at;
		if (more)
			*slash = '\0';
	}
	buf_release(&where);
	buf_release(&command);
}

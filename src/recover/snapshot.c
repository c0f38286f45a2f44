/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/snapshot.h"
#include "base/io.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { MAX_PATH = 4096 };

static const struct {
	unsigned long magic; /* of statfs(2) */
	const char *what, *command;
} systems[] = {
	{ 0x9123683e, "btrfs", "btrfs subvolume list -s" },
	{ 0x2fc12fc1, "ZFS", "zfs list -t snapshot -o name,creation" },
	{ 0xca451a4e, "bcachefs", "bcachefs subvolume list" },
};

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

struct finding {
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

static void find_system(const struct finding *f, const char *tree, struct buf *where,
			struct buf *command)
{
	struct statfs fs;

	if (statfs(tree, &fs) != 0)
		return;
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if ((unsigned long)fs.f_type == systems[i].magic) {
			buf_put_text(where, tree);
			buf_printf(command, "%s ", systems[i].command);
			put_word(command, tree);
			tell(f, systems[i].what, where, command);
		}
}

static void find_directory(const struct finding *f, const char *at, size_t i, struct buf *where,
			   struct buf *command)
{
	char path[MAX_PATH + 32];
	struct names l = { .n = 0 };

	(void)snprintf(path, sizeof path, "%s/%s", at, directories[i].name);
	if (!there(path))
		return;
	buf_init(&l.text, SNAPSHOT_NAMES * 258);
	list_directory(path, &l);
	buf_put_text(where, path);
	put_names(&l, where);
	buf_put_text(command, "ls -la ");
	put_word(command, path);
	tell(f, directories[i].what, where, command);
	buf_release(&l.text);
}

void snapshot_find(const char *root, const char *tree,
		   void (*told)(void *ctx, const char *what, const char *where,
				const char *command),
		   void *ctx)
{
	const struct finding f = { root, told, ctx };
	struct buf where, command;
	char at[MAX_PATH];

	buf_init(&where, 8 * MAX_PATH);
	buf_init(&command, 8 * MAX_PATH);
	find_system(&f, tree, &where, &command);
	find_lvm(&f, &where, &command);
	bool more = snprintf(at, sizeof at, "%s", tree) < (int)sizeof at;
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

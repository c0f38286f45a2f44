/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/snapshot_btrfs.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PATH = 4096, OPEN = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };

struct search {
	const struct snapshot_kernel *k;
	struct btrfs_snapshots *out;
	uint8_t own[BTRFS_UUID_SIZE]; /* of the subvolume that the tree lies in */
	unsigned n_seen;
};

static const uint8_t no_uuid[BTRFS_UUID_SIZE];

static bool is_btrfs(const struct snapshot_kernel *k, int fd)
{
	struct statfs fs;

	return k->system(fd, &fs) == 0 && (unsigned long)fs.f_type == BTRFS_SUPER_MAGIC;
}

static bool is_root(const struct snapshot_kernel *k, int fd)
{
	struct stat st;

	return k->stat(fd, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_ino == BTRFS_FIRST_FREE_OBJECTID;
}

/* ---- what is told of one */

static void put_snapshot(struct buf *to, bool first, const char *path,
			 const struct btrfs_ioctl_get_subvol_info_args *i)
{
	time_t t = (time_t)i->otime.sec;
	struct tm at;
	char text[32];

	buf_put_text(to, first ? "" : ", ");
	buf_put_text(to, path);
	if (gmtime_r(&t, &at) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &at) != 0)
		buf_printf(to, " of %s UTC", text);
	if ((i->flags & BTRFS_ROOT_SUBVOL_RDONLY) == 0)
		buf_put_text(to, ", which can be written");
}

static void add_snapshot(struct search *s, const char *path,
			 const struct btrfs_ioctl_get_subvol_info_args *i)
{
	struct btrfs_snapshots *out = s->out;
	bool own = memcmp(i->parent_uuid, s->own, sizeof s->own) == 0 &&
		   memcmp(s->own, no_uuid, sizeof no_uuid) != 0;
	unsigned before = own ? out->n_own : out->n - out->n_own;

	out->n++;
	out->n_own += own;
	if (before < SNAPSHOT_NAMES)
		put_snapshot(own ? &out->own : &out->others, before == 0, path, i);
}

/* ---- down */

struct child {
	uint64_t id;
	char path[MAX_PATH]; /* from the subvolume that it lies in */
};

static bool name_child(const struct search *s, int fd, uint64_t directory, struct child *c)
{
	struct btrfs_ioctl_ino_lookup_user_args a = { .dirid = directory, .treeid = c->id };

	if (s->k->ask(fd, BTRFS_IOC_INO_LOOKUP_USER, &a) < 0)
		return false;
	a.name[sizeof a.name - 1] = '\0';
	a.path[sizeof a.path - 1] = '\0';
	int n = snprintf(c->path, sizeof c->path, "%s%s", a.path, a.name);
	return n > 0 && n < (int)sizeof c->path && a.name[0] != '\0';
}

static void look_down(struct search *s, int fd, const char *path, unsigned depth);

static void look_at(struct search *s, int fd, const char *path, const struct child *c,
		    unsigned depth)
{
	char at[MAX_PATH];
	struct btrfs_ioctl_get_subvol_info_args i = { .treeid = 0 };
	int sub = openat(fd, c->path, OPEN);

	if (sub < 0 || !is_btrfs(s->k, sub) || !is_root(s->k, sub) ||
	    s->k->ask(sub, BTRFS_IOC_GET_SUBVOL_INFO, &i) < 0 || i.treeid != c->id ||
	    snprintf(at, sizeof at, "%s/%s", path[1] == '\0' ? "" : path, c->path) >=
		    (int)sizeof at) {
		s->out->n_unseen++;
	} else {
		if (memcmp(i.parent_uuid, no_uuid, sizeof no_uuid) != 0)
			add_snapshot(s, at, &i);
		look_down(s, sub, at, depth + 1);
	}
	if (sub >= 0)
		(void)close(sub);
}

/* The kernel gives them in the order of their numbers, and no more than 255 at once. */
static void look_down(struct search *s, int fd, const char *path, unsigned depth)
{
	struct btrfs_ioctl_get_subvol_rootref_args a = { .min_treeid = 0 };
	struct child c;
	bool more = true;

	while (more && depth < BTRFS_DEPTH && s->n_seen < BTRFS_LOOKED_AT) {
		uint64_t from = a.min_treeid;
		more = s->k->ask(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, &a) < 0; /* EOVERFLOW */
		if (more && a.num_items != BTRFS_MAX_ROOTREF_BUFFER_NUM)
			return;
		for (unsigned i = 0; i < a.num_items && s->n_seen < BTRFS_LOOKED_AT; i++) {
			s->n_seen++;
			c.id = a.rootref[i].treeid;
			if (name_child(s, fd, a.rootref[i].dirid, &c))
				look_at(s, fd, path, &c, depth);
			else
				s->out->n_unseen++;
		}
		if (more)
			a.min_treeid = a.rootref[BTRFS_MAX_ROOTREF_BUFFER_NUM - 1].treeid + 1;
		more = more && a.min_treeid > from;
	}
}

/* ---- up */

/* Whether the directory lies on the file system that *of names; it is filled the first time. */
static bool same_system(const struct snapshot_kernel *k, int fd,
			struct btrfs_ioctl_fs_info_args *of, bool first)
{
	struct btrfs_ioctl_fs_info_args now = { .num_devices = 0 };

	if (!is_btrfs(k, fd) || k->ask(fd, BTRFS_IOC_FS_INFO, &now) < 0)
		return false;
	if (first)
		*of = now;
	return memcmp(of->fsid, now.fsid, sizeof now.fsid) == 0;
}

/* Returns a descriptor of the highest directory that is reached, whose path is out->top. */
static int climb(const struct snapshot_kernel *k, const char *path, struct btrfs_snapshots *out)
{
	struct btrfs_ioctl_fs_info_args system;
	char at[MAX_PATH];
	int best = -1, fd;

	(void)snprintf(at, sizeof at, "%s", path);
	while ((fd = open(at, OPEN)) >= 0 && same_system(k, fd, &system, best < 0)) {
		if (best >= 0)
			(void)close(best);
		best = fd;
		fd = -1;
		(void)snprintf(out->top, sizeof out->top, "%s", at);
		char *slash = strrchr(at, '/');
		if (slash == NULL || at[1] == '\0')
			break;
		slash[slash == at] = '\0';
	}
	if (fd >= 0)
		(void)close(fd);
	return best;
}

bool btrfs_snapshots_find(const struct snapshot_kernel *k, const char *path,
			  struct btrfs_snapshots *out)
{
	struct search s = { .k = k, .out = out };
	struct btrfs_ioctl_get_subvol_info_args i = { .treeid = 0 };
	int fd = open(path, OPEN);

	*out = (struct btrfs_snapshots){ .n = 0 };
	buf_init(&out->own, SNAPSHOT_NAMES * (MAX_PATH + 64));
	buf_init(&out->others, SNAPSHOT_NAMES * (MAX_PATH + 64));
	(void)snprintf(out->top, sizeof out->top, "%s", path);
	bool here = fd >= 0 && strlen(path) < MAX_PATH && is_btrfs(k, fd);
	out->asked = here && k->ask(fd, BTRFS_IOC_GET_SUBVOL_INFO, &i) >= 0;
	if (out->asked) {
		memcpy(s.own, i.uuid, sizeof s.own);
		int top = climb(k, path, out);
		look_down(&s, top >= 0 ? top : fd, out->top, 0);
		if (top >= 0)
			(void)close(top);
	}
	if (fd >= 0)
		(void)close(fd);
	return here;
}

void btrfs_snapshots_release(struct btrfs_snapshots *s)
{
	buf_release(&s->own);
	buf_release(&s->others);
}

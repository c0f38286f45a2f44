/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "sandbox/spool.h"
#include "sandbox/walk_impl.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * What file systems are, by the type that statfs(2) tells; and copies of files on those that may
 * not answer.  Who holds a descriptor of such a file waits for its server again when it is closed:
 * so what is handed on is a copy.
 */

enum { BLOCK = 64 << 10, MAX_MOUNTS = 64 << 20 /* bytes of /proc/self/mountinfo */ };

/* `unknown`: the answer where the kernel has none. */
static bool is_of(int fd, const uint32_t *type, size_t n, bool unknown)
{
	struct statfs s;

	if (fstatfs(fd, &s) != 0)
		return unknown;
	for (size_t i = 0; i < n; i++)
		if ((uint32_t)s.f_type == type[i])
			return true;
	return false;
}

/* linux/magic.h has most of these; they are here so that old headers do not leave one out. */
bool walk_shows_kernel(int fd)
{
	static const uint32_t pseudo[] = {
		0x9fa0,     /* proc */
		0x62656572, /* sysfs */
		0x1cd1,     /* devpts */
		0x27e0eb,   /* cgroup */
		0x63677270, /* cgroup2 */
		0x64626720, /* debugfs */
		0x74726163, /* tracefs */
		0x73636673, /* securityfs */
		0xf97cff8c, /* selinuxfs */
		0x43415d53, /* smackfs */
		0x5a3c69f0, /* apparmorfs */
		0xcafe4a11, /* bpf */
		0x6165676c, /* pstore */
		0x19800202, /* mqueue */
		0x62656570, /* configfs */
		0x65735543, /* fusectl */
		0x42494e4d, /* binfmt_misc */
		0x6e736673, /* nsfs */
		0x67596969, /* rpc_pipefs */
		0x6e667364, /* nfsd */
		0x07655821, /* resctrl */
	};

	return is_of(fd, pseudo, sizeof pseudo / sizeof *pseudo, false);
}

bool walk_is_served(int fd)
{
	static const uint32_t served[] = {
		0x65735546, /* fuse, and what is built on it: virtiofs, ntfs-3g, sshfs ... */
		0x6969,     /* nfs */
		0xff534d42, /* cifs */
		0xfe534d42, /* smb2 */
		0x517b,     /* smb */
		0x01021997, /* 9p */
		0x00c36400, /* ceph */
		0x5346414f, /* afs */
		0x6b414653, /* kafs */
		0x73757245, /* coda */
		0x564c,     /* ncp */
		0x0bd00bd0, /* lustre */
		0x47504653, /* gpfs */
		0x20030528, /* orangefs */
		0x7461636f, /* ocfs2 */
		0x01161970, /* gfs2 */
		0x786f4256, /* vboxsf */
		0xbacbacbc, /* vmhgfs */
		0x7c7c6673, /* prlfs */
		0x0187,     /* autofs: what it mounts comes from one of these */
	};

	return is_of(fd, served, sizeof served / sizeof *served, true);
}

/* What the line has from its word n on, from 0; names in it have no blanks, which are written \040.
 */
static struct span from_word(struct span line, unsigned n)
{
	for (const uint8_t *p; n != 0 && (p = memchr(line.p, ' ', line.n)) != NULL; n--)
		line = span_cut(line, (uint64_t)(p + 1 - line.p), line.n);
	return n == 0 ? line : (struct span){ NULL, 0 };
}

/* A line of proc(5)'s mountinfo: "... - type source options", and the fifth word is where it is.
 * Whoever mounts may choose the source. */
static bool line_is_served(struct span line)
{
	static const char *const served[] = { "fuse",     "nfs",    "cifs",     "smb",   "9p",
					      "virtiofs", "ceph",   "afs",      "coda",  "ncp",
					      "lustre",   "gpfs",   "orangefs", "ocfs2", "gfs",
					      "vboxsf",   "vmhgfs", "prl_fs",   "autofs" };
	const char *p = memmem(line.p, line.n, " - ", 3);

	if (p == NULL)
		return false;
	struct span type = span_cut(line, (uint64_t)(p + 3 - (const char *)line.p), line.n);
	const char *end = memchr(type.p, ' ', type.n);
	type.n = end != NULL ? (size_t)(end - (const char *)type.p) : type.n;
	/* systemd has one of autofs there, on which nothing lies that a walk would enter */
	if (span_is(type, "fusectl") || span_is(span_cut(from_word(line, 4), 0, 6), "/proc/"))
		return false;
	for (size_t i = 0; i < sizeof served / sizeof *served; i++)
		if (span_is(span_cut(type, 0, strlen(served[i])), served[i]))
			return true;
	return false;
}

bool walk_any_served(void)
{
	bool any = false;
	struct error e;
	struct buf text;

	buf_init(&text, MAX_MOUNTS);
	if (!io_read_file("/proc/self/mountinfo", &text, &e))
		any = true;
	struct cursor c = cursor_of(buf_span(&text));
	while (!any && cursor_left(&c) != 0)
		any = line_is_served(cursor_line(&c, cursor_left(&c)));
	buf_release(&text);
	return any;
}

/* ---- copies */

static bool copy_bytes(int from, int to, uint64_t *size, struct error *e)
{
	uint8_t block[BLOCK];
	size_t got = sizeof block;
	struct error why;

	for (*size = 0; got == sizeof block && *size < WALK_IN_MEMORY; *size += got) {
		if (!io_pread(from, block, sizeof block, *size, &got, &why))
			return error_set(e, why.why, PLACE_NONE, "unreadable: %s", why.text);
		if (!io_write(to, block, got, e))
			return false;
	}
	return io_seal(to, e);
}

/* What is read beyond that has grown since it was looked at, which the copy then says. */
static bool copy_to_memory(int from, const struct stat *st, int *fd, uint64_t *size, bool *changed,
			   struct error *e)
{
	int to = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (to < 0)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit:files: memfd: %s",
				 strerror(errno));
	if (!copy_bytes(from, to, size, e)) {
		(void)close(to);
		return false;
	}
	*changed = spool_was_changed(from, st, *size);
	*fd = to;
	return true;
}

bool walk_copy(const struct walk_options *o, int fd, const struct stat *st, const char *path)
{
	bool small = st->st_size <= WALK_IN_MEMORY, changed = false;
	uint64_t size = 0;
	struct error e;
	int copy = -1;

	bool ok = small ? copy_to_memory(fd, st, &copy, &size, &changed, &e)
			: spool_file(fd, o->spool_dir, NULL, &copy, &size, &changed, &e);
	(void)close(fd);
	if (ok)
		return o->copy(o->ctx, copy, size, !small, changed, path);
	o->skipped(o->ctx, path, &e);
	return true;
}

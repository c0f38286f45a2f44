/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/snapshot.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { MAX_PATH = 4096, VSS_AT = 0x1e00 };

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

static bool there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

void snapshot_find(const char *tree,
		   void (*tell)(void *ctx, const char *what, const char *where,
				const char *command),
		   void *ctx)
{
	char at[MAX_PATH], path[MAX_PATH + 32], command[MAX_PATH + 128];
	struct statfs fs;

	if (statfs(tree, &fs) == 0)
		for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
			if ((unsigned long)fs.f_type == systems[i].magic) {
				snprintf(command, sizeof command, "%s '%s'", systems[i].command,
					 tree);
				tell(ctx, systems[i].what, tree, command);
			}
	if (there("/etc/lvm/archive"))
		tell(ctx, "LVM, which may have snapshots or thin pools", "/etc/lvm",
		     "lvs -o lv_name,origin,lv_time,data_percent");
	if (snprintf(at, sizeof at, "%s", tree) >= (int)sizeof at)
		return;
	for (unsigned level = 0; level < 32; level++) { /* the tree and what is above it */
		for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
			snprintf(path, sizeof path, "%s/%s", at, directories[i].name);
			if (!there(path))
				continue;
			snprintf(command, sizeof command, "ls -la '%s'", path);
			tell(ctx, directories[i].what, path, command);
		}
		char *slash = strrchr(at, '/');
		if (slash == NULL || slash == at)
			break;
		*slash = '\0';
	}
}

bool snapshot_vss(struct region *w)
{
	static const uint8_t guid[16] = { 0x6b, 0x87, 0x08, 0x38, 0x76, 0xc1, 0x48, 0x4e,
					  0xb7, 0xae, 0x04, 0x04, 0x6e, 0x6c, 0xc7, 0x52 };
	struct span s = region_get(w, VSS_AT, sizeof guid);

	return s.n == sizeof guid && memcmp(s.p, guid, sizeof guid) == 0;
}

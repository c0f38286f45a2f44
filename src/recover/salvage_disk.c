/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage.h"

#include <stdio.h>

/*
 * A disk's image, raw or a flat or sparse virtual disk.  Partition tables stand where an attack
 * begins; file systems keep copies of their heads elsewhere.  So each sector is asked whether it is
 * such a head or copy, and each volume that is found is read by its own reader.  Where none is,
 * files are sought by their first bytes.
 */

enum { SECTOR = 512, MAX_VOLUMES = 64, MAX_HEADS = 4096, LEAST = 64 << 10 };

enum volume_kind { VOLUME_EXT, VOLUME_NTFS, VOLUME_FAT, VOLUME_EXFAT };

/* A head, or a copy of one, and the volume that it speaks of. */
struct head {
	uint64_t at;    /* of the sector */
	uint64_t start; /* of the volume */
	enum volume_kind kind;
	bool read;
};

/* ext2/3/4 (Documentation/filesystems/ext4/super.rst): the group that this copy lies in says where
 * the volume begins. */
static bool ext_head(struct span s, uint64_t at, struct head *h)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 0x04);
	uint32_t blocks = cursor_le32(&c);
	cursor_seek(&c, 0x14);
	uint32_t first = cursor_le32(&c), log = cursor_le32(&c);
	cursor_seek(&c, 0x20);
	uint32_t per_group = cursor_le32(&c);
	cursor_seek(&c, 0x28);
	uint32_t inodes = cursor_le32(&c);
	cursor_seek(&c, 0x38);
	uint16_t magic = cursor_le16(&c), state = cursor_le16(&c);
	cursor_seek(&c, 0x5a);
	uint16_t group = cursor_le16(&c);
	if (!cursor_ok(&c) || magic != 0xef53 || log > 6 || first > 1 || state > 7 || blocks == 0 ||
	    per_group < 256 || per_group > 8u * (1024u << log) || inodes == 0)
		return false;
	uint64_t offset =
		group == 0 ? 1024 : ((uint64_t)group * per_group + first) * (1024u << log);
	if (offset > at)
		return false;
	*h = (struct head){ at, at - offset, VOLUME_EXT, false };
	return true;
}

/* NTFS: the boot sector, or its copy in the volume's last sector. */
static bool ntfs_head(struct region *w, struct span s, uint64_t at, struct head *h)
{
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 11);
	uint32_t sector = cursor_le16(&c);
	uint8_t per_cluster = cursor_u8(&c);
	cursor_seek(&c, 40);
	uint64_t sectors = cursor_le64(&c), mft = cursor_le64(&c);
	if (!cursor_ok(&c) || memcmp(s.p + 3, "NTFS    ", 8) != 0 || sector < 256 ||
	    sector > 4096 || per_cluster == 0 || sectors > UINT64_MAX / 8192 || mft == 0)
		return false;
	uint64_t size = sectors * sector;
	bool copy = at >= size && (at + size > w->size || size == 0);
	*h = (struct head){ at, copy ? at - size : at, VOLUME_NTFS, false };
	return true;
}

static bool fat_head(struct span s, uint64_t at, struct head *h)
{
	bool exfat = salvage_exfat_head(s);

	if (!exfat && !salvage_fat_head(s))
		return false;
	/* where the volume begins is asked when it is its turn */
	*h = (struct head){ at, at, exfat ? VOLUME_EXFAT : VOLUME_FAT, false };
	return true;
}

static bool head_of(struct region *w, struct span sector, uint64_t at, struct head *h)
{
	if (sector.p[0x38] == 0x53 && sector.p[0x39] == 0xef && ext_head(sector, at, h))
		return true;
	if (sector.p[3] == 'N' && sector.p[4] == 'T' && ntfs_head(w, sector, at, h))
		return true;
	return sector.p[510] == 0x55 && sector.p[511] == 0xaa && fat_head(sector, at, h);
}

static size_t find_heads(struct salvage *s, struct region *w, struct head *list)
{
	size_t n = 0;

	for (uint64_t at = 0; at < w->size && salvage_spend(s, REGION_MAX); at += REGION_MAX) {
		struct span all = region_get(w, at, REGION_MAX);
		for (size_t i = 0; i + SECTOR <= all.n && n < MAX_HEADS; i += SECTOR) {
			n += head_of(w, span_cut(all, i, SECTOR), at + i, &list[n]);
		}
	}
	return n;
}

static const struct {
	const char *word;
	bool (*read)(struct salvage *s, struct region *w, uint64_t sound, const char *volume);
	uint64_t (*start)(struct region *w, uint64_t sound); /* NULL: its head has said it */
} kinds[] = {
	[VOLUME_EXT] = { "ext", salvage_ext, NULL },
	[VOLUME_NTFS] = { "NTFS", salvage_ntfs, NULL },
	[VOLUME_FAT] = { "FAT", salvage_fat, salvage_fat_start },
	[VOLUME_EXFAT] = { "exFAT", salvage_exfat, salvage_exfat_start },
};

static bool read_volume(struct salvage *s, struct region *w, const struct head *h, unsigned number)
{
	char volume[32];

	snprintf(volume, sizeof volume, "volume-%u", number);
	return kinds[h->kind].read(s, w, h->at, volume);
}

static bool read_disk(struct salvage *s, struct region *w, struct span name)
{
	struct head *list = arena_array(&s->arena, MAX_HEADS, sizeof *list);
	size_t n = list != NULL ? find_heads(s, w, list) : 0;
	unsigned volumes = 0;
	char text[128];

	for (size_t i = 0; i < n && volumes < MAX_VOLUMES && !s->stopped; i++) {
		bool seen = false;
		if (kinds[list[i].kind].start != NULL)
			list[i].start = kinds[list[i].kind].start(w, list[i].at);
		for (size_t k = 0; k < i && !seen; k++)
			seen = list[k].read && list[k].start == list[i].start;
		if (seen)
			continue;
		snprintf(text, sizeof text, "%s file system at byte %llu, by its head at %llu",
			 kinds[list[i].kind].word, (unsigned long long)list[i].start,
			 (unsigned long long)list[i].at);
		list[i].read = read_volume(s, w, &list[i], volumes + 1);
		if (list[i].read)
			s->host.note(s->host.ctx, text);
		volumes += list[i].read;
	}
	return volumes != 0 || salvage_carve(s, w, name);
}

bool salvage_disk(struct salvage *s, struct region *w, struct span name)
{
	struct region disk;

	if (salvage_vmdk(s, w, s->room[1], &disk))
		return read_disk(s, &disk, name);
	return w->size >= LEAST && read_disk(s, w, name);
}

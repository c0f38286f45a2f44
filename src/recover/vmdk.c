/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/vmdk.h"
#include "base/cursor.h"

#include <stdio.h>

enum { SECTOR = 512, HEADS = 255, SECTORS = 63 };

/* A kind of part: how its name ends, and how the descriptor calls it. */
static const struct kind {
	const char *end;
	const char *type;   /* of the extent */
	const char *create; /* createType */
	bool split;         /* parts -x001, -x002, ... */
	bool snapshot;      /* it has a parent */
	uint64_t magic;     /* at 0; 0: the size is the file's */
	unsigned magic_n, capacity_at, capacity_n;
} kinds[] = {
	{ "-flat", "VMFS", "vmfs", false, false, 0, 0, 0, 0 },
	{ "-f001", "FLAT", "twoGbMaxExtentFlat", true, false, 0, 0, 0, 0 },
	{ "-s001", "SPARSE", "twoGbMaxExtentSparse", true, false, 0x564d444b, 4, 12, 8 },
	{ "-sesparse", "SESPARSE", "seSparse", false, true, 0xcafebabe, 8, 16, 8 },
	{ "-delta", "VMFSSPARSE", "vmfsSparse", false, true, 0x44574f43, 4, 12, 4 },
};

static uint64_t number_at(struct span head, unsigned at, unsigned n)
{
	struct cursor c = cursor_of(head);

	cursor_seek(&c, at);
	return n == 8 ? cursor_le64(&c) : cursor_le32(&c);
}

/* Sectors of one part; false where the file is not there (why NONE) or is not what it should be. */
static bool extent_of(const struct vmdk_directory *d, const char *name, const struct kind *k,
		      uint64_t *sectors, struct error *e)
{
	uint8_t bytes[VMDK_HEAD] = { 0 };
	struct span head = { bytes, sizeof bytes };
	uint64_t size;

	*e = (struct error){ .why = REASON_NONE };
	if (!d->part(d->ctx, name, bytes, &size, e))
		return false;
	*sectors = size / SECTOR;
	if (k->magic != 0) {
		if (number_at(head, 0, k->magic_n) != k->magic)
			return error_set(e, REASON_DAMAGED, 0,
					 "%s has no header of its kind: encrypted?", name);
		*sectors = number_at(head, k->capacity_at, k->capacity_n);
	}
	if (*sectors == 0)
		return error_set(e, REASON_DAMAGED, 0, "%s has no sector", name);
	return *sectors <= VMDK_MAX_SECTORS ||
	       error_set(e, REASON_DAMAGED, k->capacity_at, "%s: more sectors than a disk may have",
			 name);
}

bool vmdk_is_whole(const struct vmdk_directory *d, const char *name)
{
	static const char first[] = "# Disk DescriptorFile";
	uint8_t head[VMDK_HEAD] = { 0 };
	struct error e;
	uint64_t size;

	return d->part(d->ctx, name, head, &size, &e) && memcmp(head, first, sizeof first - 1) == 0;
}

/* n bytes of a base, and ".vmdk"; what is longer than a name may be is cut. */
static void join(char *to, const char *base, size_t n)
{
	static const char end[] = ".vmdk";

	n = n + sizeof end <= VMDK_MAX_NAME + 1 ? n : VMDK_MAX_NAME + 1 - sizeof end;
	memmove(to, base, n);
	memcpy(to + n, end, sizeof end);
}

/* "disk-000002" comes after "disk-000001", that after "disk". */
static void parent_of(const char *base, char *to)
{
	size_t n = strlen(base);
	unsigned number = 0;

	join(to, base, n);
	if (n < 8 || base[n - 7] != '-')
		return;
	for (size_t i = n - 6; i < n; i++) {
		if (base[i] < '0' || base[i] > '9')
			return;
		number = number * 10 + (unsigned)(base[i] - '0');
	}
	if (number > 1)
		snprintf(to, VMDK_MAX_NAME + 1, "%.*s-%06u.vmdk", (int)(n - 7), base, number - 1);
	else
		join(to, base, n - 7);
}

/* Lines for each part; *total receives all sectors. */
static bool put_extents(const struct vmdk_directory *d, const char *base, const struct kind *k,
			struct buf *out, uint64_t *total, struct error *e)
{
	char name[VMDK_MAX_NAME + 32];
	uint64_t sectors = 0;

	*total = 0;
	for (unsigned i = 1; i <= (k->split ? VMDK_MAX_EXTENTS : 1); i++) {
		if (k->split)
			snprintf(name, sizeof name, "%s%.2s%03u.vmdk", base, k->end, i);
		else
			snprintf(name, sizeof name, "%s%s.vmdk", base, k->end);
		if (!extent_of(d, name, k, &sectors, e)) {
			if (e->why == REASON_NONE && i > 1)
				return true; /* the last was before */
			return false;
		}
		buf_printf(out, "RW %llu %s \"%s\"%s\n", (unsigned long long)sectors, k->type, name,
			   strcmp(k->type, "FLAT") == 0 ? " 0" : "");
		*total += sectors;
	}
	return true;
}

static bool describe(const struct vmdk_directory *d, const char *base, const struct kind *k,
		     struct buf *out, struct error *e)
{
	char parent[VMDK_MAX_NAME + 1];
	uint64_t total;
	struct buf extents;

	buf_init(&extents, 1 << 20);
	bool ok = put_extents(d, base, k, &extents, &total, e);
	if (ok) {
		parent_of(base, parent);
		buf_printf(out,
			   "# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\nCID=fffffffe\n"
			   "parentCID=%s\ncreateType=\"%s\"\n",
			   k->snapshot ? "fffffffe" : "ffffffff", k->create);
		if (k->snapshot)
			buf_printf(out, "parentFileNameHint=\"%s\"\n", parent);
		buf_put_text(out, "\n# Extent description\n");
		buf_put_span(out, buf_span(&extents));
		buf_printf(out,
			   "\n# The Disk Data Base\n#DDB\n\nddb.adapterType = \"lsilogic\"\n"
			   "ddb.geometry.cylinders = \"%llu\"\nddb.geometry.heads = \"%d\"\n"
			   "ddb.geometry.sectors = \"%d\"\nddb.virtualHWVersion = \"8\"\n",
			   (unsigned long long)(total / (HEADS * SECTORS)), HEADS, SECTORS);
		ok = buf_ok(out) || error_set(e, REASON_LIMIT, PLACE_NONE, "too many parts");
	}
	buf_release(&extents);
	return ok;
}

/* A descriptor puts names in quotes, and knows no escape. */
static bool may_be_quoted(const char *name)
{
	for (; *name != '\0'; name++)
		if ((uint8_t)*name < 0x20 || *name == '"' || *name == 0x7f)
			return false;
	return true;
}

bool vmdk_describe(const struct vmdk_directory *d, const char *name, char *to, struct buf *out,
		   struct error *e)
{
	char base[VMDK_MAX_NAME + 1];
	size_t n = strlen(name);

	*e = (struct error){ .why = REASON_NONE };
	buf_reset(out);
	if (n > VMDK_MAX_NAME)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char end[32];
		int k = snprintf(end, sizeof end, "%s.vmdk", kinds[i].end);
		if (n <= (size_t)k || strcmp(name + n - (size_t)k, end) != 0)
			continue;
		if (!may_be_quoted(name))
			return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
					 "its name cannot stand in a descriptor");
		memcpy(base, name, n - (size_t)k);
		base[n - (size_t)k] = '\0';
		join(to, base, n - (size_t)k);
		return describe(d, base, &kinds[i], out, e);
	}
	return false;
}

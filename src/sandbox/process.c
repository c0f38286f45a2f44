/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/process.h"
#include "base/buf.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PROCESS_MAGIC UINT64_C(0x314d454d4c4550) /* "PELMEM1" */

enum {
	PAGE = 4096, /* of the object; what the machine's are does not matter */
	HEAD_SIZE = 16,
	REGION_SIZE = 24,
	BLOCK = 256 << 10,
	MAX_MAPS = 64 << 20, /* bytes of /proc/PID/maps */
};

static bool os_error(struct error *e, const char *path)
{
	enum reason why = errno == EACCES || errno == EPERM ? REASON_DENIED : REASON_IO;

	return error_set(e, why, PLACE_NONE, "%s: %s", path, strerror(errno));
}

/* ---- what there is */

/* One line of proc(5)'s maps: "start-end perms offset device inode  name", where a file's name is
 * its way, from the root. False where it is not one to be read. */
static bool read_line(const char *line, struct scan_region *out)
{
	uint64_t start, end;
	char perms[5];
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &start, &end, perms,
		   &name) != 3 ||
	    perms[0] != 'r' || end <= start)
		return false;
	/* the kernel's own pages: not memory, and the same in each process */
	if (strncmp(line + name, "[vvar", 5) == 0 || strcmp(line + name, "[vsyscall]") == 0)
		return false;
	*out = (struct scan_region){ .address = start, .n = end - start };
	return true;
}

static bool read_maps(const char *path, struct buf *regions, struct error *e)
{
	struct buf text;
	bool ok;

	buf_init(&text, MAX_MAPS);
	ok = io_read_file(path, &text, e);
	buf_put_u8(&text, 0);
	for (char *line = (char *)text.p; ok && line != NULL && *line != '\0';) {
		char *end = strchr(line, '\n');
		struct scan_region r;
		if (end != NULL)
			*end++ = '\0';
		if (read_line(line, &r))
			buf_put(regions, &r, sizeof r);
		line = end;
	}
	if (ok && (!buf_ok(regions) || !buf_ok(&text)))
		ok = error_set(e, REASON_LIMIT, PLACE_NONE, "limit:regions: more than %d",
			       PROCESS_MAX_REGIONS);
	buf_release(&text);
	return ok || e->why == REASON_LIMIT || error_wrap(e, "%s: ", path);
}

/* ---- the copy */

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static bool write_at(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n != 0) {
		ssize_t r = pwrite(fd, p, n, (off_t)at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
		at += (uint64_t)r;
	}
	return true;
}

/* Copies as much of the region as can be read in one go, and leaves its length in it. */
static bool copy_region(int memory, int to, uint8_t *block, struct scan_region *r, struct error *e)
{
	uint64_t done = 0, n = r->n;

	r->n = 0;
	while (done < n) {
		size_t want = n - done < BLOCK ? (size_t)(n - done) : BLOCK;
		ssize_t got = pread(memory, block, want, (off_t)(r->address + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? error_set(e, REASON_IO, PLACE_NONE,
						    "no memory there any more")
					: os_error(e, "memory");
		for (size_t i = 0; i < (size_t)got; i += PAGE) {
			size_t k = (size_t)got - i < PAGE ? (size_t)got - i : PAGE;
			if (!is_zero(block + i, k) && !write_at(to, block + i, k, r->at + done + i))
				return os_error(e, "memfd");
		}
		done += (uint64_t)got;
		r->n = done;
	}
	return true;
}

static void lose_region(struct process_loss *loss, uint64_t bytes, const struct error *e)
{
	if (loss->regions++ == 0)
		loss->first = *e;
	loss->bytes += bytes;
}

static uint64_t round_up(uint64_t n) { return (n + PAGE - 1) / PAGE * PAGE; }

static bool copy_all(int memory, int to, struct buf *regions, uint64_t max, uint64_t *end,
		     struct process_loss *loss, struct error *e)
{
	struct scan_region *r = (struct scan_region *)(void *)regions->p;
	size_t n = regions->n / sizeof *r;
	uint64_t at = round_up(HEAD_SIZE + n * REGION_SIZE), copied = 0;
	struct error why;
	struct buf block;

	buf_init(&block, BLOCK);
	if (buf_grow(&block, BLOCK) == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to copy a process");
	for (size_t i = 0; i < n; i++) {
		uint64_t wanted = r[i].n;
		r[i].at = at;
		if (wanted > max - copied) {
			r[i].n = 0;
			error_set(&why, REASON_LIMIT, PLACE_NONE, "limit:bytes: more than %" PRIu64,
				  max);
			lose_region(loss, wanted, &why);
		} else if (!copy_region(memory, to, block.p, &r[i], &why)) {
			lose_region(loss, wanted - r[i].n, &why);
		}
		copied += r[i].n;
		at = round_up(at + r[i].n) + PAGE;
	}
	buf_release(&block);
	*end = at;
	return true;
}

static bool write_table(int to, const struct buf *regions, struct error *e)
{
	const struct scan_region *r = (const struct scan_region *)(const void *)regions->p;
	size_t n = regions->n / sizeof *r;
	struct buf table;

	buf_init(&table, SIZE_MAX);
	buf_put_le64(&table, PROCESS_MAGIC);
	buf_put_le64(&table, n);
	for (size_t i = 0; i < n; i++) {
		buf_put_le64(&table, r[i].address);
		buf_put_le64(&table, r[i].n);
		buf_put_le64(&table, r[i].at);
	}
	bool ok = buf_ok(&table) && write_at(to, table.p, table.n, 0);
	buf_release(&table);
	return ok || os_error(e, "memfd");
}

bool process_copy(pid_t pid, uint64_t max, int *fd, uint64_t *size, struct process_loss *loss,
		  struct error *e)
{
	char path[64];
	struct buf regions;
	int memory = -1, to = -1;
	bool ok = false;

	*loss = (struct process_loss){ 0 };
	buf_init(&regions, PROCESS_MAX_REGIONS * sizeof(struct scan_region));
	snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
	if (!read_maps(path, &regions, e))
		goto out;
	snprintf(path, sizeof path, "/proc/%ld/mem", (long)pid);
	if ((memory = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		os_error(e, path);
		goto out;
	}
	if ((to = memfd_create("process", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0) {
		os_error(e, "memfd");
		goto out;
	}
	if (!copy_all(memory, to, &regions, max, size, loss, e) || !write_table(to, &regions, e))
		goto out;
	ok = ftruncate(to, (off_t)*size) == 0 ? io_seal(to, e) : os_error(e, "memfd");
out:
	if (memory >= 0)
		close(memory);
	if (!ok && to >= 0)
		close(to);
	if (ok)
		*fd = to;
	buf_release(&regions);
	return ok;
}

/* ---- the table, read back */

bool process_regions(struct span object, struct arena *a, struct scan_region **out, size_t *n,
		     struct error *e)
{
	struct cursor c = cursor_of(object);
	bool ok = cursor_le64(&c) == PROCESS_MAGIC;
	uint64_t count = cursor_le64(&c), last = 0;

	if (!ok || !cursor_ok(&c) || count > PROCESS_MAX_REGIONS ||
	    count > cursor_left(&c) / REGION_SIZE)
		return error_set(e, REASON_DAMAGED, 0, "not the memory of a process");
	struct scan_region *r = arena_array(a, (size_t)count, sizeof *r);
	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for %" PRIu64 " regions",
				 count);
	for (uint64_t i = 0; i < count; i++) {
		r[i].address = cursor_le64(&c);
		r[i].n = cursor_le64(&c);
		r[i].at = cursor_le64(&c);
		if (r[i].at > object.n || r[i].n > object.n - r[i].at || r[i].address < last ||
		    r[i].n > UINT64_MAX - r[i].address)
			return error_set(e, REASON_DAMAGED, cursor_place(&c),
					 "region %" PRIu64 " cannot be", i);
		last = r[i].address + r[i].n;
	}
	*out = r;
	*n = (size_t)count;
	return true;
}

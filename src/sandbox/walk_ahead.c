/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walk_impl.h"

#include <fcntl.h>
#include <sys/uio.h>

/*
 * Who looks at one small file after the other waits for the disk each time, which could
 * fetch many at once.  So the walk, which is hundreds of files ahead, has the kernel begin.
 * For files that are in memory the call is as dear as reading a small one: of these some
 * are asked, and as long as they are there it is not made.
 */

enum {
	BEGINNING = 128 << 10, /* bytes; whoever reads on has the kernel read on */
	ASK_EACH = 16,         /* files */
	COLD_FILES = 256,      /* after one that was not in memory */
};

/* False also where the file system cannot tell. */
static bool is_in_memory(int fd)
{
	uint8_t byte;
	struct iovec v = { &byte, sizeof byte };

	return preadv2(fd, &v, 1, 0, RWF_NOWAIT) >= 0;
}

void walk_read_ahead(struct walk_disk *d, int fd, uint64_t size)
{
	if (size == 0)
		return;
	if (d->n_cold == 0 && d->n_asked++ % ASK_EACH == 0 && !is_in_memory(fd)) {
		d->n_cold = COLD_FILES;
		d->n_asked = 0; /* the first after these is asked */
	}
	if (d->n_cold == 0)
		return;
	d->n_cold--;
	(void)posix_fadvise(fd, 0, (off_t)(size < BEGINNING ? size : BEGINNING),
			    POSIX_FADV_WILLNEED);
}

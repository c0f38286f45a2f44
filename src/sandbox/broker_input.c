/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "sandbox/broker.h"
#include "sandbox/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

/* Objects that are no files: copied into files of memory that nobody can change any more. */

#define MAX_STREAM (UINT64_C(4) << 30) /* bytes */

static uint64_t stream_limit(const struct broker *b)
{
	uint64_t max = broker_options(b)->max_stream;
	return max != 0 ? max : MAX_STREAM;
}

/* All of `from` into `to`. */
static bool spool(int from, int to, uint64_t max, uint64_t *size, struct error *e)
{
	uint8_t block[1 << 16];
	ssize_t n;

	*size = 0;
	while ((n = read(from, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(e, REASON_IO, PLACE_NONE, "read: %s", strerror(errno));
		if ((uint64_t)n > max - *size)
			return error_set(e, REASON_LIMIT, PLACE_NONE,
					 "limit:size: more than %" PRIu64 " bytes", max);
		if (!io_write(to, block, (size_t)n, e))
			return false;
		*size += (uint64_t)n;
	}
	return true;
}

bool broker_submit_stream(struct broker *b, int fd, const char *path, struct error *e)
{
	int to = memfd_create("stream", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct error why;
	uint64_t size;

	if (to < 0)
		error_set(&why, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	else if (spool(fd, to, stream_limit(b), &size, &why) && io_seal(to, &why))
		return broker_submit_sealed(b, to, size, path, e);
	if (to >= 0)
		close(to);
	return broker_skip(b, path, &why, e);
}

bool broker_submit_process(struct broker *b, pid_t pid, const char *name, struct error *e)
{
	struct process_loss loss;
	struct error why;
	uint64_t size;
	int fd;

	if (!broker_options(b)->scan.process)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "the workers were not told of processes");
	if (!process_copy(pid, stream_limit(b), &fd, &size, &loss, &why))
		return broker_skip(b, name, &why, e);
	if (!broker_submit_sealed(b, fd, size, name, e))
		return false;
	if (loss.regions == 0)
		return true;
	why = loss.first;
	error_wrap(&why, "%" PRIu64 " regions, %" PRIu64 " bytes were not copied; the first: ",
		   loss.regions, loss.bytes);
	return broker_skip(b, name, &why, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "sandbox/broker_impl.h"
#include "sandbox/process.h"
#include "sandbox/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

/* Copies that nobody can change any more: of what is no file, into memory as long as it may hold
 * them; and of what is too large for that, on disk. */

#define MAX_PROCESS (UINT64_C(4) << 30) /* bytes; untouched memory is read as zeros, and counts */
#define MAX_MEMORY  (UINT64_C(4) << 30) /* of a stream, however much memory there is */

enum { TICK_MS = 250 /* how often it is looked whether it was broken off */ };

/* ---- streams */

struct stream {
	struct spool disk; /* fd of -1: it is in memory so far */
	int memory;        /* -1: on disk */
	uint64_t size;     /* so far */
	uint64_t most, most_in_memory;
};

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Copies what came so far to disk, where the rest goes too. */
static bool move_to_disk(struct stream *s, const char *dir, struct error *e)
{
	uint8_t block[1 << 16];
	size_t got = 0;

	if (!spool_open(dir, s->size, s->size, &s->disk, e))
		return false;
	for (uint64_t at = 0; at < s->size; at += got)
		if (!io_pread(s->memory, block, (size_t)least(sizeof block, s->size - at), at, &got,
			      e) ||
		    !spool_write(&s->disk, block, got, e))
			return false;
	(void)close(s->memory);
	s->memory = -1;
	return true;
}

static bool put(struct stream *s, const uint8_t *p, size_t n, const char *dir, struct error *e)
{
	if (n > s->most - s->size)
		return error_set(e, REASON_LIMIT, PLACE_NONE,
				 "limit:size: more than %" PRIu64 " bytes", s->most);
	if (s->memory >= 0 && n > s->most_in_memory - s->size && !move_to_disk(s, dir, e))
		return false;
	s->size += n;
	return s->memory >= 0 ? io_write(s->memory, p, n, e) : spool_write(&s->disk, p, n, e);
}

/* Waits until there is something to read, or the end.  False: it was broken off. */
static bool await(const struct broker *b, int from, struct error *e)
{
	struct pollfd p = { .fd = from, .events = POLLIN };

	while (!broker_stopped(b)) {
		int n = poll(&p, 1, TICK_MS);
		/* read(2) says what is wrong; of what is no descriptor poll(2) does not */
		if (from < 0 || n > 0 || (n < 0 && errno != EINTR))
			return true;
	}
	return error_set(e, REASON_STOPPED, PLACE_NONE, "interrupted");
}

/* All of `from`. */
static bool read_stream(const struct broker *b, int from, struct stream *s, struct error *e)
{
	uint8_t block[1 << 16];
	ssize_t n;

	for (;;) {
		if (!await(b, from, e))
			return false;
		n = read(from, block, sizeof block);
		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(e, REASON_IO, PLACE_NONE, "read: %s", strerror(errno));
		if (!put(s, block, (size_t)n, b->options.spool_dir, e))
			return false;
	}
}

bool broker_submit_stream(struct broker *b, int fd, const char *path, struct error *e)
{
	const struct broker_options *o = &b->options;
	struct stream s = { .disk = { .fd = -1 },
			    .memory = memfd_create("stream", MFD_CLOEXEC | MFD_ALLOW_SEALING),
			    .most = o->max_stream != 0 ? o->max_stream : UINT64_MAX };
	struct error why;
	int copy = -1;

	s.most_in_memory = b->max_object > BROKER_LARGE ? b->max_object : BROKER_LARGE;
	s.most_in_memory = least(s.most_in_memory, MAX_MEMORY);
	bool ok = s.memory >= 0 ||
		  error_set(&why, REASON_IO, PLACE_NONE, "memfd: %s", strerror(errno));
	ok = ok && read_stream(b, fd, &s, &why);
	if (ok && s.memory >= 0 && io_seal(s.memory, &why))
		return broker_submit_copy(b, s.memory, s.size, false, false, path, e);
	if (ok && s.memory < 0 && spool_finish(&s.disk, &copy, &why))
		return broker_submit_copy(b, copy, s.size, true, false, path, e);
	if (s.memory >= 0)
		close(s.memory);
	spool_drop(&s.disk);
	return broker_skip(b, path, &why, e);
}

/* ---- files that are too large for memory */

bool broker_spool(struct broker *b, struct object *o)
{
	struct error e;
	uint64_t size;
	int copy;

	if (spool_file(o->fd, b->options.spool_dir, b->options.stop, &copy, &size, &o->changed,
		       &e)) {
		(void)close(o->fd);
		o->fd = copy;
		o->size = size;
		o->sealed = o->spooled = true;
		return true;
	}
	(void)close(o->fd);
	o->fd = -1;
	o->state = OBJECT_DONE;
	o->why = e.why;
	o->words = strdup(e.text);
	o->detail = reason_word(e.why); /* where there is no memory for more */
	return false;
}

/* ---- processes */

bool broker_submit_process(struct broker *b, pid_t pid, const char *name, struct error *e)
{
	struct process_loss loss;
	struct error why;
	uint64_t size;
	int fd;

	if (!broker_options(b)->scan.process)
		return error_set(e, REASON_INTERNAL, PLACE_NONE,
				 "the workers were not told of processes");
	uint64_t most = b->options.max_stream != 0 ? b->options.max_stream : MAX_PROCESS;
	if (!process_copy(pid, most, &fd, &size, &loss, &why))
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

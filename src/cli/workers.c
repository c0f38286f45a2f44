/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workers.h"
#include "base/io.h"
#include "cli/libmagic.h"
#include "cli/number.h"
#include "cli/place.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A descriptor of the database for the workers: the file's own, or a file of memory. */
static int database_fd(const struct sources *s)
{
	if (s->mapped_fd >= 0)
		return fcntl(s->mapped_fd, F_DUPFD_CLOEXEC, 3);
	struct span bytes = sources_bytes(s);
	struct error e;
	int fd = memfd_create("rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && io_write(fd, bytes.p, bytes.n, &e) &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Where objects lie that are too large for memory, and from what size on. */
static bool choose_spool(struct broker_options *o, struct error *e)
{
	const char *dir = getenv("TMPDIR"), *above = getenv("PELLUCID_SPOOL_ABOVE");

	o->spool_dir = dir != NULL && *dir != '\0' ? dir : NULL;
	return above == NULL || number_read("", above, 1, UINT64_MAX, &o->max_object, e) ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE,
			 "PELLUCID_SPOOL_ABOVE is a number of bytes, not `%.40s`", above);
}

bool workers_start(struct workers *w, const struct sources *s, struct error *e)
{
	if (!place_of("pellucid-worker", w->path, sizeof w->path))
		return error_set(e, REASON_IO, PLACE_NONE, "pellucid-worker is not installed");
	if (!choose_spool(&w->options, e))
		return false;
	w->options.worker = w->path;
	w->options.db = s->db;
	w->options.database_fd = database_fd(s);
	w->options.magic = libmagic_wanted(s->db);
	w->options.scan.externs = sources_externs(s, &w->options.scan.n_externs);
	if (w->options.database_fd < 0)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for the rules");
	if (broker_new(&w->options, &w->broker, e))
		return true;
	close(w->options.database_fd);
	return false;
}

void workers_stop(struct workers *w)
{
	broker_free(w->broker);
	close(w->options.database_fd);
	w->broker = NULL;
}

/* Asked of the scheduler: sysconf(3) reads a file, and counts what is not for this process. */
unsigned workers_usual(void)
{
	enum { MOST = 64 };
	cpu_set_t set; /* of 1024 cores; with more of them this fails */
	unsigned n = MOST;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = (unsigned)CPU_COUNT(&set);
	return n < MOST ? n : MOST;
}

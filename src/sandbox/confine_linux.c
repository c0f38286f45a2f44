/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"
#include "sandbox/protocol.h"
#ifndef PELLUCID_SANITIZED
#include "sandbox/confine_filter.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	NOBODY = 65534,
	MAX_FILES = 64,          /* the socket, a batch of objects, and some */
	MAX_DATA_GIB = 4,        /* memory that can be written, besides the object */
	MAX_ADDRESSES_GIB = 256, /* with the database and what else is only mapped, besides objects:
				    what can be read costs page tables, 1/512 of it at most */
	MAX_STACK_MIB = 8,       /* which is not counted as memory that can be written */
	MAX_MAPS = 32 << 10,     /* bytes of /proc/self/maps */
};

/* Walls that are left out, and those that are reported whatever is true: in the programs of
 * tests/sandbox/ alone, which show that it is seen. */
#ifndef CONFINE_WITHOUT
#define CONFINE_WITHOUT 0
#define CONFINE_CLAIM   0
#endif

/* Walls that a hello does not tell of, for it could not come without them. */
enum { UNTOLD_NOT_DUMPABLE = 1 << 8, UNTOLD_ENDS_WITH_BROKER = 1 << 9 };

static bool raised(unsigned wall) { return (CONFINE_WITHOUT & wall) == 0; }

static bool os_error(struct error *e, const char *what)
{
	return error_set(e, REASON_DENIED, PLACE_NONE, "a worker cannot be shut in: %s: %s", what,
			 strerror(errno));
}

/* ---- user and network */

/* A network without interfaces, no shared memory or queues of others, a host name of its own; for
 * others than root it comes with a user namespace.  The worker has no call to open a socket either,
 * so that this is a second wall. */
static bool leave_network(void)
{
	enum { APART = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS };
	static const int kind[PROTOCOL_N_SPACES] = { CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS };
	bool entered = true;

	/* those of a worker before us, in which there is as little */
	for (int i = 0; i < PROTOCOL_N_SPACES; i++) {
		entered = entered && setns(PROTOCOL_SPACES + i, kind[i]) == 0;
		(void)close(PROTOCOL_SPACES + i);
	}
	return entered || unshare(APART) == 0 || unshare(CLONE_NEWUSER | APART) == 0;
}

/* Limits do not bind root. */
static bool become_nobody(struct error *e)
{
	if (getuid() != 0 && geteuid() != 0)
		return true;
	if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return os_error(e, "becoming an unprivileged user");
	return true;
}

/* A user namespace gives capabilities over itself. */
static bool drop_capabilities(struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &head, none) == 0 || os_error(e, "dropping capabilities");
}

/* ---- limits */

static bool limit(__rlimit_resource_t what, rlim_t value, struct error *e)
{
	struct rlimit r = { 0, 0 };

	if (getrlimit(what, &r) != 0)
		return os_error(e, "getrlimit");
	r.rlim_max = value < r.rlim_max ? value : r.rlim_max;
	r.rlim_cur = r.rlim_max;
	return setrlimit(what, &r) == 0 || os_error(e, "setrlimit");
}

static bool set_limits(uint64_t max_object, struct error *e)
{
#ifdef PELLUCID_SANITIZED /* shadow memory takes terabytes */
	(void)max_object;
#else
	if (!limit(RLIMIT_DATA, ((rlim_t)MAX_DATA_GIB << 30) + max_object, e) ||
	    !limit(RLIMIT_AS, ((rlim_t)MAX_ADDRESSES_GIB << 30) + 2 * max_object, e))
		return false;
#endif
	return limit(RLIMIT_STACK, (rlim_t)MAX_STACK_MIB << 20, e) && limit(RLIMIT_MEMLOCK, 0, e) &&
	       limit(RLIMIT_MSGQUEUE, 0, e) && limit(RLIMIT_CORE, 0, e) &&
	       limit(RLIMIT_FSIZE, 0, e) && limit(RLIMIT_NOFILE, MAX_FILES, e) &&
	       limit(RLIMIT_NPROC, 0, e);
}

/* ---- Landlock */

/* linux/landlock.h of Debian 12 knows the first of these alone. */
struct ruleset {
	uint64_t files, network, scopes;
};

/* A ruleset that handles every kind of access the kernel knows, and allows none. */
static bool forbid_files(void)
{
	enum { ASK_VERSION = 1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	struct ruleset r = { .files = 0x1fff };

	if (abi < 1)
		return false;
	r.files |= abi >= 2 ? 1u << 13 : 0; /* refer */
	r.files |= abi >= 3 ? 1u << 14 : 0; /* truncate */
	r.files |= abi >= 5 ? 1u << 15 : 0; /* ioctl on devices */
	r.network = abi >= 4 ? 3 : 0;       /* bind and connect of TCP */
	r.scopes = abi >= 6 ? 3 : 0;        /* abstract sockets, signals */
	size_t n = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, n, 0);
	if (fd < 0)
		return false;
	bool ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return ok;
}

/* ---- clock */

#if defined(__x86_64__) && !defined(PELLUCID_SANITIZED)
static size_t read_maps(char *to, size_t size)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 0;

	while (fd >= 0 && n < size && (got = read(fd, to + n, size - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		(void)close(fd);
	return got == 0 ? n : 0;
}

/* The kernel lays its clock into each process: pages in which the hour stands, and code that reads
 * them, some of it without the counter. */
static bool unmap_clock(void)
{
	static const char *const name[] = { "[vvar]", "[vvar_vclock]", "[vdso]" };
	char *maps = malloc(MAX_MAPS + 1); /* a stack's pages would all be touched */
	uintptr_t from, to;

	size_t n = maps != NULL ? read_maps(maps, MAX_MAPS) : 0;
	bool ok = n != 0;
	if (ok)
		maps[n] = '\0';
	for (char *line = maps, *end; ok && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		bool is = false;
		for (size_t i = 0; i < sizeof name / sizeof *name; i++)
			is = is || strstr(line, name[i]) != NULL;
		ok = !is || (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 &&
			     syscall(SYS_munmap, from, to - from) == 0);
	}
	free(maps);
	return ok;
}
#endif

/* Without those pages and without the time-stamp counter the clock cannot be read but by a system
 * call, and the filter has none: so no verdict depends on the hour but through scan_options.now. */
static bool forbid_clock(void)
{
#if defined(__x86_64__) && !defined(PELLUCID_SANITIZED)
	return unmap_clock() && prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0;
#else
	return false;
#endif
}

/* ---- seccomp */

#ifndef PELLUCID_SANITIZED
/* The table that confine_filter.c writes. */
static bool filter_calls(struct error *e)
{
	const struct sock_fprog program = {
		.len = sizeof confine_filter / sizeof *confine_filter,
		.filter = (struct sock_filter *)(uintptr_t)confine_filter, /* is only read */
	};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ||
	       error_set(e, REASON_DENIED, PLACE_NONE,
			 "a worker cannot be shut in: the kernel takes no seccomp filter");
}
#endif

bool confine_self(uint64_t max_object, struct confinement *out, struct error *e)
{
	unsigned walls = raised(WALL_UNPRIVILEGED) ? WALL_UNPRIVILEGED : 0;

	walls |= raised(WALL_NO_CLOCK) && forbid_clock() ? WALL_NO_CLOCK : 0;
	walls |= raised(WALL_NO_NETWORK) && leave_network() ? WALL_NO_NETWORK : 0;
	if (raised(WALL_UNPRIVILEGED) && (!become_nobody(e) || !drop_capabilities(e)))
		return false;
	if (raised(WALL_NO_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return os_error(e, "no_new_privs");
	/* a change of user has done so already */
	if (prctl(PR_SET_DUMPABLE, raised(UNTOLD_NOT_DUMPABLE) ? 0 : 1, 0, 0, 0) != 0)
		return os_error(e, "leaving no core");
	/* a worker that is busy would not see its broker go; set here since a change of user undoes
	 * it */
	if (raised(UNTOLD_ENDS_WITH_BROKER) && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return os_error(e, "ending with the broker");
	if (raised(WALL_LIMITS) && !set_limits(max_object, e))
		return false;
	walls |= (raised(WALL_NO_NEW_PRIVS) ? WALL_NO_NEW_PRIVS : 0) |
		 (raised(WALL_LIMITS) ? WALL_LIMITS : 0);
	walls |= raised(WALL_LANDLOCK) && forbid_files() ? WALL_LANDLOCK : 0;
#ifndef PELLUCID_SANITIZED /* the sanitizers' runtime makes calls of its own */
	if (raised(WALL_SECCOMP) && !filter_calls(e))
		return false;
	walls |= raised(WALL_SECCOMP) ? WALL_SECCOMP : 0;
#endif
	out->walls = walls | CONFINE_CLAIM;
	return true;
}

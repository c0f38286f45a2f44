/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"
#include "sandbox/protocol.h"
#ifndef PELLUCID_SANITIZED
#include "sandbox/confine_filter.h"
#endif

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	NOBODY = 65534,
	MAX_FILES = 32,        /* the socket, a batch of objects, and some */
	MAX_DATA_GIB = 4,      /* memory that can be written, besides the object */
	MAX_ADDRESSES_TIB = 4, /* with the database and the object, which are only mapped */
};

/* Walls that are left out, and those that are reported whatever is true: in the programs of
 * tests/sandbox/ alone, which show that it is seen. */
#ifndef CONFINE_WITHOUT
#define CONFINE_WITHOUT 0
#define CONFINE_CLAIM   0
#endif

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
	    !limit(RLIMIT_AS, (rlim_t)MAX_ADDRESSES_TIB << 40, e))
		return false;
#endif
	return limit(RLIMIT_CORE, 0, e) && limit(RLIMIT_FSIZE, 0, e) &&
	       limit(RLIMIT_NOFILE, MAX_FILES, e) && limit(RLIMIT_NPROC, 0, e);
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

/* Without the time-stamp counter the clock cannot be read but by a system call, and the filter has
 * none: so no verdict depends on the hour but through scan_options.now. */
static bool forbid_clock(void)
{
#if defined(__x86_64__) && !defined(PELLUCID_SANITIZED)
	return prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0;
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

	walls |= raised(WALL_NO_NETWORK) && leave_network() ? WALL_NO_NETWORK : 0;
	if (raised(WALL_UNPRIVILEGED) && (!become_nobody(e) || !drop_capabilities(e)))
		return false;
	if (raised(WALL_NO_NEW_PRIVS) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return os_error(e, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return os_error(e, "leaving no core");
	/* a worker that is busy would not see its broker go; set here since a change of user undoes
	 * it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return os_error(e, "ending with the broker");
	if (raised(WALL_LIMITS) && !set_limits(max_object, e))
		return false;
	walls |= (raised(WALL_NO_NEW_PRIVS) ? WALL_NO_NEW_PRIVS : 0) |
		 (raised(WALL_LIMITS) ? WALL_LIMITS : 0);
	walls |= raised(WALL_LANDLOCK) && forbid_files() ? WALL_LANDLOCK : 0;
	walls |= raised(WALL_NO_CLOCK) && forbid_clock() ? WALL_NO_CLOCK : 0;
#ifndef PELLUCID_SANITIZED /* the sanitizers' runtime makes calls of its own */
	if (raised(WALL_SECCOMP) && !filter_calls(e))
		return false;
	walls |= raised(WALL_SECCOMP) ? WALL_SECCOMP : 0;
#endif
	out->walls = walls | CONFINE_CLAIM;
	return true;
}

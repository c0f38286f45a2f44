/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, ADDRESS_SPACE_GIB = 64 };

static bool os_error(struct error *e, const char *what)
{
	return error_set(e, REASON_DENIED, PLACE_NONE, "cage: %s: %s", what, strerror(errno));
}

static bool limit(int what, rlim_t value, struct error *e)
{
	struct rlimit r = { value, value };
	return setrlimit((__rlimit_resource_t)what, &r) == 0 || os_error(e, "setrlimit");
}

static bool set_limits(struct error *e)
{
	return limit(RLIMIT_CORE, 0, e) && limit(RLIMIT_FSIZE, 0, e) && limit(RLIMIT_NOFILE, 64, e) &&
#ifndef PELLUCID_SANITIZED
	       limit(RLIMIT_AS, (rlim_t)ADDRESS_SPACE_GIB << 30, e) &&
#endif
	       limit(RLIMIT_NPROC, 0, e);
}

/* A ruleset that handles every kind of access and allows none. */
static bool landlock_all(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = 0x1fff }; /* ABI 1 */
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (fd < 0)
		return false;
	bool ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return ok;
}

#ifndef PELLUCID_SANITIZED
static bool allow_mmap(scmp_filter_ctx f)
{
	/* readable, or readable and writable; never executable */
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				SCMP_A2(SCMP_CMP_EQ, PROT_READ)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				SCMP_A2(SCMP_CMP_EQ, PROT_READ | PROT_WRITE)) == 0;
}

static bool filter_calls(struct error *e)
{
	static const int allowed[] = { SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(pread64),
				       SCMP_SYS(close),	  SCMP_SYS(munmap),  SCMP_SYS(mremap),
				       SCMP_SYS(brk),	  SCMP_SYS(madvise), SCMP_SYS(exit_group),
				       SCMP_SYS(rt_sigreturn) };
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = f != NULL && allow_mmap(f);

	for (size_t i = 0; ok && i < sizeof allowed / sizeof *allowed; i++)
		ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	ok = ok && seccomp_load(f) == 0;
	seccomp_release(f);
	return ok || error_set(e, REASON_DENIED, PLACE_NONE, "cage: the kernel takes no seccomp filter");
}
#endif

bool confine_self(struct confinement *out, struct error *e)
{
	*out = (struct confinement){ 0 };
	if (geteuid() == 0) {
		if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) != 0)
			return os_error(e, "become an unprivileged user");
		out->unprivileged = true;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return os_error(e, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return os_error(e, "undumpable");
	if (!set_limits(e))
		return false;
	out->landlock = landlock_all();
#ifndef PELLUCID_SANITIZED /* the sanitizers' runtime makes calls of its own */
	if (!filter_calls(e))
		return false;
	out->seccomp = true;
#endif
	return true;
}

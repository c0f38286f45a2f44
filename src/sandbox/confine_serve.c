/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine_serve.h"
#ifndef PELLUCID_SANITIZED
#include "sandbox/confine_serving.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PELLUCID_SANITIZED

/* linux/landlock.h of Debian 12 knows the first of these alone. */
struct handled {
	uint64_t files, network, scopes;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

enum {
	ASK_VERSION = 1,
	PATH_BENEATH = 1,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE_FILE = 1 << 5,
	MAKE_REG = 1 << 8,
	ALL_OF_VERSION_1 = 0x1fff,
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,
	IOCTL_DEV = 1 << 15,
	CONNECT_TCP = 1 << 1,
	ALL_SCOPES = 3,
	FILES_ALONE = 8, /* bytes of struct handled that a kernel of that version knows */
	NETWORK_TOO = 16,
	SCOPES_TOO = 24,
};

/* One rule: what lies beneath that directory. */
static bool allow(int ruleset, const char *dir, uint64_t what)
{
	struct beneath b = { .allowed = what, .fd = open(dir, O_PATH | O_CLOEXEC) };
	bool ok = b.fd >= 0 && syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &b, 0) == 0;

	if (b.fd >= 0)
		close(b.fd);
	return ok;
}

static bool shut_files(const char *dir, bool writes)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	struct handled h = { .files = ALL_OF_VERSION_1 };
	uint64_t may = READ_FILE | READ_DIR;

	if (abi < 1)
		return false;
	if (writes)
		may |= WRITE_FILE | REMOVE_FILE | MAKE_REG | (abi >= 3 ? TRUNCATE : 0);
	h.files |= (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0) | (abi >= 5 ? IOCTL_DEV : 0);
	h.network = abi >= 4 ? CONNECT_TCP : 0;
	h.scopes = abi >= 6 ? ALL_SCOPES : 0;
	size_t n = abi >= 6 ? SCOPES_TOO : abi >= 4 ? NETWORK_TOO : FILES_ALONE;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &h, n, 0);
	bool ok = fd >= 0 && allow(fd, dir, may) && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

bool confine_serve_files(const char *dir, bool writes, bool *files, struct error *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "a server cannot be shut in: no_new_privs: %s", strerror(errno));
	*files = shut_files(dir, writes);
	return true;
}

bool confine_serve_calls(struct error *e)
{
	const struct sock_fprog program = {
		.len = sizeof confine_serving / sizeof *confine_serving,
		.filter = (struct sock_filter *)(uintptr_t)confine_serving, /* is only read */
	};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ==
		       0 ||
	       error_set(e, REASON_DENIED, PLACE_NONE,
			 "a server cannot be shut in: the kernel takes no seccomp filter");
}

#else /* the sanitizers' runtime reads and calls what it needs */

bool confine_serve_files(const char *dir, bool writes, bool *files, struct error *e)
{
	(void)dir;
	(void)writes;
	(void)e;
	*files = true;
	return true;
}

bool confine_serve_calls(struct error *e)
{
	(void)e;
	return true;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/protocol.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The system calls that a worker may make behind the walls, written to standard output as a table
 * of BPF for confine_linux.c; with the argument "serve", those that a server may make once it
 * listens, for confine_serve.c.  This program runs when Pellucid is built: so that a worker need
 * not carry libseccomp, nor have it compile the same filter at each start.
 */

enum {
	API = 3, /* libseccomp's level that has "kill the process"; whatever the building kernel has
		  */
	MAX_FILTER = 4096, /* instructions that the kernel takes (BPF_MAXINSNS) */
};

static struct scmp_arg_cmp equal(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_EQ, .datum_a = value };
}

static struct scmp_arg_cmp masked(unsigned arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){
		.arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value
	};
}

static bool allow_memory(scmp_filter_ctx f)
{
	enum { PROT = 2, FLAGS = 3 };
	const uint64_t own = MAP_PRIVATE | MAP_ANONYMOUS, reserved = MAP_NORESERVE;

	/* a private view of a file, to be read; or memory of its own; nothing to be executed,
	 * nothing that another sees, nothing that no limit counts (a stack, locked memory, the
	 * machine's huge pages) */
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, equal(PROT, PROT_READ),
				equal(FLAGS, MAP_PRIVATE)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				equal(PROT, PROT_READ | PROT_WRITE),
				masked(FLAGS, ~reserved, own)) == 0;
}

/* Memory of one's own may be out of reach for a while (sandbox/paged.h); no more than that. */
static bool allow_protection(scmp_filter_ctx f)
{
	enum { PROT = 2 };

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, equal(PROT, PROT_NONE)) ==
		       0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				equal(PROT, PROT_READ | PROT_WRITE)) == 0;
}

/* What becomes of memory of one's own: it may go, and come in large pages or many at once.  Not
 * that it is merged with equal pages of others, that the file behind it is cut, ... */
static bool allow_advice(scmp_filter_ctx f)
{
	enum { ADVICE = 2 };
	static const uint64_t advice[] = { MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE,
					   MADV_POPULATE_WRITE };

	for (size_t i = 0; i < sizeof advice / sizeof *advice; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1,
				     equal(ADVICE, advice[i])) != 0)
			return false;
	return true;
}

static bool allow_socket(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1,
				equal(0, PROTOCOL_SOCKET)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1,
				equal(0, PROTOCOL_SOCKET)) == 0;
}

/* libcrypto's once-only initialisers end in a wake-up, though nobody can sleep. */
static bool allow_wake(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(futex), 1,
				equal(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)) == 0;
}

static bool allow_all(scmp_filter_ctx f)
{
	static const int calls[] = { SCMP_SYS(pread64),    SCMP_SYS(fstat),       SCMP_SYS(close),
				     SCMP_SYS(munmap),     SCMP_SYS(mremap),      SCMP_SYS(brk),
				     SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn) };

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			return false;
	return allow_memory(f) && allow_protection(f) && allow_advice(f) && allow_socket(f) &&
	       allow_wake(f);
}

/* What answering requests takes: connections that came, files, threads that are there, time.  No
 * new program, process, socket or connection; no memory that can be executed. */
static bool allow_serving(scmp_filter_ctx f)
{
	static const int calls[] = {
		/* connections */
		SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
		SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendfile), SCMP_SYS(shutdown),
		SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
		SCMP_SYS(getpeername), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select),
		SCMP_SYS(pselect6), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
		SCMP_SYS(epoll_ctl),
		/* files: which of them is Landlock's to say */
		SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(write),
		SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek),
		SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(fcntl), SCMP_SYS(fsync),
		SCMP_SYS(fdatasync), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
		SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(umask), SCMP_SYS(fchmod),
		/* threads, signals, time, the end */
		SCMP_SYS(futex), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
		SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_yield), SCMP_SYS(nanosleep),
		SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
		SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
		SCMP_SYS(exit), SCMP_SYS(exit_group),
		/* memory */
		SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise)
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			return false;
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, masked(2, PROT_EXEC, 0)) ==
		       0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				masked(2, PROT_EXEC, 0)) == 0;
}

/* Through a file, since libseccomp of Debian 12 exports to no other place. */
static size_t export(scmp_filter_ctx f, struct sock_filter *to, size_t max)
{
	FILE *file = tmpfile();
	size_t n = 0;

	if (file == NULL)
		return 0;
	if (seccomp_export_bpf(f, fileno(file)) == 0 && lseek(fileno(file), 0, SEEK_SET) == 0)
		n = fread(to, sizeof *to, max, file);
	fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	static struct sock_filter code[MAX_FILTER];
	bool serve = argc > 1 && strcmp(argv[1], "serve") == 0;
	size_t n = 0;

	if (seccomp_api_set(API) != 0)
		return 1;
	/* a call that a library of a server makes once in a year fails, and ends nothing */
	scmp_filter_ctx f = seccomp_init(serve ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
	if (f != NULL && seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	    (serve ? allow_serving(f) : allow_all(f)))
		n = export(f, code, MAX_FILTER);
	seccomp_release(f);
	if (n == 0)
		return 1;
	printf("/* Made by src/sandbox/confine_filter.c when this was built. */\n"
	       "#include <linux/filter.h>\n\n"
	       "static const struct sock_filter confine_%s[] = {\n",
	       serve ? "serving" : "filter");
	for (size_t i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", (unsigned)code[i].code,
		       (unsigned)code[i].jt, (unsigned)code[i].jf, (unsigned)code[i].k);
	puts("};");
	return fflush(stdout) == 0 ? 0 : 1;
}

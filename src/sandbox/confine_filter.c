/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/protocol.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The system calls that a worker may make behind the walls, written to standard output as a table
 * of BPF for confine_linux.c.  This program runs when Pellucid is built: so that a worker need not
 * carry libseccomp, nor have it compile the same filter at each start.
 */

enum {
	API = 3, /* libseccomp's level that has "kill the process"; whatever the building kernel has
		  */
	MAP_TYPE_BITS = 0x0f,
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
	enum { PROT = 2, FLAGS = 3, ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS };

	/* a private view of a file or of nothing, to be read; or memory of its own; nothing to be
	 * executed, nothing that another sees */
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, equal(PROT, PROT_READ),
				masked(FLAGS, MAP_TYPE_BITS, MAP_PRIVATE)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				equal(PROT, PROT_READ | PROT_WRITE),
				masked(FLAGS, MAP_TYPE_BITS | MAP_ANONYMOUS, ANONYMOUS)) == 0;
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
	static const int calls[] = { SCMP_SYS(pread64), SCMP_SYS(fstat),     SCMP_SYS(close),
				     SCMP_SYS(munmap),  SCMP_SYS(mremap),    SCMP_SYS(brk),
				     SCMP_SYS(madvise), SCMP_SYS(exit_group) };

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			return false;
	return allow_memory(f) && allow_socket(f) && allow_wake(f);
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

int main(void)
{
	static struct sock_filter code[MAX_FILTER];
	size_t n = 0;

	if (seccomp_api_set(API) != 0)
		return 1;
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (f != NULL && seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	    allow_all(f))
		n = export(f, code, MAX_FILTER);
	seccomp_release(f);
	if (n == 0)
		return 1;
	puts("/* Made by src/sandbox/confine_filter.c when this was built. */\n"
	     "#include <linux/filter.h>\n\n"
	     "static const struct sock_filter confine_filter[] = {");
	for (size_t i = 0; i < n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", (unsigned)code[i].code,
		       (unsigned)code[i].jt, (unsigned)code[i].jf, (unsigned)code[i].k);
	puts("};");
	return fflush(stdout) == 0 ? 0 : 1;
}

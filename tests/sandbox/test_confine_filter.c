/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/confine_filter.h"
#include "sandbox/confine_serving.h"
#include "sandbox/protocol.h"
#include "tests/test.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/*
 * The filters of system calls as the kernel gets them, held against lists that are written down
 * here once more: whoever lets one more call through has to say so in two places.
 *
 * What a filter says of a number with any arguments is found by going all its ways: where it asks
 * for an argument, both.  A filter has no loops, so that this ends.
 */

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { SOME_CALLS = 1024, X32 = 0x40000000, REFUSE = SECCOMP_RET_ERRNO | EPERM };

/* What may come back, bit by bit. */
enum outcome { MAY_PASS = 1, MAY_KILL = 2, MAY_REFUSE = 4, MAY_ELSE = 8 };

struct filter {
	const struct sock_filter *code;
	size_t n;
};

static const struct filter worker = { confine_filter,
				      sizeof confine_filter / sizeof *confine_filter };
static const struct filter serving = { confine_serving,
				       sizeof confine_serving / sizeof *confine_serving };

static unsigned outcome_of(uint32_t value)
{
	return value == SECCOMP_RET_ALLOW          ? MAY_PASS
	       : value == SECCOMP_RET_KILL_PROCESS ? MAY_KILL
	       : value == REFUSE                   ? MAY_REFUSE
						   : MAY_ELSE;
}

static bool meets(const struct sock_filter *c, uint32_t a)
{
	switch (BPF_OP(c->code)) {
	case BPF_JEQ:
		return a == c->k;
	case BPF_JGT:
		return a > c->k;
	case BPF_JGE:
		return a >= c->k;
	case BPF_JSET:
		return (a & c->k) != 0;
	default:
		fail_msg("a jump of the kind 0x%x", c->code);
		return false;
	}
}

/* All that can come back from instruction `at` on, for a call of which `known` bytes of *d are
 * given. */
static unsigned reach(const struct filter *f, size_t at, uint32_t a, bool a_known,
		      const struct seccomp_data *d, size_t known)
{
	for (;; at++) {
		assert_true(at < f->n);
		const struct sock_filter *c = &f->code[at];
		switch (c->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(c->k % 4 == 0 && c->k < sizeof *d);
			a_known = c->k < known;
			memcpy(&a, (const uint8_t *)d + c->k, sizeof a);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= c->k;
			continue;
		case BPF_JMP | BPF_JA:
			at += c->k;
			continue;
		case BPF_RET | BPF_K:
			return outcome_of(c->k);
		default:
			assert_int_equal(BPF_CLASS(c->code), BPF_JMP);
			assert_int_equal(BPF_SRC(c->code), BPF_K);
			if (!a_known)
				return reach(f, at + 1 + c->jt, a, false, d, known) |
				       reach(f, at + 1 + c->jf, a, false, d, known);
			at += meets(c, a) ? c->jt : c->jf;
		}
	}
}

static unsigned any_arguments(const struct filter *f, uint32_t arch, uint32_t number)
{
	const struct seccomp_data d = { .nr = (int)number, .arch = arch };
	return reach(f, 0, 0, false, &d, offsetof(struct seccomp_data, instruction_pointer));
}

/* With two arguments, those of the given numbers. */
static unsigned with(long number, unsigned i, uint64_t value, unsigned k, uint64_t other)
{
	struct seccomp_data d = { .nr = (int)number, .arch = NATIVE };

	d.args[i] = value;
	d.args[k] = other;
	return reach(&worker, 0, 0, false, &d, sizeof d);
}

static bool listed(const long *list, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == (long)number)
			return true;
	return false;
}

/* ---- numbers */

/* Whatever their arguments. */
static const long free_calls[] = { SYS_pread64, SYS_fstat, SYS_close,      SYS_munmap,
				   SYS_mremap,  SYS_brk,   SYS_exit_group, SYS_rt_sigreturn };
/* With the arguments of the tests below. */
static const long bound_calls[] = { SYS_mmap,    SYS_mprotect, SYS_madvise,
				    SYS_recvmsg, SYS_sendmsg,  SYS_futex };

#define LISTED(list, number) listed(list, sizeof(list) / sizeof *(list), number)

static unsigned expected(uint32_t number)
{
	return LISTED(free_calls, number)    ? MAY_PASS
	       : LISTED(bound_calls, number) ? MAY_PASS | MAY_KILL
					     : MAY_KILL;
}

static void a_worker_has_fourteen_calls(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < SOME_CALLS; i++)
		if (any_arguments(&worker, NATIVE, i) != expected(i))
			fail_msg("call %u: 0x%x in place of 0x%x", i,
				 any_arguments(&worker, NATIVE, i), expected(i));
	for (unsigned bit = 10; bit < 32; bit++)
		for (uint32_t i = 0; i < SOME_CALLS; i++)
			assert_int_equal(any_arguments(&worker, NATIVE, (1u << bit) | i), MAY_KILL);
	for (uint32_t i = 0; i < SOME_CALLS; i++)
		assert_int_equal(any_arguments(&worker, NATIVE, UINT32_MAX - i), MAY_KILL);
}

static void a_call_of_another_kind_ends_it(void **state)
{
	static const uint32_t other[] = { AUDIT_ARCH_I386,    AUDIT_ARCH_X86_64, AUDIT_ARCH_ARM,
					  AUDIT_ARCH_AARCH64, AUDIT_ARCH_MIPS64, AUDIT_ARCH_PPC64LE,
					  AUDIT_ARCH_RISCV64, AUDIT_ARCH_S390X,  0,
					  UINT32_MAX };

	(void)state;
	for (size_t k = 0; k < sizeof other / sizeof *other; k++)
		for (uint32_t i = 0; other[k] != NATIVE && i < SOME_CALLS; i++) {
			assert_int_equal(any_arguments(&worker, other[k], i), MAY_KILL);
			assert_int_equal(any_arguments(&worker, other[k], X32 | i), MAY_KILL);
			assert_int_equal(any_arguments(&serving, other[k], i), MAY_KILL);
		}
	for (unsigned bit = 0; bit < 32; bit++)
		for (uint32_t i = 0; i < SOME_CALLS; i++)
			assert_int_equal(any_arguments(&worker, NATIVE ^ (1u << bit), i), MAY_KILL);
}

/* One more call, with or without arguments, would be seen. */
static void a_planted_call_is_seen(void **state)
{
	struct sock_filter code[BPF_MAXINSNS] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x12345678, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct filter planted = { code, 5 + worker.n };

	(void)state;
	memcpy(code + 5, worker.code, worker.n * sizeof *code);
	assert_int_equal(any_arguments(&planted, NATIVE, SYS_getppid), MAY_PASS | MAY_KILL);
	assert_int_equal(any_arguments(&planted, NATIVE, SYS_getpid), MAY_KILL);
}

/* ---- arguments */

static bool may_map(uint64_t prot, uint64_t flags)
{
	return (prot == PROT_READ && flags == MAP_PRIVATE) ||
	       (prot == (PROT_READ | PROT_WRITE) &&
		(flags & ~(uint64_t)MAP_NORESERVE) == (MAP_PRIVATE | MAP_ANONYMOUS));
}

static void try_map(uint64_t prot, uint64_t flags)
{
	unsigned is = with(SYS_mmap, 2, prot, 3, flags);

	if (is != (may_map(prot, flags) ? MAY_PASS : MAY_KILL))
		fail_msg("mmap, protection 0x%llx, flags 0x%llx: 0x%x", (unsigned long long)prot,
			 (unsigned long long)flags, is);
}

static void memory_is_mapped_in_three_ways_alone(void **state)
{
	/* each kind of mapping, and each flag that there is: shared, private, droppable, fixed,
	 * anonymous, low, high, growing, ..., and the first of the sizes of huge pages */
	static const uint8_t bit[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  11,
				       12, 13, 14, 15, 16, 17, 18, 19, 20, 26 };
	enum { FLAGS = sizeof bit, PROTECTIONS = 8 };
	static const uint64_t allowed[] = { MAP_PRIVATE, MAP_PRIVATE | MAP_ANONYMOUS,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };

	(void)state;
	for (uint32_t i = 0; i < 1u << FLAGS; i++) {
		uint64_t flags = 0;
		for (unsigned k = 0; k < FLAGS; k++)
			flags |= (uint64_t)(i >> k & 1) << bit[k];
		for (uint64_t prot = 0; prot < PROTECTIONS; prot++)
			try_map(prot, flags);
	}
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		for (uint64_t prot = 0; prot < PROTECTIONS; prot++)
			for (unsigned k = 0; k < 64; k++) {
				try_map(prot ^ UINT64_C(1) << k, allowed[i]);
				try_map(prot, allowed[i] ^ UINT64_C(1) << k);
			}
}

/* mprotect, to memory that is written and to none, is tried below. */
static void protection_is_changed_by_one_call_alone(void **state)
{
	(void)state;
	assert_int_equal(any_arguments(&worker, NATIVE, SYS_pkey_mprotect), MAY_KILL);
	assert_int_equal(any_arguments(&worker, NATIVE, SYS_remap_file_pages), MAY_KILL);
}

/* Argument i of a call, over small values and all single bits: only those of the list pass. */
static void only(long call, unsigned i, const long *value, size_t n)
{
	for (uint64_t v = 0; v < 4096; v++)
		assert_int_equal(with(call, i, v, 5, 0),
				 listed(value, n, (uint32_t)v) ? MAY_PASS : MAY_KILL);
	for (unsigned bit = 12; bit < 64; bit++)
		for (size_t k = 0; k < n; k++)
			assert_int_equal(
				with(call, i, (uint64_t)value[k] | UINT64_C(1) << bit, 5, 0),
				MAY_KILL);
	assert_int_equal(with(call, i, UINT64_MAX, 5, 0), MAY_KILL);
}

static void other_arguments_are_those_that_are_needed(void **state)
{
	static const long advice[] = { MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE,
				       MADV_POPULATE_WRITE };
	static const long protection[] = { PROT_NONE, PROT_READ | PROT_WRITE };
	static const long wake[] = { FUTEX_WAKE | FUTEX_PRIVATE_FLAG };
	static const long socket[] = { PROTOCOL_SOCKET };

	(void)state;
	only(SYS_madvise, 2, advice, 4);
	only(SYS_mprotect, 2, protection, 2);
	only(SYS_futex, 1, wake, 1);
	only(SYS_recvmsg, 0, socket, 1);
	only(SYS_sendmsg, 0, socket, 1);
}

/* ---- a server */

static void a_server_has_its_list(void **state)
{
	static const long calls[] = {
#ifdef __x86_64__ /* which other machines do not have */
		SYS_poll,
		SYS_select,
		SYS_epoll_wait,
		SYS_open,
		SYS_rename,
		SYS_unlink,
		SYS_time,
#endif
		SYS_accept,
		SYS_accept4,
		SYS_recvfrom,
		SYS_recvmsg,
		SYS_sendto,
		SYS_sendmsg,
		SYS_sendfile,
		SYS_shutdown,
		SYS_getsockopt,
		SYS_setsockopt,
		SYS_getsockname,
		SYS_getpeername,
		SYS_ppoll,
		SYS_pselect6,
		SYS_epoll_pwait,
		SYS_epoll_ctl,
		SYS_openat,
		SYS_close,
		SYS_read,
		SYS_write,
		SYS_readv,
		SYS_writev,
		SYS_pread64,
		SYS_lseek,
		SYS_fstat,
		SYS_newfstatat,
		SYS_fcntl,
		SYS_fsync,
		SYS_fdatasync,
		SYS_renameat,
		SYS_renameat2,
		SYS_unlinkat,
		SYS_umask,
		SYS_fchmod,
		SYS_futex,
		SYS_rt_sigtimedwait,
		SYS_rt_sigprocmask,
		SYS_rt_sigaction,
		SYS_rt_sigreturn,
		SYS_restart_syscall,
		SYS_gettid,
		SYS_getpid,
		SYS_sched_yield,
		SYS_nanosleep,
		SYS_clock_nanosleep,
		SYS_clock_gettime,
		SYS_gettimeofday,
		SYS_getrandom,
		SYS_set_robust_list,
		SYS_rseq,
		SYS_exit,
		SYS_exit_group,
		SYS_munmap,
		SYS_mremap,
		SYS_brk,
		SYS_madvise
	};
	/* by whether memory could be executed */
	static const long bound[] = { SYS_mmap, SYS_mprotect };

	(void)state;
	for (uint32_t i = 0; i < SOME_CALLS; i++) {
		unsigned should = LISTED(calls, i)   ? MAY_PASS
				  : LISTED(bound, i) ? MAY_PASS | MAY_REFUSE
						     : MAY_REFUSE;
		if (any_arguments(&serving, NATIVE, i) != should)
			fail_msg("call %u: 0x%x in place of 0x%x", i,
				 any_arguments(&serving, NATIVE, i), should);
	}
	for (size_t k = 0; k < 2; k++)
		for (uint64_t prot = 0; prot < SOME_CALLS; prot++) {
			struct seccomp_data d = { .nr = (int)bound[k], .arch = NATIVE };
			d.args[2] = prot;
			assert_int_equal(reach(&serving, 0, 0, false, &d, sizeof d),
					 (prot & PROT_EXEC) != 0 ? MAY_REFUSE : MAY_PASS);
		}
#ifdef __x86_64__
	for (uint32_t i = 0; i < SOME_CALLS; i++) /* a number of x32 is of another kind, too */
		assert_int_equal(any_arguments(&serving, NATIVE, X32 | i), MAY_KILL);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_has_fourteen_calls),
		cmocka_unit_test(a_call_of_another_kind_ends_it),
		cmocka_unit_test(a_planted_call_is_seen),
		cmocka_unit_test(memory_is_mapped_in_three_ways_alone),
		cmocka_unit_test(protection_is_changed_by_one_call_alone),
		cmocka_unit_test(other_arguments_are_those_that_are_needed),
		cmocka_unit_test(a_server_has_its_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

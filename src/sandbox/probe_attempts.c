/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe.h"
#include "sandbox/probe_impl.h"
#include "sandbox/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/*
 * Each by its own system call, since the library's functions are no boundary.  Where
 * a wall is missing an attempt does no harm: it names what is not there, asks with
 * signal 0, or touches what belongs to the worker.
 */

#define NOWHERE "/nonexistent/pellucid-probe"

int probe_outcome(long r)
{
	if (r >= 0)
		return 0;
	return errno == ENOENT || errno == EBADF || errno == EINVAL || errno == EFAULT ||
			       errno == ESRCH || errno == ENOTDIR
		       ? 0
		       : errno;
}

static int of(long r) { return probe_outcome(r); }

/* ---- files */

static int read_file(void) { return of(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)); }

static int old_open(void)
{
#ifdef SYS_open
	return of(syscall(SYS_open, "/etc/passwd", O_RDONLY));
#else
	return of(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
#endif
}

static int open_resolved(void)
{
	const uint64_t how[3] = { O_RDONLY, 0, 0 };
	return of(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof how));
}

static int write_file(void) { return of(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY)); }

static int list_directory(void)
{
	return of(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY));
}

static int own_memory_file(void)
{
	return of(syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR));
}

static int other_process_files(void)
{
	return of(syscall(SYS_openat, AT_FDCWD, "/proc/1/status", O_RDONLY));
}

static int stat_path(void)
{
	struct stat st;
	return of(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, 0));
}

static int statx_path(void)
{
	struct statx st;
	return of(syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, STATX_BASIC_STATS, &st));
}

static int access_path(void) { return of(syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK)); }

static int read_link(void)
{
	char to[64];
	return of(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", to, sizeof to));
}

static int make_directory(void) { return of(syscall(SYS_mkdirat, AT_FDCWD, NOWHERE, 0700)); }

static int remove_file(void) { return of(syscall(SYS_unlinkat, AT_FDCWD, NOWHERE, 0)); }

static int rename_file(void)
{
	return of(syscall(SYS_renameat2, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE "2", 0));
}

static int change_mode(void) { return of(syscall(SYS_fchmodat, AT_FDCWD, NOWHERE, 0700)); }

static int change_directory(void) { return of(syscall(SYS_chdir, "/")); }

static int memory_file(void) { return of(syscall(SYS_memfd_create, "probe", 0)); }

static int write_descriptor(void) { return of(syscall(SYS_write, 1, "x", 1)); }

static int write_object(void) { return of(syscall(SYS_pwrite64, PROTOCOL_DATABASE, "x", 1, 0)); }

static int control_device(void)
{
	int n;
	return of(syscall(SYS_ioctl, PROTOCOL_SOCKET, 0x541b /* FIONREAD */, &n));
}

static int copy_descriptor(void) { return of(syscall(SYS_fcntl, PROTOCOL_SOCKET, F_DUPFD, 100)); }

/* ---- network */

static int internet_socket(void) { return of(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)); }

static int local_socket(void) { return of(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0)); }

static int kernel_socket(void) { return of(syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0)); }

static int connect_socket(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET };
	return of(syscall(SYS_connect, PROTOCOL_SOCKET, &to, sizeof to));
}

static int send_elsewhere(void)
{
	struct msghdr m = { 0 };
	return of(syscall(SYS_sendmsg, 1, &m, 0));
}

static int socket_pair(void)
{
	int end[2];
	return of(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, end));
}

/* ---- processes */

static int forked(long pid)
{
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return of(pid);
}

static int fork_process(void) { return forked(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }

static int fork_by_clone3(void)
{
	uint64_t args[8] = { 0, 0, 0, 0, SIGCHLD, 0, 0, 0 };
	return forked(syscall(SYS_clone3, args, sizeof args));
}

static int run_program(void)
{
	char *const none[] = { NULL };
	return of(syscall(SYS_execve, NOWHERE, none, none));
}

static int run_descriptor(void)
{
	char *const none[] = { NULL };
	return of(syscall(SYS_execveat, PROTOCOL_DATABASE, "", none, none, AT_EMPTY_PATH));
}

static int signal_broker(pid_t broker) { return of(syscall(SYS_kill, broker, 0)); }

static int signal_all(void) { return of(syscall(SYS_kill, -1, 0)); }

static int signal_thread(pid_t broker) { return of(syscall(SYS_tgkill, broker, broker, 0)); }

static int trace_broker(pid_t broker)
{
	return of(syscall(SYS_ptrace, PTRACE_SEIZE, broker, 0, 0));
}

static int read_broker(pid_t broker)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { &byte, 1 };
	return of(syscall(SYS_process_vm_readv, broker, &to, 1, &from, 1, 0));
}

static int hold_broker(pid_t broker) { return of(syscall(SYS_pidfd_open, broker, 0)); }

/* ---- memory */

static int executable_memory(void)
{
	return of(syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0));
}

static int writable_code(void)
{
	return of(syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int make_executable(void)
{
	char page[2 * 4096];
	uintptr_t at = ((uintptr_t)page + 4095) & ~(uintptr_t)4095;
	return of(syscall(SYS_mprotect, at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int shared_memory(void)
{
	return of(syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			  0));
}

static int endless_memory(void)
{
	return of(syscall(SYS_mmap, 0, (size_t)3 << 40, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

/* ---- clocks */

static int kernel_clock(void)
{
	struct timespec now;
	return of(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now));
}

static int kernel_time(void)
{
	struct timeval now;
	return of(syscall(SYS_gettimeofday, &now, NULL));
}

/* As the library reads it, without a system call where the processor has a counter. */
static int library_clock(void)
{
	struct timespec now;
	return of(clock_gettime(CLOCK_REALTIME, &now));
}

static int processor_clock(void)
{
#ifdef __x86_64__
	volatile unsigned long long now = __builtin_ia32_rdtsc();
	(void)now;
	return 0;
#else
	return ENOSYS;
#endif
}

static int used_time(void)
{
	struct rusage used;
	return of(syscall(SYS_getrusage, RUSAGE_SELF, &used));
}

static int machine_state(void)
{
	struct sysinfo state;
	return of(syscall(SYS_sysinfo, &state));
}

static int wait_a_little(void)
{
	const struct timespec little = { 0, 1 };
	return of(syscall(SYS_ppoll, NULL, 0, &little, NULL, 0));
}

static int sleep_a_little(void)
{
	const struct timespec little = { 0, 1 };
	return of(syscall(SYS_nanosleep, &little, NULL));
}

/* ---- the walls themselves, and the kernel */

static int new_namespace(void) { return of(syscall(SYS_unshare, CLONE_NEWUSER)); }

static int other_namespace(void) { return of(syscall(SYS_setns, PROTOCOL_SOCKET, 0)); }

static int mount_something(void)
{
	return of(syscall(SYS_mount, "none", NOWHERE, "tmpfs", 0, NULL));
}

static int change_root(void) { return of(syscall(SYS_chroot, NOWHERE)); }

static int become_root(void) { return of(syscall(SYS_setresuid, 0, 0, 0)); }

static int control_process(void) { return of(syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0)); }

static int raise_limit(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };
	return of(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &r, NULL));
}

static int other_filter(void) { return of(syscall(SYS_seccomp, 0, 0, NULL)); }

static int handle_signal(void) { return of(syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 8)); }

static int load_program(void)
{
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	return of(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr));
}

static int submission_ring(void)
{
	uint8_t params[120] = { 0 };
	return of(syscall(SYS_io_uring_setup, 1, params));
}

static int fault_handler(void) { return of(syscall(SYS_userfaultfd, 1 /* of user space alone */)); }

static int count_events(void)
{
	uint8_t attr[128] = { 0 };
	return of(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0));
}

static int key_ring(void) { return of(syscall(SYS_keyctl, 0, -3 /* the session's */, 0)); }

static int random_bytes(void)
{
	char byte;
	return of(syscall(SYS_getrandom, &byte, 1, 0));
}

static int name_of_host(void)
{
	char space[6 * 65];
	return of(syscall(SYS_uname, space));
}

static int call_of_32_bits(void)
{
#ifdef __x86_64__
	long r = 20; /* getpid */
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r > 0 ? 0 : (int)-r;
#else
	return ENOSYS;
#endif
}

static int call_of_x32(void)
{
#ifdef __x86_64__
	return of(syscall(0x40000000 | SYS_getpid));
#else
	return ENOSYS;
#endif
}

static int see_environment(void)
{
	/* the one variable is the worker's own */
	return environ == NULL || environ[0] == NULL ||
			       (strcmp(environ[0], "TZ=UTC0") == 0 && environ[1] == NULL)
		       ? EPERM
		       : 0;
}

/* Descriptors that are neither /dev/null, nor the socket, nor the object. */
static int other_descriptors(void)
{
	int n = 0;
	char byte;
	for (int fd = PROTOCOL_SOCKET + 1; fd < 256; fd++)
		n += syscall(SYS_pread64, fd, &byte, 1, 0) >= 0 || errno != EBADF;
	return n <= 1 ? EPERM : 0;
}

/* ---- controls */

static int answer_nothing(void) { return 0; }

static int use_memory(void)
{
	enum { SIZE = 64 << 20 };
	volatile char *p = malloc(SIZE);
	if (p == NULL)
		return ENOMEM;
	for (size_t i = 0; i < SIZE; i += 4096)
		p[i] = 1;
	free((void *)(uintptr_t)p);
	return 0;
}

static int read_object(void)
{
	char byte;
	for (int fd = PROTOCOL_SOCKET + 1; fd < 32; fd++)
		if (syscall(SYS_pread64, fd, &byte, 1, 0) == 1)
			return 0;
	return EBADF;
}

static int size_of_object(void)
{
	struct stat st;
	for (int fd = PROTOCOL_SOCKET + 1; fd < 32; fd++)
		if (syscall(SYS_fstat, fd, &st) == 0)
			return 0;
	return EBADF;
}

#define FORBIDDEN(name, attempt)                                                                   \
	{                                                                                          \
		name, PROBE_FORBIDDEN, attempt, NULL, NULL                                         \
	}
#define FORBIDDEN_ON(name, attempt)                                                                \
	{                                                                                          \
		name, PROBE_FORBIDDEN, NULL, attempt, NULL                                         \
	}
#define CONTROL(name, attempt)                                                                     \
	{                                                                                          \
		name, PROBE_CONTROL, attempt, NULL, NULL                                           \
	}

static const struct probe probes[] = {
	CONTROL("answer", answer_nothing),
	CONTROL("use 64 MiB of memory", use_memory),
	CONTROL("read its object", read_object),
	CONTROL("ask for its object's size", size_of_object),
	FORBIDDEN("open a file for reading", read_file),
	FORBIDDEN("open one by the old call", old_open),
	FORBIDDEN("open one by openat2", open_resolved),
	FORBIDDEN("open a device for writing", write_file),
	FORBIDDEN("open a directory", list_directory),
	FORBIDDEN("open its own memory in /proc", own_memory_file),
	FORBIDDEN("open another process's files in /proc", other_process_files),
	FORBIDDEN("ask whether a path is there (stat)", stat_path),
	FORBIDDEN("ask whether a path is there (statx)", statx_path),
	FORBIDDEN("ask whether a path may be read (access)", access_path),
	FORBIDDEN("read a symbolic link", read_link),
	FORBIDDEN("make a directory", make_directory),
	FORBIDDEN("remove a file", remove_file),
	FORBIDDEN("rename a file", rename_file),
	FORBIDDEN("change a file's mode", change_mode),
	FORBIDDEN("change its directory", change_directory),
	FORBIDDEN("make a file of memory", memory_file),
	FORBIDDEN("write to a descriptor", write_descriptor),
	FORBIDDEN("write to its object", write_object),
	FORBIDDEN("control a descriptor (ioctl)", control_device),
	FORBIDDEN("copy a descriptor", copy_descriptor),
	FORBIDDEN("make an Internet socket", internet_socket),
	FORBIDDEN("make a local socket", local_socket),
	FORBIDDEN("make a socket to the kernel", kernel_socket),
	FORBIDDEN("connect", connect_socket),
	FORBIDDEN("send to another descriptor", send_elsewhere),
	FORBIDDEN("make a pair of sockets", socket_pair),
	FORBIDDEN("fork", fork_process),
	FORBIDDEN("fork by clone3", fork_by_clone3),
	FORBIDDEN("run a program", run_program),
	FORBIDDEN("run its object", run_descriptor),
	FORBIDDEN_ON("signal the broker", signal_broker),
	FORBIDDEN("signal everyone", signal_all),
	FORBIDDEN_ON("signal a thread of the broker", signal_thread),
	FORBIDDEN_ON("trace the broker", trace_broker),
	FORBIDDEN_ON("read the broker's memory", read_broker),
	FORBIDDEN_ON("hold the broker (pidfd)", hold_broker),
	FORBIDDEN("map executable memory", executable_memory),
	FORBIDDEN("map memory that is writable and executable", writable_code),
	FORBIDDEN("make memory executable", make_executable),
	FORBIDDEN("map memory to be shared", shared_memory),
	FORBIDDEN("take 3 TiB of memory", endless_memory),
	FORBIDDEN("take 3 TiB of addresses", probe_memory_addresses),
	FORBIDDEN("map memory that no limit counts (a stack)", probe_memory_growing),
	FORBIDDEN("take the machine's huge pages", probe_memory_huge_pages),
	FORBIDDEN("keep memory from being swapped", probe_memory_locked),
	FORBIDDEN("have its pages merged with others'", probe_memory_merged),
	FORBIDDEN("make shared memory", probe_memory_shared_segment),
	FORBIDDEN("run what it wrote", probe_memory_run_written),
	FORBIDDEN("write over its own code", probe_memory_write_code),
	FORBIDDEN("map its memory anew", probe_memory_remap),
	FORBIDDEN("make memory executable by a key", probe_memory_protect_key),
	FORBIDDEN("read the clock of the kernel", kernel_clock),
	FORBIDDEN("read the time of day", kernel_time),
	FORBIDDEN("read the clock as the C library does", library_clock),
	{ "read the clock of the processor", PROBE_FORBIDDEN, processor_clock, NULL,
	  probe_counter_stops },
	FORBIDDEN("read the hour by the kernel's code in its memory", probe_memory_coarse_clock),
	FORBIDDEN("read the hour from the kernel's page in its memory", probe_memory_clock_page),
	FORBIDDEN("read the hour by the page of old programs", probe_memory_old_clock),
	FORBIDDEN("count the time that it used", used_time),
	FORBIDDEN("ask how long the machine runs", machine_state),
	FORBIDDEN("wait for a while (poll)", wait_a_little),
	FORBIDDEN("sleep", sleep_a_little),
	FORBIDDEN("make a namespace", new_namespace),
	FORBIDDEN("enter a namespace", other_namespace),
	FORBIDDEN("mount", mount_something),
	FORBIDDEN("change its root", change_root),
	FORBIDDEN("become root", become_root),
	FORBIDDEN("change how it is treated (prctl)", control_process),
	FORBIDDEN("raise a limit", raise_limit),
	FORBIDDEN("change its filter", other_filter),
	FORBIDDEN("handle a signal", handle_signal),
	FORBIDDEN("load a program into the kernel (bpf)", load_program),
	FORBIDDEN("make a submission ring (io_uring)", submission_ring),
	FORBIDDEN("handle page faults (userfaultfd)", fault_handler),
	FORBIDDEN("count events (perf)", count_events),
	FORBIDDEN("use the kernel's keys", key_ring),
	FORBIDDEN("ask for random bytes", random_bytes),
	FORBIDDEN("ask for the host's name", name_of_host),
	FORBIDDEN("make a system call of 32 bits", call_of_32_bits),
	FORBIDDEN("make a system call of x32", call_of_x32),
	FORBIDDEN("see an environment", see_environment),
	FORBIDDEN("use a descriptor that is not its object", other_descriptors),
};

const struct probe *probe_all(size_t *n)
{
	*n = sizeof probes / sizeof *probes;
	return probes;
}

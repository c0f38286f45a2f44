/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/paged.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PIECE = 2
		<< 20, /* bytes that are read at once: one large page, where the kernel has them */
	AHEAD = 2,     /* pieces before the end of what may go that stay: a match may begin there */
};

/* The file at hand.  A handler of signals can be told nothing, so there is one. */
static struct {
	uint8_t *memory; /* of addresses, PIECE-aligned; PROT_NONE where nothing is */
	size_t most;     /* bytes of it */
	int fd;
	size_t n;      /* bytes of the file; 0: none is open */
	uint8_t *here; /* by piece: it was read */
	size_t first;  /* no piece before it is here, but that at 0 */
	bool failed;   /* to read */
	struct sigaction before;
} now;

static size_t n_pieces(size_t n) { return (n + PIECE - 1) / PIECE; }

/* By calls alone that a handler of signals may make.  Zeros stay where the file ends early or
 * cannot be read. */
static void read_piece(size_t i)
{
	uint8_t *to = now.memory + i * PIECE;
	size_t n = now.n - i * PIECE < PIECE ? now.n - i * PIECE : PIECE, done = 0;
	ssize_t got;

	if (mprotect(to, PIECE, PROT_READ | PROT_WRITE) != 0)
		__builtin_trap();
	now.here[i] = 1;
	now.first = i != 0 && i < now.first ? i : now.first;
	do {
		got = pread(now.fd, to + done, n - done, (off_t)(i * PIECE + done));
		done += got > 0 ? (size_t)got : 0;
	} while (done < n && (got > 0 || (got < 0 && errno == EINTR)));
	now.failed = now.failed || done < n;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr - (uintptr_t)now.memory;
	size_t i = at / PIECE;
	int error = errno;

	if (i < n_pieces(now.n) && now.here[i] == 0) {
		read_piece(i);
		errno = error;
		return;
	}
	/* a fault like any other */
	if ((now.before.sa_flags & SA_SIGINFO) != 0)
		now.before.sa_sigaction(number, info, context);
	__builtin_trap();
}

bool paged_prepare(size_t most, struct error *e)
{
	struct sigaction a = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	size_t n = n_pieces(most) * PIECE;
	void *p = mmap(NULL, n + PIECE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);

	if (p == MAP_FAILED)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no addresses for large files");
	now.memory = (uint8_t *)p + (PIECE - (uintptr_t)p % PIECE) % PIECE;
	now.most = n;
	now.here = calloc(n / PIECE, 1);
	(void)madvise(now.memory, n, MADV_HUGEPAGE);
	if (now.here == NULL || sigaction(SIGSEGV, &a, &now.before) != 0)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for large files");
	return true;
}

struct span paged_open(int fd, size_t n)
{
	if (n > now.most)
		return (struct span){ 0 };
	now.fd = fd;
	now.n = n;
	now.first = n_pieces(n);
	now.failed = false;
	return (struct span){ now.memory, n };
}

/* Lets the pieces [from, to) go. */
static void let_go(size_t from, size_t to)
{
	uint8_t *at = now.memory + from * PIECE;
	size_t n = (to - from) * PIECE;

	if (from >= to)
		return;
	if (mprotect(at, n, PROT_NONE) != 0 || madvise(at, n, MADV_DONTNEED) != 0)
		__builtin_trap(); /* what is not here must not be taken for zeros */
	memset(now.here + from, 0, to - from);
}

void paged_passed(const uint8_t *end)
{
	uintptr_t at = (uintptr_t)end - (uintptr_t)now.memory;
	size_t to = at / PIECE;

	if (at > now.n || to < now.first + AHEAD)
		return;
	let_go(now.first, to - AHEAD);
	now.first = to - AHEAD;
}

bool paged_close(void)
{
	let_go(0, n_pieces(now.n));
	now.n = 0;
	return !now.failed;
}

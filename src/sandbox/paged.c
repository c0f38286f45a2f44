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
} paged;

static size_t n_pieces(size_t n) { return (n + PIECE - 1) / PIECE; }

/* By calls alone that a handler of signals may make.  Zeros stay where the file ends early or
 * cannot be read. */
static void read_piece(size_t i)
{
	uint8_t *to = paged.memory + i * PIECE;
	size_t n = paged.n - i * PIECE < PIECE ? paged.n - i * PIECE : PIECE, done = 0;
	ssize_t got;

	if (mprotect(to, PIECE, PROT_READ | PROT_WRITE) != 0)
		__builtin_trap();
	paged.here[i] = 1;
	paged.first = i != 0 && i < paged.first ? i : paged.first;
	do {
		got = pread(paged.fd, to + done, n - done, (off_t)(i * PIECE + done));
		done += got > 0 ? (size_t)got : 0;
	} while (done < n && (got > 0 || (got < 0 && errno == EINTR)));
	paged.failed = paged.failed || done < n;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr - (uintptr_t)paged.memory;
	size_t i = at / PIECE;
	int error = errno;

	if (i < n_pieces(paged.n) && paged.here[i] == 0) {
		read_piece(i);
		errno = error;
		return;
	}
	/* a fault like any other */
	if ((paged.before.sa_flags & SA_SIGINFO) != 0)
		paged.before.sa_sigaction(number, info, context);
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
	paged.memory = (uint8_t *)p + (PIECE - (uintptr_t)p % PIECE) % PIECE;
	paged.most = n;
	paged.here = calloc(n / PIECE, 1);
	(void)madvise(paged.memory, n, MADV_HUGEPAGE);
	if (paged.here == NULL || sigaction(SIGSEGV, &a, &paged.before) != 0)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for large files");
	return true;
}

struct span paged_open(int fd, size_t n)
{
	if (n > paged.most)
		return (struct span){ 0 };
	paged.fd = fd;
	paged.n = n;
	paged.first = n_pieces(n);
	paged.failed = false;
	return (struct span){ paged.memory, n };
}

/* Lets the pieces [from, to) go. */
static void let_go(size_t from, size_t to)
{
	uint8_t *at = paged.memory + from * PIECE;
	size_t n = (to - from) * PIECE;

	if (from >= to)
		return;
	if (mprotect(at, n, PROT_NONE) != 0 || madvise(at, n, MADV_DONTNEED) != 0)
		__builtin_trap(); /* what is not here must not be taken for zeros */
	memset(paged.here + from, 0, to - from);
}

void paged_passed(const uint8_t *end)
{
	uintptr_t at = (uintptr_t)end - (uintptr_t)paged.memory;
	size_t to = at / PIECE;

	if (at > paged.n || to < paged.first + AHEAD)
		return;
	let_go(paged.first, to - AHEAD);
	paged.first = to - AHEAD;
}

bool paged_close(void)
{
	let_go(0, n_pieces(paged.n));
	paged.n = 0;
	return !paged.failed;
}

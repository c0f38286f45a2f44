/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe_impl.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int map(size_t n, int protection, int flags)
{
	return probe_outcome(syscall(SYS_mmap, 0, n, protection, flags, -1, 0));
}

/* ---- memory */

enum { OWN = MAP_PRIVATE | MAP_ANONYMOUS, WRITABLE = PROT_READ | PROT_WRITE };

/* The kernel takes it for a stack, which RLIMIT_DATA does not count. */
int probe_memory_growing(void) { return map(PAGE, WRITABLE, OWN | MAP_GROWSDOWN); }

int probe_memory_huge_pages(void) { return map(2 << 20, WRITABLE, OWN | MAP_HUGETLB); }

int probe_memory_locked(void) { return map(PAGE, WRITABLE, OWN | MAP_LOCKED); }

/* To read alone, which RLIMIT_DATA does not count: 6 GiB of page tables, were all of it read. */
int probe_memory_addresses(void) { return map((size_t)3 << 40, PROT_READ, OWN | MAP_NORESERVE); }

/* Pages that the kernel shares among processes which hold the same bytes: who writes to one can
 * tell by the time it takes what others hold. */
int probe_memory_merged(void)
{
	uint8_t page[2 * PAGE];
	uintptr_t at = ((uintptr_t)page + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

	return probe_outcome(syscall(SYS_madvise, at, PAGE, MADV_MERGEABLE));
}

int probe_memory_shared_segment(void)
{
	return probe_outcome(syscall(SYS_shmget, 0 /* private */, PAGE, 0600));
}

/* ---- code */

/* What a file's bytes would be once they are jumped to. */
int probe_memory_run_written(void)
{
#ifdef __x86_64__
	static const uint8_t code[] = { 0xc3 }; /* ret */
	uint8_t *p = mmap(NULL, PAGE, WRITABLE, OWN, -1, 0);
	void (*run)(void);

	if (p == MAP_FAILED)
		return errno;
	memcpy(p, code, sizeof code);
	memcpy(&run, &p, sizeof run);
	run();
	return 0;
#else
	return ENOSYS;
#endif
}

int probe_memory_write_code(void)
{
	int (*own)(void) = probe_memory_write_code;
	volatile uint8_t *p;

	memcpy(&p, &own, sizeof p);
	*p = *p;
	return 0;
}

int probe_memory_remap(void)
{
	return probe_outcome(syscall(SYS_remap_file_pages, 0, PAGE, 0, 0, 0));
}

int probe_memory_protect_key(void)
{
	return probe_outcome(syscall(SYS_pkey_mprotect, 0, PAGE, PROT_READ | PROT_EXEC, -1));
}

/* ---- clocks */

#ifdef __x86_64__
typedef int clock_call(clockid_t, struct timespec *);

/* The program headers of what the kernel lays into each process, and where it is. */
struct image {
	const uint8_t *base;
	const Elf64_Sym *symbol;
	const char *name;
	uint32_t n; /* of symbols */
};

static bool read_dynamic(struct image *m, const Elf64_Dyn *d)
{
	for (; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			m->symbol = (const void *)(m->base + d->d_un.d_ptr);
		if (d->d_tag == DT_STRTAB)
			m->name = (const void *)(m->base + d->d_un.d_ptr);
	}
	/* the names follow the symbols */
	if (m->symbol == NULL || (const void *)m->name < (const void *)m->symbol)
		return false;
	m->n = (uint32_t)((size_t)(m->name - (const char *)m->symbol) / sizeof *m->symbol);
	return true;
}

/* False where it is not there; where nothing is, reading ends the process. */
static bool find_image(struct image *m)
{
	const volatile uint8_t *at = (const uint8_t *)getauxval(AT_SYSINFO_EHDR); /* NOLINT */

	if (at == NULL || at[0] != ELFMAG0 || at[1] != ELFMAG1)
		return false;
	m->base = (const uint8_t *)(uintptr_t)at;
	const Elf64_Ehdr *head = (const void *)m->base;
	const Elf64_Phdr *part = (const void *)(m->base + head->e_phoff);
	for (unsigned i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC)
			return read_dynamic(m, (const void *)(m->base + part[i].p_offset));
	return false;
}
#endif

/* By the kernel's own code in each process: the hour to some milliseconds, without the counter. */
int probe_memory_coarse_clock(void)
{
#ifdef __x86_64__
	struct image m = { 0 };
	struct timespec now;
	clock_call *call;

	if (!find_image(&m))
		return ENOENT;
	for (uint32_t i = 0; i < m.n; i++) {
		if (strcmp(m.name + m.symbol[i].st_name, "__vdso_clock_gettime") != 0)
			continue;
		const uint8_t *p = m.base + m.symbol[i].st_value;
		memcpy(&call, &p, sizeof call);
		return call(CLOCK_REALTIME_COARSE, &now) == 0 ? 0 : EPERM;
	}
	return ENOENT;
#else
	return ENOSYS;
#endif
}

/* By the pages that this code reads, which lie before it: seconds since 1970 stand in them. */
int probe_memory_clock_page(void)
{
#ifdef __x86_64__
	enum { PAGES = 8 };
	const uint64_t sooner = 1700000000, later = 4000000000;
	uintptr_t code = getauxval(AT_SYSINFO_EHDR);

	if (code == 0)
		return ENOENT;
	for (uintptr_t at = code - PAGES * PAGE; at < code; at += sizeof(uint64_t)) {
		uint64_t v = *(const volatile uint64_t *)at; /* NOLINT */
		if (v > sooner && v < later)
			return 0;
	}
	return ENOENT;
#else
	return ENOSYS;
#endif
}

/* By the page that old programs called. */
int probe_memory_old_clock(void)
{
#ifdef __x86_64__
	const uintptr_t at = 0xffffffffff600400; /* time(2) */
	long (*call)(long *);

	memcpy(&call, &at, sizeof call);
	return call(NULL) > 0 ? 0 : EPERM;
#else
	return ENOSYS;
#endif
}

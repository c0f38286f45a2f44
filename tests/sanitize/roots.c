/* SPDX-License-Identifier: Apache-2.0
 *
 * Linked into sanitized programs: where LeakSanitizer looks for pointers.  By itself it reads all
 * data of the program and its libraries, of which nine megabytes are the sanitizers' own tables,
 * hardly used, each page of them a page fault: half of what a short run takes.  A page that was
 * never touched holds zeros, or what the program's file has there, so that no pointer is missed
 * where it is told of the pages that were touched instead, as if they were all that is loaded.  It
 * asks by dl_iterate_phdr, which the linker calls __wrap_dl_iterate_phdr here (--wrap), from within
 * a call of the same that keeps others from loading anything; who asks outside, as what names the
 * places of a report does, is told of what is loaded.
 *
 * Before the program starts it asks as well, for the dynamic loader, so as to hold what that
 * allocates for held.  It is told of nothing: to keep the names of what is loaded it fills lists of
 * a megabyte, and what the loader allocates here is held by its own data.
 */
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE    ((uintptr_t)4096)
#define TOUCHED (UINT64_C(3) << 62) /* in memory, or swapped out: proc_pid_pagemap(5) */
#define AT_ONCE 512                 /* pages that the kernel is asked about */
#define MOST    4096                /* runs of pages that were touched */

typedef int visitor(struct dl_phdr_info *info, size_t size, void *data);
int __real_dl_iterate_phdr(visitor *visit, void *data);
int __wrap_dl_iterate_phdr(visitor *visit, void *data);

static ElfW(Phdr) runs[MOST];
static size_t nruns; /* MOST: there may be more */
static bool started; /* the program: the sanitizers did before it */
static bool known;   /* the runs */
static int inside;   /* calls of which one is not over */

static void add(uintptr_t page)
{
	ElfW(Phdr) *last = nruns > 0 ? &runs[nruns - 1] : NULL;

	if (last != NULL && last->p_vaddr + last->p_memsz == page)
		last->p_memsz += PAGE;
	else if (nruns < MOST)
		runs[nruns++] = (ElfW(Phdr)){
			.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = page, .p_memsz = PAGE
		};
}

/* Adds those of n <= AT_ONCE pages that were touched; all of them where the kernel does not say. */
static void add_touched(int pagemap, uintptr_t at, size_t n)
{
	uint64_t of[AT_ONCE];
	off_t place = (off_t)(at / PAGE * sizeof of[0]);
	bool says = pread(pagemap, of, n * sizeof of[0], place) == (ssize_t)(n * sizeof of[0]);

	for (size_t i = 0; i < n; i++)
		if (!says || (of[i] & TOUCHED) != 0)
			add(at + i * PAGE);
}

static int add_data(struct dl_phdr_info *info, size_t size, void *pagemap)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = (uintptr_t)(info->dlpi_addr + p->p_vaddr);
		uintptr_t to = (from + p->p_memsz + PAGE - 1) & ~(PAGE - 1);
		size_t n;

		if (p->p_type != PT_LOAD || (p->p_flags & PF_W) == 0 || p->p_memsz == 0)
			continue;
		for (uintptr_t at = from & ~(PAGE - 1); at < to; at += n * PAGE) {
			n = (to - at) / PAGE < AT_ONCE ? (to - at) / PAGE : AT_ONCE;
			add_touched(*(int *)pagemap, at, n);
		}
	}
	return 0;
}

int __wrap_dl_iterate_phdr(visitor *visit, void *data)
{
	struct dl_phdr_info touched = { .dlpi_name = "",
					.dlpi_phdr = runs,
					.dlpi_phnum = (ElfW(Half))nruns };
	int result;

	if (!started)
		return 0;
	if (!known)
		return __real_dl_iterate_phdr(visit, data);
	if (inside > 0)
		return visit(&touched, sizeof touched, data);
	inside++;
	result = __real_dl_iterate_phdr(visit, data);
	inside--;
	return result;
}

/* After all else that ends the program, and before LeakSanitizer, which was there first, looks. */
static void find_runs(void)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	__real_dl_iterate_phdr(add_data, &pagemap);
	if (pagemap >= 0)
		close(pagemap);
	known = nruns < MOST;
}

static void at_start(void) __attribute__((constructor));
static void at_start(void)
{
	started = true;
	(void)atexit(find_runs);
}

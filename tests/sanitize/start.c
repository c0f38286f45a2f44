/* SPDX-License-Identifier: Apache-2.0
 *
 * Linked into sanitized programs: what AddressSanitizer (of clang 14) does at each start and need
 * not.  The linker calls what is here in place of what it names (--wrap).  Both were a third of the
 * page faults at a start, of which a worker has one for each container that it opened.
 *
 * The sanitizer may not be there yet: nothing here may be instrumented.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define BARE __attribute__((no_sanitize("address", "undefined", "coverage")))
#define PAGE ((uintptr_t)4096)
#define MUCH ((size_t)65536)

extern char __bss_start[], _end[]; /* the linker's */
void *__real_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name);
/* __sanitizer::internal_memset(void *, int, unsigned long) */
void *__real__ZN11__sanitizer15internal_memsetEPvim(void *at, int byte, size_t n);
void *__wrap__ZN11__sanitizer15internal_memsetEPvim(void *at, int byte, size_t n);

/* What the C library does not have is not looked for: of all functions that the sanitizer can stand
 * before Debian's lacks forty-seven.  The dynamic loader writes a message for each into memory that
 * it asks for, and the allocator that serves it fills a list of a megabyte.  Of another C library,
 * which has one of them, the sanitizer would not check its calls; no program here makes any. */
static const char *const absent[] = { /* whole names, but for those that end in `*` */
				      "xdr*",
				      "__isoc99_printf",
				      "__isoc99_sprintf",
				      "__isoc99_snprintf",
				      "__isoc99_fprintf",
				      "__isoc99_vprintf",
				      "__isoc99_vsprintf",
				      "__isoc99_vsnprintf",
				      "__isoc99_vfprintf",
				      "__pthread_mutex_lock",
				      "__pthread_mutex_unlock",
				      "pthread_mutexattr_getrobust_np",
				      "crypt",
				      "crypt_r",
				      "__cxa_throw",
				      "__cxa_rethrow_primary_exception",
				      "swift_demangle"
};

BARE static bool is(const char *name, const char *pattern)
{
	size_t i = 0;

	while (pattern[i] != '\0' && pattern[i] == name[i])
		i++;
	return pattern[i] == '*' || pattern[i] == name[i];
}

BARE void *__wrap_dlsym(void *handle, const char *name)
{
	for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
		if (is(name, absent[i]))
			return NULL;
	return __real_dlsym(handle, name);
}

/* That allocator clears half a megabyte which nobody wrote to.  What is cleared of memory that
 * began as zeros is given back to the kernel, which gives zeros where it is touched again. */
BARE void *__wrap__ZN11__sanitizer15internal_memsetEPvim(void *at, int byte, size_t n)
{
	const uintptr_t from = (uintptr_t)at, first = (from + PAGE - 1) & ~(PAGE - 1);
	const uintptr_t to = from + n, last = to & ~(PAGE - 1);

	if (byte != 0 || n < MUCH || from < (uintptr_t)__bss_start + PAGE || to > (uintptr_t)_end ||
	    madvise((void *)first, last - first, MADV_DONTNEED) != 0)
		return __real__ZN11__sanitizer15internal_memsetEPvim(at, byte, n);
	__real__ZN11__sanitizer15internal_memsetEPvim(at, 0, first - from);
	__real__ZN11__sanitizer15internal_memsetEPvim((void *)last, 0, to - last);
	return at;
}

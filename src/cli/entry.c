/* SPDX-License-Identifier: Apache-2.0 */
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Where a program that is linked whole (static-pie, x86-64) begins: before the C library relocates
 * it, the kernel is asked once for all pages of its data.  Relocation writes to nearly each of
 * them, and each would cost a fault of its own: half of all that a worker has in its life.  A
 * kernel older than 5.14 refuses, and the faults come one by one as ever.
 *
 * Nothing is relocated here, and there is no stack protector's value yet: what these functions name
 * is found relative to the code. */

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden"))); /* the linker's */
void entry_populate(void) __attribute__((visibility("hidden"), no_stack_protector));

void entry_populate(void)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const ElfW(Phdr) *segment = (const void *)(base + __ehdr_start.e_phoff);

	for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
		if (segment[i].p_type != PT_LOAD || !(segment[i].p_flags & PF_W))
			continue;
		uintptr_t from = (base + segment[i].p_vaddr) & ~(uintptr_t)4095;
		uintptr_t to = base + segment[i].p_vaddr + segment[i].p_memsz;
		long status = SYS_madvise; /* what comes of it changes nothing */
		__asm__ volatile("syscall"
				 : "+a"(status)
				 : "D"(from), "S"((to - from + 4095) & ~(uintptr_t)4095),
				   "d"((long)MADV_POPULATE_WRITE)
				 : "rcx", "r11", "memory");
	}
}

/* The kernel leaves in %rdx what _start gives to atexit(); the stack is as _start wants it. */
__asm__(".pushsection .text\n"
	".globl entry_of_program\n"
	".hidden entry_of_program\n"
	".type entry_of_program, @function\n"
	"entry_of_program:\n"
	"	endbr64\n"
	"	mov %rdx, %rbx\n"
	"	call entry_populate\n"
	"	mov %rbx, %rdx\n"
	"	jmp _start\n"
	".size entry_of_program, .-entry_of_program\n"
	".popsection\n");

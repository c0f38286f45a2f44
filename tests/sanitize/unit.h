/* SPDX-License-Identifier: Apache-2.0
 *
 * Included before each source by the sanitized build: a symbol that others can see, of which the
 * linker keeps one. AddressSanitizer (of clang 14) registers all globals of a program in one call
 * only if each object file exports something, and what -fsanitize=fuzzer-no-link has put into a
 * group of its own does not count for it.  Else each file is registered by itself, which makes up a
 * third of the page faults at a program's start.
 */
#ifndef __ASSEMBLER__
extern char exported_for_the_sanitizer;
__attribute__((no_sanitize("address"))) char exported_for_the_sanitizer = 0;
#endif

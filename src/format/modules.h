/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_MODULES_H
#define PEL_FORMAT_MODULES_H

/* All modules, in one order that databases rely on: a module's number is its index here. */

#include "format/module.h"

enum module_number {
	MODULE_PE,
	MODULE_ELF,
	MODULE_MATH,
	MODULE_HASH,
	MODULE_STRING,
	MODULE_TIME,
	MODULE_CONSOLE,
	MODULE_MAGIC,
	MODULE_MACHO,
	MODULE_DEX,
	MODULE_LNK,
	MODULE_CUCKOO,
	MODULE_VT,
	MODULE_DOTNET,
	MODULE_CLAMAV,
	MODULE_COUNT
};

extern const struct module pe_module, elf_module;
extern const struct module math_module, hash_module, string_module, time_module, console_module;
extern const struct module magic_module, macho_module, dex_module, lnk_module, cuckoo_module;
extern const struct module vt_module, dotnet_module, clamav_module;

/* MODULE_COUNT of them. */
extern const struct module *const modules_all[MODULE_COUNT];

/* The number of the module of that name, or MODULE_COUNT. */
size_t modules_find(struct span name);

#endif

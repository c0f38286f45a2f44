/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"

/* clang-format off */
const struct module *const modules_all[MODULE_COUNT] = {
	[MODULE_PE] = &pe_module,
	[MODULE_ELF] = &elf_module,
	[MODULE_MATH] = &math_module,
	[MODULE_HASH] = &hash_module,
	[MODULE_STRING] = &string_module,
	[MODULE_TIME] = &time_module,
	[MODULE_CONSOLE] = &console_module,
	[MODULE_MAGIC] = &magic_module,
	[MODULE_MACHO] = &macho_module,
	[MODULE_DEX] = &dex_module,
	[MODULE_LNK] = &lnk_module,
	[MODULE_CUCKOO] = &cuckoo_module,
	[MODULE_VT] = &vt_module,
	[MODULE_DOTNET] = &dotnet_module,
	[MODULE_CLAMAV] = &clamav_module,
};
/* clang-format on */

size_t modules_find(struct span name)
{
	for (size_t i = 0; i < MODULE_COUNT; i++)
		if (span_is(name, modules_all[i]->name))
			return i;
	return MODULE_COUNT;
}

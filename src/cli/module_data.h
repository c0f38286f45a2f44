/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_MODULE_DATA_H
#define PEL_CLI_MODULE_DATA_H

/* Files that the user gives to modules: --module-data=MODULE=FILE. */

#include "base/buf.h"
#include "engine/scan.h"

enum { MODULE_DATA_MAX = 16 /* modules that are given some */, MODULE_DATA_SIZE = 256 << 20 };

/* All zero at first. */
struct module_data {
	bool lenient; /* data for a module that is unknown is passed over, as by yara */
	size_t n;
	struct scan_module_data data[MODULE_DATA_MAX];
	struct buf file[MODULE_DATA_MAX];
};

/* Reads the file that `text` names; a module's second file replaces its first. */
NODISCARD bool module_data_add(struct module_data *m, const char *text, struct error *e);
void module_data_release(struct module_data *m);

/* Puts what was read into the options, which must not outlive *m. */
void module_data_use(const struct module_data *m, struct scan_options *o);

#endif

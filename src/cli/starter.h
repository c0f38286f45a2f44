/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_STARTER_H
#define PEL_CLI_STARTER_H

#include "base/cursor.h"

/* The starter rules as a built database, which the program carries (starter_main.c made it). */
extern const uint8_t starter_database[], starter_database_end[];

static inline struct span starter_rules(void)
{
	return (struct span){ starter_database, (size_t)(starter_database_end - starter_database) };
}

#endif

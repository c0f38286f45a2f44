/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_HTML_NAMES_H
#define PEL_FORMAT_HTML_NAMES_H

#include "base/cursor.h"

/* The character that "&name;" stands for in HTML 4.01; 0: none does.  Letters of either case
 * differ. */
uint16_t html_name_code(struct span name);

#endif

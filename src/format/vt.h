/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_VT_H
#define PEL_FORMAT_VT_H

#include "format/modules.h"

/* Constants of the module `vt` (vt_types.c), for its tables (mod_vt.c). */
extern const struct field vt_file_types[], vt_traits[], vt_verdicts[], vt_severities[],
	vt_http_methods[], vt_protocols[], vt_permutations[], vt_formats[], vt_alerts[],
	vt_levels[];

#endif

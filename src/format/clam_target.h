/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_CLAM_TARGET_H
#define PEL_FORMAT_CLAM_TARGET_H

/* The types of objects that ClamAV's signatures are for, and the members of the module `clamav`
 * that compiled signatures ask by number. */

#include "base/cursor.h"

enum clam_target_type {
	CLAM_ANY,
	CLAM_PE,
	CLAM_OLE2,
	CLAM_HTML,
	CLAM_MAIL,
	CLAM_GRAPHICS,
	CLAM_ELF,
	CLAM_TEXT,
	CLAM_UNUSED,
	CLAM_MACHO,
	CLAM_PDF,
	CLAM_FLASH,
	CLAM_JAVA,
	CLAM_INTERNAL,
	CLAM_OTHER,
	CLAM_TARGETS
};

enum clam_member {
	CLAM_TARGET,
	CLAM_ENTRY,
	CLAM_SECTIONS,
	CLAM_LAST,
	CLAM_SECTION_AT,
	CLAM_SECTION_END,
	CLAM_NUMBER
};

/* By ClamAV's magic numbers (filetypes_int.h of 1.4); CLAM_ANY: no type of its own. */
enum clam_target_type clam_target(struct span file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_LNK_H
#define PEL_FORMAT_LNK_H

/*
 * Windows shortcuts ([MS-SHLLINK] 7.0), for the module `lnk`.  The values are YARA-X's; what shell
 * items hold is no part of the specification and follows Joachim Metz's libfwsi documentation.
 */

#include "format/modules.h"

enum {
	LNK_HEADER_SIZE = 76,
	LNK_MAX_STRING = 260,   /* characters, as Windows cuts them; arguments alone are not cut */
	LNK_MAX_ITEMS = 4096,   /* shell items */
	LNK_MAX_BLOCKS = 65536, /* of extra data */
};

enum lnk_field {
	LNK_IS_LNK,
	LNK_NAME,
	LNK_CREATED,
	LNK_ACCESSED,
	LNK_WRITTEN,
	LNK_FILE_SIZE,
	LNK_ATTRIBUTES,
	LNK_ICON,
	LNK_ICON_INDEX,
	LNK_SHOW,
	LNK_DRIVE_TYPE,
	LNK_DRIVE_SERIAL,
	LNK_VOLUME_LABEL,
	LNK_BASE_PATH,
	LNK_SUFFIX,
	LNK_RELATIVE_PATH,
	LNK_WORKING_DIR,
	LNK_ARGUMENTS,
	LNK_OVERLAY_SIZE,
	LNK_OVERLAY_OFFSET,
	LNK_TRACKER,
	LNK_TARGETS,
	LNK_SHOW_COMMANDS,
	LNK_DRIVE_TYPES,
	LNK_ITEM_TYPES
};
enum {
	LNK_TRACKER_VERSION,
	LNK_TRACKER_MACHINE,
	LNK_TRACKER_VOLUME,
	LNK_TRACKER_FILE,
	LNK_TRACKER_BIRTH_VOLUME,
	LNK_TRACKER_BIRTH_FILE
};
enum {
	LNK_ITEM_TYPE,
	LNK_ITEM_DATA,
	LNK_ITEM_CPL,
	LNK_ITEM_ROOT,
	LNK_ITEM_VOLUME_NAME,
	LNK_ITEM_VOLUME_ID,
	LNK_ITEM_FILE_NAME,
	LNK_ITEM_NETWORK
};

extern const struct field lnk_fields[], lnk_tracker_fields[], lnk_item_fields[];

bool lnk_load(struct module_input *in, struct value *slots, struct error *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_OLE1_H
#define PEL_UNPACK_OLE1_H

/* Objects of OLE 1.0 as RTF and OLE2 carry them ([MS-OLEDS] 2.2), and the files that the Packager
 * put in them. */

#include "base/cursor.h"

enum { OLE1_NAME_MAX = 255 };

struct ole1_object {
	char class_name[OLE1_NAME_MAX + 1];
	struct span native; /* the embedded object's bytes, in place; of a link all bytes: where it
			       leads is in them */
	bool cut;           /* fewer bytes are there than its header says */
};

/* Reads an object's header ([MS-OLEDS] 2.2.4 and 2.2.5).  False where s is none. */
bool ole1_object(struct span s, struct ole1_object *out);

/*
 * Reads what the Packager writes: a label, a path and a file.  False where s is no package.  *data
 * lies in s and is cut where s is; `name` is the label, else the last part of the path.
 */
bool ole1_package(struct span s, char name[OLE1_NAME_MAX + 1], struct span *data);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_INSPECT_H
#define PEL_ENGINE_INSPECT_H

/* The modules' values of a file as JSON, and the modules' documentation: both from the tables. */

#include "base/json_write.h"
#include "format/modules.h"

/* One object with a member for each module that applies to the file. */
void inspect_json(struct json_writer *j, struct span file, struct arena *a);

/* The manual of all modules, in Markdown. */
void inspect_document(struct buf *out);

#endif

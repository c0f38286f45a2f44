/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_VERDICT_JSON_H
#define PEL_ENGINE_VERDICT_JSON_H

/* The one JSON of a verdict: docs/formats/verdict.md. */

#include "base/json_write.h"
#include "engine/verdict.h"

/* Writes one object.  `path` may be any bytes: what is no UTF-8 is given in hexadecimal too. */
void verdict_json(struct json_writer *j, const struct db *db, struct span path,
		  const struct verdict *v);

/* Writes the object that is child i of *v, the verdict on the file at `file`. */
void verdict_json_child(struct json_writer *j, const struct db *db, struct span file,
			const struct verdict *v, size_t i);

/* The same for an object that could not be opened or was too large, or for a rule that was left out
 * (empty: none) of the source `path`: incomplete, and why. */
void verdict_json_skipped(struct json_writer *j, const struct db *db, struct span path,
			  struct span rule, const struct error *e);

#endif

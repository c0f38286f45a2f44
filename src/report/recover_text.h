/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REPORT_RECOVER_TEXT_H
#define PEL_REPORT_RECOVER_TEXT_H

/* What `recover` found, for people and as JSON (docs/recover.md).  Names from files are escaped. */

#include "base/json_write.h"
#include "recover/identify.h"

/* What to do now, before anything else. */
void recover_text_first(struct buf *out);

/* One line: id, state, whether it can be undone, title. */
void recover_text_line(const struct family *f, struct buf *out);
/* All that is known of it. */
void recover_text_family(const struct family *f, struct buf *out);
void recover_json_family(const struct family *f, struct json_writer *j);

/* The answers with their evidence, runners-up and contradictions. */
void recover_text_identify(const struct identify *id, struct buf *out);
void recover_json_identify(const struct identify *id, struct json_writer *j);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_TEXTS_H
#define PEL_ENGINE_TEXTS_H

/* The normalised views of a text or an HTML file, for ClamAV's signatures that are written for
 * them. */

#include "base/buf.h"
#include "format/clam_target.h"

enum { TEXTS_VIEWS = 2 };

struct texts {
	struct buf room[TEXTS_VIEWS];
	struct texts_view {
		const char *name; /* in a way: ":text" */
		struct span bytes;
		enum clam_target_type as;
	} view[TEXTS_VIEWS];
	size_t n;
	bool failed; /* there was no memory for one */
};

void texts_init(struct texts *t);
void texts_release(struct texts *t);

/* Does an object have views? */
enum texts_kind { TEXTS_NONE, TEXTS_PLAIN, TEXTS_HTML };
enum texts_kind texts_kind_of(struct span object);

/* Makes them; they last until the next call. */
void texts_make(struct texts *t, enum texts_kind kind, struct span object);

#endif

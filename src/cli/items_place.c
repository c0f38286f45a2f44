/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/items_place.h"

#include "base/io.h"
#include "cli/release_extract.h"
#include "trust/generations.h"
#include "trust/verify/items.h"
#include "trust/verify/release.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool take_apart(struct span text, struct items_place *p, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char rules[DURABLE_PATH_SIZE];

	if (!durable_path(p->work, e, "%s/pellucid.XXXXXX", tmp != NULL ? tmp : "/tmp"))
		return false;
	if (mkdtemp(p->work) == NULL) {
		p->work[0] = '\0';
		return error_set(e, REASON_IO, PLACE_NONE, "no directory to take rules apart in");
	}
	p->source = "rules";
	p->back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return durable_path(rules, e, "%s/rules", p->work) &&
	       release_extract(text, true, rules, e) &&
	       ((p->back >= 0 && chdir(p->work) == 0) ||
		error_set(e, REASON_IO, PLACE_NONE, "no directory to take rules apart in"));
}

bool items_place_open(const char *path, struct items_place *p, struct error *e)
{
	struct error other;
	struct stat st;
	struct buf b;
	bool ok = true;

	*p = (struct items_place){ .source = path, .back = -1 };
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return true; /* for the reader of sources to say what is wrong with it */
	buf_init(&b, RELEASE_MAX_ARTIFACT);
	if (io_read_file(path, &b, e)) {
		struct cursor c = cursor_of(buf_span(&b));
		if (items_begin(&c, &other))
			ok = take_apart(buf_span(&b), p, e);
	}
	buf_release(&b);
	return ok;
}

void items_place_release(struct items_place *p)
{
	if (p->back >= 0 && fchdir(p->back) == 0)
		close(p->back);
	if (p->work[0] != '\0')
		generations_remove(p->work);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proven.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/text.h"
#include "cli/proofs_ask.h"
#include "cli/release_extract.h"
#include "cli/sources.h"
#include "trust/durable.h"
#include "trust/generations.h"
#include "trust/trusted.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert((int)PROVEN_PATH == (int)TRUSTED_PATH && (int)PROVEN_SAID == (int)TRUSTED_SAID,
	       "sizes of trusted.h");

const char *proven_directory(const char *dir)
{
	const char *named = getenv("PELLUCID_TRUST");

	return dir != NULL ? dir : named != NULL && named[0] != '\0' ? named : PROVEN_DIRECTORY;
}

/* ---- what may be loaded */

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* With a policy: the proven database, and nothing that is named beside it. */
static bool choose(const struct trusted *t, struct proven_choice *c, struct error *e)
{
	struct trusted_release r = { .left = 0 };
	bool ok = trusted_rules(t, c->path, &r, e) ||
		  error_wrap(e, "the rules are not proven, and are not loaded: ");

	for (size_t i = 0; ok && i < c->n_named; i++)
		ok = same_file(c->named[i], c->path) ||
		     error_set(e, REASON_DENIED, PLACE_NONE,
			       "this machine has a trust policy (%s): rules that no release proves "
			       "are not loaded; --trust=none does without it",
			       t->dir);
	if (ok) {
		trusted_say(t, &r, (uint64_t)time(NULL), c->said);
		c->seq = r.state.seq;
	} else {
		c->path[0] = '\0';
	}
	trusted_release_free(&r);
	return ok;
}

bool proven_choose(const char *trust, struct proven_choice *c, struct error *e)
{
	bool none = trust != NULL && strcmp(trust, "none") == 0;
	struct trusted *t = NULL;

	c->path[0] = '\0';
	snprintf(c->said, sizeof c->said, "not proven (no trust policy%s)",
		 none ? ", as asked for" : "");
	if (none)
		return true;
	if (!trusted_open(proven_directory(trust), &proofs_ask, &t, e))
		return false;
	bool ok = true;
	if (t->configured)
		ok = choose(t, c, e);
	else if (trust != NULL)
		ok = error_set(e, REASON_IO, PLACE_NONE, "no trust policy in %s", t->dir);
	trusted_free(t);
	return ok;
}

/* ---- the database */

/* In the directory that holds `rules`, so that sources have the names that they have everywhere. */
static bool build_here(struct buf *database, struct error *e)
{
	struct sources s;
	bool ok = sources_open(&s) && sources_add(&s, "rules", NULL, e) && sources_build(&s, e);

	if (ok)
		buf_put_span(database, sources_bytes(&s));
	sources_release(&s);
	return ok && (buf_ok(database) ||
		      error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a database"));
}

bool proven_build(struct span rules, struct buf *database, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char work[DURABLE_PATH_SIZE], inner[DURABLE_PATH_SIZE];
	int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok = false;

	(void)error_set(e, REASON_IO, PLACE_NONE, "no directory to build in");
	buf_init(database, SIZE_MAX);
	if (back >= 0 && durable_path(work, e, "%s/pellucid.XXXXXX", tmp != NULL ? tmp : "/tmp") &&
	    mkdtemp(work) != NULL) {
		ok = durable_path(inner, e, "%s/rules", work) &&
		     release_extract(rules, true, inner, e) && chdir(work) == 0 &&
		     build_here(database, e);
		if (fchdir(back) != 0)
			ok = false;
		generations_remove(work);
	}
	if (back >= 0)
		close(back);
	return ok;
}

/* ---- the program */

bool proven_prefix(char prefix[PROVEN_PATH])
{
	ssize_t n = readlink("/proc/self/exe", prefix, PROVEN_PATH - 1);

	if (n <= 0)
		return false;
	prefix[n] = '\0';
	for (unsigned i = 0; i < 2; i++) { /* bin/pellucid */
		char *slash = strrchr(prefix, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
	return true;
}

/* "sha256 HEX\nsize N\n" of one file */
static bool file_is(const struct items_item *item, const char *prefix, struct error *e)
{
	char path[DURABLE_PATH_SIZE], want[160], hex[HASH_MAX_HEX + 1];
	struct span bytes;
	uint8_t digest[32];

	if (!durable_path(path, e, "%s/%.*s", prefix, (int)item->id.n, (const char *)item->id.p))
		return false;
	if (!io_map_path(path, &bytes, e))
		return false;
	bool ok = hash_of(HASH_SHA256, bytes, digest);
	hex_text(digest, sizeof digest, hex);
	snprintf(want, sizeof want, "sha256 %s\nsize %zu\n", hex, bytes.n);
	ok = ok && span_is(item->text, want);
	io_unmap(bytes);
	return ok ||
	       error_set(e, REASON_CHANGED, PLACE_NONE, "%s is not the file of the release", path);
}

bool proven_program(struct span items, const char *prefix, size_t *n, struct error *e)
{
	struct buf list;

	*n = 0;
	buf_init(&list, SIZE_MAX);
	bool ok = proofs_items(&proofs_ask, items, &list, e);
	const struct items_item *item = proofs_items_of(&list);
	for (size_t i = 0; ok && i < list.n / sizeof *item; i++, ++*n)
		ok = file_is(&item[i], prefix, e);
	buf_release(&list);
	return ok &&
	       (*n != 0 || error_set(e, REASON_DAMAGED, PLACE_NONE, "the release names no files"));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/release_extract.h"
#include "cli/proofs_ask.h"
#include "trust/durable.h"

#include <stdio.h>
#include <sys/stat.h>

/* Ids are names of files: none may lead out of the directory, or be hidden. */
static bool can_be_file(struct span id)
{
	bool begins = true;

	for (size_t i = 0; i < id.n; i++) {
		struct span one = span_cut(id, i, 1);
		if (begins && (span_is(one, ".") || span_is(one, "/")))
			return false;
		begins = span_is(one, "/");
	}
	return id.n != 0 && !begins;
}

/* Of an item: its directory is made, its text stands behind what is in the file already. */
static bool put_item(const struct items_item *item, bool rules, const char *dir, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	size_t n = item->id.n;

	while (rules && n > 0 && !span_is(span_cut(item->id, n - 1, 1), "/"))
		n--;
	if (!durable_path(path, e, "%s/%.*s%s", dir, (int)(rules && n > 0 ? n - 1 : n),
			  (const char *)item->id.p, rules ? ".yar" : ""))
		return false;
	char *slash = strrchr(path, '/');
	*slash = '\0';
	bool made = durable_mkdir(path, 0755, e);
	*slash = '/';
	FILE *f = made ? fopen(path, "ab") : NULL;
	bool ok = f != NULL && fwrite(item->text.p, 1, item->text.n, f) == item->text.n;
	if (f != NULL)
		ok = fclose(f) == 0 && ok;
	return ok || error_set(e, REASON_IO, PLACE_NONE, "%s cannot be written", path);
}

static bool put_items(const struct buf *items, bool rules, const char *dir, struct error *e)
{
	const struct items_item *item = proofs_items_of(items);
	size_t n = items->n / sizeof *item;
	bool higher = true;

	for (unsigned level = 0; higher && level <= ITEMS_MAX_LEVEL; level++) {
		higher = false;
		for (size_t i = 0; i < n; i++) {
			higher = higher || item[i].level > level;
			if (item[i].level == level && !put_item(&item[i], rules, dir, e))
				return false;
		}
	}
	return true;
}

bool release_extract(struct span text, bool rules, const char *dir, struct error *e)
{
	struct buf items;

	buf_init(&items, SIZE_MAX);
	bool ok = proofs_items(&proofs_ask, text, &items, e);
	for (size_t i = 0; ok && i < items.n / sizeof(struct items_item); i++) {
		struct span id = proofs_items_of(&items)[i].id;
		ok = can_be_file(id) ||
		     error_set(e, REASON_DENIED, PLACE_NONE, "item %.*s: no name for a file",
			       (int)id.n, (const char *)id.p);
	}
	if (ok && mkdir(dir, 0755) != 0)
		ok = error_set(e, REASON_IO, PLACE_NONE, "%s: cannot be made, or is there", dir);
	ok = ok && put_items(&items, rules, dir, e);
	buf_release(&items);
	return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/release_items.h"
#include "base/io.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_ITEMS = 1 << 22, MAX_DEPTH = 16 };

void release_items_init(struct release_items *r)
{
	*r = (struct release_items){ .n = 0 };
	buf_init(&r->text, RELEASE_MAX_ARTIFACT);
}

void release_items_release(struct release_items *r)
{
	free(r->list);
	buf_release(&r->text);
	*r = (struct release_items){ .n = 0 };
}

bool release_items_put(struct release_items *r, const char *id, unsigned level, struct span text,
		       struct error *e)
{
	if (!strict_name(span_of(id), "._-/:@+", RELEASE_MAX_ID))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "%.64s: not the name of an item: letters, digits and ._-/:@+", id);
	if (!items_readable(text))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "%.64s: not UTF-8 text that ends in a newline", id);
	if (level > ITEMS_MAX_LEVEL || text.n > ITEMS_MAX_ITEM || r->n == MAX_ITEMS)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%.64s: too large or too deep", id);
	if (r->n == r->room) {
		size_t room = r->room != 0 ? 2 * r->room : 64;
		struct release_item *more = reallocarray(r->list, room, sizeof *more);
		if (more == NULL)
			return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for items");
		r->list = more;
		r->room = room;
	}
	struct release_item *item = &r->list[r->n];
	*item = (struct release_item){ .level = level, .at = r->text.n, .size = text.n };
	snprintf(item->id, sizeof item->id, "%s", id);
	buf_put_span(&r->text, text);
	r->n++;
	return buf_ok(&r->text) || error_set(e, REASON_LIMIT, PLACE_NONE, "items: over 1 GiB");
}

/* ---- from files */

static bool has_ending(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);

	return n > k && strcmp(name + n - k, ending) == 0;
}

/* Lines end in a newline alone: a carriage return before one is dropped. */
static void drop_returns(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != '\r' || i + 1 == b->n || b->p[i + 1] != '\n')
			b->p[n++] = b->p[i];
	b->n = n;
}

/* One file, whose name beneath what was asked for is `name`. */
static bool add_file(struct release_items *r, const char *path, const char *name, bool rules,
		     struct error *e)
{
	char space[DURABLE_PATH_SIZE];
	struct buf b;

	if (!durable_path(space, e, "%s", name))
		return false;
	if (rules && has_ending(name, ".yar"))
		space[strlen(space) - strlen(".yar")] = '\0';
	else if (rules && has_ending(name, ".yara"))
		space[strlen(space) - strlen(".yara")] = '\0';
	buf_init(&b, RELEASE_MAX_ARTIFACT);
	bool ok = io_read_file(path, &b, e);
	if (rules)
		drop_returns(&b);
	if (ok)
		ok = rules ? release_rules_add(r, buf_span(&b), space, e)
			   : release_items_put(r, space, 0, buf_span(&b), e);
	buf_release(&b);
	return ok || error_wrap(e, "%s: ", path);
}

static bool add_beneath(struct release_items *r, const char *path, const char *name, bool rules,
			int depth, struct error *e);

static bool add_directory(struct release_items *r, const char *path, const char *name, bool rules,
			  int depth, struct error *e)
{
	char child[DURABLE_PATH_SIZE], inner[DURABLE_PATH_SIZE];
	struct dirent **entry;
	bool ok = true;
	int n = scandir(path, &entry, NULL, alphasort);

	if (n < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s cannot be read", path);
	for (int i = 0; i < n; i++) {
		const char *d = entry[i]->d_name;
		if (ok && d[0] != '.')
			ok = durable_path(child, e, "%s/%s", path, d) &&
			     durable_path(inner, e, "%s%s%s", name, name[0] != '\0' ? "/" : "",
					  d) &&
			     add_beneath(r, child, inner, rules, depth + 1, e);
		free(entry[i]);
	}
	free(entry);
	return ok;
}

static bool add_beneath(struct release_items *r, const char *path, const char *name, bool rules,
			int depth, struct error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s is not there", path);
	if (S_ISDIR(st.st_mode))
		return depth < MAX_DEPTH
			       ? add_directory(r, path, depth == 0 ? "" : name, rules, depth, e)
			       : error_set(e, REASON_LIMIT, PLACE_NONE, "%s: too deep", path);
	if (!S_ISREG(st.st_mode) ||
	    (depth != 0 && rules && !has_ending(name, ".yar") && !has_ending(name, ".yara")))
		return true;
	return add_file(r, path, name, rules, e);
}

bool release_items_add(struct release_items *r, const char *path, bool rules, struct error *e)
{
	const char *slash = strrchr(path, '/');

	return add_beneath(r, path, slash != NULL ? slash + 1 : path, rules, 0, e);
}

/* ---- to the canonical text */

static int by_id(const void *a, const void *b)
{
	return release_order(span_of(((const struct release_item *)a)->id),
			     span_of(((const struct release_item *)b)->id));
}

bool release_items_write(struct release_items *r, struct buf *out, struct error *e)
{
	struct release_count n;

	if (r->n != 0)
		qsort(r->list, r->n, sizeof *r->list, by_id);
	buf_put_text(out, "pellucid/items/v1\n");
	for (size_t i = 0; i < r->n; i++) {
		const struct release_item *item = &r->list[i];
		if (i != 0 && strcmp(r->list[i - 1].id, item->id) == 0)
			return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: two of that name",
					 item->id);
		buf_printf(out, "item %s %u %zu\n", item->id, item->level, item->size);
		buf_put(out, r->text.p + item->at, item->size);
	}
	if (!buf_ok(out))
		return error_set(e, REASON_LIMIT, PLACE_NONE, "items: over 1 GiB");
	/* what a client would refuse is refused here */
	return items_diff((struct span){ NULL, 0 }, buf_span(out), &n, NULL, NULL, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "review/group.h"
#include "review/lines.h"

void group_gather(struct gather *g, const char *kind, const char *directory,
		  const char *const *files, size_t n)
{
	char path[GATHER_MAX_PATH];

	(void)gather_note(g, kind, span_of(directory));
	for (size_t i = 0; i < n; i++)
		if (gather_path(g, path, directory, files[i]))
			(void)gather_file(g, path, GROUP_MAX_FILE);
}

bool group_next(const struct bundle *b, size_t *at, struct group *out)
{
	while (*at < bundle_count(b) && bundle_get(b, *at).kind != ITEM_NOTE)
		++*at;
	if (*at >= bundle_count(b))
		return false;
	struct item note = bundle_get(b, *at);
	*out = (struct group){ .kind = note.name, .name = note.bytes, .first = ++*at };
	while (*at < bundle_count(b) && bundle_get(b, *at).kind != ITEM_NOTE)
		++*at;
	out->end = *at;
	return true;
}

struct span group_value(const struct bundle *b, const struct group *g, const char *file)
{
	for (size_t i = g->first; i < g->end; i++) {
		struct item item = bundle_get(b, i);
		struct span path = span_of(item.name);
		if (path.n == g->name.n + 1 + strlen(file) && lines_ends(path, file) &&
		    path.p[g->name.n] == '/')
			return lines_trim(item.bytes.n != 0 &&
							  item.bytes.p[item.bytes.n - 1] == '\n'
						  ? span_cut(item.bytes, 0, item.bytes.n - 1)
						  : item.bytes);
	}
	return (struct span){ NULL, 0 };
}

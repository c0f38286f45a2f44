/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/ole1.h"

#include "unpack/give.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

/* [MS-OLEDS] 2.2.4: FormatID of the two kinds of object. */
enum { LINKED = 1, EMBEDDED = 2 };

/* A string with its length before it ([MS-OLEDS] 2.1.4). */
static struct span sized_string(struct cursor *c)
{
	uint32_t n = cursor_le32(c);

	return cursor_take(c, n);
}

bool ole1_object(struct span s, struct ole1_object *out)
{
	struct cursor c = cursor_of(s);

	*out = (struct ole1_object){ .cut = false };
	cursor_skip(&c, 4); /* OLEVersion: programs ignore it (2.2.4) */
	uint32_t kind = cursor_le32(&c);
	struct span class_name = sized_string(&c);
	(void)sized_string(&c); /* topic */
	(void)sized_string(&c); /* item */
	uint32_t size = cursor_le32(&c);
	if (!cursor_ok(&c) || (kind != EMBEDDED && kind != LINKED))
		return false;
	(void)wide_narrow(class_name, out->class_name, sizeof out->class_name);
	if (kind == LINKED) {
		out->native = s;
		return true;
	}
	out->cut = size > cursor_left(&c);
	out->native = cursor_take(&c, out->cut ? cursor_left(&c) : size);
	return true;
}

/* The part of a path after its last separator. */
static struct span last_part(struct span path)
{
	size_t from = 0;

	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '\\' || path.p[i] == '/' || path.p[i] == ':')
			from = i + 1;
	return span_cut(path, from, path.n);
}

bool ole1_package(struct span s, char name[OLE1_NAME_MAX + 1], struct span *data)
{
	struct cursor c = cursor_of(s);

	uint16_t kind = cursor_le16(&c);
	struct span label = cursor_cstring(&c, 4096);
	struct span path = cursor_cstring(&c, 4096);
	cursor_skip(&c, 4);     /* 0, 3: a file, not a link to one */
	(void)sized_string(&c); /* where the file was */
	uint32_t size = cursor_le32(&c);
	if (!cursor_ok(&c) || kind != 2)
		return false;
	(void)wide_narrow(last_part(label.n != 0 ? label : path), name, OLE1_NAME_MAX + 1);
	*data = cursor_take(&c, size < cursor_left(&c) ? size : cursor_left(&c));
	return true;
}

bool package_known(const struct unpack_look *look) { return span_is(look->type, "ole2/package"); }

/* A stream `\\1Ole10Native` ([MS-OLEDS] 2.3.6): the size, then a package or another program's data.
 */
bool package_read(struct span object, struct unpack *u, struct error *e)
{
	struct span data = span_cut(object, 4, object.n), file;
	char name[OLE1_NAME_MAX + 1] = "native";

	(void)e;
	if (!ole1_package(data, name, &file))
		file = data;
	(void)(file.n == 0 || give_whole(u, span_of(name), NULL, file));
	return true;
}

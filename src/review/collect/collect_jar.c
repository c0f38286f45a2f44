/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/tree.h"
#include "unpack/decode.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Java archives: zip files (APPNOTE.TXT 4.3) whose META-INF/maven/GROUP/ARTIFACT/pom.properties
 * names what Maven built, or else META-INF/MANIFEST.MF what it is; archives in archives (a WAR's
 * libraries, a "fat" jar) are read too, MAX_DEPTH levels deep.
 */

enum {
	MAX_DEPTH = 4,
	MAX_MEMBER = 64 << 20, /* bytes of an archive within another */
	MAX_TEXT = 1 << 20,
	MAX_DIRECTORY = 64 << 20,
	MAX_MEMBERS = 1 << 18,
	END_SIZE = 22,
	END_SEARCH = END_SIZE + 65535,
	LOCAL_SIZE = 30,
	SIGNATURE_END = 0x06054b50,
	SIGNATURE_ENTRY = 0x02014b50,
	SIGNATURE_LOCAL = 0x04034b50,
	STORED = 0,
	DEFLATED = 8,
};

static bool is_archive(struct span name)
{
	return lines_ends(name, ".jar") || lines_ends(name, ".war") || lines_ends(name, ".ear");
}

static void take_file(const struct tree *t, int at, const char *name, const char *path)
{
	if (!is_archive(span_of(name)))
		return;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		coverage_gap(t->g->cover, path, reason_word(REASON_DENIED), "cannot be opened");
		return;
	}
	(void)gather_away(t->g, path, SIZE_MAX);
	close(fd);
}

static void gather(struct gather *g)
{
	static const char *const places[] = {
		"/usr/share/java",  "/usr/lib/jvm",     "/usr/local", "/opt", "/srv",
		"/var/lib/tomcat9", "/var/lib/tomcat10"
	};
	struct tree t = { .g = g, .file = take_file };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		(void)tree_walk(&t, places[i]);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no Java archives");
}

/* ---- reading */

struct jar {
	struct fact_writer *w;
	const char
		*path; /* of the file, and the ways of archives in it: "a.war!/WEB-INF/lib/b.jar" */
	struct region *file;
	unsigned depth;
	bool named; /* by Maven */
};

struct entry {
	struct span name;
	uint16_t method;
	uint32_t packed, size, at;
};

static bool add(void *ctx, struct span bytes)
{
	struct buf *b = ctx;

	buf_put_span(b, bytes);
	return buf_ok(b);
}

static bool unpack(const struct jar *j, const struct entry *e, struct buf *out)
{
	struct cursor c = cursor_of(region_get(j->file, e->at, LOCAL_SIZE));
	struct decode_out to = { add, out };
	struct buf packed;
	size_t used;

	uint32_t signature = cursor_le32(&c);
	cursor_skip(&c, LOCAL_SIZE - 4 - 4);
	uint16_t n_name = cursor_le16(&c), n_extra = cursor_le16(&c);
	uint64_t at = (uint64_t)e->at + LOCAL_SIZE + n_name + n_extra;
	if (!cursor_ok(&c) || signature != SIGNATURE_LOCAL)
		return false;
	if (e->method == STORED)
		return region_load(j->file, at, e->packed, out);
	buf_init(&packed, MAX_MEMBER);
	bool ok = e->method == DEFLATED && region_load(j->file, at, e->packed, &packed) &&
		  decode_inflate(buf_span(&packed), DECODE_RAW, &to, &used) == DECODE_WHOLE;
	buf_release(&packed);
	return ok;
}

static struct span property(struct span text, char parted_by, const char *key)
{
	struct span line, name, value;

	while (lines_next(&text, &line))
		if (lines_split(line, parted_by, &name, &value) && span_is(lines_trim(name), key))
			return lines_trim(value);
	return (struct span){ NULL, 0 };
}

static void put_end(struct jar *j, const char *type, struct span version)
{
	fact_put_text(j->w, FACT_TYPE, type);
	fact_put(j->w, FACT_VERSION, version);
	fact_put_text(j->w, FACT_STATE, "installed");
	fact_put_text(j->w, FACT_PARENT, j->path);
	fact_end(j->w);
}

static void read_maven(struct jar *j, struct span text)
{
	struct span group = property(text, '=', "groupId"),
		    artifact = property(text, '=', "artifactId");

	if (artifact.n == 0)
		return;
	fact_begin(j->w, FACT_PACKAGE);
	fact_printf(j->w, FACT_NAME, "%.*s:%.*s", (int)group.n, (const char *)group.p,
		    (int)artifact.n, (const char *)artifact.p);
	put_end(j, "maven", property(text, '=', "version"));
	j->named = true;
}

static void read_manifest(struct jar *j, struct span text)
{
	static const char *const names[] = { "Implementation-Title", "Bundle-SymbolicName",
					     "Automatic-Module-Name" };
	struct span name = { NULL, 0 }, version = property(text, ':', "Implementation-Version");

	for (size_t i = 0; name.n == 0 && i < sizeof names / sizeof *names; i++)
		name = property(text, ':', names[i]);
	if (version.n == 0)
		version = property(text, ':', "Bundle-Version");
	fact_begin(j->w, FACT_PACKAGE);
	fact_put(j->w, FACT_NAME, name.n != 0 ? name : lines_base(span_of(j->path)));
	fact_put(j->w, FACT_VENDOR, property(text, ':', "Implementation-Vendor"));
	put_end(j, "jar", version);
}

static void read_jar(struct fact_writer *w, const char *path, struct region *file, unsigned depth);

static void read_inner(struct jar *j, const struct entry *e)
{
	struct region inner;
	struct buf bytes, way;

	if (j->depth == MAX_DEPTH) {
		fact_gap(j->w, j->path, REASON_LIMIT, "limit: too many archives in each other");
		return;
	}
	buf_init(&bytes, MAX_MEMBER);
	buf_init(&way, GATHER_MAX_PATH * (MAX_DEPTH + 1));
	buf_printf(&way, "%s!/", j->path);
	buf_put_span(&way, span_cut(e->name, 0, GATHER_MAX_PATH / 2));
	buf_put_u8(&way, 0);
	if (!buf_ok(&way) || !unpack(j, e, &bytes)) {
		fact_gap(j->w, j->path, REASON_DAMAGED, "damaged: an archive in it is cut off");
	} else {
		region_of_memory(&inner, buf_span(&bytes));
		read_jar(j->w, (const char *)way.p, &inner, j->depth + 1);
	}
	buf_release(&bytes);
	buf_release(&way);
}

static void read_text(struct jar *j, const struct entry *e, void (*read)(struct jar *, struct span))
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (unpack(j, e, &text))
		read(j, buf_span(&text));
	else
		fact_gap(j->w, j->path, REASON_DAMAGED, "damaged: a member cannot be unpacked");
	buf_release(&text);
}

/* Loads the directory, and how many members it has, from the record at the end. */
static bool load_directory(struct region *file, struct buf *directory, uint32_t *n)
{
	uint64_t least = file->size > END_SEARCH ? file->size - END_SEARCH : 0;
	struct span end = region_get(file, least, END_SEARCH);

	for (size_t at = end.n >= END_SIZE ? end.n - END_SIZE + 1 : 0; at > 0; at--) {
		struct cursor c = cursor_of(span_cut(end, at - 1, END_SIZE));
		if (cursor_le32(&c) != SIGNATURE_END)
			continue;
		cursor_skip(&c, 6);
		*n = cursor_le16(&c);
		uint32_t size = cursor_le32(&c), from = cursor_le32(&c);
		return cursor_ok(&c) && (uint64_t)from + size <= least + at - 1 &&
		       region_load(file, from, size, directory);
	}
	return false;
}

static bool next_entry(struct cursor *c, struct entry *e)
{
	uint32_t signature = cursor_le32(c);

	cursor_skip(c, 6);
	e->method = cursor_le16(c);
	cursor_skip(c, 8);
	e->packed = cursor_le32(c);
	e->size = cursor_le32(c);
	uint16_t n_name = cursor_le16(c), n_extra = cursor_le16(c), n_comment = cursor_le16(c);
	cursor_skip(c, 8);
	e->at = cursor_le32(c);
	e->name = cursor_take(c, n_name);
	cursor_skip(c, (uint64_t)n_extra + n_comment);
	return cursor_ok(c) && signature == SIGNATURE_ENTRY;
}

static void read_members(struct jar *j, struct span directory, uint32_t n)
{
	struct cursor c = cursor_of(directory);
	struct entry e, manifest = { .at = UINT32_MAX };

	for (uint32_t i = 0; i < n; i++) {
		if (!next_entry(&c, &e)) {
			fact_gap(j->w, j->path, REASON_DAMAGED,
				 "damaged: the directory is cut off");
			break;
		}
		if (lines_starts(e.name, "META-INF/maven/") &&
		    lines_ends(e.name, "/pom.properties"))
			read_text(j, &e, read_maven);
		else if (span_is(e.name, "META-INF/MANIFEST.MF"))
			manifest = e;
		else if (is_archive(e.name))
			read_inner(j, &e);
	}
	if (!j->named && manifest.at != UINT32_MAX)
		read_text(j, &manifest, read_manifest);
}

static void read_jar(struct fact_writer *w, const char *path, struct region *file, unsigned depth)
{
	struct jar j = { .w = w, .path = path, .file = file, .depth = depth };
	struct buf directory;
	uint32_t n;

	buf_init(&directory, MAX_DIRECTORY);
	if (load_directory(file, &directory, &n))
		read_members(&j, buf_span(&directory), n);
	else
		fact_gap(w, path, REASON_DAMAGED, "damaged: no directory of a zip file");
	buf_release(&directory);
}

static void read_jars(const struct bundle *b, struct fact_writer *w)
{
	struct region file;

	for (size_t i = 0; i < bundle_count(b); i++) {
		bundle_region(b, i, &file);
		read_jar(w, bundle_peek(b, i).name, &file, 0);
	}
}

const struct collector collect_jar = {
	.name = "jar",
	.title = "Java archives",
	.looks = "*.jar, *.war, *.ear of /usr/share/java, /usr/lib/jvm, /usr/local, /opt, /srv, "
		 "Tomcat",
	.stage = 1,
	.gather = gather,
	.read = read_jars,
};

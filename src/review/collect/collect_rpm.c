/* SPDX-License-Identifier: Apache-2.0 */
#include "review/bdb_hash.h"
#include "review/collect.h"
#include "review/lines.h"
#include "review/owned_writer.h"
#include "review/sqlite_table.h"

#include <stdio.h>

/*
 * Packages of rpm.  A package is a header (rpm's lib/header.c): counts of entries and of bytes,
 * entries of tag, type, offset and count, then the bytes; all big-endian.  Headers lie in the table
 * `Packages` of rpmdb.sqlite, in the blobs of Packages.db (lib/backend/ndb/rpmpkg.c,
 * little-endian), or as the values of Packages, a hash of Berkeley DB, whose key 0 holds a counter.
 */

enum {
	MAX_DATABASE = 1 << 30,
	MAX_ENTRIES = 1 << 16,
	MAX_FILES = 1 << 20, /* of one package */
	ENTRY = 16,
	NDB_SLOT = 16,
	NDB_BLOCK = 16,
	NDB_HEADER = 32,
	NDB_PAGE = 4096,
};

enum tag {
	TAG_DSA = 267,
	TAG_RSA = 268,
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_VENDOR = 1011,
	TAG_ARCH = 1022,
	TAG_SOURCE = 1044,
	TAG_DIRECTORY_OF = 1116,
	TAG_BASES = 1117,
	TAG_DIRECTORIES = 1118,
};

static const char *const places[] = { "/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm" };

/* ---- gathering */

static bool take_store(struct gather *g, const char *directory)
{
	static const char *const stores[] = { "rpmdb.sqlite", "Packages.db", "Packages" };
	char path[GATHER_MAX_PATH];
	struct error e;
	struct stat st;
	bool any = false;

	for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
		if (gather_path(g, path, directory, stores[i]))
			any = gather_file(g, path, MAX_DATABASE) || any;
	if (gather_path(g, path, directory, "rpmdb.sqlite-wal") &&
	    root_stat(g->root, path, &st, &e) && st.st_size > 0)
		coverage_gap(
			g->cover, path, reason_word(REASON_UNSUPPORTED),
			"unsupported: changes that are in the write-ahead log alone are not seen");
	return any;
}

static void gather(struct gather *g)
{
	struct stat seen = { .st_ino = 0 }, st;
	struct error e;
	bool any = false;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (!root_stat(g->root, places[i], &st, &e) ||
		    (st.st_ino == seen.st_ino && st.st_dev == seen.st_dev)) /* a link to the last */
			continue;
		seen = st;
		any = take_store(g, places[i]) || any;
	}
	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no database of rpm");
}

/* ---- headers */

struct header {
	struct cursor entries; /* at the first */
	uint32_t n;
	struct span data;
};

static bool open_header(struct span blob, struct header *h)
{
	struct cursor c = cursor_of(blob);
	uint32_t n = cursor_be32(&c), size = cursor_be32(&c);

	if (!cursor_ok(&c) || n == 0 || n > MAX_ENTRIES)
		return false;
	struct span entries = cursor_take(&c, (uint64_t)n * ENTRY);
	struct span data = cursor_take(&c, size);
	*h = (struct header){ .entries = cursor_of(entries), .n = n, .data = data };
	return cursor_ok(&c);
}

/* The bytes from where the tag's values begin; empty where it is not there. */
static struct span find(const struct header *h, enum tag wanted, uint32_t *count)
{
	struct cursor c = h->entries;

	*count = 0;
	for (uint32_t i = 0; i < h->n; i++) {
		uint32_t tag = cursor_be32(&c);
		cursor_skip(&c, 4);
		uint32_t at = cursor_be32(&c), n = cursor_be32(&c);
		if (cursor_ok(&c) && tag == (uint32_t)wanted) {
			*count = n;
			return span_cut(h->data, at, SIZE_MAX);
		}
	}
	return (struct span){ NULL, 0 };
}

static struct span text_of(const struct header *h, enum tag tag)
{
	uint32_t n;
	struct span s = find(h, tag, &n);
	struct cursor c = cursor_of(s);

	return n != 0 ? cursor_cstring(&c, s.n) : (struct span){ NULL, 0 };
}

/* ---- whose key signed it: RFC 4880, 4.2 and 5.2 */

static struct span subpacket_issuer(struct cursor c)
{
	while (cursor_left(&c) > 1) {
		uint32_t n = cursor_u8(&c);
		if (n >= 192 && n < 255)
			n = ((n - 192) << 8) + cursor_u8(&c) + 192;
		else if (n == 255)
			n = cursor_be32(&c);
		struct span body = cursor_take(&c, n);
		if (body.n == 9 && (body.p[0] & 0x7f) == 16) /* issuer */
			return span_cut(body, 1, 8);
		if (body.n == 22 && (body.p[0] & 0x7f) == 33) /* issuer fingerprint, version 4 */
			return span_cut(body, 2, 20);
	}
	return (struct span){ NULL, 0 };
}

static struct span issuer(struct span packet)
{
	struct cursor c = cursor_of(packet);
	uint8_t tag = cursor_u8(&c);
	struct span found;

	if ((tag & 0x40) == 0) { /* the old form of length */
		cursor_skip(&c, (tag & 3) == 0 ? 1 : (tag & 3) == 1 ? 2 : (tag & 3) == 2 ? 4 : 0);
	} else {
		uint8_t n = cursor_u8(&c);
		cursor_skip(&c, n < 192 ? 0 : n < 255 ? 1 : 4);
	}
	uint8_t version = cursor_u8(&c);
	if (version == 3) {
		cursor_skip(&c, 6);
		return cursor_take(&c, 8);
	}
	cursor_skip(&c, 3);
	for (unsigned i = 0; i < 2 && version == 4; i++) { /* hashed, then not hashed */
		uint16_t n = cursor_be16(&c);
		found = subpacket_issuer(cursor_sub(&c, c.at, n));
		cursor_skip(&c, n);
		if (found.n != 0)
			return found;
	}
	return (struct span){ NULL, 0 };
}

static void put_signer(const struct header *h, struct fact_writer *w)
{
	char hex[2 * 20 + 1];
	uint32_t n;
	struct span s = find(h, TAG_RSA, &n);

	if (n == 0)
		s = find(h, TAG_DSA, &n);
	struct span id = issuer(span_cut(s, 0, n));
	for (size_t i = 0; i < id.n && i < 20; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", id.p[i]);
	fact_put(w, FACT_SIGNER, span_cut(span_of(id.n != 0 ? hex : ""), 0, 2 * id.n));
}

/* ---- packages */

static void put_files(const struct header *h, struct owned_writer *o)
{
	uint32_t n_bases, n_directories, n_of;
	struct cursor bases = cursor_of(find(h, TAG_BASES, &n_bases));
	struct span directories = find(h, TAG_DIRECTORIES, &n_directories);
	struct cursor of = cursor_of(find(h, TAG_DIRECTORY_OF, &n_of));
	uint8_t path[GATHER_MAX_PATH];
	struct span directory = { NULL, 0 };
	uint32_t at = UINT32_MAX;

	for (uint32_t i = 0; i < n_bases && i < MAX_FILES; i++) {
		uint32_t wanted = cursor_be32(&of);
		struct span base = cursor_cstring(&bases, GATHER_MAX_PATH);
		if (!cursor_ok(&of) || !cursor_ok(&bases) || wanted >= n_directories)
			return;
		if (wanted != at) { /* files of one directory stand together */
			struct cursor c = cursor_of(directories);
			for (uint32_t k = 0; k <= wanted && cursor_ok(&c); k++)
				directory = cursor_cstring(&c, GATHER_MAX_PATH);
			at = wanted;
		}
		if (directory.n == 0 || directory.n + base.n > sizeof path)
			continue;
		memcpy(path, directory.p, directory.n);
		memcpy(path + directory.n, base.n != 0 ? base.p : path, base.n);
		owned_writer_put(o, (struct span){ path, directory.n + base.n });
	}
}

struct context {
	struct fact_writer *w;
	struct owned_writer *o;
	bool damaged;
};

static void put_package(struct context *x, struct span blob)
{
	struct header h;
	uint32_t n_epoch;

	if (!open_header(blob, &h) || text_of(&h, TAG_NAME).n == 0) {
		x->damaged = true;
		return;
	}
	struct span version = text_of(&h, TAG_VERSION), release = text_of(&h, TAG_RELEASE);
	struct cursor epoch = cursor_of(find(&h, TAG_EPOCH, &n_epoch));
	char before[16] = "";
	if (n_epoch != 0)
		(void)snprintf(before, sizeof before, "%u:", cursor_be32(&epoch));
	fact_begin(x->w, FACT_PACKAGE);
	fact_put(x->w, FACT_NAME, text_of(&h, TAG_NAME));
	fact_put_text(x->w, FACT_TYPE, "rpm");
	fact_printf(x->w, FACT_VERSION, "%s%.*s-%.*s", before, (int)version.n,
		    (const char *)version.p, (int)release.n, (const char *)release.p);
	fact_put(x->w, FACT_ARCH, text_of(&h, TAG_ARCH));
	fact_put_text(x->w, FACT_STATE, "installed");
	fact_put(x->w, FACT_SOURCE, text_of(&h, TAG_SOURCE));
	fact_put(x->w, FACT_VENDOR, text_of(&h, TAG_VENDOR));
	put_signer(&h, x->w);
	fact_end(x->w);
	put_files(&h, x->o);
}

static bool take_row(void *ctx, struct span record)
{
	put_package(ctx, sqlite_column(record, 1)); /* hnum, blob */
	return true;
}

/* ---- Berkeley DB */

static bool take_value(void *ctx, struct span value)
{
	enum { COUNTER = 4 };

	if (value.n != COUNTER)
		put_package(ctx, value);
	return true;
}

/* ---- ndb */

static bool is_tag(struct cursor *c, const char *tag) { return span_is(cursor_take(c, 4), tag); }

static bool read_ndb(struct span file, struct context *x)
{
	struct cursor c = cursor_of(file);
	bool good = is_tag(&c, "RpmP");
	uint32_t version = cursor_le32(&c);

	cursor_skip(&c, 4); /* generation */
	uint64_t slots_end = (uint64_t)cursor_le32(&c) * NDB_PAGE;
	if (!good || version != 0 || !cursor_ok(&c) || slots_end > file.n)
		return false;
	for (uint64_t at = NDB_HEADER; at + NDB_SLOT <= slots_end; at += NDB_SLOT) {
		cursor_seek(&c, at);
		good = is_tag(&c, "Slot") && good;
		uint32_t number = cursor_le32(&c), block = cursor_le32(&c);
		if (block == 0) /* a free slot */
			continue;
		struct cursor blob =
			cursor_of(span_cut(file, (uint64_t)block * NDB_BLOCK, SIZE_MAX));
		bool head = is_tag(&blob, "BlbS");
		bool same = cursor_le32(&blob) == number;
		cursor_skip(&blob, 4); /* generation */
		struct span bytes = cursor_take(&blob, cursor_le32(&blob));
		if (head && same && cursor_ok(&blob))
			put_package(x, bytes);
		else
			x->damaged = true;
	}
	return good && cursor_ok(&c);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct owned_writer o;

	owned_writer_init(&o, w);
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct context x = { w, &o, false };
		struct error e;
		bool ok = true;
		if (gather_ends(item.name, ".sqlite"))
			ok = sqlite_table(item.bytes, "Packages", take_row, &x, &e);
		else if (gather_ends(item.name, ".db"))
			x.damaged = !read_ndb(item.bytes, &x) || x.damaged;
		else
			ok = bdb_hash(item.bytes, take_value, &x, &e);
		if (!ok)
			fact_gap(w, item.name, e.why, e.text);
		if (x.damaged)
			fact_gap(w, item.name, REASON_DAMAGED,
				 "damaged: a package's header cannot be read");
	}
	owned_writer_end(&o);
}

const struct collector collect_rpm = {
	.name = "rpm",
	.title = "RPM packages",
	.looks = "rpmdb.sqlite, Packages.db and Packages of /var/lib/rpm, "
		 "/usr/lib/sysimage/rpm, /usr/share/rpm",
	.gather = gather,
	.read = read,
};

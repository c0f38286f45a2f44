/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/json_read.h"
#include "base/text.h"
#include "review/collect.h"
#include "review/elf_section.h"
#include "review/lines.h"
#include "review/tree.h"
#include "unpack/decode.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/*
 * What programs were built from, as their linkers wrote it down.
 *
 * Go (debug/buildinfo): the section .go.buildinfo begins with 14 bytes of magic, the size of a
 * pointer and flags; with flag 2 (since 1.18) at byte 32 two strings follow, each after its length
 * as LEB128: the compiler's version, and lines `mod PATH VERSION SUM` and `dep ...` parted by tabs,
 * between two marks of 16 bytes.  Rust (cargo-auditable): the section .dep-v0 is JSON in zlib's
 * wrapping, of packages with name, version, source.
 *
 * Where policies ask for build ids, libraries are looked at too, and those of /usr/lib; what bears
 * one that is asked for is told, and no other.
 */

enum {
	MAGIC = 14,
	STRINGS_AT = 32,
	FLAG_INLINE = 2,
	MARK = 16,
	MAX_STRING = 16 << 20,
	MAX_JSON = 8 << 20,
	MAX_BUILD_ID = 32,
};

static void take_file(const struct tree *t, int at, const char *name, const char *path)
{
	uint8_t head[4];
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    ((st.st_mode & 0111) == 0 && t->g->n_build_ids == 0))
		return;
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		coverage_gap(t->g->cover, path, reason_word(REASON_DENIED), "cannot be opened");
		return;
	}
	if (pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, "\177ELF", 4) == 0)
		(void)gather_away(t->g, path, SIZE_MAX);
	close(fd);
}

static void gather(struct gather *g)
{
	static const char *const places[] = { "/usr/bin",   "/usr/sbin", "/usr/libexec",
					      "/usr/local", "/opt",      "/srv" };
	struct tree t = { .g = g, .file = take_file };

	for (size_t i = 0; i < g->n_build_ids; i++)
		(void)gather_note(g, g->build_ids[i], (struct span){ NULL, 0 });
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		(void)tree_walk(&t, places[i]);
	if (g->n_build_ids != 0)
		(void)tree_walk(&t, "/usr/lib");
}

/* ---- reading */

static void put(struct fact_writer *w, const char *type, struct span name, struct span version,
		struct span source, const char *path)
{
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, type);
	fact_put(w, FACT_VERSION, version);
	fact_put_text(w, FACT_STATE, "installed");
	fact_put(w, FACT_SOURCE, source);
	fact_put_text(w, FACT_PARENT, path);
	fact_end(w);
}

static struct span next_field(struct span *rest)
{
	struct span field, after;

	if (!lines_split(*rest, '\t', &field, &after)) {
		field = *rest;
		after = (struct span){ NULL, 0 };
	}
	*rest = after;
	return field;
}

/* A line `=>` replaces the module of the line before. */
static void read_modules(struct span text, const char *path, struct fact_writer *w)
{
	struct span line, name = { NULL, 0 }, version = { NULL, 0 };
	const struct span none = { NULL, 0 };

	while (lines_next(&text, &line)) {
		struct span kind = next_field(&line);
		bool module = span_is(kind, "mod") || span_is(kind, "dep");
		if (!module && !span_is(kind, "=>"))
			continue;
		if (module && name.n != 0)
			put(w, "go", name, version, none, path);
		name = next_field(&line);
		version = next_field(&line);
	}
	if (name.n != 0)
		put(w, "go", name, version, none, path);
}

static size_t letters(struct span s)
{
	size_t n = 0;

	while (n < s.n && text_is_alnum(s.p[n]) && !(s.p[n] >= '0' && s.p[n] <= '9'))
		n++;
	return n;
}

/* As modules' versions are written: go1.22rc1 is 1.22-rc.1.  `devel go1.23-abc` is a state of the
 * sources before 1.23, and what follows a blank is how it was built. */
static void put_standard_library(struct span text, const char *path, struct fact_writer *w)
{
	const struct span none = { NULL, 0 };
	struct span version = none;
	char before[64];
	size_t n = 0;

	if (lines_word(&text, &version) && span_is(version, "devel"))
		(void)lines_word(&text, &version);
	if (lines_starts(version, "go"))
		version = span_cut(version, 2, SIZE_MAX);
	while (n < version.n &&
	       ((version.p[n] >= '0' && version.p[n] <= '9') || version.p[n] == '.'))
		n++;
	struct span word = span_cut(version, n, SIZE_MAX);
	size_t m = letters(word);
	if (m != 0 && n != 0 && version.n + 3 <= sizeof before) {
		(void)snprintf(before, sizeof before, "%.*s-%.*s%s%.*s", (int)n,
			       (const char *)version.p, (int)m, (const char *)word.p,
			       word.n > m ? "." : "", (int)(word.n - m), (const char *)word.p + m);
		version = span_of(before);
	}
	put(w, "go", span_of("stdlib"), version, none, path);
}

static void read_go(struct span section, const char *path, struct fact_writer *w)
{
	struct cursor c = cursor_of(section);
	struct span magic = cursor_take(&c, MAGIC);

	(void)cursor_u8(&c);
	uint8_t flags = cursor_u8(&c);
	if (!cursor_ok(&c) || !span_is(magic, "\xff Go buildinf:"))
		return;
	if ((flags & FLAG_INLINE) == 0) {
		fact_gap(w, path, REASON_UNSUPPORTED, "unsupported: Go's form before 1.18");
		return;
	}
	cursor_seek(&c, STRINGS_AT);
	struct span version = cursor_take(&c, cursor_uleb(&c));
	struct span modules = cursor_take(&c, cursor_uleb(&c));
	if (!cursor_ok(&c) || modules.n > MAX_STRING) {
		fact_gap(w, path, REASON_DAMAGED, "damaged: Go's build information");
		return;
	}
	put_standard_library(version, path, w);
	if (modules.n >= 2 * MARK)
		read_modules(span_cut(modules, MARK, modules.n - 2 * MARK), path, w);
}

static bool add(void *ctx, struct span bytes)
{
	struct buf *b = ctx;

	buf_put_span(b, bytes);
	return buf_ok(b);
}

static struct span member(const struct json_item *item, const char *name)
{
	struct span s = { NULL, 0 };

	(void)json_read_text(json_read_member(item, name), &s);
	return s;
}

static void read_cargo(struct span section, const char *path, struct fact_writer *w)
{
	struct json_document *d;
	struct buf text;
	struct decode_out out = { add, &text };
	struct error e;
	size_t used;

	buf_init(&text, MAX_JSON);
	enum decode_end end = decode_inflate(section, DECODE_ZLIB, &out, &used);
	if (end != DECODE_WHOLE || !json_read_open(buf_span(&text), 0, &d, &e)) {
		fact_gap(w, path, REASON_DAMAGED, "damaged: cargo-auditable's list");
		buf_release(&text);
		return;
	}
	const struct json_item *list = json_read_member(json_read_root(d), "packages");
	for (size_t i = 0; i < json_read_count(list); i++) {
		const struct json_item *p = json_read_element(list, i);
		put(w, "cargo", member(p, "name"), member(p, "version"), member(p, "source"), path);
	}
	json_read_close(d);
	buf_release(&text);
}

/* Those that policies ask for stand first, in the order of bytes. */
static bool is_asked_for(const struct bundle *b, size_t n, const char *id)
{
	size_t from = 0;

	while (from < n) {
		size_t at = from + (n - from) / 2;
		int c = strcmp(id, bundle_peek(b, at).name);
		if (c == 0)
			return true;
		if (c < 0)
			n = at;
		else
			from = at + 1;
	}
	return false;
}

static void read_build_id(const struct bundle *b, size_t n_ids, const struct item *item,
			  struct elf_file *elf, struct fact_writer *w)
{
	struct span id = elf_file_build_id(elf);
	char hex[2 * MAX_BUILD_ID + 1] = "";

	if (id.n == 0 || id.n > MAX_BUILD_ID)
		return;
	hex_text(id.p, id.n, hex);
	if (!is_asked_for(b, n_ids, hex))
		return;
	fact_begin(w, FACT_OBJECT);
	fact_put(w, FACT_NAME, lines_base(span_of(item->name)));
	fact_put_text(w, FACT_TYPE, "build-id");
	fact_put_text(w, FACT_ID, hex);
	fact_put_text(w, FACT_LOCATION, item->name);
	if (owned_has(b->owned, span_of(item->name)))
		fact_put_text(w, FACT_OWNED_BY, "package");
	fact_end(w);
}

static size_t count_ids(const struct bundle *b)
{
	size_t n = 0;

	while (n < bundle_count(b) && bundle_peek(b, n).kind == ITEM_NOTE)
		n++;
	return n;
}

/* What reads the section of that name, if there is one. */
static void read_section(const struct elf_file *elf, const char *name, const char *path,
			 void (*read)(struct span, const char *, struct fact_writer *),
			 struct buf *bytes, struct fact_writer *w)
{
	buf_reset(bytes);
	if (elf_file_section(elf, name, bytes))
		read(buf_span(bytes), path, w);
	else if (!buf_ok(bytes))
		fact_gap(w, path, REASON_LIMIT, "limit: a section is too large");
}

static void read_built(const struct bundle *b, struct fact_writer *w)
{
	size_t n_ids = count_ids(b);
	struct elf_file elf;
	struct region file;
	struct buf bytes;

	elf_file_init(&elf);
	buf_init(&bytes, MAX_STRING + STRINGS_AT);
	for (size_t i = n_ids; i < bundle_count(b); i++) {
		struct item item = bundle_peek(b, i);
		if (item.kind != ITEM_FILE)
			continue;
		bundle_region(b, i, &file);
		elf_file_read(&elf, &file);
		if (n_ids != 0)
			read_build_id(b, n_ids, &item, &elf, w);
		read_section(&elf, ".go.buildinfo", item.name, read_go, &bytes, w);
		read_section(&elf, ".dep-v0", item.name, read_cargo, &bytes, w);
	}
	buf_release(&bytes);
	elf_file_release(&elf);
}

const struct collector collect_built = {
	.name = "built",
	.title = "What Go and Rust programs were built from",
	.looks = "sections .go.buildinfo and .dep-v0 of programs in /usr/bin, /usr/sbin, "
		 "/usr/libexec, "
		 "/usr/local, /opt, /srv; build ids that policies name, there and in /usr/lib",
	.stage = 1,
	.gather = gather,
	.read = read_built,
};

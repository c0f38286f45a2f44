/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/installshield.h"
#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/readers.h"

#include <string.h>

/*
 * What InstallShield puts behind its setup programs.  There are two ways: each file behind four
 * texts (name, path, version, size), among them cabinets and their headers; and, around an MSI
 * package, a table with a record for each file, hidden under its own name.  Neither was published;
 * both are described by those who read them.
 */

enum {
	MAX_FILES = 4096,
	MAX_TEXT = 512,
	HEAD = 46,    /* of the second way */
	RECORD = 312, /* there */
	NAME = 260,   /* bytes of a name in one */
	BLOCK = 1024, /* after which the key begins anew */
	FLAG_BLOCKS = 4,
	FLAG_HIDDEN = 2,
};

static const char mark[] = "InstallShield"; /* with its NUL */

/* ---- files behind texts */

struct entry {
	struct span name, path, bytes;
	bool cut;
};

struct entries {
	struct entry *e;
	size_t n;
};

static bool decimal(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || v > UINT32_MAX)
			return false;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = v;
	return s.n != 0;
}

static bool is_version(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	return s.n != 0;
}

static bool read_entry(struct cursor *c, struct entry *e)
{
	uint64_t size;

	e->name = cursor_cstring(c, MAX_TEXT);
	e->path = cursor_cstring(c, MAX_TEXT);
	struct span version = cursor_cstring(c, MAX_TEXT);
	if (!cursor_ok(c) || e->name.n == 0 || !is_version(version) ||
	    !decimal(cursor_cstring(c, MAX_TEXT), &size))
		return false;
	e->cut = size > cursor_left(c);
	e->bytes = cursor_take(c, e->cut ? cursor_left(c) : size);
	return true;
}

static bool is_table(struct span s)
{
	return s.n >= HEAD + RECORD && memcmp(s.p, mark, sizeof mark) == 0;
}

bool installshield_begins(struct span s)
{
	struct cursor c = cursor_of(s);
	struct entry e;

	return is_table(s) || (s.n > 8 && s.p[0] > ' ' && s.p[0] < 0x7f && read_entry(&c, &e));
}

/* "data" of "data1.hdr" and of "data2.cab": the name up to the digits. */
static struct span stem_of(struct span name, const char *end, unsigned *number)
{
	size_t n = strlen(end);
	uint64_t v = 0;

	*number = 0;
	if (name.n <= n || memcmp(name.p + name.n - n, end, n) != 0)
		return (struct span){ 0 };
	size_t stop = name.n - n, from = stop;
	while (from > 0 && name.p[from - 1] >= '0' && name.p[from - 1] <= '9')
		from--;
	if (decimal((struct span){ name.p + from, stop - from }, &v))
		*number = (unsigned)v;
	return (struct span){ name.p, from };
}

struct set {
	const struct entries *all;
	struct span stem;
};

static struct span volume(void *ctx, unsigned number)
{
	const struct set *s = ctx;

	for (size_t i = 0; i < s->all->n; i++) {
		unsigned k;
		struct span stem = stem_of(s->all->e[i].name, ".cab", &k);
		if (stem.n != 0 && k == number && span_equal(stem, s->stem))
			return s->all->e[i].bytes;
	}
	return (struct span){ 0 };
}

/* A volume whose header is there is taken apart by it, and not a second time by itself. */
static bool has_header(const struct entries *all, const struct entry *e)
{
	unsigned k;
	struct span stem = stem_of(e->name, ".cab", &k);

	for (size_t i = 0; stem.n != 0 && i < all->n; i++)
		if (span_equal(stem, stem_of(all->e[i].name, ".hdr", &k)) &&
		    installshield_is_header(all->e[i].bytes))
			return true;
	return false;
}

static bool give_entry(struct unpack *u, const struct entries *all, const struct entry *e)
{
	struct unpack_member m = { .name = e->path.n != 0 ? e->path : e->name,
				   .size = e->bytes.n,
				   .packed = e->bytes.n,
				   .at = give_place(u, e->bytes) };
	unsigned number;
	struct set s = { all, stem_of(e->name, ".hdr", &number) };
	struct installshield_volumes v = { volume, &s };

	if (s.stem.n != 0 && installshield_is_header(e->bytes))
		return installshield_cabinet(u, e->bytes, &v);
	if (has_header(all, e) || e->bytes.n == 0)
		return true;
	if (e->cut)
		unpack_gap(u, REASON_DAMAGED, m.at, "InstallShield: the program ends within it");
	return unpack_whole(u, &m, e->bytes);
}

static bool read_entries(struct span object, struct unpack *u, struct error *e)
{
	struct entries all = { .e = arena_array(&u->arena, MAX_FILES, sizeof *all.e) };
	struct cursor c = cursor_of(object), last = c;

	if (all.e == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "InstallShield");
	while (all.n < MAX_FILES && cursor_left(&c) != 0 && read_entry(&c, &all.e[all.n])) {
		all.n++;
		last = c;
	}
	for (size_t i = 0; i < all.n; i++)
		if (!unpack_steps(u, BUDGET_MEMBER_STEPS * all.n) ||
		    !give_entry(u, &all, &all.e[i]))
			return true;
	if (all.n == MAX_FILES)
		unpack_gap(u, REASON_LIMIT, PLACE_NONE, "files: more than %d", MAX_FILES);
	/* what follows is no file: a signature, or the settings of the setup */
	struct span rest = cursor_take(&last, cursor_left(&last));
	(void)(rest.n == 0 || give_whole(u, span_of("rest"), NULL, rest)); /* false: noted */
	return true;
}

/* ---- a table around an MSI package */

struct hidden {
	struct unpack *u;
	struct span name; /* the key */
	uint32_t flags;
};

static void reveal(const struct hidden *h, uint8_t *p, size_t n, uint64_t at)
{
	static const uint8_t more[4] = { 0xec, 0xca, 0x79, 0xf8 }; /* 13 35 86 07, inverted */

	for (size_t i = 0; i < n; i++, at++) {
		uint64_t k = (h->flags & FLAG_BLOCKS) != 0 ? at % BLOCK : at;
		size_t key = (size_t)(k % h->name.n);
		uint8_t b = (uint8_t)(p[i] << 4 | p[i] >> 4);
		p[i] = b ^ h->name.p[key] ^ more[key % 4];
	}
}

/* In the arena, for what is hidden is compressed besides. */
static void give_hidden(const struct hidden *h, struct span in, bool compressed, uint64_t at)
{
	struct decode_out out = decode_member(h->u);
	size_t used;
	uint8_t *p = (h->flags & (FLAG_BLOCKS | FLAG_HIDDEN)) != 0
			     ? arena_copy(&h->u->arena, in.p, in.n)
			     : NULL;

	if ((h->flags & (FLAG_BLOCKS | FLAG_HIDDEN)) != 0) {
		if (p == NULL) {
			unpack_gap(h->u, REASON_LIMIT, at, "memory: InstallShield's hidden files");
			return;
		}
		reveal(h, p, in.n, 0);
		in.p = p;
	}
	if (compressed && in.n > 2 && (in.p[0] & 15) == 8)
		decode_gap(h->u, decode_inflate(in, DECODE_ZLIB, &out, &used), at, "InstallShield");
	else
		(void)out.put(out.ctx, in);
}

static bool read_table(struct span object, struct unpack *u, struct error *e)
{
	struct cursor c = cursor_of(object);

	cursor_skip(&c, sizeof mark);
	uint16_t n = cursor_le16(&c);
	cursor_seek(&c, HEAD);
	for (unsigned i = 0; i < n; i++) {
		struct cursor r = cursor_sub(&c, c.at, RECORD), name = cursor_sub(&c, c.at, NAME);
		struct hidden h = { .u = u, .name = cursor_cstring(&name, NAME) };
		uint64_t at = cursor_place(&c);
		cursor_skip(&r, NAME);
		h.flags = cursor_le32(&r);
		cursor_skip(&r, 4);
		uint32_t size = cursor_le32(&r);
		cursor_skip(&r, 8);
		bool compressed = cursor_le16(&r) != 0;
		cursor_skip(&c, RECORD);
		if (!cursor_ok(&c) || !cursor_ok(&name) || h.name.n == 0)
			return error_set(e, REASON_DAMAGED, at, "InstallShield: record %u of %u", i,
					 n);
		size_t left = cursor_left(&c);
		struct span in = cursor_take(&c, size < left ? size : left);
		struct unpack_member m = {
			.name = h.name, .size = UNPACK_UNKNOWN, .packed = size, .at = at
		};
		if (!unpack_steps(u, BUDGET_MEMBER_STEPS + size) || !unpack_begin(u, &m))
			return true;
		if (in.n < size)
			unpack_gap(u, REASON_DAMAGED, at, "InstallShield: the program ends in it");
		give_hidden(&h, in, compressed, at);
		unpack_end(u);
	}
	return true;
}

bool installshield_known(const struct unpack_look *look)
{
	/* what a program carries, and a file that holds nothing else */
	return is_table(look->bytes) ||
	       (look->type.n != 0 && span_is(look->type, "installshield") &&
		installshield_begins(look->bytes));
}

bool installshield_read(struct span object, struct unpack *u, struct error *e)
{
	return is_table(object) ? read_table(object, u, e) : read_entries(object, u, e);
}

/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OLE2 files: doc, xls, ppt, msi, msg, vbaProject.bin ([MS-CFB]).
 *
 * Every stream is a child called by its path, also one that no tree reaches.  Beside them, found by
 * what Office's formats keep in which stream:
 *   - the source of each VBA module, `VBA/Module1.bas` ([MS-OVBA]): by the project's list of
 * modules, and by looking for compressed source in every other stream, since the list may lie;
 *   - the files that the Packager put into `\1Ole10Native` ([MS-OLEDS] 2.3.6);
 *   - the OLE2 files that a presentation keeps compressed ([MS-PPT] 2.10.34);
 *   - the formulas of Excel 4 macro sheets as text ([MS-XLS]);
 *   - what Hangul's documents (HWP 5.0) keep as raw deflate in their streams.
 * What is encrypted is decrypted where a password fits, and says so else (office_read.h).
 */

#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/office_read.h"
#include "unpack/ole2.h"
#include "unpack/ovba.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

#include <stdio.h>

enum {
	PATH_BYTES = 1024,
	ATTACHMENT_NAMES = 4,    /* streams that may hold one */
	ATTACHMENT_BYTES = 2048, /* of such a stream that are read */
	SECTOR_STEPS = 40,       /* to walk past a sector, twice */
	SIBLING_STEPS = 20       /* to compare a name */
};

/* What is known of a stream by the list of modules. */
struct module_stream {
	struct span bytes; /* empty: it was not looked into */
	uint64_t read_at;  /* behind the place of the source that was read last; 0: none was */
	bool all_read;     /* there is no source in it but what was read */
};

struct reader {
	struct unpack *u;
	struct ole2 o;
	struct office office;
	struct module_stream *module; /* for each entry */
	bool deflated;                /* the document's streams may be */
	/* for each storage, those without one first: the streams that name an attachment in it */
	int32_t (*named)[ATTACHMENT_NAMES];
};

/* The bytes of a stream, for looking into it.  Its chain is walked twice, and has as many sectors
 * as the file at most. */
static struct span stream_bytes(struct reader *r, const struct ole2_entry *s)
{
	bool mini = s->size < r->o.mini_cutoff;
	uint64_t most = mini ? r->o.mini_fat.n / 4 : r->o.n_sectors;
	uint64_t n = s->size >> (mini ? r->o.mini_shift : r->o.shift);
	struct span bytes;
	struct error e;

	if (!unpack_steps(r->u, SECTOR_STEPS * (1 + (n < most ? n : most))))
		return (struct span){ NULL, 0 };
	return ole2_stream(&r->o, s, &bytes, &e) || e.why != REASON_MEMORY
		       ? bytes
		       : (struct span){ NULL, 0 };
}

/* ---- VBA */

static struct ole2_entry *sibling(struct reader *r, int32_t parent, const char *name)
{
	for (size_t i = 0; i < r->o.n_entries; i++) {
		struct ole2_entry *s = &r->o.entry[i];
		if (s->type == OLE2_STREAM && s->parent == parent && ole2_same_name(s->name, name))
			return s;
	}
	return NULL;
}

/* No source is found in a stream by searching but the one at `at`. */
static bool is_only_source(struct span stream, uint64_t at)
{
	struct span rest = span_cut(stream, at + 4, stream.n);

	return ovba_find_source(stream) == at && ovba_find_source(rest) == rest.n;
}

/* A module's source as a member beside its stream, unless it was just given: the list may name a
 * stream again, and another place in it. */
static bool give_module(struct reader *r, struct ole2_entry *s, const struct ovba_module *module)
{
	char name[PATH_BYTES + OVBA_NAME_MAX + 8];
	struct module_stream *in = &r->module[s - r->o.entry];

	if (in->bytes.n == 0)
		in->bytes = stream_bytes(r, s);
	struct span source = span_cut(in->bytes, module->offset, in->bytes.n);
	struct cursor first = cursor_of(source);
	if (cursor_u8(&first) != 1 || in->read_at == module->offset + UINT64_C(1))
		return true; /* it will be looked for in the stream */
	if (!unpack_steps(r->u, in->bytes.n))
		return false;
	in->read_at = module->offset + UINT64_C(1);
	in->all_read = in->all_read || is_only_source(in->bytes, module->offset);
	ole2_path(&r->o, s, name, PATH_BYTES);
	size_t at = strlen(name), own = strlen(s->name);
	at -= own < at ? own : at;
	(void)snprintf(name + at, sizeof name - at, "%s.bas", module->name);
	return ovba_give(r->u, span_of(name), source);
}

/* The modules that a `dir` stream lists. */
static bool give_modules(struct reader *r, const struct ole2_entry *dir)
{
	bool damaged = false;
	struct span text = ovba_decompress(stream_bytes(r, dir), r->o.arena, &damaged);
	struct cursor c = cursor_of(text);
	struct ovba_module module;

	while (ovba_next_module(&c, &module)) {
		struct ole2_entry *s = sibling(r, dir->parent, module.stream);
		if (!unpack_steps(r->u, SIBLING_STEPS * r->o.n_entries))
			return false;
		if (s != NULL && !give_module(r, s, &module))
			return false;
		if (ole2_same_name(module.stream, module.narrow_stream))
			continue;
		s = sibling(r, dir->parent, module.narrow_stream);
		if (!unpack_steps(r->u, r->o.n_entries) ||
		    (s != NULL && !give_module(r, s, &module)))
			return false;
	}
	return true;
}

/* ---- Hangul's documents */

enum { HWP_MARK = 32, HWP_DEFLATED = 1, HWP_PASSWORD = 2, HWP_ENOUGH = 256 };

/* What the stream that describes such a document says (HWP 5.0, 3.2.1). */
static void read_hwp(struct reader *r)
{
	const struct ole2_entry *s = sibling(r, 0, "FileHeader");
	struct cursor c = cursor_of(s != NULL ? stream_bytes(r, s) : (struct span){ NULL, 0 });

	if (!decode_starts(cursor_take(&c, HWP_MARK), "HWP Document File"))
		return;
	cursor_skip(&c, 4); /* version */
	uint32_t flags = cursor_le32(&c);
	r->deflated = (flags & HWP_DEFLATED) != 0 && (flags & HWP_PASSWORD) == 0;
	if ((flags & HWP_PASSWORD) != 0)
		unpack_gap(r->u, REASON_ENCRYPTED, PLACE_NONE, "HWP: by a password");
}

/* A stream inflated, beside itself, where it is deflated: pictures are not, and previews.  False:
 * the budget is spent. */
static bool give_inflated(struct reader *r, const struct ole2_entry *s)
{
	char path[PATH_BYTES];
	struct span packed = s->type == OLE2_STREAM ? stream_bytes(r, s) : (struct span){ NULL, 0 };
	struct decode_out out = decode_member(r->u);
	size_t used;
	struct unpack_member m = { .size = UNPACK_UNKNOWN,
				   .packed = packed.n,
				   .at = give_place(r->u, packed) };

	if (!decode_inflates(packed, DECODE_RAW, HWP_ENOUGH))
		return true;
	ole2_path(&r->o, s, path, PATH_BYTES - sizeof "/inflated");
	size_t n = strlen(path);
	(void)snprintf(path + n, sizeof path - n, "/inflated");
	m.name = span_of(path);
	if (!unpack_begin(r->u, &m))
		return false;
	decode_gap(r->u, decode_inflate(packed, DECODE_RAW, &out, &used), m.at, "HWP");
	unpack_end(r->u);
	return true;
}

/* ---- streams */

/* What a stream is, by its name: the types that the readers of streams know.  Of one that is
 * encrypted they would make nothing. */
static const char *type_of(const struct reader *r, const struct ole2_entry *s)
{
	static const struct {
		const char *name, *type;
	} known[] = {
		{ "\1Ole10Native", "ole2/package" },
		{ "PowerPoint Document", "ole2/powerpoint" },
		{ "Workbook", "ole2/workbook" },
		{ "Book", "ole2/workbook" },
		/* the body of a message as HTML ([MS-OXPROPS] PidTagHtml, PidTagBodyHtml) */
		{ "__substg1.0_10130102", "text/html" },
		{ "__substg1.0_1013001F", "text/html" },
		{ "__substg1.0_1013001E", "text/html" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (ole2_same_name(s->name, known[i].name) && !office_closed(&r->office, s))
			return known[i].type;
	return r->module[s - r->o.entry].all_read ? "ole2/module" : "ole2/stream";
}

/* Finds for all storages at once which streams name an attachment there: the first of each name. */
static bool find_names(struct reader *r)
{
	static const char *const names[ATTACHMENT_NAMES] = { "__substg1.0_3707001F",
							     "__substg1.0_3707001E",
							     "__substg1.0_3704001F",
							     "__substg1.0_3704001E" };
	size_t n = r->o.n_entries;

	if (r->named != NULL)
		return true;
	r->named = arena_array(&r->u->arena, n + 1, sizeof *r->named);
	if (r->named == NULL)
		return false;
	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k < ATTACHMENT_NAMES; k++)
			r->named[i][k] = OLE2_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct ole2_entry *s = &r->o.entry[i];
		for (size_t k = 0; k < ATTACHMENT_NAMES && s->type == OLE2_STREAM; k++) {
			int32_t *named = &r->named[s->parent + 1][k];
			if (*named == OLE2_NONE && ole2_same_name(s->name, names[k]))
				*named = (int32_t)i;
		}
	}
	return true;
}

/* The first bytes of a stream: as many as a name has. */
static struct span first_bytes(struct reader *r, const struct ole2_entry *s,
			       uint8_t to[ATTACHMENT_BYTES])
{
	struct ole2_piece p = ole2_pieces(&r->o, s);
	struct span piece;
	size_t n = 0;

	if (p.left > ATTACHMENT_BYTES)
		p.left = ATTACHMENT_BYTES;
	while ((piece = ole2_next(&r->o, &p)).n != 0 && piece.n <= ATTACHMENT_BYTES - n) {
		memcpy(to + n, piece.p, piece.n);
		n += piece.n;
	}
	return (struct span){ to, n };
}

/* The data of an attachment of a message ([MS-OXMSG] 2.2.2) is called by the attachment's own name,
 * which stands in a stream beside it, in place of the stream's. */
static void name_attachment(struct reader *r, const struct ole2_entry *s, char path[PATH_BYTES])
{
	uint8_t room_for_name[ATTACHMENT_BYTES];
	size_t n = strlen(path), own = strlen(s->name);

	if (strncmp(s->name, "__substg1.0_3701", 16) != 0 || own > n || !find_names(r))
		return;
	for (size_t k = 0; k < ATTACHMENT_NAMES; k++) {
		int32_t at = r->named[s->parent + 1][k];
		struct span bytes = at != OLE2_NONE ? first_bytes(r, &r->o.entry[at], room_for_name)
						    : (struct span){ 0 };
		if (bytes.n == 0)
			continue;
		size_t room = PATH_BYTES - (n - own);
		if (k % 2 == 0)
			(void)wide_text(bytes, path + n - own, room);
		else
			(void)wide_narrow(bytes, path + n - own, room);
		return;
	}
}

static bool give_stream(struct reader *r, const struct ole2_entry *s)
{
	char path[PATH_BYTES];
	struct unpack_member m = { .size = s->size, .packed = s->size };

	if (s->type != OLE2_STREAM || s->size == 0)
		return true;
	struct ole2_piece p = ole2_pieces(&r->o, s);
	struct span piece = ole2_next(&r->o, &p);
	m.type = span_of(type_of(r, s));
	ole2_path(&r->o, s, path, sizeof path);
	name_attachment(r, s, path);
	m.name = span_of(path);
	m.at = give_place(r->u, piece);
	if (p.left == 0 && piece.n != 0)
		return unpack_whole(r->u, &m, piece);
	if (!unpack_begin(r->u, &m))
		return false;
	while (piece.n != 0 && unpack_write(r->u, piece))
		piece = ole2_next(&r->o, &p);
	if (piece.n == 0 && p.left != 0)
		unpack_gap(r->u, REASON_DAMAGED, PLACE_NONE,
			   "OLE2: %llu of %llu bytes; the chain of sectors %s",
			   (unsigned long long)(s->size - p.left), (unsigned long long)s->size,
			   p.cyclic ? "bites its tail" : "ends");
	unpack_end(r->u);
	return true;
}

bool ole2_known(const struct unpack_look *look)
{
	static const uint8_t magic[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };

	return look->bytes.n >= sizeof magic && memcmp(look->bytes.p, magic, sizeof magic) == 0;
}

bool ole2_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u };

	if (!ole2_open(object, &u->arena, &r.o, e))
		return false;
	r.module = arena_array(&u->arena, r.o.n_entries, sizeof *r.module);
	if (r.module == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "OLE2: no memory");
	if (r.o.damaged)
		unpack_gap(u, r.o.why.why, r.o.why.at, "%s", r.o.why.text);
	r.office = (struct office){ .u = u, .o = &r.o };
	read_hwp(&r);
	if (!office_read(&r.office))
		return true;
	for (size_t i = 0; i < r.o.n_entries; i++)
		if (r.o.entry[i].type == OLE2_STREAM && ole2_same_name(r.o.entry[i].name, "dir") &&
		    !give_modules(&r, &r.o.entry[i]))
			return true;
	for (size_t i = 0; i < r.o.n_entries; i++)
		if (!give_stream(&r, &r.o.entry[i]) ||
		    (r.deflated && !give_inflated(&r, &r.o.entry[i])))
			return true;
	return true;
}

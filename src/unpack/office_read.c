/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/office_read.h"

#include "unpack/give.h"
#include "unpack/office_crypt.h"

/*
 * Encrypted documents of Office in OLE2 files: a package ([MS-OFFCRYPTO] 2.3.4), which is a whole
 * document of its own, and the streams of Word ([MS-DOC] 2.2.6), Excel ([MS-XLS] 2.2.10) and
 * PowerPoint ([MS-PPT] 2.3.7).  What is decrypted becomes a member beside the encrypted stream.
 */

enum {
	FIB_CLEAR = 68, /* bytes of Word's main stream that are never encrypted */
	WORD_BLOCK = 512,
	EXCEL_BLOCK = 1024,
	WORD_ENCRYPTED = 0x0100,
	WORD_TABLE = 0x0200,
	WORD_XOR = 0x8000,
	EXCEL_FILEPASS = 0x002f,
	PPT_ENCRYPTED_TOKEN = 0xf3d1c4df,
	PPT_EDIT = 0x0ff5,
	PPT_DIRECTORY = 0x1772,
	MAX_PERSISTS = 1 << 16, /* objects of a presentation */
	OBJECT_STEPS = 1000,    /* to decrypt one: its key ... */
	BYTE_STEPS = 4,         /* ... and each of its bytes */
};

/* The stream of that name in the root storage, as Office would find it; where that holds nothing,
 * one that no tree reaches. */
static const struct ole2_entry *find(struct office *f, const char *name)
{
	const struct ole2_entry *other = NULL;

	for (size_t i = 0; i < f->o->n_entries; i++) {
		const struct ole2_entry *s = &f->o->entry[i];
		if (s->type != OLE2_STREAM || (s->reached && s->parent != 0) ||
		    !ole2_same_name(s->name, name))
			continue;
		if (s->reached && s->size != 0)
			return s;
		if (other == NULL || other->size == 0)
			other = s;
	}
	return other;
}

/* A stream of the root storage; empty: there is none. */
static struct span stream(struct office *f, const char *name)
{
	const struct ole2_entry *s = find(f, name);
	struct span bytes;
	struct error e;

	if (s == NULL || (!ole2_stream(f->o, s, &bytes, &e) && e.why == REASON_MEMORY))
		return (struct span){ 0 };
	return bytes;
}

bool office_closed(const struct office *f, const struct ole2_entry *s)
{
	for (size_t i = 0; i < f->n_closed; i++)
		if (f->closed[i] == s)
			return true;
	return false;
}

static bool refuse(struct office *f, const struct error *e)
{
	unpack_gap(f->u, e->why, PLACE_NONE, "%s", e->text);
	return true;
}

/* A copy of a stream's bytes, block by block decrypted; NULL: no memory. */
static uint8_t *blocks(struct office *f, const struct office_key *k, struct span in, size_t block)
{
	uint8_t *out = unpack_steps(f->u, in.n) ? arena_alloc(&f->u->arena, in.n) : NULL;

	for (size_t at = 0; out != NULL && at < in.n; at += block)
		office_block(k, (uint32_t)(at / block), span_cut(in, at, block), out + at);
	if (out == NULL)
		unpack_gap(f->u, REASON_MEMORY, PLACE_NONE, "Office: an encrypted stream");
	return out;
}

/* ---- packages */

static bool read_package(struct office *f)
{
	struct span info = stream(f, "EncryptionInfo"), package = stream(f, "EncryptedPackage");
	struct unpack_member m = { .name = span_of("decrypted"),
				   .size = UNPACK_UNKNOWN,
				   .packed = package.n,
				   .at = PLACE_NONE };
	struct office_key k;
	struct error e;

	if (package.n == 0)
		return true;
	if (!office_open(f->u, info, &k, &e))
		return refuse(f, &e);
	if (!unpack_begin(f->u, &m))
		return false;
	office_package(f->u, &k, package);
	unpack_end(f->u);
	return true;
}

/* ---- Word */

static bool give_word(struct office *f, const struct office_key *k, const char *name,
		      const char *member, size_t clear)
{
	struct span in = stream(f, name);
	uint8_t *plain = in.n != 0 ? blocks(f, k, in, WORD_BLOCK) : NULL;

	if (plain == NULL)
		return true;
	memcpy(plain, in.p, clear < in.n ? clear : in.n);
	return give_whole(f->u, span_of(member), "ole2/stream", (struct span){ plain, in.n });
}

static bool read_word(struct office *f)
{
	struct cursor c = cursor_of(stream(f, "WordDocument"));
	struct office_key k;
	struct error e;

	cursor_skip(&c, 10);
	unsigned flags = cursor_le16(&c);
	cursor_skip(&c, 2);
	uint32_t size = cursor_le32(&c); /* lKey: of the header, in the table */
	if (!cursor_ok(&c) || (flags & WORD_ENCRYPTED) == 0)
		return true;
	const char *table = (flags & WORD_TABLE) != 0 ? "1Table" : "0Table";
	if ((flags & WORD_XOR) != 0) {
		(void)error_set(&e, REASON_ENCRYPTED, PLACE_NONE,
				"OLE2: the text, by XOR ([MS-DOC] 2.2.6.1)");
		return refuse(f, &e);
	}
	if (!office_open(f->u, span_cut(stream(f, table), 0, size), &k, &e))
		return refuse(f, &e);
	return give_word(f, &k, "WordDocument", "decrypted/WordDocument", FIB_CLEAR) &&
	       give_word(f, &k, table, "decrypted/Table", size) &&
	       give_word(f, &k, "Data", "decrypted/Data", 0);
}

/* ---- Excel */

struct record {
	unsigned type;
	size_t at; /* of its data in the stream */
	struct span data;
};

static bool next_record(struct cursor *c, struct record *r)
{
	if (cursor_left(c) < 4)
		return false;
	r->type = cursor_le16(c);
	unsigned size = cursor_le16(c);
	r->at = c->at;
	r->data = cursor_take(c, size < cursor_left(c) ? size : cursor_left(c));
	return true;
}

/* How much of a record's data is clear ([MS-XLS] 2.2.10). */
static size_t clear_bytes(const struct record *r)
{
	static const uint16_t clear[] = { 0x0809 /* BOF */,
					  EXCEL_FILEPASS,
					  0x0194 /* UsrExcl */,
					  0x0195 /* FileLock */,
					  0x00e1 /* InterfaceHdr */,
					  0x0196 /* RRDInfo */,
					  0x0138 /* RRDHead */ };

	for (size_t i = 0; i < sizeof clear / sizeof *clear; i++)
		if (clear[i] == r->type)
			return r->data.n;
	return r->type == 0x0085 ? 4 : 0; /* BoundSheet8: where its sheet begins */
}

/* Opens what FilePass says ([MS-XLS] 2.4.117). */
static bool open_excel(struct office *f, struct span pass, struct office_key *k, struct error *e)
{
	struct cursor c = cursor_of(pass);

	if (cursor_le16(&c) != 0)
		return office_open(f->u, span_cut(pass, 2, pass.n), k, e);
	unsigned key = cursor_le16(&c), verifier = cursor_le16(&c);
	return office_open_xor(f->u, (uint16_t)key, (uint16_t)verifier, k, e);
}

static bool read_excel(struct office *f, const char *name, const char *member)
{
	struct span in = stream(f, name);
	struct cursor c = cursor_of(in);
	struct record r;
	struct office_key k;
	struct error e;
	bool found = false;

	while (!found && next_record(&c, &r))
		found = r.type == EXCEL_FILEPASS;
	if (!found)
		return true;
	f->closed[f->n_closed++] = find(f, name);
	if (!open_excel(f, r.data, &k, &e))
		return refuse(f, &e);
	size_t begin = c.at;
	uint8_t *plain = blocks(f, &k, in, EXCEL_BLOCK);
	if (plain == NULL)
		return true;
	memcpy(plain, in.p, begin);
	memset(plain + r.at - 4, 0, 2); /* no FilePass any more, so that readers go on */
	for (c = cursor_of(in), cursor_seek(&c, begin); next_record(&c, &r);) {
		size_t clear = clear_bytes(&r);
		memcpy(plain + r.at - 4, in.p + r.at - 4, 4);
		if (k.cipher == OFFICE_XOR)
			office_xor(&k, r.at, r.data, plain + r.at);
		if (r.data.n != 0)
			memcpy(plain + r.at, r.data.p, clear < r.data.n ? clear : r.data.n);
	}
	return give_whole(f->u, span_of(member), "ole2/workbook", (struct span){ plain, in.n });
}

/* ---- PowerPoint */

struct slides {
	struct span in;
	uint8_t *plain;
	uint32_t session; /* the persist object that is clear */
	const struct office_key *k;
};

/* One persist object: its header is decrypted first, for it says how long it is.  False: the budget
 * is spent. */
static bool decrypt_object(struct office *f, struct slides *s, uint32_t id, uint32_t at)
{
	struct span in = span_cut(s->in, at, s->in.n);
	uint8_t head[8];

	if (in.n < sizeof head)
		return true;
	office_block(s->k, id, span_cut(in, 0, sizeof head), head);
	struct cursor c = cursor_of((struct span){ head, sizeof head });
	cursor_skip(&c, 4);
	in = span_cut(in, 0, 8 + (uint64_t)cursor_le32(&c));
	if (!unpack_steps(f->u, OBJECT_STEPS + BYTE_STEPS * in.n))
		return false;
	office_block(s->k, id, in, s->plain + at);
	return true;
}

/* The persist directory at `at` ([MS-PPT] 2.3.4): with a key each object is decrypted, without one
 * only the place of `s->session` is looked for, which is returned. */
static uint32_t directory(struct office *f, struct slides *s, uint32_t at)
{
	struct cursor c = cursor_of(span_cut(s->in, at, s->in.n));
	uint32_t found = UINT32_MAX, n_objects = 0;

	cursor_skip(&c, 2);
	if (cursor_le16(&c) != PPT_DIRECTORY)
		return found;
	uint32_t size = cursor_le32(&c);
	c = cursor_sub(&c, c.at, size);
	while (cursor_left(&c) >= 8) {
		uint32_t head = cursor_le32(&c), id = head & 0xfffff, n = head >> 20;
		if (n_objects == MAX_PERSISTS) {
			if (s->k != NULL)
				unpack_gap(f->u, REASON_LIMIT, PLACE_NONE,
					   "persists: PowerPoint: more than %d", MAX_PERSISTS);
			break;
		}
		for (; n != 0 && cursor_left(&c) >= 4 && n_objects < MAX_PERSISTS; n--, id++) {
			uint32_t place = cursor_le32(&c);
			n_objects++;
			if (id == s->session)
				found = place;
			else if (s->k != NULL && !decrypt_object(f, s, id, place))
				return found;
		}
	}
	return found;
}

static bool read_slides(struct office *f)
{
	struct cursor user = cursor_of(stream(f, "Current User"));
	struct slides s = { .in = stream(f, "PowerPoint Document") };
	struct office_key k;
	struct error e;

	cursor_skip(&user, 8 + 4);
	if (cursor_le32(&user) != PPT_ENCRYPTED_TOKEN || s.in.n == 0)
		return true;
	f->closed[f->n_closed++] = find(f, "PowerPoint Document");
	struct cursor c = cursor_of(span_cut(s.in, cursor_le32(&user), s.in.n));
	cursor_skip(&c, 2);
	unsigned type = cursor_le16(&c);
	cursor_skip(&c, 4 + 4 + 4 + 4);
	uint32_t at = cursor_le32(&c);
	cursor_skip(&c, 4 + 4 + 4);
	s.session = cursor_le32(&c);
	if (!cursor_ok(&c) || type != PPT_EDIT) {
		(void)error_set(&e, REASON_DAMAGED, PLACE_NONE,
				"PowerPoint: there is no last edit ([MS-PPT] 2.3.3)");
		return refuse(f, &e);
	}
	uint32_t session = directory(f, &s, at);
	if (!office_open(f->u, span_cut(s.in, (uint64_t)session + 8, s.in.n), &k, &e))
		return refuse(f, &e);
	s.plain = arena_copy(&f->u->arena, s.in.p, s.in.n);
	if (s.plain == NULL)
		return true; /* the arena is spent, which is told */
	s.k = &k;
	(void)directory(f, &s, at);
	if (stream(f, "Pictures").n != 0)
		unpack_gap(f->u, REASON_ENCRYPTED, PLACE_NONE, "PowerPoint: the pictures");
	return give_whole(f->u, span_of("decrypted/PowerPoint Document"), "ole2/powerpoint",
			  (struct span){ s.plain, s.in.n });
}

bool office_read(struct office *f)
{
	return read_package(f) && read_word(f) && read_excel(f, "Workbook", "decrypted/Workbook") &&
	       read_excel(f, "Book", "decrypted/Book") && read_slides(f);
}
